"""
Results from an instrument: a CSV file read against the worksheet of one run.

Every row is checked before anything is stored: the preview names each row that cannot be taken and
what to do, and a file with one such row is not taken at all. Columns of the instrument that mean
nothing here are named and left aside.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import ClassVar

from guomen.core.conformity.reading import Kind, read
from guomen.core.conformity.units import unit_of, unit_or_none
from guomen.core.errors import GuomenError
from guomen.core.text import Text
from guomen.journeys.files.encodings import encoding_of
from guomen.journeys.laboratory.bench import Entry
from guomen.journeys.laboratory.reading import Sheet

LARGEST = 2_000_000
MOST_ROWS = 2_000

#: Headings by column, folded; the first is how the column is named in a message.
COLUMNS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "sample": ("sample", "sampleid", "samplename", "样品", "样品编号", "样品名称"),
        "result": ("result", "value", "concentration", "结果", "测定值", "浓度"),
        "unit": ("unit", "units", "单位"),
        "uncertainty": ("uncertainty", "expandeduncertainty", "扩展不确定度", "不确定度"),
        "lod": ("lod", "检出限"),
        "loq": ("loq", "定量限"),
    }
)
_REQUIRED = ("sample", "result")


class ResultsUnreadableError(GuomenError):
    """A file of results is no table that can be read."""

    code: ClassVar[str] = "laboratory.results-unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    """A row that cannot be taken: where, what stands there, what to do."""

    row: int
    column: str
    value: str
    says: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row that can be taken, as the preview shows it."""

    row: int
    name: str
    raw: str
    unit: str
    control: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a file would enter, and everything for which it is not taken."""

    lines: tuple[Line, ...]
    rejects: tuple[Reject, ...]
    aside: tuple[str, ...]
    results: Mapping[int, Entry]
    controls: Mapping[int, Decimal]

    @property
    def ready(self) -> bool:
        """Tell whether the file can be taken: something to enter, and nothing refused."""
        return bool(self.lines) and not self.rejects


def text_of(content: bytes) -> str:
    """
    Return the text of a file, whichever encoding the instrument writes.

    :raises ResultsUnreadableError: if it is too large, or no text
    """
    if len(content) > LARGEST:
        raise ResultsUnreadableError("the file is larger than 2 MB: send one run at a time")
    found = encoding_of(io.BytesIO(content)).encoding
    if found is None or (b"\0" in content and not found.startswith("utf-16")):
        raise ResultsUnreadableError(
            "the file is no text: save the results of the instrument as CSV and send that"
        )
    return content.decode(found)


def preview(text: str, sheet: Sheet, *, source: str) -> Preview:
    """
    Read a file of results against a worksheet; nothing is stored.

    :param source: the name of the file, kept with each result.
    :raises ResultsUnreadableError: if there is no heading with the columns that are needed
    """
    headings, rows = _table(text)
    places = _places(headings)
    reader = _Reader(sheet, source)
    for number, row in rows:
        cells = {name: row[at].strip() if at < len(row) else "" for name, at in places.items()}
        if any(cells.values()):
            reader.take(number, cells)
    if not reader.seen:
        raise ResultsUnreadableError("the file has headings and no row of results")
    aside = [h for at, h in enumerate(headings) if at not in places.values() and h.strip()]
    return Preview(
        lines=tuple(reader.lines),
        rejects=tuple(reader.rejects),
        aside=tuple(aside),
        results=reader.results,
        controls=reader.controls,
    )


def _table(text: str) -> tuple[list[str], Iterator[tuple[int, list[str]]]]:
    first = text.partition("\n")[0]
    separator = max(("\t", ";", ","), key=first.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error as error:
        raise ResultsUnreadableError(
            f"the file is no CSV that can be read ({error}): save it again as CSV"
        ) from error
    if not rows or len(rows) > MOST_ROWS:
        raise ResultsUnreadableError(
            f"the file has {len(rows)} rows: send between 1 and {MOST_ROWS} of one run"
        )
    return rows[0], enumerate(rows[1:], start=2)


def _folded(heading: str) -> str:
    return "".join(c for c in heading.casefold() if c.isalnum())


def _places(headings: Sequence[str]) -> dict[str, int]:
    folded = [_folded(heading) for heading in headings]
    found = {
        name: next(at for at, heading in enumerate(folded) if heading in known)
        for name, known in COLUMNS.items()
        if any(heading in known for heading in folded)
    }
    missing = [name for name in _REQUIRED if name not in found]
    if missing:
        raise ResultsUnreadableError(
            f"the first row must name the columns; missing: {', '.join(missing)}"
        )
    return found


class _Reader:
    """Rows against a worksheet, one after another."""

    def __init__(self, sheet: Sheet, source: str) -> None:
        self.sheet = sheet
        self.source = source
        self.tests = {t.order.sample.reference: t for t in sheet.tests}
        self.known = {cell.control.name.casefold(): cell for cell in sheet.controls}
        self.names: set[str] = set()
        self.lines: list[Line] = []
        self.rejects: list[Reject] = []
        self.results: dict[int, Entry] = {}
        self.controls: dict[int, Decimal] = {}
        self.seen = 0

    def take(self, row: int, cells: Mapping[str, str]) -> None:
        """Take one row, or say why it cannot be taken."""
        self.seen += 1
        name = cells["sample"]
        problem = self._problem(name, cells)
        if problem is not None:
            column, says = problem
            self.rejects.append(
                Reject(row=row, column=column, value=cells.get(column, ""), says=says)
            )
            return
        self.names.add(name.casefold())
        control = self.known.get(name.casefold())
        unit = cells.get("unit") or (self.sheet.method.unit if self.sheet.method else "")
        if control is not None:
            self.controls[control.control.pk] = Decimal(cells["result"])
        else:
            self.results[self.tests[name].order.pk] = Entry(
                raw=cells["result"],
                unit=cells.get("unit") or None,
                expanded_uncertainty=cells.get("uncertainty") or None,
                coverage="2" if cells.get("uncertainty") else None,
                lod=cells.get("lod") or None,
                loq=cells.get("loq") or None,
                source=self.source,
            )
        self.lines.append(
            Line(row=row, name=name, raw=cells["result"], unit=unit, control=control is not None)
        )

    def _problem(self, name: str, cells: Mapping[str, str]) -> tuple[str, Text] | None:
        control = self.known.get(name.casefold())
        test = self.tests.get(name)
        if not name or (control is None and test is None):
            return "sample", _NOT_HERE
        if name.casefold() in self.names:
            return "sample", _TWICE
        if test is not None and test.order.state not in ("on_bench", "entered"):
            return "sample", _NOT_OPEN
        if problem := _number_problem(cells, control=control is not None):
            return problem
        if control is not None and control.value is not None:
            return ("result", _CONTROL_KEPT) if Decimal(cells["result"]) != control.value else None
        return self._unit_problem(cells)

    def _unit_problem(self, cells: Mapping[str, str]) -> tuple[str, Text] | None:
        given, method = cells.get("unit"), self.sheet.method
        if not given or method is None:
            return None
        unit = unit_or_none(given)
        if unit is None or unit.dimension != unit_of(method.unit).dimension:
            return "unit", _WRONG_UNIT
        return None


def _number_problem(cells: Mapping[str, str], *, control: bool) -> tuple[str, Text] | None:
    reading = read(cells["result"])
    if reading.kind in (Kind.MISSING, Kind.TEXT):
        return "result", _NO_RESULT
    if (reading.number is not None and reading.number < 0) or (
        control and reading.kind != Kind.VALUE
    ):
        return "result", _NO_RESULT
    for column in ("uncertainty", "lod", "loq"):
        text = cells.get(column, "")
        found = read(text)
        if text and (found.kind != Kind.VALUE or found.number is None or found.number < 0):
            return column, _NO_NUMBER
    return None


_NOT_HERE = Text(
    zh="本检测批没有这个样品或质控样；核对编号，或先把样品加入本批",
    en="This run has no such sample or control; check its number, or open a run with it",
)
_TWICE = Text(
    zh="同一样品出现两次；只保留要录入的一行",
    en="It stands twice; keep the row that should be entered",
)
_NOT_OPEN = Text(
    zh="该项目已批准或已取消；更正请走更正流程",
    en="This test is approved or cancelled; a correction is made on the page of the sample",
)
_NO_RESULT = Text(
    zh="读不懂的结果；写不小于零的数、“<0.01”或“未检出”；质控样只写数",
    en="Not a result; write a number not below zero, “<0.01” or “ND”, and a number for a control",
)
_NO_NUMBER = Text(zh="应为不小于零的数；没有就留空", en="A number not below zero, or nothing")
_CONTROL_KEPT = Text(
    zh="该质控值已记录，不能改写；作废本批后重测",
    en="This control is on record and stays; void the run and measure again",
)
_WRONG_UNIT = Text(
    zh="单位与方法不符；改成方法的单位或可换算的单位",
    en="The unit does not fit the method; use its unit, or one that converts to it",
)
