"""What the page of one declaration shows, for officers and for enterprises alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext, ngettext

from guomen.core.explain import Missing
from guomen.core.severity import BY_SEVERITY, SEVERITY, Outcome
from guomen.core.text import Text
from guomen.desks.components import moments, numbers, tones, words
from guomen.desks.components.consignments import changes, clocks
from guomen.desks.components.moments import Clock
from guomen.desks.components.tones import Words
from guomen.journeys import intake
from guomen.journeys.records import LineRecord, Record
from guomen.supervision.declarations.lifecycle import OPEN, LineState
from guomen.supervision.declarations.models import Line

Fact = tuple[Words, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineView:
    """One line on the page of its declaration."""

    record: LineRecord
    standing: clocks.Standing
    facts: Sequence[Fact]
    missing: Sequence[Missing]
    name: Text | None
    open: bool

    @property
    def clock(self) -> Clock:
        """Return the marks of the line."""
        return self.standing.clock

    @property
    def key(self) -> str:
        """Return what tells the parts of this line apart on the page."""
        return f"line-{self.record.line.number}"


def lines(record: Record, *, agency: Text, now: datetime) -> tuple[LineView, ...]:
    """Return the lines of a declaration; where there are several, the pressing ones stand open."""
    single = len(record.lines) == 1
    pressing = {LineState.HELD.value, LineState.REFUSED.value, LineState.NONCONFORMING.value}
    standings = clocks.standings(record.lines, agency=agency, now=now)
    return tuple(
        LineView(
            record=one,
            standing=standings[one.line.pk],
            facts=line_facts(one.line),
            missing=one.explanation.missing if one.explanation else (),
            name=record.goods.get(one.line.hs_code or ""),
            open=single or one.line.state in pressing,
        )
        for one in record.lines
    )


def facts(record: Record) -> tuple[Fact, ...]:
    """Return the facts of the declaration itself."""
    declaration = record.declaration
    port = declaration.port
    agent = declaration.agent
    return (
        (gettext("Own number"), declaration.own_number),
        (
            gettext("Enterprise"),
            _titled(declaration.enterprise_number, record.enterprise),
        ),
        (
            gettext("Declaration agent"),
            gettext("none: lodged by the enterprise itself")
            if agent in (None, intake.SELF)
            else _titled(agent or "", record.agent),
        ),
        (
            gettext("Direction"),
            words.DIRECTIONS.get(declaration.direction, declaration.direction),
        ),
        (gettext("Port"), _titled(port, record.port) if port else None),
        (
            gettext("Transport"),
            words.TRANSPORTS.get(declaration.transport or "", declaration.transport),
        ),
        (
            gettext("Transhipped in"),
            gettext("not transhipped")
            if declaration.transit_via == intake.NONE
            else declaration.transit_via,
        ),
        (
            gettext("Agency"),
            tones.said(Text(zh=declaration.agency.name_zh, en=declaration.agency.name_en)),
        ),
        (gettext("Received"), moments.exact(declaration.received_at)),
    )


def _titled(code: str, name: Text | None) -> str:
    return f"{tones.said(name)} {code}" if name else code


def line_facts(line: Line) -> tuple[Fact, ...]:
    """Return what was declared on a line."""
    unit = str(words.UNITS.get(line.unit or "", line.unit or ""))
    return (
        (gettext("HS code"), line.hs_code),
        (
            gettext("Quantity"),
            None if line.quantity is None else numbers.quantity(line.quantity, unit),
        ),
        (
            gettext("Units in the lot"),
            None if line.units_in_lot is None else numbers.grouped(line.units_in_lot),
        ),
        (gettext("Value"), None if line.value_cny is None else numbers.money(line.value_cny)),
        (gettext("Origin"), line.origin),
        (gettext("Destination"), line.destination),
        (gettext("Overseas party"), line.consignor and words.without_mark(line.consignor)),
        (gettext("Farm, plant or store"), line.site and words.without_mark(line.site)),
        (gettext("Produced on"), line.produced_on and moments.exact(line.produced_on)),
        (gettext("Documents"), _documents(line.documents)),
        (gettext("Lot"), line.lot),
        (gettext("Transport document"), line.transport_document),
        (gettext("Container or vehicle"), line.container),
        (gettext("Seal"), line.seal),
    )


def _documents(text: str | None) -> str | None:
    if text is None:
        return None
    codes = [code.strip() for code in text.replace(",", ";").split(";") if code.strip()]
    if codes == [intake.NONE]:
        return gettext("none presented")
    separator = "、" if tones.in_chinese() else ", "
    return separator.join(
        tones.said(intake.DOCUMENTS[code]) if code in intake.DOCUMENTS else code for code in codes
    )


def can_supply(line: Line) -> bool:
    """Tell whether anything that a held line lacks can be filled in on the line."""
    return bool(changes.missing_columns(line))


def more_severe(outcome: str) -> tuple[Outcome, ...]:
    """Return the outcomes that are more severe than one, mildest first."""
    rank = SEVERITY[Outcome(outcome)]
    return tuple(BY_SEVERITY[r] for r in sorted(BY_SEVERITY) if r > rank)


def sentence(record: Record, *, now: datetime) -> str:
    """Say in one sentence how a declaration stands."""
    states = Counter(one.line.state for one in record.lines)
    held = [one for one in record.lines if one.line.state == LineState.HELD]
    if held and not {LineState.REFUSED, LineState.NONCONFORMING} & states.keys():
        return _held(held, len(record.lines), now=now)
    if len(states) == 1:
        return _single(next(iter(states)), len(record.lines))
    parts = [
        gettext("%(n)s %(state)s")
        % {"n": n, "state": _lower(str(tones.look(tones.STATES, state).word))}
        for state, n in sorted(states.items(), key=lambda item: _ORDER.index(LineState(item[0])))
    ]
    joined = ("，" if tones.in_chinese() else ", ").join(parts)
    return gettext("%(all)s lines: %(parts)s") % {"all": len(record.lines), "parts": joined}


_ORDER = (
    LineState.REFUSED,
    LineState.NONCONFORMING,
    LineState.UNDER_DISPOSAL,
    *OPEN,
    LineState.SAMPLING,
    LineState.TESTING,
    LineState.ASSESSED,
    LineState.REINSPECTION,
    LineState.CONDITIONALLY_RELEASED,
    LineState.RELEASED,
    LineState.DISPOSED,
    LineState.WITHDRAWN,
)


def _lower(word: str) -> str:
    return word[:1].lower() + word[1:]


def _single(state: str, count: int) -> str:
    word = str(tones.look(tones.STATES, state).word)
    if count == 1:
        return gettext("This consignment: %(state)s") % {"state": _lower(word)}
    return gettext("All %(n)s lines: %(state)s") % {"n": count, "state": _lower(word)}


def _held(held: Sequence[LineRecord], count: int, *, now: datetime) -> str:
    """Say how many lines are held, for want of what, and from whom."""
    late = any(one.line.hold_deadline and one.line.hold_deadline < now for one in held)
    explained = [one.explanation for one in held if one.explanation]
    missing = {m.name: tones.said(m.label) for one in explained for m in one.missing}
    whose = {one.line.held_for for one in held}
    counted = ngettext("%(n)s of %(all)s lines held", "%(n)s of %(all)s lines held", len(held))
    said = gettext("Held") if count == 1 else counted % {"n": len(held), "all": count}
    if late:
        said = gettext("%(said)s past the deadline") % {"said": said}
    if len(missing) == 1:
        return gettext("%(said)s: %(fact)s is missing") % {
            "said": said,
            "fact": next(iter(missing.values())),
        }
    if missing:
        return gettext("%(said)s: %(n)s facts are missing") % {"said": said, "n": len(missing)}
    if len(whose) == 1 and (who := words.SUPPLIERS.get(next(iter(whose)) or "")):
        return gettext("%(said)s: waiting for %(who)s") % {"said": said, "who": who}
    return said
