"""
Alarms as episodes: one event with an onset, not a list of weeks.

A gap of few quiet weeks does not end an episode, and an unknown week never
does: it says nothing. Not for telling two causes apart.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from guomen.core.surveillance.farrington import Watch
from guomen.core.surveillance.series import ALARM, UNKNOWN, Ints, States


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """One event of one series: monitored weeks from onset to the last alarm, both included."""

    series: int
    onset: int
    last: int
    alarms: int
    # The observed count less the expected one, over its known weeks.
    excess: float
    lowest_p: float


def number(state: States, *, gap: int = 2) -> Ints:
    """
    Return the number of the episode of each cell within its series, 0 outside.

    :param gap: so many quiet weeks in a row, or fewer, do not end an episode
    """
    numbers = np.zeros(state.shape, dtype=np.int64)
    count = np.zeros(len(state), dtype=np.int64)
    quiet = np.full(len(state), gap + 1, dtype=np.int64)
    for week in range(state.shape[1]):
        alarm = state[:, week] == ALARM
        count += alarm & (quiet > gap)
        numbers[alarm, week] = count[alarm]
        quiet = np.where(alarm, 0, quiet + (state[:, week] != UNKNOWN))
    return _bridged(numbers)


def _bridged(numbers: Ints) -> Ints:
    """Give the weeks between two alarms of one episode its number."""
    before = np.maximum.accumulate(numbers, axis=1)
    big = np.where(numbers > 0, numbers, np.iinfo(np.int64).max)
    after = np.minimum.accumulate(big[:, ::-1], axis=1)[:, ::-1]
    return np.where(before == after, before, 0)


def with_episodes(watch: Watch, *, gap: int = 2) -> Watch:
    """Return the watch with the number of the episode of each cell."""
    return replace(watch, episode=number(watch.state, gap=gap))


def episodes(watch: Watch, *, gap: int = 2) -> tuple[Episode, ...]:
    """Return the episodes of all series, by series and onset."""
    numbers = number(watch.state, gap=gap)
    found = []
    for series in np.flatnonzero(numbers.any(axis=1)):
        for episode in range(1, int(numbers[series].max()) + 1):
            cells = np.flatnonzero(numbers[series] == episode)
            found.append(
                Episode(
                    series=int(series),
                    onset=int(watch.weeks[cells[0]]),
                    last=int(watch.weeks[cells[-1]]),
                    alarms=int(watch.alarms[series, cells].sum()),
                    excess=float(np.nansum((watch.observed - watch.expected)[series, cells])),
                    lowest_p=float(np.nanmin(watch.p[series, cells])),
                )
            )
    return tuple(found)
