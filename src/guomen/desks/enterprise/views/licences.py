"""An enterprise's own licences: what it holds, applies for, is told, and may say against."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from guomen.core.errors import GuomenError
from guomen.desks.components import listing, numbers
from guomen.desks.components.access import looks
from guomen.desks.components.access.forms import SeenField
from guomen.desks.components.consignments import refusals
from guomen.desks.components.tones import Words
from guomen.desks.enterprise.access import Desk, at_desk
from guomen.journeys.access import appealing, applying, dossiers, noticing, rooms
from guomen.journeys.access.rooms import Reach
from guomen.rulebooks import licensing
from guomen.supervision.licences.lifecycle import LICENCE, LicenceMove, LicenceState
from guomen.supervision.licences.models import (
    HolderNotice,
    Licence,
    LicenceAct,
    LicenceKind,
    NoticeKind,
)
from guomen.supervision.parties.models import Site

_CODE = {"class": "mono", "autocomplete": "off", "spellcheck": "false"}


def _reach(desk: Desk) -> Reach:
    return Reach(path="", on=desk.actor.day, known=desk.now)


@at_desk
@require_safe
def licences(request: HttpRequest, desk: Desk) -> HttpResponse:
    """List what the enterprise holds and what it was told."""
    held = dossiers.of_enterprise(desk.enterprise, _reach(desk))
    notices = HolderNotice.objects.filter(enterprise=desk.enterprise)
    unread = notices.filter(read_at__isnull=True).count()
    said = ngettext("%(n)d notice is unread", "%(n)d notices are unread", unread) % {"n": unread}
    context = {
        "desk": desk,
        "held": held,
        "page": listing.page_of(request, notices),
        "title": said if unread else gettext("My licences and filings"),
    }
    return render(request, "enterprise/licences.html", context)


def own(desk: Desk, number: str) -> Licence:
    """
    Return a licence of the own enterprise or of one of its sites.

    :raises Http404: if there is none; a foreign one is not told from one that does not exist
    """
    rows = dossiers.own_licences(desk.enterprise).select_related(
        "enterprise", "site__enterprise", "agency"
    )
    found = rows.filter(number=number).first()
    if found is None:
        raise Http404
    return found


@at_desk
@require_safe
def licence(request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
    """Show one licence: how it stands, what may be done, what was decided and why."""
    found = own(desk, number)
    file = dossiers.file_of(found, _reach(desk))
    missing = licensing.documents_missing(found.kind, found.documents)
    asked = applying.renewal_open(found, begins=file.term.begins, who=desk.actor)
    context = {
        "desk": desk,
        "file": file,
        "acts": [(act, _appealable(act, desk)) for act in file.acts if act.approved],
        "missing": missing,
        "review": applying.planned_review(found),
        "can": {
            "complete": file.stands == LicenceState.DOCUMENTS_DUE,
            "withdraw": (LicenceState(file.term.state), LicenceMove.WITHDRAW) in LICENCE.moves,
            "renew": file.stands in (LicenceState.GRANTED, LicenceState.LAPSED, rooms.EXPIRED)
            and file.term.ends is not None
            and not asked,
        },
        "asked": asked,
    }
    return render(request, "enterprise/licence.html", context)


def _appealable(act: LicenceAct, desk: Desk) -> bool:
    return (
        act.move in licensing.APPEALS
        and act.decided_at is not None
        and desk.now <= noticing.appeal_until(act.decided_at, act.on)
        and not hasattr(act, "appeal")
    )


@at_desk
@require_POST
def act(request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
    """Do what the holder may do about one licence."""
    found = own(desk, number)
    asked = request.POST.get("do", "")
    if asked not in _ACTS:
        raise Http404
    try:
        messages.success(request, _ACTS[asked](found, request, desk))
    except GuomenError as error:
        messages.error(request, refusals.said(error))
    return redirect("enterprise:licence", number=number)


def _complete(found: Licence, request: HttpRequest, desk: Desk) -> str:
    applying.complete(found, request.POST.getlist("documents"), who=desk.actor)
    return gettext("The documents are handed in.")


def _withdraw(found: Licence, request: HttpRequest, desk: Desk) -> str:
    applying.withdraw(found, who=desk.actor)
    return gettext("The application is taken back.")


def _renew(found: Licence, request: HttpRequest, desk: Desk) -> str:
    applying.ask_renewal(found, who=desk.actor)
    return gettext("Renewal is asked for.")


def _of(found: Licence, request: HttpRequest) -> int:
    """
    Return the act that a form names, if it is one of this licence.

    :raises Http404: if it is not
    """
    asked = numbers.key_of(request.POST.get("act", ""))
    if asked is None or not LicenceAct.objects.filter(pk=asked, licence=found).exists():
        raise Http404
    return asked


def _state(found: Licence, request: HttpRequest, desk: Desk) -> str:
    appealing.state_case(_of(found, request), request.POST.get("text", ""), who=desk.actor)
    return gettext("Your statement is on file; whoever decides reads it.")


def _appeal(found: Licence, request: HttpRequest, desk: Desk) -> str:
    text = request.POST.get("text", "")
    appealing.file(_of(found, request), desk.enterprise, text, who=desk.actor)
    return gettext("Your appeal is filed.")


def _withdraw_appeal(found: Licence, request: HttpRequest, desk: Desk) -> str:
    act_ = LicenceAct.objects.select_related("appeal").get(pk=_of(found, request))
    if not hasattr(act_, "appeal"):
        raise Http404
    appealing.withdraw(act_.appeal.pk, who=desk.actor)
    return gettext("Your appeal is taken back.")


_ACTS = {
    "complete": _complete,
    "withdraw": _withdraw,
    "renew": _renew,
    "state": _state,
    "appeal": _appeal,
    "withdraw-appeal": _withdraw_appeal,
}


class ApplyForm(forms.Form):
    """An application for a licence."""

    kind = forms.ChoiceField(label=gettext_lazy("What you apply for"))
    site = forms.ChoiceField(
        label=gettext_lazy("For which site"),
        required=False,
        help_text=gettext_lazy("bases, farms, plants and cold stores are filed site by site"),
    )
    hs_prefixes = SeenField(
        label=gettext_lazy("Goods: beginnings of HS codes, parted by spaces"),
        max_length=400,
        widget=forms.TextInput(attrs=_CODE),
        help_text="0704 0709",
    )
    origins = SeenField(
        label=gettext_lazy("Origins: two letters each, parted by spaces"),
        max_length=400,
        required=False,
        widget=forms.TextInput(attrs=_CODE),
        help_text=gettext_lazy("empty for every origin"),
    )
    documents = forms.MultipleChoiceField(
        label=gettext_lazy("Documents that you hand in"),
        choices=list(looks.WORDS["document"].items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, desk: Desk, **more: Any) -> None:
        """Offer what the enterprise may apply for, and its sites."""
        super().__init__(*args, **more)
        here = desk.enterprise.country == "CN"
        kinds = applying.OWN_KINDS if here else applying.ABROAD_KINDS
        choices = [("", gettext_lazy("Choose")), *((k.value, k.label) for k in kinds)]
        self.fields["kind"].choices = choices  # type: ignore[attr-defined]
        self.sites = {site.number: site for site in Site.objects.filter(enterprise=desk.enterprise)}
        self.fields["site"].choices = [  # type: ignore[attr-defined]
            ("", gettext_lazy("none")),
            *((number, f"{number} {site.name_zh}") for number, site in self.sites.items()),
        ]

    def asked(self) -> applying.Asked:
        """Return what is asked for."""
        given = self.cleaned_data
        return applying.Asked(
            kind=LicenceKind(given["kind"]),
            hs_prefixes=tuple(given["hs_prefixes"].split()),
            origins=tuple(given["origins"].upper().split()) or ("",),
            site=self.sites.get(given["site"]),
            documents=tuple(given["documents"]),
        )


@at_desk
@require_http_methods(["GET", "POST"])
def apply(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Show the application, or take it."""
    data = request.POST if request.method == "POST" else None
    form = ApplyForm(data, desk=desk, initial={"kind": request.GET.get("kind", "")})
    if data is not None and form.is_valid():
        try:
            made = applying.apply(desk.enterprise, form.asked(), who=desk.actor)
        except GuomenError as error:
            field = {"scope": "hs_prefixes"}.get(
                str(error.data.get("field")), error.data.get("field")
            )
            form.add_error(field if field in form.fields else None, refusals.said(error))
        else:
            messages.success(
                request, gettext("%(number)s: your application is in.") % {"number": made.number}
            )
            return redirect("enterprise:licence", number=made.number)
    wanted = {
        kind: [looks.WORDS["document"][d] for d in documents]
        for kind, documents in licensing.DOCUMENTS_FOR.items()
    }
    context = {"form": form, "desk": desk, "wanted": wanted}
    return render(request, "enterprise/apply.html", context, status=422 if data else 200)


@at_desk
@require_http_methods(["GET", "POST"])
def notice(request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
    """Show one notice; opening it marks it as read."""
    found = (
        HolderNotice.objects.filter(enterprise=desk.enterprise, number=number)
        .select_related("licence__agency", "act")
        .first()
    )
    if found is None:
        raise Http404
    if found.read_at is None:
        HolderNotice.objects.filter(pk=found.pk, read_at__isnull=True).update(
            read_at=desk.now, read_by=desk.key
        )
    agency = found.licence.agency if found.licence else desk.enterprise.agency
    context = {"notice": found, "desk": desk, "agency": agency, "leads": _leads(found)}
    return render(request, "enterprise/notice.html", context)


def _leads(found: HolderNotice) -> tuple[str, Words]:
    """Return where what a notice is about stands, and what that is called."""
    if found.licence is not None:
        address = reverse("enterprise:licence", args=[found.licence.number])
        return address, gettext("Open the licence")
    name, word = _PLACES[NoticeKind(found.kind)]
    return reverse(name), word


_PLACES: Mapping[NoticeKind, tuple[str, Words]] = MappingProxyType(
    {
        NoticeKind.CLASS: ("enterprise:class", gettext_lazy("Look at my class")),
        NoticeKind.FILING: ("enterprise:filings", gettext_lazy("Open filings")),
        NoticeKind.ANSWER: ("enterprise:holdings", gettext_lazy("Open my records")),
    }
)
