"""
Signed messages about goods: clearance to customs, electronic transfer to the port of exit 电子转单.

The text of a message is canonical JSON; ``docs/mechanisms/disposal.md`` explains its fields.
A message is made from what is stored, in bulk, and kept as it was sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from types import MappingProxyType
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from guomen.core import certificates as papers
from guomen.core.certificates import Signed
from guomen.core.dispose import Disposition
from guomen.core.errors import GuomenError
from guomen.journeys.clearance import Lodgement
from guomen.supervision.agencies import queries as agencies
from guomen.supervision.declarations import operations as declarations
from guomen.supervision.declarations.models import Line
from guomen.supervision.dispositions import custody, queries
from guomen.supervision.dispositions.lifecycle import CertificateState
from guomen.supervision.dispositions.models import Certificate, Message, TakenMessage
from guomen.supervision.dispositions.models import Disposition as Standing
from guomen.supervision.inspections import queries as inspections
from guomen.supervision.inspections.lifecycle import LIVE
from guomen.supervision.inspections.models import OrderKind, WorkOrder
from guomen.supervision.parties.codes import yearly_reference

CUSTOMS = "customs"
_LET_GO = (Disposition.RELEASE, Disposition.CONDITIONAL_RELEASE)
# The condition codes of customs for goods that inspection and quarantine lets in or out.
_CONDITION: Mapping[str, str] = MappingProxyType({"import": "A", "export": "B"})


class NotLetGoError(GuomenError):
    """The line was not let go, so that nothing can be said to others."""

    code: ClassVar[str] = "certification.not-let-go"


class BadMessageError(GuomenError):
    """A message is not signed by a key of ours, or was altered."""

    code: ClassVar[str] = "certification.bad-message"


def clear(lines: Sequence[str], *, how: Lodgement) -> list[Message]:
    """
    Tell customs that goods were let go.

    :raises NotLetGoError: if one of the lines was not
    """
    return _send(papers.CLEARANCE, lines, recipient=CUSTOMS, how=how)


def transfer(lines: Sequence[str], *, to: str, how: Lodgement) -> list[Message]:
    """
    Transfer goods to another office, by its code: seals, certificates and marks to check there.

    :raises NotLetGoError: if one of the lines was not let go
    """
    return _send(papers.TRANSFER, lines, recipient=to, how=how)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A line that was let go and leaves by the port of another office, which knows nothing yet."""

    line: str
    goods: str
    to: str


def transfers_due(path: str | None) -> list[Due]:
    """Return the transfers that the offices of a subtree have still to send, the oldest first."""
    if path is None:
        return []
    let_go = Standing.objects.filter(
        line=OuterRef("line"), stands=True, outcome__in=[one.value for one in _LET_GO]
    )
    sent = Message.objects.filter(
        line=OuterRef("line"), sort=papers.TRANSFER, recipient=OuterRef("agency__code")
    )
    rows = (
        WorkOrder.objects.filter(
            kind=OrderKind.PORT_CHECK.value,
            state__in=[state.value for state in LIVE],
            line__agency__path__startswith=path,
        )
        .exclude(agency=F("line__agency"))
        .filter(Exists(let_go), ~Exists(sent))
        .order_by("due_on", "pk")
    )
    columns = "line__reference", "line__goods", "agency__code", "agency__path", "line__agency__path"
    return [
        Due(line=line, goods=goods, to=to)
        for line, goods, to, there, here in rows.values_list(*columns)
        if not there.startswith(here) and not here.startswith(there)
    ]


def send_due(path: str | None, *, how: Lodgement) -> list[Message]:
    """Sign and keep every transfer that the offices of a subtree have still to send, each once."""
    with transaction.atomic():
        # Of two who send at once the second waits here, and then reads what the first has left.
        asked = {due.line for due in transfers_due(path)}
        held = {line.reference for line in declarations.locked_lines(asked)}
        left = (due for due in transfers_due(path) if due.line in held)
        waiting = sorted(left, key=lambda due: due.to)
        return [
            message
            for to, part in groupby(waiting, key=lambda due: due.to)
            for message in transfer([due.line for due in part], to=to, how=how)
        ]


def read_message(document: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return what a signed message says, as its document came from another office.

    :raises BadMessageError: if its key is not published, or its signature does not fit
    """
    try:
        thing = Signed(
            sort=str(document["sort"]),
            text=str(document["text"]),
            signature=bytes.fromhex(str(document["signature"])),
            key=str(document["key"]),
        )
    except (KeyError, ValueError) as error:
        raise BadMessageError(
            "A signed message has the parts sort, text, signature and key; ask for it again."
        ) from error
    known = custody.published().get(thing.key)
    if thing.sort not in papers.SORTS or known is None:
        raise BadMessageError(
            "The message is signed by a key that is not published.", key=thing.key
        )
    if not papers.genuine(thing, known.public_key):
        raise BadMessageError("The message was altered after it was signed; do not act on it.")
    return thing.value()


def _send(sort: str, references: Sequence[str], *, recipient: str, how: Lodgement) -> list[Message]:
    with transaction.atomic():
        lines = list(declarations.locked_lines(references))
        stand = queries.standing([line.pk for line in lines])
        for line in lines:
            known = stand.get(line.pk)
            if known is None or known.outcome not in _LET_GO:
                raise NotLetGoError(
                    f"Line {line.reference} was not let go; there is nothing to send.",
                    line=line.reference,
                )
        numbers = _numbers(how.at, len(lines))
        papers_of = _certificates(lines)
        seals_of = inspections.seals_put_on([line.pk for line in lines])
        pen = custody.pen(at=how.at, by=how.by, purpose=f"{len(lines)} messages")
        made = []
        for number, line in zip(numbers, lines, strict=True):
            said = _said(line, stand[line.pk].outcome, papers_of.get(line.pk, []), at=how.at)
            if line.pk in seals_of:
                # Under these the goods left; a seal declared before was another one.
                said["seal"] = "; ".join(seals_of[line.pk])
            said |= {"n": number, "to": recipient, "conditions": stand[line.pk].conditions}
            thing = pen.sign(sort, {k: v for k, v in said.items() if v not in (None, [])})
            made.append(
                Message(
                    number=number,
                    sort=sort,
                    line=line,
                    recipient=recipient,
                    text=thing.text,
                    signature=thing.signature.hex(),
                    key_id=thing.key,
                    at=how.at,
                    by=how.by,
                )
            )
        return list(Message.objects.bulk_create(made, batch_size=500))


def seen_from(path: str | None) -> QuerySet[Message]:
    """Return what the offices of a subtree sent, and what is addressed to them."""
    if path is None:
        return Message.objects.none()
    inside = agencies.subtree(path)
    mine = Q(line__agency__in=inside) | Q(recipient__in=inside.values("code"))
    return Message.objects.filter(mine).select_related("line")


def document(row: Message | TakenMessage) -> dict[str, str]:
    """Return a kept message as it was sent."""
    return {"sort": row.sort, "text": row.text, "signature": row.signature, "key": row.key_id}


def _numbers(at: datetime, count: int) -> list[str]:
    year = at.astimezone(ZoneInfo("Asia/Shanghai")).year
    return [
        yearly_reference("MSG", year, number)
        for number in declarations.reserve(f"MSG-{year}", count)
    ]


def _certificates(lines: Sequence[Line]) -> dict[int, list[str]]:
    rows = Certificate.objects.filter(
        line__in=lines,
        state__in=[CertificateState.ISSUED, CertificateState.REVOCATION_PROPOSED],
    ).order_by("number")
    found: dict[int, list[str]] = {}
    for line, number in rows.values_list("line_id", "number"):
        found.setdefault(line, []).append(number)
    return found


def _said(line: Line, outcome: str, certificates: list[str], *, at: datetime) -> dict[str, Any]:
    return {
        "v": 1,
        "at": at,
        "from": line.agency.code,
        "line": line.reference,
        "declaration": line.declaration.reference,
        "direction": line.direction,
        "condition": _CONDITION.get(line.direction),
        "outcome": outcome,
        "enterprise": line.enterprise,
        "goods": line.goods,
        "hs": line.hs_code,
        "quantity": line.quantity,
        "unit": line.unit,
        "origin": line.origin,
        "destination": line.destination,
        "port": line.declaration.port,
        "container": line.container,
        "seal": line.seal,
        "lot": line.lot,
        "transport_document": line.transport_document,
        "certificates": certificates,
    }
