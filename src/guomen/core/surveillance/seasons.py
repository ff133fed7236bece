"""
How far this season and this trend are to be believed: what the fit found, drawn to what is steady.

Each season of a series was seen for few weeks, so its own level is the noisiest part of a
forecast. It is drawn to the level of the whole year, the more the less seasons differ beyond
chance; a trend is believed by its odds instead of wholly or not at all. Not for fitting: see
``quasi``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from guomen.core.surveillance.bounds import Forecast
from guomen.core.surveillance.prior import GammaPrior
from guomen.core.surveillance.quasi import Found
from guomen.core.surveillance.series import Floats
from guomen.core.surveillance.template import CALENDAR_WEEKS

# What a trend may be before anything is seen: it doubles or halves in five years (log a week, as a
# standard deviation).
STEEPNESS: Final = float(np.log(2.0)) / (5 * CALENDAR_WEEKS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """What one fit forecasts: its mean, the cases that the mean is worth, and its dispersion."""

    mean: Floats
    cases: Floats
    dispersion: Floats
    # Relative variance that an uncertain trend adds, at dispersion 1.
    drift: Floats


@np.errstate(divide="ignore", invalid="ignore")
def drawn(found: Found, dispersion: Floats, prior: GammaPrior, now: Floats) -> Level:
    """
    Return the level of this season, drawn to that of the year by moments (DerSimonian and Laird).

    The gamma prior joins the year: `shape` cases in `rate` units of exposure, so that an all-zero
    history still has a bound. A season that nobody saw says what the year says, less surely.

    :param now: the population of the week judged
    """
    rate = prior.rate / now
    exposure = found.whole + rate
    year = np.where(exposure > 0, (found.total + prior.shape) / exposure, np.nan)
    apart = found.uneven / year - 2.0 * found.total + found.whole * year
    spread = year * (found.whole - found.whole_squared / found.whole)
    excess = np.maximum(apart - (found.seasons - 1.0) * dispersion, 0.0)
    between = np.where(found.seasons > 1, excess / spread, 0.0)
    own = between / (between * found.here + dispersion / year)
    trust = own * found.here
    mean = own * found.cases + (1.0 - trust) * year
    variance = own * mean + (1.0 - trust) ** 2 * year / exposure
    return Level(
        mean=mean,
        cases=mean**2 / variance,
        dispersion=dispersion,
        drift=np.where(found.spread > 0, found.centre**2 / found.spread, 0.0),
    )


@np.errstate(divide="ignore", invalid="ignore")
def belief(found: Found, dispersion: Floats) -> Floats:
    """Return how far a trend is believed: its prior's variance by that and its own error's."""
    return np.where(
        found.spread > 0, STEEPNESS**2 / (STEEPNESS**2 + dispersion / found.spread), 0.0
    )


@np.errstate(divide="ignore", invalid="ignore")
def blended(rising: Level, flat: Level, share: Floats) -> Forecast:
    """Return the forecast that lies by this share between no trend and the trend found."""
    mean = rising.mean**share * flat.mean ** (1.0 - share)
    dispersion = share * rising.dispersion + (1.0 - share) * flat.dispersion
    relative = share * (1.0 / rising.cases + rising.drift) + (1.0 - share) / flat.cases
    return Forecast(mean=mean, dispersion=dispersion, error=mean * np.sqrt(dispersion * relative))
