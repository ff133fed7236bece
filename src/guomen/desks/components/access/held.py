"""
Forms of what stands on the registers beside enterprises: one for each kind, the same at every desk.

An officer writes with them; an enterprise asks with them. A record that stands already can be put
right from its beginning, or hold differently from a day on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext, gettext_lazy

from guomen.desks.components import numbers
from guomen.desks.components.access import looks
from guomen.desks.components.access.forms import (
    CODE,
    SeenField,
    SeenRegexField,
    Versioned,
    day_input,
)
from guomen.desks.components.templatetags.access import from_places, in_words
from guomen.desks.components.tones import Words
from guomen.journeys.access import amending
from guomen.rulebooks.places import countries
from guomen.supervision.parties.models import (
    Enterprise,
    HoldingKind,
    ManagementSystem,
    SiteKind,
    Transport,
)

_CHOOSE = gettext_lazy("Choose")


class HeldForm(Versioned):
    """What every kind of record shares: its period, and since when a change holds."""

    kind: ClassVar[amending.Kind]

    begins = forms.DateField(label=gettext_lazy("Valid from"), widget=day_input())
    ends = forms.DateField(
        label=gettext_lazy("Valid until"),
        widget=day_input(),
        required=False,
        help_text=gettext_lazy("the first day on which it no longer holds; empty for no end"),
    )
    since = forms.DateField(
        label=gettext_lazy("The change holds from"),
        widget=day_input(),
        required=False,
        help_text=gettext_lazy("empty where it was recorded wrongly from the beginning"),
    )
    reason = forms.CharField(
        label=gettext_lazy("Why, and by which paper it can be seen"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(
        self,
        *args: Any,
        row: Any = None,
        owner: Enterprise | None = None,
        asks: bool = False,
        **more: Any,
    ) -> None:
        """Begin with the record as it stands; nothing stands yet where there is none."""
        initial = dict(more.pop("initial", None) or {})
        if row is not None:
            initial |= self.standing(row)
        version = 0 if row is None else amending.version_of(row, self.kind)
        super().__init__(*args, version=version, initial=initial, **more)
        absent = {"since"} if row is None else set()
        absent |= set() if asks else {"reason"}
        absent |= set() if self.kind.dated else {"begins", "ends", "since"}
        for name in absent:
            del self.fields[name]
        self.owner = owner
        # The period and the reason come last, after what the record says.
        last = ("begins", "ends", "since", "reason")
        self.order_fields([*(n for n in self.fields if n not in last), *last])

    def standing(self, row: Any) -> dict[str, Any]:
        """Return what stands in a record, as the fields take it."""
        return {name: getattr(row, name) for name in self.kind.columns}

    def clean(self) -> dict[str, Any]:
        """See that the period ends after it begins."""
        given = super().clean() or {}
        begins, ends = given.get("begins"), given.get("ends")
        if begins and ends and ends <= begins:
            self.add_error("ends", gettext("It ends before it begins: compare both days."))
        return given

    def values(self) -> dict[str, Any]:
        """Return what the record should say."""
        return {name: self.cleaned_data.get(name) for name in self.kind.columns}

    @property
    def since_day(self) -> date | None:
        """Return from which day the change holds; None from the beginning."""
        return self.cleaned_data.get("since")


class CertificateForm(HeldForm):
    """A certificate of a management system."""

    kind = amending.KINDS[HoldingKind.CERTIFICATE]

    system = forms.ChoiceField(
        label=gettext_lazy("Certified system"),
        choices=[("", _CHOOSE), *ManagementSystem.choices],
    )
    number = SeenField(
        label=gettext_lazy("Number"), max_length=40, widget=forms.TextInput(attrs=CODE)
    )
    issuer_zh = SeenField(label=gettext_lazy("Issuer, in Chinese"), max_length=100)
    issuer_en = SeenField(label=gettext_lazy("Issuer, in English"), max_length=160)


class SiteForm(HeldForm):
    """A site: what it is, and where."""

    kind = amending.KINDS[HoldingKind.SITE]

    number = SeenField(
        label=gettext_lazy("Number"),
        max_length=40,
        widget=forms.TextInput(attrs=CODE),
    )
    # Under a name of its own: the form's kind is the kind of record.
    site_kind = forms.ChoiceField(
        label=gettext_lazy("Kind of site"), choices=[("", _CHOOSE), *SiteKind.choices]
    )
    name_zh = SeenField(label=gettext_lazy("Chinese name"), max_length=120)
    name_en = SeenField(label=gettext_lazy("English name"), max_length=200)
    country = forms.ChoiceField(label=gettext_lazy("Country"), initial="CN")
    place_zh = SeenField(label=gettext_lazy("Address"), max_length=120, required=False)
    latitude = forms.DecimalField(
        label=gettext_lazy("Latitude, degrees north"),
        min_value=-90,
        max_value=90,
        max_digits=8,
        decimal_places=5,
        required=False,
    )
    longitude = forms.DecimalField(
        label=gettext_lazy("Longitude, degrees east"),
        min_value=-180,
        max_value=180,
        max_digits=8,
        decimal_places=5,
        required=False,
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        """Offer the countries by name."""
        super().__init__(*args, **more)
        self.fields["country"].choices = looks.chosen("country", empty=_CHOOSE)  # type: ignore[attr-defined]

    def standing(self, row: Any) -> dict[str, Any]:
        """Return what stands in a site, its kind under the name of its field."""
        return super().standing(row) | {"site_kind": row.kind}

    def clean(self) -> dict[str, Any]:
        """See that a place has both of its numbers."""
        given = super().clean() or {}
        sound = not {"latitude", "longitude"} & set(self.errors)
        if sound and (given.get("latitude") is None) != (given.get("longitude") is None):
            self.add_error("longitude", gettext("Give both latitude and longitude, or neither."))
        return given

    def values(self) -> dict[str, Any]:
        """Return what the record should say."""
        return super().values() | {"kind": self.cleaned_data["site_kind"]}


class ProductForm(HeldForm):
    """Goods that an enterprise makes or brings in."""

    kind = amending.KINDS[HoldingKind.PRODUCT]

    name_zh = SeenField(label=gettext_lazy("Chinese name"), max_length=120)
    name_en = SeenField(label=gettext_lazy("English name"), max_length=200)
    hs_code = SeenRegexField(
        label=gettext_lazy("HS code"),
        regex=r"^[0-9]{10}$",
        widget=forms.TextInput(attrs=CODE | {"maxlength": "10", "inputmode": "numeric"}),
        error_messages={"invalid": gettext_lazy("Ten digits")},
    )
    brand = SeenField(label=gettext_lazy("Brand"), max_length=60, required=False)
    site = forms.ChoiceField(label=gettext_lazy("Site"), required=False)
    origins = SeenField(
        label=gettext_lazy("Origins: two letters each, parted by spaces"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs=CODE),
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        """Offer the sites of the enterprise."""
        super().__init__(*args, **more)
        owned = self.owner.sites.all() if self.owner else ()
        self.sites = {one.number: one for one in owned}
        self.fields["site"].choices = [  # type: ignore[attr-defined]
            ("", gettext_lazy("none")),
            *((number, f"{number} {one.name_zh}") for number, one in self.sites.items()),
        ]

    def standing(self, row: Any) -> dict[str, Any]:
        """Return what stands in a product: its site by number, its origins in a row."""
        site = row.site.number if row.site else ""
        return super().standing(row) | {"site": site, "origins": " ".join(row.origins)}

    def clean_site(self) -> Any:
        """Return the site itself."""
        return self.sites.get(self.cleaned_data["site"])

    def clean_origins(self) -> list[str]:
        """Return the countries; one that is not known is refused."""
        found = list(dict.fromkeys(self.cleaned_data["origins"].upper().split()))
        if strange := [one for one in found if one not in countries()]:
            raise forms.ValidationError(
                gettext("No country: %(codes)s. Write two letters, as CN or FR.")
                % {"codes": ", ".join(strange)}
            )
        return found


class DesignationForm(HeldForm):
    """A group of goods for which a port is designated."""

    kind = amending.KINDS[HoldingKind.DESIGNATION]

    group = forms.ChoiceField(label=gettext_lazy("Designated for"))

    def __init__(self, *args: Any, **more: Any) -> None:
        """Offer the groups of goods."""
        super().__init__(*args, **more)
        self.fields["group"].choices = looks.chosen("group", empty=_CHOOSE)  # type: ignore[attr-defined]


class PortForm(HeldForm):
    """A port: its names, and what serves it."""

    kind = amending.KINDS[HoldingKind.PORT]

    name_zh = SeenField(label=gettext_lazy("Chinese name"), max_length=80)
    name_en = SeenField(label=gettext_lazy("English name"), max_length=120)
    transport = forms.ChoiceField(label=gettext_lazy("Serves"), choices=Transport.choices)


FORMS: Mapping[HoldingKind, type[HeldForm]] = MappingProxyType(
    {
        form.kind.name: form
        for form in (CertificateForm, SiteForm, ProductForm, DesignationForm, PortForm)
    }
)

# Where a cell is a code, the table that words it.
_WORDED: Mapping[str, str] = MappingProxyType(
    {
        "system": "system",
        "kind": "site",
        "country": "country",
        "group": "group",
        "transport": "transport",
    }
)


def label_of(kind: amending.Kind, column: str) -> Words:
    """Return what a column is called."""
    fields = FORMS[kind.name].base_fields
    return str(fields["site_kind" if column == "kind" else column].label)


def cell(column: str, value: Any) -> str:
    """Word a kept value; what is not there is a dash."""
    if column == "origins":
        return from_places(value)
    if value in (None, ""):
        return numbers.EM_DASH
    return in_words(value, _WORDED[column]) if column in _WORDED else str(value)


def compared(
    kind: amending.Kind, was: Mapping[str, Any], became: Mapping[str, Any]
) -> list[tuple[Words, str, str]]:
    """Return the columns that differ: what each is called, how it was, how it is."""
    return [
        (label_of(kind, name), cell(name, was.get(name)), cell(name, became.get(name)))
        for name in kind.columns
        if was.get(name) != became.get(name)
    ]


def facts_of(kind: amending.Kind, values: Mapping[str, Any]) -> list[tuple[Words, str]]:
    """Return every column of a record in words."""
    return [(label_of(kind, name), cell(name, values.get(name))) for name in kind.columns]


def steps(kind: amending.Kind, changes: Iterable[Any]) -> list[tuple[Any, list[Any]]]:
    """Return changes of a record with what differs in each."""
    return [(change, compared(kind, change.was, change.became)) for change in changes]
