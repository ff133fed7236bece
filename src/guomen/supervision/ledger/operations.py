"""
Adding to the ledger: batches of entries, erasures by order, the anchor of a day.

Everything runs in the caller's transaction, so that what happened and its record are stored
together or not at all. Not for deciding what to record.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connections, router

from guomen.core import canonical, merkle
from guomen.core.draw import NO_ANCHOR
from guomen.core.errors import GuomenError
from guomen.rulebooks import retention
from guomen.supervision import bulk
from guomen.supervision.ledger import statements
from guomen.supervision.ledger.models import Anchor, Batch, Entry, Erasure, Head
from guomen.supervision.ledger.record import framed, record
from guomen.supervision.ledger.signing import Signer
from guomen.supervision.prepared import PreparedQuery

SALT_BYTES = 16
ERASURE = "erasure"
_ZONE = ZoneInfo("Asia/Shanghai")
_LONGEST = {"kind": 64, "subject": 200, "by": 200}


class OutsideTransaction(GuomenError):
    """The ledger was written outside a transaction."""

    code = "ledger.outside_transaction"


class BadDraft(GuomenError):
    """A draft cannot be recorded as it is."""

    code = "ledger.bad_draft"


class NothingToAppend(GuomenError):
    """A batch without entries was to be added."""

    code = "ledger.nothing_to_append"


class CannotErase(GuomenError):
    """An entry that is to be erased does not exist, is erased already, or is itself an erasure."""

    code = "ledger.cannot_erase"


class KeptLonger(GuomenError):
    """An entry was to be erased before its kind may be."""

    code = "ledger.kept_longer"


class AnchorOutOfOrder(GuomenError):
    """A day was to be anchored after itself or after a later day."""

    code = "ledger.anchor_out_of_order"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """
    What is to be recorded; a body given as text must be canonical JSON of an object.

    ``at`` and ``by`` are those of the batch unless a draft has its own.
    """

    kind: str
    subject: str
    body: Mapping[str, Any] | str
    at: datetime | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A batch with its hashes made, without a place yet."""

    # Kind, subject, moment, author, body, salt, leaf.
    rows: tuple[tuple[str, str, datetime, str, str, bytes, bytes], ...]
    root: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Appended:
    """Where a batch found its place."""

    batch: int
    first: int
    count: int
    root: str
    chain: str

    @property
    def seqs(self) -> range:
        """Return the numbers of the entries, in the order of the drafts."""
        return range(self.first, self.first + self.count)


def prepare(drafts: Iterable[Draft], *, at: datetime, by: str) -> Prepared:
    """
    Make the texts and hashes of a batch; needs neither transaction nor lock.

    :param by: the pseudonymous key of an officer, enterprise or part of the system, never a name.
    :raises BadDraft: a kind, subject or author is empty or too long, or a body is not an object.
    :raises NothingToAppend: there are no drafts.
    """
    listed = list(drafts)
    if not listed:
        raise NothingToAppend("There are no drafts: append only when something happened.")
    _require_sound(listed, by=by)
    frames: dict[tuple[datetime, str, str], tuple[str, str]] = {}
    salts = os.urandom(SALT_BYTES * len(listed))
    rows = []
    for place, draft in enumerate(listed):
        body = _body_text(draft)
        salt = salts[place * SALT_BYTES : (place + 1) * SALT_BYTES]
        key = draft.at or at, draft.by or by, draft.kind
        frame = frames.get(key) or frames.setdefault(key, framed(*key))
        text = record(frame, body, draft.subject).encode()
        rows.append((draft.kind, draft.subject, *key[:2], body, salt, merkle.leaf_hash(salt, text)))
    return Prepared(rows=tuple(rows), root=merkle.root([row[-1] for row in rows]))


def append(
    drafts: Iterable[Draft] | Prepared, *, at: datetime | None = None, by: str | None = None
) -> Appended:
    """
    Add one batch to the ledger, in the caller's transaction.

    Give drafts with `at` and `by`, or what `prepare` made of them: then only the rows are written
    while the end of the chain is locked. The lock is held until the caller's transaction ends.

    :raises OutsideTransaction: there is no transaction.
    :raises BadDraft: drafts came without `at` and `by`, or cannot be recorded.
    """
    prepared = drafts if isinstance(drafts, Prepared) else _prepared(drafts, at=at, by=by)
    head = _locked_head()
    number, first, count = head.batch + 1, head.entries + 1, len(prepared.rows)
    previous = bytes(head.chain)
    chain = merkle.chain_hash(previous, prepared.root, count)
    bulk.insert(
        Batch,
        ("number", "first", "count", "root", "previous", "chain"),
        [(number, first, count, prepared.root, previous, chain)],
    )
    _insert_rows(prepared, batch=number, first=first)
    bulk.update(Head, ("batch", "entries", "chain"), [(head.pk, number, first + count - 1, chain)])
    return Appended(
        batch=number, first=first, count=count, root=prepared.root.hex(), chain=chain.hex()
    )


def erase(seqs: Sequence[int], *, order: str, at: datetime, by: str) -> Appended:
    """
    Destroy body and salt of entries by a recorded order; their leaves stay, so the ledger verifies.

    :param order: the reference of the order, which reports then name.
    :raises CannotErase: an entry is missing, erased already, or itself records an erasure.
    :raises KeptLonger: the time for which an entry must be kept has not ended.
    :raises OutsideTransaction: there is no transaction.
    """
    _require_length("subject", order)
    _locked_head()
    entries = list(Entry.objects.filter(seq__in=seqs).order_by("seq"))
    if len(entries) != len(set(seqs)) or any(
        entry.body is None or entry.kind == ERASURE for entry in entries
    ):
        raise CannotErase(
            "Erase only entries that are there, hold a body and are not erasures themselves.",
            seqs=list(seqs),
        )
    _require_retention_over(entries, at=at)
    body = {"order": order, "entries": [_described(entry) for entry in entries]}
    appended = append([Draft(kind=ERASURE, subject=order, body=body)], at=at, by=by)
    Erasure.objects.bulk_create(
        Erasure(target=entry.seq, order=order, entry_id=appended.first) for entry in entries
    )
    Entry.objects.filter(seq__in=seqs).update(body=None, salt=None)
    return appended


def _require_retention_over(entries: Sequence[Entry], *, at: datetime) -> None:
    on = at.astimezone(_ZONE).date()
    for entry in entries:
        made = entry.at.astimezone(_ZONE).date()
        until = retention.kept_until(entry.kind, made=made, on=on)
        if until is None or on < until:
            end = f"may be erased from {until} on, not on {on}" if until else "is kept for ever"
            raise KeptLonger(
                f"Entry {entry.seq} ({entry.kind}, {made}) {end}: leave it out of the order.",
                seq=entry.seq,
                kind=entry.kind,
                until=until.isoformat() if until else None,
            )


def anchor(day: date, *, at: datetime, signer: Signer) -> Anchor:
    """
    Sign the state of the ledger as that of a day: everything since the anchor before.

    :raises AnchorOutOfOrder: this day or a later one is anchored already.
    :raises OutsideTransaction: there is no transaction.
    """
    head = _locked_head()
    last = Anchor.objects.order_by("-day").first()
    if last is not None and last.day >= day:
        raise AnchorOutOfOrder(
            f"{last.day} is anchored already; the next anchor is for a later day, not {day}.",
            last=last.day.isoformat(),
            day=day.isoformat(),
        )
    first = last.batch + 1 if last else 1
    roots = Batch.objects.filter(number__gte=first, number__lte=head.batch).order_by("number")
    made = Anchor(
        day=day,
        at=at,
        first=first,
        batch=head.batch,
        entries=head.entries,
        root=merkle.root([bytes(root) for root in roots.values_list("root", flat=True)]).hex(),
        chain=bytes(head.chain).hex(),
        previous=statements.digest(statements.of(last)) if last else NO_ANCHOR,
        public_key=signer.public_key.hex(),
    )
    made.signature = signer.sign(statements.of(made).encode()).hex()
    made.save(force_insert=True)
    return made


def _prepared(drafts: Iterable[Draft], *, at: datetime | None, by: str | None) -> Prepared:
    if at is None or by is None:
        raise BadDraft("Say when (at) and by whom (by), or pass what `prepare` returned.")
    return prepare(drafts, at=at, by=by)


def _locked_head() -> Head:
    connection = connections[router.db_for_write(Head)]
    if not connection.in_atomic_block:
        raise OutsideTransaction(
            "The ledger is written in the transaction of what it records: call it inside "
            "`transaction.atomic()`."
        )
    # On SQLite the transaction is IMMEDIATE: it holds the one write lock from its beginning.
    found = _LOCKED_HEAD.rows()
    if not found:
        Head.objects.bulk_create([Head(id=1, chain=merkle.GENESIS)], ignore_conflicts=True)
        found = _LOCKED_HEAD.rows()
    ((batch, entries, chain),) = found
    return Head(id=1, batch=batch, entries=entries, chain=chain)


_LOCKED_HEAD = PreparedQuery(
    Head,
    lambda: Head.objects.select_for_update().values_list("batch", "entries", "chain"),
)


_COLUMNS = "seq, batch_id, kind, subject, at, by, body, salt, leaf"


def _insert_rows(prepared: Prepared, *, batch: int, first: int) -> None:
    connection = connections[router.db_for_write(Entry)]
    moments = {
        at: connection.ops.adapt_datetimefield_value(at) for at in {row[2] for row in prepared.rows}
    }
    rows = (
        (seq, batch, kind, subject, moments[at], by, body, salt, leaf)
        for seq, (kind, subject, at, by, body, salt, leaf) in enumerate(prepared.rows, first)
    )
    with connection.cursor() as cursor:
        _INSERT[connection.vendor](cursor, rows)


def _insert_many(cursor: Any, rows: Iterable[tuple[Any, ...]]) -> None:
    cursor.executemany(
        f"INSERT INTO ledger_entry ({_COLUMNS}) "  # noqa: S608 - columns are a constant
        "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        list(rows),
    )


def _copy(cursor: Any, rows: Iterable[tuple[Any, ...]]) -> None:
    wrapped = connections[router.db_for_write(Entry)].wrap_database_errors
    with wrapped, cursor.copy(f"COPY ledger_entry ({_COLUMNS}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


_INSERT: dict[str, Callable[[Any, Iterable[tuple[Any, ...]]], None]] = {
    "sqlite": _insert_many,
    "postgresql": _copy,
}


def _require_sound(drafts: Sequence[Draft], *, by: str) -> None:
    for author in {by, *(draft.by for draft in drafts if draft.by is not None)}:
        _require_length("by", author)
    for kind in {draft.kind for draft in drafts}:
        _require_length("kind", kind)
    if not 0 < min(len(d.subject) for d in drafts) <= max(len(d.subject) for d in drafts) <= 200:
        for draft in drafts:
            _require_length("subject", draft.subject)


def _require_length(name: str, text: str) -> None:
    if not 0 < len(text) <= _LONGEST[name] or "\x00" in text:
        raise BadDraft(
            f"`{name}` must have 1 to {_LONGEST[name]} characters and no NUL; it has {len(text)}.",
            field=name,
            length=len(text),
        )


def _body_text(draft: Draft) -> str:
    if isinstance(draft.body, str):
        # A cheap look only: the caller vouches that it came from `canonical.dumps`.
        if draft.body[:1] == "{" and draft.body[-1:] == "}":
            return draft.body
    elif isinstance(draft.body, Mapping):
        return canonical.dumps(draft.body)
    raise BadDraft(
        f"The body of {draft.kind} for {draft.subject} must be an object or its canonical JSON.",
        kind=draft.kind,
        subject=draft.subject,
    )


def _described(entry: Entry) -> dict[str, Any]:
    """Return what stays known of an erased entry; its leaf alone could no longer prove it."""
    return {
        "at": entry.at,
        "by": entry.by,
        "kind": entry.kind,
        "leaf": bytes(entry.leaf).hex(),
        "seq": entry.seq,
        "subject": entry.subject,
    }
