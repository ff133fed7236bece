"""Files that are tables already: Parquet and the first sheet of a workbook."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Sequence
from typing import BinaryIO

import fastexcel
import polars as pl

from guomen.core.text import Text
from guomen.journeys import intake
from guomen.journeys.files.cells import LONGEST_CELL, NUL, TOO_LONG, BadFileError, Cells, headings
from guomen.journeys.intake import Problem

# What a compressed file may unpack to.
LARGEST_UNPACKED = 1 << 30
# A damaged part, one under a password, one packed in a way that nobody uses here.
_NO_WORKBOOK = (zipfile.BadZipFile, zlib.error, RuntimeError)


def read_parquet(stream: BinaryIO) -> Cells:
    """
    Read a Parquet file; numbers and dates become texts.

    :raises BadFileError: if it is not whole
    """
    try:
        frame = pl.read_parquet(stream.read())
        texts = frame.select(_parquet_text(name, dtype) for name, dtype in frame.schema.items())
    except (pl.exceptions.PolarsError, OSError, ValueError) as error:
        reason = str(error).splitlines()[0][:200]
        raise BadFileError(
            f"This is not a whole Parquet file ({reason}). Parquet keeps its index at the end, so "
            "a half-written file cannot be read: send it again whole.",
            reason=reason,
        ) from error
    return _of_frame(texts.rename(dict(zip(texts.columns, headings(texts.columns), strict=True))))


def _parquet_text(name: str, dtype: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if isinstance(dtype, pl.List):
        return column.cast(pl.List(pl.String)).list.join(";")
    if isinstance(dtype, pl.Binary | pl.Struct | pl.Object):
        return pl.lit(None, dtype=pl.String).alias(name)
    return column.cast(pl.String)


def read_xlsx(stream: BinaryIO) -> Cells:
    """
    Read the first sheet of a workbook; a number stays as it was typed.

    :raises BadFileError: if it is not whole, or unpacks to too much
    """
    content = stream.read()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            unpacked = sum(entry.file_size for entry in packed.infolist())
            if unpacked > LARGEST_UNPACKED:
                raise BadFileError(
                    f"The workbook unpacks to {unpacked >> 20} MiB; send at most "
                    f"{LARGEST_UNPACKED >> 20} MiB, or CSV.",
                    bytes=unpacked,
                )
            # What a part says of its size may be a lie: its check sum then does not fit.
            if (lying := packed.testzip()) is not None:
                raise zipfile.BadZipFile(lying)
        sheet = fastexcel.read_excel(content).load_sheet(0, header_row=None, dtypes="string")
        frame = sheet.to_polars()
    except (*_NO_WORKBOOK, fastexcel.FastExcelError) as error:
        raise BadFileError(
            "This is not a whole XLSX workbook; it may be half-written, locked by a password, or "
            "an old XLS. Save it again as XLSX.",
        ) from error
    if frame.is_empty():
        raise BadFileError("The first sheet is empty; it needs a heading and at least one row.")
    heading = list(frame.row(0))
    while heading and heading[-1] is None:
        heading.pop()
    return _sheet_cells(frame, heading)


def _sheet_cells(frame: pl.DataFrame, heading: list[str | None]) -> Cells:
    names, width = headings(heading), len(heading)
    beyond = frame.columns[width:]
    body = frame[1:]
    stray = (
        [
            row
            for row, extra in enumerate(
                body.select(pl.any_horizontal(pl.col(beyond).is_not_null())).to_series(), 1
            )
            if extra
        ]
        if beyond
        else []
    )
    texts = body.select(
        _sheet_text(old).alias(new) for old, new in zip(frame.columns, names, strict=False)
    )
    cells = _of_frame(texts)
    if not stray:
        return cells
    says = Text(
        zh=f"这一行在标题的 {width} 列之外还有内容，请移到对应的列",
        en=f"This row has contents beyond the {width} columns of the heading; move them",
    )
    return _without_rows(cells, stray, says)


def _sheet_text(name: str) -> pl.Expr:
    """Return a column as people see it: fifteen digits of a number, a date without midnight."""
    text = pl.col(name).str.replace(r"^(\d{4}-\d\d-\d\d)[ T]00:00:00$", "$1")
    long = text.str.contains(r"^-?\d+\.\d{9,}$")
    shown = pl.when(long).then(text).cast(pl.Float64, strict=False)
    rounded = shown.map_elements(lambda value: f"{value:.15g}", return_dtype=pl.String)
    return pl.when(long).then(rounded).otherwise(text)


def _without_rows(cells: Cells, bad: Sequence[int], says: Text) -> Cells:
    is_bad = cells.numbers.is_in(bad)
    whose = cells.frame.filter(is_bad)
    pair = [
        whose[name].to_list() if name in whose.columns else [None] * whose.height
        for name in ("enterprise", "declaration")
    ]
    return Cells(
        frame=cells.frame.filter(~is_bad),
        numbers=cells.numbers.filter(~is_bad),
        problems=(
            *cells.problems,
            *(Problem(row=row, column="", value="", says=says) for row in bad),
        ),
        aside=cells.aside | set(zip(*pair, strict=True)),
        rows=cells.rows,
    )


def _of_frame(texts: pl.DataFrame) -> Cells:
    """Return a frame of texts as cells: blank rows dropped, monstrous cells refused."""
    numbered = texts.with_row_index("\0row", offset=1).filter(
        pl.any_horizontal(pl.exclude("\0row").is_not_null())
    )
    cells = Cells(
        frame=numbered.drop("\0row"),
        numbers=numbered["\0row"].cast(pl.UInt32).alias(intake.ROW),
        problems=(),
        aside=frozenset(),
        rows=texts.height,
    )
    for bad, says in (
        (pl.all().str.len_bytes() > 4 * LONGEST_CELL, TOO_LONG),
        (pl.all().str.contains("\0", literal=True), NUL),
    ):
        found = cells.frame.select(pl.any_horizontal(bad).fill_null(value=False)).to_series()
        if found.any():
            cells = _without_rows(cells, cells.numbers.filter(found).to_list(), says)
    return cells
