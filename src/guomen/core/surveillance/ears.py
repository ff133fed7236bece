"""
EARS C1, C2 and C3: alarms for series too young to have a year.

They compare a week with the seven or so before it and know nothing of season
or trend. Where a year or more is there, ``farrington`` is the better watch.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from guomen.core.surveillance.series import (
    ALARM,
    QUIET,
    UNKNOWN,
    Flags,
    Floats,
    Source,
    States,
    as_counts,
    between,
    choose,
)  # fmt: skip

HUTWAGNER: Final = Source(
    paper="Hutwagner L, Thompson W, Seeman GM, Treadwell T (2003). The bioterrorism preparedness"
    " and response Early Aberration Reporting System (EARS). Journal of Urban Health 80(2):i89-i96"
)
LAG: Final[dict[str, int]] = {"C1": 0, "C2": 2, "C3": 2}
DEFAULT_ALPHA: Final[dict[str, float]] = {"C1": 0.001, "C2": 0.001, "C3": 0.025}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ears:
    """
    The question: which of the three, the baseline in weeks, the least standard deviation.

    C3 adds up the excess of this week and the two before. The reference leaves this week out, so
    that a first week can never alarm; ``variant="r_compat"`` does the same.
    """

    kind: str = "C2"
    baseline: int = 7
    alpha: float | None = None
    least_deviation: float = 0.0
    variant: Literal["correct", "r_compat"] = "correct"
    source: Source = field(default=HUTWAGNER)

    def __post_init__(self) -> None:
        """
        Refuse options that have no meaning.

        :raises UnknownChoice: and says which
        """
        choose(self.kind, tuple(LAG), option="kind")
        choose(self.variant, ("correct", "r_compat"), option="variant")
        between(self.baseline, option="baseline", low=1, high=1000)
        between(self.limit_alpha, option="alpha")

    @property
    def limit_alpha(self) -> float:
        """Return the chance that the limit is built for."""
        return DEFAULT_ALPHA[self.kind] if self.alpha is None else self.alpha


@dataclass(frozen=True, slots=True, kw_only=True)
class EarsWatch:
    """The answer, with its question: tables of series × weeks, NaN and -1 where unknown."""

    method: Ears
    observed: Floats
    expected: Floats
    bound: Floats
    statistic: Floats
    p: Floats
    state: States

    @property
    def alarms(self) -> Flags:
        """Return where the alarm is raised."""
        return np.equal(self.state, ALARM)


def ears(counts: npt.ArrayLike, method: Ears | None = None) -> EarsWatch:
    """
    Judge every week of every series by the weeks just before it.

    A baseline with a missing week, or without enough weeks, leaves the week unknown.

    :param counts: series × weeks, NaN where unknown
    :raises InvalidSeries: for counts that cannot be
    """
    method = method or Ears()
    table = as_counts(counts)
    mean, deviation = _before(table, method.baseline, LAG[method.kind])
    deviation = np.maximum(deviation, method.least_deviation)
    z = -float(ndtri(method.limit_alpha))
    with np.errstate(divide="ignore", invalid="ignore"):
        score = (table - mean) / deviation
    if method.kind == "C3":
        statistic, bound = _third(table, deviation, score, z, variant=method.variant)
    else:
        statistic, bound = score, mean + z * deviation
    with np.errstate(invalid="ignore"):
        above = table > bound
    known = ~np.isnan(bound) & ~np.isnan(table)
    state = np.where(known, np.where(above, ALARM, QUIET), UNKNOWN).astype(np.int8)
    return EarsWatch(
        method=method,
        observed=table,
        expected=mean,
        bound=bound,
        statistic=statistic,
        # The sum of C3 has no such law; it is judged by its limit alone.
        p=ndtr(-statistic) if method.kind != "C3" else np.full(table.shape, np.nan),
        state=state,
    )


def _before(table: Floats, baseline: int, lag: int) -> tuple[Floats, Floats]:
    """Return mean and standard deviation of the baseline of each week."""
    mean = np.full(table.shape, np.nan)
    deviation = np.full(table.shape, np.nan)
    first = baseline + lag
    if table.shape[1] > first:
        windows = np.lib.stride_tricks.sliding_window_view(table, baseline, axis=1)
        windows = windows[:, : table.shape[1] - first]
        mean[:, first:] = windows.mean(axis=2)
        deviation[:, first:] = windows.std(axis=2, ddof=1)
    return mean, deviation


@np.errstate(invalid="ignore")
def _third(
    table: Floats, deviation: Floats, score: Floats, z: float, *, variant: str
) -> tuple[Floats, Floats]:
    """Return the sum of excesses over one deviation, and the count that would make it alarm."""
    excess = np.maximum(score - 1.0, 0.0)
    earlier = np.full(table.shape, np.nan)
    earlier[:, 2:] = excess[:, 1:-1] + excess[:, :-2]
    if variant == "r_compat":
        return earlier, np.maximum(table + deviation * (z - earlier), 0.0)
    statistic = earlier + excess
    with np.errstate(invalid="ignore"):
        # What this week may add before the sum passes z; nothing once it has passed already.
        spare = z - earlier
        mean = table - score * deviation
        bound = np.where(spare >= 0, mean + deviation * (1.0 + spare), -1.0)
    return statistic, np.where(np.isnan(statistic), np.nan, bound)
