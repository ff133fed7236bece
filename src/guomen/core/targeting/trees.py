"""
A fitted booster as plain arrays: scored by a compiled loop for many lines, by hand for one.

LightGBM fits; what it fitted is a few thousand numbers. Read from its own text they give its own
answers to the last digit (tested), several times as fast, and need neither its library nor
``libgomp``. A tree is not walked: each split that a line fails strikes the leaves on its left, and
the first leaf left standing is the line's (QuickScorer, Lucchese et al. 2015).
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Final

import numpy as np

from guomen.core.errors import GuomenError
from guomen.core.targeting.cells import Floats

# Fewer lines do not repay importing the compiler.
COMPILED_FROM: Final = 256
# Leaves of a tree are the bits of a word.
MOST_LEAVES: Final = 64
_ALL: Final = 2**64 - 1
# Bits of a decision, as the text has them: unknown goes left; what counts as unknown.
_UNKNOWN_LEFT, _KIND, _NAN = 2, 2, 2


class TreesError(GuomenError):
    """A text holds no trees that can be scored here."""

    code: ClassVar[str] = "targeting.trees"


@dataclass(frozen=True, slots=True, kw_only=True)
class Splits:
    """
    The splits of all trees, by feature and rising threshold; a line fails those below its value.

    `starts` is where each feature's splits begin; `keeps` the leaves that failing leaves standing,
    `unknown_keeps` those that an unknown value does. `leaves` holds tree × leaf values.
    """

    starts: Any
    threshold: Floats
    tree: Any
    keeps: Any
    unknown_keeps: Any
    leaves: Floats


@dataclass(frozen=True)
class Trees:
    """A booster as its splits; ``kept`` is the text it was read from."""

    splits: Splits
    kept: str = field(repr=False)

    def raw(self, features: Floats) -> Floats:
        """Return what is to be added to the log odds of the logistic."""
        if len(features) < COMPILED_FROM:
            return np.array([self._one(row) for row in features.tolist()])
        from guomen.core.targeting.striking import strike

        s, added = self.splits, np.empty(len(features))
        table = np.ascontiguousarray(features, dtype=np.float64)
        strike(table, s.starts, s.threshold, s.tree, s.keeps, s.unknown_keeps, s.leaves, added)
        return added

    def text(self) -> str:
        """Return the model as text."""
        return self.kept

    @cached_property
    def _by_feature(self) -> list[tuple[list[float], list[tuple[int, int]], list[tuple[int, int]]]]:
        s = self.splits
        rows = []
        for start, end in zip(s.starts[:-1].tolist(), s.starts[1:].tolist(), strict=True):
            tree = s.tree[start:end].tolist()
            rows.append(
                (
                    s.threshold[start:end].tolist(),
                    list(zip(tree, s.keeps[start:end].tolist(), strict=True)),
                    list(zip(tree, s.unknown_keeps[start:end].tolist(), strict=True)),
                )
            )
        return rows

    @cached_property
    def _leaves(self) -> list[list[float]]:
        return [list(row) for row in self.splits.leaves.tolist()]

    def _one(self, row: list[float]) -> float:
        standing = [_ALL] * len(self._leaves)
        for value, (threshold, fails, unknown) in zip(row, self._by_feature, strict=True):
            struck = unknown if math.isnan(value) else fails[: bisect_left(threshold, value)]
            for tree, keeps in struck:
                standing[tree] &= keeps
        return sum(
            values[(left & -left).bit_length() - 1]
            for values, left in zip(self._leaves, standing, strict=True)
        )


@dataclass(frozen=True, slots=True)
class _Split:
    feature: int
    threshold: float
    tree: int
    keeps: int
    unknown_left: bool


def read(text: str) -> Trees:
    """
    Return the trees of LightGBM's text.

    :raises TreesError: if there are none, or some ask for what is not scored here (categories,
        linear leaves, more than 64 leaves)
    """
    head, *blocks = text.split("\nend of trees", 1)[0].split("\nTree=")
    if not blocks:
        raise TreesError("this text holds no tree of LightGBM's; fit the model again")
    features = int(_fields(head)["max_feature_idx"]) + 1
    splits: list[_Split] = []
    leaves = np.zeros((len(blocks), MOST_LEAVES))
    for number, block in enumerate(blocks):
        fields = _fields(block)
        _refuse(fields)
        values = [float(v) for v in fields["leaf_value"].split()]
        found = _Reader(fields, number)
        leaves[number, : len(values)] = [values[at] for at in found.order]
        splits += found.splits
    splits.sort(key=lambda s: (s.feature, s.threshold))
    ordered = np.array([s.feature for s in splits], dtype=np.int64)
    return Trees(
        Splits(
            starts=np.searchsorted(ordered, np.arange(features + 1)).astype(np.int64),
            threshold=np.array([s.threshold for s in splits], dtype=np.float64),
            tree=np.array([s.tree for s in splits], dtype=np.int64),
            keeps=np.array([s.keeps for s in splits], dtype=np.uint64),
            unknown_keeps=np.array(
                [_ALL if s.unknown_left else s.keeps for s in splits], dtype=np.uint64
            ),
            leaves=leaves,
        ),
        text,
    )


def _fields(block: str) -> dict[str, str]:
    pairs = (line.partition("=") for line in block.splitlines())
    return {name: value for name, mark, value in pairs if mark}


def _refuse(fields: dict[str, str]) -> None:
    if int(fields.get("num_cat", "0")) or int(fields.get("is_linear", "0")):
        raise TreesError("trees with categories or linear leaves are not scored; fit without them")
    if int(fields["num_leaves"]) > MOST_LEAVES:
        raise TreesError(
            f"a tree has {fields['num_leaves']} leaves; fit with {MOST_LEAVES} or less"
        )


class _Reader:
    """Goes through one tree from left to right: the order of its leaves, and what splits strike."""

    def __init__(self, fields: dict[str, str], number: int) -> None:
        """Read it."""
        self.number = number
        self.columns = {
            name: [kind(v) for v in fields.get(name, "").split()] for name, kind in _COLUMNS.items()
        }
        self.splits: list[_Split] = []
        self.order: list[int] = []
        self._go(0 if self.columns["threshold"] else -1)

    def _go(self, at: int) -> None:
        """Take in a node and what is under it; leaves are written as -1, -2, …"""
        if at < 0:
            self.order.append(-at - 1)
            return
        start = len(self.order)
        self._go(self.columns["left_child"][at])
        struck = ((1 << (len(self.order) - start)) - 1) << start
        threshold, decision = self.columns["threshold"][at], self.columns["decision_type"][at]
        self.splits.append(
            _Split(
                feature=self.columns["split_feature"][at],
                threshold=threshold,
                tree=self.number,
                keeps=_ALL & ~struck,
                unknown_left=_unknown_left(decision, threshold),
            )
        )
        self._go(self.columns["right_child"][at])


_COLUMNS: Final[dict[str, Callable[[str], Any]]] = {
    "split_feature": int,
    "threshold": float,
    "decision_type": int,
    "left_child": int,
    "right_child": int,
}


def _unknown_left(decision: int, threshold: float) -> bool:
    """Tell whether unknown goes left; where no training row was unknown it counts as zero."""
    if decision >> _KIND == _NAN:
        return bool(decision & _UNKNOWN_LEFT)
    return threshold >= 0.0
