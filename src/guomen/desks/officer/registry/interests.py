"""Interests of officers: one's own, declared and ended; everybody's for whoever approves."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from guomen.core.errors import GuomenError
from guomen.desks.components import listing
from guomen.desks.components.access.forms import CODE, SeenField
from guomen.desks.components.consignments import refusals
from guomen.desks.officer.access import Desk, at_desk
from guomen.desks.officer.permissions import Move
from guomen.desks.officer.registry.lists import reach_of
from guomen.journeys.access import interests
from guomen.supervision.agencies.models import InterestKind
from guomen.supervision.parties.models import Enterprise

_ON_A_PAGE_OF_MANY = (InterestKind.PARTY.value, InterestKind.RELATIVE.value)


class InterestForm(forms.Form):
    """An interest of one's own."""

    enterprise = SeenField(
        label=gettext_lazy("Enterprise"),
        help_text=gettext_lazy("reference, credit code or whole name"),
        max_length=120,
        widget=forms.TextInput(attrs=CODE),
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("What ties you to it"),
        choices=[(kind.value, kind.label) for kind in interests.BY_HAND],
    )
    note = forms.CharField(
        label=gettext_lazy("In a few words; only you and whoever approves read it"),
        max_length=200,
        required=False,
    )

    def clean_enterprise(self) -> Enterprise:
        """Return the enterprise that is named, of any agency: an interest knows no district."""
        text = self.cleaned_data["enterprise"].strip()
        found = Enterprise.objects.filter(
            Q(reference=text) | Q(uscc=text) | Q(name_zh=text) | Q(name_en=text)
        ).first()
        if found is None:
            raise forms.ValidationError(gettext("No enterprise has this number or name."))
        return found


@at_desk(Move.SEE_REGISTERS)
@require_http_methods(["GET", "POST"])
def listed(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Show declared interests, or take one."""
    data = request.POST if request.method == "POST" else None
    form = InterestForm(data)
    if data is not None and form.is_valid():
        given = form.cleaned_data
        try:
            interests.declare(
                given["enterprise"], InterestKind(given["kind"]), given["note"], who=desk.actor
            )
        except GuomenError as error:
            refusals.put_back(form, error)
        else:
            messages.success(request, gettext("On record; you decide nothing about it any more."))
            return redirect("officer:interests")
    return render(
        request,
        "officer/registry/interests.html",
        _context(request, desk, form),
        status=422 if data else 200,
    )


def _context(request: HttpRequest, desk: Desk, form: InterestForm) -> dict[str, Any]:
    everybody = Move.APPROVE_ACCESS in desk.moves
    rows = interests.declared(reach_of(desk), own=desk.officer.key, all_of_them=everybody)
    # Who assessed what is told by the assessments; here it would hide the few that were declared.
    by_hand = rows.filter(kind__in=_ON_A_PAGE_OF_MANY)
    return {
        "desk": desk,
        "form": form,
        "page": listing.page_of(request, by_hand),
        "assessed": rows.filter(kind=InterestKind.ASSESSOR.value).count(),
        "everybody": everybody,
        "own": desk.officer.key,
    }


@at_desk(Move.SEE_REGISTERS)
@require_POST
def end(request: HttpRequest, desk: Desk, pk: int) -> HttpResponse:
    """End an interest of one's own."""
    try:
        row = interests.end(pk, who=desk.actor)
    except GuomenError as error:
        messages.error(request, refusals.said(error))
    else:
        messages.success(
            request, gettext("Ended; it still binds you until %(day)s.") % {"day": row.ends}
        )
    return redirect("officer:interests")
