"""
What earlier decisions and officers leave to a line: owed checks, refusals, findings not lowered.

An earlier hold is not carried: what caused it is asked again. Not for who may raise or settle.
"""

from __future__ import annotations

from guomen.core.rules import Consequence, Rule
from guomen.core.ruling import Gate
from guomen.core.severity import OUTCOME_NAMES, Outcome
from guomen.core.text import Text
from guomen.rulebooks.clauses import HOUSE_RULE, REFUSE, follows

_LINEAGE = HOUSE_RULE.cite("货物沿革 / lineage of goods", "default")

_EARLIER = (
    Outcome.REFUSE,
    Outcome.INSPECT_AND_SAMPLE,
    Outcome.INSPECT,
    Outcome.DOCUMENT_CHECK,
)
_RAISED = (Outcome.REFUSE, Outcome.HOLD, *_EARLIER[1:])


def _earlier(number: int, outcome: Outcome) -> Rule:
    name = OUTCOME_NAMES[outcome]
    return follows(
        number,
        f"CAR-EARLIER-{outcome.upper().replace('_', '-')}",
        Text(
            zh=f"先前对同一批货物作出的结论为“{name.zh}”的，更改申报不得使其降低。",
            en="An amendment does not lower what was decided on the same goods before: "
            f"{name.en.lower()}.",
        ),
        under=_LINEAGE,
        gate=Gate.FREQUENCY,
        where=f"earlier_outcome = '{outcome}'",
        then=Consequence(outcome=outcome),
    )


def _raised(number: int, outcome: Outcome) -> Rule:
    name = OUTCOME_NAMES[outcome]
    return follows(
        number,
        f"CAR-RAISED-{outcome.upper().replace('_', '-')}",
        Text(
            zh=f"检验检疫人员因怀疑提出加严的，按其要求执行：{name.zh}。",
            en=f"What an officer asked for on suspicion is done: {name.en.lower()}.",
        ),
        under=HOUSE_RULE.cite("人工加严 / raised by an officer", "default"),
        gate=Gate.FREQUENCY,
        where=f"raised_outcome = '{outcome}'",
        then=Consequence(outcome=outcome),
    )


RULES: tuple[Rule, ...] = (
    follows(
        85,
        "CAR-OWED-CHECK",
        Text(
            zh="同类货物先前被抽中而未查验的，由本批补做。",
            en="A check that was drawn for goods of this kind and not carried out falls to this "
            "line.",
        ),
        under=HOUSE_RULE.cite("欠查 / owed checks", "default"),
        gate=Gate.FREQUENCY,
        where="owed_checks > 0",
        then=Consequence(outcome=Outcome.INSPECT, obligations=("carry_owed_check",)),
    ),
    follows(
        86,
        "CAR-REFUSED-BEFORE",
        Text(
            zh="已被拒绝的同一货物不得再次报检。",
            en="Goods that were refused are not declared again.",
        ),
        under=_LINEAGE,
        gate=Gate.FREQUENCY,
        where="refused_before",
        then=REFUSE,
    ),
    *(_earlier(87 + i, outcome) for i, outcome in enumerate(_EARLIER)),
    *(_raised(91 + i, outcome) for i, outcome in enumerate(_RAISED)),
)
