"""The conditions of the book against a second reading of the same text."""

from __future__ import annotations

from itertools import product
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.rulebooks.guesses import lines, values
from tests.rulebooks.kleene import truth

from guomen.core.facts import FRAME_SCHEMA
from guomen.core.rules import DERIVED, expression
from guomen.rulebooks.book import BOOK

TEXTS = tuple(
    dict.fromkeys(t for r in BOOK.rules for t in (r.applies, r.requires) if t is not None)
)
SCHEMA = pl.Schema({**FRAME_SCHEMA, **DERIVED})
derived = st.fixed_dictionaries(
    {
        "ordered": st.sampled_from([*values("ordered"), "release"]),
        "order_possible": st.booleans(),
        "plan_state": st.sampled_from(["none", "planned"]),
        "mode": st.sampled_from(values("mode")),
        "chance_ppm": st.sampled_from([0, 20_000, 1_000_000]),
        "selected": st.booleans(),
    }
)


def _all_answers(text: str) -> tuple[list[str], dict[tuple[Any, ...], bool | None]]:
    """Answer a condition for every combination of the values of its facts, unknown included."""
    facts = list(dict.fromkeys(expression(text).meta.root_names()))
    rows = list(product(*([*values(name), None] for name in facts)))
    frame = pl.DataFrame(rows, schema={name: SCHEMA[name] for name in facts}, orient="row")
    column = frame.select(expression(text)).to_series() if facts else pl.Series([True])
    return facts, dict(zip(rows, column.to_list(), strict=True))


@settings(max_examples=40)
@given(rows=st.lists(st.tuples(lines(most_changes=25), derived), min_size=1, max_size=6))
def test_conditions_are_answered_as_a_plain_reading_of_the_text_answers_them(
    rows: list[tuple[dict[str, Any], dict[str, Any]]],
) -> None:
    whole = [line | more for line, more in rows]
    frame = pl.DataFrame(whole, schema=SCHEMA)
    found = frame.with_columns(expression(t).alias(f"t{i}") for i, t in enumerate(TEXTS))
    for number, text in enumerate(TEXTS):
        assert found[f"t{number}"].to_list() == [truth(text, row) for row in whole], text


@pytest.mark.parametrize("text", TEXTS)
def test_a_definite_answer_with_unknown_facts_is_the_answer_of_every_completion(text: str) -> None:
    facts, answers = _all_answers(text)
    for row, answer in answers.items():
        if answer is None:
            assert None in row, "a complete line has no unknown answer"
            continue
        # One unknown at a time is enough: by steps it reaches every completion.
        for place, fact in enumerate(row):
            if fact is None:
                for value in values(facts[place]):
                    filled = (*row[:place], value, *row[place + 1 :])
                    assert answers[filled] == answer, (text, row, filled)
