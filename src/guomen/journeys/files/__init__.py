"""
Files of declarations: read robustly into texts, and written so that no cell becomes a formula.

Reading never guesses at what a cell means: that is the door's work (`guomen.journeys.intake`). A
file that ends in the middle is refused whole, since nobody knows what is missing; a row that
cannot be read is a problem of that row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import BinaryIO

import polars as pl

from guomen.journeys.files.cells import BadFileError, Cells, UnknownKindError, kind_of
from guomen.journeys.files.frames import read_parquet, read_xlsx
from guomen.journeys.files.texts import read_csv, read_jsonl
from guomen.journeys.files.writing import problems_frame, safe, spreadsheet, write
from guomen.journeys.intake import BY_NAME, COLUMNS

__all__ = [
    "BadFileError",
    "Cells",
    "UnknownKindError",
    "kind_of",
    "problems_frame",
    "read",
    "read_stream",
    "read_table",
    "safe",
    "spreadsheet",
    "write",
]

_READERS: dict[str, Callable[[BinaryIO], Cells]] = {
    ".csv": read_csv,
    ".jsonl": read_jsonl,
    ".ndjson": read_jsonl,
    ".parquet": read_parquet,
    ".xlsx": read_xlsx,
}


def read(path: Path) -> Cells:
    """
    Read a file of declarations.

    :raises UnknownKindError: if the name does not end as a known kind
    :raises BadFileError: if the file cannot be read as a whole
    """
    kind = kind_of(path.name)
    try:
        with path.open("rb") as stream:
            return read_stream(stream, kind=kind)
    except OSError as error:
        raise BadFileError(
            f"{path} cannot be opened ({error.strerror}); check the name and the permission.",
            path=str(path),
        ) from error


def read_stream(stream: BinaryIO, *, kind: str) -> Cells:
    """
    Read declarations from an open, seekable stream of a kind.

    :raises BadFileError: if it cannot be read as a whole
    """
    cells = _READERS[kind](stream)
    if not any(name in BY_NAME for name in cells.frame.columns):
        listed = ", ".join(column.name for column in COLUMNS[:4])
        raise BadFileError(
            f"There is no known column. The first row must name the columns: {listed}, …; "
            "`guomen decide --columns` lists them."
        )
    if cells.frame.is_empty():
        first = (
            f" Row {cells.problems[0].row}: {cells.problems[0].says.en}" if cells.problems else ""
        )
        raise BadFileError(f"There is no row that can be read.{first}")
    return cells


def read_table(path: Path, *, columns: Sequence[str]) -> pl.DataFrame:
    """
    Read a file of another kind of rows as texts; columns that are absent are empty.

    :raises UnknownKindError: if the name does not end as a known kind
    :raises BadFileError: if any row cannot be read, or the first column is absent
    """
    kind = kind_of(path.name)
    jsonl = partial(read_jsonl, columns=columns)
    try:
        with path.open("rb") as stream:
            cells = jsonl(stream) if "json" in kind else _READERS[kind](stream)
    except OSError as error:
        raise BadFileError(
            f"{path} cannot be opened ({error.strerror}); check the name and the permission.",
            path=str(path),
        ) from error
    if cells.problems:
        first = cells.problems[0]
        raise BadFileError(f"Row {first.row} cannot be read. {first.says.en}", row=first.row)
    if columns[0] not in cells.frame.columns:
        raise BadFileError(f"The first row must name the columns: {', '.join(columns)}.")
    absent = [name for name in columns if name not in cells.frame.columns]
    empty = [pl.lit(None, dtype=pl.String).alias(name) for name in absent]
    return cells.frame.with_columns(empty).select(columns)
