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
    halves: Floats = tail(counts, mean, variance) + 0.5 * mass(counts, mean, variance)
    return halves


def quantile(mean: Floats, variance: Floats, alpha: float) -> Floats:
    """Return the least whole y with P(Y > y) at most `alpha`; NaN where the mean is not known."""
    return _quantile(mean, variance, alpha)[0]


def _quantile(mean: Floats, variance: Floats, alpha: float) -> tuple[Floats, Floats, Floats]:
    """
    Return the quantile with P(Y > y) and P(Y = y) there.

    From a Cornish-Fisher guess the tail is walked term by term: neighbouring chances are in a
    simple ratio, so the costly functions are asked once.
    """
    z = -float(ndtri(alpha))
    spread = np.sqrt(variance)
    with np.errstate(divide="ignore", invalid="ignore"):
        skew = np.nan_to_num((2.0 * variance - mean) / (mean * spread))
        guess = mean + spread * (z + skew * (z * z - 1.0) / 6.0)
        # P(y + 1) / P(y) = (mean + lean * y) / (scale * (y + 1)): negative binomial and Poisson.
        scale = np.where(mean > 0, variance / mean, 1.0)
    y = np.floor(np.maximum(np.nan_to_num(guess), 0.0))
    above, here = tail(y, mean, variance), mass(y, mean, variance)
    _walk_up(y, above, here, (mean, scale, alpha))
    _walk_down(y, above, here, (mean, scale, alpha))
    return np.where(np.isfinite(guess), y, np.nan), above, here


def _walk_up(y: Floats, above: Floats, here: Floats, law: tuple[Floats, Floats, float]) -> None:
    mean, scale, alpha = law
    far = np.flatnonzero(above > alpha)
    while far.size:
        ratio = (mean[far] + (scale[far] - 1.0) * y[far]) / (scale[far] * (y[far] + 1.0))
        here[far] *= ratio
        y[far] += 1.0
        above[far] -= here[far]
        far = far[above[far] > alpha]


def _walk_down(y: Floats, above: Floats, here: Floats, law: tuple[Floats, Floats, float]) -> None:
    mean, scale, alpha = law
    far = np.flatnonzero((y > 0) & (above + here <= alpha))
    while far.size:
        above[far] += here[far]
        y[far] -= 1.0
        ratio = (mean[far] + (scale[far] - 1.0) * y[far]) / (scale[far] * (y[far] + 1.0))
        here[far] /= ratio
        far = far[(y[far] > 0) & (above[far] + here[far] <= alpha)]


def predictive(forecast: Forecast, counts: Floats, alpha: float) -> Limits:
    """
    Bound by a negative binomial whose variance is dispersion * mean + error², at mid-p.

    At dispersion 1 and error² = mean² / cases this is the gamma-Poisson predictive itself.
    """
    variance = forecast.dispersion * forecast.mean + forecast.error**2
    least, above, here = _quantile(forecast.mean, variance, alpha)
    # At the quantile itself the mid-p may still be small enough to alarm.
    early = above + 0.5 * here <= alpha
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
