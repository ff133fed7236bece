"""
What an inspection must show: the rules of the stage of examination, and their engine.

What was asked for and not answered is open. Percentages and temperatures that no instrument gives
are design defaults and marked so. Not for limits of tests (``limits``).
"""

from __future__ import annotations

from functools import cache

from guomen.core.examine import EXAMINE, Examined
from guomen.core.stages import StageBook, StageEngine, StageRule, Then
from guomen.core.text import Text
from guomen.rulebooks.clauses import (
    ADDITIVE_CAMPAIGN,
    ALWAYS,
    DECLARATION_RULES,
    FOOD_SAFETY_LAW_2009,
    GB_T_2828_1,
    HOUSE_RULE,
    INSPECTION_LAW,
    INSPECTION_REGULATIONS,
    MEAT_RULES,
    QUARANTINE_LAW,
    SUPPLY_CAMPAIGN,
    Citation,
)
from guomen.rulebooks.commodities import Group
from guomen.rulebooks.scopes import (
    ANIMAL_AND_PLANT,
    IMPORT,
    IMPORTED_PREPACKED,
    both,
    exported,
    group_is,
)

# Share of the declared quantity by which what is found may differ, in percent.
TOLERANCE_PERCENT = 2

Follows = Then[Examined]
NOTHING: Follows = Then()
OPEN: Follows = Then(outcome=Examined.OPEN)
MORE_SAMPLING: Follows = Then(outcome=Examined.MORE_SAMPLING)
SUSPECT: Follows = Then(outcome=Examined.SUSPECT)
FAIL: Follows = Then(outcome=Examined.FAIL)

_PLANTS = group_is([Group.VEGETABLES, Group.FRUIT, Group.SEEDLINGS, Group.FLOWERS])
_ANIMALS = group_is([Group.LIVE_ANIMALS, Group.AQUATIC, Group.MEAT])
_FOOD_PLANTS = exported([Group.MEAT, Group.AQUATIC, Group.DAIRY, Group.WINE, Group.FOOD])
_CHILLED = group_is([Group.MEAT, Group.AQUATIC, Group.DAIRY])


def _asks(
    number: int,
    rule_id: str,
    says: Text,
    *,
    under: Citation,
    requires: str | None,
    applies: str = ALWAYS,
    otherwise: Follows = FAIL,
    unknown: Follows = OPEN,
) -> StageRule[Examined]:
    return StageRule(
        number=number,
        id=rule_id,
        says=says,
        instrument=under.instrument,
        clause=under.clause,
        certainty=under.certainty,
        begins=under.begins,
        ends=under.ends,
        applies=applies,
        requires=requires,
        then=otherwise,
        if_unknown=unknown,
    )


_RECORD = HOUSE_RULE.cite("查验记录 / record of inspection", "default")
_PORT = SUPPLY_CAMPAIGN.cite("离境口岸查验关 / the gate at the port of exit")

RULES: tuple[StageRule[Examined], ...] = (
    # -- the record ---------------------------------------------------------------------------
    _asks(
        0,
        "EXM-SIGNED",
        Text(zh="查验记录应当由施检员签名。", en="The inspector signs the record."),
        under=_RECORD,
        requires="signed",
        otherwise=OPEN,
    ),
    _asks(
        1,
        "EXM-COMPLETE",
        Text(zh="必查项应当全部作答。", en="Every mandatory item of the checklist is answered."),
        under=_RECORD,
        requires="items_unanswered = 0",
        otherwise=OPEN,
    ),
    _asks(
        2,
        "EXM-MAJOR-FAULTS",
        Text(zh="不得有严重不符合项。", en="No major item of the checklist is at fault."),
        under=INSPECTION_LAW.cite("检验依据 / what goods are inspected against"),
        requires="major_faults = 0",
    ),
    _asks(
        3,
        "EXM-MINOR-FAULTS",
        Text(
            zh="有一般不符合项的,应当抽样核实。",
            en="Where a minor item is at fault, samples show whether it matters.",
        ),
        under=HOUSE_RULE.cite("一般不符合 / minor faults", "default"),
        requires="minor_faults = 0",
        otherwise=MORE_SAMPLING,
    ),
    # -- documentary --------------------------------------------------------------------------
    _asks(
        4,
        "EXM-DOCUMENTS-GENUINE",
        Text(
            zh="随附证单应当真实;伪造、变造的移送查处。",
            en="The papers are genuine; forged or altered ones go to the case officer.",
        ),
        under=INSPECTION_LAW.cite("伪造、变造证单 / forged or altered papers"),
        applies="asked_documentary",
        requires="documents_genuine",
        otherwise=Then(outcome=Examined.FAIL, obligations=("refer_case",)),
    ),
    _asks(
        5,
        "EXM-DOCUMENTS-AGREE",
        Text(
            zh="证单之间、证单与申报应当相符。",
            en="The papers agree with each other and with the declaration.",
        ),
        under=DECLARATION_RULES.cite("如实申报 / true declaration"),
        applies="asked_documentary",
        requires="documents_agree",
        otherwise=SUSPECT,
    ),
    # -- identity -----------------------------------------------------------------------------
    _asks(
        6,
        "EXM-GOODS-AS-DECLARED",
        Text(
            zh="货物的品名、规格、产地应当与申报相符。",
            en="Name, kind and origin of the goods are those declared.",
        ),
        under=INSPECTION_REGULATIONS.cite("货证相符 / goods agree with papers"),
        applies="asked_identity",
        requires="goods_as_declared",
    ),
    _asks(
        7,
        "EXM-MARKS",
        Text(
            zh="唛头、批号应当与证单一致。",
            en="Marks and lot numbers are those of the papers.",
        ),
        under=INSPECTION_REGULATIONS.cite("货证相符 / goods agree with papers"),
        applies="asked_identity",
        requires="marks_agree",
        otherwise=SUSPECT,
    ),
    _asks(
        8,
        "EXM-SEAL",
        Text(
            zh="申报有封识的,封识应当完好、号码一致。",
            en="Where a seal is declared, it is intact and bears the declared number.",
        ),
        under=INSPECTION_REGULATIONS.cite("封识 / seals"),
        applies=both("asked_identity", "sealed"),
        requires="seal_intact",
        otherwise=Then(outcome=Examined.SUSPECT, obligations=("full_unloading",)),
    ),
    _asks(
        9,
        "EXM-QUANTITY-MORE",
        Text(
            zh=f"实际数量不得超过申报数量的 {TOLERANCE_PERCENT}%。",
            en=f"The quantity found exceeds the declared one by no more than {TOLERANCE_PERCENT}%.",
        ),
        under=HOUSE_RULE.cite("数量允差 / tolerance of quantity", "default"),
        applies="asked_identity",
        requires=f"quantity_found * 100 <= quantity * {100 + TOLERANCE_PERCENT}",
        otherwise=SUSPECT,
    ),
    _asks(
        10,
        "EXM-QUANTITY-LESS",
        Text(
            zh=f"实际数量少于申报数量 {TOLERANCE_PERCENT}% 以上的,应当更正申报。",
            en=f"Where more than {TOLERANCE_PERCENT}% of the declared quantity is missing, the "
            "declaration is put right.",
        ),
        under=HOUSE_RULE.cite("数量允差 / tolerance of quantity", "default"),
        applies="asked_identity",
        requires=f"quantity_found * 100 >= quantity * {100 - TOLERANCE_PERCENT}",
        otherwise=Then(outcome=Examined.OPEN, obligations=("correct_declaration",)),
    ),
    # -- physical -------------------------------------------------------------------------------
    _asks(
        11,
        "EXM-CONDITION",
        Text(
            zh="货物不得腐败、变质、霉变或者感官异常。",
            en="The goods are not spoiled, mouldy or otherwise unsound.",
        ),
        under=FOOD_SAFETY_LAW_2009.cite("第28条 / art. 28"),
        applies="asked_physical",
        requires="condition_sound",
    ),
    _asks(
        12,
        "EXM-PACKAGING",
        Text(
            zh="包装破损的,应当抽样检测受影响的货物。",
            en="Where packaging is damaged, the goods in it are sampled.",
        ),
        under=HOUSE_RULE.cite("包装 / packaging", "default"),
        applies="asked_physical",
        requires="packaging_sound",
        otherwise=MORE_SAMPLING,
    ),
    _asks(
        13,
        "EXM-LIVE-PESTS",
        Text(
            zh="动植物及其产品不得带有活体有害生物。",
            en="Plants, animals and their products carry no live pest.",
        ),
        under=QUARANTINE_LAW.cite("第16、17条 / arts 16 and 17"),
        applies=both("asked_physical", group_is(ANIMAL_AND_PLANT)),
        requires="NOT pests_found",
        otherwise=Then(outcome=Examined.FAIL, obligations=("quarantine_treatment",)),
    ),
    _asks(
        14,
        "EXM-SOIL",
        Text(
            zh="进境植物及其产品不得携带土壤。",
            en="Imported plants and plant products carry no soil.",
        ),
        under=QUARANTINE_LAW.cite("第5条第1款 / art. 5(1)"),
        applies=both("asked_physical", IMPORT, _PLANTS),
        requires="NOT soil_found",
        otherwise=Then(outcome=Examined.FAIL, obligations=("quarantine_treatment",)),
    ),
    _asks(
        15,
        "EXM-DISEASE",
        Text(
            zh="动物及其产品不得有疫病迹象;有的,送实验室检测。",
            en="Animals and their products show no sign of disease; where they do, the laboratory "
            "tests them.",
        ),
        under=QUARANTINE_LAW.cite("第16条 / art. 16"),
        applies=both("asked_physical", _ANIMALS),
        requires="NOT disease_signs",
        otherwise=Then(outcome=Examined.SUSPECT, obligations=("isolate",)),
    ),
    _asks(
        16,
        "EXM-UNDECLARED",
        Text(
            zh="不得夹带未申报的物品;夹带的移送查处。",
            en="Nothing is packed that was not declared; where it is, the case officer looks.",
        ),
        under=QUARANTINE_LAW.cite("第5条 / art. 5"),
        applies="asked_physical",
        requires="NOT undeclared_goods",
        otherwise=Then(outcome=Examined.FAIL, obligations=("refer_case",)),
    ),
    _asks(
        17,
        "EXM-LABEL",
        Text(
            zh="进口预包装食品应当有合格的中文标签。",
            en="Imported prepacked food bears a Chinese label that conforms.",
        ),
        under=FOOD_SAFETY_LAW_2009.cite("第66条 / art. 66"),
        applies=both("asked_physical", IMPORTED_PREPACKED),
        requires="label_conforms",
        otherwise=Then(outcome=Examined.FAIL, obligations=("rectify_label",)),
    ),
    _asks(
        18,
        "EXM-COLD-CHAIN",
        Text(
            zh="冷藏、冷冻货物的温度不得高于允许温度。",
            en="Chilled and frozen goods are no warmer than allowed.",
        ),
        under=MEAT_RULES.cite("冷链 / cold chain"),
        applies=both("asked_physical", _CHILLED),
        requires="temperature_c <= temperature_most_c",
        otherwise=MORE_SAMPLING,
    ),
    _asks(
        19,
        "EXM-ADDITIVES-AS-FILED",
        Text(
            zh="出口食品所用原辅料、添加剂应当与报备一致。",
            en="Materials and additives of exported food are those filed.",
        ),
        under=ADDITIVE_CAMPAIGN.cite("使用情况报备 / filing of use"),
        applies=both("asked_physical", _FOOD_PLANTS),
        requires="additives_as_filed",
        otherwise=Then(outcome=Examined.SUSPECT, obligations=("test_additives",)),
    ),
    # -- the sample of units ------------------------------------------------------------------
    _asks(
        20,
        "EXM-SAMPLE-SIZE",
        Text(
            zh="查验件数不得少于抽样方案的样本量。",
            en="No fewer units are inspected than the plan asks for.",
        ),
        under=GB_T_2828_1.cite("样本量 / sample size", "sourced"),
        applies="asked_physical AND plan_n > 0",
        requires="units_inspected >= plan_n",
        otherwise=OPEN,
        unknown=OPEN,
    ),
    _asks(
        21,
        "EXM-REJECTED",
        Text(
            zh="不合格件数达到拒收数的,该批不合格。",
            en="The lot fails where the number of defective units reaches the rejection number.",
        ),
        under=GB_T_2828_1.cite("拒收数 / rejection number", "sourced"),
        applies="asked_physical AND plan_n > 0",
        requires="units_defective < plan_re",
    ),
    _asks(
        22,
        "EXM-BETWEEN",
        Text(
            zh="不合格件数大于接收数而小于拒收数的,应当加抽。",
            en="Between acceptance and rejection number more units are taken.",
        ),
        under=GB_T_2828_1.cite("接收数 / acceptance number", "sourced"),
        applies="asked_physical AND plan_n > 0 AND units_defective < plan_re",
        requires="units_defective <= plan_ac",
        otherwise=MORE_SAMPLING,
        # The rule above leaves the line open where a number is unknown.
        unknown=NOTHING,
    ),
    _asks(
        23,
        "EXM-SAMPLES-ASKED",
        Text(
            zh="受理时要求抽样的,应当抽样检测。",
            en="Where the ruling at the gate asks for samples, they are taken and tested.",
        ),
        under=INSPECTION_REGULATIONS.cite("抽样检验 / inspection by samples"),
        applies="asked_sampling",
        requires=None,
        otherwise=MORE_SAMPLING,
        unknown=MORE_SAMPLING,
    ),
    # -- loading under supervision ------------------------------------------------------------
    _asks(
        24,
        "EXM-LOADING-SUPERVISED",
        Text(
            zh="供港澳货物应当批批监装;未监装的不得出境。",
            en="Every lot for Hong Kong and Macao is loaded under supervision, or does not leave.",
        ),
        under=SUPPLY_CAMPAIGN.cite("批批监装查验 / every lot loaded under supervision", "sourced"),
        applies="asked_loading",
        requires="lots_unsupervised = 0",
    ),
    _asks(
        25,
        "EXM-LOADING-SEALED",
        Text(
            zh="监装的每批应当施加封识并记录号码。",
            en="Each lot loaded under supervision is sealed, and the number is recorded.",
        ),
        under=SUPPLY_CAMPAIGN.cite("监装封识 / seals of loading"),
        applies="asked_loading",
        requires="lots_unsealed = 0",
        otherwise=OPEN,
    ),
    _asks(
        26,
        "EXM-LOADED-QUANTITY",
        Text(
            zh=f"装运数量不得超过申报数量的 {TOLERANCE_PERCENT}%。",
            en=f"The quantity loaded exceeds the declared one by no more than "
            f"{TOLERANCE_PERCENT}%.",
        ),
        under=HOUSE_RULE.cite("数量允差 / tolerance of quantity", "default"),
        applies="asked_loading",
        requires=f"quantity_loaded * 100 <= quantity * {100 + TOLERANCE_PERCENT}",
        otherwise=SUSPECT,
    ),
    # -- the port of exit ---------------------------------------------------------------------
    _asks(
        27,
        "EXM-TRANSFER-RECEIVED",
        Text(
            zh="离境口岸应当收到产地机构的转单数据。",
            en="The port of exit has the data sent by the office of origin.",
        ),
        under=_PORT,
        applies="asked_port_check",
        requires="transfer_received",
        otherwise=OPEN,
    ),
    _asks(
        28,
        "EXM-EXIT-SEAL",
        Text(
            zh="离境时封识应当完好,号码与转单数据一致。",
            en="At exit the seal is intact and bears the number that was sent.",
        ),
        under=_PORT,
        applies="asked_port_check",
        requires="exit_seal_agrees",
        otherwise=Then(outcome=Examined.SUSPECT, obligations=("full_unloading",)),
    ),
    _asks(
        29,
        "EXM-EXIT-CERTIFICATE",
        Text(
            zh="离境时所持证书应当与转单数据一致。",
            en="At exit the certificate agrees with the data that was sent.",
        ),
        under=_PORT,
        applies="asked_port_check",
        requires="exit_certificate_agrees",
        otherwise=Then(outcome=Examined.FAIL, obligations=("refer_case",)),
    ),
    _asks(
        30,
        "EXM-EXIT-IDENTITY",
        Text(
            zh="离境货物应当与转单数据一致。",
            en="The goods at exit agree with the data that was sent.",
        ),
        under=_PORT,
        applies="asked_port_check",
        requires="exit_identity_agrees",
    ),
)

BOOK: StageBook[Examined] = StageBook(EXAMINE, RULES)


@cache
def engine() -> StageEngine[Examined]:
    """Return the engine of the book, compiled once for the process."""
    return StageEngine(BOOK)
