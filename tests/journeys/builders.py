"""
A small bureau with everything a decision reads, made by the real operations in well under a second.

Six enterprises, their sites and licences, five kinds of goods, two branches with a port each, and
the draw keys of some days. ``vegetables`` … ``toys`` give the rows of a declaration in order; what
a test is about is written over them.
"""

from __future__ import annotations

import os
import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock
from zoneinfo import ZoneInfo

from django.db import transaction

from guomen.core.canonical import loads
from guomen.core.text import Text
from guomen.journeys import gather, intake, rulings
from guomen.journeys.clearance import Lodged, Lodgement, lodge
from guomen.supervision.agencies import operations as agencies
from guomen.supervision.agencies.models import Agency, AgencyKind
from guomen.supervision.classification.models import EnterpriseClass, ProductRisk
from guomen.supervision.controls import operations as controls
from guomen.supervision.credit.models import Rating
from guomen.supervision.declarations.models import Line
from guomen.supervision.ledger import custody
from guomen.supervision.ledger import queries as ledger
from guomen.supervision.licences import operations as licences
from guomen.supervision.licences.lifecycle import LicenceMove
from guomen.supervision.licences.models import DesignatedPort, Licence, LicenceKind, OriginAccess
from guomen.supervision.parties import operations as parties
from guomen.supervision.parties.codes import uscc_check_character
from guomen.supervision.parties.models import (
    Commodity,
    CommodityHazard,
    Enterprise,
    Hazard,
    HazardKind,
    Port,
    Site,
    SiteKind,
    Transport,
)

Row = dict[str, Any]

FOUNDED = date(2010, 1, 1)
RECORDED = datetime(2010, 1, 1, tzinfo=UTC)
TODAY = date(2012, 5, 24)
NOW = datetime(2012, 5, 24, 1, tzinfo=UTC)  # nine in the morning at the bureau
BUREAU = "ZHCIQ"
ZHUHAI = custody.Office(agency=BUREAU, zone=ZoneInfo("Asia/Shanghai"))
WHY = Text(zh="测试", en="test")
PAPERS = "contract;invoice;packing_list"
DAY = timedelta(days=1)
# With it the first lines of a test are not drawn, unless every lot is.
SEED = 5


def uscc(number: int) -> str:
    first = f"91440400MA4A{number:05d}"
    return first + uscc_check_character(first)


GROWER, IMPORTER, TOYMAKER, VINTNER, AGENT, NEWCOMER = (uscc(n) for n in range(1, 7))
PLANT = "AU-0042"
BASE, STORE = "GD-V-0012", "GD-C-0003"


def how(at: datetime = NOW, *, by: str = "REP-1", agency: str = BUREAU) -> Lodgement:
    return Lodgement(at=at, by=by, agency=agency)


@dataclass(frozen=True, kw_only=True)
class Register:
    """What a test may want to change."""

    agencies: dict[str, Agency]
    enterprises: dict[str, Enterprise]
    sites: dict[str, Site]
    licences: dict[tuple[LicenceKind, str], Licence]


def build(*, keys: tuple[date, date] | None = (TODAY, TODAY + 3 * DAY)) -> Register:
    """Make the register; draw keys exist for the days given, none without."""
    with transaction.atomic():
        offices = _agencies()
        _goods()
        held = Register(
            agencies=offices, enterprises=_enterprises(offices[BUREAU]), sites={}, licences={}
        )
        _sites(held)
        _licences(held)
        _standing(held)
        if keys is not None:
            commit_keys(*keys)
    return held


def commit_keys(first: date, last: date) -> None:
    use = custody.Use(at=NOW - 30 * DAY, who="SYS-KEYS", purpose="test")
    # The same keys every time, so that what is drawn does not change from run to run.
    dice = random.Random(f"{first} {SEED}")
    with transaction.atomic(), mock.patch.object(os, "urandom", dice.randbytes):
        custody.commit_days(first, last, ZHUHAI, use=use, demonstration=True)


def _agencies() -> dict[str, Agency]:
    def found(code: str, kind: AgencyKind, parent: Agency | None) -> Agency:
        new = agencies.NewAgency(code=code, kind=kind, name_zh=code, name_en=code)
        return agencies.found(new, parent=parent)

    root = found("AQSIQ", AgencyKind.NATIONAL, None)
    bureau = found(BUREAU, AgencyKind.REGIONAL, root)
    branches = [found(code, AgencyKind.BRANCH, bureau) for code in ("ZHGB", "ZHJZ")]
    for unlocode, transport, agency in (
        ("CNGBP", Transport.ROAD, branches[0]),
        ("CNJZU", Transport.SEA, branches[1]),
        ("CNSHA", Transport.SEA, None),
    ):
        Port.objects.create(
            unlocode=unlocode,
            name_zh=unlocode,
            name_en=unlocode,
            transport=transport,
            agency=agency,
        )
    return {a.code: a for a in (root, bureau, *branches)}


_DATED = {"begins": FOUNDED, "recorded_at": RECORDED}
_GOODS = (
    ("0704909001", "vegetables", "PR", "KGM", "high"),
    ("0202300090", "meat", "PRM", "KGM", "high"),
    ("2204210000", "wine", "RM", "LTR", "general"),
    ("9503002100", "toys", "MN", "C62", "general"),
    ("8479899990", "machinery", "M", "C62", "general"),
)


def _goods() -> None:
    Commodity.objects.bulk_create(
        Commodity(
            hs_code=code,
            name_zh=group,
            name_en=group,
            group=group,
            inspection=letters,
            unit=unit,
            in_legal_catalogue=True,
            **_DATED,
        )
        for code, group, letters, unit, _ in _GOODS
    )
    ProductRisk.objects.bulk_create(
        ProductRisk(hs_prefix=code[:4], level=risk, **_DATED) for code, *_, risk in _GOODS
    )
    pest = Hazard.objects.create(
        code="fruit_fly", kind=HazardKind.PEST, name_zh="实蝇", name_en="Fruit fly"
    )
    CommodityHazard.objects.create(hs_prefix="0704", hazard=pest, **_DATED)
    OriginAccess.objects.create(hs_prefix="0202", origin="AU", access="admitted", **_DATED)
    port = Port.objects.get(unlocode="CNJZU")
    DesignatedPort.objects.create(group="meat", port=port, **_DATED)


def _enterprises(bureau: Agency) -> dict[str, Enterprise]:
    numbers = {"uscc": (GROWER, IMPORTER, TOYMAKER, VINTNER, AGENT), "overseas_number": (PLANT,)}
    return {
        number: parties.register(
            parties.NewEnterprise(
                name_zh=f"企业{number[-6:]}",
                name_en=f"Company {number[-6:]}",
                agency_id=bureau.pk,
                **{column: number},
            ),
            on=FOUNDED,
            at=RECORDED,
        )
        for column, column_numbers in numbers.items()
        for number in column_numbers
    }


def _sites(held: Register) -> None:
    for place, (number, kind, keeper) in enumerate(
        ((BASE, SiteKind.GROWING_BASE, GROWER), (STORE, SiteKind.COLD_STORE, IMPORTER)), 1
    ):
        held.sites[number] = Site.objects.create(
            reference=f"SIT-{place:06d}-0",
            number=number,
            kind=kind,
            enterprise=held.enterprises[keeper],
            name_zh=number,
            name_en=number,
        )


_LICENCES = (
    (LicenceKind.BASE_FILING, BASE, ("07",), ("",)),
    (LicenceKind.COLD_STORE_FILING, STORE, ("",), ("",)),
    (LicenceKind.CONSIGNEE_FILING, IMPORTER, ("",), ("",)),
    (LicenceKind.CONSIGNEE_FILING, VINTNER, ("",), ("",)),
    (LicenceKind.QUARANTINE_PERMIT, IMPORTER, ("02",), ("AU",)),
    (LicenceKind.OVERSEAS_PLANT_REGISTRATION, PLANT, ("",), ("",)),
    (LicenceKind.OVERSEAS_EXPORTER_FILING, PLANT, ("",), ("",)),
    (LicenceKind.EXPORT_QUALITY_LICENCE, TOYMAKER, ("95",), ("",)),
    (LicenceKind.AGENT_REGISTRATION, AGENT, ("",), ("",)),
)


def _licences(held: Register) -> None:
    for place, (kind, holder, prefixes, origins) in enumerate(_LICENCES, 1):
        site, enterprise = held.sites.get(holder), held.enterprises.get(holder)
        term = licences.apply(
            licences.Application(
                number=f"L-{place}",
                kind=kind,
                agency_id=held.agencies[BUREAU].pk,
                begins=FOUNDED,
                enterprise_id=enterprise.pk if enterprise else None,
                site_id=site.pk if site else None,
                hs_prefixes=prefixes,
                origins=origins,
            ),
            at=RECORDED,
        )
        for step, done in enumerate((LicenceMove.ACCEPT, LicenceMove.GRANT), 1):
            at = RECORDED + timedelta(minutes=step)
            licences.move(term.licence, done, on=FOUNDED, at=at, reason=WHY)
        held.licences[kind, holder] = term.licence


def _standing(held: Register) -> None:
    for number, grade, level in (
        (GROWER, 1, "A"),
        (TOYMAKER, 2, "B"),
        (VINTNER, 2, "B"),
        (IMPORTER, 2, "B"),
    ):
        enterprise, agency = held.enterprises[number], held.agencies[BUREAU]
        EnterpriseClass.objects.create(enterprise=enterprise, grade=grade, agency=agency, **_DATED)
        Rating.objects.create(enterprise=enterprise, level=level, **_DATED)


# -- declarations ---------------------------------------------------------------------------------
_EXPORT = {"direction": "export", "origin": "CN", "port": "CNGBP", "transport": "road"}
_IMPORT = {
    "direction": "import",
    "destination": "CN",
    "port": "CNJZU",
    "transport": "sea",
    "transit_via": "NONE",
}


def _row(own: str, line: int, *parts: Row) -> Row:
    row: Row = {"declaration": own, "line": line, "agent": "SELF", "documents": PAPERS}
    for part in parts:
        row |= part
    return row


def vegetables(own: str = "A-1", line: int = 1, **more: Any) -> Row:
    """Cabbage to Macao: under continuous sampling, every lot at first."""
    goods = {
        "enterprise": GROWER,
        "goods": "菜心",
        "hs_code": "0704909001",
        "destination": "MO",
        "site": BASE,
        "quantity": "1200",
        "unit": "KGM",
        "units_in_lot": "240",
        "value_cny": "9600",
        "documents": f"{PAPERS};supply_proof",
    }
    return _row(own, line, _EXPORT, goods, more)


def meat(own: str = "A-1", line: int = 1, **more: Any) -> Row:
    """Beef from Australia: a permit, a registered plant, a filed store, a designated port."""
    goods = {
        "enterprise": IMPORTER,
        "consignor": PLANT,
        "hs_code": "0202300090",
        "origin": "AU",
        "site": STORE,
        "quantity": "20000",
        "unit": "KGM",
        "units_in_lot": "800",
        "value_cny": "600000",
        "documents": f"{PAPERS};official_certificate",
    }
    return _row(own, line, _IMPORT, goods, more)


def wine(own: str = "A-1", line: int = 1, **more: Any) -> Row:
    """Wine from France: continuous sampling CSP-1, five lots to clear."""
    goods = {
        "enterprise": VINTNER,
        "consignor": PLANT,
        "hs_code": "2204210000",
        "origin": "FR",
        "quantity": "900",
        "unit": "LTR",
        "units_in_lot": "100",
        "value_cny": "90000",
        "documents": f"{PAPERS};label_sample",
    }
    return _row(own, line, _IMPORT, goods, more)


def toys(own: str = "A-1", line: int = 1, **more: Any) -> Row:
    """Toys to France from a maker of class 2: one lot in ten is drawn."""
    goods = {
        "enterprise": TOYMAKER,
        "goods": "toys",
        "hs_code": "9503002100",
        "destination": "FR",
        "quantity": "1000",
        "unit": "C62",
        "units_in_lot": "1000",
        "value_cny": "50000",
        "documents": f"{PAPERS};factory_inspection",
    }
    return _row(own, line, _EXPORT, goods, more)


def machines(own: str = "A-1", line: int = 1, **more: Any) -> Row:
    """Machines from Germany: one lot in twenty is drawn, and no plan is kept."""
    goods = {
        "enterprise": VINTNER,
        "hs_code": "8479899990",
        "origin": "DE",
        "quantity": "10",
        "unit": "C62",
        "units_in_lot": "10",
        "value_cny": "700000",
    }
    return _row(own, line, _IMPORT, goods, more)


KINDS = (vegetables, meat, wine, toys, machines)


def lodged(*rows: Row, at: datetime = NOW, by: str = "REP-1") -> list[Line]:
    """Lodge one declaration; return its lines."""
    return lines_of(lodge(list(rows), how=how(at, by=by)))


def lines_of(answer: Lodged) -> list[Line]:
    return list(Line.objects.filter(reference__in=list(answer.outcomes)).order_by("pk"))


def body(line: Line | str) -> dict[str, Any]:
    """Return the newest ruling on a line as the ledger holds it."""
    reference = line if isinstance(line, str) else line.reference
    text = ledger.latest(rulings.KIND, [reference])[reference].body
    assert text is not None
    return loads(text)


def facts(*rows: Row, at: datetime = NOW) -> list[dict[str, Any]]:
    """Return the facts that a decision at a moment would read of some rows."""
    parsed = intake.parse(intake.rows_frame(rows), today=date.max)
    assert not parsed.problems, parsed.problems
    ready = [
        row
        | {
            "reference": f"{row['declaration']}/{row['line']}",
            "declaration_reference": row["declaration"],
            "number": row["line"],
            "received_at": at,
        }
        for row in parsed.lines.to_dicts()
    ]
    return gather.gather(ready, default_agency=BUREAU).facts.to_dicts()


def order(reference: str, **more: Any) -> dict[str, Any]:
    """Return the draft of a control order."""
    return {
        "reference": reference,
        "source": "risk",
        "effect": "inspect",
        "reason_zh": "测试",
        "reason_en": "test",
        "agency": Agency.objects.get(code=BUREAU),
        "owner": "OFF-1",
        "begins": FOUNDED,
    } | more


def issue(*drafts: dict[str, Any], at: datetime = NOW - timedelta(hours=1)) -> None:
    with transaction.atomic():
        controls.issue(drafts, at=at)


def custody_in(folder: Path, settings: Any) -> None:
    """Let the two custodians keep their shares below a folder; demonstration keys are allowed."""
    settings.GUOMEN_DEMO = True
    settings.GUOMEN_CUSTODY_A, settings.GUOMEN_CUSTODY_B = folder / "a", folder / "b"
