"""The inspector's own pages, made for a phone: the day, and one order with its checklist."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from guomen.core.errors import GuomenError
from guomen.core.examine import Examined
from guomen.desks.components import numbers, tones
from guomen.desks.components.consignments import refusals
from guomen.desks.components.templatetags.guomen import exact_day
from guomen.desks.officer.access import Desk, at_desk
from guomen.desks.officer.permissions import Move
from guomen.desks.officer.views.orders import today
from guomen.journeys import inspection
from guomen.journeys.inspection import Event, photos, reading
from guomen.journeys.inspection.reading import OrderRecord
from guomen.rulebooks import inspection as work_book
from guomen.supervision.inspections.models import (
    OrderKind,
    SealState,
    SealUse,
    WorkOrder,
)


@at_desk()
@require_safe
def mine(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Show what the officer has to do today, or had and will have on another day."""
    now = today(desk)
    day = _asked_day(request, now)
    listed = reading.my_day if day == now else reading.due_on
    orders = listed(desk.officer.key, day)
    zone = ZoneInfo(desk.officer.agency.zone)
    coming = reading.coming(desk.officer.key, day) if day == now else ()
    done = reading.done_on(desk.officer.key, datetime.combine(day, time(), zone))
    minutes = sum(order.minutes for order in orders)
    context = {
        "desk": desk,
        "day": day,
        "today": now,
        "before": day - timedelta(days=1),
        "after": day + timedelta(days=1),
        "orders": orders,
        "coming": coming,
        "done": done,
        "undecided": list(inspection.undecided(desk.officer.key)),
        "minutes": minutes,
        "title": _sentence(len(orders), len(done)) if day == now else exact_day(day),
        "firms": reading.enterprise_names([*orders, *coming, *done]),
        "places": reading.place_names([*orders, *coming]),
        "addresses": [reverse("officer:my-order", args=[o.reference]) for o in (*orders, *coming)],
        "phone": phone_settings(request, desk),
    }
    return render(request, "officer/my_day.html", context)


_FARTHEST = timedelta(days=366)


def _asked_day(request: HttpRequest, now: date) -> date:
    """Return the day that the address asks for; today where it names none, or one far away."""
    try:
        day = date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        return now
    return day if abs(day - now) <= _FARTHEST else now


def _sentence(waiting: int, done: int) -> str:
    if not waiting:
        return (
            gettext("Nothing is left for you today") if done else gettext("No work for you today")
        )
    said = ngettext("%(n)s order for you today", "%(n)s orders for you today", waiting)
    return said % {"n": numbers.grouped(waiting)}


def phone_settings(request: HttpRequest, desk: Desk) -> dict[str, Any]:
    """Return what the script on the phone needs to know."""
    return {
        "officer": desk.officer.key,
        "token": get_token(request),
        "sync": reverse("officer:my-day-sync"),
        "worker": reverse("officer:my-day-worker"),
        "day": reverse("officer:my-day"),
        "sign_in": reverse("sign-in"),
    }


@at_desk(Move.INSPECT)
@require_safe
def work(request: HttpRequest, desk: Desk, reference: str) -> HttpResponse:
    """Show one order with its checklist."""
    order = own(desk, reference)
    record = reading.record_of(order)
    context = {
        "desk": desk,
        "order": order,
        "record": record,
        "sees_line": desk.sees_line(order),
        "can_take_in": Move.RECEIVE in desk.moves,
        "live": reading.is_live(order),
        "arrived": inspection.arrived(WorkOrder.objects.filter(pk=order.pk)).exists(),
        "groups": _by_check(record),
        "title": _order_sentence(record),
        "phone": phone_settings(request, desk) | order_settings(record),
        "showed": [(code, tone.word) for code, tone in tones.SHOWED.items()],
        "seal_uses": SealUse.choices,
        "seal_states": SealState.choices,
        "forgo_reasons": work_book.FORGO_REASONS if order.kind == OrderKind.INSPECTION else {},
        "stamp": f"{desk.now.timestamp():.0f}",
    }
    return render(request, "officer/my_order.html", context)


def order_settings(record: OrderRecord) -> dict[str, Any]:
    """Return what the script knows of one order: where to send, and the answers that stand."""
    order = record.order
    return {
        "order": order.reference,
        "photos": reverse("officer:my-order-photo", args=[order.reference]),
        "most_bytes": photos.MOST_BYTES,
        "standing": standing(record),
    }


def standing(record: OrderRecord) -> dict[str, dict[str, str]]:
    """Return the answers that stand, by item."""
    return {
        state.item.code: {
            "client_id": state.finding.client_id,
            "answer": state.finding.answer,
            "value": "" if state.finding.value is None else f"{state.finding.value.normalize():f}",
            "note": state.finding.note,
        }
        for state in record.items
        if state.finding is not None
    }


def _order_sentence(record: OrderRecord) -> str:
    if not reading.is_live(record.order):
        return str(record.order.get_state_display())
    left = record.open_items
    if record.conflicts:
        return gettext("Two answers differ: choose which one stands")
    if left:
        said = ngettext("%(n)s item to answer", "%(n)s items to answer", left)
        return said % {"n": left}
    return gettext("Every item is answered")


def _by_check(record: OrderRecord) -> list[tuple[str, list[reading.ItemState]]]:
    found: dict[str, list[reading.ItemState]] = {}
    for state in record.items:
        found.setdefault(state.item.check, []).append(state)
    return list(found.items())


@at_desk(Move.INSPECT)
@require_POST
def save(request: HttpRequest, desk: Desk, reference: str) -> HttpResponse:
    """Store what the form says, where no script runs; the same form twice changes nothing."""
    order = own(desk, reference)
    events = list(_form_events(request, reading.record_of(order), desk.now))
    try:
        taken = inspection.record(reference, events, by=desk.officer.key, at=desk.now)
    except GuomenError as error:
        messages.error(request, refusals.said(error))
    else:
        refused = [one for one in taken if one.code]
        if refused:
            said = gettext("%(n)s answers could not be stored: look at the numbers.")
            messages.error(request, said % {"n": len(refused)})
        else:
            messages.success(request, gettext("Stored."))
    return redirect("officer:my-order", reference=reference)


def _form_events(request: HttpRequest, record: OrderRecord, at: datetime) -> Any:
    """Yield an event for every answer of a form that differs from what stands."""
    known = standing(record)
    stamp = request.POST.get("stamp", "")
    for state in record.items:
        code = state.item.code
        answer = request.POST.get(f"answer-{code}", "")
        value = request.POST.get(f"value-{code}", "").strip()
        note = request.POST.get(f"note-{code}", "").strip()
        before = known.get(code, {})
        given = {"answer": answer or ("conform" if value else ""), "value": value, "note": note}
        if not given["answer"] or all(before.get(k, "") == v for k, v in given.items()):
            continue
        text = f"{record.order.reference}/{code}/{stamp}/{given}"
        data = {"item": code, **given, "replaces": before.get("client_id", "")}
        yield _event("finding", text, data, at)
    seal = request.POST.get("seal-number", "").strip()
    if seal:
        use, how = request.POST.get("seal-use", ""), request.POST.get("seal-state", "")
        data = {"number": seal, "use": use, "state": how}
        yield _event("seal", f"{record.order.reference}/seal/{stamp}/{seal}", data, at)
    lot = request.POST.get("lot-name", "").strip()
    if lot:
        loaded: dict[str, Any] = {
            "lot": lot,
            "quantity": request.POST.get("lot-quantity", "").strip(),
            "unit": record.order.line.unit or "",
            "vehicle": request.POST.get("lot-vehicle", "").strip(),
            "seal": request.POST.get("lot-seal", "").strip(),
            "supervised": request.POST.get("lot-supervised") == "yes",
        }
        yield _event("lot", f"{record.order.reference}/lot/{stamp}/{lot}", loaded, at)


def _event(kind: str, name: str, data: dict[str, Any], at: datetime) -> Event:
    # The same form sent twice makes the same identity.
    return Event(client_id=str(uuid5(NAMESPACE_URL, name)), kind=kind, noted_at=at, data=data)


@at_desk(Move.INSPECT)
@require_POST
def complete(request: HttpRequest, desk: Desk, reference: str) -> HttpResponse:
    """Sign the record as it stands and have it examined."""
    order = own(desk, reference)
    name = f"{reference}/signature/{order.version}/{request.POST.get('stamp', '')}"
    sign = _event("signature", name, {"role": "inspector", "strokes": []}, desk.now)
    try:
        inspection.record(reference, [sign], by=desk.officer.key, at=desk.now)
        done = inspection.complete(reference, how=desk.how)
    except GuomenError as error:
        messages.error(request, refusals.said(error))
        return redirect("officer:my-order", reference=reference)
    say = messages.warning if done.outcome is Examined.OPEN else messages.success
    say(request, told(done))
    return redirect("officer:my-order", reference=reference)


@at_desk(Move.INSPECT)
@require_POST
def examine_late(request: HttpRequest, desk: Desk, reference: str) -> HttpResponse:
    """Sign what came after an order was closed, and have it examined anew."""
    own(desk, reference)
    try:
        done = inspection.examine_late(reference, how=desk.how)
    except GuomenError as error:
        messages.error(request, refusals.said(error))
    else:
        if done is not None:
            said = gettext("The closed order was examined anew: %(told)s")
            messages.warning(request, said % {"told": told(done)})
    return redirect("officer:my-order", reference=reference)


def told(done: inspection.Completed) -> str:
    """Say what an examination came to and what happens next."""
    outcome = str(tones.look(tones.EXAMINED, done.outcome).word)
    after = {
        Examined.CONFORM: gettext("The line goes on."),
        Examined.MORE_SAMPLING: gettext("The line waits for samples."),
        Examined.OPEN: gettext("Something that must be known is not known yet: see below."),
        Examined.SUSPECT: gettext("Another officer takes a second look."),
        Examined.FAIL: gettext("The line does not conform; its disposal is decided next."),
    }[done.outcome]
    return gettext("%(outcome)s. %(after)s") % {"outcome": outcome, "after": after}


@at_desk(Move.INSPECT)
@require_POST
def forgo(request: HttpRequest, desk: Desk, reference: str) -> HttpResponse:
    """Say that an inspection was not carried out, and why."""
    own(desk, reference)
    try:
        inspection.forgo(reference, reason=request.POST.get("reason", ""), how=desk.how)
    except GuomenError as error:
        messages.error(request, refusals.said(error))
        return redirect("officer:my-order", reference=reference)
    messages.success(
        request, gettext("Not carried out. The next goods of the same kind carry the check.")
    )
    return redirect("officer:my-day")


@at_desk(Move.INSPECT)
@require_POST
def choose(request: HttpRequest, desk: Desk, reference: str, pk: int) -> HttpResponse:
    """Let one of two answers stand."""
    own(desk, reference)
    chosen = numbers.key_of(request.POST.get("chosen", ""))
    if chosen is None:
        raise Http404
    try:
        done = inspection.choose(reference, pk, chosen=chosen, how=desk.how)
    except GuomenError as error:
        messages.error(request, refusals.said(error))
    else:
        messages.success(
            request, gettext("Your choice stands; the other answer is kept beside it.")
        )
        if done is not None:
            said = gettext("The closed order was examined anew: %(told)s")
            messages.warning(request, said % {"told": told(done)})
    return redirect("officer:my-order", reference=reference)


def own(desk: Desk, reference: str) -> WorkOrder:
    """
    Return an order that was given to this officer.

    :raises Http404: if there is none; another's is not told from one that does not exist
    """
    order = reading.own_orders(desk.officer.key).filter(reference=reference).first()
    if order is None:
        raise Http404
    return order
