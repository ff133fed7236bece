"""The article's figures computed from the records, each as it stood on a day and was known then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet

from guomen.supervision.classification.models import EnterpriseClass
from guomen.supervision.credit.lifecycle import IN_EFFECT
from guomen.supervision.credit.models import BlacklistEntry, Rating
from guomen.supervision.filings.lifecycle import FilingState
from guomen.supervision.filings.models import AdditiveUse, FilingCheck, ResponsibilityStatement
from guomen.supervision.licences.lifecycle import LicenceState
from guomen.supervision.licences.models import LicenceKind, LicenceTerm
from guomen.supervision.parties.models import (
    Enterprise,
    ManagementSystem,
    SiteKind,
    SystemCertificate,
    TradeRole,
    TradeRoleKind,
)

Counts = tuple[int, int | None]

_BASES = (
    SiteKind.GROWING_BASE,
    SiteKind.FARM,
    SiteKind.REGISTERED_FARM,
    SiteKind.NURSERY,
    SiteKind.PLANT,
)


def measure(on: date, *, known: datetime) -> dict[str, Counts]:
    """Return count and denominator of every figure by its requirement."""
    return {id_: compute(on, known) for id_, compute in _MEASURES.items()}


def _playing(on: date, known: datetime, *parts: TradeRoleKind) -> QuerySet[TradeRole]:
    return TradeRole.objects.as_of(on, known=known).filter(role__in=parts)


def _classified(on: date, known: datetime) -> Counts:
    classed = EnterpriseClass.objects.as_of(on, known=known).values("enterprise_id").distinct()
    return classed.count(), _playing(on, known, TradeRoleKind.EXPORTER).count()


def _in_classes(*grades: int) -> Callable[[date, datetime], Counts]:
    def compute(on: date, known: datetime) -> Counts:
        rows = EnterpriseClass.objects.as_of(on, known=known)
        return rows.filter(grade__in=grades).count(), rows.count()

    return compute


def _rated(on: date, known: datetime) -> Counts:
    return Rating.objects.as_of(on, known=known).count(), None


def _on_levels(*levels: str) -> Callable[[date, datetime], Counts]:
    def compute(on: date, known: datetime) -> Counts:
        rows = Rating.objects.as_of(on, known=known)
        return rows.filter(level__in=levels).count(), rows.count()

    return compute


def _certified(
    system: ManagementSystem, *parts: TradeRoleKind
) -> Callable[[date, datetime], Counts]:
    def compute(on: date, known: datetime) -> Counts:
        eligible = _playing(on, known, *parts).values("enterprise_id").distinct()
        held = SystemCertificate.objects.as_of(on, known=known).filter(
            system=system, enterprise_id__in=eligible
        )
        return held.values("enterprise_id").distinct().count(), eligible.count()

    return compute


def _revoked_bases(on: date, known: datetime) -> Counts:
    # A revoked base still has a term, in state revoked: the 47 are all that were reviewed.
    terms = LicenceTerm.objects.as_of(on, known=known).filter(
        licence__site__kind__in=_BASES,
        licence__site__enterprise__trade_roles__role=TradeRoleKind.HK_MACAO_SUPPLIER,
        licence__kind__in=(LicenceKind.BASE_FILING, LicenceKind.FARM_REGISTRATION),
    )
    revoked = terms.filter(state=LicenceState.REVOKED)
    return (
        revoked.values("licence__site_id").distinct().count(),
        terms.values("licence__site_id").distinct().count(),
    )


def _in_state(kind: LicenceKind, state: LicenceState) -> Callable[[date, datetime], Counts]:
    def compute(on: date, known: datetime) -> Counts:
        terms = LicenceTerm.objects.as_of(on, known=known)
        return terms.filter(licence__kind=kind, state=state).count(), None

    return compute


def _eliminated(on: date, known: datetime) -> Counts:
    terms = LicenceTerm.objects.as_of(on, known=known).filter(
        licence__kind=LicenceKind.CONSIGNEE_FILING,
        licence__enterprise__trade_roles__role=TradeRoleKind.MEAT_IMPORTER,
    )
    return terms.filter(state=LicenceState.FORCED_EXIT).count(), terms.count()


def _blacklisted(on: date, known: datetime) -> Counts:
    rows = BlacklistEntry.objects.as_of(on, known=known).filter(state__in=IN_EFFECT)
    return rows.count(), None


# The campaign against the abuse of additives began with this month.
_ADDITIVES_FROM = date(2011, 5, 1)


def _inspected(on: date, known: datetime) -> QuerySet[Enterprise]:
    checks = FilingCheck.objects.filter(on__gte=_ADDITIVES_FROM, on__lte=on)
    return Enterprise.objects.filter(pk__in=checks.values("enterprise_id"))


def _of_inspected(told: Callable[[date], QuerySet[Any]]) -> Callable[[date, datetime], Counts]:
    def compute(on: date, known: datetime) -> Counts:
        rows = _inspected(on, known)
        return rows.filter(pk__in=told(on).values("enterprise_id")).count(), rows.count()

    return compute


_MEASURES: dict[str, Callable[[date, datetime], Counts]] = {
    "S-410": _classified,
    "S-411": _in_classes(1),
    "S-412": _in_classes(2),
    "S-413": _in_classes(3, 4),
    "S-414": _rated,
    "S-415": _on_levels("AA"),
    "S-416": _on_levels("A"),
    "S-417": _on_levels("B"),
    "S-418": _on_levels("C", "D"),
    "S-421": _certified(ManagementSystem.ISO9001, TradeRoleKind.EXPORT_PRODUCER),
    "S-422": _certified(
        ManagementSystem.HACCP, TradeRoleKind.FOOD_PRODUCER, TradeRoleKind.ANIMAL_FARMER
    ),
    "S-503": _revoked_bases,
    "S-504": _in_state(LicenceKind.DECLARATION_RIGHT, LicenceState.SUSPENDED),
    "S-508": _blacklisted,
    "S-522": _eliminated,
    "S-530": _in_state(LicenceKind.ADDITIVE_FILING, LicenceState.GRANTED),
    "S-531": lambda on, known: (_inspected(on, known).count(), None),
    "S-532": _of_inspected(lambda on: ResponsibilityStatement.objects.filter(signed_on__lte=on)),
    "S-912": _of_inspected(
        lambda on: AdditiveUse.objects.filter(filed_on__lte=on, state=FilingState.ACCEPTED.value)
    ),
}
