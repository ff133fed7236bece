"""
Deciding one unit at a time: Wald's test, beta beliefs, and the Bayes boundary.

The Bayes boundary weighs the cost of one more unit against the loss of a wrong
verdict and is found by working back from the last unit. Not for fixed samples:
see ``design``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
import numpy.typing as npt
from scipy.special import betainc, betaln, gammaln

from guomen.core.sampling import columns
from guomen.core.sampling.plan import InvalidQuestion

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Beta:
    """A belief about the fraction nonconforming: beta with shapes a and b."""

    a: float
    b: float

    def __post_init__(self) -> None:
        """Refuse shapes that are not positive."""
        if not (self.a > 0 and self.b > 0):
            raise InvalidQuestion(f"both shapes are positive, not {self.a} and {self.b}")

    @property
    def mean(self) -> float:
        """Return the mean fraction."""
        return self.a / (self.a + self.b)

    def after(self, n: int, nonconforming: int) -> Beta:
        """Return the belief after seeing so many of n."""
        if not 0 <= nonconforming <= n:
            raise InvalidQuestion(f"{nonconforming} of {n} is not a count")
        return Beta(a=self.a + nonconforming, b=self.b + n - nonconforming)

    def at_most(self, p: npt.ArrayLike) -> Any:
        """Return the chance that the fraction is at most p."""
        found = betainc(self.a, self.b, np.asarray(p, np.float64))
        return float(found) if np.ndim(p) == 0 else found

    def predictive_pass(self, n: Any, c: Any = 0) -> Any:
        """Return the chance that a sample of n holds at most c nonconforming."""
        if columns.is_many(n, c):
            sizes, borne = columns.spread(n=n, c=c)
            found, which = columns.answers(self.predictive_pass, sizes, borne)
            return columns.gather(found, which, sizes.shape, np.float64)
        x = np.arange(min(c, n) + 1)
        log = gammaln(n + 1.0) - gammaln(x + 1.0) - gammaln(n - x + 1.0)
        log = log + betaln(self.a + x, self.b + n - x) - betaln(self.a, self.b)
        return float(min(1.0, np.exp(log).sum()))


@dataclass(frozen=True, slots=True, kw_only=True)
class SPRT:
    """
    Wald's sequential test of p0 against p1: two parallel lines.

    Accept when x <= slope n - h_accept, reject when x >= slope n + h_reject. Many tests: columns.
    """

    p0: Any
    p1: Any
    alpha: Any
    beta: Any
    h_accept: Any
    h_reject: Any
    slope: Any

    @property
    def min_n_accept_with_zero(self) -> Any:
        """Return the fewest units that accept when none is nonconforming."""
        found = np.ceil(np.asarray(self.h_accept) / self.slope).astype(np.int64)
        return int(found) if np.ndim(found) == 0 else found

    def accept_at(self, n: npt.ArrayLike) -> Any:
        """Return the largest count that accepts after n units; negative means none does."""
        return np.floor(self.slope * np.asarray(n) - self.h_accept).astype(np.int64)

    def reject_at(self, n: npt.ArrayLike) -> Any:
        """Return the smallest count that rejects after n units."""
        return np.ceil(self.slope * np.asarray(n) + self.h_reject).astype(np.int64)


def sprt(p0: Any, p1: Any, alpha: Any, beta: Any) -> SPRT:
    """
    Return Wald's sequential probability ratio test; arrays give a test whose fields are columns.

    Source: Wald, Sequential Analysis (1947), chapter 5.

    >>> sprt(0.01, 0.05, 0.05, 0.10).min_n_accept_with_zero
    55

    :raises InvalidQuestion: if not 0 < p0 < p1 < 1 or the risks leave nothing to decide
    """
    if columns.is_many(p0, p1, alpha, beta):
        parts = columns.spread(p0=p0, p1=p1, alpha=alpha, beta=beta)
        tests, which = columns.answers(sprt, *(columns.decimals(part) for part in parts))
        names = ("p0", "p1", "alpha", "beta", "h_accept", "h_reject", "slope")
        return SPRT(**{
            name: columns.gather(
                [getattr(test, name) for test in tests], which, parts[0].shape, np.float64
            )
            for name in names
        })  # fmt: skip
    if not (0 < p0 < p1 < 1 and 0 < alpha < 1 and 0 < beta < 1 and alpha + beta < 1):
        raise InvalidQuestion("need 0 < p0 < p1 < 1 and positive risks that sum to less than 1")
    # Weight of one nonconforming unit, and of one conforming unit, in the log likelihood ratio.
    found, clear = math.log(p1 / p0), math.log((1 - p0) / (1 - p1))
    unit = found + clear
    return SPRT(
        p0=p0, p1=p1, alpha=alpha, beta=beta, h_accept=math.log((1 - alpha) / beta) / unit,
        h_reject=math.log((1 - beta) / alpha) / unit, slope=clear / unit,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Losses:
    """
    What a verdict costs: accepting loses `accept` x p, rejecting `reject` x (1 - p); `unit` a unit.
    """

    accept: float
    reject: float
    unit: float

    def __post_init__(self) -> None:
        """Refuse negative prices."""
        if min(self.accept, self.reject, self.unit) < 0:
            raise InvalidQuestion("losses and costs are not negative")


@dataclass(frozen=True, slots=True, kw_only=True)
class Boundary:
    """
    When to stop: after n units accept at counts up to ``accept[n]``, reject from ``reject[n]``.

    ``accept`` is -1 where no count accepts yet, ``reject`` n + 1 where none rejects.
    """

    accept: Ints
    reject: Ints
    expected_cost: float
    prior: Beta
    losses: Losses
    horizon: int


@overload
def bayes_sequential(prior: Beta, losses: Losses, *, horizon: int = ...) -> Boundary: ...
@overload
def bayes_sequential(prior: Any, losses: Any, *, horizon: int = ...) -> tuple[Boundary, ...]: ...


def bayes_sequential(
    prior: Any, losses: Any, *, horizon: int = 200
) -> Boundary | tuple[Boundary, ...]:
    """
    Return the boundary that minimises expected cost over at most `horizon` units.

    Backward induction on (units, nonconforming); exact for the stated losses. Sequences of beliefs
    or losses give one boundary each.
    Source: Berger, Statistical Decision Theory (1985), chapter 7.

    :raises InvalidQuestion: if the horizon is negative
    """
    if horizon < 0:
        raise InvalidQuestion(f"a horizon is not negative, not {horizon}")
    if columns.is_many(prior, losses):
        beliefs, prices = columns.spread(prior=prior, losses=losses)
        pairs = list(zip(beliefs.ravel().tolist(), prices.ravel().tolist(), strict=True))
        known = {pair: _boundary(*pair, horizon) for pair in dict.fromkeys(pairs)}
        return tuple(known[pair] for pair in pairs)
    return _boundary(prior, losses, horizon)


def _boundary(prior: Beta, losses: Losses, horizon: int) -> Boundary:
    accept, reject = np.empty(horizon + 1, np.int64), np.empty(horizon + 1, np.int64)
    ahead: Floats | None = None
    for n in range(horizon, -1, -1):
        x = np.arange(n + 1)
        mean = (prior.a + x) / (prior.a + prior.b + n)
        yes, no = losses.accept * mean, losses.reject * (1.0 - mean)
        stop = np.minimum(yes, no)
        go_on = (
            np.full(n + 1, np.inf)
            if ahead is None
            else losses.unit + mean * ahead[1:] + (1.0 - mean) * ahead[:-1]
        )
        stopping = stop <= go_on
        takes, refuses = stopping & (yes <= no), stopping & (yes > no)
        accept[n] = x[takes].max(initial=-1)
        reject[n] = x[refuses].min(initial=n + 1)
        ahead = np.minimum(stop, go_on)
    assert ahead is not None  # noqa: S101 - the loop ran at least once
    return Boundary(
        accept=accept, reject=reject, expected_cost=float(ahead[0]), prior=prior, losses=losses,
        horizon=horizon,
    )  # fmt: skip


def voi(prior: Beta, losses: Losses, n: Any) -> Any:
    """
    Return the value of a sample of n units: how much it lowers the expected loss, before its cost.

    :raises InvalidQuestion: if n is negative
    """
    if columns.is_many(n):
        sizes = columns.whole("n", n, least=0)
        found, which = columns.answers(lambda size: voi(prior, losses, size), sizes)
        return columns.gather(found, which, sizes.shape, np.float64)
    if n < 0:
        raise InvalidQuestion(f"a sample is not negative, not {n}")
    x = np.arange(n + 1)
    log = gammaln(n + 1.0) - gammaln(x + 1.0) - gammaln(n - x + 1.0)
    weight = np.exp(log + betaln(prior.a + x, prior.b + n - x) - betaln(prior.a, prior.b))
    mean = (prior.a + x) / (prior.a + prior.b + n)
    with_sample = np.minimum(losses.accept * mean, losses.reject * (1.0 - mean))
    blind = min(losses.accept * prior.mean, losses.reject * (1.0 - prior.mean))
    return float(max(0.0, blind - (weight * with_sample).sum()))
