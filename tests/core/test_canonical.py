from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guomen.core import canonical

WHOLE = st.integers(-(2**63), 2**63 - 1)
LONG_AGO, FAR_AHEAD = datetime.fromisoformat("1900-01-03"), datetime.fromisoformat("2200-01-01")
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
PLAIN = st.recursive(
    st.none() | st.booleans() | WHOLE | TEXT | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


@given(PLAIN)
def test_the_text_is_json_with_the_same_value(value: object) -> None:
    assert json.loads(canonical.encode(value)) == value
    assert canonical.loads(canonical.dumps(value)) == value


@given(st.dictionaries(TEXT, WHOLE, max_size=8), st.randoms())
def test_the_order_in_which_keys_came_is_not_seen(value: dict[str, int], random: object) -> None:
    keys = list(value)
    random.shuffle(keys)
    assert canonical.encode({key: value[key] for key in keys}) == canonical.encode(value)


@given(st.dictionaries(st.text(st.characters(codec="ascii")), WHOLE | st.none(), max_size=6))
def test_the_text_is_that_of_the_standard_library_compact_and_sorted(value: dict) -> None:
    standard = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert json.loads(canonical.dumps(value)) == json.loads(standard)
    if not any("\x7f" in key or key < " " for key in value):
        assert canonical.dumps(value) == standard


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_is_written_so_that_it_comes_back(value: float) -> None:
    assert canonical.loads(canonical.encode([value])) == [value]


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6))
def test_a_decimal_keeps_its_digits_and_has_no_exponent(value: Decimal) -> None:
    text = canonical.loads(canonical.encode(value))
    assert Decimal(text) == value
    assert "E" not in text.upper()


@given(st.datetimes(LONG_AGO, FAR_AHEAD), st.integers(-14 * 60, 14 * 60))
def test_one_moment_has_one_text_in_every_zone(naive: datetime, minutes: int) -> None:
    at = naive.replace(tzinfo=UTC)
    elsewhere = at.astimezone(timezone(timedelta(minutes=minutes)))
    assert canonical.encode(at) == canonical.encode(elsewhere)
    assert datetime.fromisoformat(canonical.utc_text(elsewhere)) == at
    assert canonical.utc_text(elsewhere).endswith("Z")


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True, slots=True)
class Pair:
    second: Decimal
    first: date | None


def test_values_of_the_house_have_their_text() -> None:
    value = {"p": Pair(Decimal("1.50"), date(2012, 5, 24)), "c": Colour.RED, "t": (1, None)}
    assert canonical.dumps(value) == (
        '{"c":"red","p":{"first":"2012-05-24","second":"1.50"},"t":[1,null]}'
    )


def test_chinese_stays_readable() -> None:
    assert canonical.dumps({"名": "国门"}) == '{"名":"国门"}'


@pytest.mark.parametrize(
    "value",
    [
        float("nan"),
        float("inf"),
        [1, {"a": -float("inf")}],
        Decimal("NaN"),
        Decimal("Infinity"),
        datetime(2012, 5, 24),  # noqa: DTZ001 - naive is the point
        2**64,
        {1: "a"},
        {"a", "b"},
        b"bytes",
        "\ud800",
        object(),
        Pair(float("nan"), None),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_has_no_one_text_is_refused(value: object) -> None:
    with pytest.raises(canonical.NotCanonical):
        canonical.encode({"x": value, "none": None})


def test_what_is_not_json_is_refused() -> None:
    with pytest.raises(canonical.NotCanonical):
        canonical.loads("{")
