"""Certificates, sites, products and designated ports: changed, taken back, asked to be changed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from tests.desks import people
from tests.journeys import builders
from tests.journeys.access.people import FIRST, HOUR, SECOND, later

from guomen.core.severity import Outcome
from guomen.journeys.access import amending, requesting
from guomen.journeys.access.actors import Actor, TiedError
from guomen.journeys.access.amending import KINDS, AmendmentRefusedError
from guomen.journeys.access.keeping import RecordMovedError
from guomen.journeys.access.rooms import Reach, sites
from guomen.supervision.agencies import operations as agencies
from guomen.supervision.agencies.models import InterestKind
from guomen.supervision.ledger.models import Entry
from guomen.supervision.licences.models import DesignatedPort
from guomen.supervision.parties import queries as parties
from guomen.supervision.parties.models import (
    Amendment,
    ChangeRequest,
    Enterprise,
    HoldingKind,
    Port,
    Product,
    Site,
    SystemCertificate,
)

CERTIFICATE, SITE, PRODUCT, DESIGNATION, PORT = (
    KINDS[kind]
    for kind in (
        HoldingKind.CERTIFICATE,
        HoldingKind.SITE,
        HoldingKind.PRODUCT,
        HoldingKind.DESIGNATION,
        HoldingKind.PORT,
    )
)
HACCP = {
    "system": "haccp",
    "number": "H-1",
    "issuer_zh": "某认证",
    "issuer_en": "Some body",
    "begins": date(2011, 1, 1),
    "ends": date(2014, 1, 1),
}
GOODS = {
    "name_zh": "菜心",
    "name_en": "Choy sum",
    "hs_code": "0704909001",
    "brand": "",
    "site": None,
    "origins": ["CN"],
    "begins": date(2011, 1, 1),
    "ends": None,
}


def grower() -> Enterprise:
    return Enterprise.objects.get(uscc=builders.GROWER)


def certificate(**changes: Any) -> SystemCertificate:
    made: SystemCertificate = amending.enter(CERTIFICATE, grower(), {**HACCP, **changes}, who=FIRST)
    return made


def hours(n: int, by: str = "OFC-1") -> Actor:
    return later(builders.NOW + n * HOUR, by)


def held(row: Any) -> list[tuple[date, date | None, str]]:
    rows = type(row).objects.current().filter(enterprise=row.enterprise).order_by("begins")
    return list(rows.values_list("begins", "ends", "number"))


def test_a_correction_counts_from_the_beginning_and_a_change_from_its_day(
    register: builders.Register,
) -> None:
    first = certificate()
    right = amending.amend(
        CERTIFICATE, first.pk, HACCP | {"number": "H-2"}, version=first.pk, who=hours(1)
    )
    assert held(right) == [(date(2011, 1, 1), date(2014, 1, 1), "H-2")]
    day = date(2012, 6, 1)
    new = HACCP | {"number": "H-3", "ends": date(2015, 1, 1)}
    last = amending.amend(CERTIFICATE, right.pk, new, version=right.pk, since=day, who=hours(2))
    assert held(last) == [
        (date(2011, 1, 1), day, "H-2"),
        (day, date(2015, 1, 1), "H-3"),
    ]
    # What was known in between stays readable, and every version leads to the one that stands.
    before = SystemCertificate.objects.as_of(builders.TODAY, known=builders.NOW + HOUR / 2)
    assert before.get().number == "H-1"
    versions = SystemCertificate.objects.values_list("pk", flat=True)
    within = amending.within(CERTIFICATE, Reach(path="", on=day, known=builders.NOW))
    found = {amending.newest(CERTIFICATE, pk, within) for pk in versions}
    assert (found, len(versions)) == ({(last, last)}, 4)
    with pytest.raises(AmendmentRefusedError):
        amending.amend(
            CERTIFICATE, last.pk, new, version=last.pk, since=date(2016, 1, 1), who=hours(3)
        )


def test_the_second_of_two_officers_is_told_and_nothing_is_overwritten(
    register: builders.Register,
) -> None:
    first = certificate()
    site = Site.objects.get(number=builders.BASE)
    at_site = {name: getattr(site, name) for name in SITE.columns}
    for kind, row, given in (
        (CERTIFICATE, first, HACCP | {"issuer_en": "A"}),
        (SITE, site, at_site | {"place_zh": "甲"}),
    ):
        version = amending.version_of(row, kind)
        amending.amend(kind, row.pk, given, version=version, who=FIRST)
        entries = Entry.objects.count()
        with pytest.raises(RecordMovedError):
            amending.amend(kind, row.pk, given | {"number": "X"}, version=version, who=SECOND)
        assert Entry.objects.count() == entries
    assert SystemCertificate.objects.current().get().number == "H-1"
    site.refresh_from_db()
    assert (site.number, site.place_zh) == (builders.BASE, "甲")


@pytest.mark.parametrize("act", ["corrected", "changed", "struck", "entered"])
def test_the_last_change_is_taken_back_and_the_taking_back_too(
    register: builders.Register, act: str
) -> None:
    row = certificate()
    before = held(row)
    if act == "corrected":
        amending.amend(CERTIFICATE, row.pk, HACCP | {"number": "Z"}, version=row.pk, who=hours(1))
    elif act == "changed":
        since = builders.TODAY
        given = HACCP | {"number": "Z"}
        amending.amend(CERTIFICATE, row.pk, given, version=row.pk, since=since, who=hours(1))
    elif act == "struck":
        amending.strike(CERTIFICATE, row.pk, "误登", version=row.pk, who=hours(1))
    after = held(row)
    change = amending.history(CERTIFICATE, row.pk)[0]
    assert change.act == act
    amending.undo(CERTIFICATE, change.pk, who=hours(2))
    assert held(row) == ([] if act == "entered" else before)
    with pytest.raises(RecordMovedError):
        amending.undo(CERTIFICATE, change.pk, who=hours(3))
    again = amending.history(CERTIFICATE, row.pk)[0]
    amending.undo(CERTIFICATE, again.pk, who=hours(4))
    # What was parted by a day comes back as what holds from that day on.
    assert held(row) == (after[-1:] if act == "changed" else after)
    assert {c.root for c in Amendment.objects.all()} == {row.pk}


def test_a_site_is_found_by_its_new_number_and_a_taken_one_is_refused(
    register: builders.Register,
) -> None:
    site = Site.objects.get(number=builders.BASE)
    given = {name: getattr(site, name) for name in SITE.columns} | {
        "number": "GD-V-9999",
        "name_zh": "新场",
        "name_en": "New",
    }
    amending.amend(SITE, site.pk, given, version=site.version, who=FIRST)
    reach = Reach(path="", on=builders.TODAY, known=builders.NOW)
    assert [one.pk for one in sites(reach, {"q": "gd-v-9999"})] == [site.pk]
    assert not sites(reach, {"q": builders.BASE}).exists()
    with pytest.raises(AmendmentRefusedError):
        amending.enter(SITE, grower(), given | {"number": builders.STORE}, who=FIRST)
    made = amending.enter(SITE, grower(), given | {"number": "NEW-1"}, who=FIRST)
    assert made.reference.startswith("SIT-")
    with pytest.raises(AmendmentRefusedError):
        amending.undo(SITE, amending.history(SITE, made.pk)[0].pk, who=SECOND)


def test_a_port_that_is_designated_counts_for_the_very_next_ruling(
    register: builders.Register,
) -> None:
    road = builders.meat(port="CNGBP")
    (line,) = builders.lodged(road)
    assert line.outcome == Outcome.REFUSE
    port = Port.objects.get(unlocode="CNGBP")
    given = {"group": "meat", "begins": date(2012, 1, 1), "ends": None}
    made = amending.enter(DESIGNATION, port, given, who=FIRST)
    (after,) = builders.lodged(builders.meat(port="CNGBP", declaration="A-2"))
    assert after.outcome != Outcome.REFUSE
    with pytest.raises(AmendmentRefusedError):
        amending.enter(DESIGNATION, port, given, who=FIRST)
    amending.strike(DESIGNATION, made.pk, "误", version=made.pk, who=SECOND)
    assert not DesignatedPort.objects.current().filter(port=port, group="meat").exists()
    line.refresh_from_db()
    assert line.outcome == Outcome.REFUSE


def test_a_port_is_put_right_told_apart_from_another_version_and_taken_back(
    register: builders.Register,
) -> None:
    port = Port.objects.get(unlocode="CNGBP")
    was = {name: getattr(port, name) for name in PORT.columns}
    given = was | {"name_zh": "拱北口岸", "transport": "rail"}
    amending.amend(PORT, port.pk, given, version=1, who=FIRST)
    with pytest.raises(RecordMovedError):
        amending.amend(PORT, port.pk, was | {"name_en": "X"}, version=1, who=SECOND)
    assert parties.port_names(["CNGBP"])["CNGBP"].zh == "拱北口岸"
    assert parties.port_facts().row(by_predicate=pl.col("port") == "CNGBP")[1] == "rail"
    (change,) = amending.history(PORT, port.pk)
    assert (change.was["name_zh"], change.became["name_zh"]) == (was["name_zh"], "拱北口岸")
    amending.undo(PORT, change.pk, who=SECOND)
    port.refresh_from_db()
    assert ({name: getattr(port, name) for name in PORT.columns}, port.version) == (was, 3)
    with pytest.raises(AmendmentRefusedError):
        amending.enter(PORT, port, given, who=FIRST)


def test_who_has_a_tie_changes_nothing(register: builders.Register) -> None:
    row = certificate()
    officer = people.officer("tied")
    agencies.declare_interest(
        officer,
        row.enterprise_id,
        InterestKind.RELATIVE,
        on=builders.TODAY,
        at=builders.RECORDED,
        note="",
    )
    tied = later(builders.NOW, officer.key)
    with pytest.raises(TiedError):
        amending.amend(CERTIFICATE, row.pk, HACCP | {"number": "Q"}, version=row.pk, who=tied)
    with pytest.raises(TiedError):
        amending.undo(CERTIFICATE, amending.history(CERTIFICATE, row.pk)[0].pk, who=tied)


def test_a_site_that_has_another_number_since_is_still_the_site_of_its_products(
    register: builders.Register,
) -> None:
    site = Site.objects.get(number=builders.BASE)
    at_site = {name: getattr(site, name) for name in SITE.columns}
    row = amending.enter(PRODUCT, grower(), GOODS | {"site": site}, who=FIRST)
    branded = GOODS | {"site": site, "brand": "鸿"}
    amending.amend(PRODUCT, row.pk, branded, version=row.pk, who=hours(1))
    new = GOODS | {"site": site, "name_zh": "芥蓝"}
    asked = requesting.ask(grower(), PRODUCT, new, reason="新产品", who=HOLDER)
    amending.amend(
        SITE, site.pk, at_site | {"number": "GD-V-7"}, version=site.version, who=hours(2)
    )
    amending.undo(PRODUCT, amending.history(PRODUCT, row.pk)[0].pk, who=hours(3))
    requesting.decide(asked.number, accept=True, answer="", who=hours(4))
    held = Product.objects.current().order_by("pk").values_list("name_zh", "brand", "site")
    assert list(held) == [("菜心", "", site.pk), ("芥蓝", "", site.pk)]
    # A site that is somebody else's by now is refused, and nothing is written.
    other = Enterprise.objects.exclude(pk=site.enterprise_id).first()
    asked = requesting.ask(grower(), PRODUCT, new | {"brand": "达"}, reason="牌", who=hours(5))
    Site.objects.update(enterprise=other)
    with pytest.raises(AmendmentRefusedError):
        requesting.decide(asked.number, accept=True, answer="", who=hours(6))
    asked.refresh_from_db()
    assert asked.state == "asked"


def test_what_is_sent_twice_is_entered_and_asked_for_once(register: builders.Register) -> None:
    requesting.ask(grower(), PRODUCT, GOODS, reason="新产品", who=HOLDER)
    with pytest.raises(requesting.RequestRefusedError):
        requesting.ask(grower(), PRODUCT, GOODS, reason="新产品", who=HOLDER)
    amending.enter(PRODUCT, grower(), GOODS, who=FIRST)
    with pytest.raises(AmendmentRefusedError):
        amending.enter(PRODUCT, grower(), GOODS, who=SECOND)
    amending.enter(PRODUCT, grower(), GOODS | {"brand": "鸿"}, who=SECOND)
    assert (ChangeRequest.objects.count(), Product.objects.count()) == (1, 2)


def test_zeros_behind_a_place_change_nothing(register: builders.Register) -> None:
    site = Site.objects.get(number=builders.BASE)
    given = {name: getattr(site, name) for name in SITE.columns}
    given |= {"latitude": Decimal("22.25"), "longitude": Decimal(113)}
    amending.amend(SITE, site.pk, given, version=site.version, who=FIRST)
    site.refresh_from_db()
    with pytest.raises(AmendmentRefusedError):
        amending.amend(
            SITE,
            site.pk,
            given | {"latitude": Decimal("22.25000"), "longitude": Decimal("113.0")},
            version=site.version,
            who=SECOND,
        )


HOLDER = later(builders.NOW, "REP-1")


def test_what_an_enterprise_asks_for_is_entered_when_an_officer_accepts_it(
    register: builders.Register,
) -> None:
    new = requesting.ask(grower(), PRODUCT, GOODS, reason="新产品", who=HOLDER)
    assert not Product.objects.exists()
    requesting.decide(new.number, accept=True, answer="", who=FIRST)
    row = Product.objects.get()
    assert (row.name_zh, row.origins, row.enterprise) == ("菜心", ["CN"], grower())
    ask = {"record": row.pk, "version": row.pk, "reason": "品牌", "who": HOLDER}
    asked = requesting.ask(grower(), PRODUCT, GOODS | {"brand": "鸿"}, **ask)
    with pytest.raises(requesting.RequestRefusedError):
        requesting.ask(grower(), PRODUCT, GOODS | {"brand": "达"}, **ask)
    # An officer changed the record meanwhile: the request is not laid over it.
    amending.amend(PRODUCT, row.pk, GOODS | {"brand": "局"}, version=row.pk, who=hours(1))
    with pytest.raises(RecordMovedError):
        requesting.decide(asked.number, accept=True, answer="", who=hours(2))
    asked.refresh_from_db()
    assert asked.state == "asked"
    assert requesting.stood(asked)["brand"] == "局"
    with pytest.raises(requesting.RequestRefusedError):
        requesting.decide(asked.number, accept=False, answer=" ", who=hours(2))
    requesting.decide(asked.number, accept=False, answer="已更正", who=hours(2))
    with pytest.raises(requesting.RequestRefusedError):
        requesting.withdraw(asked.number, grower(), who=HOLDER)
    assert set(ChangeRequest.objects.values_list("state", flat=True)) == {"accepted", "declined"}


def test_a_number_that_went_to_another_site_still_names_the_one_it_named(
    register: builders.Register,
) -> None:
    site = Site.objects.get(number=builders.BASE)
    at_site = {name: getattr(site, name) for name in SITE.columns}
    row = amending.enter(PRODUCT, grower(), GOODS | {"site": site}, who=FIRST)
    amending.amend(PRODUCT, row.pk, GOODS | {"brand": "鸿"}, version=row.pk, who=hours(1))
    new = GOODS | {"site": site, "name_zh": "芥蓝"}
    asked = requesting.ask(grower(), PRODUCT, new, reason="新产品", who=HOLDER)
    amending.amend(
        SITE, site.pk, at_site | {"number": "GD-V-7"}, version=site.version, who=hours(2)
    )
    # Another site of the same enterprise has the number now.
    heir = amending.enter(SITE, grower(), at_site | {"name_zh": "新基地"}, who=hours(3))
    amending.undo(PRODUCT, amending.history(PRODUCT, row.pk)[0].pk, who=hours(4))
    requesting.decide(asked.number, accept=True, answer="", who=hours(5))
    held = Product.objects.current().order_by("pk").values_list("name_zh", "site")
    assert list(held) == [("菜心", site.pk), ("芥蓝", site.pk)]
    assert heir.number == builders.BASE
    # What is kept from now on means the heir.
    late = requesting.ask(
        grower(), PRODUCT, GOODS | {"site": heir, "name_zh": "芥菜"}, reason="新", who=hours(6)
    )
    requesting.decide(late.number, accept=True, answer="", who=hours(7))
    assert Product.objects.get(name_zh="芥菜").site == heir


UNSEEN = "\u200b\u200d\u2060\ufeff\u00ad\u202e\u2066\ufe0f\u3164\x07"


def test_what_cannot_be_seen_comes_on_no_register(register: builders.Register) -> None:
    certificate(number="H-1")
    with pytest.raises(AmendmentRefusedError):
        certificate(number=f"H{UNSEEN}-1\u00a0", issuer_zh=f"{UNSEEN}某认证")
    hidden = HACCP | {"number": f"{UNSEEN}H-9", "issuer_en": "Some\u00a0\u3000bo\u00addy"}
    asked = requesting.ask(grower(), CERTIFICATE, hidden, reason="新证", who=HOLDER)
    assert (asked.wanted["number"], asked.wanted["issuer_en"]) == ("H-9", "Some body")
    first = SystemCertificate.objects.get()
    with pytest.raises(AmendmentRefusedError):
        amending.amend(
            CERTIFICATE,
            first.pk,
            HACCP | {"issuer_en": f"Some{UNSEEN} body"},
            version=first.pk,
            who=SECOND,
        )
