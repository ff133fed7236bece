"""
What enterprises and sites are found by: every two signs of a Chinese name, words, numbers.

One definition for every database, without an extension of any: the terms are rows. A Chinese run
gives its pairs of signs, so that any two of them that stand together find the name; everything
else gives words in small letters, found by how they begin. Not for telling whether two records
are alike.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

LONGEST = 40
# Runs of Han signs, the rarer blocks included, against everything else.
_RUNS = re.compile(r"([\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+)")
_SPLIT = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A term that is looked for: as it stands, or only how it begins."""

    term: str
    begins: bool


def plain(text: str) -> str:
    """
    Return a text in one width and small letters.

    >>> plain("珠海ＡＢ")
    '珠海ab'
    """
    return unicodedata.normalize("NFKC", text).lower()


def of_name(text: str) -> set[str]:
    """
    Return the terms of a name.

    >>> sorted(of_name("珠海鸿达 Co., Ltd"))
    ['co', 'ltd', '海鸿', '珠海', '达', '鸿达']
    """
    found: set[str] = set()
    for part in _RUNS.split(plain(text)):
        if _RUNS.fullmatch(part):
            # The last sign by itself, so that a single sign that is looked for is found anywhere.
            found |= {part[at : at + 2] for at in range(len(part))}
        else:
            for word in part.split():
                pieces = [piece for piece in _SPLIT.split(word) if piece]
                found |= {piece[:LONGEST] for piece in (*pieces, "".join(pieces)) if piece}
    return found


def of_number(text: str | None) -> set[str]:
    """
    Return the terms of a reference, a code or a telephone: whole, and each part by itself.

    >>> sorted(of_number("ENT-000012-7"))
    ['0000127', 'ent0000127']
    """
    pieces = [piece for piece in _SPLIT.split(plain(text or "")) if piece]
    whole = "".join(pieces)
    rest = "".join(pieces[1:]) if len(pieces) > 1 else ""
    return {piece[:LONGEST] for piece in (whole, rest) if piece}


def of_code(text: str | None) -> set[str]:
    """
    Return the terms of a credit code: whole, from its organisation code on, and its last six signs.

    >>> sorted(of_code("91350100M000100Y43"))
    ['100y43', '91350100m000100y43', 'm000100y43']
    """
    whole = plain(text or "")
    return {part for part in (whole, whole[8:], whole[-6:]) if part}


def wanted(text: str) -> list[Wanted]:
    """
    Return the terms that must all be there for a search.

    >>> [(one.term, one.begins) for one in wanted("鸿达华 Foods ent-12")]
    [('鸿达', False), ('达华', False), ('foods', True), ('ent12', True)]
    """
    found: list[Wanted] = []
    for word in plain(text).split():
        for part in _RUNS.split(word):
            if _RUNS.fullmatch(part):
                found += _signs(part)
            elif piece := "".join(_SPLIT.split(part)):
                found.append(Wanted(term=piece[:LONGEST], begins=True))
    return list(dict.fromkeys(found))


def _signs(part: str) -> Iterable[Wanted]:
    if len(part) == 1:
        return [Wanted(term=part, begins=True)]
    return [Wanted(term=part[at : at + 2], begins=False) for at in range(len(part) - 1)]
