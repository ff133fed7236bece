"""
The way of a consignment through the gate.

``lodge`` and ``lodge_many`` take declarations; ``amend``, ``withdraw``, ``supply`` and ``redecide``
carry them on; ``override`` is an officer's own decision; ``record_outcome`` brings the results of
papers back, ``conclude`` what inspection and laboratory came to.
"""

from guomen.journeys.clearance.batches import lodge_many
from guomen.journeys.clearance.later import amend, redecide, supply, waiting_for, withdraw
from guomen.journeys.clearance.lodging import (
    AsLodged,
    LodgedLine,
    as_lodged,
    lodge,
)
from guomen.journeys.clearance.outcomes import (
    Result,
    ResultOfChainError,
    conclude,
    record_outcome,
    record_outcomes,
)
from guomen.journeys.clearance.overriding import Wish
from guomen.journeys.clearance.overriding import decide as decide_override
from guomen.journeys.clearance.overriding import propose as override
from guomen.journeys.clearance.storing import Lodged, Lodgement

__all__ = [
    "AsLodged",
    "Lodged",
    "LodgedLine",
    "Lodgement",
    "Result",
    "ResultOfChainError",
    "Wish",
    "amend",
    "as_lodged",
    "conclude",
    "decide_override",
    "lodge",
    "lodge_many",
    "override",
    "record_outcome",
    "record_outcomes",
    "redecide",
    "supply",
    "waiting_for",
    "withdraw",
]
