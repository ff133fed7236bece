"""
What a result is laid against: the limit of the book, else the criterion of the hazard.

Declared goods are led to the commodity paths of the limits by their HS code, the longest prefix
first. A criterion stands in where the book of limits has no row for goods or day; its certainty
says that it was recalled or is a default of this house.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from types import MappingProxyType

from guomen.core.conformity import Limit, LimitAmbiguous, LimitKind, LimitMissing
from guomen.rulebooks import limits
from guomen.rulebooks.laboratory.methods import FOUND, METHODS, Measure, Method

_BEGINS = date(2007, 1, 1)
_RECALLED = "from knowledge; not compared with the standard"

# HS prefixes and the commodity paths of the limits; the longest prefix wins.
PATHS: Mapping[str, str] = MappingProxyType(
    {
        "02": "food/meat",
        "0203": "food/meat/pork",
        "0206": "food/meat/pork",
        "0301": "food/aquatic/fish/freshwater",
        "0302": "food/aquatic/fish/sea",
        "0303": "food/aquatic/fish/sea",
        "0304": "food/aquatic/fish/sea",
        "0306": "food/aquatic/crustacean",
        "0307": "food/aquatic/bivalve",
        "04": "food/dairy",
        "0401": "food/dairy/milk/liquid",
        "0402": "food/dairy/milk_powder",
        "07": "food/vegetable",
        "0701": "food/tuber",
        "0702": "food/vegetable/fruiting/tomato",
        "0704": "food/vegetable/leafy/brassica",
        "0704909003": "food/vegetable/leafy/pak_choi",
        "0705": "food/vegetable/leafy",
        "0706": "food/vegetable/root",
        "0706900000": "food/vegetable/root/radish",
        "0707": "food/vegetable/fruiting/cucumber",
        "0708": "food/vegetable/legume",
        "0709400000": "food/vegetable/stem/celery",
        "0709700000": "food/vegetable/leafy/spinach",
        "0709999010": "food/vegetable/leafy",
        "08": "food/fruit",
        "1601": "food/meat",
        "1604": "food/aquatic/fish/sea",
        "1605": "food/aquatic/crustacean",
        "17": "food",
        "1806": "food/with_milk",
        "1901": "food/dairy/infant_formula/powder",
        "1902": "food",
        "1905": "food/with_milk",
        "20": "food",
        "2006": "food/candied_fruit",
        "21": "food",
        "2103": "food/soy_sauce",
        "2202": "food/carbonated_drink",
        "2203": "food",
        "2204": "food",
        "2208": "spirits",
        "29": "food/additive",
        "3203": "food/additive",
        "3302": "food/flavouring",
    }
)

# hazard, HS prefix, largest amount, unit, basis.
_MAXIMA: tuple[tuple[str, str, str, str, str], ...] = (
    ("methamidophos", "", "0.05", "mg/kg", "GB 2763-2005"),
    ("chlorpyrifos", "", "1", "mg/kg", "GB 2763-2005"),
    ("carbofuran", "", "0.1", "mg/kg", "GB 2763-2005"),
    ("carbendazim", "", "3", "mg/kg", "GB 2763-2005"),
    ("cadmium", "", "0.05", "mg/kg", "GB 2762-2005"),
    ("cadmium", "03", "0.5", "mg/kg", "GB 2762-2005"),
    ("lead", "", "0.1", "mg/kg", "GB 2762-2005"),
    ("lead", "03", "0.5", "mg/kg", "GB 2762-2005"),
    ("lead", "33", "40", "mg/kg", "化妆品卫生规范 2007"),
    ("lead", "9503", "90", "mg/kg", "GB 6675-2003"),
    ("methylmercury", "", "0.5", "mg/kg", "GB 2762-2005"),
    ("histamine", "", "30", "mg/100 g", "GB 2733-2005"),
    ("melamine", "", "2.5", "mg/kg", "卫生部等五部门公告2011年第10号"),
    ("aflatoxin_m1", "", "0.5", "µg/kg", "GB 2761"),
    ("phthalates_food", "", "1.5", "mg/kg", "卫办监督函〔2011〕551号"),
    ("radionuclides", "", "260", "Bq/kg", "GB 14882-1994"),
    ("sulphur_dioxide", "", "0.2", "g/kg", "GB 2760-2011"),
    ("sulphur_dioxide", "2204", "0.25", "g/kg", "GB 2760-2011"),
    ("benzoic_acid", "", "1", "g/kg", "GB 2760-2011"),
    ("sweeteners", "", "0.65", "g/kg", "GB 2760-2011"),
    ("phthalates_toys", "", "0.1", "%", "GB 24613-2009"),
    ("azo_dyes", "", "20", "mg/kg", "GB 18401-2010"),
    ("formaldehyde", "", "75", "mg/kg", "GB 18401-2010"),
    ("formaldehyde", "6111", "20", "mg/kg", "GB 18401-2010"),
    ("heavy_metals_cosmetics", "", "40", "mg/kg", "化妆品卫生规范 2007"),
)
_MINIMA: tuple[tuple[str, str, str, str, str], ...] = (("purity", "", "99", "%", "GB 2760-2011"),)
_ABSENT_AMOUNTS = (
    "clenbuterol",
    "ractopamine",
    "chloramphenicol",
    "nitrofurans",
    "malachite_green",
)


def _criteria() -> dict[tuple[str, str], Limit]:
    found: dict[tuple[str, str], Limit] = {}
    for rows, kind in ((_MAXIMA, LimitKind.MAXIMUM), (_MINIMA, LimitKind.MINIMUM)):
        for hazard, prefix, amount, unit, basis in rows:
            end = "upper" if kind is LimitKind.MAXIMUM else "lower"
            found[hazard, prefix] = _limit(
                hazard, prefix, kind, unit, basis, **{end: Decimal(amount)}
            )
    for method in METHODS:
        if method.measure is Measure.FINDING or method.hazard in _ABSENT_AMOUNTS:
            unit = FOUND if method.measure is Measure.FINDING else method.unit
            basis = method.standard if method.measure is Measure.FINDING else "农业部公告第235号"
            found[method.hazard, ""] = _limit(method.hazard, "", LimitKind.ABSENT, unit, basis)
    return found


def _limit(
    hazard: str, prefix: str, kind: LimitKind, unit: str, basis: str, **ends: Decimal
) -> Limit:
    return Limit(
        analyte=hazard,
        commodity=f"hs/{prefix}" if prefix else "hs",
        kind=kind,
        unit=unit,
        begins=_BEGINS,
        basis=basis,
        source=_RECALLED,
        certainty="knowledge",
        **ends,  # type: ignore[arg-type]
    )


CRITERIA: Mapping[tuple[str, str], Limit] = MappingProxyType(_criteria())


@cache
def path_of(hs_code: str) -> str | None:
    """
    Return the commodity path of goods, or None for goods that the limits do not speak of.

    >>> path_of("0704909001")
    'food/vegetable/leafy/brassica'
    """
    prefixes = (hs_code[:length] for length in range(len(hs_code), 1, -1))
    return next((PATHS[prefix] for prefix in prefixes if prefix in PATHS), None)


def criterion(hazard: str, hs_code: str) -> Limit | None:
    """Return what stands in for a limit: that of the longest prefix of the goods."""
    prefixes = (hs_code[:length] for length in range(len(hs_code), -1, -1))
    return next(
        (CRITERIA[hazard, prefix] for prefix in prefixes if (hazard, prefix) in CRITERIA), None
    )


@cache
def limit_for(method: Method, hs_code: str, on: date) -> Limit | None:
    """Return what binds a hazard in goods sampled on a day, or None: then nothing can conform."""
    path = path_of(hs_code)
    if path is not None:
        try:
            return limits.look_up(path, analyte=method.analyte, market="CN", on=on)
        except (LimitMissing, LimitAmbiguous):
            pass
    found = criterion(method.hazard, hs_code)
    return found if found is not None and found.in_force(on) else None
