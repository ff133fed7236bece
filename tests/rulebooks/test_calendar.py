"""
Working days against published arrangements.

Typed from knowledge of the notices of the General Office of the State Council: 2011 from
国办发明电〔2010〕40号, 2012 from 国办发明电〔2011〕45号, 2013 from 国办发明电〔2012〕33号.
The chinesecalendar package, an independent transcription, is the second witness.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guomen.rulebooks.calendar import (
    CALENDARS,
    CalendarMissing,
    DeadlineUnclear,
    add_working_days,
    deadline,
    is_workday,
    working_days_between,
)

OFF = {
    "2011 Spring Festival": (date(2011, 2, 2), date(2011, 2, 8)),
    "2011 Qingming": (date(2011, 4, 3), date(2011, 4, 5)),
    "2011 Labour Day": (date(2011, 4, 30), date(2011, 5, 2)),
    "2011 Dragon Boat": (date(2011, 6, 4), date(2011, 6, 6)),
    "2011 Mid-Autumn": (date(2011, 9, 10), date(2011, 9, 12)),
    "2011 National Day": (date(2011, 10, 1), date(2011, 10, 7)),
    "2012 New Year": (date(2012, 1, 1), date(2012, 1, 3)),
    "2012 Spring Festival": (date(2012, 1, 22), date(2012, 1, 28)),
    "2012 Qingming": (date(2012, 4, 2), date(2012, 4, 4)),
    "2012 Labour Day": (date(2012, 4, 29), date(2012, 5, 1)),
    "2012 Dragon Boat": (date(2012, 6, 22), date(2012, 6, 24)),
    "2012 Mid-Autumn and National Day": (date(2012, 9, 30), date(2012, 10, 7)),
    "2013 Spring Festival": (date(2013, 2, 9), date(2013, 2, 15)),
}
WORKED_WEEKENDS = [
    date(2011, 1, 30),
    date(2011, 2, 12),
    date(2011, 4, 2),
    date(2011, 10, 8),
    date(2011, 10, 9),
    date(2011, 12, 31),
    date(2012, 1, 21),
    date(2012, 1, 29),
    date(2012, 3, 31),
    date(2012, 4, 1),
    date(2012, 4, 28),
    date(2012, 9, 29),
    date(2013, 1, 5),
    date(2013, 1, 6),
    date(2013, 2, 16),
    date(2013, 2, 17),
]
COVERED = st.dates(date(2005, 1, 1), date(2025, 12, 31))


@pytest.mark.parametrize(("first", "last"), OFF.values(), ids=OFF)
def test_a_published_holiday_is_off_from_its_first_to_its_last_day(first: date, last: date) -> None:
    days = [first + timedelta(days=k) for k in range((last - first).days + 1)]
    assert not any(is_workday(day, "mainland") for day in days)


@pytest.mark.parametrize("day", WORKED_WEEKENDS, ids=str)
def test_a_published_make_up_day_at_the_weekend_is_worked(day: date) -> None:
    assert day.weekday() >= 5
    assert is_workday(day, "mainland")


def test_every_covered_mainland_day_agrees_with_an_independent_transcription() -> None:
    # The one departure: the 2006 notice made Saturday 31 December 2005 a workday.
    first, last = date(2004, 1, 1), date(2026, 12, 31)
    days = [first + timedelta(days=k) for k in range((last - first).days + 1)]
    differing = [
        day for day in days if is_workday(day, "mainland") != chinese_calendar.is_workday(day)
    ]
    assert differing == [date(2005, 12, 31)]


def test_hong_kong_and_macao_keep_their_own_holidays() -> None:
    assert not is_workday(date(2012, 7, 2), "hong_kong")  # Establishment Day fell on a Sunday
    assert not is_workday(date(2012, 12, 20), "macao")
    assert is_workday(date(2012, 12, 20), "mainland")
    assert is_workday(date(2012, 10, 3), "hong_kong")
    assert not is_workday(date(2012, 10, 3), "mainland")


@pytest.mark.parametrize("calendar", CALENDARS)
def test_a_year_without_a_published_arrangement_raises_instead_of_guessing(calendar: str) -> None:
    covered = CALENDARS[calendar]
    for year in (covered.first_year - 1, covered.last_year + 1):
        with pytest.raises(CalendarMissing, match=str(year)):
            is_workday(date(year, 6, 1), calendar)
    with pytest.raises(CalendarMissing):
        add_working_days(date(covered.last_year, 12, 30), 10, calendar)
    with pytest.raises(CalendarMissing):
        is_workday(date(2012, 1, 1), "atlantis")


def test_five_working_days_across_the_2012_spring_festival_use_the_make_up_days() -> None:
    # Thu 19 Jan; Fri 20, Sat 21 (worked), then Sun 29 (worked), Mon 30, Tue 31.
    assert add_working_days(date(2012, 1, 19), 5, "mainland") == date(2012, 1, 31)
    assert add_working_days(date(2012, 1, 31), -5, "mainland") == date(2012, 1, 19)
    assert add_working_days(date(2012, 1, 22), 0, "mainland") == date(2012, 1, 29)


@given(day=COVERED, n=st.integers(1, 60))
def test_counting_undoes_adding(day: date, n: int) -> None:
    end = add_working_days(day, n, "mainland")
    assert is_workday(end, "mainland")
    assert working_days_between(day, end, "mainland") == n


@given(a=COVERED, b=st.integers(-400, 400), c=st.integers(-400, 400))
def test_counts_add_up_over_any_middle_day(a: date, b: int, c: int) -> None:
    middle = min(max(a + timedelta(days=b), date(2004, 6, 1)), date(2026, 6, 1))
    end = min(max(a + timedelta(days=c), date(2004, 6, 1)), date(2026, 6, 1))
    total = working_days_between(a, end, "mainland")
    parts = working_days_between(a, middle, "mainland") + working_days_between(
        middle, end, "mainland"
    )
    assert parts == total


def test_a_deadline_in_working_days_ends_with_the_local_day() -> None:
    # 23:30 UTC on 23 May is already 24 May in Shanghai.
    at = datetime(2012, 5, 23, 23, 30, tzinfo=UTC)
    due = deadline(at, working_days=5, calendar="mainland", zone="Asia/Shanghai")
    assert due == datetime(2012, 5, 31, 15, 59, 59, 999999, tzinfo=UTC)


def test_a_deadline_in_hours_ignores_holidays() -> None:
    at = datetime(2012, 1, 22, 0, 0, tzinfo=UTC)
    due = deadline(at, hours=1.5, calendar="mainland", zone="Asia/Shanghai")
    assert due == datetime(2012, 1, 22, 1, 30, tzinfo=UTC)


def test_a_deadline_needs_a_zoned_moment_and_exactly_one_length() -> None:
    at = datetime(2012, 5, 24, tzinfo=UTC)
    with pytest.raises(DeadlineUnclear):
        deadline(at.replace(tzinfo=None), hours=1, calendar="mainland", zone="Asia/Shanghai")
    with pytest.raises(DeadlineUnclear):
        deadline(at, calendar="mainland", zone="Asia/Shanghai")
    with pytest.raises(DeadlineUnclear):
        deadline(at, hours=1, working_days=1, calendar="mainland", zone="Asia/Shanghai")
