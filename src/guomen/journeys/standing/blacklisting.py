"""
The blacklist: proposed, told, heard, decided by another person, published, repaired, left.

Nobody is listed unheard: the enterprise has its working days, or has spoken. A listing binds goods
from the next ruling on; an open appeal suspends its publication and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, ClassVar

from django.db import transaction
from django.db.models import Max

from guomen.core.credit import years_after
from guomen.core.errors import GuomenError
from guomen.journeys.clearance import Lodgement
from guomen.journeys.consignments import ZONE
from guomen.journeys.standing import acting
from guomen.journeys.standing.crediting import NotYoursError
from guomen.rulebooks import calendar
from guomen.rulebooks.credit_items import HEARING_WORKING_DAYS, ITEMS, LISTED_YEARS
from guomen.supervision.agencies import operations as agencies
from guomen.supervision.credit import operations
from guomen.supervision.credit.lifecycle import BlacklistMove, BlacklistState, RecordState
from guomen.supervision.credit.models import BlacklistEntry, CreditRecord
from guomen.supervision.parties.models import Enterprise

KIND = "blacklist"
MAINLAND = "mainland"


class ListingRefusedError(GuomenError):
    """An entry of the blacklist cannot be made or moved as asked."""

    code: ClassVar[str] = "blacklist.refused"


def propose(row: CreditRecord, *, how: Lodgement) -> BlacklistEntry:
    """
    Propose the enterprise of a record for the blacklist.

    :raises ListingRefusedError: if the record is no ground for it or the enterprise is on it
    """
    version = next(v for v in ITEMS[row.item].rows if v.in_force(row.happened_on))
    item = version.value
    if not item.blacklist or row.state == RecordState.WITHDRAWN:
        raise ListingRefusedError(
            f"{row.reference} is no ground for the blacklist: choose a grave act that stands.",
            record=row.reference,
        )
    day = acting.day_of(how)
    with transaction.atomic():
        acting.note(f"{KIND}.propose", row.enterprise.reference, {"record": row.reference}, how=how)
        acting.require_no_interest(how, row.enterprise_id, among=acting.OWN_INTERESTS)
        operations.lock(row.enterprise_id)
        if open_entry(row.enterprise_id) is not None:
            raise ListingRefusedError(
                "This enterprise is proposed or listed already: look at the entry that there is."
            )
        return operations.propose(
            row.enterprise_id,
            _number(day),
            on=day,
            at=how.at,
            reason=item.says,
            by=how.by,
            record=row,
        )


def _number(day: date) -> str:
    prefix = f"BL-{day.year}-"
    last = BlacklistEntry.objects.filter(number__startswith=prefix).aggregate(n=Max("number"))["n"]
    return f"{prefix}{int(last.removeprefix(prefix)) + 1 if last else 1:03d}"


OPEN_STATES = tuple(
    state
    for state in BlacklistState
    if state not in (BlacklistState.DROPPED, BlacklistState.EXITED)
)


def open_entry(enterprise_id: int) -> BlacklistEntry | None:
    """Return the entry of an enterprise that is proposed, told, listed, or about to leave."""
    return (
        BlacklistEntry.objects.current()
        .filter(enterprise_id=enterprise_id, ends=None, state__in=OPEN_STATES)
        .first()
    )


def newest(number: str) -> BlacklistEntry:
    """
    Return an entry as it stands now.

    :raises ListingRefusedError: if there is none of that number
    """
    rows = BlacklistEntry.objects.current().select_related("enterprise__agency", "record")
    found = rows.filter(number=number, ends=None).first()
    if found is None:
        raise ListingRefusedError(f"There is no entry {number}.", number=number)
    return found


def move(
    number: str, move: BlacklistMove, *, reason: str, how: Lodgement, seen: int | None = None
) -> BlacklistEntry:
    """
    Make an officer's move of an entry: notify, list, drop, keep, release.

    :raises ListingRefusedError: if the enterprise may still speak, or it is too early to leave
    :raises guomen.core.lifecycle.MoveRefusedError: if the table has no such move
    :raises guomen.supervision.agencies.operations.SamePersonError: for who proposed it
    :raises guomen.journeys.standing.acting.NotAtBureauError: for a decision at a branch
    :raises guomen.supervision.credit.operations.ChangedMeanwhileError: if ``seen`` is outdated
    """
    text = acting.require_reason(reason)
    with transaction.atomic():
        entry = newest(number)
        body = {"number": number, "move": move.value}
        acting.note(f"{KIND}.{move.value}", entry.enterprise.reference, body, how=how)
        entry = _locked(entry, seen)
        changes = _CHANGES[move](entry, how) if move in _CHANGES else {}
        return operations.move(
            entry,
            move,
            on=acting.day_of(how),
            at=how.at,
            decision=text,
            **changes,
        )


def _locked(entry: BlacklistEntry, seen: int | None) -> BlacklistEntry:
    operations.lock(entry.enterprise_id)
    held = newest(entry.number)
    if seen is not None and held.pk != seen:
        raise operations.ChangedMeanwhileError(
            "Somebody moved this entry while you were writing. Look at it again; what you typed "
            "is kept, and sending again counts."
        )
    return held


def _told(entry: BlacklistEntry, how: Lodgement) -> dict[str, Any]:
    del entry
    days = HEARING_WORKING_DAYS.on(acting.day_of(how)).value
    limit = calendar.deadline(how.at, working_days=days, calendar=MAINLAND, zone=ZONE)
    return {"heard_until": limit}


def _decided(entry: BlacklistEntry, how: Lodgement) -> dict[str, Any]:
    agencies.require_second_person(how.by, entry.proposed_by)
    acting.require_no_interest(how, entry.enterprise_id)
    acting.require_bureau(how)
    return {"decided_by": how.by}


def _listed(entry: BlacklistEntry, how: Lodgement) -> dict[str, Any]:
    changes = _decided(entry, how)
    if entry.heard_until is not None and how.at <= entry.heard_until and not entry.statement:
        raise ListingRefusedError(
            "The enterprise may state its case until "
            f"{entry.heard_until:%Y-%m-%d %H:%M} UTC: decide after that, or once it has spoken.",
            until=entry.heard_until.isoformat(),
        )
    return changes | {"listed_on": acting.day_of(how)}


def _released(entry: BlacklistEntry, how: Lodgement) -> dict[str, Any]:
    day, least = acting.day_of(how), exit_from(entry)
    if least is not None and day < least:
        raise ListingRefusedError(
            f"An enterprise stays listed until {least} at least.", until=least.isoformat()
        )
    return _decided(entry, how) | {"appeal_open": False}


def exit_from(entry: BlacklistEntry) -> date | None:
    """Return the first day on which a listed enterprise may leave."""
    if entry.listed_on is None:
        return None
    return years_after(entry.listed_on, LISTED_YEARS.on(entry.listed_on).value)


_CHANGES: Mapping[BlacklistMove, Any] = MappingProxyType(
    {
        BlacklistMove.NOTIFY: _told,
        BlacklistMove.LIST: _listed,
        BlacklistMove.RELEASE: _released,
        BlacklistMove.KEEP: _decided,
    }
)


# What the enterprise does ------------------------------------------------------------------------


def state_case(number: str, text: str, *, how: Lodgement, enterprise: Enterprise) -> BlacklistEntry:
    """
    Let an enterprise state its case before it is listed.

    :raises ListingRefusedError: if it was not told yet, or the time is over
    """
    entry = _own(number, enterprise)
    open_now = entry.heard_until is not None and how.at <= entry.heard_until
    if entry.state != BlacklistState.NOTIFIED or not open_now:
        raise ListingRefusedError("The time to state your case is not running.")
    return _write(entry, "statement", text, how, statement=acting.require_reason(text))


def apply_for_exit(
    number: str, repair: str, *, how: Lodgement, enterprise: Enterprise
) -> BlacklistEntry:
    """
    Apply to leave the list with a report of what was repaired.

    :raises ListingRefusedError: if it is too early
    :raises guomen.core.lifecycle.MoveRefusedError: if the enterprise is not listed
    """
    entry = _own(number, enterprise)
    least = exit_from(entry)
    if least is not None and acting.day_of(how) < least:
        raise ListingRefusedError(
            f"You may apply from {least} on; the list is kept for "
            f"{LISTED_YEARS.on(least).value} year at least.",
            until=least.isoformat(),
        )
    text = acting.require_reason(repair)
    with transaction.atomic():
        acting.note(f"{KIND}.apply_for_exit", enterprise.reference, {"number": number}, how=how)
        held = _locked(entry, None)
        day = acting.day_of(how)
        return operations.move(held, BlacklistMove.APPLY_FOR_EXIT, on=day, at=how.at, repair=text)


def appeal(number: str, text: str, *, how: Lodgement, enterprise: Enterprise) -> BlacklistEntry:
    """
    Appeal against a listing: its publication waits, its effect on goods goes on.

    :raises ListingRefusedError: if the enterprise is not listed
    """
    entry = _own(number, enterprise)
    if entry.state != BlacklistState.LISTED:
        raise ListingRefusedError("Only a listing that was decided can be appealed against.")
    reason = acting.require_reason(text)
    return _write(entry, "appeal", text, how, appeal=reason, appeal_open=True)


def close_appeal(number: str, *, reason: str, how: Lodgement) -> BlacklistEntry:
    """
    Reject an appeal: the entry is published again. (Where it is right, drop the record instead.)

    :raises guomen.supervision.agencies.operations.SamePersonError: for who decided the listing
    """
    entry = newest(number)
    agencies.require_second_person(how.by, entry.decided_by, entry.proposed_by)
    acting.require_no_interest(how, entry.enterprise_id)
    text = acting.require_reason(reason)
    return _write(entry, "appeal_closed", text, how, appeal_open=False, decision=text)


def _own(number: str, enterprise: Enterprise) -> BlacklistEntry:
    entry = newest(number)
    if entry.enterprise_id != enterprise.pk:
        raise NotYoursError(f"There is no entry {number} about your enterprise.", number=number)
    return entry


def _write(
    entry: BlacklistEntry, act: str, text: str, how: Lodgement, **changes: Any
) -> BlacklistEntry:
    with transaction.atomic():
        body = {"number": entry.number, "text": text}
        acting.note(f"{KIND}.{act}", entry.enterprise.reference, body, how=how)
        held = _locked(entry, None)
        return operations.change(held, on=acting.day_of(how), at=how.at, **changes)
