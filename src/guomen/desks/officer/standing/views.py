"""The pages of credit: lists, one file, the blacklist room, disputes, rulings to look at again."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from guomen.core.credit import LEVELS
from guomen.core.errors import GuomenError
from guomen.desks.components import listing, numbers
from guomen.desks.components.consignments import refusals as line_refusals
from guomen.desks.components.standing import contexts
from guomen.desks.officer.access import Desk, at_desk
from guomen.desks.officer.permissions import Move
from guomen.desks.officer.standing import saved
from guomen.desks.officer.standing.actions import ACTIONS
from guomen.desks.officer.standing.forms import FindForm
from guomen.journeys.access import rooms
from guomen.journeys.clearance.later import LineClosedError, NoSuchLineError
from guomen.journeys.consignments import ZONE
from guomen.journeys.standing import acting, crediting, reading, reconsidering, validating
from guomen.supervision.credit.lifecycle import BLACKLIST, MERIT, BlacklistState, MeritState
from guomen.supervision.credit.models import BlacklistEntry, CreditMerit, RulingFlag
from guomen.supervision.parties.models import Enterprise

ROOM: tuple[tuple[str, Any], ...] = (
    ("officer:credit", gettext_lazy("Levels")),
    ("officer:disputes", gettext_lazy("Disputes and applications")),
    ("officer:blacklist", gettext_lazy("Blacklist")),
    ("officer:partners", gettext_lazy("From other departments")),
    ("officer:reconsider", gettext_lazy("Rulings to look at again")),
    ("officer:monotonicity", gettext_lazy("Do ratings hold?")),
)


def today_of(desk: Desk) -> date:
    """Return the day at the desk."""
    return desk.now.astimezone(ZoneInfo(ZONE)).date()


def path_of(desk: Desk) -> str:
    """Return the subtree whose enterprises the desk sees."""
    return desk.officer.agency.path


def enterprise_of(desk: Desk, reference: str) -> Enterprise:
    """
    Return an enterprise of the agency's subtree.

    :raises Http404: if there is none; a foreign one is not told from one that does not exist
    """
    try:
        return acting.enterprise_of(reference, path=path_of(desk))
    except acting.NoSuchEnterpriseError as error:
        raise Http404 from error


def found_by(rows: QuerySet[Any], form: FindForm, column: str) -> QuerySet[Any]:
    """Return the rows that a form asks for, by name or number and by value."""
    given = form.cleaned_data if form.is_valid() else {}
    if given.get("value"):
        rows = rows.filter(**{column: given["value"]})
    if text := (given.get("q") or "").strip():
        rows = rows.filter(rooms.holders(text, "enterprise_id"))
    return rows


@at_desk(Move.SEE_STANDING)
@require_safe
def levels(request: HttpRequest, desk: Desk) -> HttpResponse:
    """List credit levels, with what is left of the points in the running cycle."""
    rows = reading.files(path_of(desk), on=today_of(desk), known=desk.now)
    tallies = reading.levels_counted(path_of(desk), on=today_of(desk), known=desk.now)
    form = FindForm(
        request.GET, label=gettext("Level"), choices=[(n.value, n.value) for n in LEVELS]
    )
    page = listing.page_of(request, rooms.Bounded(found_by(rows, form, "level")))
    due = crediting.due_count(how=desk.how, path=path_of(desk))
    total = sum(tallies.values())
    context = {
        "form": form,
        "page": page,
        "rooms": ROOM,
        "tallies": [(level.value, tallies.get(level.value, 0)) for level in LEVELS],
        "title": ngettext(
            "%(n)s enterprise has a credit level", "%(n)s enterprises have a credit level", total
        )
        % {"n": numbers.grouped(total)},
        "due": due,
        "may_rate": Move.KEEP_CREDIT in desk.moves,
    } | saved.context(request, desk, "credit")
    return render(request, "officer/standing/levels.html", context)


@at_desk(Move.KEEP_CREDIT)
@require_POST
def close_cycle(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Rate every file whose cycle has ended."""
    moved = crediting.close_cycle(how=desk.how, path=path_of(desk))
    messages.success(
        request,
        gettext("Rated. %(n)s files have a new level or a new cycle.")
        % {"n": numbers.grouped(moved)},
    )
    return redirect("officer:credit")


@at_desk(Move.SEE_STANDING)
@require_safe
def credit_file(request: HttpRequest, desk: Desk, reference: str) -> HttpResponse:
    """Show one credit file, every point of it, and what may be done."""
    firm = enterprise_of(desk, reference)
    view = reading.credit_view(firm, on=today_of(desk), at=desk.now)
    context = contexts.credit(view, today_of(desk)) | {
        "rooms": ROOM,
        "may": {
            name for (kind, name), a in ACTIONS.items() if kind == "file" and a.move in desk.moves
        },
        "judge": Move.JUDGE_CREDIT in desk.moves,
        "keep": Move.KEEP_CREDIT in desk.moves,
        "entry_moves": _entry_moves(view.entry, desk),
        "for_officer": True,
    }
    return render(request, "officer/standing/credit_file.html", context)


def _entry_moves(entry: BlacklistEntry | None, desk: Desk) -> list[tuple[str, Any]]:
    if entry is None or entry.ends is not None:
        return []
    open_moves = [m.value for m in BLACKLIST.moves_from(BlacklistState(entry.state))]
    open_moves += ["close_appeal"] if entry.appeal_open else []
    return [
        (name, ACTIONS["entry", name].title)
        for name in open_moves
        if ("entry", name) in ACTIONS and ACTIONS["entry", name].move in desk.moves
    ]


@at_desk(Move.SEE_STANDING)
@require_safe
def disputes(request: HttpRequest, desk: Desk) -> HttpResponse:
    """List disputes that wait for an answer and applications that wait for a decision."""
    waiting = reading.open_disputes(path_of(desk))
    late = sum(row.due_at < desk.now for row in waiting)
    merits = CreditMerit.objects.filter(
        state__in=(MeritState.APPLIED, MeritState.RECOMMENDED),
        enterprise__agency__path__startswith=path_of(desk),
    ).select_related("enterprise")
    context = {
        "rooms": ROOM,
        "waiting": waiting,
        "merits": [(row, _merit_moves(row, desk)) for row in merits.order_by("applied_at")],
        "judge": Move.JUDGE_CREDIT in desk.moves,
        "title": ngettext(
            "%(n)d dispute waits for an answer", "%(n)d disputes wait for an answer", len(waiting)
        )
        % {"n": len(waiting)},
        "late": late,
    }
    return render(request, "officer/standing/disputes.html", context)


def _merit_moves(row: CreditMerit, desk: Desk) -> list[tuple[str, Any]]:
    return [
        (move.value, ACTIONS["merit", move.value].title)
        for move in MERIT.moves_from(MeritState(row.state))
        if ACTIONS["merit", move.value].move in desk.moves
    ]


@at_desk(Move.SEE_STANDING)
@require_safe
def blacklist(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Show the blacklist room: who is proposed, told, listed, leaving, gone."""
    rows, counted = reading.blacklist(path_of(desk), on=today_of(desk), known=desk.now)
    page = listing.page_of(request, rooms.Bounded(rows))
    grouped = [
        (
            counted.get(state.value, 0),
            BLACKLIST.state_names[state],
            [(r, _entry_moves(r, desk)) for r in page if r.state == state],
        )
        for state in BlacklistState
    ]
    listed = counted.get("listed", 0) + counted.get("exit_applied", 0)
    context = {
        "rooms": ROOM,
        "page": page,
        "grouped": [group for group in grouped if group[2]],
        "now": desk.now,
        "title": ngettext(
            "%(n)d enterprise is on the blacklist", "%(n)d enterprises are on the blacklist", listed
        )
        % {"n": listed},
    }
    return render(request, "officer/standing/blacklist.html", context)


@at_desk(Move.SEE_STANDING)
@require_safe
def reconsider(request: HttpRequest, desk: Desk) -> HttpResponse:
    """List open rulings that read a level, class or product risk which has changed since."""
    flags = RulingFlag.objects.filter(
        cleared_at=None, enterprise__agency__path__startswith=path_of(desk)
    ).select_related("enterprise")
    page = listing.page_of(request, flags)
    context = {
        "rooms": ROOM,
        "page": page,
        "may": Move.REDECIDE in desk.moves,
        "title": ngettext(
            "%(n)d open ruling read what is no longer so",
            "%(n)d open rulings read what is no longer so",
            page.paginator.count,
        )
        % {"n": page.paginator.count},
    }
    return render(request, "officer/standing/reconsider.html", context)


@at_desk(Move.REDECIDE)
@require_POST
def decide_again(request: HttpRequest, desk: Desk, pk: int) -> HttpResponse:
    """Decide the line of a flag again with what the registers say now."""
    flag = RulingFlag.objects.filter(
        pk=pk, enterprise__agency__path__startswith=path_of(desk)
    ).first()
    if flag is None:
        raise Http404
    try:
        reconsidering.decide_again([flag.line], how=desk.how)
    except GuomenError as error:
        # Only a line that is past deciding leaves the list; one that was busy is tried again.
        if isinstance(error, LineClosedError | NoSuchLineError):
            reconsidering.clear([flag.line], how=desk.how)
        messages.error(request, line_refusals.said(error))
    else:
        messages.success(request, gettext("%(line)s was decided again.") % {"line": flag.line})
    return redirect("officer:reconsider")


@at_desk(Move.SEE_STANDING)
@require_safe
def monotonicity(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Show whether worse levels failed more often in the year that followed."""
    found = validating.validate(path_of(desk), on=today_of(desk), known=desk.now)
    context = {"rooms": ROOM, "found": found, "title": _verdict(found)}
    return render(request, "officer/standing/monotonicity.html", context)


_RARE = 0.05


def _verdict(found: validating.Validation) -> str:
    trend, p_value = found.report.trend, found.report.p_value
    if trend is None or p_value is None:
        return gettext("Too little is known to tell whether ratings hold")
    if trend > 0 and p_value < _RARE:
        return gettext("Worse levels failed more often")
    return gettext("Worse levels did not clearly fail more often")
