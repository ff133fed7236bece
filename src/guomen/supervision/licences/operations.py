"""Writes of licences, in the caller's transaction: every move supersedes, none rewrites."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from django.db.models import F

from guomen.core.errors import GuomenError
from guomen.core.text import Text
from guomen.supervision.licences.lifecycle import LICENCE, LicenceMove, LicenceState
from guomen.supervision.licences.models import (
    Licence,
    LicenceAct,
    LicenceKind,
    LicenceTerm,
)

_NEXT = timedelta(microseconds=1)


class LicenceMovedError(GuomenError):
    """Somebody changed the licence since the caller read it; nothing was stored."""

    code: ClassVar[str] = "licences.moved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """What is applied for: kind, holder, scope and period."""

    number: str
    kind: LicenceKind
    agency_id: int
    begins: date
    enterprise_id: int | None = None
    site_id: int | None = None
    ends: date | None = None
    hs_prefixes: tuple[str, ...] = ("",)
    origins: tuple[str, ...] = ("",)
    documents: tuple[str, ...] = ()
    reason: Text = field(default=Text(zh="", en=""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a move is made: its code and the sentence that the holder reads."""

    code: str
    says: Text


def apply(application: Application, *, at: datetime) -> LicenceTerm:
    """Record an application; it admits nothing until it is granted."""
    licence = Licence.objects.create(
        number=application.number,
        kind=application.kind,
        enterprise_id=application.enterprise_id,
        site_id=application.site_id,
        agency_id=application.agency_id,
        documents=list(application.documents),
    )
    return LicenceTerm.objects.create(
        licence=licence,
        state=LICENCE.start,
        hs_prefixes=list(application.hs_prefixes),
        origins=list(application.origins),
        begins=application.begins,
        ends=application.ends,
        recorded_at=at,
        reason_zh=application.reason.zh,
        reason_en=application.reason.en,
    )


def locked(pk: int, *, version: int | None) -> Licence:
    """
    Return a licence, locked until the caller's transaction ends.

    :raises LicenceMovedError: if its version is no longer the one that the caller read
    """
    licence = Licence.objects.select_for_update().get(pk=pk)
    if version is not None and licence.version != version:
        raise LicenceMovedError(
            f"{licence.number} was changed while you were reading it; look at it again",
            licence=licence.number,
        )
    return licence


def raise_version(licence: Licence) -> None:
    """Note that a licence changed, for everybody who reads it now."""
    Licence.objects.filter(pk=licence.pk).update(version=F("version") + 1)
    licence.refresh_from_db(fields=["version"])


def newest_term(licence: Licence, *, on: date) -> LicenceTerm:
    """Return the term that holds on a day; where none does any more, the last one that did."""
    current = LicenceTerm.objects.filter(licence=licence).current()
    held = current.filter(begins__lte=on).order_by("begins", "recorded_at").last()
    return held or current.order_by("begins", "recorded_at")[0]


def move(
    licence: Licence,
    move: LicenceMove,
    *,
    on: date,
    at: datetime,
    reason: Text,
    changes: Mapping[str, Any] | None = None,
) -> LicenceTerm:
    """
    Make a move of a licence's life from a day on; ``changes`` are of scope and period.

    The caller has checked who may make it, and the second person for a serious one.

    :raises MoveRefusedError: if the table has no such move from where the licence stands
    """
    term = newest_term(licence, on=on)
    state = LICENCE.after(LicenceState(term.state), move)
    new = {
        **(changes or {}),
        "state": state.value,
        "reason_zh": reason.zh[:200],
        "reason_en": reason.en[:300],
    }
    moment = at if at > term.recorded_at else term.recorded_at + _NEXT
    if term.ends is not None and on >= term.ends:
        return _after_the_end(term, on, moment, new)
    return term.succeed(max(on, term.begins), at=moment, **new)


def _after_the_end(
    term: LicenceTerm, on: date, at: datetime, changes: Mapping[str, Any]
) -> LicenceTerm:
    """Begin a new period after one that is over; what held before is not touched."""
    period = {"begins": on, "ends": None, "recorded_at": at}
    held = {name: getattr(term, name) for name in ("licence_id", "hs_prefixes", "origins")}
    return LicenceTerm.objects.create(**{**held, **period, **changes})


def propose(
    licence: Licence,
    wish: LicenceMove,
    *,
    state: LicenceState,
    on: date,
    reason: Reason,
    by: str,
    at: datetime,
    **more: Any,
) -> LicenceAct:
    """
    Record that a move is wanted; nothing changes for the holder yet.

    :raises MoveRefusedError: if the table has no such move from where the licence stands
    """
    return LicenceAct.objects.create(
        licence=licence,
        move=wish.value,
        state_before=state.value,
        state_after=LICENCE.after(state, wish).value,
        on=on,
        reason_code=reason.code,
        reason_zh=reason.says.zh[:200],
        reason_en=reason.says.en[:300],
        proposed_by=by,
        proposed_at=at,
        **more,
    )


def settle(act: LicenceAct, *, approved: bool, by: str, at: datetime) -> None:
    """Record who decided on a move that was wanted, and how."""
    act.approved, act.decided_by, act.decided_at = approved, by, at
    act.save(update_fields=["approved", "decided_by", "decided_at"])
