"""
Only what can be seen goes on the registers.

A sign without a shape makes two numbers that look alike different, hides a name from every search
and can turn a line around for its reader. It comes along with what is pasted, and nobody means it:
it is taken out where a text enters. Not for what was declared: declarations stay as they came.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

# Controls, formats (zero width, directions, soft hyphen, mark of byte order), halves of pairs. What
# is private or not assigned yet stays: rare signs of names are written with it.
_SHAPELESS = frozenset({"Cc", "Cf", "Cs"})
# Letters and marks by their category that leave a blank or nothing all the same; the last two runs
# choose among shapes of the sign before them.
_BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\uffa0"
    "\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)


def visible(text: str) -> str:
    """
    Return a text without what cannot be seen: one plain space between words, none at the ends.

    >>> visible("\u200bGD\u00ad-V\u2060-7\u202e "), visible("珠海\u3000鸿达\u00a0 公司")
    ('GD-V-7', '珠海 鸿达 公司')
    """
    if text.isprintable() and "  " not in text and not _BLANK.search(text):
        return text.strip()
    spaced = "".join(" " if sign.isspace() else sign for sign in _BLANK.sub("", text))
    kept = (sign for sign in spaced if unicodedata.category(sign) not in _SHAPELESS)
    return " ".join("".join(kept).split())


def all_visible(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return values with every text among them as :func:`visible` leaves it."""
    return {k: visible(v) if isinstance(v, str) else v for k, v in given.items()}
