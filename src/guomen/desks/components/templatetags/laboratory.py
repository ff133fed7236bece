"""Tags of the pages about samples: states, people and places of custody."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import template
from django.utils.translation import gettext

from guomen.core.text import Text
from guomen.desks.components import laboratory, numbers, tones
from guomen.desks.components.templatetags.guomen import badge, says
from guomen.journeys.laboratory.reading import hazard_name
from guomen.rulebooks import laboratory as book
from guomen.supervision.samples.models import Control
from guomen.supervision.samples.operations import STORE

register = template.Library()


@register.simple_tag
def lab_badge(kind: str, state: str, size: str = "bare") -> str:
    """Show a state; kind is sample, test, run, verdict or control."""
    tone = tones.look(laboratory.TONES[kind], state)
    return badge(tone.colour, tone.icon, tone.word, size)


@register.filter
def portion(code: str) -> Any:
    """Word what a sample is for."""
    return laboratory.PORTIONS.get(code, code)


@register.filter
def condition(code: str) -> Any:
    """Word how a sample was found."""
    return laboratory.CONDITIONS.get(code, code)


@register.simple_tag
def holder(key: str, people: Mapping[str, tuple[str, str]]) -> str:
    """Name who holds a sample: an officer, the store of an agency, or a courier by own words."""
    if key in people:
        zh, en = people[key]
        return says(Text(zh=zh, en=en or zh))
    if key.startswith(STORE):
        return gettext("Store of %(agency)s") % {"agency": key.removeprefix(STORE)}
    return key


@register.simple_tag
def verdict_says(verdict: Any) -> str:
    """Say why a verdict is what it is."""
    return says(Text(zh=verdict.says_zh, en=verdict.says_en))


@register.simple_tag
def method_name(code: str) -> str:
    """Name the hazard that a method tests, and its standard."""
    method = book.BY_CODE.get(code)
    return code if method is None else f"{says(method.name)} · {method.standard}"


@register.filter
def material(control: Control) -> str:
    """Name a control material by the hazard that it holds, and its level."""
    return numbers.spaced(laboratory.material(control))


@register.filter
def unit_word(unit: str) -> str:
    """Print a unit; what is only found or not found has none."""
    return "" if unit == book.FOUND else unit


@register.filter
def trimmed(value: Decimal | None) -> str:
    """Print a stored number without the zeros that its column adds."""
    return numbers.EM_DASH if value is None else f"{value.normalize():f}"


@register.filter
def only_found(unit: str) -> bool:
    """Tell whether a method gives no number: something is found, or not."""
    return unit == book.FOUND


@register.filter
def mean_word(control: Control) -> str:
    """Print what a control material must give: its mean with the unit, or found and not found."""
    if control.unit == book.FOUND:
        return f"{laboratory.expected(control)} ({trimmed(control.mean)})"
    return f"{trimmed(control.mean)} {control.unit}"


@register.filter
def pair_of(table: Mapping[int, Any], key: int) -> Any:
    """Return what a table has under a number, or None."""
    return table.get(key)


@register.filter
def hazard_word(code: str) -> str:
    """Name a hazard by its code."""
    return says(hazard_name(code))
