"""
Control samples: is a run of measurements in control, by the multi-rule of Westgard.

Every run of a method measures materials of known content beside the samples. Their distance from
the mean, in standard deviations, is read by six rules (Westgard, Barry, Hunt, Groth: A multi-rule
Shewhart chart for quality control in clinical chemistry, Clin Chem 27, 1981). One rule warns, five
reject the run; a control that was not measured leaves the run unknown, and unknown is not released.
Not for choosing rules by the quality that a method must reach.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import ClassVar, Final

import numpy as np
import numpy.typing as npt

from guomen.core.errors import GuomenError
from guomen.core.text import Text

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


class ControlsMisshapen(GuomenError):
    """Controls do not come as runs of the same materials, or a spread is not above zero."""

    code: ClassVar[str] = "control-samples.misshapen"


class ControlRule(StrEnum):
    """The rules, by the names that laboratories use."""

    ONE_2S = "1-2s"
    ONE_3S = "1-3s"
    TWO_2S = "2-2s"
    RANGE_4S = "R-4s"
    FOUR_1S = "4-1s"
    TEN_X = "10-x"


class ControlState(StrEnum):
    """What the controls say of a run; only the first two let its results go."""

    IN_CONTROL = "in_control"
    WARNING = "warning"
    REJECTED = "rejected"
    UNKNOWN = "unknown"


RELEASABLE: Final = frozenset({ControlState.IN_CONTROL, ControlState.WARNING})

RULES_SAY: Mapping[ControlRule, Text] = MappingProxyType(
    {
        ControlRule.ONE_2S: Text(
            zh="一个质控值超出 2 倍标准差：警告，逐条查看其余规则。",
            en="One control lies beyond 2 s: a warning to look at the other rules.",
        ),
        ControlRule.ONE_3S: Text(
            zh="一个质控值超出 3 倍标准差：随机误差过大，本批失控。",
            en="One control lies beyond 3 s: too much random error.",
        ),
        ControlRule.TWO_2S: Text(
            zh="连续两个质控值在同一侧超出 2 倍标准差：系统误差，本批失控。",
            en="Two controls in succession lie beyond 2 s on the same side: systematic error.",
        ),
        ControlRule.RANGE_4S: Text(
            zh="同批质控值极差超过 4 倍标准差：随机误差过大，本批失控。",
            en="Controls of one run lie more than 4 s apart: too much random error.",
        ),
        ControlRule.FOUR_1S: Text(
            zh="连续四个质控值在同一侧超出 1 倍标准差：系统误差，本批失控。",
            en="Four controls in succession lie beyond 1 s on the same side: systematic error.",
        ),
        ControlRule.TEN_X: Text(
            zh="连续十个质控值在均值同一侧：系统误差，本批失控。",
            en="Ten controls in succession lie on the same side of the mean: systematic error.",
        ),
    }
)
STATES_SAY: Mapping[ControlState, Text] = MappingProxyType(
    {
        ControlState.IN_CONTROL: Text(zh="在控", en="In control"),
        ControlState.WARNING: Text(zh="警告", en="Warning"),
        ControlState.REJECTED: Text(zh="失控", en="Out of control"),
        ControlState.UNKNOWN: Text(zh="质控不全", en="Controls missing"),
    }
)

# How many in succession, on one side, beyond how many standard deviations.
_IN_SUCCESSION: Mapping[ControlRule, tuple[int, float]] = MappingProxyType(
    {
        ControlRule.ONE_2S: (1, 2.0),
        ControlRule.ONE_3S: (1, 3.0),
        ControlRule.TWO_2S: (2, 2.0),
        ControlRule.FOUR_1S: (4, 1.0),
        ControlRule.TEN_X: (10, 0.0),
    }
)
_RANGE = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReview:
    """What the controls say of one run, and every rule that is broken in it."""

    state: ControlState
    rules: tuple[ControlRule, ...]

    @property
    def releasable(self) -> bool:
        """Tell whether the results of the run may go on to approval."""
        return self.state in RELEASABLE


def z_scores(
    values: Sequence[Sequence[float | None]], targets: Sequence[tuple[float, float]]
) -> Floats:
    """
    Return how many standard deviations each control lies from its mean, shape (runs, materials).

    ``targets`` is (mean, standard deviation) of each material; a value of None becomes NaN.

    >>> z_scores([[106, 199]], [(100, 2.5), (205, 2.5)]).tolist()
    [[2.4, -2.4]]

    :raises ControlsMisshapen: if a run has not one value a material, or a spread is not above zero
    """
    spreads = [spread for _, spread in targets]
    if any(len(run) != len(targets) for run in values) or not all(s > 0 for s in spreads):
        raise ControlsMisshapen(
            "Give every run one value for each control material (None where it was not measured), "
            "and each material a standard deviation above zero.",
            materials=len(targets),
        )
    table = np.array(
        [[np.nan if value is None else float(value) for value in run] for run in values],
        dtype=np.float64,
    ).reshape(len(values), len(targets))
    scores: Floats = (table - [mean for mean, _ in targets]) / spreads
    return scores


def review(scores: npt.ArrayLike) -> tuple[RunReview, ...]:
    """
    Judge every run with the runs before it, oldest first.

    ``scores`` has shape (runs, materials), in standard deviations; NaN was not measured. "In
    succession" is read both within one material and across materials in their order. All rules are
    asked, whether or not 1-2s warned first: a drift that never leaves 2 s is a drift.

    >>> [found.rules for found in review([[2.4, -2.4]])]
    [(<ControlRule.ONE_2S: '1-2s'>, <ControlRule.RANGE_4S: 'R-4s'>)]

    :raises ControlsMisshapen: if the scores are not a table
    """
    table = np.asarray(scores, dtype=np.float64)
    if table.ndim != 2:
        raise ControlsMisshapen("Give scores as a table: a row a run, a column a material.")
    broken = {rule: _broken(table, *asked) for rule, asked in _IN_SUCCESSION.items()}
    broken[ControlRule.RANGE_4S] = _spread(table) > _RANGE
    missing = np.isnan(table).any(axis=1) | (table.shape[1] == 0)
    return tuple(
        _reviewed(
            tuple(rule for rule in ControlRule if broken[rule][run]), missing=bool(missing[run])
        )
        for run in range(len(table))
    )


def _reviewed(rules: tuple[ControlRule, ...], *, missing: bool) -> RunReview:
    if any(rule is not ControlRule.ONE_2S for rule in rules):
        return RunReview(state=ControlState.REJECTED, rules=rules)
    if missing:
        return RunReview(state=ControlState.UNKNOWN, rules=rules)
    state = ControlState.WARNING if rules else ControlState.IN_CONTROL
    return RunReview(state=state, rules=rules)


def _broken(table: Floats, count: int, beyond: float) -> Bools:
    """Tell for each run whether a succession of that length ends in it."""
    runs, materials = table.shape
    found = np.zeros(runs, dtype=np.bool_)
    columns = [(table[:, m], np.arange(runs)) for m in range(materials)]
    across = (table.ravel(), np.repeat(np.arange(runs), materials))
    for series, of_run in (*columns, across):
        known = ~np.isnan(series)
        for side in (1.0, -1.0):
            long = _streaks(side * series[known] > beyond) >= count
            found[of_run[known][long]] = True
    return found


def _streaks(holds: Bools) -> npt.NDArray[np.int64]:
    """Return how many in succession hold, up to each place."""
    places = np.arange(1, len(holds) + 1)
    last_break = np.maximum.accumulate(np.where(holds, 0, places))
    return np.asarray(places - last_break, dtype=np.int64)


def _spread(table: Floats) -> Floats:
    known = ~np.isnan(table)
    highest = np.where(known, table, -np.inf).max(axis=1, initial=-np.inf)
    lowest = np.where(known, table, np.inf).min(axis=1, initial=np.inf)
    return np.asarray(highest - lowest, dtype=np.float64)
