"""What a reader asks of the sampling planner; it all stands in the address, so that it links."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy

from guomen.desks.components.planner import choices
from guomen.journeys import planning, planning_words

LARGEST_LOT = 100_000_000
_HUNDRED = 100.0


def _number(**extra: object) -> forms.TextInput:
    return forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"} | extra)


class PlanForm(forms.Form):
    """The lot and what is looked for; the rest has a default of the house."""

    lot = forms.IntegerField(
        label=gettext_lazy("Lot size, units"),
        help_text=gettext_lazy("Pieces, boxes or plants: whatever is inspected one by one"),
        min_value=1,
        max_value=LARGEST_LOT,
        widget=_number(inputmode="numeric"),
        error_messages={
            "required": gettext_lazy("Enter how many units the lot has."),
            "invalid": gettext_lazy("Enter a whole number of units, such as 1200."),
            "min_value": gettext_lazy("A lot has at least one unit."),
            "max_value": gettext_lazy("Split lots above 100 million units."),
        },
    )
    goods = forms.ChoiceField(label=gettext_lazy("Goods"), choices=choices.goods, required=False)
    hazard = forms.ChoiceField(
        label=gettext_lazy("What is looked for"), choices=choices.hazards, required=False
    )
    purpose = forms.ChoiceField(
        label=gettext_lazy("What for"), choices=choices.worded(planning_words.PURPOSES)
    )
    severity = forms.ChoiceField(
        label=gettext_lazy("How serious a bad unit is"),
        choices=choices.worded(planning_words.SEVERITIES, choices.house_decides),
        required=False,
    )
    history = forms.ChoiceField(
        label=gettext_lazy("History of the supplier"),
        choices=choices.worded(planning_words.STATES),
    )
    enterprise_class = forms.ChoiceField(
        label=gettext_lazy("Enterprise class"), choices=[(c, c) for c in "1234"]
    )
    credit = forms.ChoiceField(label=gettext_lazy("Credit grade"), choices=[(c, c) for c in "ABCD"])
    level = forms.FloatField(
        label=gettext_lazy("Level to find, %"),
        help_text=gettext_lazy("Share of bad units that must not pass; 1 by default"),
        min_value=0.0001,
        max_value=100,
        required=False,
        widget=_number(),
    )
    confidence = forms.FloatField(
        label=gettext_lazy("Confidence, %"),
        help_text=gettext_lazy("By credit: A 90, B and C 95, D 99"),
        min_value=1,
        max_value=99.9999,
        required=False,
        widget=_number(),
    )
    sensitivity = forms.FloatField(
        label=gettext_lazy("Sensitivity of the inspection, %"),
        help_text=gettext_lazy("How often a bad unit is recognised when it is inspected"),
        min_value=1,
        max_value=100,
        required=False,
        widget=_number(),
    )
    inspection_level = forms.ChoiceField(
        label=gettext_lazy("Inspection level"), choices=choices.levels, required=False
    )
    aql = forms.ChoiceField(
        label=gettext_lazy("AQL, % nonconforming"), choices=choices.aqls, required=False
    )
    limiting = forms.FloatField(
        label=gettext_lazy("Limiting quality, %"),
        help_text=gettext_lazy("For a lot on its own: the quality it must not have; 5 by default"),
        min_value=0.01,
        max_value=100,
        required=False,
        widget=_number(),
    )
    criterion = forms.ChoiceField(
        label=gettext_lazy("Microbiological criterion"), choices=choices.criteria, required=False
    )
    unit_cost = forms.FloatField(
        label=gettext_lazy("Cost of one unit"), min_value=0, required=False, widget=_number()
    )
    fixed_cost = forms.FloatField(
        label=gettext_lazy("Cost of one visit"), min_value=0, required=False, widget=_number()
    )
    budget = forms.FloatField(
        label=gettext_lazy("Budget"),
        help_text=gettext_lazy("In the same currency; it needs the cost of one unit"),
        min_value=0,
        required=False,
        widget=_number(),
    )
    most = forms.IntegerField(
        label=gettext_lazy("At most so many units"),
        min_value=0,
        required=False,
        widget=_number(inputmode="numeric"),
    )

    FIRST = ("lot", "goods", "hazard", "purpose")
    CLASSED = ("history", "enterprise_class", "credit", "severity")
    DETECTING = ("level", "confidence", "sensitivity")
    ACCEPTING = ("inspection_level", "aql", "limiting", "criterion")
    COSTING = ("unit_cost", "fixed_cost", "budget", "most")
    DEFAULTS: ClassVar[dict[str, str]] = {
        "purpose": "auto",
        "history": "none",
        "enterprise_class": "2",
        "credit": "B",
    }

    def clean(self) -> dict[str, Any]:
        """Refuse a budget in money without a price."""
        given = super().clean() or {}
        if given.get("budget") is not None and not given.get("unit_cost"):
            self.add_error(
                "unit_cost", gettext_lazy("Enter the cost of one unit to spend a budget.")
            )
        return given

    def first(self) -> list[forms.BoundField]:
        """Return the entries that everybody fills."""
        return [self[name] for name in self.FIRST]

    def more(self) -> list[tuple[Any, list[forms.BoundField]]]:
        """Return the other entries under their headings."""
        groups = (
            (gettext_lazy("Enterprise and history"), self.CLASSED),
            (gettext_lazy("Detection"), self.DETECTING),
            (gettext_lazy("Acceptance"), self.ACCEPTING),
            (gettext_lazy("Cost and budget"), self.COSTING),
        )
        return [(title, [self[name] for name in names]) for title, names in groups]

    def more_given(self) -> bool:
        """Tell whether an entry beyond the first ones differs from its default, or is wrong."""
        names = (*self.CLASSED, *self.DETECTING, *self.ACCEPTING, *self.COSTING)
        return any(
            name in self.errors or self[name].value() not in (None, "", self.DEFAULTS.get(name))
            for name in names
        )

    def asked(self) -> planning.Asked:
        """Return the question of a valid form."""
        given = self.cleaned_data
        return planning.Asked(
            lot=given["lot"],
            goods=given["goods"],
            hazard=given["hazard"],
            purpose=given["purpose"],
            severity=given["severity"] or None,
            enterprise_class=given["enterprise_class"],
            credit=given["credit"],
            history=given["history"],
            level=_share(given["level"]),
            confidence=_share(given["confidence"]),
            sensitivity=_share(given["sensitivity"]) or 1.0,
            inspection_level=given["inspection_level"] or None,
            aql_percent=float(given["aql"]) if given["aql"] else None,
            limiting_percent=given["limiting"],
            criterion=given["criterion"],
            unit_cost=given["unit_cost"] or 0.0,
            fixed_cost=given["fixed_cost"] or 0.0,
            budget_money=given["budget"],
            budget_units=given["most"],
        )


def _share(percent: float | None) -> float | None:
    # Through the decimal text: 95 / 100 must be the 0.95 that people write.
    return None if percent is None else float(f"{percent / _HUNDRED:.12g}")
