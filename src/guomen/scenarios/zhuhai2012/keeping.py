"""
What waits of the registers themselves: twins, old firms and branches, people who ask, a file.

Also which officers must keep out of which cases. Fictional like everything in the scenario.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from guomen.core import likeness
from guomen.core.text import Text
from guomen.journeys import files as spreadsheets
from guomen.journeys.access import importing
from guomen.journeys.access.actors import Actor
from guomen.journeys.access.likeness import thousandths
from guomen.journeys.clearance import Lodgement
from guomen.journeys.standing import partners, previewing
from guomen.scenarios.zhuhai2012.figures import TODAY
from guomen.scenarios.zhuhai2012.files import at_nine
from guomen.scenarios.zhuhai2012.rows import EnterpriseRow, History, Registers, versions
from guomen.supervision.agencies.models import DeclaredInterest, InterestKind
from guomen.supervision.filings.models import AdditiveUse, UsedSubstance
from guomen.supervision.parties import finding
from guomen.supervision.parties.codes import reference, uscc_check_character
from guomen.supervision.parties.models import (
    ChangeRequest,
    Enterprise,
    HoldingKind,
    LikePair,
    Registration,
    RegistrationState,
    RequestState,
    SignUp,
    TradeRole,
    TradeRoleKind,
)

_DAY = timedelta(days=1)
Write = Callable[[type, Any], list[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """What is written already: keys by number, people by account, users by name."""

    registers: Registers
    write: Write
    enterprises: Mapping[int, int]
    agencies: Mapping[str, int]
    people: Mapping[str, str]
    officers: Mapping[str, int]
    user: Callable[[str], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _New:
    """A record beside those of the scenario: like another one, part of it, or taken up by it."""

    row: EnterpriseRow
    phone: str = ""
    head_office: int | None = None
    taken_up: tuple[date, int] | None = None


def lay(shelf: Shelf) -> None:
    """Write everything that waits."""
    _registers(shelf)
    _sign_ups(shelf)
    _changes(shelf)
    _interests(shelf)
    _filings(shelf)
    _spreadsheet(shelf)
    _department(shelf)


# -- more records ----------------------------------------------------------------------------------


def _code(serial: int) -> str:
    body = f"9144040288{serial:06d}0"
    return body + uscc_check_character(body)


def _records(rows: Registers) -> tuple[_New, ...]:
    first = len(rows.enterprises) + 1
    traders, centres = rows.in_cohort("trader"), rows.in_cohort("centre")
    zh, en = str.replace, str.replace
    drafts: list[tuple[EnterpriseRow, Text, dict[str, Any]]] = []
    for one, phone in zip(traders[:3], _PHONES, strict=True):
        name = Text(
            zh=zh(one.name.zh, "有限公司", "有限责任公司"),
            en=en(one.name.en, "Co., Ltd.", "Company Limited"),
        )
        drafts.append((one, name, {"phone": phone}))
    for one, place in zip(traders[3:5], ("斗门", "横琴"), strict=True):
        name = Text(zh=f"{one.name.zh}{place}分公司", en=f"{one.name.en} {_LATIN[place]} Branch")
        drafts.append((one, name, {"head_office": one.number}))
    for one, (brand, goods, day) in zip((*centres, centres[0]), _TAKEN_UP, strict=True):
        name = Text(
            zh=f"珠海{brand.zh}{goods.zh}有限公司", en=f"Zhuhai {brand.en} {goods.en} Co., Ltd."
        )
        drafts.append((one, name, {"taken_up": (day, one.number)}))
    return tuple(
        _New(row=_another(one, first + place, name), **more)
        for place, (one, name, more) in enumerate(drafts)
    )


_PHONES = ("0756-8850131", "0756-8850277", "0756-8850416")
_LATIN = {"斗门": "Doumen", "横琴": "Hengqin"}
# Small growers and packers that the integrated centres took up.
_TAKEN_UP = (
    (Text(zh="澄畦", en="Chengqi"), Text(zh="蔬菜", en="Vegetables"), date(2011, 3, 1)),
    (Text(zh="桐园", en="Tongyuan"), Text(zh="水果", en="Fruit"), date(2011, 6, 1)),
    (Text(zh="沣湾", en="Fengwan"), Text(zh="水产", en="Aquatic Products"), date(2011, 9, 1)),
    (Text(zh="禾谷", en="Hegu"), Text(zh="蔬菜加工", en="Vegetable Packing"), date(2011, 12, 1)),
)


def _another(one: EnterpriseRow, number: int, name: Text) -> EnterpriseRow:
    """Return a record that is like another one but for its number, its code and its name."""
    return replace(
        one, number=number, reference=reference("ENT", number), code=_code(number), name=name
    )


def _registers(shelf: Shelf) -> None:
    found = _records(shelf.registers)
    made = shelf.write(Enterprise, (_enterprise(shelf, new) for new in found))
    shelf.write(
        Registration,
        (row for new, held in zip(found, made, strict=True) for row in _standing(shelf, new, held)),
    )
    shelf.write(
        TradeRole,
        (
            TradeRole(
                enterprise=held,
                role=part,
                begins=new.row.registered,
                ends=new.taken_up[0] if new.taken_up else None,
                recorded_at=at_nine(new.row.registered),
            )
            for new, held in zip(found, made, strict=True)
            for part in _parts(new)
        ),
    )
    finding.index([held.pk for held in made])
    _twins(shelf, [held for new, held in zip(found, made, strict=True) if new.phone])


def _parts(new: _New) -> list[TradeRoleKind]:
    """Return the parts in trade; what was taken up exported once, what is new only imports."""
    mine = TradeRoleKind.EXPORTER if new.taken_up else TradeRoleKind.IMPORTER
    return [part for part, _ in new.row.roles if part == mine]


def _enterprise(shelf: Shelf, new: _New) -> Enterprise:
    row = new.row
    return Enterprise(
        reference=row.reference,
        uscc=row.code,
        name_zh=row.name.zh,
        name_en=row.name.en,
        is_sme=row.is_sme,
        agency_id=shelf.agencies[row.agency],
        place_zh=row.place,
        phone=new.phone,
        head_office_id=shelf.enterprises[new.head_office] if new.head_office else None,
    )


_Standing = tuple[RegistrationState, int | None]


def _standing(shelf: Shelf, new: _New, held: Enterprise) -> list[Registration]:
    active: _Standing = (RegistrationState.ACTIVE, None)
    changes: tuple[tuple[date, _Standing], ...] = ()
    if new.taken_up:
        day, by = new.taken_up
        changes = ((day, (RegistrationState.MERGED, shelf.enterprises[by])),)
    history = History(begins=new.row.registered, value=active, changes=changes)
    return [
        Registration(
            enterprise=held,
            state=version.value[0],
            successor_id=version.value[1],
            begins=version.begins,
            ends=version.ends,
            recorded_at=version.recorded_at,
            superseded_at=version.superseded_at,
        )
        for version in versions(history)
    ]


def _twins(shelf: Shelf, twins: list[Enterprise]) -> None:
    """Compare the twins with the records that they are like, and note each pair."""
    traders = shelf.registers.in_cohort("trader")[: len(twins)]
    firms = list(
        Enterprise.objects.filter(pk__in=[shelf.enterprises[r.number] for r in traders]).order_by(
            "pk"
        )
    )
    for firm, phone in zip(firms, _PHONES, strict=True):
        firm.phone = phone
    Enterprise.objects.bulk_update(firms, ["phone"])
    finding.index([firm.pk for firm in firms])
    rows = [*firms, *twins]
    marks = [(e.uscc or "", e.name_zh, e.name_en, e.phone, e.place_zh) for e in rows]
    schema = dict.fromkeys(likeness.COLUMNS, pl.String())
    found = likeness.pairs(pl.DataFrame(marks, schema=schema, orient="row")).above()
    shelf.write(
        LikePair,
        (
            LikePair(
                left=rows[left],
                right=rows[right],
                likeness=thousandths(weight),
                evidence={name: round(float(part[at]), 1) for name, part in found.marks.items()},
                found_at=at_nine(TODAY - 2 * _DAY),
            )
            for at, (left, right, weight) in enumerate(
                zip(found.left.tolist(), found.right.tolist(), found.weight.tolist(), strict=True)
            )
        ),
    )


# -- people ----------------------------------------------------------------------------------------


def _sign_ups(shelf: Shelf) -> None:
    known = shelf.registers.in_cohort("trader")[5]
    number = len(shelf.registers.enterprises) + 900
    asked = (
        (
            "asks.known",
            known.code,
            shelf.enterprises[known.number],
            known.name,
            known.agency,
            known.place,
        ),
        (
            "asks.new",
            _code(number),
            None,
            Text(zh="珠海鹭洲食品贸易有限公司", en="Zhuhai Luzhou Food Trading Co., Ltd."),
            "ZH-GB",
            "珠海市南屏",
        ),
    )
    shelf.write(
        SignUp,
        (
            SignUp(
                user=shelf.user(name),
                uscc=code,
                enterprise_id=enterprise,
                name_zh=named.zh,
                name_en=named.en,
                place_zh=place,
                phone=f"0756-88506{at}8",
                person_zh=("容昀岚", "邝芷楚")[at],
                agency_id=shelf.agencies[agency],
                asked_at=at_nine(TODAY - (at + 1) * _DAY),
            )
            for at, (name, code, enterprise, named, agency, place) in enumerate(asked)
        ),
    )


def _changes(shelf: Shelf) -> None:
    """What two enterprises ask to have entered, and what was declined before."""
    wine = next(r for r in shelf.registers.in_cohort("food_importer") if r.groups[0] == "wine")
    base = next(site for site in shelf.registers.sites if site.number == "GD-V-0018")
    haccp = {
        "system": "haccp",
        "number": "HACCP-2012-0518",
        "issuer_zh": "珠江体系认证中心",
        "issuer_en": "Pearl River System Certification Centre",
        "begins": "2012-05-02",
        "ends": "2015-05-02",
    }
    goods = {
        "name_zh": "干红葡萄酒",
        "name_en": "Dry red wine",
        "hs_code": "2204210000",
        "brand": "帆影",
        "site": None,
        "origins": ["FR"],
        "begins": "2012-05-21",
        "ends": None,
    }
    store = {
        "number": "GD-C-0907",
        "kind": "cold_store",
        "name_zh": "供澳蔬菜预冷库",
        "name_en": "Pre-cooling store for vegetables to Macao",
        "country": "CN",
        "place_zh": "珠海市斗门区",
        "latitude": None,
        "longitude": None,
    }
    asked: tuple[tuple[int, str, HoldingKind, dict[str, Any], str, str], ...] = (
        (wine.number, "firm.wine", HoldingKind.CERTIFICATE, haccp, "新获认证，附证书复印件", ""),
        (wine.number, "firm.wine", HoldingKind.PRODUCT, goods, "新增代理品牌，附授权书", ""),
        (base.enterprise, "firm.vegetables", HoldingKind.SITE, store, "新建", "请补交平面图后重报"),
    )
    shelf.write(
        ChangeRequest,
        (
            ChangeRequest(
                number=f"CHG-2012-{at:05d}",
                enterprise_id=shelf.enterprises[firm],
                kind=kind,
                wanted=wanted,
                reason=reason,
                state=RequestState.DECLINED if answer else RequestState.ASKED,
                answer=answer,
                asked_by=shelf.people[who],
                asked_at=at_nine(TODAY - (5 - at) * _DAY),
                decided_by=shelf.people["access"] if answer else "",
                decided_at=at_nine(TODAY - _DAY) if answer else None,
            )
            for at, (firm, who, kind, wanted, reason, answer) in enumerate(asked, start=1)
        ),
    )


def _interests(shelf: Shelf) -> None:
    firms = shelf.registers.in_cohort("food_importer")
    declared = (
        ("approver", firms[4], InterestKind.RELATIVE, "配偶在该企业任质量经理"),
        ("head.doumen", firms[5], InterestKind.RELATIVE, "兄弟为该企业股东"),
        ("access", firms[6], InterestKind.PARTY, "曾任该企业顾问，已离任未满三年"),
    )
    shelf.write(
        DeclaredInterest,
        (
            DeclaredInterest(
                officer_id=shelf.officers[name],
                enterprise_id=shelf.enterprises[firm.number],
                kind=kind,
                note=note,
                begins=date(2011, 1, 4),
                recorded_at=at_nine(date(2011, 1, 4)),
            )
            for name, firm, kind, note in declared
        ),
    )


# -- filings and a file ----------------------------------------------------------------------------


def _filings(shelf: Shelf) -> None:
    """Write two filings that bring an accepted one up to date, one of them returned."""
    before = list(AdditiveUse.objects.order_by("number")[:2])
    states = (("filed", ""), ("returned", "请补充焦糖色的类别和供应商许可证号。"))
    made = shelf.write(
        AdditiveUse,
        (
            AdditiveUse(
                number=f"ADU-2012-{place:05d}",
                enterprise_id=old.enterprise_id,
                agency_id=old.agency_id,
                state=state,
                note=note,
                filed_on=TODAY - 5 * _DAY,
                filed_by="REP-0000",
                filed_at=at_nine(TODAY - 5 * _DAY),
                decided_by=shelf.people["access"] if note else "",
                decided_at=at_nine(TODAY - 2 * _DAY) if note else None,
            )
            for place, (old, (state, note)) in enumerate(zip(before, states, strict=True), start=1)
        ),
    )
    shelf.write(
        UsedSubstance,
        (
            UsedSubstance(
                filing=filing,
                kind="additive",
                name_zh=name,
                ins=ins,
                food="酱油",
                most=most,
                purpose=purpose,
            )
            for filing in made
            for name, ins, most, purpose in (
                ("山梨酸钾", "202", Decimal("1.0"), "防腐"),
                ("焦糖色", "150", None, "着色"),
            )
        ),
    )


def _spreadsheet(shelf: Shelf) -> None:
    """Send a file of enterprises that somebody looked at and has not stored yet."""
    first = len(shelf.registers.enterprises) + 700
    brands = ("岚津", "榆港", "翎泽", "沐野", "砚森", "汀禾", "曜川", "泓林")
    rows = [
        {
            "name_zh": f"珠海{brand}贸易有限公司",
            "uscc": _code(first + at),
            "place_zh": "珠海市香洲",
            "phone": f"0756-88507{at:02d}",
            "roles": "importer",
        }
        for at, brand in enumerate(brands)
    ]
    # One code with two characters turned round, one that the register has already.
    rows[3]["uscc"] = rows[3]["uscc"][:15] + rows[3]["uscc"][:14:-1]
    rows[6]["uscc"] = shelf.registers.in_cohort("trader")[0].code
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.xlsx"
        spreadsheets.write(path, pl.DataFrame(rows))
        content = path.read_bytes()
    who = Actor(by=shelf.people["access"], at=at_nine(TODAY - _DAY))
    importing.preview(content, name="新增收货人名单.xlsx", agency="ZH", who=who)


def _department(shelf: Shelf) -> None:
    """Send a file of customs that somebody looked at and has not taken in yet."""
    firms = shelf.registers.in_cohort("trader")[:4]
    rows = [
        {
            "reference": f"CUS-2012-8{at:04d}",
            "enterprise": firm.code,
            "name": firm.name.zh,
            "item": partners.DEFAULT_ITEM,
            "happened_on": "2012-05-18",
            "evidence": f"海关简易程序处罚决定书第{at}号",
        }
        for at, firm in enumerate(firms, start=1)
    ]
    # One whose day is no day, one that the registers do not know.
    rows[1]["happened_on"] = "2012-05-32"
    rows[3]["enterprise"] = "91440400MA4UNKNOWN"
    sender = partners.Sender(
        agency="DEP-CUS", source=partners.SOURCES["DEP-CUS"], name="customs-2012-05-23.xlsx"
    )
    how = Lodgement(at=at_nine(TODAY - _DAY), by=shelf.people["liaison"], agency="ZH")
    previewing.look(rows, sender, how=how)
