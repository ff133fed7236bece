"""
How many plans behave, in columns: each distinct plan is worked out once.

Reads every column object of plans (``n``, ``ac``, ``re``; one row a plan, one
column a stage where there are several). Not for one plan: see ``oc``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from guomen.core.sampling import columns
from guomen.core.sampling.plan import Stage

Floats = npt.NDArray[np.float64]


class Stages(NamedTuple):
    """A plan as nothing but its stages."""

    stages: tuple[Stage, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OCs:
    """
    Operating characteristics of many plans: one row a plan, one column a quality ``p``.

    nan where there is no plan; ``aoq`` and ``ati`` are None without lot sizes.
    """

    p: Floats
    pa: Floats
    asn: Floats
    aoq: Floats | None
    ati: Floats | None
    model: str
    lot: npt.NDArray[np.int64] | None

    def __len__(self) -> int:
        """Return the number of plans."""
        return len(self.pa)


@dataclass(frozen=True, slots=True, kw_only=True)
class Risks:
    """The qualities accepted 95, 50 and 10 % of the time; nan where there is none."""

    p95: Floats
    p50: Floats
    p10: Floats
    model: str

    def __len__(self) -> int:
        """Return the number of plans."""
        return len(self.p95)


def are_plans(plan: Any) -> bool:
    """Tell whether this is a column object of plans."""
    return isinstance(getattr(plan, "n", None), np.ndarray)


def _table(plans: Any, lot: Any) -> tuple[Any, Any]:
    """Return the distinct (plan, lot) pairs and which one each row has."""
    ac = plans.ac if hasattr(plans, "ac") else np.zeros_like(plans.n)
    re = plans.re if hasattr(plans, "re") else ac + 1
    n = plans.n.reshape(len(plans.n), -1).astype(np.int64)
    size = 0 if lot is None else columns.whole("lot", lot)
    sizes, _ = columns.spread(lot=size, plans=n[:, 0])
    width = n.shape[1]
    parts = [x.reshape(len(n), width).astype(np.int64) for x in (plans.n, ac, re)]
    first, which = columns.distinct(*(x[:, j] for x in parts for j in range(width)), sizes)

    def stages(row: int) -> Stages | None:
        if n[row, 0] < 1:
            return None
        return Stages(tuple(
            (int(parts[0][row, j]), int(parts[1][row, j]), int(parts[2][row, j]))
            for j in range(width) if n[row, j] > 0
        ))  # fmt: skip

    return [(stages(row), int(sizes[row]) or None) for row in first], which


def curves(
    ask: Callable[..., Any], plans: Any, p: npt.ArrayLike, *, model: str, lot: Any
) -> OCs:  # fmt: skip
    """Work out the curve of each distinct plan, and gather."""
    levels = np.atleast_1d(np.asarray(p, np.float64))
    cases, which = _table(plans, lot)
    found = [
        None if stages is None else ask(stages, levels, model=model, lot=size)
        for stages, size in cases
    ]
    none = np.full(levels.shape, np.nan)

    def column(name: str) -> Floats:
        rows = [none if curve is None else getattr(curve, name) for curve in found]
        return np.asarray(np.array(rows, np.float64).reshape(len(found), len(levels))[which])

    finite = lot is not None
    return OCs(
        p=levels, pa=column("pa"), asn=column("asn"), aoq=column("aoq") if finite else None,
        ati=column("ati") if finite else None, model=model,
        lot=columns.spread(lot=lot, plans=which)[0] if finite else None,
    )  # fmt: skip


def qualities(
    ask: Callable[..., float | None], plans: Any, share: npt.ArrayLike, *, model: str, lot: Any
) -> Floats:  # fmt: skip
    """Return the quality that each plan accepts with chance `share`; nan where there is none."""
    cases, which = _table(plans, lot)
    shares, which = columns.spread(share=share, plans=which)

    def one(case: int, wanted: float) -> float:
        stages, size = cases[case]
        if stages is None:
            return float("nan")
        return columns.nan_if_none(ask(stages, wanted, model=model, lot=size))

    found, place = columns.answers(one, which, columns.decimals(shares))
    return np.asarray(columns.gather(found, place, which.shape, np.float64))
