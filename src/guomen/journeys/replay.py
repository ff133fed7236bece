"""
Deriving every stored ruling again, and comparing it byte for byte.

Facts and draw are read from the ledger, orders from their dated register, rules from the books of
admission and of every later stage: nothing else is asked. What differs is named, with what was
stored and what comes out now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from guomen.core.decide import Engine
from guomen.core.matching import OrderSet
from guomen.journeys import rulings, stages
from guomen.rulebooks.book import engine
from guomen.rulebooks.stages import ENGINES
from guomen.supervision.controls import queries as controls
from guomen.supervision.ledger import queries as ledger
from guomen.supervision.ledger.queries import Recorded

CHUNK = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A stored ruling that does not come out again."""

    seq: int
    line: str
    stored: str
    derived: str


@dataclass(slots=True, kw_only=True)
class Replayed:
    """What a replay found so far."""

    equal: int = 0
    erased: list[tuple[int, str]] = field(default_factory=list)
    different: list[Difference] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Tell whether every ruling that can still be read came out again."""
        return not self.different


def replay(
    *, after: int = 0, progress: Callable[[int], None] | None = None, chunk: int = CHUNK
) -> Replayed:
    """Derive every ruling after an entry again; ``progress`` is told how many were read."""
    found = Replayed()
    orders = controls.order_set()
    for part in _chunks(ledger.iter_entries(rulings.KIND, chunk=chunk, after=after), chunk):
        readable = [entry for entry in part if entry.body is not None]
        found.erased += [
            (entry.seq, ledger.erased_by(entry.seq) or "") for entry in part if entry.body is None
        ]
        _compare(readable, orders, engine(), found)
        if progress is not None:
            progress(len(part))
    for kind in ENGINES:
        for part in _chunks(ledger.iter_entries(kind, chunk=chunk, after=after), chunk):
            _replay_stage(kind, part, found)
            if progress is not None:
                progress(len(part))
    return found


def replay_lines(entries: Sequence[Recorded]) -> Replayed:
    """Derive the given rulings again."""
    found = Replayed()
    readable = [entry for entry in entries if entry.body is not None]
    admitted = [entry for entry in readable if entry.kind == rulings.KIND]
    _compare(admitted, controls.order_set(), engine(), found)
    for kind in ENGINES:
        _replay_stage(kind, [entry for entry in readable if entry.kind == kind], found)
    return found


def _replay_stage(kind: str, entries: Sequence[Recorded], found: Replayed) -> None:
    """Derive rulings of a stage after admission again."""
    readable = [entry for entry in entries if entry.body is not None]
    found.erased += [
        (entry.seq, ledger.erased_by(entry.seq) or "") for entry in entries if entry.body is None
    ]
    if readable:
        texts = [entry.body or "" for entry in readable]
        _note(readable, texts, stages.derive(texts, ENGINES[kind]()), found)


def _chunks(entries: Iterator[Recorded], size: int) -> Iterator[list[Recorded]]:
    part: list[Recorded] = []
    for entry in entries:
        part.append(entry)
        if len(part) == size:
            yield part
            part = []
    if part:
        yield part


def _compare(
    entries: Sequence[Recorded], orders: OrderSet, decider: Engine, found: Replayed
) -> None:
    if not entries:
        return
    texts = [entry.body or "" for entry in entries]
    _note(entries, texts, derive(texts, orders, decider), found)


def _note(
    entries: Sequence[Recorded], texts: Sequence[str], again: Sequence[str], found: Replayed
) -> None:
    for entry, text, derived in zip(entries, texts, again, strict=True):
        stored = rulings.ruling_text(text)
        if stored == derived:
            found.equal += 1
        else:
            found.different.append(
                Difference(seq=entry.seq, line=entry.subject, stored=stored, derived=derived)
            )


def derive(texts: Sequence[str], orders: OrderSet, decider: Engine) -> list[str]:
    """Return the ruling part that follows from the facts and draws of ledger bodies."""
    facts, draws = rulings.decode(texts)
    again, matches = decider.admit(facts, orders=orders, draws=draws)
    return rulings.encode_rulings(
        decider,
        again,
        days=facts["on"].to_list(),
        met=rulings.matched(matches, orders, facts.height),
    )
