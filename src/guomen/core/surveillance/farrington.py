"""
Farrington's flexible method: is this week's count more than its own past explains?

Batched over series and weeks. By default it is Guomen's corrected version, which
degrades with the history instead of stopping; ``dispersion="r_compat"`` repeats
the reference implementation to nine digits, defects and all. Not for deciding
over many series at once: pass the result on to ``multiplicity``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar, Final, Literal, NamedTuple, Protocol, Self

import numpy as np
import numpy.typing as npt

from guomen.core.errors import GuomenError
from guomen.core.surveillance import bounds, quasi, seasons, sparing
from guomen.core.surveillance.bounds import Forecast, Limits
from guomen.core.surveillance.prior import JEFFREYS, GammaPrior
from guomen.core.surveillance.quasi import Baselines, Found, Points
from guomen.core.surveillance.series import (
    ALARM,
    QUIET,
    UNKNOWN,
    Flags,
    Floats,
    Ints,
    Source,
    States,
    as_counts,
    as_population,
    as_weeks,
    between,
    choose,
)  # fmt: skip
from guomen.core.surveillance.template import CALENDAR_WEEKS, Template, level, reference

NOUFAILY: Final = Source(
    paper="Noufaily A, Enki DG, Farrington P, Garthwaite P, Andrews N, Charlett A (2013)."
    " An improved algorithm for outbreak detection in multiple surveillance systems."
    " Statistics in Medicine 32(7):1206-1222",
    clause="sections 3.1-3.5",
)
LEAST_YEARS_FOR_TREND: Final = 3
# The paper's test of a trend.
TREND_ALPHA: Final = 0.05
# Points of one template that are fitted together: their tables stay in the processor's cache.
CHUNK: Final = 1024
# Compiled loops keep no tables: more at a time.
COMPILED_CHUNK: Final = 8192
# So many points repay importing the compiler.
COMPILED_FROM: Final = 20_000
LAYOUT: Final = ("C", "W")
WORKED_OUT: Final = ("correct", "r_compat")


class HistoryTooShort(GuomenError):
    """The reference implementation cannot judge so short a history."""

    code: ClassVar[str] = "surveillance.history_too_short"


@dataclass(frozen=True, slots=True, kw_only=True)
class Farrington:
    """
    The question put to every series.

    `min_cases` within the last `in_weeks` weeks, this one included, are needed for an alarm;
    0 asks for none. `year_weeks` is the length of a year; the reference takes 52. A trend is
    believed as far as it is known; with `trend_alpha` it is kept below that p and else dropped, as
    in the paper (there, and in `r_compat` by default, 0.05).
    """

    years: int = 5
    half_window: int = 3
    periods: int = 10
    skip: int = 26
    alpha: float = 0.005
    bound: str = "predictive"
    trend_alpha: float | None = None
    reweight: bool = True
    reweight_threshold: float = 2.58
    min_cases: int = 5
    in_weeks: int = 4
    year_weeks: float = CALENDAR_WEEKS
    dispersion: Literal["correct", "r_compat"] = "correct"
    source: Source = field(default=NOUFAILY)

    def __post_init__(self) -> None:
        """
        Refuse options that have no meaning.

        :raises UnknownChoice: and says which
        """
        choose(self.bound, tuple(bounds.BOUNDS), option="bound")
        choose(self.dispersion, WORKED_OUT, option="dispersion")
        between(self.alpha, option="alpha")
        between(self.years, option="years", high=100)
        between(self.periods, option="periods", high=40)
        between(self.half_window, option="half_window", low=-1, high=25)
        between(self.in_weeks, option="in_weeks", high=60)

    def template(self, years: int) -> Template:
        """Return the reference weeks over so many years."""
        return reference(
            years=years,
            half_window=self.half_window,
            periods=self.periods,
            skip=self.skip,
            year_weeks=self.year_weeks,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """
    The answer, with its question: tables of series × monitored weeks.

    `state` is 1 alarm, 0 quiet, -1 unknown. `trend` tells where one is significant.
    `years` is how many past years spoke: 0 means the level of a young series, -1 the prior alone.
    `enough` tells whether there were enough recent cases, 1 yes, 0 no, -1 not known. `q` and
    `episode` are filled by ``multiplicity`` and ``episodes``.
    """

    method: Farrington
    weeks: Ints
    observed: Floats
    expected: Floats
    bound: Floats
    p: Floats
    dispersion: Floats
    error: Floats
    trend: Flags
    slope: Floats
    years: States
    converged: Flags
    enough: States
    state: States
    prior: GammaPrior | None
    q: Floats | None = None
    episode: Ints | None = None

    @property
    def alarms(self) -> Flags:
        """Return where the alarm is raised; unknown is not an alarm, and not quiet either."""
        return np.equal(self.state, ALARM)

    @property
    def excess(self) -> Floats:
        """
        Return (observed - expected) / (bound - expected): above 1 the bound is exceeded.

        NaN where the bound is not above the expected count, as for very sparse series.
        """
        room = self.bound - self.expected
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(room > 0, (self.observed - self.expected) / room, np.nan)


# Empty and unknown cells pass through the arithmetic as NaN.
@np.errstate(divide="ignore", invalid="ignore", over="ignore")
def farrington(
    counts: npt.ArrayLike,
    method: Farrington | None = None,
    *,
    weeks: npt.ArrayLike | None = None,
    population: npt.ArrayLike | None = None,
    prior: GammaPrior | None = None,
    compiled: bool | None = None,
) -> Watch:
    """
    Judge the monitored weeks of every series by their own past.

    :param counts: series × weeks, NaN where unknown
    :param weeks: columns to judge, counted from 0; None is the last one
    :param population: what the counts came out of (tests, lines), one number a week or a table
    :param prior: what is known of such series before any history; None is Jeffreys' prior
    :param compiled: fit by compiled loops; None does so for batches that repay the compiler
    :raises InvalidSeries: for counts, weeks or population that cannot be
    :raises HistoryTooShort: in `r_compat` only, where the reference stops too
    """
    method = method or Farrington()
    table = as_counts(counts)
    at = as_weeks(weeks, table.shape[1])
    people = as_population(population, table.shape)
    answers = _Answers(len(table), at)
    engine = _engine(len(table) * at.size if compiled is None else COMPILED_FROM * int(compiled))
    if engine.chunk == COMPILED_CHUNK:
        # The loops are compiled for one layout of memory.
        table = np.require(table, requirements=LAYOUT)
        people = None if people is None else np.require(people, requirements=LAYOUT)
    shared = (table, people, prior or JEFFREYS, engine)
    for years in np.unique(_years_there_are(method, at)):
        columns = np.flatnonzero(_years_there_are(method, at) == years)
        for group, template in _templates(method, at, columns, int(years)):
            _judge(_Task(method, template, *shared), at, group, answers)
    return _answer(method, table, at, answers, prior)


class Fitted(Protocol):
    """Baselines ready to be fitted, the costly part."""

    @property
    def years(self) -> int:
        """Return how many years speak."""

    def __getitem__(self, rows: Flags) -> Self:
        """Return some of the points."""

    def summed(self, *, trend: bool, threshold: float | None) -> Found:
        """Fit, spare the baseline its outbreaks above the threshold, and fit again."""


class Engine(NamedTuple):
    """How points are made ready, and how many at a time."""

    ready: Callable[[Baselines], Fitted]
    chunk: int


def _engine(points: int) -> Engine:
    """Return compiled loops for many points; they import Numba, which a page must not wait for."""
    if points < COMPILED_FROM:
        return Engine(lambda baselines: sparing.Plain(baselines.points()), CHUNK)
    from guomen.core.surveillance import compiled

    return Engine(compiled.Looped, COMPILED_CHUNK)


@dataclass(frozen=True, slots=True)
class _Task:
    method: Farrington
    template: Template
    counts: Floats
    population: Floats | None
    prior: GammaPrior
    engine: Engine


class _Answers:
    """Tables to fill, one cell for each series and monitored week."""

    NAMES = ("expected", "bound", "p", "dispersion", "error", "trend", "slope", "converged")

    def __init__(self, series: int, at: Ints) -> None:
        """Begin with everything unknown."""
        self.table = {name: np.full((series, at.size), np.nan) for name in self.NAMES}
        self.years = np.full((series, at.size), -1, dtype=np.int8)


def _years_there_are(method: Farrington, at: Ints) -> Ints:
    """Return how many past years each monitored week has before it."""
    reach = [method.template(years).reach for years in range(1, method.years + 1)]
    years = np.searchsorted(np.array(reach), at, side="right")
    if method.dispersion == "r_compat" and (years < method.years).any():
        week = int(at[years < method.years].min())
        raise HistoryTooShort(
            f"week {week} has fewer than {method.years} years and {method.half_window} weeks before"
            ' it; monitor later weeks, ask for fewer years, or use dispersion="correct"',
            week=week,
            years=method.years,
        )
    return years


def _templates(
    method: Farrington, at: Ints, columns: Ints, years: int
) -> list[tuple[Ints, Template]]:
    """Return the columns that share a template; a young series has one for every age."""
    if years:
        return [(columns, method.template(years))]
    return [
        (np.array([column]), level(history=int(at[column]), skip=method.in_weeks))
        for column in columns
    ]


def _judge(task: _Task, at: Ints, columns: Ints, answers: _Answers) -> None:
    """Fill the answers for some columns of all series, a chunk at a time."""
    rows = np.repeat(np.arange(len(task.counts)), columns.size)
    cells = np.tile(columns, len(task.counts))
    chunk = task.engine.chunk
    for start in range(0, rows.size, chunk):
        row, column = rows[start : start + chunk], cells[start : start + chunk]
        found = _judge_points(task, row, at[column])
        for name in _Answers.NAMES:
            answers.table[name][row, column] = found[name]
        answers.years[row, column] = np.where(found["spoke"] > 0, task.template.years, -1)


def _judge_points(task: _Task, row: Ints, week: Ints) -> dict[str, Floats]:
    baselines = Baselines(
        template=task.template,
        counts=task.counts,
        population=task.population,
        row=row,
        week=week,
    )
    fitted, forecast = _forecast(task, baselines)
    limits = _limits(task.method, forecast, task.counts[row, week])
    return {
        "expected": forecast.mean,
        "bound": limits.bound,
        "p": limits.p,
        "dispersion": forecast.dispersion,
        "error": forecast.error,
        "trend": fitted["trend"],
        "slope": fitted["slope"],
        "converged": fitted["converged"],
        "spoke": fitted["spoke"],
    }


def _forecast(task: _Task, baselines: Baselines) -> tuple[dict[str, Floats], Forecast]:
    if task.method.dispersion == "r_compat":
        fitted = _fitted_as_reference(task.method, baselines.points())
        return fitted, Forecast(
            mean=fitted["now"], dispersion=fitted["dispersion"], error=fitted["error"]
        )
    return _fitted(task, task.engine.ready(baselines), _now(task, baselines))


def _now(task: _Task, baselines: Baselines) -> Floats:
    if task.population is None:
        return np.ones(baselines.row.size)
    return task.population[baselines.row, baselines.week]


def _limits(method: Farrington, forecast: Forecast, counts: Floats) -> Limits:
    bound = bounds.BOUNDS[method.bound]
    if method.dispersion == "r_compat" and method.bound == "muan":
        bound = bounds.upper_mean_twice
    return bound(forecast, counts, method.alpha)


def _fitted(task: _Task, baselines: Fitted, now: Floats) -> tuple[dict[str, Floats], Forecast]:
    """Fit without a trend and, given the years, with one; forecast between them by belief."""
    found, flat = _level(task, baselines, now, trend=False)
    share, kept = np.zeros(now.size), np.zeros(now.size, dtype=bool)
    rising, converged, slope = flat, found.converged, np.zeros(now.size)
    if baselines.years >= LEAST_YEARS_FOR_TREND:
        steep, rising = _level(task, baselines, now, trend=True)
        share, kept = _belief(task.method, steep, rising.dispersion)
        converged, slope = found.converged & steep.converged, share * steep.slope
    fitted = {
        "trend": kept.astype(np.float64),
        "slope": slope,
        "converged": converged.astype(np.float64),
        "spoke": found.spoke,
    }
    return fitted, seasons.blended(rising, flat, share)


def _level(
    task: _Task, baselines: Fitted, now: Floats, *, trend: bool
) -> tuple[Found, seasons.Level]:
    """Fit, spare the baseline its outbreaks, fit again, and draw the season to the year."""
    threshold = task.method.reweight_threshold if task.method.reweight else None
    found = baselines.summed(trend=trend, threshold=threshold)
    dispersion = found.pearson
    if threshold is not None:
        dispersion = sparing.restored(dispersion, found.typical, threshold=threshold)
    dispersion = np.fmax(dispersion, 1.0)
    return found, seasons.drawn(found, dispersion, task.prior, now)


def _belief(method: Farrington, found: Found, dispersion: Floats) -> tuple[Floats, Flags]:
    """Return how far a trend is believed, and whether it is significant; neither beyond reason."""
    # With a population the rate must not exceed the highest rate, whatever the volume now.
    sober = (found.now <= found.highest) & found.converged
    kept = sober & (found.trend_p(dispersion) < (method.trend_alpha or TREND_ALPHA))
    if method.trend_alpha is None:
        return np.where(sober, seasons.belief(found, dispersion), 0.0), kept
    return kept.astype(np.float64), kept


def _fitted_as_reference(method: Farrington, points: Points) -> dict[str, Floats]:
    """Fit with a trend, and again without where the trend is not kept."""
    if points.template.years < LEAST_YEARS_FOR_TREND:
        return _summary_as_reference(method, points, trend=False)
    with_trend = _summary_as_reference(method, points, trend=True)
    with_trend["highest"] = np.where(points.known, points.counts, -np.inf).max(axis=1)
    kept = _trend_kept(method, with_trend)
    return _instead(
        with_trend, kept, lambda: _summary_as_reference(method, points[~kept], trend=False)
    )


def _trend_kept(method: Farrington, found: dict[str, Floats]) -> Flags:
    """Keep a trend that is significant and does not forecast beyond what was ever seen."""
    alpha = method.trend_alpha or TREND_ALPHA
    significant = (found["trend_p"] < alpha) | (alpha >= 1.0)
    kept: Flags = significant & (found["now"] <= found["highest"]) & (found["converged"] > 0)
    return kept


def _instead(
    found: dict[str, Floats], kept: Flags, other: Callable[[], dict[str, Floats]]
) -> dict[str, Floats]:
    """Return what was found, with the other answer where it is not kept."""
    if not kept.all():
        for name, values in other().items():
            found[name][~kept] = values
    return found


def _summary_as_reference(method: Farrington, points: Points, *, trend: bool) -> dict[str, Floats]:
    fit = quasi.stepwise(points, points.known.astype(np.float64), trend)
    spare = fit.pearson(points)
    if method.reweight:
        weights = quasi.reweighted(
            points, fit, dispersion=np.fmax(spare, 1.0), threshold=method.reweight_threshold
        )
        fit = quasi.stepwise(points, weights, trend)
        # The reference weighs residuals wrongly here, and draws its errors and the trend's p from
        # them; the dispersion of the bound itself it gets right.
        spare = fit.unweighted(points)
    found = fit.summed(points)
    with np.errstate(invalid="ignore", divide="ignore"):
        error = found.now * np.sqrt(spare * found.variance())
    size = found.now.size
    return {
        "now": found.now,
        "dispersion": np.fmax(found.pearson, 1.0),
        "error": error,
        "trend": np.full(size, float(trend)),
        "slope": found.slope if trend else np.zeros(size),
        "trend_p": found.trend_p(spare) if trend else np.full(size, np.nan),
        "converged": found.converged.astype(np.float64),
        "spoke": found.spoke,
    }


def _answer(
    method: Farrington, counts: Floats, at: Ints, answers: _Answers, prior: GammaPrior | None
) -> Watch:
    """Add the states: a week that cannot be judged is unknown."""
    table = answers.table
    observed = counts[:, at]
    enough = _enough(method, counts, at)
    judged = ~np.isnan(observed) & ~np.isnan(table["bound"])
    with np.errstate(invalid="ignore"):
        above = (observed > table["bound"]) & (observed > 0)
    state = np.where(above, np.where(enough < 0, UNKNOWN, enough), QUIET)
    correct = method.dispersion == "correct"
    return Watch(
        method=method,
        weeks=at,
        observed=observed,
        expected=table["expected"],
        bound=table["bound"],
        p=table["p"],
        dispersion=table["dispersion"],
        error=table["error"],
        trend=table["trend"] > 0,
        slope=table["slope"],
        years=answers.years,
        converged=table["converged"] > 0,
        enough=enough,
        state=np.where(judged, state, UNKNOWN).astype(np.int8),
        prior=(prior or JEFFREYS) if correct else None,
    )


def _enough(method: Farrington, counts: Floats, at: Ints) -> States:
    """Tell whether there were enough recent cases; missing weeks may hold what is wanting."""
    columns = at[:, None] - np.arange(method.in_weeks)
    recent = np.where(columns < 0, 0.0, counts[:, np.maximum(columns, 0)])
    enough = np.nansum(recent, axis=2) >= method.min_cases
    holes = np.isnan(recent).any(axis=2)
    if method.dispersion == "r_compat":
        enough &= ~holes
    states: States = np.where(enough, 1, np.where(holes, -1, 0)).astype(np.int8)
    return states
