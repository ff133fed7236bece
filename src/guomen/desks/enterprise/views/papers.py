"""An enterprise's failed goods and certificates: choose a disposal, ask again, print."""

from __future__ import annotations

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from guomen.core.dispose import DisposalKind
from guomen.core.errors import GuomenError
from guomen.desks.components import listing
from guomen.desks.components.certificates import pages, paper
from guomen.desks.components.consignments import refusals
from guomen.desks.components.failures import views as cases
from guomen.desks.components.failures.forms import AskForm, ChooseForm
from guomen.desks.enterprise.access import Desk, at_desk
from guomen.journeys import disposal
from guomen.supervision.dispositions import queries
from guomen.supervision.dispositions.lifecycle import NonconformityState
from guomen.supervision.dispositions.models import Certificate, Nonconformity


@at_desk
@require_safe
def failed(request: HttpRequest, desk: Desk) -> HttpResponse:
    """List the enterprise's own goods that failed."""
    rows, _ = queries.of_enterprise(desk.enterprise.reference)
    waiting = rows.filter(state=NonconformityState.NOTIFIED).count()
    said = ngettext(
        "%(n)s case waits for your choice", "%(n)s cases wait for your choice", waiting
    ) % {"n": waiting}
    context = {
        "page": listing.page_of(request, rows),
        "title": said if waiting else gettext("Nothing that failed waits for you"),
    }
    return render(request, "enterprise/failed.html", context)


def _case(desk: Desk, reference: str) -> Nonconformity:
    rows, _ = queries.of_enterprise(desk.enterprise.reference)
    found = rows.filter(reference=reference).first()
    if found is None:
        raise Http404
    return found


@at_desk
@require_safe
def one(request: HttpRequest, desk: Desk, reference: str) -> HttpResponse:
    """Show one case of the enterprise's own goods."""
    return _shown(request, desk, _case(desk, reference))


def _shown(
    request: HttpRequest, desk: Desk, row: Nonconformity, wrong: forms.Form | None = None
) -> HttpResponse:
    case = cases.case_of(row, now=desk.now)
    choose = wrong if isinstance(wrong, ChooseForm) else None
    ask = wrong if isinstance(wrong, AskForm) else None
    context = {
        "case": case,
        "title": case.title,
        "wrong": wrong,
        "choose": (choose or ChooseForm(failed=row, left=case.balance.left))
        if case.choosing
        else None,
        "ask": (ask or AskForm(prefix="ask")) if case.reviewable else None,
    }
    status = 422 if wrong is not None else 200
    return render(request, "enterprise/case.html", context, status=status)


def _done(
    request: HttpRequest,
    desk: Desk,
    row: Nonconformity,
    form: forms.Form,
    carry_out: Callable[[], object],
) -> HttpResponse:
    if form.is_valid():
        try:
            carry_out()
        except GuomenError as error:
            refusals.put_back(form, error)
        else:
            messages.success(request, gettext("Recorded. The office has been told."))
            return redirect("enterprise:case", reference=row.reference)
    return _shown(request, desk, row, form)


@at_desk
@require_POST
def choose(request: HttpRequest, desk: Desk, reference: str) -> HttpResponse:
    """Choose among the open disposals."""
    row = _case(desk, reference)
    form = ChooseForm(request.POST, failed=row, left=None)
    return _done(
        request,
        desk,
        row,
        form,
        lambda: disposal.choose(
            reference,
            DisposalKind(form.cleaned_data["kind"]),
            form.cleaned_data["quantity"],
            how=desk.how,
        ),
    )


@at_desk
@require_POST
def ask(request: HttpRequest, desk: Desk, reference: str) -> HttpResponse:
    """Ask for another inspection."""
    row = _case(desk, reference)
    form = AskForm(request.POST, prefix="ask")
    return _done(
        request,
        desk,
        row,
        form,
        lambda: disposal.ask_review(reference, ground=form.cleaned_data["ground"], how=desk.how),
    )


@at_desk
@require_safe
def certificates(request: HttpRequest, desk: Desk) -> HttpResponse:
    """List the enterprise's own certificates."""
    _, rows = queries.of_enterprise(desk.enterprise.reference)
    page = listing.page_of(request, rows)
    count = page.paginator.count
    said = ngettext("%(n)s certificate of yours", "%(n)s certificates of yours", count)
    context = {
        "page": page,
        "kinds": pages.KIND_NAMES,
        "title": said % {"n": count} if count else gettext("No certificate of yours yet"),
    }
    return render(request, "enterprise/certificates.html", context)


def _paper(desk: Desk, number: str) -> Certificate:
    _, rows = queries.of_enterprise(desk.enterprise.reference)
    found = rows.select_related("agency", "replaces", "replaced_by").filter(number=number).first()
    if found is None:
        raise Http404
    return found


@at_desk
@require_safe
def certificate(request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
    """Show one of the enterprise's own certificates."""
    context = pages.context(_paper(desk, number), request)
    return render(request, "enterprise/certificate.html", context)


@at_desk
@require_safe
def download(request: HttpRequest, desk: Desk, number: str, language: str) -> HttpResponse:
    """Send one of the enterprise's own certificates as a PDF."""
    row = _paper(desk, number)
    if language not in paper.LANGUAGES:
        raise Http404
    return pages.as_file(row, request, language, at=desk.now)
