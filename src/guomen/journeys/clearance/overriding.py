"""
An officer's own decision: a check asked for on suspicion, or a rule's effect taken away.

More severity needs a reason; less needs a reason and a second person. Both are new entries of the
ledger and a new ruling; learning treats them as discretionary.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from django.db import transaction

from guomen.core.errors import GuomenError
from guomen.core.severity import SEVERITY, Outcome
from guomen.core.text import Text
from guomen.journeys.clearance import later
from guomen.journeys.clearance.storing import Lodgement
from guomen.rulebooks.book import BOOK
from guomen.supervision.declarations import operations
from guomen.supervision.declarations.lifecycle import OPEN, LineState
from guomen.supervision.declarations.models import Line, Override
from guomen.supervision.ledger import operations as ledger

PROPOSED = "override.proposed"
DECIDED = "override.decided"

REASONS = MappingProxyType(
    {
        "suspicion": Text(zh="现场可疑", en="Suspicion on the spot"),
        "tip_off": Text(zh="举报线索", en="A report from the public"),
        "documents_corrected": Text(zh="单证已补正", en="Documents corrected"),
        "identity_confirmed": Text(zh="身份已核实", en="Identity confirmed"),
        "rule_not_applicable": Text(zh="规则不适用于本批", en="The rule does not fit this case"),
        "capacity": Text(zh="人力不足，改日补查", en="No capacity; the check stays owed"),
        "humanitarian": Text(zh="应急物资", en="Emergency supplies"),
    }
)


# An officer may also lift a refusal, and stop goods that were released but have not left.
OVERRIDABLE = (*OPEN, LineState.REFUSED, LineState.RELEASED)


class OverrideRefusedError(GuomenError):
    """An override cannot be made as asked."""

    code: ClassVar[str] = "clearance.override-refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What an officer wants, with a coded reason: more severity, or rules without effect."""

    reason: str
    note: str = ""
    outcome: Outcome | None = None
    rules: tuple[str, ...] = ()


def propose(line: str, wish: Wish, *, how: Lodgement, version: int | None = None) -> Override:
    """
    Ask for an override; one that only raises severity is carried out at once.

    :param version: of the line that was looked at, where that matters.
    :raises guomen.journeys.clearance.later.LineMovedError: if it is not of this version any more
    :raises OverrideRefusedError: if the reason is not coded, nothing is asked for, a rule does
        not exist, or the outcome asked for is not more severe than the present one
    :raises guomen.journeys.clearance.later.NoSuchLineError: if there is no such line
    """
    _require_sound(wish)
    with transaction.atomic():
        _append(PROPOSED, line, _body(wish), how=how)
        row = operations.locked_lines([line]).first()
        if row is None:
            raise later.NoSuchLineError(f"there is no line {line}", line=line)
        later.require_version(row, version)
        if wish.outcome and SEVERITY[wish.outcome] <= SEVERITY[Outcome(row.outcome)]:
            raise OverrideRefusedError(
                f"line {line} is {row.outcome} already; choose a more severe outcome, "
                "or name the rules that should no longer count",
                line=line,
            )
        made = Override.objects.create(
            line=row,
            outcome=wish.outcome.value if wish.outcome else None,
            rules=list(wish.rules),
            reason=wish.reason,
            note=wish.note,
            proposed_by=how.by,
            proposed_at=how.at,
        )
        if not wish.rules:
            _carry_out(made, row, how=how)
            later.redecide([line], how=how, states=OVERRIDABLE)
    return made


def decide(override: int, *, approve: bool, how: Lodgement, version: int | None = None) -> Override:
    """
    Approve or refuse an override that takes severity away, as a second person.

    :param version: of the line that the second person looked at, where that matters.
    :raises guomen.journeys.clearance.later.LineMovedError: if it is not of this version any more
    :raises OverrideRefusedError: if it is decided already, or the same person proposed it
    """
    with transaction.atomic():
        found = Override.objects.select_related("line").filter(pk=override).first()
        if found is None or found.approved is not None:
            raise OverrideRefusedError("this override was decided already; look at its history")
        if found.proposed_by == how.by:
            raise OverrideRefusedError(
                "whoever proposed an override cannot approve it; ask a colleague with the right"
            )
        _append(DECIDED, found.line.reference, {"approved": approve, "override": override}, how=how)
        locked = Override.objects.select_for_update().get(pk=override)
        row = operations.locked_lines([found.line.reference]).get()
        if locked.approved is not None:
            raise OverrideRefusedError("this override was decided already; look at its history")
        later.require_version(row, version)
        if approve:
            _carry_out(locked, row, how=how)
            later.redecide([row.reference], how=how, states=OVERRIDABLE)
        else:
            _mark(locked, approved=False, how=how)
    return locked


def open_proposals(lines: Sequence[str]) -> list[Override]:
    """Return the overrides that wait for a second person."""
    return list(
        Override.objects.select_related("line").filter(
            line__reference__in=lines, approved__isnull=True
        )
    )


def _require_sound(wish: Wish) -> None:
    if wish.reason not in REASONS:
        raise OverrideRefusedError(f"give one of the coded reasons: {', '.join(REASONS)}")
    if wish.outcome is None and not wish.rules:
        raise OverrideRefusedError("say which outcome you ask for, or which rules should not count")
    unknown = [rule for rule in wish.rules if rule not in BOOK.by_id]
    if unknown:
        raise OverrideRefusedError(f"there are no rules {', '.join(unknown)}", rules=unknown)


def _body(wish: Wish) -> dict[str, object]:
    return {
        "note": wish.note,
        "outcome": wish.outcome.value if wish.outcome else None,
        "reason": wish.reason,
        "rules": list(wish.rules),
    }


def _append(kind: str, line: str, body: dict[str, object], *, how: Lodgement) -> None:
    ledger.append([ledger.Draft(kind=kind, subject=line, body=body)], at=how.at, by=how.by)


def _carry_out(override: Override, row: Line, *, how: Lodgement) -> None:
    if override.outcome:
        row.raised_outcome = override.outcome
    if override.rules:
        row.settled_rules = sorted({*row.settled_rules, *override.rules})
        # A second person has looked: what was announced before no longer binds from below.
        row.floor_outcome = "none"
    row.version += 1
    row.save()
    _mark(override, approved=True, how=how)


def _mark(override: Override, *, approved: bool, how: Lodgement) -> None:
    override.approved = approved
    override.decided_by = how.by
    override.decided_at = how.at
    override.save()
