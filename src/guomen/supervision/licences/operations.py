"""Writes of licences, in the caller's transaction: every move supersedes, none rewrites."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from guomen.core.text import Text
from guomen.supervision.licences.lifecycle import LICENCE, LicenceMove, LicenceState
from guomen.supervision.licences.models import Licence, LicenceKind, LicenceTerm


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
    reason: Text = field(default=Text(zh="", en=""))


def apply(application: Application, *, at: datetime) -> LicenceTerm:
    """Record an application; it admits nothing until it is granted."""
    licence = Licence.objects.create(
        number=application.number,
        kind=application.kind,
        enterprise_id=application.enterprise_id,
        site_id=application.site_id,
        agency_id=application.agency_id,
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


def move(
    licence: Licence, move: LicenceMove, *, on: date, at: datetime, reason: Text
) -> LicenceTerm:
    """
    Make a move of a licence's life from a day on.

    The caller has checked who may make it, and the second person for a serious one.

    :raises MoveRefusedError: if the table has no such move from where the licence stands
    """
    term = LicenceTerm.objects.select_for_update().as_of(on, known=at).get(licence=licence)
    state = LICENCE.after(LicenceState(term.state), move)
    return term.succeed(on, at=at, state=state, reason_zh=reason.zh, reason_en=reason.en)
