"""Certificates at the desk of officers: list, draft, sign, replace, revoke, print."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from guomen.core.errors import GuomenError
from guomen.desks.components import listing, numbers, words
from guomen.desks.components.certificates import pages, paper, signed
from guomen.desks.components.consignments import refusals
from guomen.desks.components.tones import lazily
from guomen.desks.officer.access import Desk, at_desk
from guomen.desks.officer.permissions import Move
from guomen.journeys import certification, disposal
from guomen.journeys.certification import Draft, Ground
from guomen.rulebooks.certificates import KINDS, OBSTACLE_NAMES
from guomen.supervision.agencies import queries as agencies
from guomen.supervision.declarations.lifecycle import LineState
from guomen.supervision.declarations.models import Line
from guomen.supervision.dispositions import queries
from guomen.supervision.dispositions.lifecycle import (
    CERTIFICATE,
    CERTIFICATE_STATES,
    CertificateMove,
    CertificateState,
)
from guomen.supervision.dispositions.models import Certificate


class PapersForm(forms.Form):
    """What the list is narrowed by."""

    state = forms.ChoiceField(
        label=gettext_lazy("State"),
        required=False,
        choices=lambda: [
            ("", gettext_lazy("Any")),
            *((state.value, lazily(text)) for state, text in CERTIFICATE_STATES.items()),
        ],
    )


class LineForm(forms.Form):
    """On which line a certificate is to be drafted."""

    line = forms.CharField(
        label=gettext_lazy("Line"), help_text="DEC-2012-000123-7/1", max_length=40
    )


class DraftForm(forms.Form):
    """What an officer writes into a certificate."""

    line = forms.CharField(widget=forms.HiddenInput, max_length=40)
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        choices=lambda: [(code, lazily(kind.name)) for code, kind in KINDS.items()],
        error_messages={"required": gettext_lazy("Choose what kind of paper it is to be.")},
    )
    consignee = forms.CharField(label=gettext_lazy("Consignee"), max_length=200, required=False)
    remarks = forms.CharField(
        label=gettext_lazy("Remarks"),
        max_length=400,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ReasonForm(forms.Form):
    """Why a certificate is replaced or revoked."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=200)


def scoped(desk: Desk) -> Any:
    """Return the certificates of the subtree of the officer's agency."""
    ids = agencies.subtree(desk.scope.path).values_list("pk", flat=True) if desk.scope.path else ()
    return queries.certificates(agencies=list(ids))


@at_desk(Move.SEE)
@require_safe
def listed(request: HttpRequest, desk: Desk) -> HttpResponse:
    """List certificates, the newest first."""
    rows = scoped(desk)
    form = PapersForm(request.GET)
    wanted = form.cleaned_data.get("state") if form.is_valid() else ""
    drafts = rows.filter(state=CertificateState.DRAFT).count()
    said = ngettext("%(n)s draft waits to be signed", "%(n)s drafts wait to be signed", drafts) % {
        "n": numbers.grouped(drafts)
    }
    context = {
        "form": form,
        "page": listing.page_of(request, rows.filter(state=wanted) if wanted else rows),
        "title": said if drafts else gettext("No draft waits to be signed"),
        "kinds": pages.KIND_NAMES,
        "can_certify": Move.CERTIFY in desk.moves,
        "chips": listing.chips(
            request,
            labels={"state": gettext("State")},
            values={("state", s.value): str(lazily(t)) for s, t in CERTIFICATE_STATES.items()},
        ),
    }
    return render(request, "officer/dispositions/certificates.html", context)


def _held(desk: Desk, number: str) -> Certificate:
    rows = scoped(desk).select_related("agency", "replaces", "replaced_by")
    found: Certificate | None = rows.filter(number=number).first()
    if found is None:
        raise Http404
    return found


@at_desk(Move.CERTIFY)
@require_http_methods(["GET", "HEAD", "POST"])
def draft(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Draft a certificate on a line of the agency's subtree, or the successor of one."""
    old = _held(desk, request.GET["replaces"]) if request.GET.get("replaces") else None
    posted = request.method == "POST"
    wanted = (request.POST if posted else request.GET).get("line", "").strip()
    line = desk.scope.lines().filter(reference=old.line.reference if old else wanted).first()
    if line is None and not posted:
        return _line_asked(request, desk, wanted)
    ground = certification.ground_of(line) if line else None
    form = DraftForm(request.POST if posted else None, initial=_start(ground, old))
    if posted and form.is_valid():
        try:
            made = _drafted(Draft(**form.cleaned_data), old, desk)
        except GuomenError as error:
            refusals.put_back(form, error)
        else:
            return redirect("officer:certificate", number=made.number)
    context = {
        "form": form,
        "old": old,
        "ground": ground,
        "facts": _facts(line) if line else (),
        "obstacles": OBSTACLE_NAMES,
        "chosen": form["kind"].value(),
    }
    return render(
        request, "officer/dispositions/draft.html", context, status=422 if posted else 200
    )


def _start(ground: Ground | None, old: Certificate | None) -> dict[str, str]:
    if old is not None:
        return {
            "line": old.line.reference,
            "kind": old.kind,
            "consignee": old.consignee,
            "remarks": old.remarks,
        }
    if ground is None:
        return {}
    first = ground.fitting[0].kind.code if ground.fitting else ""
    return {"line": ground.line.reference, "kind": first, "remarks": ground.remarks}


def _facts(line: Line) -> list[tuple[Any, Any]]:
    unit = str(words.UNITS.get(line.unit or "", line.unit or ""))
    return [
        (gettext("Goods"), line.goods or line.hs_code),
        (gettext("HS code"), line.hs_code),
        (
            gettext("Quantity"),
            None if line.quantity is None else numbers.quantity(line.quantity, unit),
        ),
        (gettext("Direction"), words.DIRECTIONS.get(line.direction, line.direction)),
        (gettext("Origin"), signed.place(line.origin) if line.origin else None),
        (gettext("Destination"), signed.place(line.destination) if line.destination else None),
    ]


_SUGGESTED = 12


def _line_asked(request: HttpRequest, desk: Desk, wanted: str) -> HttpResponse:
    """Ask on which line, and offer those that were let go and have no paper yet."""
    form = LineForm({"line": wanted}) if wanted else LineForm()
    if wanted:
        form.add_error("line", gettext("There is no such line in your agency."))
    context = {
        "form": form,
        "lines": certification.without_paper(desk.scope.lines(), at_most=_SUGGESTED),
    }
    return render(
        request, "officer/dispositions/draft_line.html", context, status=404 if wanted else 200
    )


def _drafted(wanted: Draft, old: Certificate | None, desk: Desk) -> Certificate:
    line = desk.scope.lines().filter(reference=wanted.line).first()
    if line is None:
        raise certification.NoGroundError(gettext("There is no such line in your agency."))
    _rule_if_nobody_did(line, desk)
    if old is None:
        return certification.draft(wanted, how=desk.how)
    return certification.replace(old.number, changes=wanted, reason="corrected", how=desk.how)


def _rule_if_nobody_did(line: Line, desk: Desk) -> None:
    """Goods that were let go at the gate get their last ruling when a paper is asked for."""
    if line.state == LineState.RELEASED and not queries.standing([line.pk]):
        disposal.settle([line.reference], how=desk.how)


@at_desk(Move.SEE)
@require_safe
def one(request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
    """Show one certificate."""
    return _shown(request, desk, _held(desk, number))


_NEEDS = {
    CertificateMove.ISSUE: Move.CERTIFY,
    CertificateMove.DROP: Move.CERTIFY,
    CertificateMove.REPLACE: Move.CERTIFY,
    CertificateMove.PROPOSE_REVOCATION: Move.CERTIFY,
    CertificateMove.REVOKE: Move.REVOKE,
    CertificateMove.KEEP: Move.REVOKE,
}


def _shown(
    request: HttpRequest, desk: Desk, row: Certificate, wrong: forms.Form | None = None
) -> HttpResponse:
    moves = CERTIFICATE.moves_from(CertificateState(row.state))
    context = {
        **pages.context(row, request),
        "moves": {m.value for m in moves if _NEEDS[m] in desk.moves},
        "reason": wrong or ReasonForm(),
        "own_proposal": row.proposed_by == desk.officer.key,
        "languages": paper.LANGUAGES,
    }
    status = 422 if wrong is not None else 200
    return render(request, "officer/dispositions/certificate.html", context, status=status)


@at_desk(Move.SEE)
@require_POST
def carry_on(request: HttpRequest, desk: Desk, number: str, move: str) -> HttpResponse:
    """Sign or drop a draft; propose to revoke; decide as the second person."""
    row = _held(desk, number)
    if move not in set(_ACTS):
        raise Http404
    needed, act = _ACTS[move]
    if needed not in desk.moves:
        raise PermissionDenied
    form = ReasonForm(request.POST) if move == CertificateMove.PROPOSE_REVOCATION else None
    if form is not None and not form.is_valid():
        return _shown(request, desk, row, form)
    try:
        act(row.number, form, desk)
    except GuomenError as error:
        messages.error(request, refusals.said(error))
    else:
        messages.success(request, gettext("Recorded."))
    return redirect("officer:certificate", number=number)


def _issue(number: str, form: Any, desk: Desk) -> None:
    certification.issue(number, roles=desk.officer.roles, how=desk.how)


def _drop(number: str, form: Any, desk: Desk) -> None:
    certification.drop(number, how=desk.how)


def _propose(number: str, form: Any, desk: Desk) -> None:
    certification.propose_revocation(number, reason=form.cleaned_data["reason"], how=desk.how)


def _revoke(number: str, form: Any, desk: Desk) -> None:
    certification.decide_revocation(number, revoke=True, how=desk.how)


def _keep(number: str, form: Any, desk: Desk) -> None:
    certification.decide_revocation(number, revoke=False, how=desk.how)


_ACTS: dict[str, tuple[Move, Callable[[str, Any, Desk], None]]] = {
    "issue": (Move.CERTIFY, _issue),
    "drop": (Move.CERTIFY, _drop),
    "propose_revocation": (Move.CERTIFY, _propose),
    "revoke": (Move.REVOKE, _revoke),
    "keep": (Move.REVOKE, _keep),
}


@at_desk(Move.SEE)
@require_safe
def download(request: HttpRequest, desk: Desk, number: str, language: str) -> HttpResponse:
    """Send a certificate as a PDF."""
    row = _held(desk, number)
    if language not in paper.LANGUAGES or not row.payload:
        raise Http404
    return pages.as_file(row, request, language, at=desk.now)
