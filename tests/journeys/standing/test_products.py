"""Product risk: the formula alone, evidence, a second person at the bureau, the next ruling."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from tests.journeys import builders

from guomen.core.classification import Damage, ProductHazard
from guomen.core.lifecycle import MoveRefusedError
from guomen.journeys.standing import acting, products, reconsidering
from guomen.journeys.standing.products import Evidenced, ProductRefusedError
from guomen.supervision.agencies.operations import SamePersonError
from guomen.supervision.classification.lifecycle import PRODUCT_RISK
from guomen.supervision.classification.lifecycle import ProposalMove as Move
from guomen.supervision.classification.models import ProductRisk, RiskProposal
from guomen.supervision.credit.models import RulingFlag

NOW = builders.NOW
MINUTE = timedelta(minutes=1)
TOYS = "9503002100"


def how(by="OFC-A", at=NOW, agency=builders.BUREAU):
    return builders.how(at, by=by, agency=agency)


def hazard(name, damage, first=("50", "0", "0"), evidence="检测报告 2012-031"):
    numbers = tuple(None if i is None else Decimal(i) for i in first)
    found = ProductHazard(
        name=name, first=numbers, second=(Decimal(10),) * 5, damage=Damage(damage)
    )
    return Evidenced(hazard=found, evidence=evidence)


def proposed(*found, prefix=TOYS, by="OFC-A"):
    return products.propose(prefix, found or [hazard("小零件", "A")], how=how(by))


def test_the_worst_hazard_decides_and_the_very_next_ruling_reads_it(register):
    made = proposed(hazard("小零件", "A"), hazard("标识", "D", ("1", "0", "0")))
    assert made.level == "high"
    assert not ProductRisk.objects.current().filter(hs_prefix=TOYS, level="high").exists()
    products.decide(made.pk, Move.APPROVE, how=how("OFC-B"))
    held = ProductRisk.objects.current().get(hs_prefix=TOYS)
    assert (held.level, held.assessor, held.decided_by) == ("high", "OFC-A", "OFC-B")
    ((risk, evidence), (slight, _)) = products.worked_out(held.hazards)
    # 50 % of one sum and 50 % of the other: 0.5 × 0.5.
    assert (float(risk.least), evidence) == (0.25, "检测报告 2012-031")
    assert slight.level == "general"
    (line,) = builders.lodged(builders.toys(), at=NOW + timedelta(minutes=1))
    assert builders.body(line)["facts"]["product_risk"] == "high"


def test_whoever_worked_it_out_does_not_approve_nor_does_a_branch(register):
    made = proposed()
    with pytest.raises(SamePersonError):
        products.decide(made.pk, Move.APPROVE, how=how("OFC-A"))
    with pytest.raises(acting.NotAtBureauError):
        products.decide(made.pk, Move.APPROVE, how=how("OFC-B", agency="ZHJZ"))
    with pytest.raises(acting.ReasonMissingError):
        products.decide(made.pk, Move.REFUSE, how=how("OFC-B"))
    with pytest.raises(ProductRefusedError):
        products.decide(made.pk, Move.WITHDRAW, how=how("OFC-B"))
    assert RiskProposal.objects.get().state == "proposed"


@pytest.mark.parametrize(
    "found",
    [
        pytest.param([hazard("小零件", "A", evidence=" ")], id="no evidence"),
        pytest.param([hazard("小零件", "A", (None, "0", "0"))], id="an unknown item matters"),
    ],
)
def test_nothing_is_proposed_without_evidence_or_while_the_level_is_open(register, found):
    with pytest.raises(ProductRefusedError):
        proposed(*found)
    assert not RiskProposal.objects.exists()


def test_an_unknown_item_that_cannot_matter_leaves_the_level_known(register):
    assert proposed(hazard("标识", "A", (None, "50", "0"))).level == "high"


def test_goods_that_are_none_and_a_second_proposal_are_refused(register):
    with pytest.raises(ProductRefusedError):
        proposed(prefix="99")
    proposed()
    with pytest.raises(ProductRefusedError):
        proposed()


def test_every_state_and_move_of_a_proposal_goes_where_the_table_says(register):
    decided = []
    for state in PRODUCT_RISK.states():
        for move in Move:
            by = "OFC-A" if move is Move.WITHDRAW else "OFC-B"
            RiskProposal.objects.all().delete()
            made = proposed()
            RiskProposal.objects.filter(pk=made.pk).update(state=state.value)
            if (state, move) in PRODUCT_RISK.moves:
                done = products.decide(made.pk, move, note="不足", how=how(by))
                assert done.state == PRODUCT_RISK.after(state, move).value
                decided.append(done.state)
            else:
                with pytest.raises(MoveRefusedError):
                    products.decide(made.pk, move, note="不足", how=how(by))
    assert sorted(decided) == ["approved", "refused", "withdrawn"]


def test_open_rulings_on_the_goods_that_read_another_risk_are_flagged(register):
    (toys,) = builders.lodged(builders.toys(), at=NOW)
    builders.lodged(builders.vegetables(declaration="V-1"), at=NOW)
    read = builders.body(toys)["facts"]["product_risk"]
    assert read != "high"
    # A longer prefix goes before the new one: for these goods nothing changes.
    ProductRisk.objects.create(
        hs_prefix=TOYS, level=read, begins=builders.FOUNDED, recorded_at=builders.RECORDED
    )
    made = proposed(prefix=TOYS[:4])
    products.decide(made.pk, Move.APPROVE, how=how("OFC-B", NOW + MINUTE))
    assert not RulingFlag.objects.exists()
    exact = proposed()
    products.decide(exact.pk, Move.APPROVE, how=how("OFC-B", NOW + 2 * MINUTE))
    flag = RulingFlag.objects.get()
    assert (flag.line, flag.fact, flag.read, flag.now) == (
        toys.reference,
        "product_risk",
        read,
        "high",
    )
    reconsidering.decide_again([flag.line], how=builders.how(NOW + 3 * MINUTE, by="OFC-B"))
    flag.refresh_from_db()
    toys.refresh_from_db()
    assert flag.cleared_at is not None
    assert builders.body(toys)["facts"]["product_risk"] == "high"
