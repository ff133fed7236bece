"""
What enterprises hold beside licences, and where goods may come in: certificates, products, ports.

Certificates and products belong to enterprises and are read within a subtree; ports and what they
are designated for are the same for everybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from guomen.journeys.access.rooms import Reach, holders, site_states
from guomen.rulebooks import licensing
from guomen.supervision.licences.models import DesignatedPort
from guomen.supervision.parties.models import (
    Enterprise,
    Port,
    Product,
    Site,
    SystemCertificate,
)

VALID, ENDING, OVER = "valid", "ending", "over"


def certificates(reach: Reach, wanted: Mapping[str, Any]) -> QuerySet[SystemCertificate]:
    """Return the newest knowledge of certified systems: text, system, stands."""
    rows = SystemCertificate.objects.current().filter(
        reach.within("enterprise__agency_id"), begins__lte=reach.on
    )
    if system := wanted.get("system"):
        rows = rows.filter(system=system)
    if asked := wanted.get("stands"):
        rows = rows.filter(_standing(asked, reach))
    for word in wanted.get("q", "").split():
        rows = rows.filter(
            Q(number__icontains=word)
            | Q(issuer_zh__icontains=word)
            | Q(issuer_en__icontains=word)
            | holders(word, "enterprise_id")
        )
    return rows.select_related("enterprise")


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """What one enterprise has on the register, certificates with how they stand."""

    certificates: Sequence[tuple[SystemCertificate, str]]
    products: Sequence[Product]
    sites: Sequence[tuple[Site, Sequence[tuple[str, str]]]]


def of_enterprise(enterprise: Enterprise, reach: Reach) -> Own:
    """Return what an enterprise has on the register; four queries."""
    held = SystemCertificate.objects.current().filter(enterprise=enterprise, begins__lte=reach.on)
    goods = Product.objects.as_of(reach.on, known=reach.known).filter(enterprise=enterprise)
    places = list(Site.objects.filter(enterprise=enterprise).order_by("number"))
    licences = site_states(places, reach)
    return Own(
        certificates=[(row, stands(row, reach)) for row in held.order_by("system", "-begins")],
        products=list(goods.select_related("site").order_by("hs_code", "name_zh")),
        sites=[(site, licences.get(site.pk, ())) for site in places],
    )


def _soon(reach: Reach) -> Any:
    return reach.on + timedelta(days=3 * licensing.RENEWAL_DAYS.on(reach.on).value)


def _standing(asked: str, reach: Reach) -> Q:
    """Match certificates by how they stand; one without an end never ends."""
    over = Q(ends__lte=reach.on)
    ending = Q(ends__gt=reach.on, ends__lte=_soon(reach))
    return {OVER: over, ENDING: ending}.get(asked, ~over)


def stands(row: SystemCertificate, reach: Reach) -> str:
    """Return how a certificate stands on a day: valid, ending within three months, or over."""
    if row.ends is None or row.ends > _soon(reach):
        return VALID
    return ENDING if row.ends > reach.on else OVER


def products(reach: Reach, wanted: Mapping[str, Any]) -> QuerySet[Product]:
    """Return the products of a subtree's enterprises on a day: text, beginning of the code."""
    rows = Product.objects.as_of(reach.on, known=reach.known).filter(
        reach.within("enterprise__agency_id")
    )
    if code := wanted.get("code"):
        rows = rows.filter(hs_code__startswith=code)
    for word in wanted.get("q", "").split():
        rows = rows.filter(
            Q(name_zh__icontains=word)
            | Q(name_en__icontains=word)
            | Q(brand__icontains=word)
            | holders(word, "enterprise_id")
        )
    return rows.select_related("enterprise", "site")


def ports(reach: Reach, wanted: Mapping[str, Any]) -> QuerySet[Port]:
    """Return ports: text, group of goods for which they are designated."""
    rows = Port.objects.all()
    if group := wanted.get("group"):
        held = DesignatedPort.objects.as_of(reach.on, known=reach.known).filter(group=group)
        rows = rows.filter(Exists(held.filter(port=OuterRef("pk"))))
    for word in wanted.get("q", "").split():
        rows = rows.filter(
            Q(unlocode__icontains=word) | Q(name_zh__icontains=word) | Q(name_en__icontains=word)
        )
    return rows.select_related("agency")


def designations(rows: Iterable[Port], reach: Reach) -> dict[int, list[DesignatedPort]]:
    """Return what ports are designated for, now and before, by primary key; one query."""
    found: dict[int, list[DesignatedPort]] = {}
    terms = DesignatedPort.objects.current().filter(port__in=[row.pk for row in rows])
    for term in terms.filter(begins__lte=reach.on).order_by("group", "begins"):
        found.setdefault(term.port_id, []).append(term)
    return found
