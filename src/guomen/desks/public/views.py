"""The pages of the public: what Guomen is, and the fair draw that anybody can verify."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from guomen.core.draw import NO_ANCHOR
from guomen.core.ruling import GATE_NAMES
from guomen.desks.components import clock, tones
from guomen.desks.public import days
from guomen.desks.public.forms import DrawForm

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
    context = {
        "form": form,
        "prefilled": bool(request.GET.get("root")),
        "days": days.near(today),
        "today": today,
        "demo": settings.GUOMEN_DEMO,
    }
    return render(request, "public/fair_draw.html", context)


def _given(request: HttpRequest) -> dict[str, Any]:
    """Fill the form from the address, and the day's commitment and key from what is published."""
    given: dict[str, Any] = {"counter": 0, "anchor": NO_ANCHOR}
    given |= {name: request.GET[name] for name in _FROM_ADDRESS if request.GET.get(name)}
    published = _published(given)
    if published is None:
        return given
    return given | {"commitment": published.commitment, "key": published.key or ""}


def _published(given: dict[str, Any]) -> days.KeyDay | None:
    try:
        day = date.fromisoformat(given.get("day", ""))
    except ValueError:
        return None
    return days.one_or_none(day, given.get("agency", ""))
