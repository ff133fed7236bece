"""What follows from control orders 布控. Not for the orders themselves, which are a register."""

from __future__ import annotations

from guomen.core.rules import Consequence, Rule
from guomen.core.ruling import Gate
from guomen.core.severity import OUTCOME_NAMES, Outcome
from guomen.core.text import Text
from guomen.rulebooks.clauses import HOLD, WARNING_RULES, follows

_MEASURES = WARNING_RULES.cite("快速反应措施 / rapid response")

# The effects that an order may have, most severe first; "release" asks for nothing.
_EFFECTS = (
    Outcome.REFUSE,
    Outcome.HOLD,
    Outcome.INSPECT_AND_SAMPLE,
    Outcome.INSPECT,
    Outcome.DOCUMENT_CHECK,
)


def _effect(number: int, outcome: Outcome) -> Rule:
    name = OUTCOME_NAMES[outcome]
    opened = outcome in (Outcome.INSPECT, Outcome.INSPECT_AND_SAMPLE)
    return follows(
        number,
        f"CTL-{outcome.upper().replace('_', '-')}",
        Text(
            zh=f"符合布控指令的货物，按指令执行：{name.zh}。",
            en=f"Goods that a control order meets are treated as it says: {name.en.lower()}.",
        ),
        under=_MEASURES,
        gate=Gate.CONTROLS,
        where=f"ordered = '{outcome}'",
        then=Consequence(outcome=outcome, obligations=("report_finding",) if opened else ()),
    )


RULES: tuple[Rule, ...] = (
    *(_effect(79 + i, outcome) for i, outcome in enumerate(_EFFECTS)),
    follows(
        84,
        "CTL-POSSIBLE",
        Text(
            zh="因资料不全而可能符合强制布控指令的货物，暂停办理，补齐资料后重新判定。",
            en="Goods that a mandatory order may meet, for want of a fact, are held until the fact "
            "is known.",
        ),
        under=_MEASURES,
        gate=Gate.CONTROLS,
        where="order_possible",
        then=HOLD,
    ),
)
