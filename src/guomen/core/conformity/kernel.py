"""
The decision of `judging.decide` over arrays, with the rows that it leaves in doubt.

Every question of the scalar is asked in the same order. A comparison between
numbers that agree to one part in 10⁹ without being the same sets the row aside.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from guomen.core.conformity.columns import CODE_OF, Floats
from guomen.core.conformity.decision import DecisionRule, guard_measure
from guomen.core.conformity.reading import Kind
from guomen.core.conformity.reasons import Reason

Bools = NDArray[np.bool_]

REASONS: Mapping[Reason, int] = MappingProxyType({r: place for place, r in enumerate(Reason)})
_CLOSE = 1e-9
_BLOCK = 32_768  # rows whose temporary arrays stay in the cache


def blocks(length: int) -> Iterator[slice]:
    """Cut a length into slices that are worked through one after another."""
    for start in range(0, length, _BLOCK):
        yield slice(start, min(start + _BLOCK, length))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """One entry a result; numbers in the limit's unit, NaN where not stated."""

    kinds: NDArray[np.uint8]
    numbers: Floats
    expanded: Floats
    u: Floats
    lod: Floats
    loq: Floats
    scale: Floats  # from the reported unit; NaN where the units do not match
    unit_known: Bools
    signed: Bools
    lower: Floats
    upper: Floats
    absent: Bools
    strict: Bools
    interval: Floats  # rounding interval; NaN where the full value is compared

    def __post_init__(self) -> None:
        """Take numbers under the stated detection limit for not detected, as the scalar does."""
        value = (self.kinds == CODE_OF[Kind.VALUE]) & ~self.signed & (self.numbers >= 0)
        under = value & ((self.numbers < self.lod) | ((self.numbers == 0) & np.isnan(self.lod)))
        self.kinds[under] = CODE_OF[Kind.BELOW_LOD]

    def part(self, where: slice) -> Rows:
        """Return some of the rows."""
        return Rows(**{field.name: getattr(self, field.name)[where] for field in fields(self)})

    @property
    def numbered(self) -> Bools:
        """Tell which rows hold a measured number."""
        return np.equal(self.kinds, CODE_OF[Kind.VALUE])


class _Answers:
    """Reasons as they are settled, first come first served, and the rows in doubt."""

    def __init__(self, rows: Rows, settled: NDArray[np.int8]) -> None:
        self.reasons = settled
        self.doubtful = np.zeros(len(settled), dtype=bool)
        self._exact = rows.scale == 1.0

    def settle(self, where: Bools, reason: Reason) -> None:
        self.reasons[where & (self.reasons < 0)] = REASONS[reason]

    def open(self, where: Bools) -> Bools:
        return where & (self.reasons < 0)

    def doubt(self, where: Bools, a: Floats, b: Floats) -> None:
        """Set aside the open rows whose two numbers are too close to compare."""
        if not np.isfinite(b).any():
            return
        gap = np.abs(a - b)
        near = np.isfinite(gap) & (gap <= _CLOSE * np.maximum(np.abs(a), np.abs(b)))
        self.doubtful |= self.open(where) & near & ~((a == b) & self._exact)


def decide_rows(
    rows: Rows, *, rule: DecisionRule, settled: NDArray[np.int8]
) -> tuple[NDArray[np.int8], Bools]:
    """
    Decide every row that is not settled yet, in place.

    Returns the places of reasons in `Reason`, and which rows need the exact scalar.
    """
    doubtful = np.zeros(len(settled), dtype=bool)
    for block in blocks(len(settled)):
        doubtful[block] = _decide_block(rows.part(block), rule=rule, settled=settled[block])
    return settled, doubtful


def _decide_block(rows: Rows, *, rule: DecisionRule, settled: NDArray[np.int8]) -> Bools:
    """Settle a block in place, and return its doubtful rows."""
    answers = _Answers(rows, settled)
    with np.errstate(invalid="ignore", over="ignore"):
        _readable(rows, answers)
        bound = _bounds(rows)
        stated = np.where(np.isnan(rows.lod), rows.loq, rows.lod)
        under = _UNDER[rows.kinds]
        _ask_absent(rows, answers, rule=rule, bounds=(bound, stated, under))
        answers.settle(rows.kinds == CODE_OF[Kind.DETECTED], Reason.NO_NUMBER)
        _supported(answers, under, bounds=(bound, stated))
        _uncertain(rows, answers, rule=rule, numbered=~under)
        _compare(rows, answers, rule=rule, bounds=(bound, under))
    return answers.doubtful


_UNDER = np.array([k not in (Kind.VALUE, Kind.ABOVE, Kind.DETECTED) for k in Kind])


def _readable(rows: Rows, answers: _Answers) -> None:
    answers.settle(~rows.unit_known, Reason.UNIT_UNKNOWN)
    answers.settle(np.isnan(rows.scale), Reason.UNIT_MISMATCH)
    answers.settle(rows.kinds == CODE_OF[Kind.MISSING], Reason.MISSING)
    answers.settle(rows.kinds == CODE_OF[Kind.TEXT], Reason.NOT_A_NUMBER)
    answers.settle((rows.numbers < 0) & ~rows.signed, Reason.IMPOSSIBLE)
    answers.doubt(rows.numbered | (rows.kinds == CODE_OF[Kind.BELOW_LOD]), rows.numbers, rows.lod)


def _bounds(rows: Rows) -> Floats:
    bound = np.where(rows.kinds == CODE_OF[Kind.BELOW], rows.numbers, np.nan)
    bound = np.where(rows.kinds == CODE_OF[Kind.BELOW_LOD], rows.lod, bound)
    return np.where(rows.kinds == CODE_OF[Kind.BELOW_LOQ], rows.loq, bound)


def _supported(answers: _Answers, where: Bools, *, bounds: tuple[Floats, Floats]) -> None:
    bound, stated = bounds
    answers.settle(where & (np.isnan(bound) | np.isnan(stated)), Reason.LOD_NOT_STATED)
    answers.doubt(where, bound, stated)
    answers.settle(where & (bound < stated), Reason.LOD_INCONSISTENT)


def _ask_absent(
    rows: Rows, answers: _Answers, *, rule: DecisionRule, bounds: tuple[Floats, Floats, Bools]
) -> None:
    bound, stated, under = bounds
    absent = rows.absent
    if not absent.any():
        return
    named = np.isin(rows.kinds, [CODE_OF[Kind.DETECTED], CODE_OF[Kind.ABOVE]])
    answers.settle(absent & named, Reason.DETECTED)
    answers.settle(absent & rows.numbered & ~np.isnan(rows.lod), Reason.DETECTED)
    answers.settle(absent & rows.numbered, Reason.LOD_NOT_STATED)
    _supported(answers, absent & under, bounds=(bound, stated))
    required = np.where(np.isfinite(rows.upper), rows.upper, rows.lod)
    answers.settle(absent & np.isnan(required), Reason.LOD_NOT_STATED)
    if rule.below != "bound":
        answers.settle(absent, Reason.CENSORED)
    answers.doubt(absent, bound, required)
    answers.settle(absent & (bound > required), Reason.NOT_SENSITIVE)
    answers.settle(absent, Reason.NOT_DETECTED)


def _uncertain(rows: Rows, answers: _Answers, *, rule: DecisionRule, numbered: Bools) -> None:
    if not rule.needs_uncertainty:
        return
    guarded = (rule.accept, rule.reject) != (0.0, 0.0) and rule.guard_in == "standard"
    needed = rows.u if guarded else rows.expanded
    unstated = np.isnan(needed) | np.isnan(rows.expanded)
    answers.settle(numbered & unstated, Reason.UNCERTAINTY_NOT_STATED)
    if rule.max_ratio is None:
        return
    both = np.isfinite(rows.lower) & np.isfinite(rows.upper)
    one = np.abs(np.where(np.isfinite(rows.upper), rows.upper, rows.lower))
    allowed = rule.max_ratio * np.where(both, rows.upper - rows.lower, one)
    answers.doubt(numbered, rows.expanded, allowed)
    answers.settle(numbered & (rows.expanded > allowed), Reason.UNCERTAINTY_TOO_LARGE)


def _compare(
    rows: Rows, answers: _Answers, *, rule: DecisionRule, bounds: tuple[Floats, Bools]
) -> None:
    bound, under = bounds
    point = rows.numbered
    number, lower, upper = _rounded(rows, answers)
    low = np.where(under, -np.inf, number)
    high = np.where(point, number, np.where(under, bound, np.inf))
    step = np.where(under, 0.0, guard_measure(rows.u, rows.expanded, rule=rule))
    accept, reject = (_guard(factor, step) for factor in (rule.accept, rule.reject))
    closed = ~(rows.strict & point)
    ends = (lower + accept, upper - accept)
    same = rule.accept == -rule.reject
    limits = ends if same else (lower - reject, upper + reject)
    for line in ends if same else (*ends, *limits):
        answers.doubt(point | under, high, line)
        answers.doubt(~point, low, line)
    accepted = _pick(
        closed, (ends[0] <= low) & (high <= ends[1]), (ends[0] < low) & (high < ends[1])
    )
    outside = (high < limits[0]) | (low > limits[1])
    touching = (high <= limits[0]) | (low >= limits[1])
    refused = _pick(closed & point, outside, touching)
    answers.settle(refused & ~accepted, Reason.BEYOND)
    answers.settle(accepted & point, Reason.WITHIN)
    if rule.below == "bound":
        answers.settle(accepted, Reason.BOUND_WITHIN)
    answers.settle(point, Reason.GUARD_ZONE)
    answers.settle(~point, Reason.CENSORED)


def _guard(factor: float, step: Floats) -> Floats:
    """Multiply a factor into the guard; no factor needs no uncertainty."""
    return factor * step if factor else np.zeros_like(step)


def _pick(where: Bools, yes: Bools, no: Bools) -> Bools:
    return (where & yes) | (~where & no)


def _rounded(rows: Rows, answers: _Answers) -> tuple[Floats, Floats, Floats]:
    """Round the numbers that are compared rounded, and put their limits on the same grid."""
    rounding = ~np.isnan(rows.interval)
    if not rounding.any():
        return rows.numbers, rows.lower, rows.upper
    interval = np.where(rounding, rows.interval, 1.0)
    steps = rows.numbers / interval
    tie = np.abs(steps - np.floor(steps) - 0.5) <= 1e-6 + _CLOSE * np.abs(steps)
    answers.doubtful |= answers.open(rounding & rows.numbered & tie)
    rounded = np.where(rounding & rows.numbered, np.rint(steps) * interval, rows.numbers)
    return rounded, _on_grid(rows.lower, interval), _on_grid(rows.upper, interval)


def _on_grid(limit: Floats, interval: Floats) -> Floats:
    grid = np.rint(limit / interval) * interval
    return np.where(np.abs(grid - limit) <= _CLOSE * np.abs(limit), grid, limit)
