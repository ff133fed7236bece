"""
One declaration as people read it: its lines with their rulings, and everything that happened.

The past is read from the ledger, entry by entry. A reader of an enterprise is told what happened
to the goods, never what an officer suspected or proposed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from guomen.core.dispose import DISPOSAL_NAMES, DISPOSITION_NAMES
from guomen.core.examine import EXAMINED_NAMES
from guomen.core.severity import Outcome
from guomen.core.text import Text
from guomen.journeys import intake, reading, replay, rulings
from guomen.journeys.clearance import later, outcomes, overriding
from guomen.journeys.consignments import Scope
from guomen.journeys.reading import Audience, Explanation
from guomen.rulebooks.book import BOOK
from guomen.supervision.agencies import queries as agencies
from guomen.supervision.classification.models import EnterpriseClass
from guomen.supervision.credit.models import Authority, Rating
from guomen.supervision.declarations.models import Declaration, Line, LineResult, Override
from guomen.supervision.ledger.models import Entry
from guomen.supervision.ledger.queries import Recorded
from guomen.supervision.parties import queries as parties
from guomen.supervision.parties.models import (
    Commodity,
    Enterprise,
    Port,
    Registration,
    Representative,
)

# What of the ledger is no business of a trader: suspicion, proposals, who approved what.
_INTERNAL = frozenset(
    {
        overriding.PROPOSED,
        overriding.DECIDED,
        "laboratory.corrected",
        "assignment",
        "certificate.revocation_proposed",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened to a line, as the ledger has it."""

    seq: int
    batch: int
    kind: str
    line: str
    at: datetime
    by: str
    who: Text | None
    body: Mapping[str, Any] | None
    outcome: Outcome | None = None
    changes: tuple[tuple[Text, str | None], ...] = ()
    reason: Text | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRecord:
    """One line: what was declared, its newest ruling, what is proposed, what was found."""

    line: Line
    explanation: Explanation | None
    proposals: tuple[Override, ...]
    results: tuple[LineResult, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One declaration with everything that a page of it shows."""

    declaration: Declaration
    lines: tuple[LineRecord, ...]
    events: tuple[Event, ...]
    enterprise: Text | None
    agent: Text | None
    port: Text | None
    goods: Mapping[str, Text]
    people: Mapping[str, Text]


def record(scope: Scope, reference: str, *, audience: Audience) -> Record | None:
    """
    Return one declaration of a scope, or None where it has none of that number.

    A fixed number of queries, however many lines there are.
    """
    declaration = scope.declarations().select_related("agency").filter(reference=reference).first()
    if declaration is None:
        return None
    lines = list(declaration.lines.order_by("number").prefetch_related("overrides", "results"))
    explained = reading.explain_lines([line.reference for line in lines], audience=audience)
    entries = _entries(lines, audience=audience)
    people = _people(
        {entry.by for entry in entries}
        | {override.proposed_by for line in lines for override in line.overrides.all()}
    )
    names = _names(declaration)
    return Record(
        declaration=declaration,
        lines=tuple(
            LineRecord(
                line=line,
                explanation=explained.get(line.reference),
                proposals=tuple(o for o in line.overrides.all() if o.approved is None),
                results=tuple(line.results.all()),
            )
            for line in lines
        ),
        events=tuple(_event(entry, people) for entry in reversed(entries)),
        enterprise=names.get(declaration.enterprise),
        agent=names.get(declaration.agent or ""),
        port=_port(declaration.port),
        goods=goods_named({line.hs_code for line in lines if line.hs_code}),
        people=people,
    )


def line_of(scope: Scope, declaration: str, number: int) -> Line | None:
    """Return one line of a scope with its declaration, or None."""
    return (
        scope.lines()
        .select_related("declaration", "agency")
        .filter(declaration__reference=declaration, number=number)
        .first()
    )


def override_of(scope: Scope, pk: int) -> Override | None:
    """Return an override on a line of a scope, or None."""
    found = Override.objects.select_related("line__declaration").filter(pk=pk)
    return found.filter(line__in=scope.lines()).first()


def entry_belongs(scope: Scope, declaration: str, seq: int) -> bool:
    """Tell whether an entry of the ledger is about a line of a declaration of a scope."""
    subject = Entry.objects.filter(seq=seq).values_list("subject", flat=True).first()
    lines = scope.lines().filter(declaration__reference=declaration)
    return subject is not None and lines.filter(reference=subject).exists()


def derive_again(line: Line) -> replay.Replayed:
    """Derive every readable ruling on a line again and compare."""
    return replay.replay_lines(_recorded([line]))


def settleable(line: Line) -> tuple[str, ...]:
    """Return the rules whose effect on a line could be taken away."""
    return tuple(
        rule for rule in line.reasons if rule in BOOK.by_id and rule not in line.settled_rules
    )


def goods_named(codes: set[str]) -> dict[str, Text]:
    """Return the names of HS codes, from the newest register."""
    rows = Commodity.objects.current().filter(hs_code__in=codes)
    return {
        code: Text(zh=zh, en=en)
        for code, zh, en in rows.values_list("hs_code", "name_zh", "name_en")
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How an enterprise stands with us on a day; None is "not on record"."""

    enterprise: Enterprise
    registration: str | None
    grade: str | None
    level: str | None


def standing(reference: str, *, on: date, known: datetime) -> Standing | None:
    """Return how an enterprise stands on a day, or None where it is not on the register."""
    enterprise = Enterprise.objects.select_related("agency").filter(reference=reference).first()
    if enterprise is None:
        return None
    registration = Registration.objects.as_of(on, known=known).filter(enterprise=enterprise).first()
    given = EnterpriseClass.objects.as_of(on, known=known).filter(enterprise=enterprise).first()
    rating = (
        Rating.objects.as_of(on, known=known)
        .filter(enterprise=enterprise, authority=Authority.CIQ)
        .first()
    )
    return Standing(
        enterprise=enterprise,
        registration=registration.get_state_display() if registration else None,
        grade=given.get_grade_display() if given else None,
        level=rating.level if rating else None,
    )


def _entries(lines: Sequence[Line], *, audience: Audience) -> list[Recorded]:
    found = _recorded(lines)
    if audience is Audience.ENTERPRISE:
        return [entry for entry in found if entry.kind not in _INTERNAL]
    return found


def _recorded(lines: Sequence[Line]) -> list[Recorded]:
    rows = Entry.objects.filter(subject__in=[line.reference for line in lines]).order_by("seq")
    return [
        Recorded(
            seq=row.seq,
            batch=row.batch_id,
            kind=row.kind,
            subject=row.subject,
            at=row.at,
            by=row.by,
            body=row.body,
        )
        for row in rows
    ]


def _people(keys: set[str]) -> dict[str, Text]:
    officers = agencies.names_of(keys)
    rest = Representative.objects.filter(key__in=keys - set(officers))
    named = {k: (zh, en) for k, zh, en in rest.values_list("key", "name_zh", "name_en")}
    return {key: Text(zh=zh, en=en) for key, (zh, en) in {**officers, **named}.items()}


def _names(declaration: Declaration) -> dict[str, Text]:
    keys = {key for key in (declaration.enterprise, declaration.agent) if key}
    return {key: Text(zh=zh, en=en) for key, (zh, en) in parties.names_of(keys).items()}


def _port(code: str | None) -> Text | None:
    port = Port.objects.filter(unlocode=code).first() if code else None
    return Text(zh=port.name_zh, en=port.name_en) if port else None


def _event(entry: Recorded, people: Mapping[str, Text]) -> Event:
    body = None if entry.body is None else entry.value()
    read = _READ.get(entry.kind)
    return Event(
        seq=entry.seq,
        batch=entry.batch,
        kind=entry.kind,
        line=entry.subject,
        at=entry.at,
        by=entry.by,
        who=people.get(entry.by),
        body=body,
        **(read(body) if read and body is not None else {}),
    )


def _of_ruling(body: Mapping[str, Any]) -> dict[str, Any]:
    return {"outcome": Outcome(body["ruling"]["outcome"])}


def _of_amendment(body: Mapping[str, Any]) -> dict[str, Any]:
    changes = body["changes"].items()
    return {
        "changes": tuple(
            (intake.BY_NAME[name].label, None if value is None else str(value))
            for name, value in changes
            if name in intake.BY_NAME
        )
    }


def _of_proposal(body: Mapping[str, Any]) -> dict[str, Any]:
    rules = ", ".join(body["rules"])
    return {
        "outcome": Outcome(body["outcome"]) if body["outcome"] else None,
        "reason": overriding.REASONS.get(body["reason"]),
        "note": "; ".join(part for part in (rules, body["note"]) if part),
    }


def _of_withdrawal(body: Mapping[str, Any]) -> dict[str, Any]:
    return {"note": body["reason"]}


def _of_result(body: Mapping[str, Any]) -> dict[str, Any]:
    return {"note": body["reason"]}


def _of_stage(body: Mapping[str, Any]) -> dict[str, Any]:
    ruling = body["ruling"]
    return {"reason": _STAGE_OUTCOMES[ruling["stage"]].get(ruling["outcome"])}


_STAGE_OUTCOMES: Mapping[str, Mapping[str, Text]] = {
    "examine": {outcome.value: text for outcome, text in EXAMINED_NAMES.items()},
    "dispose": {outcome.value: text for outcome, text in DISPOSITION_NAMES.items()},
}


def _of_disposal(body: Mapping[str, Any]) -> dict[str, Any]:
    said = (body.get("quantity"), body.get("number") or body.get("report"))
    note = "; ".join(str(part) for part in said if part)
    return {"reason": _DISPOSALS.get(body.get("kind") or ""), "note": note}


_DISPOSALS = {kind.value: text for kind, text in DISPOSAL_NAMES.items()}


def _of_number(body: Mapping[str, Any]) -> dict[str, Any]:
    number = body.get("certificate") or body.get("review") or body.get("number")
    said = (number, body.get("ground") or body.get("answer"))
    return {"note": "; ".join(str(part) for part in said if part)}


_KINDS_OF_DISPOSAL = (
    "chosen", "ordered", "cancelled", "carried_out", "proved", "sorted_out", "closed",
)  # fmt: skip
_NUMBERED = (
    "certificate.issued", "certificate.replaced", "certificate.revocation_proposed",
    "certificate.revocation_decided", "review.asked", "review.answered", "message.sent",
    "message.received",
)  # fmt: skip
_READ: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    rulings.KIND: _of_ruling,
    later.AMENDMENT: _of_amendment,
    later.WITHDRAWAL: _of_withdrawal,
    overriding.PROPOSED: _of_proposal,
    outcomes.KIND: _of_result,
    "examination": _of_stage,
    "disposition": _of_stage,
    **{f"disposal.{kind}": _of_disposal for kind in _KINDS_OF_DISPOSAL},
    **dict.fromkeys(_NUMBERED, _of_number),
}
