"""
The inner searches, in plain Python that Numba can compile as it stands.

Each returns the answer and whether a comparison came so close that rounding
could turn it; the caller then settles it with exact integers (``exact``).
Flat on purpose: compiled functions that call others would tie this module to
Numba. Not for direct use: see ``ispm31``.
"""

from __future__ import annotations

import math
from typing import Final

from guomen.core.sampling.aggregated import log_gamma_rise

# Up to so many factors a plain product is both faster and closer than log-gamma.
PRODUCT_TERMS: Final = 256
NEAR: Final = 1e-11
NEGLIGIBLE: Final = 1e-18
HUGE: Final = 1e250


def least_n_perfect(lot: int, infested: int, miss: float) -> tuple[int, bool]:
    """
    Return the least n whose sample misses all infested units with chance at most `miss`.

    Hypergeometric, perfect detection: P(miss) = C(N-D, n) / C(N, n).
    """
    last = lot - infested + 1
    start = (1.0 - miss ** (1.0 / infested)) * (lot - 0.5 * (infested - 1))
    n = min(max(math.ceil(start), 1), last)
    # The chance at n - 1, since the start is exact or one too many.
    taken = n - 1
    terms = min(taken, infested)
    other = max(taken, infested)
    tolerance = NEAR
    if terms <= PRODUCT_TERMS:
        before = 1.0
        for j in range(terms):
            before *= (lot - other - j) / (lot - j)
    else:
        before = math.exp(
            math.lgamma(lot - infested + 1.0)
            - math.lgamma(lot - infested - taken + 1.0)
            - math.lgamma(lot + 1.0)
            + math.lgamma(lot - taken + 1.0)
        )
        tolerance += 4e-15 * lot * math.log(lot)
    while taken > 0 and before <= miss:
        before *= (lot - taken + 1) / (lot - infested - taken + 1)
        taken -= 1
    here = before * (lot - infested - taken) / (lot - taken)
    while here > miss:
        taken += 1
        before = here
        here *= (lot - infested - taken) / (lot - taken)
    low, high = miss * (1.0 - tolerance), miss * (1.0 + tolerance)
    near = low <= before <= high or low <= here <= high
    return taken + 1, near


def least_n_imperfect(  # noqa: C901, PLR0915 - flat, so that it compiles without its neighbours
    lot: int, infested: int, miss: float, slip: float
) -> tuple[int, bool]:
    """
    Return the least n that misses with chance at most `miss` when a unit slips with chance `slip`.

    P(miss) = sum over x of Hypergeometric(x; N, D, n) * slip**x. The caller has made sure that
    inspecting the whole lot suffices.
    """
    low, high = 0, lot
    target = math.log(miss)
    thin = (1.0 - miss ** (1.0 / infested)) * (lot - 0.5 * (infested - 1)) / (1.0 - slip)
    guess = min(max(math.ceil(thin), 1), lot)
    near = False
    rounds = 0
    while high - low > 1:
        n = min(max(guess, low + 1), high - 1)
        # Sum of positive terms from the least possible x, by ratios, kept within range.
        x = max(0, n + infested - lot)
        top = min(n, infested)
        # log of the first term
        if x == 0:
            terms, other = min(n, infested), max(n, infested)
            if terms <= PRODUCT_TERMS:
                value = 0.0
                piece = 1.0
                for j in range(terms):
                    piece *= (lot - other - j) / (lot - j)
                    if piece < 1e-200:
                        value += math.log(piece)
                        piece = 1.0
                value += math.log(piece)
            else:
                value = (
                    math.lgamma(lot - infested + 1.0)
                    - math.lgamma(lot - infested - n + 1.0)
                    - math.lgamma(lot + 1.0)
                    + math.lgamma(lot - n + 1.0)
                )
        else:
            # All sound units are in the sample: C(D, x) / C(N, n)
            value = (
                math.lgamma(infested + 1.0)
                - math.lgamma(x + 1.0)
                - math.lgamma(infested - x + 1.0)
                - math.lgamma(lot + 1.0)
                + math.lgamma(n + 1.0)
                + math.lgamma(lot - n + 1.0)
                + x * math.log(slip)
            )
        term = 1.0
        total = 1.0
        while x < top:
            term *= slip * (infested - x) * (n - x) / ((x + 1.0) * (lot - infested - n + x + 1.0))
            x += 1
            total += term
            if total > HUGE:
                value += math.log(total)
                term /= total
                total = 1.0
            elif term < NEGLIGIBLE * total:
                break
        value += math.log(total)
        if abs(value - target) <= NEAR + 4e-15 * lot * (1.0 + math.log(lot)):
            near = True
        if value <= target:
            high = n
        else:
            low = n
        rounds += 1
        if rounds > 8:
            guess = (low + high) // 2
        else:
            slope = infested * (1.0 - slip) / (lot - (1.0 - slip) * n)
            guess = math.ceil(n + (value - target) / slope)
            if guess == n:
                guess = n - 1 if high == n else n + 1
    return high, near


def log_miss_one(lot: int, infested: int, n: int, slip: float) -> float:
    """Return log P(no detection) for one lot, without array overhead."""
    if n == 0 or infested == 0:
        return 0.0
    x = max(0, n + infested - lot)
    if x > 0 and slip <= 0.0:
        return -math.inf
    top = min(n, infested)
    if x == 0 and top <= PRODUCT_TERMS:
        other = max(n, infested)
        value = math.fsum(math.log1p(-other / (lot - j)) for j in range(top))
    else:
        value = (
            _log_choose(infested, x)
            + _log_choose(lot - infested, n - x)
            - _log_choose(lot, n)
            + (x * math.log(slip) if x else 0.0)
        )
    term = total = 1.0
    while x < top and term >= NEGLIGIBLE * total:
        term *= slip * (infested - x) * (n - x) / ((x + 1.0) * (lot - infested - n + x + 1.0))
        x += 1
        total += term
        if total > HUGE:
            value += math.log(total)
            term, total = term / total, 1.0
    return value + math.log(total)


def _log_choose(n: int, k: int) -> float:
    k = min(k, n - k)
    return log_gamma_rise(n - k + 1.0, float(k)) - math.lgamma(k + 1.0)
