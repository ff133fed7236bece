"""
What counts against an enterprise, and the numbers of the credit rating, with their versions.

The first item and its law are known from a published annex; the points of the others are our own
choice on the scale 1, 3, 6, 12, 24, 36, and every row says so. An act is judged by the version of
its item that was in force on the day of the act.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from types import MappingProxyType

from guomen.core.credit import Group, Item, Level, Terms
from guomen.core.text import Text
from guomen.rulebooks.clauses import CREDIT_NORMS
from guomen.rulebooks.dated import Certainty, Dated, NothingInForce, Series

_BEGINS = CREDIT_NORMS.begins
#: In force of the second regime (AQSIQ Notice 2013-93).
_NOTICE_93 = date(2014, 1, 1)
_SOURCE = CREDIT_NORMS.name.zh

_INSPECTION = Text(zh="《进出口商品检验法》", en="Commodity Inspection Law")
_INSPECTION_RULES = Text(
    zh="《进出口商品检验法实施条例》", en="Regulations on the Commodity Inspection Law"
)
_QUARANTINE = Text(
    zh="《进出境动植物检疫法》", en="Law on the Entry and Exit Animal and Plant Quarantine"
)
_FOOD = Text(zh="《食品安全法》", en="Food Safety Law")
_SPECIAL = Text(
    zh="《国务院关于加强食品等产品安全监督管理的特别规定》",
    en="State Council Special Provisions on the Safety of Food and Other Products",
)
_NORMS = CREDIT_NORMS.name

_Row = tuple[str, Group, int, str, str, Text, str, dict[str, object]]
_GRAVE: dict[str, object] = {"grave": True, "blacklist": True, "cycles": 2}

# code, group, points, in Chinese, in English, law, clause, what else it does.
_ROWS: tuple[_Row, ...] = (
    (
        "CMP-ADULTERATION",
        Group.COMPLIANCE,
        36,
        "掺杂掺假、以假充真、以次充好或者以不合格冒充合格",
        "Adulteration, or passing off fake, inferior or non-conforming goods",
        _INSPECTION,
        "第三十五条 / art. 35",
        {**_GRAVE, "certainty": "sourced"},
    ),
    (
        "CMP-FALSE-CERTIFICATE",
        Group.COMPLIANCE,
        36,
        "伪造、变造、买卖或者使用假检验检疫证单",
        "Forged, altered, traded or used false inspection certificates",
        _INSPECTION,
        "第三十六条 / art. 36",
        _GRAVE,
    ),
    (
        "CMP-EVASION",
        Group.COMPLIANCE,
        36,
        "逃避检验检疫（逃漏检）",
        "Evaded inspection and quarantine",
        _INSPECTION,
        "第三十三条 / art. 33",
        _GRAVE,
    ),
    (
        "CMP-BANNED-SUBSTANCE",
        Group.COMPLIANCE,
        36,
        "使用国家禁用物质或者非食用物质",
        "Used banned or inedible substances",
        _SPECIAL,
        "第四条 / art. 4",
        _GRAVE,
    ),
    (
        "CMP-FALSE-FILING",
        Group.COMPLIANCE,
        24,
        "提供虚假备案、注册材料",
        "False documents for a filing or registration",
        _INSPECTION_RULES,
        "第四十九条 / art. 49",
        {},
    ),
    (
        "CMP-UNFILED-BASE",
        Group.COMPLIANCE,
        24,
        "出口非备案基地产品",
        "Exported from a base that is not filed",
        _SPECIAL,
        "第七条 / art. 7",
        {},
    ),
    (
        "CMP-PENALTY",
        Group.COMPLIANCE,
        12,
        "受到检验检疫行政处罚",
        "An administrative penalty of inspection and quarantine",
        _NORMS,
        "附件一 / annex 1",
        {},
    ),
    (
        "ABL-SYSTEM",
        Group.ABILITY,
        6,
        "质量管理体系运行存在严重缺陷",
        "Grave defects in running the quality-management system",
        _NORMS,
        "附件一 / annex 1",
        {},
    ),
    (
        "ABL-TRACE",
        Group.ABILITY,
        6,
        "产品不能追溯到原料批次",
        "Products cannot be traced to their raw materials",
        _FOOD,
        "第三十六条 / art. 36",
        {},
    ),
    (
        "ABL-LEDGER",
        Group.ABILITY,
        3,
        "台账记录不完整或者不及时",
        "Ledgers incomplete or late",
        _FOOD,
        "第三十七条 / art. 37",
        {},
    ),
    (
        "ABL-SELF-CHECK",
        Group.ABILITY,
        3,
        "未按要求自检自控",
        "Self-inspection not carried out as required",
        _NORMS,
        "附件一 / annex 1",
        {},
    ),
    (
        "QLT-FOREIGN-NOTICE",
        Group.QUALITY,
        12,
        "被境外通报且确属企业责任",
        "Notified from abroad, and found to be its fault",
        _NORMS,
        "附件一 / annex 1",
        {},
    ),
    (
        "QLT-NO-RECALL",
        Group.QUALITY,
        24,
        "未按规定召回不合格产品",
        "Did not recall non-conforming products as required",
        _FOOD,
        "第五十三条 / art. 53",
        {},
    ),
    (
        "QLT-SAFETY",
        Group.QUALITY,
        12,
        "安全卫生项目检验检疫不合格",
        "Non-conforming in a matter of safety or hygiene",
        _NORMS,
        "附件一 / annex 1",
        {},
    ),
    (
        "QLT-NONCONFORM",
        Group.QUALITY,
        6,
        "检验检疫不合格（品质、数重量）",
        "Non-conforming in quality, quantity or weight",
        _NORMS,
        "附件一 / annex 1",
        {},
    ),
    (
        "QLT-CLAIM",
        Group.QUALITY,
        6,
        "质量索赔、退货且属企业责任",
        "A quality claim or return by its fault",
        _NORMS,
        "附件一 / annex 1",
        {},
    ),
    (
        "QLT-LABEL",
        Group.QUALITY,
        3,
        "标签不合格",
        "A label does not conform",
        _FOOD,
        "第六十六条 / art. 66",
        {},
    ),
    (
        "CND-REFUSED",
        Group.CONDUCT,
        12,
        "拒绝、阻碍检验检疫监督管理",
        "Refused or hindered supervision",
        _INSPECTION_RULES,
        "第五十八条 / art. 58",
        {},
    ),
    (
        "CND-MISMATCH",
        Group.CONDUCT,
        6,
        "货证不符",
        "Goods do not match their documents",
        _INSPECTION_RULES,
        "第四十六条 / art. 46",
        {},
    ),
    (
        "CND-SEAL",
        Group.CONDUCT,
        12,
        "擅自拆封或者调换抽样、封识货物",
        "Broke seals, or exchanged sampled or sealed goods",
        _INSPECTION_RULES,
        "第四十八条 / art. 48",
        {},
    ),
    (
        "CND-DECLARATION",
        Group.CONDUCT,
        1,
        "报检差错",
        "An error in a declaration",
        _NORMS,
        "附件一 / annex 1",
        {},
    ),
    (
        "CND-LATE",
        Group.CONDUCT,
        1,
        "未按期提供补充材料",
        "Documents supplied late",
        _NORMS,
        "附件一 / annex 1",
        {},
    ),
    (
        "SOC-DEPARTMENT",
        Group.SOCIETY,
        6,
        "其他部门通报的失信或者处罚记录",
        "Dishonesty or a penalty reported by another department",
        _NORMS,
        "附件一 / annex 1",
        {},
    ),
    (
        "SOC-COMPLAINT",
        Group.SOCIETY,
        3,
        "有效投诉或者媒体曝光属实",
        "A founded complaint or report of the media",
        _NORMS,
        "附件一 / annex 1",
        {},
    ),
)


def _item(row: _Row, points: int) -> tuple[Item, Certainty]:
    code, group, _, zh, en, law, clause, more = row
    effects = {name: value for name, value in more.items() if name != "certainty"}
    in_zh, _, in_en = clause.partition(" / ")
    item = Item(
        code=code,
        says=Text(zh=zh, en=en),
        group=group,
        points=points,
        basis=Text(zh=f"{law.zh}{in_zh}", en=f"{law.en}, {in_en}"),
        **effects,  # type: ignore[arg-type]
    )
    return item, "sourced" if more.get("certainty") == "sourced" else "default"


# Items whose points changed with the second regime: code → points from 2014 on (our own choice).
_LATER = {"CND-DECLARATION": 3, "SOC-DEPARTMENT": 12}


def _series(row: _Row) -> Series[Item]:
    later = _LATER.get(row[0])
    spans = [(row[2], _BEGINS, _NOTICE_93 if later else None)]
    spans += [(later, _NOTICE_93, None)] if later else []
    rows = []
    for points, begins, ends in spans:
        item, certainty = _item(row, points)
        rows.append(
            Dated(
                value=item,
                unit="points",
                begins=begins,
                ends=ends,
                source=_SOURCE,
                certainty=certainty,
            )
        )
    return Series.of(row[0], rows)


#: Every item by its code, with all its versions.
ITEMS: Mapping[str, Series[Item]] = MappingProxyType({row[0]: _series(row) for row in _ROWS})


def items_on(day: date) -> Iterator[Dated[Item]]:
    """Yield the version of every item that is in force on a day, in the order of the catalogue."""
    for series in ITEMS.values():
        try:
            yield series.on(day)
        except NothingInForce:
            continue


TERMS: Series[Terms] = Series.of(
    "terms of the credit rating",
    [
        Dated(
            value=Terms(
                full=100,
                floors=MappingProxyType({Level.A: 89, Level.B: 77, Level.C: 65}),
                entry=Level.B,
                # One published scheme closes its cycle at the end of September.
                cycle_month=10,
                cycle_day=1,
                stay_cycles=1,
            ),
            unit="points",
            begins=_BEGINS,
            source=f"{_SOURCE}；分值界限凭记忆，升降规则为国门系统设计默认值",
            certainty="knowledge",
        )
    ],
)


def _number(name: str, value: int, unit: str, certainty: Certainty) -> Series[int]:
    return Series.of(
        name,
        [Dated(value=value, unit=unit, begins=_BEGINS, source=_SOURCE, certainty=certainty)],
    )


#: How long a verification of quality management allows level A.
VERIFIED_YEARS = _number("years for which a verification is valid", 3, "years", "default")
#: AA: most declarations with errors, and years without any quality problem (as reported in 2017).
AWARD_WRONG_PPM = _number("most declarations with errors for AA", 10_000, "ppm", "sourced")
AWARD_CLEAN_YEARS = _number("years without a quality problem for AA", 3, "years", "sourced")
#: Adverse records are shown for so long, whether they still count or not.
SHOWN_YEARS = _number("years for which a record is shown", 5, "years", "knowledge")
#: A dispute is answered within so many days (the limit of the customs rule).
ANSWER_DAYS = _number("days to answer a dispute", 20, "days", "sourced")
#: An enterprise states its case before it is listed, for so many working days.
HEARING_WORKING_DAYS = _number("working days to be heard", 5, "working days", "default")
#: An enterprise stays listed for so long before it may apply for exit.
LISTED_YEARS = _number("years on the blacklist", 1, "years", "default")

#: What a dispute or an appeal lets wait. The points of an ordinary record wait for the answer;
#: grave records, and a listing that was decided, go on (execution is not suspended by a review).
#: Certainty: default, after the principle of the Administrative Review Law, article 21.
SUSPENDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "record": frozenset({"points"}),
        "grave_record": frozenset(),
        "notice": frozenset({"listing"}),
        "listing": frozenset({"publication"}),
    }
)
