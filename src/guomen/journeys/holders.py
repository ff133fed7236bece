"""
What the registers say of the enterprises and sites of a line, as of its day and its receipt.

Numbers become references; what is not on the register is named ``NUM:…`` and stays unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from guomen.journeys.intake import SELF
from guomen.journeys.registers import AsOf, Dated, Fact, Kept, KeptByKey, holding, newest
from guomen.supervision.agencies import queries as agencies
from guomen.supervision.agencies.models import Agency
from guomen.supervision.classification import queries as classification
from guomen.supervision.classification.models import EnterpriseClass
from guomen.supervision.credit import queries as credit
from guomen.supervision.credit.models import BlacklistEntry, Rating
from guomen.supervision.editions.queries import Edition
from guomen.supervision.licences import queries as licences
from guomen.supervision.licences.lifecycle import LicenceState
from guomen.supervision.licences.models import Licence, LicenceTerm
from guomen.supervision.parties import queries as parties
from guomen.supervision.parties.models import Enterprise, Port, Registration, Site

UNREGISTERED = "NUM:"

AGENCIES = Kept(Agency, read=agencies.agencies)
AGENCY_IDS = Kept(Agency, read=agencies.ids)
#: The agency of each port; None for one elsewhere.
PORTS = Kept(
    Port, Agency, read=lambda: {p: agency for p, _, agency in parties.port_facts().iter_rows()}
)
NUMBERS = KeptByKey(Enterprise, read=lambda numbers: parties.references_of(numbers).items())
SITES = KeptByKey(Site, read=parties.sites_numbered)

_REGISTRATIONS = Dated(Enterprise, Registration, read=parties.registrations_of)
_HELD = Dated(Enterprise, Licence, LicenceTerm, read=partial(licences.terms_of, "enterprise"))
_HELD_BY_SITE = Dated(Site, Licence, LicenceTerm, read=partial(licences.terms_of, "site"))
_GRADES = Dated(Enterprise, EnterpriseClass, read=classification.grades_of)
_RATINGS = Dated(Enterprise, Rating, read=credit.ratings_of)
_LISTINGS = Dated(Enterprise, BlacklistEntry, read=credit.listings_of)

# A licence of this kind, held by this party or site of the line, makes this fact true.
_OF_ENTERPRISE = (
    ("consignee_filing", "consignee_filed"),
    ("food_plant_filing", "plant_filed"),
    ("export_quality_licence", "quality_licence_held"),
    ("additive_filing", "additive_filed"),
    ("quarantine_permit", "permit_held"),
)
_OF_CONSIGNOR = (
    ("overseas_exporter_filing", "overseas_party_filed"),
    ("overseas_plant_registration", "overseas_plant_registered"),
)
_OF_SITE = (
    ("cold_store_filing", "cold_store_filed"),
    ("base_filing", "base_filed"),
    ("farm_registration", "farm_registered"),
)
_OF_AGENT = (("agent_registration", "agent_registered"),)

Scope = tuple[Sequence[str], Sequence[str]]


def is_known(reference: str | None) -> bool:
    """Tell whether a reference names a party or site of the register."""
    return reference is not None and not reference.startswith(UNREGISTERED)


class Holders:
    """The parties and sites of a batch; each asked once a moment, however many lines name it."""

    def __init__(
        self, edition: Edition, *, enterprises: set[str], others: set[str], sites: set[str]
    ) -> None:
        """Read what is kept of them, or have it read; references, ``NUM:…`` left out."""
        parties_of_lines = enterprises | others
        self._registered = _REGISTRATIONS.at(edition, enterprises)
        self._held = _HELD.at(edition, parties_of_lines)
        self._of_sites = _HELD_BY_SITE.at(edition, sites)
        self._grades = _GRADES.at(edition, enterprises)
        self._ratings = _RATINGS.at(edition, enterprises)
        self._listings = _LISTINGS.at(edition, enterprises)
        self._asked: dict[tuple[str, AsOf, str | None], tuple[dict[str, Any], Any]] = {}

    def enterprise(self, as_of: AsOf, reference: str) -> tuple[dict[str, Any], list[Scope] | None]:
        """Return the facts of the enterprise of a line, and the scopes of its permits."""
        key = "enterprise", as_of, reference
        found = self._asked.get(key)
        if found is None:
            found = self._asked[key] = self._enterprise(as_of, reference)
        return found

    def _enterprise(self, as_of: AsOf, reference: str) -> tuple[dict[str, Any], Any]:
        if not is_known(reference):
            return dict(_NOTHING_KNOWN), None
        held = _by_kind(self._held[reference], as_of)
        registered = newest(self._registered[reference], as_of)
        grade = newest(self._grades[reference], as_of)
        rating = newest(self._ratings[reference], as_of)
        listed = bool(holding(self._listings[reference], as_of))
        facts = _granted(held, _OF_ENTERPRISE) | {
            "enterprise_active": registered[0] if registered else None,
            "declaration_right_suspended": any(
                state == "suspended" for state, *_ in held.get("declaration_right", ())
            ),
            "enterprise_class": grade[0] if grade else None,
            "credit_level": rating[0] if rating else None,
            # One that is not on the register may be on the list under another number.
            "blacklisted": listed if registered else None,
        }
        return facts, _scopes(held, "quarantine_permit")

    def site(self, as_of: AsOf, reference: str | None) -> tuple[dict[str, Any], list[Scope] | None]:
        """Return the facts of the site of a line, and the scopes of its filings as a base."""
        key = "site", as_of, reference
        found = self._asked.get(key)
        if found is None:
            if reference is None or not is_known(reference):
                found = dict.fromkeys((fact for _, fact in _OF_SITE), None), None
            else:
                held = _by_kind(self._of_sites[reference], as_of)
                found = _granted(held, _OF_SITE), _scopes(held, "base_filing")
            self._asked[key] = found
        return found

    def consignor(self, as_of: AsOf, reference: str | None) -> dict[str, Any]:
        """Return the facts of the overseas party of a line."""
        return self._party("consignor", as_of, reference, _OF_CONSIGNOR)

    def agent(self, as_of: AsOf, reference: str) -> dict[str, Any]:
        """Return the facts of the agent of a line; one that declares for itself has none."""
        asked = None if reference == SELF else reference
        return self._party("agent", as_of, asked, _OF_AGENT)

    def _party(
        self, role: str, as_of: AsOf, reference: str | None, kinds: Iterable[tuple[str, str]]
    ) -> dict[str, Any]:
        key = role, as_of, reference
        found = self._asked.get(key)
        if found is None:
            if reference is None or not is_known(reference):
                facts: dict[str, Any] = dict.fromkeys((fact for _, fact in kinds), None)
            else:
                facts = _granted(_by_kind(self._held[reference], as_of), kinds)
            found = self._asked[key] = facts, None
        return found[0]


_NOTHING_KNOWN: Mapping[str, Any] = dict.fromkeys(
    (
        *(fact for _, fact in _OF_ENTERPRISE),
        "enterprise_active",
        "declaration_right_suspended",
        "enterprise_class",
        "credit_level",
        "blacklisted",
    )
)


def _by_kind(terms: Iterable[Fact], as_of: AsOf) -> dict[str, list[Fact]]:
    """Return state, HS prefixes and origins of the licences that held, by kind."""
    found: dict[str, list[Fact]] = {}
    for kind, *values in holding(terms, as_of):
        found.setdefault(kind, []).append(tuple(values))
    return found


def _granted(held: Mapping[str, list[Fact]], kinds: Iterable[tuple[str, str]]) -> dict[str, Any]:
    return {
        fact: any(state == _GRANTED for state, *_ in held.get(kind, ())) for kind, fact in kinds
    }


def _scopes(held: Mapping[str, list[Fact]], kind: str) -> list[Scope]:
    """Return for what goods and origins licences of a kind are granted."""
    return [
        (tuple(prefixes), tuple(origins))
        for state, prefixes, origins in held.get(kind, ())
        if state == _GRANTED
    ]


_GRANTED = LicenceState.GRANTED.value
