"""What other departments sent: files taken in, reconciled, open rows settled."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from guomen.core.errors import GuomenError
from guomen.core.text import Text
from guomen.desks.components import listing, tones
from guomen.desks.components.standing import refusals
from guomen.desks.officer.access import Desk, at_desk
from guomen.desks.officer.permissions import Move
from guomen.desks.officer.standing.views import ROOM, path_of
from guomen.journeys import files
from guomen.journeys.standing import acting, partners, previewing
from guomen.supervision.agencies.models import Agency
from guomen.supervision.credit.lifecycle import ROW_NAMES, RowOutcome
from guomen.supervision.credit.models import PartnerDraft, PartnerFile, PartnerRow


def _senders() -> list[tuple[str, Any]]:
    rows = Agency.objects.filter(code__in=partners.SOURCES)
    named = [(a.code, tones.said(Text(zh=a.name_zh, en=a.name_en))) for a in rows]
    return [("", gettext("Choose")), *named]


class TakeInForm(forms.Form):
    """One file of a department."""

    title = ""
    agency = forms.ChoiceField(label=gettext_lazy("Department"), choices=_senders)
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy(
            "CSV or XLSX with the columns reference, enterprise, name, item, happened_on, evidence."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.xlsx"}),
    )


def own_sender(desk: Desk) -> str | None:
    """Return the department of the officer, if it is one: it sends for itself only."""
    code = desk.officer.agency.code
    return code if code in partners.SOURCES else None


def visible(desk: Desk, model: type[PartnerFile] | type[PartnerDraft] = PartnerFile) -> Any:
    """Return what the officer sees of what departments sent."""
    rows = model._default_manager.select_related("agency")
    own = own_sender(desk)
    if own is not None:
        return rows.filter(agency__code=own)
    return rows if desk.officer.agency.kind in acting.BUREAU_KINDS else rows.none()


@at_desk(Move.SEE_STANDING)
@require_safe
def received(request: HttpRequest, desk: Desk) -> HttpResponse:
    """List the files that departments sent, and what became of their rows."""
    page = listing.page_of(request, visible(desk))
    keys = [file.pk for file in page.object_list]
    counts: dict[int, dict[str, int]] = {}
    rows = PartnerRow.objects.filter(file__in=keys).order_by().values_list("file_id", "outcome")
    for key, outcome in rows:
        found = counts.setdefault(key, {})
        found[outcome] = found.get(outcome, 0) + 1
    waiting = sum(n.get(o.value, 0) for n in counts.values() for o in partners.OPEN_OUTCOMES)
    context = {
        "rooms": ROOM,
        "page": page,
        "rows": [(file, _counted(counts.get(file.pk, {}))) for file in page.object_list],
        "may": Move.TAKE_IN in desk.moves,
        "drafts": _drafts(desk),
        "title": ngettext(
            "%(n)d row of other departments waits for a look",
            "%(n)d rows of other departments wait for a look",
            waiting,
        )
        % {"n": waiting},
    }
    return render(request, "officer/standing/partners.html", context)


def _drafts(desk: Desk) -> list[PartnerDraft]:
    """Return the files that were looked at and not taken in yet, for who may take them in."""
    if Move.TAKE_IN not in desk.moves:
        return []
    return list(visible(desk, PartnerDraft).defer("rows", "seen")[:20])


def _counted(found: dict[str, int]) -> list[tuple[str, int]]:
    return [(tones.said(ROW_NAMES[o]), found[o.value]) for o in RowOutcome if found.get(o.value)]


@at_desk(Move.TAKE_IN)
@require_http_methods(["GET", "POST"])
def take_in(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Show where a file is sent, or look at one."""
    data = (request.POST, request.FILES) if request.method == "POST" else ()
    form = TakeInForm(*data)
    own = own_sender(desk)
    if own is not None:
        field: Any = form.fields["agency"]
        field.choices = [choice for choice in field.choices if choice[0] in ("", own)]
    if data and form.is_valid():
        try:
            made = _looked_at(form.cleaned_data, desk)
        except GuomenError as error:
            form.add_error("file", refusals.said(error))
        else:
            return redirect("officer:partner-seen", pk=made.pk)
    context = {"rooms": ROOM, "form": form, "columns": partners.COLUMNS}
    return render(
        request, "officer/standing/take_in.html", context, status=422 if form.errors else 200
    )


def _looked_at(given: dict[str, Any], desk: Desk) -> PartnerDraft:
    upload, code = given["file"], given["agency"]
    kind = files.kind_of(upload.name)
    with tempfile.NamedTemporaryFile(suffix=kind) as stored:
        for chunk in upload.chunks():
            stored.write(chunk)
        stored.flush()
        rows = partners.rows_of(Path(stored.name))
    sender = partners.Sender(agency=code, source=partners.SOURCES[code], name=upload.name)
    return previewing.look(rows, sender, how=desk.how)


@at_desk(Move.SEE_STANDING)
@require_safe
def partner_file(request: HttpRequest, desk: Desk, pk: int) -> HttpResponse:
    """Show what became of every row of a file."""
    file = visible(desk).filter(pk=pk).first()
    if file is None:
        raise Http404
    rows = PartnerRow.objects.filter(file=file).select_related("record__enterprise")
    wanted = request.GET.get("outcome", "")
    known = {outcome.value for outcome in RowOutcome}
    page = listing.page_of(request, rows.filter(outcome=wanted) if wanted in known else rows)
    counts = partners.reconciliation(file)
    context = {
        "rooms": ROOM,
        "file": file,
        "page": page,
        "wanted": wanted,
        "tallies": [(o.value, tones.said(ROW_NAMES[o]), counts[o.value]) for o in RowOutcome],
        "all": sum(counts.values()),
        "rows": [
            (row, tones.said(partners.WHY.get(row.why.get("code", "")))) for row in page.object_list
        ],
        "may": Move.TAKE_IN in desk.moves and own_sender(desk) is None,
        "away": any(counts[outcome.value] for outcome in previewing.REJECTED),
        "open": [o.value for o in partners.OPEN_OUTCOMES],
    }
    return render(request, "officer/standing/partner_file.html", context)


@at_desk(Move.TAKE_IN)
@require_POST
def settle(request: HttpRequest, desk: Desk, pk: int) -> HttpResponse:
    """Put an open row on the file of an enterprise, or set it aside."""
    rows = PartnerRow.objects.select_related("file").filter(file__in=visible(desk))
    row = rows.filter(pk=pk).first()
    if row is None or own_sender(desk) is not None:
        raise Http404
    reference = request.POST.get("enterprise", "").strip()
    try:
        firm = acting.enterprise_of(reference, path=path_of(desk)) if reference else None
        partners.settle(row, firm, how=desk.how)
    except GuomenError as error:
        messages.error(request, refusals.said(error))
    else:
        messages.success(request, gettext("The row is settled."))
    return redirect("officer:partner-file", pk=row.file_id)
