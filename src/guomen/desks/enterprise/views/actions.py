"""What an enterprise does about its own lines: lodge, fill in, amend, take back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from guomen.core.errors import GuomenError
from guomen.core.text import Text
from guomen.desks.components import jobs, tones
from guomen.desks.components.consignments import acting, changes, lodging, refusals, uploads
from guomen.desks.components.consignments.changes import LineActionForm
from guomen.desks.components.consignments.paper import Paper
from guomen.desks.components.tones import Words
from guomen.desks.enterprise.access import Desk, at_desk
from guomen.desks.enterprise.views.jobs import reader
from guomen.journeys import records
from guomen.journeys.access import precheck
from guomen.journeys.clearance import Lodgement
from guomen.journeys.clearance.lodging import IntakeRefusedError
from guomen.journeys.jobs.kinds import DECLARATIONS
from guomen.supervision.declarations.lifecycle import LINE, OPEN, LineMove, LineState
from guomen.supervision.declarations.models import Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One kind of action of a trader: where the line must stand, its words, its form."""

    stands: tuple[LineState, ...]
    title: Words
    says: Words
    button: Words
    form: Callable[..., LineActionForm]
    carry_out: Callable[[Any, Line, Lodgement], str]
    danger: bool = False


ACTIONS: Mapping[str, Action] = MappingProxyType(
    {
        "supply": Action(
            stands=(LineState.HELD,),
            title=gettext_lazy("Fill in what %(line)s lacks"),
            says=gettext_lazy("The line is decided again at once with what you fill in."),
            button=gettext_lazy("Fill in and decide again"),
            form=changes.SupplyForm,
            carry_out=acting.supply,
        ),
        "amend": Action(
            stands=OPEN,
            title=gettext_lazy("Amend %(line)s"),
            says=gettext_lazy(
                "The line is decided again. Its draw stays, the chance can only grow, and a check "
                "that was announced stays announced."
            ),
            button=gettext_lazy("Amend and decide again"),
            form=changes.AmendForm,
            carry_out=acting.amend,
        ),
        "withdraw": Action(
            stands=tuple(s for s in OPEN if (s, LineMove.WITHDRAW) in LINE.moves),
            title=gettext_lazy("Take %(line)s back"),
            says=gettext_lazy("A line that was taken back is closed; new goods are a new line."),
            button=gettext_lazy("Take the line back"),
            form=changes.WithdrawForm,
            carry_out=acting.withdraw,
            danger=True,
        ),
    }
)


def open_for(line: Line) -> list[str]:
    """Return the actions that are open to the enterprise on a line and make sense there."""
    state = LineState(line.state)
    open_moves = [name for name, action in ACTIONS.items() if state in action.stands]
    if "supply" in open_moves and not changes.missing_columns(line):
        open_moves.remove("supply")
    return open_moves


@at_desk
@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, desk: Desk, reference: str, number: int, move: str) -> HttpResponse:
    """Show the form of an action, or carry it out."""
    if move not in ACTIONS:
        raise Http404
    line = desk.line(reference, number)
    action = ACTIONS[move]
    data = request.POST if request.method == "POST" else None
    form = action.form(data, line=line)
    closed = LineState(line.state) not in action.stands
    if data is not None and not closed and form.is_valid():
        try:
            said = action.carry_out(form, line, desk.how)
        except GuomenError as error:
            refusals.put_back(form, error)
        else:
            messages.success(request, said)
            answer = redirect("enterprise:consignment", reference=reference)
            answer["Location"] += f"#line-{number}"
            return answer
    context = {
        "form": form,
        "line": line,
        "action": action,
        "title": action.title % {"line": line.reference},
        "closed": closed,
        "name": records.goods_named({line.hs_code or ""}).get(line.hs_code or ""),
    }
    return render(request, "enterprise/action.html", context, status=422 if data else 200)


@at_desk
@require_http_methods(["GET", "POST"])
def lodge(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Show the paper, or take it, for the own enterprise."""
    if request.method == "POST" and request.POST.get("do") == "check":
        return _check(request, desk)
    step = lodging.step(request, desk.how, own=desk.number)
    if step.lodged:
        messages.success(request, lodging.said(step.lodged))
        return redirect("enterprise:consignment", reference=step.lodged.declarations[0])
    name = tones.said(Text(zh=desk.enterprise.name_zh, en=desk.enterprise.name_en))
    context = {"paper": step.paper, "own_name": name}
    return render(request, "enterprise/lodge.html", context, status=422 if step.refused else 200)


def _check(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Ask every rule about what is on the paper, without lodging it."""
    paper = Paper(request.POST, own=desk.number)
    answered = None
    try:
        answered = precheck.check(paper.rows(), at=desk.now, agency=desk.enterprise.agency.code)
    except IntakeRefusedError as error:
        paper.put_back(error.problems)
    name = tones.said(Text(zh=desk.enterprise.name_zh, en=desk.enterprise.name_en))
    context = {"paper": paper, "own_name": name, "answered": answered}
    return render(request, "enterprise/lodge.html", context, status=200 if answered else 422)


@at_desk
@require_http_methods(["GET", "POST"])
def send_file(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Show where a file is sent, or take one, for the own enterprise."""
    own = {desk.enterprise.reference, desk.number}
    form, number = uploads.step(request, desk.how, only_for=own)
    if number:
        return redirect("enterprise:job", number=number)
    sent = jobs.shown(reader(desk), DECLARATIONS)
    context = {"form": form, "jobs": sent, "columns": uploads.COLUMNS}
    return render(request, "enterprise/file.html", context, status=422 if form.errors else 200)
