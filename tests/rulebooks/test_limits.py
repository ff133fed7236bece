"""The demonstration limits: well-formed, dated, sourced, and right where a source was seen."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from guomen.core.conformity import LimitMissing, Outcome, Result, judge
from guomen.core.conformity.matching import timeline
from guomen.rulebooks.dated import CERTAINTIES
from guomen.rulebooks.limits import (
    ANALYTES,
    COMMODITIES,
    LIMITS,
    MARKETS,
    MILK_POWDER_FACTOR,
    look_up,
)

ON = date(2012, 5, 24)


def value(commodity: str, analyte: str, on: date = ON, market: str = "CN") -> str:
    limit = look_up(commodity, analyte=analyte, on=on, market=market)
    return f"{limit.upper} {limit.unit}"


def test_melamine_passes_from_the_notice_of_2008_to_that_of_2011() -> None:
    before, after = date(2011, 4, 5), date(2011, 4, 6)
    assert "2008年第25号" in look_up("food/dairy/milk/raw", analyte="melamine", on=before).basis
    assert "2011年第10号" in look_up("food/dairy/milk/raw", analyte="melamine", on=after).basis
    for day in (before, after):
        assert value("food/dairy/infant_formula/powder", "melamine", day) == "1 mg/kg"
        assert value("food/dairy/milk_powder", "melamine", day) == "2.5 mg/kg"
    # The notice of 2008 bound food with milk only; that of 2011 binds all food.
    assert value("food/jam", "melamine", after) == "2.5 mg/kg"
    with pytest.raises(LimitMissing):
        look_up("food/jam", analyte="melamine", on=before)
    with pytest.raises(LimitMissing):
        look_up("food/dairy/milk", analyte="melamine", on=date(2008, 10, 6))


@pytest.mark.parametrize(
    ("commodity", "analyte", "expected"),
    [
        ("food/jam", "dehp", "1.5 mg/kg"),
        ("food/additive", "dinp", "9.0 mg/kg"),
        ("food/tea", "dbp", "0.3 mg/kg"),
        ("food/cereal/rice", "i_131", "190 Bq/kg"),
        ("food/aquatic/fish/sea", "i_131", "470 Bq/kg"),
        ("food/dairy/milk/raw", "sr_90", "40 Bq/kg"),
        ("food/vegetable/leafy", "cs_137", "210 Bq/kg"),
        ("food/meat/pork", "pu_239", "10.0 Bq/kg"),
        ("food/tea", "lead", "5 mg/kg"),
        ("food/aquatic/fish/sea/cod", "lead", "0.5 mg/kg"),
        ("food/aquatic/fish/sea/tuna", "methyl_mercury", "1.0 mg/kg"),
        ("food/aquatic/fish/freshwater", "methyl_mercury", "0.5 mg/kg"),
        ("food/aquatic/crustacean/sea_crab", "tvb_n", "25 mg/100 g"),
        ("food/cereal/maize", "aflatoxin_b1", "20 µg/kg"),
        ("food/soy_sauce", "benzoic_acid", "1.0 g/kg"),
        ("food/vegetable/root/radish", "methamidophos", "0.1 mg/kg"),
    ],
)
def test_limits_in_force_on_24_may_2012(commodity: str, analyte: str, expected: str) -> None:
    assert value(commodity, analyte) == expected


def test_limits_of_other_days_and_markets() -> None:
    leaf = "food/vegetable/leafy/spinach"
    assert value(leaf, "chlorpyrifos", date(2021, 9, 2)) == "0.1 mg/kg"
    assert value(leaf, "chlorpyrifos", date(2021, 9, 3)) == "0.02 mg/kg"
    assert value(leaf, "cadmium", date(2013, 6, 1)) == "0.2 mg/kg"
    assert value("food/vegetable/fruiting/tomato", "cadmium", date(2013, 6, 1)) == "0.05 mg/kg"
    assert value("food/aquatic/fish/sea/mackerel", "histamine", date(2017, 1, 1)) == "40 mg/100 g"
    assert value("food/tea", "cs_134_137", market="CODEX") == "1000 Bq/kg"
    sauce = "food/aquatic/fish/product/sauce"
    assert value(sauce, "histamine", date(2014, 1, 1), "EU") == "400 mg/kg"


def test_baijiu_takes_no_limit_from_food_and_has_its_own_since_2014() -> None:
    with pytest.raises(LimitMissing):
        look_up("spirits/baijiu", analyte="dehp", on=ON)
    assert value("spirits/baijiu", "dehp", date(2015, 1, 1)) == "5 mg/kg"


def test_every_row_speaks_the_vocabulary_and_carries_basis_source_and_certainty() -> None:
    for limit in LIMITS:
        assert limit.commodity in COMMODITIES
        assert limit.analyte in ANALYTES
        assert limit.market in MARKETS
        assert limit.certainty in CERTAINTIES
        assert limit.basis
        assert limit.source
        assert limit.begins > date(1980, 1, 1)
    assert {limit.analyte for limit in LIMITS} == set(ANALYTES)


def test_no_day_has_two_equally_close_limits() -> None:
    for commodity in COMMODITIES:
        for analyte in ANALYTES:
            for market in MARKETS:
                timeline(LIMITS, commodity=commodity, analyte=analyte, market=market)


def test_a_banned_drug_may_not_be_found_by_a_method_that_can() -> None:
    limit = look_up("food/meat/pork", analyte="nitrofuran_metabolites", on=ON)
    found = Result(raw="未检出", unit="µg/kg", lod="0.5", taken=ON)
    blunt = Result(raw="未检出", unit="µg/kg", lod="5", taken=ON)
    assert judge(found, limit).outcome is Outcome.CONFORM
    assert judge(blunt, limit).outcome is Outcome.INCONCLUSIVE


def test_a_kilogram_of_milk_powder_stands_for_seven_litres() -> None:
    assert MILK_POWDER_FACTOR.on(ON).value == Decimal(7)
