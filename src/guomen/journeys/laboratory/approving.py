"""
Approval by a second person, verdicts, corrections, and judging again.

A result counts once somebody else than its analyst approved it and its run was in control. The
verdict is that of ``core.conformity`` under the limit of the day of sampling. A correction is a new
result that is approved anew; a changed limit gives a new verdict; neither edits what stands.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.db import transaction

from guomen.core.conformity import Limit, Outcome, Result, judge
from guomen.core.conformity import Verdict as Judged
from guomen.core.errors import GuomenError
from guomen.journeys import disposal
from guomen.journeys.clearance import Lodgement
from guomen.journeys.disposal.settling import CANNOT
from guomen.journeys.judging import RULES
from guomen.journeys.laboratory.bench import Entry, result_row
from guomen.rulebooks import laboratory as book
from guomen.supervision.declarations.models import Line
from guomen.supervision.ledger import operations as ledger
from guomen.supervision.samples import operations, queries
from guomen.supervision.samples.lifecycle import (
    RunMove,
    RunState,
    SampleMove,
    SampleState,
    TestMove,
    TestState,
)
from guomen.supervision.samples.models import Run, Sample, TestOrder, TestResult, Verdict

VERDICT = "laboratory.verdict"
SENT_BACK = "laboratory.sent_back"
CORRECTED = "laboratory.corrected"
_ZONE = ZoneInfo("Asia/Shanghai")
#: Where a run stands whose results may be approved.
RELEASED = (RunState.PASSED, RunState.CLOSED)


class SecondPersonError(GuomenError):
    """The analyst of a result cannot approve it."""

    code: ClassVar[str] = "laboratory.second-person"


class RunNotPassedError(GuomenError):
    """The run of a result has not passed its controls."""

    code: ClassVar[str] = "laboratory.run-not-passed"


class NoSuchTestError(GuomenError):
    """There is no such test, or it has no result to approve."""

    code: ClassVar[str] = "laboratory.no-such-test"


def approve(tests: Collection[int], *, how: Lodgement) -> dict[int, Outcome]:
    """
    Approve results as the second person and judge them, all or none; return the verdicts by test.

    Lines of which every test is approved are settled.

    :raises SecondPersonError: if the approver is the analyst of one of them
    :raises RunNotPassedError: if a run is open, blocked or void
    :raises NoSuchTestError: if a test does not exist or has no result
    """
    with transaction.atomic():
        found = _locked(tests)
        results = queries.newest_results([test.pk for test in found])
        for test in found:
            _check(test, results.get(test.pk), by=how.by)
        for test in found:
            test.approved_at = how.at
        operations.move_tests(found, TestMove.APPROVE)
        for result in results.values():
            result.approved_by, result.approved_at = how.by, how.at
        TestResult.objects.bulk_update(
            results.values(), ["approved_by", "approved_at"], batch_size=100
        )
        made = _judge_all([(test, results[test.pk]) for test in found], how=how)
        _finish_samples({test.sample_id for test in found}, made, at=how.at)
        _close_runs({test.run_id for test in found if test.run_id})
        _settle({test.line_id for test in found}, how=how)
    return made


def send_back(tests: Collection[int], reason: str, *, how: Lodgement) -> None:
    """
    Refuse results: the tests are measured again; what was entered stays on record.

    :raises NoSuchTestError, MoveRefusedError: as they say
    """
    with transaction.atomic():
        found = _locked(tests)
        for test in found:
            test.run = None
        operations.move_tests(found, TestMove.SEND_BACK)
        drafts = [
            ledger.Draft(
                kind=SENT_BACK,
                subject=test.sample.reference,
                body={"hazard": test.hazard, "reason": reason, "test": test.pk},
            )
            for test in found
        ]
        ledger.append(drafts, at=how.at, by=how.by)


def correct(test: int, entry: Entry, reason: str, *, how: Lodgement) -> None:
    """
    Enter a corrected result for an approved test; until it is approved the test is unknown again.

    :raises NoSuchTestError, MoveRefusedError: as they say
    """
    with transaction.atomic():
        (found,) = _locked([test])
        before = queries.newest_results([test]).get(test)
        inside = before.accredited if before is not None else False
        row = result_row(found, entry, how=how, run=found.run, accredited=inside)
        operations.store_results([row])
        found.approved_at = None
        operations.move_tests([found], TestMove.CORRECT)
        body = {"hazard": found.hazard, "raw": row["raw"], "reason": reason, "test": test}
        draft = ledger.Draft(kind=CORRECTED, subject=found.line.reference, body=body)
        ledger.append([draft], at=how.at, by=how.by)


def rejudge(lines: Collection[int], *, how: Lodgement) -> dict[int, Outcome]:
    """
    Judge the approved results of lines again; a verdict that changes is a new row, and returned.

    For when a limit of the book was corrected for days that are past.
    """
    with transaction.atomic():
        tests = list(
            TestOrder.objects.select_for_update(of=("self",))
            .select_related("sample", "line", "run", "laboratory")
            .filter(line_id__in=lines, state=TestState.APPROVED)
            .order_by("pk")
        )
        keys = [test.pk for test in tests]
        results, verdicts = queries.newest_results(keys), queries.newest_verdicts(keys)
        changed = [
            (test, results[test.pk])
            for test in tests
            if test.pk in results
            and _differs(verdicts.get(test.pk), test, results[test.pk], on=day_of(how.at))
        ]
        made = _judge_all(changed, how=how) if changed else {}
        _settle({test.line_id for test, _ in changed}, how=how)
    return made


def judged(test: TestOrder, result: TestResult, *, on: date) -> tuple[Judged, Limit | None]:
    """Return what a result means on a day, and the limit it was laid against; nothing stored."""
    sample: Sample = test.sample
    method = book.BY_CODE.get(result.method)
    limit = (
        None if method is None else book.limit_for(method, test.line.hs_code or "", sample.taken_on)
    )
    rule = RULES[method.decision if method else "simple"]
    return judge(reported(result, sample), limit, rule, on=on), limit


def day_of(at: datetime) -> date:
    """Return the day on which results are judged at a moment."""
    return at.astimezone(_ZONE).date()


def reported(result: TestResult, sample: Sample) -> Result:
    """Return a stored result as the value that is judged; what is empty was not stated."""
    return Result(
        raw=result.raw or None,
        unit=result.unit or None,
        expanded_uncertainty=result.expanded_uncertainty or None,
        coverage=result.coverage or None,
        lod=result.lod or None,
        loq=result.loq or None,
        taken=sample.taken_on,
        method=result.method,
    )


def decides(result: TestResult) -> bool:
    """Tell whether a result may decide alone: accredited, or the method does not ask for it."""
    method = book.BY_CODE.get(result.method)
    return method is not None and (result.accredited or not method.accredited)


def limit_body(limit: Limit | None) -> dict[str, Any]:
    """Return a limit as a verdict stores it."""
    if limit is None:
        return {}
    ends = {"lower": limit.lower, "upper": limit.upper}
    return {
        "basis": limit.basis,
        "certainty": limit.certainty,
        "kind": limit.kind.value,
        "unit": limit.unit,
        **{name: None if end is None else f"{end:f}" for name, end in ends.items()},
    }


def verdict_row(
    test: TestOrder, result: TestResult, found: Judged, limit: Limit | None
) -> dict[str, Any]:
    """Return a verdict as it is stored, without its moment and its place in the ledger."""
    return {
        "test_id": test.pk,
        "result_id": result.pk,
        "outcome": found.outcome.value,
        "decides": decides(result),
        "reason": found.reason,
        "says_zh": found.sentence.zh,
        "says_en": found.sentence.en,
        "rule": found.rule or "",
        "limit": limit_body(limit),
    }


def _judge_all(
    pairs: Sequence[tuple[TestOrder, TestResult]], *, how: Lodgement
) -> dict[int, Outcome]:
    rows = []
    on = day_of(how.at)
    for test, result in pairs:
        found, limit = judged(test, result, on=on)
        rows.append(verdict_row(test, result, found, limit))
    drafts = [_draft(test, result, row) for (test, result), row in zip(pairs, rows, strict=True)]
    appended = ledger.append(drafts, at=how.at, by=how.by)
    operations.store_verdicts(
        [
            {**row, "at": how.at, "by": how.by, "seq": seq}
            for row, seq in zip(rows, appended.seqs, strict=True)
        ]
    )
    return {test.pk: Outcome(row["outcome"]) for (test, _), row in zip(pairs, rows, strict=True)}


def _draft(test: TestOrder, result: TestResult, row: Mapping[str, Any]) -> ledger.Draft:
    body = {
        "analyst": result.analyst,
        "decides": row["decides"],
        "hazard": test.hazard,
        "limit": row["limit"],
        "lod": result.lod,
        "method": result.method,
        "outcome": row["outcome"],
        "raw": result.raw,
        "reason": row["reason"],
        "rule": row["rule"],
        "sample": test.sample.reference,
        "test": test.pk,
        "uncertainty": result.expanded_uncertainty,
        "unit": result.unit,
    }
    return ledger.Draft(kind=VERDICT, subject=test.line.reference, body=body)


def _differs(stood: Verdict | None, test: TestOrder, result: TestResult, *, on: date) -> bool:
    found, limit = judged(test, result, on=on)
    now = verdict_row(test, result, found, limit)
    names = ("outcome", "decides", "reason", "rule", "limit")
    return stood is None or any(getattr(stood, name) != now[name] for name in names)


def _check(test: TestOrder, result: TestResult | None, *, by: str) -> None:
    if result is None or test.state != TestState.ENTERED:
        raise NoSuchTestError(f"test {test.pk} has no result that waits for approval", test=test.pk)
    if result.analyst == by:
        raise SecondPersonError(
            "you entered this result; somebody else must approve it", test=test.pk
        )
    if result.run is not None and result.run.state not in RELEASED:
        raise RunNotPassedError(
            f"run {result.run.reference} has not passed its controls, so its results wait",
            run=result.run.reference,
        )


def _locked(tests: Collection[int]) -> list[TestOrder]:
    found = operations.locked_tests(tests)
    if len(found) != len(set(tests)) or not found:
        raise NoSuchTestError("a test that was named does not exist", tests=sorted(tests))
    return found


def _settle(lines: Collection[int], *, how: Lodgement) -> None:
    """Rule on the lines of which every test is approved now, if they can be ruled on."""
    verdicts = queries.verdicts_of(lines, known=how.at)
    complete = [line for line in lines if verdicts[line].complete]
    rows = Line.objects.filter(pk__in=complete).exclude(state__in=CANNOT)
    references = list(rows.values_list("reference", flat=True))
    if references:
        disposal.settle(references, how=how)


def _finish_samples(samples: Collection[int], made: Mapping[int, Outcome], *, at: datetime) -> None:
    """Finish samples of which no test is open any more, and say how long they are kept."""
    for sample in Sample.objects.select_for_update().filter(pk__in=samples):
        states = set(sample.tests.values_list("state", flat=True))
        if sample.state == SampleState.RECEIVED and states <= {
            TestState.APPROVED,
            TestState.CANCELLED,
        }:
            conforms = set(made.values()) <= {Outcome.CONFORM}
            sample.kept_until = book.kept_until(at, conforms=conforms)
            operations.move_sample(sample, SampleMove.FINISH)


def _close_runs(runs: Collection[int]) -> None:
    """Close the runs of which every test is approved."""
    for run in Run.objects.select_for_update().filter(pk__in=runs, state=RunState.PASSED):
        if not run.tests.exclude(state__in=(TestState.APPROVED, TestState.CANCELLED)).exists():
            operations.move_run(run, RunMove.CLOSE)
