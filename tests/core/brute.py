"""The decision and the matching of orders, read plainly and slowly, one line at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.rulebooks.kleene import truth

from guomen.core.controls import EQUALITY, Order
from guomen.core.rules import Book, Rule

# Written here a second time, on purpose.
WORST_FIRST = ("refuse", "hold", "inspect_and_sample", "inspect", "document_check", "release")
CLOSEST_FIRST = ("special", "strict", "general", "verification", "credit")
MILLION = 10**6


def meets(order: Order, line: Mapping[str, Any]) -> bool | None:
    """Tell whether an order meets a line: None where an unknown fact decides."""
    on, at = line["on"], line["received_at"]
    if not (order.begins <= on and (order.ends is None or on < order.ends)):
        return False
    if not (order.recorded_at <= at and (order.superseded_at is None or at < order.superseded_at)):
        return False
    answers: list[bool | None] = []
    if order.hs_prefix is not None:
        code = line["hs_code"]
        answers.append(None if code is None else code.startswith(order.hs_prefix))
    for name in EQUALITY:
        wanted = getattr(order, name)
        if wanted is not None:
            answers.append(None if line[name] is None else line[name] == wanted)
    if order.hazard is not None:
        hazards = line["hazards"]
        answers.append(None if hazards is None else order.hazard in hazards)
    if False in answers:
        return False
    return None if None in answers else True


@dataclass
class Found:
    answers: dict[int, str]
    outcome: str
    rate: int
    chance: int
    mode: str
    selected: bool


def decide(line: Mapping[str, Any], book: Book, u: int, orders: Sequence[Order] = ()) -> Found:
    """Rule on one line."""
    met = [(order, meets(order, line)) for order in orders]
    effects = [
        str(order.effect) for order, how in met if how or (how is None and not order.mandatory)
    ]
    floors = [order.rate_ppm or 0 for order, how in met if how is not False]
    facts = dict(line) | {
        "ordered": _first(WORST_FIRST, effects) or "none",
        "order_possible": any(how is None and order.mandatory for order, how in met),
        "plan_state": line["plan"] or "none",
    }
    answers = {r.number: _answer(r, facts) for r in book.rules if not r.after_the_draw}
    said = list(_consequences(book, answers))
    rate = max([c.rate_ppm for _, c in said if c.rate_ppm is not None], default=0)
    factor = max([c.factor_ppm for _, c in said if c.factor_ppm is not None], default=MILLION)
    chance = MILLION if rate >= MILLION else min(rate * factor // MILLION, MILLION)
    chance = max(chance, line["earlier_chance_ppm"] or 0, line["plan_chance_ppm"] or 0, *floors, 0)
    selected = u * MILLION < chance * 2**52 if u >= 0 else chance >= MILLION
    modes = [str(c.mode) for _, c in said if c.mode is not None]
    facts |= {
        "mode": _first(CLOSEST_FIRST, modes) or "none", "chance_ppm": chance, "selected": selected
    }  # fmt: skip
    answers |= {r.number: _answer(r, facts) for r in book.rules if r.after_the_draw}
    settled = line["settled_rules"] or []
    outcomes = [
        str(c.outcome)
        for r, c in _consequences(book, answers)
        if c.outcome is not None and r.id not in settled
    ]
    return Found(
        answers=answers,
        outcome=_first(WORST_FIRST, outcomes) or "release",
        rate=rate,
        chance=chance,
        mode=facts["mode"],
        selected=selected,
    )


def _first(order: Sequence[str], given: Sequence[str]) -> str | None:
    return next((name for name in order if name in given), None)


def _answer(rule: Rule, facts: Mapping[str, Any]) -> str:
    if facts["on"] < rule.begins or (rule.ends is not None and facts["on"] >= rule.ends):
        return "NOT_ASKED"
    applies = truth(rule.applies, facts)
    if applies is False:
        return "NOT_ASKED"
    if rule.requires is None:
        return "FAILS" if applies else "UNKNOWN"
    met = truth(rule.requires, facts)
    if met:
        return "HOLDS"
    return "FAILS" if applies and met is False else "UNKNOWN"


def _consequences(book: Book, answers: Mapping[int, str]) -> Any:
    for rule in book.rules:
        if not rule.trial and answers.get(rule.number) == "FAILS":
            yield rule, rule.consequence
        if not rule.trial and answers.get(rule.number) == "UNKNOWN":
            yield rule, rule.if_unknown
