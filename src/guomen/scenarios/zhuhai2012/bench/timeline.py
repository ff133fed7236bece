"""
When things happened to the samples of a line, and what was found: the story behind the rows.

The outcome of each line is that of the year; the hours between are invented and seeded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from guomen.core.conformity import Limit, LimitKind
from guomen.core.frequency import Finding
from guomen.rulebooks.laboratory import Method

ZONE = ZoneInfo("Asia/Shanghai")
_APPROVED_AT, _ENTERED_AT, _MEASURED_AT = time(9, 40), time(15), time(8, 20)
_TESTED_DAYS = (3, 4, 5, 6)
_SECOND_LOOK = 8
_SPREAD = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """A line that had to be sampled, as the story needs it."""

    line: int
    reference: str
    agency: str
    hs_code: str
    lot: int
    decided_at: datetime
    hazards: tuple[str, ...]
    fault: str | None
    luck: float
    results: tuple[tuple[datetime, bool, str], ...]
    open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """One taking of a line: its moments, whether it was refused, and the hazard that fails."""

    sampled: Sampled
    number: int
    taken: datetime
    handed: datetime
    received: datetime
    refused: bool
    measured: datetime
    entered: datetime
    approved: datetime
    failing: str | None


def takings(one: Sampled) -> Iterator[Taking]:
    """Yield the takings of a line: one, a second where the first was refused, or none."""
    done = [result for result in one.results if result[1]]
    if one.results and not done:
        return
    days = _TESTED_DAYS[int(one.luck * _SPREAD) % len(_TESTED_DAYS)]
    shown = _local_day(one.decided_at, days)
    unclear = bool(done) and done[0][2] == Finding.UNKNOWN.value
    if unclear:
        yield _taking(one, 1, begins=one.decided_at, shown=shown, refused=True)
        again = shown - timedelta(days=1)
        later = _local_day(one.decided_at, days + _SECOND_LOOK)
        yield _taking(one, 2, begins=again, shown=later, refused=False)
    elif done or one.open:
        yield _taking(one, 1, begins=one.decided_at, shown=shown, refused=False)


def _local_day(at: datetime, days: int) -> datetime:
    """Return the beginning of a day so many days later, at the bureau."""
    day = at.astimezone(ZONE).date() + timedelta(days=days)
    return datetime.combine(day, time(), tzinfo=ZONE)


def _at(day: datetime, hour: time) -> datetime:
    return datetime.combine(day.astimezone(ZONE).date(), hour, tzinfo=ZONE)


def _taking(
    one: Sampled, number: int, *, begins: datetime, shown: datetime, refused: bool
) -> Taking:
    minutes = int(one.luck * _SPREAD * 7) % 120
    taken = begins + timedelta(minutes=45 + minutes)
    received = taken + timedelta(minutes=90 + minutes)
    # Measured two days before the result is known, approved on the morning of the day between.
    ready = shown - timedelta(days=2)
    measured = max(_at(ready, _MEASURED_AT), received + timedelta(minutes=30))
    entered = max(_at(ready, _ENTERED_AT), measured + timedelta(hours=2))
    return Taking(
        sampled=one,
        number=number,
        taken=taken,
        handed=taken + timedelta(minutes=30),
        received=received,
        refused=refused,
        measured=measured,
        entered=entered,
        approved=max(_at(shown - timedelta(days=1), _APPROVED_AT), entered + timedelta(minutes=30)),
        failing=None if refused else _failing(one),
    )


def _failing(one: Sampled) -> str | None:
    """Return the hazard that a test finds: the fault of the line, where the year says it failed."""
    said = [finding for _, performed, finding in one.results if performed]
    if not said or said[-1] != Finding.NONCONFORM.value:
        return None
    if one.fault in one.hazards:
        return one.fault
    # Faults that people see, such as a label, are the inspector's finding and fail no test.
    return None


def raw_of(method: Method, limit: Limit, *, fails: bool, dice: Callable[[], float]) -> str:
    """Return a measured value that conforms or fails under a limit, as a report writes it."""
    return _RAWS[limit.kind, fails](method, limit, dice)


def _absent(method: Method, limit: Limit, dice: Callable[[], float]) -> str:
    del method, limit, dice
    return "ND"


def _found(method: Method, limit: Limit, dice: Callable[[], float]) -> str:
    del limit
    if method.uncertainty is None:
        return "检出"
    return _digits(float(method.lod) * (2 + 18 * dice()))


def _below(method: Method, limit: Limit, dice: Callable[[], float]) -> str:
    upper = float(limit.upper or 0)
    value = upper * (0.03 + 0.55 * dice() ** 2)
    return "ND" if dice() < _NOT_DETECTED or value < 2 * float(method.lod) else _digits(value)


def _above(method: Method, limit: Limit, dice: Callable[[], float]) -> str:
    del method
    return _digits(float(limit.upper or 0) * (1.4 + 2.6 * dice()))


def _high(method: Method, limit: Limit, dice: Callable[[], float]) -> str:
    del method
    return f"{float(limit.lower or 0) + 0.5 + 0.45 * dice():.2f}"


def _low(method: Method, limit: Limit, dice: Callable[[], float]) -> str:
    del method
    return f"{float(limit.lower or 0) - 1.5 - 3 * dice():.2f}"


_NOT_DETECTED = 0.6
_RAWS = {
    (LimitKind.MAXIMUM, False): _below,
    (LimitKind.MAXIMUM, True): _above,
    (LimitKind.MINIMUM, False): _high,
    (LimitKind.MINIMUM, True): _low,
    (LimitKind.ABSENT, False): _absent,
    (LimitKind.ABSENT, True): _found,
}


def _digits(value: float) -> str:
    """Return a value with three digits that count, without an exponent."""
    return np.format_float_positional(value, precision=3, unique=False, fractional=False, trim="-")


def control_scores(dice: np.random.Generator, levels: int, *, finding: bool) -> Sequence[float]:
    """Return what control samples show, in standard deviations."""
    if finding:
        return [0.0] * levels
    return [round(float(z), 2) for z in dice.normal(scale=0.95, size=levels)]
