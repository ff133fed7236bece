"""
The bench: runs of a method with their control samples, and the results that are entered.

Controls are judged with the runs before by ``core.control_samples``. A run that is out of control
is blocked: its results stay on record and none is approved; it ends as void and its tests are
measured again. What a control showed is written once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from django.db import transaction
from django.db.models import prefetch_related_objects

from guomen.core import control_samples
from guomen.core.control_samples import RELEASABLE
from guomen.core.errors import GuomenError
from guomen.journeys import drawing
from guomen.journeys.clearance import Lodgement
from guomen.rulebooks import laboratory as book
from guomen.supervision.declarations import operations as declarations
from guomen.supervision.ledger import operations as ledger
from guomen.supervision.parties.codes import reference
from guomen.supervision.samples import operations, queries
from guomen.supervision.samples.lifecycle import RunMove, RunState, SampleState, TestMove, TestState
from guomen.supervision.samples.models import Control, Run, TestOrder

JUDGED = "laboratory.run_judged"
VOIDED = "laboratory.run_voided"


class NotOnBenchError(GuomenError):
    """A test cannot be put on the bench, or does not belong to the run."""

    code: ClassVar[str] = "laboratory.not-on-bench"


class NoSuchRunError(GuomenError):
    """There is no such run among those that may be seen."""

    code: ClassVar[str] = "laboratory.no-such-run"


class RunClosedError(GuomenError):
    """The run takes no further results."""

    code: ClassVar[str] = "laboratory.run-closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A result as it is reported; what is empty is taken from the method, and "" is not stated."""

    raw: str
    unit: str | None = None
    expanded_uncertainty: str | None = None
    coverage: str | None = None
    lod: str | None = None
    loq: str | None = None
    source: str = ""


def open_run(method: str, tests: Collection[int], *, how: Lodgement) -> str:
    """
    Put tests of one method and laboratory on the bench together; return the run's reference.

    :raises NotOnBenchError: if a test is not received, of another method, or on a bench already
    """
    with transaction.atomic():
        found = operations.locked_tests(tests)
        ready = [
            test
            for test in found
            if test.method == method
            and test.state == TestState.ORDERED
            and test.sample.state == SampleState.RECEIVED
        ]
        if not ready or len(ready) != len(set(tests)) or len({t.laboratory_id for t in ready}) > 1:
            raise NotOnBenchError(
                "choose tests of one method whose samples are at the laboratory and that are on no "
                "bench yet",
                method=method,
            )
        laboratory = ready[0].laboratory
        day = _day(laboratory.code, how.at)
        (serial,) = declarations.reserve(f"RUN-{day.year}", 1)
        run = Run.objects.create(
            reference=reference(f"RUN-{day.year}", serial),
            laboratory=laboratory,
            method=method,
            analyst=how.by,
            opened_at=how.at,
        )
        for test in ready:
            test.run = run
        operations.move_tests(ready, TestMove.START)
    return run.reference


def enter(
    run_reference: str,
    *,
    controls: Mapping[int, Decimal],
    results: Mapping[int, Entry],
    how: Lodgement,
) -> RunState:
    """
    Record what the controls and the tests of a run showed, all or nothing; judge the run.

    ``controls`` by control, ``results`` by test; an entry without text is left out. Returns where
    the run stands then.

    :raises NoSuchRunError: if there is no such run
    :raises RunClosedError: if the run is blocked, closed or void
    :raises NotOnBenchError: if a test or a control is not of this run
    :raises ControlsKeptError: if a control that is on record would be changed
    """
    with transaction.atomic():
        run = _locked(run_reference)
        if run.state not in (RunState.OPEN, RunState.PASSED):
            raise RunClosedError(
                f"run {run.reference} is {run.state} and takes no further results",
                run=run.reference,
            )
        _record_controls(run, controls, at=how.at)
        _record_results(run, results, how=how)
        _judge(run, how=how)
    return RunState(run.state)


def void_run(run_reference: str, reason: str, *, how: Lodgement) -> None:
    """
    Give a run up, with the reason that was found; its tests are measured again.

    :raises NoSuchRunError, MoveRefusedError: as they say
    """
    with transaction.atomic():
        run = _locked(run_reference)
        run.reason = reason
        operations.move_run(run, RunMove.VOID)
        tests = operations.locked_tests(
            run.tests.filter(state__in=(TestState.ON_BENCH, TestState.ENTERED)).values_list(
                "pk", flat=True
            )
        )
        for test in tests:
            test.run = None
        operations.move_tests(tests, TestMove.SEND_BACK)
        draft = ledger.Draft(kind=VOIDED, subject=run.reference, body={"reason": reason})
        ledger.append([draft], at=how.at, by=how.by)


def result_row(
    test: TestOrder, entry: Entry, *, how: Lodgement, run: Run | None, accredited: bool
) -> dict[str, Any]:
    """Return a result as it is stored; what the entry leaves open is stated by the method."""
    method = book.BY_CODE.get(test.method)
    of_method = stated(method, entry.raw)
    given = {
        "unit": entry.unit,
        "expanded_uncertainty": entry.expanded_uncertainty,
        "coverage": entry.coverage,
        "lod": entry.lod,
        "loq": entry.loq,
    }
    return {
        "test": test,
        "run": run,
        "raw": entry.raw.strip(),
        "method": test.method,
        "accredited": accredited,
        "analyst": how.by,
        "entered_at": how.at,
        "source": entry.source,
        **{name: of_method[name] if value is None else value for name, value in given.items()},
    }


def stated(method: book.Method | None, raw: str) -> dict[str, str]:
    """Return what a method states of a result, as texts; the uncertainty follows the value."""
    if method is None:
        return dict.fromkeys(("unit", "expanded_uncertainty", "coverage", "lod", "loq"), "")
    share = method.uncertainty
    value = _number(raw)
    known = share is not None and value is not None
    return {
        "unit": method.unit,
        "expanded_uncertainty": _plain(value * share) if known else "",  # type: ignore[operator]
        "coverage": "2" if known else "",
        "lod": _plain(method.lod),
        "loq": _plain(method.loq),
    }


def _number(raw: str) -> Decimal | None:
    text = raw.strip()
    if not text.replace(".", "", 1).isdigit() or not text.isascii():
        return None
    return Decimal(text)


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"


def scopes(run: Run, *, at: datetime) -> bool:
    """Tell whether the laboratory of a run is accredited for its method today."""
    pair = (run.laboratory_id, run.method)
    day = _day(run.laboratory.code, at)
    return pair in queries.accredited([pair], on=day, known=at)


def _record_controls(run: Run, controls: Mapping[int, Decimal], *, at: datetime) -> None:
    known = {
        control.pk: control
        for control in queries.controls_of(
            run.laboratory_id, run.method, on=_day(run.laboratory.code, at)
        )
    }
    if set(controls) - set(known):
        raise NotOnBenchError(
            f"a control is not of the method of run {run.reference}", run=run.reference
        )
    operations.record_controls(run, {known[key]: value for key, value in controls.items()})


def _record_results(run: Run, results: Mapping[int, Entry], *, how: Lodgement) -> None:
    given = {test: entry for test, entry in results.items() if entry.raw.strip()}
    tests = operations.locked_tests(given)
    if any(test.run_id != run.pk for test in tests) or len(tests) != len(given):
        raise NotOnBenchError(
            f"a test is not on the bench of run {run.reference}", run=run.reference
        )
    inside = scopes(run, at=how.at)
    rows = [result_row(t, given[t.pk], how=how, run=run, accredited=inside) for t in tests]
    operations.store_results(rows)
    operations.move_tests(tests, TestMove.ENTER)


def _judge(run: Run, *, how: Lodgement) -> None:
    found = review_of(run, at=how.at)
    run.controls, run.broken = found.state.value, [rule.value for rule in found.rules]
    if found.state is control_samples.ControlState.UNKNOWN:
        run.save(update_fields=["controls", "broken"])
        return
    run.judged_at = how.at
    move = RunMove.PASS if found.state in RELEASABLE else RunMove.BLOCK
    operations.move_run(run, move)
    body = {"broken": run.broken, "controls": run.controls, "method": run.method}
    draft = ledger.Draft(kind=JUDGED, subject=run.reference, body=body)
    ledger.append([draft], at=how.at, by=how.by)


def review_of(run: Run, *, at: datetime) -> control_samples.RunReview:
    """Judge the controls of a run with those of the runs before it."""
    controls = queries.controls_of(run.laboratory_id, run.method, on=_day(run.laboratory.code, at))
    earlier = queries.control_history(run.laboratory_id, run.method, before=run)
    prefetch_related_objects([run], "values__control")
    scores = scores_of([*earlier, run], controls)
    return control_samples.review(scores)[-1]


def scores_of(runs: Collection[Run], controls: Collection[Control]) -> Any:
    """Return the control values of runs in standard deviations, a row a run, a column a level."""
    table = []
    for run in runs:
        by_level = {value.control.level: value for value in run.values.all()}
        table.append([_value(by_level.get(control.level), control) for control in controls])
    targets = [(float(c.mean), float(c.deviation)) for c in controls]
    return control_samples.z_scores(table, targets)


def _value(found: Any, control: Control) -> float | None:
    """Return a value on the scale of today's material: an earlier one had its own target."""
    if found is None or found.value is None:
        return None
    own = found.control
    z = (float(found.value) - float(own.mean)) / float(own.deviation)
    return float(control.mean) + z * float(control.deviation)


def _locked(run_reference: str) -> Run:
    run = operations.locked_run(run_reference)
    if run is None:
        raise NoSuchRunError(f"there is no run {run_reference}", run=run_reference)
    return run


def _day(agency: str, at: datetime) -> date:
    return drawing.offices()[agency].day_of(at)


def day_of(run: Run, at: datetime) -> date:
    """Return the day that it is at the laboratory of a run."""
    return _day(run.laboratory.code, at)
