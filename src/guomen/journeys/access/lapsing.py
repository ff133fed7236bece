"""
Licences that lapse because their holder has been idle for longer than the rules allow.

Idle is who declared nothing, wrote nothing into the farm's ledger and was not visited since. A
scheduler runs the sweep; each licence lapses in a transaction of its own, is known to the ledger,
and the holder is told why and until when it may appeal. What waits for a second person, or is under
appeal, is left as it is and named.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Max, Min

from guomen.core.errors import GuomenError
from guomen.journeys.access import moving
from guomen.journeys.access.actors import ZONE, Actor
from guomen.rulebooks import licensing
from guomen.supervision.declarations.models import Line
from guomen.supervision.filings.models import FarmEntry
from guomen.supervision.licences.lifecycle import LicenceMove, LicenceState
from guomen.supervision.licences.models import LicenceTerm, Review

REASON = "idle"


@dataclass(frozen=True, slots=True, kw_only=True)
class Idle:
    """A licence whose holder has been idle: since when, and the version that was looked at."""

    licence: int
    number: str
    since: date
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """The licences that lapsed, and those that were left, each with the code of the reason."""

    lapsed: Sequence[str]
    left: Mapping[str, str]


def idle(*, on: date, known: datetime, path: str = "/") -> list[Idle]:
    """Return the licences in force of a subtree whose holders were idle too long; seven queries."""
    found: list[Idle] = []
    for kind, term in licensing.TERMS.items():
        if term.idle_months is not None:
            found += _idle(kind, months_before(on, term.idle_months), on, known, path)
    return found


def months_before(day: date, months: int) -> date:
    """
    Return the day so many months before, the last of its month where there is none.

    >>> months_before(date(2012, 3, 31), 13)
    datetime.date(2011, 2, 28)
    """
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _idle(kind: str, since: date, on: date, known: datetime, path: str) -> list[Idle]:
    rows = (
        LicenceTerm.objects.as_of(on, known=known)
        .filter(
            licence__kind=kind,
            licence__agency__path__startswith=path,
            state=LicenceState.GRANTED.value,
        )
        .order_by("licence__number")
    )
    columns = ("licence", "licence__number", "licence__version", "licence__site")
    names = ("licence__site__reference", "licence__enterprise__reference")
    listed = list(rows.values_list(*columns, *names))
    licences = [row[0] for row in listed]
    granted = _granted_from(licences)
    visited = _newest(Review, "licence", "visited_on", licences)
    kept = _newest(FarmEntry, "site", "on", [row[3] for row in listed if row[3]])
    declared = _declared([name for row in listed for name in row[4:]])
    found = []
    for licence, number, version, site, *holders in listed:
        days = [granted[licence], visited.get(licence), kept.get(site)]
        days += [declared.get(name) for name in holders if name]
        last = max(day for day in days if day is not None)
        if last < since:
            found.append(Idle(licence=licence, number=number, since=last, version=version))
    return found


def _granted_from(licences: Sequence[int]) -> dict[int, date]:
    """Return the day from which each licence was last granted, its amendments not counted."""
    terms = LicenceTerm.objects.current().filter(licence__in=licences)
    found: dict[int, date] = {}
    broken: set[int] = set()
    for key, state, begins in terms.order_by("-begins").values_list("licence", "state", "begins"):
        if state != LicenceState.GRANTED.value:
            broken.add(key)
        elif key not in broken:
            found[key] = begins
    # A term in force that another one follows already counts from its own first day.
    first = terms.filter(state=LicenceState.GRANTED.value).values_list("licence")
    return dict(first.annotate(begins=Min("begins"))) | found


def _newest(
    model: type[Review] | type[FarmEntry], by: str, day: str, keys: Sequence[int]
) -> dict[int, date]:
    rows = model._default_manager.filter(**{f"{by}__in": keys, f"{day}__isnull": False})
    return dict(rows.order_by().values_list(by).annotate(newest=Max(day)))


def _declared(references: Sequence[str | None]) -> dict[str, date]:
    """Return the day on which each site or enterprise last declared goods; two queries."""
    names = {name for name in references if name}
    found: dict[str, date] = {}
    for column in ("site", "enterprise"):
        rows = Line.objects.order_by().values_list(column).annotate(newest=Max("received_at"))
        for name, at in rows.filter(**{f"{column}__in": names}):
            day = at.astimezone(ZoneInfo(ZONE)).date()
            found[name] = max(day, found.get(name, day))
    return found


def sweep(*, who: Actor, path: str = "/") -> Swept:
    """Let the licences lapse whose holders were idle too long; run again, it changes nothing."""
    lapsed: list[str] = []
    left: dict[str, str] = {}
    for one in idle(on=who.day, known=who.at, path=path):
        wish = moving.Wish(move=LicenceMove.LAPSE, reason=REASON, note=f"{one.since:%Y-%m-%d}")
        try:
            moving.act(one.licence, wish, who=who, version=one.version)
        except GuomenError as error:
            left[one.number] = error.code
        else:
            lapsed.append(one.number)
    return Swept(lapsed=lapsed, left=left)
