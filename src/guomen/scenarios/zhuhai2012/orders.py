"""
Control orders of the year as data: emergencies, campaigns, notifications, the blacklist.

Shapes of real measures (Japan nuclear and Taiwan plasticiser events of 2011, campaigns of the
article) with invented enterprises. Enterprises, overseas parties and sites are named by their
references (``ENT-…``, ``SIT-…``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from guomen.core.controls import Order
from guomen.core.severity import Outcome
from guomen.core.text import Text
from guomen.scenarios.zhuhai2012.rows import EnterpriseRow, Registers, moment
from guomen.supervision.controls.models import OrderOrigin
from guomen.supervision.parties.codes import reference

_NUCLEAR = Text(
    zh="日本核污染：输华食品加强放射性检测", en="Japan nuclear event: test for radioactivity"
)
_NUCLEAR_BAN = Text(
    zh="日本核污染：禁止受影响地区食品进口",
    en="Japan nuclear event: food of affected areas is banned",
)
_PLASTICISER = Text(zh="台湾塑化剂：逐批检测塑化剂", en="Taiwan plasticiser event: test every lot")
_PLASTICISER_BAN = Text(
    zh="台湾塑化剂：暂停问题企业产品进口",
    en="Taiwan plasticiser event: products of this firm suspended",
)

# begins, ends, what gave rise to it, effect, reason, what it selects and asks for.
_Row = tuple[date, date | None, OrderOrigin, Outcome, Text, dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcedOrder:
    """A control order and what gave rise to it."""

    order: Order
    source: OrderOrigin


_SAMPLE = Outcome.INSPECT_AND_SAMPLE

_GENERAL: tuple[_Row, ...] = (
    *(
        (
            date(2011, 3, 24),
            None,
            OrderOrigin.EMERGENCY,
            _SAMPLE,
            _NUCLEAR,
            {
                "direction": "import",
                "origin": "JP",
                "hs_prefix": prefix,
                "tests": ("radionuclides",),
            },
        )
        for prefix in ("03", "07", "08", "09", "16", "19", "20", "21", "22")
    ),
    *(
        (
            date(2011, 6, 1),
            date(2012, 6, 1),
            OrderOrigin.EMERGENCY,
            _SAMPLE,
            _PLASTICISER,
            {
                "direction": "import",
                "origin": "TW",
                "hs_prefix": prefix,
                "tests": ("phthalates_food",),
            },
        )
        for prefix in ("1704", "2006", "2106", "2202", "3302")
    ),
    (
        date(2011, 5, 3),
        date(2012, 1, 1),
        OrderOrigin.CAMPAIGN,
        _SAMPLE,
        Text(zh="打击非法添加和滥用食品添加剂", en="Campaign against abuse of food additives"),
        {"hazard": "purity", "rate_ppm": 300_000, "tests": ("purity",)},
    ),
    (
        date(2011, 3, 1),
        date(2011, 9, 1),
        OrderOrigin.CAMPAIGN,
        Outcome.INSPECT,
        Text(zh="经香港中转进口肉类专项整治", en="Campaign on meat transhipped through Hong Kong"),
        {"direction": "import", "hs_prefix": "02", "port": "CNWAZ"},
    ),
    (
        date(2011, 4, 1),
        date(2012, 4, 1),
        OrderOrigin.MONITORING,
        _SAMPLE,
        Text(zh="生猪“瘦肉精”专项监测", en="Monitoring of clenbuterol in pigs"),
        {
            "direction": "export",
            "hs_prefix": "0103",
            "rate_ppm": 200_000,
            "tests": ("clenbuterol", "ractopamine"),
        },
    ),
    (
        date(2011, 8, 1),
        None,
        OrderOrigin.MONITORING,
        _SAMPLE,
        Text(zh="供港澳水产品禁用药物监测", en="Monitoring of banned drugs in fish for supply"),
        {
            "direction": "export",
            "hs_prefix": "0301",
            "rate_ppm": 150_000,
            "tests": ("malachite_green", "nitrofurans"),
        },
    ),
    (
        date(2011, 1, 28),
        None,
        OrderOrigin.RISK,
        _SAMPLE,
        Text(zh="加强挪威三文鱼检验检疫", en="Closer inspection of Norwegian salmon"),
        {"direction": "import", "hs_prefix": "0302", "origin": "NO", "tests": ("salmonella",)},
    ),
    (
        date(2011, 5, 1),
        None,
        OrderOrigin.MONITORING,
        _SAMPLE,
        Text(zh="进口婴幼儿配方奶粉重点监测", en="Monitoring of imported infant formula"),
        {
            "direction": "import",
            "hazard": "sakazakii",
            "rate_ppm": 500_000,
            "tests": ("sakazakii",),
        },
    ),
    (
        date(2011, 9, 1),
        date(2012, 3, 1),
        OrderOrigin.RISK,
        Outcome.INSPECT,
        Text(zh="进境泰国芒果实蝇风险", en="Fruit fly risk in Thai mangoes"),
        {"direction": "import", "hs_prefix": "0804", "origin": "TH", "rate_ppm": 300_000},
    ),
    (
        date(2012, 3, 1),
        None,
        OrderOrigin.CAMPAIGN,
        Outcome.INSPECT,
        Text(zh="“三打两建”：纺织品专项整治", en="Three strikes, two builds: textiles"),
        {"direction": "export", "hs_prefix": "61", "rate_ppm": 100_000},
    ),
    (
        date(2012, 3, 1),
        None,
        OrderOrigin.CAMPAIGN,
        Outcome.INSPECT,
        Text(zh="“三打两建”：通讯产品专项整治", en="Three strikes, two builds: communication"),
        {"direction": "export", "hs_prefix": "8517", "rate_ppm": 100_000},
    ),
    (
        date(2011, 10, 1),
        date(2012, 10, 1),
        OrderOrigin.CAMPAIGN,
        Outcome.DOCUMENT_CHECK,
        Text(zh="空调器能效标识核查", en="Check of energy labels of air conditioners"),
        {"direction": "export", "hs_prefix": "8415"},
    ),
    (
        date(2011, 6, 15),
        date(2011, 12, 15),
        OrderOrigin.RISK,
        Outcome.INSPECT,
        Text(zh="空运活牡蛎查验", en="Oysters by air are looked at"),
        {"direction": "import", "hs_prefix": "0307", "transport": "air"},
    ),
)


def _about(row: EnterpriseRow, **more: Any) -> dict[str, Any]:
    return {"enterprise": row.reference, **more}


def _particular(registers: Registers) -> Iterator[_Row]:
    """Yield the orders that name one enterprise, one overseas party or one site."""
    banned = registers.in_cohort("japan_exporter")[0]
    yield (
        date(2011, 4, 8),
        None,
        OrderOrigin.EMERGENCY,
        Outcome.REFUSE,
        _NUCLEAR_BAN,
        {"direction": "import", "consignor": banned.reference},
    )
    for exporter in registers.in_cohort("taiwan_exporter")[:2]:
        yield (
            date(2011, 6, 16),
            date(2012, 6, 16),
            OrderOrigin.EMERGENCY,
            Outcome.REFUSE,
            _PLASTICISER_BAN,
            {"direction": "import", "consignor": exporter.reference},
        )
    for number, day, reason in registers.blacklist:
        yield (
            day,
            None,
            OrderOrigin.BLACKLIST,
            _SAMPLE,
            Text(zh=f"黑名单企业：{reason.zh}", en=f"Blacklisted: {reason.en}"),
            _about(registers.enterprises[number - 1]),
        )
    toys = next(r for r in registers.in_cohort("classified") if r.groups[0] == "toys")
    yield (
        date(2011, 11, 10),
        date(2012, 5, 10),
        OrderOrigin.NOTICE,
        _SAMPLE,
        Text(zh="境外通报：玩具增塑剂超标", en="Notified abroad: phthalates in toys"),
        _about(toys, direction="export", hs_prefix="9503", tests=("phthalates_toys",)),
    )
    base = next(site for site in registers.sites if site.number == "GD-V-0018")
    yield (
        date(2011, 12, 5),
        date(2012, 3, 5),
        OrderOrigin.RISK,
        _SAMPLE,
        Text(zh="基地抽检检出农残，逐批检测", en="Residue found at this base: test every lot"),
        {
            "direction": "export",
            "site": base.reference,
            "hs_prefix": "07",
            "tests": ("chlorpyrifos",),
        },
    )
    meat = registers.in_cohort("meat_plant")[5]
    yield (
        date(2011, 10, 10),
        date(2012, 4, 10),
        OrderOrigin.RISK,
        Outcome.INSPECT,
        Text(zh="情报提示夹藏风险", en="Intelligence: risk of concealed goods"),
        {"direction": "import", "consignor": meat.reference, "confidential": True},
    )


def orders(registers: Registers) -> tuple[SourcedOrder, ...]:
    """Return every control order of the scenario, numbered in order of its first day."""
    rows = sorted((*_GENERAL, *_particular(registers)), key=lambda row: row[0])
    return tuple(_numbered(row, number) for number, row in enumerate(rows, start=1))


def _numbered(row: _Row, number: int) -> SourcedOrder:
    begins, ends, source, effect, reason, selectors = row
    order = Order(
        reference=reference("CTL", number),
        effect=effect,
        reason=reason,
        begins=begins,
        ends=ends,
        recorded_at=moment(begins),
        **selectors,
    )
    return SourcedOrder(order=order, source=source)
