"""
What would be needed to bring goods in or out: asked by anybody, answered from the gate's own rules.

What the registers publish is filled in: the group of the goods, whether the origin is admitted,
which ports are designated. With an enterprise, what it holds by the published register is said too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet

from guomen.core.text import Text
from guomen.journeys.access import dossiers, rooms
from guomen.journeys.access.rooms import Reach
from guomen.journeys.registers import AsOf, Facts, Prefixed
from guomen.rulebooks import access
from guomen.rulebooks.access import Holder, Kind, Need
from guomen.supervision.bitemporal import Window
from guomen.supervision.licences import queries as licences
from guomen.supervision.licences.lifecycle import LicenceState
from guomen.supervision.licences.models import Appeal, LicenceTerm
from guomen.supervision.parties import queries as parties
from guomen.supervision.parties.models import Commodity, Enterprise, Port


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Goods that somebody thinks of; what is empty is not said yet."""

    direction: str
    hs_code: str
    origin: str = ""
    destination: str = ""
    transit_via: str = ""
    port: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One need with what an enterprise holds of it; ``held`` is None where nobody was named."""

    need: Need
    held: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The answer: the goods, their needs by kind, the ports, and how the origin stands."""

    goods: Text | None
    group: str | None
    origin_access: str | None
    ports: Sequence[tuple[str, Text]]
    parts: Sequence[tuple[Kind, Sequence[Wanted]]]
    enterprise: Enterprise | None


def ask(
    question: Question, *, on: date, known: datetime, enterprise: Enterprise | None = None
) -> Told:
    """Return what goods need on a day; a fixed number of queries."""
    window = Window.at(on, known=known)
    as_of = AsOf(on, known)
    case, goods = _case(question, as_of, window)
    held = _held(enterprise, on=on, known=known)
    wanted = [
        Wanted(need=need, held=_holds(need, held, question))
        for need in access.needs(case, on=on)
        if need.kind is not Kind.DECLARATION
    ]
    parts = [(kind, [w for w in wanted if w.need.kind is kind]) for kind in Kind]
    return Told(
        goods=goods,
        group=case.get("commodity_group"),
        origin_access=case.get("origin_access"),
        ports=_ports(case.get("commodity_group"), window),
        parts=[(kind, found) for kind, found in parts if found],
        enterprise=enterprise,
    )


def _case(question: Question, as_of: AsOf, window: Window) -> tuple[dict[str, Any], Text | None]:
    given = {
        "direction": question.direction,
        "hs_code": question.hs_code,
        "origin": question.origin,
        "destination": question.destination or ("CN" if question.direction == "import" else ""),
        "transit_via": question.transit_via,
        "port": question.port,
    }
    case: dict[str, Any] = {name: value for name, value in given.items() if value}
    row = (
        Commodity.objects.as_of(as_of.on, known=as_of.known)
        .filter(hs_code=question.hs_code)
        .first()
    )
    goods = Text(zh=row.name_zh, en=row.name_en) if row else None
    if row is not None:
        case |= {
            "commodity_group": row.group,
            "in_legal_catalogue": row.in_legal_catalogue,
            "inspection_letters": row.inspection,
            "unit_expected": row.unit,
        }
    if question.direction == "import" and question.origin:
        origins = Prefixed(licences.origin_access(window=window), ["origin"], "access")
        found = origins.longest(as_of, question.hs_code, question.origin)
        if found:
            case["origin_access"] = found[0]
    if question.port:
        _add_port(case, question.port, as_of, window)
    return case, goods


def _add_port(case: dict[str, Any], port: str, as_of: AsOf, window: Window) -> None:
    case["port_known"] = port in parties.port_facts()["port"].to_list()
    designated = Facts(licences.designated_ports(window=window), ["group", "port"])
    group = case.get("commodity_group")
    if group and any(code == group for code, *_ in licences.designated_ports(window=window).rows()):
        case["port_designated"] = designated.one(as_of, group, port) is not None


def _ports(group: str | None, window: Window) -> list[tuple[str, Text]]:
    """Return the ports that are designated for a group, if it is restricted to any."""
    codes = {
        port for of, port, *_ in licences.designated_ports(window=window).rows() if of == group
    }
    rows = Port.objects.filter(unlocode__in=codes)
    return [(p.unlocode, Text(zh=p.name_zh, en=p.name_en)) for p in rows]


def _held(enterprise: Enterprise | None, *, on: date, known: datetime) -> Scopes | None:
    """Return the scopes of what an enterprise and its sites hold, by kind; None for nobody."""
    if enterprise is None:
        return None
    found: dict[str, list[tuple[list[str], list[str]]]] = {}
    terms = LicenceTerm.objects.as_of(on, known=known).filter(state=LicenceState.GRANTED.value)
    for field in ("licence__enterprise", "licence__site__enterprise"):
        rows = terms.filter(**{field: enterprise}).values_list(
            "licence__kind", "hs_prefixes", "origins"
        )
        for kind, prefixes, origins in rows:
            found.setdefault(kind, []).append((prefixes, origins))
    return found


# Facts that ask whether the scope covers the goods; the others, whether anything is held at all.
_SCOPED = frozenset({"permit_covers", "base_plan_covers"})
Scopes = Mapping[str, list[tuple[list[str], list[str]]]]


def _holds(need: Need, held: Scopes | None, question: Question) -> bool | None:
    """Tell whether an enterprise holds what a need asks of it; None where that is not its own."""
    own = [
        (name, supply.code)
        for name, supply in need.supplies
        if supply.kind is Kind.LICENCE and supply.holder in (Holder.ENTERPRISE, Holder.SITE)
    ]
    if held is None or not own:
        return None
    return all(
        any(name not in _SCOPED or _covers(scope, question) for scope in held.get(code, []))
        for name, code in own
    )


def _covers(scope: tuple[list[str], list[str]], question: Question) -> bool:
    prefixes, origins = scope
    return question.hs_code.startswith(tuple(prefixes)) and (
        not question.origin or question.origin.startswith(tuple(origins))
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What the public may read of an enterprise."""

    enterprise: Enterprise
    licences: Sequence[tuple[str, str, str, date | None]]


def published(number: str, *, on: date, known: datetime) -> Status | None:
    """Return the published status of an enterprise by its number or whole name, or None."""
    wanted = number.strip()
    references = parties.references_of({wanted, wanted.upper()})
    reference = next(iter(references.values()), None)
    rows = Enterprise.objects.select_related("agency", "merged_into")
    found = (
        rows.filter(reference=reference).first()
        if reference
        else rows.filter(name_zh=wanted, merged_into__isnull=True).first()
        or rows.filter(name_en__iexact=wanted, merged_into__isnull=True).first()
    )
    if found is None or not wanted:
        return None
    return Status(enterprise=found, licences=_published_licences(found, on, known))


# Applications and what is under appeal are nobody else's business yet.
PUBLISHED = ("granted", "suspended", "revoked", "forced_exit", "lapsed")


def _published_licences(
    enterprise: Enterprise, on: date, known: datetime
) -> list[tuple[str, str, str, date | None]]:
    rows = dossiers.of_enterprise(enterprise, Reach(path="/", on=on, known=known))
    return [
        (licence.kind, licence.number, stands, term.ends if term else None)
        for licence, term, stands in rows
        if stands in (*PUBLISHED, "expired")
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One row of a published list."""

    licence: str
    kind: str
    name: Text
    state: str
    since: date
    reason: Text


def exits(*, on: date, known: datetime) -> QuerySet[LicenceTerm]:
    """
    Return who was suspended, revoked or forced out as it is published, newest first.

    A decision whose publication an open appeal holds back is left out.
    """
    gone = (LicenceState.SUSPENDED, LicenceState.REVOKED, LicenceState.FORCED_EXIT)
    held_back = Appeal.objects.filter(decided_at__isnull=True, holds_back__icontains="publication")
    taken = LicenceTerm.objects.filter(state__in=[state.value for state in gone])
    return (
        LicenceTerm.objects.as_of(on, known=known)
        .filter(rooms.named_by(taken, "pk", "pk"))
        .exclude(licence__in=held_back.values("act__licence"))
        .select_related("licence__enterprise", "licence__site")
        .order_by("-begins", "pk")
    )


def listed(term: LicenceTerm) -> Listed:
    """Return one row of the published list."""
    holder: Any = term.licence.enterprise or term.licence.site
    return Listed(
        licence=term.licence.number,
        kind=term.licence.kind,
        name=Text(zh=holder.name_zh, en=holder.name_en),
        state=term.state,
        since=term.begins,
        reason=Text(zh=term.reason_zh, en=term.reason_en),
    )
