"""Reads of classes and product risks: bulk facts for decisions, one query each, with periods."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from guomen.supervision.bitemporal import PERIOD_COLUMNS, Window, frame_of
from guomen.supervision.classification.models import EnterpriseClass, ProductRisk

Keys = Collection[str] | None


def classes_of(enterprises: Keys, *, window: Window) -> pl.DataFrame:
    """Return the classes of enterprises: enterprise, grade (1 to 4), and the period."""
    rows = (
        EnterpriseClass.objects.within(window)
        .of("enterprise__reference", enterprises)
        .values_list("enterprise__reference", "grade", *PERIOD_COLUMNS)
    )
    return frame_of(rows, {"enterprise": pl.String(), "grade": pl.Int64()})


def product_risks(*, window: Window) -> pl.DataFrame:
    """Return the risk levels of products: hs_prefix, level, and the period."""
    rows = ProductRisk.objects.within(window).values_list("hs_prefix", "level", *PERIOD_COLUMNS)
    return frame_of(rows, {"hs_prefix": pl.String(), "level": pl.String()})
