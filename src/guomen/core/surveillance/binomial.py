"""
Violations out of few tests: is the rate of this week, or of four weeks, above its own past?

The past is a beta posterior, the week to come beta-binomial, so a product with
three tests a week is judged by what three tests can say. Not for plain counts:
see ``farrington``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.special import betaln, gammaln

from guomen.core.surveillance.series import (
    ALARM,
    QUIET,
    UNKNOWN,
    Flags,
    Floats,
    Ints,
    InvalidSeries,
    Source,
    States,
    as_counts,
    as_weeks,
    between,
)  # fmt: skip

BETA_BINOMIAL: Final = Source(
    paper="Skellam JG (1948). A probability distribution derived from the binomial distribution by"
    " regarding the probability of success as variable between the sets of trials."
    " Journal of the Royal Statistical Society B 10(2):257-261"
)
# Below so many tests a week a series says little of itself: pool upward.
THIN: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BetaPrior:
    """`violations` found in `tests` before any history, both above zero."""

    violations: float = 0.5
    tests: float = 1.0

    def __post_init__(self) -> None:
        """
        Refuse a prior that is none.

        :raises UnknownChoice: and says which
        """
        between(self.violations, option="violations", high=self.tests)


@dataclass(frozen=True, slots=True, kw_only=True)
class Binomial:
    """
    The question: windows of weeks to judge, the past to judge by, and the chance to err.

    The last `skip` weeks, besides those judged, are no part of the past. `alpha` is for all
    windows together.
    """

    windows: tuple[int, ...] = (1, 4)
    past: int = 156
    skip: int = 4
    alpha: float = 0.001
    prior: BetaPrior = field(default_factory=BetaPrior)
    source: Source = field(default=BETA_BINOMIAL)

    def __post_init__(self) -> None:
        """
        Refuse options that have no meaning.

        :raises UnknownChoice: and says which
        """
        between(self.alpha, option="alpha")
        between(self.past, option="past", high=10_000)
        between(min(self.windows, default=0), option="windows", high=1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class BinomialWatch:
    """
    The answer, with its question: tables of series × monitored weeks.

    `p` is that of all windows together, `window_p` that of each (windows × series × weeks);
    `window` is the one that surprised most, `rate` the past rate, `times` what the window found in
    multiples of it. `thin` says that there are so few tests that one should pool upward.
    """

    method: Binomial
    weeks: Ints
    violations: Floats
    tests: Floats
    rate: Floats
    times: Floats
    p: Floats
    window_p: Floats
    window: Ints
    thin: Flags
    state: States

    @property
    def alarms(self) -> Flags:
        """Return where the alarm is raised; unknown is not an alarm, and not quiet either."""
        return np.equal(self.state, ALARM)


def binomial(
    violations: npt.ArrayLike,
    tests: npt.ArrayLike,
    method: Binomial | None = None,
    *,
    weeks: npt.ArrayLike | None = None,
) -> BinomialWatch:
    """
    Judge violations out of tests by the series' own past.

    A week that is not known, or had no test, adds nothing to either side; a window without any
    test is unknown.

    :param violations: series × weeks, whole numbers, NaN where unknown
    :param tests: the tests they came out of; see ``effective`` for targeted selection
    :raises InvalidSeries: for numbers that cannot be
    """
    method = method or Binomial()
    found, tried = _pairs(violations, tests)
    at = as_weeks(weeks, found.shape[1])
    sums = tuple(np.pad(np.cumsum(table, axis=1), ((0, 0), (1, 0))) for table in (found, tried))
    chances, rates, ratios, numbers = [], [], [], []
    for window in method.windows:
        now = [_over(table, at - window + 1, at) for table in sums]
        end = at - window - method.skip
        past = [_over(table, end - method.past + 1, end) for table in sums]
        hits = past[0] + method.prior.violations
        clean = past[1] - past[0] + method.prior.tests - method.prior.violations
        chances.append(
            np.where(now[1] > 0, beta_binomial_mid_p(now[0], now[1], hits, clean), np.nan)
        )
        rates.append(hits / (hits + clean))
        with np.errstate(divide="ignore", invalid="ignore"):
            ratios.append(np.where(now[1] > 0, now[0] / now[1], np.nan) / rates[-1])
        numbers.append(now[1] / window)
    return _watch(method, at, (found, tried), (chances, rates, ratios, numbers))


def _watch(
    method: Binomial,
    at: Ints,
    tables: tuple[Floats, Floats],
    parts: tuple[list[Floats], list[Floats], list[Floats], list[Floats]],
) -> BinomialWatch:
    chances, rates, ratios, numbers = (np.stack(part) for part in parts)
    first = np.argmin(np.where(np.isnan(chances), 2.0, chances), axis=0)
    pick = first[None]

    def best(table: Floats) -> Floats:
        chosen: Floats = np.take_along_axis(table, pick, axis=0)[0]
        return chosen

    # Bonferroni over the windows: they overlap, so this errs on the quiet side.
    p = np.minimum(best(chances) * len(method.windows), 1.0)
    state = np.where(p <= method.alpha, ALARM, QUIET)
    return BinomialWatch(
        method=method,
        weeks=at,
        violations=tables[0][:, at],
        tests=tables[1][:, at],
        rate=best(rates),
        times=best(ratios),
        p=p,
        window_p=chances,
        window=np.asarray(method.windows)[first],
        thin=numbers[-1] < THIN,
        state=np.where(np.isnan(p), UNKNOWN, state).astype(np.int8),
    )


def _pairs(violations: npt.ArrayLike, tests: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Return violations and tests of the weeks where both are known, zero and zero elsewhere."""
    found = as_counts(violations, name="violations")
    tried = as_counts(tests, name="tests")
    if found.shape != tried.shape:
        raise InvalidSeries(
            f"violations have shape {found.shape}, tests {tried.shape}; both must cover the same"
            " series and weeks"
        )
    known = ~np.isnan(found) & ~np.isnan(tried)
    if (found > tried)[known].any():
        raise InvalidSeries("there are more violations than tests; give both for the same weeks")
    if (found % 1 != 0)[known].any() or (tried % 1 != 0)[known].any():
        raise InvalidSeries("violations and tests are whole numbers; see effective() for weights")
    return np.where(known, found, 0.0), np.where(known, tried, 0.0)


def _over(sums: Floats, first: Ints, last: Ints) -> Floats:
    """Return sums over columns first to last, both included, as far as they exist."""
    low = np.clip(first, 0, sums.shape[1] - 1)
    return sums[:, np.maximum(np.clip(last + 1, 0, None), low)] - sums[:, low]


def beta_binomial_mid_p(x: Floats, n: Floats, a: Floats, b: Floats) -> Floats:
    """
    Return P(X > x) + P(X = x) / 2 of a beta-binomial with n trials.

    The shorter tail is added up, so that small p keep their digits.
    """
    shape = np.broadcast_shapes(*(np.shape(v) for v in (x, n, a, b)))
    x, n, a, b = (np.ravel(v).astype(np.float64) for v in np.broadcast_arrays(x, n, a, b))
    upper = x * (a + b) > n * a
    # Mirror to the other side where the lower tail is the shorter one.
    y, c, d = np.where(upper, x, n - x), np.where(upper, a, b), np.where(upper, b, a)
    term = np.exp(
        gammaln(n + 1)
        - gammaln(y + 1)
        - gammaln(n - y + 1)
        + betaln(y + c, n - y + d)
        - betaln(c, d)
    )
    total, k, going = 0.5 * term, y.copy(), np.flatnonzero(y < n)
    while going.size:
        j, m = k[going], n[going]
        term[going] *= (m - j) / (j + 1) * (j + c[going]) / (m - j - 1 + d[going])
        total[going] += term[going]
        k[going] += 1
        going = going[(k[going] < m) & (term[going] > 1e-17 * total[going])]
    chance: Floats = np.where(upper, total, 1.0 - total).reshape(shape)
    return chance


def effective(
    violations: npt.ArrayLike, tests: npt.ArrayLike, *, chance: npt.ArrayLike
) -> tuple[float, float]:
    """
    Return violations and tests as if drawn at random, from tests drawn with unequal chances.

    Each test weighs 1 / chance of being selected; the number of tests is Kish's effective one. So a
    change of targeting is not an outbreak.

    :param violations: 1 or 0 a test
    :raises InvalidSeries: for a chance that is not above 0 and at most 1
    """
    hits, tried, chosen = np.broadcast_arrays(
        np.asarray(violations, float), np.asarray(tests, float), np.asarray(chance, float)
    )
    if not ((chosen > 0) & (chosen <= 1)).all():
        raise InvalidSeries("the chance of selection must be above 0 and at most 1")
    weights = tried / chosen
    if weights.sum() == 0:
        return 0.0, 0.0
    number = float(np.rint(weights.sum() ** 2 / (weights**2 / np.maximum(tried, 1)).sum()))
    share = float((hits / chosen).sum() / weights.sum())
    return float(np.rint(min(share, 1.0) * number)), number
