"""What a list of levels or classes shows of the lists that its reader kept."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from guomen.desks.officer.access import Desk
from guomen.desks.officer.permissions import Move
from guomen.supervision.agencies.models import SavedView


def context(request: HttpRequest, desk: Desk, room: str) -> dict[str, Any]:
    """Return what a page of such a list shows of keeping and sending it."""
    return {
        "kept_room": room,
        "kept": list(SavedView.objects.filter(officer__key=desk.officer.key, room=room)),
        "kept_query": request.GET.urlencode(),
        "can_send": Move.EXPORT in desk.moves,
    }
