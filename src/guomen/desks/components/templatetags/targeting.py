"""Tags of the pages of the plan of the day."""

from __future__ import annotations

import math
from typing import Any

from django import template
from django.utils.translation import gettext

from guomen.core.text import Text
from guomen.desks.components import numbers, targeting, tones
from guomen.desks.components.templatetags.guomen import badge
from guomen.supervision.targeting.models import DailyPlan

register = template.Library()


@register.simple_tag
def plan_badge(state: str, size: str = "bare") -> str:
    """Show where a plan stands by colour, icon and word."""
    tone = tones.look(targeting.PLANS, state)
    return badge(tone.colour, tone.icon, tone.word, size)


@register.filter
def way_word(name: str) -> Any:
    """Word a way of choosing lines."""
    return targeting.WAYS.get(name, name)


@register.filter
def share(value: float | None) -> str:
    """Show a share as a percentage; what cannot be said reads unknown."""
    if value is None or math.isnan(value):
        return gettext("unknown")
    return numbers.percent(value, 1)


@register.filter
def plain(value: float) -> str:
    """Write a number as an attribute takes it."""
    return f"{value:.6g}"


@register.filter
def change_said(plan: DailyPlan) -> str:
    """Say what is new in a plan."""
    return tones.said(Text(zh=plan.change_zh, en=plan.change_en))
