"""
The last ruling on lines: gather what is known, rule, record, and let the lines go on by it.

Everything is read, ruled on and stored while the ledger's lock is held, or read again if somebody
wrote in between. A later result gives a further ruling and leaves the earlier one as it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any, ClassVar

from django.db import transaction

from guomen.core.dispose import Disposition, Fault
from guomen.core.errors import GuomenError
from guomen.core.frequency import Finding
from guomen.core.lifecycle import MoveRefusedError
from guomen.core.ruling import Answer
from guomen.core.stage_reasons import obligations
from guomen.core.stages import answer_of
from guomen.journeys import refused_goods, stages
from guomen.journeys.certification import issuing
from guomen.journeys.clearance import Lodgement, Result, conclude
from guomen.journeys.disposal import gathering
from guomen.journeys.disposal.gathering import Known
from guomen.rulebooks import disposal_terms as terms
from guomen.rulebooks.disposal import BOOK, OPENS, engine
from guomen.supervision.declarations import operations as declarations
from guomen.supervision.declarations.lifecycle import LINE, LineMove, LineState
from guomen.supervision.declarations.models import Line, LineResult
from guomen.supervision.dispositions import queries
from guomen.supervision.dispositions.lifecycle import (
    NONCONFORMITY,
    NonconformityMove,
    NonconformityState,
    ReviewState,
)
from guomen.supervision.dispositions.models import Disposition as Standing
from guomen.supervision.dispositions.models import Nonconformity, Review
from guomen.supervision.ledger import operations as ledger
from guomen.supervision.ledger import queries as entries
from guomen.supervision.parties.codes import yearly_reference

_ATTEMPTS = 5
# Lines that were never let in, or were taken back, have nothing to be ruled on.
CANNOT = (LineState.LODGED, LineState.HELD, LineState.REFUSED, LineState.WITHDRAWN)


class NotSettleableError(GuomenError):
    """A line stands where there is nothing to rule on."""

    code: ClassVar[str] = "disposal.not-settleable"


class BusyError(GuomenError):
    """Others kept writing; nothing was stored."""

    code: ClassVar[str] = "disposal.busy"


class _MovedError(Exception):
    """Somebody wrote between reading and writing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruled:
    """The last ruling on a line as plain values."""

    known: Known
    outcome: Disposition
    reasons: tuple[str, ...]
    disposals: tuple[str, ...]
    conditions: tuple[str, ...]
    draft: ledger.Draft

    def as_standing(self) -> tuple[str, list[str], list[str], list[str]]:
        """Return what tells this ruling from the one before."""
        return self.outcome.value, list(self.reasons), list(self.disposals), list(self.conditions)


def settle(line_references: Sequence[str], *, how: Lodgement) -> Mapping[str, Disposition]:
    """
    Rule on lines by the findings and verdicts that are known now, and move them by it.

    Nothing is recorded on a line of which nothing new is known. A mandatory result that is unknown
    leaves a line open and where it stands.

    :raises NotSettleableError: if there is no such line, or it was held, refused or withdrawn
    :raises BusyError: if others kept writing
    """
    wanted = sorted(set(line_references))
    for _ in range(_ATTEMPTS):
        try:
            return _settle(wanted, how=how)
        except _MovedError:
            continue
    raise BusyError("others kept writing about these goods; try again in a moment")


def _settle(wanted: Sequence[str], *, how: Lodgement) -> Mapping[str, Disposition]:
    _, head, _ = entries.head()
    rows = list(
        Line.objects.select_related("agency", "declaration")
        .filter(reference__in=wanted)
        .order_by("reference")
    )
    _require_settleable(wanted, rows)
    ruled = rule(rows, how=how)
    stand = queries.standing([row.pk for row in rows])
    news = [one for one in ruled if one.as_standing() != _said(stand.get(one.known.line.pk))]
    if news:
        prepared = ledger.prepare([one.draft for one in news], at=how.at, by=how.by)
        with transaction.atomic():
            appended = ledger.append(prepared)
            if appended.first != head + 1:
                raise _MovedError
            _store(news, seqs=appended.seqs, how=how)
    return {one.known.line.reference: one.outcome for one in ruled}


def _require_settleable(wanted: Sequence[str], rows: Sequence[Line]) -> None:
    absent = set(wanted) - {row.reference for row in rows}
    if absent:
        raise NotSettleableError(f"there is no line {', '.join(sorted(absent))}")
    for row in rows:
        if LineState(row.state) in CANNOT:
            raise NotSettleableError(
                f"line {row.reference} is {row.state}: nothing was checked that could be ruled on",
                line=row.reference,
                state=row.state,
            )


def _said(row: Standing | None) -> tuple[str, list[str], list[str], list[str]] | None:
    return (row.outcome, row.reasons, row.disposals, row.conditions) if row else None


def rule(lines: Sequence[Line], *, how: Lodgement) -> list[Ruled]:
    """Return the last ruling on lines by what is known now; nothing is written."""
    if not lines:
        return []
    known = gathering.gather(lines, at=how.at)
    made = stages.rule(engine(), [one.facts for one in known])
    drafts = stages.drafts(engine(), made)
    return [
        _ruled(one, found, draft) for one, found, draft in zip(known, made, drafts, strict=True)
    ]


def _ruled(known: Known, made: stages.Ruled, draft: ledger.Draft) -> Ruled:
    outcome = Disposition(made.outcome)
    duties = [code for code, _ in obligations(BOOK, made.words)]
    failed = outcome is Disposition.NONCONFORMING
    return Ruled(
        known=known,
        outcome=outcome,
        reasons=decisive(outcome, made.words),
        disposals=tuple(sorted(d.removeprefix(OPENS) for d in duties if d.startswith(OPENS)))
        if failed
        else (),
        conditions=tuple(d for d in duties if not d.startswith(OPENS))
        if outcome is Disposition.CONDITIONAL_RELEASE
        else (),
        draft=draft,
    )


def decisive(outcome: Disposition, words: Sequence[int]) -> tuple[str, ...]:
    """Return the rules that gave an outcome."""
    return tuple(
        rule.id
        for rule in BOOK.rules
        for answer in [answer_of(rule, words)]
        if answer in (Answer.FAILS, Answer.UNKNOWN) and rule.follows(answer).outcome is outcome
    )


def _store(news: Sequence[Ruled], *, seqs: Sequence[int], how: Lodgement) -> None:
    """Store rulings and what follows from them, under the ledger's lock."""
    locked = {
        row.pk: row for row in declarations.locked_lines([one.known.line.reference for one in news])
    }
    if any(locked[one.known.line.pk].version != one.known.line.version for one in news):
        raise _MovedError
    Standing.objects.filter(line_id__in=list(locked), stands=True).update(stands=False)
    Standing.objects.bulk_create(
        [
            Standing(
                line_id=one.known.line.pk,
                outcome=one.outcome.value,
                reasons=list(one.reasons),
                disposals=list(one.disposals),
                conditions=list(one.conditions),
                at=how.at,
                by=how.by,
                seq=seq,
            )
            for one, seq in zip(news, seqs, strict=True)
        ],
        batch_size=500,
    )
    _move([(locked[one.known.line.pk], one) for one in news], how=how)
    note_failures(news, how=how)
    issuing.doubt(list(locked.values()), how=how)


# Where a line goes by what the ruling is; it is assessed on its way there.
_FINDING: Mapping[Disposition, Finding] = MappingProxyType(
    {
        Disposition.RELEASE: Finding.CONFORM,
        Disposition.CONDITIONAL_RELEASE: Finding.CONFORM,
        Disposition.NONCONFORMING: Finding.NONCONFORM,
    }
)
_THERE: Mapping[Disposition, tuple[LineState, ...]] = MappingProxyType(
    {
        Disposition.RELEASE: (LineState.RELEASED,),
        # Goods that went are not fetched back by a condition of which one learns later.
        Disposition.CONDITIONAL_RELEASE: (
            LineState.CONDITIONALLY_RELEASED,
            LineState.RELEASED,
        ),
        Disposition.NONCONFORMING: (
            LineState.NONCONFORMING,
            LineState.UNDER_DISPOSAL,
            LineState.DISPOSED,
        ),
    }
)
# Goods under disposal of which a corrected result says that they conform are taken up again first.
_UP = (LineMove.REINSPECT, LineMove.ASSESS)
_BEFORE: Mapping[LineState, tuple[LineMove, ...]] = MappingProxyType(
    {
        LineState.UNDER_DOCUMENT_CHECK: (LineMove.ASSESS,),
        LineState.UNDER_INSPECTION: (LineMove.ASSESS,),
        LineState.SAMPLING: (LineMove.TEST, LineMove.ASSESS),
        LineState.TESTING: (LineMove.ASSESS,),
        LineState.REINSPECTION: (LineMove.ASSESS,),
        LineState.CONDITIONALLY_RELEASED: (LineMove.ASSESS,),
        LineState.UNDER_DISPOSAL: _UP,
        LineState.NONCONFORMING: _UP,
    }
)


def _move(news: Sequence[tuple[Line, Ruled]], *, how: Lodgement) -> None:
    """Move lines by their rulings, and record what their checks showed in the end."""
    going = [
        (row, one)
        for row, one in news
        if one.outcome is not Disposition.OPEN and LineState(row.state) not in _THERE[one.outcome]
    ]
    if not going:
        return
    last = _last_findings([row for row, _ in going])
    results = []
    for row, one in going:
        finding = _FINDING[one.outcome]
        if row.state != LineState.RELEASED:
            _assess(row)
        conditional = one.outcome is Disposition.CONDITIONAL_RELEASE
        if last.get(row.pk) == finding.value:
            # What is known already is not folded into the sampling state twice.
            row.state = LINE.after(LineState(row.state), _END[one.outcome]).value
            row.version += 1
        else:
            results.append(
                Result(line=row.reference, performed=True, finding=finding, conditional=conditional)
            )
    declarations.save_moves([row for row, _ in going])
    conclude(results, at=how.at, by=how.by)


_END: Mapping[Disposition, LineMove] = MappingProxyType(
    {
        Disposition.RELEASE: LineMove.RELEASE,
        Disposition.CONDITIONAL_RELEASE: LineMove.RELEASE_CONDITIONALLY,
        Disposition.NONCONFORMING: LineMove.FAIL,
    }
)


def _assess(row: Line) -> None:
    try:
        for move in _BEFORE.get(LineState(row.state), ()):
            row.state = LINE.after(LineState(row.state), move).value
            row.version += 1
    except MoveRefusedError as error:
        raise NotSettleableError(str(error), line=row.reference, state=row.state) from error


def _last_findings(rows: Sequence[Line]) -> dict[int, str]:
    found = LineResult.objects.filter(line__in=rows, performed=True).order_by("seq")
    return dict(found.values_list("line_id", "finding"))


def note_failures(news: Sequence[Ruled], *, how: Lodgement) -> None:
    """Open what failed, bring up to date what failed before, and lift what conforms after all."""
    lines = [one.known.line.pk for one in news]
    held = {
        row.line_id: row
        for row in Nonconformity.objects.select_for_update().filter(line_id__in=lines)
    }
    failed = [one for one in news if one.outcome is Disposition.NONCONFORMING]
    refused_goods.bar([one.known.line for one in failed], at=how.at)
    let_go = [one.known.line.pk for one in news if one.outcome in _LET_GO]
    refused_goods.lift(let_go, at=how.at)
    fresh = [one for one in failed if one.known.line.pk not in held]
    _open(fresh, how=how)
    for one in news:
        row = held.get(one.known.line.pk)
        if row is not None and one.outcome is not Disposition.OPEN:
            _again(row, one, how=how)


def _open(fresh: Sequence[Ruled], *, how: Lodgement) -> None:
    if not fresh:
        return
    year = fresh[0].known.facts["on"].year
    numbers = declarations.reserve(f"NCF-{year}", len(fresh))
    Nonconformity.objects.bulk_create(
        [
            Nonconformity(
                reference=yearly_reference("NCF", year, number),
                line=one.known.line,
                **_failure(one),
                **_terms(one, how=how),
            )
            for number, one in zip(numbers, fresh, strict=True)
        ],
        batch_size=500,
    )


def _failure(one: Ruled) -> dict[str, Any]:
    line = one.known.line
    return {
        "agency": line.agency,
        "enterprise": line.enterprise,
        "quantity": _quantity(one.known),
        "unit": line.unit,
        "faults": [
            *(fault.value for fault in Fault if one.known.facts[f"fault_{fault}"]),
            *one.known.hazards,
        ],
        "rules": list(one.reasons),
        "disposals_open": list(one.disposals),
    }


def _quantity(known: Known) -> Decimal | None:
    """Return what was declared; where that is not known, what was measured."""
    return known.line.quantity if known.line.quantity is not None else known.measured


def _terms(one: Ruled, *, how: Lodgement) -> dict[str, Any]:
    zone = one.known.line.agency.zone
    return {
        "notified_at": how.at,
        "review_until": terms.until(how.at, terms.ASK_DAYS, zone),
        "dispose_until": terms.until(how.at, terms.DISPOSE_DAYS, zone),
    }


_LET_GO = (Disposition.RELEASE, Disposition.CONDITIONAL_RELEASE)
_LIFTABLE = (
    NonconformityState.NOTIFIED,
    NonconformityState.UNDER_REVIEW,
    NonconformityState.DISPOSING,
)


def _again(row: Nonconformity, one: Ruled, *, how: Lodgement) -> None:
    """Carry a later ruling into what failed before."""
    state = NonconformityState(row.state)
    failed = one.outcome is Disposition.NONCONFORMING
    if failed:
        for name, value in _failure(one).items():
            setattr(row, name, value)
    if failed and state is NonconformityState.UNDER_REVIEW:
        _answer(row, ReviewState.UPHELD, how=how)
        row.state = NONCONFORMITY.after(state, NonconformityMove.UPHOLD).value
    elif failed and state is NonconformityState.LIFTED:
        row.state = NONCONFORMITY.after(state, NonconformityMove.REOPEN).value
        for name, value in _terms(one, how=how).items():
            setattr(row, name, value)
    elif not failed and state in _LIFTABLE:
        _answer(row, ReviewState.OVERTURNED, how=how)
        row.state = NONCONFORMITY.after(state, NonconformityMove.LIFT).value
    row.version += 1
    row.save()


def _answer(row: Nonconformity, state: ReviewState, *, how: Lodgement) -> None:
    """Answer an open request for re-inspection by the new ruling."""
    Review.objects.filter(nonconformity=row, state=ReviewState.ASKED).update(
        state=state, answered_by=how.by, answered_at=how.at
    )
