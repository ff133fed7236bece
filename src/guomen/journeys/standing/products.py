"""
Risk levels of products: worked out from hazards with evidence, approved by a second person.

The level follows from the published formula alone; nobody types it. It counts from the very next
ruling and is decided at the bureau, because it binds every branch alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from django.db import transaction
from django.db.models import Q, QuerySet

from guomen.core.classification import (
    Damage,
    HazardRisk,
    ProductHazard,
    Risk,
    hazard_risk,
    product_risk,
)
from guomen.journeys.access.errors import AccessError
from guomen.journeys.clearance import Lodgement
from guomen.journeys.standing import acting, reconsidering
from guomen.rulebooks.classification import BOUNDS
from guomen.rulebooks.commodities import BY_CODE
from guomen.supervision.agencies import operations as agencies
from guomen.supervision.agencies import queries as offices
from guomen.supervision.classification.lifecycle import (
    PRODUCT_RISK,
    ProposalMove,
    ProposalState,
)
from guomen.supervision.classification.models import ProductRisk, RiskProposal

PRODUCT = "class.product_risk"


class ProductRefusedError(AccessError):
    """A product risk cannot be proposed or decided on like this; nothing was stored."""

    code: ClassVar[str] = "classification.product-refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidenced:
    """A hazard of a product and what its items rest on."""

    hazard: ProductHazard
    evidence: str


def propose(hs_prefix: str, found: Sequence[Evidenced], *, how: Lodgement) -> RiskProposal:
    """
    Propose the risk level that the hazards of goods give.

    :raises ProductRefusedError: if no goods have the prefix, evidence is missing, an unknown
        item leaves the level open, or a proposal for the prefix waits
    :raises guomen.core.classification.ScoreOutOfRangeError: if items make no index
    """
    if not any(code.startswith(hs_prefix) for code in BY_CODE):
        raise ProductRefusedError(
            f"No goods begin with {hs_prefix}: give two to ten digits of a code.",
            zh=f"没有以 {hs_prefix} 开头的商品编码，请填写 2 至 10 位数字",
        )
    bare = [one.hazard.name for one in found if not one.evidence.strip()]
    if bare:
        raise ProductRefusedError(
            f"Name the evidence of {', '.join(bare)}.", zh=f"请写明依据：{'、'.join(bare)}"
        )
    level = _level([one.hazard for one in found])
    with transaction.atomic():
        acting.note(PRODUCT, hs_prefix, {"level": level.value, "state": "proposed"}, how=how)
        if RiskProposal.objects.filter(hs_prefix=hs_prefix, state=ProposalState.PROPOSED).exists():
            raise ProductRefusedError(
                f"A proposal for {hs_prefix} waits already: decide on it first.",
                zh=f"{hs_prefix} 已有待审批的评估，请先处理",
            )
        return RiskProposal.objects.create(
            hs_prefix=hs_prefix,
            agency_id=offices.ids()[how.agency],
            hazards=[_kept(one) for one in found],
            level=level.value,
            assessor=how.by,
            proposed_at=how.at,
        )


def _level(hazards: Sequence[ProductHazard]) -> Risk:
    level = product_risk(hazards, bounds=BOUNDS.value)
    if level is None:
        raise ProductRefusedError(
            "An item is unknown and the level depends on it: look it up.",
            zh="有未知项且影响风险等级，请查明后再提交",
        )
    return level


def decide(pk: int, move: ProposalMove, *, note: str = "", how: Lodgement) -> RiskProposal:
    """
    Approve or refuse a proposed level as the second person, or take one's own back.

    :raises guomen.core.lifecycle.MoveRefusedError: if it was decided already
    :raises guomen.supervision.agencies.operations.SamePersonError: if the assessor approves
    :raises guomen.journeys.standing.acting.NotAtBureauError: if approved at a branch
    :raises guomen.journeys.standing.acting.ReasonMissingError: if refused without a reason
    """
    with transaction.atomic():
        prefix = RiskProposal.objects.values_list("hs_prefix", flat=True).get(pk=pk)
        acting.note(PRODUCT, prefix, {"proposal": pk, "state": move.value}, how=how)
        held = RiskProposal.objects.select_for_update().get(pk=pk)
        held.state = PRODUCT_RISK.after(ProposalState(held.state), move).value
        if move is ProposalMove.WITHDRAW:
            _require_own(held, how)
        else:
            agencies.require_second_person(how.by, held.assessor)
            acting.require_bureau(how)
        if move is ProposalMove.REFUSE:
            acting.require_reason(note)
        held.note, held.decided_by, held.decided_at = note.strip()[:400], how.by, how.at
        held.save()
        if move is ProposalMove.APPROVE:
            _put_in_force(held, how)
            reconsidering.flag_products(held.hs_prefix, at=how.at)
    return held


def _require_own(held: RiskProposal, how: Lodgement) -> None:
    if how.by != held.assessor:
        raise ProductRefusedError(
            "Only whoever proposed this takes it back.", zh="只有提出人才能撤回"
        )


def _put_in_force(held: RiskProposal, how: Lodgement) -> ProductRisk:
    day = acting.day_of(how)
    given = {
        "level": held.level,
        "hazards": held.hazards,
        "assessor": held.assessor,
        "decided_by": how.by,
        "basis_zh": "产品风险评估",
        "basis_en": "Assessment of product risk",
    }
    rows = ProductRisk.objects.current().filter(hs_prefix=held.hs_prefix, begins__lte=day)
    before = rows.exclude(ends__lte=day).select_for_update().first()
    if before is None:
        return ProductRisk.objects.create(
            hs_prefix=held.hs_prefix, begins=day, recorded_at=how.at, **given
        )
    return before.succeed(day, at=how.at, **given)


def _kept(one: Evidenced) -> dict[str, object]:
    hazard = one.hazard
    return {
        "name": hazard.name,
        "first": [None if i is None else str(i) for i in hazard.first],
        "second": [None if i is None else str(i) for i in hazard.second],
        "damage": hazard.damage.value,
        "evidence": one.evidence.strip()[:300],
    }


# Reading -----------------------------------------------------------------------------------------


def worked_out(kept: Sequence[Mapping[str, Any]]) -> list[tuple[HazardRisk, str]]:
    """Return the risk of each hazard that was kept, by the formula, with its evidence."""
    return [
        (hazard_risk(_hazard(one), bounds=BOUNDS.value), str(one.get("evidence", "")))
        for one in kept
    ]


def _hazard(kept: Mapping[str, Any]) -> ProductHazard:
    return ProductHazard(
        name=kept["name"],
        first=tuple(None if i is None else Decimal(i) for i in kept["first"]),
        second=tuple(None if i is None else Decimal(i) for i in kept["second"]),
        damage=Damage(kept["damage"]),
    )


def levels(wanted: Mapping[str, Any], *, on: date, known: datetime) -> QuerySet[ProductRisk]:
    """Return the levels in force on a day: name or beginning of the code, level."""
    rows = ProductRisk.objects.as_of(on, known=known)
    if level := wanted.get("value"):
        rows = rows.filter(level=level)
    if text := (wanted.get("q") or "").strip():
        # The goods are a register of their own: names are looked up there, codes here.
        named = [code for code, row in BY_CODE.items() if text in row.name.zh + row.name.en.lower()]
        rows = rows.filter(Q(hs_prefix__startswith=text) | Q(hs_prefix__in=named))
    return rows.order_by("hs_prefix")


def in_force(prefix: str, *, on: date, known: datetime) -> ProductRisk | None:
    """Return the level that decides about goods, by a prefix: the longest that they begin with."""
    starts = [prefix[:length] for length in range(2, len(prefix) + 1)]
    rows = ProductRisk.objects.as_of(on, known=known).filter(hs_prefix__in=starts)
    return max(rows, key=lambda row: len(row.hs_prefix), default=None)


def history(prefix: str) -> list[ProductRisk]:
    """Return the levels that goods under a prefix had, newest first."""
    return list(ProductRisk.objects.current().filter(hs_prefix=prefix).order_by("-begins"))


def proposals(path: str) -> QuerySet[RiskProposal]:
    """Return what the people of a subtree proposed."""
    return RiskProposal.objects.filter(agency__path__startswith=path).select_related("agency")
