"""What forms of the registers share: codes, days, and knowing which version a reader saw."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext

from guomen.supervision.parties import signs

CODE = {"class": "mono", "autocomplete": "off", "spellcheck": "false"}


def day_input() -> forms.DateInput:
    """Return an input of a day."""
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class SeenField(forms.CharField):
    """A text of a register: what cannot be seen is taken out before anything is compared."""

    def to_python(self, value: Any) -> Any:
        """Return the text as it goes on the register."""
        return signs.visible(super().to_python(value) or "") or self.empty_value


class SeenRegexField(forms.RegexField, SeenField):
    """A text of a register of one form, as a code."""


class Versioned(forms.Form):
    """A form that knows which version of a record its reader saw."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, version: int, **more: Any) -> None:
        """Begin with the version as it stands."""
        more["initial"] = {"version": version, **(more.pop("initial", None) or {})}
        super().__init__(*args, **more)
        self.current = version

    def clean_version(self) -> int:
        """
        Refuse what was written about an older state of the record.

        Nothing is overwritten: the reader sees the newer state, and sending again counts.
        """
        seen: int = self.cleaned_data["version"]
        if seen != self.current:
            sent: Any = self.data
            changed = sent.copy()
            changed[self.add_prefix("version")] = str(self.current)
            self.data = changed
            self.add_error(
                None,
                gettext(
                    "Somebody changed this record while you were writing. Nothing was overwritten: "
                    "compare with how it stands now; what you typed is kept, and sending again "
                    "counts."
                ),
            )
        return seen
