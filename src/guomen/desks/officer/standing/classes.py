"""The pages of classes: the list, what is due, one enterprise, an assessment and its signing."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from guomen.core.classification import ELEMENT_NAMES
from guomen.core.errors import GuomenError
from guomen.desks.components import listing, numbers, tones
from guomen.desks.components.standing import contexts, looks, refusals
from guomen.desks.officer import deeds
from guomen.desks.officer.access import Desk, at_desk
from guomen.desks.officer.permissions import Move
from guomen.desks.officer.standing import saved
from guomen.desks.officer.standing.forms import FindForm, ScoreForm
from guomen.desks.officer.standing.views import enterprise_of, found_by, path_of, today_of
from guomen.journeys.access import rooms
from guomen.journeys.standing import classing, reading
from guomen.rulebooks.classification import APPROVED_BY_BUREAU, VETOES
from guomen.supervision.classification.lifecycle import (
    ASSESSMENT,
    WRITABLE,
    AssessmentMove,
    AssessmentState,
)
from guomen.supervision.classification.models import Assessment, Grade
from guomen.supervision.parties.models import Enterprise

ROOM: tuple[tuple[str, Any], ...] = (
    ("officer:classes", gettext_lazy("Classes")),
    ("officer:classes-due", gettext_lazy("Due for assessment")),
    ("officer:assessments", gettext_lazy("Assessments under way")),
    ("officer:product-risks", gettext_lazy("Product risk")),
)
# Who needs what for which move of an assessment.
NEEDS = {
    AssessmentMove.SUBMIT: Move.ASSESS,
    AssessmentMove.DROP: Move.ASSESS,
    AssessmentMove.SIGN: Move.SIGN_CLASS,
    AssessmentMove.RETURN: Move.SIGN_CLASS,
}


@at_desk(Move.SEE_STANDING)
@require_safe
def classes(request: HttpRequest, desk: Desk) -> HttpResponse:
    """List enterprises by class."""
    rows = reading.classed(path_of(desk), on=today_of(desk), known=desk.now)
    tallies = reading.classes_counted(path_of(desk), on=today_of(desk), known=desk.now)
    form = FindForm(request.GET, label=gettext("Class"), choices=Grade.choices)
    total = sum(tallies.values())
    context = {
        "rooms": ROOM,
        "form": form,
        "page": listing.page_of(request, rooms.Bounded(found_by(rows, form, "grade"))),
        "tallies": [(grade, tallies.get(grade.value, 0)) for grade in Grade],
        "title": ngettext("%(n)s enterprise is classed", "%(n)s enterprises are classed", total)
        % {"n": numbers.grouped(total)},
    } | saved.context(request, desk, "classes")
    return render(request, "officer/standing/classes.html", context)


@at_desk(Move.SEE_STANDING)
@require_safe
def due(request: HttpRequest, desk: Desk) -> HttpResponse:
    """List classes that end soon or ended without a successor."""
    today = today_of(desk)
    rows = reading.classes_due(path_of(desk), on=today, known=desk.now)
    page = listing.page_of(request, rooms.Bounded(rows))
    context = {
        "rooms": ROOM,
        "page": page,
        "today": today,
        "title": ngettext(
            "%(n)d class ends soon or has ended",
            "%(n)d classes end soon or have ended",
            page.paginator.count,
        )
        % {"n": page.paginator.count},
        "may": Move.ASSESS in desk.moves,
        "deeds": deeds.offered(desk, *deeds.CLASSES),
    } | saved.context(request, desk, "classes-due")
    return render(request, "officer/standing/classes_due.html", context)


@at_desk(Move.SEE_STANDING)
@require_safe
def under_way(request: HttpRequest, desk: Desk) -> HttpResponse:
    """List assessments that are not signed yet."""
    rows = Assessment.objects.filter(
        enterprise__agency__path__startswith=path_of(desk),
        state__in=[s.value for s in (*WRITABLE, AssessmentState.SUBMITTED)],
    ).select_related("enterprise")
    page = listing.page_of(request, rows.order_by("-state", "assessed_on"))
    waiting = rows.filter(state=AssessmentState.SUBMITTED).count()
    context = {
        "rooms": ROOM,
        "page": page,
        "title": ngettext(
            "%(n)d assessment waits for approval", "%(n)d assessments wait for approval", waiting
        )
        % {"n": waiting},
    }
    return render(request, "officer/standing/assessments.html", context)


@at_desk(Move.SEE_STANDING)
@require_safe
def class_file(request: HttpRequest, desk: Desk, reference: str) -> HttpResponse:
    """Show how one enterprise is classed, why, since when and until when."""
    firm = enterprise_of(desk, reference)
    view = reading.class_view(firm, on=today_of(desk), at=desk.now)
    context = contexts.enterprise_class(view, f"{today_of(desk):%Y-%m-%d}") | {
        "rooms": ROOM,
        "may_assess": Move.ASSESS in desk.moves,
        "for_officer": True,
    }
    return render(request, "officer/standing/class_file.html", context)


@at_desk(Move.ASSESS)
@require_POST
def begin(request: HttpRequest, desk: Desk, reference: str) -> HttpResponse:
    """Begin an assessment, or go on with the open one."""
    firm = enterprise_of(desk, reference)
    try:
        made = classing.begin(firm, how=desk.how)
    except GuomenError as error:
        messages.error(request, refusals.said(error))
        return redirect("officer:class-file", reference=reference)
    return redirect("officer:assessment", pk=made.pk)


def _assessment(desk: Desk, pk: int) -> Assessment:
    rows = Assessment.objects.filter(enterprise__agency__path__startswith=path_of(desk))
    found = rows.select_related("enterprise").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@at_desk(Move.SEE_STANDING)
@require_http_methods(["GET", "POST"])
def assessment(request: HttpRequest, desk: Desk, pk: int) -> HttpResponse:
    """Show an assessment; write its scores while it is open to the assessor."""
    row = _assessment(desk, pk)
    writable = row.state in WRITABLE and Move.ASSESS in desk.moves
    if request.method == "POST" and Move.ASSESS not in desk.moves:
        raise PermissionDenied
    data = request.POST if request.method == "POST" else None
    form = ScoreForm(data, assessment=row)
    if data is not None and form.is_valid():
        given = form.cleaned_data
        try:
            classing.write(
                row, form.scored(), vetoes=given["vetoes"], how=desk.how, seen=given["seen"]
            )
        except GuomenError as error:
            form.add_error(None, refusals.said(error))
            row.refresh_from_db()
            changed: Any = data.copy()
            changed["seen"] = str(row.version)
            form.data = changed
        else:
            messages.success(request, gettext("Saved."))
            return redirect("officer:assessment", pk=pk)
    return _shown(request, desk, row, form if writable else None, wrong=data is not None)


def _shown(
    request: HttpRequest, desk: Desk, row: Assessment, form: ScoreForm | None, *, wrong: bool
) -> HttpResponse:
    derived, outlook, evidence = reading.derived_of(row)
    firm: Enterprise = row.enterprise
    trial = classing.try_out(firm, derived.grade, at=desk.now, on=today_of(desk))
    moves = [
        (move.value, tones.said(ASSESSMENT.move_names[move]))
        for move in ASSESSMENT.moves_from(AssessmentState(row.state))
        if NEEDS[move] in desk.moves
    ]
    context = {
        "row": row,
        "form": form,
        "derived": derived,
        "tone": looks.grade_tone(derived.grade) if derived.grade else None,
        "total": looks.points(derived.lowest),
        "highest": looks.points(derived.highest),
        "parts": contexts.parts_of(derived, evidence),
        "vetoes": [tones.said(VETOES[veto]) for veto in derived.vetoes],
        "lifts": looks.class_lifts(outlook),
        "drops": looks.class_drops(outlook),
        "trials": looks.trials(trial),
        "moves": moves,
        "at_bureau": derived.grade in APPROVED_BY_BUREAU,
        "missing": [tones.said(ELEMENT_NAMES[e]) for e in derived.missing],
    }
    return render(
        request, "officer/standing/assessment.html", context, status=422 if wrong else 200
    )


class _MoveForm(forms.Form):
    seen = forms.IntegerField()
    reason = forms.CharField(required=False, max_length=400)


@at_desk()
@require_POST
def move(request: HttpRequest, desk: Desk, pk: int, name: str) -> HttpResponse:
    """Submit, return, drop or sign an assessment."""
    kind = next((known for known in AssessmentMove if known.value == name), None)
    if kind is None:
        raise Http404
    if NEEDS[kind] not in desk.moves:
        raise PermissionDenied
    row = _assessment(desk, pk)
    form = _MoveForm(request.POST)
    if not form.is_valid():
        raise Http404
    given = form.cleaned_data
    try:
        classing.move(row, kind, reason=given["reason"], how=desk.how, seen=given["seen"])
    except GuomenError as error:
        messages.error(request, refusals.said(error))
    else:
        messages.success(request, gettext("Your decision stands and is on record."))
    return redirect("officer:assessment", pk=pk)
