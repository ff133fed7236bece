"""
Reading a few lines: the same checks in plain Python, since starting a query costs more than asking.

`tests/journeys/test_intake_few.py` holds both ways against each other on cells of any kind.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import polars as pl

from guomen.core.text import Text
from guomen.journeys.intake import says
from guomen.journeys.intake.columns import (
    BY_NAME,
    COLUMNS,
    DOCUMENTS,
    FIRST_DAY,
    LARGEST_LINE,
    NONE,
    ROW,
    SHARED_COLUMNS,
    Column,
    Problem,
    documents_of,
    number_plausible,
    papers_known,
)
from guomen.rulebooks.places import countries

Row = dict[str, Any]
Key = tuple[str | None, str | None]

# What Unicode calls white space, as Polars strips it.
_WHITE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)
_UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffd]")
_DATE = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_INTEGER = re.compile(r"([0-9]{1,15})(?:\.0*)?")
_DIGITS = 20


def as_text(value: Any) -> str | None:
    """Return any value as the text of a cell; None for what is absent."""
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return ";".join(str(part) for part in value) or NONE
    text = value.isoformat() if isinstance(value, date) else str(value)
    # Half a surrogate pair has no UTF-8; the replacement character is refused as a bad cell.
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def parse_rows(
    rows: Sequence[Mapping[str, Any]], *, today: date
) -> tuple[list[Row], list[Problem]]:
    """
    Check and type rows of any values; return the good lines and every problem, as `parse` does.
    """
    strange = dict.fromkeys(str(name) for row in rows for name in row if name not in BY_NAME)
    problems = [says.strange_heading(name) for name in strange]
    cells = [{name: _cleaned(row.get(name)) for name in BY_NAME} for row in rows]
    typed = [
        {ROW: number} | {c.name: _typed(c, texts[c.name]) for c in COLUMNS}
        for number, texts in enumerate(cells, start=1)
    ]
    for texts, line in zip(cells, typed, strict=True):
        problems.extend(_problems(texts, line, today))
    problems.extend(_across(cells, typed))
    good, more = _whole_declarations(cells, typed, {problem.row for problem in problems})
    problems = sorted([*problems, *more], key=lambda p: (p.row, p.column))
    return [_with_documents(line) for line in good], problems


def _cleaned(value: Any) -> str | None:
    text = as_text(value)
    if text is None:
        return None
    # NFKC folds full-width digits and letters, which Chinese keyboards produce by accident.
    folded = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return folded.strip(_WHITE) or None


def _typed(column: Column, text: str | None) -> Any:
    if text is None or column.dtype == pl.String:
        return text
    if column.dtype == pl.Date:
        return _day(text)
    if column.dtype == pl.Int64:
        whole = _INTEGER.fullmatch(text)
        return int(whole[1]) if whole else None
    return _decimal(text, column.dtype.scale)


def _day(text: str) -> date | None:
    parts = _DATE.fullmatch(text)
    if parts is None:
        return None
    year, month, day = map(int, parts.groups())
    try:
        # The year 0, which Polars knows, is refused as too early like the one after it.
        return date(max(year, 1), month, day)
    except ValueError:
        return None


@cache
def _number(scale: int) -> re.Pattern[str]:
    return re.compile(rf"-?[0-9]{{1,15}}(?:\.[0-9]{{1,{scale}}})?0*")


def _decimal(text: str, scale: int) -> Decimal | None:
    if not _number(scale).fullmatch(text):
        return None
    # Only zeros stand beyond the scale.
    whole, _, part = text.partition(".")
    found = Decimal(f"{whole}.{part[:scale].ljust(scale, '0')}")
    if abs(found) >= 10 ** (_DIGITS - scale):
        return None
    return found if found else abs(found)


@dataclass(frozen=True, slots=True)
class _Check:
    """What makes a cell bad, of its text or of its typed value; never asked of an empty one."""

    bad: Callable[[Any], bool]
    says: Text
    typed: bool = False

    def met(self, text: str, value: Any) -> str | None:
        """Return what of the cell is bad, or None."""
        if self.typed:
            return str(value) if value is not None and self.bad(value) else None
        return text if self.bad(text) else None


@cache
def _checks(column: Column) -> tuple[_Check, ...]:
    """Return the checks of a column's texts, in the order in which they are said."""
    found = [
        _Check(lambda text: len(text) > column.longest, says.too_long(column)),
        _Check(lambda text: _UNREADABLE.search(text) is not None, says.UNREADABLE),
    ]
    if column.dtype != pl.String:
        sentence = says.NOT_OF_TYPE[column.dtype]
        found.append(_Check(lambda text: _typed(column, text) is None, sentence))
    for words, sentence in (
        (column.codes, says.not_listed(column)),
        (None if column.countries is None else _countries(column), says.NO_COUNTRY),
    ):
        if words is not None:
            found.append(_Check(_outside(frozenset(words)), sentence))
    return (*found, *_MORE.get(column.name, ()))


def _countries(column: Column) -> tuple[str, ...]:
    return (*countries(), *(column.countries or ()))


def _outside(words: frozenset[str]) -> Callable[[str], bool]:
    return lambda text: text not in words


def _not_plausible(number: str) -> bool:
    return not number_plausible(number)


def _not_positive(number: Any) -> bool:
    return bool(number <= 0)


_SHORT, _WHOLE = re.compile(r"[0-9]{9}"), re.compile(r"[0-9]{10}")
_MORE: Mapping[str, tuple[_Check, ...]] = {
    "hs_code": (
        _Check(lambda code: _SHORT.fullmatch(code) is not None, says.ZERO_LOST),
        _Check(
            lambda code: not _WHOLE.fullmatch(code) and not _SHORT.fullmatch(code), says.TEN_DIGITS
        ),
    ),
    "quantity": (_Check(_not_positive, says.NOT_POSITIVE, typed=True),),
    "value_cny": (_Check(_not_positive, says.NOT_POSITIVE, typed=True),),
    "line": (
        _Check(_not_positive, says.NOT_POSITIVE, typed=True),
        _Check(lambda line: line > LARGEST_LINE, says.TOO_LARGE, typed=True),
    ),
    "produced_on": (_Check(lambda day: day < FIRST_DAY, says.TOO_EARLY, typed=True),),
    "enterprise": (_Check(_not_plausible, says.WRONG_CHECK),),
    "agent": (_Check(_not_plausible, says.WRONG_CHECK),),
    "documents": (_Check(lambda text: not papers_known(text), says.NO_PAPER),),
}


def _problems(texts: Mapping[str, str | None], line: Row, today: date) -> Iterator[Problem]:
    """Yield what is wrong with single cells of a line."""
    for column in COLUMNS:
        text, value = texts[column.name], line[column.name]
        for shown, sentence in _of_cell(column, text, value, today):
            yield Problem(row=line[ROW], column=column.name, value=shown[:80], says=sentence)


def _of_cell(
    column: Column, text: str | None, value: Any, today: date
) -> Iterator[tuple[str, Text]]:
    if text is None:
        if column.required:
            yield "", says.REQUIRED
        return
    for check in _checks(column):
        shown = check.met(text, value)
        if shown is not None:
            yield shown, check.says
    if column.dtype == pl.Date and value is not None and value > today:
        yield str(value), says.in_future(today)


def _key(texts: Mapping[str, str | None]) -> Key:
    return texts["enterprise"], texts["declaration"]


def _across(cells: Sequence[Mapping[str, str | None]], typed: Sequence[Row]) -> Iterator[Problem]:
    """Yield line numbers that stand twice, and what lines of a declaration disagree about."""
    twice = Counter((_key(t), line["line"]) for t, line in zip(cells, typed, strict=True))
    said: dict[tuple[Key, str], set[str | None]] = {}
    for texts in cells:
        for name in SHARED_COLUMNS:
            said.setdefault((_key(texts), name), set()).add(texts[name])
    for texts, line in zip(cells, typed, strict=True):
        if line["line"] is not None and twice[_key(texts), line["line"]] > 1:
            yield _problem(line, "line", texts["line"], says.LINE_TWICE)
        for name in SHARED_COLUMNS:
            if len(said[_key(texts), name]) > 1:
                yield _problem(line, name, texts[name], says.MIXED)


def _problem(line: Row, column: str, text: str | None, sentence: Text) -> Problem:
    return Problem(row=line[ROW], column=column, value=(text or "")[:80], says=sentence)


def _whole_declarations(
    cells: Sequence[Mapping[str, str | None]], typed: Sequence[Row], bad: set[int]
) -> tuple[list[Row], list[Problem]]:
    """Set aside every line of a declaration that has a bad one, and say so on the good ones."""
    pairs = list(zip(cells, typed, strict=True))
    touched = {_key(texts) for texts, line in pairs if line[ROW] in bad}
    return [line for texts, line in pairs if _key(texts) not in touched], [
        _problem(line, "declaration", texts["declaration"], says.SET_ASIDE)
        for texts, line in pairs
        if _key(texts) in touched and line[ROW] not in bad
    ]


def _with_documents(line: Row) -> Row:
    """Add a fact for each document: presented, not presented, or None where none is named."""
    text = line["documents"]
    presented: Iterable[str] = () if text is None else documents_of(text)
    for code in DOCUMENTS:
        line[f"doc_{code}"] = None if text is None else code in presented
    return line
