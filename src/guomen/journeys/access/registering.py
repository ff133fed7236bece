"""
What becomes of an enterprise on the register: dormant, active again, merged into another, closed.

Not for two records of one enterprise (``likeness``): here the enterprises themselves change. What
was lodged under the old one stays; its licences are moved by applications of the new one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

from django.db import transaction
from django.db.models import F

from guomen.journeys.access import recording
from guomen.journeys.access.actors import Actor, refuse_tied
from guomen.journeys.access.errors import AccessError
from guomen.supervision.parties.models import Enterprise, Registration, RegistrationState

REGISTERED = "enterprise.registered"
_NEXT = timedelta(microseconds=1)


class RegistrationRefusedError(AccessError):
    """The register cannot be changed like this; nothing was stored."""

    code: ClassVar[str] = "access.registration-refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to hold from which day; a merger names who goes on."""

    state: RegistrationState
    on: date
    successor: Enterprise | None = None


def change(enterprise: Enterprise, wish: Wish, *, who: Actor) -> Registration:
    """
    Change how an enterprise stands on the register, from a day on.

    :raises RegistrationRefusedError: if it stands so already, a merger names nobody or itself, or
        the day lies before the present state began
    :raises guomen.journeys.access.actors.TiedError: if the actor has a tie to either
    """
    _refuse_unsound(enterprise, wish)
    refuse_tied(who, [enterprise, wish.successor])
    with transaction.atomic():
        body = {"on": wish.on.isoformat(), "state": wish.state.value}
        known = recording.record(REGISTERED, enterprise.reference, body, at=who.at, by=who.by)
        held = Registration.objects.select_for_update().current().filter(enterprise=enterprise)
        newest = held.order_by("begins", "recorded_at").last()
        if newest is None or newest.state == wish.state or wish.on < newest.begins:
            raise RegistrationRefusedError(
                "it stands so already, or the day lies before its present state began",
                zh="登记状态未变化，或日期早于现状态的起始日",
                field="on",
            )
        at = known if known > newest.recorded_at else newest.recorded_at + _NEXT
        made = newest.succeed(
            wish.on,
            at=at,
            state=wish.state,
            successor_id=wish.successor.pk if wish.successor else None,
        )
        Enterprise.objects.filter(pk=enterprise.pk).update(version=F("version") + 1)
    return made


def _refuse_unsound(enterprise: Enterprise, wish: Wish) -> None:
    merges = wish.state is RegistrationState.MERGED
    if merges != (wish.successor is not None) or wish.successor == enterprise:
        raise RegistrationRefusedError(
            "a merger, and only a merger, names another enterprise that goes on",
            zh="合并须写明承继企业，其他状态不写",
            field="successor",
        )


def attach(branch: Enterprise, head_office: Enterprise | None, *, who: Actor) -> None:
    """
    Record of which enterprise another is a branch; None takes the tie away.

    :raises RegistrationRefusedError: if it would be its own head office, over a branch or at once
    :raises guomen.journeys.access.actors.TiedError: if the actor has a tie to either
    """
    if head_office is not None and (head_office == branch or head_office.head_office_id):
        raise RegistrationRefusedError(
            "name the head office itself, not a branch of it and not the same enterprise",
            zh="请填写总公司，不能是其分支机构或企业本身",
            field="head_office",
        )
    refuse_tied(who, [branch, head_office])
    with transaction.atomic():
        body = {"head_office": head_office.reference if head_office else None}
        recording.record(REGISTERED, branch.reference, body, at=who.at, by=who.by)
        Enterprise.objects.filter(pk=branch.pk).update(
            head_office=head_office, version=F("version") + 1
        )
