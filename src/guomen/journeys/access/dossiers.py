"""Everything on record about an enterprise or a licence, for one page; fixed numbers of queries."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from guomen.core.text import Text
from guomen.journeys.access import moving, rooms
from guomen.journeys.access.rooms import Reach
from guomen.supervision.agencies import queries as agencies
from guomen.supervision.filings.models import (
    AdditiveUse,
    FarmEntry,
    FilingCheck,
    ResponsibilityStatement,
    SelfInspection,
)
from guomen.supervision.licences.lifecycle import LicenceMove
from guomen.supervision.licences.models import (
    Appeal,
    HolderNotice,
    Licence,
    LicenceAct,
    LicenceTerm,
    Review,
)
from guomen.supervision.parties.models import (
    Enterprise,
    LikePair,
    Merge,
    PairState,
    Product,
    Registration,
    Representative,
    Site,
    SystemCertificate,
    TradeRole,
)

_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """One enterprise as officers read it."""

    enterprise: Enterprise
    state: str | None
    registrations: Sequence[Registration]
    roles: Sequence[str]
    sites: Sequence[Site]
    licences: Sequence[tuple[Licence, LicenceTerm | None, str]]
    certificates: Sequence[SystemCertificate]
    products: Sequence[Product]
    branches: Sequence[Enterprise]
    taken_up: Sequence[Registration]
    merges: Sequence[Merge]
    pairs: Sequence[LikePair]
    filings: Sequence[AdditiveUse]
    statements: Sequence[ResponsibilityStatement]
    checks: Sequence[FilingCheck]
    inspections: Sequence[SelfInspection]


def roles_of(enterprise: Enterprise, reach: Reach) -> list[str]:
    """Return the parts in trade that an enterprise plays now."""
    rows = TradeRole.objects.as_of(reach.on, known=reach.known).filter(enterprise=enterprise)
    return list(rows.order_by("pk").values_list("role", flat=True))


def dossier(enterprise: Enterprise, reach: Reach) -> Dossier:
    """Return what is on record about an enterprise."""
    states = Registration.objects.filter(enterprise=enterprise).current().order_by("-begins")
    registrations = list(states.select_related("successor"))
    now = [r for r in registrations if r.begins <= reach.on and (not r.ends or r.ends > reach.on)]
    return Dossier(
        enterprise=enterprise,
        state=now[0].state if now else None,
        registrations=registrations,
        roles=roles_of(enterprise, reach),
        sites=list(enterprise.sites.all()[:_SHOWN]),
        licences=held(Licence.objects.filter(_of(enterprise)), reach),
        certificates=list(
            SystemCertificate.objects.filter(enterprise=enterprise).current().order_by("-begins")
        ),
        products=list(
            Product.objects.as_of(reach.on, known=reach.known).filter(enterprise=enterprise)
        ),
        branches=list(enterprise.branches.all()[:_SHOWN]),
        taken_up=list(
            Registration.objects.current()
            .filter(successor=enterprise, enterprise__merged_into=None)
            .select_related("enterprise")
        ),
        merges=list(
            Merge.objects.filter(Q(survivor=enterprise) | Q(absorbed=enterprise)).select_related(
                "survivor", "absorbed"
            )
        ),
        pairs=list(
            LikePair.objects.filter(
                Q(left=enterprise) | Q(right=enterprise), state=PairState.OPEN
            ).select_related("left", "right")
        ),
        filings=list(AdditiveUse.objects.filter(enterprise=enterprise)[:_SHOWN]),
        statements=list(ResponsibilityStatement.objects.filter(enterprise=enterprise)),
        checks=list(FilingCheck.objects.filter(enterprise=enterprise)[:_SHOWN]),
        inspections=list(SelfInspection.objects.filter(enterprise=enterprise)[:_SHOWN]),
    )


def _of(enterprise: Enterprise) -> Q:
    return Q(enterprise=enterprise) | Q(site__in=Site.objects.filter(enterprise=enterprise))


def held(rows: Any, reach: Reach) -> list[tuple[Licence, LicenceTerm | None, str]]:
    """Return licences with the term that holds and how they stand; two queries."""
    listed = list(rows.select_related("site", "enterprise").distinct().order_by("kind", "number"))
    terms = rooms.terms_of(listed, reach.on)
    return [(row, terms.get(row.pk), rooms.stands(terms.get(row.pk), reach.on)) for row in listed]


def own_licences(enterprise: Enterprise) -> QuerySet[Licence]:
    """Return the licences of an enterprise and of its sites."""
    return Licence.objects.filter(_of(enterprise))


def of_enterprise(
    enterprise: Enterprise, reach: Reach
) -> list[tuple[Licence, LicenceTerm | None, str]]:
    """Return the licences of an enterprise and of its sites, with how they stand."""
    return held(own_licences(enterprise), reach)


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """The file of one licence."""

    licence: Licence
    term: LicenceTerm
    stands: str
    terms: Sequence[LicenceTerm]
    acts: Sequence[LicenceAct]
    waiting: LicenceAct | None
    reviews: Sequence[Review]
    notices: Sequence[HolderNotice]
    appeals: Sequence[Appeal]
    moves: Sequence[LicenceMove]
    people: Mapping[str, Text]


def file_of(licence: Licence, reach: Reach) -> File:
    """Return the file of a licence; seven queries."""
    terms = list(
        LicenceTerm.objects.filter(licence=licence).current().order_by("-begins", "-recorded_at")
    )
    term = next((t for t in terms if t.begins <= reach.on), terms[-1])
    acts = list(LicenceAct.objects.filter(licence=licence).order_by("-proposed_at", "-pk"))
    reviews = list(Review.objects.filter(licence=licence).select_related("campaign"))
    keys = {a.proposed_by for a in acts} | {a.decided_by for a in acts}
    keys |= {key for review in reviews for key in (*review.assessors, review.concluded_by)}
    waiting = next((act for act in acts if act.approved is None), None)
    return File(
        licence=licence,
        term=term,
        stands=rooms.stands(term, reach.on),
        terms=terms,
        acts=acts,
        waiting=waiting,
        reviews=reviews,
        notices=list(HolderNotice.objects.filter(licence=licence)),
        appeals=list(Appeal.objects.filter(act__licence=licence).select_related("act")),
        moves=() if waiting else moving.offered(term.state),
        people=_people(keys),
    )


_HOLDER = "REP"


def _people(keys: Collection[str]) -> dict[str, Text]:
    """Return the names of officers, and of those who acted for the holder."""
    named = agencies.names_of(keys)
    holders = {key for key in keys if key.startswith(_HOLDER)}
    found = {key: Text(zh="企业", en="the holder") for key in holders}
    if holders:
        rows = Representative.objects.filter(key__in=holders)
        named |= {key: (zh, en) for key, zh, en in rows.values_list("key", "name_zh", "name_en")}
    return found | {key: Text(zh=zh, en=en) for key, (zh, en) in named.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One site on a map: where it is, what it is, how its licence stands."""

    site: Site
    latitude: float
    longitude: float
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """The sites of a map, whether there are more with a place, and how many have none on record."""

    places: Sequence[Place]
    more: bool
    without: int


# More points than this hide one another; the list beside the map is then narrowed.
_MOST_PLACES = 200
# The worst state of a site's licences is the one that its mark shows.
_WORST = ("revoked", "forced_exit", "suspended", "lapsed", "under_review", "applied", "granted")


def placed(reach: Reach, wanted: Mapping[str, Any]) -> Placed:
    """Return the sites of a subtree that have a place; three queries."""
    rows = rooms.sites(reach, wanted)
    known = rows.filter(latitude__isnull=False)
    # One more tells whether there are more: counting them all would read the whole register.
    found = list(known.order_by("number")[: _MOST_PLACES + 1])
    listed = found[:_MOST_PLACES]
    states = rooms.site_states(listed, reach)
    return Placed(
        places=[
            Place(
                site=site,
                latitude=float(site.latitude or 0),
                longitude=float(site.longitude or 0),
                state=_worst([state for _, state in states.get(site.pk, [])]),
            )
            for site in listed
        ],
        more=len(found) > len(listed),
        without=len(rooms.Bounded(rows.filter(latitude__isnull=True))),
    )


def _worst(states: Sequence[str]) -> str:
    return min(states, key=lambda s: _WORST.index(s) if s in _WORST else 99, default="")


def farm_entries(site: Site) -> list[FarmEntry]:
    """Return the records of a farm, newest first, corrected ones marked by what corrects them."""
    return list(
        FarmEntry.objects.filter(site=site)
        .select_related("corrected_by")
        .order_by("-on", "-pk")[:200]
    )
