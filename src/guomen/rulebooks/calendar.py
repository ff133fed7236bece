"""
Working days: public holidays, make-up workdays, and deadlines counted in either.

Three calendars: the mainland (State Council arrangements, with the weekend days
that are worked in exchange), Hong Kong (general holidays) and Macao (holidays of
the public administration). The zone belongs to the agency and is an argument.
A year whose arrangement has not been entered raises: five days a week is a
guess, not an answer. Not for shift rosters or opening hours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from types import MappingProxyType
from typing import ClassVar, Literal
from zoneinfo import ZoneInfo

import holidays

from guomen.core.errors import GuomenError
from guomen.core.text import Text
from guomen.rulebooks.dated import Certainty

CalendarKey = Literal["mainland", "hong_kong", "macao"]

_ONE_DAY = timedelta(days=1)
_LAST_INSTANT = time(23, 59, 59, 999999)
_WEEKDAYS = frozenset(range(5))


class CalendarMissing(GuomenError):
    """A day lies in a year whose holidays are not in the rule book, or the calendar is unknown."""

    code: ClassVar[str] = "calendar.missing"


class DeadlineUnclear(GuomenError):
    """A deadline was asked for without one moment in a zone and one length."""

    code: ClassVar[str] = "calendar.deadline-unclear"


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """One place's working days: which years are entered, and on whose authority."""

    key: CalendarKey
    name: Text
    country: str  # ISO 3166-1 alpha-2, as the holidays library names it
    categories: tuple[str, ...]
    first_year: int
    last_year: int  # inclusive
    source: str
    certainty: Certainty


CALENDARS: Mapping[str, Calendar] = MappingProxyType(
    {
        calendar.key: calendar
        for calendar in (
            Calendar(
                key="mainland",
                name=Text(zh="内地", en="Mainland China"),
                country="CN",
                categories=("public",),
                first_year=2004,
                last_year=2026,
                source="国务院办公厅年度节假日安排通知, as transcribed by the holidays package",
                certainty="sourced",
            ),
            Calendar(
                key="hong_kong",
                name=Text(zh="香港", en="Hong Kong"),
                country="HK",
                categories=("public",),
                # The five-day week of the government bureaux was complete on 1 July 2007.
                first_year=2008,
                last_year=2026,
                source="General Holidays Ordinance (Cap. 149); five-day week of government offices",
                certainty="knowledge",
            ),
            Calendar(
                key="macao",
                name=Text(zh="澳门", en="Macao"),
                country="MO",
                # Half days off (New Year's eves) do not count as working days either.
                categories=("public", "government"),
                first_year=2001,
                last_year=2026,
                source="Ordem Executiva n.º 60/2000 and the yearly compensatory rest days",
                certainty="knowledge",
            ),
        )
    }
)


def is_workday(day: date, calendar: str) -> bool:
    """
    Tell whether the offices of a place work on that day.

    >>> is_workday(date(2012, 1, 21), "mainland")  # a Saturday, worked for Spring Festival
    True

    :raises CalendarMissing: if the calendar is unknown or the year is not entered
    """
    exceptions = _exceptions(_covering(day, calendar=calendar).key, day.year)
    return exceptions.get(day, day.weekday() in _WEEKDAYS)


def add_working_days(day: date, n: int, calendar: str) -> date:
    """
    Return the n-th working day after a day; the day itself is not counted.

    A negative n counts backwards. With n = 0 the day itself if it is worked, else
    the next working day.

    >>> add_working_days(date(2012, 5, 24), 5, "mainland")
    datetime.date(2012, 5, 31)

    :raises CalendarMissing: if the count runs into a year that is not entered
    """
    if n == 0:
        while not is_workday(day, calendar):
            day += _ONE_DAY
        return day
    step = _ONE_DAY if n > 0 else -_ONE_DAY
    for _ in range(abs(n)):
        day += step
        while not is_workday(day, calendar):
            day += step
    return day


def working_days_between(start: date, end: date, calendar: str) -> int:
    """
    Count the working days after `start` up to and including `end`.

    Undoes `add_working_days` forwards; counts add up over any middle day, so the
    answer is negative when `end` lies before `start`.

    :raises CalendarMissing: if any day lies in a year that is not entered
    """
    if end < start:
        return -working_days_between(end, start, calendar)
    days = (start + timedelta(days=k) for k in range(1, (end - start).days + 1))
    return sum(is_workday(day, calendar) for day in days)


def deadline(
    at: datetime,
    *,
    working_days: int | None = None,
    hours: float | None = None,
    calendar: str,
    zone: str,
) -> datetime:
    """
    Return the last moment, in UTC, at which something is still in time.

    Working days are counted from the day after `at` in the agency's zone, to the
    last instant of the local day. Hours run on the clock, holidays or not.

    >>> at = datetime(2012, 5, 24, 1, 0, tzinfo=UTC)
    >>> deadline(at, hours=2, calendar="mainland", zone="Asia/Shanghai").isoformat()
    '2012-05-24T03:00:00+00:00'

    :raises DeadlineUnclear: if `at` is naive, or not exactly one length is given
    :raises CalendarMissing: if the count runs into a year that is not entered
    """
    if at.tzinfo is None:
        raise DeadlineUnclear("Give the moment with its time zone.", at=at)
    if (working_days is None) == (hours is None):
        raise DeadlineUnclear(
            "Give the length either in working days or in hours, not both and not neither.",
            working_days=working_days,
            hours=hours,
        )
    if hours is not None:
        return at.astimezone(UTC) + timedelta(hours=hours)
    local = ZoneInfo(zone)
    last_day = add_working_days(at.astimezone(local).date(), working_days or 0, calendar)
    return datetime.combine(last_day, _LAST_INSTANT, tzinfo=local).astimezone(UTC)


def _covering(day: date, *, calendar: str) -> Calendar:
    found = CALENDARS.get(calendar)
    if found is None:
        raise CalendarMissing(
            f"There is no calendar {calendar!r}: use one of {', '.join(CALENDARS)}.",
            calendar=calendar,
        )
    if not found.first_year <= day.year <= found.last_year:
        raise CalendarMissing(
            f"The {found.name.en} calendar covers {found.first_year}-{found.last_year}, not "
            f"{day}: once the arrangement of {day.year} is published, update the holidays "
            "package and the years in rulebooks/calendar.py.",
            calendar=calendar,
            day=day,
        )
    return found


@cache
def _exceptions(key: str, year: int) -> Mapping[date, bool]:
    """Map the days that depart from a five-day week to whether they are worked."""
    calendar = CALENDARS[key]
    table = holidays.country_holidays(
        calendar.country, years=year, categories=calendar.categories, expand=False
    )
    worked = {day: True for day in table.weekend_workdays if day.year == year}
    return {**dict.fromkeys(table.keys(), False), **worked}
