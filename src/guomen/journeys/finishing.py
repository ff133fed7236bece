"""
When a consignment line is expected to be finished, from how long others stood in the same stage.

A stage is being held, being checked (until the last result), or being disposed of. Durations of the
past year are kept by stage, direction, mode and kind of goods (``refresh``), and read back in one
query for any number of lines. Unknown where too few of the like are known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.db import transaction
from django.db.models import Max
from scipy.special import betaincinv

from guomen.core import durations
from guomen.core.durations import Cell
from guomen.core.severity import Outcome
from guomen.rulebooks import clock as book
from guomen.supervision.declarations.lifecycle import AWAITING_RESULT, LineState
from guomen.supervision.declarations.models import Line, StageDuration
from guomen.supervision.dispositions.models import Nonconformity
from guomen.supervision.parties import queries as parties

HELD, CHECKED, DISPOSED = "held", "checked", "disposed"
_FAILED = (LineState.NONCONFORMING, LineState.REINSPECTION, LineState.UNDER_DISPOSAL)
_STAGES: Mapping[str, str] = {
    LineState.HELD: HELD,
    **dict.fromkeys(AWAITING_RESULT, CHECKED),
    **dict.fromkeys(_FAILED, DISPOSED),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """Between which moments a line is expected to be finished; ``late`` once its like were."""

    earliest: datetime | None
    latest: datetime | None
    late: bool
    n: int
    # How much of the likeness was kept: stage, direction, mode, kind of goods.
    alike: int

    @property
    def chance(self) -> int:
        """Return the chance of the band, in per cent."""
        return round(book.COVERAGE * 100)


@dataclass(frozen=True, slots=True)
class _Stay:
    """How long one line stood in a stage, and of what kind it is."""

    stage: str
    direction: str
    mode: str
    group: str
    begun: datetime
    seconds: float

    @property
    def ended(self) -> datetime:
        return self.begun + timedelta(seconds=self.seconds)

    def cells(self) -> tuple[Cell, ...]:
        return _cells(self.stage, self.direction, self.mode, self.group)


def _cells(stage: str, direction: str, mode: str, group: str) -> tuple[Cell, ...]:
    """Return the cells of a stay, the narrowest first."""
    whole = (stage, direction, mode, group)
    return tuple(whole[:size] for size in (4, 3, 1))


def refresh(*, at: datetime) -> int:
    """Learn anew from the stays that ended within the window before a moment; count the cells."""
    past = _past(_stays(since=at - book.WINDOW, until=at))
    rows = [
        StageDuration(cell="/".join(cell), n=len(found), seconds=found, at=at)
        for cell, found in past.items()
    ]
    with transaction.atomic():
        StageDuration.objects.all().delete()
        StageDuration.objects.bulk_create(rows, batch_size=500)
    return len(rows)


def _past(stays: Iterable[_Stay]) -> dict[Cell, list[float]]:
    found: dict[Cell, list[float]] = {}
    for stay in stays:
        for cell in stay.cells():
            found.setdefault(cell, []).append(stay.seconds)
    return {cell: durations.thinned(every, book.KEPT) for cell, every in found.items()}


def _stays(*, since: datetime, until: datetime) -> Iterator[_Stay]:
    """Yield what ended between two moments, stage by stage; three queries."""
    columns = ("direction", "outcome", "hs_code", "decided_at", "ended")
    checked = (
        Line.objects.exclude(state__in=[s.value for s in AWAITING_RESULT])
        .filter(results__at__gt=since, results__at__lte=until)
        .order_by()
        .annotate(ended=Max("results__at"))
        .values_list(*columns)
    )
    held = (
        Line.objects.filter(rulings__gt=1, decided_at__gt=since, decided_at__lte=until)
        .exclude(state=LineState.HELD)
        .order_by()
        .values_list("direction", "outcome", "hs_code", "received_at", "decided_at")
    )
    disposed = (
        Nonconformity.objects.filter(closed_at__gt=since, closed_at__lte=until)
        .order_by()
        .values_list("line__direction", "line__outcome", "line__hs_code", "notified_at",
                     "closed_at")
    )  # fmt: skip
    groups = parties.groups_now()
    # Each has an end, as was asked for above.
    found: tuple[tuple[str, Any], ...] = ((CHECKED, checked), (HELD, held), (DISPOSED, disposed))
    for stage, rows in found:
        for direction, outcome, code, begun, ended in rows.iterator():
            yield _Stay(
                stage, direction, _mode(stage, outcome), groups.get(code or "", ""), begun,
                (ended - begun).total_seconds(),
            )  # fmt: skip


def _mode(stage: str, outcome: str) -> str:
    # What is held was not sent anywhere yet: all it has in common is that it waits for papers.
    return Outcome.HOLD.value if stage == HELD else outcome


def expected(lines: Sequence[Line], *, now: datetime) -> dict[int, Expected]:
    """Return when lines that are under way are expected to be finished; at most three queries."""
    begun = _begun(lines)
    if not begun:
        return {}
    waiting = [line for line in lines if line.pk in begun]
    groups = parties.groups_now({line.hs_code for line in waiting if line.hs_code})
    cells = {line.pk: _cells_of(line, groups) for line in waiting}
    past = _kept({cell for found in cells.values() for cell in found})
    return {
        line.pk: _expected(past, cells[line.pk], begun=begun[line.pk], now=now) for line in waiting
    }


def _cells_of(line: Line, groups: Mapping[str, str]) -> tuple[Cell, ...]:
    stage = _STAGES[LineState(line.state)]
    return _cells(
        stage, line.direction, _mode(stage, line.outcome), groups.get(line.hs_code or "", "")
    )


def _begun(lines: Sequence[Line]) -> dict[int, datetime]:
    """Return since when lines stand in their stage; none for what is finished."""
    found = {
        line.pk: (line.held_since or line.received_at) if stage == HELD else line.decided_at
        for line in lines
        if (stage := _STAGES.get(LineState(line.state))) and stage != DISPOSED
    }
    failed = [line.pk for line in lines if LineState(line.state) in _FAILED]
    if failed:
        rows = Nonconformity.objects.filter(line_id__in=failed)
        found.update(rows.values_list("line_id", "notified_at"))
    return found


def _kept(cells: Iterable[Cell]) -> dict[Cell, list[float]]:
    rows = StageDuration.objects.filter(cell__in=["/".join(cell) for cell in cells])
    return {
        tuple(cell.split("/")): seconds for cell, seconds in rows.values_list("cell", "seconds")
    }


def _expected(
    past: Mapping[Cell, Sequence[float]], cells: Sequence[Cell], *, begun: datetime, now: datetime
) -> Expected:
    elapsed = (now - begun).total_seconds()
    found = durations.expected(past, cells, elapsed, coverage=book.COVERAGE, least=book.LEAST)
    late = durations.overdue(past, cells, elapsed, share=book.LATE, least=book.LEAST)
    return Expected(
        earliest=begun + timedelta(seconds=found.earliest) if found else None,
        latest=begun + timedelta(seconds=found.latest) if found else None,
        late=bool(late),
        n=found.n if found else 0,
        alike=len(found.cell) if found else 0,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """
    How many held-out stays that were asked about ended within the band said of them.

    Each was asked about ``looks`` times at most, at moments of its own.
    """

    stays: int
    said: int
    within: int
    hours: float
    looks: int = 1

    @property
    def share(self) -> float | None:
        """Return the share of bands that held; None where none was said."""
        return self.within / self.said if self.said else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """
        Return the exact 95 % interval of the share (Clopper, Pearson 1934); None for none.

        Many looks at one stay count as one: they tell where it ended, not more of the others.
        """
        if not self.said:
            return None
        within, missed = self.within / self.looks, (self.said - self.within) / self.looks
        low = betaincinv(within, missed + 1, 0.025) if within else 0.0
        high = betaincinv(within + 1, missed, 0.975) if missed else 1.0
        return float(low), float(high)

    def __add__(self, other: Covered) -> Covered:
        """Return both together."""
        said = self.said + other.said
        hours = self.said * self.hours + other.said * other.hours
        return Covered(
            stays=self.stays + other.stays,
            said=said,
            within=self.within + other.within,
            hours=hours / said if said else 0.0,
            looks=max(self.looks, other.looks),
        )


_STEP, _LOOKS = timedelta(days=30), 5


def back_test(*, split: datetime, until: datetime, seed: int = 0) -> dict[str, Covered]:
    """
    Learn from what ended before a moment, try what began in the thirty days after, and so on.

    Each stay is asked about some times, each after a time that another one's length bounds; what is
    over by then is not asked about, as nobody looks at the clock of what is finished.
    """
    stays = list(_stays(since=split - book.WINDOW, until=until))
    found: dict[str, Covered] = {}
    while split < until:
        after = split + _STEP
        past = _past(s for s in stays if split - book.WINDOW < s.ended <= split)
        tried = covered(
            past, [s for s in stays if split < s.begun <= after], seed=seed, looks=_LOOKS
        )
        for stage, one in tried.items():
            found[stage] = found[stage] + one if stage in found else one
        split = after
    return found


def covered(
    past: Mapping[Cell, Sequence[float]], stays: Iterable[_Stay], *, seed: int = 0, looks: int = 1
) -> dict[str, Covered]:
    """Return by stage how well past durations tell stays that they do not hold."""
    dice = Random(seed)  # noqa: S311 - moments of a back-test
    listed = list(stays)
    lengths: dict[str, list[float]] = {}
    for stay in listed:
        lengths.setdefault(stay.stage, []).append(stay.seconds)
    found: dict[str, Covered] = {}
    for stay in listed:
        # A share of its own length would tell how long it takes.
        spent = [dice.choice(lengths[stay.stage]) * dice.random() for _ in range(looks)]
        told = [_told(past, stay, one) for one in spent if one < stay.seconds]
        asked = Covered(stays=bool(told), said=0, within=0, hours=0.0, looks=looks)
        found[stay.stage] = sum(told, found.get(stay.stage, _NONE)) + asked
    return found


_NONE = Covered(stays=0, said=0, within=0, hours=0.0)


def _told(past: Mapping[Cell, Sequence[float]], stay: _Stay, spent: float) -> Covered:
    said = durations.expected(past, stay.cells(), spent, coverage=book.COVERAGE, least=book.LEAST)
    if said is None:
        return _NONE
    within = said.earliest <= stay.seconds <= said.latest
    hours = (said.latest - said.earliest) / 3600
    return Covered(stays=0, said=1, within=int(within), hours=hours)
