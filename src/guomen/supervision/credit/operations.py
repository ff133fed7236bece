"""Writes of credit files and the blacklist, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import zip_longest
from typing import Any, ClassVar

from guomen.core.credit import Group, Step, years_after
from guomen.core.errors import GuomenError
from guomen.core.text import Text
from guomen.rulebooks.credit_items import ITEMS, TERMS
from guomen.supervision.bitemporal import MOST_KEYS
from guomen.supervision.credit.lifecycle import (
    BLACKLIST,
    RECORD,
    BlacklistMove,
    BlacklistState,
    RecordMove,
    RecordState,
)
from guomen.supervision.credit.models import (
    Authority,
    BlacklistEntry,
    CreditFile,
    CreditRecord,
    Rating,
    Source,
)

_INSTANT = timedelta(microseconds=1)
_BATCH = 2_000


class ChangedMeanwhileError(GuomenError):
    """Somebody else changed a credit file after it was shown."""

    code: ClassVar[str] = "credit.changed_meanwhile"


class NoCreditFileError(GuomenError):
    """An enterprise has no credit file."""

    code: ClassVar[str] = "credit.no_file"


class NoSuchItemError(GuomenError):
    """No item of that code was in force on a day."""

    code: ClassVar[str] = "credit.no_such_item"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRecord:
    """An act to be put on file: what, when it happened, when it was established, the proof."""

    item: str
    happened_on: date
    counts_from: date
    evidence: str
    source: str = Source.OWN.value
    source_reference: str = ""


def open_file(enterprise_id: int, *, on: date) -> CreditFile:
    """Open the credit file of an enterprise on a day."""
    return CreditFile.objects.create(enterprise_id=enterprise_id, opened_on=on)


def lock(enterprise_id: int, *, seen: int | None = None) -> CreditFile:
    """
    Lock a file and count its version up.

    :raises NoCreditFileError: if the enterprise has none
    :raises ChangedMeanwhileError: if it is not the version that was seen
    """
    file = CreditFile.objects.select_for_update().filter(enterprise_id=enterprise_id).first()
    if file is None:
        raise NoCreditFileError(
            "This enterprise has no credit file yet: open one first.", enterprise=enterprise_id
        )
    if seen is not None and file.version != seen:
        raise ChangedMeanwhileError(
            "Somebody changed this file while you were writing. Look at it again; what you typed "
            "is kept, and sending again counts.",
            version=file.version,
        )
    file.version += 1
    file.save(update_fields=["version"])
    return file


def expiry(counts_from: date, cycles: int) -> date:
    """Return the day from which a record no longer counts: the end of its last cycle."""
    ends = TERMS.on(counts_from).value.cycle_of(counts_from)[1]
    return years_after(ends, cycles - 1)


def draft(enterprise_id: int, new: NewRecord, *, at: datetime, by: str) -> CreditRecord:
    """
    Return the row of a record, not stored yet, by the item in force on the day of the act.

    :raises NoSuchItemError: if there was no such item on that day
    """
    series = ITEMS.get(new.item)
    held = (
        None
        if series is None
        else next((r for r in series.rows if r.in_force(new.happened_on)), None)
    )
    if held is None:
        raise NoSuchItemError(
            f"No item {new.item} was in force on {new.happened_on}: choose one of the catalogue.",
            item=new.item,
            day=new.happened_on,
        )
    item = held.value
    return CreditRecord(
        enterprise_id=enterprise_id,
        item=item.code,
        points=item.points,
        grave=item.grave,
        quality=item.group is Group.QUALITY,
        happened_on=new.happened_on,
        counts_from=new.counts_from,
        expires_on=expiry(new.counts_from, item.cycles),
        source=new.source,
        source_reference=new.source_reference,
        evidence=new.evidence,
        recorded_by=by,
        recorded_at=at,
    )


def move_record(record: CreditRecord, move: RecordMove, **more: Any) -> CreditRecord:
    """
    Make a move of a record's life.

    :raises guomen.core.lifecycle.MoveRefusedError: if the table has no such move
    """
    record.state = RECORD.after(RecordState(record.state), move).value
    for name, value in more.items():
        setattr(record, name, value)
    record.save()
    return record


# Levels ------------------------------------------------------------------------------------------

_Period = tuple[date, date | None, str, int | None, str, date | None]


def store_levels(histories: Mapping[int, Sequence[Step]], *, at: datetime) -> int:
    """
    Make the stored levels those of derived histories, by key of enterprise; return how many moved.

    What is stored and equal stays. What differs is superseded, never edited: what was known before
    can still be read.
    """
    held = _held(histories)
    gone: list[Rating] = []
    fresh: list[Rating] = []
    for enterprise, steps in histories.items():
        wanted = dict.fromkeys(_periods(steps))
        rows = {_period_of(row): row for row in held.get(enterprise, ())}
        outdated = [row for period, row in rows.items() if period not in wanted]
        # A row is superseded later than it was recorded, even within one moment.
        moment = max([at, *(row.recorded_at + _INSTANT for row in outdated)])
        for row in outdated:
            row.superseded_at = moment
        gone += outdated
        fresh += [_rating(enterprise, p, moment) for p in wanted if p not in rows]
    Rating.objects.bulk_update(gone, ["superseded_at"], batch_size=500)
    Rating.objects.bulk_create(fresh, batch_size=_BATCH)
    return len({row.enterprise_id for row in (*gone, *fresh)})


def _held(histories: Mapping[int, Sequence[Step]]) -> dict[int, list[Rating]]:
    rows = Rating.objects.current().filter(authority=Authority.CIQ)
    if len(histories) <= MOST_KEYS:
        rows = rows.filter(enterprise_id__in=list(histories))
    found: dict[int, list[Rating]] = {}
    for row in rows:
        found.setdefault(row.enterprise_id, []).append(row)
    return found


def _periods(steps: Sequence[Step]) -> Iterable[_Period]:
    for step, following in zip_longest(steps, steps[1:]):
        end = following.begins if following else None
        yield step.begins, end, step.level.value, step.score, step.cause.value, step.fallen_on


def _period_of(row: Rating) -> _Period:
    return row.begins, row.ends, row.level, row.score, row.cause, row.fallen_on


def _rating(enterprise: int, period: _Period, at: datetime) -> Rating:
    begins, ends, level, score, cause, fallen_on = period
    return Rating(
        enterprise_id=enterprise,
        level=level,
        score=score,
        cause=cause,
        fallen_on=fallen_on,
        begins=begins,
        ends=ends,
        recorded_at=at,
    )


def rate(held: Rating, level: str, *, on: date, at: datetime, score: int | None = None) -> Rating:
    """Give an enterprise another level from a day on; the level it had before stays on record."""
    return held.succeed(on, at=at, level=level, score=score)


# The blacklist -----------------------------------------------------------------------------------


def propose(
    enterprise_id: int,
    number: str,
    *,
    on: date,
    at: datetime,
    reason: Text,
    by: str = "",
    record: CreditRecord | None = None,
) -> BlacklistEntry:
    """Propose an enterprise for the blacklist; a proposal has no effect on goods."""
    return BlacklistEntry.objects.create(
        enterprise_id=enterprise_id,
        number=number,
        state=BLACKLIST.start,
        reason_zh=reason.zh,
        reason_en=reason.en,
        record=record,
        proposed_by=by,
        begins=on,
        recorded_at=at,
    )


def move(
    entry: BlacklistEntry, move: BlacklistMove, *, on: date, at: datetime, **more: Any
) -> BlacklistEntry:
    """
    Make a move of a blacklist entry's life from a day on.

    The caller has checked who may make it, and the second person for a serious one.

    :raises MoveRefusedError: if the table has no such move from where the entry stands
    """
    state = BLACKLIST.after(BlacklistState(entry.state), move)
    return change(entry, on=on, at=at, state=state, **more)


def change(entry: BlacklistEntry, *, on: date, at: datetime, **more: Any) -> BlacklistEntry:
    """Write something into an entry from a day on; what it said before stays on record."""
    return entry.succeed(on, at=max(at, entry.recorded_at + _INSTANT), **more)
