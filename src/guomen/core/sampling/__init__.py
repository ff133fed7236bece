"""
The science of sampling: how many units to take, and what taking them shows.

One module a standard; this page lists the doors. Every function takes scalars
or arrays, every result keeps its question, its source and how sure it is, and
every refusal says what to do. Nothing compiles at import: call ``warm`` where a
million lots wait. Not for judging a measured result: see ``core.conformity``.
"""

from guomen.core.sampling import (
    csp,
    design,
    iso2859,
    iso2859_2,
    iso3951,
    ispm31,
    micro,
    skip_lot,
    variables,
)  # fmt: skip
from guomen.core.sampling.allocate import Allocation, allocate
from guomen.core.sampling.design import Cost
from guomen.core.sampling.iso2859 import EditionMissing, UnknownAQL
from guomen.core.sampling.oc import OC, Risk, oc, quality_at, risk
from guomen.core.sampling.plan import (
    Evidence,
    InfeasiblePlan,
    InvalidQuestion,
    Plan,
    Source,
    StagedPlan,
    UnverifiedTable,
)  # fmt: skip
from guomen.core.sampling.recommend import (
    Budget,
    Hazard,
    Policy,
    Recommendation,
    Recommendations,
    recommend,
)  # fmt: skip
from guomen.core.sampling.search import warm
from guomen.core.sampling.sequential import (
    SPRT,
    Beta,
    Boundary,
    Losses,
    bayes_sequential,
    sprt,
    voi,
)  # fmt: skip
from guomen.core.sampling.switching import Discontinued, History, LotResult, SwitchState, replay
from guomen.core.sampling.switching_many import Histories, Steps
from guomen.core.sampling.units import draw_units

__all__ = [
    "OC", "SPRT", "Allocation", "Beta", "Boundary", "Budget", "Cost", "Discontinued",
    "EditionMissing", "Evidence", "Hazard", "Histories", "History", "InfeasiblePlan",
    "InvalidQuestion", "Losses", "LotResult", "Plan", "Policy", "Recommendation",
    "Recommendations", "Risk", "Source", "StagedPlan", "Steps", "SwitchState", "UnknownAQL",
    "UnverifiedTable", "allocate", "bayes_sequential", "csp", "design", "draw_units", "iso2859",
    "iso2859_2", "iso3951", "ispm31", "micro", "oc", "quality_at", "recommend", "replay", "risk",
    "skip_lot", "sprt", "variables", "voi", "warm",
]  # fmt: skip
