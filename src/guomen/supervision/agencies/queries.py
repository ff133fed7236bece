"""Reads of agencies and officers: subtrees, roles, and the facts that a decision needs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import date, datetime

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import QuerySet

from guomen.core.text import Text
from guomen.supervision.agencies.models import (
    Agency,
    DeclaredInterest,
    Delegation,
    InterestKind,
    Officer,
    RoleHeld,
)
from guomen.supervision.prepared import PreparedQuery


@dataclass(frozen=True, slots=True, kw_only=True)
class AgencyFacts:
    """What others may know of an agency."""

    code: str
    kind: str
    path: str
    zone: str
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficerFacts:
    """Who acts, where, and in which roles on a day, lent roles included."""

    key: str
    name_zh: str
    name_en: str
    agency: AgencyFacts
    roles: frozenset[str]

    def sees(self, path: str) -> bool:
        """Tell whether an agency's path lies in the subtree of the officer's agency."""
        return path.startswith(self.agency.path)


def _facts(agency: Agency) -> AgencyFacts:
    return AgencyFacts(**{name: getattr(agency, name) for name in _FACTS})


def subtree(path: str) -> QuerySet[Agency]:
    """Return an agency and everything below it."""
    return Agency.objects.filter(path__startswith=path)


def subtree_keys(path: str) -> list[int] | None:
    """
    Return the keys of an agency and of everything below it; None when that is the whole house.

    Where nothing is cut off, a list is not narrowed: no row has to be asked for its agency.
    """
    rows = Agency.objects.order_by("pk").values_list("pk", "path")
    keys = [key for key, held in rows if held.startswith(path)]
    return None if len(keys) == len(rows) else keys


def agencies(codes: Collection[str] | None = None) -> dict[str, AgencyFacts]:
    """Return agencies by code; all of them when no codes are given."""
    rows = Agency.objects.all() if codes is None else Agency.objects.filter(code__in=codes)
    return {agency.code: _facts(agency) for agency in rows}


def named(codes: Collection[str]) -> dict[str, Text]:
    """Return the names of agencies by code, in one query."""
    rows = Agency.objects.filter(code__in=codes).values_list("code", "name_zh", "name_en")
    return {code: Text(zh=zh, en=en) for code, zh, en in rows}


def ids() -> dict[str, int]:
    """Return the keys of agencies by code, for storing rows of other mechanisms."""
    return dict(Agency.objects.values_list("code", "pk"))


def officer_or_none(user: AbstractBaseUser, *, on: date, known: datetime) -> OfficerFacts | None:
    """Return the officer behind an account with the roles held on a day, or None for others."""
    for pk, key, name_zh, name_en, *agency in _OFFICER.rows(user.pk):
        return OfficerFacts(
            key=key,
            name_zh=name_zh,
            name_en=name_en,
            agency=AgencyFacts(**dict(zip(_FACTS, agency, strict=True))),
            roles=frozenset(role for (role,) in _ROLES.rows(pk, on, known)),
        )
    return None


_FACTS = tuple(field.name for field in fields(AgencyFacts))
# Every page of an officer begins with these two.
_OFFICER = PreparedQuery(
    Officer,
    lambda user: Officer.objects.filter(user_id=user).values_list(
        "pk", "key", "name_zh", "name_en", *(f"agency__{name}" for name in _FACTS)
    ),
)
_ROLES = PreparedQuery(
    RoleHeld,
    lambda officer, on, known: (
        RoleHeld.objects.as_of(on, known=known)
        .filter(officer=officer)
        .values_list("role")
        .union(Delegation.objects.as_of(on, known=known).filter(taker=officer).values_list("role"))
    ),
)


def officers_with(role: str, *, path: str, on: date, known: datetime) -> QuerySet[Officer]:
    """Return the officers of a subtree who hold a role on a day."""
    held = RoleHeld.objects.as_of(on, known=known).filter(role=role)
    return Officer.objects.filter(
        agency__path__startswith=path, pk__in=held.values("officer_id")
    ).select_related("agency")


def names_of(keys: Collection[str]) -> dict[str, tuple[str, str]]:
    """Return the names (zh, en) of officers by key, for showing a ledger entry."""
    rows = Officer.objects.filter(key__in=keys).values_list("key", "name_zh", "name_en")
    return {key: (zh, en) for key, zh, en in rows}


def interests_of(
    officer: str, enterprise_id: int, *, on: date, known: datetime
) -> tuple[InterestKind, ...]:
    """Return the interests that an officer, by key, has declared in an enterprise on a day."""
    rows = (
        DeclaredInterest.objects.as_of(on, known=known)
        .filter(officer__key=officer, enterprise_id=enterprise_id)
        .order_by("kind")
    )
    return tuple(InterestKind(kind) for kind in rows.values_list("kind", flat=True).distinct())


def interested(
    officer: str,
    enterprises: Collection[int],
    *,
    on: date,
    known: datetime,
    among: Collection[InterestKind],
) -> set[int]:
    """Return in which of some enterprises an officer has declared an interest of some kinds."""
    rows = DeclaredInterest.objects.as_of(on, known=known).filter(
        officer__key=officer, enterprise__in=enterprises, kind__in=among
    )
    return set(rows.values_list("enterprise_id", flat=True))


def interested_in(
    enterprises: Collection[str], *, on: date, known: datetime
) -> set[tuple[str, str]]:
    """Return which officers have declared an interest in which enterprises (by reference)."""
    rows = DeclaredInterest.objects.as_of(on, known=known).filter(
        enterprise__reference__in=enterprises
    )
    return set(rows.values_list("officer__key", "enterprise__reference"))
