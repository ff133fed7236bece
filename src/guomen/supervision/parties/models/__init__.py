"""
The tables of parties, by subject: goods and places, the registers, and how they are kept.

Not for what enterprises may do (licences), nor for how they are judged (classification, credit).
"""

from __future__ import annotations

from guomen.supervision.parties.models.changes import (
    Amendment,
    AmendmentAct,
    ChangeRequest,
    HoldingKind,
    RequestState,
)
from guomen.supervision.parties.models.goods import (
    Commodity,
    CommodityHazard,
    Hazard,
    HazardKind,
    Port,
    Transport,
)
from guomen.supervision.parties.models.keeping import (
    ImportFile,
    ImportState,
    LikePair,
    Merge,
    PairState,
    SignUp,
    SignUpState,
)
from guomen.supervision.parties.models.registers import (
    Enterprise,
    EnterpriseTerm,
    FormerName,
    ManagementSystem,
    Product,
    Registration,
    RegistrationState,
    Representative,
    Site,
    SiteKind,
    SiteTerm,
    SystemCertificate,
    TradeRole,
    TradeRoleKind,
)

__all__ = [
    "Amendment",
    "AmendmentAct",
    "ChangeRequest",
    "Commodity",
    "CommodityHazard",
    "Enterprise",
    "EnterpriseTerm",
    "FormerName",
    "Hazard",
    "HazardKind",
    "HoldingKind",
    "ImportFile",
    "ImportState",
    "LikePair",
    "ManagementSystem",
    "Merge",
    "PairState",
    "Port",
    "Product",
    "Registration",
    "RegistrationState",
    "Representative",
    "RequestState",
    "SignUp",
    "SignUpState",
    "Site",
    "SiteKind",
    "SiteTerm",
    "SystemCertificate",
    "TradeRole",
    "TradeRoleKind",
    "Transport",
]
