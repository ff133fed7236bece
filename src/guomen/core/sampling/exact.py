"""
Comparisons settled with whole numbers, where floating point comes too close.

A confidence of 0.95 means 19/20: decimals are read as written. Not for bulk
work; ``search`` asks here only about near ties.
"""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction
from functools import lru_cache
from math import comb, perm

_LARGEST_POWER = 20_000
_COUNTED = 64  # beyond so many terms whole numbers are slower than sixty digits
_BELOW_SIXTY = Decimal("1e-70")


def as_written(value: float) -> Fraction:
    """Return the fraction a person meant by the shortest decimal of a float."""
    return Fraction(repr(float(value)))


def misses_at_most(lot: int, infested: int, n: int, *, slip: Fraction, miss: Fraction) -> bool:
    """Tell whether a sample of n misses all infested units with chance at most `miss`."""
    least, most = max(0, n + infested - lot), min(n, infested)
    if slip == 0 and least > 0:
        return True
    if most <= _COUNTED or slip == 0:
        return _counted(lot, infested, n, slip=slip, miss=miss)
    with localcontext() as digits:
        digits.prec = 60
        return _to_sixty_digits(lot, infested, n, slip=slip) <= _decimal(miss)


def _counted(lot: int, infested: int, n: int, *, slip: Fraction, miss: Fraction) -> bool:
    """Compare by counting samples with whole numbers."""
    most = min(n, infested)
    if slip == 0:
        other = max(n, infested)
        return perm(lot - other, most) * miss.denominator <= miss.numerator * perm(lot, most)
    total = sum(
        comb(infested, x)
        * comb(lot - infested, n - x)
        * slip.numerator**x
        * slip.denominator ** (most - x)
        for x in range(max(0, n + infested - lot), most + 1)
    )
    whole: int = comb(lot, n) * slip.denominator**most
    return bool(total * miss.denominator <= miss.numerator * whole)


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)


def _to_sixty_digits(lot: int, infested: int, n: int, *, slip: Fraction) -> Decimal:
    """Return the chance of a miss where whole numbers grow too long to be quick."""
    with localcontext() as digits:
        digits.prec = 60
        x, chance = max(0, n + infested - lot), _decimal(slip)
        terms, other = min(n, infested), max(n, infested)
        top, rest = (terms, lot - other) if x == 0 else (lot - n, infested)
        term = chance**x
        for j in range(top):
            term = term * (rest - j) / (lot - j)
        total = term
        while x < terms and term > total * _BELOW_SIXTY:
            term = term * chance * ((infested - x) * (n - x))
            term /= (x + 1) * (lot - infested - n + x + 1)
            x += 1
            total += term
        return total


@lru_cache(maxsize=65536)
def least_n(lot: int, infested: int, n: int, *, slip: float, miss_of: float) -> int:
    """Return the exact least n, starting from a close guess; `miss_of` is the confidence."""
    chance, wanted = 1 - as_written(1.0 - slip), 1 - as_written(miss_of)
    if slip == 0.0:
        chance = Fraction(0)
    while n < lot and not misses_at_most(lot, infested, n, slip=chance, miss=wanted):
        n += 1
    while n > 1 and misses_at_most(lot, infested, n - 1, slip=chance, miss=wanted):
        n -= 1
    return n


def whole_lot_suffices(infested: int, *, sensitivity: float, conf: float) -> bool:
    """Tell exactly whether inspecting every unit detects with the confidence asked."""
    if infested > _LARGEST_POWER:
        return sensitivity > 0
    return (1 - as_written(sensitivity)) ** infested <= 1 - as_written(conf)


def least_n_binomial(n: int, *, chance: Fraction, miss: Fraction) -> int:
    """Return the exact least n with (1 - chance)**n <= miss, from a close guess."""
    if n > _LARGEST_POWER:
        return n
    passed = 1 - chance
    while passed**n > miss:
        n += 1
    while n > 1 and passed ** (n - 1) <= miss:
        n -= 1
    return n
