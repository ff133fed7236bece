"""
Making a process ready to decide before anybody waits: rules are compiled, registers are read.

An invented line goes the way of a real one as far as its ruling; it is neither drawn for nor
written.
"""

from __future__ import annotations

from datetime import datetime

import numpy as np

from guomen.core.decide import UNSET
from guomen.journeys import holders, intake
from guomen.journeys.clearance import deciding, storing
from guomen.journeys.gather import gather
from guomen.rulebooks.book import engine
from guomen.supervision.editions.queries import edition


def warm(*, at: datetime) -> bool:
    """Rule on an invented line; return whether there is an agency that could."""
    agencies = holders.AGENCIES.at(edition())
    if not agencies:
        return False
    agency = min(agencies)
    today = deciding.local_day(at, agencies[agency].zone)
    taken = intake.take([{c.name: c.example for c in intake.COLUMNS}], today=today)
    lines = [line | {"received_at": at} for line in taken.lines]
    rows = storing.with_references(map(storing.named, lines), take=lambda _, count: range(count))
    if rows:
        gathered = gather(rows, default_agency=agency)
        draws = np.full(len(rows), UNSET, dtype=np.int64)
        engine().admit(gathered.facts, orders=gathered.orders, draws=draws)
    return bool(rows)
