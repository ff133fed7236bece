"""The list of consignment lines, and its spreadsheet."""

from __future__ import annotations

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from guomen.desks.components.consignments import lists
from guomen.desks.officer.access import Desk, at_desk
from guomen.desks.officer.permissions import Move
from guomen.journeys import consignments

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@at_desk(Move.SEE)
@require_safe
def listed(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Show the lines that the address asks for."""
    form = lists.FilterForm(request.GET)
    page = lists.page_of(request, desk.scope, form)
    context = {
        "form": form,
        "page": page,
        "counted": lists.counted(page.paginator.count),
        "chips": lists.chips(request, form),
        "names": consignments.enterprise_names(list(page.object_list)),
        "now": desk.now,
        "can_lodge": Move.LODGE in desk.moves,
        "export": f"export/?{request.GET.urlencode()}" if Move.EXPORT in desk.moves else "",
        "most_exported": lists.MOST_EXPORTED,
    }
    return render(request, "officer/declarations.html", context)


@at_desk(Move.EXPORT)
@require_safe
def export(request: HttpRequest, desk: Desk) -> FileResponse:
    """Send the list that the address asks for as a spreadsheet."""
    found = lists.find(request, desk.scope, lists.FilterForm(request.GET))
    lines = consignments.every(found, most=lists.MOST_EXPORTED)
    name = gettext("consignments-%(day)s.xlsx") % {"day": f"{desk.now:%Y%m%d}"}
    return FileResponse(
        lists.spreadsheet(lines, None), as_attachment=True, filename=name, content_type=XLSX
    )
