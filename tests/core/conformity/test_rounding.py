"""GB/T 8170-2008, clause 3: the standard's own examples, those of 0.5 and 0.2 units recalled."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guomen.core.conformity import round_to

EXAMPLES = [
    ("12.1498", "1", "12"),
    ("12.1498", "0.1", "12.1"),
    ("1268", "100", "1300"),
    ("10.5002", "1", "11"),
    ("1.050", "0.1", "1.0"),
    ("0.35", "0.1", "0.4"),
    ("2500", "1000", "2000"),
    ("3500", "1000", "4000"),
    ("0.0325", "0.001", "0.032"),
    ("32500", "1000", "32000"),
    ("-355", "10", "-360"),
    ("-325", "10", "-320"),
    ("-365", "10", "-360"),
    ("-0.0365", "0.001", "-0.036"),
    ("15.4546", "1", "15"),  # not 15.455, 15.46, 15.5, 16
    ("60.25", "0.5", "60.0"),
    ("60.38", "0.5", "60.5"),
    ("60.28", "0.5", "60.5"),
    ("-60.75", "0.5", "-61.0"),
    ("830", "20", "840"),
    ("842", "20", "840"),
    ("832", "20", "840"),
    ("-930", "20", "-920"),
]


@pytest.mark.parametrize(("value", "interval", "expected"), EXAMPLES)
def test_the_standards_examples_round_as_printed(value: str, interval: str, expected: str) -> None:
    assert round_to(Decimal(value), Decimal(interval)) == Decimal(expected)


@given(st.decimals(-1000, 1000, places=5), st.sampled_from(["1", "0.1", "0.01", "0.5", "0.2"]))
def test_a_rounded_number_is_a_multiple_no_further_than_half_an_interval(
    value: Decimal, interval: str
) -> None:
    step = Decimal(interval)
    rounded = round_to(value, step)
    assert rounded % step == 0
    assert abs(rounded - value) <= step / 2
    assert round_to(rounded, step) == rounded
