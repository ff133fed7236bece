"""
Compliance-based inspection of plant products (Australia, as published about 2017).

A run of i clear consignments earns inspection of a share of the rest (CSP-1, what is found is
removed). An incentive scheme, not a quality bound: read its outgoing quality over the plausible
range. Rates change; read the date.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from guomen.core.sampling.csp import CSPlan, plan
from guomen.rulebooks.dated import Certainty

SOURCE: Final = "agriculture.gov.au, risk-return page (stored copy of about 2017)"


@dataclass(frozen=True, slots=True, kw_only=True)
class CbisRow:
    """One product: clear run that qualifies, and the share inspected afterwards."""

    product: str
    i: int
    f: float
    source: str = SOURCE
    certainty: Certainty = "sourced"
    begins: date = date(2017, 1, 1)
    ends: date | None = None  # exclusive

    def plan(self) -> CSPlan:
        """Return the row as a continuous sampling plan."""
        return plan("CSP-1", i=self.i, f=self.f, disposition="removed")


CBIS: Final = (
    CbisRow(product="Allspice dried", i=5, f=0.10),
    CbisRow(product="Apples dried", i=5, f=0.10),
    CbisRow(product="Apricots dried", i=10, f=0.10),
    CbisRow(product="Capsicum dried", i=5, f=0.10),
    CbisRow(product="Coconut desiccated", i=5, f=0.10),
    CbisRow(product="Dates dried", i=10, f=0.10),
    CbisRow(product="Grapes dried", i=5, f=0.10),
    CbisRow(product="Pepper dried", i=5, f=0.10),
    CbisRow(product="Prunes dried", i=5, f=0.10),
    CbisRow(product="Saffron", i=3, f=0.10),
    CbisRow(product="Cherries fresh USA", i=5, f=0.25),
    CbisRow(product="Dates fresh USA", i=10, f=0.10),
)
