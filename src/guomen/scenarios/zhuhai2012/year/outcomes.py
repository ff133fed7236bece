"""
What an inspection of a generated line reports: performed or not, conforming, not, or unknown.

The truth is fixed with the line; what an inspection sees of it depends on how closely it looks.
"""

from __future__ import annotations

from dataclasses import dataclass

from guomen.core.severity import Outcome
from guomen.rulebooks.commodities import HAZARDS
from guomen.scenarios.zhuhai2012.year.truth import LineTruth

# Shares of checks that are not carried out, and whose result stays open.
_NOT_PERFORMED = 0.015
_UNKNOWN = 0.012
_FALSE_ALARM = 0.0008

# How likely a fault of a kind is seen by looking, and by looking and testing.
_SEEN: dict[str, tuple[float, float]] = {
    "residue": (0.05, 0.92),
    "contaminant": (0.05, 0.90),
    "microbe": (0.10, 0.85),
    "additive": (0.15, 0.92),
    "radiation": (0.30, 0.98),
    "pest": (0.70, 0.90),
    "disease": (0.55, 0.90),
    "safety": (0.45, 0.92),
    "chemical": (0.05, 0.92),
    "fraud": (0.60, 0.80),
    "label": (0.90, 0.95),
}
_KINDS = {hazard.code: hazard.kind for hazard in HAZARDS}
_LOOKED = (Outcome.INSPECT, Outcome.INSPECT_AND_SAMPLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The result of one ordered inspection; ``conforms`` None means unknown."""

    performed: bool
    conforms: bool | None
    finding: str | None


def report(truth: LineTruth, outcome: Outcome) -> Report | None:
    """Return what inspection of a line reports under a ruling, or None where none was ordered."""
    if outcome not in _LOOKED:
        return None
    luck = truth.luck
    if luck < _NOT_PERFORMED:
        return Report(performed=False, conforms=None, finding=None)
    luck = (luck - _NOT_PERFORMED) / (1 - _NOT_PERFORMED)
    if luck < _UNKNOWN:
        return Report(performed=True, conforms=None, finding=None)
    luck = (luck - _UNKNOWN) / (1 - _UNKNOWN)
    if truth.fault is None:
        alarm = luck < _FALSE_ALARM
        return Report(performed=True, conforms=not alarm, finding="quality" if alarm else None)
    looked, tested = _SEEN.get(_KINDS.get(truth.fault, ""), (0.5, 0.8))
    seen = luck < (tested if outcome is Outcome.INSPECT_AND_SAMPLE else looked)
    return Report(performed=True, conforms=not seen, finding=truth.fault if seen else None)
