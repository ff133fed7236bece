"""
Living through the past of a demonstration, day by day, as it would have happened.

Each day begins with what the night brings: the key of yesterday is revealed, yesterday is
anchored, owners mend or withdraw what is held, results of earlier checks are recorded. Then comes
what the caller does of a morning, and the day's declarations are decided under its own key. A day
that is anchored is over, so an interrupted year goes on where it stopped. What is true of the goods
is asked of the caller; keys are marked as those of a demonstration.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

import polars as pl
from django.db import transaction
from django.db.models import Count, Max

from guomen.core.frequency import Finding
from guomen.core.severity import Outcome
from guomen.journeys import drawing, intake
from guomen.journeys.clearance import batches, later, lodging, outcomes
from guomen.journeys.clearance.storing import Lodgement
from guomen.supervision.declarations.lifecycle import LineState
from guomen.supervision.declarations.models import Line
from guomen.supervision.ledger import custody
from guomen.supervision.ledger import operations as ledger
from guomen.supervision.ledger.models import Anchor
from guomen.supervision.ledger.signing import Signer

SENDER = "SYS-DEMO"
# Keys go on beyond the last day, so that the demonstration can be used on the days after it.
_AHEAD = timedelta(days=60)
_REVEAL = timedelta(minutes=1)
_ANCHOR = timedelta(minutes=2)
_RESULTS = timedelta(hours=3)
_MORNING = timedelta(hours=4)
_OWNERS = timedelta(hours=2)
_MENDED_AFTER = timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One declaration as it was sent, when, and to which office; None is the bureau's seat."""

    rows: Sequence[Mapping[str, Any]]
    received_at: datetime
    office: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaited:
    """
    A line whose check is due: what it is, how it was ruled, and how often it was looked at.

    ``waited`` are the days since its ruling.
    """

    own_number: str
    number: int
    outcome: Outcome
    looked: int
    waited: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the check of a line shows, and how many days after the ruling that is known."""

    after: int
    performed: bool
    finding: Finding
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A line that waits for its owner: what it is, and the rules for which it is held."""

    own_number: str
    number: int
    reasons: tuple[str, ...]


Inspect = Callable[[Awaited], Seen | None]
# What the owner of a held line changes, or None: then it is withdrawn once its time is up.
Mend = Callable[[Held], Mapping[str, str] | None]
Morning = Callable[[date, datetime], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayDone:
    """One day that is over: the lines decided and refused at the door, and results recorded."""

    day: date
    lines: int
    rejected: int
    results: int
    skipped: bool = False


def decide_year(
    declarations: Iterable[Sent],
    *,
    agency: str,
    inspect: Inspect,
    mend: Mend,
    signer: Signer,
    morning: Morning = lambda day, at: None,
) -> Iterator[DayDone]:
    """
    Decide declarations in the order of receipt, a day at a time, for one bureau.

    :param declarations: in the order of receipt.
    :param morning: what else is done each day once its results are in, before the first line.
    :raises guomen.supervision.ledger.custody.DemonstrationKeyRefused: outside a demonstration.
    """
    office = drawing.offices()[agency]
    past = _Past(
        office=office, agency=agency, inspect=inspect, mend=mend, signer=signer, morning=morning
    )
    for day, sent in groupby(declarations, key=lambda one: office.day_of(one.received_at)):
        yield past.live(day, list(sent))


@dataclass(slots=True, kw_only=True)
class _Past:
    """The bureau, and the day before the one that is lived now."""

    office: custody.Office
    agency: str
    inspect: Inspect
    mend: Mend
    signer: Signer
    morning: Morning
    before: date | None = None

    def live(self, day: date, sent: list[Sent]) -> DayDone:
        """Decide one day, after the night before it."""
        lines = sum(len(one.rows) for one in sent)
        if self.before is None:
            self._commit(day)
        if _anchored() >= day:
            self.before = day
            return DayDone(day=day, lines=lines, rejected=0, results=0, skipped=True)
        results = self._night(day)
        self.morning(day, self.office.starts(day) + _MORNING)
        taken = self._day(sent)
        self.before = day
        return DayDone(day=day, lines=taken, rejected=lines - taken, results=results)

    def _commit(self, first: date) -> None:
        at = self.office.starts(first) - custody.LEAD - timedelta(hours=8)
        use = custody.Use(at=at, who=SENDER, purpose="demonstration")
        with transaction.atomic():
            custody.commit_days(
                first,
                first + timedelta(days=366) + _AHEAD,
                self.office,
                use=use,
                demonstration=True,
            )

    def _night(self, day: date) -> int:
        """Close the day before: its key, its anchor, and the results known by now."""
        starts = self.office.starts(day)
        if self.before is not None:
            with transaction.atomic():
                for over in _days(self.before, day):
                    use = custody.Use(at=starts + _REVEAL, who=SENDER, purpose="reveal")
                    custody.reveal(over, self.office, use=use)
                if _anchored() < day - timedelta(days=1):
                    ledger.anchor(day - timedelta(days=1), at=starts + _ANCHOR, signer=self.signer)
        self._owners(starts + _OWNERS)
        found = list(self._known(day))
        outcomes.conclude(found, at=starts + _RESULTS, by=SENDER)
        return len(found)

    def _owners(self, at: datetime) -> None:
        """Let owners mend what is held; what nobody mends in time is withdrawn."""
        how = Lodgement(at=at, by=SENDER, agency=self.agency)
        mended: dict[str, Mapping[str, str]] = {}
        given_up: list[str] = []
        for reference, deadline, held in _held(before=at - _MENDED_AFTER):
            changes = self.mend(held)
            if changes is not None:
                mended[reference] = changes
            elif deadline < at:
                given_up.append(reference)
        later.amend_many(mended, how=how)
        later.withdraw_many(given_up, reason="not_supplied", how=how)

    def _known(self, day: date) -> Iterator[outcomes.Result]:
        """Yield the results of awaited lines that are known on the morning of a day."""
        for reference, line in _awaited(self.office, day):
            seen = self.inspect(line)
            if seen is not None and seen.after <= line.waited:
                yield outcomes.Result(
                    line=reference,
                    performed=seen.performed,
                    finding=seen.finding,
                    reason=seen.reason,
                )

    def _day(self, sent: list[Sent]) -> int:
        """Decide the declarations of one day; return how many lines were taken."""
        offices = {one.office for one in sent}
        return sum(
            self._lodge([one for one in sent if one.office == office], office)
            for office in sorted(offices, key=lambda office: office or "")
        )

    def _lodge(self, sent: Sequence[Sent], office: str | None) -> int:
        at = max(one.received_at for one in sent)
        how = Lodgement(at=at, by=SENDER, agency=office or self.agency)
        rows = [row for one in sent for row in one.rows]
        moments = [one.received_at for one in sent for _ in one.rows]
        taken = intake.parse(intake.rows_frame(rows), today=self.office.day_of(how.at))
        received = pl.Series("received_at", moments, dtype=pl.Datetime("us", "UTC"))
        lines = taken.lines.with_columns(
            received.gather(taken.lines[intake.ROW].cast(pl.Int64) - 1)
        )
        again = [problem.row for problem in lodging.doubles(lines)]
        lines = lines.filter(~pl.col(intake.ROW).is_in(again))
        return sum(len(done.outcomes) for done in batches.lodge_many(lines, how=how))


_AWAITING = (LineState.UNDER_INSPECTION, LineState.UNDER_DOCUMENT_CHECK)


def _awaited(office: custody.Office, day: date) -> Iterator[tuple[str, Awaited]]:
    """Yield the lines whose check is due on a day, in the order of their rulings."""
    rows = (
        Line.objects.filter(state__in=_AWAITING)
        .annotate(looked=Count("results"))
        .order_by("decided_at", "reference")
        .values_list(
            "reference", "decided_at", "declaration__own_number", "number", "outcome", "looked"
        )
    )
    for reference, decided_at, own_number, number, outcome, looked in rows:
        awaited = Awaited(
            own_number=own_number,
            number=number,
            outcome=Outcome(outcome),
            looked=looked,
            waited=(day - office.day_of(decided_at)).days,
        )
        yield reference, awaited


def _held(*, before: datetime) -> list[tuple[str, datetime, Held]]:
    """Return the lines held since a while, with their deadlines, in order."""
    rows = (
        Line.objects.filter(state=LineState.HELD, held_since__lt=before)
        .order_by("held_since", "reference")
        .values_list("reference", "hold_deadline", "declaration__own_number", "number", "reasons")
    )
    return [
        (reference, deadline, Held(own_number=own, number=number, reasons=tuple(reasons)))
        for reference, deadline, own, number, reasons in rows
        if deadline is not None
    ]


def _anchored() -> date:
    """Return the last day that is anchored, or the first of all days."""
    return Anchor.objects.aggregate(last=Max("day"))["last"] or date.min


def _days(first: date, end: date) -> Iterator[date]:
    for offset in range((end - first).days):
        yield first + timedelta(days=offset)
