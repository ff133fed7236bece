"""
The one door to a decision: facts in, rulings out.

``Engine.admit`` is pure. It reads a facts frame (a row a line), the book of rules, the control
orders and the draws, and returns a frame of rulings in the same order. A batch of one and a batch
of a million go the same way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, Protocol

import numpy as np
import numpy.typing as npt
import polars as pl

from guomen.core import draw
from guomen.core import facts as schema
from guomen.core.controls import Matches, OrderSet
from guomen.core.errors import GuomenError
from guomen.core.rules import MILLION, Book, Rule, expression
from guomen.core.ruling import MODE_BY_RANK, MODE_RANK, RULES_A_WORD
from guomen.core.severity import BY_SEVERITY, SEVERITY, Outcome

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

NO_PLAN = "none"
UNSET = -1


class SamplingPolicy(Protocol):
    """How many units a lot gives: arrays in, arrays out (a negative number means unknown)."""

    def plans(self, lots: Ints) -> Mapping[str, Ints]:
        """Return ``n``, ``ac`` and ``re`` for lots of the given numbers of units."""
        ...


class PolicyMissingError(GuomenError):
    """A rule names a sampling policy that the engine was not given."""

    code: ClassVar[str] = "decide.policy-missing"


@dataclass(frozen=True, slots=True)
class _Effect:
    """One consequence of a rule that counts: the rule's place, and after which answer."""

    place: int
    value: Any
    unknown: bool
    rule: Rule


EFFECTS = ("outcome", "rate_ppm", "factor_ppm", "mode", "plan")


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
class _Answers:
    """
    The answers of some rules: a row a rule, a column a line.

    The rows are arrays of their own for many lines, and rows of one array for a few.
    """

    asked_of: _Questions
    fails: Sequence[Bools] | Bools
    unknown: Sequence[Bools] | Bools
    asked: Sequence[Bools] | Bools
    failing: Sequence[bool]  # whether each rule fails on any line
    unsure: Sequence[bool]

    @classmethod
    def of(cls, asked_of: _Questions, found: tuple[Sequence[Bools] | Bools, ...]) -> _Answers:
        """Bind the three answers (fails, unknown, asked), noting which occur at all."""
        fails, unknown, asked = found
        failing, unsure = (_somewhere(rows) for rows in (fails, unknown))
        return cls(asked_of, fails, unknown, asked, failing, unsure)

    def effects(self, name: str) -> Iterator[tuple[Any, Bools, Rule]]:
        """Yield each consequence of one kind with the lines on which it follows."""
        for effect in self.asked_of.effects[name]:
            if (self.unsure if effect.unknown else self.failing)[effect.place]:
                lines = self.unknown if effect.unknown else self.fails
                yield effect.value, lines[effect.place], effect.rule

    def pack(self, words: npt.NDArray[np.uint64]) -> None:
        """Write two bits a rule into the words (shape: words × lines)."""
        if isinstance(self.fails, np.ndarray):
            self._pack_few(words)
            return
        rows = zip(self.asked_of.rules, self.fails, self.unknown, self.asked, strict=True)
        for rule, fails, unknown, asked in rows:
            code = _codes(fails, unknown, asked)
            code <<= np.uint64(2 * (rule.number % RULES_A_WORD))
            words[rule.number // RULES_A_WORD] |= code

    def _pack_few(self, words: npt.NDArray[np.uint64]) -> None:
        numbers = np.array([rule.number for rule in self.asked_of.rules], dtype=np.uint64)
        codes = _codes(*(np.asarray(rows) for rows in (self.fails, self.unknown, self.asked)))
        codes <<= (numbers % np.uint64(RULES_A_WORD) * np.uint64(2))[:, None]
        for word in range(len(words)):
            here = numbers // np.uint64(RULES_A_WORD) == word
            words[word] |= np.bitwise_or.reduce(codes[here], axis=0)


def _somewhere(rows: Sequence[Bools] | Bools) -> Sequence[bool]:
    if isinstance(rows, np.ndarray):
        return [bool(somewhere) for somewhere in np.any(rows, axis=1)]
    return [bool(lines.any()) for lines in rows]


def _codes(fails: Bools, unknown: Bools, asked: Bools) -> npt.NDArray[np.uint64]:
    high = (fails | unknown).view(np.uint8)
    low = ((asked & ~fails) | unknown).view(np.uint8)
    return ((high << 1) | low).astype(np.uint64)


@dataclass(frozen=True, slots=True)
class _Kleene:
    """A three-valued answer over the lines: certainly so, certainly not, else unknown."""

    yes: Bools
    no: Bools


class _Questions:
    """
    Some rules of a book, asked together.

    Each distinct condition is run once, however many rules share it; periods and the logic of
    "asked and not met" are combined over the answers.
    """

    def __init__(self, rules: tuple[Rule, ...]) -> None:
        self.rules = rules
        self.effects = _effects(rules)
        texts = [t for rule in rules for t in (rule.applies, rule.requires) if t is not None]
        self._texts = tuple(dict.fromkeys(texts))
        self._expressions = [
            expression(text).alias(str(number)) for number, text in enumerate(self._texts)
        ]
        places = {text: place for place, text in enumerate(self._texts)}
        # A rule without a requirement is one that is never met where it applies.
        never = len(self._texts)
        self._applies = np.array([places[rule.applies] for rule in rules], dtype=np.int64)
        self._requires = np.array(
            [never if rule.requires is None else places[rule.requires] for rule in rules],
            dtype=np.int64,
        )
        self._begins = np.array([rule.begins.toordinal() for rule in rules], dtype=np.int64)
        self._ends = np.array(
            [(rule.ends or date.max).toordinal() for rule in rules], dtype=np.int64
        )

    def ask(self, frame: pl.DataFrame) -> _Answers:
        """Answer every rule for every line of a frame."""
        if not self.rules:
            return _Answers.of(self, ((), (), ()))
        found = frame.select(self._expressions)
        days = frame["on"].to_physical().to_numpy()
        if frame.height <= _FEW:
            return self._few(found, days.astype(np.int64) + _EPOCH)
        answers = {
            text: _kleene(column, frame.height)
            for text, column in zip(self._texts, found.get_columns(), strict=True)
        }
        rows = [_violated(rule, answers, days) for rule in self.rules]
        return _Answers.of(self, tuple(zip(*rows, strict=True)))

    def _few(self, found: pl.DataFrame, days: Ints) -> _Answers:
        """Answer all rules at once: a call for each rule costs more than a short list does."""
        # Conditions without facts, such as TRUE, come back as one row for all lines.
        rows = found.rows() if found.height == len(days) else found.rows() * len(days)
        never = (False,)
        values = [line + never for line in rows] or np.zeros((0, len(self._texts) + 1))
        table = np.array(values, dtype=object).T
        yes, no = table == True, table == False  # noqa: E712 - unknown is neither
        binds = (self._begins[:, None] <= days) & (days < self._ends[:, None])
        asked = binds & ~no[self._applies]
        fails = binds & yes[self._applies] & no[self._requires]
        return _Answers.of(self, (fails, asked & ~yes[self._requires] & ~fails, asked))


def _kleene(column: pl.Series, lines: int) -> _Kleene:
    # A condition without facts, such as TRUE, comes back as a single value.
    whole = column if len(column) == lines else column.new_from_index(0, lines)
    yes = whole.fill_null(value=False).to_numpy()
    no = ~yes if not whole.null_count() else ~whole.fill_null(value=True).to_numpy()
    return _Kleene(yes, no)


_FEW = 64
_EPOCH = date(1970, 1, 1).toordinal()


def _violated(
    rule: Rule, answers: Mapping[str, _Kleene], days: npt.NDArray[np.int32]
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


class Engine:
    """
    A book and its sampling policies, compiled once and used for many batches.

    ``policies`` gives the sampling policy behind each ``plan`` that a rule of the book names.
    """

    def __init__(self, book: Book, *, policies: Mapping[str, SamplingPolicy]) -> None:
        """
        Compile the conditions of the book.

        :raises PolicyMissingError: if a rule names a sampling policy that is not given
        """
        named = {c.plan for r in book.rules for c in (r.consequence, r.if_unknown) if c.plan}
        if named - set(policies):
            raise PolicyMissingError(
                f"give the engine the sampling policies {sorted(named - set(policies))}"
            )
        self.book = book
        self.policies = dict(policies)
        self.plan_names = tuple(sorted(policies))
        self.words = -(-len(book.rules) // RULES_A_WORD)
        self._before = _Questions(book.before_draw)
        self._after = _Questions(book.after_draw)

    def admit(
        self, facts: pl.DataFrame, *, orders: OrderSet, draws: Ints | None
    ) -> tuple[pl.DataFrame, Matches]:
        """
        Rule on every line of a facts frame.

        ``draws`` holds each line's ``u`` in [0, 2**52); a negative number, or None for the whole
        batch, means that no key could be had: then only lines with a certain chance are selected
        and the ruling says that it is degraded. Returns the rulings, a row a line in the order
        of ``facts``, and the control orders that met them.

        :raises guomen.core.facts.FactsSchemaError: if the frame is not a facts frame
        """
        frame = schema.checked(facts)
        lines = frame.height
        matches = orders.match(frame)
        u = np.full(lines, UNSET, dtype=np.int64) if draws is None else draws
        settled = _settled(frame, self.book)

        controlled = frame.hstack(_order_columns(matches, orders, lines))
        first = self._before.ask(controlled)
        rate = _worst(first, "rate_ppm", lines)
        chance = _chance(rate, first, _floors(matches, orders, frame))
        selected = np.where(u < 0, chance >= MILLION, draw.selected(np.maximum(u, 0), chance))

        known = {
            "mode": _modes(first, lines),
            "chance_ppm": pl.Series(chance, dtype=pl.Int64),
            "selected": pl.Series(selected, dtype=pl.Boolean),
        }
        second = self._after.ask(
            controlled.hstack([column.alias(name) for name, column in known.items()])
        )
        outcome = np.maximum(_outcome(first, settled, lines), _outcome(second, settled, lines))
        words = np.zeros((self.words, lines), dtype=np.uint64)
        first.pack(words)
        second.pack(words)
        rulings = pl.DataFrame(
            {
                "line": frame["line"],
                "outcome": outcome,
                "rate_ppm": rate,
                **known,
                "u": u,
                "degraded": u < 0,
                **self._samples(first, outcome, frame),
                **{f"answers_{i}": word for i, word in enumerate(words)},
            }
        )
        return rulings, matches

    def _samples(self, answers: _Answers, outcome: Ints, frame: pl.DataFrame) -> dict[str, Ints]:
        """Return the sampling plan of the lines that are opened; negative numbers are unknown."""
        chosen = np.full(frame.height, UNSET, dtype=np.int64)
        for name, lines, _ in answers.effects("plan"):
            chosen[lines] = self.plan_names.index(name)
        opened = outcome >= SEVERITY[Outcome.INSPECT]
        chosen[~opened] = UNSET
        lots = _ints(frame["units_in_lot"], UNSET)
        found = {name: np.full(frame.height, UNSET, dtype=np.int64) for name in ("n", "ac", "re")}
        for number, name in enumerate(self.plan_names):
            rows = np.flatnonzero((chosen == number) & (lots > 0))
            if len(rows):
                for column, values in self.policies[name].plans(lots[rows]).items():
                    found[column][rows] = values
        return {"sampling": chosen, **found}


def _order_columns(matches: Matches, orders: OrderSet, lines: int) -> list[pl.Series]:
    """Return the most severe effect of each line's orders; whether a mandatory one may match."""
    worst = np.full(lines, UNSET, dtype=np.int64)
    possible = np.zeros(lines, dtype=np.bool_)
    for line, order, certain in matches.parts:
        # An order that may match and is not mandatory is followed as if it did.
        if certain:
            np.maximum.at(worst, line, orders.severities[order])
            continue
        holds = orders.mandatory[order]
        possible[line[holds]] = True
        np.maximum.at(worst, line[~holds], orders.severities[order[~holds]])
    names = pl.Series(["none", *BY_SEVERITY.values()], dtype=pl.String)
    return [
        names.gather(worst + 1).alias("ordered"),
        pl.Series("order_possible", possible, dtype=pl.Boolean),
        pl.Series("plan_state", [NO_PLAN]).new_from_index(0, lines),
    ]


def _ints(column: pl.Series, unknown: int) -> Ints:
    # Filling is a query of its own, which one line can do without.
    filled = column.fill_null(unknown) if column.null_count() else column
    return filled.to_numpy()


def _floors(matches: Matches, orders: OrderSet, frame: pl.DataFrame) -> Ints:
    """Return the least chance that orders and earlier decisions on the same goods leave."""
    floor = _ints(frame["earlier_chance_ppm"], 0).copy()
    if orders.floors.any():
        for line, order, _ in matches.parts:
            np.maximum.at(floor, line, orders.floors[order])
    return floor


def _worst(answers: _Answers, name: str, lines: int) -> Ints:
    worst = np.zeros(lines, dtype=np.int64)
    for value, hit, _ in answers.effects(name):
        np.maximum(worst, value, out=worst, where=hit)
    return worst


def _chance(rate: Ints, answers: _Answers, floor: Ints) -> Ints:
    """
    Return rate × the largest factor that may apply, at most 1, at least the floor (ppm).

    Where a rule asks for every lot, no factor thins it.
    """
    factor = _worst(answers, "factor_ppm", len(rate))
    factor[factor == 0] = MILLION
    np.maximum(factor, MILLION, out=factor, where=rate >= MILLION)
    chance: Ints = np.maximum(np.minimum(rate * factor // MILLION, MILLION), floor)
    return chance


def _modes(answers: _Answers, lines: int) -> pl.Series:
    """Return the closest mode of supervision that may apply, or "none"."""
    rank = np.zeros(lines, dtype=np.int64)
    for mode, hit, _ in answers.effects("mode"):
        np.maximum(rank, MODE_RANK[mode], out=rank, where=hit)
    return pl.Series(["none", *MODE_BY_RANK.values()], dtype=pl.String).gather(rank)


def _settled(frame: pl.DataFrame, book: Book) -> dict[str, Ints]:
    """Return for each rule that an officer settled the lines on which it no longer counts."""
    column = frame["settled_rules"]
    if column.null_count() == frame.height:
        return {}
    rows: dict[str, list[int]] = {}
    for row in np.flatnonzero(column.is_not_null().to_numpy()).tolist():
        for rule in column[row]:
            if rule in book.by_id:
                rows.setdefault(rule, []).append(row)
    return {rule: np.array(lines, dtype=np.int64) for rule, lines in rows.items()}


def _outcome(answers: _Answers, settled: Mapping[str, Ints], lines: int) -> Ints:
    """Return the severity of the most severe outcome that follows from the answers."""
    worst = np.zeros(lines, dtype=np.int64)
    for outcome, hit, rule in answers.effects("outcome"):
        counts = hit
        if rule.id in settled:
            counts = hit.copy()
            counts[settled[rule.id]] = False
        np.maximum(worst, SEVERITY[outcome], out=worst, where=counts)
    return worst
