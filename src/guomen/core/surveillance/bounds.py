"""
Upper bounds for a count to come, and how surprising a count is.

Each bound takes the fitted value, its dispersion and its variance, and answers
with a bound and a p. ``predictive`` is Guomen's own: a negative binomial that
carries the uncertainty of the fitted value; the others are the published ones.
Not for deciding whether a week alarms: see ``farrington``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import betainc, gammainc, gammaln, ndtr, ndtri

from guomen.core.surveillance.series import Floats

# A negative binomial this close to Poisson is computed as Poisson.
NEARLY_POISSON: Final = 1e-10
SEARCH_STEPS: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What the baseline says of the week to come: one number a point in each field."""

    mean: Floats
    # At least 1.
    dispersion: Floats
    # Standard error of the mean, on the scale of counts.
    error: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """A bound and the chance of so large a count, a number a point."""

    bound: Floats
    p: Floats


Bound = Callable[[Forecast, Floats, float], Limits]


def tail(counts: Floats, mean: Floats, variance: Floats) -> Floats:
    """
    Return P(Y > y) of a negative binomial with this mean and variance; Poisson where they agree.

    The negative binomial has size mean² / (variance - mean) and so the asked variance.
    """
    counts, mean, variance = np.broadcast_arrays(counts, mean, variance)
    extra = variance - mean
    poisson = extra <= NEARLY_POISSON * np.maximum(mean, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        size = np.where(poisson, 1.0, mean**2 / np.where(poisson, 1.0, extra))
        share = np.where(poisson, 0.5, 1.0 - mean / np.where(poisson, 2.0 * mean, variance))
        above = np.where(
            poisson,
            gammainc(counts + 1.0, mean),
            betainc(counts + 1.0, np.maximum(size, 1e-300), share),
        )
    return np.where(counts < 0, 1.0, np.where(mean > 0, above, 0.0))


def mass(counts: Floats, mean: Floats, variance: Floats) -> Floats:
    """Return P(Y = y) of the same distribution."""
    counts, mean, variance = np.broadcast_arrays(counts, mean, variance)
    extra = variance - mean
    poisson = extra <= NEARLY_POISSON * np.maximum(mean, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        size = mean**2 / np.where(poisson, 1.0, extra)
        log_poisson = counts * np.log(mean) - mean - gammaln(counts + 1.0)
        log_negative = (
            gammaln(counts + size) - gammaln(size) - gammaln(counts + 1.0)
            + size * np.log(mean / variance) + counts * np.log1p(-mean / variance)
        )  # fmt: skip
        chance = np.exp(np.where(poisson, log_poisson, log_negative))
    zero = (counts == 0).astype(np.float64)
    return np.where(counts < 0, 0.0, np.where(mean > 0, chance, zero))


def mid_p(counts: Floats, mean: Floats, variance: Floats) -> Floats:
    """Return P(Y > y) + P(Y = y) / 2: neither strict nor lax on counts (Lancaster 1961)."""
    halves: Floats = 0.5 * (tail(counts, mean, variance) + tail(counts - 1.0, mean, variance))
    return halves


def quantile(mean: Floats, variance: Floats, alpha: float) -> Floats:
    """Return the least whole y with P(Y > y) at most `alpha`."""
    z = -float(ndtri(alpha))
    spread = np.sqrt(variance)
    with np.errstate(divide="ignore", invalid="ignore"):
        skew = np.nan_to_num((2.0 * variance - mean) / (mean * spread))
    guess = mean + spread * (z + skew * (z * z - 1.0) / 6.0)
    found = np.where(np.isfinite(guess), np.maximum(np.floor(np.nan_to_num(guess)), 0.0), np.nan)
    return _settle(found, mean, variance, alpha)


def _settle(found: Floats, mean: Floats, variance: Floats, alpha: float) -> Floats:
    """Walk from a guess to the quantile: up with doubling strides, then halve the gap."""
    low = np.full_like(found, -1.0)
    high = np.where(np.isfinite(found), found, 0.0)
    stride = np.maximum(1.0, np.floor(0.05 * high))
    for _ in range(SEARCH_STEPS):
        short = tail(high, mean, variance) > alpha
        if not short.any():
            break
        low = np.where(short, high, low)
        high = np.where(short, high + stride, high)
        stride = np.where(short, 2.0 * stride, stride)
    # The guess is near: look just below it before halving all the way down to zero.
    for width in (1.0, 4.0, 32.0):
        below = high - width
        fits = (below > low) & (tail(below, mean, variance) <= alpha)
        high = np.where(fits, below, high)
        low = np.where(fits | (below <= low), low, below)
    while ((high - low) > 1.0).any():
        middle = np.floor(0.5 * (high + low))
        fits = tail(middle, mean, variance) <= alpha
        high, low = np.where(fits, middle, high), np.where(fits, low, middle)
    return np.where(np.isfinite(found), high, np.nan)


def predictive(forecast: Forecast, counts: Floats, alpha: float) -> Limits:
    """
    Bound by a negative binomial whose variance is dispersion * mean + error², at mid-p.

    At dispersion 1 and error² = mean² / cases this is the gamma-Poisson predictive itself.
    """
    variance = forecast.dispersion * forecast.mean + forecast.error**2
    least = quantile(forecast.mean, variance, alpha)
    # At the quantile itself the mid-p may still be small enough to alarm.
    early = mid_p(least, forecast.mean, variance) <= alpha
    return Limits(bound=least - early, p=mid_p(counts, forecast.mean, variance))


def delta(forecast: Forecast, counts: Floats, alpha: float) -> Limits:
    """Bound by the normal on the two-thirds power (Noufaily et al. 2013, equation 3)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        per_case = forecast.dispersion + forecast.error**2 / forecast.mean
        spread = np.sqrt(4.0 / 9.0 * np.cbrt(forecast.mean) * per_case)
        middle = np.cbrt(forecast.mean) ** 2
        bound = (middle - float(ndtri(alpha)) * spread) ** 1.5
        p = ndtr((middle - np.cbrt(counts) ** 2) / spread)
    return Limits(bound=bound, p=p)


def plug_in(forecast: Forecast, counts: Floats, alpha: float) -> Limits:
    """Bound by the negative binomial at the fitted value as if known (Salmon et al. 2016)."""
    variance = forecast.dispersion * forecast.mean
    return Limits(
        bound=quantile(forecast.mean, variance, alpha),
        p=tail(counts - 1.0, forecast.mean, variance),
    )


def upper_mean(forecast: Forecast, counts: Floats, alpha: float) -> Limits:
    """
    Bound by the negative binomial at the upper limit of the fitted value.

    Here alpha is spent once, half on the fitted value and half on the count; the reference spends
    it twice (Salmon et al. 2016, section 2.2.2).
    """
    return _muan(forecast, counts, 0.5 * alpha)


def upper_mean_twice(forecast: Forecast, counts: Floats, alpha: float) -> Limits:
    """Bound as ``upper_mean``, with alpha spent on both: as the reference has it."""
    return _muan(forecast, counts, alpha)


def _muan(forecast: Forecast, counts: Floats, alpha: float) -> Limits:
    mean = forecast.mean - float(ndtri(alpha)) * forecast.error
    variance = forecast.dispersion * mean
    return Limits(bound=quantile(mean, variance, alpha), p=tail(counts - 1.0, mean, variance))


BOUNDS: Final[dict[str, Bound]] = {
    "predictive": predictive,
    "delta": delta,
    "nbPlugin": plug_in,
    "muan": upper_mean,
}
