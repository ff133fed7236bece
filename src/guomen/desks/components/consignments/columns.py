"""
The columns of a declaration as fields of a form; one table for lodging, amending and supplying.

Nothing is checked here: whatever is typed goes to the door (``guomen.journeys.intake``), so that
a form, a file and the API are judged alike, and its problems come back to the field.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy

from guomen.core.text import Text
from guomen.desks.components import tones, words
from guomen.desks.components.tones import Words
from guomen.journeys import intake
from guomen.journeys.intake import Problem

_CODE = {"class": "mono", "autocomplete": "off", "spellcheck": "false"}
_NUMBER = {"class": "number-input", "inputmode": "decimal", "autocomplete": "off"}
_CHOSEN: Mapping[str, Mapping[str, Words]] = {
    "direction": words.DIRECTIONS,
    "transport": words.TRANSPORTS,
    "unit": words.UNITS,
}
_WIDGETS: Mapping[str, forms.Widget] = {
    "hs_code": forms.TextInput(attrs=_CODE | {"inputmode": "numeric", "maxlength": "10"}),
    "enterprise": forms.TextInput(attrs=_CODE),
    "agent": forms.TextInput(attrs=_CODE),
    "port": forms.TextInput(attrs=_CODE | {"maxlength": "8"}),
    "origin": forms.TextInput(attrs=_CODE | {"maxlength": "2"}),
    "destination": forms.TextInput(attrs=_CODE | {"maxlength": "2"}),
    "transit_via": forms.TextInput(attrs=_CODE | {"maxlength": "4"}),
    "site": forms.TextInput(attrs=_CODE),
    "consignor": forms.TextInput(attrs=_CODE),
    "lot": forms.TextInput(attrs=_CODE),
    "seal": forms.TextInput(attrs=_CODE),
    "container": forms.TextInput(attrs=_CODE),
    "transport_document": forms.TextInput(attrs=_CODE),
    "declaration": forms.TextInput(attrs=_CODE),
    "quantity": forms.TextInput(attrs=_NUMBER),
    "units_in_lot": forms.TextInput(attrs=_NUMBER | {"inputmode": "numeric"}),
    "value_cny": forms.TextInput(attrs=_NUMBER),
    "produced_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
}
# Fields that fill themselves from a register while one types: column → kind of look-up.
LOOKED_UP = {
    "hs_code": "goods",
    "port": "ports",
    "enterprise": "enterprises",
    "agent": "enterprises",
}


# Short labels with the particulars as a hint; the door's own words name columns of files.
_LABELS: Mapping[str, tuple[Words, Words]] = {
    "direction": (gettext_lazy("Direction"), ""),
    "declaration": (gettext_lazy("Own number"), gettext_lazy("your own, used once")),
    "enterprise": (gettext_lazy("Enterprise"), gettext_lazy("credit code, 18 characters")),
    "agent": (gettext_lazy("Agent"), gettext_lazy("credit code; SELF when there is none")),
    "port": (gettext_lazy("Port"), gettext_lazy("UN/LOCODE, as CNGBP")),
    "transport": (gettext_lazy("Transport"), gettext_lazy("across the border")),
    "transit_via": (gettext_lazy("Transhipped in"), gettext_lazy("two letters; NONE if not")),
    "goods": (gettext_lazy("Goods"), gettext_lazy("the name in the papers")),
    "hs_code": (gettext_lazy("HS code"), gettext_lazy("ten digits, or search by name")),
    "origin": (gettext_lazy("Origin"), gettext_lazy("two letters, as CN or FR")),
    "destination": (gettext_lazy("Destination"), gettext_lazy("two letters, as MO or HK")),
    "consignor": (gettext_lazy("Overseas party"), gettext_lazy("name or filing number")),
    "site": (gettext_lazy("Farm, plant or store"), gettext_lazy("filing number, as GD-V-0012")),
    "quantity": (gettext_lazy("Quantity"), gettext_lazy("up to three decimals")),
    "unit": (gettext_lazy("Unit"), gettext_lazy("of the quantity")),
    "units_in_lot": (gettext_lazy("Units in the lot"), gettext_lazy("boxes, animals, pieces")),
    "value_cny": (gettext_lazy("Value"), gettext_lazy("in CNY")),
    "produced_on": (gettext_lazy("Produced on"), gettext_lazy("day of production")),
    "transport_document": (gettext_lazy("Transport document"), gettext_lazy("waybill")),
    "container": (gettext_lazy("Container or vehicle"), gettext_lazy("number or plate")),
    "seal": (gettext_lazy("Seal"), gettext_lazy("number on the seal")),
    "lot": (gettext_lazy("Lot"), gettext_lazy("number of production")),
    "documents": (
        gettext_lazy("Documents presented"),
        gettext_lazy("Tick what is here; tick nothing if you do not know yet."),
    ),
}


class DocumentsField(forms.MultipleChoiceField):
    """Boxes for the documents presented; ticking nothing says nothing."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, **more: Any) -> None:
        """List every document, and that there is none."""
        choices = [(code, words.label(text)) for code, text in intake.DOCUMENTS.items()]
        choices.append((intake.NONE, gettext_lazy("None of these")))
        super().__init__(choices=choices, **more)


def field(name: str, *, required: bool = False) -> forms.Field:
    """Return the field of a column; only its look says whether it is required."""
    column = intake.BY_NAME[name]
    label, hint = _LABELS[name]
    plain: dict[str, Any] = {"label": label, "help_text": hint, "required": required}
    if name == "documents":
        return DocumentsField(**plain)
    if name in _CHOSEN:
        choices: list[tuple[str, Words]] = [("", gettext_lazy("Choose"))]
        choices += [(code, str_or_code(name, code)) for code in column.codes or ()]
        return forms.ChoiceField(choices=choices, **plain)
    widget = copy(_WIDGETS.get(name) or forms.TextInput(attrs={"autocomplete": "off"}))
    if name in LOOKED_UP:
        widget.attrs = widget.attrs | {"data-lookup": LOOKED_UP[name]}
    return forms.CharField(widget=widget, **plain)


def str_or_code(name: str, code: str) -> Words:
    """Return the word of a code that a column may hold."""
    return _CHOSEN[name].get(code, code)


def cells(form: forms.Form, names: Iterable[str]) -> dict[str, Any]:
    """Return what was typed, column by column, as the door takes it: empty is not declared."""
    found: dict[str, Any] = {}
    for name in names:
        if name in form.fields:
            typed = _typed(form, name)
            found[name] = typed or None
    return found


def _typed(form: forms.Form, name: str) -> Any:
    key = form.add_prefix(name)
    if isinstance(form.fields[name], DocumentsField):
        ticked = form.data.getlist(key) if isinstance(form.data, QueryDict) else form.data.get(key)
        return _documents(ticked or [])
    return str(form.data.get(key, "")).strip()


def _documents(ticked: Sequence[str]) -> list[str]:
    named = [code for code in ticked if code != intake.NONE]
    return named or ([intake.NONE] if ticked else [])


def put_back(form: forms.Form, problems: Iterable[Problem]) -> None:
    """Set each problem at the field of its column, each sentence once; others above the form."""
    for problem in problems:
        says = said_problem(problem.says)
        name = problem.column if problem.column in form.fields else None
        if says not in [str(known) for known in form.errors.get(name or "__all__", ())]:
            form.add_error(name, says)


def said_problem(text: Text) -> str:
    """Return a problem of the door in the reader's language."""
    return tones.said(text)
