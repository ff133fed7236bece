"""The conditions of the book against a second reading of the same text, and against Polars' SQL."""

from __future__ import annotations

from itertools import product
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.rulebooks.guesses import lines, values
from tests.rulebooks.kleene import truth

from guomen.core.conditions import names
from guomen.core.facts import FRAME_SCHEMA
from guomen.core.kleene import Conditions, FewLines, Lines, ManyLines
from guomen.core.rules import DERIVED
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
    facts = list(names(text))
    rows = list(product(*([*values(name), None] for name in facts)))
    frame = pl.DataFrame(rows, schema={name: SCHEMA[name] for name in facts}, orient="row")
    if not facts:
        return facts, {(): True}
    many = _asked((text,), ManyLines(frame))[0]
    assert many == _asked((text,), FewLines(frame))[0]
    return facts, dict(zip(rows, many, strict=True))


def _asked(texts: tuple[str, ...], lines: Lines) -> list[list[bool | None]]:
    """Return the answers of every line to every condition, a list a condition."""
    return [
        [
            True if yes else False if no else None
            for yes, no in zip(lines.mask(found.yes), lines.mask(found.no), strict=True)
        ]
        for found in Conditions(texts).ask(lines)
    ]


@settings(max_examples=40)
@given(rows=st.lists(st.tuples(lines(most_changes=25), derived), min_size=1, max_size=6))
def test_conditions_are_answered_as_a_plain_reading_of_the_text_answers_them(
    rows: list[tuple[dict[str, Any], dict[str, Any]]],
) -> None:
    whole = [line | more for line, more in rows]
    frame = pl.DataFrame(whole, schema=SCHEMA)
    few, many = _asked(TEXTS, FewLines(frame)), _asked(TEXTS, ManyLines(frame))
    sql = frame.with_columns(pl.sql_expr(t).alias(f"t{i}") for i, t in enumerate(TEXTS))
    for number, text in enumerate(TEXTS):
        slow = [truth(text, row) for row in whole]
        assert few[number] == slow, text
        assert many[number] == slow, text
        assert sql[f"t{number}"].to_list() == slow, text


@pytest.mark.parametrize("text", TEXTS)
def test_a_condition_reads_the_facts_that_sql_reads_in_it(text: str) -> None:
    assert set(names(text)) == set(pl.sql_expr(text).meta.root_names())


@pytest.mark.parametrize("first", [0, 1, 7, 8, 64, 65, 100])
@pytest.mark.parametrize("lines", [0, 1, 8, 63, 64, 65, 200])
def test_a_slice_of_a_frame_is_answered_as_the_lines_it_holds(first: int, lines: int) -> None:
    facts = [None, True, False, True, None] * 60
    frame = pl.DataFrame({"permit_held": facts, "selected": facts[::-1]})[first : first + lines]
    text = "permit_held AND NOT selected"
    slow = [truth(text, row) for row in frame.to_dicts()]
    assert _asked((text,), ManyLines(frame))[0] == slow
    assert _asked((text,), FewLines(frame))[0] == slow


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
