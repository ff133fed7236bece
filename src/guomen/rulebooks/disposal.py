"""
The rule book of the last stage: which results are mandatory, and what may be done with what failed.

Rules of results say what a line comes to; rules of disposals open them, each behind its own clause.
A disposal that no rule opens may not be chosen. Not for time limits (``disposal_terms``).
"""

from __future__ import annotations

from functools import cache

from guomen.core.dispose import DISPOSE, DisposalKind, Disposition
from guomen.core.stages import StageBook, StageEngine, StageRule, Then
from guomen.core.text import Text
from guomen.rulebooks.clauses import (
    ADDITIVE_NORMS,
    AQUATIC_RULES,
    FOOD_RULES_2012,
    FOOD_SAFETY_LAW_2009,
    HOUSE_RULE,
    INSPECTION_LAW,
    INSPECTION_REGULATIONS,
    QUARANTINE_LAW,
    SUPPLY_CAMPAIGN,
    Citation,
)

Rule = StageRule[Disposition]
_NOTHING: Then[Disposition] = Then()
_OPEN = Then(outcome=Disposition.OPEN)
_FAILED = Then(outcome=Disposition.NONCONFORMING)

# Duties that a conditional release leaves, and the mark before the code of a disposal.
EXIT_CHECK = "check_seal_at_exit"
ISOLATION = "isolation_quarantine"
OPENS = "dispose:"

# Goods whose examination failed need no further check; goods that an examination doubts do.
_NOT_FAILED = "examined <> 'fail'"
OWES_TESTS = (
    "(admitted = 'inspect_and_sample' OR examined IN ('more_sampling', 'suspect')) "
    f"AND {_NOT_FAILED}"
)
OWES_INSPECTION = "admitted IN ('inspect', 'inspect_and_sample')"
OWES_DOCUMENTS = "admitted IN ('document_check', 'inspect', 'inspect_and_sample')"


def _rule(
    number: int,
    rule_id: str,
    says: Text,
    under: Citation,
    *,
    applies: str = "TRUE",
    requires: str | None = None,
    then: Then[Disposition] = _FAILED,
    unknown: Then[Disposition] = _OPEN,
) -> Rule:
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
        then=then,
        if_unknown=unknown,
    )


def opened(*kinds: DisposalKind) -> Then[Disposition]:
    """Return the consequence of a rule that opens disposals."""
    return Then(obligations=tuple(f"{OPENS}{kind}" for kind in kinds))


def _opens(
    number: int, rule_id: str, says: Text, under: Citation, where: str, *kinds: DisposalKind
) -> Rule:
    # What is not known opens nothing.
    return _rule(number, rule_id, says, under, applies=where, then=opened(*kinds), unknown=_NOTHING)


_RESULTS: tuple[Rule, ...] = (
    _rule(
        0,
        "DSP-ADMITTED",
        Text(
            zh="暂停办理或不予受理的货物，不得处置放行。",
            en="Goods that are held or refused at the gate are not disposed of as if they had "
            "passed it.",
        ),
        HOUSE_RULE.cite("裁定次序 / order of rulings", "default"),
        requires="admitted NOT IN ('hold', 'refuse')",
        then=_OPEN,
    ),
    _rule(
        1,
        "DSP-DOCUMENTARY",
        Text(zh="应当审单的货物，单证核查合格。", en="Papers that must be checked conform."),
        INSPECTION_REGULATIONS.cite("审单 / documentary check"),
        applies=f"{OWES_DOCUMENTS} AND {_NOT_FAILED}",
        requires="documentary = 'conform'",
    ),
    _rule(
        2,
        "DSP-IDENTITY",
        Text(
            zh="应当查验的货物，货证相符。", en="Goods that must be inspected are those declared."
        ),
        INSPECTION_REGULATIONS.cite("现场查验 / inspection on the spot"),
        applies=f"{OWES_INSPECTION} AND {_NOT_FAILED}",
        requires="identity = 'conform'",
    ),
    _rule(
        3,
        "DSP-PHYSICAL",
        Text(zh="应当查验的货物，现场检验检疫合格。", en="Goods that must be inspected conform."),
        INSPECTION_LAW.cite("检验 / inspection"),
        applies=f"{OWES_INSPECTION} AND {_NOT_FAILED}",
        requires="physical = 'conform'",
    ),
    _rule(
        4,
        "DSP-EXAMINED",
        Text(
            zh="应当查验的货物已有查验裁定，且不是不合格。",
            en="Goods that must be inspected were ruled on after it, and did not fail.",
        ),
        HOUSE_RULE.cite("三次裁定 / three rulings", "default"),
        applies=OWES_INSPECTION,
        requires="examined <> 'fail'",
    ),
    _rule(
        5,
        "DSP-EXAMINATION-OPEN",
        Text(
            zh="查验裁定未定的，处置也未定。",
            en="As long as the examination is open, so is the disposition.",
        ),
        HOUSE_RULE.cite("三次裁定 / three rulings", "default"),
        applies=OWES_INSPECTION,
        requires="examined NOT IN ('open', 'none')",
        then=_OPEN,
    ),
    _rule(
        6,
        "DSP-TESTS-KNOWN",
        Text(
            zh="应当抽样检验的货物，每个应检项目都有经批准的判定。",
            en="Goods that must be sampled have an approved verdict on every test that is due.",
        ),
        INSPECTION_LAW.cite("检验 / inspection"),
        applies=OWES_TESTS,
        requires="tests_due > 0 AND tests_open = 0",
        then=_OPEN,
    ),
    _rule(
        7,
        "DSP-TESTS-OPEN",
        Text(
            zh="已下达的检验项目未全部判定的，不得放行。",
            en="No goods are let go while a test that was ordered has no verdict.",
        ),
        HOUSE_RULE.cite("不明不作合格 / unknown is never clean", "default"),
        requires="tests_open = 0",
        then=_OPEN,
    ),
    _rule(
        8,
        "DSP-TESTS-CONFORM",
        Text(zh="检验项目无一不合格。", en="No test failed."),
        INSPECTION_LAW.cite("检验 / inspection"),
        requires="tests_failed = 0",
    ),
    _rule(
        9,
        "DSP-LOADING",
        Text(
            zh="应当监装的供港澳货物，已经监装。",
            en="Goods for Hong Kong and Macao whose loading is to be supervised were supervised.",
        ),
        SUPPLY_CAMPAIGN.cite("出口前批批监装查验 / every lot before export", "sourced"),
        applies="loading_due",
        requires="loading = 'conform'",
    ),
    _rule(
        10,
        "DSP-EXIT-CHECK",
        Text(
            zh="应当离境查验的货物附条件放行：离境口岸核对封识、证书和货物。",
            en="Goods that are checked at the port of exit are let go on that condition: seal, "
            "certificate and identity.",
        ),
        SUPPLY_CAMPAIGN.cite("严格离境口岸查验 / strict check at the exit port", "sourced"),
        applies="exit_check = 'due'",
        then=Then(outcome=Disposition.CONDITIONAL_RELEASE, obligations=(EXIT_CHECK,)),
    ),
    _rule(
        11,
        "DSP-ISOLATION",
        Text(
            zh="进境种苗和活动物附条件放行：在指定场所隔离检疫。",
            en="Imported seedlings and live animals are let go on condition of isolation.",
        ),
        QUARANTINE_LAW.cite("隔离检疫 / isolation"),
        applies="direction = 'import' AND commodity_group IN ('seedlings', 'live_animals')",
        then=Then(outcome=Disposition.CONDITIONAL_RELEASE, obligations=(ISOLATION,)),
    ),
)

_SOUND = "NOT fault_safety AND NOT fault_pest AND NOT fault_disease AND NOT fault_fraud"
_FOOD = "commodity_group IN ('food', 'dairy', 'wine', 'meat', 'aquatic', 'vegetables', 'fruit')"
_RETURN, _DESTROY = DisposalKind.RETURN, DisposalKind.DESTROY

_DISPOSALS: tuple[Rule, ...] = (
    _opens(
        12,
        "DSP-IMPORT-SAFETY",
        Text(
            zh="进口货物涉及安全、卫生、健康、环境保护项目不合格的，责令销毁或者退运。",
            en="Imports that fail in safety, health or environment are destroyed or returned.",
        ),
        INSPECTION_REGULATIONS.cite("第十九条 / art. 19"),
        "direction = 'import' AND fault_safety",
        _RETURN,
        _DESTROY,
    ),
    _opens(
        13,
        "DSP-IMPORT-TECHNICAL",
        Text(
            zh="进口货物其他项目不合格的，可以在监督下技术处理，经重新检验合格方可销售使用。",
            en="Imports that fail in another item may be reworked under supervision, and are used "
            "once they conform; else they are returned or destroyed.",
        ),
        INSPECTION_REGULATIONS.cite("第十九条 / art. 19"),
        f"direction = 'import' AND (fault_quality OR fault_label) AND {_SOUND}",
        DisposalKind.REWORK,
        _RETURN,
        _DESTROY,
    ),
    _opens(
        14,
        "DSP-IMPORT-PEST",
        Text(
            zh="进境植物及其产品检出有害生物的，作除害、退回或者销毁处理。",
            en="Imports in which a pest was found are treated, returned or destroyed.",
        ),
        QUARANTINE_LAW.cite("第十七条 / art. 17"),
        "direction = 'import' AND fault_pest",
        DisposalKind.TREAT,
        _RETURN,
        _DESTROY,
    ),
    _opens(
        15,
        "DSP-IMPORT-DISEASE",
        Text(
            zh="进境动物及其产品检疫不合格的，退回、扑杀或者销毁。",
            en="Imported animals and their products with a disease are returned, culled or "
            "destroyed.",
        ),
        QUARANTINE_LAW.cite("第十六条 / art. 16"),
        "direction = 'import' AND fault_disease",
        _RETURN,
        _DESTROY,
    ),
    _opens(
        16,
        "DSP-IMPORT-PAPERS",
        Text(
            zh="进口货物单证不符、货证不符或者掺假伪报的，退运或者销毁。",
            en="Imports whose papers or identity fail, or that are adulterated, are returned or "
            "destroyed.",
        ),
        INSPECTION_LAW.cite("第三十五条 / art. 35"),
        "direction = 'import' AND (fault_papers OR fault_fraud OR fault_unnamed)",
        _RETURN,
        _DESTROY,
    ),
    _opens(
        17,
        "DSP-IMPORT-OTHER-USE",
        Text(
            zh="进口食品仅品质不合格的，经批准可以改作他用，不得供人食用。",
            en="Imported food that fails in quality alone may be put to another use than food.",
        ),
        HOUSE_RULE.cite("改作他用 / other use", "default"),
        f"direction = 'import' AND {_FOOD} AND fault_quality AND NOT fault_label AND {_SOUND}",
        DisposalKind.OTHER_USE,
    ),
    _opens(
        18,
        "DSP-EXPORT-TECHNICAL",
        Text(
            zh="出口货物不合格的，可以在监督下技术处理，经重新检验合格方准出口。",
            en="Exports that fail may be reworked under supervision, and leave once they conform.",
        ),
        INSPECTION_REGULATIONS.cite("第二十七条 / art. 27"),
        "direction = 'export' AND NOT fault_safety AND NOT fault_disease AND NOT fault_fraud",
        DisposalKind.REWORK,
    ),
    _opens(
        19,
        "DSP-EXPORT-PURIFY",
        Text(
            zh="出口食品添加剂不合格的，可以提纯处理，经重新检验合格方准出口。",
            en="Exported food additives that fail may be purified, and leave once they conform.",
        ),
        ADDITIVE_NORMS.cite("不合格处理 / non-conforming goods"),
        "direction = 'export' AND commodity_group = 'additives' AND NOT fault_fraud",
        DisposalKind.PURIFY,
    ),
    _opens(
        20,
        "DSP-EXPORT-PEST",
        Text(
            zh="出境植物及其产品检疫不合格的，作除害处理；无法处理的，不准出境。",
            en="Exports in which a pest was found are treated; what cannot be treated stays.",
        ),
        QUARANTINE_LAW.cite("第二十一条 / art. 21"),
        "direction = 'export' AND fault_pest",
        DisposalKind.TREAT,
    ),
    _opens(
        21,
        "DSP-EXPORT-STAYS",
        Text(
            zh="不合格的出口货物不准出境：在境内改作他用，但安全项目和掺假的除外。",
            en="Exports that fail do not leave: they are put to another use at home, except where "
            "safety or honesty fails.",
        ),
        INSPECTION_REGULATIONS.cite("第二十七条 / art. 27"),
        f"direction = 'export' AND {_SOUND}",
        DisposalKind.OTHER_USE,
    ),
    _opens(
        22,
        "DSP-EXPORT-DESTROY",
        Text(
            zh="不合格的出口货物可以销毁。",
            en="Exports that fail may always be destroyed.",
        ),
        HOUSE_RULE.cite("销毁 / destruction", "default"),
        "direction = 'export'",
        _DESTROY,
    ),
    _opens(
        23,
        "DSP-EXPORT-AQUATIC",
        Text(
            zh="供港澳水生动物检出疫病的，销毁，不得改作他用。",
            en="Aquatic animals with a disease are destroyed and put to no other use.",
        ),
        AQUATIC_RULES.cite("不合格处理 / non-conforming goods"),
        "direction = 'export' AND commodity_group = 'aquatic' AND fault_disease",
        _DESTROY,
    ),
    _opens(
        24,
        "DSP-TRANSIT",
        Text(
            zh="过境货物检疫不合格的，作除害处理、退回或者不准过境。",
            en="Goods in transit that fail are treated or go back.",
        ),
        QUARANTINE_LAW.cite("过境检疫 / transit"),
        "direction = 'transit'",
        DisposalKind.TREAT,
        _RETURN,
        _DESTROY,
    ),
    _opens(
        25,
        "DSP-RECALL-FOOD",
        Text(
            zh="已经放行的食品后来查明不合格的，应当召回。",
            en="Food that was let go and is found to fail later is recalled.",
        ),
        FOOD_SAFETY_LAW_2009.cite("第五十三条 / art. 53"),
        f"released_before AND {_FOOD}",
        DisposalKind.RECALL,
    ),
    _opens(
        26,
        "DSP-RECALL",
        Text(
            zh="已经放行的货物后来查明安全项目不合格的，召回。",
            en="Goods that were let go and fail in safety later are recalled.",
        ),
        HOUSE_RULE.cite("召回 / recall", "default"),
        "released_before AND (fault_safety OR fault_disease OR fault_pest)",
        DisposalKind.RECALL,
    ),
    _opens(
        27,
        "DSP-IMPORT-FOOD-RULES",
        Text(
            zh="进口食品安全项目不合格的，销毁或者退运；标签等其他项目可以技术处理。",
            en="Imported food that fails in safety is destroyed or returned.",
        ),
        FOOD_RULES_2012.cite("不合格处理 / non-conforming food"),
        f"direction = 'import' AND {_FOOD} AND fault_safety",
        _RETURN,
        _DESTROY,
    ),
)

_LATER: tuple[Rule, ...] = (
    _rule(
        28,
        "DSP-EXIT-CHECK-FAILED",
        Text(
            zh="离境口岸核对不符的，不准出境。",
            en="Goods whose seal, certificate or identity fails at the port of exit do not leave.",
        ),
        SUPPLY_CAMPAIGN.cite("严格离境口岸查验 / strict check at the exit port", "sourced"),
        requires="exit_check <> 'fail'",
    ),
)

RULES: tuple[Rule, ...] = (*_RESULTS, *_DISPOSALS, *_LATER)
BOOK: StageBook[Disposition] = StageBook(DISPOSE, RULES)


@cache
def engine() -> StageEngine[Disposition]:
    """Return the engine of the book, compiled once for the process."""
    return StageEngine(BOOK)
