"""
Moves of a licence's life, as officers make them: one step, one transaction, one ledger entry.

A move that takes a licence for good is proposed by one person, the holder is heard, and another
person decides. Nobody who is a party, a relative or an assessor of the enterprise decides anything.
Every move counts from the very next ruling and rewrites none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from django.db import transaction

from guomen.core.text import Text
from guomen.journeys.access import noticing, recording
from guomen.journeys.access.actors import Actor, holders, refuse_assessor, refuse_tied
from guomen.journeys.access.errors import AccessError
from guomen.rulebooks import licensing
from guomen.rulebooks.checklists import CHECKLISTS
from guomen.supervision.licences import operations
from guomen.supervision.licences.lifecycle import LICENCE, LicenceMove, LicenceState
from guomen.supervision.licences.models import (
    Conclusion,
    Licence,
    LicenceAct,
    LicenceTerm,
    Review,
)
from guomen.supervision.licences.operations import Reason

Changes = Mapping[str, Any]


class ReasonRefusedError(AccessError):
    """A move was wanted without a reason that the rule book knows for it."""

    code: ClassVar[str] = "access.reason-refused"


class ReviewMissingError(AccessError):
    """A licence cannot be granted or renewed before a review was passed."""

    code: ClassVar[str] = "access.review-missing"


class DocumentsMissingError(AccessError):
    """An application cannot be accepted before its documents are complete."""

    code: ClassVar[str] = "access.documents-missing"


class SecondPersonError(AccessError):
    """Whoever proposed a serious move cannot decide on it."""

    code: ClassVar[str] = "access.second-person"


class NotYetHeardError(AccessError):
    """The holder may still state its case."""

    code: ClassVar[str] = "access.not-yet-heard"


class ActDecidedError(AccessError):
    """The proposal was decided already, or another one waits."""

    code: ClassVar[str] = "access.act-decided"


class EffectiveDayError(AccessError):
    """A move cannot count from a day in the past."""

    code: ClassVar[str] = "access.effective-day"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is wanted: the move, its coded reason, from which day, a new scope or period."""

    move: LicenceMove
    reason: str
    note: str = ""
    on: date | None = None
    changes: Changes = field(default_factory=dict)
    details: Changes = field(default_factory=dict)


# Moves that need a review that was passed, for kinds of licence that have a checklist.
_AFTER_REVIEW = frozenset({LicenceMove.GRANT})
# Assessors look; they do not decide on what they saw. A serious move they may propose: another
# person decides on it.
_NOT_BY_ASSESSORS = frozenset(
    {
        LicenceMove.GRANT,
        LicenceMove.REFUSE,
        LicenceMove.RENEW,
        LicenceMove.REINSTATE,
    }
)
#: Moves that an officer may want by hand; the others belong to a journey of their own.
BY_OFFICERS = (
    LicenceMove.ASK_DOCUMENTS,
    LicenceMove.ACCEPT,
    LicenceMove.GRANT,
    LicenceMove.REFUSE,
    LicenceMove.AMEND,
    LicenceMove.RENEW,
    LicenceMove.SUSPEND,
    LicenceMove.REINSTATE,
    LicenceMove.REVOKE,
    LicenceMove.FORCE_EXIT,
    LicenceMove.LAPSE,
)


def act(pk: int, wish: Wish, *, who: Actor, version: int | None = None) -> LicenceAct:
    """
    Make a move, or propose it where it is serious and wait for the second person.

    :raises guomen.supervision.licences.operations.LicenceMovedError: if ``version`` is no longer
        that of the licence
    :raises guomen.core.lifecycle.MoveRefusedError: if the licence is not open to the move
    :raises guomen.journeys.access.actors.TiedError: if the actor has a tie to the holder
    :raises ReasonRefusedError: if the rule book has no such reason for the move
    :raises ReviewMissingError: if no review was passed where one is needed
    :raises DocumentsMissingError: if documents are missing where they must be complete
    :raises ActDecidedError: if another proposal on the licence waits
    """
    reason = _reason(wish)
    on = _day(wish, who)
    with transaction.atomic():
        # The ledger first: its lock orders all writers.
        licence = Licence.objects.select_related("enterprise", "site__enterprise").get(pk=pk)
        serious = wish.move in LICENCE.serious
        known = recording.record(
            recording.PROPOSED if serious else recording.MOVED,
            licence.number,
            _entry(wish, on),
            at=who.at,
            by=who.by,
        )
        locked = operations.locked(pk, version=version)
        state = _state(locked, on=on)
        LICENCE.after(state, wish.move)
        _refuse_unfit(licence, wish, who)
        made = operations.propose(
            locked,
            wish.move,
            state=state,
            on=on,
            reason=reason,
            by=who.by,
            at=known,
            details=_details(licence, wish, who),
            heard_until=noticing.heard_until(who.at, on) if serious else None,
        )
        if not serious:
            changes = {**_period(locked, wish, on), **wish.changes}
            carry_out(made, changes, who=who, known=known)
        operations.raise_version(locked)
        noticing.tell(made, at=known)
    return made


def decide(
    pk: int, *, approve: bool, who: Actor, on: date | None = None, note: str = ""
) -> LicenceAct:
    """
    Decide on a serious move as the second person.

    It counts from today, or from a later day that was proposed.

    :raises SecondPersonError: if the same person proposed it
    :raises NotYetHeardError: if the holder may still state its case and has not done so
    :raises guomen.journeys.access.actors.TiedError: if the actor has a tie to the holder
    :raises ActDecidedError: if it was decided already
    """
    with transaction.atomic():
        found = LicenceAct.objects.select_related(
            "licence__enterprise", "licence__site__enterprise"
        ).get(pk=pk)
        licence = found.licence
        known = recording.record(
            recording.MOVED if approve else recording.REFUSED,
            licence.number,
            {"act": pk, "approved": approve, "move": found.move, "note": note},
            at=who.at,
            by=who.by,
        )
        operations.locked(licence.pk, version=None)
        waiting = LicenceAct.objects.select_for_update().get(pk=pk)
        if waiting.approved is not None:
            raise ActDecidedError(
                "this proposal was decided already; look at its history",
                zh="该提议已有决定，请查看历史",
            )
        if waiting.proposed_by == who.by:
            raise SecondPersonError(
                "whoever proposed this cannot decide on it; ask a colleague with the right",
                zh="提议人不能自行决定，请由有权限的同事决定",
            )
        _refuse_decider(licence, who)
        if approve:
            _refuse_unheard(waiting, who)
            waiting.on = max(filter(None, (waiting.on, who.day, on)))
            waiting.save(update_fields=["on"])
            carry_out(waiting, {}, who=who, known=known)
        else:
            operations.settle(waiting, approved=False, by=who.by, at=known)
        operations.raise_version(licence)
        if approve:
            noticing.tell(waiting, at=known)
    return waiting


def carry_out(made: LicenceAct, changes: Changes, *, who: Actor, known: datetime) -> LicenceTerm:
    """Make the move of an act, in the caller's transaction."""
    reason = Text(zh=made.reason_zh, en=made.reason_en)
    term = operations.move(
        made.licence,
        LicenceMove(made.move),
        on=made.on,
        at=known,
        reason=reason,
        changes=changes,
    )
    operations.settle(made, approved=True, by=who.by, at=known)
    return term


def _state(licence: Licence, *, on: date) -> LicenceState:
    waiting = LicenceAct.objects.filter(licence=licence, approved__isnull=True).first()
    if waiting is not None:
        raise ActDecidedError(
            f"a proposal on {licence.number} waits for its second person; decide on it first",
            zh=f"{licence.number} 有提议待另一人决定，请先处理",
            act=waiting.pk,
        )
    return LicenceState(operations.newest_term(licence, on=on).state)


def _reason(wish: Wish) -> Reason:
    if wish.reason not in licensing.REASONS_FOR.get(wish.move.value, ()):
        allowed = ", ".join(licensing.REASONS_FOR.get(wish.move.value, ())) or "none"
        raise ReasonRefusedError(
            f"give one of the coded reasons for this move: {allowed}",
            zh="请选择规则书规定的理由",
            reason=wish.reason,
        )
    says = licensing.REASONS[wish.reason]
    if wish.note:
        says = Text(zh=f"{says.zh}:{wish.note}", en=f"{says.en}: {wish.note}")
    return Reason(code=wish.reason, says=says)


def _day(wish: Wish, who: Actor) -> date:
    on = wish.on or who.day
    if on < who.day:
        raise EffectiveDayError(
            f"a decision of {who.day} cannot count from {on}: choose today or a later day",
            zh=f"{who.day} 的决定不能从 {on} 起生效，请选择今天或以后的日期",
            on=on,
        )
    return on


def _entry(wish: Wish, on: date) -> dict[str, Any]:
    changes = {k: v.isoformat() if isinstance(v, date) else v for k, v in wish.changes.items()}
    return {
        "changes": changes,
        "move": wish.move.value,
        "note": wish.note,
        "on": on.isoformat(),
        "reason": wish.reason,
    }


def _details(licence: Licence, wish: Wish, who: Actor) -> dict[str, Any]:
    details = dict(wish.details)
    if wish.move is LicenceMove.ASK_DOCUMENTS:
        days = licensing.CORRECTION_DAYS.on(who.day).value
        missing = licensing.documents_missing(licence.kind, licence.documents)
        details |= {
            "documents": list(details.get("documents") or missing),
            "until": f"{noticing.working_day(who.at, days):%Y-%m-%d}",
        }
    return details


def _refuse_unfit(licence: Licence, wish: Wish, who: Actor) -> None:
    """See that the move may be made by this person and at this point of the file."""
    refuse_tied(who, holders(licence))
    if wish.move in _NOT_BY_ASSESSORS:
        refuse_assessor(who, licence)
    if wish.move is LicenceMove.ACCEPT:
        missing = licensing.documents_missing(licence.kind, licence.documents)
        if missing:
            names = ", ".join(licensing.DOCUMENTS[code].en for code in missing)
            names_zh = "、".join(licensing.DOCUMENTS[code].zh for code in missing)
            raise DocumentsMissingError(
                f"the application still lacks: {names}; ask the holder for them",
                zh=f"申请材料还缺：{names_zh}，请通知企业补正",
                missing=list(missing),
            )
    if wish.move in _AFTER_REVIEW and licence.kind in CHECKLISTS and not _passed(licence):
        raise ReviewMissingError(
            f"no review of {licence.number} was passed; plan one and conclude it first",
            zh=f"{licence.number} 还没有评审合格，请先安排并完成评审",
        )


def _passed(licence: Licence) -> bool:
    newest = (
        Review.objects.filter(licence=licence, concluded_at__isnull=False)
        .order_by("concluded_at")
        .last()
    )
    return newest is not None and newest.conclusion == Conclusion.PASS


def _refuse_decider(licence: Licence, who: Actor) -> None:
    refuse_tied(who, holders(licence))
    refuse_assessor(who, licence)


def _refuse_unheard(waiting: LicenceAct, who: Actor) -> None:
    until = waiting.heard_until
    if until is not None and who.at < until and not waiting.statement:
        raise NotYetHeardError(
            f"the holder may state its case until {until:%Y-%m-%d}; decide after that, "
            "or as soon as its statement is in",
            zh=f"企业可在 {until:%Y-%m-%d} 前陈述申辩；期满或收到陈述后才能决定",
            until=until,
        )


def _period(licence: Licence, wish: Wish, on: date) -> Changes:
    """Return the end of what is granted or renewed; a renewal in time adds to the old end."""
    if wish.move is LicenceMove.GRANT:
        return {"ends": end_of_period(licence.kind, on)}
    if wish.move is LicenceMove.RENEW:
        ends = operations.newest_term(licence, on=on).ends
        return {"ends": end_of_period(licence.kind, max(on, ends or on))}
    return {}


def end_of_period(kind: str, begins: date) -> date | None:
    """Return the day on which a licence of a kind ends that is granted from a day on."""
    years = licensing.TERMS[kind].years
    if years is None:
        return None
    try:
        return begins.replace(year=begins.year + years)
    except ValueError:  # 29 February
        return begins.replace(year=begins.year + years, day=28) + timedelta(days=1)


def offered(state: str) -> tuple[LicenceMove, ...]:
    """Return the moves that an officer may want from a state, in the order of their buttons."""
    open_ = LICENCE.moves_from(LicenceState(state))
    return tuple(move for move in BY_OFFICERS if move in open_)
