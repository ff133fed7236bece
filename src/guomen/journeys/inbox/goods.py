"""What waits on the way of goods: overrides, two answers to one check, results, papers, signals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from guomen.core.text import Text
from guomen.journeys import inspection, series_names
from guomen.journeys.inbox.sources import NOBODY, Asker, Source, Waits, table
from guomen.journeys.inspection import reading as orders
from guomen.journeys.laboratory.reading import hazard_name
from guomen.rulebooks.certificates import KINDS
from guomen.supervision.declarations.models import Override
from guomen.supervision.dispositions.lifecycle import CertificateState
from guomen.supervision.dispositions.models import Certificate
from guomen.supervision.inspections.models import Conflict
from guomen.supervision.risk import queries as risk
from guomen.supervision.risk.lifecycle import OPEN
from guomen.supervision.samples.lifecycle import TestState
from guomen.supervision.samples.models import TestOrder, TestResult


def _results(asker: Asker) -> QuerySet[Any]:
    """Return tests whose result waits for somebody who did not enter it."""
    own = TestResult.objects.filter(test=OuterRef("pk"), approved_by__isnull=True, analyst=asker.by)
    return TestOrder.objects.filter(~Exists(own))


def _drafts(asker: Asker) -> QuerySet[Any]:
    """Return drafts of the kinds that a role of the asker signs."""
    signed = [kind.code for kind in KINDS.values() if kind.signer in asker.roles]
    return Certificate.objects.filter(kind__in=signed)


def _conflicts(asker: Asker) -> QuerySet[Any]:
    """Return open conflicts of the asker's own orders: nobody else was there."""
    own = orders.own_orders(asker.by).order_by().values("pk")
    return Conflict.objects.filter(order__in=own)


def _kinds(codes: Sequence[str]) -> list[Text]:
    return [KINDS[code].name if code in KINDS else Text(zh=code, en=code) for code in codes]


def _series(keys: Sequence[Mapping[str, str | None]]) -> list[Text]:
    names = series_names.names_of(keys)
    return [names.of(key) for key in keys]


SOURCES = table(
    Source(
        what=Waits.OVERRIDE,
        of=Override,
        within=("line__agency_id",),
        where=Q(approved__isnull=True),
        not_by=("proposed_by",),
        key="line__declaration__reference",
        name=NOBODY,
        about="line__reference",
        since="proposed_at",
    ),
    Source(
        what=Waits.LATE_RECORD,
        rows=lambda a: inspection.waiting(orders.orders(a.reach.path)),
        key="reference",
        name=NOBODY,
        about="line__goods",
        since="late_at",
    ),
    Source(
        what=Waits.CONFLICT,
        rows=_conflicts,
        where=Q(settled_at__isnull=True),
        key="order__reference",
        name=NOBODY,
        about="order__line__reference",
        since="found_at",
    ),
    Source(
        what=Waits.RESULT,
        rows=_results,
        within=("laboratory_id",),
        where=Q(state=TestState.ENTERED),
        key="sample__reference",
        name="hazard",
        named=lambda codes: [hazard_name(code) for code in codes],
        about="sample__reference",
        since="ordered_at",
        due="due_at",
    ),
    Source(
        what=Waits.CERTIFICATE,
        rows=_drafts,
        within=("agency_id",),
        where=Q(state=CertificateState.DRAFT),
        key="number",
        name="kind",
        named=_kinds,
        since="drafted_at",
    ),
    Source(
        what=Waits.REVOCATION,
        of=Certificate,
        within=("agency_id",),
        where=Q(state=CertificateState.REVOCATION_PROPOSED),
        not_by=("proposed_by",),
        key="number",
        name="kind",
        named=_kinds,
        since="issued_at",
        dated=False,
    ),
    Source(
        what=Waits.SIGNAL,
        rows=lambda a: risk.visible_signals(a.reach.path),
        where=Q(state__in=[state.value for state in OPEN]),
        key="reference",
        name="key",
        named=_series,
        since="raised_at",
    ),
)
