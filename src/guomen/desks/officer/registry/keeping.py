"""The pages that keep registers in order: filings, duplicates, people who ask for an account."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from guomen.core.errors import GuomenError
from guomen.desks.components import listing
from guomen.desks.components.consignments import refusals
from guomen.desks.officer import deeds
from guomen.desks.officer.access import Desk, at_desk
from guomen.desks.officer.permissions import Move
from guomen.desks.officer.registry.lists import reach_of
from guomen.journeys.access import filing, likeness, rooms, signing
from guomen.supervision.filings.lifecycle import FilingMove
from guomen.supervision.filings.models import AdditiveUse
from guomen.supervision.parties.models import LikePair, Merge, PairState, SignUp, SignUpState

_FIRST = date(2000, 1, 1)


def _filing_of(desk: Desk, number: str) -> AdditiveUse:
    found = rooms.additive_uses(reach_of(desk), {}).filter(number=number).first()
    if found is None:
        raise Http404
    return found


@at_desk(Move.SEE_REGISTERS)
@require_safe
def one_filing(request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
    """Show a filing of additive use with its substances."""
    found = _filing_of(desk, number)
    context = {
        "desk": desk,
        "filing": found,
        "substances": list(found.substances.all()),
        "may": {move.value: move in desk.moves for move in Move},
    }
    return render(request, "officer/registry/filing.html", context)


@at_desk(Move.DECIDE_ACCESS)
@require_POST
def decide_filing(request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
    """Accept a filing, or return it with what should change."""
    found = _filing_of(desk, number)
    answer = request.POST.get("answer", "")
    if answer not in (FilingMove.ACCEPT.value, FilingMove.RETURN.value):
        raise Http404
    try:
        filing.decide(
            found.pk, FilingMove(answer), who=desk.actor, note=request.POST.get("note", "")
        )
    except GuomenError as error:
        messages.error(request, refusals.said(error))
    else:
        messages.success(request, gettext("Decided; the enterprise sees it on its desk."))
    return redirect("officer:filing", number=number)


@at_desk(Move.SEE_REGISTERS)
@require_safe
def gaps(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Show what is missing of the enterprises that were checked."""
    first, last = _day(request, "first", _FIRST), _day(request, "last", desk.day)
    context = {
        "desk": desk,
        "gaps": filing.gaps(desk.officer.agency.path, first=first, last=last),
        "first": request.GET.get("first", ""),
        "last": last.isoformat(),
        "deeds": deeds.offered(desk, *deeds.GAPS),
    }
    return render(request, "officer/registry/gaps.html", context)


def _day(request: HttpRequest, name: str, otherwise: date) -> date:
    try:
        return date.fromisoformat(request.GET.get(name, ""))
    except ValueError:
        return otherwise


# -- duplicates ------------------------------------------------------------------------------------


@at_desk(Move.SEE_REGISTERS)
@require_safe
def duplicates(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Show the pairs that look alike, the likest first, and what was merged before."""
    ids = reach_of(desk).agency_ids()
    pairs = LikePair.objects.filter(state=PairState.OPEN, left__agency_id__in=ids)
    merges = Merge.objects.filter(survivor__agency_id__in=ids)
    context = {
        "desk": desk,
        "may": {move.value: move in desk.moves for move in Move},
    } | listing.two_of(
        request,
        pairs.select_related("left", "right"),
        merges.select_related("absorbed", "survivor"),
    )
    return render(request, "officer/registry/duplicates.html", context)


@at_desk(Move.KEEP_REGISTERS)
@require_POST
def sweep(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Compare the whole register."""
    found = likeness.sweep(who=desk.actor)
    said = ngettext("%(n)d new pair looks alike.", "%(n)d new pairs look alike.", found)
    messages.success(request, said % {"n": found})
    return redirect("officer:duplicates")


@at_desk(Move.KEEP_REGISTERS)
@require_POST
def decide_pair(request: HttpRequest, desk: Desk, pk: int) -> HttpResponse:
    """Merge two records one way or the other, or tell them apart."""
    pair = (
        LikePair.objects.filter(pk=pk, left__agency_id__in=reach_of(desk).agency_ids())
        .select_related("left__agency", "right__agency")
        .first()
    )
    answer = request.POST.get("answer", "")
    # Both records must lie within reach: nobody takes over a record of another bureau.
    path = desk.officer.agency.path
    if pair is None or not pair.right.agency.path.startswith(path):
        raise Http404
    try:
        if answer == "distinct":
            likeness.tell_apart(pk, who=desk.actor)
            messages.success(request, gettext("Noted: two enterprises."))
        elif answer in ("left", "right"):
            kept, gone = (pair.left, pair.right) if answer == "left" else (pair.right, pair.left)
            likeness.merge(gone, kept, who=desk.actor, pair=pk)
            messages.success(
                request,
                gettext("%(gone)s is merged into %(kept)s; this can be undone below.")
                % {"gone": gone.reference, "kept": kept.reference},
            )
        else:
            raise Http404
    except GuomenError as error:
        messages.error(request, refusals.said(error))
    return redirect("officer:duplicates")


@at_desk(Move.KEEP_REGISTERS)
@require_POST
def part(request: HttpRequest, desk: Desk, pk: int) -> HttpResponse:
    """Undo a merge."""
    ids = reach_of(desk).agency_ids()
    if not Merge.objects.filter(pk=pk, survivor__agency_id__in=ids).exists():
        raise Http404
    try:
        likeness.part(pk, who=desk.actor)
    except GuomenError as error:
        messages.error(request, refusals.said(error))
    else:
        messages.success(request, gettext("The merge is undone; what had moved went back."))
    return redirect("officer:duplicates")


# -- people who ask for an account -----------------------------------------------------------------


@at_desk(Move.SEE_REGISTERS)
@require_safe
def sign_ups(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Show who asks to act for an enterprise."""
    rows = SignUp.objects.filter(agency_id__in=reach_of(desk).agency_ids()).select_related(
        "enterprise", "user"
    )
    asked = rows.filter(state=SignUpState.ASKED)
    decided = rows.exclude(state=SignUpState.ASKED).order_by("-decided_at", "-pk")
    context = {
        "desk": desk,
        "may": {move.value: move in desk.moves for move in Move},
    } | listing.two_of(request, asked, decided)
    return render(request, "officer/registry/sign_ups.html", context)


@at_desk(Move.KEEP_REGISTERS)
@require_POST
def decide_sign_up(request: HttpRequest, desk: Desk, pk: int) -> HttpResponse:
    """Verify or refuse a person who asks to act for an enterprise."""
    found = SignUp.objects.filter(pk=pk, agency_id__in=reach_of(desk).agency_ids()).first()
    answer = request.POST.get("answer", "")
    if found is None or answer not in ("verify", "refuse"):
        raise Http404
    try:
        signing.decide(
            pk, verified=answer == "verify", note=request.POST.get("note", ""), who=desk.actor
        )
    except GuomenError as error:
        messages.error(request, refusals.said(error))
    else:
        messages.success(request, gettext("Decided; the person sees it when signing in."))
    return redirect("officer:sign-ups")
