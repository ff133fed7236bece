"""Reads of inspections: what is known of lines, and orders for lists and for the day's plan."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from guomen.core.examine import SEVERITY, Examined, Showed
from guomen.supervision.inspections.lifecycle import LIVE
from guomen.supervision.inspections.models import Check, Examination, WorkOrder

# Far below the number of parameters that SQLite and PostgreSQL take in one statement.
_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFindings:
    """
    What inspections showed of one line, so far as it was known at a moment.

    ``asked`` names the checks that any order asked for; one of them that is unknown has not been
    answered. ``outcome`` is the most severe of the newest examinations of each kind of order,
    None before the first; ``live`` are the orders on which something is still to be done.
    """

    line: int
    asked: frozenset[str]
    documentary: Showed = Showed.UNKNOWN
    identity: Showed = Showed.UNKNOWN
    physical: Showed = Showed.UNKNOWN
    loading: Showed = Showed.UNKNOWN
    port: Showed = Showed.UNKNOWN
    quantity: Decimal | None = None
    unit: str | None = None
    seals: tuple[str, ...] = ()
    outcome: Examined | None = None
    obligations: tuple[str, ...] = ()
    live: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Tell whether nothing is left to do and every check that was asked for is answered."""
        shown = {
            Check.DOCUMENTARY.value: self.documentary,
            Check.IDENTITY.value: self.identity,
            Check.PHYSICAL.value: self.physical,
            Check.LOADING.value: self.loading,
            Check.PORT.value: self.port,
        }
        answered = all(shown[c] is not Showed.UNKNOWN for c in self.asked if c in shown)
        return answered and not self.live and self.outcome not in (None, Examined.OPEN)


def findings_of(line_ids: Collection[int], *, known: datetime) -> dict[int, LineFindings]:
    """Return what is known of each line that has a work order or an examination."""
    ids = list(line_ids)
    found: dict[int, LineFindings] = {}
    for start in range(0, len(ids), _AT_ONCE):
        found |= _findings_of(ids[start : start + _AT_ONCE], known)
    return found


def _findings_of(ids: list[int], known: datetime) -> dict[int, LineFindings]:
    orders = WorkOrder.objects.filter(line_id__in=ids, opened_at__lte=known).order_by("pk")
    asked: dict[int, set[str]] = {}
    live: dict[int, list[str]] = {}
    columns = ("line_id", "reference", "checks", "state", "closed_at")
    for line, reference, checks, state, closed_at in orders.values_list(*columns):
        counts = state in LIVE or state == "completed" or (closed_at and closed_at > known)
        asked.setdefault(line, set()).update(checks if counts else ())
        if state in LIVE or (closed_at is not None and closed_at > known):
            live.setdefault(line, []).append(reference)
    # The newest of each kind of order counts; an older one is what was thought before.
    newest: dict[int, dict[str, Examination]] = {}
    rows = Examination.objects.filter(line_id__in=ids, at__lte=known).select_related("order")
    for row in rows.order_by("seq"):
        newest.setdefault(row.line_id, {})[row.order.kind] = row
    return {
        line: _merged(
            line,
            frozenset(asked.get(line, ())),
            tuple(live.get(line, ())),
            tuple(newest.get(line, {}).values()),
        )
        for line in {*asked, *newest}
    }


def _merged(
    line: int, asked: frozenset[str], live: tuple[str, ...], rows: tuple[Examination, ...]
) -> LineFindings:
    if not rows:
        return LineFindings(line=line, asked=asked, live=live)
    outcomes = [Examined(row.outcome) for row in rows]
    measured = [row for row in rows if row.quantity is not None]
    return LineFindings(
        line=line,
        asked=asked,
        live=live,
        documentary=_worst(row.documentary for row in rows),
        identity=_worst(row.identity for row in rows),
        physical=_worst(row.physical for row in rows),
        loading=_worst(row.loading for row in rows),
        port=_worst(row.port for row in rows),
        quantity=measured[-1].quantity if measured else None,
        unit=measured[-1].unit if measured else None,
        seals=tuple(dict.fromkeys(number for row in rows for number in row.seals)),
        outcome=max(outcomes, key=SEVERITY.__getitem__),
        obligations=tuple(dict.fromkeys(code for row in rows for code in row.obligations)),
    )


def _worst(shown: Iterable[str]) -> Showed:
    """Return a failure if any check failed, else conformity if one showed it, else unknown."""
    values = {Showed(value) for value in shown}
    ranked = (Showed.FAIL, Showed.CONFORM)
    return next((value for value in ranked if value in values), Showed.UNKNOWN)
