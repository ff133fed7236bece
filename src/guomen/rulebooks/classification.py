"""
How enterprises are classed and products graded: weights, floors, vetoes, validity, bounds.

The matrix of class and risk stands in ``rates``, its rules in ``frequency``; here is only what
makes a class and a risk. Most numbers are our own choice and marked so.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from types import MappingProxyType

from guomen.core.classification import Bounds, Damage, Element, Scheme
from guomen.core.ruling import Mode
from guomen.core.text import Text
from guomen.rulebooks.clauses import CLASS_RULES
from guomen.rulebooks.dated import Certainty, Dated, Series
from guomen.rulebooks.rates import MODES

VETOES: Mapping[str, Text] = MappingProxyType(
    {
        "grave_violation": Text(zh="有严重违法违规行为", en="A grave violation of the law"),
        "refused_supervision": Text(zh="拒不接受监督管理", en="Refused supervision"),
        "foreign_notifications": Text(
            zh="多次被境外通报且属企业责任",
            en="Notified from abroad again and again, by its own fault",
        ),
        "false_material": Text(zh="评定材料弄虚作假", en="False material in the assessment"),
    }
)

SCHEME: Series[Scheme] = Series.of(
    "class from nine elements",
    [
        Dated(
            value=Scheme(
                weights=MappingProxyType(
                    {
                        Element.CREDIT: 15,
                        Element.CAPACITY: 10,
                        Element.TESTING: 15,
                        Element.PERSONNEL: 10,
                        Element.SUPPLIERS: 10,
                        Element.CLAIMS: 20,
                        Element.TRACEABILITY: 10,
                        Element.SYSTEM: 10,
                    }
                ),
                swing=10,
                floors=MappingProxyType({1: 85, 2: 70, 3: 55}),
                vetoes=VETOES,
            ),
            unit="points of 100",
            begins=CLASS_RULES.begins,
            source="国门系统设计默认值；九个要素见《出口工业产品企业分类管理办法》第八条",
            certainty="default",
        )
    ],
)


def _years(value: int, certainty: Certainty) -> Series[int]:
    return Series.of(
        "years for which a class is valid",
        [
            Dated(
                value=value,
                unit="years",
                begins=CLASS_RULES.begins,
                source=CLASS_RULES.name.zh,
                certainty=certainty,
            )
        ],
    )


#: Class → how long it is valid; then the enterprise is assessed again.
VALID_YEARS: Mapping[int, Series[int]] = MappingProxyType(
    {
        1: _years(3, "knowledge"),
        2: _years(3, "default"),
        3: _years(3, "default"),
        4: _years(3, "default"),
    }
)

#: Classes that the bureau approves, not the branch (practice of a regional bureau, as published).
APPROVED_BY_BUREAU = frozenset({1, 4})
#: A re-assessment appears on the list of what is due so many days before the class ends.
DUE_DAYS = Dated(
    value=90,
    unit="days",
    begins=CLASS_RULES.begins,
    source="国门系统设计默认值",
    certainty="default",
)
#: Where an enterprise stands that was never assessed.
ENTRY_CLASS = Dated(
    value=3, begins=CLASS_RULES.begins, source=CLASS_RULES.name.zh, certainty="knowledge"
)

BOUNDS: Dated[Bounds] = Dated(
    value=MappingProxyType(
        {
            Damage.A: (Fraction(1, 10**3), Fraction(1, 10**5)),
            Damage.B: (Fraction(1, 10**2), Fraction(1, 10**4)),
            Damage.C: (Fraction(1, 10), Fraction(1, 10**3)),
            Damage.D: (None, Fraction(1, 10)),
        }
    ),
    begins=CLASS_RULES.begins,
    source="已公开的产品风险评估表；边界值按较高等级处理为国门系统设计默认值",
    certainty="sourced",
)


#: What the three and the five items of the probability index ask. The published form names only
#: how many there are; the questions are our own choice.
ITEM_NAMES: Dated[tuple[tuple[Text, ...], tuple[Text, ...]]] = Dated(
    value=(
        (
            Text(zh="原料和设计带入", en="comes in with materials or design"),
            Text(zh="生产加工产生", en="arises in production"),
            Text(zh="储存运输产生", en="arises in storage or transport"),
        ),
        (
            Text(zh="企业自检未能发现", en="is missed by the maker's own tests"),
            Text(zh="使用者暴露频次", en="meets the user often"),
            Text(zh="敏感人群使用", en="meets people at special risk"),
            Text(zh="可预见的误用", en="follows from foreseeable misuse"),
            Text(zh="警示和防护不足", en="is not held off by warnings or guards"),
        ),
    ),
    begins=CLASS_RULES.begins,
    source="国门系统设计默认值；三项与五项之和见已公开的产品风险评估表",
    certainty="default",
)
#: How grave the damage of a hazard is, gravest first.
DAMAGE_NAMES: Mapping[Damage, Text] = MappingProxyType(
    {
        Damage.A: Text(zh="A级 非常严重", en="A, very grave"),
        Damage.B: Text(zh="B级 严重", en="B, grave"),
        Damage.C: Text(zh="C级 一般", en="C, moderate"),
        Damage.D: Text(zh="D级 轻微", en="D, slight"),
    }
)


def mode_of(grade: int | None, risk: str | None) -> Mode | None:
    """
    Return how goods are supervised, from the one matrix; None where class or risk is unknown.

    >>> mode_of(1, "high").value
    'verification'
    """
    return None if grade is None or risk is None else MODES.value[grade, risk]


def valid_until(grade: int, begins: date) -> date:
    """
    Return the day from which a class no longer holds.

    >>> valid_until(1, date(2010, 7, 1))
    datetime.date(2013, 7, 1)
    """
    years = VALID_YEARS[grade].on(begins).value
    try:
        return begins.replace(year=begins.year + years)
    except ValueError:  # the 29th of February
        return date(begins.year + years, 3, 1)
