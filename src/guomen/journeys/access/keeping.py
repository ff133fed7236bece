"""Keeping the register of enterprises: entered, changed, each step known to the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.db import transaction

from guomen.journeys.access import recording
from guomen.journeys.access.actors import Actor
from guomen.journeys.access.errors import AccessError
from guomen.supervision.agencies import queries as agencies
from guomen.supervision.parties import finding, operations, signs
from guomen.supervision.parties.models import (
    Enterprise,
    FormerName,
    TradeRole,
    TradeRoleKind,
)

ENTERED = "enterprise.entered"
CHANGED = "enterprise.changed"
_PLAIN = (
    "name_zh",
    "name_en",
    "uscc",
    "overseas_number",
    "country",
    "place_zh",
    "phone",
    "is_sme",
)


class RecordMovedError(AccessError):
    """Somebody changed the record since the caller read it; nothing was stored."""

    code: ClassVar[str] = "access.record-moved"


def enter(given: Mapping[str, Any], *, agency: str, who: Actor) -> Enterprise:
    """
    Put an enterprise on the register from today.

    :raises guomen.supervision.parties.operations.CreditCodeRefusedError: if the code is not one
    """
    given = signs.all_visible(given)
    with transaction.atomic():
        body = {name: given.get(name) for name in ("uscc", "overseas_number", "country")}
        known = recording.record(ENTERED, agency, body, at=who.at, by=who.by)
        made = operations.register(
            operations.NewEnterprise(
                agency_id=agencies.ids()[agency],
                roles=tuple(TradeRoleKind(role) for role in given.get("roles", ())),
                name_zh=given["name_zh"],
                name_en=given["name_en"],
                uscc=given.get("uscc"),
                overseas_number=given.get("overseas_number"),
                country=given.get("country") or "CN",
                place_zh=given.get("place_zh") or "",
                phone=given.get("phone") or "",
                is_sme=given.get("is_sme"),
            ),
            on=who.day,
            at=known,
        )
    return made


def change(pk: int, given: Mapping[str, Any], *, who: Actor, version: int) -> Enterprise:
    """
    Change what is on record about an enterprise; parts in trade begin and end today.

    :raises RecordMovedError: if ``version`` is no longer that of the record
    """
    given = signs.all_visible(given)
    with transaction.atomic():
        reference = Enterprise.objects.values_list("reference", flat=True).get(pk=pk)
        # Personal data stays out of the ledger: the names of the columns are enough.
        body = {"columns": sorted(name for name in given if name in (*_PLAIN, "roles"))}
        known = recording.record(CHANGED, reference, body, at=who.at, by=who.by)
        row = Enterprise.objects.select_for_update().get(pk=pk)
        if row.version != version:
            raise RecordMovedError(
                "somebody changed this record meanwhile; look at it again",
                zh="这条记录刚被他人修改，请重新查看",
            )
        _keep_name(row, given, who=who, known=known)
        for name in _PLAIN:
            if name in given:
                empty = None if name in ("uscc", "overseas_number", "is_sme") else ""
                value = given[name]
                setattr(row, name, empty if value in (None, "") else value)
        row.version += 1
        row.save()
        finding.index([row.pk, *([row.merged_into_id] if row.merged_into_id else [])])
        if "roles" in given:
            _change_roles(row, set(given["roles"]), who=who, known=known)
    return row


def _keep_name(row: Enterprise, given: Mapping[str, Any], *, who: Actor, known: datetime) -> None:
    """Keep the name that an enterprise bore until today: people go on looking for it."""
    if row.name_zh != given.get("name_zh", row.name_zh):
        FormerName.objects.create(
            enterprise=row,
            name_zh=row.name_zh,
            name_en=row.name_en,
            until=who.day,
            recorded_at=known,
        )


def _change_roles(row: Enterprise, wanted: set[str], *, who: Actor, known: Any) -> None:
    held = {
        part.role: part
        for part in TradeRole.objects.as_of(who.day, known=known).filter(enterprise=row)
    }
    for role in wanted - held.keys():
        TradeRole.objects.create(enterprise=row, role=role, begins=who.day, recorded_at=known)
    for role in held.keys() - wanted:
        part = held[role]
        part.superseded_at = known
        part.save(update_fields=["superseded_at"])
        if part.begins < who.day:
            TradeRole.objects.create(
                enterprise=row, role=role, begins=part.begins, ends=who.day, recorded_at=known
            )
