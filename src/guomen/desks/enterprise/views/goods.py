"""An enterprise's own consignments: the list, and one of them."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_safe

from guomen.core.text import Text
from guomen.desks.components.consignments import lists, pages
from guomen.desks.enterprise.access import Desk, at_desk
from guomen.desks.enterprise.views.actions import open_for
from guomen.journeys import records
from guomen.journeys import today as state
from guomen.journeys.consignments import ZONE
from guomen.journeys.laboratory import reading as laboratory
from guomen.journeys.reading import Audience


@at_desk
@require_safe
def home(request: HttpRequest, desk: Desk) -> HttpResponse:
    """List the enterprise's own lines and say what waits for it."""
    form = lists.FilterForm(request.GET)
    del form.fields["enterprise"]
    page = lists.page_of(request, desk.scope, form)
    counts = state.of_enterprise(desk.scope, now=desk.now)
    context = {
        "desk": desk,
        "form": form,
        "page": page,
        "counts": counts,
        "counted": lists.counted(page.paginator.count),
        "chips": lists.chips(request, form),
        "title": sentence(counts),
        "standing": records.standing(
            desk.enterprise.reference,
            on=desk.now.astimezone(ZoneInfo(ZONE)).date(),
            known=desk.now,
        ),
    }
    return render(request, "enterprise/home.html", context)


def sentence(counts: dict[str, int]) -> str:
    """Say in one sentence what waits, and for whom."""
    if counts["late"]:
        said = ngettext(
            "%(n)d line of yours is held past its deadline and waits for you",
            "%(n)d lines of yours are held past their deadline and wait for you",
            counts["late"],
        )
        return said % {"n": counts["late"]}
    if counts["for_you"]:
        said = ngettext(
            "%(n)d line of yours is held and waits for you",
            "%(n)d lines of yours are held and wait for you",
            counts["for_you"],
        )
        return said % {"n": counts["for_you"]}
    if counts["all"]:
        said = ngettext(
            "%(n)d line of yours is under way; nothing waits for you",
            "%(n)d lines of yours are under way; nothing waits for you",
            counts["all"],
        )
        return said % {"n": counts["all"]}
    return gettext("No consignment of yours is under way")


@at_desk
@require_safe
def one(request: HttpRequest, desk: Desk, reference: str) -> HttpResponse:
    """Show one of the enterprise's own declarations, as far as it is the enterprise's to read."""
    record = records.record(desk.scope, reference, audience=Audience.ENTERPRISE)
    if record is None:
        raise Http404
    agency = record.declaration.agency
    lines = pages.lines(record, agency=Text(zh=agency.name_zh, en=agency.name_en), now=desk.now)
    context = {
        "desk": desk,
        "record": record,
        "lines": [(line, open_for(line.record.line)) for line in lines],
        "facts": pages.facts(record),
        "title": pages.sentence(record, now=desk.now),
        "verdicts": laboratory.told([line.record.line.pk for line in lines]),
    }
    return render(request, "enterprise/consignment.html", context)
