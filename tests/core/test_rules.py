"""Rules and books: what is refused, and which editions share a digest."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from guomen.core.conditions import read
from guomen.core.rules import Book, Consequence, Rule, RuleError
from guomen.core.ruling import Gate, Mode
from guomen.core.severity import Outcome
from guomen.core.text import Text

FIRST = Rule(
    number=0,
    id="T-0",
    gate=Gate.ADMISSION,
    says=Text(zh="一。", en="One."),
    instrument=Text(zh="试行", en="Trial"),
    clause="1",
    certainty="default",
    begins=date(2010, 1, 1),
    ends=date(2012, 1, 1),
    applies="direction = 'import'",
    requires="permit_held",
)
SECOND = replace(FIRST, number=1, id="T-1", begins=date(2012, 1, 1), ends=None)


@pytest.mark.parametrize(
    "text",
    [
        "CASE WHEN permit_held THEN TRUE ELSE FALSE END",
        "coalesce(permit_held, TRUE)",
        "permit_held IS NULL",
        "permit_held is  not null",
        "IFNULL(permit_held, FALSE)",
        "NULLIF(permit_held, FALSE)",
    ],
)
def test_words_that_hide_an_unknown_are_refused(text: str) -> None:
    with pytest.raises(RuleError, match="unknown"):
        read(text)


@pytest.mark.parametrize(
    "text",
    [
        "permit_held AND (",
        "",
        "'text'",
        "LENGTH(origin)",
        "origin = ",
        "origin IN ()",
        "origin == 'CN'",
        "quantity + 1 > 2",
        "STARTS_WITH(hs_code)",
        "origin = 'CN",
        "direction = 'import' ; permit_held",
    ],
)
def test_what_is_no_condition_is_refused_with_its_text(text: str) -> None:
    with pytest.raises(RuleError, match="cannot read") as caught:
        read(text)
    assert caught.value.data["text"] == text


def test_a_condition_without_an_operator_is_refused_and_not_half_read() -> None:
    with pytest.raises(RuleError, match="operator"):
        read("direction = 'import' permit_held")


def test_words_are_read_in_either_case_and_a_quote_is_doubled() -> None:
    assert read("not (origin in ('CN', 'it''s') or TRUE)") == read(
        "NOT (origin IN ('CN', 'it''s') OR true)"
    )
    assert 'Literal(value="it\'s")' in repr(read("origin = 'it''s'"))


def test_not_in_denies_the_list_and_nothing_else() -> None:
    assert read("origin NOT IN ('CN', 'JP') OR TRUE") == read("NOT origin IN ('CN', 'JP') OR TRUE")
    with pytest.raises(RuleError):
        read("origin NOT 'CN'")


def test_a_book_is_ordered_by_number_whatever_the_groups() -> None:
    assert [rule.id for rule in Book.of([SECOND], [FIRST]).rules] == ["T-0", "T-1"]


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ([FIRST, replace(SECOND, number=2)], "without gaps"),
        ([FIRST, replace(SECOND, number=0)], "without gaps"),
        ([FIRST, replace(SECOND, id="T-0")], "share an id"),
        ([FIRST, replace(SECOND, requires="no_such_fact")], "no_such_fact"),
        ([FIRST, replace(SECOND, requires="origin")], "against each other"),
        ([FIRST, replace(SECOND, requires="permit_held = 'yes'")], "against each other"),
        ([FIRST, replace(SECOND, requires="quantity > '0'")], "against each other"),
        ([FIRST, replace(SECOND, requires="LENGTH(quantity) = 2")], "a number made of number"),
        ([FIRST, replace(SECOND, requires="quantity * origin > 2")], "a number made of text"),
        ([FIRST, replace(SECOND, requires="produced_on = received_at")], "against each other"),
        ([FIRST, replace(SECOND, requires="STARTS_WITH(owed_checks, '1')")], "against each other"),
    ],
)
def test_a_book_that_could_not_be_replayed_is_refused(rules: list[Rule], message: str) -> None:
    with pytest.raises(RuleError, match=message):
        Book.of(rules)


def test_a_rule_names_the_facts_it_reads_in_the_order_of_its_text() -> None:
    assert FIRST.reads == ("direction", "permit_held")
    assert replace(FIRST, applies="TRUE", requires="unit = unit_expected").reads == (
        "unit",
        "unit_expected",
    )


@pytest.mark.parametrize("fact", ["selected", "mode = 'strict'", "chance_ppm > 0"])
def test_what_the_draw_decides_is_asked_after_it(fact: str) -> None:
    later = replace(SECOND, applies=fact)
    assert Book.of([FIRST, later]).after_draw == (later,)
    assert Book.of([FIRST, later]).before_draw == (FIRST,)


def test_the_end_is_the_first_day_on_which_a_rule_no_longer_binds() -> None:
    book = Book.of([FIRST, SECOND])
    assert book.in_force(date(2009, 12, 31)) == ()
    assert book.in_force(date(2011, 12, 31)) == (FIRST,)
    assert book.in_force(date(2012, 1, 1)) == (SECOND,)


def test_a_book_that_grows_keeps_the_digests_of_its_past() -> None:
    before, day = Book.of([FIRST]), date(2011, 6, 1)
    assert Book.of([FIRST, SECOND]).digest(day) == before.digest(day)
    assert len(before.digest(day)) == 64


@pytest.mark.parametrize(
    "change",
    [
        {"applies": "direction = 'export'"},
        {"requires": None},
        {"consequence": Consequence(outcome=Outcome.HOLD)},
        {"consequence": Consequence(rate_ppm=1)},
        {"consequence": Consequence(mode=Mode.STRICT)},
        {"consequence": Consequence(obligations=("seal",))},
        {"if_unknown": Consequence(outcome=Outcome.HOLD)},
        {"trial": True},
        {"says": Text(zh="二。", en="One.")},
        {"clause": "2"},
        {"gate": Gate.DRAW},
    ],
)
def test_anything_that_changes_what_a_rule_does_or_says_changes_the_digest(
    change: dict[str, Any],
) -> None:
    day = date(2011, 6, 1)
    assert Book.of([replace(FIRST, **change)]).digest(day) != Book.of([FIRST]).digest(day)
