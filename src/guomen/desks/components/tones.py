"""
How each state looks: one table from a code to its colour, icon and word.

A state is shown by all three, everywhere the same. The words of outcomes come from the core; the
tables here only add how they are drawn.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from django.utils.functional import Promise, lazystr
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy

from guomen.core.examine import EXAMINED_NAMES, SHOWED_NAMES, Examined, Showed
from guomen.core.ruling import ANSWER_NAMES, TABLE_ANSWER_NAMES, Answer
from guomen.core.severity import OUTCOME_NAMES
from guomen.core.text import Text
from guomen.supervision.declarations.lifecycle import STATE_NAMES, LineState
from guomen.supervision.inspections.lifecycle import STATE_NAMES as ORDER_STATE_NAMES
from guomen.supervision.inspections.lifecycle import OrderState

Words = str | Promise


@dataclass(frozen=True, slots=True, kw_only=True)
class Tone:
    """One state as it is shown."""

    colour: str
    icon: str
    word: Words


def said(text: Text | Words | None) -> str:
    """Return a bilingual sentence in the reader's language; plain words pass unchanged."""
    if text is None:
        return ""
    if isinstance(text, Text):
        return text.in_language(get_language() or "zh-hans")
    return str(text)


def in_chinese() -> bool:
    """Tell whether the reader reads Chinese."""
    return (get_language() or "zh-hans").startswith("zh")


def lazily(text: Text) -> Promise:
    """Return a bilingual sentence that chooses its language when it is printed."""
    return lazystr(_Said(text))


class _Said:
    """A sentence that chooses its language when it is printed."""

    __slots__ = ("text",)

    def __init__(self, text: Text) -> None:
        self.text = text

    def __str__(self) -> str:
        return said(self.text)


def drawn(
    looks: Mapping[Any, tuple[str, str]], names: Mapping[Any, Text | Words]
) -> Mapping[str, Tone]:
    """Return how each code of a table looks: its colour and icon, and its name as the word."""
    return MappingProxyType(
        {
            str(code): Tone(colour=colour, icon=icon, word=_word(names[code]))
            for code, (colour, icon) in looks.items()
        }
    )


def _word(name: Text | Words) -> Words:
    return lazily(name) if isinstance(name, Text) else name


_OUTCOME_LOOKS = {
    "release": ("jade", "check"),
    "document_check": ("slate", "document"),
    "inspect": ("teal", "inspect"),
    "inspect_and_sample": ("violet", "sample"),
    "hold": ("amber", "hold"),
    "refuse": ("seal", "refuse"),
}

OUTCOMES = drawn(_OUTCOME_LOOKS, {str(outcome): name for outcome, name in OUTCOME_NAMES.items()})

_STATE_LOOKS = {
    LineState.LODGED: ("gate", "clock"),
    LineState.HELD: ("amber", "hold"),
    LineState.REFUSED: ("seal", "refuse"),
    LineState.UNDER_DOCUMENT_CHECK: ("slate", "document"),
    LineState.UNDER_INSPECTION: ("teal", "inspect"),
    LineState.SAMPLING: ("violet", "sample"),
    LineState.TESTING: ("violet", "clock"),
    LineState.ASSESSED: ("gate", "clock"),
    LineState.RELEASED: ("jade", "check"),
    LineState.CONDITIONALLY_RELEASED: ("amber", "check"),
    LineState.NONCONFORMING: ("seal", "cross"),
    LineState.REINSPECTION: ("teal", "inspect"),
    LineState.UNDER_DISPOSAL: ("seal", "clock"),
    LineState.DISPOSED: ("slate", "check"),
    LineState.WITHDRAWN: ("faint", "left"),
}

STATES = drawn(_STATE_LOOKS, STATE_NAMES)

_EXAMINED_LOOKS = {
    Examined.CONFORM: ("jade", "check"),
    Examined.MORE_SAMPLING: ("violet", "sample"),
    Examined.OPEN: ("amber", "question"),
    Examined.SUSPECT: ("amber", "warning"),
    Examined.FAIL: ("seal", "cross"),
}
EXAMINED = drawn(_EXAMINED_LOOKS, EXAMINED_NAMES)
_SHOWED_LOOKS = {
    Showed.CONFORM: ("jade", "check"),
    Showed.FAIL: ("seal", "cross"),
    Showed.UNKNOWN: ("amber", "question"),
}
SHOWED = drawn(_SHOWED_LOOKS, SHOWED_NAMES)
_ORDER_LOOKS = {
    OrderState.OPEN: ("amber", "clock"),
    OrderState.ASSIGNED: ("gate", "person"),
    OrderState.UNDERWAY: ("teal", "inspect"),
    OrderState.COMPLETED: ("jade", "check"),
    OrderState.NOT_PERFORMED: ("amber", "turn"),
    OrderState.CANCELLED: ("faint", "cross"),
}
ORDERS = drawn(_ORDER_LOOKS, ORDER_STATE_NAMES)

_ANSWER_LOOKS = {
    Answer.NOT_ASKED: ("faint", "minus"),
    Answer.HOLDS: ("jade", "check"),
    Answer.FAILS: ("seal", "cross"),
    Answer.UNKNOWN: ("amber", "question"),
}

ANSWERS: Mapping[Answer, Tone] = MappingProxyType(
    {
        answer: Tone(colour=colour, icon=icon, word=lazily(ANSWER_NAMES[answer]))
        for answer, (colour, icon) in _ANSWER_LOOKS.items()
    }
)

GATE_STATES: Mapping[str, Tone] = MappingProxyType(
    {
        "passed": Tone(colour="jade", icon="gate-passed", word=pgettext_lazy("gate", "Passed")),
        "check": Tone(colour="teal", icon="gate-check", word=pgettext_lazy("gate", "Check asked")),
        "stopped": Tone(colour="seal", icon="gate-stopped", word=pgettext_lazy("gate", "Stopped")),
        "unknown": Tone(colour="amber", icon="gate-unknown", word=pgettext_lazy("gate", "Unknown")),
        "not_reached": Tone(
            colour="faint", icon="gate-not-reached", word=pgettext_lazy("gate", "Not reached")
        ),
    }
)

GATE_QUESTIONS: Mapping[str, Words] = MappingProxyType(
    {
        "admission": gettext_lazy("May these goods, from this origin and enterprise, pass?"),
        "controls": gettext_lazy("Does a control order name this line?"),
        "frequency": gettext_lazy("How often must goods of this kind be checked?"),
        "targeting": gettext_lazy("What does the plan of the day say of this line?"),
        "draw": gettext_lazy("Was this line drawn for a check?"),
    }
)

NOTICES: Mapping[str, Tone] = MappingProxyType(
    {
        "info": Tone(colour="gate", icon="info", word=gettext_lazy("Note")),
        "success": Tone(colour="jade", icon="check", word=gettext_lazy("Done")),
        "warning": Tone(colour="amber", icon="warning", word=gettext_lazy("Attention")),
        "error": Tone(colour="seal", icon="refuse", word=gettext_lazy("Not done")),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class GateLook:
    """One gate as it is drawn: open where the reader should look first."""

    view: Any
    tone: Tone
    state: str
    question: Words
    asked: Sequence[Any]
    telling: Sequence[Any]
    held: Sequence[Any]
    not_asked: Sequence[Any]
    open: bool
    place: str


_PLAIN = Tone(colour="slate", icon="dot", word="")


def look(table: Mapping[str, Tone], code: object) -> Tone:
    """Return how a code is shown; a code outside the table shows itself, plainly."""
    key = str(code)
    found = table.get(key)
    return found or Tone(colour=_PLAIN.colour, icon=_PLAIN.icon, word=key)


# A table rule that applies says what follows; nobody did anything wrong.
_APPLIES = Tone(colour="gate", icon="turn", word=lazily(TABLE_ANSWER_NAMES[Answer.FAILS]))


def answer_look(answer: int, name: Text | Words | None = None) -> Tone:
    """Return how an answer is shown; its name tells a table rule that applies from a failure."""
    if Answer(answer) is Answer.FAILS and name == TABLE_ANSWER_NAMES[Answer.FAILS]:
        return _APPLIES
    return ANSWERS[Answer(answer)]


# Where several gates did something, the reader looks first at the most telling one.
_TELLING = ("stopped", "unknown", "check")


def gate_looks(gates: Sequence[Any], *, outcome: str) -> tuple[GateLook, ...]:
    """Return how the gates of a ruling are drawn; a stop that holds the line is amber, not red."""
    states = [str(gate.state) for gate in gates]
    telling = next((state for state in _TELLING if state in states), None)
    first = states.index(telling) if telling else None
    last = len(gates) - 1
    return tuple(
        GateLook(
            view=gate,
            tone=_gate_tone(states[at], outcome),
            state=states[at].replace("_", "-"),
            question=GATE_QUESTIONS.get(str(gate.gate), ""),
            asked=_asked(gate.reasons),
            **_parted(_asked(gate.reasons)),
            not_asked=[r for r in gate.reasons if Answer(r.answer) is Answer.NOT_ASKED],
            open=at == first,
            place={0: " gate-first", last: " gate-last"}.get(at, ""),
        )
        for at, gate in enumerate(gates)
    )


def _asked(reasons: Sequence[Any]) -> list[Any]:
    return [reason for reason in reasons if Answer(reason.answer) is not Answer.NOT_ASKED]


# So many reasons are read at a glance; beyond them, those that only hold are folded.
_AT_A_GLANCE = 4


def _parted(asked: list[Any]) -> dict[str, list[Any]]:
    """Part what tells something from the rules that merely hold, where there are many."""
    if len(asked) <= _AT_A_GLANCE:
        return {"telling": asked, "held": []}
    held = [r for r in asked if Answer(r.answer) is Answer.HOLDS and not r.trial and not r.settled]
    return {"telling": [r for r in asked if r not in held], "held": held}


def _gate_tone(state: str, outcome: str) -> Tone:
    tone = look(GATE_STATES, state)
    if state == "stopped" and outcome == "hold":
        return Tone(colour="amber", icon=tone.icon, word=tone.word)
    return tone
