"""
Reading the ledger: entries of a subject, the latest ruling of many, all of a kind, one proof.

Rows come out as frozen values. Permission is the caller's: whoever may see a subject may see its
entries. Nothing is verified here; see `verification`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple, cast

from django.db.models import Max, Min, QuerySet

from guomen.core import canonical, merkle
from guomen.core.draw import NO_ANCHOR
from guomen.core.errors import GuomenError
from guomen.supervision.ledger import statements
from guomen.supervision.ledger.models import Anchor, Batch, DrawKey, Entry, Erasure, Head
from guomen.supervision.ledger.record import framed, record
from guomen.supervision.prepared import PreparedQuery

PROOF_FORMAT = "guomen-proof-1"
# Far below the number of parameters that SQLite and PostgreSQL take in one statement.
_AT_ONCE = 5_000


class NoSuchEntry(GuomenError):
    """An entry was asked for that the ledger does not have."""

    code = "ledger.no_such_entry"


class EntryErased(GuomenError):
    """The contents of an entry were asked for after their erasure."""

    code = "ledger.entry_erased"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One entry of the ledger; the body is None after an erasure."""

    seq: int
    batch: int
    kind: str
    subject: str
    at: datetime
    by: str
    body: str | None

    @property
    def erased(self) -> bool:
        """Tell whether the contents were destroyed by an order."""
        return self.body is None

    def value(self) -> dict[str, Any]:
        """
        Return the body as plain values.

        :raises EntryErased: there is no body any more.
        """
        if self.body is None:
            raise EntryErased(
                f"The contents of entry {self.seq} were erased by order; `erased_by` says which.",
                seq=self.seq,
            )
        return cast("dict[str, Any]", canonical.loads(self.body))


class Bare(NamedTuple):
    """What replay reads of an entry; the body is None after an erasure."""

    seq: int
    subject: str
    body: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedKey:
    """What the public may know of the draw key of a day; hexadecimal."""

    day: date
    agency: str
    commitment: str
    committed_at: datetime
    demonstration: bool
    key: str | None
    revealed_at: datetime | None


def head() -> tuple[int, int, str]:
    """Return the number of batches, the number of entries and the chain value in hexadecimal."""
    for batch, entries, chain in _HEAD.rows():
        return batch, entries, bytes(chain).hex()
    return 0, 0, merkle.GENESIS.hex()


_HEAD = PreparedQuery(Head, lambda: Head.objects.values_list("batch", "entries", "chain"))


def newest_moment() -> datetime | None:
    """Return the latest moment of the newest entries; None while the ledger is empty."""
    newest = Entry.objects.order_by("-seq").values_list("at", flat=True)[:_LOOKED_BACK]
    return max(newest, default=None)


# Entries of one bulk file carry their own moments, so the very last need not be the latest.
_LOOKED_BACK = 5_000


def entry(seq: int) -> Recorded:
    """
    Return one entry.

    :raises NoSuchEntry: there is none with this number.
    """
    return _recorded(_entry_row(seq))


def entries_of(subject: str, *, kind: str | None = None) -> tuple[Recorded, ...]:
    """Return the entries of one subject, oldest first; of one kind if it is given."""
    rows = Entry.objects.filter(subject=subject)
    return tuple(map(_recorded, (rows.filter(kind=kind) if kind else rows).order_by("seq")))


def latest(kind: str, subjects: Sequence[str]) -> dict[str, Recorded]:
    """Return the newest entry of a kind for each subject that has one."""
    return _one_each(kind, subjects, Max("seq"))


def first(kind: str, subjects: Sequence[str]) -> dict[str, Recorded]:
    """Return the oldest entry of a kind for each subject that has one."""
    return _one_each(kind, subjects, Min("seq"))


def _one_each(kind: str, subjects: Sequence[str], which: Max | Min) -> dict[str, Recorded]:
    found: dict[str, Recorded] = {}
    for start in range(0, len(subjects), _AT_ONCE):
        part = subjects[start : start + _AT_ONCE]
        chosen = (
            Entry.objects.filter(kind=kind, subject__in=part)
            .values("subject")
            .annotate(chosen=which)
            .values_list("chosen", flat=True)
            .order_by()
        )
        for row in Entry.objects.filter(seq__in=list(chosen)):
            found[row.subject] = _recorded(row)
    return found


def iter_entries(
    kind: str | None = None, *, chunk: int = 10_000, after: int = 0
) -> Iterator[Recorded]:
    """Yield entries in ledger order, oldest first, with at most `chunk` of them in memory."""
    rows: QuerySet[Entry] = Entry.objects.order_by("seq")
    if kind is not None:
        rows = rows.filter(kind=kind)
    columns = ("seq", "batch_id", "kind", "subject", "at", "by", "body")
    while part := list(rows.filter(seq__gt=after).values_list(*columns)[:chunk]):
        for seq, batch, what, subject, at, by, body in part:
            yield Recorded(
                seq=seq, batch=batch, kind=what, subject=subject, at=at, by=by, body=body
            )
        after = part[-1][0]


def iter_bodies(kind: str, *, chunk: int, after: int = 0) -> Iterator[list[Bare]]:
    """Yield the entries of a kind in ledger order, a list of at most `chunk` at a time."""
    rows = Entry.objects.filter(kind=kind).order_by("seq").values_list("seq", "subject", "body")
    while part := list(map(Bare._make, rows.filter(seq__gt=after)[:chunk])):
        yield part
        after = part[-1].seq


def count(kind: str | None = None) -> int:
    """Return how many entries there are, of one kind if it is given."""
    return Entry.objects.filter(kind=kind).count() if kind else head()[1]


def erased_by(seq: int) -> str | None:
    """Return the order by which an entry was erased, or None."""
    return Erasure.objects.filter(target=seq).values_list("order", flat=True).first()


def proof(seq: int) -> dict[str, Any]:
    """
    Return a JSON document that proves one entry without showing any other.

    It holds the record and its salt, the path to the root of the batch, and, once the batch is
    anchored, the path to the root of the day with the signed statement. `proofs.verify_proof` and
    the mechanism page say how to check it.

    :raises NoSuchEntry: there is no such entry.
    :raises EntryErased: its contents were erased by order.
    """
    row = _entry_row(seq)
    if row.body is None or row.salt is None:
        raise EntryErased(f"Entry {seq} was erased by order {erased_by(seq)}.", seq=seq)
    batch = Batch.objects.get(number=row.batch_id)
    leaves = Entry.objects.filter(batch=batch).order_by("seq").values_list("leaf", flat=True)
    return {
        "anchor": _anchor_proof(batch),
        "batch": {
            "chain": bytes(batch.chain).hex(),
            "count": batch.count,
            "first": batch.first,
            "number": batch.number,
            "previous": bytes(batch.previous).hex(),
            "root": bytes(batch.root).hex(),
        },
        "entry": {
            "record": record(framed(row.at, row.by, row.kind), row.body, row.subject),
            "salt": bytes(row.salt).hex(),
            "seq": row.seq,
        },
        "format": PROOF_FORMAT,
        "path": _path(leaves, row.seq - batch.first),
    }


def previous_anchor(day: date) -> str:
    """Return the digest of the last anchor before a day: what the draws of that day mix in."""
    row = Anchor.objects.filter(day__lt=day).order_by("-day").first()
    return statements.digest(statements.of(row)) if row else NO_ANCHOR


def anchors() -> tuple[dict[str, str], ...]:
    """Return every anchor as it is published, oldest first."""
    return tuple(statements.exported(row) for row in Anchor.objects.order_by("day"))


def draw_keys(agency: str | None = None) -> tuple[PublishedKey, ...]:
    """Return what is public about draw keys, by day."""
    rows = DrawKey.objects.order_by("day", "agency")
    return tuple(map(_published, rows.filter(agency=agency) if agency else rows))


def draw_key(day: date, agency: str) -> PublishedKey | None:
    """Return what is public about the key of one day, or None when none was committed."""
    row = DrawKey.objects.filter(day=day, agency=agency).first()
    return _published(row) if row else None


def _published(row: DrawKey) -> PublishedKey:
    return PublishedKey(
        day=row.day,
        agency=row.agency,
        commitment=row.commitment,
        committed_at=row.committed_at,
        demonstration=row.demonstration,
        key=row.key,
        revealed_at=row.revealed_at,
    )


def _entry_row(seq: int) -> Entry:
    row = Entry.objects.filter(seq=seq).first()
    if row is None:
        raise NoSuchEntry(f"The ledger has no entry {seq}. Check the number.", seq=seq)
    return row


def _recorded(row: Entry) -> Recorded:
    return Recorded(
        seq=row.seq,
        batch=row.batch_id,
        kind=row.kind,
        subject=row.subject,
        at=row.at,
        by=row.by,
        body=row.body,
    )


def _anchor_proof(batch: Batch) -> dict[str, Any] | None:
    row = Anchor.objects.filter(batch__gte=batch.number).order_by("batch").first()
    if row is None:
        return None
    of_day = Batch.objects.filter(number__gte=row.first, number__lte=row.batch).order_by("number")
    path = _path(of_day.values_list("root", flat=True), batch.number - row.first)
    return {**statements.exported(row), "path": path}


def _path(hashes: Iterable[bytes | memoryview], index: int) -> list[str]:
    leaves = [bytes(value) for value in hashes]
    return [sibling.hex() for sibling in merkle.inclusion_proof(leaves, index)]
