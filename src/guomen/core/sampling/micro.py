"""
Microbiological two- and three-class plans: n, c, m and M.

A three-class plan refuses a lot when any unit exceeds M, or more than c units
exceed m; a two-class plan has no M of its own. An unread plate is not a clean
one: a verdict that hangs on it is unknown. The tables of cases and criteria are
data in the rule books. Not for mean contents: see ``variables``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy.special import bdtr, bdtri, log_ndtr, ndtr

from guomen.core.sampling.plan import InvalidQuestion, Source
from guomen.core.text import Text

Verdict = Literal["satisfactory", "acceptable", "unsatisfactory", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MicroPlan:
    """
    How many units to test, how many may be marginal, and the two limits.

    ``m`` and ``M`` in the unit of the method; ``absence`` plans have neither and c = 0 of detects.
    """

    n: int
    c: int
    m: float | None = None
    M: float | None = None
    source: Source | None = None

    def __post_init__(self) -> None:
        """Refuse numbers that contradict each other."""
        if self.n < 1 or not 0 <= self.c <= self.n:
            raise InvalidQuestion(
                f"need n of at least 1 and c within 0 and n, not {self.n}/{self.c}"
            )
        if self.m is not None and self.M is not None and self.m > self.M:
            raise InvalidQuestion(f"M ({self.M:g}) lies below m ({self.m:g})")

    @property
    def classes(self) -> int:
        """Return 3 when marginal units are borne, else 2."""
        return 3 if self.m is not None and self.M is not None and self.m < self.M else 2

    @property
    def stages(self) -> tuple[tuple[int, int, int], ...]:
        """Return the plan as one stage of attribute sampling (exceeding m)."""
        return ((self.n, self.c, self.c + 1),)


@dataclass(frozen=True, slots=True, kw_only=True)
class MicroVerdict:
    """The verdict with the counts that made it."""

    verdict: Verdict
    satisfactory: int
    marginal: int
    unacceptable: int
    unread: int
    plan: MicroPlan
    reason: Text

    @property
    def accepted(self) -> bool | None:
        """Tell whether the lot is accepted; None while that is unknown."""
        return None if self.verdict == "unknown" else self.verdict != "unsatisfactory"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lognormal:
    """How counts vary between units of a lot: normal in log10."""

    mean_log10: float
    sd_log10: float


def judge(
    counts: Sequence[float | bool | None],
    n: int,
    c: int,
    m: float | None = None,
    M: float | None = None,
) -> MicroVerdict:
    """
    Judge the units of one lot; counts as read, True or False for detected, None for unread.

    Without m every detect exceeds. Fewer readings than n count as unread.
    Source: Regulation (EC) 2073/2005, annex I; ICMSF, Microorganisms in Foods 7.

    >>> judge([10, 40, 250, 90, 20], n=5, c=1, m=230, M=700).verdict
    'acceptable'

    :raises InvalidQuestion: if there are more readings than n, or a count is negative
    """
    plan = MicroPlan(n=n, c=c, m=m, M=M)
    if len(counts) > n:
        raise InvalidQuestion(f"{len(counts)} readings for a plan of {n} units")
    read = [float(x) for x in counts if x is not None and not np.isnan(float(x))]
    if any(x < 0 for x in read):
        raise InvalidQuestion("a count is not negative")
    low = 0.0 if m is None else m
    high = (low if M is None else M) if m is not None or M is None else M
    bad = sum(x > high for x in read)
    marginal = sum(low < x <= high for x in read) if plan.classes == 3 else 0
    if plan.classes == 2 and c:
        bad, marginal = 0, sum(x > low for x in read)
    unread = n - len(read)
    verdict = _verdict(bad=bad, marginal=marginal, unread=unread, c=c)
    return MicroVerdict(
        verdict=verdict, satisfactory=len(read) - bad - marginal, marginal=marginal,
        unacceptable=bad, unread=unread, plan=plan, reason=_reason(verdict, bad, marginal, unread),
    )  # fmt: skip


def _verdict(*, bad: int, marginal: int, unread: int, c: int) -> Verdict:
    if bad or marginal > c:
        return "unsatisfactory"
    if unread:
        return "unknown"
    return "acceptable" if marginal else "satisfactory"


def _reason(verdict: Verdict, bad: int, marginal: int, unread: int) -> Text:
    return Text(
        zh=f"{bad} 个样品超过 M,{marginal} 个介于 m 与 M 之间,{unread} 个未读出:"
        f"{_VERDICT_ZH[verdict]}。",
        en=f"{bad} units exceed M, {marginal} lie between m and M, {unread} were not read: "
        f"{verdict}.",
    )


_VERDICT_ZH = {
    "satisfactory": "合格", "acceptable": "可接受", "unsatisfactory": "不合格", "unknown": "未定",
}  # fmt: skip


def pa(
    n: Any,
    c: Any,
    *,
    p_marginal: npt.ArrayLike = 0.0,
    p_defective: npt.ArrayLike = 0.0,
) -> Any:
    """
    Return the chance of accepting a lot: no unit above M, at most c between m and M.

    Two-class plans: give `p_marginal` (with c) or `p_defective` (c = 0 of them) alone. Arrays
    broadcast.

    >>> round(pa(5, 1, p_marginal=0.2, p_defective=0.02), 10)
    0.6588679968

    :raises InvalidQuestion: if the chances are negative or sum to more than 1
    """
    marginal, defective = np.asarray(p_marginal, float), np.asarray(p_defective, float)
    sound = 1.0 - marginal - defective
    if np.any(marginal < 0) or np.any(defective < 0) or np.any(sound < -1e-12):
        raise InvalidQuestion("chances are not negative and sum to at most 1")
    ok = marginal + np.maximum(sound, 0.0)  # not above M
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(ok > 0, marginal / np.where(ok > 0, ok, 1.0), 0.0)
    found = ok ** np.asarray(n) * bdtr(np.minimum(c, n), n, share)
    return float(found) if np.ndim(found) == 0 else found


def pa_two_class(n: Any, c: Any, p: npt.ArrayLike) -> Any:
    """Return the chance of accepting when at most c of n may exceed m."""
    found = bdtr(np.minimum(c, n), n, np.asarray(p, float))
    return float(found) if np.ndim(found) == 0 else found


def exceedance(dist: Lognormal, plan: MicroPlan) -> tuple[float, float]:
    """
    Return the chances that a unit lies between m and M, and above M.

    :raises InvalidQuestion: if the plan has no numeric limit
    """
    if plan.m is None:
        raise InvalidQuestion("a plan of absence has no limit to compare a count with")
    above_m = (np.log10(plan.m) - dist.mean_log10) / dist.sd_log10
    if plan.classes == 2:
        return float(ndtr(-above_m)), 0.0
    assert plan.M is not None  # noqa: S101 - three classes have both limits
    above_upper = (np.log10(plan.M) - dist.mean_log10) / dist.sd_log10
    # The difference of two tails, kept exact when both are small.
    log_m, log_upper = log_ndtr(-above_m), log_ndtr(-above_upper)
    return float(-np.exp(log_m) * np.expm1(log_upper - log_m)), float(np.exp(log_upper))


def pa_lognormal(dist: Lognormal, plan: MicroPlan) -> float:
    """
    Return the chance of accepting a lot whose counts are lognormal between units.

    :raises InvalidQuestion: if the plan has no numeric limit or the spread is not positive
    """
    if not dist.sd_log10 > 0:
        raise InvalidQuestion("the spread of counts must be positive")
    marginal, defective = exceedance(dist, plan)
    return float(pa(plan.n, plan.c, p_marginal=marginal, p_defective=defective))


def detected_95(n: int, c: int = 0) -> float:
    """Return the fraction defective that a two-class plan refuses 95 % of the time."""
    return float(bdtri(c, n, 0.05))
