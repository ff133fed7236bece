"""
How often goods of each kind fail: cells that shrink to their parents, in closed form.

A cell with little of its own says what its parents say; one with much says what it saw. How much
is much is asked of the data, by the marginal likelihood of the beta-binomial (Skellam 1948). A
cell with several parents starts from all of them, added on the scale of log odds. The older past
is the prior of the recent past, so that a cell follows a change where it sees many tests.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl
import scipy
from scipy.special import expit, gammaln, logit

from guomen.core.targeting import cells
from guomen.core.targeting.cells import COUNTS, ROOT, Cells, Floats, Index, Ints, Level, Scheme
from guomen.core.targeting.estimate import Estimate

LEAST = 1e-7
# Before any result: one in a hundred, worth a hundred tests.
PRIOR_FOUND, PRIOR_TESTS = 1.0, 100.0
_STRENGTHS = (np.log(1.0), np.log(1e6))


@dataclass(frozen=True, slots=True)
class Strength:
    """What a parent is worth to a cell, and the older past to the recent one, in tests."""

    parent: float
    past: float


@dataclass(frozen=True, slots=True)
class Means:
    """The answer of one level: a value a cell (or a line)."""

    prior: Floats  # what the parents say now
    base: Floats  # what the parents say of the slow scale
    slow: Floats  # the cell on the slow scale
    now: Floats  # the cell now
    strength: Floats  # what `now` is worth in tests


@dataclass(frozen=True)
class Posterior:
    """
    Everything that was found, by cell, and how strongly cells lean on their parents.

    Made by :meth:`of` and :meth:`add`; strengths are asked of the data by :meth:`fitted` alone,
    so that adding a result is cheap and explained by itself.
    """

    scheme: Scheme
    on: date
    root: tuple[float, float]
    tables: tuple[Cells, ...]
    strengths: Mapping[str, Strength]

    @classmethod
    def empty(cls, scheme: Scheme, *, on: date) -> Posterior:
        """Return what is known before any result."""
        weight = scheme.finds * PRIOR_TESTS / PRIOR_FOUND
        return cls(
            scheme=scheme,
            on=on,
            root=(0.0, 0.0),
            tables=tuple(Cells.empty(level) for level in scheme.levels),
            strengths={level.name: Strength(weight, 2 * weight) for level in scheme.levels},
        )

    @classmethod
    def of(cls, scheme: Scheme, results: pl.DataFrame, *, on: date) -> Posterior:
        """Return the posterior of results, with strengths asked of them."""
        return cls.empty(scheme, on=on).add(results).fitted()

    def add(self, results: pl.DataFrame, *, on: date | None = None) -> Posterior:
        """
        Add results; strengths stay as they are.

        :raises guomen.core.targeting.cells.SchemeError: if a result has no number
        """
        rows = cells.weighted(self.scheme, results)
        found, tests = (float(rows[name].sum()) for name in COUNTS[2:])
        return replace(
            self,
            on=on or self.on,
            root=(self.root[0] + found, self.root[1] + tests),
            tables=tuple(table.add(rows) for table in self.tables),
        )

    def at(self, on: date) -> Posterior:
        """Return the same posterior as of another day: counts fade, nothing else changes."""
        return replace(self, on=on)

    @property
    def root_mean(self) -> float:
        """Return how often all goods fail."""
        fade = cells.fading(self.scheme, self.on)[2]
        found, tests = (value * fade for value in self.root)
        return float((found + PRIOR_FOUND) / (tests + PRIOR_TESTS))

    def fitted(self) -> Posterior:
        """Return the same counts with the strengths of the largest marginal likelihood."""
        found: dict[str, Strength] = {}
        means: dict[str, Means] = {}
        fade = cells.fading(self.scheme, self.on)
        places = self._parents
        for level, table in zip(self.scheme.levels, self.tables, strict=True):
            counts = table.counts() * fade[:, None]
            priors = self._priors(level, places[level.name], means, table.rows.height)
            found[level.name] = self._strength(counts, priors)
            means[level.name] = answer(counts, priors, found[level.name])
        return replace(self, strengths=found)

    def _strength(self, counts: Floats, priors: tuple[Floats, Floats]) -> Strength:
        scheme, mean = self.scheme, self.root_mean
        base, now = priors
        parent = likeliest(
            counts[2], counts[3], base, centre=scheme.finds / mean, spread=scheme.spread
        )
        old = older(counts)
        before = relative(now, slow_mean(old[0], old[1], base, parent), base)
        past = likeliest(
            counts[0], counts[1], before, centre=scheme.finds_fast / mean, spread=scheme.spread
        )
        return Strength(parent, past)

    @cached_property
    def index(self) -> Index:
        """Return where each cell stands."""
        return Index(self.scheme.levels, tuple(table.rows for table in self.tables))

    @cached_property
    def _parents(self) -> dict[str, dict[str, Ints]]:
        """Return for each level the rows of its cells' parents."""
        found: dict[str, dict[str, Ints]] = {}
        by_name = {level.name: i for i, level in enumerate(self.scheme.levels)}
        for level, table in zip(self.scheme.levels, self.tables, strict=True):
            parents = [self.scheme.levels[by_name[n]] for n in level.under if n != ROOT]
            index = Index(tuple(parents), tuple(self.tables[by_name[p.name]].rows for p in parents))
            found[level.name] = index.places(table.rows.select(level.by)) if parents else {}
        return found

    def _priors(
        self, level: Level, places: Mapping[str, Ints], means: Mapping[str, Means], size: int
    ) -> tuple[Floats, Floats]:
        parts = [
            (means[name].slow[places[name]], means[name].now[places[name]])
            for name in level.under
            if name != ROOT
        ]
        return self._together(parts, size)

    def _together(self, parts: list[tuple[Floats, Floats]], size: int) -> tuple[Floats, Floats]:
        """Add parents up on the scale of log odds: slow means, and those of now."""
        if not parts:
            whole = np.full(size, self.root_mean)
            return whole, whole
        if len(parts) == 1:
            return parts[0]
        extra = (len(parts) - 1) * logit(self.root_mean)
        slow, now = (
            np.clip(expit(sum(logit(part[i]) for part in parts) - extra), LEAST, 1 - LEAST)
            for i in range(2)
        )
        return slow, now

    @cached_property
    def means(self) -> dict[str, Means]:
        """Return the answer of every cell, by level."""
        found: dict[str, Means] = {}
        fade = cells.fading(self.scheme, self.on)
        for level, table in zip(self.scheme.levels, self.tables, strict=True):
            priors = self._priors(level, self._parents[level.name], found, table.rows.height)
            counts = table.counts() * fade[:, None]
            found[level.name] = answer(counts, priors, self.strengths[level.name])
        return found

    def of_lines(self, lines: pl.DataFrame) -> dict[str, Means]:
        """
        Return the answers for lines, by level; a cell never seen says what its parents say.

        :param lines: at least the columns of the scheme; a null is a value of its own
        """
        return self.of_places(self.places(lines))

    def places(self, lines: pl.DataFrame) -> dict[str, Ints]:
        """Return for each level the row of each line's cell; -1 where it was never seen."""
        return self.index.places(cells.texts(lines, self.scheme.columns))

    def of_places(self, places: Mapping[str, Ints]) -> dict[str, Means]:
        """Return the answers for lines whose cells are found already."""
        found: dict[str, Means] = {}
        for level in self.scheme.levels:
            parts = [(found[n].slow, found[n].now) for n in level.under if n != ROOT]
            found[level.name] = self._seen_or_not(level, places[level.name], parts)
        return found

    def _seen_or_not(self, level: Level, places: Ints, parts: list[tuple[Floats, Floats]]) -> Means:
        """Take the answers of seen cells as they are; work out those of the others."""
        known, strength = self.means[level.name], self.strengths[level.name]
        new = np.flatnonzero(places < 0)
        size = known.now.size
        if new.size == places.size or size == 0:
            return nothing_seen(self._together(parts, places.size), strength)
        at = np.maximum(places, 0)
        taken = [getattr(known, name)[at] for name in Means.__slots__]
        if new.size:
            fresh = nothing_seen(
                self._together([(slow[new], now[new]) for slow, now in parts], new.size), strength
            )
            for values, name in zip(taken, Means.__slots__, strict=True):
                values[new] = getattr(fresh, name)
        return Means(*taken)

    def of_line(self, line: Mapping[str, Any]) -> tuple[Estimate, ...]:
        """Return what every level says of one line: the explanation of its chance."""
        text = self._text(line)
        fade = float(cells.fading(self.scheme, self.on)[2])
        found: dict[str, tuple[float, float]] = {}
        return tuple(self._one(level, text, found, fade) for level in self.scheme.levels)

    def place_of(self, name: str, line: Mapping[str, Any]) -> int:
        """Return the row of one line's cell at a level, or -1."""
        level = next(v for v in self.scheme.levels if v.name == name)
        return self.index.place_of(level, self._text(line))

    def _text(self, line: Mapping[str, Any]) -> dict[str, str]:
        return {
            name: cells.UNKNOWN if line.get(name) is None else str(line[name])
            for name in self.scheme.columns
        }

    def _one(
        self,
        level: Level,
        line: Mapping[str, str],
        found: dict[str, tuple[float, float]],
        fade: float,
    ) -> Estimate:
        row, strength = self.index.place_of(level, line), self.strengths[level.name]
        if row >= 0:
            m = self.means[level.name]
            slow, now, worth, prior = (
                float(values[row]) for values in (m.slow, m.now, m.strength, m.prior)
            )
            seen = self._rows[level.name][row]
        else:
            parts = [
                (np.array([found[n][0]]), np.array([found[n][1]])) for n in level.under if n != ROOT
            ]
            base, current = self._together(parts, 1)
            slow, now = float(base[0]), float(current[0])
            worth, prior, seen = min(strength.parent, strength.past), now, (0.0, 0.0)
        found[level.name] = slow, now
        return Estimate(
            level=level.name,
            cell=tuple(line[name] for name in level.by),
            on=self.on,
            found=seen[0] * fade,
            tests=seen[1] * fade,
            prior=prior,
            weight=strength.parent,
            value=now,
            strength=worth,
        )

    @cached_property
    def _rows(self) -> dict[str, list[tuple[float, float]]]:
        return {table.level.name: table.rows.select(COUNTS[2:]).rows() for table in self.tables}


def older(counts: Floats) -> tuple[Floats, Floats]:
    """Return what was found and tested before the recent past."""
    return np.maximum(counts[2] - counts[0], 0.0), np.maximum(counts[3] - counts[1], 0.0)


def slow_mean(found: Floats, tests: Floats, base: Floats, weight: float) -> Floats:
    """Return the posterior mean of a beta-binomial whose prior is worth ``weight`` tests."""
    mean: Floats = np.clip((found + weight * base) / (tests + weight), LEAST, 1 - LEAST)
    return mean


def relative(now: Floats, slow: Floats, base: Floats) -> Floats:
    """Move a slow mean as far as its parents have moved since."""
    if now is base:
        return slow
    moved: Floats = np.clip(expit(logit(now) + logit(slow) - logit(base)), LEAST, 1 - LEAST)
    return moved


def answer(counts: Floats, priors: tuple[Floats, Floats], strength: Strength) -> Means:
    """
    Return the posterior of cells (or lines) from their counts and what their parents say.

    :param counts: four rows, as ``COUNTS``; a column a cell
    :param priors: the parents' slow means, and those of now
    """
    base, now = priors
    slow = slow_mean(counts[2], counts[3], base, strength.parent)
    old = older(counts)
    before = relative(now, slow_mean(old[0], old[1], base, strength.parent), base)
    # The past cannot be surer of the present than it is of itself.
    worth = np.minimum(strength.past, old[1] + strength.parent)
    mean = np.clip((counts[0] + worth * before) / (counts[1] + worth), LEAST, 1 - LEAST)
    return Means(prior=now, base=base, slow=slow, now=mean, strength=counts[1] + worth)


def nothing_seen(priors: tuple[Floats, Floats], strength: Strength) -> Means:
    """Return what cells say that have seen nothing: what their parents say."""
    base, now = priors
    worth = np.full(now.size, min(strength.parent, strength.past))
    return Means(prior=now, base=base, slow=base, now=now, strength=worth)


def log_likelihood(found: Floats, tests: Floats, mean: Floats, weight: float) -> float:
    """
    Return the log marginal likelihood of counts whose rates are beta of that mean and weight.

    The binomial coefficients, which do not depend on the weight, are left out; counts may be
    fractions.
    """
    a, b = weight * mean, weight * (1.0 - mean)
    return float(
        np.sum(
            gammaln(found + a)
            - gammaln(a)
            + gammaln(tests - found + b)
            - gammaln(b)
            - gammaln(tests + weight)
        )
        + tests.size * gammaln(weight)
    )


def likeliest(found: Floats, tests: Floats, mean: Floats, *, centre: float, spread: float) -> float:
    """
    Return the weight of the prior, in tests, that makes the counts most likely.

    A log-normal around ``centre`` stands behind it, so that few cells do not say everything or
    nothing; ``spread`` of infinity leaves it out.
    """
    seen = tests > 0
    if not seen.any():
        return centre
    found, tests, mean = found[seen], tests[seen], mean[seen]

    def cost(log_weight: float) -> float:
        apart = (log_weight - np.log(centre)) / spread
        likelihood = log_likelihood(found, tests, mean, float(np.exp(log_weight)))
        return float(0.5 * apart**2 - likelihood)

    best = scipy.optimize.minimize_scalar(
        cost, bounds=_STRENGTHS, method="bounded", options={"xatol": 0.01}
    )
    return float(np.exp(best.x))
