"""Reads of classes and product risks: bulk facts for decisions, one query each, with periods."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
from django.db.models import Exists, OuterRef, QuerySet

from guomen.rulebooks.classification import DUE_DAYS
from guomen.supervision.bitemporal import PERIOD_COLUMNS, Window, frame_of
from guomen.supervision.classification.models import EnterpriseClass, ProductRisk
from guomen.supervision.prepared import PreparedQuery

Keys = Collection[str] | None


def grades_of(references: Collection[str]) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Yield each class given to some enterprises: reference, then its period and grade."""
    for reference, *values in _GRADES.rows(references):
        yield reference, tuple(values)


_GRADES = PreparedQuery(
    EnterpriseClass,
    lambda references: EnterpriseClass.objects.filter(
        enterprise__reference__in=references
    ).values_list("enterprise__reference", *PERIOD_COLUMNS, "grade"),
)


def product_risks(*, window: Window) -> pl.DataFrame:
    """Return the risk levels of products: hs_prefix, level, and the period."""
    rows = ProductRisk.objects.within(window).values_list("hs_prefix", "level", *PERIOD_COLUMNS)
    return frame_of(rows, {"hs_prefix": pl.String(), "level": pl.String()})


def due(*, on: date, known: datetime) -> QuerySet[EnterpriseClass]:
    """Return the classes that end soon or ended, and that nothing followed."""
    soon = on + timedelta(days=DUE_DAYS.value)
    current = EnterpriseClass.objects.current().filter(recorded_at__lte=known)
    return (
        current.filter(ends__lte=soon)
        .exclude(
            Exists(
                current.filter(
                    enterprise_id=OuterRef("enterprise_id"), begins__gt=OuterRef("begins")
                )
            )
        )
        .select_related("enterprise", "assessment")
        .order_by("ends", "enterprise_id")
    )


def history_of(enterprise_id: int) -> list[EnterpriseClass]:
    """Return the classes that an enterprise had, as known now, in order."""
    rows = EnterpriseClass.objects.current().filter(enterprise_id=enterprise_id)
    return list(rows.select_related("assessment").order_by("begins"))
