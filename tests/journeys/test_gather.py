"""Gathering: one number of queries for any number of lines, both axes of time, unknown as null."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.journeys.builders import (
    AGENT,
    BASE,
    BUREAU,
    DAY,
    FOUNDED,
    GROWER,
    IMPORTER,
    KINDS,
    NEWCOMER,
    NOW,
    PLANT,
    STORE,
    TODAY,
    VINTNER,
    WHY,
    Register,
    facts,
    issue,
    lodged,
    machines,
    meat,
    order,
    toys,
    vegetables,
    wine,
)

from guomen.core.facts import BY_NAME, Source
from guomen.supervision.classification import operations as classification
from guomen.supervision.classification.models import EnterpriseClass, ProductRisk
from guomen.supervision.credit import operations as credit
from guomen.supervision.credit.lifecycle import BlacklistMove
from guomen.supervision.credit.models import Rating
from guomen.supervision.editions import queries as editions
from guomen.supervision.editions import triggers
from guomen.supervision.licences import operations as licences
from guomen.supervision.licences.lifecycle import LicenceMove, LicenceState
from guomen.supervision.licences.models import Licence, LicenceKind, LicenceTerm, OriginAccess
from guomen.supervision.parties import operations as parties
from guomen.supervision.parties.codes import reference
from guomen.supervision.parties.models import Commodity, Enterprise, Registration

# The end of the ledger, the marks of the registers, states, owed checks, and which lines are of the
# same goods; one that reads these lines; then one for each register of which a batch names
# something for the first time.
ALWAYS, SAME_GOODS, AT_FIRST = 5, 1, 9
LATER = NOW + timedelta(hours=1)


@pytest.mark.parametrize("lines", [1, 5, 300])
def test_the_number_of_queries_does_not_depend_on_the_number_of_lines(register, lines):
    lodged(toys("OLD", lot="LOT-1"))
    issue(order("BK-1", hs_prefix="0704"))
    facts(vegetables())  # what a process reads once
    rows = [KINDS[n % 5](f"D-{n // 7}-{n % 5}", n + 1, lot=f"LOT-{n}") for n in range(lines)]
    with CaptureQueriesContext(connection) as first:
        facts(*rows)
    with CaptureQueriesContext(connection) as again:
        facts(*rows)
    # Toys of the lot that was lodged before are among five lines.
    assert len(again) == ALWAYS + SAME_GOODS * (lines > 1), "\n".join(q["sql"][:150] for q in again)
    assert len(first) <= ALWAYS + SAME_GOODS + AT_FIRST


REGISTERS: dict[str, Any] = {
    "enterprise_class": lambda: EnterpriseClass.objects.filter(enterprise__uscc=GROWER),
    "credit_level": lambda: Rating.objects.filter(enterprise__uscc=GROWER),
    "enterprise_active": lambda: Registration.objects.filter(enterprise__uscc=GROWER),
    "product_risk": lambda: ProductRisk.objects.filter(hs_prefix="0704"),
    "commodity_group": lambda: Commodity.objects.filter(hs_code="0704909001"),
    "base_filed": lambda: LicenceTerm.objects.filter(licence__site__number=BASE),
}


@pytest.mark.parametrize("fact", REGISTERS)
def test_what_is_kept_is_forgotten_when_its_register_changes_and_only_then(register, fact):
    """Whoever writes a register, and however: the next line is decided on what is there."""
    before = facts(vegetables())[0][fact]
    assert before is not None
    with CaptureQueriesContext(connection) as queries:
        assert facts(vegetables())[0][fact] == before
    assert len(queries) < ALWAYS  # goods without a mark are not looked for
    with suppress(Undone), transaction.atomic():
        REGISTERS[fact]().update(begins=TODAY + DAY)
        assert facts(vegetables())[0][fact] in (None, False)
        raise Undone
    # What was undone left nothing behind.
    assert facts(vegetables())[0][fact] == before
    REGISTERS[fact]().update(begins=TODAY + DAY)
    assert facts(vegetables())[0][fact] in (None, False)


class Undone(Exception):
    """A transaction is to be rolled back."""


def test_nothing_is_kept_of_a_register_whose_triggers_are_gone(register, monkeypatch):
    monkeypatch.setattr(editions, "_watched", {})
    name = "editions_of_credit_rating_update"
    on_table = " ON credit_rating" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {name}{on_table}")
    assert triggers.missing(connection) == (name,)
    assert facts(vegetables())[0]["credit_level"] == "A"
    Rating.objects.filter(enterprise__uscc=GROWER).update(level="D")
    assert facts(vegetables())[0]["credit_level"] == "D"
    triggers.install(connection)
    assert not triggers.missing(connection)


# -- two axes of time ------------------------------------------------------------------------------
def move(held: Licence, done: LicenceMove, *, on: date, at: datetime) -> None:
    with transaction.atomic():
        licences.move(held, done, on=on, at=at, reason=WHY)


def base(register: Register) -> Licence:
    return register.licences[LicenceKind.BASE_FILING, BASE]


def test_a_licence_suspended_tomorrow_holds_today(register):
    move(base(register), LicenceMove.SUSPEND, on=TODAY + DAY, at=NOW - DAY)
    assert facts(vegetables())[0]["base_filed"] is True
    assert facts(vegetables(), at=NOW + DAY)[0]["base_filed"] is False


def test_what_was_learned_later_does_not_change_what_an_earlier_moment_would_read(register):
    move(base(register), LicenceMove.SUSPEND, on=TODAY - 30 * DAY, at=LATER)
    assert facts(vegetables(), at=LATER - timedelta(microseconds=1))[0]["base_filed"] is True
    assert facts(vegetables(), at=LATER)[0]["base_filed"] is False


def test_the_day_is_that_of_the_bureau_not_of_greenwich(register):
    move(base(register), LicenceMove.SUSPEND, on=TODAY + DAY, at=NOW - DAY)
    midnight = datetime(2012, 5, 24, 16, tzinfo=UTC)
    before = facts(vegetables(), at=midnight - timedelta(microseconds=1))[0]
    after = facts(vegetables(), at=midnight)[0]
    assert (before["on"], before["base_filed"]) == (TODAY, True)
    assert (after["on"], after["base_filed"]) == (TODAY + DAY, False)


def test_lines_of_one_batch_are_each_read_as_of_their_own_moment(register):
    """Facts of two days and two states of knowledge lie side by side in one batch."""
    grower = Enterprise.objects.get(uscc=GROWER)
    with transaction.atomic():
        rating = Rating.objects.get(enterprise=grower, superseded_at=None)
        credit.rate(rating, "D", on=TODAY - 5 * DAY, at=NOW)
        held = EnterpriseClass.objects.get(enterprise=grower, superseded_at=None)
        classification.classify(held, 3, on=TODAY + DAY, at=NOW - DAY)
    moments = [NOW - timedelta(seconds=1), NOW, NOW + DAY]
    alone = [facts(vegetables(), at=at)[0] for at in moments]
    assert [(f["credit_level"], f["enterprise_class"]) for f in alone] == [
        ("A", 1),
        ("D", 1),
        ("D", 3),
    ]


DATED: dict[str, Any] = {
    "enterprise_class": lambda held: EnterpriseClass.objects.filter(enterprise__uscc=GROWER),
    "credit_level": lambda held: Rating.objects.filter(enterprise__uscc=GROWER),
    "product_risk": lambda held: ProductRisk.objects.filter(hs_prefix="0704"),
    "commodity_group": lambda held: Commodity.objects.filter(hs_code="0704909001"),
}


@pytest.mark.parametrize("fact", DATED)
def test_a_fact_that_ended_or_is_not_known_yet_is_unknown(register, fact):
    rows = DATED[fact](register)
    assert facts(vegetables())[0][fact] is not None
    rows.update(ends=TODAY)
    assert facts(vegetables())[0][fact] is None
    assert facts(vegetables(), at=NOW - DAY)[0][fact] is not None
    rows.update(ends=None, recorded_at=NOW + timedelta(microseconds=1))
    assert facts(vegetables())[0][fact] is None
    rows.update(ends=None, recorded_at=NOW)
    assert facts(vegetables())[0][fact] is not None


def test_the_longest_prefix_that_holds_decides(register):
    dated = {"begins": FOUNDED, "recorded_at": NOW - DAY}
    ProductRisk.objects.create(hs_prefix="07049090", level="general", **dated)
    ProductRisk.objects.create(hs_prefix="07", level="higher", **dated)
    OriginAccess.objects.create(hs_prefix="02", origin="AU", access="banned", **dated)
    assert facts(vegetables())[0]["product_risk"] == "general"
    assert facts(meat())[0]["origin_access"] == "admitted"
    OriginAccess.objects.filter(hs_prefix="0202").update(ends=TODAY)
    assert facts(meat())[0]["origin_access"] == "banned"


# -- true, false, null -----------------------------------------------------------------------------
HELD = [
    ("consignee_filed", wine, "enterprise", LicenceKind.CONSIGNEE_FILING, VINTNER),
    ("overseas_party_filed", wine, "consignor", LicenceKind.OVERSEAS_EXPORTER_FILING, PLANT),
    (
        "overseas_plant_registered",
        meat,
        "consignor",
        LicenceKind.OVERSEAS_PLANT_REGISTRATION,
        PLANT,
    ),
    ("cold_store_filed", meat, "site", LicenceKind.COLD_STORE_FILING, STORE),
    ("base_filed", vegetables, "site", LicenceKind.BASE_FILING, BASE),
    ("permit_held", meat, "enterprise", LicenceKind.QUARANTINE_PERMIT, IMPORTER),
    ("permit_covers", meat, "enterprise", LicenceKind.QUARANTINE_PERMIT, IMPORTER),
    ("base_plan_covers", vegetables, "site", LicenceKind.BASE_FILING, BASE),
    ("agent_registered", toys, "agent", LicenceKind.AGENT_REGISTRATION, AGENT),
]


@pytest.mark.parametrize(("fact", "kind", "holder", "licence", "who"), HELD)
def test_a_licence_is_held_not_held_or_its_holder_is_unknown(
    register, fact, kind, holder, licence, who
):
    row = kind(**({"agent": AGENT} if holder == "agent" else {}))
    assert facts(row)[0][fact] is True
    for state in LicenceState:
        if state is not LicenceState.GRANTED:
            LicenceTerm.objects.filter(licence=register.licences[licence, who]).update(state=state)
            assert facts(row)[0][fact] is False, state
    LicenceTerm.objects.filter(licence=register.licences[licence, who]).delete()
    assert facts(row)[0][fact] is False
    assert facts(row | {holder: "NOBODY-1"})[0][fact] is None
    if holder != "enterprise":
        assert facts(row | {holder: None})[0][fact] is None


REGISTER = [f.name for f in BY_NAME.values() if f.source is Source.REGISTER]
OF_ENTERPRISE = [
    "enterprise_active",
    "declaration_right_suspended",
    "blacklisted",
    "consignee_filed",
    "permit_held",
    "permit_covers",
    "plant_filed",
    "quality_licence_held",
    "additive_filed",
    "enterprise_class",
    "credit_level",
]


@pytest.mark.parametrize(
    "number", [NEWCOMER, "SOMEBODY", reference("ENT", 999_999), "SIT-000001-0"]
)
def test_nothing_is_known_of_a_party_that_is_not_on_the_register(register, number):
    """A reference with a right check digit may belong to nobody."""
    (found,) = facts(meat(enterprise=number))
    assert {name: found[name] for name in OF_ENTERPRISE} == dict.fromkeys(OF_ENTERPRISE)


@pytest.mark.parametrize("site", ["NO-SUCH", "SIT-000099-0", "ENT-000001-9", None])
def test_nothing_is_known_of_a_site_that_is_not_on_the_register(register, site):
    (found,) = facts(meat(site=site))
    names = ("site_kind", "cold_store_filed", "base_filed", "base_plan_covers", "farm_registered")
    assert {name: found[name] for name in names} == dict.fromkeys(names)


@pytest.mark.parametrize("consignor", ["NO-SUCH", reference("ENT", 999_999), None])
def test_nothing_is_known_of_an_overseas_party_that_is_not_on_the_register(register, consignor):
    (found,) = facts(meat(consignor=consignor))
    assert found["overseas_party_filed"] is found["overseas_plant_registered"] is None


def test_a_number_of_a_party_passes_its_check_fails_it_or_has_none(register):
    valid = [
        facts(meat(enterprise=number))[0]["enterprise_number_valid"]
        for number in (IMPORTER, NEWCOMER, "SOMEBODY", reference("ENT", 999_999))
    ]
    assert valid == [True, True, None, True]


def test_an_enterprise_is_active_closed_or_unknown(register):
    grower = Enterprise.objects.get(uscc=GROWER)
    assert facts(vegetables())[0]["enterprise_active"] is True
    with transaction.atomic():
        parties.close(grower, on=TODAY, at=NOW)
    assert facts(vegetables(), at=NOW - timedelta(seconds=1))[0]["enterprise_active"] is True
    assert facts(vegetables())[0]["enterprise_active"] is False


def test_only_a_listed_enterprise_is_on_the_blacklist(register):
    grower = Enterprise.objects.get(uscc=GROWER)
    steps = [
        (BlacklistMove.NOTIFY, False),
        (BlacklistMove.LIST, True),
        (BlacklistMove.APPLY_FOR_EXIT, True),
        (BlacklistMove.RELEASE, False),
    ]
    assert facts(vegetables())[0]["blacklisted"] is False
    entry = credit.propose(grower.pk, "BL-1", on=TODAY - DAY, at=NOW, reason=WHY)
    for minute, (done, listed) in enumerate(steps, 1):
        at = NOW + timedelta(minutes=minute)
        with transaction.atomic():
            entry = credit.move(entry, done, on=TODAY, at=at)
        assert facts(vegetables(), at=at)[0]["blacklisted"] is listed, done


def test_scope_of_permit_and_crop_plan(register):
    assert facts(meat(origin="NZ"))[0]["permit_covers"] is False
    assert facts(meat(origin=None))[0]["permit_covers"] is not True
    assert facts(meat(hs_code=None))[0]["permit_covers"] is not True
    assert facts(vegetables(hs_code="0808100000"))[0]["base_plan_covers"] is False


def test_a_port_is_known_designated_or_neither(register):
    def of(**more: Any) -> tuple[Any, Any]:
        (found,) = facts(meat(**more))
        return found["port_known"], found["port_designated"]

    assert of() == (True, True)
    assert of(port="CNGBP") == (True, False)
    assert of(port="CNXXX") == (False, False)
    assert of(port=None) == (None, None)


def test_the_agency_is_that_of_the_port_else_of_the_desk(register):
    agencies = [
        facts(vegetables(port=port))[0]["agency"] for port in ("CNGBP", "CNJZU", "CNSHA", None)
    ]
    assert agencies == ["ZHGB", "ZHJZ", BUREAU, BUREAU]


def test_hazards_are_unknown_of_unknown_goods_and_none_of_harmless_ones(register):
    assert facts(vegetables())[0]["hazards"] == ["fruit_fly"]
    assert facts(toys())[0]["hazards"] == []
    assert facts(toys(hs_code=None))[0]["hazards"] is None
    assert facts(toys(hs_code="9999999999"))[0]["hazards"] is None


# -- lines do not depend on one another ------------------------------------------------------------
ROW = st.builds(
    lambda kind, own, more: kind(own, **more),
    st.sampled_from([*KINDS, machines]),
    st.integers(0, 10**6).map(str),
    st.fixed_dictionaries(
        {},
        optional={
            "port": st.sampled_from(["CNGBP", "CNJZU", "CNSHA", "CNXXX", None]),
            "site": st.sampled_from([BASE, STORE, "NO-SUCH", None]),
            "enterprise": st.sampled_from([GROWER, IMPORTER, NEWCOMER, "SOMEBODY"]),
            "consignor": st.sampled_from([PLANT, "NO-SUCH", None]),
            "agent": st.sampled_from([AGENT, "NO-SUCH", None]),
            "hs_code": st.sampled_from(["0704909001", "0202300090", "0704000000", None]),
            "origin": st.sampled_from(["CN", "AU", None]),
        },
    ),
)


@settings(
    max_examples=15,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(rows=st.lists(ROW, min_size=2, max_size=12, unique_by=lambda row: row["declaration"]))
def test_facts_of_a_line_do_not_depend_on_which_lines_are_beside_it(register, rows):
    together = {found["line"]: found for found in facts(*rows)}
    backwards = {found["line"]: found for found in facts(*reversed(rows))}
    assert together == backwards
    for row in rows:
        (alone,) = facts(row)
        assert together[alone["line"]] == alone
