"""
Microbiological two- and three-class plans: n, c, m and M.

A three-class plan refuses a lot when any unit exceeds M, or more than c units
exceed m; a two-class plan has no M of its own. An unread plate is not a clean
one: a verdict that hangs on it is unknown. The tables of cases and criteria are
data in the rule books. Not for mean contents: see ``variables``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
from scipy.special import bdtr, bdtri, log_ndtr, ndtr

from guomen.core.sampling import columns
from guomen.core.sampling.plan import InvalidQuestion, Source
from guomen.core.text import Text

Verdict = Literal["satisfactory", "acceptable", "unsatisfactory", "unknown"]
VERDICTS: Final[tuple[Verdict, ...]] = (
    "satisfactory", "acceptable", "unsatisfactory", "unknown",
)  # fmt: skip


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
    """How counts vary between units of a lot: normal in log10; columns for many lots."""

    mean_log10: Any
    sd_log10: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class MicroVerdicts:
    """
    Verdicts of many lots; ``verdict`` indexes ``VERDICTS``, ``verdicts[i]`` is the i-th.

    ``accepted`` is 1, 0, or -1 where that is unknown.
    """

    verdict: npt.NDArray[np.int8]
    satisfactory: npt.NDArray[np.int64]
    marginal: npt.NDArray[np.int64]
    unacceptable: npt.NDArray[np.int64]
    unread: npt.NDArray[np.int64]
    ask: Callable[[int], MicroVerdict]

    @property
    def accepted(self) -> npt.NDArray[np.int8]:
        """Tell whether each lot is accepted: 1, 0, or -1 for unknown."""
        return np.array([1, 1, 0, -1], np.int8)[self.verdict]

    def __len__(self) -> int:
        """Return the number of lots."""
        return len(self.verdict)

    def __getitem__(self, row: int) -> MicroVerdict:
        """Return one lot's verdict as a value."""
        return self.ask(row)


def judge(counts: Any, n: Any, c: Any, m: Any = None, M: Any = None) -> Any:
    """
    Judge the units of one lot, or of many: one row a lot, nan or None where a unit is unread.

    Without m every detect exceeds. Fewer readings than n count as unread. For many lots n, c, m and
    M are single values or one each (nan: none). Source: Regulation (EC) 2073/2005, annex I; ICMSF,
    Microorganisms in Foods 7.

    >>> judge([10, 40, 250, 90, 20], n=5, c=1, m=230, M=700).verdict
    'acceptable'
    >>> judge([[0, 0], [0, None], [9, 0]], n=2, c=0, m=5).accepted.tolist()
    [1, -1, 0]

    :raises InvalidQuestion: if there are more readings than n, or a count is negative
    """
    try:
        table = np.asarray(counts)
    except ValueError:
        raise InvalidQuestion("lots need rows of one length; fill with None (unread)") from None
    if table.ndim < 2 and not columns.is_many(n, c, m, M):
        return _judge(counts, n, c, m, M)
    return _judge_many(np.atleast_2d(table).astype(np.float64), n, c, m, M)


def _judge_many(table: Any, n: Any, c: Any, m: Any, M: Any) -> MicroVerdicts:
    if table.ndim != 2:
        raise InvalidQuestion(f"one row a lot is needed, not an array of shape {table.shape}")
    limits = [np.nan if limit is None else columns.decimals(limit) for limit in (m, M)]
    _, *rest = columns.spread(
        counts=np.zeros(len(table)), n=columns.whole("n", n), c=columns.whole("c", c, least=0),
        m=limits[0], M=limits[1],
    )  # fmt: skip

    def ask(row: int) -> MicroVerdict:
        size, bear, low, high = (part[row].item() for part in rest)
        return _judge(
            _readings(table[row], size), size, bear, None if np.isnan(low) else low,
            None if np.isnan(high) else high,
        )  # fmt: skip

    found = [ask(row) for row in range(len(rest[0]))]

    def column(name: str) -> Any:
        return np.array([getattr(verdict, name) for verdict in found], np.int64)

    return MicroVerdicts(
        verdict=np.array([VERDICTS.index(verdict.verdict) for verdict in found], np.int8),
        satisfactory=column("satisfactory"), marginal=column("marginal"), ask=ask,
        unacceptable=column("unacceptable"), unread=column("unread"),
    )  # fmt: skip


def _readings(row: Any, n: int) -> list[float]:
    """Return a row without the unread units that only fill it up."""
    read: list[float] = row[~np.isnan(row)].tolist()
    return read + [float("nan")] * max(0, min(n, len(row)) - len(read))


def _judge(
    counts: Sequence[float | bool | None],
    n: int,
    c: int,
    m: float | None = None,
    M: float | None = None,
) -> MicroVerdict:
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
        zh=f"{bad} 个样品超过 M，{marginal} 个介于 m 与 M 之间，{unread} 个未读出："
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


def exceedance(dist: Lognormal, plan: MicroPlan) -> tuple[Any, Any]:
    """
    Return the chances that a unit lies between m and M, and above M; arrays for many lots.

    :raises InvalidQuestion: if the plan has no numeric limit
    """
    if plan.m is None:
        raise InvalidQuestion("a plan of absence has no limit to compare a count with")
    mean, spread = np.asarray(dist.mean_log10, float), np.asarray(dist.sd_log10, float)
    above_m = (np.log10(plan.m) - mean) / spread
    if plan.classes == 2:
        return _plain(ndtr(-above_m)), _plain(np.zeros_like(above_m))
    assert plan.M is not None  # noqa: S101 - three classes have both limits
    above_upper = (np.log10(plan.M) - mean) / spread
    # The difference of two tails, kept exact when both are small.
    log_m, log_upper = log_ndtr(-above_m), log_ndtr(-above_upper)
    return _plain(-np.exp(log_m) * np.expm1(log_upper - log_m)), _plain(np.exp(log_upper))


def _plain(found: Any) -> Any:
    """Return a float for a single value, else the array."""
    return float(found) if np.ndim(found) == 0 else found


def pa_lognormal(dist: Lognormal, plan: MicroPlan) -> Any:
    """
    Return the chance of accepting a lot whose counts are lognormal between units.

    :raises InvalidQuestion: if the plan has no numeric limit or the spread is not positive
    """
    if not np.all(np.asarray(dist.sd_log10) > 0):
        raise InvalidQuestion("the spread of counts must be positive")
    marginal, defective = exceedance(dist, plan)
    return pa(plan.n, plan.c, p_marginal=marginal, p_defective=defective)


def detected_95(n: Any, c: Any = 0) -> Any:
    """Return the fraction defective that a two-class plan refuses 95 % of the time."""
    return _plain(bdtri(c, n, 0.05))
