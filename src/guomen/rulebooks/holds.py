"""How long a hold may last before it is overdue, and how goods are remembered: dated numbers."""

from __future__ import annotations

from datetime import date

from guomen.rulebooks.dated import Dated, Series

# No national text sets a time limit for supplying what a declaration lacks.
HOLD_WORKING_DAYS: Series[int] = Series.of(
    "working days to supply what a held line lacks",
    [
        Dated(
            value=5,
            unit="working days",
            begins=date(2001, 1, 1),
            source="design default of Guomen",
            certainty="default",
        )
    ],
)
