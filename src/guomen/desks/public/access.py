"""The public pages of access: what goods need, how an enterprise stands, who was excluded."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from guomen.core.errors import GuomenError
from guomen.desks.components import clock, listing, tones, words
from guomen.desks.components.access.forms import SeenField
from guomen.desks.components.consignments import refusals
from guomen.journeys.access import needs, rooms, signing
from guomen.journeys.access.actors import Actor
from guomen.supervision.agencies.models import Agency, AgencyKind
from guomen.supervision.parties.models import Commodity, Port

_CODE = {"class": "mono", "autocomplete": "off", "spellcheck": "false"}


def _today() -> date:
    return clock.now().astimezone(ZoneInfo(settings.TIME_ZONE)).date()


def _country(label: Any, hint: Any) -> forms.RegexField:
    return forms.RegexField(
        label=label,
        regex=r"^[A-Za-z]{2}$",
        required=False,
        help_text=hint,
        widget=forms.TextInput(attrs=_CODE | {"maxlength": "2"}),
        error_messages={"invalid": gettext_lazy("Two letters, as AU or MO")},
    )


class NeedsForm(forms.Form):
    """Goods that somebody thinks of."""

    direction = forms.ChoiceField(
        label=gettext_lazy("Direction"), choices=list(words.DIRECTIONS.items())
    )
    hs_code = forms.RegexField(
        label=gettext_lazy("Goods"),
        regex=r"^[0-9]{10}$",
        help_text=gettext_lazy("ten digits, or choose from the list"),
        widget=forms.TextInput(attrs=_CODE | {"list": "goods", "maxlength": "10"}),
        error_messages={"invalid": gettext_lazy("Ten digits; choose from the list")},
    )
    origin = _country(gettext_lazy("Origin"), gettext_lazy("two letters, as AU"))
    destination = _country(gettext_lazy("Destination"), gettext_lazy("two letters, as MO"))
    transit_via = forms.RegexField(
        label=gettext_lazy("Transhipped in"),
        regex=r"^([A-Za-z]{2}|NONE)$",
        required=False,
        help_text=gettext_lazy("two letters; NONE if not"),
        widget=forms.TextInput(attrs=_CODE | {"maxlength": "4"}),
    )
    port = forms.ChoiceField(label=gettext_lazy("Port"), required=False)
    enterprise = forms.CharField(
        label=gettext_lazy("Enterprise, if you want to know what it holds"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("credit code or whole name"),
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        """Offer the ports of the register."""
        super().__init__(*args, **more)
        rows = Port.objects.exclude(agency=None)
        self.fields["port"].choices = [  # type: ignore[attr-defined]
            ("", gettext_lazy("not said")),
            *((p.unlocode, f"{p.unlocode} {_name(p)}") for p in rows),
        ]

    def question(self) -> needs.Question:
        """Return what is asked."""
        given = self.cleaned_data
        return needs.Question(
            direction=given["direction"],
            hs_code=given["hs_code"],
            origin=given["origin"].upper(),
            destination=given["destination"].upper(),
            transit_via=given["transit_via"].upper(),
            port=given["port"],
        )


def _name(row: Any) -> str:
    return str(row.name_zh if tones.in_chinese() else row.name_en)


@require_safe
def what_is_needed(request: HttpRequest) -> HttpResponse:
    """Answer what goods need, without signing in."""
    on, now = _today(), clock.now()
    asked = bool(request.GET.get("hs_code"))
    form = NeedsForm(request.GET if asked else None, initial={"direction": "import"})
    told = status = None
    if asked and form.is_valid():
        number = form.cleaned_data["enterprise"]
        status = needs.published(number, on=on, known=now) if number else None
        if number and status is None:
            form.add_error("enterprise", gettext("No enterprise has this number or name."))
        told = needs.ask(
            form.question(),
            on=on,
            known=now,
            enterprise=status.enterprise if status else None,
        )
    goods = Commodity.objects.as_of(on, known=now).values_list("hs_code", "name_zh", "name_en")
    context = {
        "form": form,
        "told": told,
        "today": on,
        "goods": [(code, zh if tones.in_chinese() else en) for code, zh, en in goods],
    }
    return render(request, "public/needs.html", context, status=422 if form.errors else 200)


@require_safe
def status(request: HttpRequest) -> HttpResponse:
    """Say how an enterprise stands, as far as that is published."""
    number = request.GET.get("number", "").strip()[:120]
    on, now = _today(), clock.now()
    found = needs.published(number, on=on, known=now) if number else None
    context = {"number": number, "found": found, "today": on}
    return render(request, "public/status.html", context)


@require_safe
def exits(request: HttpRequest) -> HttpResponse:
    """List who was suspended, revoked or forced out."""
    on = _today()
    page = listing.page_of(request, rooms.Bounded(needs.exits(on=on, known=clock.now())))
    context = {"page": page, "listed": [needs.listed(term) for term in page], "today": on}
    return render(request, "public/exits.html", context)


class SignUpForm(forms.Form):
    """Who asks for an account, for which enterprise."""

    uscc = SeenField(
        label=gettext_lazy("Unified social credit code"),
        max_length=18,
        widget=forms.TextInput(attrs=_CODE),
    )
    name_zh = SeenField(label=gettext_lazy("Name of the enterprise"), max_length=120)
    place_zh = SeenField(label=gettext_lazy("Address"), max_length=120, required=False)
    person = SeenField(label=gettext_lazy("Your name"), max_length=60)
    phone = SeenField(label=gettext_lazy("Telephone"), max_length=30)
    username = forms.RegexField(
        label=gettext_lazy("User name"),
        regex=r"^[\w.@+-]{4,60}$",
        widget=forms.TextInput(attrs={"autocomplete": "username"}),
        error_messages={"invalid": gettext_lazy("Four characters or more: letters, digits, . - _")},
    )
    password = forms.CharField(
        label=gettext_lazy("Password"),
        max_length=200,
        help_text=gettext_lazy("twelve characters or more"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


@require_http_methods(["GET", "POST"])
def sign_up(request: HttpRequest) -> HttpResponse:
    """Take the request of a person who wants to act for an enterprise."""
    data = request.POST if request.method == "POST" else None
    form = SignUpForm(data)
    bureau = Agency.objects.filter(kind=AgencyKind.REGIONAL).order_by("path").first()
    if data is not None and bureau is not None and form.is_valid():
        who = Actor(by="PUBLIC", at=clock.now())
        try:
            made = signing.ask(signing.Asked(**form.cleaned_data), agency=bureau.code, who=who)
        except GuomenError as error:
            field = str(error.data.get("field", ""))
            form.add_error(field if field in form.fields else None, refusals.said(error))
        else:
            return render(request, "public/signed_up.html", {"made": made})
    return render(request, "public/sign_up.html", {"form": form}, status=422 if data else 200)
