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
from guomen.supervision.bitemporal import MOST_KEYS, PERIOD_COLUMNS, Window, frame_of
from guomen.supervision.parties.codes import reference_valid, uscc_valid
from guomen.supervision.parties.models import (
    Commodity,
    CommodityHazard,
    Enterprise,
    Port,
    Registration,
    Site,
    TradeRole,
)

Keys = Collection[str] | None


def enterprise_facts(references: Keys, *, window: Window) -> pl.DataFrame:
    """
    Return registrations: reference, uscc, country, is_sme, agency, path, active, and the period.

    Enterprises without any registration in the window are absent: they are not on the register.
    """
    rows = (
        Registration.objects.within(window)
        .of("enterprise__reference", references)
        .values_list(
            "enterprise__reference",
            "enterprise__uscc",
            "enterprise__country",
            "enterprise__is_sme",
            "enterprise__agency__code",
            "enterprise__agency__path",
            "state",
            *PERIOD_COLUMNS,
        )
    )
    frame = frame_of(
        rows,
        {
            "enterprise": pl.String(),
            "uscc": pl.String(),
            "country": pl.String(),
            "is_sme": pl.Boolean(),
            "agency": pl.String(),
            "path": pl.String(),
            "state": pl.String(),
        },
    )
    return frame.with_columns(active=pl.col("state") == "active")


def registrations_of(references: Collection[str]) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Yield each registration of some enterprises: reference, then its period and active."""
    rows = Registration.objects.filter(enterprise__reference__in=references)
    for reference, state, *period in rows.values_list(
        "enterprise__reference", "state", *PERIOD_COLUMNS
    ):
        yield reference, (*period, state == "active")


def references_of(numbers: Collection[str]) -> dict[str, str]:
    """
    Return references of enterprises by credit code, overseas number, or the reference itself.

    The number of a record that was merged leads to the record that stands for it.
    """
    rows = Enterprise.objects.filter(
        Q(uscc__in=numbers) | Q(overseas_number__in=numbers) | Q(reference__in=numbers)
    )
    found: dict[str, str] = {}
    columns = ("reference", "uscc", "overseas_number", "merged_into__reference")
    for reference, uscc, overseas, survivor in rows.values_list(*columns):
        known = (number for number in (uscc, overseas, reference) if number is not None)
        found |= {number: survivor or reference for number in known if number in numbers}
    return found


def number_valid(number: str) -> bool:
    """Tell whether an enterprise's number, reference or credit code, passes its check character."""
    return reference_valid(number) or uscc_valid(number)


def trade_roles(references: Keys, *, window: Window) -> pl.DataFrame:
    """Return the parts that enterprises play: enterprise, role, and the period."""
    rows = (
        TradeRole.objects.within(window)
        .of("enterprise__reference", references)
        .values_list("enterprise__reference", "role", *PERIOD_COLUMNS)
    )
    return frame_of(rows, {"enterprise": pl.String(), "role": pl.String()})


def site_facts(references: Keys) -> pl.DataFrame:
    """Return sites: site, number, kind, enterprise, country. A site never changes its kind."""
    rows = Site.objects.all()
    if references is not None and len(references) <= MOST_KEYS:
        rows = rows.filter(reference__in=references)
    return pl.DataFrame(
        list(rows.values_list("reference", "number", "kind", "enterprise__reference", "country")),
        schema={
            "site": pl.String(),
            "number": pl.String(),
            "kind": pl.String(),
            "enterprise": pl.String(),
            "country": pl.String(),
        },
        orient="row",
    )


def site_references(numbers: Collection[str]) -> dict[str, str]:
    """Return references of sites by the number of their filing, or the reference itself."""
    rows = Site.objects.filter(Q(number__in=numbers) | Q(reference__in=numbers))
    found: dict[str, str] = {}
    for number, reference in rows.values_list("number", "reference"):
        found |= {name: reference for name in (number, reference) if name in numbers}
    return found


def sites_numbered(numbers: Collection[str]) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield reference and kind of each site under the number of its filing, and its reference."""
    rows = Site.objects.filter(Q(number__in=numbers) | Q(reference__in=numbers))
    for number, reference, kind in rows.values_list("number", "reference", "kind"):
        for name in dict.fromkeys((number, reference)):
            yield name, (reference, kind)


def commodities_of(hs_codes: Collection[str]) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Yield each version of some commodities: HS code, then period, group, letters, unit, list."""
    rows = Commodity.objects.filter(hs_code__in=hs_codes)
    for code, *values in rows.values_list(
        "hs_code", *PERIOD_COLUMNS, "group", "inspection", "unit", "in_legal_catalogue"
    ):
        yield code, tuple(values)


def commodity_facts(hs_codes: Keys, *, window: Window) -> pl.DataFrame:
    """Return commodities: hs_code, group, inspection, unit, in_legal_catalogue, and the period."""
    rows = (
        Commodity.objects.within(window)
        .of("hs_code", hs_codes)
        .values_list(
            "hs_code", "group", "inspection", "unit", "in_legal_catalogue", *PERIOD_COLUMNS
        )
    )
    return frame_of(
        rows,
        {
            "hs_code": pl.String(),
            "group": pl.String(),
            "inspection": pl.String(),
            "unit": pl.String(),
            "in_legal_catalogue": pl.Boolean(),
        },
    )


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


def port_names(codes: Collection[str]) -> dict[str, Text]:
    """Return the names of ports by code."""
    rows = Port.objects.filter(unlocode__in=codes).values_list("unlocode", "name_zh", "name_en")
    return {code: Text(zh=zh, en=en) for code, zh, en in rows}


def enterprises_in(path: str) -> QuerySet[Enterprise]:
    """Return the enterprises under the agencies of a subtree."""
    return Enterprise.objects.filter(agency__path__startswith=path).select_related("agency")


def named_like(text: str, *, among: QuerySet[Enterprise]) -> QuerySet[Enterprise]:
    """Return the enterprises whose name or number contains a text."""
    return among.filter(
        Q(name_zh__icontains=text)
        | Q(name_en__icontains=text)
        | Q(reference__icontains=text)
        | Q(uscc__icontains=text)
        | Q(overseas_number__icontains=text)
    )


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
