"""Methods of test by hazard: what they measure, from which amount on, how surely and how fast."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from zoneinfo import ZoneInfo

from guomen.core.text import Text
from guomen.rulebooks import calendar
from guomen.rulebooks.commodities import HAZARDS
from guomen.rulebooks.dated import Certainty


class Speciality(StrEnum):
    """What a laboratory is equipped for."""

    FOOD = "food"
    BIOLOGY = "biology"
    INDUSTRY = "industry"


class Measure(StrEnum):
    """What a test gives: an amount, or whether something was found."""

    AMOUNT = "amount"
    FINDING = "finding"


SPECIALITY_NAMES: Mapping[Speciality, Text] = MappingProxyType(
    {
        Speciality.FOOD: Text(zh="食品", en="Food"),
        Speciality.BIOLOGY: Text(zh="动植物", en="Animals and plants"),
        Speciality.INDUSTRY: Text(zh="工业品", en="Industrial goods"),
    }
)
FOUND = "finding"


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """
    One method for one hazard.

    ``lod`` and ``loq`` are in ``unit``; ``uncertainty`` is the expanded uncertainty (k = 2) as a
    share of the value; ``turnaround`` counts working days from receipt. Where ``accredited`` holds,
    a result from outside a scope of accreditation decides nothing by itself.
    """

    code: str
    standard: str
    hazard: str
    name: Text
    analyte: str
    speciality: Speciality
    measure: Measure
    unit: str
    lod: Decimal
    loq: Decimal
    uncertainty: Decimal | None
    turnaround: int
    accredited: bool
    decision: str
    begins: date = date(2007, 1, 1)
    ends: date | None = None
    source: str = (
        "标准号凭记忆；检出限、不确定度、周期为设计默认值 / standard recalled, figures are defaults"
    )
    certainty: Certainty = "default"

    def in_force(self, on: date) -> bool:
        """Tell whether the method is used on that day."""
        return self.begins <= on and (self.ends is None or on < self.ends)


# hazard: standard, unit, limit of detection, share of uncertainty, working days, accredited.
_AMOUNTS: Mapping[Speciality, tuple[tuple[str, str, str, str, str, int], ...]] = {
    Speciality.FOOD: (
        ("methamidophos", "NY/T 761-2008", "mg/kg", "0.01", "0.2", 4),
        ("chlorpyrifos", "NY/T 761-2008", "mg/kg", "0.02", "0.2", 4),
        ("carbofuran", "NY/T 761-2008", "mg/kg", "0.01", "0.2", 4),
        ("carbendazim", "GB/T 20769-2008", "mg/kg", "0.01", "0.2", 4),
        ("cadmium", "GB/T 5009.15-2003", "mg/kg", "0.002", "0.15", 5),
        ("lead", "GB 5009.12-2010", "mg/kg", "0.005", "0.15", 5),
        ("methylmercury", "GB/T 5009.17-2003", "mg/kg", "0.01", "0.2", 5),
        ("histamine", "GB/T 5009.45-2003", "mg/100 g", "1", "0.15", 4),
        ("clenbuterol", "GB/T 22286-2008", "µg/kg", "0.5", "0.25", 5),
        ("ractopamine", "GB/T 22286-2008", "µg/kg", "0.5", "0.25", 5),
        ("chloramphenicol", "GB/T 22338-2008", "µg/kg", "0.1", "0.25", 5),
        ("nitrofurans", "GB/T 21311-2007", "µg/kg", "0.5", "0.25", 5),
        ("malachite_green", "GB/T 20361-2006", "µg/kg", "0.5", "0.25", 5),
        ("melamine", "GB/T 22388-2008", "mg/kg", "0.01", "0.15", 4),
        ("aflatoxin_m1", "GB 5413.37-2010", "µg/kg", "0.01", "0.2", 4),
        ("phthalates_food", "GB/T 21911-2008", "mg/kg", "0.05", "0.2", 5),
        ("radionuclides", "GB 14883.10-1994", "Bq/kg", "1", "0.2", 3),
        ("sulphur_dioxide", "GB/T 5009.34-2003", "g/kg", "0.001", "0.1", 3),
        ("benzoic_acid", "GB/T 23495-2009", "g/kg", "0.001", "0.1", 3),
        ("sweeteners", "GB/T 23495-2009", "g/kg", "0.001", "0.1", 3),
        ("purity", "GB 5009", "%", "0.01", "0.004", 5),
    ),
    Speciality.INDUSTRY: (
        ("phthalates_toys", "GB/T 22048-2008", "%", "0.005", "0.15", 5),
        ("azo_dyes", "GB/T 17592-2011", "mg/kg", "5", "0.15", 5),
        ("formaldehyde", "GB/T 2912.1-2009", "mg/kg", "20", "0.1", 4),
        ("heavy_metals_cosmetics", "化妆品卫生规范 2007", "mg/kg", "0.5", "0.15", 4),
    ),
    Speciality.BIOLOGY: (),
}
_FINDINGS: Mapping[Speciality, tuple[tuple[str, str, int], ...]] = {
    Speciality.FOOD: (
        ("salmonella", "GB 4789.4-2010", 5),
        ("e_coli", "GB/T 4789.38-2008", 4),
        ("vibrio", "GB/T 4789.7-2008", 4),
        ("sakazakii", "GB 4789.40-2010", 6),
    ),
    Speciality.BIOLOGY: (
        ("foot_and_mouth", "GB/T 18935-2003", 5),
        ("avian_influenza", "GB/T 18936-2003", 5),
        ("fruit_fly", "SN/T 检疫鉴定", 2),
        ("nematodes", "SN/T 检疫鉴定", 4),
        ("thrips", "SN/T 检疫鉴定", 2),
    ),
    Speciality.INDUSTRY: (
        ("electrical_safety", "GB 4706.1-2005", 6),
        ("small_parts", "GB 6675-2003", 3),
    ),
}
_ANALYTES = {
    "methylmercury": "methyl_mercury",
    "nitrofurans": "nitrofuran_metabolites",
    "phthalates_food": "dehp",
    "radionuclides": "cs_137",
}
# Residues and pests decide on access to a market: their results need an accredited method.
_ACCREDITED_KINDS = frozenset({"residue", "contaminant", "microbe", "radiation", "disease"})
_BY_HAZARD = {hazard.code: hazard for hazard in HAZARDS}


def _amount(speciality: Speciality, row: tuple[str, str, str, str, str, int]) -> Method:
    hazard, standard, unit, lod, uncertainty, days = row
    return Method(
        code=f"LAB-{hazard.upper().replace('_', '-')}",
        standard=standard,
        hazard=hazard,
        name=_BY_HAZARD[hazard].name,
        analyte=_ANALYTES.get(hazard, hazard),
        speciality=speciality,
        measure=Measure.AMOUNT,
        unit=unit,
        lod=Decimal(lod),
        loq=Decimal(lod) * 3,
        uncertainty=Decimal(uncertainty),
        turnaround=days,
        accredited=_BY_HAZARD[hazard].kind in _ACCREDITED_KINDS,
        decision="guard_band",
    )


def _finding(speciality: Speciality, row: tuple[str, str, int]) -> Method:
    hazard, standard, days = row
    return Method(
        code=f"LAB-{hazard.upper().replace('_', '-')}",
        standard=standard,
        hazard=hazard,
        name=_BY_HAZARD[hazard].name,
        analyte=hazard,
        speciality=speciality,
        measure=Measure.FINDING,
        unit=FOUND,
        lod=Decimal(1),
        loq=Decimal(1),
        uncertainty=None,
        turnaround=days,
        accredited=_BY_HAZARD[hazard].kind in _ACCREDITED_KINDS,
        decision="simple",
    )


#: Goods of which no hazard is known are tested for what their product standard asks.
QUALITY = "quality"
_QUALITY = Method(
    code="LAB-QUALITY",
    standard="产品标准",
    hazard=QUALITY,
    name=Text(zh="品质", en="Quality"),
    analyte=QUALITY,
    speciality=Speciality.INDUSTRY,
    measure=Measure.FINDING,
    unit=FOUND,
    lod=Decimal(1),
    loq=Decimal(1),
    uncertainty=None,
    turnaround=5,
    accredited=False,
    decision="simple",
)
METHODS: tuple[Method, ...] = (
    *(_amount(speciality, row) for speciality, rows in _AMOUNTS.items() for row in rows),
    *(_finding(speciality, row) for speciality, rows in _FINDINGS.items() for row in rows),
    _QUALITY,
)
BY_CODE: Mapping[str, Method] = MappingProxyType({method.code: method for method in METHODS})


def method_for(hazard: str, *, on: date) -> Method | None:
    """Return the method that tests a hazard on a day, or None: then the result stays unknown."""
    return next((m for m in METHODS if m.hazard == hazard and m.in_force(on)), None)


@cache
def _hazards_of(hs_code: str) -> tuple[str, ...]:
    tested = {method.hazard for method in METHODS}
    known = tuple(
        hazard.code
        for hazard in HAZARDS
        if hs_code.startswith(hazard.hs_prefixes) and hazard.code in tested
    )
    return known or (QUALITY,)


def hazards_of(hs_code: str, ordered: Collection[str] = ()) -> tuple[str, ...]:
    """
    Return the hazards that a sample of goods is tested for, in the order of the book.

    What the goods are known to carry and a laboratory can test, their quality where nothing is
    known, and what a control order asks for besides; an order may ask for what no method of the
    book tests, and then says so by staying unknown.

    >>> hazards_of("2103100000")
    ('radionuclides', 'benzoic_acid')
    """
    own = _hazards_of(hs_code)
    return (*own, *(hazard for hazard in dict.fromkeys(ordered) if hazard not in own))


_END_OF_WORK = time(17, 30)
_ZONE = ZoneInfo("Asia/Shanghai")


@cache
def _due_day(day: date, turnaround: int) -> date:
    return calendar.add_working_days(day, turnaround, "mainland")


def due(method: Method | None, received_at: datetime) -> datetime:
    """Return when the result of a test is due: the end of work of its last working day."""
    local = received_at.astimezone(_ZONE)
    day = _due_day(local.date(), method.turnaround if method else _UNTESTED)
    return datetime.combine(day, _END_OF_WORK, tzinfo=_ZONE).astimezone(received_at.tzinfo)


# Days in which somebody says what happens to a test that no method of the book covers.
_UNTESTED = 3
