"""
Many continuous sampling plans at once, in columns.

Not for one plan, nor for what the plans are: see ``csp``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from guomen.core.sampling import columns
from guomen.core.sampling.plan import InfeasiblePlan

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class CSPlans:
    """
    Continuous sampling plans of many streams; ``plans[i]`` is the i-th as a ``CSPlan``.

    ``i`` is -1 where no plan holds what was asked (``feasible`` is False); every figure of such a
    row is nan. ``cases`` are the distinct plans, ``case`` which one a stream has.
    """

    i: Ints
    f: Floats
    feasible: npt.NDArray[np.bool_]
    case: Ints
    cases: tuple[Any, ...]

    def __len__(self) -> int:
        """Return the number of plans."""
        return len(self.i)

    def __getitem__(self, row: int) -> Any:
        """
        Return one plan as a value.

        :raises InfeasiblePlan: if nothing holds what was asked there
        """
        found = self.cases[int(self.case[row])]
        if isinstance(found, InfeasiblePlan):
            raise found
        return found

    def afi(self, p: npt.ArrayLike) -> Floats:
        """Return the average fraction inspected, one quality for each plan."""
        return self._each(p, "afi")

    def aoq(self, p: npt.ArrayLike) -> Floats:
        """Return the average outgoing fraction nonconforming, one quality for each plan."""
        return self._each(p, "aoq")

    def aoql(self) -> Floats:
        """Return the outgoing quality limits; nan where there is none (see ``CSPlan.bound``)."""
        limits = [
            np.nan if isinstance(found, InfeasiblePlan) else columns.nan_if_none(found.aoql())
            for found in self.cases
        ]
        return np.asarray(columns.gather(limits, self.case, self.case.shape, np.float64))

    def _each(self, p: npt.ArrayLike, name: str) -> Floats:
        levels = columns.spread(p=p, plans=self.i)[0]
        out = np.full(self.i.shape, np.nan)
        order = np.argsort(self.case, kind="stable")
        edges = np.searchsorted(self.case[order], np.arange(len(self.cases) + 1))
        for place, found in enumerate(self.cases):
            rows = order[edges[place] : edges[place + 1]]
            if rows.size and not isinstance(found, InfeasiblePlan):
                out[rows] = getattr(found, name)(levels[rows])
        return out


def plans(ask: Callable[..., Any], f: Any, **question: Any) -> CSPlans:
    """Ask each distinct question once (`ask` takes f and the question by name), and gather."""
    shares, *rest = columns.spread(f=columns.decimals(f), **question)

    def one(share: float, *parts: Any) -> Any:
        try:
            return ask(f=share, **dict(zip(question, parts, strict=True)))
        except InfeasiblePlan as refused:
            return refused

    cases, case = columns.answers(one, shares, *rest)
    runs = [-1 if isinstance(found, InfeasiblePlan) else found.i for found in cases]
    i = columns.gather(runs, case, case.shape, np.int64)
    return CSPlans(
        i=i, f=columns.decimals(shares).ravel(), feasible=i > 0, case=case, cases=tuple(cases)
    )
