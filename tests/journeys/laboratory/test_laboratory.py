"""From taking a sample to its verdict: the draw, custody, the bench, approval, later changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from tests.journeys import builders
from tests.journeys.laboratory import bench
from tests.journeys.laboratory.bench import ANALYST, APPROVER, COURIER, OTHER, SAMPLER, how

from guomen.core.conformity import Outcome
from guomen.core.lifecycle import MoveRefusedError
from guomen.core.sampling import draw_units
from guomen.journeys import laboratory
from guomen.journeys.laboratory import Entry, Taking, approving, sampling
from guomen.journeys.laboratory.bench import NotOnBenchError
from guomen.rulebooks.laboratory import hazards_of
from guomen.supervision.dispositions import queries as dispositions
from guomen.supervision.ledger import custody
from guomen.supervision.ledger import queries as ledger
from guomen.supervision.samples import queries
from guomen.supervision.samples.models import Condition, Run, Sample, TestResult, Verdict
from guomen.supervision.samples.operations import ControlsKeptError, CustodyGapError, Hand

pytestmark = pytest.mark.usefixtures("lab")
LATER = builders.NOW + timedelta(hours=9)


def verdicts(line: Any) -> queries.LineVerdicts:
    return queries.verdicts_of([line.pk], known=LATER)[line.pk]


def test_units_are_those_of_the_key_of_the_day_and_anyone_can_draw_them_again() -> None:
    line, sample = bench.sampled()
    plan = builders.body(line)["ruling"]["sampling"]
    assert len(sample.units) == plan["n"]
    assert sample.plan["policy"] == plan["policy"]
    assert sampling.repeated(sample, line.reference, known_key=None) is None
    tomorrow = builders.ZHUHAI.starts(builders.TODAY + builders.DAY)
    with transaction.atomic():
        use = custody.Use(at=tomorrow, who="SYS", purpose="reveal")
        key = custody.reveal(builders.TODAY, builders.ZHUHAI, use=use)
    name = f"{line.reference}#1@{sample.draw_anchor}"
    again = draw_units(plan["n"], 240, bytes.fromhex(key), reference=name)
    assert list(again) == sample.units
    assert sampling.repeated(sample, line.reference, known_key=key) is True
    sample.units[0] = 1 if sample.units[0] != 1 else 2
    assert sampling.repeated(sample, line.reference, known_key=key) is False


def test_taking_opens_every_test_and_keeps_two_portions() -> None:
    line, sample = bench.sampled()
    assert {t.hazard for t in sample.tests.all()} == set(hazards_of(line.hs_code or ""))
    kept = Sample.objects.filter(line=line, state="kept").values_list("portion", "seal", "holder")
    assert set(kept) == {("retained", "S-1-R", "store:ZHGB"), ("counter", "S-1-C", "store:ZHGB")}
    (entry,) = ledger.entries_of(line.reference, kind=sampling.KIND)
    assert entry.value()["units"] == sample.units
    with pytest.raises(sampling.NotToBeSampledError):
        laboratory.take_samples(line.reference, Taking(seal="S-2"), how=how(SAMPLER))


def test_a_lot_that_is_counted_on_the_spot_gets_its_own_plan() -> None:
    (line,) = builders.lodged(builders.vegetables(units_in_lot=None))
    with pytest.raises(sampling.LotUnknownError):
        laboratory.take_samples(line.reference, Taking(seal="S"), how=how(SAMPLER))
    (first, *_) = laboratory.take_samples(
        line.reference, Taking(seal="S", units_in_lot=40), how=how(SAMPLER)
    )
    taken = Sample.objects.get(reference=first)
    assert taken.units_in_lot == 40
    assert max(taken.units) <= 40
    assert len(taken.units) == taken.plan["n"]


def test_without_a_key_nothing_is_drawn_and_the_sampler_names_the_units() -> None:
    (line,) = builders.lodged(builders.vegetables())
    late = how(SAMPLER, minutes=60 * 24 * 20)
    with pytest.raises(sampling.LotUnknownError):
        laboratory.take_samples(line.reference, Taking(seal="S"), how=late)
    (first, *_) = laboratory.take_samples(line.reference, Taking(seal="S", units=(7, 3)), how=late)
    taken = Sample.objects.get(reference=first)
    assert taken.units == [3, 7]
    assert taken.draw_agency == ""


def test_only_a_line_that_waits_for_a_sample_is_sampled() -> None:
    (line,) = builders.lodged(builders.meat(port=None, documents=None))
    for name in (line.reference, "DEC-2012-000999-9/1"):
        with pytest.raises(sampling.NotToBeSampledError):
            laboratory.take_samples(name, Taking(seal="S"), how=how(SAMPLER))


def test_nobody_is_skipped_in_the_chain() -> None:
    _, sample = bench.sampled()
    with pytest.raises(CustodyGapError):
        laboratory.hand_over(sample.reference, Hand(taker=COURIER, seal="S-1"), how=how(OTHER))
    with pytest.raises(CustodyGapError):
        laboratory.hand_over(sample.reference, Hand(taker=SAMPLER, seal="S-1"), how=how(SAMPLER))
    assert sample.chain.count() == 0


def test_a_broken_seal_refuses_the_sample_and_the_line_waits_for_a_new_one() -> None:
    line, sample = bench.sampled()
    laboratory.hand_over(sample.reference, Hand(taker=COURIER, seal="S-1"), how=how(SAMPLER))
    stands = laboratory.receive(
        sample.reference, Hand(taker=ANALYST, seal="S-9"), how=how(ANALYST, minutes=20)
    )
    assert stands == "refused"
    assert sample.chain.last().condition == Condition.SEAL_DIFFERS  # type: ignore[union-attr]
    assert set(sample.tests.values_list("state", flat=True)) == {"cancelled"}
    assert verdicts(line).tests == ()
    assert not verdicts(line).complete
    assert verdicts(line).worst is Outcome.UNKNOWN
    again, *_ = laboratory.take_samples(
        line.reference, Taking(seal="S-2"), how=how(SAMPLER, minutes=30)
    )
    second = Sample.objects.get(reference=again)
    assert second.taking == 2
    assert second.units != sample.units


def test_a_line_is_unknown_until_the_last_result_is_approved() -> None:
    line, sample = bench.delivered()
    assert verdicts(line).worst is Outcome.UNKNOWN
    tests = bench.measured(sample)
    assert {t.verdict for t in verdicts(line).tests} == {Outcome.UNKNOWN}
    *most, last = [t.pk for t in tests if t.hazard != "carbofuran"]
    laboratory.approve(most, how=how(APPROVER, minutes=200))
    assert not verdicts(line).complete
    laboratory.approve([last], how=how(APPROVER, minutes=210))
    said = {t.hazard: t.verdict for t in verdicts(line).tests}
    assert said.pop("carbofuran") is Outcome.UNKNOWN
    assert set(said.values()) == {Outcome.CONFORM}
    assert Run.objects.get(tests=last).state == "closed"


def test_the_analyst_cannot_approve_even_among_others_results() -> None:
    _, sample = bench.delivered()
    tests = [t.pk for t in bench.measured(sample)]
    with pytest.raises(approving.SecondPersonError):
        laboratory.approve(tests, how=how(ANALYST, minutes=200))
    assert not Verdict.objects.exists()
    assert not TestResult.objects.exclude(approved_by=None).exists()


def test_a_result_beyond_the_limit_fails_and_one_at_the_limit_stays_open() -> None:
    line, sample = bench.delivered()
    tests = bench.measured(sample, {"lead": "0.9", "cadmium": "0.199"})
    laboratory.approve([t.pk for t in tests], how=how(APPROVER, minutes=200))
    said = {t.hazard: t.verdict for t in verdicts(line).tests}
    assert (said["lead"], said["cadmium"]) == (Outcome.FAIL, Outcome.INCONCLUSIVE)
    assert verdicts(line).worst is Outcome.FAIL
    found = Verdict.objects.get(test__hazard="lead")
    assert found.limit["upper"] == "0.3"
    assert found.limit["basis"] == "GB 2762-2005"
    entry = ledger.entry(found.seq).value()
    assert (entry["raw"], entry["outcome"], entry["uncertainty"]) == ("0.9", "fail", "0.135")


def test_outside_the_scope_of_accreditation_nothing_is_decided() -> None:
    line, sample = bench.delivered()
    laboratory.approve([t.pk for t in bench.measured(sample)], how=how(APPROVER, minutes=200))
    outside = next(t for t in verdicts(line).tests if t.hazard == "carbofuran")
    assert outside.approved
    assert not outside.decides
    assert outside.verdict is Outcome.UNKNOWN
    assert Verdict.objects.get(test=outside.test).outcome == "conform"


def test_a_run_out_of_control_blocks_its_results_and_ends_as_void() -> None:
    _, sample = bench.delivered()
    test = sample.tests.get(hazard="lead")
    reference = laboratory.open_run("LAB-LEAD", [test.pk], how=how(ANALYST, minutes=80))
    run = Run.objects.get(reference=reference)
    stands = laboratory.enter(
        reference,
        controls=bench.in_control(run, 3.4),
        results={test.pk: Entry(raw="0.01")},
        how=how(ANALYST, minutes=90),
    )
    run.refresh_from_db()
    assert stands == "blocked"
    assert run.broken == ["1-2s", "1-3s", "R-4s"]
    with pytest.raises(approving.RunNotPassedError):
        laboratory.approve([test.pk], how=how(APPROVER, minutes=95))
    laboratory.void_run(reference, "标准溶液失效", how=how(ANALYST, minutes=100))
    test.refresh_from_db()
    assert test.state == "ordered"
    assert test.run is None
    assert test.results.count() == 1


def test_missing_controls_leave_the_run_open_and_written_ones_stay() -> None:
    _, sample = bench.delivered()
    test = sample.tests.get(hazard="lead")
    reference = laboratory.open_run("LAB-LEAD", [test.pk], how=how(ANALYST, minutes=80))
    run = Run.objects.get(reference=reference)
    first, second = bench.in_control(run).items()
    done = laboratory.enter(
        reference,
        controls=dict([first]),
        results={test.pk: Entry(raw="0.01")},
        how=how(ANALYST, minutes=90),
    )
    assert done == "open"
    with pytest.raises(approving.RunNotPassedError):
        laboratory.approve([test.pk], how=how(APPROVER, minutes=95))
    with pytest.raises(ControlsKeptError):
        laboratory.enter(
            reference,
            controls={first[0]: first[1] + Decimal(1)},
            results={},
            how=how(ANALYST, minutes=96),
        )
    passed = laboratory.enter(
        reference, controls=dict([first, second]), results={}, how=how(ANALYST, minutes=99)
    )
    assert passed == "passed"


def test_a_drift_is_seen_across_runs() -> None:
    _, sample = bench.delivered()
    methods = []
    for n in range(5):
        test = sample.tests.get(hazard="lead")
        reference = laboratory.open_run("LAB-LEAD", [test.pk], how=how(ANALYST, minutes=80 + n))
        run = Run.objects.get(reference=reference)
        found = queries.controls_of(run.laboratory_id, run.method, on=builders.TODAY)
        shifted = {control.pk: control.mean + control.deviation / 2 for control in found}
        stands = laboratory.enter(
            reference,
            controls=shifted,
            results={test.pk: Entry(raw="0.01")},
            how=how(ANALYST, minutes=80 + n),
        )
        methods.append(stands)
        if stands == "passed":
            laboratory.send_back([test.pk], "复测", how=how(APPROVER, minutes=80 + n))
    assert methods == ["passed"] * 4 + ["blocked"]
    assert Run.objects.latest("pk").broken == ["10-x"]


def test_a_correction_opens_the_verdict_again_and_edits_nothing() -> None:
    line, sample = bench.delivered()
    tests = bench.measured(sample, {"lead": "0.9"})
    laboratory.approve([t.pk for t in tests], how=how(APPROVER, minutes=200))
    lead = sample.tests.get(hazard="lead")
    laboratory.correct(lead.pk, Entry(raw="0.09"), "稀释倍数录错", how=how(ANALYST, minutes=300))
    assert verdicts(line).worst is Outcome.UNKNOWN
    laboratory.approve([lead.pk], how=how(APPROVER, minutes=310))
    assert [v.outcome for v in lead.verdicts.order_by("pk")] == ["fail", "conform"]
    assert [r.raw for r in lead.results.order_by("pk")] == ["0.9", "0.09"]


def test_a_counter_analysis_decides_once_it_is_approved() -> None:
    line, sample = bench.delivered()
    tests = bench.measured(sample, {"lead": "0.9"})
    laboratory.approve([t.pk for t in tests], how=how(APPROVER, minutes=200))
    lead = sample.tests.get(hazard="lead")
    reference = laboratory.counter_analysis(lead.pk, taker=COURIER, how=how(SAMPLER, minutes=300))
    assert verdicts(line).worst is Outcome.UNKNOWN
    laboratory.receive(reference, Hand(taker=OTHER, seal="S-1-C"), how=how(OTHER, minutes=310))
    counter = Sample.objects.get(reference=reference)
    bench.measured(counter, {"lead": "0.05"}, by=OTHER)
    laboratory.approve(counter.tests.values_list("pk", flat=True), how=how(APPROVER, minutes=400))
    said = {t.hazard: t for t in verdicts(line).tests}
    assert said["lead"].verdict is Outcome.CONFORM
    assert said["lead"].sample == reference
    assert len(said) == len(tests)


def test_a_changed_limit_gives_a_new_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    line, sample = bench.delivered()
    tests = bench.measured(sample, {"lead": "0.2"})
    laboratory.approve([t.pk for t in tests], how=how(APPROVER, minutes=200))
    assert laboratory.rejudge([line.pk], how=how(APPROVER, minutes=210)) == {}
    book = approving.book
    real = book.limit_for

    def stricter(method: Any, hs_code: str, on: Any) -> Any:
        found = real(method, hs_code, on)
        if method.hazard != "lead" or found is None:
            return found
        return replace(found, upper=Decimal("0.1"))

    monkeypatch.setattr(book, "limit_for", stricter)
    lead = sample.tests.get(hazard="lead")
    assert laboratory.rejudge([line.pk], how=how(APPROVER, minutes=220)) == {lead.pk: Outcome.FAIL}
    stood, new = lead.verdicts.order_by("pk")
    assert (stood.outcome, new.outcome) == ("conform", "fail")
    assert stood.seq < new.seq
    assert verdicts(line).worst is Outcome.FAIL


def test_results_are_sent_back_and_measured_again() -> None:
    _, sample = bench.delivered()
    tests = bench.measured(sample)
    lead = next(t for t in tests if t.hazard == "lead")
    laboratory.send_back([lead.pk], "平行样相差过大", how=how(APPROVER, minutes=200))
    bench.measured(sample, {"lead": "0.02"})
    assert [r.raw for r in lead.results.order_by("pk")] == ["ND", "0.02"]
    with pytest.raises(approving.NoSuchTestError):
        laboratory.approve([999_999], how=how(APPROVER))


def test_a_sample_is_not_tested_before_it_is_received() -> None:
    _, sample = bench.sampled()
    test = sample.tests.first()
    assert test is not None
    with pytest.raises(NotOnBenchError):
        laboratory.open_run(test.method, [test.pk], how=how(ANALYST))
    with pytest.raises(MoveRefusedError):
        laboratory.dispose(sample.reference, how=how(SAMPLER))


def test_the_verdicts_of_many_lines_cost_two_queries(django_assert_num_queries: Any) -> None:
    keys = []
    for n in range(3):
        line, sample = bench.delivered(own=f"A-{n}", lot=f"L-{n}", seal=f"Q-{n}")
        keys.append(line.pk)
        laboratory.approve([t.pk for t in bench.measured(sample)], how=how(APPROVER, minutes=200))
    with django_assert_num_queries(2):
        found = queries.verdicts_of([*keys, 999_999], known=LATER)
    assert all(found[key].complete for key in keys)
    assert not found[999_999].complete
    assert not queries.verdicts_of(keys, known=builders.NOW)[keys[0]].tests


def test_the_last_approval_of_a_line_settles_it() -> None:
    line, sample = bench.delivered()
    *most, last = bench.measured(sample, {"lead": "0.9"})
    laboratory.approve([t.pk for t in most], how=how(APPROVER, minutes=200))
    assert not dispositions.standing([line.pk])
    laboratory.approve([last.pk], how=how(APPROVER, minutes=210))
    # One result lies outside the accreditation, so one test stays undecided and the line open.
    found = dispositions.standing([line.pk])[line.pk]
    assert found.outcome == "open"
    assert "DSP-TESTS-OPEN" in found.reasons
