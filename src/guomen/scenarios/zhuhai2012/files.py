"""
What lies behind the exits and filings of the scenario: reviews, decisions, notices, checks.

Rows only, written in bulk like the registers; every one follows from a history that is already
there, so that what a page counts agrees with what the gate reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from guomen.core.text import Text
from guomen.rulebooks.checklists import items_for
from guomen.rulebooks.commodities import BY_CODE, of_group
from guomen.scenarios.zhuhai2012.dice import stream
from guomen.scenarios.zhuhai2012.figures import TODAY
from guomen.scenarios.zhuhai2012.rows import LicenceRow, Registers
from guomen.supervision.licences.lifecycle import LicenceState as State
from guomen.supervision.licences.models import LicenceKind as Kind

#: Keys of the people who did it, by the user name of their account.
People = Mapping[str, str]

FIRST_DAY, LAST_DAY = date(2010, 7, 1), date(2012, 4, 30)
_MOVES = {
    State.REVOKED: ("revoke", "re_review_failed"),
    State.FORCED_EXIT: ("force_exit", "re_review_failed"),
    State.SUSPENDED: ("suspend", "law_broken"),
    State.LAPSED: ("lapse", "expired"),
}


def at_nine(day: date) -> datetime:
    """Return nine in the morning of a day at the bureau."""
    return datetime.combine(day, time(1), tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignRow:
    """One re-review campaign and the licences that it looks at, by number."""

    number: str
    kind: Kind
    name: Text
    begins: date
    due: date
    licences: tuple[LicenceRow, ...]


def campaigns(registers: Registers) -> tuple[CampaignRow, ...]:
    """Return the campaigns: supply bases and farms, importers of meat, cold stores."""
    by_number = {row.number: row for row in registers.enterprises}

    def of(kind: Kind, *cohorts: str) -> tuple[LicenceRow, ...]:
        return tuple(
            row
            for row in registers.licences
            if row.kind is kind and row.enterprise and by_number[row.enterprise].cohort in cohorts
        )

    return (
        CampaignRow(
            number="RRC-2010-001",
            kind=Kind.BASE_FILING,
            name=Text(
                zh="供港澳种植基地和加工企业重新审核",
                en="Re-review of growing bases and processors for Hong Kong and Macao",
            ),
            begins=FIRST_DAY,
            due=LAST_DAY,
            licences=of(Kind.BASE_FILING, "base", "processor"),
        ),
        CampaignRow(
            number="RRC-2010-002",
            kind=Kind.FARM_REGISTRATION,
            name=Text(zh="供港澳养殖场重新审核", en="Re-review of farms for Hong Kong and Macao"),
            begins=FIRST_DAY,
            due=LAST_DAY,
            licences=of(Kind.FARM_REGISTRATION, "animal_farm"),
        ),
        CampaignRow(
            number="RRC-2011-001",
            kind=Kind.CONSIGNEE_FILING,
            name=Text(zh="进口肉类企业重新审核", en="Re-review of importers of meat"),
            begins=date(2011, 1, 5),
            due=date(2012, 1, 31),
            licences=of(Kind.CONSIGNEE_FILING, "meat_importer"),
        ),
        CampaignRow(
            number="RRC-2011-002",
            kind=Kind.COLD_STORE_FILING,
            name=Text(zh="进口肉类备案冷库清理", en="Clean-up of cold stores for meat"),
            begins=date(2011, 3, 1),
            due=date(2011, 12, 31),
            licences=of(Kind.COLD_STORE_FILING, "store_keeper"),
        ),
    )


def fate(row: LicenceRow) -> tuple[date, State, Text] | None:
    """Return when a licence was taken or stopped, how it stands since, and why."""
    if not row.standing.changes:
        return None
    day, standing = row.standing.changes[-1]
    return day, standing.state, standing.reason


def acts(registers: Registers, people: People) -> Iterator[tuple[LicenceRow, dict[str, Any]]]:
    """Yield what was decided on licences: who proposed, who decided, why."""
    for row in registers.licences:
        found = fate(row)
        if found is None:
            continue
        day, state, reason = found
        move, code = _MOVES[state]
        serious = state in (State.REVOKED, State.FORCED_EXIT)
        proposed = at_nine(day - timedelta(days=14)) if serious else at_nine(day)
        yield (
            row,
            {
                "move": move,
                "state_before": State.GRANTED.value,
                "state_after": state.value,
                "on": day,
                "reason_code": code,
                "reason_zh": reason.zh,
                "reason_en": reason.en,
                "proposed_by": people["access"],
                "proposed_at": proposed,
                "heard_until": proposed + timedelta(days=7) if serious else None,
                "approved": True,
                "decided_by": people["director"] if serious else people["access"],
                "decided_at": at_nine(day),
            },
        )


def reviews(
    registers: Registers, people: People, seed: int
) -> Iterator[tuple[CampaignRow, LicenceRow, dict[str, Any], list[dict[str, str]]]]:
    """Yield the concluded reviews of the campaigns with their answers."""
    dice = stream(seed, "reviews")
    serial = 0
    for campaign in campaigns(registers):
        for row in campaign.licences:
            serial += 1
            out = fate(row)
            day = _review_day(dice, campaign, None if out is None else out[0])
            answers = _answers(dice, row.kind.value, failed=out is not None)
            yield (
                campaign,
                row,
                {
                    "number": f"REV-{day.year}-{serial:06d}",
                    "occasion": "re_review",
                    "state": "concluded",
                    "assessors": [people["vet"], people["inspector.gongbei"]],
                    "due": campaign.due,
                    "planned_by": people["campaign"],
                    "planned_at": at_nine(campaign.begins),
                    "visited_on": day,
                    "conclusion": "fail" if out is not None else "pass",
                    "concluded_by": people["vet"],
                    "concluded_at": at_nine(day),
                    "version": len(answers) + 2,
                },
                answers,
            )


def _review_day(dice: np.random.Generator, campaign: CampaignRow, out: date | None) -> date:
    last = min(campaign.due, LAST_DAY) if out is None else out - timedelta(days=16)
    days = max(1, (last - campaign.begins).days)
    return campaign.begins + timedelta(days=int(dice.integers(days)))


def _answers(dice: np.random.Generator, kind: str, *, failed: bool) -> list[dict[str, str]]:
    items = items_for(kind)
    keys = [item.code for item in items if item.key]
    worst = str(dice.choice(keys)) if failed else ""
    return [
        {
            "item": item.code,
            "answer": "major" if item.code == worst else "conforms",
            "note": "现场未能提供完整记录" if item.code == worst else "",
        }
        for item in items
    ]


def yearly(registers: Registers) -> Iterator[tuple[LicenceRow, date]]:
    """Yield the yearly reviews of this summer: a few are late, most are to come."""
    bases = [
        row
        for row in registers.licences
        if row.kind in (Kind.BASE_FILING, Kind.FARM_REGISTRATION) and row.granted(TODAY)
    ]
    for place, row in enumerate(bases):
        yield row, TODAY + timedelta(days=7 * place - 18)


# -- filings ---------------------------------------------------------------------------------------

_USED = (
    ("山梨酸钾", "202", "酱油", "1.0", "防腐"),
    ("柠檬酸", "330", "饮料", None, "调节酸度"),
    ("谷氨酸钠", "621", "方便面", None, "增味"),
    ("焦糖色", "150", "酱油", None, "着色"),
    ("苯甲酸钠", "211", "酱油", "1.0", "防腐"),
    ("二氧化硫", "220", "糖渍水果", "0.35", "漂白"),
)


def reporting(registers: Registers) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the enterprises that filed and signed, and those only checked, by number."""
    filed = tuple(
        row.enterprise
        for row in registers.licences
        if row.kind is Kind.ADDITIVE_FILING and row.enterprise is not None
    )
    trading = registers.in_cohort("food_importer")
    others = [r.number for r in trading if r.groups[0] == "additives" and r.number not in filed]
    return filed, tuple(others[:ONLY_CHECKED])


#: Checked in the campaign, and had filed nothing (67 checked, 62 filed).
ONLY_CHECKED = 5


def substances(seed: int, number: int) -> list[dict[str, Any]]:
    """Return what one enterprise reports to put into its food."""
    dice = stream(seed, f"additives {number}")
    chosen = dice.choice(len(_USED), size=int(dice.integers(1, 4)), replace=False)
    return [
        {
            "kind": "additive",
            "name_zh": name,
            "ins": ins,
            "food": food,
            "most": None if most is None else Decimal(most),
            "purpose": purpose,
        }
        for name, ins, food, most, purpose in (_USED[int(i)] for i in chosen)
    ]


def check_day(seed: int, number: int) -> date:
    """Return the day on which an enterprise was checked in the campaign against additives."""
    dice = stream(seed, f"check {number}")
    return date(2011, 6, 1) + timedelta(days=int(dice.integers(300)))


def farm_entries(site: str, kind: str) -> Iterator[dict[str, Any]]:
    """Yield the records that a farm keeps this spring, by the number of its site."""
    plants = kind in ("growing_base", "nursery")
    unit = "3号地块" if plants else "3号塘"
    rows: Sequence[tuple[str, int, str, str, str, int | None]] = (
        ("input", 80, "菜心种子" if plants else "鳗鱼苗", "40", "KGM", None),
        (
            "fertiliser" if plants else "feed",
            60,
            "有机肥" if plants else "配合饲料",
            "500",
            "KGM",
            None,
        ),
        (
            "pesticide" if plants else "medication",
            40,
            "苏云金杆菌" if plants else "氟苯尼考",
            "2",
            "KGM",
            7 if plants else 21,
        ),
        ("harvest", 20, "菜心" if plants else "鳗鱼", "900", "KGM", None),
        (
            "pesticide" if plants else "medication",
            4,
            "阿维菌素" if plants else "恩诺沙星",
            "1",
            "KGM",
            10 if plants else 21,
        ),
    )
    for entry, ago, product, amount, measure, wait in rows:
        on = TODAY - timedelta(days=ago)
        yield {
            "kind": entry,
            "on": on,
            "unit": unit,
            "product": product,
            "amount": Decimal(amount),
            "measure": measure,
            "prescriber": "备案兽医" if entry == "medication" else "",
            "free_from": None if wait is None else on + timedelta(days=wait),
            "written_at": at_nine(on),
        }


def products(registers: Registers, seed: int) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield what importers bring in and makers of food make, with its origins."""
    dice = stream(seed, "products")
    wanted = registers.in_cohort("meat_importer", "food_importer", "food_plant", "processor")
    for row in wanted:
        codes = [c.hs_code for group in row.groups for c in of_group(group)]
        code = str(dice.choice(codes))
        imports = row.cohort in ("meat_importer", "food_importer")
        yield (
            row.number,
            {
                "hs_code": code,
                "name_zh": BY_CODE[code].name.zh,
                "name_en": BY_CODE[code].name.en,
                "origins": sorted({str(o) for o in dice.choice(_ORIGINS, size=2)})
                if imports
                else ["CN"],
            },
        )


_ORIGINS = ("AU", "NZ", "FR", "US", "BR", "TH", "DK", "CA")
