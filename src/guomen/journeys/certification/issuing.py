"""
Making certificates: a draft, a signature, a successor, an end that needs two people.

A certificate is issued on the disposition that stands at that moment, which is read again under the
lock of the line. What is issued is never edited: a mistake is replaced, a wrong is revoked.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.db import transaction

from guomen.core import certificates as papers
from guomen.core.errors import GuomenError
from guomen.core.text import Text
from guomen.journeys.clearance import Lodgement
from guomen.rulebooks.certificates import KINDS, CertificateKind
from guomen.supervision.declarations import operations as declarations
from guomen.supervision.declarations.models import Line
from guomen.supervision.dispositions import custody, queries
from guomen.supervision.dispositions.lifecycle import (
    CERTIFICATE,
    CertificateMove,
    CertificateState,
)
from guomen.supervision.dispositions.models import Certificate
from guomen.supervision.ledger import operations as ledger
from guomen.supervision.parties import queries as parties
from guomen.supervision.parties.codes import yearly_reference

ISSUED = "certificate.issued"
REPLACED = "certificate.replaced"
PROPOSED = "certificate.revocation_proposed"
DECIDED = "certificate.revocation_decided"
SYSTEM = "SYS-DISPOSE"


class NoGroundError(GuomenError):
    """Nothing on the line allows a certificate of that kind."""

    code: ClassVar[str] = "certification.no-ground"


class RemarksMissingError(GuomenError):
    """The statement of the paper refers to remarks that are not there."""

    code: ClassVar[str] = "certification.remarks-missing"


class NotYoursError(GuomenError):
    """The one who wants to sign or decide may not."""

    code: ClassVar[str] = "certification.not-yours"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What an officer writes into a certificate; the goods are those of the line."""

    line: str
    kind: str
    consignee: str = ""
    remarks: str = ""


def draft(wanted: Draft, *, how: Lodgement) -> Certificate:
    """
    Draft a certificate on a line.

    :raises NoGroundError: if no disposition that stands allows that kind
    :raises RemarksMissingError: if the kind needs remarks and there are none
    """
    with transaction.atomic():
        line = _locked(wanted.line)
        _ground(line, _kind(wanted.kind))
        _require_remarks(wanted)
        (number,) = _numbers(how.at, 1)
        return Certificate.objects.create(number=number, **_row(line, wanted, how))


def issue(number: str, *, roles: Iterable[str], how: Lodgement) -> Certificate:
    """
    Sign a draft; from now on it can be checked by anybody.

    :raises NoGroundError: if the line's disposition no longer allows it
    :raises NotYoursError: if none of the roles signs certificates of this kind
    :raises guomen.core.lifecycle.MoveRefusedError: if it is no draft any more
    :raises guomen.supervision.dispositions.custody.NoCertificateKeyError: without a key
    """
    with transaction.atomic():
        held = _held(number)
        kind = _kind(held.kind)
        _require_role(kind, roles)
        _ground(_locked(held.line.reference), kind)
        pen = custody.pen(at=how.at, by=how.by, purpose=number)
        _sign([held], pen=pen, how=how)
        _end_predecessor(held, how=how)
    return held


def issue_many(wanted: Sequence[Draft], *, how: Lodgement) -> list[Certificate]:
    """
    Draft and sign many certificates at once, each on a disposition that stands.

    :raises NoGroundError: if one line has no ground for its kind
    :raises RemarksMissingError: if a kind needs remarks and there are none
    """
    for one in wanted:
        _require_remarks(one)
    with transaction.atomic():
        lines = {
            line.reference: line for line in declarations.locked_lines([one.line for one in wanted])
        }
        _grounds([(lines[one.line], _kind(one.kind)) for one in wanted])
        numbers = _numbers(how.at, len(wanted))
        made = [
            Certificate(number=number, **_row(lines[one.line], one, how))
            for number, one in zip(numbers, wanted, strict=True)
        ]
        pen = custody.pen(at=how.at, by=how.by, purpose=f"{len(made)} certificates")
        _sign(made, pen=pen, how=how)
    return made


def drop(number: str, *, how: Lodgement) -> None:
    """Drop a draft; its number is not used again."""
    with transaction.atomic():
        held = _held(number)
        _move(held, CertificateMove.DROP)
        held.ended_by, held.ended_at = how.by, how.at
        held.save()


def replace(number: str, *, changes: Draft, reason: str, how: Lodgement) -> Certificate:
    """
    Draft the successor of an issued certificate; it ends the old one when it is signed.

    :raises guomen.core.lifecycle.MoveRefusedError: if the old one is not in force
    """
    with transaction.atomic():
        old = _held(number)
        CERTIFICATE.after(CertificateState(old.state), CertificateMove.REPLACE)
        line = _locked(old.line.reference)
        _ground(line, _kind(changes.kind))
        _require_remarks(changes)
        earlier = Certificate.objects.filter(replaces=old).first()
        if earlier is not None:
            raise NoGroundError(
                f"{earlier.number} was drafted to replace {number} already; sign or drop it.",
                certificate=earlier.number,
            )
        (fresh,) = _numbers(how.at, 1)
        return Certificate.objects.create(
            number=fresh, replaces=old, reason=reason, **_row(line, changes, how)
        )


def propose_revocation(number: str, *, reason: str, how: Lodgement) -> None:
    """Propose to revoke an issued certificate; a second person decides."""
    with transaction.atomic():
        held = _held(number)
        _move(held, CertificateMove.PROPOSE_REVOCATION)
        held.proposed_by, held.reason = how.by, reason
        _record(PROPOSED, [held], {"reason": reason}, how=how)
        held.save()


def decide_revocation(number: str, *, revoke: bool, how: Lodgement) -> None:
    """
    Revoke a certificate, or keep it, as a second person.

    :raises NotYoursError: if it is the person who proposed it
    """
    with transaction.atomic():
        held = _held(number)
        _move(held, CertificateMove.REVOKE if revoke else CertificateMove.KEEP)
        if held.proposed_by == how.by:
            raise NotYoursError(
                "Whoever proposed to revoke a certificate does not decide it; ask a colleague.",
                certificate=number,
            )
        if revoke:
            held.ended_by, held.ended_at = how.by, how.at
        _record(DECIDED, [held], {"revoked": revoke}, how=how)
        held.save()


def doubt(lines: Sequence[Line], *, how: Lodgement) -> list[str]:
    """
    Propose to revoke what was issued on lines whose new disposition no longer allows it.

    In the caller's transaction; returns the numbers.
    """
    rows = Certificate.objects.select_for_update().filter(
        line__in=lines, state=CertificateState.ISSUED
    )
    stand = queries.standing([line.pk for line in lines])
    doubtful = [
        row
        for row in rows.order_by("pk")
        if stand[row.line_id].outcome not in KINDS[row.kind].dispositions
    ]
    for row in doubtful:
        _move(row, CertificateMove.PROPOSE_REVOCATION)
        row.proposed_by, row.reason = SYSTEM, "ground_gone"
    if doubtful:
        _record(PROPOSED, doubtful, {"reason": "ground_gone"}, how=how)
        Certificate.objects.bulk_update(
            doubtful, ["state", "proposed_by", "reason", "version"], batch_size=100
        )
    return [row.number for row in doubtful]


def _kind(code: str) -> CertificateKind:
    kind = KINDS.get(code)
    if kind is None:
        raise NoGroundError(f"There is no certificate of the kind {code!r}.", kind=code)
    return kind


def _require_remarks(wanted: Draft) -> None:
    kind = _kind(wanted.kind)
    if kind.remarks is not None and not wanted.remarks.strip():
        raise RemarksMissingError(
            f"The {kind.name.en} refers to its remarks: write {kind.remarks.en}.",
            kind=kind.code,
        )


def _locked(line: str) -> Line:
    found = declarations.locked_lines([line]).first()
    if found is None:
        raise NoGroundError(f"There is no line {line}.", line=line)
    return found


def _held(number: str) -> Certificate:
    rows = Certificate.objects.select_for_update(of=("self",))
    found = rows.select_related("line", "replaces").filter(number=number).first()
    if found is None:
        raise NoGroundError(f"There is no certificate {number}.", certificate=number)
    return found


def _ground(line: Line, kind: CertificateKind) -> None:
    _grounds([(line, kind)])


def _grounds(wanted: Sequence[tuple[Line, CertificateKind]]) -> None:
    """
    See that the disposition that stands on each line allows the kind.

    :raises NoGroundError: if one does not
    """
    stand = queries.standing([line.pk for line, _ in wanted])
    groups = groups_of([line for line, _ in wanted])
    for line, kind in wanted:
        known = stand.get(line.pk)
        outcome = known.outcome if known else "open"
        group = groups.get(line.hs_code or "")
        if not kind.fits(direction=line.direction, group=group, outcome=outcome):
            raise NoGroundError(
                f"Line {line.reference} stands at {outcome!r}: a {kind.name.en} cannot be issued "
                "on it. Wait for its results, or choose another kind.",
                line=line.reference,
                kind=kind.code,
                outcome=outcome,
            )


def groups_of(lines: Sequence[Line]) -> dict[str, str]:
    """Return the commodity groups of the HS codes of lines, in one query."""
    codes = sorted({line.hs_code for line in lines if line.hs_code})
    if not codes:
        return {}
    known = max(line.received_at for line in lines)
    day = known.astimezone(ZoneInfo("Asia/Shanghai")).date()
    return dict(parties.commodity_groups(codes, on=day, known=known))


def _require_role(kind: CertificateKind, roles: Iterable[str]) -> None:
    if kind.signer not in set(roles):
        raise NotYoursError(
            f"A {kind.name.en} is signed by a {kind.signer.replace('_', ' ')}.", role=kind.signer
        )


def _numbers(at: datetime, count: int) -> list[str]:
    year = at.astimezone(ZoneInfo("Asia/Shanghai")).year
    return [
        yearly_reference("CRT", year, number)
        for number in declarations.reserve(f"CRT-{year}", count)
    ]


def _row(line: Line, wanted: Draft, how: Lodgement) -> dict[str, Any]:
    return {
        "kind": wanted.kind,
        "line": line,
        "agency": line.agency,
        "enterprise": line.enterprise,
        "consignee": wanted.consignee,
        "remarks": wanted.remarks,
        "drafted_by": how.by,
        "drafted_at": how.at,
    }


def _sign(made: Sequence[Certificate], *, pen: custody.Pen, how: Lodgement) -> None:
    """Sign drafts and store them; new rows are inserted, others updated."""
    names = parties.names_of({row.enterprise for row in made})
    goods = parties.commodity_names({row.line.hs_code for row in made if row.line.hs_code})
    for row in made:
        _move(row, CertificateMove.ISSUE)
        row.issued_by, row.issued_at = how.by, how.at
        signed = pen.sign(papers.CERTIFICATE, _said(row, names, goods))
        row.payload, row.signature = signed.text, signed.signature.hex()
        row.key_id = signed.key
    _record(ISSUED, made, {}, how=how)
    fresh = [row for row in made if row._state.adding]
    Certificate.objects.bulk_create(fresh, batch_size=500)
    for row in made:
        if row not in fresh:
            row.save()


def drafted(row: Certificate) -> dict[str, Any]:
    """Return what a draft would say if it were signed now."""
    names = parties.names_of({row.enterprise})
    return _said(row, names, parties.commodity_names([row.line.hs_code or ""]))


def _said(
    row: Certificate, names: Mapping[str, tuple[str, str]], goods: Mapping[str, Text]
) -> dict[str, Any]:
    known = goods.get(row.line.hs_code or "")
    return payload(row, names.get(row.enterprise), known.en if known else None)


def payload(
    row: Certificate, name: tuple[str, str] | None, goods: str | None = None
) -> dict[str, Any]:
    """
    Return what is signed, under short names that ``docs/mechanisms/disposal.md`` explains.

    What is not known is left out.
    """
    line = row.line
    issued = row.issued_at or row.drafted_at
    said = {
        "v": 1,
        "n": row.number,
        "k": row.kind,
        "a": row.agency.code,
        "d": issued.astimezone(ZoneInfo(row.agency.zone)).date(),
        "l": line.reference,
        "e": name[0] if name else None,
        "f": name[1] if name else None,
        "i": line.direction,
        "g": line.goods or None,
        "w": goods,
        "h": line.hs_code,
        "q": line.quantity,
        "u": line.unit,
        "o": line.origin,
        "t": line.destination,
        "c": row.consignee or None,
        "x": line.container,
        "s": line.seal,
        "b": line.lot,
        "m": row.remarks or None,
        "r": row.replaces.number if row.replaces else None,
    }
    return {name: value for name, value in said.items() if value is not None}


def _end_predecessor(made: Certificate, *, how: Lodgement) -> None:
    old = made.replaces
    if old is None:
        return
    _move(old, CertificateMove.REPLACE)
    old.ended_by, old.ended_at = how.by, how.at
    _record(REPLACED, [old], {"by": made.number}, how=how)
    old.save()


def _move(row: Certificate, move: CertificateMove) -> None:
    row.state = CERTIFICATE.after(CertificateState(row.state), move).value
    row.version += 1


def _record(
    kind: str, rows: Sequence[Certificate], more: Mapping[str, Any], *, how: Lodgement
) -> None:
    """Record what happened to certificates; the paper itself enters as a digest."""
    drafts = [
        ledger.Draft(
            kind=kind,
            subject=row.line.reference,
            body={
                "certificate": row.number,
                "kind": row.kind,
                "digest": hashlib.sha256(row.payload.encode()).hexdigest(),
                **more,
            },
        )
        for row in rows
    ]
    ledger.append(drafts, at=how.at, by=how.by)
