"""
Lists of the registers: one declaration a list, one view for all of them.

A list is its form (what it can be narrowed by), its query, its orders and its template; the address
carries everything, so that a list can be saved under a name, sent, and exported as it is seen.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
from django import forms
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest
from django.utils.translation import gettext, gettext_lazy

from guomen.desks.components import listing, numbers
from guomen.desks.components.tones import Words
from guomen.desks.officer import deeds
from guomen.desks.officer.access import Desk
from guomen.journeys import files
from guomen.journeys.access import rooms
from guomen.journeys.access.rooms import Reach
from guomen.supervision.agencies.models import Officer, SavedView

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_EXPORTED = 50_000
ANY = gettext_lazy("Any")


class Filters(forms.Form):
    """What a list can be narrowed by; a field that is wrong narrows nothing and says so."""

    q = forms.CharField(label=gettext_lazy("Search"), max_length=100, required=False)

    def wanted(self) -> dict[str, Any]:
        """Return what is looked for."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    @property
    def shown(self) -> list[forms.BoundField]:
        """Return the fields in the order of the form, the search first."""
        return [self[name] for name in self.fields]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a list as it is exported: its heading, and a cell of a row."""

    heading: Words
    cell: Callable[[Any, Mapping[str, Any]], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """One list: its address, its words, how it is read, how it is drawn."""

    name: str
    title: Words
    counted: Callable[[int, str], str]
    form: type[Filters]
    find: Callable[[Reach, Mapping[str, Any]], QuerySet[Any]]
    orders: Mapping[str, str]
    default: str
    template: str
    columns: Sequence[Column]
    beside: Callable[[Sequence[Any], Reach], Mapping[str, Any]] = field(
        default=lambda rows, reach: {}
    )


def reach_of(desk: Desk) -> Reach:
    """Return what an officer may read of the registers, as of now."""
    return Reach(path=desk.officer.agency.path, on=desk.day, known=desk.now)


def found(request: HttpRequest, desk: Desk, room: Room, form: Filters) -> QuerySet[Any]:
    """Return every row that the address asks for, in its order."""
    reach = reach_of(desk)
    rows = room.find(reach, form.wanted())
    return rooms.ordered(rows, request.GET.get("sort", ""), room.orders, room.default)


def context(request: HttpRequest, desk: Desk, room: Room) -> dict[str, Any]:
    """Return what the page of a list shows."""
    form = room.form(request.GET)
    rows, sorted_as = _ordered(request, desk, room, form)
    page = listing.page_of(request, rows)
    count = page.paginator.count
    shown = numbers.grouped(count)
    saved = SavedView.objects.filter(officer__key=desk.officer.key, room=room.name)
    return {
        "room": room,
        "form": form,
        "page": page,
        "sorted_as": sorted_as,
        "title": gettext("More than %(n)s; narrow the list") % {"n": shown}
        if count >= rooms.MOST
        else room.counted(count, shown),
        "chips": chips(request, form),
        "saved": list(saved),
        "beside": room.beside(list(page.object_list), reach_of(desk)),
        "query": request.GET.urlencode(),
        "desk": desk,
        "deeds": deeds.offered(desk, "officer:register", room.name),
    }


def _ordered(
    request: HttpRequest, desk: Desk, room: Room, form: Filters
) -> tuple[rooms.Bounded[Any], bool]:
    """Return the rows, and whether they stand in the order that was asked for."""
    rows = rooms.Bounded(found(request, desk, room, form))
    column = room.orders.get(request.GET.get("sort", "").removeprefix("-"))
    if column not in rooms.WORKED_OUT or len(rows) < rooms.MOST:
        return rows, True
    plain = rooms.ordered(room.find(reach_of(desk), form.wanted()), "", room.orders, room.default)
    return rooms.Bounded(plain), False


def chips(request: HttpRequest, form: Filters) -> tuple[listing.Chip, ...]:
    """List the filters in force, each removable."""
    labels = {name: str(field_.label) for name, field_ in form.fields.items()}
    values = {
        (name, str(code)): str(word)
        for name, field_ in form.fields.items()
        for code, word in getattr(field_, "choices", ())
    }
    return listing.chips(request, labels=labels, values=values)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a list that is too long for one file: its number, its rows, what is left out."""

    number: int
    rows: Sequence[Any]
    #: Says which rows these are and where the others are; empty where nothing is left out.
    said: str


def part_of(request: HttpRequest, rows: QuerySet[Any]) -> Part:
    """Return the part of a list that the address asks for, the first where it names none."""
    number = numbers.key_of(request.GET.get("part", "")) or 1
    first = (number - 1) * MOST_EXPORTED
    listed = list(rows[first : first + MOST_EXPORTED + 1])
    more = len(listed) > MOST_EXPORTED
    if not (more or first):
        return Part(1, listed, "")
    given = request.GET.copy()
    given["part"] = str(number + 1 if more else 1)
    said = gettext("Rows %(first)s to %(last)s of %(all)s; the others: %(address)s") % {
        "first": numbers.grouped(first + 1),
        "last": numbers.grouped(first + len(listed[:MOST_EXPORTED])),
        "all": numbers.grouped(rows.order_by().count()),
        "address": request.build_absolute_uri(f"{request.path}?{given.urlencode()}"),
    }
    return Part(number, listed[:MOST_EXPORTED], said)


def export(request: HttpRequest, desk: Desk, room: Room) -> FileResponse:
    """Send the list that the address asks for as a spreadsheet."""
    part = part_of(request, found(request, desk, room, room.form(request.GET)))
    return spreadsheet(room.name, room.columns, part, room.beside(part.rows, reach_of(desk)), desk)


def spreadsheet(
    name: str, columns: Sequence[Column], part: Part, beside: Mapping[str, Any], desk: Desk
) -> FileResponse:
    """
    Send rows as a spreadsheet, a column each as it is declared.

    The last row says what is left out and where it is, if anything is.
    """
    last = [(part.said, *(None for _ in columns[1:]))] if part.said else []
    cells = [tuple(_cell(column.cell(row, beside)) for column in columns) for row in part.rows]
    table = pl.DataFrame(
        [*cells, *last],
        schema=[str(column.heading) for column in columns],
        orient="row",
        infer_schema_length=None,
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.xlsx"
        files.write(path, table)
        content = io.BytesIO(path.read_bytes())
    return FileResponse(
        content,
        as_attachment=True,
        filename=f"{name}-{desk.now:%Y%m%d}{f'-{part.number}' if part.said else ''}.xlsx",
        content_type=XLSX,
    )


def _cell(value: Any) -> Any:
    return value if value is None or isinstance(value, int | float) else str(value)


def save(desk: Desk, room: str, name: str, query: str) -> bool:
    """Keep a list under a name for an officer; tell whether it was kept."""
    name, query = name.strip()[:60], query[:600]
    if not name:
        return False
    officer = Officer.objects.get(key=desk.officer.key)
    SavedView.objects.update_or_create(
        officer=officer, room=room, name=name, defaults={"query": query}
    )
    return True


def forget(desk: Desk, pk: int) -> bool:
    """Drop a saved list of an officer; tell whether there was one."""
    gone, _ = SavedView.objects.filter(officer__key=desk.officer.key, pk=pk).delete()
    return bool(gone)
