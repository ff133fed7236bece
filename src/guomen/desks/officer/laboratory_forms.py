"""Forms of samplers, analysts and approvers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy

from guomen.core.conformity.reading import Kind, read
from guomen.desks.components import laboratory
from guomen.journeys.laboratory import Entry, Taking
from guomen.journeys.laboratory.reading import Sheet
from guomen.supervision.samples.models import Condition
from guomen.supervision.samples.operations import Hand


def _code(**more: str) -> forms.TextInput:
    return forms.TextInput(attrs={"class": "mono", "autocomplete": "off"} | more)


class TakeForm(forms.Form):
    """What a sampler says when samples are taken."""

    title = ""
    seal = forms.CharField(
        label=gettext_lazy("Seal number"),
        help_text=gettext_lazy("That of the test sample; the kept ones get -R and -C behind it."),
        max_length=36,
        widget=_code(),
    )
    units_in_lot = forms.IntegerField(
        label=gettext_lazy("Units in the lot, as counted"),
        help_text=gettext_lazy("Only where it differs from what was declared."),
        min_value=1,
        max_value=100_000_000,
        required=False,
    )
    witness = forms.CharField(
        label=gettext_lazy("In the presence of"), max_length=80, required=False
    )
    units = forms.CharField(
        label=gettext_lazy("Units taken by hand"),
        help_text=gettext_lazy(
            "Only on a day without a draw key: the numbers of the units, with commas."
        ),
        max_length=2_000,
        required=False,
        widget=_code(inputmode="numeric"),
    )

    def clean_units(self) -> tuple[int, ...]:
        """Read the numbers of units."""
        text = self.cleaned_data["units"].replace("，", ",").replace(" ", ",")
        parts = [part for part in text.split(",") if part]
        if not all(part.isascii() and part.isdigit() for part in parts):
            raise forms.ValidationError(gettext("Whole numbers with commas between them"))
        return tuple(int(part) for part in parts)

    def taking(self) -> Taking:
        """Return what was said as the journey takes it."""
        return Taking(**self.cleaned_data)


class HandForm(forms.Form):
    """A hand-over: to whom, under which seal, in which condition."""

    title = ""
    taker = forms.CharField(
        label=gettext_lazy("Handed to"),
        help_text=gettext_lazy("The courier or vehicle, or the key of an officer."),
        max_length=80,
    )
    seal = forms.CharField(label=gettext_lazy("Seal number"), max_length=40, widget=_code())
    condition = forms.ChoiceField(
        label=gettext_lazy("Condition"), choices=list(laboratory.CONDITIONS.items())
    )
    temperature = forms.DecimalField(
        label=gettext_lazy("Temperature, °C"),
        max_digits=4,
        decimal_places=1,
        min_value=Decimal(-90),
        max_value=Decimal(90),
        required=False,
    )
    note = forms.CharField(label=gettext_lazy("Note"), max_length=200, required=False)

    def __init__(self, *args: Any, taker: str | None = None, **more: Any) -> None:
        """Leave out the taker where it is the reader; nobody then names another."""
        super().__init__(*args, **more)
        self.own_key = taker
        if taker is not None:
            del self.fields["taker"]

    def hand(self) -> Hand:
        """Return the hand-over as the journey takes it."""
        given = self.cleaned_data
        return Hand(
            taker=self.own_key or given["taker"].strip(),
            seal=given["seal"],
            condition=Condition(given["condition"]),
            temperature=given["temperature"],
            note=given["note"],
        )


class ReasonForm(forms.Form):
    """Why something is undone."""

    title = ""
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=200)


class CorrectForm(ReasonForm):
    """A corrected result and why."""

    raw = forms.CharField(label=gettext_lazy("Corrected result"), max_length=40, widget=_code())

    field_order = ("raw", "reason")

    def clean_raw(self) -> str:
        """Refuse what is no result."""
        return _readable(self.cleaned_data["raw"])

    def entry(self) -> Entry:
        """Return the result as the journey takes it."""
        return Entry(raw=self.cleaned_data["raw"])


def _readable(raw: str) -> str:
    reading = read(raw)
    negative = reading.number is not None and reading.number < 0
    if reading.kind in (Kind.MISSING, Kind.TEXT) or negative:
        raise forms.ValidationError(
            gettext(
                "Write a number not below zero, “<0.01” or “ND”; leave it empty if not measured"
            )
        )
    return raw.strip()


class SheetForm(forms.Form):
    """The worksheet of a run: a field for each control that is missing and for each open test."""

    title = ""

    def __init__(self, *args: Any, sheet: Sheet, **more: Any) -> None:
        """Make the fields of the worksheet."""
        super().__init__(*args, **more)
        self.sheet = sheet
        for cell in sheet.controls:
            if cell.value is None:
                self.fields[f"control-{cell.control.pk}"] = forms.DecimalField(
                    label=laboratory.material(cell.control),
                    required=False,
                    max_digits=18,
                    decimal_places=8,
                    widget=_code(inputmode="decimal", **{"data-cell": "raw"}),
                )
        for test in sheet.tests:
            if test.order.state in ("on_bench", "entered"):
                newest = (
                    test.results[-1].raw if test.results and test.order.state == "entered" else ""
                )
                self.fields[f"raw-{test.order.pk}"] = forms.CharField(
                    label=test.order.sample.reference,
                    required=False,
                    max_length=40,
                    initial=newest,
                    widget=_code(**{"data-cell": "raw"}),
                )

    def clean(self) -> dict[str, Any]:
        """Refuse what is no result, each at its field."""
        given = super().clean() or {}
        for name, value in list(given.items()):
            if name.startswith("raw-") and value:
                try:
                    given[name] = _readable(value)
                except forms.ValidationError as error:
                    self.add_error(name, error)
        return given

    def controls(self) -> dict[int, Decimal]:
        """Return the control values that were filled in."""
        return {
            int(name.removeprefix("control-")): value
            for name, value in self.cleaned_data.items()
            if name.startswith("control-") and value is not None
        }

    def results(self) -> dict[int, Entry]:
        """Return the results that were filled in or changed."""
        return {
            int(name.removeprefix("raw-")): Entry(raw=value)
            for name, value in self.cleaned_data.items()
            if name.startswith("raw-") and value and value != self.fields[name].initial
        }


class ImportForm(forms.Form):
    """One file of an instrument."""

    title = ""
    file = forms.FileField(
        label=gettext_lazy("File of the instrument"),
        help_text=gettext_lazy("CSV with the columns sample and result; unit, lod, loq if stated."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,.tsv"}),
    )
