"""The pages of the public: what Guomen is, and the fair draw that anybody can verify."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from guomen.core.draw import NO_ANCHOR
from guomen.core.ruling import GATE_NAMES
from guomen.desks.components import clock, tones
from guomen.desks.public.forms import DrawForm
from guomen.supervision.ledger import queries as ledger

# Keys older than this are asked for by their day.
SHOWN = timedelta(days=30)
_FROM_ADDRESS = ("day", "agency", "root", "counter", "chance", "anchor")


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Say what Guomen is and where to go."""
    gates = [(GATE_NAMES[gate], tones.GATE_QUESTIONS[str(gate)]) for gate in GATE_NAMES]
    return render(request, "public/home.html", {"gates": gates})


@require_safe
def fair_draw(request: HttpRequest) -> HttpResponse:
    """Explain the fair draw, list the keys, and offer to verify one draw in the browser."""
    today = timezone.localtime(clock.now()).date()
    given = _given(request)
    form = DrawForm(initial=given)
    published = [key for key in reversed(ledger.draw_keys()) if key.day >= today - SHOWN]
    context = {
        "form": form,
        "prefilled": bool(request.GET.get("root")),
        "days": [key for key in published if key.day <= today],
        "ahead": [key for key in reversed(published) if key.day > today],
        "today": today,
        "demo": settings.GUOMEN_DEMO,
    }
    return render(request, "public/fair_draw.html", context)


def _given(request: HttpRequest) -> dict[str, Any]:
    """Fill the form from the address, and with what is published about the day."""
    given: dict[str, Any] = {"counter": 0, "anchor": NO_ANCHOR}
    asked = {name: request.GET[name] for name in _FROM_ADDRESS if request.GET.get(name)}
    return given | _published(asked.get("day", ""), asked.get("agency", "")) | asked


def _published(day: str, agency: str) -> dict[str, Any]:
    try:
        published = ledger.draw_key(date.fromisoformat(day), agency)
    except ValueError:
        return {}
    if published is None:
        return {}
    return {
        "anchor": ledger.previous_anchor(published.day),
        "commitment": published.commitment,
        "key": published.key or "",
    }
