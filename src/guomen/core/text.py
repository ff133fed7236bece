"""Sentences for people in both languages of the house."""

from __future__ import annotations

import re
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


_HAN = re.compile(r"[\u3400-\u9fff]")


def sides(written: str) -> Text:
    """
    Take apart what is written in both languages as "Chinese / English"; the rest is for everybody.

    >>> sides("第12条 / art. 12").en, sides("ispm31-95-1").zh, sides("GB/T 2828.1").en
    ('art. 12', 'ispm31-95-1', 'GB/T 2828.1')
    """
    zh, slash, en = written.partition(" / ")
    if slash and _HAN.search(zh) and not _HAN.search(en):
        return Text(zh=zh, en=en)
    return Text(zh=written, en=written)
