"""Hazards behind the risk levels of some goods of the scenario, and a proposal that waits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from guomen.rulebooks.commodities import COMMODITIES, Group
from guomen.scenarios.zhuhai2012.rows import moment
from guomen.scenarios.zhuhai2012.standing_written import Desk
from guomen.supervision.classification.models import ProductRisk, RiskProposal

# By the level that it gives: name, three and five items in percent, damage, evidence.
_HAZARDS: Mapping[str, tuple[tuple[str, str, str, str, str], ...]] = {
    "high": (
        ("触电和起火", "4 6 0", "5 10 20 5 5", "A", "2011 年抽检 312 批，检出 9 批"),
        ("机械伤害", "8 2 0", "20 10 10 0 5", "B", "境外通报 3 起，企业自检能力核查记录"),
    ),
    "higher": (
        ("甲醛和禁用偶氮染料", "0.5 1 0.2", "10 20 2 3 5", "B", "型式试验和 2011 年退货分析"),
        ("标识说明缺失", "2 1 0", "15 20 5 10 5", "D", "口岸查验记录"),
    ),
    "general": (("可萃取重金属", "0.1 0.2 0", "5 5 1 0 1", "C", "近两年检测 184 批均合格"),),
}
_INDUSTRIAL = frozenset({Group.TOYS, Group.APPLIANCES, Group.TEXTILES, Group.ELECTRONICS})


def products(desk: Desk) -> None:
    """Put hazards behind the levels of some industrial goods, and leave one proposal to decide."""
    goods = [row for row in COMMODITIES if row.group in _INDUSTRIAL]
    for level, hazards in _HAZARDS.items():
        codes = [row.hs_code for row in goods if row.risk == level][:2]
        ProductRisk.objects.filter(hs_prefix__in=codes).update(
            hazards=[_hazard(one) for one in hazards],
            assessor=desk.key("assessor"),
            decided_by=desk.key("director"),
            basis_zh="产品风险评估",
            basis_en="Assessment of product risk",
        )
    waiting = next(row for row in goods if row.risk == "general")
    desk.write(
        RiskProposal,
        [
            RiskProposal(
                hs_prefix=waiting.hs_code,
                agency_id=desk.agencies["ZH"],
                hazards=[_hazard(one) for one in _HAZARDS["higher"]],
                level="higher",
                assessor=desk.key("assessor"),
                proposed_at=moment(date(2012, 5, 22)),
            )
        ],
    )


def _hazard(row: tuple[str, str, str, str, str]) -> dict[str, Any]:
    name, first, second, damage, evidence = row
    return {
        "name": name,
        "first": first.split(),
        "second": second.split(),
        "damage": damage,
        "evidence": evidence,
    }
