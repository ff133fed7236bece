"""The first page of an officer: what today came to, and what waits for whom."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_safe

from guomen.desks.components import numbers, tones
from guomen.desks.officer.access import Desk, at_desk
from guomen.desks.officer.permissions import Move
from guomen.desks.officer.views import inbox
from guomen.journeys import today as state
from guomen.journeys.inbox import Waiting, Waits
from guomen.journeys.targeting import looking
from guomen.journeys.today import Today
from guomen.supervision.targeting.models import DailyPlan


@at_desk()
@require_safe
def today(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Show what waits for the officer today."""
    if Move.SEE not in desk.moves:
        return render(request, "officer/elsewhere.html", {"desk": desk})
    found = state.today(desk.scope, agency=desk.officer.agency.code, now=desk.now)
    mine = [o for o in found.overrides if o.proposed_by != desk.officer.key]
    can_approve = Move.APPROVE in desk.moves
    # Overrides have a section of their own on this page.
    elsewhere = inbox.lists(desk, [w for w in inbox.wanted_of(desk) if w is not Waits.OVERRIDE])
    context = {
        "desk": desk,
        "today": found,
        "title": sentence(
            found,
            approve=len(mine) if can_approve else 0,
            elsewhere=[one for one, *_ in elsewhere],
        ),
        "lists": elsewhere,
        "inbox": reverse("officer:inbox"),
        "can_approve": can_approve,
        "can_lodge": Move.LODGE in desk.moves,
        "plans": _plans(desk),
        "months": "",
    }
    return render(request, "officer/today.html", context)


def _plans(desk: Desk) -> list[DailyPlan]:
    """Return the plans of the day that wait for this officer; none is asked for in vain."""
    first, second = Move.PROPOSE_PLAN in desk.moves, Move.RELEASE_PLAN in desk.moves
    if not (first or second):
        return []
    return looking.waiting(
        desk.officer.agency.path, by=desk.officer.key, on=desk.day, first=first, second=second
    )


def sentence(today: Today, *, approve: int, elsewhere: Sequence[Waiting]) -> str:
    """Say in one sentence what waits, most pressing first; ``elsewhere`` is in other rooms."""
    others = sum(one.count for one in elsewhere)
    # Beyond so many of a list nobody counts.
    more = "+" if any(one.more for one in elsewhere) else ""
    parts = [
        said % {"n": numbers.grouped(count)}
        for count, said in (
            (
                today.late,
                ngettext(
                    "%(n)s line held past its deadline",
                    "%(n)s lines held past their deadline",
                    today.late,
                ),
            ),
            (
                approve,
                ngettext(
                    "%(n)s override waits for you as second person",
                    "%(n)s overrides wait for you as second person",
                    approve,
                ),
            ),
            (
                others,
                ngettext(
                    "%(n)s thing waits for your decision",
                    "%(n)s things wait for your decision",
                    others,
                ).replace("%(n)s", f"%(n)s{more}"),
            ),
            (
                today.inspections.count,
                ngettext(
                    "%(n)s awaits inspection", "%(n)s await inspection", today.inspections.count
                ),
            ),
            (
                today.document_checks.count,
                ngettext(
                    "%(n)s awaits document check",
                    "%(n)s await document check",
                    today.document_checks.count,
                ),
            ),
        )
        if count
    ]
    if not parts:
        return gettext("Nothing waits for you")
    return ("，" if tones.in_chinese() else "; ").join(parts)
