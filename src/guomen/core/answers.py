"""
The answers of many rules for many lines, and what follows from them.

A rule fails, is unknown, is asked or is not, line by line; each of the three is a bit plane
(``core.kleene``). Answers are handed on packed, two bits a rule and 32 rules a word.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from guomen.core.kleene import Conditions, Kleene, Lines, Plane
from guomen.core.rules import Rule
from guomen.core.ruling import RULES_A_WORD

Ints = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]

EFFECTS = ("outcome", "rate_ppm", "factor_ppm", "mode", "plan")


@dataclass(frozen=True, slots=True)
class _Effect:
    """One consequence of a rule that counts: the rule's place, and after which answer."""

    place: int
    value: Any
    unknown: bool
    rule: Rule


def _effects(rules: tuple[Rule, ...]) -> dict[str, tuple[_Effect, ...]]:
    """List the consequences of each kind in the order of the rules; a trial rule has none."""
    found: dict[str, list[_Effect]] = {name: [] for name in EFFECTS}
    for place, rule in enumerate(rules):
        for consequence, unknown in ((rule.consequence, False), (rule.if_unknown, True)):
            for name in EFFECTS:
                value = getattr(consequence, name)
                if value is not None and not rule.trial:
                    found[name].append(_Effect(place, value, unknown, rule))
    return {name: tuple(effects) for name, effects in found.items()}


@dataclass(frozen=True, slots=True)
class _Asked:
    """Where one rule fails, where that is unknown, and where it is not certainly unasked."""

    fails: Plane
    unknown: Plane
    asked: Plane


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers of some rules for some lines."""

    questions: Questions
    lines: Lines
    rules: Sequence[_Asked]

    def effects(self, name: str) -> Iterator[tuple[Any, Plane, Rule]]:
        """Yield each consequence of one kind with the lines on which it follows, if any."""
        for effect in self.questions.effects[name]:
            answer = self.rules[effect.place]
            plane = answer.unknown if effect.unknown else answer.fails
            if self.lines.some(plane):
                yield effect.value, plane, effect.rule

    def where(self, name: str) -> dict[Any, Plane]:
        """Return each consequence of one kind that follows, and the lines on which it does."""
        found: dict[Any, Plane] = {}
        for value, plane, _ in self.effects(name):
            found[value] = found[value] | plane if value in found else plane
        return found

    def planes(self) -> Iterator[tuple[int, Plane, Plane]]:
        """Yield of each rule its number and the low and the high bit of its answer."""
        for rule, answer in zip(self.questions.rules, self.rules, strict=True):
            high = answer.fails | answer.unknown
            # Certainly failing is 2, so the low bit is set by "holds" (1) and "unknown" (3).
            yield rule.number, answer.asked & (answer.fails ^ self.lines.full), high


class Questions:
    """
    Some rules of a book, asked together.

    Each distinct condition is run once, however many rules share it; periods and the logic of
    "asked and not met" are combined over the answers.
    """

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        """
        Compile the conditions of some rules.

        :raises guomen.core.conditions.RuleError: if one is not a condition
        """
        self.rules = rules
        self.effects = _effects(rules)
        texts = [t for rule in rules for t in (rule.applies, rule.requires) if t is not None]
        places = {text: place for place, text in enumerate(dict.fromkeys(texts))}
        self._conditions = Conditions(tuple(places))
        self._periods = [_period(rule) for rule in rules]
        self._asked = [
            (places[rule.applies], None if rule.requires is None else places[rule.requires])
            for rule in rules
        ]

    def ask(self, lines: Lines, days: Ints) -> Answers:
        """Answer every rule for every line; ``days`` are the ordinals of the lines' days."""
        found = self._conditions.ask(lines)
        binds = _Binding(lines, days)
        rules = [
            _answer(
                binds.on(period),
                found[applies],
                None if requires is None else found[requires],
                lines,
            )
            for period, (applies, requires) in zip(self._periods, self._asked, strict=True)
        ]
        return Answers(self, lines, rules)


def _answer(binds: Plane, applies: Kleene, met: Kleene | None, lines: Lines) -> _Asked:
    asked = binds & (applies.no ^ lines.full)
    yes = binds & applies.yes
    if met is None:
        # A rule without a requirement is one that is never met where it applies.
        return _Asked(yes, asked & (applies.yes ^ lines.full), asked)
    fails = yes & met.no
    return _Asked(fails, asked & ((met.yes | fails) ^ lines.full), asked)


Period = tuple[int, int]


def _period(rule: Rule) -> Period:
    return rule.begins.toordinal(), (rule.ends or date.max).toordinal()


class _Binding:
    """On which lines of a batch a period binds; batches of one day are the rule."""

    def __init__(self, lines: Lines, days: Ints) -> None:
        self._lines, self._days = lines, days
        self._first = int(days.min()) if len(days) else 0
        self._last = int(days.max()) if len(days) else 0
        self._known: dict[Period, Plane] = {}

    def on(self, period: Period) -> Plane:
        known = self._known.get(period)
        if known is None:
            known = self._known[period] = self._found(*period)
        return known

    def _found(self, begins: int, ends: int) -> Plane:
        if begins <= self._first and self._last < ends:
            return self._lines.full
        if self._last < begins or ends <= self._first:
            return self._lines.none
        return self._lines.plane((begins <= self._days) & (self._days < ends))


# -- packing -----------------------------------------------------------------------------------

_PLANES_A_WORD = 2 * RULES_A_WORD
# The three exchanges that transpose eight rows of eight bits held in one word: by how many bits,
# and which bits go up.
_EXCHANGES = tuple(
    (np.uint64(shift), np.uint64(mask))
    for shift, mask in ((7, 0x00AA00AA00AA00AA), (14, 0x0000CCCC0000CCCC), (28, 0xF0F0F0F0))
)


def packed(answers: Sequence[Answers], words: int, lines: Lines) -> Words:
    """
    Return two bits a rule: an array of words × lines.

    The planes hold a rule a row and a line a bit; the words hold a line each. Eight planes by eight
    lines are turned at a time.
    """
    planes = [lines.none] * (words * _PLANES_A_WORD)
    for some in answers:
        for number, low, high in some.planes():
            planes[2 * number], planes[2 * number + 1] = low, high
    rows = lines.rows(planes)
    wide = rows.shape[1]
    if not wide:
        return np.zeros((words, 0), dtype=np.uint64)
    # eights × planes of each × bytes of lines → eights × bytes of lines, one word a block
    blocks = np.array(rows.reshape(words * 8, 8, wide).transpose(0, 2, 1), order="C")
    turned = _transposed(blocks.view("<u8").reshape(words, 8, wide))
    # words × eights × bytes of lines × lines of each → words × lines × eights
    by_line = turned.view(np.uint8).reshape(words, 8, wide, 8).transpose(0, 2, 3, 1)
    found: Words = np.ascontiguousarray(by_line).reshape(words, -1).view("<u8")
    return found[:, : lines.lines]


def _transposed(blocks: Words) -> Words:
    """Transpose every block of eight by eight bits, in place."""
    for shift, mask in _EXCHANGES:
        moved = blocks >> shift
        moved ^= blocks
        moved &= mask
        blocks ^= moved
        moved <<= shift
        blocks ^= moved
    return blocks
