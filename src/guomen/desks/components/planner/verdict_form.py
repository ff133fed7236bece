"""A result and its limit, as the verdict explainer asks for them; it all stands in the address."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext, gettext_lazy

from guomen.core.conformity import Limit, LimitInvalid, LimitKind, Prior, Result
from guomen.core.conformity.reading import Kind, read
from guomen.core.conformity.units import unit_or_none
from guomen.desks.components.planner import choices
from guomen.journeys import judging


def _text(**extra: object) -> forms.TextInput:
    return forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"} | extra)


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"placeholder": "2012-05-24", "maxlength": "10"})


def _units() -> forms.TextInput:
    return _text(list="units")


class _Amount(forms.CharField):
    """A positive number as it stands on the report, kept as text so that no digit is lost."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=40, required=False, widget=_text(inputmode="decimal"), **kwargs)

    def clean(self, value: Any) -> str:
        """Refuse what is no number above zero."""
        text = str(super().clean(value))
        reading = read(text)
        if text and (reading.kind is not Kind.VALUE or not (reading.number or 0) > 0):
            raise forms.ValidationError(gettext("Enter a number above zero, such as 0.05."))
        return text


class _Bound(forms.CharField):
    """An end of a limit, with its digits as written."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=40, required=False, widget=_text(inputmode="decimal"), **kwargs)

    def clean(self, value: Any) -> Decimal | None:
        """Refuse what is no plain number."""
        text = str(super().clean(value))
        reading = read(text)
        if text and reading.kind is not Kind.VALUE:
            raise forms.ValidationError(gettext("Enter a number, such as 0.20."))
        return reading.number if text else None


class VerdictForm(forms.Form):
    """What the report says, which limit it is laid against, and by which rule."""

    value = forms.CharField(
        label=gettext_lazy("Result, as the report writes it"),
        help_text=gettext_lazy("2.4, <0.01, ND or 未检出: exactly as reported"),
        max_length=80,
        strip=False,
        widget=_text(),
        error_messages={
            "required": gettext_lazy(
                "Enter what the report says; a dash (-) where it says nothing."
            )
        },
    )
    unit = forms.CharField(
        label=gettext_lazy("Unit"), max_length=20, required=False, widget=_units()
    )
    uncertainty = _Amount(
        label=gettext_lazy("Expanded uncertainty U"), help_text=gettext_lazy("In the same unit")
    )
    coverage = _Amount(label=gettext_lazy("Coverage factor k"), help_text=gettext_lazy("Mostly 2"))
    lod = _Amount(label=gettext_lazy("Detection limit (LOD)"))
    loq = _Amount(label=gettext_lazy("Quantification limit (LOQ)"))
    taken = forms.DateField(
        label=gettext_lazy("Day of sampling"),
        help_text=gettext_lazy("It decides which edition of the limit binds"),
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=_day(),
        error_messages={"invalid": gettext_lazy("Write the day as 2012-05-24.")},
    )
    limit_by = forms.ChoiceField(
        label=gettext_lazy("Limit"),
        choices=[
            ("book", gettext_lazy("From the rule book")),
            ("own", gettext_lazy("One that I give")),
        ],
        widget=forms.RadioSelect,
    )
    commodity = forms.ChoiceField(label=gettext_lazy("Commodity"), choices=choices.commodity_paths)
    analyte = forms.ChoiceField(label=gettext_lazy("Analyte"), choices=choices.analytes)
    market = forms.ChoiceField(label=gettext_lazy("Market"), choices=choices.markets)
    kind = forms.ChoiceField(label=gettext_lazy("The content must be"), choices=choices.limit_kinds)
    lower = _Bound(label=gettext_lazy("Lower end"))
    upper = _Bound(
        label=gettext_lazy("Upper end"),
        help_text=gettext_lazy("For “not detected”: the LOD that a method must reach, if any"),
    )
    limit_unit = forms.CharField(
        label=gettext_lazy("Unit of the limit"), max_length=20, required=False, widget=_units()
    )
    rule = forms.ChoiceField(label=gettext_lazy("Decision rule"), choices=choices.rules)
    prior_mean = _Bound(
        label=gettext_lazy("Usual content of such goods, mean"),
        help_text=gettext_lazy("In the limit's unit; gives the long-run risks"),
    )
    prior_sd = _Amount(label=gettext_lazy("and its standard deviation"))

    REPORTED = ("value", "unit", "uncertainty", "coverage", "taken")
    MORE = ("lod", "loq")
    BOOK = ("commodity", "analyte", "market")
    OWN = ("kind", "lower", "upper", "limit_unit")
    PRIOR = ("prior_mean", "prior_sd")
    DEFAULTS: ClassVar[dict[str, str]] = {
        "limit_by": "book", "market": "CN", "kind": "maximum", "rule": "simple",
        "commodity": "food/dairy/milk_powder", "analyte": "melamine",
    }  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Check that the limit can be found or stands by itself."""
        given = super().clean() or {}
        if given.get("limit_by") == "own":
            self._check_own(given)
        elif given.get("taken") is None and "taken" not in self.errors:
            self.add_error(
                "taken", gettext("Enter the day of sampling: the limit of that day binds.")
            )
        if (given.get("prior_mean") is None) != (not given.get("prior_sd")):
            wrong = "prior_sd" if not given.get("prior_sd") else "prior_mean"
            self.add_error(wrong, gettext("Give both the mean and the standard deviation."))
        return given

    def _check_own(self, given: dict[str, Any]) -> None:
        kind = given.get("kind") or "maximum"
        wanted = {"maximum": ("upper",), "minimum": ("lower",), "range": ("lower", "upper")}
        for name in wanted.get(kind, ()):
            if given.get(name) is None and name not in self.errors:
                self.add_error(name, gettext("Enter this end of the limit."))
        unit = unit_or_none(given.get("limit_unit") or None)
        if unit is None and "limit_unit" not in self.errors:
            self.add_error("limit_unit", gettext("Enter a known unit, such as mg/kg."))
        if self.errors:
            return
        try:
            given["own"] = _own_limit(given, kind)
        except LimitInvalid:
            self.add_error("upper", gettext("The upper end lies below the lower end."))

    def reported(self) -> list[forms.BoundField]:
        """Return the entries of the report."""
        return [self[name] for name in self.REPORTED]

    def of(self, names: str) -> list[forms.BoundField]:
        """Return the entries of one group: MORE, BOOK, OWN or PRIOR."""
        return [self[name] for name in getattr(self, names)]

    def more(self) -> list[forms.BoundField]:
        """Return the detection limits."""
        return self.of("MORE")

    def book(self) -> list[forms.BoundField]:
        """Return the entries that find a limit of the book."""
        return self.of("BOOK")

    def own(self) -> list[forms.BoundField]:
        """Return the entries of a limit of one's own."""
        return self.of("OWN")

    def prior(self) -> list[forms.BoundField]:
        """Return the entries of what is known beforehand."""
        return self.of("PRIOR")

    def asked(self) -> judging.Asked:
        """Return the question of a valid form."""
        given = self.cleaned_data
        prior = None
        if given["prior_mean"] is not None and given["prior_sd"]:
            prior = Prior(mean=float(given["prior_mean"]), sd=float(given["prior_sd"]))
        return judging.Asked(
            result=Result(
                raw=given["value"],
                unit=given["unit"] or None,
                expanded_uncertainty=given["uncertainty"] or None,
                coverage=given["coverage"] or None,
                lod=given["lod"] or None,
                loq=given["loq"] or None,
                taken=given["taken"],
            ),
            rule=given["rule"],
            own=given.get("own"),
            commodity=given["commodity"],
            analyte=given["analyte"],
            market=given["market"],
            prior=prior,
        )


def _own_limit(given: dict[str, Any], kind: str) -> Limit:
    """Return the reader's limit; the end that its kind does not have is left out."""
    asks = LimitKind(kind)
    return Limit(
        analyte="own",
        commodity="own",
        kind=asks,
        lower=given["lower"] if asks in (LimitKind.MINIMUM, LimitKind.RANGE) else None,
        upper=None if asks is LimitKind.MINIMUM else given["upper"],
        unit=given["limit_unit"],
        begins=date.min,
        basis=gettext("a limit that you gave"),
    )
