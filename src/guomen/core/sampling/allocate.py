"""
Sharing out a budget of units over lots so that the expected loss is least.

A lot accepted with a fraction p nonconforming loses ``loss`` x p; it is accepted
when none of its n units shows. The gain of one more unit falls with n, so taking
the best units first is the exact optimum, and the gain of the next unit is the
price of one more. Not for lots whose units cost differently.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln

from guomen.core.sampling.plan import InvalidQuestion
from guomen.core.sampling.sequential import Beta

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_FIRST_TABLE: Final = 256
_ROUNDS: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """
    Units for each lot, and what they leave.

    ``shadow_price`` is how much one more unit would lower the expected loss; 0 when every lot is
    inspected whole. ``loss_before`` is without any inspection.
    """

    n: Ints
    expected_loss: float
    loss_before: float
    shadow_price: float
    budget: int
    used: int


def expected_loss(loss: npt.ArrayLike, n: npt.ArrayLike, prior: Beta) -> Any:
    """Return loss x E[p (1 - p)**n]: what an accepted lot is expected to lose after n units."""
    units = np.asarray(n)
    distinct, place = np.unique(units, return_inverse=True)
    left = prior.mean * np.exp(_log_survival(prior, distinct.astype(np.float64), 1.0))
    return np.asarray(loss) * left[place].reshape(units.shape)


def _log_survival(prior: Beta, n: Any, extra: float) -> Any:
    """Return log E[(1 - p)**n] under the prior with its first shape raised by `extra`."""
    a, b = prior.a + extra, prior.b
    return gammaln(b + n) - gammaln(b) - gammaln(a + b + n) + gammaln(a + b)


@lru_cache(maxsize=256)
def _log_gains(prior: Beta, units: int) -> Floats:
    """Return log of the gain of unit 1, 2, ... of a lot that loses 1: E[p**2 (1 - p)**n]."""
    n = np.arange(units, dtype=np.float64)
    moment = np.log(prior.mean) + np.log((prior.a + 1) / (prior.a + prior.b + 1))
    gains = moment + _log_survival(prior, n, 2.0)
    return np.asarray(np.minimum.accumulate(gains), np.float64)


def allocate(lots: npt.ArrayLike, budget: int, *, loss: npt.ArrayLike, prior: Beta) -> Allocation:
    """
    Return the units per lot that minimise the expected loss within the budget.

    `lots` are sizes (a lot is never given more units than it has), `loss` what each would lose if
    all of it were nonconforming. Ties go to the earlier lot.

    >>> allocate([100, 100], 10, loss=[1.0, 50.0], prior=Beta(a=1, b=20)).n.tolist()
    [0, 10]

    :raises InvalidQuestion: if the budget or a loss is negative, or a lot empty
    """
    sizes, losses = np.broadcast_arrays(np.atleast_1d(lots), np.asarray(loss, np.float64))
    sizes = sizes.astype(np.int64)
    if budget < 0 or (sizes.size and (sizes.min() < 1 or not losses.min() >= 0)):
        raise InvalidQuestion("budget and losses are not negative, and lots hold units")
    n = _greedy(sizes, losses, min(budget, int(sizes.sum())), prior)
    before = float(losses.sum() * prior.mean)
    return Allocation(
        n=n, expected_loss=float(expected_loss(losses, n, prior).sum()), loss_before=before,
        shadow_price=_next_gain(sizes, losses, n, prior), budget=budget, used=int(n.sum()),
    )  # fmt: skip


def _greedy(sizes: Ints, losses: Floats, budget: int, prior: Beta) -> Ints:
    """Bracket the price by totals, then take the best of the few units that lie between."""
    order = np.argsort(-losses, kind="stable")
    with np.errstate(divide="ignore"):
        weight = np.log(losses[order])
    caps = sizes[order]
    gains = _long_enough(weight, caps, budget, prior)
    fewer, more = _bracket(weight, caps, gains, budget)
    taken = _best_between(fewer, more, weight, gains, budget)
    n = np.empty_like(taken)
    n[order] = taken
    return n


def _bracket(weight: Floats, caps: Ints, gains: Floats, budget: int) -> tuple[Ints, Ints]:
    """Return allocations at a price too high and one too low, close enough to sort between."""
    low, high = _price_range(weight, gains)
    more, fewer = _asked(weight, caps, gains, low), _asked(weight, caps, gains, high)
    if int(more.sum()) <= budget:
        return more, more
    above, below = np.log1p(more.sum()), np.log1p(fewer.sum())
    goal = np.log1p(budget)
    for turn in range(_ROUNDS):
        if int(more.sum() - fewer.sum()) <= max(1000, len(weight) // 4):
            break
        share = (above - goal) / (above - below) if turn % 3 < 2 else 0.5
        price = low + (high - low) * min(max(share, 0.02), 0.98)
        found = _asked(weight, caps, gains, price)
        total = int(found.sum())
        if total > budget:
            low, more, above = price, found, np.log1p(total)
        else:
            high, fewer, below = price, found, np.log1p(total)
    return fewer, more


def _best_between(fewer: Ints, more: Ints, weight: Floats, gains: Floats, budget: int) -> Ints:
    """Add to `fewer` the best units up to `more`, the earlier lot first among equals."""
    left = budget - int(fewer.sum())
    extra = more - fewer
    if left <= 0 or not extra.any():
        return fewer
    lot = np.repeat(np.arange(len(extra)), extra)
    first = np.repeat(np.cumsum(extra) - extra, extra)
    unit = np.repeat(fewer, extra) + np.arange(len(lot)) - first
    best = np.argsort(-(weight[lot] + gains[unit]), kind="stable")[:left]
    return fewer + np.bincount(lot[best], minlength=len(extra))


def _asked(weight: Floats, caps: Ints, gains: Floats, price: float) -> Ints:
    """
    Return how many units of each lot gain more than the price; weights fall from lot to lot.

    Asked the other way about, since there are fewer units than lots: how many lots want unit u.
    """
    lots_wanting = np.searchsorted(-weight, gains - price, side="left")
    left_out = np.cumsum(np.bincount(lots_wanting, minlength=len(weight) + 1)[: len(weight)])
    return np.minimum(len(gains) - left_out, caps)


def _price_range(weight: Floats, gains: Floats) -> tuple[float, float]:
    finite = weight[np.isfinite(weight)]
    if not finite.size:
        return -1.0, 0.0
    return float(finite.min() + gains[-1]) - 1.0, float(finite.max() + gains[0]) + 1e-9


def _long_enough(weight: Floats, caps: Ints, budget: int, prior: Beta) -> Floats:
    """Return the table of gains, long enough for the most that any lot can be given."""
    most = min(int(caps.max(initial=1)), max(budget, 1))
    units = min(_FIRST_TABLE, most)
    while units < most:
        gains = _log_gains(prior, units)
        # At the price of the best lot's last tabled unit, do the lots together exceed the budget?
        if _asked(weight, caps, gains, float(weight[0] + gains[-1])).sum() >= budget:
            return gains
        units = min(units * 4, most)
    return _log_gains(prior, units)


def _next_gain(sizes: Ints, losses: Floats, n: Ints, prior: Beta) -> float:
    open_lots = n < sizes
    if not open_lots.any():
        return 0.0
    gains = _log_gains(prior, int(n[open_lots].max()) + 1)
    return float((losses[open_lots] * np.exp(gains[n[open_lots]])).max())
