"""
The door: what a declaration must look like, and what to say when it does not.

A declaration comes as rows, a row a line, every cell a text; the columns of the declaration itself
are repeated on each of its lines. Parsing never raises for bad content: it returns the good lines,
typed, and a problem for every cell that is not. A declaration with a bad line is set aside whole.
``columns`` says what there is, ``says`` what is said; ``many`` reads files, ``few`` single
declarations.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from guomen.journeys.intake.columns import (
    BY_NAME,
    COLUMNS,
    DECLARATION_COLUMNS,
    DIRECTIONS,
    DOCUMENTS,
    FIRST_DAY,
    LARGEST_LINE,
    LONGEST_CELL,
    LONGEST_NUMBER,
    NONE,
    ROW,
    SELF,
    TRANSPORTS,
    UNITS,
    USCC_LENGTH,
    Column,
    Problem,
)
from guomen.journeys.intake.few import as_text, parse_rows
from guomen.journeys.intake.many import Intake, parse

__all__ = [
    "BY_NAME",
    "COLUMNS",
    "DECLARATION_COLUMNS",
    "DIRECTIONS",
    "DOCUMENTS",
    "FIRST_DAY",
    "LARGEST_LINE",
    "LONGEST_CELL",
    "LONGEST_NUMBER",
    "NONE",
    "ROW",
    "SELF",
    "TRANSPORTS",
    "UNITS",
    "USCC_LENGTH",
    "Column",
    "Intake",
    "Problem",
    "Taken",
    "parse",
    "row_texts",
    "rows_frame",
    "take",
]

# Below this a query of Polars costs more than plain Python.
_FEW = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Good lines as typed rows, and every problem."""

    lines: list[dict[str, Any]]
    problems: tuple[Problem, ...]


def take(rows: Sequence[Mapping[str, Any]], *, today: date) -> Taken:
    """Check and type rows of any values, in the quicker of the two ways."""
    if len(rows) <= _FEW:
        lines, problems = parse_rows(rows, today=today)
        return Taken(lines=lines, problems=tuple(problems))
    parsed = parse(rows_frame(rows), today=today)
    return Taken(lines=parsed.lines.to_dicts(), problems=parsed.problems)


def rows_frame(rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """
    Return rows of any values as a frame of texts, with an empty cell for what is absent.

    A key that is no column becomes a column of its own, for the door to name it.
    """
    texts = row_texts(list(rows))
    names = texts[0] if texts else BY_NAME
    return pl.DataFrame(texts, schema=dict.fromkeys(names, pl.String))


def row_texts(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, str | None]]:
    """Return the texts of the same frame, row by row; all rows have the same names."""
    strange = {str(name): None for row in rows for name in row if name not in BY_NAME}
    names = [*BY_NAME, *strange]
    return [{name: as_text(row.get(name)) for name in names} for row in rows]
