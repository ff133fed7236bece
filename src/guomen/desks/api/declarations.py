"""Declarations: lodge one, lodge many, read one, and carry its lines on."""

from __future__ import annotations

from collections import Counter
from typing import Any, ClassVar

from django.http import HttpRequest
from ninja import Header, Router, Status

from guomen.core.errors import GuomenError
from guomen.desks.api import answers, bodies, documented
from guomen.desks.api.callers import Caller
from guomen.desks.components import clock
from guomen.journeys import bulk, clearance, reading
from guomen.supervision.agencies.models import Role

router = Router(tags=["declarations"])
_MOST_PROBLEMS = 1_000
_LONGEST_KEY = 200
# Officers who act for a declarant at the counter.
_AT_THE_COUNTER = frozenset({Role.DOCUMENT_EXAMINER.value, Role.BRANCH_HEAD.value})


class NotAllowedError(GuomenError):
    """The caller may see this and may not do it."""

    code: ClassVar[str] = "api.not-allowed"


answers.STATUS[NotAllowedError] = 403


def _declarant(request: HttpRequest) -> Caller:
    caller: Caller = request.auth  # type: ignore[attr-defined]
    if caller.enterprise is None and not caller.roles & _AT_THE_COUNTER:
        raise NotAllowedError(
            "declarations are made by enterprises, their agents, and document examiners"
        )
    return caller


@router.post("", response=documented.ANY, openapi_extra=documented.LODGE, summary="Lodge one")
def lodge(
    request: HttpRequest, idempotency_key: Header[str | None] = None
) -> Status[dict[str, Any]]:
    """Take one declaration, rule on every line at once, and answer with the rulings."""
    caller = _declarant(request)
    if len(idempotency_key or "") > _LONGEST_KEY:
        raise bodies.BadBodyError(f"An Idempotency-Key has at most {_LONGEST_KEY} characters.")
    rows = bodies.rows_of(bodies.json_object(request), caller=caller)
    done = clearance.lodge(rows, how=caller.lodgement(clock.now()), request_key=idempotency_key)
    return Status(200 if done.repeated else 201, answers.lodged(done, caller=caller))


@router.post("/bulk", response=documented.ANY, openapi_extra=documented.BULK, summary="Lodge many")
def lodge_many(request: HttpRequest) -> Status[dict[str, Any]]:
    """Take a whole file: good declarations are decided for good, every other row is named."""
    caller = _declarant(request)
    how = caller.lodgement(clock.now())
    accepted = bulk.accept(bodies.cells_of(request), how=how, only_for=caller.only_for)
    found: Counter[str] = Counter()
    references: list[str] = []
    for done in bulk.decide(accepted, how=how):
        found.update(outcome.value for outcome in done.outcomes.values())
        references.extend(done.declarations)
    body: dict[str, Any] = {
        "rows": accepted.rows,
        "decided": found.total(),
        "rejected": accepted.rejected,
        "outcomes": dict(found),
        "declarations": references,
        "problems": answers.problems(accepted.problems[:_MOST_PROBLEMS]),
    }
    return Status(422 if not references else 200, body)


@router.get("/{reference}", response=documented.ANY, summary="Read one")
def read(request: HttpRequest, reference: str) -> dict[str, Any]:
    """Return a declaration with the ruling of each line."""
    caller: Caller = request.auth  # type: ignore[attr-defined]
    return answers.declaration(caller.declaration(reference), caller=caller)


@router.get("/{reference}/lines/{number}/explanation", response=documented.ANY, summary="Explain")
def explain(request: HttpRequest, reference: str, number: int) -> dict[str, Any]:
    """Return why a line was decided as it was, as far as the caller may read it."""
    caller: Caller = request.auth  # type: ignore[attr-defined]
    line = caller.line(f"{reference}/{number}")
    return answers.explanation(reading.explain_line(line.reference, audience=caller.audience))


@router.post(
    "/{reference}/lines/{number}/supply",
    response=documented.ANY,
    openapi_extra=documented.CHANGES,
    summary="Supply what is missing",
)
def supply(request: HttpRequest, reference: str, number: int) -> dict[str, Any]:
    """Fill in what was not declared; the line is ruled on again at once."""
    caller = _declarant(request)
    line = caller.line(f"{reference}/{number}")
    changes = bodies.changes_of(bodies.json_object(request))
    clearance.supply(line.reference, changes, how=caller.lodgement(clock.now()))
    return answers.declaration(caller.declaration(reference), caller=caller)


@router.post(
    "/{reference}/lines/{number}/amend",
    response=documented.ANY,
    openapi_extra=documented.CHANGES,
    summary="Amend",
)
def amend(request: HttpRequest, reference: str, number: int) -> dict[str, Any]:
    """Change what was declared on an open line; the draw stays, a check announced stays."""
    caller = _declarant(request)
    line = caller.line(f"{reference}/{number}")
    changes = bodies.changes_of(bodies.json_object(request))
    clearance.amend(line.reference, changes, how=caller.lodgement(clock.now()))
    return answers.declaration(caller.declaration(reference), caller=caller)


@router.post(
    "/{reference}/lines/{number}/withdraw",
    response=documented.ANY,
    openapi_extra=documented.WITHDRAW,
    summary="Withdraw",
)
def withdraw(request: HttpRequest, reference: str, number: int) -> dict[str, Any]:
    """Take a line back before it is released; a selected check stays owed."""
    caller = _declarant(request)
    line = caller.line(f"{reference}/{number}")
    reason = str(bodies.json_object(request).get("reason") or "")[:400]
    clearance.withdraw(line.reference, reason=reason, how=caller.lodgement(clock.now()))
    return answers.declaration(caller.declaration(reference), caller=caller)
