"""Reading many lines at once: columns of texts checked and typed by Polars."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

import polars as pl

from guomen.core.text import Text
from guomen.journeys.intake import says
from guomen.journeys.intake.columns import (
    BY_NAME,
    COLUMNS,
    DOCUMENTS,
    FIRST_DAY,
    LARGEST_LINE,
    ROW,
    SHARED_COLUMNS,
    Column,
    Problem,
    documents_of,
    number_plausible,
    papers_known,
)
from guomen.rulebooks.places import countries


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """
    A parsed batch: good lines, typed and in the order of the file, and every problem.

    ``lines`` has the columns of :data:`COLUMNS` (documents spread to ``doc_*``) and ``row``, the
    number of the row in the file counted from 1 (the heading is not counted).
    """

    lines: pl.DataFrame
    problems: tuple[Problem, ...]
    rows: int


def parse(cells: pl.DataFrame, *, today: date) -> Intake:
    """
    Check and type a frame of texts; ``today`` is the day in the agency's zone.

    Columns that are absent are read as empty. Unknown columns are a problem of row 0, since a
    misspelt heading would otherwise be an unknown fact on every line.
    """
    strange = [name for name in cells.columns if name not in BY_NAME]
    absent = [name for name in BY_NAME if name not in cells.columns]
    frame = cells.select(
        *(_cleaned(name) for name in BY_NAME if name not in absent),
        *(pl.lit(None, dtype=pl.String).alias(name) for name in absent),
    ).with_row_index(ROW, offset=1)
    typed = frame.with_columns(_typed(column) for column in COLUMNS)
    problems = [says.strange_heading(name) for name in strange] + _problems(frame, typed, today)
    bad = {problem.row for problem in problems}
    good, more = _whole_declarations(typed, frame, bad)
    return Intake(
        lines=_spread_documents(good),
        problems=tuple(sorted([*problems, *more], key=lambda p: (p.row, p.column))),
        rows=frame.height,
    )


def _cleaned(name: str) -> pl.Expr:
    # NFKC folds full-width digits and letters, which Chinese keyboards produce by accident.
    text = pl.col(name).cast(pl.String).str.normalize("NFKC").str.strip_chars()
    return pl.when(text.str.len_chars() > 0).then(text).alias(name)


def _typed(column: Column) -> pl.Expr:
    text = pl.col(column.name)
    if column.dtype == pl.String:
        return text
    if column.dtype == pl.Date:
        plain = text.str.extract(r"^([0-9]{4}-[0-9]{1,2}-[0-9]{1,2})$")
        return plain.str.to_date("%Y-%m-%d", strict=False)
    if column.dtype == pl.Int64:
        return text.str.extract(r"^([0-9]{1,15})(?:\.0*)?$").cast(pl.Int64)
    scale = column.dtype.scale
    plain = text.str.extract(rf"^(-?[0-9]{{1,15}}(?:\.[0-9]{{1,{scale}}})?0*)$")
    return plain.cast(column.dtype, strict=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Check:
    """
    What makes one cell bad, over texts and, under the name of :func:`_read_as`, typed values.

    ``shows`` is the column whose value is given back; null in ``bad`` is not bad.
    """

    column: str
    bad: pl.Expr
    says: Text
    shows: str


def _check(column: str, bad: pl.Expr, sentence: Text, *, shows: str | None = None) -> _Check:
    return _Check(column=column, bad=bad, says=sentence, shows=shows or column)


def _read_as(name: str) -> str:
    """Return the name of a column's typed values beside its texts."""
    return f"{name} read"


def _failed(cells: pl.DataFrame, checks: Sequence[_Check]) -> list[Problem]:
    """Ask all checks of all cells in one query, and return what is bad in their order."""
    asked = cells.select(check.bad.alias(str(place)) for place, check in enumerate(checks))
    return [
        problem
        for check, bad in zip(checks, asked.get_columns(), strict=True)
        if bad.any()
        for problem in _found(cells, check, bad)
    ]


def _found(cells: pl.DataFrame, check: _Check, bad: pl.Series) -> list[Problem]:
    hits = cells.filter(bad).select(ROW, pl.col(check.shows).cast(pl.String))
    return [
        Problem(row=row, column=check.column, value=(value or "")[:80], says=check.says)
        for row, value in hits.iter_rows()
    ]


def _of_cells() -> Iterator[_Check]:
    """Yield the checks of one cell alone, those of a column in the order in which they are said."""
    for column in COLUMNS:
        name, text = column.name, pl.col(column.name)
        yield _check(name, text.str.len_chars() > column.longest, says.too_long(column))
        yield _check(name, text.str.contains(_UNREADABLE), says.UNREADABLE)
        if column.required:
            yield _check(name, text.is_null(), says.REQUIRED)
        if column.dtype != pl.String:
            bad = text.is_not_null() & pl.col(_read_as(name)).is_null()
            yield _check(name, bad, says.NOT_OF_TYPE[column.dtype])
        if column.codes is not None:
            yield _check(name, ~text.is_in(column.codes), says.not_listed(column))
        if column.countries is not None:
            yield _check(name, ~text.is_in([*countries(), *column.countries]), says.NO_COUNTRY)


# Control characters, which PostgreSQL and screens cannot hold, and what stands for broken text.
_UNREADABLE = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x{FFFD}]"


def _hs() -> Iterator[_Check]:
    code = pl.col("hs_code")
    short = code.str.contains(r"^[0-9]{9}$")
    yield _check("hs_code", short, says.ZERO_LOST)
    yield _check("hs_code", ~code.str.contains(r"^[0-9]{10}$") & ~short, says.TEN_DIGITS)


def _numbers(today: date) -> Iterator[_Check]:
    quantity, value, line, produced = (
        pl.col(_read_as(name)) for name in ("quantity", "value_cny", "line", "produced_on")
    )
    for name, bad, sentence in (
        ("quantity", quantity <= 0, says.NOT_POSITIVE),
        ("value_cny", value <= 0, says.NOT_POSITIVE),
        ("line", line <= 0, says.NOT_POSITIVE),
        ("line", line > LARGEST_LINE, says.TOO_LARGE),
        ("produced_on", produced > today, says.in_future(today)),
        ("produced_on", produced < FIRST_DAY, says.TOO_EARLY),
    ):
        yield _check(name, bad, sentence, shows=_read_as(name))


def _enterprises(cells: pl.DataFrame) -> Iterator[_Check]:
    for name in ("enterprise", "agent"):
        distinct = set(cells[name].to_list()) - {None}
        bad = sorted(number for number in distinct if not number_plausible(number))
        if bad:
            yield _check(name, pl.col(name).is_in(bad), says.WRONG_CHECK)


def _papers(cells: pl.DataFrame) -> Iterator[_Check]:
    distinct = set(cells["documents"].to_list()) - {None}
    bad = sorted(text for text in distinct if not papers_known(text))
    if bad:
        yield _check("documents", pl.col("documents").is_in(bad), says.NO_PAPER)


def _duplicates() -> Iterator[_Check]:
    line = pl.col(_read_as("line"))
    twice = pl.struct("enterprise", "declaration", line).is_duplicated() & line.is_not_null()
    yield _check("line", twice, says.LINE_TWICE)


def _mixed_declarations() -> Iterator[_Check]:
    """Refuse lines of a declaration that disagree about the declaration itself."""
    for name in SHARED_COLUMNS:
        values = pl.col(name).n_unique().over("enterprise", "declaration")
        yield _check(name, values > 1, says.MIXED)


@cache
def _fixed_checks() -> tuple[_Check, ...]:
    """Return the checks that are the same every day."""
    return (*_of_cells(), *_hs())


@cache
def _across_lines() -> tuple[_Check, ...]:
    """Return the checks of the lines of a declaration against one another."""
    return (*_duplicates(), *_mixed_declarations())


def _problems(frame: pl.DataFrame, typed: pl.DataFrame, today: date) -> list[Problem]:
    cells = frame.hstack(
        [typed[c.name].alias(_read_as(c.name)) for c in COLUMNS if c.dtype != pl.String]
    )
    changing = (*_numbers(today), *_enterprises(cells), *_papers(cells))
    return _failed(cells, (*_fixed_checks(), *changing, *_across_lines()))


def _whole_declarations(
    typed: pl.DataFrame, frame: pl.DataFrame, bad: set[int]
) -> tuple[pl.DataFrame, list[Problem]]:
    """Set aside every line of a declaration that has a bad one, and say so on the good ones."""
    if not bad:
        return typed, []
    is_bad = typed[ROW].is_in(list(bad))
    keys = ["enterprise", "declaration"]
    touched = typed.filter(is_bad).select(keys).unique().with_columns(touched=True)
    marked = typed.select(ROW, *keys).join(
        touched, on=keys, how="left", nulls_equal=True, maintain_order="left"
    )
    aside = marked["touched"].fill_null(value=False)
    check = _check("declaration", pl.lit(value=True), says.SET_ASIDE)
    return typed.filter(~aside), _found(frame, check, aside & ~is_bad)


def _spread_documents(lines: pl.DataFrame) -> pl.DataFrame:
    """Add a column for each document: presented, not presented, or null where none is named."""
    texts = lines["documents"].to_list()
    presented = {text: frozenset(documents_of(text)) for text in set(texts) - {None}}
    return lines.hstack(
        [
            pl.Series(
                f"doc_{code}",
                [None if text is None else code in presented[text] for text in texts],
                dtype=pl.Boolean,
            )
            for code in DOCUMENTS
        ]
    )
