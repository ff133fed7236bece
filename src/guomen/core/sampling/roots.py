"""
One root between two ends, without the half-second import of an optimiser.

False position with halving (Illinois); stops when the bracket cannot shrink.
Not for functions of several variables.
"""

from __future__ import annotations

from collections.abc import Callable

_ROUNDS = 300


def root(function: Callable[[float], float], low: float, high: float) -> float:
    """
    Return where the function crosses zero between `low` and `high`, to the last digits.

    >>> round(root(lambda x: x * x - 2.0, 0.0, 2.0), 12)
    1.414213562373

    :raises ValueError: if both ends have one sign
    """
    below, above = function(low), function(high)
    if below == 0.0 or above == 0.0:
        return low if below == 0.0 else high
    if (below > 0.0) == (above > 0.0):
        raise ValueError(f"no sign change between {low} and {high}")
    kept = 0
    for turn in range(_ROUNDS):
        x = (low * above - high * below) / (above - below)
        if turn % 3 == 2 or not low < x < high:  # a halving now and then bounds the worst case
            x = 0.5 * (low + high)
        if x in (low, high) or high - low <= 4e-16 * max(abs(low), abs(high)):
            break
        value = function(x)
        if value == 0.0:
            return x
        if (value > 0.0) == (below > 0.0):
            low, below = x, value
            above = 0.5 * above if kept == -1 else above
            kept = -1
        else:
            high, above = x, value
            below = 0.5 * below if kept == 1 else below
            kept = 1
    return 0.5 * (low + high)
