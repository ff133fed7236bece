"""What the API answers: rulings and problems as plain values, errors by one table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import get_language

from guomen.core.errors import GuomenError
from guomen.core.ruling import Reason
from guomen.core.severity import OUTCOME_NAMES, Outcome
from guomen.core.text import Text, sides
from guomen.desks.api.callers import Caller, NotFoundError
from guomen.journeys import clearance, reading
from guomen.journeys.certification import MessageRefusedError
from guomen.journeys.clearance import Lodged, LodgedLine, later, lodging, storing
from guomen.journeys.files import BadFileError, UnknownKindError
from guomen.journeys.intake import Problem
from guomen.journeys.reading import Brief, Explanation
from guomen.supervision.declarations.lifecycle import STATE_NAMES, LineState
from guomen.supervision.declarations.models import Declaration, Line
from guomen.supervision.ledger import queries as ledger

#: The one place where an error of the house becomes a status; what is not here is 400.
STATUS: dict[type[GuomenError], int] = {
    NotFoundError: 404,
    reading.NoRulingError: 404,
    later.NoSuchLineError: 404,
    ledger.NoSuchEntry: 404,
    later.LineClosedError: 409,
    lodging.RequestReusedError: 409,
    ledger.EntryErased: 410,
    UnknownKindError: 415,
    BadFileError: 422,
    lodging.IntakeRefusedError: 422,
    later.NotAmendableError: 422,
    storing.BusyError: 503,
}


def status_of(error: GuomenError) -> int:
    """Return the status of an error."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 400)


def error(found: GuomenError) -> dict[str, Any]:
    """Return an error as plain values, with every problem of a refused declaration."""
    body: dict[str, Any] = {"code": found.code, "says": str(found)}
    if isinstance(found, lodging.IntakeRefusedError):
        body["problems"] = problems(found.problems)
    if isinstance(found, MessageRefusedError):
        body |= {"part": found.data["part"], "says": said(found.says)}
    return {"error": body}


def problems(found: Sequence[Problem]) -> list[dict[str, Any]]:
    """Return problems as plain values, each said in both languages."""
    return [
        {
            "row": one.row,
            "column": one.column,
            "value": one.value,
            "says": {"zh": one.says.zh, "en": one.says.en},
        }
        for one in found
    ]


def said(text: Text) -> str:
    """Return a sentence in the language that the request asks for."""
    return text.in_language(get_language() or "zh-hans")


def declaration(found: Declaration, *, caller: Caller) -> dict[str, Any]:
    """Return a declaration with the ruling of each line and what the caller may read of it."""
    lines = list(found.lines.order_by("number"))
    shown = reading.explain_lines([row.reference for row in lines], audience=caller.audience)
    return {
        "reference": found.reference,
        "declaration": found.own_number,
        "received_at": found.received_at.isoformat(),
        "lines": [_line(row, shown.get(row.reference)) for row in lines],
    }


def lodged(done: Lodged, *, caller: Caller) -> dict[str, Any]:
    """Return what a lodged declaration became when it was lodged, ruling by ruling."""
    told = reading.brief(
        {line: body for line, (_, body) in done.rulings.items()}, audience=caller.audience
    )
    seen = clearance.as_lodged(done)
    return {
        "reference": seen.reference,
        "declaration": seen.own_number,
        "received_at": seen.received_at.isoformat(),
        "lines": [_lodged_line(line, told.get(line.reference)) for line in seen.lines],
        "repeated": done.repeated,
    }


def _lodged_line(line: LodgedLine, told: Brief | None) -> dict[str, Any]:
    return {
        "reference": line.reference,
        "line": line.number,
        "state": {"code": line.state.value, "name": said(STATE_NAMES[line.state])},
        "outcome": outcome(line.outcome),
        "reasons": [] if told is None else list(map(_reason, told.reasons)),
        "missing": [] if told is None else _missing(told),
        "duties": [] if told is None else _duties(told),
        "hold_deadline": line.hold_deadline.isoformat() if line.hold_deadline else None,
        "ledger_entry": line.seq,
    }


def _line(row: Line, shown: Explanation | None) -> dict[str, Any]:
    return {
        "reference": row.reference,
        "line": row.number,
        "state": {"code": row.state, "name": said(STATE_NAMES[LineState(row.state)])},
        "outcome": outcome(Outcome(row.outcome)),
        "reasons": [] if shown is None else _reasons(shown),
        "missing": [] if shown is None else _missing(shown),
        "duties": [] if shown is None else _duties(shown),
        "hold_deadline": row.hold_deadline.isoformat() if row.hold_deadline else None,
        "ledger_entry": row.ruling_seq,
    }


def outcome(found: Outcome) -> dict[str, str]:
    """Return an outcome with its name."""
    return {"code": found.value, "name": said(OUTCOME_NAMES[found])}


def _reasons(shown: Explanation) -> list[dict[str, Any]]:
    return [_reason(r) for gate in shown.gates for r in gate.reasons if r.decisive]


def _reason(reason: Reason) -> dict[str, Any]:
    return {
        "rule": reason.rule,
        "gate": reason.gate.value,
        "answer": reason.answer.name.lower(),
        "says": said(reason.says),
        "source": f"{said(reason.instrument)} {said(sides(reason.clause))}",
    }


def _missing(shown: Explanation | Brief) -> list[dict[str, Any]]:
    return [
        {"fact": m.name, "name": said(m.label), "supplied_by": said(m.supplier_name)}
        for m in shown.missing
    ]


def _duties(shown: Explanation | Brief) -> list[dict[str, Any]]:
    return [{"code": d.code, "says": said(d.says), "rule": d.rule} for d in shown.obligations]


def explanation(shown: Explanation) -> dict[str, Any]:
    """Return a whole ruling: gates, reasons, draw, sampling plan, orders, duties, facts."""
    drawn = shown.draw
    return {
        "line": shown.line,
        "at": shown.at.isoformat(),
        "ledger_entry": shown.seq,
        "outcome": outcome(shown.outcome),
        "mode": said(shown.mode) if shown.mode else None,
        "gates": [
            {"gate": g.gate.value, "name": said(g.name), "state": g.state.value}
            for g in shown.gates
        ],
        "reasons": _reasons(shown),
        "missing": _missing(shown),
        "duties": _duties(shown),
        "orders": [
            {"reference": o.reference, "effect": o.effect.value, "says": said(o.reason)}
            for o in shown.orders
        ],
        "sampling": None
        if shown.sampling is None
        else {
            "policy": shown.sampling.policy,
            "n": shown.sampling.n,
            "ac": shown.sampling.ac,
            "re": shown.sampling.re,
        },
        "draw": {
            "day": drawn.day.isoformat(),
            "agency": drawn.agency,
            "root": drawn.root,
            "counter": drawn.counter,
            "anchor": drawn.anchor,
            "u": drawn.u,
            "chance_ppm": drawn.chance_ppm,
            "selected": drawn.selected,
            "commitment": drawn.commitment,
            "key": drawn.revealed_key,
            "demonstration": drawn.demonstration,
        },
        "book": shown.book,
        "engine": shown.engine,
    }
