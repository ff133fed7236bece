"""The fields of a draw to verify; the script of the page reads them, they are never sent."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy


def _code(**extra: object) -> forms.TextInput:
    return forms.TextInput(
        attrs={"class": "mono", "autocomplete": "off", "spellcheck": "false"} | extra
    )


class DrawForm(forms.Form):
    """What a ruling says of its draw, and what was published for its day."""

    day = forms.CharField(
        label=gettext_lazy("Day of the draw"), help_text="2012-05-24", widget=_code(maxlength="10")
    )
    agency = forms.CharField(label=gettext_lazy("Agency"), help_text="ZHCIQ", widget=_code())
    root = forms.CharField(
        label=gettext_lazy("Line"), help_text="DEC-2012-000123-7/1", widget=_code()
    )
    counter = forms.IntegerField(
        label=gettext_lazy("Counter"), help_text=gettext_lazy("0 for the first draw"), initial=0
    )
    chance = forms.IntegerField(
        label=gettext_lazy("Chance, ppm"),
        help_text="125000 = 12.5 %",
        required=False,
    )
    anchor = forms.CharField(
        label=gettext_lazy("Anchor of the day before"),
        help_text=gettext_lazy("64 hexadecimal digits"),
        widget=_code(maxlength="64"),
    )
    commitment = forms.CharField(
        label=gettext_lazy("Commitment, published before the day"),
        help_text=gettext_lazy("64 hexadecimal digits"),
        widget=_code(maxlength="64"),
    )
    key = forms.CharField(
        label=gettext_lazy("Key, revealed after the day"),
        help_text=gettext_lazy("64 hexadecimal digits"),
        widget=_code(maxlength="64"),
    )
