"""
Rules: what the law says, when it applies, and what follows.

A rule is data. Its condition is a SQL expression over the facts frame: the text is at once what
an auditor reads, what is hashed into the digest of the book, and what is run, for one line or
for a million. Nulls follow Kleene's logic, so an unknown fact gives an unknown answer unless the
other facts settle it.

A rule *asks* something where ``applies`` holds, and fails where ``requires`` does not. A rule
without ``requires`` is a row of a table: where it applies, its consequence follows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import polars as pl

from guomen.core import conditions
from guomen.core.canonical import dumps
from guomen.core.conditions import RuleError
from guomen.core.facts import BY_NAME, FRAME_SCHEMA
from guomen.core.ruling import Gate, Mode
from guomen.core.severity import Outcome
from guomen.core.text import Text

MILLION = 1_000_000

# Facts that the engine itself derives between the gates, and the type of each.
DERIVED: Mapping[str, pl.DataType | type[pl.DataType]] = {
    "ordered": pl.String,
    "order_possible": pl.Boolean,
    "plan_state": pl.String,
    "mode": pl.String,
    "chance_ppm": pl.Int64,
    "selected": pl.Boolean,
}
_KIND_OF: Mapping[type[pl.DataType], str] = {
    pl.String: conditions.TEXT,
    pl.Boolean: conditions.TRUTH,
    pl.Int64: conditions.NUMBER,
    pl.Decimal: conditions.NUMBER,
}
# What each fact can be compared with: days with days, moments with moments, lists with nothing.
KINDS: Mapping[str, str] = {
    name: _KIND_OF.get(dtype.base_type(), str(dtype))
    for name, dtype in {**FRAME_SCHEMA, **DERIVED}.items()
}
_AFTER_THE_DRAW = frozenset({"mode", "chance_ppm", "selected"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequence:
    """
    What follows from a rule: any of an outcome, a share of lots, a factor, a mode, duties.

    ``rate_ppm`` is a chance of selection and ``factor_ppm`` multiplies it, both in parts per
    million; ``plan`` names a sampling policy of the rule book.
    """

    outcome: Outcome | None = None
    rate_ppm: int | None = None
    factor_ppm: int | None = None
    mode: Mode | None = None
    plan: str | None = None
    obligations: tuple[str, ...] = ()


NOTHING = Consequence()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """
    One clause of one instrument, in force for one period.

    ``number`` is the place of the answer in the packed words: given once, never used again.
    ``certainty`` says how sure the source is: sourced, knowledge or default.
    """

    number: int
    id: str
    gate: Gate
    says: Text
    instrument: Text
    clause: str
    certainty: str
    begins: date
    applies: str
    requires: str | None = None
    consequence: Consequence = NOTHING
    if_unknown: Consequence = NOTHING
    ends: date | None = None
    trial: bool = False

    def in_force(self, on: date) -> bool:
        """Tell whether the rule binds on that day; the end is exclusive."""
        return self.begins <= on and (self.ends is None or on < self.ends)

    @property
    def reads(self) -> tuple[str, ...]:
        """Name the facts that the condition reads, in the order of the text."""
        return conditions.names(self.applies, self.requires or "TRUE")

    @property
    def after_the_draw(self) -> bool:
        """Tell whether the rule reads what is known only once the draw is made."""
        return not _AFTER_THE_DRAW.isdisjoint(self.reads)

    def material(self) -> dict[str, object]:
        """Return everything that can change what the rule does, for the digest of the book."""
        return {
            "number": self.number,
            "id": self.id,
            "gate": str(self.gate),
            "begins": self.begins.isoformat(),
            "applies": self.applies,
            "requires": self.requires,
            "consequence": _consequence_material(self.consequence),
            "if_unknown": _consequence_material(self.if_unknown),
            "trial": self.trial,
            "says": [self.says.zh, self.says.en],
            "instrument": [self.instrument.zh, self.instrument.en],
            "clause": self.clause,
        }


def _consequence_material(consequence: Consequence) -> dict[str, object]:
    return {
        "outcome": consequence.outcome,
        "rate_ppm": consequence.rate_ppm,
        "factor_ppm": consequence.factor_ppm,
        "mode": consequence.mode,
        "plan": consequence.plan,
        "obligations": list(consequence.obligations),
    }


@dataclass(frozen=True, eq=False)
class Book:
    """
    Every rule there has ever been, in the order of their numbers.

    Rules are never edited, only ended and succeeded, so that one book replays every day.
    """

    rules: tuple[Rule, ...]

    def __post_init__(self) -> None:
        """
        Refuse a book that could not be replayed or explained.

        :raises RuleError: on a number or id used twice, a gap, a fact that does not exist, or a
            condition that cannot be read or sets unlike things against each other
        """
        numbers = [rule.number for rule in self.rules]
        if numbers != list(range(len(numbers))):
            raise RuleError("rules must be numbered 0, 1, 2 … without gaps", numbers=numbers)
        if len({rule.id for rule in self.rules}) != len(numbers):
            raise RuleError("two rules share an id; end the old one and give the new one its own")
        for rule in self.rules:
            unknown = [name for name in rule.reads if name not in BY_NAME and name not in DERIVED]
            if unknown:
                raise RuleError(f"rule {rule.id} reads facts that are not declared: {unknown}")
            for text in (rule.applies, rule.requires or "TRUE"):
                conditions.check_kinds(text, KINDS)

    @classmethod
    def of(cls, *groups: Iterable[Rule]) -> Book:
        """Bind groups of rules into one book, ordered by number."""
        rules = [rule for group in groups for rule in group]
        return cls(tuple(sorted(rules, key=lambda rule: rule.number)))

    @cached_property
    def by_id(self) -> Mapping[str, Rule]:
        """Return the rules by their id."""
        return {rule.id: rule for rule in self.rules}

    @cached_property
    def before_draw(self) -> tuple[Rule, ...]:
        """Return the rules that are asked before the draw."""
        return tuple(rule for rule in self.rules if not rule.after_the_draw)

    @cached_property
    def after_draw(self) -> tuple[Rule, ...]:
        """Return the rules that read the result of the draw."""
        return tuple(rule for rule in self.rules if rule.after_the_draw)

    @cached_property
    def _digests(self) -> dict[date, str]:
        return {}

    def in_force(self, on: date) -> tuple[Rule, ...]:
        """Return the rules that bind on that day."""
        return tuple(rule for rule in self.rules if rule.in_force(on))

    def digest(self, on: date) -> str:
        """
        Return the SHA-256 (hex) of the edition in force on that day.

        Rules that began later or had ended do not count, so a book that grows keeps the digests
        of its past.
        """
        known = self._digests.get(on)
        if known is None:
            text = dumps([rule.material() for rule in self.in_force(on)])
            known = self._digests[on] = hashlib.sha256(text.encode()).hexdigest()
        return known
