"""An enterprise's own class and credit: every point, what lifts and drops it, disputes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from guomen.core.credit import Level
from guomen.desks.components import numbers
from guomen.desks.components.standing import acting, contexts
from guomen.desks.components.standing.acting import Action, Place, worded
from guomen.desks.enterprise.access import Desk, at_desk
from guomen.journeys.consignments import ZONE
from guomen.journeys.standing import blacklisting, crediting, merits, reading
from guomen.supervision.credit.lifecycle import BlacklistState
from guomen.supervision.credit.models import BlacklistEntry, CreditRecord
from guomen.supervision.credit.models import Dispute as DisputeRow
from guomen.supervision.parties.models import Enterprise


def _dispute(form: Any, subject: CreditRecord, how: Any) -> Any:
    text = form.cleaned_data["text"]
    found = crediting.dispute(subject, grounds=text, how=how, enterprise=subject.enterprise)
    return gettext_lazy("Disputed. You are answered by %(day)s at the latest.") % {
        "day": f"{found.due_at.astimezone(ZoneInfo(ZONE)):%Y-%m-%d}"
    }


def _take_back(form: Any, subject: DisputeRow, how: Any) -> Any:
    del form
    crediting.take_back(subject, how=how, enterprise=subject.record.enterprise)
    return gettext_lazy("The dispute is taken back; the record counts again.")


def _apply(form: Any, subject: Enterprise, how: Any) -> Any:
    merits.apply(subject, evidence=form.cleaned_data["text"], how=how)
    return gettext_lazy("Your application is lodged; the bureau decides on it.")


def _entry(act: Callable[..., BlacklistEntry]) -> Callable[[Any, Any, Any], Any]:
    def carry_out(form: Any, subject: BlacklistEntry, how: Any) -> Any:
        act(subject.number, form.cleaned_data["text"], how=how, enterprise=subject.enterprise)
        return gettext_lazy("Lodged; you find it on this page.")

    return carry_out


ACTIONS: Mapping[tuple[str, str], Action] = MappingProxyType(
    {
        ("record", "dispute"): Action(
            title=gettext_lazy("Dispute a record"),
            says=gettext_lazy(
                "You are answered within 20 days by somebody who did not make the record. "
                "Ordinary points wait meanwhile; a grave act goes on counting."
            ),
            button=gettext_lazy("Dispute"),
            carry_out=_dispute,
            form=worded(gettext_lazy("What is wrong with it, and how you can show it")),
        ),
        ("dispute", "take_back"): Action(
            title=gettext_lazy("Take a dispute back"),
            says=gettext_lazy("The record counts again at once."),
            button=gettext_lazy("Take back"),
            carry_out=_take_back,
            form=worded(gettext_lazy("Why")),
        ),
        ("file", "apply"): Action(
            title=gettext_lazy("Apply for level AA"),
            says=gettext_lazy(
                "From level A, with the conditions on the page of your credit. The bureau looks "
                "into what is not known."
            ),
            button=gettext_lazy("Apply"),
            carry_out=_apply,
            form=worded(gettext_lazy("How you meet the conditions")),
        ),
        ("entry", "state_case"): Action(
            title=gettext_lazy("State your case"),
            says=gettext_lazy("It is read before anything is decided."),
            button=gettext_lazy("Lodge the statement"),
            carry_out=_entry(blacklisting.state_case),
            form=worded(gettext_lazy("Your statement")),
        ),
        ("entry", "appeal"): Action(
            title=gettext_lazy("Appeal against the listing"),
            says=gettext_lazy(
                "The entry is not published while the appeal is open; its effect on goods goes on."
            ),
            button=gettext_lazy("Lodge the appeal"),
            carry_out=_entry(blacklisting.appeal),
            form=worded(gettext_lazy("Why the listing is wrong")),
        ),
        ("entry", "apply_for_exit"): Action(
            title=gettext_lazy("Apply to leave the blacklist"),
            says=gettext_lazy(
                "From one year after the listing on. An officer verifies it on site, another "
                "person decides."
            ),
            button=gettext_lazy("Apply to leave"),
            carry_out=_entry(blacklisting.apply_for_exit),
            form=worded(gettext_lazy("What was repaired, and how you can show it")),
        ),
    }
)
# Where an entry must stand for an act of the enterprise.
_OPEN: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        BlacklistState.NOTIFIED.value: ("state_case",),
        BlacklistState.LISTED.value: ("appeal", "apply_for_exit"),
    }
)


def _day(desk: Desk) -> date:
    return desk.now.astimezone(ZoneInfo(ZONE)).date()


@at_desk
@require_safe
def credit(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Show the enterprise its own credit file, every point of it."""
    view = reading.credit_view(desk.enterprise, on=_day(desk), at=desk.now)
    held = view.explained.held.level if view.explained else None
    title = (
        gettext("Your credit level is %(level)s") % {"level": held.value}
        if held
        else gettext("You have no credit level yet")
    )
    context = contexts.credit(view, _day(desk)) | {
        "title": title,
        "may_apply": held is Level.A,
        "entry_moves": _entry_moves(view.entry, desk),
        "for_officer": False,
    }
    return render(request, "enterprise/credit.html", context)


def _entry_moves(entry: BlacklistEntry | None, desk: Desk) -> list[tuple[str, Any]]:
    if entry is None or entry.ends is not None:
        return []
    names = [n for n in _OPEN.get(entry.state, ()) if not (n == "appeal" and entry.appeal_open)]
    least = blacklisting.exit_from(entry)
    if least is not None and _day(desk) < least:
        names = [name for name in names if name != "apply_for_exit"]
    return [(name, ACTIONS["entry", name].title) for name in names]


@at_desk
@require_safe
def enterprise_class(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Show the enterprise its own class, what lifts it and what would drop it."""
    view = reading.class_view(desk.enterprise, on=_day(desk), at=desk.now)
    title = (
        gettext("You are of class %(grade)d") % {"grade": view.held.grade}
        if view.held
        else gettext("You are not classed yet")
    )
    context = contexts.enterprise_class(view, f"{_day(desk):%Y-%m-%d}") | {"title": title}
    return render(request, "enterprise/class.html", context)


def _own_record(desk: Desk, key: str) -> CreditRecord | None:
    rows = CreditRecord.objects.filter(enterprise=desk.enterprise).select_related("enterprise")
    return rows.filter(pk=numbers.key_of(key) or 0).first()


def _own_dispute(desk: Desk, key: str) -> DisputeRow | None:
    rows = DisputeRow.objects.filter(record__enterprise=desk.enterprise)
    rows = rows.select_related("record__enterprise")
    return rows.filter(pk=numbers.key_of(key) or 0).first()


def _own_file(desk: Desk, key: str) -> Enterprise | None:
    return desk.enterprise if key == desk.enterprise.reference else None


def _own_entry(desk: Desk, key: str) -> BlacklistEntry | None:
    rows = BlacklistEntry.objects.current().filter(enterprise=desk.enterprise, ends=None)
    return rows.select_related("enterprise").filter(number=key).first()


_FIND: Mapping[str, Callable[[Desk, str], Any]] = MappingProxyType(
    {"record": _own_record, "dispute": _own_dispute, "file": _own_file, "entry": _own_entry}
)


@at_desk
@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, desk: Desk, kind: str, key: str, name: str) -> HttpResponse:
    """Show the form of an action on the own file, or carry it out."""
    action = ACTIONS.get((kind, name))
    subject = _FIND[kind](desk, key) if action else None
    if action is None or subject is None:
        raise Http404
    place = Place(
        subject=subject,
        name=gettext("My credit"),
        back=reverse("enterprise:credit"),
        template="enterprise/credit_action.html",
    )
    return acting.page(request, action, place, desk.how)
