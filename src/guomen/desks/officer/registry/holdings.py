"""Lists of what enterprises hold beside licences, and of ports; each one declaration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy, ngettext

from guomen.desks.components import tones
from guomen.desks.components.access import looks
from guomen.desks.components.templatetags.access import all_in_words, from_places, in_words, name_of
from guomen.desks.officer.registry.lists import ANY, Column, Filters, Room
from guomen.journeys.access import holdings
from guomen.journeys.access.rooms import Reach


class CertificateFilters(Filters):
    """What certificates can be narrowed by."""

    system = forms.ChoiceField(
        label=gettext_lazy("Certified system"),
        choices=looks.chosen("system", empty=ANY),
        required=False,
    )
    stands = forms.ChoiceField(
        label=gettext_lazy("Stands"),
        choices=[("", ANY), *((code, tone.word) for code, tone in looks.CERTIFICATES.items())],
        required=False,
    )


class ProductFilters(Filters):
    """What products can be narrowed by."""

    code = forms.RegexField(
        label=gettext_lazy("HS code begins with"),
        regex=r"^[0-9]{2,10}$",
        required=False,
        error_messages={"invalid": gettext_lazy("Two to ten digits")},
    )


class PortFilters(Filters):
    """What ports can be narrowed by."""

    group = forms.ChoiceField(
        label=gettext_lazy("Designated for"),
        choices=looks.chosen("group", empty=ANY),
        required=False,
    )


def _certificates_beside(rows: Sequence[Any], reach: Reach) -> Mapping[str, Any]:
    return {"stands": {row.pk: holdings.stands(row, reach) for row in rows}}


CERTIFICATES = Room(
    name="certificates",
    title=gettext_lazy("Certified systems"),
    counted=lambda n, shown: (
        ngettext("%(n)s certificate of a system", "%(n)s certificates of systems", n) % {"n": shown}
    ),
    form=CertificateFilters,
    find=holdings.certificates,
    orders={"number": "number", "system": "system", "ends": "ends"},
    default="ends",
    template="officer/registry/certificates_table.html",
    columns=(
        Column(gettext_lazy("Number"), lambda row, _: row.number),
        Column(gettext_lazy("System"), lambda row, _: in_words(row.system, "system")),
        Column(gettext_lazy("Enterprise"), lambda row, _: name_of(row.enterprise)),
        Column(gettext_lazy("Issuer"), lambda row, _: row.issuer_zh),
        Column(gettext_lazy("From"), lambda row, _: row.begins),
        Column(gettext_lazy("Until"), lambda row, _: row.ends),
        Column(
            gettext_lazy("Stands"),
            lambda row, by: str(tones.look(looks.CERTIFICATES, by["stands"][row.pk]).word),
        ),
    ),
    beside=_certificates_beside,
)
PRODUCTS = Room(
    name="products",
    title=gettext_lazy("Products"),
    counted=lambda n, shown: ngettext("%(n)s product", "%(n)s products", n) % {"n": shown},
    form=ProductFilters,
    find=holdings.products,
    orders={"code": "hs_code", "name": "name_zh"},
    default="code",
    template="officer/registry/products_table.html",
    columns=(
        Column(gettext_lazy("HS code"), lambda row, _: row.hs_code),
        Column(gettext_lazy("Chinese name"), lambda row, _: row.name_zh),
        Column(gettext_lazy("English name"), lambda row, _: row.name_en),
        Column(gettext_lazy("Brand"), lambda row, _: row.brand),
        Column(gettext_lazy("Enterprise"), lambda row, _: name_of(row.enterprise)),
        Column(gettext_lazy("Site"), lambda row, _: row.site.number if row.site else None),
        Column(gettext_lazy("Origins"), lambda row, _: from_places(row.origins)),
        Column(gettext_lazy("From"), lambda row, _: row.begins),
    ),
)


def _ports_beside(rows: Sequence[Any], reach: Reach) -> Mapping[str, Any]:
    return {"designations": holdings.designations(rows, reach), "today": reach.on}


def _designated(row: Any, beside: Mapping[str, Any]) -> str:
    held = beside["designations"].get(row.pk, [])
    now = [term.group for term in held if term.ends is None or term.ends > beside["today"]]
    return all_in_words(now, "group")


PORTS = Room(
    name="ports",
    title=gettext_lazy("Ports"),
    counted=lambda n, shown: ngettext("%(n)s port", "%(n)s ports", n) % {"n": shown},
    form=PortFilters,
    find=holdings.ports,
    orders={"code": "unlocode", "name": "name_zh"},
    default="code",
    template="officer/registry/ports_table.html",
    columns=(
        Column(gettext_lazy("Code"), lambda row, _: row.unlocode),
        Column(gettext_lazy("Chinese name"), lambda row, _: row.name_zh),
        Column(gettext_lazy("English name"), lambda row, _: row.name_en),
        Column(gettext_lazy("Serves"), lambda row, _: in_words(row.transport, "transport")),
        Column(gettext_lazy("Agency in charge"), lambda row, _: name_of(row.agency)),
        Column(gettext_lazy("Designated for"), _designated),
    ),
    beside=_ports_beside,
)
