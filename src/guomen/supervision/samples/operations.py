"""Writes of samples, custody and tests, in the caller's transaction. Nothing here decides."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from guomen.core.errors import GuomenError
from guomen.supervision import bulk
from guomen.supervision.samples.lifecycle import (
    RUN,
    SAMPLE,
    TEST,
    RunMove,
    RunState,
    SampleMove,
    SampleState,
    TestMove,
    TestState,
)
from guomen.supervision.samples.models import (
    Condition,
    Control,
    ControlValue,
    HandOver,
    Run,
    Sample,
    TestOrder,
    TestResult,
    Verdict,
)

#: Stands before the code of the agency whose store holds a sample; its officers act for it.
STORE = "store:"


class CustodyGapError(GuomenError):
    """A hand-over would leave out somebody: only who holds a sample can give it away."""

    code: ClassVar[str] = "samples.custody-gap"


class ControlsKeptError(GuomenError):
    """A control value that was recorded is not changed."""

    code: ClassVar[str] = "samples.controls-kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """What is said at a hand-over: to whom, under which seal, in which condition."""

    taker: str
    seal: str
    condition: Condition = Condition.GOOD
    temperature: Decimal | None = None
    note: str = ""


def locked_sample(reference: str) -> Sample | None:
    """Return a sample under a row lock, or None."""
    return Sample.objects.select_for_update().filter(reference=reference).first()


def locked_tests(keys: Collection[int]) -> list[TestOrder]:
    """Return tests under a row lock, in the order of their keys."""
    return list(
        TestOrder.objects.select_for_update(of=("self",))
        .select_related("sample", "line", "run", "laboratory")
        .filter(pk__in=keys)
        .order_by("pk")
    )


def locked_run(reference: str) -> Run | None:
    """Return a run under a row lock, or None."""
    return (
        Run.objects.select_for_update(of=("self",))
        .select_related("laboratory")
        .filter(reference=reference)
        .first()
    )


def take(rows: Sequence[Mapping[str, Any]]) -> list[Sample]:
    """Store samples that were taken together; rows are attributes of :class:`Sample`."""
    made = [Sample(state=SAMPLE.start.value, **row) for row in rows]
    for sample in made:
        sample.save()
    return made


def store_of(agency: str) -> str:
    """Return how the store of an agency stands in a chain of custody."""
    return f"{STORE}{agency}"


def order(rows: Sequence[Mapping[str, Any]]) -> None:
    """Store tests; rows are attributes of :class:`TestOrder`."""
    TestOrder.objects.bulk_create(TestOrder(**row) for row in rows)


def hand_over(sample: Sample, hand: Hand, *, move: SampleMove, at: datetime, by: str) -> HandOver:
    """
    Pass a locked sample from its holder to another, and move it.

    :raises CustodyGapError: if who records it neither gives nor takes, or nobody new takes
    :raises MoveRefusedError: if the sample cannot make that move from where it stands
    """
    giver = sample.holder
    hands = by in (giver, hand.taker) or giver.startswith(STORE)
    if not hands or giver == hand.taker or not hand.taker:
        raise CustodyGapError(
            f"{sample.reference} is held by {giver}: record the hand-over as the one who gives it "
            "or as the one who takes it, so that nobody is left out of the chain.",
            sample=sample.reference,
            holder=giver,
        )
    sample.state = SAMPLE.after(SampleState(sample.state), move).value
    sample.hand_overs += 1
    sample.holder, sample.seal = hand.taker, hand.seal
    sample.version += 1
    sample.save(update_fields=["state", "hand_overs", "holder", "seal", "version", "received_at"])
    return HandOver.objects.create(
        sample=sample,
        number=sample.hand_overs,
        giver=giver,
        taker=hand.taker,
        at=at,
        by=by,
        seal=hand.seal,
        condition=hand.condition,
        temperature=hand.temperature,
        note=hand.note,
    )


def move_sample(sample: Sample, move: SampleMove) -> None:
    """Move a locked sample and store it."""
    sample.state = SAMPLE.after(SampleState(sample.state), move).value
    sample.version += 1
    sample.save(update_fields=["state", "version", "kept_until"])


def move_tests(tests: Collection[TestOrder], move: TestMove) -> None:
    """
    Move locked tests and store what may have changed with it.

    :raises MoveRefusedError: if one cannot make that move; then none is moved
    """
    states = [TEST.after(TestState(test.state), move).value for test in tests]
    for test, state in zip(tests, states, strict=True):
        test.state = state
        test.version += 1
    TestOrder.objects.bulk_update(
        tests, ["state", "version", "run", "due_at", "approved_at"], batch_size=100
    )


def move_run(run: Run, move: RunMove) -> None:
    """Move a locked run and store it."""
    run.state = RUN.after(RunState(run.state), move).value
    run.version += 1
    run.save()


def record_controls(run: Run, values: Mapping[Control, Decimal]) -> None:
    """
    Store what the controls of a run showed; a value that stands is never written over.

    :raises ControlsKeptError: if a control already has another value
    """
    held = {value.control_id: value.value for value in run.values.all()}
    changed = [c.name for c, value in values.items() if held.get(c.pk, value) != value]
    if changed:
        raise ControlsKeptError(
            f"The controls {', '.join(changed)} of {run.reference} are on record and stay as they "
            "are. Void the run and measure again.",
            run=run.reference,
        )
    ControlValue.objects.bulk_create(
        ControlValue(run=run, control=control, value=value)
        for control, value in values.items()
        if control.pk not in held
    )


def store_results(rows: Sequence[Mapping[str, Any]]) -> list[TestResult]:
    """Append results; rows are attributes of :class:`TestResult`."""
    return TestResult.objects.bulk_create(TestResult(**row) for row in rows)


def store_verdicts(rows: Sequence[Mapping[str, Any]]) -> list[Verdict]:
    """Append verdicts; rows are attributes of :class:`Verdict`."""
    return Verdict.objects.bulk_create(Verdict(**row) for row in rows)


def insert(model: type, rows: Sequence[Mapping[str, Any]]) -> None:
    """Store many rows of one table at once, all with the same attributes."""
    if rows:
        names = tuple(rows[0])
        bulk.insert(model, names, ([row[name] for name in names] for row in rows))
