"""
Reading the whole ledger again to find what was changed: every hash, link, signature and order.

The walk streams: memory does not grow with the number of entries, only by 32 bytes a batch. It
reads rows past the ORM, because what the database really holds is the question. It repairs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg
from django.db import connection

from guomen.core import canonical, merkle
from guomen.core.canonical import NotCanonical
from guomen.core.draw import NO_ANCHOR
from guomen.core.text import Text
from guomen.supervision.ledger import guards, statements
from guomen.supervision.ledger.models import Anchor
from guomen.supervision.ledger.operations import ERASURE
from guomen.supervision.ledger.record import framed, quoted
from guomen.supervision.ledger.signing import key_id, signed_by
from guomen.supervision.ledger.statements import Statement

Progress = Callable[[int, int], None]

SAYS = {
    "entry.changed": Text(
        zh="记录 {seq} 的内容与其哈希不符：被改动。", en="Entry {seq} was edited: its hash differs."
    ),
    "entry.missing": Text(
        zh="批次 {batch} 的记录 {seq} 至 {detail} 缺失。",
        en="Entries {seq} to {detail} of batch {batch} are missing.",
    ),
    "entry.foreign": Text(
        zh="记录 {seq} 不属于任何批次：被插入。", en="Entry {seq} was inserted: no batch has it."
    ),
    "entry.moved": Text(
        zh="记录 {seq} 被移入批次 {batch} 之外。", en="Entry {seq} does not name its batch {batch}."
    ),
    "entry.erased_without_order": Text(
        zh="记录 {seq} 的内容被清除，却没有清除令。",
        en="Entry {seq} was emptied without a recorded order.",
    ),
    "entry.erasure_differs": Text(
        zh="已清除的记录 {seq} 与清除令所载不符。",
        en="Erased entry {seq} differs from what its order names.",
    ),
    "batch.missing": Text(
        zh="批次 {batch} 至 {detail} 缺失。", en="Batches {batch} to {detail} are missing."
    ),
    "batch.place": Text(
        zh="批次 {batch} 的起始序号不连续。",
        en="Batch {batch} does not begin where the last ended.",
    ),
    "batch.root": Text(
        zh="批次 {batch} 的记录与其根哈希不符：有改动、增删或换序。",
        en="Batch {batch} has other entries, or another order, than its root.",
    ),
    "batch.chain": Text(
        zh="批次 {batch} 与前一批次的链接断裂。",
        en="Batch {batch} does not follow from the one before.",
    ),
    "batch.foreign": Text(zh="批次 {batch} 在链尾之后。", en="Batch {batch} lies beyond the head."),
    "head.differs": Text(
        zh="链尾登记与最后批次 {batch} 不符。", en="The head does not name the last batch {batch}."
    ),
    "anchor.differs": Text(
        zh="锚点 {detail} 与批次 {batch} 处的链不符：其前的历史被改写。",
        en="Anchor {detail} differs from the chain at batch {batch}: what it signed was rewritten.",
    ),
    "anchor.cut_tail": Text(
        zh="锚点 {detail} 证明曾有批次 {batch}：链尾被截断。",
        en="Anchor {detail} proves that batch {batch} existed: the tail was cut.",
    ),
    "anchor.signature": Text(
        zh="锚点 {detail} 的签名无效或不可信。",
        en="Anchor {detail} has no valid, trusted signature.",
    ),
    "anchor.sequence": Text(
        zh="锚点 {detail} 不接续前一锚点。", en="Anchor {detail} does not follow the one before."
    ),
    "guard.missing": Text(
        zh="数据库的防改触发器 {detail} 不在。", en="The guarding trigger {detail} is not in place."
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaw:
    """One contradiction: what it is, and where."""

    code: str
    seq: int | None = None
    batch: int | None = None
    detail: str = ""

    @property
    def sentence(self) -> Text:
        """Return what was found, for people."""
        says, place = SAYS[self.code], {"seq": self.seq, "batch": self.batch, "detail": self.detail}
        return Text(zh=says.zh.format(**place), en=says.en.format(**place))


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a verification found; `unanchored` are the entries that no anchor covers yet."""

    entries: int
    batches: int
    anchors: int
    chain: str
    erased: dict[int, str]
    unanchored: range
    flaws: tuple[Flaw, ...]

    @property
    def holds(self) -> bool:
        """Tell whether nothing was found."""
        return not self.flaws


@dataclass(slots=True)
class _Walk:
    """What is known so far on the way through the ledger."""

    flaws: list[Flaw] = field(default_factory=list)
    roots: list[bytes] = field(default_factory=list)
    chain: bytes = merkle.GENESIS
    number: int = 0
    seq: int = 0
    emptied: dict[int, tuple[str, ...]] = field(default_factory=dict)
    erased: dict[int, str] = field(default_factory=dict)
    anchored: int = 0
    anchored_entries: int = 0
    anchors: int = 0

    def flaw(self, code: str, **place: Any) -> None:
        self.flaws.append(Flaw(code=code, **place))


# seq, batch, kind, subject, at (canonical text), by, body, salt, leaf
_Row = tuple[int, int, str, str, str, str, str | None, bytes | None, Any]
# number, first, count, root, previous, chain
_BatchRow = tuple[int, int, int, bytes, bytes, bytes]


def verify(
    *,
    anchor_file: Path | None = None,
    trusted_keys: frozenset[bytes] | None = None,
    progress: Progress | None = None,
    chunk: int = 10_000,
) -> Report:
    """
    Verify the ledger from its first entry, against its own anchors and those of an exported file.

    Without a file, one who owns the database could have rewritten everything, anchors included;
    without trusted keys, a signature only shows that anchors were not edited one by one.

    :param trusted_keys: public keys to be believed (`signing.trusted_keys`); None believes any.
    :param progress: called after each chunk with entries read and entries in all.
    :raises BadAnchorFile: the file is not an export of anchors.
    """
    head = _head()
    walk = _Walk()
    anchors = _anchors(walk, anchor_file=anchor_file, trusted_keys=trusted_keys)
    rows = _Rows(_entries(head[1], chunk=chunk, progress=progress))
    _check_anchors(walk, anchors)
    for batch in _batches(head[0], chunk=chunk):
        _check_batch(walk, batch, rows)
        _check_anchors(walk, anchors)
    _check_ends(walk, head, rows)
    for statement in anchors:
        walk.flaw("anchor.cut_tail", batch=statement.batch, detail=statement.day)
    for name in guards.missing(connection):
        walk.flaw("guard.missing", detail=name)
    return Report(
        entries=walk.seq,
        batches=walk.number,
        anchors=walk.anchors,
        chain=walk.chain.hex(),
        erased=walk.erased,
        unanchored=range(walk.anchored_entries + 1, walk.seq + 1),
        flaws=tuple(walk.flaws),
    )


# A forged number must not cost memory: anchors after so wide a gap differ in any case.
_MOST_PADDED = 100_000


class _Rows:
    """The stream of entries, from which each batch takes its own."""

    def __init__(self, rows: Iterator[_Row]) -> None:
        self._rows = rows
        self._next = next(rows, None)

    def below(self, seq: int) -> Iterator[_Row]:
        """Yield and consume the entries before a number."""
        row, rows = self._next, self._rows
        while row is not None and row[0] < seq:
            yield row
            row = next(rows, None)
        self._next = row


def _check_batch(walk: _Walk, batch: _BatchRow, rows: _Rows) -> None:
    number, first, count, root, previous, chain = batch
    if number > walk.number + 1:
        walk.flaw("batch.missing", batch=walk.number + 1, detail=str(number - 1))
        walk.roots += [b""] * min(number - 1 - walk.number, _MOST_PADDED)
    if number == walk.number + 1 and first != walk.seq + 1:
        walk.flaw("batch.place", batch=number)
    for row in list(rows.below(first)):
        walk.flaw("entry.foreign", seq=row[0])
    leaves = _check_entries(walk, batch, rows.below(first + count))
    if merkle.root(leaves) != root:
        walk.flaw("batch.root", batch=number)
    if previous != walk.chain or merkle.chain_hash(previous, root, max(count, 0)) != chain:
        walk.flaw("batch.chain", batch=number)
    walk.number, walk.seq, walk.chain = number, first + count - 1, chain
    walk.roots.append(root)


def _check_entries(walk: _Walk, batch: _BatchRow, rows: Iterable[_Row]) -> list[bytes]:
    """Check the entries of one batch against their own leaves, and return these leaves."""
    number, first, count = batch[:3]
    expected, leaves = first, []
    frames: dict[tuple[str, str, str], tuple[str, str]] = {}
    for row in rows:
        seq, leaf = row[0], row[8]
        if seq != expected:
            walk.flaw("entry.missing", seq=expected, batch=number, detail=str(seq - 1))
        expected = seq + 1
        leaves.append(_hash(leaf))
        if row[1] != number:
            walk.flaw("entry.moved", seq=seq, batch=number)
        try:
            sound = _is_sound(walk, row, frames)
        except (AttributeError, KeyError, TypeError, ValueError, NotCanonical):
            # What a column should never hold was written past the program.
            sound = False
        if not sound:
            walk.flaw("entry.changed", seq=seq, batch=number)
    if expected < first + count:
        walk.flaw("entry.missing", seq=expected, batch=number, detail=str(first + count - 1))
    return leaves


def _is_sound(walk: _Walk, row: _Row, frames: dict[tuple[str, str, str], tuple[str, str]]) -> bool:
    seq, _, kind, subject, at, by, body, salt, leaf = row
    if body is None or salt is None:
        walk.emptied[seq] = (at, by, kind, leaf.hex(), subject)
        return True
    frame = frames.get((at, by, kind)) or frames.setdefault((at, by, kind), framed(at, by, kind))
    text = f"{frame[0]}{body}{frame[1]}{quoted(subject)}}}"
    if sha256(b"\x00" + salt + text.encode()).digest() != leaf:
        return False
    if kind == ERASURE:
        _note_erasure(walk, canonical.loads(body))
    return True


def _note_erasure(walk: _Walk, body: dict[str, Any]) -> None:
    for named in body["entries"]:
        seq = named["seq"]
        kept = walk.emptied.pop(seq, None)
        walk.erased[seq] = body["order"]
        if kept != tuple(named[name] for name in ("at", "by", "kind", "leaf", "subject")):
            walk.flaw("entry.erasure_differs", seq=seq)


def _check_ends(walk: _Walk, head: tuple[int, int, bytes], rows: _Rows) -> None:
    for seq in walk.emptied:
        walk.flaw("entry.erased_without_order", seq=seq)
    for row in list(rows.below(head[1] + 1)):
        walk.flaw("entry.foreign", seq=row[0])
    if (walk.number, walk.seq, walk.chain) != head:
        walk.flaw("head.differs", batch=walk.number)
    # Each in one statement, so that a batch that is being added meanwhile is not taken for a flaw.
    for (seq,) in _rows(_BEYOND.format(key="seq", table="ledger_entry", end="entries")):
        walk.flaw("entry.foreign", seq=seq)
    for (number,) in _rows(_BEYOND.format(key="number", table="ledger_batch", end="batch")):
        walk.flaw("batch.foreign", batch=number)


def _anchors(
    walk: _Walk, *, anchor_file: Path | None, trusted_keys: frozenset[bytes] | None
) -> list[Statement]:
    """Return all anchors by batch, having checked their signatures and their own sequence."""
    kept = [statements.parse(statements.exported(row)) for row in Anchor.objects.order_by("day")]
    published = statements.read_anchors(anchor_file) if anchor_file else []
    for sequence in (kept, published):
        previous = NO_ANCHOR
        for statement in sequence:
            _check_signature(walk, statement, trusted_keys)
            if statement.previous != previous:
                walk.flaw("anchor.sequence", batch=statement.batch, detail=statement.day)
            previous = statements.digest(statement.text)
    return sorted([*kept, *published], key=lambda statement: statement.batch)


def _check_signature(
    walk: _Walk, statement: Statement, trusted_keys: frozenset[bytes] | None
) -> None:
    believed = trusted_keys is None or statement.public_key in trusted_keys
    if not believed or not signed_by(
        statement.public_key, statement.signature, statement.text.encode()
    ):
        detail = f"{statement.day} ({key_id(statement.public_key)})"
        walk.flaw("anchor.signature", batch=statement.batch, detail=detail)


def _check_anchors(walk: _Walk, anchors: list[Statement]) -> None:
    """Check and consume the anchors of the batch that the walk has just passed."""
    while anchors and anchors[0].batch <= walk.number:
        said = anchors.pop(0)
        walk.anchors += 1
        root = merkle.root(walk.roots[said.first - 1 : said.batch])
        if (walk.number, walk.seq, walk.chain, root) == (
            said.batch,
            said.entries,
            said.chain,
            said.root,
        ):
            walk.anchored, walk.anchored_entries = said.batch, said.entries
        else:
            walk.flaw("anchor.differs", batch=said.batch, detail=said.day)


# Reading past the ORM ----------------------------------------------------------------------------

_BEYOND = "SELECT {key} FROM {table} WHERE {key} > COALESCE((SELECT {end} FROM ledger_head), 0)"
_AT = {
    # The text as it is stored: Django's converter would cost more than the hash.
    "sqlite": "REPLACE(CAST(at AS TEXT), ' ', 'T') || 'Z'",
    "postgresql": "at",
}


def _head() -> tuple[int, int, bytes]:
    for batch, entries, chain in _rows("SELECT batch, entries, chain FROM ledger_head"):
        return _whole(batch), _whole(entries), _hash(chain)
    return 0, 0, merkle.GENESIS


def _batches(last: int, *, chunk: int) -> Iterator[_BatchRow]:
    query = (
        "SELECT number, first, count, root, previous, chain FROM ledger_batch "
        "WHERE number > %s AND number <= %s ORDER BY number LIMIT %s"
    )
    for page in _pages(query, last, chunk=chunk):
        for number, first, count, *hashes in page:
            root, previous, chain = map(_hash, hashes)
            yield number, _whole(first), _whole(count), root, previous, chain


def _entries(last: int, *, chunk: int, progress: Progress | None) -> Iterator[_Row]:
    query = (
        f"SELECT seq, batch_id, kind, subject, {_AT[connection.vendor]}, by, body, salt, leaf "  # noqa: S608
        "FROM ledger_entry WHERE seq > %s AND seq <= %s ORDER BY seq LIMIT %s"
    )
    convert, done = _CONVERT[connection.vendor], 0
    for page in _pages(query, last, chunk=chunk):
        yield from map(convert, page) if convert else page
        done += len(page)
        if progress:
            progress(done, last)


def _from_postgresql(row: tuple[Any, ...]) -> _Row:
    seq, batch, kind, subject, at, by, body, salt, leaf = row
    moment = _moment(at)
    return seq, batch, kind, subject, moment, by, body, salt and bytes(salt), bytes(leaf)


# The entries of a batch share their moment.
_moment = lru_cache(maxsize=64)(canonical.utc_text)

# SQLite gives back what was stored, of whatever type: a row needs no conversion, only suspicion.
_CONVERT: dict[str, Callable[[Any], _Row] | None] = {
    "sqlite": None,
    "postgresql": _from_postgresql,
}


def _hash(value: Any) -> bytes:
    return bytes(value) if isinstance(value, (bytes, memoryview)) else b""


def _whole(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _pages(query: str, last: int, *, chunk: int) -> Iterator[list[tuple[Any, ...]]]:
    after = -(2**62)
    while page := _rows(query, after, last, chunk):
        yield page
        after = page[-1][0]


def _rows(query: str, *values: Any) -> list[tuple[Any, ...]]:
    connection.ensure_connection()
    with _CURSOR[connection.vendor]() as cursor:
        cursor.execute(query, values)
        return list(cursor.fetchall())


def _binary_cursor() -> Any:
    # Django's own cursor fetches hashes as hexadecimal text, which takes twice the time of a page.
    cursor = psycopg.Cursor(connection.connection)
    cursor.format = psycopg.pq.Format.BINARY
    return cursor


_CURSOR: dict[str, Callable[[], Any]] = {
    "sqlite": lambda: connection.cursor(),
    "postgresql": _binary_cursor,
}
