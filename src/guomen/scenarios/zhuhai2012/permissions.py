"""
Licences of the scenario: who may do what, and how some lost it.

Exits follow the article: 20 of 47 supply bases revoked, 3 more stopped from declaring, 12 of 35
importers of meat eliminated, cold stores cleaned up. Days are invented within its two years.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import count

import numpy as np

from guomen.core.text import Text
from guomen.rulebooks.commodities import Group
from guomen.scenarios.zhuhai2012.dice import stream
from guomen.scenarios.zhuhai2012.rows import (
    EnterpriseRow,
    History,
    LicenceRow,
    SiteRow,
    Standing,
)
from guomen.supervision.licences.lifecycle import LicenceState as State
from guomen.supervision.licences.models import LicenceKind as Kind
from guomen.supervision.parties.models import SiteKind

GRANTED = Standing(state=State.GRANTED)

REVOKED_BASE = Standing(
    state=State.REVOKED,
    reason=Text(
        zh="复审不合格：投入品台账缺失、自检自控不到位，依法取消资质",
        en="Failed re-review: no ledger of inputs, no checks of its own; qualification revoked",
    ),
)
EXITED_MEAT = Standing(
    state=State.FORCED_EXIT,
    reason=Text(
        zh="经香港中转进口肉类重新审核不合格，强制退出",
        en="Failed the re-review of meat imported through Hong Kong; forced exit",
    ),
)
REVOKED_STORE = Standing(
    state=State.REVOKED,
    reason=Text(zh="冷库清理：温度记录缺失", en="Cold store clean-up: no temperature records"),
)
STOPPED_RIGHT = Standing(
    state=State.SUSPENDED,
    reason=Text(
        zh="供港澳专项整治：停止报检资质",
        en="Campaign on supply to Hong Kong and Macao: right to declare stopped",
    ),
)
SUSPENDED_PLANT = Standing(
    state=State.SUSPENDED,
    reason=Text(zh="输出国检查发现问题，暂停", en="Suspended after a finding at the plant"),
)
LAPSED = Standing(
    state=State.LAPSED,
    reason=Text(zh="有效期满未延续", en="Expired without renewal"),
)

# How many of each kind of supply base were revoked: 20 of 47 in all (S-503).
REVOKED_BASES = {
    ("GD-V", 18): 8,
    ("GD-F", 4): 1,
    ("GD-N", 6): 3,
    ("GD-A", 8): 4,
    ("GD-Q", 6): 2,
    ("GD-P", 5): 2,
}
ELIMINATED_MEAT_IMPORTERS = 12
STOPPED_DECLARANTS = 3
REVOKED_COLD_STORES = 4

_SITE_LICENCES: dict[SiteKind, Kind] = {
    SiteKind.GROWING_BASE: Kind.BASE_FILING,
    SiteKind.NURSERY: Kind.BASE_FILING,
    SiteKind.DISTRIBUTION_CENTRE: Kind.BASE_FILING,
    SiteKind.FARM: Kind.FARM_REGISTRATION,
    SiteKind.REGISTERED_FARM: Kind.FARM_REGISTRATION,
    SiteKind.COLD_STORE: Kind.COLD_STORE_FILING,
}
_YEARS = 365


def _days(dice: np.random.Generator, first: date, last: date, *, n: int) -> list[date]:
    offsets = dice.integers((last - first).days + 1, size=n)
    return [first + timedelta(days=int(offset)) for offset in offsets]


def _until(begins: date, years: int) -> date:
    return begins + timedelta(days=years * _YEARS + years // 4)


class _Numbers:
    """Running numbers of licences, one series a prefix."""

    def __init__(self) -> None:
        self._series: dict[str, count[int]] = {}

    def next(self, prefix: str) -> str:
        """Return the next number of a series."""
        return f"{prefix}-{next(self._series.setdefault(prefix, count(1))):05d}"


def licences(
    seed: int, enterprises: Sequence[EnterpriseRow], sites: Sequence[SiteRow]
) -> Iterator[LicenceRow]:
    """Yield every licence of the scenario."""
    numbers = _Numbers()
    by_number = {row.number: row for row in enterprises}
    yield from _rights(seed, enterprises, numbers)
    yield from _site_licences(seed, sites, by_number, numbers)
    yield from _food_plants(seed, sites, by_number, numbers)
    yield from _consignees(seed, enterprises, numbers)
    yield from _permits(seed, enterprises, numbers)
    yield from _abroad(seed, enterprises, numbers)
    yield from _quality_licences(seed, enterprises, numbers)
    yield from _additive_filings(enterprises, numbers)


def stopped_declarants(enterprises: Sequence[EnterpriseRow]) -> tuple[int, ...]:
    """Return the three whose right to declare was stopped; their bases keep their filing."""
    return tuple(
        [row.number for row in enterprises if row.cohort == cohort and row.groups[0] == group][-1]
        for cohort, group in (
            ("base", Group.VEGETABLES),
            ("animal_farm", Group.LIVE_ANIMALS),
            ("processor", Group.AQUATIC),
        )
    )


def _rights(
    seed: int, enterprises: Sequence[EnterpriseRow], numbers: _Numbers
) -> Iterator[LicenceRow]:
    dice = stream(seed, "rights")
    days = _days(dice, date(2011, 7, 1), date(2012, 2, 28), n=STOPPED_DECLARANTS)
    stopped = dict(zip(stopped_declarants(enterprises), days, strict=True))
    for row in enterprises:
        if row.overseas:
            continue
        day = stopped.get(row.number)
        yield LicenceRow(
            number=numbers.next("DR"),
            kind=Kind.DECLARATION_RIGHT,
            agency="ZH",
            enterprise=row.number,
            standing=History(
                begins=row.registered,
                value=GRANTED,
                changes=() if day is None else ((day, STOPPED_RIGHT),),
            ),
        )
        if row.cohort == "agent":
            lapses = row.number % 20 == 0
            yield LicenceRow(
                number=numbers.next("AG"),
                kind=Kind.AGENT_REGISTRATION,
                agency="ZH",
                enterprise=row.number,
                standing=History(
                    begins=row.registered,
                    value=GRANTED,
                    changes=((date(2011, 12, 1), LAPSED),) if lapses else (),
                ),
            )


def _fates(seed: int, sites: Sequence[SiteRow]) -> dict[str, tuple[date, Standing]]:
    """Return what became of the sites that lost their filing, by number of the site."""
    dice = stream(seed, "revocations")
    fates: dict[str, tuple[date, Standing]] = {}
    for (letter, size), lost in REVOKED_BASES.items():
        chosen = dice.choice(np.arange(1, size), size=lost, replace=False)
        # Two thirds fell before the year of declarations begins, the rest within it.
        early = _days(dice, date(2010, 8, 1), date(2011, 4, 30), n=lost)
        late = _days(dice, date(2011, 7, 1), date(2012, 4, 20), n=lost)
        for index, serial in enumerate(chosen):
            day = late[index] if index % 3 == 0 else early[index]
            fates[f"{letter}-{int(serial):04d}"] = (day, REVOKED_BASE)
    stores = [site.number for site in sites if site.kind == SiteKind.COLD_STORE]
    days = _days(dice, date(2011, 3, 1), date(2011, 11, 30), n=REVOKED_COLD_STORES)
    for number, day in zip(stores[1:], days, strict=False):
        fates[number] = (day, REVOKED_STORE)
    return fates


def _site_licences(
    seed: int,
    sites: Sequence[SiteRow],
    by_number: dict[int, EnterpriseRow],
    numbers: _Numbers,
) -> Iterator[LicenceRow]:
    fates = _fates(seed, sites)
    dice = stream(seed, "site licences")
    for site in sites:
        # Processors that supply Hong Kong and Macao are filed like bases, beside their plant.
        supplier = Kind.BASE_FILING if site.supplies_hk_macao else None
        kind = _SITE_LICENCES.get(site.kind, supplier)
        if kind is None:
            continue
        begins = _days(dice, date(2009, 6, 1), date(2010, 6, 30), n=1)[0]
        fate = fates.get(site.number)
        yield LicenceRow(
            number=numbers.next("SF"),
            kind=kind,
            agency=by_number[site.enterprise].agency,
            enterprise=site.enterprise,
            site=site.number,
            standing=History(
                begins=begins,
                ends=_until(begins, 4),
                value=GRANTED,
                changes=() if fate is None else (fate,),
            ),
            hs_prefixes=site.hs_codes,
            origins=("CN",),
        )


def _food_plants(
    seed: int,
    sites: Sequence[SiteRow],
    by_number: dict[int, EnterpriseRow],
    numbers: _Numbers,
) -> Iterator[LicenceRow]:
    fates = _fates(seed, sites)
    dice = stream(seed, "food plants")
    for site in sites:
        owner = by_number[site.enterprise]
        if owner.cohort not in ("food_plant", "processor"):
            continue
        begins = _days(dice, date(2009, 3, 1), date(2011, 3, 31), n=1)[0]
        fate = fates.get(site.number)
        yield LicenceRow(
            number=numbers.next("FP"),
            kind=Kind.FOOD_PLANT_FILING,
            agency=owner.agency,
            enterprise=owner.number,
            site=site.number,
            standing=History(
                begins=begins,
                ends=_until(begins, 4),
                value=GRANTED,
                changes=() if fate is None else (fate,),
            ),
            hs_prefixes=site.hs_codes,
            origins=("CN",),
        )


_CONSIGNEE_SCOPE: dict[Group, tuple[str, ...]] = {
    Group.MEAT: ("02",),
    Group.WINE: ("22",),
    Group.FOOD: ("09", "10", "15", "16", "17", "18", "19", "20", "21", "22"),
    Group.DAIRY: ("04", "1901"),
    Group.FRUIT: ("08",),
    Group.AQUATIC: ("03", "16"),
    Group.ADDITIVES: ("29", "32", "33"),
    Group.COSMETICS: ("33",),
}


def eliminated_importers(seed: int, enterprises: Sequence[EnterpriseRow]) -> dict[int, date]:
    """Return the importers of meat that were forced out, and when."""
    dice = stream(seed, "eliminations")
    importers = [row.number for row in enterprises if row.cohort == "meat_importer"]
    chosen = dice.choice(importers[3:], size=ELIMINATED_MEAT_IMPORTERS, replace=False)
    days = _days(dice, date(2011, 1, 10), date(2012, 1, 20), n=ELIMINATED_MEAT_IMPORTERS)
    return {int(number): day for number, day in zip(chosen, days, strict=True)}


def _consignees(
    seed: int, enterprises: Sequence[EnterpriseRow], numbers: _Numbers
) -> Iterator[LicenceRow]:
    dice = stream(seed, "consignees")
    out = eliminated_importers(seed, enterprises)
    for row in enterprises:
        scope = _CONSIGNEE_SCOPE.get(row.groups[0]) if row.groups else None
        imports = row.cohort in ("meat_importer", "food_importer", "entrant") or (
            row.cohort == "industrial_importer" and row.groups[0] == Group.COSMETICS
        )
        if scope is None or not imports:
            continue
        begins = max(row.registered, _days(dice, date(2009, 1, 1), date(2010, 12, 31), n=1)[0])
        day = out.get(row.number)
        yield LicenceRow(
            number=numbers.next("CF"),
            kind=Kind.CONSIGNEE_FILING,
            agency="ZH",
            enterprise=row.number,
            standing=History(
                begins=begins,
                value=GRANTED,
                changes=() if day is None else ((day, EXITED_MEAT),),
            ),
            hs_prefixes=scope,
        )


# Goods that need an entry quarantine permit, and the usual origins of each.
PERMIT_ORIGINS: dict[Group, tuple[tuple[str, tuple[str, ...]], ...]] = {
    Group.MEAT: (
        ("0202", ("AU", "NZ", "UY", "AR", "BR", "CA")),
        ("0203", ("US", "CA", "DK", "FR", "ES")),
        ("0204", ("AU", "NZ")),
        ("0206", ("US", "CA", "DK", "FR")),
        ("0207", ("BR", "AR", "US")),
    ),
    Group.FRUIT: (("08", ("TH", "VN", "PH", "US", "CL", "AU")),),
    Group.AQUATIC: (("03", ("NO", "RU", "US", "TH", "VN", "ID", "CA", "NZ")),),
}
_PERMIT_STARTS = (
    date(2011, 1, 1),
    date(2011, 7, 1),
    date(2012, 1, 1),
)


def _permits(
    seed: int, enterprises: Sequence[EnterpriseRow], numbers: _Numbers
) -> Iterator[LicenceRow]:
    dice = stream(seed, "permits")
    for row in enterprises:
        if row.cohort not in ("meat_importer", "food_importer"):
            continue
        for prefix, origins in PERMIT_ORIGINS.get(row.groups[0], ()):
            for start in _PERMIT_STARTS:
                # Some importers of meat do not trade in every kind, some let a permit run out.
                if dice.random() < 0.06:
                    continue
                begins = start - timedelta(days=int(dice.integers(0, 25)))
                yield LicenceRow(
                    number=numbers.next(f"AP{begins.year}"),
                    kind=Kind.QUARANTINE_PERMIT,
                    agency="CIQ",
                    enterprise=row.number,
                    standing=History(
                        begins=begins, ends=start + timedelta(days=190), value=GRANTED
                    ),
                    hs_prefixes=(prefix,),
                    origins=origins,
                )


def _abroad(
    seed: int, enterprises: Sequence[EnterpriseRow], numbers: _Numbers
) -> Iterator[LicenceRow]:
    dice = stream(seed, "abroad")
    for row in enterprises:
        if not row.overseas or not set(row.groups) & set(_CONSIGNEE_SCOPE):
            continue
        kinds = [Kind.OVERSEAS_EXPORTER_FILING]
        if row.cohort in (
            "meat_plant",
            "dairy_exporter",
            "aquatic_exporter",
            "japan_exporter",
        ):
            kinds.append(Kind.OVERSEAS_PLANT_REGISTRATION)
        scope = tuple(p for group in row.groups for p in _CONSIGNEE_SCOPE.get(group, ()))
        for kind in kinds:
            suspended = kind == Kind.OVERSEAS_PLANT_REGISTRATION and dice.random() < 0.06
            day = _days(dice, date(2011, 8, 1), date(2012, 3, 31), n=1)[0]
            yield LicenceRow(
                number=numbers.next("OP" if kind == Kind.OVERSEAS_PLANT_REGISTRATION else "OE"),
                kind=kind,
                agency="CIQ",
                enterprise=row.number,
                standing=History(
                    begins=row.registered,
                    value=GRANTED,
                    changes=((day, SUSPENDED_PLANT),) if suspended else (),
                ),
                hs_prefixes=scope,
                origins=(row.country,),
            )


def _quality_licences(
    seed: int, enterprises: Sequence[EnterpriseRow], numbers: _Numbers
) -> Iterator[LicenceRow]:
    dice = stream(seed, "quality licences")
    licensed = {Group.TOYS, Group.APPLIANCES, Group.ELECTRONICS}
    for row in enterprises:
        if row.cohort not in ("classified", "trader") or not licensed & set(row.groups):
            continue
        begins = _days(dice, date(2008, 1, 1), date(2010, 12, 31), n=1)[0]
        lapses = dice.random() < 0.03
        day = _days(dice, date(2011, 6, 15), date(2012, 4, 30), n=1)[0]
        yield LicenceRow(
            number=numbers.next("QL"),
            kind=Kind.EXPORT_QUALITY_LICENCE,
            agency="ZH",
            enterprise=row.number,
            standing=History(
                begins=begins,
                ends=_until(begins, 5),
                value=GRANTED,
                changes=((day, LAPSED),) if lapses else (),
            ),
            hs_prefixes=("8443", "8471", "8504", "8517", "8518", "8528", "84", "85", "95"),
        )


#: Enterprises that reported their use of materials and additives (S-530).
ADDITIVE_FILINGS = 62


def _additive_filings(
    enterprises: Sequence[EnterpriseRow], numbers: _Numbers
) -> Iterator[LicenceRow]:
    producers = [row for row in enterprises if row.cohort in ("food_plant", "processor")]
    traders = [
        row
        for row in enterprises
        if row.cohort == "food_importer" and row.groups[0] == Group.ADDITIVES
    ]
    for row in (*producers, *traders)[:ADDITIVE_FILINGS]:
        yield LicenceRow(
            number=numbers.next("AF"),
            kind=Kind.ADDITIVE_FILING,
            agency=row.agency,
            enterprise=row.number,
            standing=History(begins=date(2011, 5, 3), value=GRANTED),
        )
