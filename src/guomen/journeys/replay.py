"""
Deriving every stored ruling again, and comparing it byte for byte.

Facts and draw are read from the ledger, orders from their dated register, rules from the books of
admission and of every later stage: nothing else is asked. What differs is named, with what was
stored and what comes out now.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

from guomen.core.decide import Engine
from guomen.core.matching import OrderSet
from guomen.journeys import collecting, rulings, stages
from guomen.rulebooks.book import engine
from guomen.rulebooks.stages import ENGINES
from guomen.supervision.controls import queries as controls
from guomen.supervision.ledger import queries as ledger
from guomen.supervision.ledger.queries import Bare, Recorded

CHUNK = 5_000


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


Derive = Callable[[Sequence[str]], list[str]]
# A thread derives while this one reads on; the parts between them bound the memory.
_THREADS, _WAITING = 2, 3


def replay(
    *, after: int = 0, progress: Callable[[int], None] | None = None, chunk: int = CHUNK
) -> Replayed:
    """Derive every ruling after an entry again; ``progress`` is told how many were read."""
    found = Replayed()
    with collecting.seldom():
        for kind, again in _ways(controls.order_set()).items():
            for compared in _in_turn(ledger.iter_bodies(kind, chunk=chunk, after=after), again):
                found.equal += compared.equal
                found.different += compared.different
                found.erased += [(seq, ledger.erased_by(seq) or "") for seq in compared.erased]
                if progress is not None:
                    progress(compared.read)
    return found


def replay_lines(entries: Sequence[Recorded]) -> Replayed:
    """Derive the given rulings again."""
    found = Replayed()
    for kind, again in _ways(controls.order_set()).items():
        part = [Bare(e.seq, e.subject, e.body) for e in entries if e.kind == kind and e.body]
        compared = _compare(part, again)
        found.equal += compared.equal
        found.different += compared.different
    return found


def _ways(orders: OrderSet) -> Mapping[str, Derive]:
    """Return for each kind of ruling how it is derived from the facts in its body."""
    later = {kind: partial(stages.derive, engine=stage()) for kind, stage in ENGINES.items()}
    return {rulings.KIND: partial(derive, orders=orders, decider=engine()), **later}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compared:
    """What came out of one part."""

    read: int
    equal: int
    erased: Sequence[int]
    different: Sequence[Difference]


def _in_turn(parts: Iterable[Sequence[Bare]], again: Derive) -> Iterator[_Compared]:
    """Compare part after part, some of them at once; answers come in the order of the parts."""
    waiting: deque[Future[_Compared]] = deque()
    with ThreadPoolExecutor(_THREADS) as threads:
        for part in parts:
            waiting.append(threads.submit(_compare, part, again))
            if len(waiting) == _WAITING:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _compare(part: Sequence[Bare], again: Derive) -> _Compared:
    readable = [(entry, entry.body) for entry in part if entry.body is not None]
    texts = [text for _, text in readable]
    different = [
        Difference(seq=entry.seq, line=entry.subject, stored=stored, derived=derived)
        for (entry, text), derived in zip(readable, again(texts) if texts else (), strict=True)
        for stored in [rulings.ruling_text(text)]
        if stored != derived
    ]
    return _Compared(
        read=len(part),
        equal=len(texts) - len(different),
        erased=[entry.seq for entry in part if entry.body is None],
        different=different,
    )


def derive(texts: Sequence[str], orders: OrderSet, decider: Engine) -> list[str]:
    """Return the ruling part that follows from the facts and draws of ledger bodies."""
    facts, draws = rulings.decode(texts)
    again, matches = decider.admit(facts, orders=orders, draws=draws)
    return rulings.encode_rulings(
        decider,
        again,
        facts=facts,
        met=rulings.matched(matches, orders, facts.height),
    )
