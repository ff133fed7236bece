"""The bench of the year: tests, runs with their controls, results and verdicts, as rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from guomen.core import control_samples
from guomen.core.conformity import Limit, Result, judge
from guomen.core.conformity import Verdict as Judged
from guomen.journeys.judging import RULES
from guomen.journeys.laboratory import approving
from guomen.journeys.laboratory.bench import stated
from guomen.rulebooks import laboratory as book
from guomen.rulebooks.laboratory import Measure, Method
from guomen.scenarios.zhuhai2012.bench import equipment
from guomen.scenarios.zhuhai2012.bench.state import BY, CHUNK, Fill, Row, chunks
from guomen.scenarios.zhuhai2012.bench.taking import laboratories_of
from guomen.scenarios.zhuhai2012.bench.timeline import ZONE, Taking, control_scores, raw_of
from guomen.scenarios.zhuhai2012.dice import stream
from guomen.supervision.declarations import operations as declarations
from guomen.supervision.ledger import operations as ledger
from guomen.supervision.parties.codes import reference
from guomen.supervision.samples import operations
from guomen.supervision.samples.models import (
    Control,
    ControlValue,
    Run,
    Sample,
    TestOrder,
    TestResult,
    Verdict,
)

_MOST_IN_RUN = 30
# So many runs back are enough for every rule: ten in succession, in one material.
_LOOK_BACK = 12


@dataclass(slots=True, kw_only=True)
class OnBench:
    """One test while its rows are made."""

    taking: Taking
    hazard: str
    method: Method
    place: str
    sample: int
    key: int = 0
    run: int | None = None
    run_reference: str | None = None
    blocked: bool = False


def tests_of(taken: Sequence[Taking], state: Fill) -> list[OnBench]:
    """Return every test of the samples that were taken."""
    samples = {
        (line, taking, laboratory): pk
        for pk, line, taking, laboratory in Sample.objects.filter(portion="test").values_list(
            "pk", "line_id", "taking", "laboratory_id"
        )
    }
    found = []
    for taking in taken:
        day = taking.taken.astimezone(ZONE).date()
        for place, hazards in laboratories_of(taking.sampled.hazards, day).items():
            sample = samples[taking.sampled.line, taking.number, state.agencies[place]]
            for hazard in hazards:
                method = book.method_for(hazard, on=day)
                if method is not None:
                    found.append(
                        OnBench(
                            taking=taking, hazard=hazard, method=method, place=place, sample=sample
                        )
                    )
    state.done.tests = len(found)
    return found


def write_orders(tests: Sequence[OnBench], state: Fill) -> None:
    """Write the tests as they stand, and give each its key."""
    operations.insert(TestOrder, [_order_row(test, state) for test in tests])
    columns = TestOrder.objects.values_list("pk", "sample_id", "hazard")
    keys = {(sample, hazard): pk for pk, sample, hazard in columns.iterator()}
    for test in tests:
        test.key = keys[test.sample, test.hazard]


def _order_row(test: OnBench, state: Fill) -> Row:
    taking = test.taking
    received = taking.received <= state.now
    return {
        "sample_id": test.sample,
        "line_id": taking.sampled.line,
        "agency_id": state.agencies[taking.sampled.agency],
        "laboratory_id": state.agencies[test.place],
        "hazard": test.hazard,
        "method": test.method.code,
        "state": _stands(test, state),
        "run_id": test.run,
        "ordered_at": taking.taken,
        "due_at": book.due(test.method, taking.received) if received else None,
        "approved_at": taking.approved if _stands(test, state) == "approved" else None,
        "version": 1,
    }


def write_bench(tests: Sequence[OnBench], state: Fill) -> None:
    """Write the runs of tests, the tests themselves, their results and their verdicts."""
    measured = [t for t in tests if not t.taking.refused and t.taking.measured <= state.now]
    made = _Runs(measured, state)
    made.make()
    operations.insert(Run, made.rows)
    keys = dict(Run.objects.values_list("reference", "pk"))
    operations.insert(
        ControlValue,
        [
            {"run_id": keys[name], "control_id": control, "value": value}
            for name, control, value in made.values
        ],
    )
    for test in measured:
        test.run = keys.get(test.run_reference or "")
    state.done.runs = len(made.rows)
    write_orders(tests, state)
    _write_results(measured, state)


def _stands(test: OnBench, state: Fill) -> str:
    """Return where a test stands at the moment of the filling."""
    taking = test.taking
    if taking.refused:
        return "cancelled" if taking.received <= state.now else "ordered"
    if test.run is None:
        return "ordered"
    if taking.entered > state.now:
        return "on_bench"
    return "approved" if taking.approved <= state.now and not test.blocked else "entered"


def _grouped(tests: Iterable[OnBench]) -> Iterator[list[OnBench]]:
    """Yield the tests that are measured together: one laboratory, method and day."""
    found: dict[tuple[str, str, date], list[OnBench]] = {}
    for test in tests:
        day = test.taking.measured.astimezone(ZONE).date()
        found.setdefault((test.place, test.method.code, day), []).append(test)
    for group in sorted(found, key=lambda key: (key[2], key[0], key[1])):
        yield from chunks(found[group], _MOST_IN_RUN)  # type: ignore[misc]


class _Runs:
    """The runs of the year, one after another, each judged with those before it."""

    def __init__(self, tests: Sequence[OnBench], state: Fill) -> None:
        self.state = state
        self.dice = stream(state.seed, "control samples")
        self.history: dict[str, list[Sequence[float]]] = {}
        self.controls: dict[str, list[Control]] = {}
        for control in Control.objects.order_by("method", "level"):
            self.controls.setdefault(control.method, []).append(control)
        self.groups = list(_grouped(tests))
        self.blocked = _to_block(self.groups, state)
        self.numbers = iter(declarations.reserve("RUN-2012", _ATTEMPTS * len(self.groups) + 1))
        self.rows: list[Row] = []
        self.values: list[tuple[str, int, Decimal]] = []

    def make(self) -> None:
        """Measure every group, again where its controls are out of control."""
        for at, group in enumerate(self.groups):
            for attempt in range(_ATTEMPTS):
                if self._run(group, attempt=attempt, blocked=at in self.blocked):
                    break

    def _run(self, group: Sequence[OnBench], *, attempt: int, blocked: bool) -> bool:
        """Add one run of a group; tell whether its tests stay in it."""
        method = group[0].method
        past = self.history.setdefault(method.code, [])
        begun = max(test.taking.measured for test in group) + timedelta(minutes=20 * attempt)
        done = begun + timedelta(hours=2) <= self.state.now
        scores = self._scores(method, attempt=attempt, blocked=blocked)
        found = control_samples.review([*past[-_LOOK_BACK:], scores])[-1]
        if attempt == _ATTEMPTS - 1 and not found.releasable:
            past.clear()
            found = control_samples.review([scores])[-1]
        stays = found.releasable or blocked or not done
        name = reference("RUN-2012", next(self.numbers))
        self.rows.append(
            _run_row(name, group, begun, found, stays=stays, done=done, state=self.state)
        )
        if done:
            self.values += [
                (name, control.pk, control.mean + control.deviation * Decimal(str(z)))
                for control, z in zip(self.controls[method.code], scores, strict=True)
            ]
        if stays:
            past.append(scores)
            for test in group:
                test.run_reference, test.blocked = name, blocked
        return stays

    def _scores(self, method: Method, *, attempt: int, blocked: bool) -> list[float]:
        finding = method.measure is Measure.FINDING
        levels = len(self.controls[method.code])
        scores = list(control_scores(self.dice, levels, finding=finding))
        slips = attempt == 0 and not finding and self.dice.random() < _SLIPS
        if blocked or slips:
            scores[0] = 3.4
        elif attempt == _ATTEMPTS - 1:
            scores = [0.1, -0.1][:levels]
        return scores


_ATTEMPTS = 4
# Runs in which the first attempt shows a control far out: a spoilt standard, a cold lamp.
_SLIPS = 0.012


def _to_block(groups: Sequence[Sequence[OnBench]], state: Fill) -> frozenset[int]:
    """Return the newest group whose results wait for approval: its run stays blocked."""
    waiting = [
        at
        for at, group in enumerate(groups)
        if all(t.taking.entered <= state.now < t.taking.approved for t in group)
        and group[0].method.measure is Measure.AMOUNT
    ]
    return frozenset(waiting[-1:])


def _run_row(
    name: str,
    group: Sequence[OnBench],
    at: datetime,
    found: control_samples.RunReview,
    *,
    stays: bool,
    done: bool,
    state: Fill,
) -> Row:
    closed = all(test.taking.approved <= state.now for test in group)
    stands = "blocked" if not found.releasable else "closed" if closed else "passed"
    voided = not stays and done
    return {
        "reference": name,
        "laboratory_id": state.agencies[group[0].place],
        "method": group[0].method.code,
        "state": "open" if not done else "void" if voided else stands,
        "analyst": state.analyst(group[0].place, group[0].taking.measured),
        "opened_at": at,
        "controls": found.state.value if done else "",
        "broken": [rule.value for rule in found.rules] if done else [],
        "judged_at": at + timedelta(minutes=15) if done else None,
        "reason": "质控失控，更换标准溶液后重测" if voided else "",
        "version": 1,
    }


def _write_results(tests: Sequence[OnBench], state: Fill) -> None:
    accredited = _accredited(state)
    dice = stream(state.seed, "measured values").random
    entered = [test for test in tests if test.taking.entered <= state.now]
    rows = [_result_row(test, dice, accredited, state) for test in entered]
    operations.insert(TestResult, rows)
    keys = dict(TestResult.objects.values_list("test_id", "pk"))
    approved = [
        (test, row)
        for test, row in zip(entered, rows, strict=True)
        if row["approved_at"] is not None
    ]
    _write_verdicts(approved, keys, state)


def _accredited(state: Fill) -> Callable[[OnBench], bool]:
    def inside(test: OnBench) -> bool:
        ends = equipment.LAPSED.get(test.method.code)
        return ends is None or test.taking.entered.astimezone(ZONE).date() < ends

    return inside


def _result_row(
    test: OnBench, dice: Callable[[], float], accredited: Callable[[OnBench], bool], state: Fill
) -> Row:
    taking = test.taking
    limit = book.limit_for(
        test.method, taking.sampled.hs_code, taking.taken.astimezone(ZONE).date()
    )
    fails = taking.failing == test.hazard
    raw = "ND" if limit is None else raw_of(test.method, limit, fails=fails, dice=dice)
    approved = _stands(test, state) == "approved"
    return {
        "test_id": test.key,
        "run_id": test.run,
        "raw": raw,
        **stated(test.method, raw),
        "method": test.method.code,
        "accredited": accredited(test),
        "analyst": state.analyst(test.place, taking.measured),
        "entered_at": taking.entered,
        "source": "",
        "approved_by": state.approver(test.place) if approved else None,
        "approved_at": taking.approved if approved else None,
    }


@lru_cache(maxsize=200_000)
def judged(method: str, limit: Limit | None, raw: str, on: date) -> Judged:
    """Return what a result means under a limit; equal results are judged once."""
    stated_ = stated(book.BY_CODE[method], raw)
    result = Result(
        raw=raw,
        unit=stated_["unit"],
        expanded_uncertainty=stated_["expanded_uncertainty"] or None,
        coverage=stated_["coverage"] or None,
        lod=stated_["lod"],
        loq=stated_["loq"],
        taken=on,
        method=method,
    )
    return judge(result, limit, RULES[book.BY_CODE[method].decision], on=on)


def _write_verdicts(
    approved: Sequence[tuple[OnBench, Row]], results: Mapping[int, int], state: Fill
) -> None:
    rows, drafts = [], []
    references = dict(Sample.objects.values_list("pk", "reference"))
    for test, result in approved:
        sampled = test.taking.sampled
        day = test.taking.taken.astimezone(ZONE).date()
        limit = book.limit_for(test.method, sampled.hs_code, day)
        # The verdict is the same on every day of the limit, so equal results are judged once.
        on = day if limit is None else limit.begins
        found = judged(test.method.code, limit, result["raw"], on)
        decides = result["accredited"] or not test.method.accredited
        row = {
            "test_id": test.key,
            "result_id": results[test.key],
            "outcome": found.outcome.value,
            "decides": decides,
            "reason": found.reason,
            "says_zh": found.sentence.zh,
            "says_en": found.sentence.en,
            "rule": found.rule or "",
            "limit": approving.limit_body(limit),
            "at": result["approved_at"],
            "by": result["approved_by"],
        }
        rows.append(row)
        drafts.append(_verdict_draft(test, result, row, references[test.sample]))
    for part, told in zip(chunks(rows, CHUNK), chunks(drafts, CHUNK), strict=True):
        appended = ledger.append(told, at=state.now, by=BY)
        stored = [{**row, "seq": seq} for row, seq in zip(part, appended.seqs, strict=True)]
        operations.insert(Verdict, stored)
    state.done.verdicts = len(rows)


def _verdict_draft(test: OnBench, result: Row, row: Row, sample: str) -> ledger.Draft:
    body = {
        "analyst": result["analyst"],
        "approved": result["approved_at"].isoformat(),
        "decides": row["decides"],
        "hazard": test.hazard,
        "limit": row["limit"],
        "lod": result["lod"],
        "method": result["method"],
        "outcome": row["outcome"],
        "raw": result["raw"],
        "reason": row["reason"],
        "rule": row["rule"],
        "sample": sample,
        "test": test.key,
        "uncertainty": result["expanded_uncertainty"],
        "unit": result["unit"],
    }
    subject = test.taking.sampled.reference
    return ledger.Draft(kind=approving.VERDICT, subject=subject, body=body)
