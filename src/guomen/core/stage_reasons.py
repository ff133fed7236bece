"""
Why a ruling of a stage came out as it did: sentences from packed answers, on demand.

Nothing is decided here and nothing stored. The counterpart of ``explain`` for the stages after
admission, which have no gates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic

from guomen.core.explain import shown
from guomen.core.facts import SUPPLIER_NAMES
from guomen.core.ruling import ANSWER_NAMES, TABLE_ANSWER_NAMES, Answer, FactRead
from guomen.core.stages import O, Stage, StageBook, StageRule, answer_of
from guomen.core.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class StageReason(Generic[O]):
    """The answer of one rule of a stage for one line, ready to be shown."""

    rule: str
    answer: Answer
    answer_name: Text
    says: Text
    instrument: Text
    clause: str
    certainty: str
    outcome: O | None
    outcome_name: Text | None
    obligations: tuple[str, ...]
    trial: bool
    facts: tuple[FactRead, ...]

    @property
    def decisive(self) -> bool:
        """Tell whether this answer asked for an outcome or a duty."""
        asks = self.outcome is not None or bool(self.obligations)
        return asks and self.answer in (Answer.FAILS, Answer.UNKNOWN) and not self.trial


def reasons(
    book: StageBook[O], words: Sequence[int], facts: Mapping[str, Any]
) -> tuple[StageReason[O], ...]:
    """
    Return the reasons of every rule that was asked: the decisive first, most severe first.

    ``facts`` holds the facts of the ruling; what is absent is unknown.
    """
    severity = book.stage.severity
    found = [
        _reason(book.stage, rule, answer, facts)
        for rule in book.rules
        for answer in [answer_of(rule, words)]
        if answer is not Answer.NOT_ASKED
    ]
    found.sort(key=lambda reason: (not reason.decisive, -_rank(reason.outcome, severity)))
    return tuple(found)


def _rank(outcome: O | None, severity: Mapping[O, int]) -> int:
    return -1 if outcome is None else severity[outcome]


def _reason(
    stage: Stage[O], rule: StageRule[O], answer: Answer, facts: Mapping[str, Any]
) -> StageReason[O]:
    names = ANSWER_NAMES if rule.requires is not None else TABLE_ANSWER_NAMES
    then = rule.follows(answer)
    return StageReason(
        rule=rule.id,
        answer=answer,
        answer_name=names[answer],
        says=rule.says,
        instrument=rule.instrument,
        clause=rule.clause,
        certainty=rule.certainty,
        outcome=then.outcome,
        outcome_name=None if then.outcome is None else stage.outcome_names[then.outcome],
        obligations=then.obligations,
        trial=rule.trial,
        facts=tuple(_fact_read(stage, name, facts.get(name)) for name in rule.reads),
    )


def _fact_read(stage: Stage[Any], name: str, value: Any) -> FactRead:
    fact = stage.by_name[name]
    return FactRead(
        name=name,
        label=fact.label,
        value=None if value is None else shown(value),
        supplier=SUPPLIER_NAMES[fact.supplier],
    )


def missing(
    book: StageBook[O], words: Sequence[int], facts: Mapping[str, Any]
) -> dict[str, tuple[str, ...]]:
    """Return the unknown facts because of which an outcome was asked, each with its rules."""
    asked: dict[str, list[str]] = {}
    for rule in book.rules:
        unknown = answer_of(rule, words) is Answer.UNKNOWN and not rule.trial
        if unknown and rule.if_unknown.outcome is not None:
            for name in rule.reads:
                if facts.get(name) is None:
                    asked.setdefault(name, []).append(rule.id)
    return {name: tuple(rules) for name, rules in asked.items()}


def obligations(book: StageBook[Any], words: Sequence[int]) -> tuple[tuple[str, str], ...]:
    """Return the union of duties, each with the first rule that asks for it."""
    found: dict[str, str] = {}
    for rule in book.rules:
        if not rule.trial:
            for code in rule.follows(answer_of(rule, words)).obligations:
                found.setdefault(code, rule.id)
    return tuple(found.items())
