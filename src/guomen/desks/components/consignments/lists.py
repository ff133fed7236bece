"""The list of lines of a desk: its filters, its chips, its pages, its spreadsheet."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import polars as pl
from django import forms
from django.core.paginator import Page
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, ngettext

from guomen.core.severity import OUTCOME_NAMES
from guomen.desks.components import clock, listing, numbers, tones, words
from guomen.desks.components.tones import Words
from guomen.journeys import consignments, files
from guomen.journeys.consignments import Scope, Wanted
from guomen.supervision.declarations.models import Line
from guomen.supervision.parties.models import Port

MOST_EXPORTED = 50_000
_ANY = gettext_lazy("Any")


def _choices(named: Mapping[str, Words]) -> list[tuple[str, Words]]:
    return [("", _ANY), *named.items()]


def _code(**more: str) -> forms.TextInput:
    return forms.TextInput(attrs={"class": "mono", "autocomplete": "off"} | more)


class FilterForm(forms.Form):
    """What a list can be narrowed by; all of it stands in the address."""

    outcome = forms.ChoiceField(
        label=gettext_lazy("Outcome"),
        choices=_choices({o.value: tones.lazily(OUTCOME_NAMES[o]) for o in OUTCOME_NAMES}),
        required=False,
    )
    state = forms.ChoiceField(
        label=gettext_lazy("Stands"), choices=_choices(words.STATES), required=False
    )
    first = forms.DateField(
        label=gettext_lazy("Received from"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        required=False,
    )
    last = forms.DateField(
        label=gettext_lazy("Received until"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        required=False,
    )
    direction = forms.ChoiceField(
        label=gettext_lazy("Direction"), choices=_choices(words.DIRECTIONS), required=False
    )
    port = forms.ChoiceField(label=gettext_lazy("Port"), required=False)
    group = forms.ChoiceField(
        label=gettext_lazy("Goods"), choices=_choices(words.GROUPS), required=False
    )
    hs = forms.RegexField(
        label=gettext_lazy("HS code begins with"),
        regex=r"^[0-9]{2,10}$",
        error_messages={"invalid": gettext_lazy("Two to ten digits")},
        widget=_code(inputmode="numeric", maxlength="10"),
        required=False,
    )
    enterprise = forms.CharField(
        label=gettext_lazy("Enterprise"), widget=_code(maxlength="60"), required=False
    )
    held_for = forms.ChoiceField(
        label=gettext_lazy("Waits for"), choices=_choices(words.SUPPLIERS), required=False
    )
    late = forms.BooleanField(label=gettext_lazy("Past the deadline"), required=False)
    q = forms.CharField(label=gettext_lazy("Search"), max_length=100, required=False)

    def __init__(self, *args: Any, **more: Any) -> None:
        """Offer the ports of the register."""
        super().__init__(*args, **more)
        rows = Port.objects.exclude(agency=None).values_list("unlocode", "name_zh", "name_en")
        named = {code: f"{code} {_name(zh, en)}" for code, zh, en in rows}
        self.fields["port"].choices = _choices(named)  # type: ignore[attr-defined]

    def wanted(self) -> Wanted:
        """Return what is looked for; a field that is wrong narrows nothing and says so."""
        self.is_valid()
        given = {name: value for name, value in self.cleaned_data.items() if value}
        return Wanted(**{"text" if name == "q" else name: value for name, value in given.items()})

    @property
    def often(self) -> list[forms.BoundField]:
        """Return the filters that are always in sight."""
        return [self[name] for name in ("outcome", "state", "first", "last")]

    @property
    def seldom(self) -> list[forms.BoundField]:
        """Return the filters behind "more"."""
        named = ("direction", "port", "group", "hs", "enterprise", "held_for")
        return [self[name] for name in named if name in self.fields]

    @property
    def opened(self) -> bool:
        """Tell whether a filter behind "more" is in force or wrong."""
        return any(field.value() or field.errors for field in self.seldom)


def _name(zh: str, en: str) -> str:
    return zh if tones.in_chinese() else en


def chips(request: HttpRequest, form: FilterForm) -> tuple[listing.Chip, ...]:
    """List the filters in force, each removable."""
    labels = {name: str(field.label) for name, field in form.fields.items()}
    values = {
        (name, str(code)): str(word)
        for name, field in form.fields.items()
        for code, word in getattr(field, "choices", ())
    }
    values["late", "on"] = gettext("yes")
    return listing.chips(request, labels=labels, values=values)


class Lines:
    """A list of lines as a paginator takes it: a bounded count, and pages by primary key."""

    def __init__(self, found: QuerySet[Line]) -> None:
        """Hold a list that is not fetched."""
        self.found = found

    def count(self) -> int:
        """Return how many there are, as far as they are counted."""
        return min(consignments.count(self.found), consignments.MOST)

    def __len__(self) -> int:
        return self.count()

    def __getitem__(self, part: slice) -> list[Line]:
        return consignments.rows(self.found, part.start or 0, part.stop)


def page_of(request: HttpRequest, scope: Scope, form: FilterForm) -> Page[Line]:
    """Return the page of lines that the address asks for."""
    found = find(request, scope, form)
    return listing.page_of(request, Lines(found))


def find(request: HttpRequest, scope: Scope, form: FilterForm) -> QuerySet[Line]:
    """Return every line that the address asks for, in its order."""
    order = request.GET.get("sort", "")
    return consignments.find(scope, form.wanted(), now=clock.now(), order=order)


def counted(count: int) -> str:
    """Say how many lines were found."""
    shown = numbers.grouped(count)
    if count >= consignments.MOST:
        return gettext("More than %(n)s lines; narrow the list") % {"n": shown}
    return ngettext("%(n)s line", "%(n)s lines", count) % {"n": shown}


def spreadsheet(lines: Iterable[Line], names: Mapping[str, tuple[str, str]] | None) -> BinaryIO:
    """Return lines as an XLSX file in memory; without names they are looked up."""
    rows = list(lines)
    known = names or consignments.enterprise_names(rows)
    table = pl.DataFrame(
        [_row(line, known) for line in rows],
        schema=[str(heading) for heading in _HEADINGS],
        orient="row",
        infer_schema_length=None,
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lines.xlsx"
        files.write(path, table)
        return io.BytesIO(path.read_bytes())


_HEADINGS: tuple[Words, ...] = (
    gettext_lazy("Line"),
    gettext_lazy("Own number"),
    gettext_lazy("Received"),
    gettext_lazy("Direction"),
    gettext_lazy("Port"),
    gettext_lazy("Enterprise"),
    gettext_lazy("Name of the enterprise"),
    gettext_lazy("Goods"),
    gettext_lazy("HS code"),
    gettext_lazy("Origin"),
    gettext_lazy("Destination"),
    gettext_lazy("Quantity"),
    gettext_lazy("Unit"),
    gettext_lazy("Value, CNY"),
    gettext_lazy("Outcome"),
    gettext_lazy("Stands"),
    gettext_lazy("Waits for"),
    gettext_lazy("Deadline"),
)


def _row(line: Line, names: Mapping[str, tuple[str, str]]) -> tuple[Any, ...]:
    name = names.get(line.enterprise)
    return (
        line.reference,
        line.declaration.own_number,
        f"{timezone.localtime(line.received_at):%Y-%m-%d %H:%M}",
        str(words.DIRECTIONS.get(line.direction, line.direction)),
        line.declaration.port,
        line.enterprise,
        _name(*name) if name else None,
        line.goods,
        line.hs_code,
        line.origin,
        line.destination,
        None if line.quantity is None else float(line.quantity),
        line.unit,
        None if line.value_cny is None else float(line.value_cny),
        str(tones.look(tones.OUTCOMES, line.outcome).word),
        str(tones.look(tones.STATES, line.state).word),
        str(words.SUPPLIERS.get(line.held_for, "")) if line.held_for else None,
        f"{timezone.localtime(line.hold_deadline):%Y-%m-%d %H:%M}" if line.hold_deadline else None,
    )
