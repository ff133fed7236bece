"""
The same dozen rules for every peer: taken from the book, translated once, asked of all.

Every rule is an admission rule whose condition is a conjunction of simple tests; the translation
is written out beside the text of the rule and refused when the book says otherwise. The answer
is the set of rules that fail, line by line. Lines have no unknown facts here, since the peers do
not tell unknown from false.
"""

from __future__ import annotations

import json
import operator
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any, TypeVar

import numpy as np
import polars as pl

from guomen.core.decide import Engine
from guomen.core.matching import OrderSet
from guomen.core.rules import Book
from guomen.core.ruling import RULES_A_WORD
from guomen.rulebooks.book import BOOK

Row = Mapping[str, Any]
Answers = list[tuple[str, ...]]
Found = TypeVar("Found")

# Rule of the book → tests that make it apply, and the one that it requires, as (fact, values).
_FOOD = ("vegetables", "fruit", "aquatic", "meat", "dairy", "wine", "food")
_PERMIT = ("live_animals", "meat", "fruit", "seedlings")
_IN, _OUT = ("direction", ("import",)), ("direction", ("export",))
_NEAR = ("destination", ("HK", "MO"))
_PLANTS = ("commodity_group", ("meat", "dairy", "wine", "food"))
Test = tuple[str, tuple[str, ...]]
TABLE: Mapping[str, tuple[tuple[Test, ...], str]] = {
    "DQ-ENTERPRISE-NUMBER": ((), "enterprise_number_valid"),
    "DQ-PORT": ((), "port_known"),
    "ADM-ENTERPRISE": ((), "enterprise_active"),
    "IMP-CONSIGNEE-144": (
        (_IN, ("commodity_group", ("meat", "aquatic", "dairy", "wine", "food"))),
        "consignee_filed",
    ),
    "IMP-OVERSEAS-PLANT-145": (
        (_IN, ("commodity_group", ("meat", "dairy", "aquatic"))),
        "overseas_plant_registered",
    ),
    "IMP-PERMIT-HELD": ((_IN, ("commodity_group", _PERMIT)), "permit_held"),
    "IMP-MEAT-PORT": ((_IN, ("commodity_group", ("meat",))), "port_designated"),
    "IMP-MEAT-COLD-STORE": ((_IN, ("commodity_group", ("meat",))), "cold_store_filed"),
    "EXP-FOOD-PLANT-142": ((_OUT, _PLANTS), "plant_filed"),
    "EXP-TOY-LICENCE": ((_OUT, ("commodity_group", ("toys",))), "quality_licence_held"),
    "HKM-BASE-120": ((_OUT, _NEAR, ("commodity_group", ("vegetables",))), "base_filed"),
    "HKM-LIVESTOCK-FARM": (
        (_OUT, _NEAR, ("commodity_group", ("live_animals",))),
        "farm_registered",
    ),
}
_TESTED = ("direction", "commodity_group", "destination")
READ = (*_TESTED, *dict.fromkeys(required for _, required in TABLE.values()))


def timed(call: Callable[[], Found]) -> tuple[Found, float]:
    """Return what a call gives and the seconds that it takes."""
    start = time.perf_counter()
    found = call()
    return found, time.perf_counter() - start


def _sql(tests: Sequence[Test]) -> str:
    parts = [
        f"{fact} = '{values[0]}'"
        if len(values) == 1
        else f"{fact} IN ({', '.join(repr(value) for value in values)})"
        for fact, values in tests
    ]
    return " AND ".join(parts) or "TRUE"


def engine() -> Engine:
    """
    Return our engine over the dozen rules, as the book says them.

    :raises AssertionError: if the book no longer says what the peers are asked
    """
    rules = []
    for number, (name, (tests, required)) in enumerate(TABLE.items()):
        rule = BOOK.by_id[name]
        if (rule.applies, rule.requires) != (_sql(tests), required):
            raise AssertionError(f"the book has changed {name}: {rule.applies} / {rule.requires}")
        rules.append(replace(rule, number=number))
    return Engine(Book(tuple(rules)), policies={})


def ours(decide: Engine, facts: pl.DataFrame) -> Answers:
    """Return the rules that fail on each line, by the book."""
    rulings, _ = decide.admit(facts, orders=OrderSet(()), draws=None)
    words = rulings["answers_0"].to_numpy()
    assert len(TABLE) <= RULES_A_WORD
    names = list(TABLE)
    codes, places = np.unique(words, return_inverse=True)
    known = [
        tuple(name for i, name in enumerate(names) if int(code) >> 2 * i & 3 == 2)
        for code in codes.tolist()
    ]
    return list(operator.itemgetter(*places.tolist())(known)) if len(places) else []


def plain(rows: Sequence[Row]) -> Answers:
    """Return the rules that fail on each line, by a loop over the rules."""
    return [
        tuple(
            name
            for name, (tests, required) in TABLE.items()
            if not row[required] and all(row[fact] in values for fact, values in tests)
        )
        for row in rows
    ]


@cache
def _model() -> str:
    """Return the dozen rules as one decision table in the JSON that zen-engine reads."""
    inputs = [{"id": name, "name": name, "field": name} for name in READ]
    rules = [
        {
            "_id": name,
            **dict.fromkeys(READ, ""),
            **{fact: ", ".join(json.dumps(v) for v in values) for fact, values in tests},
            required: "false",
            "rule": json.dumps(name),
        }
        for name, (tests, required) in TABLE.items()
    ]
    table = {
        "hitPolicy": "collect",
        "inputs": inputs,
        "outputs": [{"id": "rule", "name": "rule", "field": "rule"}],
        "rules": rules,
    }
    nodes = [
        {"id": "in", "name": "in", "type": "inputNode", "position": {"x": 0, "y": 0}},
        {
            "id": "table",
            "name": "table",
            "type": "decisionTableNode",
            "content": table,
            "position": {"x": 1, "y": 0},
        },
        {"id": "out", "name": "out", "type": "outputNode", "position": {"x": 2, "y": 0}},
    ]
    edges = [
        {"id": "a", "type": "edge", "sourceId": "in", "targetId": "table"},
        {"id": "b", "type": "edge", "sourceId": "table", "targetId": "out"},
    ]
    kind = "application/vnd.gorules.decision"
    return json.dumps({"contentType": kind, "nodes": nodes, "edges": edges})


def zen() -> Callable[[Sequence[Row]], Answers]:
    """Return what asks zen-engine, by whole batches, for the rules that fail on each line."""
    from zen import ZenEngine

    loader = {"type": "static", "content": {"gate": json.loads(_model())}}
    ask_all = ZenEngine({"loader": loader}).evaluate_batch

    def ask(rows: Sequence[Row]) -> Answers:
        answers = ask_all([{"key": "gate", "context": row} for row in rows])
        return [tuple(hit["rule"] for hit in answer["data"]["result"]) for answer in answers]

    return ask
