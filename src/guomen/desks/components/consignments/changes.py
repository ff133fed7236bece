"""Forms that change a lodged line: filling in what is missing, amending, taking it back."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy

from guomen.core.facts import BY_NAME as FACTS
from guomen.core.facts import Source
from guomen.desks.components import words
from guomen.desks.components.consignments import columns
from guomen.journeys import intake
from guomen.journeys.clearance.later import AMENDABLE
from guomen.supervision.declarations.models import Line


class LineActionForm(forms.Form):
    """A form about one line: it knows which version of the line its reader saw."""

    title = ""
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, line: Line, **more: Any) -> None:
        """Begin with the line as it stands."""
        initial = {"version": line.version, **(more.pop("initial", None) or {})}
        more["initial"] = initial
        super().__init__(*args, **more)
        self.line = line

    def clean_version(self) -> int:
        """
        Refuse what was written about an older state of the line.

        :raises forms.ValidationError: if somebody changed the line meanwhile
        """
        seen: int = self.cleaned_data["version"]
        if seen != self.line.version:
            # The reader now sees the new state; sending again is an informed choice.
            newer = {self.add_prefix("version"): str(self.line.version)}
            self.data = _with(self.data, newer)
            self.add_error(
                None,
                gettext(
                    "Somebody changed this line while you were writing: it is %(state)s now. "
                    "Look at it again; what you typed is kept, and sending again counts."
                )
                % {"state": self.line.get_state_display()},
            )
        return seen


def _with(data: Any, newer: dict[str, str]) -> Any:
    changed = data.copy()
    for name, value in newer.items():
        changed[name] = value
    return changed


def missing_columns(line: Line) -> tuple[str, ...]:
    """Return the columns that a held line waits for and that can be filled in on the line."""
    wanted = {"documents" if name.startswith("doc_") else name for name in line.missing}
    return tuple(name for name in AMENDABLE if name in wanted and getattr(line, name) in (None, ""))


def declared_elsewhere(line: Line) -> tuple[str, ...]:
    """Return the missing facts that were to be declared, but not on the line itself."""
    return tuple(
        name
        for name in line.missing
        if name in FACTS
        and FACTS[name].source is Source.DECLARED
        and not name.startswith("doc_")
        and name not in AMENDABLE
    )


class ColumnsForm(LineActionForm):
    """Columns of a line."""

    def __init__(self, *args: Any, names: Sequence[str], **more: Any) -> None:
        """Set a field for each column."""
        super().__init__(*args, **more)
        self.names = tuple(names)
        for name in self.names:
            self.fields[name] = columns.field(name)

    def clean(self) -> dict[str, Any]:
        """
        See that something was said.

        :raises forms.ValidationError: if nothing changes
        """
        cleaned = super().clean() or {}
        if not self.errors and not self.changes():
            raise forms.ValidationError(gettext("Nothing was filled in yet; fill in at least one."))
        return cleaned

    def changes(self) -> dict[str, Any]:
        """Return what was filled in."""
        return {name: typed for name, typed in self.typed().items() if typed is not None}

    def typed(self) -> dict[str, Any]:
        """Return what was typed, by column."""
        return columns.cells(self, self.names)


class SupplyForm(ColumnsForm):
    """What a held line lacks."""

    def __init__(self, *args: Any, line: Line, **more: Any) -> None:
        """Ask for what is missing and nothing else."""
        super().__init__(*args, line=line, names=missing_columns(line), **more)


class AmendForm(ColumnsForm):
    """What was declared on a line, to be put right."""

    def __init__(self, *args: Any, line: Line, **more: Any) -> None:
        """Begin with what is declared."""
        declared = {name: _shown(line, name) for name in AMENDABLE}
        super().__init__(*args, line=line, names=AMENDABLE, initial=declared, **more)

    def changes(self) -> dict[str, Any]:
        """Return what differs from what is declared."""
        return {
            name: typed
            for name, typed in self.typed().items()
            if _comparable(typed) != _comparable(_shown(self.line, name))
        }


def _shown(line: Line, name: str) -> Any:
    value = getattr(line, name)
    if name == "documents":
        return [part for part in (value or "").replace(",", ";").split(";") if part]
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return words.without_mark(str(value)) if value is not None else ""


def _comparable(value: Any) -> Any:
    return frozenset(value) if isinstance(value, list) else (value or "")


class WithdrawForm(LineActionForm):
    """Taking a line back."""

    reason = forms.CharField(
        label=gettext_lazy("Why it is taken back"),
        max_length=intake.LONGEST_CELL,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy(
            "A check that was already drawn stays owed: the next goods carry it."
        ),
    )
