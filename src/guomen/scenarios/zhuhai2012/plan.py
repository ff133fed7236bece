"""
What ports can do, and a plan for each working day of the last two weeks of the year and for today.

Capacities are invented, in whole inspectors' days, from what each port opened lately; every plan is
built, proposed and released by the same journeys as anybody's, by two officers of the scenario.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from django.db.models import Count

from guomen.journeys.targeting import building, releasing
from guomen.rulebooks import targeting as settings
from guomen.rulebooks.calendar import is_workday
from guomen.supervision.agencies import queries as agencies
from guomen.supervision.agencies.models import Agency, Role
from guomen.supervision.declarations.models import Line
from guomen.supervision.parties import queries as parties
from guomen.supervision.targeting.models import DailyPlan, PortCapacity

BUREAU = "ZH"
PLANNED_FROM = date(2012, 5, 10)
_INSPECTOR_DAY = 480
_ROOM = 1.1


def plan_the_day(at: datetime) -> int:
    """Release a plan of today unless the morning did; return how many ports have a capacity."""
    office = agencies.agencies([BUREAU])[BUREAU]
    _once(at.astimezone(ZoneInfo(office.zone)).date(), office.path, at)
    return PortCapacity.objects.current().count()


def morning(day: date, at: datetime) -> None:
    """Plan a working day of the last weeks from the results known by the morning."""
    if day < PLANNED_FROM or not is_workday(day, "mainland"):
        return
    _once(day, agencies.agencies([BUREAU])[BUREAU].path, at)


def _once(day: date, path: str, at: datetime) -> None:
    if DailyPlan.objects.filter(day=day, released_at__isnull=False).exists():
        return
    proposer, releaser = _two(path, day, at)
    if not PortCapacity.objects.exists():
        _record_capacities(day, path, at, by=proposer)
    row = building.build(BUREAU, day=day, at=at, by="SYS-NIGHT")
    releasing.propose(row.reference, at=at, by=proposer)
    releasing.release(row.reference, at=at, by=releaser)


def _record_capacities(day: date, path: str, at: datetime, *, by: str) -> None:
    window = settings.FORECAST_DAYS.value
    opened = (
        Line.objects.filter(
            outcome__startswith="inspect",
            received_at__gte=at - window,
            agency__path__startswith=path,
            declaration__port__in=_own_ports(),
        )
        .values_list("declaration__port")
        .annotate(n=Count("pk"))
    )
    minutes = settings.MINUTES["higher"].value
    for port, number in opened:
        lines = _ROOM * number / (window / timedelta(days=1))
        releasing.record_capacity(
            port,
            minutes=_INSPECTOR_DAY * ceil(lines * minutes / _INSPECTOR_DAY),
            slots=ceil(lines) + 2,
            begins=day,
            at=at,
            by=by,
        )


def _own_ports() -> list[str]:
    facts = parties.port_facts()
    return [port for port, _, agency in facts.iter_rows() if agency is not None]


def _two(path: str, day: date, at: datetime) -> tuple[str, str]:
    """Return the officers who propose and who release."""
    analyst, director = (
        agencies.officers_with(role, path=path, on=day, known=at).order_by("key").first()
        for role in (Role.RISK_ANALYST, Role.DIRECTOR)
    )
    if analyst is None or director is None or analyst == director:
        raise Agency.DoesNotExist("the scenario has no two officers for a plan")
    return analyst.key, director.key
