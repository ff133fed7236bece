"""Writes of agencies and officers, in the caller's transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from guomen.core.errors import GuomenError
from guomen.supervision.agencies.models import Agency, AgencyKind, Officer, RoleHeld


class AgencyCodeMalformedError(GuomenError):
    """An agency code is a segment of a path and may not hold a slash."""

    code: ClassVar[str] = "agencies.code_malformed"


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
