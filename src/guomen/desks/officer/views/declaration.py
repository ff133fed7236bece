"""One declaration: its lines, the reason of every ruling, what may be done now, its past."""

from __future__ import annotations

import json
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from guomen.core.text import Text
from guomen.desks.components.consignments import pages
from guomen.desks.officer import permissions
from guomen.desks.officer.access import Desk, at_desk
from guomen.desks.officer.permissions import Move
from guomen.journeys import records
from guomen.journeys.laboratory import reading as laboratory
from guomen.journeys.reading import Audience
from guomen.journeys.records import LineRecord, Record
from guomen.journeys.targeting import looking
from guomen.supervision.ledger import queries as ledger

# The moves of a line as buttons, the most likely first.
_BUTTONS = (Move.SUPPLY, Move.RECORD, Move.AMEND, Move.RAISE, Move.SETTLE, Move.WITHDRAW)


@at_desk(Move.SEE)
@require_safe
def one(request: HttpRequest, desk: Desk, reference: str) -> HttpResponse:
    """Show one declaration of the agency's subtree."""
    return shown(request, desk, reference)


def shown(
    request: HttpRequest, desk: Desk, reference: str, more: dict[str, Any] | None = None
) -> HttpResponse:
    """Render the page of a declaration; ``more`` adds what an action has to say."""
    record = records.record(desk.scope, reference, audience=Audience.OFFICER)
    if record is None:
        raise Http404
    agency = record.declaration.agency
    lines = pages.lines(record, agency=Text(zh=agency.name_zh, en=agency.name_en), now=desk.now)
    context = {
        "desk": desk,
        "record": record,
        "lines": [(line, _moves(line.record, desk)) for line in lines],
        "facts": pages.facts(record),
        "title": pages.sentence(record, now=desk.now),
        "verdicts": laboratory.told([line.record.line.pk for line in lines]),
        "targeting": looking.explanations(_under_plan(record)),
        "can_prove": Move.PROVE in desk.moves,
        "can_lodge": Move.LODGE in desk.moves,
        **(more or {}),
    }
    return render(request, "officer/declaration.html", context)


def _under_plan(record: Record) -> list[str]:
    """Return the lines whose newest ruling stands under a plan of the day."""
    return [
        one.line.reference
        for one in record.lines
        if one.explanation
        and any(fact.name == "plan" and fact.value for fact in one.explanation.facts)
    ]


def _moves(record: LineRecord, desk: Desk) -> dict[str, Any]:
    """Return what is open to this officer on a line."""
    line = record.line
    allowed = permissions.open_for(desk.moves, line.state)
    buttons = [move.value for move in _BUTTONS if move in allowed and _sensible(move, record)]
    return {
        "buttons": buttons,
        "redecide": Move.REDECIDE in allowed,
        "replay": Move.REPLAY in allowed and record.explanation is not None,
        "approve": Move.APPROVE in desk.moves,
        "me": desk.officer.key,
    }


def _sensible(move: Move, record: LineRecord) -> bool:
    """Tell whether there is anything to do by a move that the tables allow."""
    if move is Move.SUPPLY:
        return pages.can_supply(record.line)
    if move is Move.RAISE:
        return bool(pages.more_severe(record.line.outcome))
    if move is Move.SETTLE:
        return bool(records.settleable(record.line))
    return True


@at_desk(Move.PROVE)
@require_safe
def proof(request: HttpRequest, desk: Desk, reference: str, seq: int) -> HttpResponse:
    """Send what proves one entry of the ledger without showing any other."""
    if not records.entry_belongs(desk.scope, reference, seq):
        raise Http404
    try:
        document = ledger.proof(seq)
    except (ledger.NoSuchEntry, ledger.EntryErased) as error:
        raise Http404 from error
    text = json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True)
    answer = HttpResponse(text, content_type="application/json; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="guomen-proof-{seq}.json"'
    return answer
