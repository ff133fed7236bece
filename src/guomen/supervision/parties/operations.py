"""Writes of parties, in the caller's transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from django.db.models import Max

from guomen.core.errors import GuomenError
from guomen.supervision.parties import finding
from guomen.supervision.parties.codes import reference, uscc_valid
from guomen.supervision.parties.models import (
    Enterprise,
    Registration,
    RegistrationState,
    TradeRole,
    TradeRoleKind,
)


class CreditCodeRefusedError(GuomenError):
    """A unified social credit code does not pass its check character."""

    code: ClassVar[str] = "parties.credit_code_refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEnterprise:
    """What is entered when an enterprise comes on the register."""

    name_zh: str
    name_en: str
    agency_id: int
    uscc: str | None = None
    overseas_number: str | None = None
    country: str = "CN"
    place_zh: str = ""
    phone: str = ""
    is_sme: bool | None = None
    roles: tuple[TradeRoleKind, ...] = ()


def register(new: NewEnterprise, *, on: date, at: datetime) -> Enterprise:
    """
    Put an enterprise on the register from a day on, with its parts in trade.

    :raises CreditCodeRefusedError: if the credit code is not one
    """
    if new.uscc is not None and not uscc_valid(new.uscc):
        raise CreditCodeRefusedError(
            f"{new.uscc} is not a unified social credit code: compare all 18 characters with the "
            "business licence.",
            uscc=new.uscc,
        )
    last = Enterprise.objects.aggregate(last=Max("reference"))["last"]
    number = int(last.split("-")[1]) + 1 if last else 1
    enterprise = Enterprise.objects.create(
        reference=reference("ENT", number),
        uscc=new.uscc,
        overseas_number=new.overseas_number,
        country=new.country,
        name_zh=new.name_zh,
        name_en=new.name_en,
        is_sme=new.is_sme,
        agency_id=new.agency_id,
        place_zh=new.place_zh,
        phone=new.phone,
    )
    finding.index([enterprise.pk])
    Registration.objects.create(
        enterprise=enterprise, state=RegistrationState.ACTIVE, begins=on, recorded_at=at
    )
    TradeRole.objects.bulk_create(
        TradeRole(enterprise=enterprise, role=role, begins=on, recorded_at=at) for role in new.roles
    )
    return enterprise


def close(enterprise: Enterprise, *, on: date, at: datetime) -> Registration:
    """Strike an enterprise off the register from a day on; what was true before stays."""
    held = Registration.objects.select_for_update().as_of(on, known=at).get(enterprise=enterprise)
    return held.succeed(on, at=at, state=RegistrationState.DEREGISTERED)
