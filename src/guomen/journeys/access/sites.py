"""Everything on record about one site, for one page; a fixed number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from guomen.journeys.access import dossiers, rooms
from guomen.journeys.access.rooms import Reach
from guomen.supervision.filings.models import FarmEntry, SelfInspection
from guomen.supervision.licences.models import Licence, LicenceTerm, Review
from guomen.supervision.parties.models import Product, Site

_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFile:
    """One site as officers read it; the place is None where it is not on record."""

    site: Site
    place: dossiers.Place | None
    licences: Sequence[tuple[Licence, LicenceTerm | None, str]]
    reviews: Sequence[Review]
    products: Sequence[Product]
    entries: Sequence[FarmEntry]
    inspections: Sequence[SelfInspection]


def site_of(number: str, reach: Reach) -> Site | None:
    """Return a site of a subtree by its number."""
    return rooms.sites(reach, {}).filter(number=number).first()


def site_file(site: Site, reach: Reach) -> SiteFile:
    """Return what is on record about a site."""
    licences = dossiers.held(Licence.objects.filter(site=site), reach)
    state = licences[0][2] if licences else ""
    known = site.latitude is not None and site.longitude is not None
    return SiteFile(
        site=site,
        place=dossiers.Place(
            site=site,
            latitude=float(site.latitude or 0),
            longitude=float(site.longitude or 0),
            state=state,
        )
        if known
        else None,
        licences=licences,
        reviews=list(Review.objects.filter(licence__site=site).select_related("licence")[:_SHOWN]),
        products=list(Product.objects.as_of(reach.on, known=reach.known).filter(site=site)),
        entries=dossiers.farm_entries(site)[:_SHOWN],
        inspections=list(SelfInspection.objects.filter(site=site).order_by("-on")[:_SHOWN]),
    )
