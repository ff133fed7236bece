"""Forms of officers about class and credit."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from guomen.core.classification import ELEMENT_NAMES, Element
from guomen.core.credit import GROUP_NAMES, Group
from guomen.desks.components import tones
from guomen.desks.components.access.forms import SeenField
from guomen.desks.components.standing.acting import ReasonForm
from guomen.journeys.standing.classing import Scored
from guomen.rulebooks.classification import VETOES
from guomen.rulebooks.credit_items import ITEMS
from guomen.supervision.classification.models import Assessment
from guomen.supervision.credit.models import Source
from guomen.supervision.credit.operations import NewRecord

_CHOOSE = ("", gettext_lazy("Choose"))


def _items() -> list[tuple[Any, Any]]:
    grouped: dict[Group, list[tuple[str, Any]]] = {}
    for code, series in ITEMS.items():
        item = series.rows[-1].value
        grouped.setdefault(item.group, []).append((code, tones.lazily(item.says)))
    return [_CHOOSE, *((tones.lazily(GROUP_NAMES[g]), rows) for g, rows in grouped.items())]


class RecordForm(forms.Form):
    """An act to be put on file."""

    title = ""
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)
    item = forms.ChoiceField(label=gettext_lazy("What was done"), choices=_items)
    happened_on = forms.DateField(
        label=gettext_lazy("Day of the act"), widget=forms.DateInput(attrs={"type": "date"})
    )
    counts_from = forms.DateField(
        label=gettext_lazy("Day on which it was established"),
        help_text=gettext_lazy("Its points count from this day to the end of the cycle."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    source = forms.ChoiceField(
        label=gettext_lazy("Who established it"), choices=Source.choices, initial=Source.OWN
    )
    evidence = SeenField(
        label=gettext_lazy("Evidence: number of the file, report or decision"), max_length=400
    )

    def record(self) -> NewRecord:
        """Return the record as the journey takes it."""
        given = {k: v for k, v in self.cleaned_data.items() if k != "seen"}
        return NewRecord(**given)


class AnswerForm(ReasonForm):
    """The answer to a dispute."""

    uphold = forms.ChoiceField(
        label=gettext_lazy("Is the dispute right?"),
        widget=forms.RadioSelect,
        choices=[
            ("yes", gettext_lazy("Yes: withdraw the record and derive the level again")),
            ("no", gettext_lazy("No: the record stands and counts again")),
        ],
    )
    field_order = ("uphold", "text")


class ScoreForm(forms.Form):
    """Nine elements with scores and evidence, and grounds for class 4."""

    title = ""
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)
    vetoes = forms.MultipleChoiceField(
        label=gettext_lazy("Grounds that give class 4 whatever the scores"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[(code, tones.lazily(text)) for code, text in VETOES.items()],
    )

    def __init__(self, *args: Any, assessment: Assessment, **more: Any) -> None:
        """Begin with what was scored so far."""
        held = {row.element: row for row in assessment.scores.all()}
        initial: dict[str, Any] = {"seen": assessment.version, "vetoes": assessment.vetoes}
        for element in Element:
            row = held.get(element.value)
            initial[f"score_{element.value}"] = row.score if row else None
            initial[f"evidence_{element.value}"] = row.evidence if row else ""
        more["initial"] = initial
        super().__init__(*args, **more)
        for element in Element:
            low, high = (-10, 10) if element is Element.OTHER else (0, 100)
            name: Any = tones.lazily(ELEMENT_NAMES[element])
            self.fields[f"score_{element.value}"] = forms.IntegerField(
                label=name, min_value=low, max_value=high, required=False
            )
            self.fields[f"evidence_{element.value}"] = forms.CharField(
                label=name, max_length=300, required=False
            )

    def rows(self) -> list[tuple[Any, int, Any, Any]]:
        """Return name, highest score, field of the score, field of the evidence."""
        return [
            (
                tones.lazily(ELEMENT_NAMES[e]),
                10 if e is Element.OTHER else 100,
                self[f"score_{e.value}"],
                self[f"evidence_{e.value}"],
            )
            for e in Element
        ]

    def scored(self) -> Scored:
        """Return the scores as the journey takes them."""
        given = self.cleaned_data
        return {
            e: (given.get(f"score_{e.value}"), given.get(f"evidence_{e.value}", ""))
            for e in Element
        }


class FindForm(forms.Form):
    """Which enterprises a list shows."""

    q = forms.CharField(label=gettext_lazy("Name or number"), required=False, max_length=80)
    value = forms.ChoiceField(required=False)

    def __init__(self, *args: Any, label: Any, choices: Any, **more: Any) -> None:
        """Offer the levels or classes of the list."""
        super().__init__(*args, **more)
        field: Any = self.fields["value"]
        field.label, field.choices = label, [("", gettext_lazy("All")), *choices]
