"""The last morning of the demonstration in a small house, under keys that are new each time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db.models import QuerySet
from tests.desks import scenario

from guomen.desks.commands.past import Year
from guomen.desks.components import clock
from guomen.journeys import demo, inhabited
from guomen.journeys.demo import Sent
from guomen.scenarios.zhuhai2012 import after, dispositions, ends, messages
from guomen.scenarios.zhuhai2012.load import SEED
from guomen.supervision.dispositions.models import Certificate, Disposal, Review
from guomen.supervision.ledger import signing
from guomen.supervision.samples.models import Sample

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
DAYS = timedelta(days=24)
EVERY = 40


def chosen() -> Iterator[Any]:
    """Yield the lodgings of the last weeks with something at fault, and some of the others."""
    opening = clock.opening()
    recent = (one for one in scenario.year() if opening - DAYS < one.received_at < opening)
    for number, lodging in enumerate(recent):
        every = 8 if opening - lodging.received_at < timedelta(days=2) else EVERY
        if any(truth.fault for truth in lodging.truths) or number % every == 0:
            yield lodging


def live(folder: Path) -> int:
    """Decide what was chosen, day by day, and let the other mechanisms follow, as the demo does."""
    year = Year(seed=SEED)
    sent = []
    for lodging in chosen():
        for row, truth in zip(lodging.rows, lodging.truths, strict=True):
            year.truths[row["declaration"], row["line"]] = truth
        office = year.offices.of(lodging)
        sent.append(Sent(rows=lodging.rows, received_at=lodging.received_at, office=office))
    signer = signing.open_signer(folder / "keys", create=True)
    days = demo.decide_year(sent, agency="ZH", inspect=year.inspect, mend=year.mend, signer=signer)
    lines = sum(day.lines for day in days)
    at = clock.opening()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(after, "truths", lambda: year.truths)
        for step in (after.inspected, after.tested, dispositions.disposed, messages.sent):
            step(at)
    return lines


@dataclass(frozen=True)
class Carried:
    """What the last morning carries on: what waits for it, and where it comes to."""

    waits: Callable[[], bool]
    kind: str
    state: str


def _rows(rows: Callable[[], QuerySet[Any]]) -> Callable[[], bool]:
    return lambda: rows().exists()


def _samples_at_the_laboratory() -> bool:
    taken = Sample.objects.filter(portion="test").exclude(state="refused").values("line_id")
    waiting = ends._waiting("assigned").filter(line__state="under_inspection")
    return waiting.filter(line_id__in=taken).exists()


def _another_way_is_open() -> bool:
    chosen = Disposal.objects.filter(state="chosen").select_related("nonconformity")
    return any(list(ends._others(one)) for one in chosen)


def _close_the_other_ways() -> None:
    for one in Disposal.objects.filter(state="chosen").select_related("nonconformity"):
        one.nonconformity.disposals_open = [one.kind]
        one.nonconformity.save()


def _a_doubt_can_be_lifted() -> bool:
    """Tell whether a doubted finding, not upheld before, waits for counter-tests alone."""
    upheld = {review.nonconformity.line_id for review in list(ends._asked())[-2:]}
    return any(tests[0].line_id not in upheld for tests in ends.doubted())


_REVIEW, _CASE, _PAPER = "Request for re-inspection", "Nonconformity", "Certificate"
ENDS = (
    Carried(_samples_at_the_laboratory, "Consignment line", "testing"),
    Carried(_rows(lambda: Review.objects.filter(state="asked")), _REVIEW, "upheld"),
    Carried(_a_doubt_can_be_lifted, _REVIEW, "overturned"),
    Carried(_a_doubt_can_be_lifted, _CASE, "lifted"),
    Carried(_rows(lambda: Disposal.objects.filter(state="chosen")[2:]), "Disposal", "ordered"),
    Carried(_another_way_is_open, "Disposal", "cancelled"),
    Carried(_rows(lambda: Certificate.objects.filter(state="draft")), _PAPER, "dropped"),
)
# Whatever is drawn, so much is at fault here that something waits for each of these.
SURE = {"testing", "upheld", "ordered", "dropped"}


@pytest.fixture(scope="module")
def house(
    scenario_loaded: Any, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """Live the last weeks once, under keys of this run."""
    folder = tmp_path_factory.mktemp("house")
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch, scenario.taken_back():
        for name in ("CUSTODY_A", "CUSTODY_B", "CERTIFICATE_KEYS"):
            patch.setattr(settings, f"GUOMEN_{name}", folder / name)
        patch.setattr(settings, "GUOMEN_DEMO", True)
        assert live(folder) > 100
        yield


@pytest.mark.parametrize("open_ways", [True, False])
def test_the_last_morning_runs_and_leaves_somebody_in_each_state_it_makes(
    house: None, open_ways: bool
) -> None:
    """Where the law leaves owners other ways, and where it leaves none, nothing breaks."""
    if not open_ways:
        _close_the_other_ways()
    due, before = [one for one in ENDS if one.waits()], inhabited.counts()
    assert {one.state for one in due} >= SURE
    assert ends.carried_on(clock.opening()) > 0
    now = inhabited.counts()
    for one in due:
        assert now[one.kind][one.state] > before[one.kind][one.state], one
