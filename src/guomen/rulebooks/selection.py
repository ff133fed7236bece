"""
The last gates: whether there is a plan of the day, what the draw decides, how many units to take.

Not for the draw itself (``core.draw``) nor for the sampling plans behind the names
(``sampling_policies``).
"""

from __future__ import annotations

from dataclasses import replace

from guomen.core.rules import Consequence, Rule
from guomen.core.ruling import MODE_RANK, Gate, Mode
from guomen.core.severity import Outcome
from guomen.core.text import Text
from guomen.rulebooks.clauses import (
    CLASS_RULES,
    GB_T_2828_1,
    HOLD,
    HOUSE_RULE,
    INSPECTION_LAW,
    ISPM_31,
    follows,
    requirement,
)
from guomen.rulebooks.sampling_policies import (
    AQL_FOR_INDUSTRIAL,
    AQL_FOR_PACKED_FOOD,
    DETECTION,
)
from guomen.rulebooks.scopes import (
    ANIMAL_AND_PLANT,
    FOOD_AND_FARM,
    INDUSTRIAL,
    SERIOUS_RISK,
    both,
    either,
    group_is,
    one_of,
)

_DRAW = HOUSE_RULE.cite("公开抽签 / the fair draw", "default")
_LEGAL = INSPECTION_LAW.cite("第5条 / art. 5")
_PAPERS_SEEN = ("none", *(mode for mode in MODE_RANK if mode is not Mode.CREDIT))
_SAMPLED = Consequence(outcome=Outcome.INSPECT_AND_SAMPLE)
_PAPERS = Consequence(outcome=Outcome.DOCUMENT_CHECK)


def _plan(number: int, rule_id: str, says: Text, *, where: str, plan: str) -> Rule:
    under = ISPM_31 if plan == DETECTION else GB_T_2828_1
    return follows(
        number,
        rule_id,
        says,
        under=under.cite(plan, "default"),
        gate=Gate.DRAW,
        where=where,
        then=Consequence(plan=plan),
    )


TARGETING: tuple[Rule, ...] = (
    follows(
        96,
        "TGT-NO-PLAN",
        Text(
            zh="当日没有研判方案，按法定最低比例执行。",
            en="No plan: lawful minimum rates.",
        ),
        under=HOUSE_RULE.cite("研判方案 / plan of the day", "default"),
        gate=Gate.TARGETING,
        where="plan_state = 'none'",
    ),
)

DRAW: tuple[Rule, ...] = (
    follows(
        97,
        "DRW-SELECTED",
        Text(zh="被抽中的货物实施查验。", en="Goods that are drawn are inspected."),
        under=_DRAW,
        gate=Gate.DRAW,
        where="selected",
        then=Consequence(outcome=Outcome.INSPECT),
    ),
    follows(
        98,
        "DRW-SAMPLED",
        Text(
            zh="被抽中的高风险、较高风险食品和动植物产品，以及特别监管的货物，查验并抽样送检。",
            en="Drawn food, animals and plants of high or higher risk, and goods under special "
            "supervision, are inspected and sampled.",
        ),
        under=_DRAW,
        gate=Gate.DRAW,
        where=both(
            "selected",
            either(
                f"mode = '{Mode.SPECIAL}'",
                both(group_is(FOOD_AND_FARM), one_of("product_risk", SERIOUS_RISK)),
            ),
        ),
        then=_SAMPLED,
        unknown=_SAMPLED,
    ),
    follows(
        99,
        "DRW-DOCUMENTS",
        Text(
            zh="未被抽中的法定检验货物实施审单；信用监管的除外。",
            en="Goods under legal inspection that are not drawn pass on their papers, except under "
            "credit supervision.",
        ),
        under=_LEGAL,
        gate=Gate.DRAW,
        where=both("NOT selected", "in_legal_catalogue", one_of("mode", _PAPERS_SEEN)),
        then=_PAPERS,
        unknown=_PAPERS,
    ),
    follows(
        100,
        "DRW-CREDIT-RELEASE",
        Text(
            zh="信用监管且未被抽中的货物，凭企业自检合格声明放行。",
            en="Goods under credit supervision that are not drawn are released on the enterprise's "
            "own inspection.",
        ),
        under=CLASS_RULES.cite("信用监管 / credit supervision"),
        gate=Gate.DRAW,
        where=both("NOT selected", f"mode = '{Mode.CREDIT}'"),
        then=Consequence(outcome=Outcome.RELEASE),
    ),
    replace(
        requirement(
            101,
            "DRW-UNITS",
            Text(
                zh="被抽中的货物应当申报批量(件数)，且大于零；未申报的由查验人员现场核定。",
                en="Goods that are drawn say how many units the lot has, more than zero; else the "
                "inspector counts.",
            ),
            under=_DRAW,
            applies="selected",
            requires="units_in_lot > 0",
            otherwise=HOLD,
            unknown=Consequence(obligations=("count_units",)),
        ),
        gate=Gate.DRAW,
    ),
)

SAMPLES: tuple[Rule, ...] = (
    _plan(
        102,
        "SMP-DETECTION",
        Text(
            zh="动植物及其产品按检出概率确定抽样件数。",
            en="Of animals, plants and their products as many units are taken as detection needs.",
        ),
        where=group_is(ANIMAL_AND_PLANT),
        plan=DETECTION,
    ),
    _plan(
        103,
        "SMP-INDUSTRIAL",
        Text(
            zh="工业产品按计数抽样检验程序确定抽样件数。",
            en="Of industrial products units are taken by attributes and acceptable quality limit.",
        ),
        where=group_is(INDUSTRIAL),
        plan=AQL_FOR_INDUSTRIAL,
    ),
    _plan(
        104,
        "SMP-PACKED-FOOD",
        Text(
            zh="包装食品、酒类和食品添加剂的包装与标签按计数抽样检验程序确定抽样件数。",
            en="Of packed food, wine and additives units are taken by attributes for packing and "
            "label.",
        ),
        where=group_is([g for g in FOOD_AND_FARM if g not in ANIMAL_AND_PLANT]),
        plan=AQL_FOR_PACKED_FOOD,
    ),
)

RULES: tuple[Rule, ...] = (*TARGETING, *DRAW, *SAMPLES)
