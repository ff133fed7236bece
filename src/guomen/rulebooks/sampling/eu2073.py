"""
Criteria of Regulation (EC) 2073/2005, annex I: food, agent, n, c, m and M, each with its standing.

Rows 1.1 to 1.6 match published text; the rest is recalled. ``m`` and ``M`` are
None where the agent must be absent in the quantity tested.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from guomen.core.sampling.micro import MicroPlan
from guomen.core.sampling.plan import Source
from guomen.rulebooks.dated import Certainty

STANDARD: Final = "Regulation (EC) 2073/2005"
_IN_FORCE: Final = date(2006, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoodCriterion:
    """One row of annex I."""

    row: str
    food: str
    agent: str
    n: int
    c: int
    m: float | None
    M: float | None
    unit: str
    source: str
    certainty: Certainty
    begins: date = _IN_FORCE
    ends: date | None = None  # exclusive

    def plan(self) -> MicroPlan:
        """Return the row as a plan that can judge."""
        sure = self.certainty == "sourced"
        return MicroPlan(
            n=self.n, c=self.c, m=self.m, M=self.M,
            source=Source(
                standard=STANDARD, edition="2005", clause=f"annex I, {self.row}",
                evidence="verified" if sure else "unverified",
            ),
        )  # fmt: skip


_TEXT: Final = "Regulation (EC) 1441/2007, published text"
_RECALLED: Final = "recalled; not checked against the published text"

EU_2073: Final = (
    FoodCriterion(
        row="1.1", food="RTE infants/special medical",
        agent="Listeria monocytogenes", n=10, c=0, m=None, M=None,
        unit="25 g", source=_TEXT, certainty="sourced",
    ),
    FoodCriterion(
        row="1.2a", food="RTE supporting growth (market)",
        agent="Listeria monocytogenes", n=5, c=0, m=100.0, M=100.0,
        unit="cfu/g", source=_TEXT, certainty="sourced", ends=date(2026, 7, 1),
    ),
    FoodCriterion(
        row="1.2b", food="RTE supporting growth (before leaving FBO)",
        agent="Listeria monocytogenes", n=5, c=0, m=None, M=None,
        unit="25 g", source=_TEXT, certainty="sourced",
    ),
    FoodCriterion(
        row="1.3", food="RTE not supporting growth",
        agent="Listeria monocytogenes", n=5, c=0, m=100.0, M=100.0,
        unit="cfu/g", source=_TEXT, certainty="sourced",
    ),
    FoodCriterion(
        row="1.4", food="Minced meat/preparations eaten raw",
        agent="Salmonella", n=5, c=0, m=None, M=None,
        unit="25 g", source=_TEXT, certainty="sourced",
    ),
    FoodCriterion(
        row="1.5", food="Poultry minced meat/preparations cooked",
        agent="Salmonella", n=5, c=0, m=None, M=None,
        unit="25 g (10 g before 2010)", source=_TEXT, certainty="sourced",
    ),
    FoodCriterion(
        row="1.6", food="Other minced meat cooked",
        agent="Salmonella", n=5, c=0, m=None, M=None,
        unit="10 g", source=_TEXT, certainty="sourced",
    ),
    FoodCriterion(
        row="1.22", food="Dried infant formulae",
        agent="Salmonella", n=30, c=0, m=None, M=None,
        unit="25 g", source=_RECALLED, certainty="knowledge",
    ),
    FoodCriterion(
        row="1.24", food="Dried infant formulae",
        agent="Cronobacter spp.", n=30, c=0, m=None, M=None,
        unit="10 g", source=_RECALLED, certainty="knowledge",
    ),
    FoodCriterion(
        row="1.25", food="Live bivalve molluscs",
        agent="E. coli", n=5, c=1, m=230.0, M=700.0,
        unit="MPN/100 g", source=_RECALLED, certainty="knowledge",
    ),
    FoodCriterion(
        row="1.26", food="Fish species high histidine",
        agent="Histamine", n=9, c=2, m=100.0, M=200.0,
        unit="mg/kg", source=_RECALLED, certainty="knowledge",
    ),
    FoodCriterion(
        row="1.27", food="Enzyme-matured fishery products",
        agent="Histamine", n=9, c=2, m=200.0, M=400.0,
        unit="mg/kg", source=_RECALLED, certainty="knowledge",
    ),
    FoodCriterion(
        row="1.28", food="Fresh poultry meat",
        agent="S. Typhimurium/Enteritidis", n=5, c=0, m=None, M=None,
        unit="25 g", source=_RECALLED, certainty="knowledge",
    ),
    FoodCriterion(
        row="1.29", food="Sprouts",
        agent="STEC", n=5, c=0, m=None, M=None,
        unit="25 g", source=_RECALLED, certainty="knowledge",
    ),
    FoodCriterion(
        row="2.1.5", food="Poultry carcases",
        agent="Salmonella", n=50, c=5, m=None, M=None,
        unit="25 g pooled neck skin", source=_RECALLED, certainty="knowledge",
    ),
    FoodCriterion(
        row="2.1.6a", food="Minced meat",
        agent="Aerobic colony count", n=5, c=2, m=500000.0, M=5000000.0,
        unit="cfu/g", source=_RECALLED, certainty="knowledge",
    ),
    FoodCriterion(
        row="2.1.6b", food="Minced meat",
        agent="E. coli", n=5, c=2, m=50.0, M=500.0,
        unit="cfu/g", source=_RECALLED, certainty="knowledge",
    ),
    FoodCriterion(
        row="2.1.8", food="Meat preparations",
        agent="E. coli", n=5, c=2, m=500.0, M=5000.0,
        unit="cfu/g", source=_RECALLED, certainty="knowledge",
    ),
    FoodCriterion(
        row="2.1.9", food="Broiler carcases",
        agent="Campylobacter", n=50, c=15, m=1000.0, M=1000.0,
        unit="cfu/g (c=10 from 2025)", source=_RECALLED, certainty="knowledge",
    ),
    FoodCriterion(
        row="2.2.1", food="Pasteurised milk",
        agent="Enterobacteriaceae", n=5, c=0, m=10.0, M=10.0,
        unit="cfu/ml", source=_RECALLED, certainty="knowledge",
    ),
)  # fmt: skip
