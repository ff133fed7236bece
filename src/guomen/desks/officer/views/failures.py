"""Goods that failed at the desk of officers: the list, one case, and what is done about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from guomen.core.dispose import DisposalKind
from guomen.core.errors import GuomenError
from guomen.desks.components import listing, numbers
from guomen.desks.components.consignments import refusals
from guomen.desks.components.failures import views as cases
from guomen.desks.components.failures.forms import AnswerForm, ChooseForm, ProofForm, SortForm
from guomen.desks.components.tones import lazily
from guomen.desks.officer.access import Desk, at_desk
from guomen.desks.officer.permissions import Move
from guomen.journeys import disposal
from guomen.journeys.disposal import Proof
from guomen.journeys.standing import proposing
from guomen.supervision.agencies import queries as agencies
from guomen.supervision.dispositions import queries
from guomen.supervision.dispositions.lifecycle import (
    DISPOSAL,
    NONCONFORMITY_STATES,
    DisposalMove,
    DisposalState,
    NonconformityState,
    ReviewState,
)
from guomen.supervision.dispositions.models import Disposal, Nonconformity

UNDER_WAY = (
    NonconformityState.NOTIFIED,
    NonconformityState.UNDER_REVIEW,
    NonconformityState.DISPOSING,
)


class FailedForm(forms.Form):
    """What the list is narrowed by."""

    state = forms.ChoiceField(
        label=gettext_lazy("State"),
        required=False,
        choices=lambda: [
            ("", gettext_lazy("Any")),
            *((state.value, lazily(text)) for state, text in NONCONFORMITY_STATES.items()),
        ],
    )


def scoped(desk: Desk) -> Any:
    """Return what failed in the subtree of the officer's agency."""
    ids = agencies.subtree(desk.scope.path).values_list("pk", flat=True) if desk.scope.path else ()
    return queries.nonconformities(agencies=list(ids))


@at_desk(Move.SEE)
@require_safe
def listed(request: HttpRequest, desk: Desk) -> HttpResponse:
    """List what failed, the newest first."""
    rows = scoped(desk)
    form = FailedForm(request.GET)
    wanted = form.cleaned_data.get("state") if form.is_valid() else ""
    open_cases = rows.filter(state__in=UNDER_WAY).count()
    page = listing.page_of(request, rows.filter(state=wanted) if wanted else rows)
    said = ngettext(
        "%(n)s case of failed goods is under way",
        "%(n)s cases of failed goods are under way",
        open_cases,
    )
    context = {
        "form": form,
        "page": page,
        "title": said % {"n": numbers.grouped(open_cases)}
        if open_cases
        else gettext("No case of failed goods is under way"),
        "chips": listing.chips(
            request,
            labels={"state": gettext("State")},
            values={("state", s.value): str(lazily(t)) for s, t in NONCONFORMITY_STATES.items()},
        ),
    }
    return render(request, "officer/dispositions/failed.html", context)


def _held(desk: Desk, reference: str) -> Nonconformity:
    found: Nonconformity | None = scoped(desk).filter(reference=reference).first()
    if found is None:
        raise Http404
    return found


@at_desk(Move.SEE)
@require_safe
def one(request: HttpRequest, desk: Desk, reference: str) -> HttpResponse:
    """Show one case."""
    return _shown(request, desk, _held(desk, reference))


def _shown(
    request: HttpRequest, desk: Desk, failed: Nonconformity, wrong: forms.Form | None = None
) -> HttpResponse:
    case = cases.case_of(failed, now=desk.now)
    may = Move.DISPOSE in desk.moves
    account = Move.ACCOUNT in desk.moves
    given = {type(wrong): wrong} if wrong is not None else {}
    context = {
        "case": case,
        "title": case.title,
        "choose": (given.get(ChooseForm) or ChooseForm(failed=failed, left=case.balance.left))
        if may and case.choosing
        else None,
        "sort": (given.get(SortForm) or SortForm(prefix="sort")) if may and case.choosing else None,
        "rows": [(row, _moves(row.disposal, may=may, account=account)) for row in case.disposals],
        "answer": AnswerForm(prefix="answer")
        if account and any(r.state == ReviewState.ASKED for r in case.reviews)
        else None,
        "wrong": wrong,
        "proposal": proposing.proposal_of(failed, now=desk.now)
        if Move.KEEP_CREDIT in desk.moves
        else None,
    }
    status = 422 if wrong is not None else 200
    return render(request, "officer/dispositions/case.html", context, status=status)


_OWN = (DisposalMove.ORDER, DisposalMove.CARRY_OUT, DisposalMove.CANCEL)


def _moves(one: Disposal, *, may: bool, account: bool) -> dict[str, Any]:
    """Return what this officer may do with a disposal now."""
    moves = DISPOSAL.moves_from(DisposalState(one.state))
    return {
        "buttons": [(m.value, lazily(DISPOSAL.move_names[m])) for m in moves if m in _OWN and may],
        "proof": ProofForm(disposal=one) if account and DisposalMove.PROVE in moves else None,
    }


def _done(
    request: HttpRequest,
    desk: Desk,
    failed: Nonconformity,
    form: forms.Form | None,
    carry_out: Callable[[], object],
) -> HttpResponse:
    """Carry out one act on a case, or show the case with what was refused."""
    if form is not None and not form.is_valid():
        return _shown(request, desk, failed, form)
    try:
        carry_out()
    except GuomenError as error:
        if form is None:
            messages.error(request, refusals.said(error))
            return redirect("officer:nonconformity", reference=failed.reference)
        refusals.put_back(form, error)
        return _shown(request, desk, failed, form)
    messages.success(request, gettext("Recorded."))
    return redirect("officer:nonconformity", reference=failed.reference)


@at_desk(Move.DISPOSE)
@require_POST
def choose(request: HttpRequest, desk: Desk, reference: str) -> HttpResponse:
    """Choose a disposal on behalf of the owner."""
    failed = _held(desk, reference)
    form = ChooseForm(request.POST, failed=failed, left=None)
    return _done(
        request,
        desk,
        failed,
        form,
        lambda: disposal.choose(
            reference,
            DisposalKind(form.cleaned_data["kind"]),
            form.cleaned_data["quantity"],
            how=desk.how,
        ),
    )


@at_desk(Move.DISPOSE)
@require_POST
def sort(request: HttpRequest, desk: Desk, reference: str) -> HttpResponse:
    """Let goods go that were sorted out."""
    failed = _held(desk, reference)
    form = SortForm(request.POST, prefix="sort")
    return _done(
        request,
        desk,
        failed,
        form,
        lambda: disposal.sort_out(
            reference,
            form.cleaned_data["quantity"],
            report=form.cleaned_data["report"],
            how=desk.how,
        ),
    )


_ACTS: dict[str, tuple[Move, Callable[..., object]]] = {
    "order": (Move.DISPOSE, disposal.order),
    "carry_out": (Move.DISPOSE, disposal.carry_out),
    "cancel": (Move.DISPOSE, disposal.cancel),
}


@at_desk(Move.SEE)
@require_POST
def carry_on(request: HttpRequest, desk: Desk, reference: str, pk: int, move: str) -> HttpResponse:
    """Order, carry out, cancel or prove one disposal of a case."""
    failed = _held(desk, reference)
    one = failed.disposals.filter(pk=pk).first()
    if one is None or (move != "prove" and move not in _ACTS):
        raise Http404
    needed = Move.ACCOUNT if move == "prove" else _ACTS[move][0]
    desk.require(needed)
    if move != "prove":
        act = _ACTS[move][1]
        return _done(request, desk, failed, None, lambda: act(pk, how=desk.how))
    form = ProofForm(request.POST, disposal=one)
    return _done(
        request,
        desk,
        failed,
        form,
        lambda: disposal.prove(pk, Proof(**form.cleaned_data), how=desk.how),
    )


@at_desk(Move.ACCOUNT)
@require_POST
def uphold(request: HttpRequest, desk: Desk, reference: str, review: str) -> HttpResponse:
    """Uphold the finding that the owner asked to be looked at again."""
    failed = _held(desk, reference)
    if not failed.reviews.filter(reference=review).exists():
        raise Http404
    form = AnswerForm(request.POST, prefix="answer")
    return _done(
        request,
        desk,
        failed,
        form,
        lambda: disposal.uphold(review, answer=form.cleaned_data["answer"], how=desk.how),
    )


@at_desk(Move.KEEP_CREDIT)
@require_POST
def credit(request: HttpRequest, desk: Desk, reference: str) -> HttpResponse:
    """Put the failure on the credit file of its owner, as it is proposed."""
    failed = _held(desk, reference)
    return _done(request, desk, failed, None, lambda: proposing.accept(failed, how=desk.how))
