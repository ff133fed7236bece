"""
Custody of the draw keys: made, split, committed, used and revealed; never in the database.

Each key is the exclusive or of two shares that lie with two custodians (``GUOMEN_CUSTODY_A`` and
``_B``), so that neither alone can draw or predict. Every touch is appended to the log of both. What
a draw is, is `guomen.core.draw`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from types import EllipsisType
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from guomen.core import canonical, draw
from guomen.core.errors import GuomenError
from guomen.supervision.ledger.models import DrawKey
from guomen.supervision.ledger.operations import Draft, append

COMMITMENT = "draw.commitment"
REVELATION = "draw.key"
#: How long before its day a commitment must be in the ledger: nobody knows yet what will arrive.
LEAD = timedelta(days=7)
_AGENCY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")


class CommitmentTooLate(GuomenError):
    """A key was to be committed less than seven days before its day."""

    code = "custody.commitment_too_late"


class NoKeyToday(GuomenError):
    """There is no usable key: draw nothing, and carry out mandatory and full-rate checks only."""

    code = "custody.no_key_today"


class KeyAlreadyRevealed(NoKeyToday):
    """The key of the day is public, so that nothing may be drawn with it any more."""

    code = "custody.key_already_revealed"


class NotTheDay(GuomenError):
    """A key was asked for on another day than its own, in the agency's zone."""

    code = "custody.not_the_day"


class DayNotOver(GuomenError):
    """A key was to be revealed before its day had ended in the agency's zone."""

    code = "custody.day_not_over"


class DemonstrationKeyRefused(GuomenError):
    """A key marked as demonstration was met outside demonstration mode."""

    code = "custody.demonstration_key_refused"


class CustodiansNotSeparate(GuomenError):
    """The two custodians are not named, or are the same place."""

    code = "custody.custodians_not_separate"


class BadOffice(GuomenError):
    """An agency's code cannot name its keys."""

    code = "custody.bad_office"


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """The agency that draws, and the zone in which its days begin and end."""

    agency: str
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))

    def __post_init__(self) -> None:
        """
        Refuse a code that could not name a folder.

        :raises BadOffice: it is not 1 to 32 letters, digits, hyphens and underscores.
        """
        if not _AGENCY.fullmatch(self.agency):
            raise BadOffice(
                "The code of an agency has 1 to 32 letters, digits, hyphens and underscores.",
                agency=self.agency,
            )

    def starts(self, day: date) -> datetime:
        """Return the moment at which a day begins here, in UTC."""
        return datetime.combine(day, time(), tzinfo=self.zone).astimezone(UTC)

    def day_of(self, at: datetime) -> date:
        """Return the day that it is here at a moment."""
        return at.astimezone(self.zone).date()


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """When a key is touched, by whom (a pseudonymous key) and what for."""

    at: datetime
    who: str
    purpose: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DayKey:
    """The key of one day, joined for use; printing it does not show it."""

    day: date
    agency: str
    commitment: str
    demonstration: bool
    key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitmentFlaw:
    """What is wrong with the commitment of one day: `problem` is a code."""

    day: date
    agency: str
    problem: str


def commit_days(
    first: date, last: date, office: Office, *, use: Use, demonstration: bool = False
) -> tuple[str, ...]:
    """
    Make the keys of a run of days and record their commitments; days that have one keep it.

    Call it in a transaction. Shares are on disk before the commitment is in the database: what is
    interrupted leaves shares that nothing refers to, never a commitment without a key.

    :param last: the last day, included.
    :returns: the new commitments in hexadecimal, by day.
    :raises CommitmentTooLate: a day begins in less than seven days, and it is not a demonstration.
    :raises DemonstrationKeyRefused: a demonstration outside demonstration mode.
    """
    _require_demonstration_allowed(demonstration=demonstration)
    kept = DrawKey.objects.filter(agency=office.agency, day__gte=first, day__lte=last)
    taken = set(kept.values_list("day", flat=True))
    days = [day for day in _days(first, last) if day not in taken]
    if not days:
        return ()
    if not demonstration:
        _require_lead(days[0], office, at=use.at)
    custodians = _custodians()
    commitments = [
        _make(day, office, custodians=custodians, lasting=not demonstration) for day in days
    ]
    _log(custodians, office.agency, {"days": [str(days[0]), str(days[-1])], "did": "commit"}, use)
    drafts = [
        Draft(
            kind=COMMITMENT,
            subject=_subject(day, office.agency),
            body=_commitment_body(day, office.agency, commitment, demonstration=demonstration),
        )
        for day, commitment in zip(days, commitments, strict=True)
    ]
    appended = append(drafts, at=use.at, by=use.who)
    DrawKey.objects.bulk_create(
        DrawKey(
            day=day,
            agency=office.agency,
            commitment=commitment,
            committed_at=use.at,
            committed_id=seq,
            demonstration=demonstration,
        )
        for day, commitment, seq in zip(days, commitments, appended.seqs, strict=True)
    )
    return tuple(commitments)


def committed(day: date, agency: str) -> DrawKey | None:
    """Return what is stored of the key of a day: its commitment, and the key once it is public."""
    return DrawKey.objects.filter(day=day, agency=agency).first()


def key_for(
    day: date, office: Office, *, use: Use, stored: DrawKey | EllipsisType | None = ...
) -> DayKey:
    """
    Return the key with which an agency draws today.

    :param stored: what `committed` returned and is still true; read anew where it is not given.

    :raises NoKeyToday: none was committed, a share is missing, or the shares are not of this key:
        the declared degraded mode, never a new key.
    :raises KeyAlreadyRevealed: the key is public.
    :raises NotTheDay: it is another day here; the key is never chosen by a date in the input.
    :raises DemonstrationKeyRefused: a demonstration key outside demonstration mode.
    """
    if office.day_of(use.at) != day:
        raise NotTheDay(
            f"In {office.zone.key} it is {office.day_of(use.at)}: draw with the key of that day.",
            day=day.isoformat(),
            today=office.day_of(use.at).isoformat(),
        )
    row = _usable(committed(day, office.agency) if stored is ... else stored, day, office)
    if row.key is not None:
        raise KeyAlreadyRevealed(
            f"The key of {day} for {office.agency} is public; nothing can be drawn with it.",
            day=day.isoformat(),
            agency=office.agency,
        )
    return _joined(row, use=use, did="draw")


def reveal(day: date, office: Office, *, use: Use) -> str:
    """
    Publish the key of a day that is over, in the ledger; a key that is public stays as it is.

    Call it in a transaction.

    :returns: the key in hexadecimal.
    :raises DayNotOver: the day has not ended in the agency's zone.
    :raises NoKeyToday: no key was committed for the day, or its shares are gone.
    :raises DemonstrationKeyRefused: a demonstration key outside demonstration mode.
    """
    ends = office.starts(day + timedelta(days=1))
    if use.at < ends:
        raise DayNotOver(
            f"{day} ends in {office.zone.key} at {canonical.utc_text(ends)}; reveal its key then.",
            day=day.isoformat(),
            ends=canonical.utc_text(ends),
        )
    row = _usable(committed(day, office.agency), day, office)
    if row.key is not None:
        return row.key
    key = _joined(row, use=use, did="reveal").key.hex()
    body = {
        "agency": office.agency,
        "commitment": row.commitment,
        "day": day,
        "demonstration": row.demonstration,
        "key": key,
    }
    draft = Draft(kind=REVELATION, subject=_subject(day, office.agency), body=body)
    append([draft], at=use.at, by=use.who)
    DrawKey.objects.filter(pk=row.pk).update(key=key, revealed_at=use.at)
    return key


def verify_commitments() -> tuple[CommitmentFlaw, ...]:
    """
    Check every key against its entry in the ledger, its hash, and the time of its commitment.

    The agency's zone is not stored here: a day is taken to begin as late as anywhere on earth
    (UTC−12), which forgives at most the difference between zones.
    """
    return tuple(
        CommitmentFlaw(day=row.day, agency=row.agency, problem=problem)
        for row in DrawKey.objects.select_related("committed").order_by("day", "agency")
        for problem in _problems(row)
    )


def _problems(row: DrawKey) -> Iterator[str]:
    entry = row.committed
    body = _commitment_body(row.day, row.agency, row.commitment, demonstration=row.demonstration)
    if (entry.kind, entry.subject, entry.body) != (
        COMMITMENT,
        _subject(row.day, row.agency),
        canonical.dumps(body),
    ):
        yield "differs_from_ledger"
    begins_latest = datetime.combine(row.day, time(), tzinfo=UTC) + timedelta(hours=12)
    if not row.demonstration and begins_latest - entry.at < LEAD:
        yield "committed_too_late"
    if row.key is None:
        return
    if draw.commitment(bytes.fromhex(row.key), row.day, row.agency) != row.commitment:
        yield "key_was_not_committed"
    if row.revealed_at is None or row.revealed_at < row.committed_at:
        yield "revealed_before_commitment"


def _commitment_body(
    day: date, agency: str, commitment: str, *, demonstration: bool
) -> dict[str, Any]:
    return {
        "agency": agency,
        "commitment": commitment,
        "day": day,
        "demonstration": demonstration,
    }


def _subject(day: date, agency: str) -> str:
    return f"draw-key:{agency}:{day.isoformat()}"


def _days(first: date, last: date) -> Iterator[date]:
    for offset in range((last - first).days + 1):
        yield first + timedelta(days=offset)


def _require_lead(day: date, office: Office, *, at: datetime) -> None:
    latest = office.starts(day) - LEAD
    if at > latest:
        raise CommitmentTooLate(
            f"The key of {day} had to be committed by {canonical.utc_text(latest)}. Commit from "
            f"{office.day_of(at) + LEAD + timedelta(days=1)} on; until then no line is drawn.",
            day=day.isoformat(),
            latest=canonical.utc_text(latest),
        )


def _require_demonstration_allowed(*, demonstration: bool) -> None:
    if demonstration and not settings.GUOMEN_DEMO:
        raise DemonstrationKeyRefused(
            "Demonstration keys are refused outside demonstration mode. Commit real keys in a "
            "database without a demonstration."
        )


def _usable(row: DrawKey | None, day: date, office: Office) -> DrawKey:
    if row is None:
        raise _no_key(day, office.agency, "none was committed")
    _require_demonstration_allowed(demonstration=row.demonstration)
    return row


def _no_key(day: date, agency: str, reason: str) -> NoKeyToday:
    return NoKeyToday(
        f"There is no key for {day} and {agency}: {reason}. Declare the degraded mode, carry out "
        "mandatory and full-rate checks only, and call the custodians.",
        day=day.isoformat(),
        agency=agency,
        reason=reason,
    )


# Files of the custodians -------------------------------------------------------------------------

_Custodians = tuple[Path, Path]


def _custodians() -> _Custodians:
    first, second = settings.GUOMEN_CUSTODY_A, settings.GUOMEN_CUSTODY_B
    if first is None or second is None or Path(first).resolve() == Path(second).resolve():
        raise CustodiansNotSeparate(
            "Point GUOMEN_CUSTODY_A and GUOMEN_CUSTODY_B to the folders of two custodians."
        )
    return Path(first), Path(second)


def _make(day: date, office: Office, *, custodians: _Custodians, lasting: bool) -> str:
    key, share_a = os.urandom(draw.KEY_BYTES), os.urandom(draw.KEY_BYTES)
    shares = (share_a, draw.split(key, share_a))
    for folder, share in zip(custodians, shares, strict=True):
        _write_share(_share_file(folder, day, office.agency), share, lasting=lasting)
    return draw.commitment(key, day, office.agency)


def _joined(row: DrawKey, *, use: Use, did: str) -> DayKey:
    try:
        custodians = _custodians()
        _log(custodians, row.agency, {"day": row.day, "did": did}, use)
        first, second = (
            bytes.fromhex(_share_file(folder, row.day, row.agency).read_text(encoding="ascii"))
            for folder in custodians
        )
        key = draw.join(first, second)
    except (OSError, ValueError, draw.BadKey, CustodiansNotSeparate) as error:
        raise _no_key(row.day, row.agency, "a share or its log cannot be reached") from error
    if draw.commitment(key, row.day, row.agency) != row.commitment:
        raise _no_key(row.day, row.agency, "the shares do not give the key that was committed")
    return DayKey(
        day=row.day,
        agency=row.agency,
        commitment=row.commitment,
        demonstration=row.demonstration,
        key=key,
    )


def _share_file(folder: Path, day: date, agency: str) -> Path:
    return folder / agency / f"{day.isoformat()}.share"


def _write_share(file: Path, share: bytes, *, lasting: bool) -> None:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = file.with_suffix(".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as written:
        written.write(share.hex() + "\n")
        written.flush()
        if lasting:  # a demonstration makes thousands, and can make them again
            os.fsync(written.fileno())
    draft.replace(file)


def _log(custodians: _Custodians, agency: str, what: dict[str, Any], use: Use) -> None:
    line = canonical.encode(
        {**what, "agency": agency, "at": use.at, "purpose": use.purpose, "who": use.who}
    )
    for folder in custodians:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # One write in append mode: lines of two processes never mix.
        descriptor = os.open(folder / "uses.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(descriptor, line + b"\n")
        finally:
            os.close(descriptor)
