"""The door: what is refused, with which cell named; what is folded; what is never lost."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.journeys.builders import TODAY, TOYMAKER, toys, vegetables, wine

from guomen.journeys.intake import BY_NAME, LONGEST_CELL, Intake, parse, rows_frame


def taken(*rows: dict[str, Any], today: date = TODAY) -> Intake:
    return parse(rows_frame(rows), today=today)


def cells(*rows: dict[str, Any]) -> set[tuple[int, str]]:
    return {(problem.row, problem.column) for problem in taken(*rows).problems}


def test_a_declaration_in_order_has_no_problem():
    found = taken(vegetables(), vegetables(line=2), toys("A-2"))
    assert found.problems == ()
    assert found.lines.height == found.rows == 3


BAD = {
    "quantity": ["0", "-1", "1,200", "12 kg", "1e3", "NaN", "inf", "1.2345", "9" * 25, "true"],
    "value_cny": ["0", "-0.01", "1.234", "￥12"],
    "line": ["0", "-1", "1.5", "one", "", None, "9" * 16],
    "units_in_lot": ["-3", "2.5", "many"],
    "produced_on": ["2012-05-25", "2012-02-30", "24.05.2012", "2012/05/23", "99999-01-01"],
    "direction": ["inward", "EXPORT", "", None],
    "transport": ["ship"],
    "unit": ["kg", "KGS"],
    "origin": ["CHN", "cn", "XX", "EU"],
    "destination": ["ZZ", "Macao"],
    "transit_via": ["HKG"],
    "hs_code": ["704909001", "07049090", "0704.90.90", "07049090011", "ABCDEFGHIJ"],
    "enterprise": ["", None, TOYMAKER[:-1] + ("0" if TOYMAKER[-1] != "0" else "1")],
    "agent": ["ENT-000123-2"],
    "documents": ["contract;passport", "NON"],
    "goods": ["长" * (LONGEST_CELL + 1)],
}


@pytest.mark.parametrize(
    ("column", "value"), [(column, value) for column, values in BAD.items() for value in values]
)
def test_a_bad_cell_is_named_and_nothing_of_its_declaration_is_taken(column, value):
    row = vegetables(line=2) | {column: value}
    found = taken(vegetables(), row, toys("A-2"))
    named = [p for p in found.problems if (p.row, p.column) == (2, column)]
    assert named, found.problems
    assert all(p.says.zh and p.says.en for p in named)
    if not BY_NAME[column].of_declaration:
        assert found.lines["declaration"].to_list() == ["A-2"]
        assert (1, "declaration") in {(p.row, p.column) for p in found.problems}


def test_a_lost_leading_zero_is_told_from_any_other_wrong_code():
    def said(code: str) -> str:
        (problem,) = taken(vegetables(hs_code=code)).problems
        return problem.says.en

    assert "leading 0" in said("704909001")
    assert "leading 0" not in said("70490900")


def test_full_width_digits_and_letters_are_folded_and_spaces_cut():
    (row,) = taken(
        vegetables(quantity="１２００．５", hs_code=" ０７０４９０９００１ ", origin="ＣＮ")
    ).lines.to_dicts()
    assert row["quantity"] == Decimal("1200.500")
    assert (row["hs_code"], row["origin"]) == ("0704909001", "CN")


@pytest.mark.parametrize("column", ["line", "units_in_lot", "quantity", "value_cny", "hs_code"])
def test_digits_of_other_scripts_are_no_digits_here(column):
    """NFKC does not fold Arabic-Indic digits, and a regular expression may take them for digits."""
    value = "٠٧٠٤٩٠٩٠٠١" if column == "hs_code" else "١٢"
    assert (1, column) in cells(vegetables(**{column: value}))


@pytest.mark.parametrize("value", ["0000-01-01", "-001-01-01", "0000-12-31"])
def test_a_day_before_all_days_is_a_bad_cell(value):
    assert (1, "produced_on") in cells(vegetables(produced_on=value))
    taken(vegetables(produced_on=value)).lines.to_dicts()


@pytest.mark.parametrize(
    ("column", "width"), [("declaration", 60), ("enterprise", 56), ("agent", 56), ("port", 8)]
)
def test_what_no_column_can_hold_is_refused_at_the_door(column, width):
    """PostgreSQL would stop the whole batch; SQLite would store it and no other place take it."""
    assert (1, column) in cells(vegetables(**{column: "X" * (width + 1)}))
    assert (1, column) not in cells(vegetables(**{column: "X" * width}))


def test_a_line_number_fits_its_column():
    assert (1, "line") in cells(vegetables(line="3000000000"))


@pytest.mark.parametrize("text", ["a\x00b", "\ud800", "a\x1bb"])
def test_characters_that_no_database_or_screen_can_hold_are_a_problem_of_the_cell(text):
    assert (1, "goods") in cells(vegetables(goods=text))


def test_a_line_number_stands_once_in_a_declaration():
    assert {(1, "line"), (2, "line")} <= cells(vegetables(), vegetables())
    # "1", " 1 " and "1.0" are the same number
    assert {(1, "line"), (2, "line")} <= cells(vegetables(), vegetables(line="1.0"))
    assert not cells(vegetables(), vegetables("A-2"), wine("A-1"))


@pytest.mark.parametrize(
    ("column", "value"),
    [("port", "CNJZU"), ("direction", "import"), ("transport", None), ("agent", "ENT-000123-1")],
)
def test_lines_of_one_declaration_agree_about_the_declaration(column, value):
    found = cells(vegetables(), vegetables(line=2) | {column: value})
    assert {(1, column), (2, column)} <= found


def test_an_unknown_heading_is_a_problem_of_the_file():
    frame = rows_frame([vegetables()]).with_columns(orign=pl.lit("CN"))
    (problem,) = parse(frame, today=TODAY).problems
    assert (problem.row, problem.column) == (0, "orign")


def test_an_unknown_key_of_a_request_is_not_dropped_in_silence():
    assert (0, "orign") in cells(vegetables() | {"orign": "CN"})


def test_absent_columns_are_unknown_and_absent_documents_are_not_no_documents():
    frame = rows_frame([vegetables(documents=None)]).drop("seal", "documents")
    (row,) = parse(frame, today=TODAY).lines.to_dicts()
    assert row["seal"] is None
    assert row["doc_contract"] is None
    (none,) = taken(vegetables(documents="NONE")).lines.to_dicts()
    assert none["doc_contract"] is False


ANY = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=30),
    st.dates(),
    st.lists(st.text(max_size=5), max_size=3),
)


@settings(max_examples=40)
@given(row=st.fixed_dictionaries({}, optional=dict.fromkeys(BY_NAME, ANY)))
def test_parsing_never_raises_and_takes_nothing_without_a_reason(row):
    found = taken(row, vegetables("GOOD"))
    assert "GOOD" in found.lines["declaration"].to_list() or found.problems
    assert found.lines.height + len({p.row for p in found.problems if p.row}) >= 2
    found.lines.to_dicts()


@settings(max_examples=40)
@given(row=st.fixed_dictionaries({}, optional=dict.fromkeys(BY_NAME, ANY)))
def test_what_passes_the_door_passes_it_again_as_stored(row):
    """A later ruling reads the stored line through the same door."""
    for line in taken(vegetables() | row).lines.to_dicts():
        again = taken({name: line[name] for name in BY_NAME})
        assert again.problems == ()
        (same,) = again.lines.to_dicts()
        assert {n: same[n] for n in BY_NAME} == {n: line[n] for n in BY_NAME}
