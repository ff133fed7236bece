"""
Every rule of the book, one case each, under the rule's own id.

A case says by hand what a line must look like for the rule to fail (or, in a table, to apply), to
hold, to be unknown and not to be asked, and what follows. Expectations are never read from the
rule.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.rulebooks.lines import NOBODY, TODAY, alone, answer, row, rule

from guomen.core.controls import Order
from guomen.core.matching import OrderSet
from guomen.core.ruling import Answer, Gate
from guomen.core.severity import SEVERITY, Outcome
from guomen.core.text import Text
from guomen.rulebooks.book import BOOK

Facts = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Case:
    kind: str  # of goods, all in order
    fails: Facts = field(default_factory=dict)  # what makes the rule fail, or a table row apply
    then: str | None = None  # outcome that follows, alone
    rate: int = 0
    mode: str = "none"
    holds: bool = True  # whether the line in order is asked and passes
    unknown: Facts | None = None  # what makes it unknown
    unsure: str | None = None  # outcome of unknown, alone
    unsure_rate: int = 0
    not_asked: Facts | None = None
    other: str | None = None  # another kind of goods that is not asked
    on: date = TODAY
    u: int = 2**52 - 1
    orders: OrderSet = NOBODY


def needs(kind: str, fact: str, then: str = "hold", **more: Any) -> Case:
    """The rule wants one true fact; its want holds the line when nobody knows it."""
    given = {"fails": {fact: False}, "unknown": {fact: None}, "unsure": "hold"}
    return Case(kind=kind, then=then, **(given | more))


def row_of_a_table(kind: str, fails: Facts | None = None, **more: Any) -> Case:
    return Case(kind=kind, fails=fails or {}, holds=False, **more)


def ordering(effect: str, **more: Any) -> Case:
    order = Order(
        reference="BK-1",
        effect=Outcome(effect),
        reason=Text(zh="测试", en="test"),
        begins=TODAY,
        recorded_at=row("toys")["received_at"],
        origin="CN",
        **more,
    )
    return row_of_a_table("toys", then=effect, orders=OrderSet((order,)), other="meat")


BEFORE_120 = date(2009, 10, 31)
CASES: dict[str, Case] = {
    "DQ-HS-CODE": Case(
        kind="toys", fails={"hs_code": "950300600"}, then="hold",
        unknown={"commodity_group": None}, unsure="hold",
    ),
    "DQ-ENTERPRISE-NUMBER": needs("toys", "enterprise_number_valid"),
    "DQ-DIRECTION": Case(
        kind="toys", fails={"direction": "sideways"}, then="hold",
        unknown={"direction": None}, unsure="hold",
    ),
    "DQ-COUNTRIES": Case(
        kind="toys", fails={"destination": "CN"}, then="hold", unknown={"origin": None},
        unsure="hold",
    ),
    "DQ-TRANSIT": Case(
        kind="meat", fails={"transit_via": ""}, then="hold", unknown={"transit_via": None},
        unsure="hold", other="toys",
    ),
    "DQ-PORT": needs("toys", "port_known"),
    "DQ-TRANSPORT": Case(
        kind="toys", fails={"transport": "camel"}, then="hold", unknown={"transport": None},
        unsure="hold",
    ),
    "DQ-QUANTITY": Case(
        kind="toys", fails={"quantity": Decimal(0)}, then="hold", unknown={"quantity": None},
        unsure="hold",
    ),
    "DQ-UNIT": Case(
        kind="toys", fails={"unit": "KGM"}, then="hold", unknown={"unit": None}, unsure="hold"
    ),
    "DQ-VALUE": Case(
        kind="toys", fails={"value_cny": Decimal("-0.01")}, then="hold",
        unknown={"value_cny": None}, unsure="hold",
    ),
    "DQ-PRODUCED": Case(
        kind="toys", fails={"produced_on": TODAY + timedelta(1)}, then="hold",
        unknown={"produced_on": None}, unsure="release",
    ),
    "DQ-DOCUMENTS": Case(
        kind="toys", fails={"doc_invoice": False}, then="hold", unknown={"doc_contract": None},
        unsure="hold", other="cartons",
    ),
    "TRL-UNIT-VALUE": Case(
        kind="meat", fails={"value_cny": Decimal("999.99")}, then="release",
        unknown={"quantity": None}, unsure="release", other="toys",
    ),
    "TRL-PIECES": Case(
        kind="toys", fails={"units_in_lot": 1001}, then="release",
        unknown={"units_in_lot": None}, unsure="release", other="meat",
    ),
    "ADM-ENTERPRISE": needs("toys", "enterprise_active"),
    "ADM-DECLARATION-RIGHT": needs(
        "toys", "declaration_right_suspended", "refuse",
        fails={"declaration_right_suspended": True},
    ),
    "ADM-AGENT": Case(
        kind="toys", fails={"agent": "AGT-1", "agent_registered": False}, then="hold",
        unknown={"agent": "AGT-1", "agent_registered": None}, unsure="hold", holds=False,
        not_asked={},
    ),
    "ADM-BLACKLIST": needs(
        "toys", "blacklisted", "inspect_and_sample", fails={"blacklisted": True}, rate=1_000_000
    ),
    "IMP-CONSIGNEE-144": needs("dairy", "consignee_filed", other="sauce"),
    "IMP-CONSIGNEE-136": needs("meat", "consignee_filed", other="dairy", on=date(2012, 2, 29)),
    "IMP-CONSIGNEE-249": needs("dairy", "consignee_filed", other="sauce", on=date(2022, 1, 1)),
    "IMP-OVERSEAS-PARTY-2009": needs(
        "biscuits", "overseas_party_filed", other="sauce", on=date(2012, 2, 29)
    ),
    "IMP-OVERSEAS-PARTY-144": needs("biscuits", "overseas_party_filed", other="fruit"),
    "IMP-OVERSEAS-PARTY-249": needs(
        "biscuits", "overseas_party_filed", other="fruit", on=date(2022, 1, 1)
    ),
    "IMP-OVERSEAS-PLANT-16": needs(
        "meat", "overseas_plant_registered", "refuse", other="biscuits", on=date(2012, 4, 30)
    ),
    "IMP-OVERSEAS-PLANT-145": needs("dairy", "overseas_plant_registered", "refuse", other="eels"),
    "IMP-OVERSEAS-PLANT-248": needs(
        "dairy", "overseas_plant_registered", "refuse", other="eels", on=date(2022, 1, 1)
    ),
    "IMP-PERMIT-HELD": needs("fruit", "permit_held", "refuse", other="dairy"),
    "IMP-PERMIT-COVERS": needs("meat", "permit_covers", other="pigs"),
    "IMP-ORIGIN-BANNED": Case(
        kind="meat", fails={"origin_access": "banned"}, then="refuse",
        unknown={"origin_access": None}, unsure="release", other="toys",
    ),
    "IMP-ORIGIN-SUSPENDED": Case(
        kind="meat", fails={"origin_access": "suspended"}, then="hold",
        unknown={"origin_access": None}, unsure="release", other="toys",
    ),
    "IMP-ORIGIN-ADMITTED": Case(
        kind="fruit", fails={"origin_access": "suspended"}, then="hold",
        unknown={"origin_access": None}, unsure="hold", other="machine",
    ),
    "IMP-OFFICIAL-CERTIFICATE": needs("fruit", "doc_official_certificate", other="biscuits"),
    "IMP-DAIRY-CERTIFICATE": needs(
        "dairy", "doc_official_certificate", other="biscuits", on=date(2013, 5, 1)
    ),
    "IMP-JAPAN-ORIGIN": Case(
        kind="biscuits", fails={"origin": "JP", "doc_origin_certificate": False}, then="hold",
        unknown={"origin": "JP", "doc_official_certificate": None}, unsure="hold", holds=False,
        not_asked={"origin": "KR"},
    ),
    "IMP-LABEL": needs("biscuits", "doc_label_sample", other="fruit"),
    "ADD-STATEMENT": needs("additives", "doc_additive_declaration", other="biscuits"),
    "IMP-COSMETICS-CONSIGNEE": needs("cosmetics", "consignee_filed", other="machine"),
    "IMP-MEAT-PORT": needs("meat", "port_designated", "refuse", other="dairy"),
    "IMP-FRUIT-PORT": needs("fruit", "port_designated", "refuse", other="dairy"),
    "IMP-MEAT-COLD-STORE": needs("meat", "cold_store_filed", other="fruit"),
    "IMP-MEAT-PRE-INSPECTION": Case(
        kind="meat", fails={"transit_via": "HK", "doc_pre_inspection": False}, then="refuse",
        unknown={"transit_via": "MO", "doc_pre_inspection": None}, unsure="hold", holds=False,
        not_asked={"transit_via": "SG"},
    ),
    "TRN-ANIMALS": needs("passing", "permit_held", "refuse", other="pigs"),
    "EXP-FOOD-PLANT-20": needs("sauce", "plant_filed", other="biscuits", on=date(2011, 9, 30)),
    "EXP-FOOD-PLANT-142": needs("sauce", "plant_filed", other="biscuits"),
    "EXP-FOOD-PLANT-192": needs("sauce", "plant_filed", other="biscuits", on=date(2018, 1, 1)),
    "EXP-ADDITIVES-FILED": needs("sauce", "additive_filed", other="cabbage"),
    "EXP-TOY-LICENCE": needs("toys", "quality_licence_held", other="shirts"),
    "EXP-FACTORY-INSPECTION": needs("shirts", "doc_factory_inspection", other="cartons"),
    "HKM-BASE-21": needs("cabbage", "base_filed", "refuse", other="sauce", on=BEFORE_120),
    "HKM-BASE-120": needs(
        "cabbage", "base_filed", "refuse", not_asked={"destination": "SG", "base_filed": False}
    ),
    "HKM-CROP-PLAN": needs("cabbage", "base_plan_covers", other="pigs"),
    "HKM-SUPPLY-PROOF": needs("cabbage", "doc_supply_proof", other="pigs"),
    "HKM-LIVESTOCK-FARM": needs("pigs", "farm_registered", "refuse", other="cabbage"),
    "HKM-ANIMAL-HEALTH": needs("pigs", "doc_animal_health", other="cabbage"),
    "EXP-FISH-FARM": needs(
        "eels", "farm_registered", "refuse", not_asked={"hs_code": "0303890090"}
    ),
    "HKM-BASE-PLANTS": needs("oranges", "base_filed", "refuse", other="cabbage"),
    "HKM-SHELLFISH-FARM": needs(
        "crabs", "farm_registered", "refuse", not_asked={"hs_code": "0306179000"}
    ),
    "HKM-LOADING-VEGETABLES": row_of_a_table(
        "cabbage", then="release", unknown={"destination": None}, unsure="release",
        not_asked={"destination": "SG"},
    ),
    "HKM-LOADING-LIVESTOCK": row_of_a_table(
        "pigs", then="release", unknown={"commodity_group": None}, unsure="release",
        other="cabbage",
    ),
    "FRQ-MODE-CREDIT": row_of_a_table(
        "shirts", {"product_risk": "higher"}, rate=20_000, mode="credit",
        unknown={"product_risk": None}, unsure_rate=20_000, other="meat",
    ),
    "FRQ-MODE-VERIFICATION": row_of_a_table(
        "shirts", {"enterprise_class": 2}, rate=100_000, mode="verification",
        unknown={"enterprise_class": None}, unsure_rate=100_000, not_asked={},
    ),
    "FRQ-MODE-GENERAL": row_of_a_table(
        "shirts", {"enterprise_class": 2, "product_risk": "high"}, rate=300_000, mode="general",
        unknown={"enterprise_class": 3, "product_risk": None}, unsure_rate=300_000,
        not_asked={"enterprise_class": 2},
    ),
    "FRQ-MODE-STRICT": row_of_a_table(
        "shirts", {"enterprise_class": 3, "product_risk": "higher"}, rate=1_000_000,
        mode="strict", unknown={"enterprise_class": 3, "product_risk": None},
        unsure_rate=1_000_000, not_asked={"enterprise_class": 3},
    ),
    "FRQ-MODE-SPECIAL": row_of_a_table(
        "shirts", {"enterprise_class": 4, "product_risk": None}, rate=1_000_000, mode="special",
        unknown={"enterprise_class": None}, unsure_rate=1_000_000, not_asked={},
    ),
    "FRQ-FOOD-HIGH": row_of_a_table(
        "cabbage", {"product_risk": "high"}, rate=200_000, unknown={"product_risk": None},
        unsure_rate=200_000, not_asked={},
    ),
    "FRQ-FOOD": row_of_a_table(
        "sauce", rate=100_000, unknown={"direction": None}, unsure_rate=100_000, other="biscuits"
    ),
    "FRQ-FOOD-CLASS-2": row_of_a_table(
        "sauce", {"enterprise_class": 2}, rate=400_000, unknown={"enterprise_class": None},
        unsure_rate=400_000, not_asked={},
    ),
    "FRQ-FOOD-CLASS-3": row_of_a_table(
        "sauce", {"enterprise_class": 4}, rate=1_000_000, unknown={"enterprise_class": None},
        not_asked={},
    ),
    "FRQ-IMPORT-HIGH": row_of_a_table(
        "meat", rate=200_000, unknown={"product_risk": None}, unsure_rate=200_000, other="toys"
    ),
    "FRQ-IMPORT-HIGHER": row_of_a_table(
        "biscuits", rate=100_000, unknown={"product_risk": None}, unsure_rate=100_000,
        other="meat",
    ),
    "FRQ-IMPORT-GENERAL": row_of_a_table(
        "machine", rate=50_000, unknown={"product_risk": None}, unsure_rate=50_000,
        other="biscuits",
    ),
    "FRQ-SPOT-CHECK": row_of_a_table(
        "cartons", rate=10_000, unknown={"in_legal_catalogue": None}, unsure_rate=10_000,
        other="toys",
    ),
    "FRQ-CREDIT-AA": row_of_a_table(
        "toys", {"credit_level": "AA"}, unknown={"credit_level": None}, not_asked={}
    ),
    "FRQ-CREDIT-A": row_of_a_table(
        "toys", {"credit_level": "A"}, unknown={"credit_level": None}, not_asked={}
    ),
    "FRQ-CREDIT-B": row_of_a_table(
        "toys", unknown={"credit_level": None}, not_asked={"credit_level": "A"}
    ),
    "FRQ-CREDIT-C": row_of_a_table(
        "toys", {"credit_level": "C"}, unknown={"credit_level": None}, not_asked={}
    ),
    "FRQ-CREDIT-D": row_of_a_table(
        "toys", {"credit_level": "D"}, rate=1_000_000, unknown={"credit_level": None},
        not_asked={},
    ),
    "FRQ-CONTINUOUS-EVERY": row_of_a_table(
        "meat", {"sampling_phase": "guard"}, rate=1_000_000, unknown={"sampling_phase": None},
        unsure_rate=1_000_000, not_asked={"sampling_phase": "watch"},
    ),
    "FRQ-CONTINUOUS-25": row_of_a_table(
        "dairy", {"sampling_phase": "sampling"}, rate=250_000, unknown={"sampling_phase": None},
        unsure_rate=250_000, not_asked={"sampling_phase": "screening"},
    ),
    "FRQ-CONTINUOUS-10": row_of_a_table(
        "cabbage", {"sampling_phase": "watch"}, rate=100_000, unknown={"sampling_phase": None},
        unsure_rate=100_000, not_asked={"sampling_phase": "guard"},
    ),
    "CTL-REFUSE": ordering("refuse"),
    "CTL-HOLD": ordering("hold"),
    "CTL-INSPECT-AND-SAMPLE": ordering("inspect_and_sample"),
    "CTL-INSPECT": ordering("inspect"),
    "CTL-DOCUMENT-CHECK": ordering("document_check"),
    "CTL-POSSIBLE": row_of_a_table(
        "toys", {"consignor": None}, then="hold",
        orders=ordering("inspect", consignor="OVS-9").orders, not_asked={},
    ),
    "CAR-OWED-CHECK": row_of_a_table(
        "toys", {"owed_checks": 2}, then="inspect", not_asked={}
    ),
    "CAR-REFUSED-BEFORE": row_of_a_table(
        "toys", {"refused_before": True}, then="refuse", not_asked={}
    ),
    **{
        f"CAR-{name}-{outcome.upper().replace('_', '-')}": row_of_a_table(
            "toys", {f"{name.lower()}_outcome": outcome}, then=outcome, not_asked={}
        )
        for name, outcomes in {
            "EARLIER": ("refuse", "inspect_and_sample", "inspect", "document_check"),
            "RAISED": ("refuse", "hold", "inspect_and_sample", "inspect", "document_check"),
        }.items()
        for outcome in outcomes
    },
    "TGT-NO-PLAN": row_of_a_table("toys", then="release"),
    "DRW-SELECTED": row_of_a_table("toys", {"earlier_chance_ppm": 1}, then="inspect", u=0),
    "DRW-SAMPLED": row_of_a_table(
        "meat", {"earlier_chance_ppm": 1}, then="inspect_and_sample", u=0,
        unknown={"product_risk": None, "earlier_chance_ppm": 1}, unsure="inspect_and_sample",
        other="toys",
    ),
    "DRW-DOCUMENTS": row_of_a_table(
        "meat", then="document_check", unknown={"in_legal_catalogue": None},
        unsure="document_check", other="cartons",
    ),
    "DRW-CREDIT-RELEASE": row_of_a_table("toys", then="release", other="meat"),
    "DRW-UNITS": Case(
        kind="toys", fails={"units_in_lot": 0, "earlier_chance_ppm": 1}, then="hold", u=0,
        unknown={"units_in_lot": None, "earlier_chance_ppm": 1}, unsure="release",
    ),
    "SMP-DETECTION": row_of_a_table(
        "fruit", unknown={"commodity_group": None}, other="toys"
    ),
    "SMP-INDUSTRIAL": row_of_a_table("toys", unknown={"commodity_group": None}, other="fruit"),
    "SMP-PACKED-FOOD": row_of_a_table("sauce", unknown={"commodity_group": None}, other="fruit"),
}  # fmt: skip


def test_every_rule_has_a_case_under_its_id_and_every_case_a_rule() -> None:
    assert sorted(set(BOOK.by_id) - set(CASES)) == []
    assert sorted(set(CASES) - set(BOOK.by_id)) == []


@pytest.fixture(params=CASES, ids=list(CASES))
def named(request: pytest.FixtureRequest) -> tuple[str, Case]:
    return request.param, CASES[request.param]


def _ruled(case: Case, facts: Facts, **how: Any) -> dict[str, Any]:
    line = row(case.kind, **({"on": case.on} | facts))
    return rule(line, u=case.u, orders=case.orders, **how).row(0, named=True)


def test_where_it_fails_its_consequence_follows(named: tuple[str, Case]) -> None:
    rule_id, case = named
    number = BOOK.by_id[rule_id].number
    whole = _ruled(case, case.fails)
    assert answer(whole, number) is Answer.FAILS
    lone = _ruled(case, case.fails, by=alone(rule_id))
    assert (lone["outcome"], lone["rate_ppm"]) == (case.then or "release", case.rate)
    if not BOOK.by_id[rule_id].after_the_draw:
        assert lone["mode"] == case.mode
    # In company the outcome is no milder than alone, unless the rule is on trial.
    assert SEVERITY[Outcome(whole["outcome"])] >= SEVERITY[Outcome(lone["outcome"])]
    assert whole["rate_ppm"] >= case.rate


def test_a_line_in_order_is_asked_and_passes(named: tuple[str, Case]) -> None:
    rule_id, case = named
    if case.holds:
        drawn = {"earlier_chance_ppm": 1} if case.u == 0 else {}
        assert answer(_ruled(case, drawn), BOOK.by_id[rule_id].number) is Answer.HOLDS


def test_what_is_not_known_is_unknown_and_follows_as_said(named: tuple[str, Case]) -> None:
    rule_id, case = named
    if case.unknown is not None:
        assert answer(_ruled(case, case.unknown), BOOK.by_id[rule_id].number) is Answer.UNKNOWN
        lone = _ruled(case, case.unknown, by=alone(rule_id))
        assert (lone["outcome"], lone["rate_ppm"]) == (case.unsure or "release", case.unsure_rate)


def test_other_goods_are_not_asked(named: tuple[str, Case]) -> None:
    rule_id, case = named
    number = BOOK.by_id[rule_id].number
    if case.not_asked is not None:
        assert answer(_ruled(case, case.not_asked), number) is Answer.NOT_ASKED
    if case.other is not None:
        other = rule(row(case.other, on=case.on), orders=case.orders, u=case.u)
        assert answer(other.row(0, named=True), number) is Answer.NOT_ASKED


def test_it_binds_from_its_first_day_to_the_day_before_its_end(named: tuple[str, Case]) -> None:
    rule_id, case = named
    bound = BOOK.by_id[rule_id]

    def asked(on: date) -> bool:
        # Orders have periods of their own, so they are kept out of this question.
        facts = case.fails | {"on": on, "produced_on": case.fails.get("produced_on", on)}
        ruling = rule(row(case.kind, **facts), u=case.u).row(0, named=True)
        return answer(ruling, bound.number) is not Answer.NOT_ASKED

    if bound.gate is Gate.CONTROLS:
        return
    assert asked(bound.begins)
    assert not asked(bound.begins - timedelta(1))
    if bound.ends is not None:
        assert asked(bound.ends - timedelta(1))
        assert not asked(bound.ends)


def test_goods_that_are_not_drawn_are_not_inspected_for_the_draw() -> None:
    ruling = rule(row("toys", earlier_chance_ppm=999_999)).row(0, named=True)
    assert answer(ruling, BOOK.by_id["DRW-SELECTED"].number) is Answer.NOT_ASKED
    assert ruling["selected"] is False
