"""
The weekly watch: history is brought up to date, every series is judged, signals are raised.

One call a week and level, repeatable: the same week watched again updates what it found. Not for
what people do with a signal beyond moving it, nor for the methods (``core.surveillance``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import polars as pl
from django.db import transaction

from guomen.analysis import aggregates, engines, judged
from guomen.analysis import history as files
from guomen.analysis import series as weekly
from guomen.analysis.history import LINES, TESTS, Dataset
from guomen.analysis.series import WEEK, Watched, WeeklySeries
from guomen.core.surveillance import BetaPrior, Binomial, price
from guomen.core.text import Text
from guomen.journeys import history, series_names
from guomen.rulebooks.watching import WATCHING, Watching
from guomen.supervision.agencies import queries as agencies
from guomen.supervision.parties.codes import reference
from guomen.supervision.risk import operations, queries
from guomen.supervision.risk.lifecycle import SignalMove
from guomen.supervision.risk.models import Signal, SignalWeek, Watch


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One kind of series: its dataset, its aggregate and the names of its key."""

    dataset: Dataset
    aggregate: Callable[[Any], Any]
    names: tuple[str, ...]


LEVELS: Mapping[str, Level] = MappingProxyType(
    {
        "hazards": Level(
            dataset=TESTS,
            aggregate=aggregates.TEST_AGGREGATES["hazards"],
            names=("direction", "hs6", "origin", "hazard"),
        ),
        "products": Level(
            dataset=LINES,
            aggregate=aggregates.AGGREGATES["products"],
            names=("direction", "hs6", "origin"),
        ),
        "groups": Level(
            dataset=LINES,
            aggregate=aggregates.AGGREGATES["groups"],
            names=("direction", "group", "origin"),
        ),
        "enterprises": Level(
            dataset=LINES, aggregate=aggregates.AGGREGATES["enterprises"], names=("enterprise",)
        ),
        "port_weeks": Level(
            dataset=LINES, aggregate=aggregates.AGGREGATES["port_weeks"], names=("port",)
        ),
        "laboratories": Level(
            dataset=TESTS,
            aggregate=aggregates.TEST_AGGREGATES["laboratories"],
            names=("laboratory", "hazard"),
        ),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekDone:
    """One level of one week: how many series were watched, and the signals."""

    week: date
    level: str
    series: int
    alarms: int
    new: int


def series_of(level: str, *, through: date, place: Path | None = None) -> WeeklySeries | None:
    """Return every series of a level up to a week; None while the history holds nothing of it."""
    at = LEVELS[level]
    into = place or history.folder()
    manifest = files.read_manifest(into, at.dataset)
    if not manifest.rows:
        return None
    digest = tuple(month.sha256 for _, month in sorted(dict(manifest.months).items()))
    frame = _aggregated(level, into, digest)
    return weekly.weekly(frame, at.names, through=through) if frame.height else None


@lru_cache(maxsize=16)
def _aggregated(level: str, place: Path, digest: tuple[str, ...]) -> pl.DataFrame:
    """Return the aggregate of a level; the digest of the files is part of the question."""
    del digest
    at = LEVELS[level]
    found = engines.over_history(at.aggregate, place, at.dataset)
    return found.filter(pl.col("examined") > 0)


def watch_week(
    agency: str,
    *,
    week: date,
    at: datetime,
    place: Path | None = None,
    export: bool = True,
    keep: bool = True,
) -> tuple[WeekDone, ...]:
    """
    Watch the week that holds a day, at every level of which there is history.

    :param export: bring the history up to date first
    :param keep: keep what pages read of the week; whoever watches weeks in a row keeps the last
    """
    into = place or history.folder()
    if export:
        history.export(into, known=at)
    return tuple(
        done
        for level in LEVELS
        if (
            done := _watch_level(
                agency, level, week=weekly.monday(week), at=at, place=into, keep=keep
            )
        )
    )


def _watch_level(
    agency: str, level: str, *, week: date, at: datetime, place: Path, keep: bool
) -> WeekDone | None:
    found = series_of(level, through=week, place=place)
    if found is None:
        return None
    watched = weekly.watch(found, WATCHING.on(week).value)
    rows = np.flatnonzero(watched.raised[:, 0]).tolist()
    office = agencies.ids()[agency]
    if keep:
        _keep(level, watched, place=place)
    with transaction.atomic():
        operations.store_watch(
            Watch(
                agency_id=office,
                week=week,
                level=level,
                series=len(found.keys),
                unknown=int(np.isnan(watched.watch.p[:, 0]).sum()),
                alarms=len(rows),
                method=_method(watched),
                through=files.read_manifest(place, LEVELS[level].dataset).through,
                at=at,
            )
        )
        new = _store(watched, rows, office=office, level=level, at=at)
    return WeekDone(week=week, level=level, series=len(found.keys), alarms=len(rows), new=new)


def _keep(level: str, watched: Watched, *, place: Path) -> None:
    """Keep what pages read of the newest week; an older one does not take its place."""
    series = watched.series
    before = judged.read(place, level)
    if before is not None and before.week > series.weeks[-1]:
        return
    keys = [dict(zip(series.names, key, strict=True)) for key in series.keys]
    names = [name_of(key) for key in series.keys]
    known = series_names.names_of(keys)
    said = (known.of(key) for key in keys)
    judged.keep(
        place,
        level,
        watched,
        names=names,
        texts=[f"{name} {text.zh} {text.en}" for name, text in zip(names, said, strict=True)],
        document=asdict(_back_test(level, series, watched.settings)),
    )


def _method(watched: Watched) -> dict[str, Any]:
    method = watched.watch.method
    return {
        "method": "beta-binomial",
        "windows": list(method.windows),
        "past": method.past,
        "skip": method.skip,
        "alpha": method.alpha,
        "prior": [method.prior.violations, method.prior.tests],
        "false_share": watched.settings.false_share,
        "correction": "bh",
        "paper": method.source.paper,
    }


def question_of(method: Mapping[str, Any]) -> Binomial:
    """Return the question of a watch as it was stored."""
    violations, tests = method["prior"]
    return Binomial(
        windows=tuple(method["windows"]),
        past=method["past"],
        skip=method["skip"],
        alpha=method["alpha"],
        prior=BetaPrior(violations=violations, tests=tests),
    )


def _store(watched: Watched, rows: Sequence[int], *, office: int, level: str, at: datetime) -> int:
    """Store the signals of one week: new ones, and the episodes that the week belongs to."""
    names = {row: name_of(watched.series.keys[row]) for row in rows}
    week = watched.series.weeks[-1]
    near = WEEK * (watched.settings.gap + 1)
    known = queries.under_way(
        office, level, series=names.values(), since=week - near, until=week + near
    )
    new: list[Signal] = []
    changed: list[Signal] = []
    weeks: list[SignalWeek] = []
    number = queries.last_number()
    for row in rows:
        signal = known.get(names[row])
        if signal is None:
            number += 1
            signal = Signal(
                reference=reference("SIG", number),
                agency_id=office,
                level=level,
                series=names[row],
                key=dict(zip(watched.series.names, watched.series.keys[row], strict=True)),
                onset=week,
                week=week,
                raised_at=at,
            )
            new.append(signal)
        else:
            # Watched again with what came in late, an episode may have begun earlier.
            signal.onset = min(signal.onset, week)
            changed.append(signal)
        said = _said(watched, row, week)
        weeks.append(SignalWeek(signal=signal, **said))
        # A week watched again after later ones leaves what those said.
        if week >= signal.week:
            _newest(signal, said, worth(watched, row))
    operations.store_signals(new, changed, weeks=weeks, week=week)
    operations.clear_weeks(office, level, week=week, but=names.values())
    return len(new)


def _said(watched: Watched, row: int, week: date) -> dict[str, Any]:
    """Return what the watch of a week says of one series."""
    window = int(watched.watch.window[row, 0])
    _, bound = weekly.bounds(watched, row, window=window)
    return {
        "week": week,
        "window": window,
        "violations": int(watched.violations[row, 0]),
        "tests": int(watched.tests[row, 0]),
        "expected": float(watched.expected[row, 0]),
        "bound": int(bound[-1]),
        "times": float(watched.watch.times[row, 0]),
        "p": float(watched.watch.p[row, 0]),
        "q": float(watched.q[row, 0]),
    }


def _newest(signal: Signal, said: Mapping[str, Any], words: Text) -> None:
    """Write the newest week of an episode into its signal."""
    for name, value in said.items():
        setattr(signal, name, value)
    signal.price_zh, signal.price_en = words.zh, words.en


def worth(watched: Watched, row: int) -> Text:
    """Say what it costs to look at signals like this one: how many of them are chance."""
    alpha, count = watched.watch.method.alpha, len(watched.series.keys)
    q = float(watched.q[row, 0])
    share = Text(zh=f"约 {q:.1%}", en=f"about {q:.1%}")
    if q < _TINY:
        share = Text(zh=f"不到 {_TINY:.1%}", en=f"fewer than {_TINY:.1%}")
    return Text(
        zh=f"与它同样或更罕见的信号中，{share.zh} 属偶然；按 p≤{alpha:g}，{count} 条平静序列每周"
        f"约误报 {count * alpha:.1f} 次",
        en=f"of signals as rare as this {share.en} are chance; {price(series=count, alpha=alpha)}",
    )


_TINY = 0.001


def name_of(key: Sequence[str | None]) -> str:
    """Return the one name of a series; an unknown part stays visible as ``?``."""
    return " · ".join(part if part is not None else "?" for part in key)


def move(
    reference_: str, which: SignalMove, *, path: str, version: int, note: str, at: datetime, by: str
) -> Signal | None:
    """
    Move a signal that an agency may see; None if there is none for it.

    :raises guomen.supervision.risk.operations.SignalMovedError: if somebody was quicker
    :raises guomen.core.lifecycle.MoveRefusedError: if the move is not open from where it stands
    """
    signal = queries.visible_signals(path).filter(reference=reference_).first()
    if signal is None:
        return None
    with transaction.atomic():
        return operations.move(signal, which, version=version, note=note, at=at, by=by)


@dataclass(frozen=True, slots=True, kw_only=True)
class Onset:
    """A signal that a watch would have raised, and what was found in the weeks after it."""

    series: str
    key: Mapping[str, str | None]
    week: date
    q: float
    violations: int
    tests: int
    expected: float
    later_found: int
    later_examined: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BackTest:
    """What one level of watch would have raised, week by week."""

    level: str
    weeks: tuple[date, ...]
    raised: tuple[int, ...]
    onsets: tuple[Onset, ...]
    series: int


# After an onset: so many weeks show whether it went on.
AFTER = 4
#: Weeks that a back-test looks at.
YEAR = 52
_BLOCK = 4


def back_test(
    level: str, *, through: date, weeks: int = YEAR, place: Path | None = None
) -> BackTest | None:
    """
    Tell what a level would have raised had it been watched; only what was tested is looked at.

    Late results are taken as known in the week of the goods: a real watch hears of them later.
    """
    found = series_of(level, through=through, place=place)
    if found is None:
        return None
    return _back_test(level, found, WATCHING.on(through).value, weeks=weeks)


def _back_test(
    level: str, series: WeeklySeries, settings: Watching, *, weeks: int = YEAR
) -> BackTest:
    count = len(series.weeks)
    columns = list(range(max(count - weeks, 0), count))
    raised, found = [0] * len(columns), []
    # A few weeks at a time: a level may hold a hundred thousand series.
    for begin in range(0, len(columns), _BLOCK):
        watched = weekly.watch(series, settings, weeks=columns[begin : begin + _BLOCK])
        raised[begin : begin + _BLOCK] = watched.raised.sum(axis=0).tolist()
        cells = np.argwhere(watched.raised).tolist()
        found += [(row, begin + place, _onset(watched, row, place)) for row, place in cells]
    found.sort(key=lambda cell: cell[:2])
    before = [(-1, -1), *(cell[:2] for cell in found)]
    onsets = [
        onset
        for (row, place, onset), (last_row, last) in zip(found, before, strict=False)
        if row != last_row or place - last > settings.gap + 1
    ]
    return BackTest(
        level=level,
        weeks=tuple(series.weeks[column] for column in columns),
        raised=tuple(raised),
        onsets=tuple(sorted(onsets, key=lambda o: (o.week, o.q), reverse=True)),
        series=len(series.keys),
    )


def _onset(watched: Watched, row: int, place: int) -> Onset:
    series, column = watched.series, int(watched.at[place])
    after = slice(column + 1, column + 1 + AFTER)
    return Onset(
        series=name_of(series.keys[row]),
        key=dict(zip(series.names, series.keys[row], strict=True)),
        week=series.weeks[column],
        q=float(watched.q[row, place]),
        violations=int(watched.violations[row, place]),
        tests=int(watched.tests[row, place]),
        expected=float(watched.expected[row, place]),
        later_found=int(series.found[row, after].sum()),
        later_examined=int(series.examined[row, after].sum()),
    )
