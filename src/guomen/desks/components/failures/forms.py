"""The forms about goods that failed; each knows only what may be chosen there."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from guomen.core.dispose import DISPOSAL_NAMES, DisposalKind
from guomen.desks.components.tones import lazily
from guomen.rulebooks.disposal_terms import PROOF_FOR, PROOFS
from guomen.supervision.dispositions.models import Disposal, Nonconformity


def _quantity() -> forms.DecimalField:
    return forms.DecimalField(
        label=gettext_lazy("Quantity"),
        min_value=Decimal("0.001"),
        max_digits=20,
        decimal_places=3,
    )


class ChooseForm(forms.Form):
    """Which of the open disposals, for how much."""

    kind = forms.ChoiceField(label=gettext_lazy("What is to be done"))
    quantity = _quantity()

    def __init__(
        self, *args: Any, failed: Nonconformity, left: Decimal | None, **more: Any
    ) -> None:
        """Offer what the law leaves open, and all that is left."""
        super().__init__(*args, **{"prefix": "choose", **more})
        kinds: Any = self.fields["kind"]
        kinds.choices = [
            (kind, lazily(DISPOSAL_NAMES[DisposalKind(kind)])) for kind in failed.disposals_open
        ]
        # As many decimals as it carries: 900, where the column stores 900.000.
        self.fields["quantity"].initial = None if left is None else f"{left.normalize():f}"


class SortForm(forms.Form):
    """How much was sorted out, by which report."""

    quantity = _quantity()
    report = forms.CharField(label=gettext_lazy("Number of the report"), max_length=60)


class ProofForm(forms.Form):
    """What proves a disposal."""

    kind = forms.ChoiceField(label=gettext_lazy("Proof"))
    number = forms.CharField(label=gettext_lazy("Its number"), max_length=60)
    seal = forms.CharField(label=gettext_lazy("Seal"), max_length=60, required=False)
    note = forms.CharField(label=gettext_lazy("Note"), max_length=400, required=False)

    def __init__(self, *args: Any, disposal: Disposal, **more: Any) -> None:
        """Offer the papers that prove such a disposal."""
        super().__init__(*args, **{"prefix": f"proof-{disposal.pk}", **more})
        kinds: Any = self.fields["kind"]
        kinds.choices = [
            (kind, lazily(PROOFS[kind])) for kind in PROOF_FOR[DisposalKind(disposal.kind)]
        ]


class AnswerForm(forms.Form):
    """Why a finding is upheld."""

    answer = forms.CharField(
        label=gettext_lazy("Grounds"), max_length=400, widget=forms.Textarea(attrs={"rows": 3})
    )


class AskForm(forms.Form):
    """Why the owner asks for another inspection."""

    ground = forms.CharField(
        label=gettext_lazy("Grounds"), max_length=400, widget=forms.Textarea(attrs={"rows": 3})
    )
