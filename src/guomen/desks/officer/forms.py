"""Forms of an officer's own decisions: more severity, rules without effect, results of checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.db.models import Case, QuerySet, Value, When
from django.utils.translation import gettext, gettext_lazy

from guomen.core.frequency import Finding
from guomen.core.severity import OUTCOME_NAMES, Outcome
from guomen.desks.components import tones
from guomen.desks.components.consignments import pages
from guomen.desks.components.consignments.changes import LineActionForm
from guomen.journeys import records
from guomen.journeys.assigning import Candidate
from guomen.journeys.clearance import Result, Wish
from guomen.journeys.clearance.overriding import REASONS
from guomen.rulebooks.book import BOOK
from guomen.rulebooks.inspection import REASSIGN_REASONS
from guomen.supervision.declarations.models import Line
from guomen.supervision.inspections.lifecycle import LIVE
from guomen.supervision.inspections.lifecycle import STATE_NAMES as ORDER_STATE_NAMES
from guomen.supervision.inspections.models import OrderKind, WorkOrder

_LONGEST_NOTE = 400


def _reasons() -> list[tuple[str, Any]]:
    reasons = [(code, tones.lazily(text)) for code, text in REASONS.items()]
    return [("", gettext_lazy("Choose")), *reasons]


class _Decision(LineActionForm):
    reason = forms.ChoiceField(label=gettext_lazy("Reason"), choices=_reasons)
    note = forms.CharField(
        label=gettext_lazy("What you saw, for the record"),
        max_length=_LONGEST_NOTE,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    field_order = ("outcome", "rules", "reason", "note")


class RaiseForm(_Decision):
    """A more severe outcome, carried out at once."""

    outcome = forms.ChoiceField(
        label=gettext_lazy("What should happen instead"), widget=forms.RadioSelect
    )

    def __init__(self, *args: Any, line: Line, **more: Any) -> None:
        """Offer what is more severe than the ruling."""
        super().__init__(*args, line=line, **more)
        self.fields["outcome"].choices = [  # type: ignore[attr-defined]
            (outcome.value, tones.lazily(OUTCOME_NAMES[outcome]))
            for outcome in pages.more_severe(line.outcome)
        ]

    def wish(self) -> Wish:
        """Return what is asked for."""
        given = self.cleaned_data
        return Wish(reason=given["reason"], note=given["note"], outcome=Outcome(given["outcome"]))


class SettleForm(_Decision):
    """Rules that should no longer count; a second person decides."""

    rules = forms.MultipleChoiceField(
        label=gettext_lazy("Which rules should no longer count for this line"),
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, line: Line, **more: Any) -> None:
        """Offer the rules that made the ruling."""
        super().__init__(*args, line=line, **more)
        self.fields["rules"].choices = [  # type: ignore[attr-defined]
            (rule, f"{tones.said(BOOK.by_id[rule].says)} ({rule})")
            for rule in records.settleable(line)
        ]

    def wish(self) -> Wish:
        """Return what is asked for."""
        given = self.cleaned_data
        return Wish(reason=given["reason"], note=given["note"], rules=tuple(given["rules"]))


class RecordForm(LineActionForm):
    """What the check of the papers of a line showed."""

    finding = forms.ChoiceField(
        label=gettext_lazy("What the check showed"),
        widget=forms.RadioSelect,
        choices=[
            (Finding.CONFORM.value, gettext_lazy("The goods conform: release them")),
            (Finding.NONCONFORM.value, gettext_lazy("The goods do not conform")),
        ],
    )

    def result(self) -> Result:
        """Return the result as the journey takes it."""
        finding = Finding(self.cleaned_data["finding"])
        return Result(line=self.line.reference, performed=True, finding=finding)


class OrdersForm(forms.Form):
    """What the list of work orders is narrowed by."""

    state = forms.ChoiceField(
        label=gettext_lazy("State"), required=False, choices=lambda: _any(ORDER_STATE_NAMES)
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind of order"),
        required=False,
        choices=lambda: [("", gettext_lazy("Any")), *OrderKind.choices],
    )
    due = forms.ChoiceField(
        label=gettext_lazy("Due"),
        required=False,
        choices=[
            ("", gettext_lazy("Any day")),
            ("late", gettext_lazy("Before today")),
            ("today", gettext_lazy("Today")),
            ("later", gettext_lazy("After today")),
        ],
    )
    owed = forms.BooleanField(label=gettext_lazy("Owed checks only"), required=False)

    def narrowed(self, rows: QuerySet[WorkOrder], *, today: date) -> QuerySet[WorkOrder]:
        """Return the orders that the form asks for, owed checks and the oldest first."""
        given = self.cleaned_data if self.is_valid() else {}
        if given.get("state"):
            rows = rows.filter(state=given["state"])
        if given.get("kind"):
            rows = rows.filter(kind=given["kind"])
        due = {"late": "due_on__lt", "today": "due_on", "later": "due_on__gt"}.get(
            given.get("due") or ""
        )
        if due:
            rows = rows.filter(**{due: today})
        if given.get("owed"):
            rows = rows.filter(owed=True)
        # What is still to be done first, then the newest of what is over.
        live = [state.value for state in LIVE]
        over = Case(When(state__in=live, then=Value(0)), default=Value(1))
        return rows.order_by(over, "-owed", "-due_on", "reference")

    def labels(self) -> dict[str, str]:
        """Return the labels of the filters."""
        return {name: str(field.label) for name, field in self.fields.items()}

    def words(self) -> dict[tuple[str, str], str]:
        """Return the words of the chosen values."""
        chosen = {("owed", "on"): str(gettext("yes"))}
        for name in ("state", "kind", "due"):
            choices = self.fields[name].choices  # type: ignore[attr-defined]
            chosen |= {(name, str(code)): str(word) for code, word in choices}
        return chosen


def _any(names: Mapping[Any, Any]) -> list[tuple[str, Any]]:
    listed = [(state.value, tones.lazily(text)) for state, text in names.items()]
    return [("", gettext_lazy("Any")), *listed]


class GiveForm(forms.Form):
    """An officer named for an order, and why."""

    officer = forms.ChoiceField(label=gettext_lazy("Officer"))
    reason = forms.ChoiceField(
        label=gettext_lazy("Reason"),
        choices=lambda: [
            ("", gettext_lazy("Choose")),
            *((code, tones.lazily(text)) for code, text in REASSIGN_REASONS.items()),
        ],
    )
    note = forms.CharField(
        label=gettext_lazy("For the record"), max_length=_LONGEST_NOTE, required=False
    )

    def __init__(self, *args: Any, candidates: Sequence[Candidate], **more: Any) -> None:
        """Offer those who may do the order; a full day does not forbid it."""
        super().__init__(*args, **more)
        chinese = tones.in_chinese()
        self.fields["officer"].choices = [  # type: ignore[attr-defined]
            ("", gettext_lazy("Choose")),
            *(
                (c.officer, c.name_zh if chinese else c.name_en)
                for c in candidates
                if c.why_not in (None, "full")
            ),
        ]
