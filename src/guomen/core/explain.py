"""
Why a ruling came out as it did: sentences from packed answers, on demand.

Nothing is decided here and nothing stored: the answers are unpacked, each rule's own sentence is
put beside the facts that it read, and the rules are laid out along the five gates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from guomen.core import conditions
from guomen.core.facts import BY_NAME, SUPPLIER_NAMES, Supplier
from guomen.core.rules import NOTHING, Book, Consequence, Rule
from guomen.core.ruling import (
    ANSWER_NAMES,
    GATE_NAMES,
    RULES_A_WORD,
    TABLE_ANSWER_NAMES,
    Answer,
    FactRead,
    Gate,
    GateState,
    GateView,
    Reason,
)
from guomen.core.severity import SEVERITY, Outcome
from guomen.core.text import Text

_STOPS = frozenset({Outcome.HOLD, Outcome.REFUSE})
_NO_LABEL = {
    "ordered": Text(zh="布控要求", en="effect of control orders"),
    "order_possible": Text(zh="可能命中布控", en="a control order may match"),
    "plan_state": Text(zh="当日布控计划", en="plan of the day"),
    "mode": Text(zh="监管方式", en="mode of supervision"),
    "chance_ppm": Text(zh="抽中概率（百万分之）", en="chance of selection (ppm)"),
    "selected": Text(zh="抽中", en="selected"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A fact that a ruling waits for, what it is, and who can supply it."""

    name: str
    label: Text
    supplier: Supplier
    supplier_name: Text
    rules: tuple[str, ...]


def answer_of(rule: Rule, words: Sequence[int]) -> Answer:
    """Return the answer of one rule; a rule younger than the ruling was not asked."""
    word = rule.number // RULES_A_WORD
    if word >= len(words):
        return Answer.NOT_ASKED
    return Answer((words[word] >> 2 * (rule.number % RULES_A_WORD)) & 3)


def followed(rule: Rule, answer: Answer) -> Consequence:
    """Return what follows from an answer."""
    if answer is Answer.FAILS:
        return rule.consequence
    return rule.if_unknown if answer is Answer.UNKNOWN else NOTHING


def decisive_rules(
    book: Book, words: Sequence[int], *, settled: Sequence[str] = ()
) -> tuple[tuple[Rule, Answer], ...]:
    """Return the rules whose answer asks for an outcome, most severe first."""
    return _decisive(book, tuple(words), tuple(settled))


# A year of lines has some thousand different sets of answers.
@lru_cache(maxsize=65_536)
def _decisive(
    book: Book, words: tuple[int, ...], settled: tuple[str, ...]
) -> tuple[tuple[Rule, Answer], ...]:
    found = [
        (rule, answer, outcome)
        for rule in book.rules
        if not rule.trial and rule.id not in settled
        for answer in [answer_of(rule, words)]
        for outcome in [followed(rule, answer).outcome]
        if outcome is not None and outcome is not Outcome.RELEASE
    ]
    found.sort(key=lambda item: -SEVERITY[item[2]])
    return tuple((rule, answer) for rule, answer, _ in found)


Decisive = Sequence[tuple[Rule, Answer]]


def missing_facts(
    decisive: Decisive, facts: Mapping[str, Any], *, unsure: Sequence[str] = ()
) -> dict[str, list[str]]:
    """
    Return the unknown facts for which a line is held, in their order, each with its rules.

    ``unsure`` names the unknown facts on which it hangs whether a mandatory control order matches.
    """
    asked: dict[str, list[str]] = {}
    for rule, answer in decisive:
        for name in _asked(rule, answer, unsure):
            if name in BY_NAME and facts.get(name) is None:
                asked.setdefault(name, []).append(rule.id)
    return dict(sorted(asked.items(), key=lambda item: _PLACE[item[0]]))


def _asked(rule: Rule, answer: Answer, unsure: Sequence[str]) -> Sequence[str]:
    """Return the facts that would lift the hold of a rule, were they known."""
    if followed(rule, answer).outcome is not Outcome.HOLD:
        return ()
    if answer is Answer.UNKNOWN:
        return tuple(rule.reads)
    return unsure if "order_possible" in rule.reads else ()


_PLACE = {name: place for place, name in enumerate(BY_NAME)}


def waits_for(
    decisive: Decisive, facts: Mapping[str, Any], *, unsure: Sequence[str] = ()
) -> Supplier:
    """Return who must act for a held line: who can supply what is missing, or put right a fault."""
    names = list(missing_facts(decisive, facts, unsure=unsure))
    if not names:
        names = [
            name
            for rule, answer in decisive
            if followed(rule, answer).outcome is Outcome.HOLD and rule.requires is not None
            for name in conditions.names(rule.requires)
            if name in BY_NAME
        ]
    return BY_NAME[names[0]].supplier if names else Supplier.BUREAU


def missing(
    book: Book,
    words: Sequence[int],
    facts: Mapping[str, Any],
    *,
    settled: Sequence[str] = (),
    unsure: Sequence[str] = (),
) -> tuple[Missing, ...]:
    """Return the unknown facts for which a line is held, ready to be shown."""
    found = missing_facts(decisive_rules(book, words, settled=settled), facts, unsure=unsure)
    return tuple(
        Missing(
            name=name,
            label=BY_NAME[name].label,
            supplier=BY_NAME[name].supplier,
            supplier_name=SUPPLIER_NAMES[BY_NAME[name].supplier],
            rules=tuple(rules),
        )
        for name, rules in found.items()
    )


def gates(
    book: Book, words: Sequence[int], facts: Mapping[str, Any], *, settled: Sequence[str] = ()
) -> tuple[GateView, ...]:
    """
    Return the five gates with the reasons of every rule that was asked.

    ``facts`` holds the facts of the ruling and whatever the engine derived; what is absent is
    unknown.
    """
    reasons = [
        _reason(rule, answer, facts, settled)
        for rule in book.rules
        for answer in [answer_of(rule, words)]
        if answer is not Answer.NOT_ASKED
    ]
    return tuple(_gate(gate, [r for r in reasons if r.gate is gate]) for gate in Gate)


def _gate(gate: Gate, reasons: list[Reason]) -> GateView:
    counted = [r for r in reasons if r.decisive and not r.settled]
    counted.sort(key=lambda r: -SEVERITY[r.outcome or Outcome.RELEASE])
    rest = [r for r in reasons if r not in counted]
    return GateView(
        gate=gate,
        name=GATE_NAMES[gate],
        state=_gate_state(counted),
        reasons=(*counted, *rest),
    )


def _gate_state(counted: Sequence[Reason]) -> GateState:
    stops = [r for r in counted if r.outcome in _STOPS]
    if any(r.answer is Answer.FAILS for r in stops):
        return GateState.STOPPED
    if stops:
        return GateState.UNKNOWN
    checks = [r for r in counted if r.outcome not in (None, Outcome.RELEASE)]
    return GateState.CHECK if checks else GateState.PASSED


def _reason(rule: Rule, answer: Answer, facts: Mapping[str, Any], settled: Sequence[str]) -> Reason:
    names = ANSWER_NAMES if rule.requires is not None else TABLE_ANSWER_NAMES
    consequence = followed(rule, answer)
    return Reason(
        rule=rule.id,
        gate=rule.gate,
        answer=answer,
        answer_name=names[answer],
        says=rule.says,
        instrument=rule.instrument,
        clause=rule.clause,
        certainty=rule.certainty,
        outcome=consequence.outcome,
        rate_ppm=consequence.rate_ppm,
        obligations=consequence.obligations,
        trial=rule.trial,
        settled=rule.id in settled,
        facts=tuple(_fact_read(name, facts.get(name)) for name in rule.reads),
    )


def _fact_read(name: str, value: Any) -> FactRead:
    fact = BY_NAME.get(name)
    return FactRead(
        name=name,
        label=fact.label if fact else _NO_LABEL[name],
        value=None if value is None else shown(value),
        supplier=SUPPLIER_NAMES[fact.supplier if fact else Supplier.BUREAU],
    )


def shown(value: Any) -> str:
    """
    Return a fact's value as plain text.

    >>> shown(True), shown(["a", "b"]), shown("MO")
    ('true', 'a, b', 'MO')
    """
    if isinstance(value, bool):
        return str(value).lower()
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def obligations(
    book: Book, words: Sequence[int], *, settled: Sequence[str] = ()
) -> tuple[tuple[str, str], ...]:
    """Return the union of duties, each with the first rule that asks for it."""
    found: dict[str, str] = {}
    for rule in book.rules:
        if not rule.trial and rule.id not in settled:
            for code in followed(rule, answer_of(rule, words)).obligations:
                found.setdefault(code, rule.id)
    return tuple(found.items())
