"""
The columns of a results frame as arrays, read exactly as `reading.read` reads one field.

Numbers are parsed in bulk; whatever the bulk parser does not take plainly goes,
once for each distinct text, through the scalar reader. Not for deciding anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from guomen.core.conformity.reading import Kind, read
from guomen.core.errors import GuomenError

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

KINDS: tuple[Kind, ...] = tuple(Kind)
CODE_OF: Mapping[Kind, int] = MappingProxyType({kind: code for code, kind in enumerate(KINDS)})
_VALUE = CODE_OF[Kind.VALUE]
_LARGEST, _LONGEST = 1e30, 30  # beyond these the scalar reader has the word

#: Columns of a results frame: what they hold. The first five must be there.
RESULT_COLUMNS: Mapping[str, str] = MappingProxyType(
    {
        "commodity": "path of groups, text",
        "analyte": "key of the analyte, text",
        "market": "market whose limits apply, text",
        "raw": "the number field of the report, text or number",
        "unit": "unit of every number in the row, text",
        "expanded_uncertainty": "U, text or number",
        "coverage": "k, by which U = k·u, text or number",
        "lod": "limit of detection, text or number",
        "loq": "limit of quantification, text or number",
        "taken": "day of sampling, date; chooses the limit",
        "reported": "day of the report, date",
        "prior_mean": "mean of the prior in the limit's unit, number",
        "prior_sd": "deviation of the prior in the limit's unit, number",
    }
)
_REQUIRED = tuple(RESULT_COLUMNS)[:5]


class ColumnsMissing(GuomenError):
    """A frame lacks columns without which nothing can be judged."""

    code: ClassVar[str] = "conformity.columns-missing"


def column(frame: pl.DataFrame, name: str) -> pl.Series:
    """Return a column, or one of nulls where an optional column is absent."""
    if name in frame.columns:
        return frame.get_column(name)
    return pl.Series(name, [None], dtype=pl.Null).new_from_index(0, frame.height)


def check_columns(frame: pl.DataFrame) -> None:
    """
    Refuse a results frame that lacks a required column.

    :raises ColumnsMissing: with the names of those that are missing
    """
    missing = [name for name in _REQUIRED if name not in frame.columns]
    if missing:
        raise ColumnsMissing(
            f"The results frame lacks {', '.join(missing)}: add the columns, null where the "
            "report does not say.",
            missing=missing,
        )


def readings(series: pl.Series) -> tuple[NDArray[np.uint8], Floats]:
    """Read a column of reports into kinds and numbers (NaN where there is no number)."""
    if series.dtype == pl.String:
        return _text_readings(series)
    if series.dtype.is_numeric():
        numbers = series.cast(pl.Float64).fill_null(np.nan).to_numpy()
        kinds = np.full(len(series), _VALUE, dtype=np.uint8)
        kinds[~np.isfinite(numbers)] = CODE_OF[Kind.TEXT]
        kinds[series.is_null().to_numpy()] = CODE_OF[Kind.MISSING]
        return kinds, np.where(kinds == _VALUE, numbers, np.nan)
    code = CODE_OF[Kind.MISSING] if series.dtype == pl.Null else CODE_OF[Kind.TEXT]
    kinds = np.full(len(series), code, dtype=np.uint8)
    kinds[series.is_null().to_numpy()] = CODE_OF[Kind.MISSING]
    return kinds, np.full(len(series), np.nan)


def amounts(series: pl.Series) -> Floats:
    """Read a column of stated positive amounts; what is not one states nothing (NaN)."""
    if series.dtype == pl.Null:
        return np.full(len(series), np.nan)
    kinds, numbers = readings(series)
    with np.errstate(invalid="ignore"):
        return np.where((kinds == _VALUE) & (numbers > 0), numbers, np.nan)


def days(series: pl.Series) -> Floats:
    """Read a column of dates into days since 1970 (NaN where there is none)."""
    if series.dtype == pl.Null:
        return np.full(len(series), np.nan)
    return series.cast(pl.Date).to_physical().cast(pl.Float64).fill_null(np.nan).to_numpy()


def codes(series: pl.Series) -> tuple[Codes, list[str | None]]:
    """Number the distinct texts of a column; the last number is that of null."""
    texts: list[str | None] = list(series.drop_nulls().unique())
    if not texts:
        return np.zeros(len(series), dtype=np.int64), [None]
    numbered = series.cast(pl.Enum([str(text) for text in texts])).to_physical()
    return numbered.cast(pl.Int64).fill_null(len(texts)).to_numpy(), [*texts, None]


def _text_readings(series: pl.Series) -> tuple[NDArray[np.uint8], Floats]:
    numbers = series.cast(pl.Float64, strict=False).fill_null(np.nan).to_numpy(writable=True)
    kinds = np.full(len(series), _VALUE, dtype=np.uint8)
    plain = np.abs(numbers) < _LARGEST  # false for NaN
    plain &= (series.str.len_bytes().fill_null(0) <= _LONGEST).to_numpy()
    if not plain.all():
        odd = np.flatnonzero(~plain)
        which, texts = codes(series.gather(odd))
        found = [read(text) for text in texts]
        kinds[odd] = np.array([CODE_OF[one.kind] for one in found], dtype=np.uint8)[which]
        numbers[odd] = np.array([_float(one.number) for one in found])[which]
    return kinds, numbers


def _float(number: Any) -> float:
    return float("nan") if number is None else float(number)
