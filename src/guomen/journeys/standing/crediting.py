"""
Credit files: what is put on file, disputed and withdrawn, and the level that follows every time.

Whatever changes a file is followed, in the same transaction, by deriving its level again from the
whole file. So what is shown is always what the records give. Rulings that were made stand; open
ones that read another level are flagged.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import ClassVar

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from guomen.core.credit import rate
from guomen.core.errors import GuomenError
from guomen.journeys.clearance import Lodgement
from guomen.journeys.standing import acting, reconsidering
from guomen.journeys.tallies import Tally
from guomen.rulebooks.credit_items import ANSWER_DAYS, TERMS
from guomen.supervision.agencies import operations as agencies
from guomen.supervision.credit import operations, queries
from guomen.supervision.credit.lifecycle import (
    DISPUTE,
    DisputeMove,
    DisputeState,
    RecordMove,
)
from guomen.supervision.credit.models import CreditFile, CreditRecord, Dispute, Rating
from guomen.supervision.credit.operations import NewRecord
from guomen.supervision.parties.models import Enterprise

OPENED = "credit.opened"
RECORDED = "credit.recorded"
WITHDRAWN = "credit.withdrawn"
DISPUTED = "credit.disputed"
ANSWERED = "credit.answered"
RATED = "credit.rated"


class RecordRefusedError(GuomenError):
    """A record cannot be put on file as written."""

    code: ClassVar[str] = "credit.record_refused"


class NotYoursError(GuomenError):
    """An enterprise disputes its own records only."""

    code: ClassVar[str] = "credit.not_yours"


def open_file(enterprise: Enterprise, *, how: Lodgement) -> CreditFile:
    """Open the credit file of an enterprise; it begins at the level of entry."""
    with transaction.atomic():
        acting.note(OPENED, enterprise.reference, {}, how=how)
        made = operations.open_file(enterprise.pk, on=acting.day_of(how))
        rerate([enterprise.pk], at=how.at)
    return made


def record(
    enterprise: Enterprise, new: NewRecord, *, how: Lodgement, seen: int | None = None
) -> CreditRecord:
    """
    Put an act on file; a grave one changes the level at once.

    :raises RecordRefusedError: if the days are not in order or the evidence is missing
    :raises guomen.supervision.credit.operations.NoSuchItemError: for an item not in force
    :raises guomen.supervision.credit.operations.ChangedMeanwhileError: if ``seen`` is outdated
    :raises guomen.supervision.agencies.operations.ConflictOfInterestError: for an own interest
    """
    require_sound(new, at=how.at)
    with transaction.atomic():
        row = operations.draft(enterprise.pk, new, at=how.at, by=how.by)
        body = {"item": row.item, "points": row.points, "source": row.source}
        acting.note(RECORDED, enterprise.reference, body, how=how)
        acting.require_no_interest(how, enterprise.pk, among=acting.OWN_INTERESTS)
        operations.lock(enterprise.pk, seen=seen)
        row.save()
        rerate([enterprise.pk], at=how.at)
    return row


def require_sound(new: NewRecord, *, at: datetime) -> None:
    """
    Refuse a record whose days are out of order or that has no evidence.

    :raises RecordRefusedError: with what to do about it
    """
    today = acting.day_of(Lodgement(at=at, by="", agency=""))
    if not new.evidence.strip():
        raise RecordRefusedError("Name the evidence: the enterprise reads and may dispute it.")
    if not new.happened_on <= new.counts_from <= today:
        raise RecordRefusedError(
            "The act comes first, then the day on which it was established, and neither lies "
            f"ahead of today: {new.happened_on}, {new.counts_from}, {today}.",
            happened_on=new.happened_on,
            counts_from=new.counts_from,
        )


def withdraw(
    row: CreditRecord, *, because: str, how: Lodgement, seen: int | None = None
) -> CreditRecord:
    """
    Take a record that was wrong out of the rating; a second person does it, never its author.

    :raises guomen.core.lifecycle.MoveRefusedError: if it is withdrawn already
    :raises guomen.supervision.agencies.operations.SamePersonError: for who recorded it
    """
    reason = acting.require_reason(because)
    agencies.require_second_person(how.by, row.recorded_by)
    with transaction.atomic():
        reference = row.enterprise.reference
        acting.note(WITHDRAWN, reference, {"record": row.reference, "because": reason}, how=how)
        acting.require_no_interest(how, row.enterprise_id)
        operations.lock(row.enterprise_id, seen=seen)
        held = CreditRecord.objects.select_for_update().get(pk=row.pk)
        _withdraw(held, because=reason, how=how)
        Dispute.objects.filter(record=held, state=DisputeState.OPEN).update(
            state=DisputeState.UPHELD, answer=reason, answered_by=how.by, answered_at=how.at
        )
        rerate([row.enterprise_id], at=how.at)
    return held


def _withdraw(row: CreditRecord, *, because: str, how: Lodgement) -> None:
    operations.move_record(
        row,
        RecordMove.WITHDRAW,
        withdrawn_by=how.by,
        withdrawn_at=how.at,
        withdrawn_because=because,
    )


# Disputes ----------------------------------------------------------------------------------------


def dispute(row: CreditRecord, *, grounds: str, how: Lodgement, enterprise: Enterprise) -> Dispute:
    """
    Dispute a record for the enterprise that it is about; ordinary points wait for the answer.

    :raises NotYoursError: if the record is about another enterprise
    :raises guomen.core.lifecycle.MoveRefusedError: if it is disputed or withdrawn already
    """
    if row.enterprise_id != enterprise.pk:
        raise NotYoursError("This record is not about your enterprise.", record=row.reference)
    reason = acting.require_reason(grounds)
    days = ANSWER_DAYS.on(acting.day_of(how)).value
    with transaction.atomic():
        acting.note(DISPUTED, enterprise.reference, {"record": row.reference}, how=how)
        operations.lock(enterprise.pk)
        held = CreditRecord.objects.select_for_update().get(pk=row.pk)
        operations.move_record(held, RecordMove.DISPUTE)
        made = Dispute.objects.create(
            record=held,
            grounds=reason,
            lodged_by=how.by,
            lodged_at=how.at,
            due_at=how.at + timedelta(days=days),
        )
        rerate([enterprise.pk], at=how.at)
    return made


def answer(found: Dispute, *, uphold: bool, text: str, how: Lodgement) -> Dispute:
    """
    Answer a dispute; upheld, the record is withdrawn and the level derived again.

    :raises guomen.core.lifecycle.MoveRefusedError: if it was answered or taken back already
    :raises guomen.supervision.agencies.operations.SamePersonError: for who made the record
    :raises guomen.supervision.agencies.operations.ConflictOfInterestError: for an own interest
    """
    reason = acting.require_reason(text)
    row = found.record
    agencies.require_second_person(how.by, row.recorded_by)
    with transaction.atomic():
        body = {"record": row.reference, "upheld": uphold}
        acting.note(ANSWERED, row.enterprise.reference, body, how=how)
        acting.require_no_interest(how, row.enterprise_id)
        operations.lock(row.enterprise_id)
        held = Dispute.objects.select_for_update().select_related("record").get(pk=found.pk)
        move = DisputeMove.UPHOLD if uphold else DisputeMove.REJECT
        held.state = DISPUTE.after(DisputeState(held.state), move).value
        held.answer, held.answered_by, held.answered_at = reason, how.by, how.at
        held.save()
        if uphold:
            _withdraw(held.record, because=reason, how=how)
        else:
            operations.move_record(held.record, RecordMove.CONFIRM)
        rerate([row.enterprise_id], at=how.at)
    return held


def take_back(found: Dispute, *, how: Lodgement, enterprise: Enterprise) -> Dispute:
    """
    Take a dispute back; the record counts again.

    :raises NotYoursError: if it is not the enterprise's own
    :raises guomen.core.lifecycle.MoveRefusedError: if it was answered already
    """
    if found.record.enterprise_id != enterprise.pk:
        raise NotYoursError("This dispute is not of your enterprise.")
    with transaction.atomic():
        acting.note(ANSWERED, enterprise.reference, {"taken_back": found.record.reference}, how=how)
        operations.lock(enterprise.pk)
        held = Dispute.objects.select_for_update().select_related("record").get(pk=found.pk)
        held.state = DISPUTE.after(DisputeState(held.state), DisputeMove.TAKE_BACK).value
        held.answered_at = how.at
        held.save()
        operations.move_record(held.record, RecordMove.CONFIRM)
        rerate([enterprise.pk], at=how.at)
    return held


# Levels ------------------------------------------------------------------------------------------


def rerate(enterprises: Collection[int], *, at: datetime) -> int:
    """
    Derive the levels of enterprises, by key, from their files; return how many moved.

    In the caller's transaction, which holds the files' locks.
    """
    day = acting.day_of(Lodgement(at=at, by="", agency=""))
    terms = TERMS.on(day).value
    files = queries.dossiers(enterprises)
    histories = {key: rate(file, on=day, terms=terms) for key, file in files.items()}
    moved = operations.store_levels(histories, at=at)
    if moved:
        reconsidering.flag_levels(enterprises, at=at)
    return moved


def close_cycle(*, how: Lodgement, path: str = "/") -> int:
    """
    Rate every file of a subtree whose cycle ended since it was last rated; return how many moved.

    Calling it again, or late, changes nothing more.
    """
    due = due_files(how=how, path=path)
    with transaction.atomic():
        body = {"files": len(due), "path": path}
        acting.note(RATED, how.agency, body, how=how)
        list(CreditFile.objects.select_for_update().filter(enterprise__in=due[:_LOCKED]))
        return rerate(due, at=how.at)


# Beyond so many files the ledger's own lock orders the writers.
_LOCKED = 20_000


_DUE: Tally[int] = Tally(Rating, Enterprise)


def due_count(*, how: Lodgement, path: str = "/") -> int:
    """Count the files that `due_files` names; kept for as long as no level changes."""
    return _DUE.at((path, acting.day_of(how)), _due(how, path).count)


def due_files(*, how: Lodgement, path: str = "/") -> Sequence[int]:
    """Return the enterprises, by key, that were not rated since the running cycle began."""
    return list(_due(how, path).values_list("enterprise_id", flat=True))


def _due(how: Lodgement, path: str) -> QuerySet[CreditFile]:
    day = acting.day_of(how)
    begins, _ = TERMS.on(day).value.cycle_of(day)
    rated = Rating.objects.current().filter(
        enterprise=OuterRef("enterprise_id"), begins__gte=begins
    )
    return CreditFile.objects.filter(
        ~Exists(rated), enterprise__agency__path__startswith=path, opened_on__lt=begins
    )
