"""
The check at the port of exit against the transfer 电子转单 that was taken in.

What was sent is laid beside what is there. A difference is never passed over by an answer that all
agrees, nor is a point that was sent and has nothing noted beside it. Goods that another office
inspected need its transfer: until it was taken in, nobody at the port knows what left there, and
the check stays open. Goods that the office of the port inspected itself need none; its own record
is at hand. Not for reading signatures: only what was checked is taken in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from guomen.core import canonical
from guomen.core.text import Text
from guomen.supervision.agencies.models import Agency
from guomen.supervision.dispositions import queries
from guomen.supervision.dispositions.lifecycle import CertificateState
from guomen.supervision.dispositions.models import Certificate, TakenMessage
from guomen.supervision.inspections.models import OrderKind, Seal, SealState, SealUse, WorkOrder

_IN_FORCE = (CertificateState.ISSUED, CertificateState.REVOCATION_PROPOSED)
_APART = re.compile(r"[,;/、，；\s]+")


class Match(StrEnum):
    """What laying one point of the transfer beside the goods showed."""

    AGREES = "agrees"
    DIFFERS = "differs"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One point: what was sent, what is there, and the fact that it bears on."""

    name: Text
    sent: str
    there: str
    match: Match
    fact: str

    @property
    def differs(self) -> bool:
        """Tell whether the point is a finding."""
        return self.match is Match.DIFFERS

    @property
    def unseen(self) -> bool:
        """Tell whether it was sent and nobody knows what is there."""
        return self.match is Match.UNKNOWN and bool(self.sent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transferred:
    """
    The newest transfer by the office of origin that was taken in for an order, or none; its points.

    ``origin`` is the office that inspected the goods where that is not the port's own.
    """

    message: TakenMessage | None
    points: tuple[Point, ...] = ()
    origin: Agency | None = None

    @property
    def missing(self) -> bool:
        """Tell whether the goods come from another office that has not sent its transfer."""
        return self.message is None and self.origin is not None

    @property
    def differences(self) -> tuple[Point, ...]:
        """Return the points that differ."""
        return tuple(point for point in self.points if point.differs)

    @property
    def unseen(self) -> tuple[Point, ...]:
        """Return the points that were sent and have nothing beside them here."""
        return tuple(point for point in self.points if point.unseen)


RECEIVED = "transfer_received"
SEAL, CERTIFICATE, IDENTITY = (
    "exit_seal_agrees",
    "exit_certificate_agrees",
    "exit_identity_agrees",
)
# What a difference makes of an answer that all agrees: a broken match of seals stands by itself, of
# papers and goods somebody must look again.
_DIFFERENT: Mapping[str, bool | None] = MappingProxyType(
    {SEAL: False, CERTIFICATE: None, IDENTITY: None}
)
_IDENTITY: tuple[tuple[str, Text], ...] = (
    ("goods", Text(zh="货物", en="Goods")),
    ("hs", Text(zh="商品编码", en="HS code")),
    ("quantity", Text(zh="数量", en="Quantity")),
    ("unit", Text(zh="单位", en="Unit")),
    ("lot", Text(zh="批号", en="Lot")),
    ("container", Text(zh="集装箱", en="Container")),
)


def compared(order: WorkOrder, seals: Sequence[Seal]) -> Transferred | None:
    """Return the transfer of an order laid beside its goods; None for another kind of order."""
    if order.kind != OrderKind.PORT_CHECK.value:
        return None
    origin = _origin(order)
    # Only who handles the goods knows what left: what another office says of them is not laid here.
    message = queries.transferred(order.line.reference, sender=order.line.agency.code)
    if message is None:
        return Transferred(message=None, origin=origin)
    said = canonical.loads(message.text)
    points = (_seal(said, seals), _certificates(order, said), *_identity(order, said))
    return Transferred(message=message, points=points, origin=origin)


def _origin(order: WorkOrder) -> Agency | None:
    """Return the office that handles the line, where it is none of the port's own line."""
    if order.line.agency_id == order.agency_id:
        return None
    origin, port = order.line.agency, order.agency
    own = origin.path.startswith(port.path) or port.path.startswith(origin.path)
    return None if own else origin


def facts(found: Transferred | None, answered: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts of an examination that the transfer changes; it makes none better."""
    if found is not None and found.missing and answered.get(RECEIVED):
        # What the officer says cannot be seen here: unknown, and the check stays open.
        return {RECEIVED: None}
    if found is None:
        return {}
    unseen = dict.fromkeys((point.fact for point in found.unseen), None)
    different = {point.fact: _DIFFERENT[point.fact] for point in found.differences}
    return {fact: value for fact, value in (unseen | different).items() if answered.get(fact)}


def evidence(found: Transferred | None) -> dict[str, Any]:
    """Return what the ledger keeps of the transfer that an examination stood on."""
    if found is None or found.message is None:
        return {}
    return {"transfer": {"number": found.message.number, "signature": found.message.signature}}


def _several(value: Any) -> set[str]:
    return {part for part in _APART.split(str(value or "").upper()) if part}


def _point(name: Text, fact: str, sent: set[str], there: set[str], *, bad: bool = False) -> Point:
    if bad or (sent and there and sent != there):
        match = Match.DIFFERS
    else:
        match = Match.AGREES if sent and there else Match.UNKNOWN
    return Point(
        name=name,
        sent=", ".join(sorted(sent)),
        there=", ".join(sorted(there)),
        match=match,
        fact=fact,
    )


def _seal(said: Mapping[str, Any], seals: Sequence[Seal]) -> Point:
    found = [seal for seal in seals if seal.use == SealUse.FOUND]
    numbers = {part for seal in found for part in _several(seal.number)}
    bad = any(seal.state != SealState.INTACT for seal in found)
    name = Text(zh="封识号", en="Seal number")
    return _point(name, SEAL, _several(said.get("seal")), numbers, bad=bad)


def _certificates(order: WorkOrder, said: Mapping[str, Any]) -> Point:
    rows = Certificate.objects.filter(line=order.line, state__in=[s.value for s in _IN_FORCE])
    sent = {str(number) for number in said.get("certificates", ())}
    there = set(rows.values_list("number", flat=True))
    # A number that was sent and stands no longer is a difference even where no other one stands.
    bad = bool(sent - there)
    return _point(Text(zh="证书编号", en="Certificate"), CERTIFICATE, sent, there, bad=bad)


def _identity(order: WorkOrder, said: Mapping[str, Any]) -> list[Point]:
    line = order.line
    there = {
        "goods": line.goods,
        "hs": line.hs_code,
        "quantity": line.quantity,
        "unit": line.unit,
        "lot": line.lot,
        "container": line.container,
    }
    return [
        _point(name, IDENTITY, _one(said.get(key)), _one(there[key])) for key, name in _IDENTITY
    ]


def _one(value: Any) -> set[str]:
    text = "" if value is None else str(value).strip()
    try:
        number = Decimal(text)
    except InvalidOperation:
        return {text} if text else set()
    return {text if text.isdigit() else f"{number.normalize():f}"}
