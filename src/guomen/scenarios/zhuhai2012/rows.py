"""
The registers of the scenario as plain rows, before any database.

The loader writes them and the generator of declarations reads them, so that both speak of the
same enterprises. Rows carry their whole history; :func:`versions` spells it out in both times.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Generic, TypeVar

from guomen.core.text import Text
from guomen.rulebooks.commodities import BEGINS, Group
from guomen.supervision.licences.lifecycle import LicenceState
from guomen.supervision.licences.models import LicenceKind
from guomen.supervision.parties.models import ManagementSystem, SiteKind, TradeRoleKind

if TYPE_CHECKING:
    from guomen.scenarios.zhuhai2012.class_files import AssessmentRow
    from guomen.scenarios.zhuhai2012.credit_files import EntryRow, FileRow

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

NO_REASON = Text(zh="", en="")


@dataclass(frozen=True, slots=True, kw_only=True)
class History(Generic[T]):
    """A fact from its first day on, and what it became on later days."""

    begins: date
    value: T
    ends: date | None = None
    changes: tuple[tuple[date, T], ...] = ()

    def on(self, day: date) -> T | None:
        """Return what held on a day, or None outside the period."""
        if day < self.begins or (self.ends is not None and day >= self.ends):
            return None
        held = self.value
        for change, value in self.changes:
            if change <= day:
                held = value
        return held


@dataclass(frozen=True, slots=True, kw_only=True)
class Version(Generic[T_co]):
    """One row of a fact valid in time and known in time."""

    value: T_co
    begins: date
    ends: date | None
    recorded_at: datetime
    superseded_at: datetime | None


def moment(day: date) -> datetime:
    """Return the moment of a day at which the registers are written, before work begins."""
    return datetime.combine(day, time(0), tzinfo=UTC)


def always() -> dict[str, object]:
    """Return the period of what holds since the register begins."""
    return {"begins": BEGINS, "recorded_at": moment(BEGINS)}


def versions(history: History[T]) -> Iterator[Version[T]]:
    """Yield every row that a register kept in both times holds after a history."""
    begins, recorded, value = history.begins, moment(history.begins), history.value
    for day, changed in history.changes:
        yield Version(
            value=value,
            begins=begins,
            ends=history.ends,
            recorded_at=recorded,
            superseded_at=moment(day),
        )
        yield Version(
            value=value, begins=begins, ends=day, recorded_at=moment(day), superseded_at=None
        )
        begins, recorded, value = day, moment(day), changed
    yield Version(
        value=value, begins=begins, ends=history.ends, recorded_at=recorded, superseded_at=None
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterpriseRow:
    """One enterprise: who it is, what it does, and what it trades in."""

    number: int
    reference: str
    code: str  # what a declaration writes: credit code, or overseas number
    country: str
    name: Text
    is_sme: bool | None
    agency: str
    place: str
    cohort: str
    groups: tuple[Group, ...]
    registered: date
    roles: tuple[tuple[TradeRoleKind, History[bool]], ...]

    @property
    def overseas(self) -> bool:
        """Tell whether the enterprise is abroad."""
        return self.country != "CN"


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteRow:
    """One establishment and the codes of what it yields or keeps."""

    reference: str
    number: str
    kind: SiteKind
    enterprise: int
    name: Text
    place: str
    latitude: float
    longitude: float
    hs_codes: tuple[str, ...]
    supplies_hk_macao: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The state of a licence and why."""

    state: LicenceState
    reason: Text = NO_REASON


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceRow:
    """One licence with its holder, scope and history."""

    number: str
    kind: LicenceKind
    agency: str
    standing: History[Standing]
    enterprise: int | None = None
    site: str | None = None
    hs_prefixes: tuple[str, ...] = ("",)
    origins: tuple[str, ...] = ("",)

    def granted(self, day: date) -> bool:
        """Tell whether the licence admits on a day."""
        held = self.standing.on(day)
        return held is not None and held.state == LicenceState.GRANTED

    def covers(self, hs_code: str, origin: str) -> bool:
        """Tell whether the scope holds a code and an origin."""
        return hs_code.startswith(self.hs_prefixes) and origin.startswith(self.origins)


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateRow:
    """One certified management system of an enterprise."""

    enterprise: int
    system: ManagementSystem
    number: str
    begins: date
    ends: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Registers:
    """Every register of the scenario."""

    enterprises: tuple[EnterpriseRow, ...]
    sites: tuple[SiteRow, ...]
    licences: tuple[LicenceRow, ...]
    certificates: tuple[CertificateRow, ...]
    classes: dict[int, History[int]]
    ratings: dict[int, History[str]]
    blacklist: tuple[tuple[int, date, Text], ...]
    files: dict[int, FileRow]
    entries: tuple[EntryRow, ...]
    assessments: tuple[AssessmentRow, ...]

    def in_cohort(self, *names: str) -> tuple[EnterpriseRow, ...]:
        """Return the enterprises of cohorts."""
        return tuple(row for row in self.enterprises if row.cohort in names)
