"""Lines as targeting sees them: the columns that cells are made by, from any frame of lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import polars as pl

from guomen.core.targeting.cells import Floats
from guomen.rulebooks import targeting as settings

# What is read of a line, as the facts frame names it.
READ: Mapping[str, Any] = {
    "direction": pl.String,
    "hs_code": pl.String,
    "origin": pl.String,
    "enterprise": pl.String,
    "consignor": pl.String,
    "site": pl.String,
    "value_cny": pl.Float64,
    "units_in_lot": pl.Int64,
}


def columns(frame: pl.DataFrame) -> pl.DataFrame:
    """
    Return the columns of cells and numbers of a frame that has those of ``READ``.

    Goods without an origin, as all that leave the country, share one value of it.
    """
    code = pl.col("hs_code")
    return frame.select(
        "direction",
        *(code.str.head(length).alias(f"hs{length}") for length in (2, 4, 6)),
        "origin",
        "enterprise",
        "consignor",
        "site",
        pl.col("value_cny").cast(pl.Float64).log1p().alias("value_log"),
        pl.col("units_in_lot").cast(pl.Float64).log1p().alias("units_log"),
    )


def of_rows(rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """Return the columns of lines given as dictionaries."""
    return columns(
        pl.DataFrame([tuple(row[n] for n in READ) for row in rows], schema=READ, orient="row")
    )


def costs(risks: Iterable[str | None]) -> tuple[Floats, Floats, Floats]:
    """Return what finding a failure is worth, and the minutes and slots of a check, by risk."""
    listed = list(risks)
    sampled = settings.SAMPLED_RISKS.value
    value = np.array([settings.VALUES[risk].value for risk in listed])
    minutes = np.array([settings.MINUTES[risk].value for risk in listed])
    slots = np.array([float(risk in sampled) for risk in listed])
    return value, minutes, slots
