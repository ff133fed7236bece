"""
The assessments of the scenario: nine scores with evidence behind every class, and some under way.

Scores are drawn until the classification itself gives the class that the figures ask for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from guomen.core.classification import Element, classify
from guomen.rulebooks.classification import SCHEME
from guomen.scenarios.zhuhai2012.dice import stream
from guomen.scenarios.zhuhai2012.rows import History
from guomen.supervision.classification.lifecycle import AssessmentState

_MIDDLES = {1: 89.0, 2: 77.0, 3: 62.0, 4: 46.0}
_EVIDENCE: Mapping[Element, str] = {
    Element.CREDIT: "诚信档案查询记录",
    Element.CAPACITY: "生产设备清单及现场核查记录",
    Element.TESTING: "实验室检测能力核查表",
    Element.PERSONNEL: "人员培训与资质记录",
    Element.SUPPLIERS: "合格供应商名录及评价记录",
    Element.CLAIMS: "近两年预警、退货、投诉统计",
    Element.TRACEABILITY: "追溯演练记录",
    Element.SYSTEM: "质量管理体系审核报告",
    Element.OTHER: "其他情况说明",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentRow:
    """One assessment: scores by element; signed ones gave a class from their day on."""

    enterprise: int
    assessed_on: date
    scores: Mapping[Element, int | None]
    grade: int | None
    total: int | None
    state: AssessmentState = AssessmentState.SIGNED

    def evidence(self, element: Element) -> str:
        """Return what the score of an element rests on."""
        return f"{_EVIDENCE[element]}（{self.assessed_on:%Y%m%d}）"


def histories(seed: int, grades: Mapping[int, History[int]]) -> tuple[AssessmentRow, ...]:
    """Return the signed assessments behind every class that an enterprise had."""
    dice = stream(seed, "assessments")
    return tuple(
        _scored(dice, number, day, grade)
        for number, history in grades.items()
        for day, grade in ((history.begins, history.value), *history.changes)
    )


def under_way(seed: int, signed: Sequence[AssessmentRow]) -> Iterator[AssessmentRow]:
    """Yield assessments that are not signed yet, of enterprises whose class ends first."""
    dice = stream(seed, "assessments under way")
    newest = {row.enterprise: row for row in signed}
    first = sorted(newest.values(), key=lambda row: (row.assessed_on, row.enterprise))[:9]
    states = (
        *[AssessmentState.SUBMITTED] * 5,
        *[AssessmentState.DRAFT] * 2,
        *[AssessmentState.RETURNED] * 2,
    )
    for place, (row, state) in enumerate(zip(first, states, strict=True)):
        grade = (1, 2, 3, 4, 2, 2, 3, 3, 2)[place]
        made = _scored(dice, row.enterprise, date(2012, 5, 10) + timedelta(days=place), grade)
        scores = dict(made.scores)
        if state is AssessmentState.DRAFT:
            scores[Element.TRACEABILITY] = None
        found = classify(scores, scheme=SCHEME.on(made.assessed_on).value)
        yield AssessmentRow(
            enterprise=row.enterprise,
            assessed_on=made.assessed_on,
            scores=scores,
            grade=found.grade,
            total=None if found.missing else found.lowest,
            state=state,
        )


def _scored(dice: np.random.Generator, number: int, day: date, grade: int) -> AssessmentRow:
    scheme = SCHEME.on(day).value
    while True:
        drawn = dice.normal(_MIDDLES[grade], 7, size=len(Element)).round().clip(0, 100)
        scores = {element: int(value) for element, value in zip(Element, drawn, strict=True)}
        scores[Element.OTHER] = int(dice.integers(-2, 3))
        found = classify(scores, scheme=scheme)
        if found.grade == grade:
            return AssessmentRow(
                enterprise=number,
                assessed_on=day,
                scores=scores,
                grade=grade,
                total=found.lowest,
            )
