"""
Variables plans to go with ISO 2859-1, by computation (not the tables of ISO 3951-1).

The printed k and n of ISO 3951-1 are not held. These plans take the attribute
plan's own risk points (accepted 95 % and 10 % of the time) and find the
smallest k-plan with those risks, so both protect alike. Labelled as designed.
"""

from __future__ import annotations

from guomen.core.sampling import variables
from guomen.core.sampling.iso2859 import single
from guomen.core.sampling.oc import risk
from guomen.core.sampling.plan import InfeasiblePlan
from guomen.core.sampling.variables import Method, VariablesPlan


def plan(
    lot: int,
    *,
    level: str = "II",
    aql_percent: float = 1.0,
    state: str = "normal",
    method: Method = "s",
) -> VariablesPlan:
    """
    Return the variables plan with the protection of the attribute plan of the same lot and AQL.

    Source: the risks of ISO 2859-1:1999; the form of ISO 3951-1 (s and sigma methods).

    >>> found = plan(1000, aql_percent=1.0)
    >>> found.n < single(1000, aql_percent=1.0).n
    True

    :raises UnknownAQL: if the AQL is not in the series
    :raises InfeasiblePlan: if the attribute plan accepts everything, so that no risk defines it
    """
    attribute = single(lot, level=level, aql_percent=aql_percent, state=state)
    points = risk(attribute)
    if points.p95 is None or points.p10 is None:
        raise InfeasiblePlan(
            "the attribute plan counts nonconformities and has no risk point to match; "
            "choose an AQL of 10 or less",
            best_confidence=None,
        )
    return variables.plan(points.p95, 0.05, points.p10, 0.10, method=method)
