"""
The holder is heard: its statement before a decision, its appeal after it.

What an appeal holds back is a table of the rule book. By law the decision goes on meanwhile; a stay
is a decision of its own, and whoever had a part in the first decision has none in the second.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import transaction

from guomen.journeys.access import moving, noticing, recording
from guomen.journeys.access.actors import Actor, holders, refuse_assessor, refuse_tied
from guomen.journeys.access.errors import AccessError
from guomen.rulebooks import licensing
from guomen.supervision.licences import operations
from guomen.supervision.licences.lifecycle import (
    APPEAL,
    AppealMove,
    AppealState,
    LicenceMove,
    LicenceState,
)
from guomen.supervision.licences.models import Appeal, LicenceAct, LicenceTerm
from guomen.supervision.licences.operations import Reason
from guomen.supervision.parties.models import Enterprise

_NEXT = timedelta(microseconds=1)


class AppealRefusedError(AccessError):
    """An appeal or a statement cannot be taken; nothing was stored."""

    code: ClassVar[str] = "access.appeal-refused"


def state_case(pk: int, statement: str, *, who: Actor) -> LicenceAct:
    """
    Take the holder's statement on a decision that is intended.

    :raises AppealRefusedError: if the decision is made, or the term is over
    """
    with transaction.atomic():
        found = LicenceAct.objects.select_for_update().get(pk=pk)
        if found.approved is not None or not statement.strip():
            raise AppealRefusedError(
                "write your statement before the decision is made",
                zh="决定作出前才能陈述，且内容不能为空",
            )
        if found.heard_until is not None and who.at > found.heard_until:
            raise AppealRefusedError(
                f"the term ended on {found.heard_until:%Y-%m-%d}",
                zh=f"陈述申辩期已于 {found.heard_until:%Y-%m-%d} 届满",
            )
        found.statement, found.stated_at = statement.strip(), who.at
        found.save(update_fields=["statement", "stated_at"])
    return found


def file(pk: int, enterprise: Enterprise, grounds: str, *, who: Actor) -> Appeal:
    """
    File an appeal against an act.

    :raises AppealRefusedError: if nothing can be appealed, the term is over, no grounds are given,
        or an appeal was filed already
    """
    act = LicenceAct.objects.select_related("licence").get(pk=pk)
    rule = licensing.APPEALS.get(act.move)
    if act.approved is not True or rule is None or act.decided_at is None:
        raise AppealRefusedError(
            "there is no decision here that can be appealed against",
            zh="这里没有可以申请复议的决定",
        )
    if who.at > noticing.appeal_until(act.decided_at, act.on):
        raise AppealRefusedError("the term for an appeal is over", zh="已过复议申请期限")
    if not grounds.strip():
        raise AppealRefusedError("say on which grounds you appeal", zh="请写明复议理由")
    with transaction.atomic():
        known = recording.record(
            recording.APPEALED, act.licence.number, {"act": pk}, at=who.at, by=who.by
        )
        operations.locked(act.licence_id, version=None)
        if Appeal.objects.filter(act=act).exists():
            raise AppealRefusedError(
                "an appeal against this decision was filed already", zh="对该决定已申请过复议"
            )
        made = Appeal.objects.create(
            number=f"APL-{who.day:%Y}-{Appeal.objects.count() + 1:05d}",
            act=act,
            enterprise=enterprise,
            grounds=grounds.strip(),
            filed_by=who.by,
            filed_at=known,
            due_at=_due(who),
            holds_back=[effect.value for effect in rule.effects],
        )
        if licensing.Effect.ADMISSION in rule.effects:
            # The law itself keeps the licence in force while this is open.
            _back(made, LicenceMove.ANNUL, "stay_granted", who=who, known=known)
    return made


def _due(who: Actor) -> datetime:
    days = licensing.APPEAL_DECISION_DAYS.on(who.day).value
    return noticing.end_of(who.day + timedelta(days=days), who.zone)


def decide(pk: int, move: AppealMove, *, who: Actor, note: str = "") -> Appeal:
    """
    Stay the decision, or decide on the appeal; for somebody who had no part in the decision.

    :raises AppealRefusedError: if the actor proposed, decided or assessed, or gives no reason
    :raises guomen.core.lifecycle.MoveRefusedError: if the appeal is not open to that
    :raises guomen.journeys.access.actors.TiedError: if the actor has a tie to the holder
    """
    with transaction.atomic():
        number = Appeal.objects.values_list("act__licence__number", flat=True).get(pk=pk)
        body = {"appeal": pk, "move": move.value, "note": note}
        known = recording.record(recording.APPEALED, number, body, at=who.at, by=who.by)
        appeal = Appeal.objects.select_for_update(of=("self",)).get(pk=pk)
        _refuse_involved(appeal, who, note)
        before = AppealState(appeal.state)
        appeal.state = APPEAL.after(before, move).value
        _CARRY_OUT[move](appeal, before, who, known)
        appeal.note = note[:400]
        if move is not AppealMove.STAY:
            appeal.decided_by, appeal.decided_at = who.by, known
        appeal.save()
    return appeal


def withdraw(pk: int, *, who: Actor) -> Appeal:
    """
    Take an appeal back; a stayed decision is in force again.

    :raises guomen.core.lifecycle.MoveRefusedError: if it is decided already
    """
    with transaction.atomic():
        number = Appeal.objects.values_list("act__licence__number", flat=True).get(pk=pk)
        known = recording.record(
            recording.APPEALED, number, {"appeal": pk, "move": "withdraw"}, at=who.at, by=who.by
        )
        appeal = Appeal.objects.select_for_update(of=("self",)).get(pk=pk)
        before = AppealState(appeal.state)
        appeal.state = APPEAL.after(before, AppealMove.WITHDRAW).value
        _again(appeal, before, who, known)
        appeal.decided_by, appeal.decided_at = who.by, known
        appeal.save()
    return appeal


def _refuse_involved(appeal: Appeal, who: Actor, note: str) -> None:
    licence = appeal.act.licence
    if who.by in (appeal.act.proposed_by, appeal.act.decided_by):
        raise AppealRefusedError(
            "you had a part in the decision; a colleague decides on it again",
            zh="您参与过原决定，应由其他同事复议",
        )
    refuse_tied(who, holders(licence))
    refuse_assessor(who, licence)
    if not note.strip():
        raise AppealRefusedError("say why; the holder reads it", zh="请写明理由，企业可见")


def _stay(appeal: Appeal, before: AppealState, who: Actor, known: datetime) -> None:
    _back(appeal, LicenceMove.STAY, "stay_granted", who=who, known=known)


def _uphold(appeal: Appeal, before: AppealState, who: Actor, known: datetime) -> None:
    if not _held_back(appeal, before):
        _back(appeal, LicenceMove.ANNUL, "appeal_upheld", who=who, known=known)


def _again(appeal: Appeal, before: AppealState, who: Actor, known: datetime) -> None:
    """Make the decision again that was held back meanwhile."""
    if _held_back(appeal, before):
        act = appeal.act
        _made(appeal, LicenceMove(act.move), "appeal_dismissed", who=who, known=known)


def _held_back(appeal: Appeal, before: AppealState) -> bool:
    by_law = licensing.Effect.ADMISSION.value in appeal.holds_back
    return by_law or before is AppealState.STAYED


_CARRY_OUT = {
    AppealMove.STAY: _stay,
    AppealMove.UPHOLD: _uphold,
    AppealMove.DISMISS: _again,
    AppealMove.WITHDRAW: _again,
}


def _back(appeal: Appeal, move: LicenceMove, reason: str, *, who: Actor, known: datetime) -> None:
    """Bring a licence back to where it stood before the act."""
    made = _made(appeal, move, reason, who=who, known=known)
    if appeal.act.state_before == LicenceState.SUSPENDED.value:
        operations.move(
            made.licence,
            LicenceMove.SUSPEND,
            on=who.day,
            at=_recorded(made) + _NEXT,
            reason=licensing.REASONS[reason],
        )


def _recorded(made: LicenceAct) -> datetime:
    return LicenceTerm.objects.filter(licence=made.licence).latest("recorded_at").recorded_at


def _made(
    appeal: Appeal, move: LicenceMove, reason: str, *, who: Actor, known: datetime
) -> LicenceAct:
    licence = operations.locked(appeal.act.licence_id, version=None)
    term = operations.newest_term(licence, on=who.day)
    made = operations.propose(
        licence,
        move,
        state=LicenceState(term.state),
        on=who.day,
        reason=Reason(code=reason, says=licensing.REASONS[reason]),
        by=appeal.act.proposed_by if move.value == appeal.act.move else who.by,
        at=known,
        details={"appeal": appeal.number},
    )
    moving.carry_out(made, _period_before(appeal), who=who, known=known)
    operations.raise_version(licence)
    noticing.tell(made, at=known)
    return made


def _period_before(appeal: Appeal) -> dict[str, object]:
    """Return the end that the licence had before the act; a lapse had cut it short."""
    before = (
        LicenceTerm.objects.filter(
            licence=appeal.act.licence_id, recorded_at__lt=appeal.act.decided_at
        )
        .order_by("recorded_at")
        .last()
    )
    return {"ends": before.ends} if before is not None else {}
