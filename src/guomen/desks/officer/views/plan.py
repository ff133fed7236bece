"""The plan of the day: load against capacity, release by two persons, how well it went."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from guomen.core.errors import GuomenError
from guomen.core.targeting.plan import Move as Transferred
from guomen.desks.components import jobs as long_work
from guomen.desks.components import listing, moments, numbers, targeting
from guomen.desks.officer.access import Desk, at_desk
from guomen.desks.officer.permissions import Move
from guomen.journeys.jobs import regular
from guomen.journeys.series_names import names_of
from guomen.journeys.targeting import looking, releasing
from guomen.journeys.targeting.looking import Evaluation, PlanView
from guomen.journeys.targeting.releasing import PlanAlteredError
from guomen.rulebooks import targeting as settings
from guomen.supervision.targeting.lifecycle import PLAN, PlanMove, PlanState
from guomen.supervision.targeting.models import DailyPlan
from guomen.supervision.targeting.operations import SecondPersonError

# Which moves of an officer allow a move of a plan. Either person may set a plan aside.
ALLOWED: Mapping[PlanMove, frozenset[Move]] = MappingProxyType(
    {
        PlanMove.PROPOSE: frozenset({Move.PROPOSE_PLAN}),
        PlanMove.RELEASE: frozenset({Move.RELEASE_PLAN}),
        PlanMove.ROLL_BACK: frozenset({Move.RELEASE_PLAN}),
        PlanMove.DROP: frozenset({Move.PROPOSE_PLAN, Move.RELEASE_PLAN}),
    }
)
_BACK = MappingProxyType(
    {PlanMove.ROLL_BACK: releasing.roll_back, PlanMove.DROP: releasing.drop},
)
_FORWARD = MappingProxyType(
    {PlanMove.PROPOSE: releasing.propose, PlanMove.RELEASE: releasing.release},
)


class ReasonForm(forms.Form):
    """Why a plan is taken back or set aside."""

    reason = forms.CharField(
        label=gettext_lazy("Why it is set aside or rolled back"),
        help_text=gettext_lazy("Not needed to propose or to release. It stands in the ledger."),
        max_length=200,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


@at_desk(Move.SEE_PLAN)
@require_safe
def newest(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Show the newest plan of the bureau, or what a plan would be."""
    row = _plans(desk).first()
    return _shown(request, desk, row, ReasonForm())


@at_desk(Move.SEE_PLAN)
@require_safe
def one(request: HttpRequest, desk: Desk, reference: str) -> HttpResponse:
    """Show one plan, also one of the past."""
    return _shown(request, desk, _plan(desk, reference), ReasonForm())


def _plans(desk: Desk) -> QuerySet[DailyPlan]:
    found: QuerySet[DailyPlan] = looking.plans_for(desk.officer.agency.path)
    return found.defer("model__payload")


def _plan(desk: Desk, reference: str) -> DailyPlan:
    found = _plans(desk).filter(reference=reference).first()
    if found is None:
        raise Http404
    return found


def _shown(
    request: HttpRequest, desk: Desk, row: DailyPlan | None, form: ReasonForm, status: int = 200
) -> HttpResponse:
    view = None if row is None else looking.view(row)
    ports = view.ports if view else ()
    names = names_of({"port": port} for port in _named(view))
    moves = _moves(desk, row)
    failed = regular.failed_plan(desk.officer.agency.path, on=desk.day)
    context = {
        "row": row,
        "plan": view,
        "title": _title(desk, row, view),
        "ports": [(port, names.of({"port": port.port})) for port in ports],
        "hours": [
            (option, names.of({"port": option.source}), names.of({"port": option.target}))
            for option in _worth_moving(view)
        ],
        "missing": [names.of({"port": port}) for port in (view.without_capacity if view else ())],
        "failed": failed,
        "failed_says": failed and long_work.Shown(job=failed.job, address="").problem,
        "again": failed and regular.again_at(failed),
        "builds": Move.PROPOSE_PLAN in desk.moves,
        "form": form,
        "moves": [(move.value, targeting.MOVES[move.value]) for move in moves],
        "in_force": row is not None and row.state == PlanState.RELEASED.value,
        "needs_reason": any(move in _BACK for move in moves),
        "mine": row is not None
        and row.state == PlanState.PROPOSED.value
        and row.proposed_by == desk.officer.key,
        "log": listing.page_of(request, _plans(desk).defer("text", "model__payload")),
        "desk": desk,
        "watches": Move.WATCH in desk.moves,
    }
    return render(request, "officer/plan/plan.html", context, status=status)


def _worth_moving(view: PlanView | None) -> list[Transferred]:
    """Return moves of minutes between ports that are worth anything as it is shown, best first."""
    options = view.moves if view else ()
    return sorted(
        (option for option in options if round(option.gain, 2) > 0), key=lambda one: -one.gain
    )


def _named(view: PlanView | None) -> set[str]:
    """Return every port that a plan speaks of."""
    if view is None:
        return set()
    hours = {port for option in view.moves for port in (option.source, option.target)}
    return {port.port for port in view.ports} | hours | set(view.without_capacity)


def _moves(desk: Desk, row: DailyPlan | None) -> list[PlanMove]:
    """Return what this officer may do to a plan now; whoever proposed it does not release it."""
    if row is None or not _within(desk, row):
        return []
    return [
        move
        for move in PLAN.moves_from(PlanState(row.state))
        if ALLOWED[move] & desk.moves
        and not (move is PlanMove.RELEASE and row.proposed_by == desk.officer.key)
    ]


def _within(desk: Desk, row: DailyPlan) -> bool:
    """Tell whether a plan is one of the officer's own agency or below, not only read."""
    return row.agency.path.startswith(desk.officer.agency.path)


def _title(desk: Desk, row: DailyPlan | None, view: PlanView | None) -> str:
    if row is None or view is None:
        return gettext("There is no plan yet")
    if row.state == PlanState.RELEASED.value:
        return _released(desk, view)
    sentences = {
        PlanState.BUILT: gettext("The plan of %(day)s is built and waits to be proposed"),
        PlanState.PROPOSED: gettext("The plan of %(day)s waits for a second person"),
        PlanState.DROPPED: gettext("The plan of %(day)s was set aside"),
        PlanState.ROLLED_BACK: gettext("The plan of %(day)s was rolled back"),
    }
    return sentences[PlanState(row.state)] % {"day": moments.exact(row.day)}


def _released(desk: Desk, view: PlanView) -> str:
    day = moments.exact(view.day)
    if desk.day > view.day + settings.HOLDS_AFTER.value:
        return gettext("The newest plan, of %(day)s, no longer holds: lawful minimum rates") % {
            "day": day
        }
    if desk.day < view.day:
        return gettext("The plan of %(day)s is released and begins that day") % {"day": day}
    return gettext("The plan of %(day)s holds: about %(lines)s lines to open, %(finds)s finds") % {
        "day": day,
        "lines": numbers.grouped(sum(port.selected for port in view.ports), 0),
        "finds": numbers.grouped(sum(port.finds for port in view.ports), 1),
    }


@at_desk(Move.SEE_PLAN)
@require_POST
def move(request: HttpRequest, desk: Desk, reference: str, move: str) -> HttpResponse:
    """Move a plan; two persons put it into force, one takes it back."""
    if move not in targeting.MOVES:
        raise Http404
    wanted = PlanMove(move)
    if not ALLOWED[wanted] & desk.moves:
        raise PermissionDenied
    row = _plan(desk, reference)
    if not _within(desk, row):
        raise PermissionDenied
    form = ReasonForm(request.POST)
    form.fields["reason"].required = wanted in _BACK
    if not form.is_valid():
        return _shown(request, desk, row, form, status=422)
    try:
        _make(wanted, reference, form.cleaned_data["reason"], desk)
    except GuomenError as error:
        form.add_error(None, _refusal(error))
        return _shown(request, desk, _plan(desk, reference), form, status=409)
    messages.success(
        request, gettext("%(plan)s: your decision is in the ledger.") % {"plan": reference}
    )
    return redirect("officer:one-plan", reference=reference)


def _make(move: PlanMove, reference: str, reason: str, desk: Desk) -> None:
    if move in _BACK:
        _BACK[move](reference, reason=reason, at=desk.now, by=desk.officer.key)
    else:
        _FORWARD[move](reference, at=desk.now, by=desk.officer.key)


def _refusal(error: GuomenError) -> str:
    if isinstance(error, SecondPersonError):
        return gettext("You proposed this plan; a colleague must release it.")
    if isinstance(error, PlanAlteredError):
        return gettext("What is stored is not what was built. Set it aside and build it again.")
    return gettext("Somebody was quicker: this plan has moved on. Look at it again.")


@at_desk(Move.SEE_PLAN)
@require_safe
def results(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Show how well the last weeks went beside other ways of choosing."""
    found = looking.evaluation(desk.officer.agency.code, at=desk.now)
    lost = [(targeting.FATES[fate.value], n) for fate, n in found.rate.censored.items()]
    context = {
        "found": found if found.rate.checked else None,
        "title": _results_title(found),
        "lost": lost,
        "lost_lines": sum(n for _, n in lost),
        "days": settings.EVALUATION_DAYS.value.days,
        "highest": _highest(found),
        "most": max((way.high for way in found.ways), default=0.0),
        "desk": desk,
        "watches": Move.WATCH in desk.moves,
    }
    return render(request, "officer/plan/results.html", context)


def _highest(found: Evaluation) -> float:
    """Return the highest hit rate shown, on which its bars are drawn."""
    foretold = found.foretold.bands if found.foretold else ()
    rates = [band.rate for band in (*found.bands, *foretold) if band.checked]
    return max(rates, default=0.0) or 1.0


def _results_title(found: Evaluation) -> str:
    if not found.rate.checked:
        return gettext("No result yet to judge targeting by")
    checked = sum(band.checked for band in found.bands)
    if not checked:
        return gettext("%(n)s lines were checked, none of them under a plan") % {
            "n": numbers.grouped(found.rate.checked)
        }
    return gettext("%(found)s of %(checked)s lines checked under a plan did not conform") % {
        "found": numbers.grouped(sum(band.found for band in found.bands)),
        "checked": numbers.grouped(checked),
    }
