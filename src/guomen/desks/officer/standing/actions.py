"""What officers do about credit: one table of actions, one page for all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from guomen.desks.components import numbers
from guomen.desks.components.standing import acting
from guomen.desks.components.standing.acting import Action, Place, worded
from guomen.desks.officer.access import Desk, at_desk
from guomen.desks.officer.permissions import Move
from guomen.desks.officer.standing.forms import AnswerForm, RecordForm
from guomen.journeys.standing import blacklisting, crediting, merits
from guomen.supervision.credit.lifecycle import BlacklistMove, MeritMove
from guomen.supervision.credit.models import BlacklistEntry, CreditFile, CreditMerit, CreditRecord
from guomen.supervision.credit.models import Dispute as DisputeRow
from guomen.supervision.parties.models import Enterprise

Subject = Any


def _seen(subject: Subject) -> dict[str, Any]:
    enterprise = subject if isinstance(subject, Enterprise) else subject.enterprise
    file = CreditFile.objects.filter(enterprise=enterprise).first()
    return {"seen": file.version if file else None}


def _seen_entry(subject: BlacklistEntry) -> dict[str, Any]:
    return {"seen": blacklisting.newest(subject.number).pk}


def _record(form: Any, subject: Enterprise, how: Any) -> Any:
    row = crediting.record(subject, form.record(), how=how, seen=form.cleaned_data["seen"])
    return gettext_lazy("%(record)s is on file; the level was derived again.") % {
        "record": row.reference
    }


def _open(form: Any, subject: Enterprise, how: Any) -> Any:
    del form
    crediting.open_file(subject, how=how)
    return gettext_lazy("The credit file is open; it begins at level B.")


def _verify(form: Any, subject: Enterprise, how: Any) -> Any:
    merits.verify(subject, evidence=form.cleaned_data["text"], how=how)
    return gettext_lazy("Proposed; a second person must grant it.")


def _withdraw(form: Any, subject: CreditRecord, how: Any) -> Any:
    given = form.cleaned_data
    crediting.withdraw(subject, because=given["text"], how=how, seen=given["seen"])
    return gettext_lazy("The record is withdrawn; the level was derived again.")


def _propose(form: Any, subject: CreditRecord, how: Any) -> Any:
    del form
    entry = blacklisting.propose(subject, how=how)
    return gettext_lazy("%(number)s is proposed; tell the enterprise next.") % {
        "number": entry.number
    }


def _answer(form: Any, subject: DisputeRow, how: Any) -> Any:
    given = form.cleaned_data
    crediting.answer(subject, uphold=given["uphold"] == "yes", text=given["text"], how=how)
    return gettext_lazy("The dispute is answered; the level was derived again.")


def _merit(move: MeritMove) -> Callable[[Any, Any, Any], Any]:
    def carry_out(form: Any, subject: CreditMerit, how: Any) -> Any:
        merits.decide(subject, move, reason=form.cleaned_data["text"], how=how)
        return gettext_lazy("Your decision stands and is on record.")

    return carry_out


def _entry(move: BlacklistMove) -> Callable[[Any, Any, Any], Any]:
    def carry_out(form: Any, subject: BlacklistEntry, how: Any) -> Any:
        given = form.cleaned_data
        blacklisting.move(subject.number, move, reason=given["text"], how=how, seen=given["seen"])
        return gettext_lazy("Your decision stands and is on record.")

    return carry_out


def _close_appeal(form: Any, subject: BlacklistEntry, how: Any) -> Any:
    blacklisting.close_appeal(subject.number, reason=form.cleaned_data["text"], how=how)
    return gettext_lazy("The appeal is answered; the entry is published again.")


_DECIDE = gettext_lazy("Decide")
_SECOND = gettext_lazy(
    "A second person decides this, never who proposed it, nor anyone with an interest."
)

ACTIONS: Mapping[tuple[str, str], Action] = MappingProxyType(
    {
        ("file", "open"): Action(
            title=gettext_lazy("Open a credit file"),
            says=gettext_lazy("Every enterprise begins at level B with full points."),
            button=gettext_lazy("Open the file"),
            carry_out=_open,
            move=Move.KEEP_CREDIT,
            form=worded(gettext_lazy("Why the file is opened")),
        ),
        ("file", "record"): Action(
            title=gettext_lazy("Put an act on file"),
            says=gettext_lazy(
                "The enterprise sees it at once with its evidence and may dispute it. A grave act "
                "gives level D at once; anything else counts at the next rating."
            ),
            button=gettext_lazy("Put on file"),
            carry_out=_record,
            form=RecordForm,
            move=Move.KEEP_CREDIT,
            initial=_seen,
        ),
        ("file", "verify"): Action(
            title=gettext_lazy("Quality management was verified on site"),
            says=gettext_lazy("It allows level A for three years. A second person grants it."),
            button=gettext_lazy("Propose to a second person"),
            carry_out=_verify,
            form=worded(gettext_lazy("Evidence: number of the report")),
            move=Move.KEEP_CREDIT,
        ),
        ("record", "withdraw"): Action(
            title=gettext_lazy("Withdraw a record that was wrong"),
            says=gettext_lazy(
                "The level is derived again without it, and open rulings that read it are flagged. "
                "The record stays visible as withdrawn."
            ),
            button=gettext_lazy("Withdraw the record"),
            carry_out=_withdraw,
            move=Move.JUDGE_CREDIT,
            danger=True,
            initial=_seen,
        ),
        ("record", "propose"): Action(
            title=gettext_lazy("Propose for the blacklist"),
            says=gettext_lazy(
                "A proposal has no effect on goods. The enterprise is told and heard before "
                "another person decides."
            ),
            button=gettext_lazy("Propose"),
            carry_out=_propose,
            move=Move.KEEP_CREDIT,
            danger=True,
        ),
        ("dispute", "answer"): Action(
            title=gettext_lazy("Answer a dispute"),
            says=_SECOND,
            button=gettext_lazy("Answer"),
            carry_out=_answer,
            form=AnswerForm,
            move=Move.JUDGE_CREDIT,
        ),
        **{
            ("merit", move.value): Action(
                title=title,
                says=_SECOND,
                button=_DECIDE,
                carry_out=_merit(move),
                move=needs,
                danger=move is MeritMove.REFUSE,
            )
            for move, title, needs in (
                (MeritMove.RECOMMEND, gettext_lazy("Recommend for AA"), Move.KEEP_CREDIT),
                (MeritMove.GRANT, gettext_lazy("Grant"), Move.JUDGE_CREDIT),
                (MeritMove.REFUSE, gettext_lazy("Refuse the application"), Move.JUDGE_CREDIT),
            )
        },
        **{
            ("entry", move.value): Action(
                title=title,
                says=says,
                button=_DECIDE,
                carry_out=_entry(move),
                move=needs,
                danger=move is BlacklistMove.LIST,
                initial=_seen_entry,
            )
            for move, title, says, needs in (
                (
                    BlacklistMove.NOTIFY,
                    gettext_lazy("Tell the enterprise"),
                    gettext_lazy("From now on it has five working days to state its case."),
                    Move.KEEP_CREDIT,
                ),
                (
                    BlacklistMove.LIST,
                    gettext_lazy("Put on the blacklist"),
                    _SECOND,
                    Move.DECIDE_LIST,
                ),
                (BlacklistMove.DROP, gettext_lazy("Do not list"), _SECOND, Move.DECIDE_LIST),
                (BlacklistMove.KEEP, gettext_lazy("Keep on the list"), _SECOND, Move.DECIDE_LIST),
                (
                    BlacklistMove.RELEASE,
                    gettext_lazy("Release from the list"),
                    _SECOND,
                    Move.DECIDE_LIST,
                ),
            )
        },
        ("entry", "close_appeal"): Action(
            title=gettext_lazy("Answer the appeal"),
            says=gettext_lazy("Rejected, the entry is published again."),
            button=gettext_lazy("Reject the appeal"),
            carry_out=_close_appeal,
            move=Move.DECIDE_LIST,
        ),
    }
)


def _enterprise(desk: Desk, key: str) -> Enterprise | None:
    rows = Enterprise.objects.filter(agency__path__startswith=desk.officer.agency.path)
    return rows.filter(reference=key).first()


def _of(model: Any, path: str, *joined: str) -> Callable[[Desk, str], Any]:
    def find(desk: Desk, key: str) -> Any:
        rows = model.objects.select_related(*joined)
        inside = {f"{path}agency__path__startswith": desk.officer.agency.path}
        return rows.filter(**inside, pk=numbers.key_of(key) or 0).first()

    return find


def _blacklist_entry(desk: Desk, key: str) -> BlacklistEntry | None:
    rows = BlacklistEntry.objects.current().select_related("enterprise")
    inside = rows.filter(enterprise__agency__path__startswith=desk.officer.agency.path)
    return inside.filter(number=key, ends=None).first()


FIND: Mapping[str, Callable[[Desk, str], Any]] = MappingProxyType(
    {
        "file": _enterprise,
        "record": _of(CreditRecord, "enterprise__", "enterprise"),
        "dispute": _of(DisputeRow, "record__enterprise__", "record__enterprise"),
        "merit": _of(CreditMerit, "enterprise__", "enterprise"),
        "entry": _blacklist_entry,
    }
)


def owner_of(subject: Subject) -> Enterprise:
    """Return the enterprise that a subject is about."""
    if isinstance(subject, Enterprise):
        return subject
    owner: Enterprise = (
        subject.record.enterprise if isinstance(subject, DisputeRow) else subject.enterprise
    )
    return owner


@at_desk()
@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, desk: Desk, kind: str, key: str, name: str) -> HttpResponse:
    """Show the form of an action, or carry it out."""
    action = ACTIONS.get((kind, name))
    if action is None:
        raise Http404
    if action.move not in desk.moves:
        raise PermissionDenied
    subject = FIND[kind](desk, key)
    if subject is None:
        raise Http404
    owner = owner_of(subject)
    place = Place(
        subject=subject,
        name=owner.name_zh,
        back=reverse("officer:credit-file", args=[owner.reference]),
        template="officer/standing/action.html",
    )
    return acting.page(request, action, place, desk.how)
