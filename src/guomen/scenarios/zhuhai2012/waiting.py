"""
What waits at the desks on the day of the article: licences that somebody must decide on.

Applications, proposals that need a second person, appeals and renewals, each with its notices, as
the journeys would have left them. Records only of the last weeks; no ruling of the year read them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from guomen.core.text import Text
from guomen.journeys.access import noticing
from guomen.rulebooks import licensing
from guomen.scenarios.zhuhai2012.figures import TODAY
from guomen.scenarios.zhuhai2012.files import at_nine
from guomen.scenarios.zhuhai2012.rows import LicenceRow, Registers
from guomen.supervision.licences import operations
from guomen.supervision.licences.lifecycle import AppealState, LicenceMove, LicenceState
from guomen.supervision.licences.models import (
    Appeal,
    Licence,
    LicenceAct,
    LicenceKind,
    LicenceTerm,
    Occasion,
    Review,
)
from guomen.supervision.licences.operations import Application, Reason

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What is written already: keys by number, people and firms by account."""

    registers: Registers
    enterprises: Mapping[int, int]
    licences: Mapping[str, int]
    sites: Mapping[str, int]
    agencies: Mapping[str, int]
    people: Mapping[str, str]
    firms: Mapping[str, int]

    def held(self, enterprise: int, kind: LicenceKind) -> LicenceRow:
        """Return the licence of a kind that an enterprise, by its number, holds."""
        rows = self.registers.licences
        return next(row for row in rows if row.enterprise == enterprise and row.kind is kind)

    def agency(self, enterprise: int) -> int:
        """Return the key of the agency that looks after an enterprise."""
        rows = self.registers.enterprises
        return self.agencies[next(row.agency for row in rows if row.number == enterprise)]


def lay(room: Room) -> None:
    """Write everything that waits."""
    applications(room)
    proposals(room)
    appeals(room)
    renewals(room)


# -- applications ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """One application: who asks, for what, how many days ago, which documents are missing."""

    serial: int
    prefix: str
    enterprise: int
    kind: LicenceKind
    scope: tuple[str, ...]
    ago: int
    site: str | None = None
    missing: tuple[str, ...] = ()


def _wanted(room: Room) -> tuple[_Asked, ...]:
    firms, sites = room.firms, {row.enterprise: row.number for row in room.registers.sites}
    store = _lost(room, LicenceKind.COLD_STORE_FILING)
    return (
        _Asked(
            serial=1,
            prefix="CF",
            enterprise=firms["firm.wine"],
            kind=LicenceKind.CONSIGNEE_FILING,
            scope=("0406",),
            ago=3,
        ),
        _Asked(
            serial=1,
            prefix="SF",
            enterprise=firms["firm.vegetables"],
            kind=LicenceKind.BASE_FILING,
            scope=("0709",),
            ago=6,
            site=sites[firms["firm.vegetables"]],
            missing=("soil_water_report", "medication_rules"),
        ),
        _Asked(
            serial=2,
            prefix="SF",
            enterprise=firms["firm.fish"],
            kind=LicenceKind.FARM_REGISTRATION,
            scope=("0301",),
            ago=15,
            site=sites[firms["firm.fish"]],
        ),
        _Asked(
            serial=3,
            prefix="SF",
            enterprise=store,
            kind=LicenceKind.COLD_STORE_FILING,
            scope=("02",),
            ago=24,
            site=sites[store],
        ),
    )


def _lost(room: Room, kind: LicenceKind) -> int:
    """Return the first enterprise that lost a licence of a kind."""
    return next(
        row.enterprise
        for row in room.registers.licences
        if row.kind is kind and row.enterprise and row.standing.changes
    )


def applications(room: Room) -> None:
    """Write applications as they stand: new, waiting for documents, under review."""
    for asked in _wanted(room):
        day = TODAY - asked.ago * _DAY
        needed = licensing.DOCUMENTS_FOR[asked.kind.value]
        term = operations.apply(
            Application(
                number=f"{asked.prefix}-2012-{asked.serial:05d}",
                kind=asked.kind,
                agency_id=room.agency(asked.enterprise),
                enterprise_id=room.enterprises[asked.enterprise],
                site_id=room.sites[asked.site] if asked.site else None,
                begins=day,
                hs_prefixes=asked.scope,
                documents=tuple(code for code in needed if code not in asked.missing),
            ),
            at=at_nine(day),
        )
        if asked.missing:
            until = noticing.working_day(at_nine(day + _DAY), _CORRECTION)
            details = {"documents": list(asked.missing), "until": until.isoformat()}
            _moved(room, term.licence, LicenceMove.ASK_DOCUMENTS, day + _DAY, details=details)
        elif asked.kind is LicenceKind.FARM_REGISTRATION:
            _moved(room, term.licence, LicenceMove.ACCEPT, day + 2 * _DAY)
            _review(room, term.licence, Occasion.APPLICATION, serial=1, due=TODAY + 6 * _DAY)


_CORRECTION = licensing.CORRECTION_DAYS.on(TODAY).value


def _review(room: Room, licence: Licence, occasion: Occasion, *, serial: int, due: date) -> None:
    Review.objects.create(
        number=f"REV-2012-8{serial:05d}",
        licence=licence,
        occasion=occasion,
        assessors=[room.people["vet"]],
        due=due,
        planned_by=room.people["access"],
        planned_at=at_nine(TODAY - 7 * _DAY),
    )


# -- acts ------------------------------------------------------------------------------------------


def _proposed(
    room: Room, licence: Licence, move: LicenceMove, on: date, code: str, **more: Any
) -> LicenceAct:
    term = operations.newest_term(licence, on=on)
    return operations.propose(
        licence,
        move,
        state=LicenceState(term.state),
        on=on,
        reason=Reason(code=code, says=licensing.REASONS[code]),
        by=room.people["access"],
        at=at_nine(on),
        **more,
    )


def _moved(
    room: Room,
    licence: Licence,
    move: LicenceMove,
    on: date,
    code: str | None = None,
    **more: Any,
) -> LicenceAct:
    """Make a move as an officer of access did it, and tell the holder."""
    act = _proposed(room, licence, move, on, code or licensing.REASONS_FOR[move.value][0], **more)
    _carried_out(act, room.people["access"], at_nine(on))
    return act


def _carried_out(act: LicenceAct, by: str, at: datetime, **changes: Any) -> None:
    reason = Text(zh=act.reason_zh, en=act.reason_en)
    move = LicenceMove(act.move)
    operations.move(act.licence, move, on=act.on, at=at, reason=reason, changes=changes)
    operations.settle(act, approved=True, by=by, at=at)
    operations.raise_version(act.licence)
    noticing.tell(act, at=at)


def _licence(room: Room, row: LicenceRow) -> Licence:
    found = Licence.objects.select_related("enterprise", "site__enterprise")
    return found.get(pk=room.licences[row.number])


def proposals(room: Room) -> None:
    """Write two revocations that wait for a second person: one heard already, one still open."""
    makers = room.held(room.firms["firm.aircon"], LicenceKind.EXPORT_QUALITY_LICENCE)
    stores = (row for row in room.registers.licences if row.kind is LicenceKind.COLD_STORE_FILING)
    store = next(row for row in stores if row.granted(TODAY))
    for row, code, ago, statement in (
        (makers, "conditions_lost", 1, ""),
        (store, "not_corrected", 16, "冷库温度自动记录仪已于5月10日更换，请求复查后再作决定。"),
    ):
        day = TODAY - ago * _DAY
        until = noticing.heard_until(at_nine(day), day)
        stated = at_nine(day + 4 * _DAY) if statement else None
        act = _proposed(
            room,
            _licence(room, row),
            LicenceMove.REVOKE,
            day,
            code,
            heard_until=until,
            statement=statement,
            stated_at=stated,
        )
        noticing.tell(act, at=at_nine(day))


# -- appeals ---------------------------------------------------------------------------------------


def appeals(room: Room) -> None:
    """Write an appeal of last winter that was dismissed, and one that is open."""
    out = room.held(room.firms["firm.meat.out"], LicenceKind.CONSIGNEE_FILING)
    against = _against(room, [out], LicenceMove.FORCE_EXIT)
    filed = (against.decided_at or at_nine(TODAY)) + 21 * _DAY
    _appeal(
        against,
        filed,
        "复审不合格项已整改完毕，请求撤销强制退出决定。",
        state=AppealState.DISMISSED,
        note="整改发生在决定之后，不影响原决定；可重新申请备案。",
        decided_by=room.people["approver"],
        decided_at=filed + 40 * _DAY,
    )
    quality = (
        row for row in room.registers.licences if row.kind is LicenceKind.EXPORT_QUALITY_LICENCE
    )
    lapsed = _against(room, quality, LicenceMove.LAPSE)
    filed = at_nine(TODAY - _DAY)
    _appeal(lapsed, filed, "许可届满前已提出延续申请，因补正材料未及时受理，请求维持许可。")
    # The law itself keeps the licence in force while this is open.
    stay = operations.propose(
        lapsed.licence,
        LicenceMove.ANNUL,
        state=LicenceState.LAPSED,
        on=filed.date(),
        reason=Reason(code="stay_granted", says=licensing.REASONS["stay_granted"]),
        by="REP",
        at=filed,
        details={"appeal": lapsed.appeal.number},
    )
    _carried_out(stay, "REP", filed, ends=None)


def _against(room: Room, rows: Iterable[LicenceRow], move: LicenceMove) -> LicenceAct:
    """Return the newest decision of a kind on some licences."""
    keys = [room.licences[row.number] for row in rows]
    found = LicenceAct.objects.filter(licence__in=keys, move=move.value, approved=True)
    newest = found.select_related("licence__enterprise", "licence__site__enterprise")
    return newest.latest("decided_at")


def _appeal(against: LicenceAct, filed: datetime, grounds: str, **more: Any) -> Appeal:
    rule = licensing.APPEALS[against.move]
    days = licensing.APPEAL_DECISION_DAYS.on(filed.date()).value
    return Appeal.objects.create(
        number=f"APL-{filed:%Y}-{Appeal.objects.count() + 1:05d}",
        act=against,
        enterprise_id=against.licence.enterprise_id or 0,
        grounds=grounds,
        filed_by="REP",
        filed_at=filed,
        due_at=noticing.end_of(filed.date() + days * _DAY),
        holds_back=[effect.value for effect in rule.effects],
        **more,
    )


# -- renewals --------------------------------------------------------------------------------------


def renewals(room: Room) -> None:
    """Let some licences end soon; the renewal of one was asked for, another was reviewed for it."""
    base = room.held(room.firms["firm.vegetables"], LicenceKind.BASE_FILING)
    farm = room.held(room.firms["firm.fish"], LicenceKind.FARM_REGISTRATION)
    plants = [
        row
        for row in room.registers.licences
        if row.kind is LicenceKind.FOOD_PLANT_FILING and row.granted(TODAY)
    ]
    ends = {row.number: 9 + 5 * place for place, row in enumerate((base, farm, *plants[:3]))}
    for number, days in ends.items():
        LicenceTerm.objects.current().filter(
            licence=room.licences[number], state=LicenceState.GRANTED.value
        ).update(ends=TODAY + days * _DAY)
    asked = Licence.objects.get(pk=room.licences[farm.number])
    asked.renewal_asked_at = at_nine(TODAY - 8 * _DAY)
    asked.save(update_fields=["renewal_asked_at"])
    _review(room, asked, Occasion.RENEWAL, serial=2, due=TODAY + 4 * _DAY)
