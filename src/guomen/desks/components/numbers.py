"""
Numbers and mixed text as they are printed: rounding, grouping, units, the thin space.

Nothing is computed here that a decision reads; these are the last step before paper or screen.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

PPM = Decimal(1_000_000)
THIN = "\u2009"
NARROW_NO_BREAK = "\u202f"
NO_BREAK = "\u00a0"
EM_DASH = "\u2014"

_HAN = r"\u3400-\u4dbf\u4e00-\u9fff"
_LATIN = r"A-Za-z0-9"
_HAN_LATIN = re.compile(rf"(?<=[{_HAN}]) ?(?=[{_LATIN}])")
_LATIN_HAN = re.compile(rf"(?<=[{_LATIN}%]) ?(?=[{_HAN}])")


def key_of(text: str) -> int | None:
    """
    Return the number that a form sends to name a record, or None: what is sent is never trusted.

    >>> key_of("17"), key_of("²"), key_of("9" * 5000)
    (17, None, None)
    """
    return int(text) if text.isascii() and text.isdigit() and len(text) < _KEY else None


_KEY = 16


def spaced(text: str) -> str:
    """
    Put one thin space where Chinese meets Latin letters or digits.

    >>> spaced("依据GB/T 2828.1抽样") == "依据\u2009GB/T 2828.1\u2009抽样"
    True
    """
    return _LATIN_HAN.sub(THIN, _HAN_LATIN.sub(THIN, text))


def rounded(value: Decimal | int | float | str, places: int) -> Decimal:
    """
    Round half away from zero to a number of decimal places.

    >>> rounded("0.125", 2)
    Decimal('0.13')
    """
    return Decimal(str(value)).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def grouped(value: Decimal | int | float | str, places: int | None = None) -> str:
    """
    Print a number with thousands commas; without places, as many decimals as it carries.

    >>> grouped(Decimal("1234567.50")), grouped("1234.5", 2)
    ('1,234,567.5', '1,234.50')
    """
    number = Decimal(str(value)) if places is None else rounded(value, places)
    if places is None:
        number = number.normalize()
        number = number.quantize(Decimal(1)) if number == number.to_integral() else number
    return f"{number:,f}".replace("-", "\u2212")


def percent(fraction: Decimal | float | str, places: int = 2) -> str:
    """
    Print a fraction in [0, 1] as a percentage.

    >>> percent("0.03125")
    '3.13\\u202f%'
    """
    return f"{grouped(Decimal(str(fraction)) * 100, places)}{NARROW_NO_BREAK}%"


def ppm_percent(ppm: int) -> str:
    """
    Print parts per million as a percentage with as many decimals as it needs, two at least.

    >>> ppm_percent(125_000), ppm_percent(125)
    ('12.50\\u202f%', '0.0125\\u202f%')
    """
    exact = Decimal(ppm) * 100 / PPM
    exponent = exact.normalize().as_tuple().exponent
    places = max(2, -exponent) if isinstance(exponent, int) else 2
    return f"{grouped(exact, places)}{NARROW_NO_BREAK}%"


def rate(numerator: int, denominator: int) -> str:
    """
    Print a rate with its counts; a denominator of nought has no rate.

    >>> rate(1, 8)
    '12.50\\u202f% (1/8)'
    """
    counts = f"({grouped(numerator)}/{grouped(denominator)})"
    if denominator == 0:
        return f"{EM_DASH} {counts}"
    return f"{percent(Decimal(numerator) / Decimal(denominator))} {counts}"


def money(amount: Decimal | int | str, currency: str = "CNY") -> str:
    """
    Print an amount with its currency code.

    >>> money("12300.005")
    'CNY\\xa012,300.01'
    """
    return f"{currency}{NO_BREAK}{grouped(amount, 2)}"


def quantity(amount: Decimal | int | str, unit: str) -> str:
    """
    Print an amount with its unit.

    >>> quantity(Decimal("24000.000"), "kg")
    '24,000\\xa0kg'
    """
    return f"{grouped(amount)}{NO_BREAK}{unit}"
