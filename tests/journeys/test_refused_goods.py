"""Goods that failed do not come back: the same are refused, those much like them are opened."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.desks import people
from tests.journeys.builders import DAY, NEWCOMER, NOW, body, facts, how, lodged, wine
from tests.journeys.test_settling import inspected, ordered

from guomen.core.dispose import DisposalKind
from guomen.journeys import disposal, reading, replay
from guomen.journeys.clearance import lodge_many
from guomen.journeys.disposal import Proof, settle
from guomen.journeys.intake import parse, rows_frame
from guomen.supervision.agencies.models import Role
from guomen.supervision.declarations.models import Line
from guomen.supervision.dispositions.models import BarredLine, Nonconformity
from guomen.supervision.ledger import queries as ledger

pytestmark = pytest.mark.usefixtures("register")
LATER = NOW + 40 * DAY
CONTAINER, SEAL = "TEMU1234567", "SEAL-0099"


@pytest.fixture
def failed(register: Any) -> Line:
    line = ordered("inspect", wine, container=CONTAINER, seal=SEAL)
    inspected(line, "fail", physical="fail")
    settle([line.reference], how=how(NOW))
    line.refresh_from_db()
    assert line.state == "nonconforming"
    return line


def again(*, at: Any = NOW + 2 * DAY, **more: Any) -> Line:
    """Declare wine of another lot, in another quantity, but for what is the same."""
    fresh = {"lot": "LOT-77777", "quantity": "77"}
    (line,) = lodged(wine("AGAIN-1", **(fresh | more)), at=at)
    return line


def told(line: Line) -> Any:
    return body(line)["facts"].get("returning_as")


SAME = {
    "lot and owner": {"lot": None},
    "container": {"container": CONTAINER},
    "seal": {"seal": SEAL},
    "container under another owner": {"container": CONTAINER, "enterprise": NEWCOMER},
    "mistaken characters": {"container": "TEMUI234567", "seal": "SEAL-OO99"},
}


@pytest.mark.parametrize("case", SAME)
def test_the_same_goods_are_refused_under_any_paper(failed: Line, case: str) -> None:
    more = {k: failed.lot if v is None else v for k, v in SAME[case].items()}
    line = again(**more)
    assert (line.outcome, line.state) == ("refuse", "refused")
    assert "CAR-REFUSED-BEFORE" in line.reasons
    assert told(line).startswith(f"{failed.reference} same ")


def test_goods_like_them_are_opened_and_compared(failed: Line) -> None:
    line = again(quantity=str(failed.quantity * Decimal("1.01")))
    assert line.outcome == "inspect_and_sample"
    assert "CAR-EARLIER-INSPECT-AND-SAMPLE" in line.reasons
    assert told(line) == f"{failed.reference} like seller enterprise product quantity"
    assert body(line)["ruling"]["schema"] == 3
    assert replay.replay_lines(ledger.entries_of(line.reference, kind="ruling")).equal == 1


def test_officers_read_which_goods_failed_and_by_what_they_are_known_again(failed: Line) -> None:
    line = again(container=CONTAINER)
    read = reading.explain_line(line.reference).returning
    assert read is not None
    assert (read.line, read.alike) == (failed.reference, "same")
    assert "container" in read.by
    # They may be another trader's goods.
    trader = reading.explain_line(line.reference, audience=reading.Audience.ENTERPRISE)
    assert trader.returning is None
    page = people.signed_in(people.officer("reader", Role.DIRECTOR)).get(
        f"/desk/declarations/{line.declaration.reference}/"
    )
    assert f"?q={failed.reference}" in page.content.decode()


OTHERS = {
    "another quantity": {},
    "another product": {"hs_code": "9503002100", "quantity": "100"},
    "another seller": {"consignor": "US-5678", "quantity": "100"},
}


@pytest.mark.parametrize("case", OTHERS)
def test_other_goods_pass(failed: Line, case: str) -> None:
    line = again(**OTHERS[case])
    assert told(line) is None
    assert line.outcome != "refuse"


def test_a_likeness_is_remembered_for_a_while_and_a_mark_for_longer(failed: Line) -> None:
    assert told(again(at=NOW + 61 * DAY, quantity=str(failed.quantity))) is None
    (row,) = facts(wine("M-1", container=CONTAINER), at=NOW + 300 * DAY)
    assert row["refused_before"]
    (row,) = facts(wine("M-2", container=CONTAINER), at=NOW + 366 * DAY)
    assert not row["refused_before"]


def test_what_is_returned_stays_away_and_what_conforms_after_all_does_not(failed: Line) -> None:
    row = Nonconformity.objects.get()
    one = disposal.choose(row.reference, DisposalKind.RETURN, row.quantity, how=how(NOW, by="OWN"))
    disposal.order(one, how=how(NOW, by="OFF-1"))
    disposal.carry_out(one, how=how(NOW, by="OFF-1"))
    disposal.prove(one, Proof(kind="exit_record", number="X-1"), how=how(NOW, by="OFF-2"))
    failed.refresh_from_db()
    assert failed.state == "disposed"
    assert again(container=CONTAINER).outcome == "refuse"


def test_a_corrected_finding_lifts_the_bar_and_rewrites_nothing(failed: Line) -> None:
    inspected(failed)
    settle([failed.reference], how=how(NOW + timedelta(hours=1)))
    assert BarredLine.objects.get().lifted == NOW + timedelta(hours=1)
    assert again(container=CONTAINER).outcome != "refuse"
    (row,) = facts(wine("M-1", container=CONTAINER), at=NOW + timedelta(minutes=30))
    assert row["refused_before"]


def test_a_file_catches_what_a_form_catches_and_costs_no_query_more(failed: Line) -> None:
    rows = [
        wine(f"F-{n}", lot=f"LOT-8{n:04d}", quantity=f"{n + 200}")
        | ({"container": CONTAINER} if n == 3 else {})
        for n in range(12)
    ]
    taken = parse(rows_frame(rows), today=(NOW + DAY).date()).lines
    for _ in lodge_many(taken, how=how(NOW + DAY)):
        pass
    refused = Line.objects.filter(outcome="refuse")
    assert [told(line) for line in refused] == [
        f"{failed.reference} same container seller enterprise product"
    ]

    def cost(count: int) -> int:
        with CaptureQueriesContext(connection) as queries:
            facts(*(wine(f"Q-{n}", container=CONTAINER) for n in range(count)))
        return len(queries)

    cost(1)
    assert cost(1) == cost(9)
