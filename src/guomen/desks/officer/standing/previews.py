"""A file of a department before it is taken in: what becomes of its rows, and the reject file."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from guomen.core.errors import GuomenError
from guomen.core.text import Text
from guomen.desks.components import listing, tones
from guomen.desks.components.standing import refusals
from guomen.desks.officer.access import Desk, at_desk
from guomen.desks.officer.permissions import Move
from guomen.desks.officer.registry.lists import XLSX
from guomen.desks.officer.standing.partners import visible
from guomen.desks.officer.standing.views import ROOM
from guomen.journeys.standing import partners, previewing
from guomen.supervision.credit.lifecycle import ROW_NAMES, RowOutcome
from guomen.supervision.credit.models import PartnerDraft
from guomen.supervision.parties.models import Enterprise

#: What a row would become, where that is not yet what it became.
_WOULD = {**ROW_NAMES, RowOutcome.MATCHED: Text(zh="将入档", en="Goes on file")}


def _draft(desk: Desk, pk: int) -> PartnerDraft:
    found: PartnerDraft | None = visible(desk, PartnerDraft).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@at_desk(Move.TAKE_IN)
@require_safe
def seen(request: HttpRequest, desk: Desk, pk: int) -> HttpResponse:
    """Show what would become of every row of a file."""
    draft = _draft(desk, pk)
    rows = previewing.seen(draft)
    counts = previewing.tally(rows)
    wanted = request.GET.get("outcome", "")
    kept = [row for row in rows if row.outcome == wanted] if wanted in counts else rows
    page = listing.page_of(request, kept)
    firms = Enterprise.objects.in_bulk({row.enterprise for row in page.object_list} - {None})
    context = {
        "rooms": ROOM,
        "draft": draft,
        "page": page,
        "wanted": wanted,
        "all": len(rows),
        "goes": counts[RowOutcome.MATCHED],
        "away": sum(counts[outcome] for outcome in previewing.REJECTED),
        "tallies": [(o.value, tones.said(_WOULD[o]), n) for o, n in counts.items()],
        "rows": [
            (row, tones.said(_WOULD[row.outcome]), *_explained(row), firms.get(row.enterprise))
            for row in page.object_list
        ],
    }
    return render(request, "officer/standing/partner_seen.html", context)


def _explained(row: previewing.Seen) -> tuple[str, str]:
    """Return why a row does not go on file, and what to do about it."""
    remedy = previewing.REMEDIES.get(row.why)
    return tones.said(partners.WHY.get(row.why)), tones.said(remedy.says if remedy else None)


@at_desk(Move.TAKE_IN)
@require_POST
def decide(request: HttpRequest, desk: Desk, pk: int) -> HttpResponse:
    """Take in a file that was looked at, or drop it."""
    draft = _draft(desk, pk)
    asked = request.POST.get("do", "")
    if asked not in ("store", "drop"):
        raise Http404
    if asked == "drop":
        draft.delete()
        messages.success(request, gettext("Dropped; nothing of it was taken in."))
        return redirect("officer:partners")
    try:
        made = previewing.take_in(pk, how=desk.how)
    except previewing.SeenOtherwiseError as error:
        messages.error(request, refusals.said(error))
        previewing.look_again(_draft(desk, pk), how=desk.how)
    except GuomenError as error:
        messages.error(request, refusals.said(error))
    else:
        messages.success(request, gettext("Taken in; every row is accounted for below."))
        return redirect("officer:partner-file", pk=made.pk)
    return redirect("officer:partner-seen", pk=pk)


@at_desk(Move.TAKE_IN)
@require_safe
def seen_rejected(request: HttpRequest, desk: Desk, pk: int) -> HttpResponse:
    """Send the rows that would not go on file, each with what to do."""
    return _sheet(previewing.seen(_draft(desk, pk)), f"seen-{pk}")


@at_desk(Move.SEE_STANDING)
@require_safe
def rejected(request: HttpRequest, desk: Desk, pk: int) -> HttpResponse:
    """Send the rows of a file that did not go on file, each with what to do."""
    file = visible(desk).filter(pk=pk).first()
    if file is None:
        raise Http404
    return _sheet(previewing.turned_away(file), str(pk))


def _sheet(rows: Iterable[previewing.Seen], name: str) -> HttpResponse:
    content = previewing.rejected(rows, chinese=tones.in_chinese())
    answer = HttpResponse(content, content_type=XLSX)
    answer["Content-Disposition"] = f'attachment; filename="partner-{name}-rejected.xlsx"'
    return answer
