"""Numbers are printed as the house prints them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guomen.desks.components import numbers


@pytest.mark.parametrize(
    ("value", "places", "printed"),
    [
        ("0.125", 2, "0.13"),
        ("0.135", 2, "0.14"),
        ("2.5", 0, "3"),
        ("-2.5", 0, "\u22123"),
        ("1234567.891", 2, "1,234,567.89"),
    ],
)
def test_halves_round_away_from_zero(value: str, places: int, printed: str) -> None:
    assert numbers.grouped(value, places) == printed


@given(st.decimals(min_value=0, max_value=10**12, places=3))
def test_a_number_without_places_loses_nothing(value: Decimal) -> None:
    assert Decimal(numbers.grouped(value).replace(",", "")) == value


@given(st.integers(min_value=0, max_value=1_000_000))
def test_a_chance_in_parts_per_million_is_printed_exactly(ppm: int) -> None:
    printed = numbers.ppm_percent(ppm).rstrip("%").replace("\u202f", "")
    assert Decimal(printed) * 10_000 == ppm


def test_a_rate_of_nothing_is_not_a_rate() -> None:
    assert numbers.rate(0, 0) == "\u2014 (0/0)"


@given(st.text(alphabet="国门检验AB12 ,."))
def test_spacing_is_done_once_and_changes_only_spaces(text: str) -> None:
    spaced = numbers.spaced(text)
    assert numbers.spaced(spaced) == spaced
    assert spaced.replace("\u2009", "").replace(" ", "") == text.replace(" ", "")
