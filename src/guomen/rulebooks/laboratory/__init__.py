"""
The laboratory: which method tests a hazard, what it can see, how long it may take, what decides.

Methods, criteria where the limits have none, periods of keeping and the rule of decision, each with
its certainty. Standards are named from memory and marked so; limits of detection, uncertainties and
turnaround are design defaults until a laboratory enters its own. Not for how a test is carried out.
"""

from guomen.rulebooks.laboratory.criteria import criterion, limit_for, path_of
from guomen.rulebooks.laboratory.keeping import COUNTER_ANALYSIS, KEEPING, kept_until
from guomen.rulebooks.laboratory.methods import (
    BY_CODE,
    FOUND,
    METHODS,
    SPECIALITY_NAMES,
    Measure,
    Method,
    Speciality,
    due,
    hazards_of,
    method_for,
)

__all__ = [
    "BY_CODE",
    "COUNTER_ANALYSIS",
    "FOUND",
    "KEEPING",
    "METHODS",
    "SPECIALITY_NAMES",
    "Measure",
    "Method",
    "Speciality",
    "criterion",
    "due",
    "hazards_of",
    "kept_until",
    "limit_for",
    "method_for",
    "path_of",
]
