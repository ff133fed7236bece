"""Enterprises and sites of the scenario, cohort by cohort, in the article's numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from guomen.core.text import Text
from guomen.rulebooks.commodities import BY_CODE, Group, of_group
from guomen.scenarios.zhuhai2012 import names
from guomen.scenarios.zhuhai2012.dice import stream
from guomen.scenarios.zhuhai2012.rows import EnterpriseRow, History, SiteRow
from guomen.supervision.parties.codes import reference, uscc_check_character
from guomen.supervision.parties.models import SiteKind
from guomen.supervision.parties.models import TradeRoleKind as Part

_SHARE = tuple[tuple[tuple[Group, ...], int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """A population of enterprises that trade alike; ``groups`` are exact numbers of each."""

    name: str
    trade: Text
    parts: tuple[Part, ...]
    groups: _SHARE
    sme: float = 0.85
    agencies: tuple[str, ...] = ("ZH-GB", "ZH-JZ", "ZH-WZ", "ZH-GL", "ZH-DM")

    @property
    def size(self) -> int:
        """Return how many enterprises the cohort has."""
        return sum(count for _, count in self.groups)


def _cohort(name: str, zh: str, en: str, parts: tuple[Part, ...], groups: _SHARE) -> Cohort:
    return Cohort(name=name, trade=Text(zh=zh, en=en), parts=parts, groups=groups)


_PRODUCER = (Part.EXPORTER, Part.EXPORT_PRODUCER)
_BASE = (Part.EXPORTER, Part.EXPORT_PRODUCER, Part.HK_MACAO_SUPPLIER)

# 565 exporters = 431 classified + 72 food and animal + 28 bases + 34 traders. 640 export producers
# = the first three + 109 that sell through traders. 2,269 rated = all but the new entrants.
COHORTS: tuple[Cohort, ...] = (
    _cohort(
        "classified",
        "制造",
        "Manufacturing",
        _PRODUCER,
        (
            ((Group.TEXTILES,), 128),
            ((Group.ELECTRONICS,), 150),
            ((Group.APPLIANCES,), 62),
            ((Group.TOYS,), 55),
            ((Group.COSMETICS,), 36),
        ),
    ),
    _cohort(
        "food_plant",
        "食品",
        "Foods",
        (*_PRODUCER, Part.FOOD_PRODUCER),
        (((Group.FOOD,), 47), ((Group.ADDITIVES,), 6)),
    ),
    _cohort(
        "processor",
        "农产品加工",
        "Produce Processing",
        (*_BASE, Part.FOOD_PRODUCER),
        (((Group.VEGETABLES,), 3), ((Group.FRUIT,), 1), ((Group.AQUATIC,), 1)),
    ),
    _cohort(
        "animal_farm",
        "养殖",
        "Livestock",
        (*_BASE, Part.ANIMAL_FARMER),
        (((Group.LIVE_ANIMALS,), 8), ((Group.AQUATIC,), 6)),
    ),
    _cohort(
        "base",
        "农业发展",
        "Growers",
        _BASE,
        (
            ((Group.VEGETABLES,), 18),
            ((Group.FRUIT,), 4),
            ((Group.SEEDLINGS,), 3),
            ((Group.FLOWERS,), 3),
        ),
    ),
    _cohort(
        "centre",
        "供港澳配送",
        "Hong Kong and Macao Supply",
        (Part.EXPORTER, Part.HK_MACAO_SUPPLIER),
        (((Group.VEGETABLES,), 1), ((Group.FRUIT,), 1), ((Group.AQUATIC,), 1)),
    ),
    _cohort(
        "trader",
        "进出口",
        "Import and Export",
        (Part.EXPORTER, Part.IMPORTER),
        (((Group.TEXTILES, Group.TOYS), 16), ((Group.ELECTRONICS, Group.APPLIANCES), 15)),
    ),
    _cohort(
        "supplier",
        "配件",
        "Components",
        (Part.EXPORT_PRODUCER,),
        (((Group.OTHER,), 109),),
    ),
    _cohort(
        "meat_importer",
        "冷冻食品",
        "Frozen Foods",
        (Part.IMPORTER, Part.MEAT_IMPORTER),
        (((Group.MEAT,), 35),),
    ),
    _cohort(
        "food_importer",
        "食品贸易",
        "Food Trading",
        (Part.IMPORTER,),
        (
            ((Group.WINE,), 58),
            ((Group.FOOD,), 40),
            ((Group.DAIRY,), 16),
            ((Group.FRUIT,), 16),
            ((Group.AQUATIC,), 18),
            ((Group.ADDITIVES,), 12),
        ),
    ),
    _cohort(
        "industrial_importer",
        "科技",
        "Technology",
        (Part.IMPORTER,),
        (
            ((Group.MACHINERY,), 420),
            ((Group.ELECTRONICS,), 180),
            ((Group.COSMETICS,), 40),
            ((Group.OTHER,), 60),
        ),
    ),
    _cohort(
        "store_keeper",
        "冷链仓储",
        "Cold Chain Storage",
        (Part.STORE_KEEPER,),
        (((Group.MEAT,), 14),),
    ),
    _cohort("agent", "报检服务", "Declaration Services", (Part.AGENT,), (((), 60),)),
    _cohort(
        "occasional",
        "贸易",
        "Trading",
        (Part.IMPORTER,),
        (((Group.MACHINERY,), 340), ((Group.OTHER,), 286)),
    ),
    _cohort(
        "entrant",
        "商贸",
        "Commerce",
        (Part.IMPORTER,),
        (((Group.WINE,), 12), ((Group.MACHINERY,), 8)),
    ),
)

# Enterprises abroad: what they sell (or buy), and where from.
OVERSEAS: tuple[tuple[str, tuple[Group, ...], str, int], ...] = (
    ("meat_plant", (Group.MEAT,), "AU NZ BR US CA DK FR UY AR ES", 60),
    ("dairy_exporter", (Group.DAIRY,), "NZ AU FR DE NL IE DK", 24),
    ("wine_exporter", (Group.WINE,), "FR AU IT ES CL GB US", 50),
    ("food_exporter", (Group.FOOD, Group.ADDITIVES), "US IT TH MY KR TW GB DE", 40),
    ("taiwan_exporter", (Group.FOOD,), "TW", 6),
    ("fruit_exporter", (Group.FRUIT,), "TH VN PH US CL AU", 18),
    ("aquatic_exporter", (Group.AQUATIC,), "NO RU US TH VN ID CA NZ", 20),
    ("japan_exporter", (Group.FOOD, Group.AQUATIC), "JP", 6),
    ("cosmetics_exporter", (Group.COSMETICS,), "FR KR JP US", 12),
    ("machine_maker", (Group.MACHINERY, Group.ELECTRONICS, Group.OTHER), "DE JP US KR TW IT", 50),
    ("buyer", (), "HK MO US DE GB AU JP SG AE", 50),
)

_DIVISIONS = ("440402", "440403", "440404")
_FIRST_REGISTRATION = date(1999, 1, 4)


def _credit_code(dice: np.random.Generator, serial: int) -> str:
    division = _DIVISIONS[int(dice.integers(len(_DIVISIONS)))]
    # The serial keeps the codes apart, whatever the dice say.
    body = f"91{division}{int(dice.integers(10, 100))}{serial:06d}{int(dice.integers(10))}"
    return body + uscc_check_character(body)


def _some_day(dice: np.random.Generator, first: date, last: date) -> date:
    return first + timedelta(days=int(dice.integers((last - first).days + 1)))


def domestic(seed: int) -> Iterator[EnterpriseRow]:
    """Yield the enterprises of the district, numbered from 1."""
    dice = stream(seed, "domestic")
    brands = names.brands(dice)
    number = 0
    for cohort in COHORTS:
        for groups, count in cohort.groups:
            for _ in range(count):
                number += 1
                yield _domestic(dice, cohort, groups, (number, next(brands)))


def _domestic(
    dice: np.random.Generator, cohort: Cohort, groups: tuple[Group, ...], who: tuple[int, Text]
) -> EnterpriseRow:
    number, brand = who
    new = cohort.name == "entrant"
    registered = _some_day(
        dice,
        date(2011, 11, 1) if new else _FIRST_REGISTRATION,
        date(2012, 4, 30) if new else date(2009, 4, 30),
    )
    return EnterpriseRow(
        number=number,
        reference=reference("ENT", number),
        code=_credit_code(dice, number),
        country="CN",
        name=Text(
            zh=f"珠海{brand.zh}{cohort.trade.zh}有限公司",
            en=f"Zhuhai {brand.en} {cohort.trade.en} Co., Ltd.",
        ),
        # One enterprise in twenty has never said how large it is.
        is_sme=None if dice.random() < 0.05 else bool(dice.random() < cohort.sme),
        agency=cohort.agencies[int(dice.integers(len(cohort.agencies)))],
        place=names.place(dice),
        cohort=cohort.name,
        groups=groups,
        registered=registered,
        roles=tuple((part, History(begins=registered, value=True)) for part in cohort.parts),
    )


def overseas(seed: int, *, after: int) -> Iterator[EnterpriseRow]:
    """Yield the enterprises abroad, numbered on."""
    dice = stream(seed, "overseas")
    brands = names.overseas_brands(dice)
    number = after
    for cohort, groups, countries, count in OVERSEAS:
        for index in range(count):
            number += 1
            country = countries.split()[index % len(countries.split())]
            brand = next(brands)
            parts = (Part.OVERSEAS_PRODUCER, Part.OVERSEAS_EXPORTER)
            registered = _some_day(dice, date(2005, 1, 1), date(2010, 12, 31))
            yield EnterpriseRow(
                number=number,
                reference=reference("ENT", number),
                code=f"OV-{number - after:06d}",
                country=country,
                name=Text(zh=f"{brand} 公司（{country}）", en=f"{brand} Ltd. ({country})"),
                is_sme=None,
                agency="ZH",
                place="",
                cohort=cohort,
                groups=groups,
                registered=registered,
                roles=tuple((part, History(begins=registered, value=True)) for part in parts),
            )


# cohort and group → kind of site, letter of its number, what it is called, serves HK and Macao.
_SITES: dict[tuple[str, Group | None], tuple[SiteKind, str, Text, bool]] = {
    ("base", Group.VEGETABLES): (
        SiteKind.GROWING_BASE,
        "V",
        Text(zh="蔬菜种植基地", en="Vegetable Base"),
        True,
    ),
    ("base", Group.FRUIT): (SiteKind.GROWING_BASE, "F", Text(zh="果园", en="Orchard"), True),
    ("base", Group.SEEDLINGS): (SiteKind.NURSERY, "N", Text(zh="种苗基地", en="Nursery"), True),
    ("base", Group.FLOWERS): (
        SiteKind.NURSERY,
        "N",
        Text(zh="花卉基地", en="Flower Nursery"),
        True,
    ),
    ("animal_farm", Group.LIVE_ANIMALS): (
        SiteKind.FARM,
        "A",
        Text(zh="饲养场", en="Livestock Farm"),
        True,
    ),
    ("animal_farm", Group.AQUATIC): (
        SiteKind.REGISTERED_FARM,
        "Q",
        Text(zh="水产养殖注册场", en="Registered Fish Farm"),
        True,
    ),
    ("processor", None): (SiteKind.PLANT, "P", Text(zh="加工厂", en="Processing Plant"), True),
    ("food_plant", None): (SiteKind.PLANT, "S", Text(zh="食品厂", en="Food Plant"), False),
    ("classified", None): (SiteKind.PLANT, "M", Text(zh="工厂", en="Factory"), False),
    ("centre", None): (
        SiteKind.DISTRIBUTION_CENTRE,
        "D",
        Text(zh="加工配送中心", en="Distribution Centre"),
        True,
    ),
    ("store_keeper", None): (SiteKind.COLD_STORE, "C", Text(zh="冷库", en="Cold Store"), False),
}


def _goods(dice: np.random.Generator, row: EnterpriseRow) -> tuple[str, ...]:
    codes = [commodity.hs_code for group in row.groups for commodity in of_group(group)]
    if row.cohort == "store_keeper":
        return tuple(codes)
    if row.cohort == "animal_farm":
        codes = [code for code in codes if BY_CODE[code].name.zh.startswith("活")]
    most = 15 if row.groups[0] == Group.VEGETABLES else 5
    count = min(len(codes), int(dice.integers(max(1, most // 2), most + 1)))
    return tuple(sorted(str(code) for code in dice.choice(codes, size=count, replace=False)))


def sites(seed: int, enterprises: tuple[EnterpriseRow, ...]) -> Iterator[SiteRow]:
    """Yield one site for every enterprise that grows, makes or keeps goods."""
    dice = stream(seed, "sites")
    serial: dict[str, int] = {}
    number = 0
    for row in enterprises:
        group = row.groups[0] if row.groups else None
        found = _SITES.get((row.cohort, group)) or _SITES.get((row.cohort, None))
        if found is None:
            continue
        kind, letter, name, supplies = found
        number += 1
        serial[letter] = serial.get(letter, 0) + 1
        yield SiteRow(
            reference=reference("SIT", number),
            number=f"GD-{letter}-{serial[letter]:04d}",
            kind=kind,
            enterprise=row.number,
            name=Text(
                zh=row.name.zh.removesuffix("有限公司") + name.zh,
                en=f"{' '.join(row.name.en.split()[:2])} {name.en}",
            ),
            place=row.place,
            latitude=round(float(dice.uniform(21.95, 22.40)), 5),
            longitude=round(float(dice.uniform(113.10, 113.57)), 5),
            hs_codes=_goods(dice, row),
            supplies_hk_macao=supplies,
        )
