"""
Plans for many lots at once: the columns of ``recommend``.

Lots that share hazard, class, credit, state and budget are planned together.
The reasons, the curve and the alternatives of a lot are made when that lot is
asked for. Not for one lot: see ``recommend``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from guomen.core.sampling import iso2859, iso2859_2, ispm31
from guomen.core.sampling.advice import Hazard, Policy
from guomen.core.sampling.plan import InfeasiblePlan
from guomen.core.sampling.switching import Discontinued

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendations:
    """
    Recommended plans of many lots; ``found[i]`` is the i-th as a ``Recommendation``.

    ``n`` and ``ac`` are -1 where there is no plan (``feasible`` is False); there ``units`` is the
    whole lot, the safe side, and ``refusal`` the code of the error that ``found[i]`` raises.
    ``confidence`` and ``level`` are nan for plans that bear some nonconforming.
    """

    lot: Ints
    n: Ints
    ac: Ints
    cost: Floats
    confidence: Floats
    level: Floats
    within_budget: Flags
    refusal: npt.NDArray[np.str_]
    ask: Callable[[int], Any]

    @property
    def re(self) -> Ints:
        """Return the rejection numbers."""
        return np.where(self.feasible, self.ac + 1, -1)

    @property
    def feasible(self) -> Flags:
        """Tell which lots have a plan."""
        return np.asarray(self.n >= 0)

    @property
    def units(self) -> Ints:
        """Return how many units to take from each lot; all of it where nothing is promised."""
        return np.where(self.feasible, np.minimum(self.n, self.lot), self.lot)

    @property
    def full_inspection(self) -> Flags:
        """Tell which lots are inspected whole."""
        return np.asarray(self.units >= self.lot)

    def __len__(self) -> int:
        """Return the number of lots."""
        return len(self.lot)

    def __getitem__(self, row: int) -> Any:
        """
        Return one lot's recommendation with its reasons, curve and alternatives.

        :raises GuomenError: if this lot has no plan, as ``recommend`` would
        """
        return self.ask(row)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The way that plans some lots, and what decides it; what does not matter there is None."""

    way: str
    hazard: Hazard
    level: str | None = None
    conf: float | None = None
    inspection: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """Columns of one group; single values stand for all its lots."""

    n: Any = -1
    ac: Any = -1
    confidence: Any = np.nan
    level: Any = np.nan
    within_budget: Any = True
    refusal: Any = ""


def recommendations(
    parts: list[Any], policy: Policy, group_of: Callable[..., tuple[Group, int | None]],
    ask: Callable[[int], Any],
) -> Recommendations:  # fmt: skip
    """Plan the lots of each group together; `parts` are the lots and what varies beside them."""
    lots, *rest = parts
    out: dict[str, Any] = {
        "n": np.full(lots.shape, -1, np.int64), "ac": np.full(lots.shape, -1, np.int64),
        "confidence": np.full(lots.shape, np.nan), "level": np.full(lots.shape, np.nan),
        "within_budget": np.zeros(lots.shape, np.bool_),
        "refusal": np.full(lots.shape, "", "<U32"),
    }  # fmt: skip
    groups, which, most = _groups(rest, len(lots), group_of)
    for place, group in enumerate(groups):
        rows = np.flatnonzero(which == place)
        found = _WAYS[group.way](group, policy, lots[rows], most[rows])
        for name, column in out.items():
            column[rows] = getattr(found, name)
    taken = np.where(out["n"] < 0, lots, np.minimum(out["n"], lots))
    cost = policy.cost.stage + policy.cost.unit * taken
    return Recommendations(lot=lots, cost=cost, ask=ask, **out)


def _groups(
    parts: list[Any], size: int, group_of: Callable[..., tuple[Group, int | None]]
) -> tuple[list[Group], Ints, Ints]:
    """Return the groups, which one each lot is in, and the most units its budget pays for."""
    groups: dict[Group, int] = {}
    seen: dict[tuple[Any, ...], tuple[int, int]] = {}

    def place(key: tuple[Any, ...]) -> tuple[int, int]:
        if key not in seen:
            group, most = group_of(*key)
            found = groups.setdefault(group, len(groups))
            seen[key] = found, _UNLIMITED if most is None else most
        return seen[key]

    if size and all(part.strides == (0,) or size == 1 for part in parts):
        found = [place(tuple(part[0] for part in parts))] * size
    else:
        found = [place(key) for key in zip(*(part.tolist() for part in parts), strict=True)]
    table = np.array(found, np.int64).reshape(size, 2)
    return list(groups), table[:, 0], table[:, 1]


def _microbe(group: Group, policy: Policy, lots: Ints, most: Ints) -> _Found:
    del policy
    assert group.hazard.micro is not None  # noqa: S101 - checked when the group was made
    n = group.hazard.micro.n
    return _Found(n=n, ac=group.hazard.micro.c, within_budget=np.minimum(n, lots) <= most)


def _detection(group: Group, policy: Policy, lots: Ints, most: Ints) -> _Found:
    level = group.hazard.level or policy.critical_level
    size = ispm31.sample_size(
        lots, level, group.conf, sensitivity=group.hazard.sensitivity, rounding=policy.rounding
    )
    n, none = np.minimum(size.n, most), ~size.feasible
    return _Found(
        n=n, ac=np.where(none, -1, 0), level=np.where(none, np.nan, level),
        confidence=np.where(none, np.nan, size.achieved(np.maximum(n, 0))),
        within_budget=(size.n <= most) & size.feasible,
        refusal=np.where(none, InfeasiblePlan.code, ""),
    )  # fmt: skip


def _series(group: Group, policy: Policy, lots: Ints, most: Ints) -> _Found:
    if group.inspection == "discontinued":
        return _Found(within_budget=False, refusal=Discontinued.code)
    plans = iso2859.single(
        lots, level=group.level, aql_percent=policy.aql_by_severity[group.hazard.severity],
        state=group.inspection,
    )  # fmt: skip
    return _Found(n=plans.n, ac=plans.ac, within_budget=plans.units <= most)


def _isolated(group: Group, policy: Policy, lots: Ints, most: Ints) -> _Found:
    del group
    plans = iso2859_2.plan(lots, lq_percent=policy.limiting_percent)
    return _Found(n=plans.n, ac=plans.ac, within_budget=plans.units <= most)


_UNLIMITED: Final = 2**62
_WAYS: Final[dict[str, Callable[[Group, Policy, Ints, Ints], _Found]]] = {
    "microbe": _microbe, "detection": _detection, "series": _series, "isolated": _isolated,
}  # fmt: skip
