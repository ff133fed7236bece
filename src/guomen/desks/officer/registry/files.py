"""The pages of licences: files, moves, second persons, reviews, appeals, campaigns."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from guomen.core.errors import GuomenError
from guomen.core.text import Text
from guomen.desks.components import listing
from guomen.desks.components.access import looks
from guomen.desks.components.consignments import refusals
from guomen.desks.officer.access import Desk, at_desk
from guomen.desks.officer.permissions import Move
from guomen.desks.officer.registry.forms import CampaignForm, MoveForm, PlanForm, person_name
from guomen.desks.officer.registry.lists import reach_of
from guomen.journeys.access import (
    appealing,
    campaigning,
    dossiers,
    moving,
    reviewing,
    rooms,
)
from guomen.journeys.access.moving import Wish
from guomen.rulebooks.checklists import PART_NAMES, items_for, parted, proposed_conclusion
from guomen.supervision.agencies import queries as agencies
from guomen.supervision.agencies.models import Agency, Role
from guomen.supervision.licences import operations
from guomen.supervision.licences.lifecycle import AppealMove, LicenceMove, ReviewState
from guomen.supervision.licences.models import (
    AnswerKind,
    Appeal,
    Conclusion,
    Licence,
    LicenceAct,
    LicenceKind,
    Occasion,
    Review,
    ReviewCampaign,
)

_DANGEROUS = (LicenceMove.REVOKE, LicenceMove.FORCE_EXIT, LicenceMove.REFUSE, LicenceMove.SUSPEND)
_SERIOUS = (LicenceMove.REVOKE, LicenceMove.FORCE_EXIT)


def licence_of(desk: Desk, number: str) -> Licence:
    """
    Return a licence within the officer's reach.

    :raises Http404: if there is none; a foreign one is not told from one that does not exist
    """
    rows = rooms.in_reach(reach_of(desk)).select_related("enterprise", "site__enterprise", "agency")
    found = rows.filter(number=number).first()
    if found is None:
        raise Http404
    return found


@at_desk(Move.SEE_REGISTERS)
@require_safe
def licence(request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
    """Show the file of one licence."""
    found = dossiers.file_of(licence_of(desk, number), reach_of(desk))
    context = {
        "desk": desk,
        "file": found,
        "moves": [
            (move.value, looks.WORDS["move"][move.value], move in _DANGEROUS)
            for move in found.moves
            if _may(desk, found.licence, move)
        ],
        "may": {move.value: move in desk.moves for move in Move},
    }
    return render(request, "officer/registry/licence.html", context)


def _may(desk: Desk, found: Licence, move: LicenceMove) -> bool:
    """Tell whether a move is this officer's: a licence is decided on by the agency that grants."""
    return Move.DECIDE_ACCESS in desk.moves and found.agency.path.startswith(
        desk.officer.agency.path
    )


@at_desk(Move.DECIDE_ACCESS)
@require_http_methods(["GET", "POST"])
def move_licence(request: HttpRequest, desk: Desk, number: str, move: str) -> HttpResponse:
    """Show the form of a move of a licence, or make it."""
    found = licence_of(desk, number)
    wanted = next((m for m in moving.BY_OFFICERS if m.value == move), None)
    if wanted is None:
        raise Http404
    if not _may(desk, found, wanted):
        raise PermissionDenied
    term = operations.newest_term(found, on=desk.day)
    data = request.POST if request.method == "POST" else None
    form = MoveForm(data, licence=found, term=term, move=wanted)
    closed = wanted not in moving.offered(term.state)
    if data is not None and not closed and form.is_valid():
        given = form.cleaned_data
        wish = Wish(
            move=wanted,
            reason=given["reason"],
            note=given["note"],
            on=given["on"],
            changes=form.changes(),
        )
        try:
            moving.act(found.pk, wish, who=desk.actor, version=found.version)
        except GuomenError as error:
            refusals.put_back(form, error)
        else:
            said = (
                gettext("Proposed. The holder is told and heard; a second person decides.")
                if wanted in _SERIOUS
                else gettext("Done; it counts from the next ruling. The holder is told.")
            )
            messages.success(request, said)
            return redirect("officer:licence", number=number)
    context = {
        "form": form,
        "licence": found,
        "term": term,
        "closed": closed,
        "serious": wanted in _SERIOUS,
        "danger": wanted in _DANGEROUS,
        "word": looks.WORDS["move"][wanted.value],
    }
    return render(request, "officer/registry/move.html", context, status=422 if data else 200)


@at_desk(Move.APPROVE_ACCESS)
@require_POST
def decide(request: HttpRequest, desk: Desk, pk: int) -> HttpResponse:
    """Decide on a serious move as the second person."""
    act = LicenceAct.objects.filter(
        pk=pk, licence__in=rooms.in_reach(reach_of(desk)).values("pk")
    ).first()
    if act is None or request.POST.get("answer") not in ("approve", "refuse"):
        raise Http404
    approve = request.POST["answer"] == "approve"
    try:
        moving.decide(pk, approve=approve, who=desk.actor)
    except GuomenError as error:
        messages.error(request, refusals.said(error))
    else:
        messages.success(
            request,
            gettext("Approved; it counts from the next ruling. The holder is told.")
            if approve
            else gettext("Refused; nothing changes for the holder."),
        )
    return redirect("officer:licence", number=act.licence.number)


@at_desk(Move.APPROVE_ACCESS)
@require_POST
def decide_appeal(request: HttpRequest, desk: Desk, pk: int) -> HttpResponse:
    """Stay a decision or decide on an appeal, as somebody who had no part in the decision."""
    found = Appeal.objects.filter(
        pk=pk, act__licence__in=rooms.in_reach(reach_of(desk)).values("pk")
    ).first()
    move = request.POST.get("move", "")
    if found is None or move not in (m.value for m in AppealMove if m is not AppealMove.WITHDRAW):
        raise Http404
    try:
        appealing.decide(pk, AppealMove(move), who=desk.actor, note=request.POST.get("note", ""))
    except GuomenError as error:
        messages.error(request, refusals.said(error))
    else:
        messages.success(request, gettext("Decided; the holder is told."))
    return redirect("officer:licence", number=found.act.licence.number)


# -- reviews ---------------------------------------------------------------------------------------


def _assessors(desk: Desk) -> list[tuple[str, str]]:
    found: dict[str, str] = {}
    for role in (Role.ACCESS_REVIEWER, Role.INSPECTOR, Role.VETERINARIAN):
        rows = agencies.officers_with(
            role, path=desk.officer.agency.path, on=desk.day, known=desk.now
        )
        found |= {row.key: person_name((row.name_zh, row.name_en)) for row in rows}
    return sorted(found.items())


@at_desk(Move.DECIDE_ACCESS)
@require_http_methods(["GET", "POST"])
def plan(request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
    """Plan a review of a licence."""
    found = licence_of(desk, number)
    data = request.POST if request.method == "POST" else None
    form = PlanForm(data, people=_assessors(desk), initial={"due": desk.day + timedelta(days=14)})
    if data is not None and form.is_valid():
        given = form.cleaned_data
        try:
            made = reviewing.plan(
                found,
                Occasion(given["occasion"]),
                due=given["due"],
                assessors=given["assessors"],
                who=desk.actor,
            )
        except GuomenError as error:
            refusals.put_back(form, error)
        else:
            messages.success(request, gettext("The review is planned."))
            return redirect("officer:review", number=made.number)
    context = {
        "form": form,
        "title": gettext("Plan a review"),
        "back": ("officer:licence", found.number),
        "subject": found,
        "button": gettext("Plan the review"),
    }
    return render(request, "officer/registry/form.html", context, status=422 if data else 200)


def review_of(desk: Desk, number: str) -> Review:
    """
    Return a review within the officer's reach.

    :raises Http404: if there is none
    """
    found = rooms.reviews(reach_of(desk), {}).filter(number=number).first()
    if found is None:
        raise Http404
    return found


@at_desk(Move.SEE_REGISTERS)
@require_http_methods(["GET", "POST"])
def review(request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
    """Show a checklist, or take answers to it; made for a telephone on the spot."""
    found = review_of(desk, number)
    problems: dict[str, str] = {}
    if request.method == "POST":
        if Move.REVIEW_SITES not in desk.moves:
            raise PermissionDenied
        answered = _answer(request, desk, found, problems)
        if answered is not None:
            return answered
        found.refresh_from_db()
    given = {a.item: a for a in found.answers.all()}
    items = items_for(found.licence.kind)
    typed = request.POST if problems else {}
    context = {
        "desk": desk,
        "review": found,
        "parts": [
            (PART_NAMES[part], [_shown(item, given, typed, problems) for item in within])
            for part, within in parted(items)
        ],
        "answered": sum(item.code in given for item in items),
        "all": len(items),
        "follows": proposed_conclusion(
            found.licence.kind, {code: a.answer for code, a in given.items()}
        ),
        "open": found.state in (ReviewState.PLANNED.value, ReviewState.UNDER_WAY.value),
        "may_review": Move.REVIEW_SITES in desk.moves,
        "answers": AnswerKind.choices,
        "conclusions": Conclusion.choices,
        "problems": problems,
        "people": {
            key: Text(zh=zh, en=en)
            for key, (zh, en) in agencies.names_of({*found.assessors, found.concluded_by}).items()
        },
    }
    return render(request, "officer/registry/review.html", context, status=422 if problems else 200)


def _shown(item: Any, given: Any, typed: Any, problems: dict[str, str]) -> dict[str, Any]:
    answer = given.get(item.code)
    return {
        "item": item,
        "answer": typed.get(f"answer-{item.code}") or (answer.answer if answer else ""),
        "note": typed.get(f"note-{item.code}", answer.note if answer else ""),
        "problem": problems.get(item.code, ""),
    }


def _answer(
    request: HttpRequest, desk: Desk, found: Review, problems: dict[str, str]
) -> HttpResponse | None:
    """Take the answers of a form; None where it is shown again with its problems."""
    data = request.POST
    if data.get("version") != str(found.version):
        problems[""] = gettext(
            "A colleague answered meanwhile. Nothing was overwritten: compare, and send again."
        )
        return None
    try:
        with transaction.atomic():
            for item in items_for(found.licence.kind):
                _answer_one(data, found, item.code, desk)
            if data.get("do") == "conclude":
                asked = data.get("conclusion") or None
                reviewing.conclude(
                    found.pk,
                    who=desk.actor,
                    conclusion=Conclusion(asked) if asked in Conclusion.values else None,
                    note=data.get("note", ""),
                )
    except GuomenError as error:
        problems[str(error.data.get("item", ""))] = refusals.said(error)
        return None
    messages.success(request, gettext("The answers are on record."))
    return redirect("officer:review", number=found.number)


def _answer_one(data: Any, found: Review, code: str, desk: Desk) -> None:
    answer = data.get(f"answer-{code}", "")
    if answer not in AnswerKind.values:
        return
    note = data.get(f"note-{code}", "")
    before = found.answers.filter(item=code).first()
    if before is None or (before.answer, before.note) != (answer, note[:300]):
        reviewing.answer(
            found.pk,
            reviewing.Answered(item=code, answer=AnswerKind(answer), note=note),
            who=desk.actor,
        )


# -- campaigns -------------------------------------------------------------------------------------


@at_desk(Move.SEE_REGISTERS)
@require_safe
def campaigns(request: HttpRequest, desk: Desk) -> HttpResponse:
    """List the re-review campaigns and what each came to."""
    rows = ReviewCampaign.objects.filter(agency_id__in=reach_of(desk).agency_ids())
    page = listing.page_of(request, rows)
    context = {
        "desk": desk,
        "page": page,
        "campaigns": [(row, campaigning.outcome(row)) for row in page.object_list],
        "may": {move.value: move in desk.moves for move in Move},
    }
    return render(request, "officer/registry/campaigns.html", context)


@at_desk(Move.DECIDE_ACCESS)
@require_http_methods(["GET", "POST"])
def open_campaign(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Open a re-review of every holder of a kind of licence."""
    data = request.POST if request.method == "POST" else None
    form = CampaignForm(data, initial={"due": desk.day + timedelta(days=60)})
    if data is not None and form.is_valid():
        given = form.cleaned_data
        planned = campaigning.Planned(
            kind=LicenceKind(given["kind"]),
            name=Text(zh=given["name_zh"], en=given["name_en"]),
            due=given["due"],
            cover=given["cover"],
        )
        agency = Agency.objects.get(code=desk.officer.agency.code)
        try:
            made = campaigning.open_(planned, agency, assessors=(), who=desk.actor)
        except GuomenError as error:
            refusals.put_back(form, error)
        else:
            messages.success(request, gettext("The campaign is open; its reviews are planned."))
            return redirect("officer:review-campaign", number=made.number)
    context = {
        "form": form,
        "title": gettext("Review every holder again"),
        "back": ("officer:review-campaigns", None),
        "subject": None,
        "button": gettext("Open the campaign"),
    }
    return render(request, "officer/registry/form.html", context, status=422 if data else 200)


@at_desk(Move.SEE_REGISTERS)
@require_http_methods(["GET", "POST"])
def campaign(request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
    """Show what a campaign came to, review by review; or close it."""
    found = ReviewCampaign.objects.filter(
        agency_id__in=reach_of(desk).agency_ids(), number=number
    ).first()
    if found is None:
        raise Http404
    if request.method == "POST":
        if Move.DECIDE_ACCESS not in desk.moves:
            raise PermissionDenied
        try:
            campaigning.close(found.pk, who=desk.actor)
        except GuomenError as error:
            messages.error(request, refusals.said(error))
        else:
            messages.success(request, gettext("The campaign is closed."))
        return redirect("officer:review-campaign", number=number)
    rows = list(
        rooms.reviews(reach_of(desk), {"campaign": number}).order_by("state", "due", "pk")[:500]
    )
    terms = rooms.terms_of([row.licence for row in rows], desk.day)
    context = {
        "desk": desk,
        "campaign": found,
        "outcome": campaigning.outcome(found),
        "rows": [(r, rooms.stands(terms.get(r.licence_id), desk.day)) for r in rows],
        "may": {move.value: move in desk.moves for move in Move},
    }
    return render(request, "officer/registry/campaign.html", context)
