"""
Whom to open: chances to fail learnt from results, the plan of the day, and whether it was right.

Four doors: ``posterior`` (what was found of goods like these), ``fit`` (the chance that a line
fails), ``plan`` (prices and chances under each port's capacity) and ``evaluate``. Not for the
lawful minimum, which the rule book gives and no plan lowers.
"""

from guomen.core.targeting.cells import Level, Scheme, SchemeError
from guomen.core.targeting.estimate import Estimate, interval, telling
from guomen.core.targeting.plan import Capacity, DayPlan, Forecast, Load, PlanError, PortPlan, Terms
from guomen.core.targeting.posterior import Posterior, Strength
from guomen.core.targeting.ranker import Chances, Ranker, Settings, fit

__all__ = [
    "Capacity", "Chances", "DayPlan", "Estimate", "Forecast", "Level", "Load", "PlanError",
    "PortPlan", "Posterior", "Ranker", "Scheme", "SchemeError", "Settings", "Strength", "Terms",
    "fit", "interval", "telling",
]  # fmt: skip
