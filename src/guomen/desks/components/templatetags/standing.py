"""The tags of class and credit: why a level was given, what a record does, badges of both."""

from __future__ import annotations

from django import template

from guomen.core.credit import CAUSE_NAMES, Cause
from guomen.core.credit_outlook import EFFECT_NAMES, Effect
from guomen.desks.components import tones
from guomen.desks.components.standing import looks
from guomen.desks.components.templatetags.guomen import badge

register = template.Library()

_EFFECTS = {
    Effect.COUNTS: ("amber", "minus"),
    Effect.SUSPENDED: ("slate", "question"),
    Effect.EXPIRED: ("faint", "clock"),
    Effect.LATER: ("faint", "clock"),
}


@register.filter
def cause(code: str) -> str:
    """Say what gave a level."""
    return tones.said(CAUSE_NAMES[Cause(code)])


@register.simple_tag
def effect_badge(effect: Effect | None) -> str:
    """Show what a record does in the running cycle."""
    if effect is None:
        return ""
    colour, icon = _EFFECTS[effect]
    return badge(colour, icon, tones.said(EFFECT_NAMES[effect]), "bare")


@register.simple_tag
def level_badge(level: str) -> str:
    """Show a credit level."""
    tone = looks.level_tone(level)
    return badge(tone.colour, tone.icon, tone.word)


@register.simple_tag
def grade_badge(grade: int | None) -> str:
    """Show a class; one that is not known yet says so."""
    if grade is None:
        return badge("amber", "question", "—")
    tone = looks.grade_tone(grade)
    return badge(tone.colour, tone.icon, tone.word)


@register.simple_tag
def risk_badge(level: str | None, size: str = "") -> str:
    """Show a product risk; one that cannot be told says so."""
    if level is None:
        return badge("amber", "question", "—", size)
    tone = tones.look(looks.RISKS, level)
    return badge(tone.colour, tone.icon, tone.word, size)


@register.filter
def points(hundredths: int | str | None) -> str:
    """Print a total that is kept in hundredths of a point; none on file is a dash."""
    return looks.points(hundredths if isinstance(hundredths, int) else None)
