"""
Credit level of an enterprise, derived from its file: what counts against it, and what it earned.

A cycle begins with full points; every mark takes its points in each cycle that it touches. At the
end of a cycle the score moves the level: down as far as it says, up one level at a time, and not
before a whole cycle has passed since a fall. A grave act gives the last level at once. The first
level (AA) is never reached by score: it is awarded. Nothing is stored between two calls: the level
on a day is always the fold of the whole file, so what is shown can be derived again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from guomen.core.text import Text


class Level(StrEnum):
    """Credit level, best first (Notice 93 of 2013)."""

    AA = "AA"
    A = "A"
    B = "B"
    C = "C"
    D = "D"


LEVELS = tuple(Level)
RANK: Mapping[Level, int] = MappingProxyType({level: n for n, level in enumerate(LEVELS)})


class Group(StrEnum):
    """What credit information is about: the six groups of Notice 93, without the basic data."""

    COMPLIANCE = "compliance"
    ABILITY = "ability"
    QUALITY = "quality"
    CONDUCT = "conduct"
    SOCIETY = "society"


GROUP_NAMES: Mapping[Group, Text] = MappingProxyType(
    {
        Group.COMPLIANCE: Text(zh="遵纪守法", en="Compliance"),
        Group.ABILITY: Text(zh="质量管理能力", en="Quality-management ability"),
        Group.QUALITY: Text(zh="产品质量", en="Product quality"),
        Group.CONDUCT: Text(zh="检验检疫监管", en="Conduct under supervision"),
        Group.SOCIETY: Text(zh="社会评价", en="View of society"),
    }
)


class Cause(StrEnum):
    """What gave a level."""

    ENTRY = "entry"
    CYCLE = "cycle"
    GRAVE = "grave"
    AWARD = "award"


CAUSE_NAMES: Mapping[Cause, Text] = MappingProxyType(
    {
        Cause.ENTRY: Text(zh="建立信用档案", en="The file was opened"),
        Cause.CYCLE: Text(zh="周期评定", en="Rated at the end of a cycle"),
        Cause.GRAVE: Text(zh="严重失信，即时降级", en="A grave act, at once"),
        Cause.AWARD: Text(zh="经申请批准授予", en="Awarded on application"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """
    What may be recorded against an enterprise, and what it takes.

    A ``grave`` item gives level D at once, a ``blacklist`` item is ground for the list;
    ``cycles`` is how many cycles it counts in, the one in which it was established included.
    """

    code: str
    says: Text
    group: Group
    points: int
    basis: Text
    grave: bool = False
    blacklist: bool = False
    cycles: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The numbers of the rating; ``floors`` is the lowest score of a level, best first."""

    full: int
    floors: Mapping[Level, int]
    entry: Level
    cycle_month: int
    cycle_day: int
    stay_cycles: int

    def level_of(self, score: int) -> Level:
        """Return the level that a score alone gives."""
        return next((level for level, low in self.floors.items() if score >= low), Level.D)

    def cycle_of(self, day: date) -> tuple[date, date]:
        """Return the first day of the cycle of a day, and of the next."""
        begins = date(day.year, self.cycle_month, self.cycle_day)
        if day < begins:
            begins = years_after(begins, -1)
        return begins, years_after(begins, 1)


def years_after(day: date, years: int) -> date:
    """Return the same day of another year; the 29th of February becomes the 1st of March."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """
    One record as it counts, from the day it was established to its expiry (exclusive).

    ``suspended`` marks are shown and take nothing: they are disputed and the law lets that wait.
    """

    key: str
    item: str
    points: int
    counts_from: date
    expires_on: date
    grave: bool = False
    quality: bool = False
    suspended: bool = False

    def within(self, begins: date, ends: date) -> bool:
        """Tell whether the mark takes its points in a cycle."""
        return not self.suspended and self.counts_from < ends and self.expires_on > begins


class MeritKind(StrEnum):
    """What an enterprise earned."""

    VERIFIED = "verified"
    AWARD = "award"


MERIT_NAMES: Mapping[MeritKind, Text] = MappingProxyType(
    {
        MeritKind.VERIFIED: Text(zh="质量管理能力核查", en="Quality management verified on site"),
        MeritKind.AWARD: Text(zh="授予AA级", en="Level AA awarded"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Merit:
    """A verification that allows level A while it is valid, or an award of AA on its first day."""

    kind: MeritKind
    begins: date
    ends: date | None = None

    def valid(self, day: date) -> bool:
        """Tell whether it holds on a day."""
        return self.begins <= day and (self.ends is None or day < self.ends)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """Everything that a level is derived from: the day the file was opened, marks, merits."""

    opened_on: date
    marks: tuple[Mark, ...] = ()
    merits: tuple[Merit, ...] = ()

    def verified(self, day: date) -> bool:
        """Tell whether quality management is verified on a day."""
        return any(m.kind is MeritKind.VERIFIED and m.valid(day) for m in self.merits)

    def without(self, keys: Iterable[str]) -> Dossier:
        """Return the file without some marks."""
        gone = frozenset(keys)
        return replace(self, marks=tuple(mark for mark in self.marks if mark.key not in gone))


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """
    A level from a day on.

    ``score`` is that of the cycle which ended, where one did; ``fallen_on`` the day of the last
    fall that still keeps the level from rising.
    """

    begins: date
    level: Level
    cause: Cause
    score: int | None = None
    fallen_on: date | None = None


def score(dossier: Dossier, *, begins: date, ends: date, terms: Terms) -> int:
    """Return what is left of the full points in a cycle, never below nought."""
    taken = sum(mark.points for mark in dossier.marks if mark.within(begins, ends))
    return max(0, terms.full - taken)


def rate(dossier: Dossier, *, on: date, terms: Terms) -> tuple[Step, ...]:
    """
    Return every level from the opening of the file to a day, in order; empty before it was opened.

    >>> terms = Terms(
    ...     full=100, floors={Level.A: 89, Level.B: 77, Level.C: 65}, entry=Level.B,
    ...     cycle_month=10, cycle_day=1, stay_cycles=1,
    ... )
    >>> mark = Mark(
    ...     key="1", item="X", points=30, counts_from=date(2011, 3, 1),
    ...     expires_on=date(2011, 10, 1),
    ... )
    >>> file = Dossier(opened_on=date(2010, 10, 1), marks=(mark,))
    >>> [(str(s.begins), s.level.value) for s in rate(file, on=date(2012, 5, 24), terms=terms)]
    [('2010-10-01', 'B'), ('2011-10-01', 'C')]
    """
    if on < dossier.opened_on:
        return ()
    steps = [Step(begins=dossier.opened_on, level=terms.entry, cause=Cause.ENTRY)]
    for day, cause in _events(dossier, on, terms):
        following = _FOLLOWS[cause](steps[-1], day, dossier, terms)
        if following is not None:
            steps.append(following)
    return _one_a_day(steps)


# On one day the old cycle is closed first, then the worst that came in is looked at.
_ORDER = (Cause.CYCLE, Cause.AWARD, Cause.GRAVE)


def _events(dossier: Dossier, on: date, terms: Terms) -> list[tuple[date, Cause]]:
    opened = dossier.opened_on
    found = {
        (max(mark.counts_from, opened), Cause.GRAVE)
        for mark in dossier.marks
        if mark.grave and not mark.suspended and mark.counts_from <= on
    }
    found |= {
        (merit.begins, Cause.AWARD)
        for merit in dossier.merits
        if merit.kind is MeritKind.AWARD and opened <= merit.begins <= on
    }
    ends = terms.cycle_of(opened)[1]
    while ends <= on:
        found.add((ends, Cause.CYCLE))
        ends = years_after(ends, 1)
    return sorted(found, key=lambda event: (event[0], _ORDER.index(event[1])))


def _graved(held: Step, day: date, dossier: Dossier, terms: Terms) -> Step:
    del held, dossier, terms
    return Step(begins=day, level=Level.D, cause=Cause.GRAVE, fallen_on=day)


def _awarded(held: Step, day: date, dossier: Dossier, terms: Terms) -> Step | None:
    del dossier, terms
    if held.level is not Level.A:
        return None
    return Step(begins=day, level=Level.AA, cause=Cause.AWARD)


def _closed(held: Step, day: date, dossier: Dossier, terms: Terms) -> Step:
    begins = years_after(day, -1)
    points = score(dossier, begins=begins, ends=day, terms=terms)
    earned = _earned(held.level, points, day, dossier, terms)
    step = Step(begins=day, level=held.level, cause=Cause.CYCLE, score=points)
    if RANK[earned] > RANK[held.level]:
        return replace(step, level=earned, fallen_on=day)
    rising = RANK[earned] < RANK[held.level]
    if rising and _may_rise(held.fallen_on, day, terms):
        return replace(step, level=LEVELS[RANK[held.level] - 1])
    return replace(step, fallen_on=held.fallen_on if rising else None)


def _earned(held: Level, points: int, day: date, dossier: Dossier, terms: Terms) -> Level:
    """Return the level that a closed cycle gives, were there no rule on movement."""
    by_score = terms.level_of(points)
    if by_score is not Level.A:
        return by_score
    if not dossier.verified(day):
        return Level.B
    begins = years_after(day, -1)
    spotless = not any(m.quality and m.within(begins, day) for m in dossier.marks)
    return Level.AA if held is Level.AA and spotless else Level.A


def _may_rise(fallen_on: date | None, day: date, terms: Terms) -> bool:
    return fallen_on is None or fallen_on <= years_after(day, -terms.stay_cycles)


_FOLLOWS = MappingProxyType({Cause.GRAVE: _graved, Cause.AWARD: _awarded, Cause.CYCLE: _closed})


def _one_a_day(steps: Sequence[Step]) -> tuple[Step, ...]:
    """Keep the last step of each day: it is the one that holds from there on."""
    last = {step.begins: step for step in steps}
    return tuple(last.values())


def level_on(dossier: Dossier, *, on: date, terms: Terms) -> Step | None:
    """Return the step that holds on a day, or None before the file was opened."""
    steps = rate(dossier, on=on, terms=terms)
    return steps[-1] if steps else None
