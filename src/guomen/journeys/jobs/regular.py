"""
Regular work: what is due at a moment is asked for once, whoever looks and however often.

The plan of the next working day is due on its eve, the watch of a week on the Monday after it; each
night idle licences lapse and credit files are rated. What was missed while no worker ran is caught
up: weeks in their order, a plan only while its day is not over, the nights by the newest. A plan or
a watch that somebody did by hand is done; lapsing and rating again changes nothing. What failed is
tried again, each time after a longer while, and then left to people.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from django.db import IntegrityError

from guomen.core.text import Text
from guomen.journeys.jobs.asking import enqueue
from guomen.journeys.jobs.kinds import KINDS, LAPSE, PLAN, RATE, WATCH
from guomen.journeys.jobs.work import in_turn
from guomen.rulebooks import licensing
from guomen.rulebooks.calendar import CalendarMissing, is_workday
from guomen.rulebooks.regular import HOURS
from guomen.supervision.agencies.models import Agency, AgencyKind
from guomen.supervision.credit.models import CreditFile
from guomen.supervision.declarations.models import Line
from guomen.supervision.jobs import operations, queries
from guomen.supervision.jobs.lifecycle import JobState
from guomen.supervision.jobs.models import RegularRun
from guomen.supervision.licences.models import Licence
from guomen.supervision.risk.models import Watch
from guomen.supervision.targeting import queries as targeting

log = logging.getLogger(__name__)

BY = "SYS-NIGHT"
_MAINLAND = "mainland"
_DAY, _WEEK = timedelta(days=1), timedelta(days=7)
_AHEAD = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """What a piece of regular work is of, a day or the Monday of a week, and when it is due."""

    of: date
    due: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Regular:
    """
    One kind of regular work.

    ``around`` returns its periods around a moment in a zone, the oldest first; ``wanted`` tells
    whether there is anything to do it on; ``done`` returns what was done since a day.
    """

    kind: str
    around: Callable[[datetime, ZoneInfo], Sequence[Period]]
    owed: Callable[[Sequence[Period], frozenset[date], date], Sequence[Period]]
    wanted: Callable[[Agency], bool]
    done: Callable[[date], set[tuple[int, date]]]

    @property
    def name(self) -> Text:
        """Return what it is called."""
        return KINDS[self.kind].name


def _plans(now: datetime, zone: ZoneInfo) -> list[Period]:
    today = now.astimezone(zone).date()
    days = [today + _DAY * ahead for ahead in range(_AHEAD) if _worked(today + _DAY * ahead)]
    return [
        Period(of=day, due=datetime.combine(day - _DAY, HOURS.value.plan, zone)) for day in days
    ]


def _worked(day: date) -> bool:
    try:
        return is_workday(day, _MAINLAND)
    except CalendarMissing:
        # A plan on a holiday does no harm, none on a working day leaves the lawful minimum.
        return True


def _weeks(now: datetime, zone: ZoneInfo) -> list[Period]:
    today = now.astimezone(zone).date()
    monday = today - _DAY * today.weekday()
    back = HOURS.value.weeks_back
    return [
        Period(of=week, due=datetime.combine(week + _WEEK, HOURS.value.watch, zone))
        for week in (monday + _WEEK * n for n in range(-back, 2))
    ]


def _nights(hour: time) -> Callable[[datetime, ZoneInfo], list[Period]]:
    def around(now: datetime, zone: ZoneInfo) -> list[Period]:
        today = now.astimezone(zone).date()
        return [
            Period(of=day, due=datetime.combine(day, hour, zone)) for day in (today, today + _DAY)
        ]

    return around


def _every(due: Sequence[Period], done: frozenset[date], _today: date) -> Sequence[Period]:
    """Catch up every week since the last one; where there was none, begin with the newest."""
    last = max(done, default=None)
    if last is None:
        return due[-1:]
    return [period for period in due if period.of > last]


def _newest(due: Sequence[Period], done: frozenset[date], today: date) -> Sequence[Period]:
    """Do the newest day that is due and not over."""
    return [period for period in due[-1:] if period.of >= today and period.of not in done]


def _has_lines(office: Agency) -> bool:
    return Line.objects.filter(agency__path__startswith=office.path).exists()


def _may_lapse(office: Agency) -> bool:
    kinds = [kind for kind, term in licensing.TERMS.items() if term.idle_months is not None]
    held = Licence.objects.filter(agency__path__startswith=office.path, kind__in=kinds)
    return held.exists()


def _has_credit(office: Agency) -> bool:
    return CreditFile.objects.filter(enterprise__agency__path__startswith=office.path).exists()


def _ran(kind: str) -> Callable[[date], set[tuple[int, date]]]:
    def done(since: date) -> set[tuple[int, date]]:
        rows = RegularRun.objects.filter(kind=kind, of__gte=since, job__state=JobState.DONE.value)
        return set(rows.values_list("agency_id", "of"))

    return done


def _has_capacity(office: Agency) -> bool:
    return targeting.ports_of(office.path).exists()


def _watched(since: date) -> set[tuple[int, date]]:
    return set(Watch.objects.filter(week__gte=since).values_list("agency_id", "week"))


REGULAR: Mapping[str, Regular] = MappingProxyType(
    {
        PLAN: Regular(
            kind=PLAN,
            around=_plans,
            owed=_newest,
            wanted=_has_capacity,
            done=targeting.planned_days,
        ),
        WATCH: Regular(
            kind=WATCH,
            around=_weeks,
            owed=_every,
            wanted=_has_lines,
            done=_watched,
        ),
        LAPSE: Regular(
            kind=LAPSE,
            around=_nights(HOURS.value.lapse),
            owed=_newest,
            wanted=_may_lapse,
            done=_ran(LAPSE),
        ),
        RATE: Regular(
            kind=RATE,
            around=_nights(HOURS.value.rate),
            owed=_newest,
            wanted=_has_credit,
            done=_ran(RATE),
        ),
    }
)


def ask(now: datetime) -> list[str]:
    """Ask for all regular work that is due and was neither asked for nor done; return numbers."""
    found = [
        number
        for work, office, period in _due(now)
        if (number := _once(work, office, period, now)) is not None
    ]
    found += [number for run in _owed_again(now) if (number := _again(run, now)) is not None]
    if found:
        log.info("regular work asked for: %s", ", ".join(found))
    return found


def _due(now: datetime) -> Iterator[tuple[Regular, Agency, Period]]:
    for office in _bureaux():
        zone = ZoneInfo(office.zone)
        today = now.astimezone(zone).date()
        for work in REGULAR.values():
            due = [period for period in work.around(now, zone) if period.due <= now]
            if not due:
                continue
            done = _done(work, office, due[0].of)
            owed = work.owed(due, done, today)
            if owed and work.wanted(office):
                yield from ((work, office, period) for period in owed)


def _bureaux() -> list[Agency]:
    return list(Agency.objects.filter(kind=AgencyKind.REGIONAL.value).order_by("code"))


def _done(work: Regular, office: Agency, since: date) -> frozenset[date]:
    """Return the periods of an office that were done, or asked for, since a day."""
    asked = {(key, of) for kind, key, of in queries.periods_asked(since) if kind == work.kind}
    return frozenset(of for key, of in asked | work.done(since) if key == office.pk)


def _once(work: Regular, office: Agency, period: Period, now: datetime) -> str | None:
    def write() -> str:
        number = _asked(work.kind, office, period.of, now)
        operations.note_run(
            kind=work.kind, agency_id=office.pk, of=period.of, due_at=period.due, number=number
        )
        return number

    try:
        return in_turn(write)
    except IntegrityError:
        # Another worker looked at the same moment.
        return None


def _asked(kind: str, office: Agency, of: date, now: datetime) -> str:
    title = of.isoformat()
    args = {"agency": office.code, "of": title}
    return enqueue(kind, at=now, by=BY, agency=office.code, title=title, args=args)


def _owed_again(now: datetime) -> list[RegularRun]:
    """Return the failed work whose while is over, that still matters and nobody did by hand."""
    since = now.date() - _WEEK * HOURS.value.weeks_back
    runs = queries.failed_runs(since, most=len(HOURS.value.again))
    due = [run for run in runs if (at := again_at(run)) is not None and at <= now]
    done = {run.kind: REGULAR[run.kind].done(since) for run in due if run.kind in REGULAR}
    return [
        run
        for run in due
        if run.kind in done
        and (run.agency_id, run.of) not in done[run.kind]
        and _still_owed(run, now)
    ]


def _still_owed(run: RegularRun, now: datetime) -> bool:
    """Ask again for every week; of days only those that are not over."""
    if REGULAR[run.kind].owed is _every:
        return True
    return run.of >= now.astimezone(ZoneInfo(run.agency.zone)).date()


def again_at(run: RegularRun) -> datetime | None:
    """Return when failed regular work is tried again; None if it is not."""
    ended: datetime | None = run.job.ended_at
    failed = run.job.state == JobState.FAILED.value
    if not failed or ended is None or run.attempts > len(HOURS.value.again):
        return None
    return ended + HOURS.value.again[run.attempts - 1]


def failed_plan(path: str, *, on: date) -> RegularRun | None:
    """Return the newest plan of a day not over whose building failed, as an agency may see it."""
    runs = queries.regular_runs(path).filter(kind=PLAN, of__gte=on)
    newest: RegularRun | None = runs.order_by("-of", "-pk").first()
    failed = newest is not None and newest.job.state == JobState.FAILED.value
    return newest if failed else None


class _Quicker(Exception):
    """Another worker asked again first: what was written is taken back."""


def _again(run: RegularRun, now: datetime) -> str | None:
    def write() -> str:
        number = _asked(run.kind, run.agency, run.of, now)
        if not operations.note_again(run, number=number):
            raise _Quicker
        return number

    try:
        return in_turn(write)
    except _Quicker:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where one kind of regular work of a bureau stands: when it is due next, and its last run."""

    work: Regular
    agency: str
    next: Period | None
    last: RegularRun | None
    # The newest period that was done, by the worker or by hand.
    newest: date | None


def overview(path: str, *, now: datetime) -> list[Standing]:
    """Return where regular work stands for the bureaux that an agency's officers may see."""
    offices = [office for office in _bureaux() if _related(office.path, path)]
    return [_standing(work, office, now) for office in offices for work in REGULAR.values()]


def _related(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _standing(work: Regular, office: Agency, now: datetime) -> Standing:
    zone = ZoneInfo(office.zone)
    periods = work.around(now, zone)
    done = {of for key, of in work.done(now.date() - _WEEK * 60) if key == office.pk}
    waiting = [p for p in periods if p.due > now and p.of not in done]
    mine = queries.regular_runs(office.path).filter(kind=work.kind, agency=office)
    return Standing(
        work=work,
        agency=office.code,
        next=waiting[0] if waiting and work.wanted(office) else None,
        last=mine.first(),
        newest=max(done, default=None),
    )
