"""What pages show of an enterprise's standing: its credit file, its class, lists of both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Case, Count, F, OuterRef, Q, QuerySet, Subquery, Sum, When
from django.db.models.functions import Coalesce

from guomen.core.classification import Classified, Element, classify
from guomen.core.classification import WhatIf as ClassOutlook
from guomen.core.classification import what_if as class_outlook
from guomen.core.credit import Item, years_after
from guomen.core.credit_outlook import (
    Condition,
    Effect,
    Explained,
    WhatIf,
    explain,
    what_if,
)
from guomen.journeys.standing import merits
from guomen.journeys.tallies import Tally
from guomen.rulebooks.classification import SCHEME
from guomen.rulebooks.credit_items import ITEMS, SHOWN_YEARS, TERMS, items_on
from guomen.supervision.agencies import queries as agencies
from guomen.supervision.classification import queries as classes
from guomen.supervision.classification.models import Assessment, EnterpriseClass
from guomen.supervision.credit import queries
from guomen.supervision.credit.lifecycle import BlacklistState, DisputeState, RecordState
from guomen.supervision.credit.models import (
    Authority,
    BlacklistEntry,
    CreditFile,
    CreditMerit,
    CreditRecord,
    Dispute,
    Rating,
)
from guomen.supervision.parties.models import Enterprise


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordView:
    """One record with its item, what it does now, and its disputes, newest first."""

    record: CreditRecord
    item: Item
    effect: Effect | None
    disputes: tuple[Dispute, ...]

    @property
    def open_dispute(self) -> Dispute | None:
        """Return the dispute that waits for an answer."""
        return next((d for d in self.disputes if d.state == DisputeState.OPEN), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditView:
    """A credit file as a page shows it; ``explained`` is None before the file was opened."""

    enterprise: Enterprise
    file: CreditFile | None
    explained: Explained | None
    outlook: WhatIf | None
    records: tuple[RecordView, ...]
    merits: tuple[CreditMerit, ...]
    entry: BlacklistEntry | None
    conditions: Mapping[Condition, bool | None]


def credit_view(enterprise: Enterprise, *, on: date, at: datetime) -> CreditView:
    """Return everything that is shown of one credit file, with a fixed number of queries."""
    file = CreditFile.objects.filter(enterprise=enterprise).first()
    dossier = queries.dossiers([enterprise.pk]).get(enterprise.pk)
    terms = TERMS.on(on).value
    items = [row.value for row in items_on(on)]
    explained = explain(dossier, on=on, terms=terms) if dossier else None
    # The list shows what is published for a while; what counts is shown as long as it counts.
    since = years_after(on, -SHOWN_YEARS.on(on).value)
    rows = CreditRecord.objects.filter(
        Q(counts_from__gte=since) | Q(expires_on__gt=on), enterprise=enterprise
    ).prefetch_related("disputes")
    entry = (
        BlacklistEntry.objects.as_of(on, known=at)
        .filter(enterprise=enterprise)
        .select_related("record")
        .order_by("-begins", "-recorded_at")
        .first()
    )
    return CreditView(
        enterprise=enterprise,
        file=file,
        explained=explained,
        outlook=what_if(dossier, on=on, terms=terms, items=items) if dossier else None,
        records=tuple(_record_view(row, explained) for row in rows),
        merits=tuple(CreditMerit.objects.filter(enterprise=enterprise)),
        entry=entry,
        conditions=merits.conditions(enterprise, on=on),
    )


def item_of(record: CreditRecord) -> Item:
    """Return the item of a record as it stood on the day of the act."""
    return next(v.value for v in ITEMS[record.item].rows if v.in_force(record.happened_on))


def _record_view(row: CreditRecord, explained: Explained | None) -> RecordView:
    return RecordView(
        record=row,
        item=item_of(row),
        effect=explained.effects.get(row.reference) if explained else None,
        disputes=tuple(sorted(row.disputes.all(), key=lambda d: d.lodged_at, reverse=True)),
    )


def files(path: str, *, on: date, known: datetime) -> QuerySet[Rating]:
    """Return the levels of a subtree's enterprises on a day, with the points left in the cycle."""
    terms = TERMS.on(on).value
    begins, ends = terms.cycle_of(on)
    counted = (
        CreditRecord.objects.filter(
            enterprise=OuterRef("enterprise_id"), counts_from__lt=ends, expires_on__gt=begins
        )
        .exclude(state=RecordState.WITHDRAWN)
        .exclude(state=RecordState.DISPUTED, grave=False)
        .order_by()
        .values("enterprise")
        .annotate(sum=Sum("points"))
        .values("sum")
    )
    return (
        Rating.objects.as_of(on, known=known)
        .filter(_within(path), authority=Authority.CIQ)
        .select_related("enterprise")
        .annotate(taken=Coalesce(Subquery(counted), 0))
        .annotate(left=terms.full - F("taken"))
        .order_by("enterprise_id")
    )


def blacklist(
    path: str, *, on: date, known: datetime
) -> tuple[QuerySet[BlacklistEntry], dict[Any, int]]:
    """Return the entries of a subtree in the order of their life, and how many of each state."""
    rows = BlacklistEntry.objects.as_of(on, known=known).filter(_within(path))
    stages = [When(state=state.value, then=at) for at, state in enumerate(BlacklistState)]
    ordered = rows.annotate(stage=Case(*stages, default=len(stages)))
    return (
        ordered.select_related("enterprise", "record").order_by("stage", "-begins", "number"),
        _counts(rows, "state"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassView:
    """How an enterprise is classed: now, before, and what waits."""

    enterprise: Enterprise
    held: EnterpriseClass | None
    history: tuple[EnterpriseClass, ...]
    assessments: tuple[Assessment, ...]
    derived: Classified | None
    outlook: ClassOutlook | None
    evidence: Mapping[Element, str]


def class_view(enterprise: Enterprise, *, on: date, at: datetime) -> ClassView:
    """Return everything that is shown of one enterprise's class."""
    held = (
        EnterpriseClass.objects.as_of(on, known=at)
        .filter(enterprise=enterprise)
        .select_related("assessment")
        .first()
    )
    rows = Assessment.objects.filter(enterprise=enterprise).select_related("agency")
    derived: Classified | None = None
    outlook: ClassOutlook | None = None
    evidence: dict[Element, str] = {}
    if held is not None and held.assessment is not None:
        derived, outlook, evidence = derived_of(held.assessment)
    return ClassView(
        enterprise=enterprise,
        held=held,
        history=tuple(classes.history_of(enterprise.pk)),
        assessments=tuple(rows),
        derived=derived,
        outlook=outlook,
        evidence=evidence,
    )


def derived_of(row: Assessment) -> tuple[Classified, ClassOutlook, dict[Element, str]]:
    """Return what the scores of an assessment give, what would change it, and the evidence."""
    held = list(row.scores.all())
    scores = {Element(s.element): s.score for s in held}
    scheme = SCHEME.on(row.assessed_on).value
    return (
        classify(scores, vetoes=row.vetoes, scheme=scheme),
        class_outlook(scores, vetoes=row.vetoes, scheme=scheme),
        {Element(s.element): s.evidence for s in held},
    )


def classed(path: str, *, on: date, known: datetime) -> QuerySet[EnterpriseClass]:
    """Return the classes of a subtree's enterprises on a day."""
    return (
        EnterpriseClass.objects.as_of(on, known=known)
        .filter(_within(path))
        .select_related("enterprise", "assessment")
        .order_by("enterprise_id")
    )


def classes_due(path: str, *, on: date, known: datetime) -> QuerySet[EnterpriseClass]:
    """Return the classes of a subtree that end soon or ended, and that nothing followed."""
    return classes.due(on=on, known=known).filter(_within(path))


def _within(path: str) -> Q:
    """Return the condition that an enterprise belongs to an agency of a subtree."""
    keys = agencies.subtree_keys(path)
    return Q() if keys is None else Q(enterprise__agency_id__in=keys)


_BY_LEVEL: Tally[dict[Any, int]] = Tally(Rating, Enterprise)
_BY_CLASS: Tally[dict[Any, int]] = Tally(EnterpriseClass, Enterprise)


def levels_counted(path: str, *, on: date, known: datetime) -> dict[Any, int]:
    """Count the enterprises of a subtree by level; kept for as long as no level changes."""
    rows = files(path, on=on, known=known)
    return _BY_LEVEL.at((path, on), lambda: _counts(rows, "level"))


def classes_counted(path: str, *, on: date, known: datetime) -> dict[Any, int]:
    """Count the enterprises of a subtree by class; kept for as long as no class changes."""
    rows = classed(path, on=on, known=known)
    return _BY_CLASS.at((path, on), lambda: _counts(rows, "grade"))


def _counts(rows: QuerySet[Any], column: str) -> dict[Any, int]:
    counted = rows.order_by().values(column).annotate(n=Count("pk"))
    return dict(counted.values_list(column, "n"))


def open_disputes(path: str) -> Sequence[Dispute]:
    """Return the disputes of a subtree that wait for an answer, the most pressing first."""
    return list(
        Dispute.objects.filter(
            state=DisputeState.OPEN, record__enterprise__agency__path__startswith=path
        ).select_related("record__enterprise")
    )
