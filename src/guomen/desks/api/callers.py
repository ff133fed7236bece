"""
Who calls, and what that lets them see.

Permission lies in the query: a declaration of somebody else is not refused, it is not there.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from ninja.security import HttpBearer, SessionAuth

from guomen.core.errors import GuomenError
from guomen.desks.api.models import Token
from guomen.desks.components import clock
from guomen.journeys.clearance import Lodgement
from guomen.journeys.reading import Audience
from guomen.journeys.registers import KeptByKey
from guomen.supervision.agencies import queries as agencies
from guomen.supervision.agencies.models import Agency, Delegation, Officer, RoleHeld
from guomen.supervision.declarations.models import Declaration, Line
from guomen.supervision.editions.queries import edition
from guomen.supervision.parties.models import Enterprise, Representative

TOKEN_DAYS = timedelta(days=365)
_PREFIX = "gm_"


class NotFoundError(GuomenError):
    """There is nothing of that name among what the caller may see."""

    code: ClassVar[str] = "api.not-found"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A person, or the program of one: an officer with a subtree, or one of an enterprise."""

    key: str
    user: AbstractBaseUser
    agency: str
    path: str | None = None
    roles: frozenset[str] = frozenset()
    enterprise: str | None = None
    numbers: tuple[str, ...] = ()

    @property
    def audience(self) -> Audience:
        """Return as whom the caller reads."""
        return Audience.OFFICER if self.enterprise is None else Audience.ENTERPRISE

    @property
    def only_for(self) -> tuple[str, ...] | None:
        """Return the numbers that must declare or be the agent; None for an officer."""
        return None if self.enterprise is None else self.numbers

    def lodgement(self, at: datetime) -> Lodgement:
        """Return when, by whom and where the caller acts."""
        return Lodgement(at=at, by=self.key, agency=self.agency)

    def declarations(self) -> QuerySet[Declaration]:
        """Return the declarations that the caller may see."""
        if self.enterprise is not None:
            own = Q(enterprise=self.enterprise) | Q(agent=self.enterprise)
            return Declaration.objects.filter(own)
        inside = Q(agency__path__startswith=self.path or "-")
        return Declaration.objects.filter(inside | Q(lodged_by=self.key))

    def declaration(self, reference: str) -> Declaration:
        """
        Return one declaration.

        :raises NotFoundError: if the caller may not see it, or it does not exist
        """
        found = self.declarations().filter(reference=reference).first()
        if found is None:
            raise NotFoundError(
                f"there is no declaration {reference} among yours", reference=reference
            )
        return found

    def line(self, reference: str) -> Line:
        """
        Return one line.

        :raises NotFoundError: if the caller may not see it, or it does not exist
        """
        lines = Line.objects.filter(declaration__in=self.declarations(), reference=reference)
        found = lines.select_related("declaration").first()
        if found is None:
            raise NotFoundError(f"there is no line {reference} among yours", reference=reference)
        return found


def caller_or_none(user: AbstractBaseUser) -> Caller | None:
    """Return who an account is, or None for one that is nobody here."""
    if not user.is_active:
        return None
    now = clock.now()
    officer = agencies.officer_or_none(user, on=now.date(), known=now)
    if officer is not None:
        return Caller(
            key=officer.key,
            user=user,
            agency=officer.agency.code,
            path=officer.agency.path,
            roles=officer.roles,
        )
    person = (
        Representative.objects.select_related("enterprise__agency").filter(user_id=user.pk).first()
    )
    if person is None:
        return None
    firm = person.enterprise
    numbers = (firm.reference, firm.uscc, firm.overseas_number)
    return Caller(
        key=person.key,
        user=user,
        agency=firm.agency.code,
        enterprise=firm.reference,
        numbers=tuple(number for number in numbers if number),
    )


class BySession(SessionAuth):
    """A signed-in person; the request carries the CSRF token."""

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:
        """Return the caller."""
        del key
        return caller_or_none(request.user) if request.user.is_authenticated else None


class ByToken(HttpBearer):
    """A program with a token: ``Authorization: Bearer gm_…``."""

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        """Return the caller."""
        del request
        return caller_of(digest_of(token), at=clock.now())


def caller_of(digest: str, *, at: datetime) -> Caller | None:
    """Return whose token it is that has this digest, or None for one that is not valid now."""
    key = f"{digest} {at.date().isoformat()}"
    for ends_at, caller in _CALLERS.at(edition(), [key])[key]:
        if ends_at > at:
            return caller
    return None


def _read_callers(keys: Collection[str]) -> Iterator[tuple[str, tuple[datetime, Caller]]]:
    """Yield the caller behind each "digest day"; roles are those of the day."""
    for key in keys:
        digest = key.partition(" ")[0]
        row = Token.objects.select_related("user").filter(digest=digest, revoked_at=None).first()
        caller = None if row is None else caller_or_none(row.user)
        if row is not None and caller is not None:
            yield key, (row.ends_at, caller)


# Kept until a token, an account, a role or an agency changes, and no longer than a day.
_CALLERS = KeptByKey(
    Token,
    get_user_model(),
    Officer,
    RoleHeld,
    Delegation,
    Representative,
    Enterprise,
    Agency,
    read=_read_callers,
)


def digest_of(token: str) -> str:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def make_token(user: AbstractBaseUser, *, label: str, at: datetime) -> tuple[Token, str]:
    """Make a token; the secret is returned once and kept nowhere."""
    secret = _PREFIX + secrets.token_urlsafe(32)
    row = Token.objects.create(
        user_id=user.pk, label=label, digest=digest_of(secret), made_at=at, ends_at=at + TOKEN_DAYS
    )
    return row, secret
