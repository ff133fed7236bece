"""The pages of the registers: what waits, lists, an enterprise, a site on the map, saved lists."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from guomen.core.errors import GuomenError
from guomen.desks.components import numbers, tones
from guomen.desks.components.consignments import refusals
from guomen.desks.officer.access import Desk, at_desk
from guomen.desks.officer.permissions import Move
from guomen.desks.officer.registry import lists
from guomen.desks.officer.registry.forms import CheckForm, EnterpriseForm
from guomen.desks.officer.registry.lists import reach_of
from guomen.desks.officer.registry.rooms import ROOMS
from guomen.journeys.access import dossiers, due, filing, keeping, likeness, sites
from guomen.supervision.parties.models import Enterprise


@at_desk(Move.SEE_REGISTERS)
@require_safe
def home(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Show what waits in the room of access."""
    found = due.due(reach_of(desk), now=desk.now)
    context = {
        "desk": desk,
        "due": found,
        "title": _sentence(found),
        "may": {move.value: move in desk.moves for move in Move},
    }
    return render(request, "officer/registry/home.html", context)


def _sentence(found: due.Due) -> str:
    parts = [
        said % {"n": numbers.grouped(n)}
        for n, said in (
            (found.late_reviews, gettext("%(n)s reviews past their term")),
            (len(found.proposals), gettext("%(n)s proposals wait for a second person")),
            (len(found.appeals), gettext("%(n)s appeals open")),
            (len(found.applications), gettext("%(n)s applications wait")),
        )
        if n
    ]
    joined = ("，" if tones.in_chinese() else "; ").join(parts[:2])
    return joined or gettext("Nothing waits in the room of access")


@at_desk(Move.SEE_REGISTERS)
@require_safe
def listed(request: HttpRequest, desk: Desk, room: str) -> HttpResponse:
    """Show a list of a register as the address asks for it."""
    found = ROOMS.get(room)
    if found is None:
        raise Http404
    context = lists.context(request, desk, found)
    context["may"] = {move.value: move in desk.moves for move in Move}
    context["export"] = f"export/?{request.GET.urlencode()}" if Move.EXPORT in desk.moves else ""
    return render(request, "officer/registry/list.html", context)


@at_desk(Move.EXPORT)
@require_safe
def export(request: HttpRequest, desk: Desk, room: str) -> HttpResponseBase:
    """Send a list of a register as a spreadsheet."""
    found = ROOMS.get(room)
    if found is None:
        raise Http404
    return lists.export(request, desk, found)


@at_desk(Move.SEE_REGISTERS)
@require_POST
def save_view(request: HttpRequest, desk: Desk, room: str) -> HttpResponse:
    """Keep a list under a name, or drop one that was kept."""
    if room not in ROOMS:
        raise Http404
    if gone := request.POST.get("forget", ""):
        key = numbers.key_of(gone)
        if key is None or not lists.forget(desk, key):
            raise Http404
    elif not lists.save(desk, room, request.POST.get("name", ""), request.POST.get("query", "")):
        messages.error(request, gettext("Give the list a name, so that you find it again."))
    answer = redirect("officer:register", room=room)
    answer["Location"] += "?" + request.POST.get("query", "")[:600]
    return answer


def enterprise_of(desk: Desk, reference: str) -> Enterprise:
    """
    Return an enterprise of the agency's subtree.

    :raises Http404: if there is none; a foreign one is not told from one that does not exist
    """
    found = (
        Enterprise.objects.filter(
            agency__path__startswith=desk.officer.agency.path, reference=reference
        )
        .select_related("agency", "merged_into", "head_office")
        .first()
    )
    if found is None:
        raise Http404
    return found


@at_desk(Move.SEE_REGISTERS)
@require_safe
def enterprise(request: HttpRequest, desk: Desk, reference: str) -> HttpResponse:
    """Show one enterprise with everything on record about it."""
    found = enterprise_of(desk, reference)
    context = {
        "desk": desk,
        "dossier": dossiers.dossier(found, reach_of(desk)),
        "may": {move.value: move in desk.moves for move in Move},
    }
    return render(request, "officer/registry/enterprise.html", context)


@at_desk(Move.KEEP_REGISTERS)
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, desk: Desk, reference: str) -> HttpResponse:
    """Put an enterprise right; whoever comes second is told."""
    found = enterprise_of(desk, reference)
    data = request.POST if request.method == "POST" else None
    roles = {"roles": dossiers.roles_of(found, reach_of(desk))}
    form = EnterpriseForm(data, enterprise=found, initial=roles)
    if data is not None and form.is_valid():
        try:
            keeping.change(found.pk, _changes(form), who=desk.actor, version=found.version)
        except GuomenError as error:
            refusals.put_back(form, error)
        else:
            messages.success(request, gettext("The record was changed."))
            return redirect("officer:enterprise", reference=reference)
    context = {"form": form, "enterprise": found, "desk": desk, "alike": ()}
    return render(request, "officer/registry/edit.html", context, status=422 if data else 200)


@at_desk(Move.KEEP_REGISTERS)
@require_http_methods(["GET", "POST"])
def enter(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Put a new enterprise on the register; records that look alike are shown first."""
    data = request.POST if request.method == "POST" else None
    form = EnterpriseForm(data, initial={"version": 0})
    alike: Any = ()
    if data is not None and form.is_valid():
        given = form.cleaned_data
        alike = likeness.alike(given, reach_of(desk))
        if not alike or data.get("sure") == "yes":
            made = keeping.enter(_changes(form), agency=desk.officer.agency.code, who=desk.actor)
            messages.success(
                request, gettext("%(name)s is on the register.") % {"name": made.reference}
            )
            return redirect("officer:enterprise", reference=made.reference)
    context = {"form": form, "desk": desk, "alike": alike}
    return render(request, "officer/registry/edit.html", context, status=422 if data else 200)


def _changes(form: EnterpriseForm) -> dict[str, Any]:
    return {name: value for name, value in form.cleaned_data.items() if name != "version"}


@at_desk(Move.REVIEW_SITES)
@require_http_methods(["GET", "POST"])
def check(request: HttpRequest, desk: Desk, reference: str) -> HttpResponse:
    """Record a check on the spot of what an enterprise files."""
    found = enterprise_of(desk, reference)
    data = request.POST if request.method == "POST" else None
    form = CheckForm(data, initial={"on": desk.day})
    if data is not None and form.is_valid():
        try:
            filing.check(found, **form.cleaned_data, who=desk.actor)
        except GuomenError as error:
            refusals.put_back(form, error)
        else:
            messages.success(request, gettext("The check is on record."))
            return redirect("officer:enterprise", reference=reference)
    context = {
        "form": form,
        "title": gettext("Record a check of filings"),
        "back": ("officer:enterprise", found.reference),
        "subject": found,
        "button": gettext("Record the check"),
    }
    return render(request, "officer/registry/form.html", context, status=422 if data else 200)


@at_desk(Move.SEE_REGISTERS)
@require_safe
def sites_map(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Show the sites of the agency on a map, the table behind it."""
    form = ROOMS["sites"].form(request.GET)
    context = {
        "desk": desk,
        "form": form,
        "chips": lists.chips(request, form),
        "placed": dossiers.placed(reach_of(desk), form.wanted()),
    }
    return render(request, "officer/registry/map.html", context)


@at_desk(Move.SEE_REGISTERS)
@require_safe
def site(request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
    """Show one site: what it is, where, its licences, goods and records."""
    found = sites.site_of(number, reach_of(desk))
    if found is None:
        raise Http404
    context = {
        "desk": desk,
        "file": sites.site_file(found, reach_of(desk)),
        "may": {move.value: move in desk.moves for move in Move},
    }
    return render(request, "officer/registry/site.html", context)
