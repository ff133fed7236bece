"""
Labels of choices in both languages, for models and forms.

Not for sentences on pages: those go through gettext in the desks.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from django.utils.functional import lazystr
from django.utils.translation import get_language, override

from guomen.core.text import Text

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


S = TypeVar("S", bound=StrEnum)


class _Label:
    """A text that reads in the language of the moment when it is turned into a string."""

    __slots__ = ("_text",)

    def __init__(self, text: Text) -> None:
        self._text = text

    def __str__(self) -> str:
        # No language is active while migrations are written: they hold the English label.
        return self._text.in_language(get_language() or "en")


def said(zh: str, en: str) -> _StrPromise:
    """Return a lazy label that reads Chinese or English when shown."""
    return lazystr(_Label(Text(zh=zh, en=en)))


def both_languages(label: object) -> Text:
    """Return a lazy label as a text in both languages, for what is written down for good."""
    with override("zh-hans"):
        zh = str(label)
    with override("en"):
        return Text(zh=zh, en=str(label))


def choices(names: Mapping[S, Text]) -> list[tuple[str, _StrPromise]]:
    """Return a table of names as the choices of a model field."""
    return [(member.value, said(text.zh, text.en)) for member, text in names.items()]
