"""Reads of samples and tests: what an agency or laboratory may see, and the verdicts of lines."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q, QuerySet

from guomen.core.conformity import Outcome
from guomen.supervision.samples.lifecycle import RunState, SampleState, TestState
from guomen.supervision.samples.models import (
    Accreditation,
    Bench,
    Control,
    ControlValue,
    Portion,
    Run,
    Sample,
    TestOrder,
    TestResult,
    Verdict,
)

# So many earlier runs are looked back on: ten in succession need no more, a chart shows them all.
LOOK_BACK = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class TestVerdict:
    """
    What one test says of a line.

    ``verdict`` is unknown until the result is approved, and stays unknown where the result lies
    outside the accreditation that the rule asks for (``decides`` is False then).
    """

    __test__ = False

    hazard: str
    method: str
    verdict: Outcome
    sample: str
    test: int
    approved: bool
    decides: bool
    reason: str
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineVerdicts:
    """Every test that was ordered for a line; a counter-analysis stands for the first analysis."""

    line: int
    tests: tuple[TestVerdict, ...]

    @property
    def complete(self) -> bool:
        """Tell whether there are tests and every one is approved; no test at all is not clean."""
        return bool(self.tests) and all(test.approved for test in self.tests)

    @property
    def worst(self) -> Outcome:
        """Return fail before unknown before inconclusive before conform; no test is unknown."""
        found = {test.verdict for test in self.tests} or {Outcome.UNKNOWN}
        return next(outcome for outcome in _WORST_FIRST if outcome in found)


_WORST_FIRST = (Outcome.FAIL, Outcome.UNKNOWN, Outcome.INCONCLUSIVE, Outcome.CONFORM)


def verdicts_of(line_ids: Collection[int], *, known: datetime) -> dict[int, LineVerdicts]:
    """
    Return the tests of lines with what they say, as known at a moment; two queries.

    A line without tests is in the answer too, with none: nothing is known of it.
    """
    keys = set(line_ids)
    orders = (
        TestOrder.objects.filter(line_id__in=keys, ordered_at__lte=known)
        .exclude(state=TestState.CANCELLED)
        .order_by("line_id", "id")
        .values_list(
            "pk", "line_id", "hazard", "method", "state", "approved_at",
            "sample__reference", "sample__portion",
        )
    )  # fmt: skip
    newest = _newest_verdicts(Q(test__line_id__in=keys), known=known)
    found: dict[int, dict[str, tuple[bool, TestVerdict]]] = {key: {} for key in keys}
    for pk, line, hazard, method, state, approved_at, sample, portion in orders.iterator():
        approved = state == TestState.APPROVED and approved_at is not None and approved_at <= known
        verdict = newest.get(pk) if approved else None
        counter = portion != Portion.TEST
        earlier = found[line].get(hazard)
        if earlier is None or counter or not earlier[0]:
            found[line][hazard] = (
                counter,
                _said(
                    verdict, hazard=hazard, method=method, sample=sample, test=pk, approved=approved
                ),
            )
    return {
        line: LineVerdicts(line=line, tests=tuple(test for _, test in tests.values()))
        for line, tests in found.items()
    }


_Newest = tuple[str, bool, str, datetime]


def _newest_verdicts(which: Q, *, known: datetime) -> dict[int, _Newest]:
    rows = Verdict.objects.filter(which, at__lte=known).order_by("pk")
    columns = rows.values_list("test_id", "outcome", "decides", "reason", "at")
    return {test: (outcome, decides, why, at) for test, outcome, decides, why, at in columns}


def _said(
    verdict: _Newest | None, *, hazard: str, method: str, sample: str, test: int, approved: bool
) -> TestVerdict:
    outcome, decides, reason, at = verdict or (Outcome.UNKNOWN, False, "", None)
    return TestVerdict(
        hazard=hazard,
        method=method,
        verdict=Outcome(outcome) if decides else Outcome.UNKNOWN,
        sample=sample,
        test=test,
        approved=approved and verdict is not None,
        decides=decides,
        reason=reason,
        at=at,
    )


def _seen(path: str) -> Q:
    """Return what the officers of a subtree see: their agency's lines, or their laboratory's."""
    return Q(agency__path__startswith=path) | Q(laboratory__path__startswith=path)


def visible_samples(path: str) -> QuerySet[Sample]:
    """Return the samples that the officers of an agency's or laboratory's subtree may see."""
    return Sample.objects.filter(_seen(path))


def visible_tests(path: str) -> QuerySet[TestOrder]:
    """Return the tests that the officers of an agency's or laboratory's subtree may see."""
    return TestOrder.objects.filter(_seen(path))


def bench_tests(path: str) -> QuerySet[TestOrder]:
    """Return the tests of the laboratories of a subtree: nobody else works on them."""
    return TestOrder.objects.filter(laboratory__path__startswith=path)


def bench_runs(path: str) -> QuerySet[Run]:
    """Return the runs of the laboratories of a subtree."""
    return Run.objects.filter(laboratory__path__startswith=path)


def samples_of(line_ids: Iterable[int]) -> QuerySet[Sample]:
    """Return the samples of lines, oldest first."""
    return Sample.objects.filter(line_id__in=list(line_ids)).order_by("taken_at", "pk")


def tested_lines(references: Collection[str]) -> set[str]:
    """Return which lines have samples or tests, whatever became of them."""
    listed = list(references)
    found = Sample.objects.filter(line__reference__in=listed)
    return set(found.values_list("line__reference", flat=True))


def approved_since(since: datetime) -> list[int]:
    """Return the lines with tests that were approved from a moment on, in order."""
    rows = TestOrder.objects.filter(state=TestState.APPROVED, approved_at__gte=since)
    return list(rows.order_by("line_id").values_list("line_id", flat=True).distinct())


def named_tests(tests: Collection[int]) -> list[tuple[int, str, str]]:
    """Return tests with the references of their lines and their hazards, in order of the lines."""
    rows = TestOrder.objects.filter(pk__in=tests).order_by("line__reference", "hazard")
    return list(rows.values_list("pk", "line__reference", "hazard"))


def approved_of(line_ids: Collection[int]) -> QuerySet[Verdict]:
    """Return the verdicts of approved tests of lines, with their tests and results."""
    return (
        Verdict.objects.filter(test__line_id__in=line_ids, test__state=TestState.APPROVED)
        .select_related("test", "result")
        .order_by("test__line_id", "test_id", "pk")
    )


def laboratories_of(methods: Collection[str], *, on: date, known: datetime) -> dict[str, int]:
    """Return which laboratory carries out each method on a day; the first by key where several."""
    rows = Bench.objects.as_of(on, known=known).filter(method__in=methods)
    found: dict[str, int] = {}
    for method, laboratory in rows.order_by("laboratory_id").values_list("method", "laboratory_id"):
        found.setdefault(method, laboratory)
    return found


def accredited(
    pairs: Collection[tuple[int, str]], *, on: date, known: datetime
) -> set[tuple[int, str]]:
    """Return which (laboratory, method) pairs lie inside a scope of accreditation on a day."""
    rows = Accreditation.objects.as_of(on, known=known).filter(
        laboratory_id__in={laboratory for laboratory, _ in pairs}
    )
    return set(rows.values_list("laboratory_id", "method")).intersection(pairs)


def controls_of(laboratory: int, method: str, *, on: date) -> list[Control]:
    """Return the control materials of a method on a day, by level."""
    rows = Control.objects.filter(laboratory_id=laboratory, method=method, begins__lte=on)
    return list(rows.filter(Q(ends__isnull=True) | Q(ends__gt=on)).order_by("level"))


def judged_runs(laboratory: int, method: str) -> list[Run]:
    """Return the newest runs of a method that were judged, void ones too, oldest first."""
    rows = Run.objects.filter(laboratory_id=laboratory, method=method, judged_at__isnull=False)
    rows = rows.select_related("laboratory").prefetch_related("values__control")
    return list(reversed(rows.order_by("-opened_at", "-pk")[:LOOK_BACK]))


def control_history(
    laboratory: int, method: str, *, before: Run | None = None, most: int = LOOK_BACK
) -> list[Run]:
    """
    Return the newest judged runs of a method with their control values, oldest first.

    Void runs are no history: what was wrong with them was put right.
    """
    rows = Run.objects.filter(laboratory_id=laboratory, method=method).exclude(
        Q(state=RunState.VOID) | Q(state=RunState.OPEN)
    )
    if before is not None:
        rows = rows.filter(
            Q(opened_at__lt=before.opened_at) | Q(opened_at=before.opened_at, pk__lt=before.pk)
        )
    rows = rows.select_related("laboratory").prefetch_related("values__control")
    newest = rows.order_by("-opened_at", "-pk")[:most]
    return list(reversed(newest))


def values_of(run: Run) -> list[ControlValue]:
    """Return the control values of a run, by level."""
    return list(run.values.select_related("control").order_by("control__level"))


def newest_results(tests: Collection[int]) -> dict[int, TestResult]:
    """Return the newest result of each test."""
    rows = TestResult.objects.filter(test_id__in=tests).order_by("pk")
    return {row.test_id: row for row in rows}


def newest_verdicts(tests: Collection[int]) -> dict[int, Verdict]:
    """Return the newest verdict of each test."""
    return {row.test_id: row for row in Verdict.objects.filter(test_id__in=tests).order_by("pk")}


ALIVE = tuple(state for state in SampleState if state is not SampleState.REFUSED)


def are_taken(line_id: int) -> bool:
    """Tell whether a line has a sample for its tests that was not refused."""
    rows = Sample.objects.filter(line_id=line_id, portion=Portion.TEST, state__in=ALIVE)
    return rows.exists()
