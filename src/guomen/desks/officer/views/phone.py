"""What a phone sends and fetches by itself: records, photos, and the worker that keeps pages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from importlib import resources
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from guomen.core.errors import GuomenError
from guomen.desks.components.consignments import refusals
from guomen.desks.components.tones import Words
from guomen.desks.officer.access import Desk, at_desk
from guomen.desks.officer.permissions import Move
from guomen.desks.officer.views import my_day
from guomen.journeys import inspection
from guomen.journeys.inspection import Event, photos, reading
from guomen.supervision.inspections.models import Photo

# What a phone sends at once; more comes with the next call.
_MOST_EVENTS = 500
COMPLETE = "complete"
# Why a photo is refused, and what to do.
_SENTENCES: Mapping[str, Words] = {
    "no_file": gettext_lazy("No photo came with its time. Take it again."),
    "empty": gettext_lazy("The file is empty: nothing was written into it. Take the photo again."),
    "too_big": gettext_lazy("The file is larger than 20 MB. Take the photo again, smaller."),
    "too_many_pixels": gettext_lazy("The picture is too large to be opened. Take it again."),
    "no_picture": gettext_lazy("This is no JPEG, PNG or WebP picture. Send a photo."),
    "broken": gettext_lazy("The picture is damaged and cannot be opened. Take it again."),
    "bad_identity": gettext_lazy("The photo has no identity. Open the order again and retry."),
    "bad_item": gettext_lazy("No item of a checklist is named so. Open the order again and retry."),
    "other_content": gettext_lazy("Another photo was sent under this identity. Take it again."),
    "too_many": gettext_lazy("This order has 60 photos already."),
}
# Why a record is refused, and what to do.
_RECORDS: Mapping[str, Words] = {
    "bad_record": gettext_lazy("The record cannot be read. Note it again."),
    "bad_answer": gettext_lazy("The checklist does not ask this. Open the order again."),
    "bad_value": gettext_lazy("This is no number that can be kept here. Note it again."),
    "bad_seal": gettext_lazy("A seal needs its number, and how it was. Note it again."),
    "bad_lot": gettext_lazy("A lot needs a name and a quantity above nought. Note it again."),
    "bad_signer": gettext_lazy("It is not said who signs. Sign again."),
    "bad_strokes": gettext_lazy("The signature has too many strokes. Sign again."),
    "client_id_reused": gettext_lazy("Another record was sent under this identity. Note it again."),
}


@at_desk(Move.INSPECT)
@require_POST
def sync(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Take records of one order; answer for each what became of it, and what stands now."""
    try:
        sent = json.loads(request.body)
        sent_at = _moment(sent["sent_at"])
        reference, raw = str(sent["order"]), list(sent["events"])[:_MOST_EVENTS]
        events = [_event(one) for one in raw]
    except (ValueError, KeyError, TypeError):
        return _refused(400, "bad_request", "Send an order, the time of sending and its records.")
    order = my_day.own(desk, reference)
    off = round((desk.now - sent_at).total_seconds())
    records = [event for event in events if event.kind != COMPLETE]
    off_by = max(-_MOST, min(_MOST, off))
    taken = inspection.record(
        reference, records, by=desk.officer.key, at=desk.now, clock_off=off_by
    )
    answers = [
        {"client_id": one.client_id, "status": one.status.value, "code": one.code}
        | ({"says": str(_RECORDS[one.code])} if one.code else {})
        for one in taken
    ]
    answers += [_completed(desk, reference, event) for event in events if event.kind == COMPLETE]
    order = my_day.own(desk, reference)
    record = reading.record_of(order)
    return JsonResponse(
        {
            "taken": answers,
            "standing": my_day.standing(record),
            "conflicts": len(record.conflicts),
            "state": order.state,
            "clock_off": off,
        }
    )


# Seconds by which a clock can be off and still be written down.
_MOST = 2_000_000_000


def _completed(desk: Desk, reference: str, event: Event) -> dict[str, str]:
    """Have the record examined, as was wished for without a network."""
    order = my_day.own(desk, reference)
    answer = {"client_id": event.client_id, "status": "stored", "code": ""}
    if not reading.is_live(order):
        return answer
    try:
        done = inspection.complete(reference, how=desk.how)
    except GuomenError as error:
        return answer | {"status": "refused", "code": error.code, "says": refusals.said(error)}
    return answer | {"says": my_day.told(done)}


def _event(raw: dict[str, Any]) -> Event:
    data = raw.get("data", {})
    if not isinstance(data, dict):
        raise TypeError
    return Event(
        client_id=str(raw["client_id"]),
        kind=str(raw["kind"]),
        noted_at=_moment(raw["noted_at"]),
        data=data,
    )


def _moment(text: object) -> datetime:
    found = parse_datetime(str(text))
    if found is None or found.tzinfo is None:
        raise ValueError(text)
    return found


@at_desk(Move.INSPECT)
@require_POST
def send_photo(request: HttpRequest, desk: Desk, reference: str) -> HttpResponse:
    """Take one photo of an order."""
    order = my_day.own(desk, reference)
    file = request.FILES.get("photo")
    noted_at = parse_datetime(request.POST.get("noted_at", ""))
    if file is None or noted_at is None or noted_at.tzinfo is None:
        return _refused(422, "no_file", str(_SENTENCES["no_file"]))
    sent = photos.Sent(
        client_id=request.POST.get("client_id", ""),
        content=file.read(photos.MOST_BYTES + 1),
        item=request.POST.get("item", ""),
        noted_at=noted_at,
        place=request.POST.dict(),
    )
    try:
        kept = photos.keep(order.reference, sent, by=desk.officer.key, at=desk.now)
    except photos.PhotoRefusedError as error:
        return _refused(422, error.data["why"], str(_SENTENCES[error.data["why"]]))
    return JsonResponse({"client_id": kept.client_id, "status": "stored", "sha256": kept.sha256})


def _refused(status: int, code: str, says: str) -> JsonResponse:
    return JsonResponse({"status": "refused", "code": code, "says": says}, status=status)


@at_desk()
@require_safe
def photo(request: HttpRequest, desk: Desk, client_id: str) -> HttpResponse:
    """Show a photo to those who may see its order."""
    row = Photo.objects.select_related("order__agency").filter(client_id=client_id).first()
    if row is None:
        raise Http404
    sees = Move.SEE in desk.moves and desk.officer.sees(row.order.agency.path)
    if not sees and not reading.own_orders(desk.officer.key).filter(pk=row.order_id).exists():
        raise Http404
    answer = HttpResponse(photos.path_of(row).read_bytes(), content_type="image/jpeg")
    answer["Content-Disposition"] = f'inline; filename="{row.sha256[:16]}.jpg"'
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, max-age=86400"
    return answer


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """Return the worker that keeps the pages of the day on the phone."""
    source = resources.files("guomen.desks.officer") / "static" / "officer" / "worker.js"
    answer = HttpResponse(source.read_bytes(), content_type="text/javascript")
    answer["Cache-Control"] = "no-cache"
    return answer
