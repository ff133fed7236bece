"""
Lists of consignment lines as people look for them: filters, a search, an order, one page.

A scope comes first and can only be narrowed: an officer sees the subtree of the own agency, a
person of an enterprise the own enterprise. The primary keys of a page are read from an index and
only its rows are fetched, so that a list of a hundred thousand lines opens as fast as a short one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from django.db.models import F, Q, QuerySet

from guomen.supervision.agencies import queries as agencies
from guomen.supervision.declarations.lifecycle import LineState
from guomen.supervision.declarations.models import Declaration, Line
from guomen.supervision.parties import queries as parties
from guomen.supervision.parties.models import Commodity, Enterprise

ZONE = "Asia/Shanghai"
# Beyond this many lines a list says "more than", and asks to be narrowed.
MOST = 100_000
# A name that more enterprises share than this is too short to search by.
_MOST_NAMES = 500
_CHUNK = 2_000
_HS = re.compile(r"^[0-9]{2,10}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Whose lines may be seen: an agency's subtree's, or an enterprise's own and its clients'."""

    path: str | None = None
    enterprise: str | None = None

    def lines(self) -> QuerySet[Line]:
        """Return the lines that may be seen; none when the scope names nobody."""
        if self.enterprise:
            # Found by two indexes each on its own: an OR over a join would use neither.
            declared = Declaration.objects.filter(agent=self.enterprise)
            own = Q(enterprise=self.enterprise)
            return Line.objects.filter(own | Q(declaration__in=declared.values("pk")))
        if self.path:
            return Line.objects.filter(agency_id__in=_agency_ids(self.path))
        return Line.objects.none()

    def declarations(self) -> QuerySet[Declaration]:
        """Return the declarations that may be seen; none when the scope names nobody."""
        if self.enterprise:
            mine = Q(enterprise=self.enterprise) | Q(agent=self.enterprise)
            return Declaration.objects.filter(mine)
        if self.path:
            return Declaration.objects.filter(agency_id__in=_agency_ids(self.path))
        return Declaration.objects.none()


def _agency_ids(path: str) -> list[int]:
    # As a list, not a join: the indexes of lines begin with the agency.
    return list(agencies.subtree(path).order_by("pk").values_list("pk", flat=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a reader looks for; what is empty narrows nothing."""

    text: str = ""
    outcome: str = ""
    state: str = ""
    direction: str = ""
    port: str = ""
    group: str = ""
    hs: str = ""
    enterprise: str = ""
    held_for: str = ""
    late: bool = False
    first: date | None = None
    last: date | None = None


# How a list can be ordered; each order ends with the key, so that pages never overlap.
ORDERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "received": ("received_at", "pk"),
        "deadline": ("hold_deadline", "pk"),
        "enterprise": ("enterprise", "pk"),
        "hs": ("hs_code", "pk"),
        "value": ("value_cny", "pk"),
    }
)
DEFAULT_ORDER = "-received"


def find(scope: Scope, wanted: Wanted, *, now: datetime, order: str = "") -> QuerySet[Line]:
    """Return the lines of a scope that a reader looks for, in an order; nothing is fetched."""
    return _ordered(_narrowed(scope.lines(), wanted, now=now), order)


def count(lines: QuerySet[Line]) -> int:
    """Return how many lines a list has, counting no further than one more than the most."""
    return lines.order_by()[: MOST + 1].count()


def rows(lines: QuerySet[Line], first: int, last: int) -> list[Line]:
    """Return the lines of a page with their declarations, in the order of the list."""
    return _fetched(list(lines.values_list("pk", flat=True)[first:last]))


def every(lines: QuerySet[Line], *, most: int) -> Iterator[Line]:
    """Yield the lines of a list in its order, so many and no more, a part at a time."""
    keys = list(lines.values_list("pk", flat=True)[:most])
    for start in range(0, len(keys), _CHUNK):
        yield from _fetched(keys[start : start + _CHUNK])


def enterprise_names(lines: Sequence[Line]) -> dict[str, tuple[str, str]]:
    """Return the names (zh, en) of the enterprises of lines, by reference."""
    return parties.names_of({line.enterprise for line in lines})


def _fetched(keys: Sequence[int]) -> list[Line]:
    found = Line.objects.select_related("declaration").in_bulk(keys)
    return [found[key] for key in keys if key in found]


def _ordered(lines: QuerySet[Line], order: str) -> QuerySet[Line]:
    name = order.removeprefix("-")
    if name not in ORDERS:
        order, name = DEFAULT_ORDER, DEFAULT_ORDER.removeprefix("-")
    descending = order.startswith("-")
    return lines.order_by(
        *(
            F(column).desc(nulls_last=True) if descending else F(column).asc(nulls_last=True)
            for column in ORDERS[name]
            if column == "hold_deadline"
        ),
        *(
            f"-{column}" if descending else column
            for column in ORDERS[name]
            if column != "hold_deadline"
        ),
    )


def _narrowed(lines: QuerySet[Line], wanted: Wanted, *, now: datetime) -> QuerySet[Line]:
    plain = {
        "outcome": wanted.outcome,
        "state": wanted.state,
        "direction": wanted.direction,
        "declaration__port": wanted.port,
        "hs_code__startswith": wanted.hs,
        "enterprise": wanted.enterprise,
        "held_for": wanted.held_for,
    }
    lines = lines.filter(**{name: value for name, value in plain.items() if value})
    if wanted.group:
        lines = lines.filter(hs_code__in=codes_of(wanted.group))
    if wanted.late:
        lines = lines.filter(state=LineState.HELD.value, hold_deadline__lt=now)
    lines = _between(lines, wanted.first, wanted.last)
    return lines.filter(_about(wanted.text)) if wanted.text else lines


def codes_of(group: str) -> list[str]:
    """Return the HS codes of a commodity group."""
    codes = Commodity.objects.current().filter(group=group).values_list("hs_code", flat=True)
    return sorted(set(codes))


def _between(lines: QuerySet[Line], first: date | None, last: date | None) -> QuerySet[Line]:
    zone = ZoneInfo(ZONE)
    if first is not None:
        lines = lines.filter(received_at__gte=datetime.combine(first, time(), zone))
    if last is not None:
        end = datetime.combine(last + timedelta(days=1), time(), zone)
        lines = lines.filter(received_at__lt=end)
    return lines


def _about(text: str) -> Q:
    """Return what a text may mean: a number of ours or theirs, an HS code, an enterprise, goods."""
    text = text.strip()
    if text.upper().startswith("DEC-"):
        return Q(reference__startswith=text.upper())
    found = Q(goods__icontains=text) | Q(declaration__own_number__istartswith=text)
    if _HS.match(text):
        found |= Q(hs_code__startswith=text)
    named = parties.named_like(text, among=Enterprise.objects.order_by())
    return found | Q(enterprise__in=list(named.values_list("reference", flat=True)[:_MOST_NAMES]))
