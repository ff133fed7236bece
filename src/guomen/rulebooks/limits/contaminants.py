"""Contaminants: melamine, phthalates, metals, mycotoxins, and the spoilage of fish."""

from __future__ import annotations

from datetime import date

from guomen.core.conformity.model import Limit
from guomen.rulebooks.limits.rows import Instrument
from guomen.rulebooks.limits.vocabulary import HIGH_HISTAMINE_FISH, PREDATORY_FISH

_COPY = "published copy of the instrument"
_RECALLED = "from knowledge; not compared with the instrument"

_MELAMINE_2008 = Instrument(
    basis="卫生部等五部门公告2008年第25号",
    begins=date(2008, 10, 7),
    ends=date(2011, 4, 6),
    source=_COPY,
    certainty="sourced",
)
_MELAMINE_2011 = Instrument(
    basis="卫生部等五部门公告2011年第10号",
    begins=date(2011, 4, 6),
    source=f"{_COPY}; the day of the month from knowledge",
    certainty="sourced",
)
_PHTHALATES = Instrument(
    basis="卫办监督函〔2011〕551号",
    begins=date(2011, 6, 13),
    source="values published; number and day of the letter from knowledge",
    certainty="sourced",
)
_BAIJIU = Instrument(
    basis="白酒塑化剂风险评估结果（专家委员会）",
    begins=date(2014, 6, 25),
    source="values published; the date from knowledge; a risk assessment, not a standard",
    certainty="sourced",
)
_FLAVOURINGS = Instrument(
    basis="2011年关于食品用香精香料中邻苯二甲酸酯的公告",
    begins=date(2011, 6, 13),
    source="value published; the day from knowledge",
    certainty="sourced",
)
_METALS_2005 = Instrument(
    basis="GB 2762-2005",
    begins=date(2005, 10, 1),
    ends=date(2013, 6, 1),
    source=_RECALLED,
    certainty="knowledge",
)
_METALS_2012 = Instrument(
    basis="GB 2762-2012", begins=date(2013, 6, 1), source=_COPY, certainty="sourced"
)
_MYCOTOXINS = Instrument(
    basis="GB 2761", begins=date(2005, 10, 1), source=_RECALLED, certainty="knowledge"
)
_FISH_2005 = Instrument(
    basis="GB 2733-2005",
    begins=date(2005, 10, 1),
    ends=date(2016, 11, 13),
    source=_RECALLED,
    certainty="knowledge",
)
_FISH_2015 = Instrument(
    basis="GB 2733-2015", begins=date(2016, 11, 13), source=_COPY, certainty="sourced"
)
_HISTAMINE_EU = Instrument(
    basis="Regulation (EC) No 2073/2005 as amended 2013 (M of the plan)",
    begins=date(2013, 11, 13),
    source=f"{_COPY}; the day from knowledge",
    certainty="sourced",
    market="EU",
)

_MELAMINE: tuple[tuple[Limit, ...], ...] = (
    _MELAMINE_2008.maximum("melamine", "food/dairy/infant_formula/powder", "1", "mg/kg"),
    _MELAMINE_2008.maximum(
        "melamine",
        (
            "food/dairy/milk",
            "food/dairy/milk_powder",
            "food/dairy/other_formula",
            "food/with_milk",
        ),
        "2.5",
        "mg/kg",
    ),
    _MELAMINE_2011.maximum("melamine", "food/dairy/infant_formula", "1", "mg/kg"),
    _MELAMINE_2011.maximum("melamine", "food", "2.5", "mg/kg"),
)
_PLASTICISERS = (
    # The group "food" holds additives; distilled spirits stand outside it.
    _PHTHALATES.maximum("dehp", "food", "1.5", "mg/kg"),
    _PHTHALATES.maximum("dinp", "food", "9.0", "mg/kg"),
    _PHTHALATES.maximum("dbp", "food", "0.3", "mg/kg"),
    _BAIJIU.maximum("dehp", "spirits/baijiu", "5", "mg/kg"),
    _BAIJIU.maximum("dbp", "spirits/baijiu", "1", "mg/kg"),
    _FLAVOURINGS.maximum("phthalates", "food/flavouring", "60", "mg/kg"),
)
_LEAD = (
    _METALS_2005.maximum("lead", "food/tea", "5", "mg/kg", certainty="sourced"),
    _METALS_2005.maximum("lead", "food/aquatic/fish", "0.5", "mg/kg", certainty="sourced"),
    _METALS_2005.maximum("lead", "food/dairy/milk", "0.05", "mg/kg", certainty="sourced"),
    _METALS_2005.maximum("lead", "food/meat", "0.2", "mg/kg", certainty="sourced"),
    _METALS_2005.maximum("lead", "food/vegetable/leafy", "0.3", "mg/kg"),
    _METALS_2005.maximum("lead", "food/vegetable", "0.1", "mg/kg"),
    _METALS_2005.maximum("lead", "food/fruit", "0.1", "mg/kg"),
    _METALS_2005.maximum("lead", "food/fruit/berry", "0.2", "mg/kg"),
    _METALS_2012.maximum("lead", "food/vegetable/leafy", "0.3", "mg/kg"),
    _METALS_2012.maximum("lead", "food/vegetable", "0.1", "mg/kg"),
    _METALS_2012.maximum(
        "lead", ("food/vegetable/legume", "food/legume", "food/tuber"), "0.2", "mg/kg"
    ),
    _METALS_2012.maximum("lead", "food/fruit", "0.1", "mg/kg"),
    _METALS_2012.maximum("lead", "food/fruit/berry", "0.2", "mg/kg"),
)
_CADMIUM_LEAFY = ("food/vegetable/leafy", "food/vegetable/stem/celery", "food/cereal/rice")
_CADMIUM = (
    _METALS_2005.maximum("cadmium", _CADMIUM_LEAFY, "0.2", "mg/kg"),
    _METALS_2005.maximum("cadmium", "food/aquatic/fish", "0.1", "mg/kg"),
    _METALS_2012.maximum("cadmium", _CADMIUM_LEAFY, "0.2", "mg/kg"),
    _METALS_2012.maximum(
        "cadmium",
        (
            "food/legume",
            "food/vegetable/legume",
            "food/vegetable/root",
            "food/vegetable/stem",
        ),
        "0.1",
        "mg/kg",
    ),
    _METALS_2012.maximum("cadmium", "food/vegetable", "0.05", "mg/kg"),
    _METALS_2012.maximum("cadmium", "food/aquatic/fish", "0.1", "mg/kg", certainty="knowledge"),
    _METALS_2012.maximum(
        "cadmium", "food/aquatic/crustacean", "0.5", "mg/kg", certainty="knowledge"
    ),
    _METALS_2012.maximum("cadmium", "food/aquatic/bivalve", "2.0", "mg/kg", certainty="knowledge"),
)
_MERCURY = tuple(
    instrument.maximum("methyl_mercury", where, value, "mg/kg", certainty="knowledge")
    for instrument in (_METALS_2005, _METALS_2012)
    for where, value in (("food/aquatic/fish", "0.5"), (PREDATORY_FISH, "1.0"))
)
_TOXINS = (
    _MYCOTOXINS.maximum("aflatoxin_b1", ("food/nut/peanut", "food/cereal/maize"), "20", "µg/kg"),
    _MYCOTOXINS.maximum("aflatoxin_m1", "food/dairy/milk", "0.5", "µg/kg"),
)
_SEA_FISH = ("food/aquatic/fish/sea", "food/aquatic/crustacean/sea_shrimp")
_FRESH_WATER = ("food/aquatic/fish/freshwater", "food/aquatic/crustacean/freshwater_shrimp")
_SPOILAGE = (
    _FISH_2005.maximum("tvb_n", _SEA_FISH, "30", "mg/100 g"),
    _FISH_2005.maximum("tvb_n", "food/aquatic/crustacean/sea_crab", "25", "mg/100 g"),
    _FISH_2005.maximum("tvb_n", _FRESH_WATER, "20", "mg/100 g"),
    _FISH_2005.maximum("histamine", HIGH_HISTAMINE_FISH, "100", "mg/100 g"),
    _FISH_2005.maximum("histamine", "food/aquatic/fish/sea", "30", "mg/100 g"),
    _FISH_2015.maximum("tvb_n", _SEA_FISH, "30", "mg/100 g"),
    _FISH_2015.maximum("tvb_n", "food/aquatic/crustacean/sea_crab", "25", "mg/100 g"),
    _FISH_2015.maximum("tvb_n", _FRESH_WATER, "20", "mg/100 g", certainty="knowledge"),
    _FISH_2015.maximum("histamine", HIGH_HISTAMINE_FISH, "40", "mg/100 g", certainty="knowledge"),
    _FISH_2015.maximum(
        "histamine", "food/aquatic/fish/sea", "20", "mg/100 g", certainty="knowledge"
    ),
    _HISTAMINE_EU.maximum(
        "histamine",
        ("food/aquatic/fish/product/enzyme_ripened", "food/aquatic/fish/product/sauce"),
        "400",
        "mg/kg",
    ),
)

ROWS: tuple[Limit, ...] = tuple(
    row
    for table in (_MELAMINE, _PLASTICISERS, _LEAD, _CADMIUM, _MERCURY, _TOXINS, _SPOILAGE)
    for rows in table
    for row in rows
)
