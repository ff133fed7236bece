"""Tables written to files so that no cell becomes a formula and no reader sees half a file."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter

from guomen.journeys.files.cells import LONGEST_CELL, BadFileError, kind_of
from guomen.journeys.intake import Problem

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def safe(text: str | None) -> str | None:
    """
    Return a text that a spreadsheet shows and never runs.

    >>> safe("=1+1"), safe("菜心")
    ("'=1+1", '菜心')
    """
    return f"'{text}" if text is not None and text.startswith(FORMULA_STARTS) else text


def _safe_frame(frame: pl.DataFrame) -> pl.DataFrame:
    starts = "^[" + re.escape("".join(FORMULA_STARTS)) + "]"
    return frame.with_columns(
        pl.when(pl.col(name).str.contains(starts))
        .then(pl.lit("'") + pl.col(name))
        .otherwise(pl.col(name))
        .alias(name)
        for name, dtype in frame.schema.items()
        if dtype == pl.String
    )


def _write_csv(frame: pl.DataFrame, path: Path) -> None:
    # With the mark, Excel opens Chinese text as it is.
    _safe_frame(frame).write_csv(path, include_bom=True)


def _write_xlsx(frame: pl.DataFrame, path: Path) -> None:
    options = {"strings_to_formulas": False, "strings_to_urls": False, "constant_memory": True}
    with xlsxwriter.Workbook(path, options) as book:
        sheet = book.add_worksheet()
        sheet.freeze_panes(1, 0)
        bold = book.add_format({"bold": True})
        for place, name in enumerate(frame.columns):
            sheet.write_string(0, place, name, bold)
        for row, values in enumerate(_safe_frame(frame).iter_rows(), start=1):
            for place, value in enumerate(values):
                _write_cell(sheet, row, place, value)


def _write_cell(sheet: Any, row: int, place: int, value: Any) -> None:
    if value is None:
        return
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 10**15:
        sheet.write_number(row, place, value)
    else:
        sheet.write_string(row, place, str(value)[:LONGEST_CELL])


_WRITERS: dict[str, Callable[[pl.DataFrame, Path], None]] = {
    ".csv": _write_csv,
    ".jsonl": lambda frame, path: frame.write_ndjson(path),
    ".ndjson": lambda frame, path: frame.write_ndjson(path),
    ".parquet": lambda frame, path: frame.write_parquet(path),
    ".xlsx": _write_xlsx,
}


def write(path: Path, frame: pl.DataFrame) -> None:
    """
    Write a table to a file by how its name ends; a reader never sees half of it.

    :raises UnknownKindError: if the name does not end as a known kind
    :raises BadFileError: if the place cannot be written
    """
    kind = kind_of(path.name)
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".new-", suffix=kind)
        os.close(descriptor)
        draft = Path(name)
        try:
            _WRITERS[kind](frame, draft)
            draft.chmod(0o644)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise BadFileError(
            f"{path} cannot be written ({error.strerror}); choose a folder that can.",
            path=str(path),
        ) from error


def problems_frame(problems: Sequence[Problem]) -> pl.DataFrame:
    """Return problems as the table of a reject file."""
    rows = [(p.row, p.column, p.value, p.says.zh, p.says.en) for p in problems]
    schema = {
        "row": pl.Int64,
        "column": pl.String,
        "value": pl.String,
        "what_to_do_zh": pl.String,
        "what_to_do_en": pl.String,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def spreadsheet(frame: pl.DataFrame) -> bytes:
    """Return a table as the content of a spreadsheet."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.xlsx"
        write(path, frame)
        return path.read_bytes()
