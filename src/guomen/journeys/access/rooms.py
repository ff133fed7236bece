"""
The registers as officers look through them: enterprises, sites, licences, filings, reviews.

A scope comes first and can only be narrowed. Nothing is fetched until a page asks for its rows;
what a page shows beside them is read for those rows only, in a fixed number of queries.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import reduce
from operator import or_
from types import MappingProxyType
from typing import Any, TypeVar

from django.db.models import Exists, F, Model, OuterRef, Q, QuerySet, Subquery

from guomen.rulebooks import licensing
from guomen.supervision.agencies import queries as agencies
from guomen.supervision.filings.lifecycle import FilingState
from guomen.supervision.filings.models import AdditiveUse, ResponsibilityStatement, UsedSubstance
from guomen.supervision.licences.lifecycle import LicenceState, ReviewState
from guomen.supervision.licences.models import Licence, LicenceTerm, Review
from guomen.supervision.parties import finding
from guomen.supervision.parties.models import (
    Enterprise,
    EnterpriseTerm,
    Registration,
    Site,
    SiteTerm,
    SystemCertificate,
    TradeRole,
)

# Beyond this many rows a list says "more than", and asks to be narrowed.
MOST = 10_000
# Orders by what is worked out for each row: only where there are fewer rows than that.
WORKED_OUT = frozenset({"ends"})
Row = TypeVar("Row", bound=Model)

EXPIRED = "expired"
ENDING = "ending"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Whose registers may be read, as of when."""

    path: str
    on: date
    known: datetime

    def agency_ids(self) -> list[int]:
        """Return the agencies of the subtree; as a list, so that indexes by agency serve."""
        return list(agencies.subtree(self.path).order_by("pk").values_list("pk", flat=True))

    def within(self, *columns: str) -> Q:
        """Return the condition that one of some columns names an agency of the subtree."""
        keys = self.keys()
        if keys is None:
            return Q()
        return reduce(or_, (Q(**{f"{column}__in": keys}) for column in columns))

    def keys(self) -> list[int] | None:
        """Return the agencies of the subtree; None for the whole house."""
        return agencies.subtree_keys(self.path)

    def at_once(self) -> LookedUp:
        """Return the same reach, its agencies looked up once for many lists."""
        return LookedUp(path=self.path, on=self.on, known=self.known, found=self.keys())


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedUp(Reach):
    """A reach whose agencies were looked up already; for one page, never kept."""

    found: list[int] | None

    def keys(self) -> list[int] | None:
        """Return the agencies that were found."""
        return self.found


def holders(text: str, column: str) -> Q:
    """Return the condition that a column names an enterprise that a search finds."""
    found = finding.find(EnterpriseTerm, text)
    return Q() if found is None else found.among(EnterpriseTerm, column)


def _sites(text: str, column: str) -> Q:
    """Return the condition that a column names a site that a search finds."""
    found = finding.find(SiteTerm, text)
    return Q() if found is None else found.among(SiteTerm, column)


def _numbered(model: type[Model], text: str) -> list[int]:
    """Return the keys of rows whose number begins as a search does; one query."""
    begins = unicodedata.normalize("NFKC", text).strip().upper()
    rows = model._default_manager.filter(number__startswith=begins).order_by()
    return list(rows.values_list("pk", flat=True)[: finding.FEW])


def named_by(rows: QuerySet[Any], column: str, key: str) -> Q:
    """
    Return the condition that rows of another table name a key; one query.

    Few are met by the database; of many, each row of the list is asked in turn, so that a page is
    full long before all of them were read.
    """
    named = rows.order_by()
    if named.values("pk")[: finding.FEW + 1].count() <= finding.FEW:
        return Q(**{f"{key}__in": named.values(column)})
    return Q(Exists(named.filter(**{column: OuterRef(key)})))


# -- enterprises -----------------------------------------------------------------------------------


def enterprises(reach: Reach, wanted: Mapping[str, Any]) -> QuerySet[Enterprise]:
    """Return the enterprises of a subtree: text, role, state, agency, sme, system, country."""
    rows = Enterprise.objects.filter(reach.within("agency_id"))
    state = wanted.get("state")
    if not state:
        rows = rows.filter(merged_into__isnull=True)
    else:
        held = Registration.objects.as_of(reach.on, known=reach.known).filter(state=state)
        rows = rows.filter(named_by(held, "enterprise_id", "pk"))
    if role := wanted.get("role"):
        parts = TradeRole.objects.as_of(reach.on, known=reach.known).filter(role=role)
        rows = rows.filter(named_by(parts, "enterprise_id", "pk"))
    if system := wanted.get("system"):
        held_systems = SystemCertificate.objects.as_of(reach.on, known=reach.known)
        rows = rows.filter(named_by(held_systems.filter(system=system), "enterprise_id", "pk"))
    if agency := wanted.get("agency"):
        rows = rows.filter(agency__code=agency)
    if sme := wanted.get("sme"):
        rows = rows.filter(is_sme={"yes": True, "no": False}.get(sme))
    if where := wanted.get("where"):
        rows = rows.filter(country="CN") if where == "here" else rows.exclude(country="CN")
    return rows.filter(holders(wanted.get("q", ""), "pk"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What a page shows beside the rows of enterprises, by primary key."""

    states: Mapping[int, str]
    roles: Mapping[int, tuple[str, ...]]
    licences: Mapping[int, int]


def beside(rows: Iterable[Enterprise], reach: Reach) -> Beside:
    """Return what a page of enterprises shows beside them; three queries."""
    keys = [row.pk for row in rows]
    states = Registration.objects.as_of(reach.on, known=reach.known).filter(enterprise__in=keys)
    parts = TradeRole.objects.as_of(reach.on, known=reach.known).filter(enterprise__in=keys)
    roles: dict[int, tuple[str, ...]] = {}
    for key, role in parts.order_by("pk").values_list("enterprise_id", "role"):
        roles[key] = (*roles.get(key, ()), role)
    counts: dict[int, int] = {}
    held = LicenceTerm.objects.as_of(reach.on, known=reach.known).filter(
        state=LicenceState.GRANTED.value, licence__enterprise__in=keys
    )
    for key in held.values_list("licence__enterprise_id", flat=True):
        counts[key] = counts.get(key, 0) + 1
    return Beside(
        states=dict(states.values_list("enterprise_id", "state")), roles=roles, licences=counts
    )


# -- sites -----------------------------------------------------------------------------------------


def sites(reach: Reach, wanted: Mapping[str, Any]) -> QuerySet[Site]:
    """Return the sites of a subtree: text, kind, agency, placed."""
    rows = Site.objects.filter(reach.within("enterprise__agency_id"))
    if kind := wanted.get("kind"):
        rows = rows.filter(kind=kind)
    if agency := wanted.get("agency"):
        rows = rows.filter(enterprise__agency__code=agency)
    if wanted.get("placed") == "no":
        rows = rows.filter(latitude__isnull=True)
    for word in wanted.get("q", "").split():
        rows = rows.filter(_sites(word, "pk") | holders(word, "enterprise_id"))
    return rows.select_related("enterprise__agency")


def site_states(rows: Iterable[Site], reach: Reach) -> dict[int, list[tuple[str, str]]]:
    """Return kind and state of the licences of sites, by primary key; one query."""
    found: dict[int, list[tuple[str, str]]] = {}
    terms = LicenceTerm.objects.as_of(reach.on, known=reach.known).filter(
        licence__site__in=[row.pk for row in rows]
    )
    for key, kind, state in terms.order_by("pk").values_list(
        "licence__site_id", "licence__kind", "state"
    ):
        found.setdefault(key, []).append((kind, state))
    return found


# -- licences --------------------------------------------------------------------------------------


def in_reach(reach: Reach) -> QuerySet[Licence]:
    """Return the licences that an agency's people may read: granted there, or of its holders."""
    return Licence.objects.filter(reach.within(*HOLDERS))


# The ways from a licence to the agencies whose people may read it.
HOLDERS = ("agency_id", "enterprise__agency_id", "site__enterprise__agency_id")


def licences(reach: Reach, wanted: Mapping[str, Any]) -> QuerySet[Licence]:
    """Return licences: text, kind, state (``expired`` and ``ending`` too), agency, goods."""
    rows = in_reach(reach)
    if kind := wanted.get("kind"):
        rows = rows.filter(kind=kind)
    if agency := wanted.get("agency"):
        rows = rows.filter(agency__code=agency)
    if state := wanted.get("state"):
        terms = _STANDS[state](reach) if state in _STANDS else _in_force(reach).filter(state=state)
        rows = rows.filter(named_by(terms, "licence_id", "pk"))
    for word in wanted.get("q", "").split():
        rows = rows.filter(
            Q(pk__in=_numbered(Licence, word))
            | holders(word, "enterprise_id")
            | _sites(word, "site_id")
        )
    return rows.select_related("enterprise", "site", "agency")


def _terms(reach: Reach) -> QuerySet[LicenceTerm]:
    return LicenceTerm.objects.as_of(reach.on, known=reach.known).filter(licence=OuterRef("pk"))


def _in_force(reach: Reach) -> QuerySet[LicenceTerm]:
    return LicenceTerm.objects.as_of(reach.on, known=reach.known)


def _expired(reach: Reach) -> QuerySet[LicenceTerm]:
    """Return the last periods of licences that were granted and are over."""
    terms = LicenceTerm.objects.current()
    followed = terms.filter(
        licence=OuterRef("licence_id"), begins__gt=OuterRef("begins"), begins__lte=reach.on
    )
    return terms.filter(~Exists(followed), state=LicenceState.GRANTED.value, ends__lte=reach.on)


def _ending(reach: Reach) -> QuerySet[LicenceTerm]:
    """Return the periods that end within the time in which renewal is asked for."""
    days = licensing.RENEWAL_DAYS.on(reach.on).value
    soon = reach.on + timedelta(days=days)
    return _in_force(reach).filter(state=LicenceState.GRANTED.value, ends__lte=soon)


_STANDS: Mapping[str, Any] = MappingProxyType({EXPIRED: _expired, ENDING: _ending})


def by_end(rows: QuerySet[Licence], reach: Reach) -> QuerySet[Licence]:
    """Add the end of the term in force, for an order by it."""
    return rows.annotate(ends=Subquery(_terms(reach).values("ends")[:1]))


def terms_of(rows: Iterable[Licence], on: date) -> dict[int, LicenceTerm]:
    """Return the term of each licence that holds on a day, else its last; one query."""
    found: dict[int, LicenceTerm] = {}
    terms = LicenceTerm.objects.current().filter(
        licence__in=[row.pk for row in rows], begins__lte=on
    )
    for term in terms.order_by("begins", "recorded_at"):
        found[term.licence_id] = term
    return found


def stands(term: LicenceTerm | None, on: date) -> str:
    """Return the state of a licence on a day; a granted one whose period is over is expired."""
    if term is None:
        return LicenceState.APPLIED.value
    over = term.ends is not None and term.ends <= on
    return EXPIRED if over and term.state == LicenceState.GRANTED.value else term.state


# -- filings and reviews ---------------------------------------------------------------------------


def additive_uses(reach: Reach, wanted: Mapping[str, Any]) -> QuerySet[AdditiveUse]:
    """Return filings of additive use: text, state, agency."""
    rows = AdditiveUse.objects.filter(reach.within("agency_id"))
    if state := wanted.get("state"):
        rows = rows.filter(state=state)
    if text := wanted.get("q", "").strip():
        used = UsedSubstance.objects.filter(name_zh__contains=text).values("filing_id")
        rows = rows.filter(
            Q(pk__in=_numbered(AdditiveUse, text)) | holders(text, "enterprise_id") | Q(pk__in=used)
        )
    return rows.select_related("enterprise")


def statements(reach: Reach) -> QuerySet[ResponsibilityStatement]:
    """Return the responsibility statements of a subtree."""
    return ResponsibilityStatement.objects.filter(agency_id__in=reach.agency_ids()).select_related(
        "enterprise"
    )


def reviews(reach: Reach, wanted: Mapping[str, Any]) -> QuerySet[Review]:
    """Return reviews: text, state (``late`` too), kind, campaign, assessor."""
    rows = Review.objects.filter(reach.within(*(f"licence__{holder}" for holder in HOLDERS)))
    state = wanted.get("state")
    if state == "late":
        rows = rows.filter(state__in=OPEN_REVIEWS, due__lt=reach.on)
    elif state == "open":
        rows = rows.filter(state__in=OPEN_REVIEWS)
    elif state:
        rows = rows.filter(state=state)
    if kind := wanted.get("kind"):
        rows = rows.filter(licence__kind=kind)
    if campaign := wanted.get("campaign"):
        rows = rows.filter(campaign__number=campaign)
    for word in wanted.get("q", "").split():
        rows = rows.filter(
            Q(pk__in=_numbered(Review, word))
            | Q(licence__in=_numbered(Licence, word))
            | holders(word, "licence__enterprise_id")
        )
    return rows.select_related("licence__enterprise", "licence__site", "campaign")


OPEN_REVIEWS = (ReviewState.PLANNED.value, ReviewState.UNDER_WAY.value)


# -- pages -----------------------------------------------------------------------------------------


class Bounded(Sequence[Row]):
    """A list as a paginator takes it: a bounded count, pages by primary key."""

    def __init__(self, rows: QuerySet[Row]) -> None:
        """Hold a list that is not fetched."""
        self.rows = rows

    def __len__(self) -> int:
        return min(self.rows.order_by().values("pk")[: MOST + 1].count(), MOST)

    def count(self, value: Any = None) -> int:
        """Return how many there are, as far as they are counted."""
        return len(self)

    def __getitem__(self, part: Any) -> Any:
        # The keys first: what a list says beside its rows is worked out for those shown alone.
        keys = list(self.rows.values_list("pk", flat=True)[part.start or 0 : part.stop])
        return list(self.rows.filter(pk__in=keys)) if keys else []


def ordered(
    rows: QuerySet[Row], order: str, orders: Mapping[str, str], default: str
) -> QuerySet[Row]:
    """Return rows in an order that the list knows, the key last, so that pages never overlap."""
    name = order.removeprefix("-")
    if name not in orders:
        order, name = default, default.removeprefix("-")
    column, falling = orders[name], order.startswith("-")
    if column in _always_there(rows.model):
        # Said plainly, so that an index gives the order.
        return rows.order_by(f"-{column}" if falling else column, "-pk" if falling else "pk")
    field = F(column)
    first = field.desc(nulls_last=True) if falling else field.asc(nulls_last=True)
    return rows.order_by(first, "pk")


def _always_there(model: type[Model]) -> set[str]:
    return {field.name for field in model._meta.concrete_fields if not field.null}


# -- what waits ------------------------------------------------------------------------------------


FILED = FilingState.FILED.value
