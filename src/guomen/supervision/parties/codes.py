"""
Check characters of enterprise numbers and public references.

Not for looking anything up: a number can pass its check and belong to nobody.
"""

from __future__ import annotations

import re

# GB 32100-2015, 4.5: no I, O, Z, S, V, which are mistaken for digits or for U.
_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_SHAPE = re.compile(
    rf"[1-9A-HJ-NPQRTUWXY][0-9A-HJ-NPQRTUWXY][0-9]{{6}}[{_USCC_ALPHABET}]{{10}}"
)
_MOD_11_2 = "0123456789X"
_REFERENCE = re.compile(r"[A-Z]{2,3}(?:-[0-9]+)+-[0-9X]")
# Of these kinds the check character covers the year too; of all others the number alone, as on
# every declaration, order, sample and run that is stored or printed.
_YEAR_CHECKED = frozenset({"CRT", "MSG", "NCF", "RVW"})


def check_character(digits: str) -> str:
    """
    Return the ISO/IEC 7064 MOD 11-2 check character of a string of digits.

    >>> check_character("0794")
    '0'
    >>> check_character("079")
    'X'
    """
    total = 0
    for digit in digits:
        total = (total + int(digit)) * 2 % 11
    return _MOD_11_2[(12 - total) % 11]


def reference(prefix: str, number: int) -> str:
    """
    Return a public reference: prefix, six digits or more, and a check character of the digits.

    A year in the prefix is not covered by the check; see :func:`yearly_reference`.

    >>> reference("ENT", 123), reference("DEC-2012", 123)
    ('ENT-000123-1', 'DEC-2012-000123-1')
    """
    digits = f"{number:06d}"
    return f"{prefix}-{digits}-{check_character(digits)}"


def yearly_reference(prefix: str, year: int, number: int) -> str:
    """
    Return a public reference that names its year; the check character covers the year too.

    >>> yearly_reference("CRT", 2012, 123)
    'CRT-2012-000123-4'
    >>> reference_valid(yearly_reference("CRT", 2012, 123)), reference_valid("CRT-2013-000123-4")
    (True, False)
    """
    digits = f"{number:06d}"
    return f"{prefix}-{year}-{digits}-{check_character(f'{year}{digits}')}"


def reference_valid(text: str) -> bool:
    """
    Tell whether a public reference has its shape and its check character.

    >>> reference_valid("ENT-000123-1"), reference_valid("ENT-000132-1")
    (True, False)
    >>> reference_valid(reference("DEC-2012", 123)), reference_valid("DEC-2012-000132-1")
    (True, False)
    """
    if not _REFERENCE.fullmatch(text):
        return False
    kind, *groups, check = text.split("-")
    covered = "".join(groups) if kind in _YEAR_CHECKED else groups[-1]
    return check_character(covered) == check


def uscc_check_character(first17: str) -> str:
    """
    Return the check character of a unified social credit code (GB 32100-2015, 4.6; MOD 31-3).

    >>> uscc_check_character("91350100M000100Y4")
    '3'
    """
    total = sum(
        _USCC_ALPHABET.index(character) * pow(3, place, 31)
        for place, character in enumerate(first17)
    )
    return _USCC_ALPHABET[-total % 31]


def uscc_valid(text: str) -> bool:
    """
    Tell whether a unified social credit code has its shape and its check character.

    >>> uscc_valid("91350100M000100Y43"), uscc_valid("91350100M000100Y34")
    (True, False)
    """
    return bool(_USCC_SHAPE.fullmatch(text)) and uscc_check_character(text[:17]) == text[17]
