"""
What is asked when a plan is sought for a lot, and what is answered, as values.

Not for choosing: see ``recommend``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from guomen.core.sampling import ispm31
from guomen.core.sampling.design import Cost
from guomen.core.sampling.micro import MicroPlan
from guomen.core.sampling.oc import OC
from guomen.core.sampling.plan import Plan
from guomen.core.text import Text

Kind = Literal["pest", "quality", "microbe"]
Severity = Literal["critical", "major", "minor"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hazard:
    """
    What is looked for.

    ``level`` is the fraction to be detected (pests and critical defects), ``sensitivity`` the
    chance that an inspected bad unit is recognised, ``micro`` the plan of a microbiological rule.
    """

    kind: Kind
    name: Text
    severity: Severity = "major"
    level: float | None = None
    sensitivity: float = 1.0
    micro: MicroPlan | None = None


def _frozen(**rows: Any) -> Mapping[str, Any]:
    return MappingProxyType(rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """
    An agency's settings; the defaults are a design of this project, not a rule of law.

    ``level_by_class`` enterprise class 1 (best) to 4 -> inspection level; ``conf_by_credit`` credit
    A to D -> confidence of detection; ``aql_by_severity`` None means none may be found.
    """

    level_by_class: Mapping[str, str] = field(
        default_factory=lambda: MappingProxyType({"1": "I", "2": "II", "3": "II", "4": "III"})
    )
    conf_by_credit: Mapping[str, float] = field(
        default_factory=lambda: _frozen(A=0.90, B=0.95, C=0.95, D=0.99)
    )
    aql_by_severity: Mapping[str, float | None] = field(
        default_factory=lambda: _frozen(critical=None, major=2.5, minor=4.0)
    )
    critical_level: float = 0.01
    limiting_percent: float = 5.0
    cost: Cost = field(default_factory=Cost)
    rounding: ispm31.Rounding = "ceil"
    certainty: Literal["sourced", "knowledge", "default"] = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """The most that may be spent on this lot: units, money, or neither (None)."""

    units: int | None = None
    money: float | None = None

    def most_units(self, cost: Cost) -> int | None:
        """Return how many units the budget pays for, or None without a limit."""
        if self.money is None or cost.unit <= 0:
            return self.units
        paid = max(0, int((self.money - cost.stage) // cost.unit))
        return paid if self.units is None else min(self.units, paid)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One step of the choice, with the clause behind it."""

    text: Text
    clause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """Another way to sample the same lot."""

    name: Text
    units: int
    note: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """
    The plan with its reasons.

    ``confidence`` is that of detecting ``level`` (None for plans that bear some nonconforming);
    ``within_budget`` is False when the plan that is due costs more than the budget.
    """

    plan: Plan
    reasons: tuple[Reason, ...]
    cost: float
    curve: OC
    confidence: float | None
    level: float | None
    within_budget: bool
    cannot_find: Text
    alternatives: tuple[Alternative, ...]
    hazard: Hazard
    policy: Policy
