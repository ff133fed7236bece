"""The clock of one line: what is done, where it stands, whom it waits for and until when."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext, pgettext

from guomen.core.text import Text
from guomen.desks.components import tones, words
from guomen.desks.components.moments import Clock, Step
from guomen.journeys.records import LineRecord
from guomen.supervision.declarations.lifecycle import AWAITING_RESULT, LineState


def clock_of(record: LineRecord, *, agency: Text, now: datetime) -> Clock:
    """Return the clock of a line at a moment."""
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
    return Clock(steps=(*steps, *_after(record, agency=agency, now=now)))


def _after(record: LineRecord, *, agency: Text, now: datetime) -> list[Step]:
    line, state = record.line, LineState(record.line.state)
    here = str(tones.look(tones.STATES, line.state).word)
    ahead = Step(says=pgettext("clock", "Release"), state="ahead")
    if state is LineState.HELD:
        late = line.hold_deadline is not None and line.hold_deadline < now
        who = words.SUPPLIERS.get(line.held_for or "")
        held = Step(
            says=here,
            state="late" if late else "now",
            at=line.hold_deadline,
            who=str(who) if who else None,
        )
        return [held, ahead]
    if state in AWAITING_RESULT:
        return [Step(says=here, state="now", who=agency), ahead]
    if state is LineState.LODGED:
        return [ahead]
    done = record.results[-1].at if record.results else line.decided_at
    return [Step(says=here, state="done", at=done)]
