"""The lists of the room of access, each one declaration."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy, ngettext

from guomen.desks.components import tones
from guomen.desks.components.access import looks
from guomen.desks.components.templatetags.access import (
    all_in_words,
    from_places,
    in_words,
    name_of,
    prefixes,
)
from guomen.desks.components.tones import Words
from guomen.desks.officer.registry.holdings import CERTIFICATES, PORTS, PRODUCTS
from guomen.desks.officer.registry.lists import ANY, Column, Filters, Room
from guomen.journeys.access import rooms
from guomen.journeys.access.rooms import Reach
from guomen.supervision.parties.models import RegistrationState


def _states(table: Mapping[str, tones.Tone]) -> list[tuple[str, Words]]:
    return [("", ANY), *((code, tone.word) for code, tone in table.items())]


def _pick(label: Any, choices: list[tuple[str, Words]]) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, required=False)


class EnterpriseFilters(Filters):
    """What enterprises can be narrowed by."""

    role = _pick(gettext_lazy("Part in trade"), looks.chosen("role", empty=ANY))
    state = _pick(gettext_lazy("Register"), [("", ANY), *RegistrationState.choices])
    system = _pick(gettext_lazy("Certified system"), looks.chosen("system", empty=ANY))
    where = _pick(
        gettext_lazy("Seat"),
        [("", ANY), ("here", gettext_lazy("in China")), ("abroad", gettext_lazy("overseas"))],
    )
    sme = _pick(
        gettext_lazy("Small or medium-sized"),
        [
            ("", ANY),
            ("yes", gettext_lazy("yes")),
            ("no", gettext_lazy("no")),
            ("unknown", gettext_lazy("not on record")),
        ],
    )


class SiteFilters(Filters):
    """What sites can be narrowed by."""

    kind = _pick(gettext_lazy("Kind of site"), looks.chosen("site", empty=ANY))
    placed = _pick(gettext_lazy("On the map"), [("", ANY), ("no", gettext_lazy("place unknown"))])


class LicenceFilters(Filters):
    """What licences can be narrowed by."""

    kind = _pick(gettext_lazy("Kind"), looks.chosen("kind", empty=ANY))
    state = _pick(gettext_lazy("Stands"), _states(looks.LICENCES))


class FilingFilters(Filters):
    """What filings can be narrowed by."""

    state = _pick(gettext_lazy("Stands"), _states(looks.FILINGS))


class ReviewFilters(Filters):
    """What reviews can be narrowed by."""

    state = _pick(
        gettext_lazy("Stands"),
        [
            ("", ANY),
            ("open", gettext_lazy("open")),
            ("late", gettext_lazy("past the term")),
            *((code, tone.word) for code, tone in looks.REVIEWS.items()),
        ],
    )
    kind = _pick(gettext_lazy("Kind"), looks.chosen("kind", empty=ANY))
    campaign = forms.CharField(label=gettext_lazy("Campaign"), max_length=24, required=False)


def _word(table: Mapping[str, tones.Tone], code: str | None) -> str | None:
    return str(tones.look(table, code).word) if code else None


def _enterprises_beside(rows: Sequence[Any], reach: Reach) -> Mapping[str, Any]:
    found = rooms.beside(rows, reach)
    return {"states": found.states, "roles": found.roles, "licences": found.licences}


ENTERPRISES = Room(
    name="enterprises",
    title=gettext_lazy("Enterprises"),
    counted=lambda n, shown: ngettext("%(n)s enterprise", "%(n)s enterprises", n) % {"n": shown},
    form=EnterpriseFilters,
    find=rooms.enterprises,
    orders={"reference": "reference", "name": "name_zh", "place": "place_zh"},
    default="reference",
    template="officer/registry/enterprises_table.html",
    columns=(
        Column(gettext_lazy("Reference"), lambda row, _: row.reference),
        Column(gettext_lazy("Number"), lambda row, _: row.uscc or row.overseas_number),
        Column(gettext_lazy("Chinese name"), lambda row, _: row.name_zh),
        Column(gettext_lazy("English name"), lambda row, _: row.name_en),
        Column(gettext_lazy("Country"), lambda row, _: in_words(row.country, "country")),
        Column(gettext_lazy("Address"), lambda row, _: row.place_zh),
        Column(gettext_lazy("Telephone"), lambda row, _: row.phone),
        Column(
            gettext_lazy("Register"),
            lambda row, by: _word(looks.REGISTRATIONS, by["states"].get(row.pk)),
        ),
        Column(
            gettext_lazy("Parts in trade"),
            lambda row, by: all_in_words(by["roles"].get(row.pk), "role"),
        ),
        Column(gettext_lazy("Licences in force"), lambda row, by: by["licences"].get(row.pk, 0)),
    ),
    beside=_enterprises_beside,
)


def _sites_beside(rows: Sequence[Any], reach: Reach) -> Mapping[str, Any]:
    return {"licences": rooms.site_states(rows, reach)}


def _licences_of_site(row: Any, beside: Mapping[str, Any]) -> str:
    held = beside["licences"].get(row.pk, [])
    return "; ".join(f"{in_words(k, 'kind')} {_word(looks.LICENCES, s)}" for k, s in held)


def _degrees(value: Any) -> float | None:
    return None if value is None else float(value)


SITES = Room(
    name="sites",
    title=gettext_lazy("Sites"),
    counted=lambda n, shown: ngettext("%(n)s site", "%(n)s sites", n) % {"n": shown},
    form=SiteFilters,
    find=rooms.sites,
    orders={"number": "number", "kind": "kind", "name": "name_zh"},
    default="number",
    template="officer/registry/sites_table.html",
    columns=(
        Column(gettext_lazy("Number"), lambda row, _: row.number),
        Column(gettext_lazy("Kind of site"), lambda row, _: in_words(row.kind, "site")),
        Column(gettext_lazy("Chinese name"), lambda row, _: row.name_zh),
        Column(gettext_lazy("English name"), lambda row, _: row.name_en),
        Column(gettext_lazy("Reference"), lambda row, _: row.enterprise.reference),
        Column(gettext_lazy("Enterprise"), lambda row, _: row.enterprise.name_zh),
        Column(gettext_lazy("Address"), lambda row, _: row.place_zh),
        Column(gettext_lazy("Latitude"), lambda row, _: _degrees(row.latitude)),
        Column(gettext_lazy("Longitude"), lambda row, _: _degrees(row.longitude)),
        Column(gettext_lazy("Licences"), _licences_of_site),
    ),
    beside=_sites_beside,
)


def _licences_beside(rows: Sequence[Any], reach: Reach) -> Mapping[str, Any]:
    terms = rooms.terms_of(rows, reach.on)
    return {
        "terms": terms,
        "stands": {row.pk: rooms.stands(terms.get(row.pk), reach.on) for row in rows},
    }


def _of_term(read: Callable[[Any], Any]) -> Callable[[Any, Mapping[str, Any]], Any]:
    """Return a cell of the term that holds; empty where none does."""

    def cell(row: Any, beside: Mapping[str, Any]) -> Any:
        term = beside["terms"].get(row.pk)
        return None if term is None else read(term)

    return cell


LICENCES = Room(
    name="licences",
    title=gettext_lazy("Licences"),
    counted=lambda n, shown: ngettext("%(n)s licence", "%(n)s licences", n) % {"n": shown},
    form=LicenceFilters,
    find=lambda reach, wanted: rooms.by_end(rooms.licences(reach, wanted), reach),
    orders={"number": "number", "kind": "kind", "ends": "ends"},
    default="number",
    template="officer/registry/licences_table.html",
    columns=(
        Column(gettext_lazy("Number"), lambda row, _: row.number),
        Column(gettext_lazy("Kind"), lambda row, _: in_words(row.kind, "kind")),
        Column(
            gettext_lazy("Enterprise"),
            lambda row, _: row.enterprise.name_zh if row.enterprise else None,
        ),
        Column(gettext_lazy("Site"), lambda row, _: row.site.number if row.site else None),
        Column(gettext_lazy("Stands"), lambda row, by: _word(looks.LICENCES, by["stands"][row.pk])),
        Column(gettext_lazy("Goods"), _of_term(lambda term: prefixes(term.hs_prefixes))),
        Column(gettext_lazy("Origins"), _of_term(lambda term: from_places(term.origins))),
        Column(gettext_lazy("From"), _of_term(lambda term: term.begins)),
        Column(gettext_lazy("Until"), _of_term(lambda term: term.ends)),
    ),
    beside=_licences_beside,
)
FILINGS = Room(
    name="filings",
    title=gettext_lazy("Filings of additive use"),
    counted=lambda n, shown: ngettext("%(n)s filing", "%(n)s filings", n) % {"n": shown},
    form=FilingFilters,
    find=rooms.additive_uses,
    orders={"filed": "filed_on", "number": "number"},
    default="-filed",
    template="officer/registry/filings_table.html",
    columns=(
        Column(gettext_lazy("Number"), lambda row, _: row.number),
        Column(gettext_lazy("Enterprise"), lambda row, _: row.enterprise.name_zh),
        Column(gettext_lazy("Filed"), lambda row, _: row.filed_on),
        Column(gettext_lazy("Stands"), lambda row, _: _word(looks.FILINGS, row.state)),
        Column(gettext_lazy("Note"), lambda row, _: row.note),
    ),
)
REVIEWS = Room(
    name="reviews",
    title=gettext_lazy("Reviews"),
    counted=lambda n, shown: ngettext("%(n)s review", "%(n)s reviews", n) % {"n": shown},
    form=ReviewFilters,
    find=rooms.reviews,
    orders={"due": "due", "number": "number"},
    default="due",
    template="officer/registry/reviews_table.html",
    columns=(
        Column(gettext_lazy("Number"), lambda row, _: row.number),
        Column(gettext_lazy("Licence"), lambda row, _: row.licence.number),
        Column(gettext_lazy("Kind"), lambda row, _: in_words(row.licence.kind, "kind")),
        Column(gettext_lazy("Enterprise"), lambda row, _: name_of(row.licence.enterprise)),
        Column(gettext_lazy("Occasion"), lambda row, _: in_words(row.occasion, "occasion")),
        Column(gettext_lazy("Due"), lambda row, _: row.due),
        Column(gettext_lazy("Stands"), lambda row, _: _word(looks.REVIEWS, row.state)),
        Column(gettext_lazy("Conclusion"), lambda row, _: _word(looks.CONCLUSIONS, row.conclusion)),
    ),
)

ROOMS: Mapping[str, Room] = {
    room.name: room
    for room in (ENTERPRISES, SITES, LICENCES, FILINGS, REVIEWS, CERTIFICATES, PRODUCTS, PORTS)
}
