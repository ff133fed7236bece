"""One step of writing a paper: a line more, a line less, or handing it in."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.translation import gettext

from guomen.core.errors import GuomenError
from guomen.desks.components import numbers
from guomen.desks.components.consignments import refusals
from guomen.desks.components.consignments.paper import Paper
from guomen.journeys import clearance
from guomen.journeys.clearance import Lodged, Lodgement
from guomen.journeys.clearance.lodging import IntakeRefusedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What became of a paper: lodged, or to be shown again."""

    paper: Paper
    lodged: Lodged | None = None
    refused: bool = False


def step(request: HttpRequest, how: Lodgement, *, own: str | None = None) -> Step:
    """Take one step with a paper: an empty one at first, then what its reader asked for."""
    if request.method != "POST":
        return Step(paper=Paper(own=own))
    data = request.POST
    paper = Paper(data, own=own)
    asked = data.get("do", "lodge")
    if asked == "add":
        paper.add_line(data)
        return Step(paper=paper)
    gone = numbers.key_of(asked.removeprefix("remove-"))
    if asked.startswith("remove-") and gone is not None:
        paper.remove_line(data, gone)
        return Step(paper=paper)
    return _hand_in(paper, how)


def _hand_in(paper: Paper, how: Lodgement) -> Step:
    try:
        lodged = clearance.lodge(paper.rows(), how=how, request_key=paper.key)
    except IntakeRefusedError as error:
        paper.put_back(error.problems)
    except GuomenError as error:
        for form in paper.forms:
            form.errors.clear()
        paper.head.add_error(None, refusals.said(error))
    else:
        return Step(paper=paper, lodged=lodged)
    return Step(paper=paper, refused=True)


def said(lodged: Lodged) -> str:
    """Say what a declaration became."""
    reference = lodged.declarations[0]
    if lodged.repeated:
        return gettext("%(reference)s was lodged before with this paper; nothing was doubled.") % {
            "reference": reference
        }
    return gettext("%(reference)s was lodged and every line was decided.") % {
        "reference": reference
    }
