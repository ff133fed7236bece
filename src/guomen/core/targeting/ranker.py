"""
The chance that a line fails: posteriors of its cells, a logistic and a small booster, stacked.

Features of a past result never hold that result: cells are counted without its fold. The three
are mixed by how well each foretold what came later, so a model that does not help weighs nothing.
Inspectors and laboratories are adjusted for and are never a feature.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Final, Protocol

import numpy as np
import polars as pl
import scipy
from scipy.special import expit, logit

from guomen.core.targeting import bonus, cells
from guomen.core.targeting.calibration import IDENTITY, Calibration, calibrated
from guomen.core.targeting.cells import ROOT, Floats, Ints, Scheme
from guomen.core.targeting.estimate import Estimate
from guomen.core.targeting.posterior import LEAST, Means, Posterior, answer
from guomen.core.targeting.sensitivity import Sensitivity, sensitivities

FOLDS: Final = 5
MODELS: Final = ("cells", "logistic", "booster")
_RIDGE = 20.0


class Booster(Protocol):
    """A fitted booster: features in, log odds to be added out."""

    def raw(self, features: Floats) -> Floats:
        """Return what is to be added to the log odds of the logistic."""
        ...

    def text(self) -> str:
        """Return the model as text."""
        ...


#: Fits a booster on features, found, weights and the log odds it starts from.
BoosterFit = Callable[[Floats, Floats, Floats, Floats], Booster]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """
    How to fit: what the booster may see, how unfamiliar goods are treated.

    ``z`` is the optimism of the bonus; ``least_found`` the failures below which the cells speak
    alone; ``rounds`` how often sensitivities and cells are asked in turn.
    """

    z: float = 1.0
    least_found: int = 60
    rounds: int = 2
    tail_share: float = 0.3
    most_rows: int = 400_000


@dataclass(frozen=True, kw_only=True)
class Chances:
    """The answer for lines: chance to fail, index with the bonus, what the bonus rests on."""

    chance: Floats
    index: Floats
    mean: Floats
    strength: Floats
    cell: Ints


@dataclass(frozen=True, kw_only=True)
class Ranker:
    """
    A fitted model with its question: cells, models and their weights, calibration, evidence.

    ``weights`` are those of ``MODELS``; ``losses`` the log loss of each, of their mixture and of
    the plain mean, on results that came after what it was fitted on.
    """

    posterior: Posterior
    settings: Settings
    coefficients: Floats
    booster: Booster | None
    weights: tuple[float, float, float]
    calibration: Calibration
    sensitivity: Sensitivity
    losses: Mapping[str, float]
    results: int
    found: float
    held_out: tuple[Floats, Floats] = field(default=(np.zeros(0), np.zeros(0)), repr=False)
    # Tests planned and not yet known, by row of the bonus level: they narrow its bonus.
    planned: Floats = field(default_factory=lambda: np.zeros(0), repr=False)

    @property
    def scheme(self) -> Scheme:
        """Return the hierarchy of cells."""
        return self.posterior.scheme

    def chances(self, lines: pl.DataFrame) -> Chances:
        """Return the chances of lines; columns as in the scheme, null where unknown."""
        places = self.posterior.places(lines)
        means = self.posterior.of_places(places)
        chance = self._mixed(means, numbers(self.scheme, lines))
        level, cell = means[self.scheme.bonus], places[self.scheme.bonus]
        strength = level.strength + self._planned(cell)
        unsure = bonus.factor(level.now, strength, self.settings.z)
        return Chances(
            chance=chance,
            index=np.minimum(chance * unsure, 1.0),
            mean=level.now,
            strength=strength,
            cell=cell,
        )

    def _planned(self, cell: Ints) -> Floats:
        if not self.planned.size:
            return np.zeros(cell.size)
        planned: Floats = np.where(cell >= 0, self.planned[np.maximum(cell, 0)], 0.0)
        return planned

    def explain(self, line: Mapping[str, Any]) -> tuple[Estimate, ...]:
        """Return what each level of cells says of one line."""
        return self.posterior.of_line(line)

    def chance_of(self, line: Mapping[str, Any]) -> tuple[float, float, tuple[Estimate, ...]]:
        """Return chance, index and explanation of one line without making a frame of it."""
        estimates = self.posterior.of_line(line)
        means = {
            e.level: Means(
                prior=np.array([e.prior]),
                base=np.array([e.prior]),
                slow=np.array([e.value]),
                now=np.array([e.value]),
                strength=np.array([e.strength]),
            )
            for e in estimates
        }
        extra = np.array([[_number(line.get(name)) for name in self.scheme.numbers]])
        chance = self._mixed(means, extra)
        level = means[self.scheme.bonus]
        cell = np.array([self.posterior.place_of(self.scheme.bonus, line)])
        unsure = bonus.factor(level.now, level.strength + self._planned(cell), self.settings.z)
        return float(chance[0]), float(min(chance[0] * unsure[0], 1.0)), estimates

    def _mixed(self, means: Mapping[str, Means], extra: Floats) -> Floats:
        parts = _predictions(self, means, extra)
        mixed = sum(w * p for w, p in zip(self.weights, parts, strict=True) if w > 0)
        return np.clip(self.calibration(np.asarray(mixed)), LEAST, 1 - LEAST)

    def at(self, on: date) -> Ranker:
        """Return the same model as of another day: counts fade, nothing else changes."""
        return replace(self, posterior=self.posterior.at(on))

    def add(self, results: pl.DataFrame, *, on: date | None = None) -> Ranker:
        """Add results to the cells; the models stay until they are fitted again."""
        counted = results.with_columns(pl.Series("tests", self.sensitivity.tests(results)))
        return replace(self, posterior=self.posterior.add(counted, on=on))


def numbers(scheme: Scheme, lines: pl.DataFrame) -> Floats:
    """Return the raw numbers that the booster may see; NaN where unknown."""
    if not scheme.numbers:
        return np.zeros((lines.height, 0))
    return lines.select(
        pl.col(n).cast(pl.Float64).fill_null(np.nan) for n in scheme.numbers
    ).to_numpy()


def _number(value: Any) -> float:
    return np.nan if value is None else float(value)


def leaves(scheme: Scheme) -> tuple[str, ...]:
    """Return the levels that are no other's parent."""
    parents = {name for level in scheme.levels for name in level.under}
    return tuple(level.name for level in scheme.levels if level.name not in parents)


def cells_alone(scheme: Scheme, means: Mapping[str, Means], root: float) -> Floats:
    """Return what the cells say without any model: their leaves, added up on log odds."""
    ends = leaves(scheme)
    total = sum(logit(means[name].now) for name in ends) - (len(ends) - 1) * logit(root)
    chance: Floats = np.clip(expit(total), LEAST, 1 - LEAST)
    return chance


def steps(scheme: Scheme, means: Mapping[str, Means]) -> Floats:
    """Return for each level how far a cell stands from its parents, on log odds: lines × levels."""
    return np.stack(
        [logit(means[v.name].now) - logit(means[v.name].prior) for v in scheme.levels], axis=1
    )


def features(scheme: Scheme, means: Mapping[str, Means], extra: Floats) -> Floats:
    """Return what the booster sees: each level's log odds, how sure they are, raw numbers."""
    columns = [logit(means[v.name].now) for v in scheme.levels]
    columns += [np.log(means[v.name].strength) for v in scheme.levels]
    return np.hstack([np.stack(columns, axis=1), extra])


def _predictions(model: Ranker, means: Mapping[str, Means], extra: Floats) -> list[Floats]:
    root = model.posterior.root_mean
    scheme = model.scheme
    found: list[Floats] = [np.zeros(1)] * 3
    if model.weights[0] > 0:
        found[0] = cells_alone(scheme, means, root)
    if model.weights[1] > 0 or model.weights[2] > 0:
        linear = model.coefficients[0] + steps(scheme, means) @ model.coefficients[1:] + logit(root)
        found[1] = np.clip(expit(linear), LEAST, 1 - LEAST)
        if model.booster is not None and model.weights[2] > 0:
            added = model.booster.raw(features(scheme, means, extra))
            found[2] = np.clip(expit(linear + added), LEAST, 1 - LEAST)
    return found


def out_of_fold(posterior: Posterior, results: pl.DataFrame, folds: Ints) -> dict[str, Means]:
    """
    Return the answer for each result from the results of the other folds alone.

    :param results: those that the posterior was made of
    :param folds: the fold of each, from 0
    """
    scheme = posterior.scheme
    rows = cells.weighted(scheme, results)
    fade = cells.fading(scheme, posterior.on)
    values = rows.select(cells.COUNTS).to_numpy().T * fade[:, None]
    hashes = cells.hashed(rows.select(scheme.columns))
    number = int(folds.max(initial=0)) + 1
    root = _root_without(posterior, values, folds, number)
    found: dict[str, Means] = {}
    for level in scheme.levels:
        codes, size = cells.groups(level, hashes)
        counts = _without(values, codes, size, folds, number)
        parts = [(found[n].slow, found[n].now) for n in level.under if n != ROOT]
        priors = _priors(parts, root)
        found[level.name] = answer(counts, priors, posterior.strengths[level.name])
    return found


def _root_without(posterior: Posterior, values: Floats, folds: Ints, number: int) -> Floats:
    """Return for each result how often all goods fail, without its fold."""
    fade = float(cells.fading(posterior.scheme, posterior.on)[2])
    whole = [total * fade for total in posterior.root]
    parts = [np.bincount(folds, v, number) for v in values[2:]]
    by_fold = (whole[0] - parts[0] + 1.0) / (whole[1] - parts[1] + 100.0)
    rate: Floats = np.clip(by_fold, LEAST, 1 - LEAST)[folds]
    return rate


def _without(values: Floats, codes: Ints, size: int, folds: Ints, number: int) -> Floats:
    """Return each result's cell counts without those of its own fold."""
    both = codes * number + folds
    rest = []
    for row in values:
        by_fold = np.bincount(both, row, size * number).reshape(size, number)
        # Adding up the other folds, rather than taking one's own away, leaves no rounding of it.
        others = np.stack(
            [np.delete(by_fold, fold, axis=1).sum(axis=1) for fold in range(number)], axis=1
        )
        rest.append(others.ravel()[both])
    return np.stack(rest)


def _priors(parts: list[tuple[Floats, Floats]], root: Floats) -> tuple[Floats, Floats]:
    if not parts:
        return root, root
    if len(parts) == 1:
        return parts[0]
    extra = (len(parts) - 1) * logit(root)
    slow, now = (
        np.clip(expit(sum(logit(part[i]) for part in parts) - extra), LEAST, 1 - LEAST)
        for i in range(2)
    )
    return slow, now


def folds_of(results: pl.DataFrame, *, number: int = FOLDS) -> Ints:
    """Return the fold of each result: results of one ``group`` (a consignment) stay together."""
    if "group" in results.columns:
        codes = results["group"].rank("dense").cast(pl.Int64).fill_null(0).to_numpy()
    else:
        codes = np.arange(results.height)
    # A multiplicative hash, so that neighbours in time do not fall into a pattern.
    mixed = (codes.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(40)
    return (mixed % np.uint64(number)).astype(np.int64)


def logistic(columns: Floats, found: Floats, weight: Floats, start: Floats) -> Floats:
    """
    Return intercept and coefficients of a ridge logistic that begins at one for every step.

    Newton's method; one for every step is what the cells say without any model.

    :param start: the log odds to which the steps are added
    """
    design = np.hstack([np.ones((columns.shape[0], 1)), columns])
    prior = np.concatenate([[0.0], np.ones(columns.shape[1])])
    penalty = np.full(design.shape[1], _RIDGE)
    penalty[0] = 1e-3
    at = prior.copy()
    for _ in range(12):
        p = expit(start + design @ at)
        slope = design.T @ (weight * (found - p)) - penalty * (at - prior)
        bend = (design * (weight * p * (1 - p))[:, None]).T @ design + np.diag(penalty)
        move = np.linalg.solve(bend, slope)
        at = at + np.clip(move, -2, 2)
        if np.abs(move).max() < 1e-6:
            break
    return at


def mixture(predictions: list[Floats], found: Floats, weight: Floats) -> Floats:
    """
    Return the weights of models whose mixture makes what was found most likely.

    The log loss is convex in the weights, so the best mixture is the only one.
    """
    likelihood = np.stack([np.where(found > 0.5, p, 1 - p) for p in predictions], axis=1)
    total, number = weight.sum(), len(predictions)

    def cost(shares: Floats) -> tuple[float, Floats]:
        mixed = likelihood @ shares
        loss = -float(weight @ np.log(mixed)) / total
        return loss, -(likelihood.T @ (weight / mixed)) / total

    found_best = scipy.optimize.minimize(
        cost,
        np.full(number, 1.0 / number),
        jac=True,
        method="SLSQP",
        bounds=[(0.0, 1.0)] * number,
        constraints=[{"type": "eq", "fun": lambda s: s.sum() - 1, "jac": np.ones_like}],
        options={"ftol": 1e-10},
    )
    shares = np.where(found_best.x < _NEGLIGIBLE, 0.0, found_best.x)
    mixed: Floats = shares / shares.sum()
    return mixed


_NEGLIGIBLE = 0.02


def log_loss(chance: Floats, found: Floats, weight: Floats) -> float:
    """Return the mean of minus the log of the chance given to what happened."""
    likelihood = np.where(found > 0.5, chance, 1 - chance)
    return float(-(weight * np.log(np.clip(likelihood, 1e-12, 1))).sum() / weight.sum())


def counted(scheme: Scheme, results: pl.DataFrame, *, on: date, settings: Settings) -> tuple[
    pl.DataFrame, Posterior, Sensitivity
]:  # fmt: skip
    """Return results counted by how much their examiners see, and the posterior of them."""
    seen = Sensitivity()
    posterior = Posterior.of(scheme, results, on=on)
    if "examiner" not in results.columns or results["examiner"].n_unique() < 2:
        return results, posterior, seen
    raw = results
    for _ in range(settings.rounds):
        means = out_of_fold(posterior, results, folds_of(results))
        expected = cells_alone(scheme, means, posterior.root_mean)
        seen = sensitivities(raw, expected * raw["tests"].cast(pl.Float64).to_numpy())
        results = raw.with_columns(pl.Series("tests", seen.tests(raw)))
        posterior = Posterior.of(scheme, results, on=on)
    return results, posterior, seen


def fit(
    scheme: Scheme,
    results: pl.DataFrame,
    *,
    on: date,
    settings: Settings | None = None,
    booster: BoosterFit | None = None,
) -> Ranker:
    """
    Fit everything on the results known by a day.

    :param results: the columns of the scheme, ``day``, ``found``, ``tests``, and where known
        ``examiner``, ``group`` (consignment), ``weight`` (inverse chance of selection, capped)
    :param booster: fits the booster, or None: then the logistic is the last word
    :raises guomen.core.targeting.cells.SchemeError: if a result has no number
    """
    settings = settings or Settings()
    results = cells.in_day(results, on)
    whole, posterior, seen = counted(scheme, results, on=on, settings=settings)
    found = float(whole["found"].sum()) if whole.height else 0.0
    plain = Ranker(
        posterior=posterior,
        settings=settings,
        coefficients=np.concatenate([[0.0], np.ones(len(scheme.levels))]),
        booster=None,
        weights=(1.0, 0.0, 0.0),
        calibration=IDENTITY,
        sensitivity=seen,
        losses={},
        results=whole.height,
        found=found,
    )
    if found < settings.least_found:
        return plain
    tested = _foretold(plain, whole, booster)
    if tested is None:
        return plain
    predictions, held, weight = tested
    truth = held["found"].cast(pl.Float64).to_numpy()
    shares = mixture(predictions, truth, weight)
    mixed = np.einsum("i,ij->j", shares, np.stack(predictions))
    losses = {
        name: log_loss(p, truth, weight) for name, p in zip(MODELS, predictions, strict=False)
    }
    losses |= {
        "mixture": log_loss(mixed, truth, weight),
        "mean": log_loss(np.full(truth.size, posterior.root_mean), truth, weight),
    }
    weights = (*shares.tolist(), 0.0)[:3]
    models = _models(plain, whole, booster if len(shares) == 3 and shares[2] > 0 else None)
    return replace(
        models,
        weights=weights,
        calibration=calibrated(mixed, truth, weight),
        losses=losses,
        held_out=(mixed, truth),
    )


def _weights(results: pl.DataFrame) -> Floats:
    if "weight" not in results.columns:
        return np.ones(results.height)
    return results["weight"].cast(pl.Float64).fill_null(1.0).to_numpy()


def _recent(results: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Return the newest results that the models are fitted on; the cells have seen all."""
    return results.tail(settings.most_rows) if results.height > settings.most_rows else results


def _models(plain: Ranker, results: pl.DataFrame, booster: BoosterFit | None) -> Ranker:
    """Fit the logistic, and the booster where one is given, on features without leaks."""
    scheme, posterior = plain.scheme, plain.posterior
    means = out_of_fold(posterior, results, folds_of(results))
    if results.height > plain.settings.most_rows:
        kept = np.argsort(results["day"].to_numpy(), kind="stable")[-plain.settings.most_rows :]
        means = {
            name: Means(*(getattr(m, part)[kept] for part in Means.__slots__))
            for name, m in means.items()
        }
        results = results[kept]
    found = results["found"].cast(pl.Float64).to_numpy()
    weight = _weights(results)
    start = np.full(found.size, logit(posterior.root_mean))
    columns = steps(scheme, means)
    coefficients = logistic(columns, found, weight, start)
    fitted = None
    if booster is not None:
        linear = start + coefficients[0] + columns @ coefficients[1:]
        fitted = booster(features(scheme, means, numbers(scheme, results)), found, weight, linear)
    return replace(plain, coefficients=coefficients, booster=fitted)


def _foretold(
    plain: Ranker, results: pl.DataFrame, booster: BoosterFit | None
) -> tuple[list[Floats], pl.DataFrame, Floats] | None:
    """Foretell the later results from the earlier ones, twice; None where there are too few."""
    days = results["day"].sort()
    cuts = [days[int(days.len() * (1 - plain.settings.tail_share * part))] for part in (1.0, 0.5)]
    ends = [cuts[1], days[-1] + timedelta(days=1)]
    parts: list[list[Floats]] = []
    held: list[pl.DataFrame] = []
    for cut, end in zip(cuts, ends, strict=True):
        before = results.filter(pl.col("day") < cut)
        after = results.filter((pl.col("day") >= cut) & (pl.col("day") < end))
        if before["found"].sum() < plain.settings.least_found / 2 or not after.height:
            continue
        posterior = Posterior.of(plain.scheme, before, on=cut)
        model = _models(
            replace(plain, posterior=posterior, weights=(1.0, 1.0, 1.0)), before, booster
        )
        means = posterior.of_lines(after)
        predictions = _predictions(model, means, numbers(plain.scheme, after))
        parts.append(predictions if booster is not None else predictions[:2])
        held.append(after)
    if not parts:
        return None
    later = pl.concat(held)
    return [np.concatenate(p) for p in zip(*parts, strict=True)], later, _weights(later)
