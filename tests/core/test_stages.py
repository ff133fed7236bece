"""The engine of the stages, against three-valued logic written out by hand."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from itertools import product
from types import MappingProxyType
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guomen.core import stage_reasons
from guomen.core.facts import Fact, Source, Supplier
from guomen.core.rules import RuleError
from guomen.core.ruling import Answer
from guomen.core.stages import (
    Stage,
    StageBook,
    StageEngine,
    StageFactsError,
    StageRule,
    Then,
    answer_of,
)
from guomen.core.text import Text

DAY = date(2012, 5, 24)
SAID = Text(zh="测试", en="test")


class End(StrEnum):
    CLEAN = "clean"
    OPEN = "open"
    BAD = "bad"


def fact(name: str, dtype: Any) -> Fact:
    return Fact(
        name=name, dtype=dtype, label=SAID, source=Source.STATE, supplier=Supplier.BUREAU,
        null_means=SAID,
    )  # fmt: skip


def stage(**more: Any) -> Stage[End]:
    given = {
        "code": "trying",
        "kind": "trial",
        "name": SAID,
        "schema": 1,
        "engine": 1,
        "facts": (
            fact("line", pl.String), fact("on", pl.Date), fact("a", pl.Boolean),
            fact("b", pl.Boolean), fact("x", pl.Float64),
        ),
        "severity": MappingProxyType({End.CLEAN: 0, End.OPEN: 1, End.BAD: 2}),
        "outcome_names": MappingProxyType(dict.fromkeys(End, SAID)),
        "clean": End.CLEAN,
        "open": End.OPEN,
    }  # fmt: skip
    return Stage(**(given | more))


def rule(number: int = 0, **more: Any) -> StageRule[End]:
    given = {
        "id": f"R-{number}", "says": SAID, "instrument": SAID, "clause": "1",
        "certainty": "default", "begins": date(2000, 1, 1), "applies": "a", "requires": "b",
        "then": Then(outcome=End.BAD, obligations=("x",)), "if_unknown": Then(outcome=End.OPEN),
    }  # fmt: skip
    return StageRule(number=number, **(given | more))


def engine(*rules: StageRule[End]) -> StageEngine[End]:
    return StageEngine(StageBook(stage(), rules))


def ruled(maker: StageEngine[End], **facts: Any) -> tuple[str, list[int]]:
    frame = maker.stage.frame([{"line": "L", "on": DAY} | facts])
    _, outcome, *words = maker.rule(frame).row(0)
    return outcome, words


def by_hand(applies: bool | None, met: bool | None) -> tuple[Answer, End]:
    """Say what one rule answers alone: nothing asked is open, as is what is unknown."""
    if applies is False:
        return Answer.NOT_ASKED, End.OPEN
    if met is True:
        return Answer.HOLDS, End.CLEAN if applies else End.OPEN
    if applies and met is False:
        return Answer.FAILS, End.BAD
    return Answer.UNKNOWN, End.OPEN


@pytest.mark.parametrize(("a", "b"), list(product((True, False, None), repeat=2)))
def test_one_rule_answers_as_by_hand(a: bool | None, b: bool | None) -> None:
    maker = engine(rule())
    outcome, words = ruled(maker, a=a, b=b)
    assert (answer_of(maker.book.rules[0], words), End(outcome)) == by_hand(a, b)


def test_a_line_of_which_nothing_is_asked_is_open() -> None:
    assert ruled(engine(), a=True)[0] == "open"
    assert ruled(engine(rule(ends=DAY)), a=True, b=True)[0] == "open"
    # The answer of a rule on trial is kept and does not count, not even as having been asked.
    outcome, words = ruled(engine(rule(trial=True)), a=True, b=True)
    assert (outcome, words) == ("open", [1])


def test_the_end_of_a_rule_is_exclusive_and_its_beginning_not() -> None:
    for begins, ends, expected in (
        (DAY, None, "bad"),
        (date(2012, 5, 25), None, "open"),
        (date(2000, 1, 1), date(2012, 5, 25), "bad"),
        (date(2000, 1, 1), DAY, "open"),
    ):
        assert ruled(engine(rule(begins=begins, ends=ends)), a=True, b=False)[0] == expected


def test_more_rules_than_one_word_holds_are_answered_apart() -> None:
    rules = [rule(n, requires="b" if n % 2 else "a") for n in range(70)]
    maker = engine(*rules)
    _, words = ruled(maker, a=True, b=False)
    assert len(words) == 3
    assert [answer_of(r, words) for r in rules] == [
        Answer.FAILS if n % 2 else Answer.HOLDS for n in range(70)
    ]
    assert answer_of(rule(96), words) is Answer.NOT_ASKED


@given(
    st.lists(
        st.tuples(*(st.sampled_from([True, False, None]) for _ in range(2))),
        min_size=1,
        max_size=70,
    )
)
def test_a_batch_is_ruled_on_as_its_lines_are_alone(
    lines: list[tuple[bool | None, bool | None]],
) -> None:
    maker = engine(rule(0), rule(1, applies="b", requires=None, if_unknown=Then()))
    rows = [{"line": str(n), "on": DAY, "a": a, "b": b} for n, (a, b) in enumerate(lines)]
    together = maker.rule(maker.stage.frame(rows)).rows()
    alone = [maker.rule(maker.stage.frame([row])).row(0) for row in rows]
    assert together == alone


def test_a_definite_answer_does_not_change_when_the_unknown_becomes_known() -> None:
    maker = engine(rule(0), rule(1, applies="NOT a", requires="a OR b"))
    for a, b in product((True, False, None), repeat=2):
        outcome = ruled(maker, a=a, b=b)[0]
        completions = {
            ruled(maker, a=x, b=y)[0]
            for x in ([a] if a is not None else [True, False])
            for y in ([b] if b is not None else [True, False])
        }
        assert outcome == "open" or completions == {outcome}


def test_reasons_put_what_decided_first_and_name_what_is_missing() -> None:
    maker = engine(rule(0, requires="a"), rule(1))
    _, words = ruled(maker, a=True)
    found = stage_reasons.reasons(maker.book, words, {"a": True})
    assert [(r.rule, r.answer, r.decisive) for r in found] == [
        ("R-1", Answer.UNKNOWN, True),
        ("R-0", Answer.HOLDS, False),
    ]
    assert stage_reasons.missing(maker.book, words, {"a": True}) == {"b": ("R-1",)}
    _, words = ruled(maker, a=True, b=False)
    assert stage_reasons.obligations(maker.book, words) == (("x", "R-1"),)


def test_a_digest_knows_the_edition_of_the_day_and_nothing_that_came_later() -> None:
    old = engine(rule(0)).book
    grown = engine(rule(0), rule(1, begins=date(2013, 1, 1))).book
    other = engine(rule(0, then=Then(outcome=End.OPEN))).book
    assert old.digest(DAY) == grown.digest(DAY) != grown.digest(date(2013, 1, 1))
    assert old.digest(DAY) != other.digest(DAY)


@pytest.mark.parametrize(
    "broken",
    [
        lambda: StageBook(stage(), (rule(1),)),
        lambda: StageBook(stage(), (rule(0), rule(1, id="R-0"))),
        lambda: StageBook(stage(), (rule(0, requires="c"),)),
        lambda: StageEngine(StageBook(stage(), (rule(0, requires="COALESCE(b, TRUE)"),))),
        lambda: stage(facts=(fact("line", pl.String),)),
        lambda: stage(severity=MappingProxyType({End.CLEAN: 0, End.OPEN: 2, End.BAD: 3})),
        lambda: stage(clean=End.OPEN),
    ],
    ids=("gap", "same-id", "strange-fact", "hides-unknown", "no-day", "no-order", "clean-is-open"),
)
def test_what_could_not_be_replayed_or_explained_is_refused(broken: Any) -> None:
    with pytest.raises(RuleError):
        broken()


def test_a_frame_with_other_columns_or_nan_is_refused() -> None:
    maker = engine(rule())
    frame = maker.stage.frame([{"line": "L", "on": DAY, "x": 1.0}])
    for wrong in (
        frame.drop("a"),
        frame.with_columns(c=pl.lit(1)),
        frame.with_columns(a=pl.lit("yes")),
        frame.with_columns(x=pl.lit(float("nan"))),
    ):
        with pytest.raises(StageFactsError):
            maker.rule(wrong)
