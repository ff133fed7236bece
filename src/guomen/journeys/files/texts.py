"""Files of lines of text: CSV as spreadsheets and programs write it, and JSON Lines."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO

import orjson
import polars as pl

from guomen.core.text import Text
from guomen.journeys import intake
from guomen.journeys.files.cells import (
    LONGEST_LINE,
    TOO_LONG,
    BadFileError,
    Cells,
    Collected,
    headings,
)
from guomen.journeys.files.encodings import encoding_of
from guomen.journeys.intake import BY_NAME

_MOST_STRANGE = 20

_NOT_QUOTED = Text(
    zh='这一行的引号不成对，含引号的单元格请写成 "…""…"',
    en='The quotes of this row do not pair; write a quote inside a cell twice, like "…""…"',
)
_NOT_OBJECT = Text(
    zh="这一行应是一个 JSON 对象，如 {…}", en="This line should be one JSON object, like {…}"
)


class _Lines:
    """Physical lines, each cut at the longest that is kept; counts them and sees how they end."""

    def __init__(self, text: io.TextIOBase) -> None:
        self._text = text
        self.number = 0
        self.whole = True
        self.over = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._text.readline(LONGEST_LINE)
        if not line:
            self.over = True
            raise StopIteration
        self.number += 1
        end = line
        while len(end) == LONGEST_LINE and not end.endswith(("\n", "\r")):
            end = self._text.readline(LONGEST_LINE)
        self.whole = end.endswith(("\n", "\r"))
        return line


def _delimiter(text: io.TextIOBase) -> str:
    heading = text.readline(LONGEST_LINE)
    return max(",;\t", key=heading.count)


def read_csv(stream: BinaryIO) -> Cells:
    """
    Read CSV separated by commas, semicolons or tabs, in UTF-8, UTF-16 with a mark, or GB18030.

    :raises BadFileError: if a quote is never closed, or the file ends in the middle of a row
    """
    encoding = _encoding(stream)
    stream.seek(0)
    text = io.TextIOWrapper(stream, encoding=encoding, newline="")
    try:
        delimiter = _delimiter(text)
        text.seek(0)
        return _csv_cells(text, delimiter)
    finally:
        text.detach()


def _encoding(stream: BinaryIO) -> str:
    found = encoding_of(stream)
    if found.encoding is None:
        raise BadFileError(
            f"The text breaks at byte {found.bad_at}: it is neither UTF-8 nor GB18030, or the file "
            "is half-written. Save it again as CSV UTF-8.",
            byte=found.bad_at,
        )
    return found.encoding


def _csv_cells(text: io.TextIOBase, delimiter: str) -> Cells:
    lines = _Lines(text)
    rows = _csv_rows(lines, delimiter)
    first = next(rows, None)
    if first is None:
        raise BadFileError("The file is empty; it needs a heading and at least one row.")
    if isinstance(first, Text):
        raise BadFileError(f"The heading cannot be read. {first.en}")
    while first and not first[-1].strip():
        first.pop()
    into = Collected(columns=headings(first))
    for row in rows:
        _take_row(row, into, lines=lines, delimiter=delimiter)
    return into.cells()


def _take_row(row: list[str] | Text, into: Collected, *, lines: _Lines, delimiter: str) -> None:
    if isinstance(row, Text):
        into.refuse(row)
        return
    width = len(into.columns)
    if not row or (len(row) >= width and not any(row[width:])):
        into.take([*row, *[""] * width][:width])
    elif len(row) < width and not lines.whole:
        raise BadFileError(
            f"Row {into.rows + 1} ends after {len(row)} of {width} cells, in the middle of the "
            "last line: the file looks half-written. Send it again whole.",
            row=into.rows + 1,
        )
    else:
        into.refuse(_ragged(len(row), width), row, delimiter.join(row)[:80])


def _ragged(found: int, width: int) -> Text:
    return Text(
        zh=f"这一行有 {found} 个单元格，标题有 {width} 列；含逗号的单元格请加引号",
        en=f"This row has {found} cells and the heading {width}; put cells with commas in quotes",
    )


def _csv_rows(lines: _Lines, delimiter: str) -> Iterator[list[str] | Text]:
    """
    Yield rows, or why one cannot be read.

    :raises BadFileError: if a quote is never closed, so that nobody knows where rows end
    """
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    number = -1
    while True:
        began, number = lines.number + 1, number + 1
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if lines.number > began or lines.over:
                raise BadFileError(
                    f"A quote opened in row {number} (line {began} of the file) is never closed: "
                    "the file looks half-written. Send it again whole.",
                    row=number,
                    line=began,
                ) from error
            yield TOO_LONG if "limit" in str(error) else _NOT_QUOTED


def read_jsonl(stream: BinaryIO, *, columns: Sequence[str] = tuple(BY_NAME)) -> Cells:
    """
    Read JSON Lines: one object a line, a line of goods each.

    :raises BadFileError: if the last line ends in the middle
    """
    into = Collected(columns=list(columns))
    strange: set[str] = set()
    for raw, cut in _json_lines(stream):
        if cut:
            into.refuse(TOO_LONG)
            continue
        if not raw.strip():
            into.take([])
            continue
        row = _json_row(raw, into)
        if row is not None:
            strange.update(name for name in row if name not in columns)
            into.take([_json_text(row.get(name)) for name in into.columns])
    cells = into.cells()
    named = sorted(strange)[:_MOST_STRANGE]
    frame = cells.frame.with_columns(pl.lit(None, dtype=pl.String).alias(n) for n in named)
    return Cells(
        frame=frame,
        numbers=cells.numbers,
        problems=cells.problems,
        aside=cells.aside,
        rows=cells.rows,
    )


def _json_lines(stream: BinaryIO) -> Iterator[tuple[bytes, bool]]:
    """Yield each line, and whether it was cut because it is too long."""
    first = True
    while line := stream.readline(LONGEST_LINE):
        end = line
        while len(end) == LONGEST_LINE and not end.endswith(b"\n"):
            end = stream.readline(LONGEST_LINE)
        yield (line.removeprefix(b"\xef\xbb\xbf") if first else line), end is not line
        first = False


def _json_row(raw: bytes, into: Collected) -> dict[str, Any] | None:
    try:
        row = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        if not raw.endswith(b"\n"):
            raise BadFileError(
                f"Line {into.rows + 1} ends in the middle of its JSON: the file looks "
                "half-written. Send it again whole.",
                row=into.rows + 1,
            ) from error
        into.refuse(_NOT_OBJECT, value=raw[:80].decode("utf-8", "replace"))
        return None
    if isinstance(row, dict):
        return row
    into.refuse(_NOT_OBJECT, value=raw[:80].decode("utf-8", "replace"))
    return None


def _json_text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, list):
        return ";".join(map(str, value)) or intake.NONE
    return str(value).lower() if isinstance(value, bool) else str(value)
