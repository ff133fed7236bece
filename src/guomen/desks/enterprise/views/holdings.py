"""An enterprise's own certificates, products and sites: what stands, and asking for changes."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from guomen.core.errors import GuomenError
from guomen.desks.components.access import held
from guomen.desks.components.consignments import refusals
from guomen.desks.enterprise.access import Desk, at_desk
from guomen.journeys.access import amending, holdings, requesting
from guomen.journeys.access.rooms import Reach
from guomen.supervision.parties.models import HoldingKind


def _kind(name: str) -> amending.Kind:
    if name not in requesting.OWN:
        raise Http404
    return amending.KINDS[HoldingKind(name)]


@at_desk
@require_safe
def listed(request: HttpRequest, desk: Desk) -> HttpResponse:
    """List what the enterprise has on the register, and what it asks to have changed."""
    reach = Reach(path="", on=desk.actor.day, known=desk.now)
    context = {
        "desk": desk,
        "own": holdings.of_enterprise(desk.enterprise, reach),
        "requests": list(desk.enterprise.change_requests.order_by("-asked_at", "-pk")[:20]),
    }
    return render(request, "enterprise/holdings.html", context)


def _found(desk: Desk, kind: amending.Kind, pk: int) -> tuple[Any | None, Any]:
    """
    Return a record of the own enterprise as it stands now, and as it stood last.

    :raises Http404: if there is none; a foreign one is not told from one that does not exist
    """
    now, stood = amending.newest(kind, pk, requesting.own(desk.enterprise))
    if stood is None:
        raise Http404
    return now, stood


@at_desk
@require_safe
def one(request: HttpRequest, desk: Desk, kind: str, pk: int) -> HttpResponse:
    """Show one record, and what was changed of it."""
    of = _kind(kind)
    now, stood = _found(desk, of, pk)
    context = {
        "desk": desk,
        "kind": of,
        "row": stood,
        "struck": now is None,
        "facts": held.facts_of(of, amending.values_of(stood, of)),
        # Who of the agency changed it is not for the enterprise.
        "steps": held.steps(of, amending.history(of, pk)),
        "asked": requesting.open_of(desk.enterprise, of, stood.pk),
    }
    return render(request, "enterprise/holding.html", context)


@at_desk
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, desk: Desk, kind: str, pk: int) -> HttpResponse:
    """Ask that a record be changed."""
    of = _kind(kind)
    now, stood = _found(desk, of, pk)
    if now is None:
        return redirect("enterprise:holding", kind=kind, pk=stood.pk)
    return _asking(request, desk, of, now)


@at_desk
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, desk: Desk, kind: str) -> HttpResponse:
    """Ask that a record be put on the register."""
    return _asking(request, desk, _kind(kind), None)


def _asking(request: HttpRequest, desk: Desk, kind: amending.Kind, row: Any) -> HttpResponse:
    data = request.POST if request.method == "POST" else None
    form = held.FORMS[kind.name](data, row=row, owner=desk.enterprise, asks=True)
    if data is not None and form.is_valid():
        try:
            made = requesting.ask(
                desk.enterprise,
                kind,
                form.values(),
                reason=form.cleaned_data["reason"],
                record=row.pk if row else None,
                version=form.current,
                since=form.since_day,
                who=desk.actor,
            )
        except GuomenError as error:
            refusals.at_its_field(form, error)
        else:
            said = gettext("%(number)s: your request is in; an officer compares the papers.")
            messages.success(request, said % {"number": made.number})
            return redirect("enterprise:holdings")
    context = {"desk": desk, "kind": kind, "form": form, "row": row}
    return render(request, "enterprise/holding_ask.html", context, status=422 if data else 200)


@at_desk
@require_POST
def withdraw(request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
    """Take an own request back."""
    if not desk.enterprise.change_requests.filter(number=number).exists():
        raise Http404
    try:
        requesting.withdraw(number, desk.enterprise, who=desk.actor)
    except GuomenError as error:
        messages.error(request, refusals.said(error))
    else:
        messages.success(request, gettext("Your request is taken back."))
    return redirect("enterprise:holdings")
