"""The frame and the scalar are two programs; they must give one answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guomen.core.conformity import (
    SIMPLE,
    ColumnsMissing,
    Comparison,
    DecisionRule,
    Limit,
    LimitAmbiguous,
    LimitKind,
    LimitMissing,
    Prior,
    Result,
    expanded_guard,
    find_limit,
    guard_band,
    guarded_acceptance,
    guarded_rejection,
    judge,
    judge_frame,
    limits_frame,
    limits_of,
    shared_risk,
)
from guomen.core.text import Text

UNITS = ["mg/kg", "µg/kg", "ug/kg", "g/kg", "mg/100 g", "mg/L", "°C", "%", "", "furlong", None]
COMMODITIES = ["food", "food/dairy", "food/dairy/milk", "food/tea", "toys"]
ANALYTES = ["lead", "melamine"]
FIRST = date(2010, 1, 1)


def limit(**given: Any) -> Limit:
    return Limit(**{"analyte": "lead", "commodity": "food", "basis": "test", **given})


LIMITS = (
    limit(upper=Decimal("0.20"), unit="mg/kg", begins=FIRST, ends=date(2011, 4, 6)),
    limit(upper=Decimal("0.3"), unit="mg/kg", begins=date(2011, 4, 6)),
    limit(commodity="food/dairy", upper=Decimal(50), unit="µg/kg", begins=date(2010, 6, 1)),
    limit(
        commodity="food/dairy/milk",
        kind=LimitKind.RANGE,
        lower=Decimal("0.1"),
        upper=Decimal("0.25"),
        unit="mg/kg",
        comparison=Comparison.ROUNDED,
        begins=date(2011, 1, 1),
        ends=date(2012, 1, 1),
    ),
    limit(commodity="toys", kind=LimitKind.MINIMUM, lower=Decimal("0.2"), unit="mg/kg"),
    limit(commodity="food/tea", kind=LimitKind.MINIMUM, lower=Decimal(-18), unit="°C"),
    limit(analyte="melamine", kind=LimitKind.ABSENT, unit="mg/kg"),
    limit(
        analyte="melamine",
        commodity="food/tea",
        kind=LimitKind.ABSENT,
        upper=Decimal("0.05"),
        unit="mg/kg",
    ),
    limit(
        analyte="melamine",
        commodity="toys",
        upper=Decimal("0.3"),
        strict=True,
        unit="mg/kg",
        comparison=Comparison.ROUNDED,
        interval=Decimal("0.05"),
    ),
)
RULES = (
    SIMPLE,
    guard_band(),
    guarded_acceptance(0.99),
    guarded_rejection(),
    expanded_guard(),
    shared_risk(0.25),
    DecisionRule(
        key="absolute",
        name=Text(zh="绝对", en="absolute"),
        accept=0.05,
        reject=0.05,
        guard_in="absolute",
        source="test",
    ),
)
# Multiples of 0.05 meet limits, guards, ties and detection limits far more often than chance.
GRID = st.integers(-2, 12).map(lambda k: str(Decimal(k) * Decimal("0.05")))
MILLI = st.integers(0, 600).map(str)
DECIMALS = st.decimals(0, 1, places=4).map(str)
NUMBERS = GRID | MILLI | DECIMALS
WORDS = "| |ND|n.d.|未检出|未检出(<0.05)|检出|阳性|合格|0|-1|1e-3|＜0.05|１.5|10²|1,234|nan|inf"
MORE = "-inf|1e400|1e45|+0.2|0x10|<LOD|<LOQ|0.2 mg/kg|约0.2|1_0|.2|2.|0.5\n|١|0.3" + "0" * 40
ODD = st.sampled_from([*WORDS.split("|"), *MORE.split("|")])
RAW = NUMBERS | ODD | NUMBERS.map(lambda n: f"<{n}") | NUMBERS.map(lambda n: f">{n}") | st.none()
STATED = st.none() | NUMBERS | st.sampled_from(["0", "-0.1", "x", "０.05", "nan"])
DAYS = st.none() | st.integers(0, 900).map(lambda k: FIRST + timedelta(days=k))


@st.composite
def results(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "commodity": draw(st.sampled_from([*COMMODITIES, "unlisted", None])),
        "analyte": draw(st.sampled_from([*ANALYTES, "gold"])),
        "market": draw(st.sampled_from(["CN", "CN", "CN", "EU"])),
        "raw": draw(RAW),
        "unit": draw(st.sampled_from(UNITS) | st.just("mg/kg") | st.just("µg/kg")),
        "expanded_uncertainty": draw(STATED),
        "coverage": draw(st.sampled_from(["2", "2", "1.96", None, "0"])),
        "lod": draw(STATED),
        "loq": draw(STATED),
        "taken": draw(DAYS),
        "reported": draw(DAYS),
        "prior_mean": draw(st.sampled_from([None, 0.1, 0.2])),
        "prior_sd": draw(st.sampled_from([None, 0.05, 0.1])),
    }


SCHEMA = {
    **dict.fromkeys(("commodity", "analyte", "market", "raw", "unit"), pl.String),
    **dict.fromkeys(("expanded_uncertainty", "coverage", "lod", "loq"), pl.String),
    "taken": pl.Date,
    "reported": pl.Date,
    "prior_mean": pl.Float64,
    "prior_sd": pl.Float64,
}


def one_by_one(row: dict[str, Any], rule: DecisionRule, *, on: date) -> Any:
    """Judge a row with the scalar door, choosing its limit as the frame documents."""
    always = [held for held in LIMITS if held.begins == date.min]
    taken = row["taken"]
    result = Result(**{name: row[name] for name in list(SCHEMA)[3:-2]})
    prior = None
    if row["prior_mean"] is not None and row["prior_sd"] is not None:
        prior = Prior(mean=row["prior_mean"], sd=row["prior_sd"])
    place = {name: row[name] for name in ("analyte", "market")}
    if row["commodity"] is None:
        return judge(result, None, rule, on=on, prior=prior)
    try:
        held = find_limit(
            always if taken is None else LIMITS,
            commodity=row["commodity"],
            on=taken or date(2012, 1, 1),
            **place,
        )
    except LimitMissing:
        held = None
    return judge(result, held, rule, on=on, prior=prior)


@settings(max_examples=120, deadline=None)
@given(rows=st.lists(results(), min_size=1, max_size=30), rule=st.sampled_from(RULES))
def test_the_frame_and_the_scalar_agree_on_every_row(
    rows: list[dict[str, Any]], rule: DecisionRule
) -> None:
    on = date(2012, 3, 1)
    judged = judge_frame(pl.DataFrame(rows, schema=SCHEMA), LIMITS, rule, on=on)
    for row, found in zip(rows, judged.iter_rows(named=True), strict=True):
        expected = one_by_one(row, rule, on=on)
        if found["reason"] == "undated":  # the scalar is handed a limit and cannot ask
            assert expected.reason == "limit_missing"
            continue
        assert (found["outcome"], found["reason"]) == (expected.outcome, expected.reason), row
        for name in ("p_conform", "specific_risk", "consumer_risk", "producer_risk"):
            value = getattr(expected, name)
            assert (found[name] is None) == (value is None), (name, row)
            if value is not None:
                assert found[name] == pytest.approx(value, rel=1e-9, abs=1e-12)
        if expected.value is not None:
            assert found["value"] == pytest.approx(float(expected.value), rel=1e-12)
        elif found["limit"] is not None:
            assert found["value"] is None


@settings(max_examples=100, deadline=None)
@given(
    raws=st.lists(st.floats(-1, 1) | st.none() | st.sampled_from([float("nan"), 0.3, 0.1 + 0.2]))
)
def test_a_column_of_floats_reads_as_the_shortest_decimal_of_each(raws: list[float | None]) -> None:
    frame = pl.DataFrame({"raw": raws}, schema={"raw": pl.Float64}).with_columns(
        commodity=pl.lit("toys"), analyte=pl.lit("lead"), market=pl.lit("CN"), unit=pl.lit("mg/kg")
    )
    found = judge_frame(frame, [limit(commodity="toys", upper=Decimal("0.3"), unit="mg/kg")])
    bound = limit(upper=Decimal("0.3"), unit="mg/kg")
    expected = [judge(Result(raw=raw, unit="mg/kg"), bound).reason for raw in raws]
    assert found.get_column("reason").to_list() == expected


def history() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "commodity": ["food/tea", "food/tea", "food/dairy/milk"],
            "analyte": ["lead"] * 3,
            "market": ["CN"] * 3,
            "raw": ["0.25", "0.25", "0.25"],
            "unit": ["mg/kg"] * 3,
            "taken": [date(2011, 4, 5), date(2011, 4, 6), None],
        }
    )


BY_DATE = LIMITS[:2]


def test_the_day_of_sampling_chooses_the_limit() -> None:
    judged = judge_frame(history(), BY_DATE)
    assert judged.get_column("outcome").to_list() == ["fail", "conform", "unknown"]
    assert judged.get_column("reason").to_list()[-1] == "undated"
    assert judged.get_column("limit").to_list() == [0, 1, None]


def test_history_is_judged_again_under_the_law_of_one_day_in_one_call() -> None:
    judged = judge_frame(history(), BY_DATE, as_of=date(2012, 5, 24))
    assert judged.get_column("outcome").to_list() == ["conform"] * 3
    before = judge_frame(history(), BY_DATE, as_of=date(2009, 1, 1))
    assert before.get_column("reason").to_list() == ["limit_missing"] * 3


def test_limits_survive_the_trip_through_a_frame_with_their_trailing_zeros() -> None:
    assert limits_of(limits_frame(LIMITS)) == LIMITS
    assert judge_frame(history(), limits_frame(BY_DATE)).equals(judge_frame(history(), BY_DATE))


def test_an_empty_history_is_judged_to_an_empty_frame() -> None:
    judged = judge_frame(history().clear(), BY_DATE)
    assert judged.height == 0
    assert "specific_risk" in judged.columns
    assert judge_frame(history(), ()).get_column("reason").to_list() == ["limit_missing"] * 3


def test_a_frame_without_a_needed_column_says_which() -> None:
    with pytest.raises(ColumnsMissing, match="unit"):
        judge_frame(history().drop("unit"), BY_DATE)


def test_two_limits_equally_close_are_a_fault_of_the_book() -> None:
    clash = (*BY_DATE, replace(BY_DATE[1], upper=Decimal("0.4")))
    with pytest.raises(LimitAmbiguous, match="food"):
        judge_frame(history(), clash)
    with pytest.raises(LimitAmbiguous):
        find_limit(clash, commodity="food", analyte="lead", market="CN", on=date(2012, 1, 1))
