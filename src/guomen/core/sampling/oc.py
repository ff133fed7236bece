"""
How a plan behaves: chance of acceptance, mean sample, outgoing quality, risks.

Works for every attribute plan read as stages. Found nonconforming units are
replaced and refused lots screened where an outgoing quality is asked. Not for
variables plans (``variables``) or continuous sampling (``csp``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal, overload

import numpy as np
import numpy.typing as npt
from scipy.special import bdtr, bdtri, gammaincinv, gammaln, pdtr, xlog1py, xlogy

from guomen.core.sampling import columns, search
from guomen.core.sampling.oc_many import OCs, Risks, are_plans, curves, qualities
from guomen.core.sampling.plan import InvalidQuestion, Staged
from guomen.core.sampling.roots import root

Model = Literal["binomial", "poisson", "hypergeom"]
Floats = npt.NDArray[np.float64]

MODELS: Final = ("binomial", "poisson", "hypergeom")


@dataclass(frozen=True, slots=True, kw_only=True)
class OC:
    """
    Operating characteristic over quality levels ``p``.

    ``pa`` chance of acceptance, ``asn`` mean number sampled without curtailment, ``aoq`` mean
    outgoing fraction and ``ati`` mean number inspected when refused lots are screened and what is
    found is replaced. ``aoq`` and ``ati`` are None without a lot size.
    """

    p: Floats
    pa: Floats
    asn: Floats
    aoq: Floats | None
    ati: Floats | None
    model: Model
    lot: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """The qualities accepted 95, 50 and 10 % of the time; None when there is no such quality."""

    p95: float | None
    p50: float | None
    p10: float | None
    model: Model


@overload
def oc(plan: Staged, p: npt.ArrayLike, *, model: Model = ..., lot: int | None = ...) -> OC: ...
@overload
def oc(plan: Any, p: npt.ArrayLike, *, model: Model = ..., lot: Any = ...) -> OCs: ...


def oc(plan: Any, p: npt.ArrayLike, *, model: Model = "binomial", lot: Any = None) -> OC | OCs:
    """
    Return the operating characteristic of a plan at fractions nonconforming `p`.

    Under the Poisson model p counts nonconformities a unit. `lot` is needed for
    the hypergeometric model (where p becomes round(N p) units) and for AOQ and ATI. Columns of
    plans (and of lots) give ``OCs``. Source:
    ISO 2859-1:1999, clause 12; AOQ and ATI as in Dodge and Romig (1959).

    >>> from guomen.core.sampling.iso2859 import single
    >>> round(float(oc(single(1000), 0.01).pa[0]), 4)
    0.9534

    :raises InvalidQuestion: if p is outside [0, 1], or the hypergeometric model lacks its lot
    """
    levels = np.atleast_1d(np.asarray(p, np.float64))
    _check(levels, model, lot)
    if are_plans(plan):
        return curves(oc, plan, levels, model=model, lot=lot)
    counts = _Counts(levels, model, lot)
    accept, cumulative, go_on = [], [], []
    for taken, accepted, continuing in _walk(plan, counts):
        accept.append(accepted)
        cumulative.append(taken)
        go_on.append(continuing)
    pa = np.clip(np.sum(accept, axis=0), 0.0, 1.0)
    sizes = np.array([n for n, _, _ in plan.stages], np.float64)
    asn = sizes[0] + sum(
        (size * share for size, share in zip(sizes[1:], go_on[:-1], strict=True)),
        np.zeros_like(levels),
    )
    if lot is None:
        return OC(p=levels, pa=pa, asn=asn, aoq=None, ati=None, model=model, lot=None)
    left = np.array([max(lot - taken, 0) for taken in cumulative], np.float64)
    unseen = np.sum([a * rest for a, rest in zip(accept, left, strict=True)], axis=0)
    return OC(
        p=levels, pa=pa, asn=asn, aoq=levels * unseen / lot, ati=lot - unseen, model=model, lot=lot
    )


def pa(plan: Any, p: npt.ArrayLike, *, model: Model = "binomial", lot: Any = None) -> Any:
    """Return the chance of acceptance alone, a float for a scalar p; a row a plan for columns."""
    found = oc(plan, p, model=model, lot=lot).pa
    if are_plans(plan):
        return found[:, 0] if np.ndim(p) == 0 else found
    return float(found[0]) if np.ndim(p) == 0 else found


def single_pa(n: Any, ac: Any, p: Any) -> Any:
    """Return the binomial chance of acceptance of single plans; arrays broadcast."""
    return bdtr(ac, n, p)


@overload
def risk(plan: Staged, *, model: Model = ..., lot: int | None = ...) -> Risk: ...
@overload
def risk(plan: Any, *, model: Model = ..., lot: Any = ...) -> Risks: ...


def risk(plan: Any, *, model: Model = "binomial", lot: Any = None) -> Risk | Risks:
    """
    Return the qualities that are accepted 95, 50 and 10 % of the time; columns give ``Risks``.

    :raises InvalidQuestion: if the hypergeometric model lacks its lot
    """
    points: Any = [quality_at(plan, share, model=model, lot=lot) for share in (0.95, 0.50, 0.10)]
    if are_plans(plan):
        return Risks(p95=points[0], p50=points[1], p10=points[2], model=model)
    return Risk(p95=points[0], p50=points[1], p10=points[2], model=model)


@overload
def quality_at(
    plan: Staged, share: float, *, model: Model = ..., lot: int | None = ...
) -> float | None: ...
@overload
def quality_at(plan: Any, share: Any, *, model: Model = ..., lot: Any = ...) -> Floats: ...


def quality_at(plan: Any, share: Any, *, model: Model = "binomial", lot: Any = None) -> Any:
    """
    Return the fraction nonconforming accepted with chance `share`.

    Under the hypergeometric model the smallest whole number of units accepted no more often.
    Columns of plans or shares give a column, nan where there is no such quality.

    :raises InvalidQuestion: if a share is not between 0 and 1
    """
    if not np.all((np.asarray(share) > 0) & (np.asarray(share) < 1)):
        raise InvalidQuestion("a share of lots accepted lies between 0 and 1", share=share)
    if are_plans(plan):
        return qualities(quality_at, plan, share, model=model, lot=lot)
    if columns.is_many(share):
        shares = columns.decimals(share)
        found = [
            columns.nan_if_none(_quality(plan, one, model, lot)) for one in shares.ravel().tolist()
        ]
        return np.array(found, np.float64).reshape(shares.shape)
    return _quality(plan, float(share), model, lot)


def _quality(plan: Staged, share: float, model: Model, lot: int | None) -> float | None:
    if model == "hypergeom":
        return _quality_at_finite(plan, share, lot)
    if len(plan.stages) == 1:
        n, _, re = plan.stages[0]
        if model == "poisson":
            return float(gammaincinv(re, 1.0 - share)) / n
        return None if re - 1 >= n else float(bdtri(re - 1, n, share))
    total = sum(n for n, _, _ in plan.stages)
    top = 1.0 if model == "binomial" else 50.0 * (plan.stages[-1][2] + 10) / total
    if _pa_at(plan, top, model) > share:
        return None
    return root(lambda p: _pa_at(plan, p, model) - share, 0.0, top)


def _pa_at(plan: Staged, p: float, model: Model) -> float:
    return float(oc(plan, p, model=model).pa[0])


def _quality_at_finite(plan: Staged, share: float, lot: int | None) -> float | None:
    if lot is None:
        raise InvalidQuestion("the hypergeometric model needs the lot size")
    low, high = 0, lot
    if _finite(plan, lot, lot) > share:
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _finite(plan, middle, lot) <= share else (middle, high)
    return high / lot


def _finite(plan: Staged, bad: int, lot: int) -> float:
    return float(oc(plan, bad / lot, model="hypergeom", lot=lot).pa[0])


def _check(levels: Floats, model: str, lot: int | None) -> None:
    if model not in MODELS:
        raise InvalidQuestion(f"model {model!r} is not one of {', '.join(MODELS)}", allowed=MODELS)
    top = np.inf if model == "poisson" else 1.0  # nonconformities a unit may exceed one
    if not np.all((levels >= 0.0) & (levels <= top)):
        raise InvalidQuestion("a fraction nonconforming lies within 0 and 1")
    if model == "hypergeom" and lot is None:
        raise InvalidQuestion("the hypergeometric model needs the lot size")


class _Counts:
    """Chances of counting so many nonconforming units, for one model and many levels."""

    __slots__ = ("bad", "levels", "lot", "model")

    def __init__(self, levels: Floats, model: Model, lot: int | None) -> None:
        self.levels = levels
        self.model = model
        self.lot = lot
        # Units, where the lot is finite: a level is a whole number of them.
        self.bad = np.rint(levels * lot).astype(np.int64) if lot is not None else None

    def at_most(self, c: int, n: int) -> Floats:
        """Return P(count <= c) in a first sample of n."""
        if c < 0:
            return np.zeros_like(self.levels)
        cumulative: Callable[[int, int], Any] = {
            "binomial": lambda c, n: bdtr(min(c, n), n, self.levels),
            "poisson": lambda c, n: pdtr(c, n * self.levels),
            "hypergeom": self._hypergeometric_at_most,
        }[self.model]
        return np.asarray(cumulative(c, n), np.float64)

    def _hypergeometric_at_most(self, c: int, n: int) -> Floats:
        assert self.lot is not None  # noqa: S101 - checked at the door
        assert self.bad is not None  # noqa: S101
        return search.hypergeometric_at_most(c, self.lot, self.bad, min(n, self.lot))

    def chances(self, n: int, *, before: int, found: int, top: int) -> Floats:
        """Return P(x in n | `found` in `before`) for x up to `top`; shape (top + 1, levels)."""
        x = np.arange(top + 1, dtype=np.float64)[:, None]
        p = self.levels[None, :]
        if self.model == "binomial":
            log = gammaln(n + 1.0) - gammaln(x + 1.0) - gammaln(np.maximum(n - x, 0.0) + 1.0)
            return np.where(x <= n, np.exp(log + xlogy(x, p) + xlog1py(n - x, -p)), 0.0)
        if self.model == "poisson":
            return np.asarray(np.exp(xlogy(x, n * p) - n * p - gammaln(x + 1.0)))
        assert self.lot is not None  # noqa: S101 - checked at the door
        assert self.bad is not None  # noqa: S101
        return search.hypergeometric_chances(
            top, self.lot - before, self.bad - found, min(n, self.lot - before)
        )


def _walk(plan: Staged, counts: _Counts) -> Any:
    """Yield for each stage: units so far, P(accept here), P(go on)."""
    stages = plan.stages
    if len(stages) == 1:
        n, _, re = stages[0]
        # Below the rejection number is acceptance, also where a gap (105E) means "but revert".
        accepted = counts.at_most(re - 1, n)
        yield n, accepted, np.zeros_like(accepted)
        return
    open_counts: dict[int, Floats] = {0: np.ones_like(counts.levels)}
    taken = 0
    for place, (n, ac, re) in enumerate(stages):
        reached = _next_counts(open_counts, counts, n, taken, re - 1)
        taken += n
        last = place == len(stages) - 1
        edge = re - 1 if last else ac
        zero = np.zeros_like(counts.levels)
        accepted = sum((v for d, v in reached.items() if d <= edge), zero)
        open_counts = {} if last else {d: v for d, v in reached.items() if ac < d < re}
        yield taken, accepted, sum(open_counts.values(), zero)


def _next_counts(
    open_counts: dict[int, Floats], counts: _Counts, n: int, taken: int, top: int
) -> dict[int, Floats]:
    """Convolve the open counts with the next sample, keeping totals up to `top`."""
    reached: dict[int, Floats] = {}
    same = None  # without a finite lot the next sample does not depend on what was found
    for found, share in open_counts.items():
        if counts.model == "hypergeom" or same is None:
            same = counts.chances(n, before=taken, found=found, top=top)
        for x in range(top - found + 1):
            reached[found + x] = reached.get(found + x, 0.0) + share * same[x]
    return reached
