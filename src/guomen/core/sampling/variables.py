"""
Variables plans by the k-method: a mean far enough from the limit, in spreads.

Accept when (U - mean) / s >= k, or with the known sigma. Designed from two risk
points exactly, with the noncentral t where the spread is estimated. With both
limits the estimated fraction beyond both is compared (Lieberman and Resnikoff,
1955). Not for counts: see ``iso2859``; and not without a normal distribution.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Literal, overload

import numpy as np
import numpy.typing as npt
from scipy.special import betainc, nctdtr, nctdtrit, ndtr, ndtri

from guomen.core.sampling import columns
from guomen.core.sampling.plan import InfeasiblePlan, InvalidQuestion, Source
from guomen.core.sampling.roots import root as solve
from guomen.core.text import Text

Method = Literal["s", "sigma"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

OURS: Final = Source(
    standard="Guomen design", edition="1", clause="k-method, two risk points", evidence="designed"
)
_LARGEST_N = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class VariablesPlan:
    """A sample size and an acceptance constant, with the question they answer."""

    n: int
    k: float
    method: Method
    source: Source
    p1: float | None = None
    alpha: float | None = None
    p2: float | None = None
    beta: float | None = None

    def pa(self, p: npt.ArrayLike) -> Any:
        """Return the chance of accepting when a fraction p lies beyond the limit."""
        return pa(self.n, self.k, p, method=self.method)


@dataclass(frozen=True, slots=True, kw_only=True)
class VariablesPlans:
    """
    k-plans of many questions; ``plans[i]`` is the i-th as a ``VariablesPlan``.

    ``n`` is -1 and ``k`` nan where no plan holds both risks (``feasible`` is False). ``cases`` are
    the distinct answers, ``case`` which one a row has.
    """

    n: Ints
    k: Floats
    feasible: npt.NDArray[np.bool_]
    case: Ints
    cases: tuple[VariablesPlan | InfeasiblePlan, ...]

    def __len__(self) -> int:
        """Return the number of plans."""
        return len(self.n)

    def __getitem__(self, row: int) -> VariablesPlan:
        """
        Return one plan as a value.

        :raises InfeasiblePlan: if this question has no answer
        """
        found = self.cases[int(self.case[row])]
        if isinstance(found, InfeasiblePlan):
            raise found
        return found

    def pa(self, p: npt.ArrayLike) -> Floats:
        """Return the chance of accepting fraction p, one for each plan; nan without a plan."""
        levels = columns.spread(p=p, plans=self.n)[0]
        found = np.full(self.n.shape, np.nan)
        for method in ("s", "sigma"):
            mine = [isinstance(x, VariablesPlan) and x.method == method for x in self.cases]
            rows = np.flatnonzero(columns.gather(mine, self.case, self.n.shape, np.bool_))
            if rows.size:
                found[rows] = pa(self.n[rows], self.k[rows], levels[rows], method=method)
        return found


def gathered(ask: Callable[..., VariablesPlan], *question: npt.NDArray[Any]) -> VariablesPlans:
    """Ask each distinct question once, and gather."""

    def one(*parts: Any) -> VariablesPlan | InfeasiblePlan:
        try:
            return ask(*parts)
        except InfeasiblePlan as refused:
            return refused

    cases, case = columns.answers(one, *question)
    pairs = [(x.n, x.k) if isinstance(x, VariablesPlan) else (-1, math.nan) for x in cases]
    n = columns.gather([pair[0] for pair in pairs], case, case.shape, np.int64)
    return VariablesPlans(
        n=n, k=columns.gather([pair[1] for pair in pairs], case, case.shape, np.float64),
        feasible=n > 0, case=case, cases=tuple(cases),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class VariablesVerdict:
    """Accept or refuse, with the quality statistic and the estimated fraction beyond."""

    accepted: bool | None
    statistic: float | None
    estimated_fraction: float | None
    allowed_fraction: float
    plan: VariablesPlan
    reason: Text


def pa(n: Any, k: Any, p: npt.ArrayLike, *, method: Method = "s") -> Any:
    """
    Return the chance of acceptance of a k-plan at fractions p beyond one limit.

    >>> round(pa(35, 1.89, 0.01), 10)
    0.9416724847

    :raises InvalidQuestion: if p is outside [0, 1] or the method is unknown
    """
    level = np.asarray(p, np.float64)
    if not np.all((level >= 0) & (level <= 1)):
        raise InvalidQuestion("a fraction nonconforming lies within 0 and 1")
    if method not in ("s", "sigma"):
        raise InvalidQuestion(f'method {method!r} is "s" (estimated) or "sigma" (known)')
    inside = (level > 0) & (level < 1)
    z = -ndtri(np.where(inside, level, 0.5))
    root = np.sqrt(np.asarray(n, np.float64))
    if method == "sigma":
        middle = ndtr(root * (z - k))
    else:
        middle = _beyond(np.asarray(n) - 1, z * root, np.asarray(k) * root)
    found = np.where(inside, middle, np.where(level <= 0, 1.0, 0.0))
    return float(found) if np.ndim(found) == 0 else found


def _beyond(freedom: Any, shift: Any, t: Any) -> Any:
    """Return the upper tail of the noncentral t, by symmetry so that small tails keep digits."""
    tail = nctdtr(freedom, -shift, -t)
    return np.where(np.isnan(tail), 1.0 - nctdtr(freedom, shift, t), tail)


@overload
def plan(
    p1: float, alpha: float, p2: float, beta: float, *, method: Method = ...
) -> VariablesPlan: ...
@overload
def plan(p1: Any, alpha: Any, p2: Any, beta: Any, *, method: Method = ...) -> VariablesPlans: ...


def plan(
    p1: Any, alpha: Any, p2: Any, beta: Any, *, method: Method = "s"
) -> VariablesPlan | VariablesPlans:
    """
    Return the smallest k-plan that holds both risks, the producer's exactly; arrays give columns.

    >>> found = plan(0.01, 0.05, 0.05, 0.10)
    >>> found.n, round(found.k, 4)
    (55, 1.9522)

    :raises InvalidQuestion: if the points are not 0 < p1 < p2 < 1 with sensible risks
    :raises InfeasiblePlan: if more than 100,000 units would be needed
    """
    if columns.is_many(p1, alpha, p2, beta):
        parts = columns.spread(p1=p1, alpha=alpha, p2=p2, beta=beta)
        return gathered(partial(_plan, method=method), *(columns.decimals(x) for x in parts))
    return _plan(p1, alpha, p2, beta, method=method)


def _plan(p1: float, alpha: float, p2: float, beta: float, *, method: Method) -> VariablesPlan:
    if not (0 < p1 < p2 < 1 and 0 < alpha < 1 and 0 < beta < 1 and 1 - alpha > beta):
        raise InvalidQuestion("need 0 < p1 < p2 < 1, risks between 0 and 1, and 1 - alpha > beta")
    spread = (ndtri(alpha) + ndtri(beta)) / (ndtri(p2) - ndtri(p1))
    n = max(2 if method == "s" else 1, math.ceil(spread**2 - 1e-12))
    if method == "s":
        n = _least_n(p1, alpha, p2, beta)
    return VariablesPlan(
        n=n, k=_k(n, p1, alpha, method), method=method, p1=p1, alpha=alpha, p2=p2, beta=beta,
        source=OURS,
    )  # fmt: skip


def _k(n: int, p1: float, alpha: float, method: Method) -> float:
    """Return the constant that accepts p1 with chance exactly 1 - alpha."""
    z = -float(ndtri(p1))
    root = math.sqrt(n)
    if method == "sigma":
        return z + float(ndtri(alpha)) / root
    # Bracket around the large-sample value, then solve; `nctdtrit` alone is not exact enough.
    near = float(nctdtrit(n - 1, z * root, alpha)) / root
    near = near if math.isfinite(near) else z
    width = 0.05 + 0.05 * abs(near)
    low, high = near - width, near + width
    while pa(n, low, p1) < 1 - alpha:
        low -= width
    while pa(n, high, p1) > 1 - alpha:
        high += width
    return solve(lambda k: pa(n, k, p1) - (1 - alpha), low, high)


def _least_n(p1: float, alpha: float, p2: float, beta: float) -> int:
    """Return the least n of the s method whose k for p1 also refuses p2 often enough."""

    def meets(n: int) -> bool:
        return bool(pa(n, _k(n, p1, alpha, "s"), p2) <= beta)

    low, high = 1, 2
    while not meets(high):
        low, high = high, high * 2
        if high > _LARGEST_N:
            raise InfeasiblePlan(
                f"more than {_LARGEST_N} units would be needed; move {p1:g} and {p2:g} apart",
                best_confidence=None,
            )
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if meets(middle) else (middle, high)
    return high


def estimated_fraction(quality: Any, n: Any, *, method: Method) -> Any:
    """
    Return the best unbiased estimate of the fraction beyond a limit, from Q = (U - mean) / spread.

    Source: Lieberman and Resnikoff (1955).
    """
    q, size = np.asarray(quality, np.float64), np.asarray(n, np.float64)
    enough = size > (1 if method == "sigma" else 2)
    many = np.where(enough, size, 3.0)
    if method == "sigma":
        found = np.where(enough, ndtr(-q * np.sqrt(many / (many - 1))), q < 0)
    else:
        with np.errstate(invalid="ignore"):
            x = np.clip(0.5 - 0.5 * q * np.sqrt(size) / np.maximum(size - 1, 1), 0.0, 1.0)
        half = 0.5 * (many - 2)
        found = np.where(enough, betainc(half, half, x), x > 0.5)
    return float(found) if np.ndim(found) == 0 else found


@dataclass(frozen=True, slots=True, kw_only=True)
class VariablesVerdicts:
    """
    Verdicts of many samples; ``verdicts[i]`` is the i-th.

    ``accepted`` is 1, 0, or -1 where that is unknown (the figures are nan there).
    """

    accepted: npt.NDArray[np.int8]
    statistic: Floats
    estimated_fraction: Floats
    ask: Callable[[int], VariablesVerdict]

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self.accepted)

    def __getitem__(self, row: int) -> VariablesVerdict:
        """Return one verdict as a value."""
        return self.ask(row)


def judge(
    values: Any,
    asked: VariablesPlan,
    *,
    lower: Any = None,
    upper: Any = None,
    sigma: Any = None,
) -> Any:
    """
    Judge a sample of measured values, or many (one row each), against one limit or both.

    A missing value or too few values leave the verdict unknown (``accepted`` None). Many samples
    give ``VariablesVerdicts``; limits and sigma are single values or one for each.

    :raises InvalidQuestion: if there is no limit, more values than n, or sigma is missing or not
        positive where the plan needs it
    """
    table = np.asarray(values, np.float64)
    if table.ndim < 2 and not columns.is_many(lower, upper, sigma):
        return _judge(values, asked, lower, upper, sigma)
    table = np.atleast_2d(table)
    given = [np.nan if part is None else columns.decimals(part) for part in (lower, upper, sigma)]
    _, *sides = columns.spread(
        values=np.zeros(len(table)), lower=given[0], upper=given[1], sigma=given[2]
    )
    rows = np.broadcast_to(table, (len(sides[0]), table.shape[1]))

    def ask(row: int) -> VariablesVerdict:
        known = [None if math.isnan(side[row]) else float(side[row]) for side in sides]
        return _judge(rows[row].tolist(), asked, *known)

    found = [ask(row) for row in range(len(rows))]
    return VariablesVerdicts(
        accepted=columns.flags([verdict.accepted for verdict in found])[: len(found)],
        statistic=columns.decimals([verdict.statistic for verdict in found]),
        estimated_fraction=columns.decimals([verdict.estimated_fraction for verdict in found]),
        ask=ask,
    )


def _judge(
    values: Sequence[float | None], asked: VariablesPlan, lower: float | None,
    upper: float | None, sigma: float | None,
) -> VariablesVerdict:  # fmt: skip
    """Judge one sample."""
    if lower is None and upper is None:
        raise InvalidQuestion("give a lower limit, an upper limit, or both")
    if asked.method == "sigma" and not (sigma is not None and sigma > 0):
        raise InvalidQuestion("a sigma plan needs the known spread, and a positive one")
    if len(values) > asked.n:
        raise InvalidQuestion(f"{len(values)} values for a plan of {asked.n}")
    allowed = estimated_fraction(asked.k, asked.n, method=asked.method)
    read = [float(x) for x in values if x is not None and math.isfinite(float(x))]
    if len(read) < asked.n:
        return VariablesVerdict(
            accepted=None, statistic=None, estimated_fraction=None, allowed_fraction=allowed,
            plan=asked, reason=_UNREAD,
        )  # fmt: skip
    mean = float(np.mean(read))
    spread = sigma if asked.method == "sigma" else float(np.std(read, ddof=1))
    assert spread is not None  # noqa: S101 - checked above
    qualities = [_quality(side, mean, spread) for side in ((upper, 1), (lower, -1))]
    known = [q for q in qualities if q is not None]
    beyond = sum(estimated_fraction(q, asked.n, method=asked.method) for q in known)
    least = min(known)
    accepted = least >= asked.k if len(known) == 1 else beyond <= allowed
    return VariablesVerdict(
        accepted=bool(accepted), statistic=least, estimated_fraction=float(beyond),
        allowed_fraction=allowed, plan=asked, reason=_sentence(least, asked.k, accepted=accepted),
    )  # fmt: skip


def _quality(side: tuple[float | None, int], mean: float, spread: float) -> float | None:
    limit, sign = side
    if limit is None:
        return None
    gap = sign * (limit - mean)
    return gap / spread if spread > 0 else math.copysign(math.inf, gap)


_UNREAD = Text(
    zh="有测量值缺失，尚不能判定。", en="Some values are missing; there is no verdict yet."
)


def _sentence(statistic: float, k: float, *, accepted: bool) -> Text:
    return Text(
        zh=f"质量统计量 {statistic:.3f}，接收常数 {k:.3f}：{'接收' if accepted else '不接收'}。",
        en=f"The quality statistic is {statistic:.3f} against k = {k:.3f}: "
        f"{'accepted' if accepted else 'not accepted'}.",
    )
