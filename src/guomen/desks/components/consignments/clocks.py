"""The clock of one line: what is done, where it stands, whom it waits for, when it should end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext, pgettext

from guomen.core.text import Text
from guomen.desks.components import tones, words
from guomen.desks.components.moments import Clock, Step
from guomen.journeys import finishing, whereabouts
from guomen.journeys.finishing import Expected
from guomen.journeys.records import LineRecord
from guomen.journeys.whereabouts import Rule, Waiting
from guomen.supervision.declarations.lifecycle import AWAITING_RESULT, LineState

_FAILED = (LineState.NONCONFORMING, LineState.REINSPECTION, LineState.UNDER_DISPOSAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a line waits for, the rules that hold it, and what is expected of its end."""

    clock: Clock
    waiting: Waiting | None
    rules: tuple[Rule, ...]
    expected: Expected | None


def standings(records: Sequence[LineRecord], *, agency: Text, now: datetime) -> dict[int, Standing]:
    """Return the clocks of lines at a moment; a fixed number of queries."""
    lines = [record.line for record in records]
    waits, ends = whereabouts.whereabouts(lines), finishing.expected(lines, now=now)
    return {
        record.line.pk: Standing(
            clock=_clock(record, ends.get(record.line.pk), agency=agency, now=now),
            waiting=waits.get(record.line.pk),
            rules=_rules(record, waits.get(record.line.pk)),
            expected=ends.get(record.line.pk),
        )
        for record in records
    }


def _clock(record: LineRecord, expected: Expected | None, *, agency: Text, now: datetime) -> Clock:
    line = record.line
    outcome = str(tones.look(tones.OUTCOMES, line.outcome).word)
    steps = [Step(says=pgettext("clock", "Lodged"), state="done", at=line.received_at)]
    steps.append(
        Step(
            says=gettext("Ruled: %(outcome)s") % {"outcome": outcome},
            state="done",
            at=line.decided_at,
        )
    )
    return Clock(
        steps=(*steps, *_after(record, expected, agency=agency, now=now)),
        earliest=expected.earliest if expected else None,
        latest=expected.latest if expected else None,
    )


def _after(
    record: LineRecord, expected: Expected | None, *, agency: Text, now: datetime
) -> list[Step]:
    line, state = record.line, LineState(record.line.state)
    here = str(tones.look(tones.STATES, line.state).word)
    ahead = Step(says=pgettext("clock", "Release"), state="ahead")
    late = expected is not None and expected.late
    if state is LineState.HELD:
        late = late or (line.hold_deadline is not None and line.hold_deadline < now)
        who = words.SUPPLIERS.get(line.held_for or "")
        held = Step(
            says=here,
            state="late" if late else "now",
            at=line.hold_deadline,
            who=str(who) if who else None,
        )
        return [held, ahead]
    if state in AWAITING_RESULT or state in _FAILED:
        step = Step(says=here, state="late" if late else "now", who=agency)
        return [step, ahead] if state in AWAITING_RESULT else [step]
    if state is LineState.LODGED:
        return [ahead]
    done = record.results[-1].at if record.results else line.decided_at
    return [Step(says=here, state="done", at=done)]


def _rules(record: LineRecord, waiting: Waiting | None) -> tuple[Rule, ...]:
    """Return the rules that hold a line: of its last ruling, else of its first, as told here."""
    if waiting is None:
        return ()
    if waiting.rules or record.explanation is None:
        return waiting.rules
    # The explanation holds back from its reader what is not the reader's.
    return tuple(
        Rule(says=reason.says, instrument=reason.instrument, clause=reason.clause)
        for gate in record.explanation.gates
        for reason in gate.reasons
        if reason.decisive and not reason.settled
    )
