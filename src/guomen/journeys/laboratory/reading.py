"""
Samples, the bench and the approval queue as people read them: lists, and the whole of one sample.

The path of an officer's agency comes first and can only be narrowed: a branch sees the samples of
its lines, a laboratory those that come to it. A fixed number of queries, however long a list is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, When

from guomen.core import control_samples
from guomen.core.conformity import Verdict as Judged
from guomen.core.text import Text
from guomen.journeys.consignments import Scope
from guomen.journeys.laboratory import approving, bench, sampling
from guomen.rulebooks import laboratory as book
from guomen.rulebooks.commodities import HAZARDS
from guomen.supervision.agencies import queries as agencies
from guomen.supervision.declarations.lifecycle import LineState
from guomen.supervision.declarations.models import Line
from guomen.supervision.ledger import queries as ledger
from guomen.supervision.samples import queries
from guomen.supervision.samples.lifecycle import RunState, SampleState, TestState
from guomen.supervision.samples.models import (
    Control,
    HandOver,
    Portion,
    Run,
    Sample,
    TestOrder,
    TestResult,
    Verdict,
)
from guomen.supervision.samples.operations import STORE

HAZARD_NAMES: Mapping[str, Text] = {
    **{method.hazard: method.name for method in book.METHODS},
    **{hazard.code: hazard.name for hazard in HAZARDS},
}
#: The lists of samples by what is done with them next.
WHERE: Mapping[str, tuple[SampleState, ...]] = {
    "custody": (SampleState.TAKEN, SampleState.UNDER_WAY),
    "laboratory": (SampleState.RECEIVED,),
    "refused": (SampleState.REFUSED,),
    "kept": (SampleState.KEPT,),
    "over": (SampleState.KEPT,),
    "done": (SampleState.TESTED, SampleState.DISPOSED),
}


def due(scope: Scope) -> QuerySet[Line]:
    """Return the lines of a scope that wait for a sample, the oldest first."""
    alive = Sample.objects.filter(
        line=OuterRef("pk"), portion=Portion.TEST, state__in=queries.ALIVE
    )
    wanted = Q(state=LineState.SAMPLING) | Q(
        state=LineState.UNDER_INSPECTION, outcome="inspect_and_sample"
    )
    rows = scope.lines().filter(wanted).exclude(Exists(alive))
    return rows.select_related("declaration").order_by("decided_at", "pk")


def samples(path: str, where: str, *, now: datetime, text: str = "") -> QuerySet[Sample]:
    """
    Return the samples that a path may see in one of the lists, the newest first.

    Under "over" stand those that need not be kept any longer, the longest over first.
    """
    rows = queries.visible_samples(path).filter(state__in=WHERE[where])
    over = where == "over"
    if over:
        rows = rows.filter(kept_until__lt=now)
    if text:
        rows = rows.filter(
            Q(reference__icontains=text) | Q(line__reference__icontains=text) | Q(seal=text)
        )
    order = ("kept_until", "pk") if over else ("-taken_at", "-pk")
    return rows.select_related("line__declaration", "laboratory").order_by(*order)


def tallies(scope: Scope, path: str, *, now: datetime) -> dict[str, int]:
    """Return how many samples stand in each list, and how many lines wait for one."""
    by_state = dict(
        queries.visible_samples(path).order_by().values_list("state").annotate(n=Count("pk"))
    )
    counted = {
        where: sum(by_state.get(state.value, 0) for state in states)
        for where, states in WHERE.items()
    }
    counted["over"] = samples(path, "over", now=now).count()
    return {"due": due(scope).order_by().count(), **counted}


def tests_left(rows: Iterable[Sample]) -> dict[int, tuple[int, int]]:
    """Return for each sample how many of its tests are approved, of how many."""
    found = (
        TestOrder.objects.filter(sample_id__in=[row.pk for row in rows])
        .exclude(state=TestState.CANCELLED)
        .order_by()
        .values_list("sample_id")
        .annotate(done=Count("pk", filter=Q(state=TestState.APPROVED)), of=Count("pk"))
    )
    return {sample: (done, of) for sample, done, of in found}


@dataclass(frozen=True, slots=True, kw_only=True)
class TestRecord:
    """One test with everything that happened to it."""

    __test__ = False

    order: TestOrder
    method: book.Method | None
    hazard: Text
    results: tuple[TestResult, ...]
    verdicts: tuple[Verdict, ...]

    @property
    def verdict(self) -> Verdict | None:
        """Return the verdict that counts: the newest, while the test is approved."""
        standing = self.order.state == TestState.APPROVED
        return self.verdicts[-1] if standing and self.verdicts else None

    @property
    def limit(self) -> str:
        """Return the limit of the verdict that counts, as it is written."""
        return "" if self.verdict is None else limit_text(self.verdict.limit)


def limit_text(limit: Mapping[str, Any]) -> str:
    """Return a stored limit as people write one; an absent one has no number to show."""
    signs = {"maximum": ("≤", "upper"), "minimum": ("≥", "lower")}
    if limit.get("kind") in signs:
        sign, end = signs[limit["kind"]]
        return f"{sign} {limit[end]} {limit['unit']}"
    if limit.get("kind") == "range":
        return f"{limit['lower']}–{limit['upper']} {limit['unit']}"
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRecord:
    """One sample with its whole history."""

    sample: Sample
    chain: tuple[HandOver, ...]
    tests: tuple[TestRecord, ...]
    others: tuple[Sample, ...]
    people: Mapping[str, tuple[str, str]]
    key: ledger.PublishedKey | None
    repeated: bool | None


def sample_of(path: str, reference: str) -> Sample | None:
    """Return a sample that a path may see, or None."""
    rows = queries.visible_samples(path).select_related("line__declaration", "laboratory", "agency")
    return rows.filter(reference=reference).first()


def record(path: str, reference: str) -> SampleRecord | None:
    """Return one sample that a path may see with its history, or None; fixed in queries."""
    sample = sample_of(path, reference)
    if sample is None:
        return None
    chain = tuple(sample.chain.order_by("number"))
    tests = tuple(test_records(sample.tests.select_related("run").order_by("pk")))
    key = ledger.draw_key(sample.taken_on, sample.draw_agency) if sample.draw_agency else None
    return SampleRecord(
        sample=sample,
        chain=chain,
        tests=tests,
        others=tuple(queries.samples_of([sample.line_id]).exclude(pk=sample.pk)),
        people=agencies.names_of(_people(sample, chain, tests)),
        key=key,
        repeated=sampling.repeated(
            sample, sample.line.reference, known_key=key.key if key else None
        ),
    )


def test_records(tests: Iterable[TestOrder]) -> list[TestRecord]:
    """Return tests with their results and verdicts: two more queries."""
    rows = list(tests)
    keys = [row.pk for row in rows]
    results: dict[int, list[TestResult]] = {key: [] for key in keys}
    for result in TestResult.objects.filter(test_id__in=keys).order_by("pk"):
        results[result.test_id].append(result)
    verdicts: dict[int, list[Verdict]] = {key: [] for key in keys}
    for verdict in Verdict.objects.filter(test_id__in=keys).order_by("pk"):
        verdicts[verdict.test_id].append(verdict)
    return [
        TestRecord(
            order=row,
            method=book.BY_CODE.get(row.method),
            hazard=hazard_name(row.hazard),
            results=tuple(results[row.pk]),
            verdicts=tuple(verdicts[row.pk]),
        )
        for row in rows
    ]


def hazard_name(code: str) -> Text:
    """Return the name of a hazard; one outside the book is named by its code."""
    return HAZARD_NAMES.get(code) or Text(zh=code, en=code)


def _people(sample: Sample, chain: Sequence[HandOver], tests: Sequence[TestRecord]) -> set[str]:
    held = {sample.taken_by, sample.holder, *(p for h in chain for p in (h.giver, h.taker, h.by))}
    told = {p for t in tests for r in t.results for p in (r.analyst, r.approved_by) if p}
    return {person for person in held | told if not person.startswith(STORE)}


# -- the bench ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a reader of the bench looks for; what is empty narrows nothing."""

    state: str = ""
    method: str = ""
    late: bool = False
    text: str = ""


_OPEN = (TestState.ORDERED, TestState.ON_BENCH, TestState.ENTERED)


def worklist(path: str, wanted: Wanted, *, now: datetime) -> QuerySet[TestOrder]:
    """
    Return the open tests of received samples at the laboratories of a path, urgent first.

    Asked for approved ones, return those of every sample, the newest first.
    """
    rows = queries.bench_tests(path)
    approved = wanted.state == TestState.APPROVED
    if approved:
        rows = rows.filter(state=TestState.APPROVED)
    else:
        rows = rows.filter(
            sample__state=SampleState.RECEIVED,
            state__in=[wanted.state] if wanted.state in [*_OPEN] else _OPEN,
        )
    if wanted.method:
        rows = rows.filter(method=wanted.method)
    if wanted.late:
        rows = rows.filter(due_at__lt=now)
    if wanted.text:
        rows = rows.filter(
            Q(sample__reference__icontains=wanted.text)
            | Q(line__reference__icontains=wanted.text)
            | Q(line__goods__icontains=wanted.text)
        )
    order = ("-pk",) if approved else ("due_at", "pk")
    return rows.select_related("sample", "line", "run").order_by(*order)


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodTally:
    """How much work of one method waits at the bench."""

    method: book.Method
    waiting: int
    late: int


def by_method(path: str, *, now: datetime) -> list[MethodTally]:
    """Return how many tests of each method wait to be put on the bench, most first."""
    rows = (
        queries.bench_tests(path)
        .filter(sample__state=SampleState.RECEIVED, state=TestState.ORDERED)
        .order_by()
        .values_list("method")
        .annotate(n=Count("pk"), late=Count("pk", filter=Q(due_at__lt=now)))
    )
    found = [
        MethodTally(method=book.BY_CODE[method], waiting=n, late=late)
        for method, n, late in rows
        if method in book.BY_CODE
    ]
    return sorted(found, key=lambda tally: (-tally.waiting, tally.method.code))


def arrivals(path: str) -> QuerySet[Sample]:
    """Return the samples on their way to the laboratories of a path, the oldest first."""
    rows = Sample.objects.filter(
        laboratory__path__startswith=path,
        state=SampleState.UNDER_WAY,
    )
    return rows.select_related("line", "agency").order_by("taken_at", "pk")


def open_runs(path: str) -> QuerySet[Run]:
    """Return the runs on which something is still to be done: blocked ones first, then newest."""
    rows = queries.bench_runs(path).filter(
        state__in=(RunState.OPEN, RunState.PASSED, RunState.BLOCKED)
    )
    blocked = Case(When(state=RunState.BLOCKED, then=0), default=1)
    return rows.annotate(size=Count("tests"), blocked=blocked).order_by(
        "blocked", "-opened_at", "-pk"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlCell:
    """A control material of a run and what it showed, if it was measured."""

    control: Control
    value: Any
    z: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The worksheet of one run."""

    run: Run
    method: book.Method | None
    controls: tuple[ControlCell, ...]
    tests: tuple[TestRecord, ...]
    rules: tuple[tuple[str, Text], ...]
    people: Mapping[str, tuple[str, str]]


def sheet(path: str, reference: str, *, now: datetime) -> Sheet | None:
    """Return the worksheet of a run of the laboratories of a path, or None."""
    run = queries.bench_runs(path).select_related("laboratory").filter(reference=reference).first()
    if run is None:
        return None
    values = {value.control_id: value.value for value in queries.values_of(run)}
    controls = queries.controls_of(run.laboratory_id, run.method, on=bench.day_of(run, now))
    tests = run.tests.select_related("sample", "line").order_by("sample__reference", "pk")
    return Sheet(
        run=run,
        method=book.BY_CODE.get(run.method),
        controls=tuple(
            ControlCell(control=c, value=values.get(c.pk), z=_z(values.get(c.pk), c))
            for c in controls
        ),
        tests=tuple(test_records(tests)),
        rules=tuple(
            (rule, control_samples.RULES_SAY[control_samples.ControlRule(rule)])
            for rule in run.broken
        ),
        people=agencies.names_of({run.analyst}),
    )


def _z(value: Any, control: Control) -> float | None:
    return None if value is None else float((value - control.mean) / control.deviation)


# -- approval -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A result that waits for its second person, with the verdict that approval would give."""

    order: TestOrder
    hazard: Text
    result: TestResult
    judged: Judged
    limit: str
    decides: bool
    ready: bool


def to_approve(path: str) -> QuerySet[TestOrder]:
    """Return the tests of the laboratories of a path whose results wait for approval."""
    rows = queries.bench_tests(path).filter(state=TestState.ENTERED)
    return rows.select_related("sample", "line", "run", "laboratory").order_by("due_at", "pk")


def waiting(tests: Sequence[TestOrder], *, now: datetime) -> list[Waiting]:
    """Return tests with their newest results and what those would mean."""
    results = queries.newest_results([test.pk for test in tests])
    found = []
    for test in tests:
        result = results.get(test.pk)
        if result is None:
            continue
        judged, limit = approving.judged(test, result, on=approving.day_of(now))
        found.append(
            Waiting(
                order=test,
                hazard=hazard_name(test.hazard),
                result=result,
                judged=judged,
                limit=limit_text(approving.limit_body(limit)),
                decides=approving.decides(result),
                ready=test.run is not None and test.run.state in approving.RELEASED,
            )
        )
    return found


def people(keys: set[str]) -> dict[str, tuple[str, str]]:
    """Return the names of officers by key."""
    return agencies.names_of(keys)


# -- the control chart ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartRow:
    """One run of a chart: its values in standard deviations, and what they said."""

    run: Run
    scores: tuple[float | None, ...]
    review: control_samples.RunReview


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """The control chart of one method at one laboratory."""

    method: book.Method
    controls: tuple[Control, ...]
    rows: tuple[ChartRow, ...]


def chart_choices(path: str) -> list[tuple[int, str]]:
    """Return the (laboratory, method) pairs that have runs at the laboratories of a path."""
    rows = queries.bench_runs(path).order_by("laboratory_id", "method")
    return list(rows.values_list("laboratory_id", "method").distinct())


def chart(path: str, laboratory: int, method: str, *, now: datetime) -> Chart | None:
    """Return the newest runs of a method as a control chart, or None where there are none."""
    if (laboratory, method) not in chart_choices(path) or method not in book.BY_CODE:
        return None
    runs = queries.judged_runs(laboratory, method)
    controls = queries.controls_of(
        laboratory, method, on=bench.day_of(runs[-1], now) if runs else now.date()
    )
    scores = bench.scores_of(runs, controls)
    return Chart(
        method=book.BY_CODE[method],
        controls=tuple(controls),
        rows=tuple(
            ChartRow(
                run=run,
                scores=tuple(None if value != value else round(value, 3) for value in row),
                review=_said_then(run),
            )
            for run, row in zip(runs, scores.tolist(), strict=True)
        ),
    )


def _said_then(run: Run) -> control_samples.RunReview:
    """Return what the controls of a run said when it was judged."""
    return control_samples.RunReview(
        state=control_samples.ControlState(run.controls),
        rules=tuple(control_samples.ControlRule(rule) for rule in run.broken),
    )


# -- what an enterprise is told -------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A verdict as the owner of the goods is told it, once it is approved."""

    hazard: Text
    method: str
    raw: str
    unit: str
    limit: str
    outcome: str
    says: Text
    at: datetime


def told(line_ids: Iterable[int]) -> dict[int, list[Told]]:
    """Return the verdicts of lines that were approved, one a test; what waits is not told."""
    newest = {verdict.test_id: verdict for verdict in queries.approved_of(list(line_ids))}
    found: dict[int, list[Told]] = {}
    for verdict in newest.values():
        method = book.BY_CODE.get(verdict.result.method)
        found.setdefault(verdict.test.line_id, []).append(
            Told(
                hazard=hazard_name(verdict.test.hazard),
                method=method.standard if method else verdict.result.method,
                raw=verdict.result.raw,
                unit=verdict.result.unit,
                limit=limit_text(verdict.limit),
                outcome=verdict.outcome if verdict.decides else "unknown",
                says=Text(zh=verdict.says_zh, en=verdict.says_en),
                at=verdict.at,
            )
        )
    return found
