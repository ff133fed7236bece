"""
The paper on which one declaration is lodged: its head, and one to many lines.

The paper works without JavaScript: adding and removing a line is a round trip that keeps what was
typed. A key made with the empty paper goes with it, so that sending twice lodges once.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext

from guomen.desks.components.consignments import columns
from guomen.journeys import intake
from guomen.journeys.intake import Problem

MOST_LINES = 50
_HEAD = ("direction", "declaration", "enterprise", "agent", "port", "transport", "transit_via")
_LINE = (
    "goods",
    "hs_code",
    "quantity",
    "unit",
    "units_in_lot",
    "value_cny",
    "origin",
    "destination",
    "consignor",
    "site",
    "produced_on",
    "lot",
    "transport_document",
    "container",
    "seal",
    "documents",
)


class HeadForm(forms.Form):
    """What is said once for the whole declaration."""

    title = ""

    def __init__(self, *args: Any, own: bool = False, **more: Any) -> None:
        """Leave the enterprise out where people lodge for their own."""
        super().__init__(*args, **more)
        for name in _HEAD:
            if not (own and name == "enterprise"):
                required = name in ("direction", "declaration", "enterprise")
                self.fields[name] = columns.field(name, required=required)


class LineForm(forms.Form):
    """One line of goods."""

    def __init__(self, *args: Any, number: int, **more: Any) -> None:
        """Number the line."""
        super().__init__(*args, **more)
        self.number = number
        self.title = gettext("Line %(number)d") % {"number": number}
        for name in _LINE:
            self.fields[name] = columns.field(name)

    @property
    def main(self) -> list[forms.BoundField]:
        """Return what nearly every line says."""
        return [self[name] for name in _LINE[:8]]

    @property
    def more(self) -> list[forms.BoundField]:
        """Return what identifies the goods."""
        return [self[name] for name in _LINE[8:-1]]

    @property
    def told(self) -> bool:
        """Tell whether anything beyond the main fields was typed or is wrong."""
        names = _LINE[8:-1]
        typed = any(self.data.get(self.add_prefix(name)) for name in names) if self.data else False
        return typed or any(name in self.errors for name in names)


class Paper:
    """One declaration being written."""

    def __init__(self, data: QueryDict | None = None, *, own: str | None = None) -> None:
        """Take what was typed, or begin an empty paper; ``own`` is the number of one's own firm."""
        self.own = own
        self.key = (data.get("key") if data else None) or secrets.token_urlsafe(12)
        count = _count(data) if data else 1
        self.numbers = list(range(count))
        self._read(data)

    def _read(self, data: Mapping[str, Any] | None) -> None:
        self.head = HeadForm(data, own=self.own is not None, initial=_BEGINS)
        self.lines = [
            LineForm(data, prefix=f"line-{at}", number=at + 1) for at in range(len(self.numbers))
        ]

    @property
    def forms(self) -> list[forms.Form]:
        """Return the head and every line, for the summary of errors."""
        return [self.head, *self.lines]

    @property
    def full(self) -> bool:
        """Tell whether no further line fits; a file holds more."""
        return len(self.lines) >= MOST_LINES

    def add_line(self, data: QueryDict) -> None:
        """Give the paper one more line, which begins with what the last one said of the journey."""
        at = len(self.lines)
        fresh = data.copy()
        for name in ("origin", "destination", "consignor"):
            fresh[f"line-{at}-{name}"] = data.get(f"line-{at - 1}-{name}", "")
        self.numbers.append(at)
        self._unjudged(fresh)

    def remove_line(self, data: QueryDict, number: int) -> None:
        """Take a line off the paper and close the gap; the last one stays."""
        if len(self.lines) == 1 or not 0 <= number < len(self.lines):
            self._unjudged(data)
            return
        fresh = data.copy()
        for at in range(number, len(self.lines)):
            for name in _LINE:
                fresh.setlist(f"line-{at}-{name}", data.getlist(f"line-{at + 1}-{name}"))
        self.numbers.pop()
        self._unjudged(fresh)

    def _unjudged(self, data: QueryDict) -> None:
        """Show what was typed without errors: the paper is not handed in yet."""
        self._read(data)
        for form in self.forms:
            form.errors.clear()

    def rows(self) -> list[dict[str, Any]]:
        """Return what was typed as rows for the door."""
        head = columns.cells(self.head, _HEAD)
        if self.own is not None:
            head["enterprise"] = self.own
        head["agent"] = head.get("agent") or intake.SELF
        return [
            head | columns.cells(form, _LINE) | {"line": str(at)}
            for at, form in enumerate(self.lines, start=1)
        ]

    def put_back(self, problems: Sequence[Problem]) -> None:
        """Set every problem at its field; what is said of good lines beside a bad one is left."""
        for form in self.forms:
            form.errors.clear()
        real = [p for p in problems if p.column != "declaration" or not p.value] or problems
        for problem in real:
            of_head = problem.column in intake.DECLARATION_COLUMNS or problem.row < 1
            at = min(problem.row, len(self.lines)) - 1
            columns.put_back(self.head if of_head else self.lines[at], [problem])


_BEGINS = {"agent": intake.SELF, "transit_via": intake.NONE}


def _count(data: QueryDict) -> int:
    try:
        return min(max(int(data.get("lines", "1")), 1), MOST_LINES)
    except ValueError:
        return 1
