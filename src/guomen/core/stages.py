"""
The stages after admission: rules of the same kind over facts and outcomes of a stage's own.

A stage declares its facts, the written severity of its outcomes and the kind under which its
rulings enter the ledger. Its engine is pure: a frame of facts in, outcomes and packed answers out,
a row a line. A line of which nothing was asked is open, never clean. Not for admission, which also
draws (``decide``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import ClassVar, Generic, TypeVar

import numpy as np
import numpy.typing as npt
import polars as pl

from guomen.core.canonical import dumps
from guomen.core.conditions import RuleError, names
from guomen.core.errors import GuomenError
from guomen.core.facts import Fact
from guomen.core.kleene import Conditions, lines_of
from guomen.core.ruling import RULES_A_WORD, Answer
from guomen.core.text import Text

O = TypeVar("O", bound=StrEnum)  # noqa: E741 - the outcomes of a stage

Bools = npt.NDArray[np.bool_]
# Facts that every stage has: which line, and on which day the rules are asked.
IDENTITY = ("line", "on")


class StageFactsError(GuomenError):
    """A frame does not hold the facts of the stage."""

    code: ClassVar[str] = "stages.facts"


@dataclass(frozen=True, eq=False, kw_only=True)
class Stage(Generic[O]):
    """
    One stage of the way of a line.

    ``severity`` is the written order of its outcomes; ``clean`` stands where everything that was
    asked holds, ``open`` where nothing was asked at all. ``schema`` is raised whenever a fact is
    added, ``engine`` whenever the same facts and book could give another ruling.
    """

    code: str
    kind: str
    name: Text
    schema: int
    engine: int
    facts: tuple[Fact, ...]
    severity: Mapping[O, int]
    outcome_names: Mapping[O, Text]
    clean: O
    open: O

    def __post_init__(self) -> None:
        """
        Refuse a stage that could not be ruled on or explained.

        :raises RuleError: on a missing identity fact, a fact named twice, or an unordered outcome
        """
        names = [fact.name for fact in self.facts]
        if len(set(names)) != len(names) or not set(IDENTITY) <= set(names):
            raise RuleError(f"stage {self.code} names each fact once, {IDENTITY} among them")
        ranks = sorted(self.severity.values())
        if ranks != list(range(len(ranks))) or set(self.severity) != set(self.outcome_names):
            raise RuleError(f"stage {self.code} gives each outcome a rank of its own and a name")
        if self.severity[self.clean] != 0:
            raise RuleError(f"nothing is less severe than the clean outcome of {self.code}")

    @cached_property
    def by_name(self) -> Mapping[str, Fact]:
        """Return the facts by their name."""
        return {fact.name: fact for fact in self.facts}

    @cached_property
    def frame_schema(self) -> pl.Schema:
        """Return the columns of a facts frame of this stage, in their order."""
        return pl.Schema({fact.name: fact.dtype for fact in self.facts})

    @cached_property
    def by_severity(self) -> tuple[O, ...]:
        """Return the outcomes, the least severe first."""
        return tuple(sorted(self.severity, key=self.severity.__getitem__))

    def checked(self, frame: pl.DataFrame) -> pl.DataFrame:
        """
        Return the frame with its columns in declared order.

        :raises StageFactsError: if a column is missing, unknown or of another type, or a number
            is NaN
        """
        wrong = sorted(
            name
            for name in {*frame.schema, *self.frame_schema}
            if frame.schema.get(name) != self.frame_schema.get(name)
        )
        if wrong:
            raise StageFactsError(
                f"this is no frame of the facts of {self.code}; look at the columns {wrong}",
                columns=wrong,
            )
        floats = [name for name, dtype in self.frame_schema.items() if dtype.is_float()]
        unclear = [name for name in floats if frame[name].is_nan().any()]
        if unclear:
            raise StageFactsError(
                f"NaN is no measurement: leave it unknown in {unclear}", columns=unclear
            )
        return frame.select(list(self.frame_schema))

    def frame(self, rows: Iterable[Mapping[str, object]]) -> pl.DataFrame:
        """Return the facts frame of rows; what a row does not name is unknown."""
        listed = [{name: row.get(name) for name in self.frame_schema} for row in rows]
        return pl.DataFrame(listed, schema=self.frame_schema)


@dataclass(frozen=True, slots=True, kw_only=True)
class Then(Generic[O]):
    """What follows from an answer: an outcome, duties, both or neither."""

    outcome: O | None = None
    obligations: tuple[str, ...] = ()

    def material(self) -> dict[str, object]:
        """Return what follows, for the digest of the book."""
        return {"outcome": self.outcome, "obligations": list(self.obligations)}


@dataclass(frozen=True, slots=True, kw_only=True)
class StageRule(Generic[O]):
    """
    One clause of one instrument, asked at a stage, in force for one period.

    Read as :class:`guomen.core.rules.Rule`: ``requires`` is asked where ``applies`` holds; without
    it the rule is a row of a table. ``then`` follows a failure, ``if_unknown`` an unknown answer.
    """

    number: int
    id: str
    says: Text
    instrument: Text
    clause: str
    certainty: str
    begins: date
    applies: str
    requires: str | None = None
    then: Then[O]
    if_unknown: Then[O]
    ends: date | None = None
    trial: bool = False

    def in_force(self, on: date) -> bool:
        """Tell whether the rule binds on that day; the end is exclusive."""
        return self.begins <= on and (self.ends is None or on < self.ends)

    @property
    def reads(self) -> tuple[str, ...]:
        """Name the facts that the condition reads, in the order of the text."""
        return names(self.applies, self.requires or "TRUE")

    def follows(self, answer: Answer) -> Then[O]:
        """Return what follows from an answer."""
        return {Answer.FAILS: self.then, Answer.UNKNOWN: self.if_unknown}.get(answer, Then())

    def material(self) -> dict[str, object]:
        """Return everything that can change what the rule does, for the digest of the book."""
        return {
            "number": self.number,
            "id": self.id,
            "begins": self.begins.isoformat(),
            "applies": self.applies,
            "requires": self.requires,
            "then": self.then.material(),
            "if_unknown": self.if_unknown.material(),
            "trial": self.trial,
            "says": [self.says.zh, self.says.en],
            "instrument": [self.instrument.zh, self.instrument.en],
            "clause": self.clause,
        }


@dataclass(frozen=True, eq=False)
class StageBook(Generic[O]):
    """Every rule there has ever been at one stage, in the order of their numbers."""

    stage: Stage[O]
    rules: tuple[StageRule[O], ...]

    def __post_init__(self) -> None:
        """
        Refuse a book that could not be replayed or explained.

        :raises RuleError: on a number or id used twice, a gap or a fact that the stage does not
            have
        """
        numbers = [rule.number for rule in self.rules]
        if numbers != list(range(len(numbers))):
            raise RuleError("rules must be numbered 0, 1, 2 … without gaps", numbers=numbers)
        if len({rule.id for rule in self.rules}) != len(numbers):
            raise RuleError("two rules share an id; end the old one and give the new one its own")
        for rule in self.rules:
            strangers = [name for name in rule.reads if name not in self.stage.by_name]
            if strangers:
                raise RuleError(f"rule {rule.id} reads facts that are not declared: {strangers}")

    @cached_property
    def by_id(self) -> Mapping[str, StageRule[O]]:
        """Return the rules by their id."""
        return {rule.id: rule for rule in self.rules}

    @cached_property
    def _digests(self) -> dict[date, str]:
        return {}

    def digest(self, on: date) -> str:
        """Return the SHA-256 (hex) of the edition in force on that day."""
        known = self._digests.get(on)
        if known is None:
            text = dumps([rule.material() for rule in self.rules if rule.in_force(on)])
            known = self._digests[on] = hashlib.sha256(text.encode()).hexdigest()
        return known


@dataclass(frozen=True, slots=True)
class _Kleene:
    """A three-valued answer over the lines: certainly so, certainly not, else unknown."""

    yes: Bools
    no: Bools


class StageEngine(Generic[O]):
    """A book of a stage, compiled once and used for many batches."""

    def __init__(self, book: StageBook[O]) -> None:
        """Compile the conditions of the book; each distinct one is run once."""
        self.book = book
        self.stage = book.stage
        self.words = -(-len(book.rules) // RULES_A_WORD)
        texts = [t for rule in book.rules for t in (rule.applies, rule.requires) if t is not None]
        self._texts = tuple(dict.fromkeys(texts))
        self._conditions = Conditions(self._texts)

    def rule(self, facts: pl.DataFrame) -> pl.DataFrame:
        """
        Rule on every line of a facts frame, in its order.

        Returns the columns ``line``, ``outcome`` (its code) and ``answers_0`` … (packed words).

        :raises StageFactsError: if the frame does not hold the facts of the stage
        """
        frame = self.stage.checked(facts)
        lines = frame.height
        answers = self._answers(frame)
        days = frame["on"].to_physical().to_numpy()
        worst = np.zeros(lines, dtype=np.int64)
        asked_something = np.zeros(lines, dtype=np.bool_)
        words = np.zeros((self.words, lines), dtype=np.uint64)
        for rule in self.book.rules:
            fails, unknown, asked = _violated(rule, answers, days)
            _pack(rule.number, (fails, unknown, asked), words)
            if rule.trial:
                continue
            asked_something |= asked & answers[rule.applies].yes
            for then, where in ((rule.then, fails), (rule.if_unknown, unknown)):
                if then.outcome is not None:
                    np.maximum(worst, self.stage.severity[then.outcome], out=worst, where=where)
        silent = np.maximum(worst, self.stage.severity[self.stage.open])
        outcome = np.where(asked_something, worst, silent)
        names = pl.Series([outcome.value for outcome in self.stage.by_severity], dtype=pl.String)
        columns = {f"answers_{i}": word for i, word in enumerate(words)}
        return pl.DataFrame({"line": frame["line"], "outcome": names.gather(outcome)} | columns)

    def _answers(self, frame: pl.DataFrame) -> dict[str, _Kleene]:
        lines = lines_of(frame)
        return {
            text: _Kleene(lines.mask(answer.yes), lines.mask(answer.no))
            for text, answer in zip(self._texts, self._conditions.ask(lines), strict=True)
        }


_EPOCH = date(1970, 1, 1).toordinal()


def _violated(
    rule: StageRule[O], answers: Mapping[str, _Kleene], days: npt.NDArray[np.int32]
) -> tuple[Bools, Bools, Bools]:
    """Return where a rule fails, where that is unknown, and where it is not certainly unasked."""
    applies = answers[rule.applies]
    binds = days >= rule.begins.toordinal() - _EPOCH
    if rule.ends is not None:
        binds &= days < rule.ends.toordinal() - _EPOCH
    asked = binds & ~applies.no
    if rule.requires is None:
        return binds & applies.yes, asked & ~applies.yes, asked
    met = answers[rule.requires]
    fails = binds & applies.yes & met.no
    return fails, asked & ~met.yes & ~fails, asked


def _pack(number: int, answer: tuple[Bools, Bools, Bools], words: npt.NDArray[np.uint64]) -> None:
    """Write the two bits of one rule into the words (shape: words × lines)."""
    fails, unknown, asked = answer
    high = (fails | unknown).view(np.uint8)
    low = ((asked & ~fails) | unknown).view(np.uint8)
    code = ((high << 1) | low).astype(np.uint64) << np.uint64(2 * (number % RULES_A_WORD))
    words[number // RULES_A_WORD] |= code


def answer_of(rule: StageRule[O], words: Sequence[int]) -> Answer:
    """Return the answer of one rule; a rule younger than the ruling was not asked."""
    word = rule.number // RULES_A_WORD
    if word >= len(words):
        return Answer.NOT_ASKED
    return Answer((words[word] >> 2 * (rule.number % RULES_A_WORD)) & 3)
