"""Rulings of an earlier day come out again, byte for byte, on the book and engine of today."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from guomen.core import canonical
from guomen.core.controls import Order
from guomen.core.explain import answer_of
from guomen.core.matching import OrderSet
from guomen.core.ruling import Answer
from guomen.core.severity import Outcome
from guomen.core.text import Text
from guomen.journeys import rulings
from guomen.journeys.replay import derive
from guomen.rulebooks.book import BOOK, engine

FILE = Path(__file__).with_name("ledger_v1.jsonl")


def order(value: dict[str, Any]) -> Order:
    day, moment = date.fromisoformat, datetime.fromisoformat
    read = {
        "effect": Outcome,
        "reason": lambda text: Text(**text),
        "begins": day,
        "ends": day,
        "recorded_at": moment,
        "superseded_at": moment,
        "tests": tuple,
    }
    return Order(**{name: read.get(name, lambda v: v)(v) for name, v in value.items()})


@pytest.fixture(scope="module")
def kept() -> tuple[OrderSet, list[str]]:
    head, *texts = FILE.read_text(encoding="utf-8").splitlines()
    return OrderSet(tuple(map(order, canonical.loads(head)["orders"]))), texts


def test_every_kept_ruling_comes_out_again(kept):
    orders, texts = kept
    derived = derive(texts, orders, engine())
    different = [
        (stored, again)
        for stored, again in zip(map(rulings.ruling_text, texts), derived, strict=True)
        if stored != again
    ]
    assert different == []


def test_kept_facts_are_read_and_written_as_the_same_text(kept):
    _, texts = kept
    facts, _ = rulings.decode(texts)
    written = rulings.encode_facts(facts)
    assert [canonical.loads(text)["facts"] for text in texts] == list(map(canonical.loads, written))


def test_the_kept_ledger_holds_every_outcome_and_nearly_every_answer(kept):
    _, texts = kept
    values = [canonical.loads(text)["ruling"] for text in texts]
    assert {value["outcome"] for value in values} == {outcome.value for outcome in Outcome}
    assert {value["degraded"] for value in values} == {True, False}
    assert any(value["orders"] for value in values)
    assert any(value["possible"] for value in values)
    seen: Counter[tuple[str, Answer]] = Counter()
    for value in values:
        words = [int(word, 16) for word in value["answers"]]
        seen.update((rule.id, answer_of(rule, words)) for rule in BOOK.rules)
    bound = [rule for rule in BOOK.rules if any(seen[rule.id, a] for a in list(Answer)[1:])]
    assert len(bound) >= 0.95 * 105
    failing = [rule for rule in BOOK.rules if seen[rule.id, Answer.FAILS]]
    assert len(failing) >= 0.9 * 105


def test_a_kept_ruling_that_was_changed_would_be_found(kept):
    orders, texts = kept
    changed = texts[0].replace('"quantity":"1000.000"', '"quantity":"-1.000"')
    assert changed != texts[0]
    assert derive([changed], orders, engine()) != [rulings.ruling_text(changed)]
