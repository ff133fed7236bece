"""What a file says, as texts, and the errors of reading one; what all kinds of file share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import ClassVar

import polars as pl

from guomen.core.errors import GuomenError
from guomen.core.text import Text
from guomen.journeys import intake
from guomen.journeys.intake import BY_NAME, COLUMNS, Problem

# No row of a declaration comes near this; what is longer is skipped, not kept.
LONGEST_LINE = 1 << 20
LONGEST_CELL = 32_767
_CHUNK = 20_000


class BadFileError(GuomenError):
    """A file cannot be read as a whole; the sentence says where it breaks and what to do."""

    code: ClassVar[str] = "files.bad-file"


class UnknownKindError(GuomenError):
    """A file name does not end as one of the kinds that are read and written."""

    code: ClassVar[str] = "files.unknown-kind"


KINDS = (".csv", ".jsonl", ".ndjson", ".parquet", ".xlsx")


def kind_of(name: str) -> str:
    """
    Return the kind of a file by how its name ends.

    :raises UnknownKindError: it is none of the kinds
    """
    ending = PurePath(name).suffix.lower()
    if ending not in KINDS:
        listed = ", ".join(KINDS)
        raise UnknownKindError(
            f"{name!r} does not end in one of {listed}; save it as one of these kinds.", name=name
        )
    return ending


NUL = Text(
    zh="这一行含有空字符（NUL），文件可能已损坏，请重新导出",
    en="This row holds a NUL character; the file is probably damaged, export it again",
)
TOO_LONG = Text(
    zh=f"单元格或整行过长（单元格最多 {intake.LONGEST_CELL} 个字符），请缩短后重报",
    en=f"A cell or the row is far too long (a cell has at most {intake.LONGEST_CELL} characters); "
    "shorten it and send the declaration again",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """
    What a file says, as texts.

    ``frame`` holds the rows that could be read, ``numbers`` their numbers in the file from 1 (the
    heading is not counted); ``problems`` the rows that could not, and ``aside`` the declarations
    that these rows belong to, as (enterprise, own number), where so much could be read.
    """

    frame: pl.DataFrame
    numbers: pl.Series
    problems: tuple[Problem, ...]
    aside: frozenset[tuple[str | None, str | None]]
    rows: int


@dataclass(slots=True, kw_only=True)
class Collected:
    """Rows on their way into a frame, in chunks, so that memory holds texts only once."""

    columns: Sequence[str]
    parts: list[pl.DataFrame] = field(default_factory=list)
    pending: list[Sequence[str | None]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    aside: set[tuple[str | None, str | None]] = field(default_factory=set)
    rows: int = 0

    def take(self, values: Sequence[str | None]) -> None:
        """Keep one readable row; a row without any text is only counted."""
        self.rows += 1
        if not any(values):
            return
        if any(value and "\0" in value for value in values):
            self._refuse(NUL, values)
            return
        self.pending.append(values)
        self.numbers.append(self.rows)
        if len(self.pending) >= _CHUNK:
            self.flush()

    def refuse(self, says: Text, values: Sequence[str | None] = (), value: str = "") -> None:
        """Count a row that cannot be read, and remember whose it is."""
        self.rows += 1
        self._refuse(says, values, value)

    def _refuse(self, says: Text, values: Sequence[str | None], value: str = "") -> None:
        self.problems.append(Problem(row=self.rows, column="", value=value[:80], says=says))
        known = dict(zip(self.columns, values, strict=False))
        self.aside.add((known.get("enterprise") or None, known.get("declaration") or None))

    def flush(self) -> None:
        """Turn the pending rows into a part of the frame."""
        schema = dict.fromkeys(self.columns, pl.String)
        self.parts.append(pl.DataFrame(self.pending, schema=schema, orient="row"))
        self.pending = []

    def cells(self) -> Cells:
        """Return everything that was collected."""
        self.flush()
        return Cells(
            frame=pl.concat(self.parts),
            numbers=pl.Series(intake.ROW, self.numbers, dtype=pl.UInt32),
            problems=tuple(self.problems),
            aside=frozenset(self.aside),
            rows=self.rows,
        )


_BY_LABEL = {column.label.zh: column.name for column in COLUMNS}


def headings(row: Sequence[str | None]) -> list[str]:
    """
    Return the names of the columns; Chinese labels stand for them too.

    :raises BadFileError: if a name stands twice
    """
    names = []
    for place, cell in enumerate(row, start=1):
        text = (cell or "").strip()
        name = _BY_LABEL.get(text, text.lower() if text.lower() in BY_NAME else text)
        names.append(name or f"column {place}")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BadFileError(f"The heading names {', '.join(twice)} twice; name each column once.")
    return names
