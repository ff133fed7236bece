"""How often holders and enterprises are reminded of the same thing. A choice of this system."""

from __future__ import annotations

from guomen.rulebooks.clauses import HOUSE_RULE
from guomen.rulebooks.dated import Dated

_CLAUSE = HOUSE_RULE.cite("重复提醒 / repeated reminders", "default")
#: Days in which nobody is reminded of the same thing again.
AGAIN_DAYS: Dated[int] = Dated(
    value=7, begins=_CLAUSE.begins, source=_CLAUSE.instrument.zh, certainty="default"
)
#: Days within which a review that is planned for many together is carried out.
REVIEW_WITHIN_DAYS: Dated[int] = Dated(
    value=30, begins=_CLAUSE.begins, source=_CLAUSE.instrument.zh, certainty="default"
)
