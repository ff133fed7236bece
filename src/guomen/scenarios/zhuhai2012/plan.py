"""
What ports can do, and the plan of the day, once the year is lived.

Capacities are invented, in whole inspectors' days, from what each port opened lately; the plan is
built, proposed and released by the same journeys as anybody's, by two officers of the scenario.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from django.db.models import Count

from guomen.journeys.targeting import building, releasing
from guomen.rulebooks import targeting as settings
from guomen.supervision.agencies import queries as agencies
from guomen.supervision.agencies.models import Agency, Role
from guomen.supervision.declarations.models import Line
from guomen.supervision.parties import queries as parties

BUREAU = "ZH"
_INSPECTOR_DAY = 480
_ROOM = 1.4


def plan_the_day(at: datetime) -> int:
    """Record capacities, then build and release the plan of the day; return how many ports."""
    office = agencies.agencies([BUREAU])[BUREAU]
    day = at.astimezone(ZoneInfo(office.zone)).date()
    proposer, releaser = _two(office.path, at)
    window = settings.FORECAST_DAYS.value
    opened = (
        Line.objects.filter(
            outcome__startswith="inspect",
            received_at__gte=at - window,
            agency__path__startswith=office.path,
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
            by=proposer,
        )
    row = building.build(BUREAU, day=day, at=at, by="SYS-NIGHT")
    releasing.propose(row.reference, at=at, by=proposer)
    releasing.release(row.reference, at=at, by=releaser)
    return opened.count()


def _own_ports() -> list[str]:
    facts = parties.port_facts()
    return [port for port, _, agency in facts.iter_rows() if agency is not None]


def _two(path: str, at: datetime) -> tuple[str, str]:
    """Return the officers who propose and who release."""
    day = at.date()
    analyst, director = (
        agencies.officers_with(role, path=path, on=day, known=at).order_by("key").first()
        for role in (Role.RISK_ANALYST, Role.DIRECTOR)
    )
    if analyst is None or director is None or analyst == director:
        raise Agency.DoesNotExist("the scenario has no two officers for a plan")
    return analyst.key, director.key
