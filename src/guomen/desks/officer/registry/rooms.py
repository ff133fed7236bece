"""The lists of the room of access, each one declaration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy, ngettext

from guomen.desks.components import tones
from guomen.desks.components.access import looks
from guomen.desks.components.templatetags.access import all_in_words, in_words, name_of, prefixes
from guomen.desks.components.tones import Words
from guomen.desks.officer.registry.lists import ANY, Filters, Room
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


def _enterprises_beside(rows: Sequence[Any], reach: Reach) -> Mapping[str, Any]:
    found = rooms.beside(rows, reach)
    return {"states": found.states, "roles": found.roles, "licences": found.licences}


def _enterprise_row(row: Any, beside: Mapping[str, Any]) -> Sequence[Any]:
    state = beside["states"].get(row.pk)
    return (
        row.reference,
        row.uscc or row.overseas_number,
        row.name_zh,
        row.name_en,
        row.country,
        row.place_zh,
        row.phone,
        str(tones.look(looks.REGISTRATIONS, state).word) if state else None,
        all_in_words(beside["roles"].get(row.pk), "role"),
        beside["licences"].get(row.pk, 0),
    )


ENTERPRISES = Room(
    name="enterprises",
    title=gettext_lazy("Enterprises"),
    counted=lambda n, shown: ngettext("%(n)s enterprise", "%(n)s enterprises", n) % {"n": shown},
    form=EnterpriseFilters,
    find=rooms.enterprises,
    orders={"reference": "reference", "name": "name_zh", "place": "place_zh"},
    default="reference",
    template="officer/registry/enterprises_table.html",
    headings=(
        gettext_lazy("Reference"),
        gettext_lazy("Number"),
        gettext_lazy("Chinese name"),
        gettext_lazy("English name"),
        gettext_lazy("Country"),
        gettext_lazy("Address"),
        gettext_lazy("Telephone"),
        gettext_lazy("Register"),
        gettext_lazy("Parts in trade"),
        gettext_lazy("Licences in force"),
    ),
    row=_enterprise_row,
    beside=_enterprises_beside,
)


def _sites_beside(rows: Sequence[Any], reach: Reach) -> Mapping[str, Any]:
    return {"licences": rooms.site_states(rows, reach)}


def _site_row(row: Any, beside: Mapping[str, Any]) -> Sequence[Any]:
    held = beside["licences"].get(row.pk, [])
    return (
        row.number,
        in_words(row.kind, "site"),
        row.name_zh,
        row.name_en,
        row.enterprise.reference,
        row.enterprise.name_zh,
        row.place_zh,
        None if row.latitude is None else float(row.latitude),
        None if row.longitude is None else float(row.longitude),
        "; ".join(f"{in_words(k, 'kind')} {tones.look(looks.LICENCES, s).word}" for k, s in held),
    )


SITES = Room(
    name="sites",
    title=gettext_lazy("Sites"),
    counted=lambda n, shown: ngettext("%(n)s site", "%(n)s sites", n) % {"n": shown},
    form=SiteFilters,
    find=rooms.sites,
    orders={"number": "number", "kind": "kind", "name": "name_zh"},
    default="number",
    template="officer/registry/sites_table.html",
    headings=(
        gettext_lazy("Number"),
        gettext_lazy("Kind of site"),
        gettext_lazy("Chinese name"),
        gettext_lazy("English name"),
        gettext_lazy("Reference"),
        gettext_lazy("Enterprise"),
        gettext_lazy("Address"),
        gettext_lazy("Latitude"),
        gettext_lazy("Longitude"),
        gettext_lazy("Licences"),
    ),
    row=_site_row,
    beside=_sites_beside,
)


def _licences_beside(rows: Sequence[Any], reach: Reach) -> Mapping[str, Any]:
    terms = rooms.terms_of(rows, reach.on)
    return {
        "terms": terms,
        "stands": {row.pk: rooms.stands(terms.get(row.pk), reach.on) for row in rows},
    }


def _licence_row(row: Any, beside: Mapping[str, Any]) -> Sequence[Any]:
    term = beside["terms"].get(row.pk)
    return (
        row.number,
        in_words(row.kind, "kind"),
        row.enterprise.name_zh if row.enterprise else None,
        row.site.number if row.site else None,
        str(tones.look(looks.LICENCES, beside["stands"][row.pk]).word),
        prefixes(term.hs_prefixes) if term else None,
        prefixes(term.origins) if term else None,
        term.begins if term else None,
        term.ends if term else None,
    )


LICENCES = Room(
    name="licences",
    title=gettext_lazy("Licences"),
    counted=lambda n, shown: ngettext("%(n)s licence", "%(n)s licences", n) % {"n": shown},
    form=LicenceFilters,
    find=lambda reach, wanted: rooms.by_end(rooms.licences(reach, wanted), reach),
    orders={"number": "number", "kind": "kind", "ends": "ends"},
    default="number",
    template="officer/registry/licences_table.html",
    headings=(
        gettext_lazy("Number"),
        gettext_lazy("Kind"),
        gettext_lazy("Enterprise"),
        gettext_lazy("Site"),
        gettext_lazy("Stands"),
        gettext_lazy("Goods"),
        gettext_lazy("Origins"),
        gettext_lazy("From"),
        gettext_lazy("Until"),
    ),
    row=_licence_row,
    beside=_licences_beside,
)


def _filing_row(row: Any, beside: Mapping[str, Any]) -> Sequence[Any]:
    return (
        row.number,
        row.enterprise.name_zh,
        row.filed_on,
        str(tones.look(looks.FILINGS, row.state).word),
        row.note,
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
    headings=(
        gettext_lazy("Number"),
        gettext_lazy("Enterprise"),
        gettext_lazy("Filed"),
        gettext_lazy("Stands"),
        gettext_lazy("Note"),
    ),
    row=_filing_row,
)


def _review_row(row: Any, beside: Mapping[str, Any]) -> Sequence[Any]:
    holder = row.licence.enterprise
    return (
        row.number,
        row.licence.number,
        in_words(row.licence.kind, "kind"),
        name_of(holder),
        in_words(row.occasion, "occasion"),
        row.due,
        str(tones.look(looks.REVIEWS, row.state).word),
        str(tones.look(looks.CONCLUSIONS, row.conclusion).word) if row.conclusion else None,
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
    headings=(
        gettext_lazy("Number"),
        gettext_lazy("Licence"),
        gettext_lazy("Kind"),
        gettext_lazy("Enterprise"),
        gettext_lazy("Occasion"),
        gettext_lazy("Due"),
        gettext_lazy("Stands"),
        gettext_lazy("Conclusion"),
    ),
    row=_review_row,
)

ROOMS: Mapping[str, Room] = {
    room.name: room for room in (ENTERPRISES, SITES, LICENCES, FILINGS, REVIEWS)
}
