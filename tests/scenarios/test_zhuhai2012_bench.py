"""The year at the bench: what bulk rows say is what the journeys would have said."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from typing import Any

import polars as pl
import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st
from tests.desks import scenario

from guomen.core import control_samples
from guomen.core.conformity import Outcome
from guomen.core.frequency import Finding
from guomen.journeys import drawing, intake, laboratory
from guomen.journeys.clearance import Lodgement, Result, conclude, lodge_many
from guomen.journeys.laboratory import bench, sampling
from guomen.rulebooks.laboratory import METHODS, limit_for
from guomen.scenarios.zhuhai2012.bench import year
from guomen.scenarios.zhuhai2012.bench.measuring import judged
from guomen.scenarios.zhuhai2012.bench.timeline import raw_of
from guomen.supervision.declarations.models import Line
from guomen.supervision.ledger import custody
from guomen.supervision.ledger import queries as ledger
from guomen.supervision.samples import queries
from guomen.supervision.samples.models import HandOver, Run, Sample, TestOrder, TestResult, Verdict

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
LATER = scenario.NOON + timedelta(days=7)


@pytest.fixture(scope="module")
def bench_of_a_week(
    scenario_loaded: Any, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """Lodge a day of the year, record what it came to, and fill the bench a week later."""
    folder = tmp_path_factory.mktemp("custody")
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch, scenario.taken_back():
        patch.setattr(settings, "GUOMEN_DEMO", True)
        patch.setattr(settings, "GUOMEN_CUSTODY_A", folder / "a")
        patch.setattr(settings, "GUOMEN_CUSTODY_B", folder / "b")
        scenario.commit()
        said = _lived()
        truths = {
            (row["declaration"], row["line"]): truth
            for lodging in scenario.year()
            for row, truth in zip(lodging.rows, lodging.truths, strict=True)
        }
        year.fill(truths, now=LATER, seed=7)
        yield said


def _lived() -> dict[str, str]:
    how = Lodgement(at=scenario.NOON, by="TEST", agency="ZH")
    frame = intake.rows_frame(scenario.clean_rows(100))
    lines = intake.parse(frame, today=scenario.DAY).lines
    received = pl.lit(scenario.NOON).cast(pl.Datetime("us", "UTC")).alias("received_at")
    for _ in lodge_many(lines.with_columns(received), how=how):
        pass
    office = drawing.offices()["ZH"]
    over = office.starts(scenario.DAY + timedelta(days=1))
    custody.reveal(scenario.DAY, office, use=custody.Use(at=over, who="TEST", purpose="reveal"))
    sampled = list(Line.objects.filter(outcome="inspect_and_sample").order_by("pk"))
    findings = {
        line.reference: Finding.NONCONFORM if place % 4 == 0 else Finding.CONFORM
        for place, line in enumerate(sampled)
        if place % 5
    }
    results = [Result(line=r, performed=True, finding=f) for r, f in findings.items()]
    conclude(results, at=scenario.NOON + timedelta(days=6), by="TEST")
    return {reference: finding.value for reference, finding in findings.items()}


def test_the_week_shows_every_state(bench_of_a_week: dict[str, str]) -> None:
    assert len(bench_of_a_week) > 20
    assert set(Sample.objects.values_list("portion", flat=True)) == {"test", "retained", "counter"}
    assert {"tested", "kept"} <= set(Sample.objects.values_list("state", flat=True))
    assert Run.objects.filter(state="closed").exists()


def test_no_line_that_the_year_calls_conforming_failed_a_test(
    bench_of_a_week: dict[str, str],
) -> None:
    for reference, finding in bench_of_a_week.items():
        line = Line.objects.get(reference=reference)
        found = queries.verdicts_of([line.pk], known=LATER)[line.pk]
        assert found.complete, reference
        if finding == Finding.CONFORM:
            assert {t.verdict for t in found.tests if t.decides} == {Outcome.CONFORM}, reference


def test_units_are_drawn_by_the_key_of_their_day(bench_of_a_week: dict[str, str]) -> None:
    key = ledger.draw_key(scenario.DAY, "ZH")
    assert key is not None
    for sample in Sample.objects.select_related("line"):
        assert sampling.repeated(sample, sample.line.reference, known_key=key.key) is True


def test_no_chain_has_a_gap(bench_of_a_week: dict[str, str]) -> None:
    for sample in Sample.objects.prefetch_related("chain"):
        chain = sorted(sample.chain.all(), key=lambda link: link.number)
        assert len(chain) == sample.hand_overs
        assert all(a.taker == b.giver and a.at <= b.at for a, b in pairwise(chain))
        assert sample.holder == (chain[-1].taker if chain else sample.taken_by)
    assert not HandOver.objects.filter(number__lt=1).exists()


def test_runs_say_what_their_controls_say(bench_of_a_week: dict[str, str]) -> None:
    runs = Run.objects.exclude(controls="").order_by("opened_at", "pk")
    assert runs.count() > 10
    for run in runs:
        found = bench.review_of(run, at=LATER)
        assert (run.controls, run.broken) == (found.state, [rule.value for rule in found.rules])
        if run.state in ("passed", "closed"):
            assert control_samples.ControlState(run.controls) in control_samples.RELEASABLE


def test_judging_again_changes_nothing_and_nobody_approved_an_own_result(
    bench_of_a_week: dict[str, str],
) -> None:
    lines = list(TestOrder.objects.values_list("line_id", flat=True).distinct())
    how = Lodgement(at=LATER, by="TEST", agency="ZH")
    before = Verdict.objects.count()
    assert laboratory.rejudge(lines, how=how) == {}
    assert Verdict.objects.count() == before > 100
    approved = TestResult.objects.exclude(approved_by=None)
    assert all(row.analyst != row.approved_by for row in approved)


@given(
    st.sampled_from([(m, h) for m in METHODS for h in ("0704909001", "0202300090", "2918140000")]),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_invented_values_mean_what_they_should(pair: Any, fails: bool, dice: Any) -> None:
    method, hs_code = pair
    limit = limit_for(method, hs_code, scenario.DAY)
    if limit is None:
        return
    raw = raw_of(method, limit, fails=fails, dice=dice.random)
    found = judged(method.code, limit, raw, limit.begins)
    assert found.outcome is (Outcome.FAIL if fails else Outcome.CONFORM), (raw, limit)
