"""
Many series at once: which of a thousand alarms to believe.

Corrections turn p into q, the share of false alarms one accepts by alarming at
that q. p are first set right in their tails (``calibration``): at 100,000 series
all is decided near p = 1e-4. Unknown p stay unknown and count for nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from guomen.core.surveillance.calibration import Calibration
from guomen.core.surveillance.farrington import Watch
from guomen.core.surveillance.series import (
    Flags,
    Floats,
    Ints,
    InvalidSeries,
    Source,
    between,
    choose,
)  # fmt: skip

SOURCES: Final[dict[str, Source]] = {
    "bh": Source(
        paper="Benjamini Y, Hochberg Y (1995). Controlling the false discovery rate."
        " Journal of the Royal Statistical Society B 57(1):289-300"
    ),
    "by": Source(
        paper="Benjamini Y, Yekutieli D (2001). The control of the false discovery rate in multiple"
        " testing under dependency. Annals of Statistics 29(4):1165-1188"
    ),
    "e-bh": Source(
        paper="Wang R, Ramdas A (2022). False discovery rate control with e-values."
        " Journal of the Royal Statistical Society B 84(3):822-852"
    ),
    "hierarchical": Source(
        paper="Benjamini Y, Bogomolov M (2014). Selective inference on multiple families of"
        " hypotheses. Journal of the Royal Statistical Society B 76(1):297-318"
    ),
}


def _known(p: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Return the table and its known values, all between 0 and 1."""
    table = np.asarray(p, dtype=np.float64)
    known = table[~np.isnan(table)]
    if ((known < 0) | (known > 1)).any():
        raise InvalidSeries("p must lie between 0 and 1, or be NaN where it is not known")
    return table, known


def _step_up(p: npt.ArrayLike, factor: Callable[[int], float]) -> Floats:
    table, known = _known(p)
    order = np.argsort(known, kind="stable")
    rank = np.arange(1, known.size + 1)
    raw = known[order] * known.size * factor(known.size) / rank
    q = np.empty(known.size)
    q[order] = np.minimum(np.minimum.accumulate(raw[::-1])[::-1], 1.0)
    answer = np.full(table.shape, np.nan)
    answer[~np.isnan(table)] = q
    return answer


def benjamini_hochberg(p: npt.ArrayLike) -> Floats:
    """
    Return q for tests that are independent or positively dependent.

    :raises InvalidSeries: for p outside 0 to 1
    """
    return _step_up(p, lambda size: 1.0)


def benjamini_yekutieli(p: npt.ArrayLike) -> Floats:
    """
    Return q under any dependence.

    :raises InvalidSeries: for p outside 0 to 1
    """
    return _step_up(p, lambda size: float((1.0 / np.arange(1, size + 1)).sum()))


def e_benjamini_hochberg(e: npt.ArrayLike) -> Floats:
    """
    Return q from e-values, under any dependence and for evidence gathered over weeks.

    :raises InvalidSeries: for a negative e
    """
    table = np.asarray(e, dtype=np.float64)
    if (table < 0).any():
        raise InvalidSeries("an e-value is zero or more, or NaN where it is not known")
    with np.errstate(divide="ignore", over="ignore"):
        # The k-th largest e is compared with m / (k q), so 1/e plays the part of p.
        return _step_up(np.minimum(1.0 / table, 1.0), lambda size: 1.0)


def e_from_p(p: npt.ArrayLike, *, kappa: float = 0.1) -> Floats:
    """
    Return e = kappa * p^(kappa - 1), an e-value whatever the alternative (Vovk and Wang 2021).

    :raises UnknownChoice: for kappa not between 0 and 1
    """
    between(kappa, option="kappa")
    table, _ = _known(p)
    with np.errstate(divide="ignore"):
        return kappa * table ** (kappa - 1.0)


METHODS: Final[dict[str, Callable[[Floats], Floats]]] = {
    "bh": benjamini_hochberg,
    "by": benjamini_yekutieli,
    "e-bh": lambda p: e_benjamini_hochberg(e_from_p(p)),
}


def with_q(watch: Watch, *, method: str = "bh", calibration: Calibration | None = None) -> Watch:
    """
    Return the watch with q for each week's batch of series.

    Series without enough recent cases stay in the batch: leaving them out after looking
    would make the rest look rarer than they are.

    :raises UnknownChoice: for a method that is not known
    :raises Uncalibrated: for a calibration whose tail was found wrong
    """
    correct = METHODS[choose(method, tuple(METHODS), option="method")]
    p = watch.p if calibration is None else calibration.apply(watch.p, watch.expected)
    q = np.column_stack([correct(week) for week in p.T]) if p.shape[1] else p
    return replace(watch, q=q)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hierarchy:
    """What was selected, from the coarsest level to the single series."""

    level: float
    selected: tuple[frozenset[tuple[object, ...]], ...]
    rejected: Flags
    source: Source = SOURCES["hierarchical"]


def simes(p: npt.ArrayLike) -> float:
    """
    Return one p for a family: is anything in it not chance (Simes 1986)?

    :raises InvalidSeries: for p outside 0 to 1
    """
    _, known = _known(p)
    if not known.size:
        return float("nan")
    return float(np.min(np.sort(known) * known.size / np.arange(1, known.size + 1)))


def hierarchical(
    p: npt.ArrayLike, *, labels: Sequence[Sequence[object]], level: float = 0.1
) -> Hierarchy:
    """
    Select from coarse to fine (hazard, then product, then origin), each family at its share.

    Families are tested by Simes' p; within one selected, the level is lowered by the share of its
    siblings that were selected.

    :param labels: one sequence a level, each with a label for every p
    :raises InvalidSeries: for p outside 0 to 1, or labels that do not fit
    """
    between(level, option="level")
    table, _ = _known(p)
    if any(len(column) != table.size for column in labels):
        raise InvalidSeries("every level needs a label for every p")
    paths: list[tuple[object, ...]] = [
        tuple(column[index] for column in labels) for index in range(table.size)
    ]
    levels: dict[tuple[object, ...], float] = {(): level}
    selected: list[frozenset[tuple[object, ...]]] = []
    for depth in range(1, len(labels) + 1):
        levels = _descend(table, paths, depth, levels)
        selected.append(frozenset(levels))
    rejected = np.zeros(table.size, dtype=bool)
    for path, rest in levels.items():
        mine = np.array([full == path for full in paths])
        with np.errstate(invalid="ignore"):
            rejected[mine] = benjamini_hochberg(table[mine]) <= rest
    return Hierarchy(level=level, selected=tuple(selected), rejected=rejected)


def _descend(
    table: Floats,
    paths: list[tuple[object, ...]],
    depth: int,
    levels: dict[tuple[object, ...], float],
) -> dict[tuple[object, ...], float]:
    """Return the families selected one level below, with the level each may spend."""
    families: dict[tuple[object, ...], list[int]] = {}
    for index, path in enumerate(paths):
        if path[: depth - 1] in levels:
            families.setdefault(path[:depth], []).append(index)
    below: dict[tuple[object, ...], float] = {}
    for parent, rest in levels.items():
        children = [path for path in families if path[:-1] == parent]
        q = benjamini_hochberg([simes(table[families[path]]) for path in children])
        chosen = [path for path, value in zip(children, q, strict=True) if value <= rest]
        below |= {path: rest * len(chosen) / len(children) for path in chosen}
    return below


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortlist:
    """The n most surprising series, and the share of them expected to be chance."""

    chosen: Ints
    p: Floats
    expected_fdr: float

    @property
    def price(self) -> str:
        """Return in words what the list costs in false alarms."""
        false = self.expected_fdr * self.chosen.size
        return f"of {self.chosen.size} series listed, about {false:.1f} are expected to be chance"


def top(p: npt.ArrayLike, *, n: int) -> Shortlist:
    """
    Return the n smallest p, for an inbox of fixed size, with its expected share of chance.

    The share is m * p(n) / n at most: all m series are taken to be quiet.

    :raises InvalidSeries: for p outside 0 to 1, or n below 1
    """
    table, known = _known(p)
    if n < 1:
        raise InvalidSeries(f"a list of {n} is none; ask for at least one")
    flat = np.where(np.isnan(table), np.inf, table).ravel()
    chosen = np.argsort(flat, kind="stable")[: min(n, known.size)].astype(np.int64)
    picked = flat[chosen]
    share = known.size * picked[-1] / chosen.size if chosen.size else 0.0
    return Shortlist(chosen=chosen, p=picked, expected_fdr=float(min(share, 1.0)))


def price(*, series: int, alpha: float) -> str:
    """Return in words how often a limit alarms for nothing."""
    weekly = series * alpha
    return (
        f"at p {alpha:g}, {series} quiet series raise about {weekly:.1f} false alarms a week;"
        f" one series about one in {1.0 / alpha / 52.1775:.1f} years"
    )
