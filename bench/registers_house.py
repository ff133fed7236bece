"""
A house whose registers are full: enterprises with sites, licences, filings, classes and levels.

Every table that a list of the registers, of classes or of credit reads gets its rows here, in bulk
and by one seed. The scenario's own registers are loaded first: agencies, officers, goods.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from bench.measure import SEED

BEGAN = date(2011, 6, 1)
KNOWN = datetime(2011, 6, 1, 1, tzinfo=UTC)
TODAY = date(2012, 5, 24)
LEVELS = ("AA", "A", "B", "B", "B", "B", "C", "D")
STATES = ("granted",) * 192 + ("suspended",) * 3 + ("revoked",) * 3 + ("applied", "under_review")


def fill(firms: int) -> None:
    """Load the scenario's registers, then so many enterprises and all that hangs on them."""
    from django.db import connection, transaction

    from guomen.scenarios.zhuhai2012.load import load

    load(lambda *_: None)
    with transaction.atomic():
        keys = _enterprises(firms)
        _standing(keys)
        _licences(keys)
        _filings(keys)
        _holdings(keys)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _insert(model: Any, rows: Iterator[dict[str, Any]]) -> None:
    from guomen.supervision import bulk

    made = list(rows)
    bulk.insert(model, tuple(made[0]), (tuple(row.values()) for row in made))


def _enterprises(firms: int) -> list[tuple[int, int]]:
    """Put enterprises on the register; return their keys, each with that of its agency."""
    from tests.core.planted import planted

    from guomen.supervision.agencies.models import Agency
    from guomen.supervision.parties import codes, finding
    from guomen.supervision.parties.models import Enterprise, Registration, Site, TradeRole

    dice = random.Random(SEED)
    agencies = list(Agency.objects.filter(path__startswith="/ZH").values_list("pk", flat=True))
    agencies = agencies or list(Agency.objects.values_list("pk", flat=True))
    first = 1 + int(Enterprise.objects.order_by("reference").last().reference.split("-")[1])
    held = Enterprise.objects.order_by("-pk").values_list("pk", flat=True)[0]
    records = planted(firms, seed=SEED).records.head(firms).to_dicts()

    def rows() -> Iterator[dict[str, Any]]:
        for at, record in enumerate(records):
            body = f"91{440400 + at % 90:06d}MA{at:07d}"
            yield {
                "reference": codes.reference("ENT", first + at),
                "uscc": body + codes.uscc_check_character(body),
                "overseas_number": None,
                "country": "CN",
                "name_zh": record["name_zh"],
                "name_en": record["name_en"] or record["name_zh"],
                "is_sme": dice.choice((True, False, None)),
                "agency_id": dice.choice(agencies),
                "place_zh": record["address"],
                "phone": record["phone"],
                "version": 1,
            }

    _insert(Enterprise, rows())
    keys = list(
        Enterprise.objects.filter(pk__gt=held).order_by("pk").values_list("pk", "agency_id")
    )
    dated = {"begins": BEGAN, "recorded_at": KNOWN}
    _insert(Registration, ({"enterprise_id": k, "state": "active", **dated} for k, _ in keys))
    parts = ("importer", "exporter", "export_producer", "agent", "store_keeper")
    _insert(
        TradeRole,
        (
            {"enterprise_id": key, "role": role, **dated}
            for key, _ in keys
            for role in dice.sample(parts, dice.choice((1, 1, 2)))
        ),
    )
    kinds = ("farm", "growing_base", "plant", "cold_store", "nursery")
    _insert(
        Site,
        (
            {
                "reference": codes.reference("SIT", 500_000 + at),
                "number": f"4400S{at:07d}",
                "kind": dice.choice(kinds),
                "enterprise_id": key,
                "name_zh": records[at]["name_zh"][2:8] + "场",
                "name_en": "Site of " + (records[at]["name_en"] or "no name"),
                "country": "CN",
                "place_zh": records[at]["address"],
                "latitude": f"{21.9 + dice.random() / 2:.5f}",
                "longitude": f"{113.1 + dice.random() / 2:.5f}",
                "version": 1,
            }
            for at, (key, _) in enumerate(keys)
        ),
    )
    finding.index([key for key, _ in keys])
    made_sites = Site.objects.filter(number__startswith="4400S").values_list("pk", flat=True)
    finding.index_sites(list(made_sites))
    return keys


def _standing(keys: Sequence[tuple[int, int]]) -> None:
    """Give every enterprise a class, a credit file, a level, and some a record or an entry."""
    from guomen.supervision.classification.models import Assessment, EnterpriseClass
    from guomen.supervision.credit.models import (
        BlacklistEntry,
        CreditFile,
        CreditRecord,
        Rating,
    )

    dice = random.Random(SEED + 1)
    dated = {"begins": BEGAN, "recorded_at": KNOWN}
    today = TODAY
    _insert(CreditFile, ({"enterprise_id": k, "opened_on": BEGAN, "version": 1} for k, _ in keys))
    _insert(
        Rating,
        (
            {
                "enterprise_id": key,
                "authority": "ciq",
                "level": dice.choice(LEVELS),
                "score": 90,
                "cause": "cycle",
                **dated,
            }
            for key, _ in keys
        ),
    )
    _insert(
        CreditRecord,
        (
            {
                "enterprise_id": key,
                "item": "false_declaration",
                "points": dice.choice((1, 3, 6)),
                "grave": False,
                "quality": False,
                "happened_on": day,
                "counts_from": day,
                "expires_on": day + timedelta(days=365),
                "source": "own",
                "source_reference": "",
                "evidence": "bench",
                "state": "standing",
                "recorded_by": "OFC-BENCH",
                "recorded_at": KNOWN,
                "withdrawn_by": "",
                "withdrawn_because": "",
            }
            for key, _ in keys
            for day in (today - timedelta(days=dice.randrange(30, 700)),)
        ),
    )
    _insert(
        EnterpriseClass,
        (
            {
                "enterprise_id": key,
                "grade": dice.choice((1, 2, 2, 3, 3, 3, 4)),
                "agency_id": agency,
                "begins": BEGAN,
                "ends": today + timedelta(days=dice.randrange(-30, 1000)),
                "recorded_at": KNOWN,
            }
            for key, agency in keys
        ),
    )
    _insert(
        Assessment,
        (
            {
                "enterprise_id": key,
                "agency_id": agency,
                "state": dice.choice(("draft", "submitted")),
                "assessed_on": BEGAN,
                "assessor": "OFC-BENCH",
                "vetoes": [],
                "decided_by": "",
                "reason": "",
                "version": 1,
            }
            for key, agency in keys[::20]
        ),
    )
    _insert(
        BlacklistEntry,
        (
            {
                "enterprise_id": key,
                "number": f"BL-B-{at:06d}",
                "state": "listed",
                "reason_zh": "严重失信",
                "reason_en": "gravely dishonest",
                "proposed_by": "OFC-BENCH",
                "statement": "",
                "decided_by": "OFC-OTHER",
                "decision": "",
                "listed_on": BEGAN,
                "repair": "",
                "appeal": "",
                "appeal_open": False,
                **dated,
            }
            for at, (key, _) in enumerate(keys[::200])
        ),
    )


def _licences(keys: Sequence[tuple[int, int]]) -> None:
    """Give every enterprise a licence with its term, and one in two a review."""
    from guomen.supervision.licences.models import Licence, LicenceTerm, Review

    dice = random.Random(SEED + 2)
    today = TODAY
    kinds = [value for value, _ in Licence._meta.get_field("kind").choices or ()]
    _insert(
        Licence,
        (
            {
                "number": f"B{at:09d}",
                "kind": dice.choice(kinds),
                "enterprise_id": key,
                "agency_id": agency,
                "documents": [],
                "version": 1,
            }
            for at, (key, agency) in enumerate(keys)
        ),
    )
    held = list(
        Licence.objects.filter(number__startswith="B0")
        .order_by("number")
        .values_list("pk", flat=True)
    )
    _insert(
        LicenceTerm,
        (
            {
                "licence_id": key,
                "state": dice.choice(STATES),
                "hs_prefixes": ["02", "03"],
                "origins": [""],
                "reason_zh": "",
                "reason_en": "",
                "begins": BEGAN,
                "ends": today + timedelta(days=dice.randrange(-60, 1400)),
                "recorded_at": KNOWN,
            }
            for key in held
        ),
    )
    _insert(
        Review,
        (
            {
                "number": f"RVB-{at:07d}",
                "licence_id": key,
                "occasion": "yearly",
                "state": dice.choice(("planned", "under_way", *("concluded",) * 18)),
                "assessors": [],
                "due": today + timedelta(days=dice.randrange(-300, 60)),
                "planned_by": "OFC-BENCH",
                "planned_at": KNOWN,
                "conclusion": "",
                "note": "",
                "concluded_by": "",
                "version": 1,
            }
            for at, key in enumerate(held[::2])
        ),
    )


def _filings(keys: Sequence[tuple[int, int]]) -> None:
    """Give one enterprise in two a filing of additive use."""
    from guomen.supervision.filings.models import AdditiveUse, UsedSubstance

    dice = random.Random(SEED + 3)
    _insert(
        AdditiveUse,
        (
            {
                "number": f"ADB-{at:07d}",
                "enterprise_id": key,
                "agency_id": agency,
                "state": dice.choice(("filed", "accepted", "accepted", "accepted")),
                "filed_on": BEGAN + timedelta(days=dice.randrange(300)),
                "filed_by": "REP-BENCH",
                "filed_at": KNOWN,
                "note": "",
                "decided_by": "",
                "version": 1,
            }
            for at, (key, agency) in enumerate(keys[::2])
        ),
    )
    held = AdditiveUse.objects.filter(number__startswith="ADB-").values_list("pk", flat=True)
    _insert(
        UsedSubstance,
        (
            {
                "filing_id": key,
                "kind": "additive",
                "name_zh": dice.choice(("山梨酸钾", "苯甲酸钠", "柠檬酸", "焦糖色")),
                "ins": "",
                "food": "糕点",
                "unit": "g/kg",
                "purpose": "",
                "supplier": "",
            }
            for key in held
        ),
    )


def _holdings(keys: Sequence[tuple[int, int]]) -> None:
    """Give one enterprise in two a certificate, each a product, one in ten a change it asks for."""
    from guomen.supervision.parties.models import ChangeRequest, Product, SystemCertificate

    dice = random.Random(SEED + 4)
    dated = {"begins": BEGAN, "recorded_at": KNOWN}
    _insert(
        SystemCertificate,
        (
            {
                "enterprise_id": key,
                "system": dice.choice(("iso9001", "haccp", "iso22000")),
                "number": f"CTB-{at:07d}",
                "issuer_zh": "认证中心",
                "issuer_en": "Certification Centre",
                **dated,
                "ends": TODAY + timedelta(days=dice.randrange(-100, 900)),
            }
            for at, (key, _) in enumerate(keys[::2])
        ),
    )
    _insert(
        Product,
        (
            {
                "enterprise_id": key,
                "name_zh": dice.choice(("菜心", "芥蓝", "冻虾仁", "玩具车")),
                "name_en": "Goods",
                "hs_code": dice.choice(("0704909000", "0306170000", "9503002100")),
                "brand": f"B{at:06d}",
                "origins": ["CN"],
                **dated,
            }
            for at, (key, _) in enumerate(keys)
        ),
    )
    _insert(
        ChangeRequest,
        (
            {
                "number": f"CHB-{at:07d}",
                "enterprise_id": key,
                "kind": "product",
                "version": 0,
                "wanted": {"name_zh": "菜心"},
                "reason": "新产品",
                "state": dice.choice(("asked", "accepted", "declined")),
                "asked_by": "REP-BENCH",
                "asked_at": KNOWN,
                "answer": "",
                "decided_by": "",
                "decided_at": KNOWN,
            }
            for at, (key, _) in enumerate(keys[::10])
        ),
    )
