"""Tags of the pages of early warning."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.translation import gettext

from guomen.desks.components import risk, tones
from guomen.desks.components.templatetags.guomen import badge

register = template.Library()


@register.simple_tag
def signal_badge(state: str, size: str = "bare") -> str:
    """Show where a signal stands by colour, icon and word."""
    tone = tones.look(risk.SIGNALS, state)
    return badge(tone.colour, tone.icon, tone.word, size)


@register.filter
def level_word(level: str) -> Any:
    """Word a level of series."""
    return risk.LEVELS.get(level, level)


@register.filter
def move_word(move: str) -> Any:
    """Word what was done to a signal."""
    return risk.MOVES.get(move, move)


@register.filter
def chance(p: float | None) -> str:
    """Show a small chance so that it can be read: three digits, or a power of ten."""
    if p is None:
        return gettext("unknown")
    if p >= 0.001:
        return f"{p:.3f}"
    digits, power = f"{p:.0e}".split("e")
    raised = str(-int(power)).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{digits} × 10⁻{raised}"
