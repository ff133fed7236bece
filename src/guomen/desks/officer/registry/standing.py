"""How an enterprise stands on the register: its state, who goes on for it, whose branch it is."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_http_methods

from guomen.core.errors import GuomenError
from guomen.desks.components.access.forms import CODE, day_input
from guomen.desks.components.consignments import refusals
from guomen.desks.officer.access import Desk, at_desk
from guomen.desks.officer.permissions import Move
from guomen.desks.officer.registry.views import enterprise_of
from guomen.journeys.access import registering
from guomen.supervision.parties.models import Enterprise, RegistrationState

_REFERENCE: dict[str, Any] = {
    "help_text": gettext_lazy("reference, as ENT-000123-1"),
    "max_length": 16,
}


def _named(text: str) -> Enterprise | None:
    if not text.strip():
        return None
    found = Enterprise.objects.filter(reference=text.strip().upper()).first()
    if found is None:
        raise forms.ValidationError(gettext("No enterprise has this reference."))
    return found


class StandingForm(forms.Form):
    """From which day an enterprise stands how."""

    state = forms.ChoiceField(
        label=gettext_lazy("Stands from then on"), choices=RegistrationState.choices
    )
    on = forms.DateField(label=gettext_lazy("From"), widget=day_input())
    successor = forms.CharField(
        label=gettext_lazy("Goes on as, of a merger"),
        required=False,
        widget=forms.TextInput(attrs=CODE),
        **_REFERENCE,
    )

    def clean_successor(self) -> Enterprise | None:
        """Return the enterprise that goes on."""
        return _named(self.cleaned_data["successor"])


class BranchForm(forms.Form):
    """Whose branch an enterprise is."""

    head_office = forms.CharField(
        label=gettext_lazy("Head office; empty for none"),
        required=False,
        widget=forms.TextInput(attrs=CODE),
        **_REFERENCE,
    )

    def clean_head_office(self) -> Enterprise | None:
        """Return the head office."""
        return _named(self.cleaned_data["head_office"])


def _change(found: Enterprise, given: dict[str, Any], desk: Desk) -> None:
    wish = registering.Wish(
        state=RegistrationState(given["state"]), on=given["on"], successor=given["successor"]
    )
    registering.change(found, wish, who=desk.actor)


def _attach(found: Enterprise, given: dict[str, Any], desk: Desk) -> None:
    registering.attach(found, given["head_office"], who=desk.actor)


@at_desk(Move.KEEP_REGISTERS)
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, desk: Desk, reference: str) -> HttpResponse:
    """Change how an enterprise stands on the register, or whose branch it is."""
    found = enterprise_of(desk, reference)
    wanted = request.POST.get("do", "")
    head = found.head_office.reference if found.head_office else ""
    forms_: dict[str, Any] = {
        "state": StandingForm(
            request.POST if wanted == "state" else None, initial={"on": desk.day}
        ),
        "branch": BranchForm(
            request.POST if wanted == "branch" else None, initial={"head_office": head}
        ),
    }
    form = forms_.get(wanted)
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            {"state": _change, "branch": _attach}[wanted](found, form.cleaned_data, desk)
        except GuomenError as error:
            refusals.put_back(form, error)
        else:
            messages.success(request, gettext("The register says so from then on."))
            return redirect("officer:enterprise", reference=reference)
    context = {"enterprise": found, "desk": desk, "form": form, **forms_}
    wrong = request.method == "POST"
    return render(request, "officer/registry/standing.html", context, status=422 if wrong else 200)
