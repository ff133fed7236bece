"""
The one door to a decision: facts in, rulings out.

``Engine.admit`` is pure. It reads a facts frame (a row a line), the book of rules, the control
orders and the draws, and returns a frame of rulings in the same order. A batch of one and a batch
of a million go the same way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar, Protocol

import numpy as np
import numpy.typing as npt
import polars as pl

from guomen.core import draw
from guomen.core import facts as schema
from guomen.core.answers import Answers, Questions, packed
from guomen.core.errors import GuomenError
from guomen.core.kleene import FEW, Lines, Plane, lines_of
from guomen.core.matching import Followed, Matches, OrderSet
from guomen.core.rules import MILLION, Book
from guomen.core.ruling import MODE_BY_RANK, MODE_RANK, RULES_A_WORD
from guomen.core.severity import BY_SEVERITY, SEVERITY, Outcome

Ints = npt.NDArray[np.int64]

NO_PLAN = "none"
# Lines of one part: its bit planes and codes stay in the cache of a core.
_PART = 65_536
_THREADS = 2
UNSET = -1


class SamplingPolicy(Protocol):
    """How many units a lot gives: arrays in, arrays out (a negative number means unknown)."""

    def plans(self, lots: Ints) -> Mapping[str, Ints]:
        """Return ``n``, ``ac`` and ``re`` for lots of the given numbers of units."""
        ...


class PolicyMissingError(GuomenError):
    """A rule names a sampling policy that the engine was not given."""

    code: ClassVar[str] = "decide.policy-missing"


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
        self._before = Questions(book.before_draw)
        self._after = Questions(book.after_draw)

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
        u = np.full(frame.height, UNSET, dtype=np.int64) if draws is None else draws
        if frame.height <= _PART:
            return self._admit(frame, orders, u)
        firsts = range(0, frame.height, _PART)
        parts = [(frame[i : i + _PART], orders, u[i : i + _PART]) for i in firsts]
        # Nearly all of the work lets go of the interpreter's lock.
        with ThreadPoolExecutor(_THREADS) as threads:
            found = list(threads.map(self._admit, *zip(*parts, strict=True)))
        rulings, matches = zip(*found, strict=True)
        return pl.concat(rulings), Matches.joined(matches)

    def _admit(
        self, frame: pl.DataFrame, orders: OrderSet, u: Ints
    ) -> tuple[pl.DataFrame, Matches]:
        matches = orders.match(frame)
        lines = lines_of(frame)
        days = lines.days()
        plan = _plans(frame["plan"])
        lines.know(_order_columns(matches.followed, lines) | {"plan_state": plan})
        first = self._before.ask(lines, days)
        rate = _worst(first, "rate_ppm")
        # Orders and earlier decisions on the same goods leave a least chance; so does the plan of
        # the day, which may raise what the law asks for and never lowers it.
        floor = np.maximum(matches.followed.floor, _ints(frame["earlier_chance_ppm"], 0))
        floor = np.maximum(floor, _ints(frame["plan_chance_ppm"], 0))
        chance = _chance(rate, first, floor)
        selected = np.where(u < 0, chance >= MILLION, draw.selected(np.maximum(u, 0), chance))

        known = {
            "mode": _modes(first),
            "chance_ppm": pl.Series(chance, dtype=pl.Int64),
            "selected": pl.Series(selected, dtype=pl.Boolean),
        }
        lines.know(known)
        second = self._after.ask(lines, days)
        outcome = _outcome((first, second), _settled(frame, self.book, lines), lines)
        words = packed((first, second), self.words, lines)
        rulings = pl.DataFrame(
            {
                "line": frame["line"],
                "outcome": outcome,
                "rate_ppm": rate,
                **known,
                "u": u,
                "degraded": u < 0,
                "plan": plan,
                **self._samples(first, outcome, frame),
                **{f"answers_{i}": word for i, word in enumerate(words)},
            }
        )
        return rulings, matches

    def _samples(self, answers: Answers, outcome: Ints, frame: pl.DataFrame) -> dict[str, Ints]:
        """Return the sampling plan of the lines that are opened; negative numbers are unknown."""
        chosen = np.full(frame.height, UNSET, dtype=np.int64)
        for name, plane, _ in answers.effects("plan"):
            chosen[answers.lines.mask(plane)] = self.plan_names.index(name)
        chosen[outcome < SEVERITY[Outcome.INSPECT]] = UNSET
        lots = _ints(frame["units_in_lot"], UNSET)
        found = {name: np.full(frame.height, UNSET, dtype=np.int64) for name in ("n", "ac", "re")}
        for number, name in enumerate(self.plan_names):
            rows = np.flatnonzero((chosen == number) & (lots > 0))
            if len(rows):
                for column, values in self.policies[name].plans(lots[rows]).items():
                    found[column][rows] = values
        return {"sampling": chosen, **found}


def _order_columns(followed: Followed, lines: Lines) -> dict[str, pl.Series]:
    """Return the most severe effect of each line's orders; whether a mandatory one may match."""
    return {
        "ordered": lines.named(("none", *BY_SEVERITY.values()), followed.severity + 1),
        "order_possible": pl.Series(followed.possible, dtype=pl.Boolean),
    }


def _plans(column: pl.Series) -> pl.Series:
    """Return the plan of the day of each line, or that there is none."""
    if column.null_count() == len(column):
        return pl.Series([NO_PLAN]).new_from_index(0, len(column))
    return column.fill_null(NO_PLAN)


def _ints(column: pl.Series, unknown: int) -> Ints:
    # Filling is a query of its own, which one line can do without, and a few can do by themselves.
    if not column.null_count():
        return column.to_numpy()
    if len(column) <= FEW:
        return np.array([unknown if value is None else value for value in column.to_list()])
    return column.fill_null(unknown).to_numpy()


def _raised(values: Mapping[int, Plane], lines: Lines) -> Ints:
    """Return the largest value that follows on each line, 0 where none does."""
    worst = np.zeros(lines.lines, dtype=np.int64)
    for value in sorted(values):
        worst[lines.mask(values[value])] = value
    return worst


def _worst(answers: Answers, name: str) -> Ints:
    return _raised(answers.where(name), answers.lines)


def _chance(rate: Ints, answers: Answers, floor: Ints) -> Ints:
    """
    Return rate × the largest factor that may apply, at most 1, at least the floor (ppm).

    Where a rule asks for every lot, no factor thins it.
    """
    factor = _worst(answers, "factor_ppm")
    factor[factor == 0] = MILLION
    np.maximum(factor, MILLION, out=factor, where=rate >= MILLION)
    chance: Ints = np.maximum(np.minimum(rate * factor // MILLION, MILLION), floor)
    return chance


def _modes(answers: Answers) -> pl.Series:
    """Return the closest mode of supervision that may apply, or "none"."""
    ranks = {MODE_RANK[mode]: plane for mode, plane in answers.where("mode").items()}
    return answers.lines.named(("none", *MODE_BY_RANK.values()), _raised(ranks, answers.lines))


def _settled(frame: pl.DataFrame, book: Book, lines: Lines) -> dict[str, Plane]:
    """Return for each rule that an officer settled the lines on which it no longer counts."""
    column = frame["settled_rules"]
    if column.null_count() == frame.height:
        return {}
    rows: dict[str, list[int]] = {}
    for row in np.flatnonzero(column.is_not_null().to_numpy()).tolist():
        for rule in column[row]:
            if rule in book.by_id:
                rows.setdefault(rule, []).append(row)
    return {rule: lines.plane(_mask(some, frame.height)) for rule, some in rows.items()}


def _mask(rows: Sequence[int], lines: int) -> npt.NDArray[np.bool_]:
    mask = np.zeros(lines, dtype=np.bool_)
    mask[rows] = True
    return mask


def _outcome(answers: Sequence[Answers], settled: Mapping[str, Plane], lines: Lines) -> Ints:
    """Return the severity of the most severe outcome that follows from the answers."""
    found: dict[int, Plane] = {}
    for some in answers:
        for outcome, hit, rule in some.effects("outcome"):
            counts = hit & (settled[rule.id] ^ lines.full) if rule.id in settled else hit
            severity = SEVERITY[outcome]
            found[severity] = found[severity] | counts if severity in found else counts
    return _raised(found, lines)
