"""Work orders for those who give them out: the list, the plan of a day, one order, the draw."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from guomen.core.errors import GuomenError
from guomen.desks.components import listing, numbers, tones
from guomen.desks.components.consignments import refusals
from guomen.desks.officer.access import Desk, at_desk
from guomen.desks.officer.forms import GiveForm, OrdersForm
from guomen.desks.officer.permissions import Move
from guomen.journeys import assigning, work_orders
from guomen.journeys.clearance.deciding import local_day
from guomen.journeys.inspection import reading
from guomen.supervision.inspections.lifecycle import LIVE, OrderState
from guomen.supervision.inspections.models import WorkOrder

# So many are drawn for at one press of the button; the rest at the next.
_DRAWN_AT_ONCE = 200


@at_desk(Move.SEE)
@require_safe
def listed(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Show the orders that the address asks for."""
    form = OrdersForm(request.GET)
    rows = reading.orders(desk.scope.path)
    counts = reading.counts(rows)
    page = listing.page_of(request, form.narrowed(rows, today=today(desk)))
    shown = list(page.object_list)
    context = {
        "form": form,
        "page": page,
        "title": sentence(counts),
        "counts": counts,
        "waiting": counts.get(OrderState.OPEN.value, 0),
        "chips": listing.chips(request, labels=form.labels(), values=form.words()),
        "firms": reading.enterprise_names(shown),
        "people": assigning.names(shown),
        "can_assign": Move.ASSIGN in desk.moves,
        "today": today(desk),
        "live": [state.value for state in LIVE],
    }
    return render(request, "officer/orders.html", context)


def sentence(counts: dict[str, int]) -> str:
    """Say in one sentence how the work stands."""
    waiting = counts.get(OrderState.OPEN.value, 0)
    given = counts.get(OrderState.ASSIGNED.value, 0) + counts.get(OrderState.UNDERWAY.value, 0)
    if not waiting and not given:
        return gettext("No work order is open")
    parts = []
    if waiting:
        said = ngettext(
            "%(n)s order waits for an inspector", "%(n)s orders wait for an inspector", waiting
        )
        parts.append(said % {"n": numbers.grouped(waiting)})
    if given:
        said = ngettext("%(n)s is with an inspector", "%(n)s are with inspectors", given)
        parts.append(said % {"n": numbers.grouped(given)})
    return ("，" if tones.in_chinese() else "; ").join(parts)


@at_desk(Move.SEE)
@require_safe
def plan(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Show who does what on a day."""
    day = _day(request.GET.get("day")) or today(desk)
    days = reading.plan_of_day(desk.scope.path, day)
    late = sum(order.due_on < day for one in days for order in one.orders)
    context = {
        "day": day,
        "days": days,
        "late": late,
        "places": reading.place_names([order for one in days for order in one.orders]),
        "title": _plan_sentence(len(days), sum(len(one.orders) for one in days)),
        "can_assign": Move.ASSIGN in desk.moves,
    }
    return render(request, "officer/orders_plan.html", context)


def _plan_sentence(officers: int, orders: int) -> str:
    if not orders:
        return gettext("Nobody has work planned for this day")
    said = ngettext("%(orders)s orders with one officer", "%(orders)s orders with %(n)s officers",
                    officers)  # fmt: skip
    return said % {"orders": numbers.grouped(orders), "n": officers}


@at_desk(Move.ASSIGN)
@require_POST
def draw(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Draw inspectors for the orders that wait, owed checks and the oldest first."""
    work_orders.open_due(path=desk.officer.agency.path, at=desk.now)
    waiting = reading.orders(desk.scope.path).filter(state=OrderState.OPEN.value)
    ordered = waiting.order_by("-owed", "due_on", "reference")
    references = list(ordered.values_list("reference", flat=True)[:_DRAWN_AT_ONCE])
    answer = assigning.assign(references, at=desk.now, by=desk.officer.key)
    if answer.given:
        said = ngettext(
            "An inspector was drawn for %(n)s order.",
            "Inspectors were drawn for %(n)s orders.",
            len(answer.given),
        )
        messages.success(request, said % {"n": numbers.grouped(len(answer.given))})
    for code, text in (
        ("nobody_eligible", gettext("%(n)s wait: nobody with the skill has time left.")),
        ("no_key", gettext("%(n)s wait: no key of the day, so nobody can be drawn.")),
    ):
        count = sum(why == code for why in answer.waiting.values())
        if count:
            messages.warning(request, text % {"n": numbers.grouped(count)})
    return redirect("officer:orders")


@at_desk(Move.SEE)
@require_safe
def one(request: HttpRequest, desk: Desk, reference: str) -> HttpResponse:
    """Show one order: what it asks for, who has it and why, and what was recorded."""
    order = _order(desk, reference)
    return render(request, "officer/order.html", _context(desk, order))


def _context(desk: Desk, order: WorkOrder, form: GiveForm | None = None) -> dict[str, object]:
    live = reading.is_live(order)
    can_assign = Move.ASSIGN in desk.moves and live
    candidates = assigning.candidates(order, at=desk.now) if can_assign else ()
    return {
        "order": order,
        "record": reading.record_of(order),
        "sees_line": desk.sees_line(order),
        "arrived": order.late_at is not None,
        "can_take_in": Move.RECEIVE in desk.moves,
        "assignments": tuple(order.assignments.all()),
        "people": assigning.names([order], every=True),
        "candidates": candidates,
        "form": form or (GiveForm(candidates=candidates) if can_assign else None),
        "live": live,
        "mine": order.inspector == desk.officer.key and Move.INSPECT in desk.moves,
    }


@at_desk(Move.ASSIGN)
@require_POST
def give(request: HttpRequest, desk: Desk, reference: str) -> HttpResponse:
    """Give an order to a person by name, or to another one, with the reason."""
    order = _order(desk, reference)
    form = GiveForm(request.POST, candidates=assigning.candidates(order, at=desk.now))
    if not form.is_valid():
        return render(request, "officer/order.html", _context(desk, order, form), status=422)
    given = form.cleaned_data
    try:
        assigning.name(
            reference, given["officer"], reason=given["reason"], note=given["note"],
            at=desk.now, by=desk.officer.key,
        )  # fmt: skip
    except GuomenError as error:
        messages.error(request, refusals.said(error))
    else:
        messages.success(request, gettext("The order was given, and the reason is on record."))
    return redirect("officer:order", reference=reference)


def _order(desk: Desk, reference: str) -> WorkOrder:
    order = reading.order_of(desk.scope.path, reference)
    if order is None:
        raise Http404
    return order


def today(desk: Desk) -> date:
    """Return the day that it is where the officer is."""
    return local_day(desk.now, desk.officer.agency.zone)


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None
