"""
Rulings: what happens to a consignment line, and why.

A ruling keeps the answer of every rule that was asked, packed two bits a rule, and the matched
control orders by number. Sentences are rendered on demand from the book, never stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from types import MappingProxyType

from guomen.core.severity import Outcome
from guomen.core.text import Text

# Raised by one whenever the same facts, book, orders and draw could give another ruling.
ENGINE = 1

RULES_A_WORD = 32


class Gate(StrEnum):
    """The five gates that a line passes, in their order."""

    ADMISSION = "admission"
    CONTROLS = "controls"
    FREQUENCY = "frequency"
    TARGETING = "targeting"
    DRAW = "draw"


GATE_NAMES = MappingProxyType(
    {
        Gate.ADMISSION: Text(zh="准入", en="Admission"),
        Gate.CONTROLS: Text(zh="布控", en="Controls"),
        Gate.FREQUENCY: Text(zh="频次", en="Frequency"),
        Gate.TARGETING: Text(zh="研判", en="Targeting"),
        Gate.DRAW: Text(zh="抽签", en="Draw"),
    }
)


class Answer(IntEnum):
    """The answer of one rule for one line; the number is its two bits in the packed words."""

    NOT_ASKED = 0
    HOLDS = 1
    FAILS = 2
    UNKNOWN = 3


ANSWER_NAMES = MappingProxyType(
    {
        Answer.NOT_ASKED: Text(zh="不适用", en="not asked"),
        Answer.HOLDS: Text(zh="符合", en="holds"),
        Answer.FAILS: Text(zh="不符合", en="fails"),
        Answer.UNKNOWN: Text(zh="无法判定", en="unknown"),
    }
)
# A rule without a requirement states what follows from the facts: it applies or it does not.
TABLE_ANSWER_NAMES = MappingProxyType({**ANSWER_NAMES, Answer.FAILS: Text(zh="适用", en="applies")})


class Mode(StrEnum):
    """How closely an enterprise's goods are supervised."""

    CREDIT = "credit"
    VERIFICATION = "verification"
    GENERAL = "general"
    STRICT = "strict"
    SPECIAL = "special"


MODE_RANK = MappingProxyType(
    {
        Mode.CREDIT: 1,
        Mode.VERIFICATION: 2,
        Mode.GENERAL: 3,
        Mode.STRICT: 4,
        Mode.SPECIAL: 5,
    }
)
MODE_BY_RANK = MappingProxyType({rank: mode for mode, rank in MODE_RANK.items()})
MODE_NAMES = MappingProxyType(
    {
        Mode.CREDIT: Text(zh="信用监管", en="Credit supervision"),
        Mode.VERIFICATION: Text(zh="验证监管", en="Verification supervision"),
        Mode.GENERAL: Text(zh="一般监管", en="General supervision"),
        Mode.STRICT: Text(zh="严密监管", en="Strict supervision"),
        Mode.SPECIAL: Text(zh="特别监管", en="Special supervision"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FactRead:
    """A fact that a rule read: its name, what it is called, its value, and who can supply it."""

    name: str
    label: Text
    value: str | None
    supplier: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """The answer of one rule for one line, ready to be shown."""

    rule: str
    gate: Gate
    answer: Answer
    answer_name: Text
    says: Text
    instrument: Text
    clause: str
    certainty: str
    outcome: Outcome | None
    rate_ppm: int | None
    obligations: tuple[str, ...]
    trial: bool
    settled: bool
    facts: tuple[FactRead, ...]

    @property
    def decisive(self) -> bool:
        """Tell whether this answer moved the outcome or the chance."""
        return self.answer in (Answer.FAILS, Answer.UNKNOWN) and not self.trial


class GateState(StrEnum):
    """What a gate did to a line."""

    PASSED = "passed"
    STOPPED = "stopped"
    CHECK = "check"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class GateView:
    """One gate of the gate line, with the rules asked at it."""

    gate: Gate
    name: Text
    state: GateState
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnValue:
    """The draw that a line was given: everything that an outsider needs to derive it again."""

    purpose: str
    agency: str
    root: str
    counter: int
    day: str
    anchor: str
    u: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingPlan:
    """How many units to take from a line and when to accept it."""

    standard: str
    n: int
    ac: int
    re: int
    letter: str | None
    full_inspection: bool
