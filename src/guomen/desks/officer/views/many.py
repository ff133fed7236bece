"""One thing for many records: what would happen to each, then what happened to each."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods

from guomen.core.errors import GuomenError
from guomen.desks.components import numbers
from guomen.desks.components.consignments import refusals
from guomen.desks.officer.access import Desk, at_desk
from guomen.desks.officer.deeds import OFFERS, Offer
from guomen.desks.officer.registry.lists import reach_of
from guomen.journeys import many
from guomen.journeys.many import Deed, Planned


@at_desk()
@require_http_methods(["GET", "POST"])
def many_at_once(request: HttpRequest, desk: Desk, deed: str) -> HttpResponse:
    """Say what would happen to each record that was chosen; with ``sure``, do it."""
    wanted = next((known for known in Deed if known.value == deed), None)
    if wanted is None:
        raise Http404
    offer = OFFERS[wanted]
    if offer.needs not in desk.moves:
        raise PermissionDenied
    query = request.POST.get("query", "")[:600]
    if request.method == "GET":
        return redirect(offer.back(query))
    chosen = "shown" if request.POST.get("all") else "row"
    keys = list(dict.fromkeys(request.POST.getlist(chosen)))
    asker = many.Asker(who=desk.actor, how=desk.how, reach=reach_of(desk))
    sure = bool(request.POST.get("sure"))
    rows: Sequence[Planned] = ()
    try:
        rows = (many.carry_out if sure else many.look)(wanted, keys, asker)
        refused = "" if rows else gettext("Choose the records that you mean first.")
    except GuomenError as error:
        refused = refusals.said(error)
    context = _context(offer, rows, done=sure) | {
        "back": offer.back(query),
        "query": query,
        "refused": refused,
        "gone": len(keys) - len(rows) if rows else 0,
    }
    return render(request, "officer/many/page.html", context, status=422 if refused else 200)


def _context(offer: Offer, rows: Sequence[Planned], *, done: bool) -> dict[str, object]:
    able = sum(one.refused is None for one in rows)
    shown = {"n": numbers.grouped(able), "all": numbers.grouped(len(rows))}
    would = ngettext(
        "It can be done for %(n)s of %(all)s", "It can be done for %(n)s of %(all)s", able
    )
    was = ngettext("Done for %(n)s of %(all)s", "Done for %(n)s of %(all)s", able)
    return {
        "offer": offer,
        "rows": rows,
        "done": done,
        "able": able,
        "title": (was if done else would) % shown if rows else offer.word,
    }
