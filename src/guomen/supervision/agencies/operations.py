"""Writes of agencies and officers, in the caller's transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from guomen.core.errors import GuomenError
from guomen.supervision.agencies import queries
from guomen.supervision.agencies.models import (
    Agency,
    AgencyKind,
    DeclaredInterest,
    InterestKind,
    Officer,
    RoleHeld,
)


class AgencyCodeMalformedError(GuomenError):
    """An agency code is a segment of a path and may not hold a slash."""

    code: ClassVar[str] = "agencies.code_malformed"


class ConflictOfInterestError(GuomenError):
    """Whoever is party to a case, kin to a party, or has assessed it may not decide it."""

    code: ClassVar[str] = "agencies.conflict_of_interest"


class SamePersonError(GuomenError):
    """A serious act needs a second person, and whoever began it is not a second one."""

    code: ClassVar[str] = "agencies.same_person"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAgency:
    """What a new agency is called and what it is."""

    code: str
    kind: AgencyKind
    name_zh: str
    name_en: str
    zone: str = "Asia/Shanghai"


def found(new: NewAgency, *, parent: Agency | None) -> Agency:
    """
    Create an agency below its parent, or a root.

    :raises AgencyCodeMalformedError: if the code is empty or holds a slash
    """
    if not new.code or "/" in new.code:
        raise AgencyCodeMalformedError(
            f"The code {new.code!r} cannot be part of a path: use letters and digits only.",
            agency=new.code,
        )
    return Agency.objects.create(
        code=new.code,
        kind=new.kind,
        parent=parent,
        path=f"{parent.path if parent else '/'}{new.code}/",
        name_zh=new.name_zh,
        name_en=new.name_en,
        zone=new.zone,
    )


def give_role(officer: Officer, role: str, *, on: date, at: datetime) -> RoleHeld:
    """Let an officer hold a role from a day on."""
    return RoleHeld.objects.create(officer=officer, role=role, begins=on, recorded_at=at)


def declare_interest(
    officer: Officer,
    enterprise_id: int,
    kind: InterestKind,
    *,
    on: date,
    at: datetime,
    note: str = "",
) -> DeclaredInterest:
    """Record that an officer has an interest in an enterprise from a day on."""
    return DeclaredInterest.objects.create(
        officer=officer,
        enterprise_id=enterprise_id,
        kind=kind,
        note=note,
        begins=on,
        recorded_at=at,
    )


_ANY = frozenset(InterestKind)


def refuse_conflict(
    by: str,
    enterprise_id: int,
    *,
    on: date,
    known: datetime,
    among: frozenset[InterestKind] = _ANY,
) -> None:
    """
    Refuse an officer who has declared an interest, of some kinds, in an enterprise.

    :raises ConflictOfInterestError: if one holds on the day
    """
    held = [
        kind
        for kind in queries.interests_of(by, enterprise_id, on=on, known=known)
        if kind in among
    ]
    if held:
        raise ConflictOfInterestError(
            "You have declared an interest in this enterprise "
            f"({', '.join(str(kind) for kind in held)}): a colleague without one decides.",
            officer=by,
            kinds=[str(kind) for kind in held],
        )


def require_second_person(by: str, *others: str) -> None:
    """
    Refuse whoever already acted in a case: they are not a second person.

    :raises SamePersonError: if the officer is among the others
    """
    if by in others:
        raise SamePersonError(
            "You acted in this case already: it needs a second person, ask a colleague who has "
            "the right.",
            officer=by,
        )
