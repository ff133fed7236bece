"""
The work at the goods: answers recorded as they come, photos, and the examination at the end.

``record`` takes what a device sends, once, and shows conflicts instead of overwriting; ``complete``
examines what stands and carries the line on; ``forgo`` says that a check was not carried out.
``choose`` and ``examine_late`` examine anew what came after the order was closed.
"""

from guomen.journeys.inspection.arriving import arrived, waiting
from guomen.journeys.inspection.checklist import items_of
from guomen.journeys.inspection.completing import (
    Completed,
    ConflictsOpenError,
    complete,
    forgo,
)
from guomen.journeys.inspection.late import choose, examine_late, undecided
from guomen.journeys.inspection.recording import (
    Event,
    Status,
    Taken,
    begin,
    record,
    settle_conflict,
)

__all__ = [
    "Completed",
    "ConflictsOpenError",
    "Event",
    "Status",
    "Taken",
    "arrived",
    "begin",
    "choose",
    "complete",
    "examine_late",
    "forgo",
    "items_of",
    "record",
    "settle_conflict",
    "undecided",
    "waiting",
]
