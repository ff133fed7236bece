"""
Reads of parties: bulk facts for decisions, and registers for pages.

Every bulk read is one query and returns the period of each fact, so that lines of different days
are joined as of their own day.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, datetime
from typing import Any

import polars as pl
from django.db.models import Q, QuerySet

from guomen.core.text import Text
from guomen.supervision.bitemporal import PERIOD_COLUMNS, Window, frame_of
from guomen.supervision.parties import finding
from guomen.supervision.parties.models import (
    Commodity,
    CommodityHazard,
    Enterprise,
    EnterpriseTerm,
    Port,
    Registration,
    Site,
)
from guomen.supervision.prepared import PreparedQuery

Keys = Collection[str] | None


def registrations_of(references: Collection[str]) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Yield each registration of some enterprises: reference, then its period and active."""
    for reference, state, *period in _REGISTRATIONS.rows(references):
        yield reference, (*period, state == "active")


_REGISTRATIONS = PreparedQuery(
    Registration,
    lambda references: Registration.objects.filter(
        enterprise__reference__in=references
    ).values_list("enterprise__reference", "state", *PERIOD_COLUMNS),
)


def references_of(numbers: Collection[str]) -> dict[str, str]:
    """
    Return references of enterprises by credit code, overseas number, or the reference itself.

    The number of a record that was merged leads to the record that stands for it.
    """
    found: dict[str, str] = {}
    for reference, uscc, overseas, survivor in _NUMBERED.rows(numbers):
        known = (number for number in (uscc, overseas, reference) if number is not None)
        found |= {number: survivor or reference for number in known if number in numbers}
    return found


_NUMBERED = PreparedQuery(
    Enterprise,
    lambda numbers: Enterprise.objects.filter(
        Q(uscc__in=numbers) | Q(overseas_number__in=numbers) | Q(reference__in=numbers)
    ).values_list("reference", "uscc", "overseas_number", "merged_into__reference"),
)


def sites_numbered(numbers: Collection[str]) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield reference and kind of each site under the number of its filing, and its reference."""
    for number, reference, kind in _SITES.rows(numbers):
        for name in dict.fromkeys((number, reference)):
            yield name, (reference, kind)


_SITES = PreparedQuery(
    Site,
    lambda numbers: Site.objects.filter(
        Q(number__in=numbers) | Q(reference__in=numbers)
    ).values_list("number", "reference", "kind"),
)


def commodities_of(hs_codes: Collection[str]) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Yield each version of some commodities: HS code, then period, group, letters, unit, list."""
    for code, *values in _COMMODITIES.rows(hs_codes):
        yield code, tuple(values)


_COMMODITIES = PreparedQuery(
    Commodity,
    lambda hs_codes: Commodity.objects.filter(hs_code__in=hs_codes).values_list(
        "hs_code", *PERIOD_COLUMNS, "group", "inspection", "unit", "in_legal_catalogue"
    ),
)


def commodity_names(hs_codes: Collection[str]) -> dict[str, Text]:
    """Return the newest names of some commodities, in one query."""
    rows = Commodity.objects.filter(hs_code__in=hs_codes).order_by("begins", "recorded_at")
    return {
        code: Text(zh=zh, en=en)
        for code, zh, en in rows.values_list("hs_code", "name_zh", "name_en")
    }


def commodity_groups(hs_codes: Collection[str], *, on: date, known: datetime) -> dict[str, str]:
    """Return the group of each HS code on a day."""
    rows = Commodity.objects.as_of(on, known=known).filter(hs_code__in=hs_codes)
    return dict(rows.values_list("hs_code", "group"))


def groups_now(hs_codes: Collection[str] | None = None) -> dict[str, str]:
    """Return the group of HS codes by the newest register; of all of them where none is named."""
    rows = Commodity.objects.current()
    if hs_codes is not None:
        rows = rows.filter(hs_code__in=hs_codes)
    return dict(rows.values_list("hs_code", "group"))


def commodity_hazards(*, window: Window) -> pl.DataFrame:
    """Return every hazard by HS prefix: hs_prefix, hazard, and the period."""
    rows = CommodityHazard.objects.within(window).values_list(
        "hs_prefix", "hazard__code", *PERIOD_COLUMNS
    )
    return frame_of(rows, {"hs_prefix": pl.String(), "hazard": pl.String()})


def port_facts() -> pl.DataFrame:
    """Return every port: port, transport, agency (None for a port elsewhere)."""
    rows = Port.objects.values_list("unlocode", "transport", "agency__code")
    return pl.DataFrame(
        list(rows),
        schema={"port": pl.String(), "transport": pl.String(), "agency": pl.String()},
        orient="row",
    )


def offices_at(ports: Collection[str]) -> dict[str, int]:
    """Return the key of the agency that watches each of some ports; none for ports elsewhere."""
    rows = Port.objects.filter(unlocode__in=ports, agency__isnull=False)
    return dict(rows.values_list("unlocode", "agency_id"))


def port_names(codes: Collection[str]) -> dict[str, Text]:
    """Return the names of ports by code."""
    rows = Port.objects.filter(unlocode__in=codes).values_list("unlocode", "name_zh", "name_en")
    return {code: Text(zh=zh, en=en) for code, zh, en in rows}


def named_like(text: str, *, among: QuerySet[Enterprise]) -> QuerySet[Enterprise]:
    """Return the enterprises that a search finds, by names and numbers; by the index."""
    found = finding.find(EnterpriseTerm, text)
    if found is None:
        # Nothing was typed, or nothing that a name or number could hold.
        return among.none() if text.strip() else among
    return among.filter(found.among(EnterpriseTerm, "pk"))


def names_of(references: Collection[str]) -> dict[str, tuple[str, str]]:
    """Return names (zh, en) of enterprises and sites by reference, for pages."""
    # A union takes no order of its parts.
    enterprises = Enterprise.objects.filter(reference__in=references).order_by()
    sites = Site.objects.filter(reference__in=references).order_by()
    rows = enterprises.values_list("reference", "name_zh", "name_en").union(
        sites.values_list("reference", "name_zh", "name_en")
    )
    return {reference: (zh, en) for reference, zh, en in rows}


def places_named(codes: Collection[str]) -> dict[str, tuple[str, str]]:
    """Return the names, Chinese and English, of ports by UN/LOCODE and of sites by reference."""
    ports = Port.objects.filter(unlocode__in=codes).values_list("unlocode", "name_zh", "name_en")
    sites = Site.objects.filter(reference__in=codes).values_list("reference", "name_zh", "name_en")
    return {code: (zh, en or zh) for rows in (ports, sites) for code, zh, en in rows}
