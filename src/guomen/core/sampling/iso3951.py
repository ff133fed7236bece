"""
Variables plans to go with ISO 2859-1, by computation (not the tables of ISO 3951-1).

The printed k and n of ISO 3951-1 are not held. These plans take the attribute
plan's own risk points (accepted 95 % and 10 % of the time) and find the
smallest k-plan with those risks, so both protect alike. Labelled as designed.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, overload

import numpy.typing as npt

from guomen.core.sampling import columns, variables
from guomen.core.sampling.iso2859 import single
from guomen.core.sampling.oc import risk
from guomen.core.sampling.plan import InfeasiblePlan, Plan
from guomen.core.sampling.variables import Method, VariablesPlan, VariablesPlans, gathered


@overload
def plan(
    lot: int, *, level: str = ..., aql_percent: float = ..., state: str = ..., method: Method = ...
) -> VariablesPlan: ...
@overload
def plan(
    lot: npt.ArrayLike, *, level: Any = ..., aql_percent: Any = ..., state: Any = ...,
    method: Method = ...,
) -> VariablesPlans: ...  # fmt: skip


def plan(
    lot: Any,
    *,
    level: Any = "II",
    aql_percent: Any = 1.0,
    state: Any = "normal",
    method: Method = "s",
) -> VariablesPlan | VariablesPlans:
    """
    Return the variables plan with the protection of the attribute plan of the same lot and AQL.

    Arrays give ``VariablesPlans``, infeasible where the attribute plan has no risk to match.
    Source: the risks of ISO 2859-1:1999; the form of ISO 3951-1 (s and sigma methods).

    >>> found = plan(1000, aql_percent=1.0)
    >>> found.n < single(1000, aql_percent=1.0).n
    True

    :raises UnknownAQL: if an AQL is not in the series
    :raises InfeasiblePlan: if the attribute plan accepts everything, so that no risk defines it
    """
    attribute: Any = single(lot, level=level, aql_percent=aql_percent, state=state)
    if isinstance(attribute, Plan):
        return _matched(attribute.n, attribute.ac, method)
    numbers = columns.spread(n=attribute.n, ac=attribute.ac)
    return gathered(lambda n, ac: _matched(n, ac, method), *numbers)


@lru_cache(maxsize=1024)
def _matched(n: int, ac: int, method: Method) -> VariablesPlan:
    """Return the variables plan with the risk points of a single plan."""
    points = risk(Plan(n=n, ac=ac, re=ac + 1, source=variables.OURS))
    if points.p95 is None or points.p10 is None:
        raise InfeasiblePlan(
            "the attribute plan counts nonconformities and has no risk point to match; "
            "choose an AQL of 10 or less",
            best_confidence=None,
        )
    return variables.plan(points.p95, 0.05, points.p10, 0.10, method=method)
