"""An enterprise asks for a change of its own records; an officer who keeps them decides."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from django.db import transaction
from django.db.models import Max, Q, QuerySet

from guomen.core.text import Text
from guomen.journeys.access import amending, noticing, recording
from guomen.journeys.access.actors import Actor, refuse_tied
from guomen.journeys.access.errors import AccessError
from guomen.journeys.access.noticing import Letter
from guomen.journeys.access.rooms import Reach
from guomen.supervision.licences.models import NoticeKind
from guomen.supervision.parties import signs
from guomen.supervision.parties.models import (
    ChangeRequest,
    Enterprise,
    HoldingKind,
    RequestState,
)
from guomen.supervision.words import both_languages

ASKED = "register.change-asked"
DECIDED = "register.change-decided"
#: What an enterprise may ask for; where goods come in is not its own.
OWN = (HoldingKind.CERTIFICATE, HoldingKind.PRODUCT, HoldingKind.SITE)


class RequestRefusedError(AccessError):
    """A request cannot be taken or decided like this; nothing was stored."""

    code: ClassVar[str] = "access.request-refused"


def own(enterprise: Enterprise) -> Q:
    """Return the condition that a record is one of an enterprise."""
    return Q(enterprise=enterprise)


def open_of(enterprise: Enterprise, kind: amending.Kind, pk: int) -> ChangeRequest | None:
    """Return the request about a record of an enterprise that waits, from any of its versions."""
    rows = enterprise.change_requests.filter(state=RequestState.ASKED, kind=kind.name)
    root = amending.root_of(kind, pk)
    return next((r for r in rows if r.record and amending.root_of(kind, r.record) == root), None)


def ask(
    enterprise: Enterprise,
    kind: amending.Kind,
    given: Mapping[str, Any],
    *,
    reason: str,
    who: Actor,
    record: int | None = None,
    version: int = 0,
    since: date | None = None,
) -> ChangeRequest:
    """
    Ask that a record be changed, or that a new one be put on the register.

    :raises RequestRefusedError: if no reason is given, a request about it or for the same waits
        already, or nothing would change
    """
    if not reason.strip():
        raise RequestRefusedError(
            "say why, and by which paper it can be seen", zh="请写明理由和依据材料", field="reason"
        )
    given = signs.all_visible(given)
    with transaction.atomic():
        body = {"columns": sorted(given), "kind": kind.name.value}
        recording.record(ASKED, enterprise.reference, body, at=who.at, by=who.by)
        wanted = {name: amending.plain(given.get(name)) for name in kind.columns}
        if record is None:
            _refuse_twice(enterprise, kind, wanted)
        else:
            _refuse_idle(enterprise, kind, record, wanted)
        return ChangeRequest.objects.create(
            number=_number(who.day),
            enterprise=enterprise,
            kind=kind.name,
            record=record,
            version=version,
            wanted=wanted,
            since=since,
            reason=reason.strip()[:300],
            asked_by=who.by,
            asked_at=who.at,
        )


def _refuse_twice(enterprise: Enterprise, kind: amending.Kind, wanted: Mapping[str, Any]) -> None:
    waiting = enterprise.change_requests.filter(
        state=RequestState.ASKED, kind=kind.name, record=None
    )
    for one in waiting:
        if one.wanted == wanted:
            raise RequestRefusedError(
                f"this is asked for already, as {one.number}",
                zh=f"相同内容已申请（{one.number}），无需重复提交",
            )


def _refuse_idle(
    enterprise: Enterprise, kind: amending.Kind, record: int, wanted: Mapping[str, Any]
) -> None:
    row = kind.rows().get(own(enterprise), pk=record)
    if amending.values_of(row, kind) == wanted:
        raise RequestRefusedError("nothing differs from what stands", zh="内容没有变化")
    if open_of(enterprise, kind, record) is not None:
        raise RequestRefusedError(
            "a change of this record is asked for already; take that request back first",
            zh="该记录已有待审核的变更申请，请先撤回",
        )


def _number(day: date) -> str:
    """Return the next number of a year; the ledger's lock, taken before, keeps others waiting."""
    prefix = f"CHG-{day.year}-"
    last = ChangeRequest.objects.filter(number__startswith=prefix).aggregate(n=Max("number"))["n"]
    return f"{prefix}{int(last.removeprefix(prefix)) + 1 if last else 1:05d}"


def withdraw(number: str, enterprise: Enterprise, *, who: Actor) -> None:
    """
    Take an own request back.

    :raises RequestRefusedError: if it was decided meanwhile, or there is none
    """
    rows = enterprise.change_requests.filter(number=number, state=RequestState.ASKED)
    if not rows.update(state=RequestState.WITHDRAWN, decided_by=who.by, decided_at=who.at):
        raise RequestRefusedError("this request was decided on already", zh="该申请已处理")


def decide(number: str, *, accept: bool, answer: str, who: Actor) -> ChangeRequest:
    """
    Enter what an enterprise asks for, or decline it with a reason; the enterprise is told.

    :raises RequestRefusedError: if it was decided already, or is declined without a reason
    :raises guomen.journeys.access.keeping.RecordMovedError: if the record has changed since
    :raises guomen.journeys.access.amending.AmendmentRefusedError: if it cannot be entered
    :raises guomen.journeys.access.actors.TiedError: if the actor has a tie to the enterprise
    """
    if not accept and not answer.strip():
        raise RequestRefusedError(
            "say why, so that the enterprise can put it right", zh="请写明理由，以便企业补正"
        )
    with transaction.atomic():
        asked = ChangeRequest.objects.select_related("enterprise__merged_into").get(number=number)
        refuse_tied(who, [asked.enterprise])
        body = {"accepted": accept, "number": number}
        recording.record(DECIDED, asked.enterprise.reference, body, at=who.at, by=who.by)
        rows = ChangeRequest.objects.filter(pk=asked.pk, state=RequestState.ASKED)
        state = RequestState.ACCEPTED if accept else RequestState.DECLINED
        said = {"answer": answer.strip()[:300], "decided_by": who.by, "decided_at": who.at}
        if not rows.update(state=state, **said):
            raise RequestRefusedError("this request was decided on already", zh="该申请已处理")
        if accept:
            _enter(asked, who)
        asked.refresh_from_db()
        noticing.send_many([_answer(asked, accept=accept)], at=who.at)
    return asked


def _answer(asked: ChangeRequest, *, accept: bool) -> Letter:
    """Return what the enterprise is told, with the officer's own words."""
    kind = both_languages(HoldingKind(asked.kind).label)
    ends = _ACCEPTED if accept else _DECLINED
    words = asked.answer.rstrip("。.")
    said = Text(zh=f"答复：{words}。", en=f" Answer: {words}.") if words else Text(zh="", en="")
    return Letter(
        kind=NoticeKind.ANSWER,
        enterprise=asked.enterprise.merged_into or asked.enterprise,
        subject=asked.number,
        title=Text(
            zh=f"变更申请（{asked.number}，{kind.zh}）{ends[0].zh}",
            en=f"Request {asked.number} ({kind.en.lower()}): {ends[0].en}",
        ),
        body=Text(
            zh=ends[1].zh + said.zh,
            en=ends[1].en + said.en,
        ),
    )


_ACCEPTED = (
    Text(zh="已登记", en="entered"),
    Text(zh="你单位申请的内容已登记。", en="What you asked for is on the register."),
)
_DECLINED = (
    Text(zh="未予登记", en="declined"),
    Text(
        zh="登记簿没有变化；补正后可以再次申请。",
        en="The register is unchanged; you may ask again when it is put right.",
    ),
)


def _enter(asked: ChangeRequest, who: Actor) -> None:
    kind = amending.KINDS[HoldingKind(asked.kind)]
    wanted = amending.parsed(asked.wanted, asked.enterprise, Q(at__gt=asked.asked_at))
    if asked.record is None:
        # The record that stands for it, where it was found to be on register twice meanwhile.
        owner = asked.enterprise.merged_into or asked.enterprise
        amending.enter(kind, owner, wanted, who=who)
    else:
        amending.amend(
            kind, asked.record, wanted, version=asked.version, since=asked.since, who=who
        )


def requests(reach: Reach) -> QuerySet[ChangeRequest]:
    """Return the requests of a subtree's enterprises."""
    rows = ChangeRequest.objects.filter(reach.within("enterprise__agency_id"))
    return rows.select_related("enterprise")


def stood(asked: ChangeRequest) -> dict[str, Any]:
    """Return how the record stands now; an empty dict for one that is not on the register."""
    kind = amending.KINDS[HoldingKind(asked.kind)]
    if asked.record is None:
        return {}
    now, _ = amending.newest(kind, asked.record, own(asked.enterprise))
    return amending.values_of(now, kind)
