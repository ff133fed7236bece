"""
How often goods are opened under the law: dated shares, factors and continuous plans.

Shares are chances of selection in parts per million of lots. What is official and what is our own
choice is said row by row; where the law gives a band or a choice, the stricter end is taken.
Not for the plan of the day, which may raise a share and never lowers it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from guomen.core.frequency import ContinuousPlan, PlanKind
from guomen.core.ruling import Mode
from guomen.rulebooks.clauses import (
    CLASS_RULES,
    CONTINUOUS_SAMPLING,
    CREDIT_NORMS,
    EXPORT_FOOD_SCHEME,
    HOUSE_RULE,
    SPOT_CHECK_RULES,
    Citation,
)
from guomen.rulebooks.commodities import Group
from guomen.rulebooks.dated import Dated

PPM = "ppm"
RISKS = ("high", "higher", "general")

# Decree 113 names the modes; this table of class and product risk is known from one published
# form of assessment. Where it leaves a choice to the officer, the stricter mode is taken.
MODES: Dated[Mapping[tuple[int, str], Mode]] = Dated(
    value=MappingProxyType(
        {
            (1, "high"): Mode.VERIFICATION,
            (1, "higher"): Mode.CREDIT,
            (1, "general"): Mode.CREDIT,
            (2, "high"): Mode.GENERAL,
            (2, "higher"): Mode.GENERAL,
            (2, "general"): Mode.VERIFICATION,
            (3, "high"): Mode.STRICT,
            (3, "higher"): Mode.STRICT,
            (3, "general"): Mode.GENERAL,
            (4, "high"): Mode.SPECIAL,
            (4, "higher"): Mode.SPECIAL,
            (4, "general"): Mode.SPECIAL,
        }
    ),
    begins=CLASS_RULES.begins,
    source=CLASS_RULES.name.zh,
    certainty="sourced",
)


def _dated(value: int, under: Citation) -> Dated[int]:
    return Dated(
        value=value,
        unit=PPM,
        begins=under.begins,
        ends=under.ends,
        source=under.instrument.zh,
        certainty=under.certainty,
    )


_MODE_RATE = CLASS_RULES.cite("监管方式 / modes", "default")
MODE_RATES: Mapping[Mode, Dated[int]] = MappingProxyType(
    {
        Mode.CREDIT: _dated(20_000, _MODE_RATE),
        Mode.VERIFICATION: _dated(100_000, _MODE_RATE),
        Mode.GENERAL: _dated(300_000, _MODE_RATE),
        Mode.STRICT: _dated(1_000_000, CLASS_RULES.cite("严密监管 / strict", "sourced")),
        Mode.SPECIAL: _dated(1_000_000, CLASS_RULES.cite("特别监管 / special", "sourced")),
    }
)

_CLASS_1 = EXPORT_FOOD_SCHEME.cite("一类 / class 1", "sourced")
EXPORT_FOOD_HIGH = _dated(200_000, _CLASS_1)
EXPORT_FOOD = _dated(100_000, _CLASS_1)
EXPORT_FOOD_CLASS_2 = _dated(400_000, EXPORT_FOOD_SCHEME.cite("二类 / class 2", "sourced"))
EXPORT_FOOD_CLASS_3 = _dated(1_000_000, EXPORT_FOOD_SCHEME.cite("三类 / class 3", "sourced"))

_IMPORTS = HOUSE_RULE.cite("进口抽批 / share of import lots", "default")
IMPORT_RATES: Mapping[str, Dated[int]] = MappingProxyType(
    {
        "high": _dated(200_000, _IMPORTS),
        "higher": _dated(100_000, _IMPORTS),
        "general": _dated(50_000, _IMPORTS),
    }
)
SPOT_CHECK_RATE = _dated(10_000, SPOT_CHECK_RULES.cite("抽查 / spot checks", "default"))

_CREDIT = CREDIT_NORMS.cite("分级监管 / measures by level", "default")
CREDIT_FACTORS: Mapping[str, Dated[int]] = MappingProxyType(
    {
        "AA": _dated(500_000, _CREDIT),
        "A": _dated(800_000, _CREDIT),
        "B": _dated(1_000_000, _CREDIT),
        "C": _dated(2_000_000, _CREDIT),
    }
)
CREDIT_D_RATE = _dated(1_000_000, CREDIT_NORMS.cite("D级 / level D"))


def _continuous(kind: PlanKind, clearance: int, fraction_ppm: int) -> Dated[ContinuousPlan]:
    under = CONTINUOUS_SAMPLING.cite("", "default")
    return Dated(
        value=ContinuousPlan(kind=kind, clearance=clearance, fraction_ppm=fraction_ppm),
        begins=under.begins,
        source=under.instrument.zh,
        certainty=under.certainty,
    )


_ANIMAL_FOOD_IN = _continuous(PlanKind.CSP1, 10, 250_000)
_PACKED_FOOD_IN = _continuous(PlanKind.CSP1, 5, 100_000)
_FRESH_OUT = _continuous(PlanKind.CSP3, 10, 100_000)
CONTINUOUS: Mapping[tuple[str, str], Dated[ContinuousPlan]] = MappingProxyType(
    {
        (Group.MEAT, "import"): _ANIMAL_FOOD_IN,
        (Group.DAIRY, "import"): _ANIMAL_FOOD_IN,
        (Group.AQUATIC, "import"): _ANIMAL_FOOD_IN,
        (Group.WINE, "import"): _PACKED_FOOD_IN,
        (Group.FOOD, "import"): _PACKED_FOOD_IN,
        (Group.VEGETABLES, "export"): _FRESH_OUT,
        (Group.AQUATIC, "export"): _FRESH_OUT,
    }
)
