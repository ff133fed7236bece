"""Registers from a spreadsheet: look at it, store it, fetch what was turned away, take it back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from guomen.core.errors import GuomenError
from guomen.desks.components import listing, tones
from guomen.desks.components.consignments import refusals
from guomen.desks.officer.access import Desk, at_desk
from guomen.desks.officer.permissions import Move
from guomen.desks.officer.registry.lists import XLSX, reach_of
from guomen.journeys import jobs
from guomen.journeys.access import importing
from guomen.journeys.jobs.kinds import CHECK_REGISTER, STORE_REGISTER, TAKE_BACK_REGISTER
from guomen.supervision.parties.models import ImportFile, ImportState

# Beyond so many bytes, or rows, a file is long work.
LARGE, MANY = 256 * 1024, 2_000


class SpreadsheetForm(forms.Form):
    """One spreadsheet of enterprises."""

    file = forms.FileField(
        label=gettext_lazy("Spreadsheet of enterprises"),
        help_text=gettext_lazy("XLSX; the first row names the columns"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx"}),
    )


@at_desk(Move.KEEP_REGISTERS)
@require_http_methods(["GET", "POST"])
def imports(request: HttpRequest, desk: Desk) -> HttpResponse:
    """List the files that were sent, or look at a new one."""
    form = SpreadsheetForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data["file"]
        try:
            if sent.size > LARGE:
                return _later(desk, CHECK_REGISTER, file=(sent.name, sent.read()))
            made, _ = importing.preview(
                sent.read(), name=sent.name, agency=desk.officer.agency.code, who=desk.actor
            )
        except GuomenError as error:
            form.add_error("file", refusals.said(error))
        else:
            return redirect("officer:import", number=made.number)
    rows = ImportFile.objects.filter(agency_id__in=reach_of(desk).agency_ids()).defer("content")
    context = {
        "desk": desk,
        "form": form,
        "page": listing.page_of(request, rows),
        "columns": [(name, label) for name, label in importing.COLUMNS.items()],
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "officer/registry/imports.html", context, status=status)


def _later(desk: Desk, kind: str, **given: Any) -> HttpResponse:
    """Ask for long work, and show how far it is."""
    agency = desk.officer.agency.code
    args = {"agency": agency, "zone": desk.officer.agency.zone, "chinese": tones.in_chinese()}
    args |= given.pop("args", {})
    number = jobs.enqueue(kind, at=desk.now, by=desk.officer.key, agency=agency, args=args, **given)
    return redirect("officer:job", number=number)


def _file(desk: Desk, number: str) -> ImportFile:
    found = ImportFile.objects.filter(
        agency_id__in=reach_of(desk).agency_ids(), number=number
    ).first()
    if found is None:
        raise Http404
    return found


@at_desk(Move.KEEP_REGISTERS)
@require_safe
def one(request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
    """Show what a file holds before it is stored, and what became of it."""
    found = _file(desk, number)
    waits = found.state == ImportState.CHECKED
    context = {
        "desk": desk,
        "file": found,
        "good": found.first if waits else (),
        "bad": importing.turned_away(found)[: importing.SHOWN],
    }
    return render(request, "officer/registry/import.html", context)


@at_desk(Move.KEEP_REGISTERS)
@require_safe
def rejected(request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
    """Send the rows that were turned away, each with what is wrong."""
    found = _file(desk, number)
    bad = importing.turned_away(found)
    content = importing.rejected(bad, chinese=tones.in_chinese())
    answer = HttpResponse(content, content_type=XLSX)
    answer["Content-Disposition"] = f'attachment; filename="{number}-rejected.xlsx"'
    return answer


@at_desk(Move.KEEP_REGISTERS)
@require_POST
def decide(request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
    """Store a file that was looked at, or take a stored one back."""
    found = _file(desk, number)
    asked = request.POST.get("do", "")
    if asked not in ("store", "undo"):
        raise Http404
    if found.rows > MANY:
        kind = STORE_REGISTER if asked == "store" else TAKE_BACK_REGISTER
        return _later(desk, kind, title=number, args={"import": found.pk})
    try:
        if asked == "store":
            importing.store(found.pk, who=desk.actor)
            messages.success(request, gettext("Stored, all of it."))
        else:
            importing.take_back(found.pk, who=desk.actor)
            messages.success(request, gettext("Taken back, all of it."))
    except GuomenError as error:
        messages.error(request, refusals.said(error))
    return redirect("officer:import", number=number)
