"""
Rounding of numbers before they are compared, by GB/T 8170-2008.

Decimal only: a binary float has already been rounded once, and the standard
forbids rounding twice. Not for display.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal


def round_to(value: Decimal, interval: Decimal) -> Decimal:
    """
    Round to the nearest multiple of an interval, a tie to the even multiple.

    The interval is the standard's 修约间隔: a power of ten, or 0.5 or 0.2 of one.
    Source: GB/T 8170-2008, 3.2 and 3.4.

    >>> round_to(Decimal("0.0325"), Decimal("0.001"))
    Decimal('0.032')
    >>> round_to(Decimal("60.25"), Decimal("0.5"))
    Decimal('60.0')
    """
    return (value / interval).to_integral_value(ROUND_HALF_EVEN) * interval


def interval_of(*numbers: Decimal | None) -> Decimal:
    """
    Return the interval that limits are written to: one in their last written place.

    >>> interval_of(Decimal("0.20"), None)
    Decimal('0.01')
    """
    exponents = [int(n.as_tuple().exponent) for n in numbers if n is not None]
    return Decimal(1).scaleb(min(exponents, default=0))
