"""The pages on which officers keep certificates, sites, products and designated ports."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from guomen.core.errors import GuomenError
from guomen.core.text import Text
from guomen.desks.components import listing, numbers
from guomen.desks.components.access import held
from guomen.desks.components.consignments import refusals
from guomen.desks.officer.access import Desk, at_desk
from guomen.desks.officer.permissions import Move
from guomen.desks.officer.registry.lists import reach_of
from guomen.desks.officer.registry.views import enterprise_of
from guomen.journeys.access import amending, holdings, requesting
from guomen.supervision.agencies import queries as agencies
from guomen.supervision.parties.models import (
    ChangeRequest,
    Enterprise,
    HoldingKind,
    Port,
    RequestState,
)


def _kind(name: str) -> amending.Kind:
    if name not in HoldingKind.values:
        raise Http404
    return amending.KINDS[HoldingKind(name)]


def _found(desk: Desk, kind: amending.Kind, pk: int) -> tuple[Any | None, Any]:
    """
    Return a record of the subtree as it stands now, and as it stood last.

    :raises Http404: if there is none; a foreign one is not told from one that does not exist
    """
    now, stood = amending.newest(kind, pk, amending.within(kind, reach_of(desk)))
    if stood is None:
        raise Http404
    return now, stood


def _owner(kind: amending.Kind, row: Any) -> Enterprise | Port:
    found: Enterprise | Port = getattr(row, kind.owner)
    return found


def _back(owner: Enterprise | Port) -> str:
    if isinstance(owner, Port):
        return reverse("officer:register", args=["ports"]) + f"?q={owner.unlocode}"
    return reverse("officer:enterprise", args=[owner.reference])


@at_desk(Move.SEE_REGISTERS)
@require_safe
def one(request: HttpRequest, desk: Desk, kind: str, pk: int) -> HttpResponse:
    """Show a record: what stands, every change of it and by whom."""
    of = _kind(kind)
    now, stood = _found(desk, of, pk)
    changes = list(amending.history(of, pk))
    names = agencies.names_of({change.by for change in changes})
    context = {
        "desk": desk,
        "kind": of,
        "row": stood,
        "struck": now is None,
        "facts": held.facts_of(of, amending.values_of(stood, of)),
        "owner": _owner(of, stood),
        "back": _back(_owner(of, stood)),
        "steps": held.steps(of, changes),
        "people": {key: Text(zh=zh, en=en) for key, (zh, en) in names.items()},
        # A site that was entered stays: there is nothing to take back then.
        "last": changes[0] if changes and (of.dated or changes[0].was) else None,
        "may": {move.value: move in desk.moves for move in Move},
        "version": amending.version_of(stood, of),
    }
    return render(request, "officer/registry/holding.html", context)


@at_desk(Move.KEEP_REGISTERS)
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, desk: Desk, kind: str, pk: int) -> HttpResponse:
    """Put a record right, or let it hold differently from a day on; who comes second is told."""
    of = _kind(kind)
    now, stood = _found(desk, of, pk)
    if now is None:
        return redirect("officer:holding", kind=kind, pk=stood.pk)
    owner = _owner(of, now)
    form = _form(request, of, row=now, owner=owner)
    if form.is_bound and form.is_valid():
        try:
            made = amending.amend(
                of,
                now.pk,
                form.values(),
                version=form.current,
                since=form.since_day,
                who=desk.actor,
            )
        except GuomenError as error:
            refusals.at_its_field(form, error)
        else:
            messages.success(request, gettext("The record was changed."))
            return redirect("officer:holding", kind=kind, pk=made.pk)
    return _formed(request, desk, of, form, owner, row=now)


@at_desk(Move.KEEP_REGISTERS)
@require_http_methods(["GET", "POST"])
def enter(request: HttpRequest, desk: Desk, kind: str, owner: str) -> HttpResponse:
    """Put a record on the register, of an enterprise or of a port."""
    of = _kind(kind)
    if not of.entered:
        raise Http404
    whose = _port(desk, owner) if of.owner == "port" else enterprise_of(desk, owner)
    form = _form(request, of, row=None, owner=whose)
    if form.is_bound and form.is_valid():
        try:
            made = amending.enter(of, whose, form.values(), who=desk.actor)
        except GuomenError as error:
            refusals.at_its_field(form, error)
        else:
            messages.success(request, gettext("It is on the register."))
            return redirect("officer:holding", kind=kind, pk=made.pk)
    return _formed(request, desk, of, form, whose, row=None)


def _port(desk: Desk, code: str) -> Port:
    rows = holdings.ports(reach_of(desk), {}).filter(reach_of(desk).within("agency_id"))
    found: Port | None = rows.filter(unlocode=code).first()
    if found is None:
        raise Http404
    return found


def _form(
    request: HttpRequest, kind: amending.Kind, *, row: Any, owner: Enterprise | Port
) -> held.HeldForm:
    data = request.POST if request.method == "POST" else None
    firm = owner if isinstance(owner, Enterprise) else None
    return held.FORMS[kind.name](data, row=row, owner=firm)


def _formed(
    request: HttpRequest,
    desk: Desk,
    kind: amending.Kind,
    form: held.HeldForm,
    owner: Enterprise | Port,
    *,
    row: Any,
) -> HttpResponse:
    context = {
        "desk": desk,
        "kind": kind,
        "form": form,
        "owner": owner,
        "row": row,
        "back": _back(owner),
    }
    status = 422 if form.is_bound else 200
    return render(request, "officer/registry/holding_edit.html", context, status=status)


@at_desk(Move.KEEP_REGISTERS)
@require_POST
def act(request: HttpRequest, desk: Desk, kind: str, pk: int) -> HttpResponse:
    """Strike a record off, or take its last change back."""
    of = _kind(kind)
    now, stood = _found(desk, of, pk)
    given = request.POST
    try:
        if given.get("do") == "strike" and now is not None:
            amending.strike(
                of, now.pk, given.get("note", ""), version=_number(given, "version"), who=desk.actor
            )
            messages.success(request, gettext("It is struck off; the last change can be undone."))
        elif given.get("do") == "undo":
            change = amending.history(of, pk).filter(pk=_number(given, "change")).first()
            if change is None:
                raise Http404
            stood = amending.undo(of, change.pk, who=desk.actor) or stood
            messages.success(request, gettext("The last change is taken back."))
        else:
            raise Http404
    except GuomenError as error:
        messages.error(request, refusals.said(error))
    return redirect("officer:holding", kind=kind, pk=stood.pk)


def _number(given: Any, name: str) -> int:
    return numbers.key_of(given.get(name, "")) or 0


# -- what enterprises ask for ----------------------------------------------------------------------


@at_desk(Move.SEE_REGISTERS)
@require_safe
def requests(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Show which changes enterprises ask for, and what was decided last."""
    rows = requesting.requests(reach_of(desk))
    asked_ = rows.filter(state=RequestState.ASKED)
    decided = rows.exclude(state=RequestState.ASKED).order_by("-decided_at", "-pk")
    context = {"desk": desk} | listing.two_of(request, asked_, decided)
    return render(request, "officer/registry/requests.html", context)


def _request_of(desk: Desk, number: str) -> ChangeRequest:
    found = requesting.requests(reach_of(desk)).filter(number=number).first()
    if found is None:
        raise Http404
    return found


@at_desk(Move.SEE_REGISTERS)
@require_safe
def asked(request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
    """Show one request: how the record stands, what the enterprise wants of it."""
    return _asked(request, desk, _request_of(desk, number))


def _asked(
    request: HttpRequest, desk: Desk, found: ChangeRequest, *, refused: str = ""
) -> HttpResponse:
    """Show a request; where deciding was refused, with the reason and what was typed."""
    kind = _kind(found.kind)
    stood = requesting.stood(found)
    open_ = found.state == RequestState.ASKED
    context = {
        "desk": desk,
        "asked": found,
        "kind": kind,
        "differs": held.compared(kind, stood, found.wanted) if open_ else None,
        "facts": held.facts_of(kind, found.wanted),
        "may": {move.value: move in desk.moves for move in Move},
        "refused": refused,
        "typed": request.POST.get("note", ""),
    }
    return render(request, "officer/registry/request.html", context, status=422 if refused else 200)


@at_desk(Move.KEEP_REGISTERS)
@require_POST
def decide(request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
    """Enter what an enterprise asks for, or decline it."""
    found = _request_of(desk, number)
    answer = request.POST.get("answer", "")
    if answer not in ("accept", "decline"):
        raise Http404
    note = request.POST.get("note", "")
    try:
        requesting.decide(found.number, accept=answer == "accept", answer=note, who=desk.actor)
    except GuomenError as error:
        return _asked(request, desk, _request_of(desk, number), refused=refusals.said(error))
    messages.success(request, gettext("Decided; the enterprise was sent your answer."))
    return redirect("officer:change-requests")
