"""Sentences for people in both languages of the house."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """
    One sentence, Chinese first.

    >>> Text(zh="放行", en="Release").in_language("en-us")
    'Release'
    """

    zh: str
    en: str

    def in_language(self, language: str) -> str:
        """Return the sentence for a language tag; anything that is not English reads Chinese."""
        return self.en if language.lower().startswith("en") else self.zh
