"""
One action about an enterprise's standing: a page with a form, one journey call for a POST.

What the reader saw goes with the form, so that whoever comes second is told; what was typed stays.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy

from guomen.core.errors import GuomenError
from guomen.desks.components.standing import refusals
from guomen.desks.components.tones import Words

_LONGEST = 400


class ReasonForm(forms.Form):
    """A decision with its reason."""

    title = ""
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)
    text = forms.CharField(
        label=gettext_lazy("Reason, as the enterprise will read it"),
        max_length=_LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


def worded(label: Any, hint: Any = "") -> type[ReasonForm]:
    """Return a form whose one text is asked for in other words."""
    text = forms.CharField(
        label=label,
        help_text=hint,
        max_length=_LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    return type("WordedForm", (ReasonForm,), {"text": text})


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """
    One kind of action: its words, its form, the journey that carries it out.

    ``carry_out`` takes the valid form, the subject and who acts, and returns what to say.
    ``move`` is what an officer needs to be allowed; enterprises act on their own only.
    """

    title: Words
    says: Words
    button: Words
    carry_out: Callable[[Any, Any, Any], Words]
    form: type[forms.Form] = ReasonForm
    move: Any = None
    danger: bool = False
    initial: Callable[[Any], dict[str, Any]] = field(default=lambda subject: {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Around which page an action stands: what is acted on, its name, the way back."""

    subject: Any
    name: Words
    back: str
    template: str


def page(request: HttpRequest, action: Action, place: Place, how: Any) -> HttpResponse:
    """Show the form of an action, or carry it out and lead back."""
    data = request.POST if request.method == "POST" else None
    form = action.form(data, initial=action.initial(place.subject))
    if data is not None and form.is_valid():
        try:
            said = action.carry_out(form, place.subject, how)
        except GuomenError as error:
            form.add_error(None, refusals.said(error))
            _see_anew(form, action, place.subject)
        else:
            messages.success(request, str(said))
            return redirect(place.back)
    context = {"form": form, "action": action, "place": place, "title": action.title}
    return render(request, place.template, context, status=200 if data is None else 422)


def _see_anew(form: forms.Form, action: Action, subject: Any) -> None:
    """Let a second sending count against what stands now: the reader was told."""
    if "seen" not in form.fields or not hasattr(subject, "refresh_from_db"):
        return
    data: Any = form.data
    changed = data.copy()
    fresh = action.initial(subject).get("seen")
    if fresh is not None:
        changed["seen"] = str(fresh)
        form.data = changed
