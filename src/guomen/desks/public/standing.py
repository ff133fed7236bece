"""What is published of enterprises' credit: who is gravely dishonest, and who is of level AA."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from guomen.core.text import Text
from guomen.desks.components import clock, listing
from guomen.journeys.access import rooms
from guomen.journeys.consignments import ZONE
from guomen.supervision.credit import queries
from guomen.supervision.credit.models import Authority, Rating


@require_safe
def lists(request: HttpRequest) -> HttpResponse:
    """Show the published lists; an entry under appeal is not published."""
    now = clock.now()
    day = now.astimezone(ZoneInfo(ZONE)).date()
    listed = queries.published(on=day, known=now)
    best = (
        Rating.objects.as_of(day, known=now)
        .filter(authority=Authority.CIQ, level="AA")
        .select_related("enterprise")
        .order_by("begins", "enterprise_id")
    )
    # The list of the gravely dishonest stands whole on the first page: nobody is overlooked.
    page = listing.page_of(request, rooms.Bounded(best))
    context = {
        "listed": [(e, Text(zh=e.reason_zh, en=e.reason_en)) for e in listed]
        if page.number == 1
        else (),
        "page": page,
        "day": day,
        "title": ngettext(
            "%(n)d enterprise is published as gravely dishonest",
            "%(n)d enterprises are published as gravely dishonest",
            len(listed),
        )
        % {"n": len(listed)},
    }
    return render(request, "public/credit_lists.html", context)
