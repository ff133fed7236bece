"""Tags of market access: badges of licences, reviews, appeals and filings; words of codes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from guomen.core.text import Text
from guomen.desks.components import numbers, tones
from guomen.desks.components.access import looks
from guomen.desks.components.templatetags.guomen import badge

register = template.Library()


@register.simple_tag
def state_of(table: str, code: str, size: str = "") -> SafeString:
    """Show a state of a table of ``access.looks`` by colour, icon and word."""
    tone = tones.look(looks.TABLES[table], code)
    return SafeString(badge(tone.colour, tone.icon, tone.word, size))


@register.filter
def in_words(code: str | None, table: str) -> str:
    """Word a code; one outside the table is shown as it is."""
    if code is None:
        return ""
    return numbers.spaced(str(looks.WORDS[table].get(code, code)))


@register.filter
def all_in_words(codes: Iterable[str] | None, table: str) -> str:
    """Word several codes in a row."""
    separator = "、" if tones.in_chinese() else ", "
    return separator.join(in_words(code, table) for code in codes or ())


@register.filter
def name_of(row: Any) -> str:
    """Say the name of a record in the reader's language; its Chinese name where it has no other."""
    if row is None:
        return ""
    return numbers.spaced(tones.said(Text(zh=row.name_zh, en=row.name_en or row.name_zh)))


@register.filter
def prefixes(found: Iterable[str] | None) -> str:
    """Say the scope of a licence; the empty prefix covers everything."""
    listed = list(found or ())
    if not listed:
        return numbers.EM_DASH
    return gettext("any") if "" in listed else ", ".join(listed)


@register.filter
def from_places(found: Iterable[str] | None) -> str:
    """Say the origins of a scope by name; the empty one is any."""
    listed = list(found or ())
    if not listed:
        return numbers.EM_DASH
    return gettext("any") if "" in listed else all_in_words(listed, "country")


@register.filter
def people_of(keys: Iterable[str] | None, named: Mapping[str, Text]) -> str:
    """Say the names of several people in a row; one who is not known by name by the key."""
    separator = "、" if tones.in_chinese() else ", "
    return separator.join(tones.said(named.get(key, key)) for key in keys or ())


@register.filter
def either_language(row: Any, field: str) -> str:
    """Say a pair of texts that a record keeps as FIELD_zh and FIELD_en."""
    zh, en = getattr(row, f"{field}_zh", ""), getattr(row, f"{field}_en", "")
    return numbers.spaced(tones.said(Text(zh=zh, en=en or zh)))
