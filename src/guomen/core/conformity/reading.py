"""
What the number field of a laboratory report says.

Reports carry words where a number is due. Every text becomes one of eight kinds;
what is not understood is a kind of its own and can never conform. Not for prose:
a text with both a number and something else is not understood on purpose.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType


class Kind(StrEnum):
    """What kind of statement a report makes about a quantity."""

    VALUE = "value"
    BELOW = "below"  # below a number that the report states
    BELOW_LOD = "below_lod"  # not detected
    BELOW_LOQ = "below_loq"  # detected or not, but not quantified
    ABOVE = "above"  # above a number that the report states
    DETECTED = "detected"  # present, without a number
    MISSING = "missing"
    TEXT = "text"  # not understood


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A kind, with the number that belongs to it if there is one."""

    kind: Kind
    number: Decimal | None = None


#: A plain number. Commas are refused: they mark thousands here and decimals elsewhere.
_UNSIGNED = r"(?:[0-9]{1,30}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})(?:[eE][+-]?[0-9]{1,2})?"
PLAIN_NUMBER = rf"[+-]?{_UNSIGNED}"
_PLAIN = re.compile(PLAIN_NUMBER)
_NUMBER = rf"(?P<number>{_UNSIGNED})"
_BOUNDED: Mapping[Kind, re.Pattern[str]] = {
    Kind.BELOW: re.compile(rf"(?:(?:nd|n\.d\.|未检出)\(?)?(?:<|≤|<=|小于|低于){_NUMBER}\)?"),
    Kind.ABOVE: re.compile(rf"(?:>|≥|>=|大于|高于|超过){_NUMBER}"),
}
_WORDS: Mapping[str, Kind] = MappingProxyType(
    {
        word: kind
        for kind, words in {
            Kind.MISSING: "|-|--|—|——|/|na|n/a|null|none|未检|未检测|未检验|nottested",
            Kind.BELOW_LOD: (
                "nd|n.d.|n.d|未检出|阴性|negative|notdetected|<lod|低于检出限|小于检出限"
            ),
            Kind.BELOW_LOQ: "<loq|低于定量限|小于定量限|nq|notquantified|trace|痕量",
            Kind.DETECTED: "检出|阳性|detected|positive|>lod|>loq",
        }.items()
        for word in words.split("|")
    }
)
# "不得检出" is left out on purpose: it is the requirement copied, not a finding.


# Only full-width forms are folded: NFKC would turn 10² into 102.
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}


def read(raw: object) -> Reading:
    """
    Read the number field of a report: text, a number, or nothing.

    >>> read("＜0.01")
    Reading(kind=<Kind.BELOW: 'below'>, number=Decimal('0.01'))
    >>> read("未检出").kind
    <Kind.BELOW_LOD: 'below_lod'>
    >>> read("约 0.5").kind
    <Kind.TEXT: 'text'>
    """
    if raw is None:
        return Reading(kind=Kind.MISSING)
    if isinstance(raw, bool):
        return Reading(kind=Kind.TEXT)
    if isinstance(raw, int | float | Decimal):
        return _number(Decimal(repr(float(raw))) if isinstance(raw, float) else Decimal(raw))
    if not isinstance(raw, str):
        return Reading(kind=Kind.TEXT)
    plain = raw.strip(" ")
    if _PLAIN.fullmatch(plain):
        return _number(Decimal(plain))
    return _read_words(plain)


def _number(value: Decimal) -> Reading:
    return Reading(kind=Kind.VALUE, number=value) if value.is_finite() else Reading(kind=Kind.TEXT)


def _read_words(plain: str) -> Reading:
    folded = "".join(plain.translate(_FULL_WIDTH).casefold().split())
    if folded in _WORDS:
        return Reading(kind=_WORDS[folded])
    if _PLAIN.fullmatch(folded) and len(folded) == len(plain):  # full-width digits, nothing removed
        return _number(Decimal(folded))
    for kind, pattern in _BOUNDED.items():
        if found := pattern.fullmatch(folded):
            return Reading(kind=kind, number=Decimal(found["number"]))
    return Reading(kind=Kind.TEXT)
