"""
The figures that the registers must show, as counts, beside what the article printed.

Shares are kept as numerator and denominator; the article rounds some, cuts others, so its own
text is kept too (requirements S-900 to S-911).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from guomen.core.text import Text
from guomen.rulebooks.commodities import Group

#: The day of the article: every stock figure is read as of this day.
TODAY = date(2012, 5, 24)
SOURCE = "China Quality News, 2012-05-24"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One printed figure: a count, or a share kept as two counts."""

    id: str
    meaning: Text
    count: int
    of: int | None = None
    as_published: str


def _figure(row: tuple[str, str, str, int, int | None, str]) -> Figure:
    id_, zh, en, count, of, printed = row
    return Figure(id=id_, meaning=Text(zh=zh, en=en), count=count, of=of, as_published=printed)


FIGURES: tuple[Figure, ...] = tuple(
    _figure(row)
    for row in (
        ("S-410", "分类管理企业", "Classified exporters", 431, 565, "431, 76.28%"),
        ("S-411", "一类企业", "Class 1", 68, 431, "68, 15.78%"),
        ("S-412", "二类企业", "Class 2", 278, 431, "278, 64.5%"),
        ("S-413", "三类、四类企业", "Class 3 and 4", 85, 431, "not printed"),
        ("S-414", "诚信管理企业", "Enterprises with a credit level", 2269, None, "2,269"),
        ("S-415", "AA级企业", "Level AA", 5, 2269, "5, 0.22%"),
        ("S-416", "A级企业", "Level A", 101, 2269, "101, 4.45%"),
        ("S-417", "B级企业", "Level B", 1929, 2269, "1,929, 85%"),
        ("S-418", "C级、D级企业", "Levels C and D", 234, 2269, "not printed"),
        (
            "S-421",
            "ISO 9000认证出口生产企业",
            "Export producers, ISO 9000",
            252,
            640,
            "252, 39.37%",
        ),
        ("S-422", "HACCP认证食品及动物饲养企业", "Food and farms, HACCP", 31, 64, "31, 48.44%"),
        ("S-503", "取消供港澳基地资质", "Supply bases revoked", 20, 47, "20, 42.55%"),
        ("S-504", "停止报检资质", "Right to declare stopped", 3, None, "3"),
        ("S-508", "黑名单企业", "Blacklisted", 2, None, "2"),
        ("S-522", "淘汰进口肉类企业", "Meat importers eliminated", 12, 35, "12, over 30%"),
        ("S-530", "添加剂使用报备企业", "Additive use filed", 62, None, "62"),
        ("S-531", "添加剂使用检查企业", "Inspected for additive use", 67, None, "67"),
        ("S-532", "检查企业签订安全责任书", "Inspected and signed a statement", 62, 67, "62"),
        # The article inspects more than had filed, and does not say so (S-912, S-1010).
        ("S-912", "检查企业已报备", "Inspected and filed", 62, 67, "62 and 67; no share"),
    )
)

#: Batches inspected in and out, by group of goods: the year holds as many results and no more.
BATCHES: Mapping[Group, int] = MappingProxyType({Group.FOOD: 6_670, Group.ADDITIVES: 260})
#: Imported food with an additive at fault, returned; exported additives, purified.
RETURNED, PURIFIED = 16, 3
#: What the article printed of the year's consignments, by requirement.
AS_PUBLISHED: Mapping[str, int] = MappingProxyType(
    {
        "S-533": BATCHES[Group.FOOD],
        "S-534": BATCHES[Group.ADDITIVES],
        "S-535": RETURNED,
        "S-536": PURIFIED,
    }
)
