"""Signed messages at the desk of officers: list, see, send, download, take in."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import orjson
from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from guomen.core import canonical
from guomen.core import certificates as papers
from guomen.core.dispose import DISPOSITION_NAMES
from guomen.core.errors import GuomenError
from guomen.core.text import Text
from guomen.desks.components import listing, moments, tones
from guomen.desks.components import words as wording
from guomen.desks.components.consignments import refusals
from guomen.desks.officer.access import Desk, at_desk
from guomen.desks.officer.permissions import Move
from guomen.journeys import certification
from guomen.journeys.certification.messages import (
    CUSTOMS,
    document,
    seen_from,
    send_due,
    transfers_due,
)
from guomen.journeys.certification.receiving import MOST_BYTES
from guomen.rulebooks.obligations import OBLIGATION_NAMES
from guomen.rulebooks.places import countries
from guomen.supervision.agencies.models import Agency
from guomen.supervision.dispositions import queries
from guomen.supervision.dispositions.models import Message, TakenMessage
from guomen.supervision.parties import queries as parties

SORT_NAMES = {
    papers.CLEARANCE: Text(zh="通关通知", en="Clearance"),
    papers.TRANSFER: Text(zh="电子转单", en="Electronic transfer"),
}
FIELDS = {
    "n": Text(zh="编号", en="Number"),
    "at": Text(zh="签发时间", en="Signed at"),
    "from": Text(zh="发出机构", en="From"),
    "to": Text(zh="收件方", en="To"),
    "line": Text(zh="报检行", en="Line"),
    "direction": Text(zh="进出境", en="Direction"),
    "condition": Text(zh="通关监管条件代码", en="Condition code of customs"),
    "outcome": Text(zh="结论", en="Outcome"),
    "conditions": Text(zh="附带条件", en="Conditions"),
    "enterprise": Text(zh="企业", en="Enterprise"),
    "goods": Text(zh="货物", en="Goods"),
    "hs": Text(zh="商品编码", en="HS code"),
    "quantity": Text(zh="数量", en="Quantity"),
    "unit": Text(zh="单位", en="Unit"),
    "origin": Text(zh="原产地", en="Origin"),
    "destination": Text(zh="目的地", en="Destination"),
    "port": Text(zh="口岸", en="Port"),
    "container": Text(zh="集装箱", en="Container"),
    "seal": Text(zh="封识号", en="Seal"),
    "lot": Text(zh="批号", en="Lot"),
    "transport_document": Text(zh="运输单证", en="Transport document"),
    "certificates": Text(zh="证书编号", en="Certificates"),
}
# Codes that a message carries, in words; what is not here is shown as it was signed.
WORDS: Mapping[str, Mapping[str, Text]] = {
    "direction": {
        "import": Text(zh="进境", en="Import"),
        "export": Text(zh="出境", en="Export"),
        "transit": Text(zh="过境", en="Transit"),
    },
    "outcome": {outcome.value: words for outcome, words in DISPOSITION_NAMES.items()},
    "conditions": OBLIGATION_NAMES,
}


class TakeInForm(forms.Form):
    """The file of a message."""

    file = forms.FileField(
        label=gettext_lazy("File of the message"),
        help_text=gettext_lazy("The .json file as its sender gave it out, at most 64 KB."),
        widget=forms.ClearableFileInput(attrs={"accept": ".json,application/json"}),
    )


class SendForm(forms.Form):
    """Which line is told of, and to whom."""

    line = forms.CharField(label=gettext_lazy("Line"), help_text="DEC-2012-000123-7/1")
    to = forms.ChoiceField(
        label=gettext_lazy("To"),
        choices=lambda: [
            (CUSTOMS, gettext_lazy("Customs: clearance")),
            *((code, f"{code} {zh} {en}") for code, zh, en in _offices()),
        ],
    )


def _offices() -> Any:
    return Agency.objects.order_by("code").values_list("code", "name_zh", "name_en")


def _sent(desk: Desk) -> Any:
    return seen_from(desk.scope.path)


def _received(desk: Desk) -> Any:
    return queries.taken_messages(path=desk.scope.path)


def _listed(request: HttpRequest, desk: Desk, rows: Any, *, received: bool) -> HttpResponse:
    page = listing.page_of(request, rows)
    due = [] if received else transfers_due(desk.scope.path)
    others = {row.sender if received else row.recipient for row in page.object_list}
    context = {
        "page": page,
        "received": received,
        "sorts": SORT_NAMES,
        "can_receive": Move.RECEIVE in desk.moves,
        "can_send": Move.CERTIFY in desk.moves,
        "due": due,
        "offices": _office_names({*others, *(one.to for one in due)}),
    }
    return render(request, "officer/dispositions/messages.html", context)


@at_desk(Move.SEE)
@require_safe
def listed(request: HttpRequest, desk: Desk) -> HttpResponse:
    """List what the offices of the subtree sent, and what is addressed to them."""
    return _listed(request, desk, _sent(desk), received=False)


@at_desk(Move.SEE)
@require_safe
def received(request: HttpRequest, desk: Desk) -> HttpResponse:
    """List what the offices of the subtree took in."""
    return _listed(request, desk, _received(desk), received=True)


def _shown(request: HttpRequest, row: Any, *, received: bool) -> HttpResponse:
    said = canonical.loads(row.text)
    named = _named(said)
    context = {
        "message": row,
        "received": received,
        "sort": SORT_NAMES[row.sort],
        "points": [
            (name, _worded(key, said[key]), named.get(key))
            for key, name in FIELDS.items()
            if key in said
        ],
    }
    return render(request, "officer/dispositions/message.html", context)


def _named(said: Mapping[str, Any]) -> dict[str, str]:
    """Return the names, in the reader's language, of what a message says by a code."""
    offices = _office_names({said.get("from"), said.get("to")})
    tables: dict[str, Mapping[Any, Any]] = {
        "from": offices,
        "to": offices | {CUSTOMS: gettext("Customs")},
        "enterprise": _pairs(parties.names_of({said.get("enterprise") or ""})),
        "hs": parties.commodity_names({said.get("hs") or ""}),
        "unit": wording.UNITS,
        "origin": countries(),
        "destination": countries(),
        "port": _pairs(parties.places_named({said.get("port") or ""})),
    }
    return {
        key: tones.said(table[said[key]]) for key, table in tables.items() if said.get(key) in table
    }


def _office_names(codes: Collection[str | None]) -> dict[str, Text]:
    rows = Agency.objects.filter(code__in=[code for code in codes if code])
    return _pairs({code: (zh, en) for code, zh, en in rows.values_list("code", *_NAMES)})


_NAMES = ("name_zh", "name_en")


def _pairs(names: Mapping[str, tuple[str, str]]) -> dict[str, Text]:
    return {code: Text(zh=zh, en=en or zh) for code, (zh, en) in names.items()}


def _worded(key: str, value: Any) -> Any:
    if key == "at":
        return moments.exact(datetime.fromisoformat(value))
    words = WORDS.get(key)
    if isinstance(value, list):
        return [tones.said(words[one]) if words and one in words else str(one) for one in value]
    return words.get(str(value), value) if words else value


def _one_or_404(rows: Any, **names: Any) -> Any:
    found = rows.filter(**names).first()
    if found is None:
        raise Http404
    return found


@at_desk(Move.SEE)
@require_safe
def one(request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
    """Show a message that was sent."""
    return _shown(request, _one_or_404(_sent(desk), number=number), received=False)


@at_desk(Move.SEE)
@require_safe
def one_received(request: HttpRequest, desk: Desk, pk: int) -> HttpResponse:
    """Show a message that was taken in."""
    return _shown(request, _one_or_404(_received(desk), pk=pk), received=True)


@at_desk(Move.SEE)
@require_safe
def download(request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
    """Send a message as a file, as it was signed."""
    return _as_file(_one_or_404(_sent(desk), number=number))


@at_desk(Move.SEE)
@require_safe
def download_received(request: HttpRequest, desk: Desk, pk: int) -> HttpResponse:
    """Send a message that was taken in as a file, as its sender signed it."""
    return _as_file(_one_or_404(_received(desk), pk=pk))


def _as_file(row: Message | TakenMessage) -> HttpResponse:
    answer = HttpResponse(orjson.dumps(document(row)), content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="{row.number}.json"'
    return answer


def _formed(
    request: HttpRequest, form: forms.Form, *, title: Any, lede: Any, action: Any
) -> HttpResponse:
    context = {"form": form, "title": title, "lede": lede, "action": action}
    status = 422 if form.is_bound else 200
    return render(request, "officer/dispositions/message_form.html", context, status=status)


@at_desk(Move.RECEIVE)
@require_http_methods(["GET", "HEAD", "POST"])
def take_in(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Take in the file of a message that came from another office."""
    data = (request.POST, request.FILES) if request.method == "POST" else ()
    form = TakeInForm(*data)
    if data and form.is_valid():
        content = form.cleaned_data["file"].read(MOST_BYTES + 1)
        try:
            row = certification.take_in(content, path=desk.officer.agency.path, how=desk.how)
        except GuomenError as error:
            form.add_error("file", refusals.said(error))
        else:
            messages.success(request, gettext("The signature holds; the message is taken in."))
            return redirect("officer:message-received", pk=row.pk)
    return _formed(
        request,
        form,
        title=gettext("Take in a message"),
        lede=gettext(
            "Signature, key, form and address are checked first. What comes twice is kept once."
        ),
        action=gettext("Check and take in"),
    )


@at_desk(Move.CERTIFY)
@require_POST
def send_waiting(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Sign every transfer that the offices of the subtree have still to send."""
    try:
        made = send_due(desk.scope.path, how=desk.how)
    except GuomenError as error:
        messages.error(request, refusals.said(error))
    else:
        messages.success(
            request,
            ngettext(
                "{n} transfer is signed; hand its file to the port.",
                "{n} transfers are signed; hand their files to the port.",
                len(made),
            ).format(n=len(made)),
        )
    return redirect("officer:messages")


@at_desk(Move.CERTIFY)
@require_http_methods(["GET", "HEAD", "POST"])
def send(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Sign a message on a line of the agency's subtree."""
    posted = request.method == "POST"
    form = SendForm(request.POST if posted else None, initial={"line": request.GET.get("line")})
    if posted and form.is_valid():
        line, to = form.cleaned_data["line"], form.cleaned_data["to"]
        if not desk.scope.lines().filter(reference=line).exists():
            form.add_error("line", gettext("There is no such line in your agency."))
        else:
            try:
                row = _made(line, to, desk)
            except GuomenError as error:
                refusals.put_back(form, error)
            else:
                return redirect("officer:message", number=row.number)
    return _formed(
        request,
        form,
        title=gettext("Send a message"),
        lede=gettext("It says what is on record of goods that were let go, and is signed."),
        action=gettext("Sign the message"),
    )


def _made(line: str, to: str, desk: Desk) -> Any:
    if to == CUSTOMS:
        (row,) = certification.clear([line], how=desk.how)
    else:
        (row,) = certification.transfer([line], to=to, how=desk.how)
    return row
