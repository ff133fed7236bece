"""
The state of a desk at this moment: what today came to, and what waits for whom.

Everything is counted within a scope, in a fixed number of queries however much is stored. Today is
compared with the same weekday of the four weeks before, up to the same hour: mornings are compared
with mornings, Mondays with Mondays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet

from guomen.core.facts import Supplier
from guomen.core.severity import SEVERITY, Outcome
from guomen.journeys import drawing
from guomen.journeys.consignments import ZONE, Scope
from guomen.supervision.agencies import queries as agencies
from guomen.supervision.agencies.models import AgencyKind
from guomen.supervision.declarations.lifecycle import (
    AWAITING_RESULT,
    OPEN,
    UNFINISHED,
    LineState,
)
from guomen.supervision.declarations.models import Line, Override, OwedCheck
from guomen.supervision.ledger import queries as ledger
from guomen.supervision.parties import queries as parties

WEEKS = 4
SHOWN = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeToday:
    """Lines of one outcome received today, and on the usual day up to this hour."""

    outcome: Outcome
    lines: int
    usual: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldFor:
    """Held lines that wait for one supplier, and how many of them are past their deadline."""

    supplier: str
    lines: int
    late: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What waits: how much in all, and the part that is shown, most pressing first."""

    count: int
    rows: Sequence[Line]


@dataclass(frozen=True, slots=True, kw_only=True)
class Today:
    """The state of an officer's desk."""

    day: date
    weeks: int
    outcomes: tuple[OutcomeToday, ...]
    held_for: tuple[HeldFor, ...]
    held: Waiting
    inspections: Waiting
    document_checks: Waiting
    overrides: tuple[Override, ...]
    owed: tuple[OwedCheck, ...]
    owed_count: int
    enterprises: Mapping[str, tuple[str, str]]
    officers: Mapping[str, tuple[str, str]]
    keyless: bool

    @property
    def late(self) -> int:
        """Return how many held lines are past their deadline."""
        return sum(held.late for held in self.held_for)

    @property
    def lines(self) -> int:
        """Return how many lines were received today."""
        return sum(outcome.lines for outcome in self.outcomes)


def today(scope: Scope, *, agency: str, now: datetime) -> Today:
    """Return what stands on the desk of an agency; a fixed number of queries."""
    lines = scope.lines()
    day = now.astimezone(ZoneInfo(ZONE)).date()
    weeks, outcomes = _outcomes(lines, now=now)
    counts = _counts(lines, now=now)
    held = _waiting(lines, LineState.HELD, counts, order="hold_deadline")
    inspections = _waiting(lines, LineState.UNDER_INSPECTION, counts)
    checks = _waiting(lines, LineState.UNDER_DOCUMENT_CHECK, counts)
    overrides = _overrides(lines)
    owed_count, owed = _owed(lines)
    seen: list[Line | OwedCheck] = [
        *owed,
        *held.rows,
        *inspections.rows,
        *checks.rows,
        *(o.line for o in overrides),
    ]
    return Today(
        day=day,
        weeks=weeks,
        outcomes=outcomes,
        held_for=_held_for(counts),
        held=held,
        inspections=inspections,
        document_checks=checks,
        overrides=overrides,
        owed=owed,
        owed_count=owed_count,
        enterprises=parties.names_of({row.enterprise for row in seen}),
        officers=agencies.names_of({row.proposed_by for row in overrides}),
        keyless=_keyless(agency, day),
    )


def of_enterprise(scope: Scope, *, now: datetime) -> dict[str, int]:
    """Return how many open lines of an enterprise there are: late, for_you, held, checks, all."""
    own = (Supplier.DECLARANT.value, Supplier.ENTERPRISE.value)
    held = Q(state=LineState.HELD.value)
    return scope.lines().aggregate(
        all=Count("pk", filter=Q(state__in=[state.value for state in UNFINISHED])),
        held=Count("pk", filter=held),
        for_you=Count("pk", filter=held & Q(held_for__in=own)),
        late=Count("pk", filter=held & Q(held_for__in=own, hold_deadline__lt=now)),
        checks=Count(
            "pk",
            filter=Q(state__in=[state.value for state in AWAITING_RESULT]),
        ),
    )


def _outcomes(lines: QuerySet[Line], *, now: datetime) -> tuple[int, tuple[OutcomeToday, ...]]:
    """Count today by outcome, and the same hours of the same weekday of the weeks before."""
    zone = ZoneInfo(ZONE)
    midnight = datetime.combine(now.astimezone(zone).date(), time(), zone)
    elapsed = now - midnight
    spans = [
        Q(received_at__gte=start, received_at__lte=start + elapsed)
        for start in (midnight - timedelta(weeks=week) for week in range(WEEKS + 1))
    ]
    anyone = spans[0]
    for span in spans[1:]:
        anyone |= span
    counts = [Count("pk", filter=span) for span in spans]
    named = {f"week_{week}": counted for week, counted in enumerate(counts)}
    rows = lines.filter(anyone).order_by().values("outcome").annotate(**named)
    found = {outcome: weekly for outcome, *weekly in rows.values_list("outcome", *named)}
    # A week without a single line is a holiday or lies before the beginning: not a usual day.
    past = [week for week in range(1, WEEKS + 1) if any(weekly[week] for weekly in found.values())]
    none = [0] * (WEEKS + 1)
    return len(past), tuple(
        OutcomeToday(
            outcome=outcome,
            lines=(weekly := found.get(outcome.value, none))[0],
            usual=sum(weekly[week] for week in past) / len(past) if past else None,
        )
        for outcome in sorted(Outcome, key=SEVERITY.__getitem__, reverse=True)
    )


def _counts(lines: QuerySet[Line], *, now: datetime) -> list[tuple[str, str | None, int, int]]:
    rows = (
        lines.filter(state__in=[state.value for state in OPEN])
        .order_by()
        .values("state", "held_for")
        .annotate(n=Count("pk"), late=Count("pk", filter=Q(hold_deadline__lt=now)))
    )
    return [(row["state"], row["held_for"], row["n"], row["late"]) for row in rows]


def _waiting(
    lines: QuerySet[Line],
    state: LineState,
    counts: Sequence[tuple[str, str | None, int, int]],
    *,
    order: str = "received_at",
) -> Waiting:
    found = lines.filter(state=state.value).select_related("declaration")
    return Waiting(
        count=sum(n for where, _, n, _ in counts if where == state.value),
        rows=list(found.order_by(order, "pk")[:SHOWN]),
    )


def _held_for(counts: Sequence[tuple[str, str | None, int, int]]) -> tuple[HeldFor, ...]:
    held = [
        HeldFor(supplier=supplier, lines=n, late=late)
        for state, supplier, n, late in counts
        if state == LineState.HELD.value and supplier
    ]
    return tuple(sorted(held, key=lambda one: (-one.late, -one.lines, one.supplier)))


def _overrides(lines: QuerySet[Line]) -> tuple[Override, ...]:
    found = Override.objects.filter(approved__isnull=True, line__in=lines.order_by())
    return tuple(found.select_related("line__declaration").order_by("proposed_at", "pk")[:50])


def _owed(lines: QuerySet[Line]) -> tuple[int, tuple[OwedCheck, ...]]:
    found = OwedCheck.objects.filter(
        claimed_by__isnull=True, owed_by__in=lines.order_by().values("reference")
    )
    return found.count(), tuple(found.order_by("recorded_at", "pk")[:SHOWN])


def _keyless(agency: str, day: date) -> bool:
    """Tell whether nothing can be drawn today, since no key was committed for the day."""
    office = drawing.offices().get(agency)
    if office is None:
        return False
    # An agency above the bureaux draws nothing itself.
    draws = agencies.agencies([office.agency])[office.agency].kind == AgencyKind.REGIONAL
    return draws and ledger.draw_key(day, office.agency) is None
