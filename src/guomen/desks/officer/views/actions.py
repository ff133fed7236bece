"""
What an officer does to a line: a page with a form for each, one journey call for each POST.

A form knows which version of the line its reader saw: whoever comes second is told, and so is
whoever sends the same form twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from guomen.core.errors import GuomenError
from guomen.desks.components.consignments import acting, refusals
from guomen.desks.components.consignments.changes import (
    AmendForm,
    LineActionForm,
    SupplyForm,
    WithdrawForm,
)
from guomen.desks.components.tones import Words
from guomen.desks.officer.access import Desk, at_desk
from guomen.desks.officer.forms import RaiseForm, RecordForm, SettleForm
from guomen.desks.officer.permissions import Move
from guomen.journeys import clearance, records
from guomen.journeys.clearance import Lodgement
from guomen.supervision.declarations.models import Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One kind of action: its words, its form, and the journey that carries it out."""

    title: Words
    says: Words
    button: Words
    form: Callable[..., LineActionForm]
    carry_out: Callable[[Any, Line, Lodgement], str]
    danger: bool = False


def _raise(form: RaiseForm, line: Line, how: Lodgement) -> str:
    version = form.cleaned_data["version"]
    clearance.override(line.reference, form.wish(), how=how, version=version)
    return gettext("Your decision stands and is on record.")


def _settle(form: SettleForm, line: Line, how: Lodgement) -> str:
    version = form.cleaned_data["version"]
    clearance.override(line.reference, form.wish(), how=how, version=version)
    return gettext(
        "Proposed. A second person must approve it; until then the line stands as it was."
    )


def _record(form: RecordForm, line: Line, how: Lodgement) -> str:
    clearance.record_outcome(form.result(), at=how.at, by=how.by)
    return gettext("The result of %(line)s is on record.") % {"line": line.reference}


ACTIONS: Mapping[Move, Action] = MappingProxyType(
    {
        Move.SUPPLY: Action(
            title=gettext_lazy("Fill in what %(line)s lacks"),
            says=gettext_lazy("The line is decided again at once with what you fill in."),
            button=gettext_lazy("Fill in and decide again"),
            form=SupplyForm,
            carry_out=acting.supply,
        ),
        Move.AMEND: Action(
            title=gettext_lazy("Amend %(line)s"),
            says=gettext_lazy(
                "The line is decided again. Its draw stays, the chance can only grow, and a check "
                "that was announced stays announced."
            ),
            button=gettext_lazy("Amend and decide again"),
            form=AmendForm,
            carry_out=acting.amend,
        ),
        Move.WITHDRAW: Action(
            title=gettext_lazy("Take %(line)s back"),
            says=gettext_lazy("A line that was taken back is closed; new goods are a new line."),
            button=gettext_lazy("Take the line back"),
            form=WithdrawForm,
            carry_out=acting.withdraw,
            danger=True,
        ),
        Move.RAISE: Action(
            title=gettext_lazy("Ask for more on %(line)s"),
            says=gettext_lazy(
                "More severity than the ruling needs a reason and takes effect at once. It is "
                "recorded as your own decision."
            ),
            button=gettext_lazy("Decide"),
            form=RaiseForm,
            carry_out=_raise,
        ),
        Move.SETTLE: Action(
            title=gettext_lazy("Settle rules on %(line)s"),
            says=gettext_lazy(
                "A rule that is settled no longer counts for this line. That takes severity away, "
                "so a second person must approve it."
            ),
            button=gettext_lazy("Propose to a second person"),
            form=SettleForm,
            carry_out=_settle,
        ),
        Move.RECORD: Action(
            title=gettext_lazy("Record the result of %(line)s"),
            says=gettext_lazy(
                "Goods that conform are released. A drawn check that was not carried out is owed "
                "to the next goods of the same kind."
            ),
            button=gettext_lazy("Record the result"),
            form=RecordForm,
            carry_out=_record,
        ),
    }
)


@at_desk()
@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, desk: Desk, reference: str, number: int, move: str) -> HttpResponse:
    """Show the form of an action, or carry it out."""
    kind = next((known for known in ACTIONS if known.value == move), None)
    if kind is None:
        raise Http404
    if kind not in desk.moves:
        raise PermissionDenied
    line = desk.line(reference, number)
    action = ACTIONS[kind]
    data = request.POST if request.method == "POST" else None
    form = action.form(data, line=line)
    closed = not desk.may(kind, line)
    if data is not None and not closed and form.is_valid():
        try:
            said = action.carry_out(form, line, desk.how)
        except GuomenError as error:
            refusals.put_back(form, error)
        else:
            messages.success(request, said)
            return to_line(line)
    context = {
        "form": form,
        "line": line,
        "action": action,
        "title": action.title % {"line": line.reference},
        "closed": closed,
        "name": records.goods_named({line.hs_code or ""}).get(line.hs_code or ""),
    }
    status = 422 if data is not None else 200
    return render(request, "officer/action.html", context, status=status)


def to_line(line: Line) -> HttpResponse:
    """Lead back to a line on the page of its declaration."""
    answer = redirect("officer:declaration", reference=line.declaration.reference)
    answer["Location"] += f"#line-{line.number}"
    return answer


@at_desk(Move.REDECIDE)
@require_POST
def redecide(request: HttpRequest, desk: Desk, reference: str, number: int) -> HttpResponse:
    """Ask the registers again and rule again."""
    line = desk.line(reference, number)
    try:
        (made,) = clearance.redecide([line.reference], how=desk.how)
    except GuomenError as error:
        messages.error(request, refusals.said(error))
    else:
        messages.success(request, acting.ruled_again(made))
    return to_line(line)


@at_desk(Move.REPLAY)
@require_POST
def replay(request: HttpRequest, desk: Desk, reference: str, number: int) -> HttpResponse:
    """Derive every ruling on a line again and say whether it comes out the same."""
    line = desk.line(reference, number)
    found = records.derive_again(line)
    if found.holds:
        said = ngettext(
            "%(n)d ruling on %(line)s was derived again and came out equal, byte for byte.",
            "%(n)d rulings on %(line)s were derived again and came out equal, byte for byte.",
            found.equal,
        )
        messages.success(request, said % {"n": found.equal, "line": line.reference})
    else:
        entries = ", ".join(str(one.seq) for one in found.different)
        said = gettext(
            "Derived again, a ruling on %(line)s comes out differently: entries %(entries)s. "
            "Report this; the stored ruling stands until it is cleared up."
        )
        messages.error(request, said % {"line": line.reference, "entries": entries})
    return to_line(line)


@at_desk(Move.APPROVE)
@require_POST
def decide(request: HttpRequest, desk: Desk, pk: int) -> HttpResponse:
    """Approve or refuse an override as the second person."""
    override = records.override_of(desk.scope, pk)
    if override is None or request.POST.get("answer") not in ("approve", "refuse"):
        raise Http404
    approve = request.POST["answer"] == "approve"
    # A request without the version that its sender saw decides nothing.
    seen = request.POST.get("version", "")
    version = int(seen) if seen.isdecimal() else 0
    try:
        clearance.decide_override(pk, approve=approve, how=desk.how, version=version)
    except GuomenError as error:
        messages.error(request, refusals.said(error))
    else:
        messages.success(
            request,
            gettext("Approved; the line was decided again.")
            if approve
            else gettext("Refused; the line stands as it was."),
        )
    return to_line(override.line)
