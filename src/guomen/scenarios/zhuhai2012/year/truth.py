"""
What is true of a generated line and is not declared: planted problems and hidden faults.

Kept beside the declarations, never sent with them; tests and back-tests compare against it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class Problem(StrEnum):
    """What was planted in a line, named by what is wrong with it."""

    BASE_REVOKED = "base_revoked"
    FARM_REVOKED = "farm_revoked"
    IMPORTER_ELIMINATED = "importer_eliminated"
    RIGHT_STOPPED = "right_stopped"
    BLACKLISTED = "blacklisted"
    AGENT_LAPSED = "agent_lapsed"
    PLANT_SUSPENDED = "plant_suspended"
    STORE_REVOKED = "store_revoked"
    QUALITY_LICENCE_LAPSED = "quality_licence_lapsed"
    CROP_NOT_IN_PLAN = "crop_not_in_plan"
    PERMIT_MISSING = "permit_missing"
    ORIGIN_UNLISTED = "origin_unlisted"
    PORT_NOT_DESIGNATED = "port_not_designated"
    DOCUMENT_MISSING = "document_missing"
    DOCUMENTS_UNKNOWN = "documents_unknown"
    ORIGIN_UNKNOWN = "origin_unknown"
    PORT_UNKNOWN = "port_unknown"
    QUANTITY_UNKNOWN = "quantity_unknown"
    VALUE_UNKNOWN = "value_unknown"
    TRANSIT_UNKNOWN = "transit_unknown"
    SITE_UNKNOWN = "site_unknown"
    UNIT_WRONG = "unit_wrong"
    HS_CODE_UNKNOWN = "hs_code_unknown"
    ENTERPRISE_UNREGISTERED = "enterprise_unregistered"
    PRE_INSPECTION_MISSING = "pre_inspection_missing"
    RELODGED = "relodged"
    # Refused at the door: these never become a ruling.
    CHECK_DIGIT_WRONG = "check_digit_wrong"
    HS_ZERO_LOST = "hs_zero_lost"
    QUANTITY_NEGATIVE = "quantity_negative"
    DATE_IN_FUTURE = "date_in_future"


AT_THE_DOOR = frozenset(
    {
        Problem.CHECK_DIGIT_WRONG,
        Problem.HS_ZERO_LOST,
        Problem.QUANTITY_NEGATIVE,
        Problem.DATE_IN_FUTURE,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineTruth:
    """
    What is true of one line.

    ``fault`` is the hazard that makes it not conform, or None when it conforms; ``luck`` settles
    what an inspection of it will see.
    """

    flow: str
    problem: Problem | None
    fault: str | None
    luck: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Lodging:
    """One declaration as it is sent, a row a line, with what is true of each line."""

    rows: tuple[dict[str, Any], ...]
    received_at: datetime
    truths: tuple[LineTruth, ...]
