"""Forms of the room of access: an enterprise, a move of a licence, a review, a campaign."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy

from guomen.desks.components import tones
from guomen.desks.components.access import looks
from guomen.desks.components.access.forms import (
    CODE,
    SeenField,
    SeenRegexField,
    Versioned,
    day_input,
)
from guomen.rulebooks import licensing
from guomen.supervision.licences.lifecycle import LicenceMove
from guomen.supervision.licences.models import Licence, LicenceTerm, Occasion
from guomen.supervision.parties.codes import uscc_valid
from guomen.supervision.parties.models import Enterprise, TradeRoleKind


class EnterpriseForm(Versioned):
    """What an officer may put right on an enterprise."""

    name_zh = SeenField(label=gettext_lazy("Chinese name"), max_length=120)
    name_en = SeenField(label=gettext_lazy("English name"), max_length=200)
    uscc = SeenField(
        label=gettext_lazy("Unified social credit code"),
        max_length=18,
        required=False,
        widget=forms.TextInput(attrs=CODE),
    )
    overseas_number = SeenField(
        label=gettext_lazy("Overseas number"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs=CODE),
    )
    country = SeenRegexField(
        label=gettext_lazy("Country"),
        regex=r"^[A-Z]{2}$",
        initial="CN",
        widget=forms.TextInput(attrs=CODE | {"maxlength": "2"}),
        error_messages={"invalid": gettext_lazy("Two capital letters, as CN or FR")},
    )
    place_zh = SeenField(label=gettext_lazy("Address"), max_length=120, required=False)
    phone = SeenField(label=gettext_lazy("Telephone"), max_length=30, required=False)
    is_sme = forms.NullBooleanField(
        label=gettext_lazy("Small or medium-sized"),
        required=False,
        widget=forms.Select(
            choices=[
                ("", gettext_lazy("not on record")),
                ("true", gettext_lazy("yes")),
                ("false", gettext_lazy("no")),
            ]
        ),
    )
    roles = forms.MultipleChoiceField(
        label=gettext_lazy("Parts in trade"),
        choices=TradeRoleKind.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, enterprise: Enterprise | None = None, **more: Any) -> None:
        """Begin with the enterprise as it stands."""
        names = ("name_zh", "name_en", "uscc", "overseas_number", "country", "place_zh", "phone")
        initial = more.pop("initial", {})
        if enterprise is not None:
            initial |= {name: getattr(enterprise, name) for name in names}
            known = {True: "true", False: "false", None: ""}
            initial["is_sme"] = known[enterprise.is_sme]
        super().__init__(
            *args, version=enterprise.version if enterprise else 0, initial=initial, **more
        )
        self.enterprise = enterprise

    def clean_uscc(self) -> str | None:
        """Refuse a code that does not pass its check character, or that another one has."""
        code = self.cleaned_data["uscc"].strip().upper() or None
        if code is not None and not uscc_valid(code):
            raise forms.ValidationError(
                gettext("Not a credit code: compare all 18 characters with the business licence.")
            )
        self._refuse_taken("uscc", code)
        return code

    def clean_overseas_number(self) -> str | None:
        """Refuse a number that another enterprise has."""
        number = self.cleaned_data["overseas_number"].strip() or None
        self._refuse_taken("overseas_number", number)
        return number

    def _refuse_taken(self, field: str, value: str | None) -> None:
        others = Enterprise.objects.filter(**{field: value})
        if self.enterprise is not None:
            others = others.exclude(pk=self.enterprise.pk)
        if value and (other := others.first()):
            raise forms.ValidationError(
                gettext("%(other)s has this number already; open that record instead.")
                % {"other": other.reference}
            )

    def clean(self) -> dict[str, Any]:
        """See that there is a number."""
        given = super().clean() or {}
        if not self.errors and not given.get("uscc") and not given.get("overseas_number"):
            self.add_error(
                "uscc", gettext("Give the credit code, or the number of an enterprise overseas.")
            )
        return given


class MoveForm(Versioned):
    """A move of a licence: its reason, from when, and what changes."""

    reason = forms.ChoiceField(label=gettext_lazy("Reason"))
    note = forms.CharField(
        label=gettext_lazy("Particulars, which the holder reads"),
        max_length=150,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    on = forms.DateField(label=gettext_lazy("In force from"), widget=day_input(), required=False)
    hs_prefixes = forms.CharField(
        label=gettext_lazy("Goods: beginnings of HS codes, parted by spaces"),
        required=False,
        max_length=400,
        widget=forms.TextInput(attrs=CODE),
        help_text=gettext_lazy("* stands for every one"),
    )
    origins = forms.CharField(
        label=gettext_lazy("Origins: two letters each, parted by spaces"),
        required=False,
        max_length=400,
        widget=forms.TextInput(attrs=CODE),
        help_text=gettext_lazy("* stands for every one"),
    )

    def __init__(
        self, *args: Any, licence: Licence, term: LicenceTerm, move: LicenceMove, **more: Any
    ) -> None:
        """Offer the reasons that the rule book has for the move."""
        initial = {
            "hs_prefixes": " ".join(p or "*" for p in term.hs_prefixes),
            "origins": " ".join(p or "*" for p in term.origins),
        }
        super().__init__(*args, version=licence.version, initial=initial, **more)
        reasons = licensing.REASONS_FOR[move.value]
        choices = [(code, looks.WORDS["reason"][code]) for code in reasons]
        self.fields["reason"].choices = (  # type: ignore[attr-defined]
            choices if len(choices) == 1 else [("", gettext_lazy("Choose")), *choices]
        )
        if move not in (LicenceMove.AMEND, LicenceMove.GRANT):
            del self.fields["hs_prefixes"], self.fields["origins"]

    def changes(self) -> dict[str, Any]:
        """Return the scope as it should be; nothing where the form does not ask for it."""
        return {
            name: ["" if part == "*" else part for part in self.cleaned_data[name].split()]
            for name in ("hs_prefixes", "origins")
            if name in self.cleaned_data and self.cleaned_data[name].strip()
        }


class PlanForm(forms.Form):
    """A review to be planned."""

    occasion = forms.ChoiceField(label=gettext_lazy("Occasion"), choices=Occasion.choices)
    due = forms.DateField(label=gettext_lazy("Until"), widget=day_input())
    assessors = forms.MultipleChoiceField(
        label=gettext_lazy("Assessors"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, people: Sequence[tuple[str, str]], **more: Any) -> None:
        """Offer the people who may look at sites."""
        super().__init__(*args, **more)
        self.fields["assessors"].choices = people  # type: ignore[attr-defined]


class CampaignForm(forms.Form):
    """A re-review of every holder of a kind of licence."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Kind of licence"),
        choices=looks.chosen("kind", empty=gettext_lazy("Choose")),
    )
    cover = forms.RegexField(
        label=gettext_lazy("Only where the goods begin with"),
        regex=r"^[0-9]{2,10}$",
        required=False,
        widget=forms.TextInput(attrs=CODE),
        error_messages={"invalid": gettext_lazy("Two to ten digits")},
    )
    name_zh = SeenField(label=gettext_lazy("Chinese name"), max_length=120)
    name_en = SeenField(label=gettext_lazy("English name"), max_length=200)
    due = forms.DateField(label=gettext_lazy("Until"), widget=day_input())


class CheckForm(forms.Form):
    """A check on the spot of what an enterprise files."""

    on = forms.DateField(label=gettext_lazy("Day of the check"), widget=day_input())
    shortcoming = forms.CharField(
        label=gettext_lazy("What was found against the enterprise; empty for nothing"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


def shown_day(day: date | None) -> str:
    """Print a day; no day is a dash."""
    return "—" if day is None else day.isoformat()


def person_name(pair: tuple[str, str]) -> str:
    """Say the name of a person in the reader's language."""
    return pair[0] if tones.in_chinese() else pair[1]
