"""
Why an enterprise has its credit level, what would lift it and what would drop it.

Everything here asks :func:`guomen.core.credit.rate` again with a changed file: no second set of
rules can come to say something else than the rating does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from itertools import combinations
from types import MappingProxyType

from guomen.core.credit import (
    LEVELS,
    RANK,
    Dossier,
    Item,
    Level,
    Mark,
    Merit,
    MeritKind,
    Step,
    Terms,
    rate,
    score,
    years_after,
)
from guomen.core.text import Text

# Up to so many marks every set is tried, so that the one shown is a smallest; beyond, the largest
# marks are taken first.
_EVERY_SET = 10
_CYCLES_AHEAD = 5


class Effect(StrEnum):
    """What a mark does to the running cycle."""

    COUNTS = "counts"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    LATER = "later"


EFFECT_NAMES: Mapping[Effect, Text] = MappingProxyType(
    {
        Effect.COUNTS: Text(zh="计分中", en="Counts now"),
        Effect.SUSPENDED: Text(zh="争议期间暂停计分", en="Suspended while disputed"),
        Effect.EXPIRED: Text(zh="已不再计分", en="Counts no more"),
        Effect.LATER: Text(zh="尚未计分", en="Not yet"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """
    A level with everything that it rests on.

    ``steps`` is the whole history; ``score`` that of the running cycle so far, ``by_score`` the
    level that it alone would give; ``rises_from`` the first rating at which a level that fell may
    rise; ``expected`` the level at ``next_rating`` if nothing more happens.
    """

    held: Step
    steps: tuple[Step, ...]
    cycle: tuple[date, date]
    score: int
    by_score: Level
    effects: Mapping[str, Effect]
    verified_until: date | None
    verified: bool
    rises_from: date | None
    next_rating: date
    expected: Level


def explain(dossier: Dossier, *, on: date, terms: Terms) -> Explained | None:
    """Return why the level on a day is what it is, or None before the file was opened."""
    steps = rate(dossier, on=on, terms=terms)
    if not steps:
        return None
    begins, ends = terms.cycle_of(on)
    points = score(dossier, begins=begins, ends=ends, terms=terms)
    verified = [m for m in dossier.merits if m.kind is MeritKind.VERIFIED and m.valid(on)]
    held = steps[-1]
    return Explained(
        held=held,
        steps=steps,
        cycle=(begins, ends),
        score=points,
        by_score=terms.level_of(points),
        effects={mark.key: _effect(mark, on) for mark in dossier.marks},
        verified=bool(verified),
        verified_until=max((m.ends for m in verified if m.ends), default=None),
        rises_from=_rises_from(held, terms),
        next_rating=ends,
        expected=_level(dossier, ends, terms),
    )


def _effect(mark: Mark, on: date) -> Effect:
    if mark.suspended:
        return Effect.SUSPENDED
    if on < mark.counts_from:
        return Effect.LATER
    return Effect.COUNTS if on < mark.expires_on else Effect.EXPIRED


def _rises_from(held: Step, terms: Terms) -> date | None:
    if held.fallen_on is None:
        return None
    free = years_after(held.fallen_on, terms.stay_cycles)
    begins, ends = terms.cycle_of(free)
    return free if free == begins else ends


def _level(dossier: Dossier, on: date, terms: Terms) -> Level:
    return rate(dossier, on=on, terms=terms)[-1].level


# What would lift ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Lift:
    """
    What brings a better level at a rating.

    ``marks`` are keys of a smallest set that would have to be withdrawn, ``verify`` tells whether
    quality management must be verified. Both empty: time alone does it, by ``on``.
    """

    to: Level
    on: date
    marks: tuple[str, ...]
    points: int
    verify: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """
    What loses the level at the next rating.

    ``points`` more are enough (0: what is on file already is); ``items`` are those that do it
    alone, ``at_once`` those that give the last level on the spot.
    """

    to: Level
    points: int
    items: tuple[str, ...]
    at_once: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """
    What would change the level of an enterprise.

    ``waiting`` is the earliest lift that time alone brings, ``sooner`` a smallest change that
    brings one at the next rating or the first at which any does; ``None`` where there is none.
    """

    waiting: Lift | None
    sooner: Lift | None
    drop: Drop | None


def what_if(
    dossier: Dossier, *, on: date, terms: Terms, items: Sequence[Item] = ()
) -> WhatIf | None:
    """Return the smallest changes that lift a level, and what would drop it; AA is by award."""
    steps = rate(dossier, on=on, terms=terms)
    if not steps:
        return None
    held = steps[-1].level
    ahead = list(_ratings(on, terms))
    waiting = _waiting(dossier, held, ahead, terms)
    return WhatIf(
        waiting=waiting,
        sooner=_sooner(dossier, held, ahead, waiting, terms),
        drop=_drop(dossier, held, on, terms, items),
    )


def _ratings(on: date, terms: Terms) -> Iterator[date]:
    first = terms.cycle_of(on)[1]
    for ahead in range(_CYCLES_AHEAD):
        yield years_after(first, ahead)


def _better(level: Level, held: Level) -> bool:
    return RANK[level] < RANK[held]


def _waiting(dossier: Dossier, held: Level, ahead: Sequence[date], terms: Terms) -> Lift | None:
    for day in ahead:
        level = _level(dossier, day, terms)
        if _better(level, held):
            return Lift(to=level, on=day, marks=(), points=0, verify=False)
    return None


def _sooner(
    dossier: Dossier, held: Level, ahead: Sequence[date], waiting: Lift | None, terms: Terms
) -> Lift | None:
    for day in ahead:
        if waiting is not None and day >= waiting.on:
            return None
        for verify in (False, True):
            found = _smallest(dossier, held, day, terms, verify=verify)
            if found is not None:
                return found
    return None


def _smallest(
    dossier: Dossier, held: Level, day: date, terms: Terms, *, verify: bool
) -> Lift | None:
    merit = Merit(kind=MeritKind.VERIFIED, begins=day, ends=None)
    file = replace(dossier, merits=(*dossier.merits, merit)) if verify else dossier
    open_marks = [mark for mark in dossier.marks if not mark.suspended]
    for chosen in _sets(open_marks):
        level = _level(file.without(mark.key for mark in chosen), day, terms)
        if _better(level, held):
            points = sum(mark.points for mark in chosen)
            keys = tuple(mark.key for mark in chosen)
            return Lift(to=level, on=day, marks=keys, points=points, verify=verify)
    return None


def _sets(marks: Sequence[Mark]) -> Iterable[tuple[Mark, ...]]:
    """Yield sets of marks, small ones first."""
    largest = sorted(marks, key=lambda mark: (-mark.grave, -mark.points, mark.key))
    for size in range(len(largest) + 1):
        if len(largest) <= _EVERY_SET:
            yield from combinations(largest, size)
        else:
            yield tuple(largest[:size])


# What would drop ---------------------------------------------------------------------------------


def _drop(
    dossier: Dossier, held: Level, on: date, terms: Terms, items: Sequence[Item]
) -> Drop | None:
    if held is LEVELS[-1]:
        return None
    ends = terms.cycle_of(on)[1]
    at_once = tuple(item.code for item in items if item.grave)

    def after(points: int) -> Level:
        return _level(_with(dossier, points, on, ends), ends, terms)

    points = next((p for p in range(terms.full + 1) if RANK[after(p)] > RANK[held]), None)
    if points is None:
        return None
    enough = tuple(item.code for item in items if not item.grave and item.points >= max(points, 1))
    return Drop(to=after(points), points=points, items=enough, at_once=at_once)


def _with(dossier: Dossier, points: int, on: date, ends: date) -> Dossier:
    if points == 0:
        return dossier
    mark = Mark(key="?", item="?", points=points, counts_from=on, expires_on=ends)
    return replace(dossier, marks=(*dossier.marks, mark))


# The way to AA -----------------------------------------------------------------------------------


class Condition(StrEnum):
    """What AA asks for (as reported of Notice 93 in 2017)."""

    YEAR_AT_A = "year_at_a"
    THREE_CLEAN_YEARS = "three_clean_years"
    FEW_ERRORS = "few_errors"
    HONEST_ELSEWHERE = "honest_elsewhere"


CONDITION_NAMES: Mapping[Condition, Text] = MappingProxyType(
    {
        Condition.YEAR_AT_A: Text(zh="A级满一年", en="Level A for a year"),
        Condition.THREE_CLEAN_YEARS: Text(
            zh="三年内无质量安全问题、索赔和争议",
            en="No quality problem, claim or dispute for three years",
        ),
        Condition.FEW_ERRORS: Text(
            zh="上一年度报检差错率不超过1%", en="Declaration errors of the last year at most 1 %"
        ),
        Condition.HONEST_ELSEWHERE: Text(
            zh="一年内在工商、海关、税务等部门无失信记录",
            en="No dishonesty on record with other departments for a year",
        ),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """Declarations of the last year: how many, and how many with errors; None: not known."""

    all: int | None = None
    wrong: int | None = None


def award_conditions(
    dossier: Dossier,
    *,
    on: date,
    terms: Terms,
    declared: Declared,
    outside: frozenset[str],
    most_wrong_ppm: int = 10_000,
    clean_years: int = 3,
) -> Mapping[Condition, bool | None]:
    """
    Return which conditions of AA are met on a day; None where it is not known.

    ``outside`` holds the keys of marks that other departments reported.
    """
    recent = [mark for mark in dossier.marks if mark.counts_from <= on]
    clean_from = years_after(on, -clean_years)
    # Of the time before the file was opened nothing is known.
    reaches = dossier.opened_on <= clean_from
    spoilt = any(mark.quality and mark.counts_from > clean_from for mark in recent)
    elsewhere = any(
        mark.key in outside and mark.counts_from > years_after(on, -1) for mark in recent
    )
    return {
        Condition.YEAR_AT_A: _year_at_a(dossier, on, terms),
        Condition.THREE_CLEAN_YEARS: False if spoilt else (True if reaches else None),
        Condition.FEW_ERRORS: _few_errors(declared, most_wrong_ppm),
        Condition.HONEST_ELSEWHERE: not elsewhere,
    }


def _year_at_a(dossier: Dossier, on: date, terms: Terms) -> bool:
    since = None
    for step in rate(dossier, on=on, terms=terms):
        at_a = RANK[step.level] <= RANK[Level.A]
        since = (since or step.begins) if at_a else None
    return since is not None and since <= years_after(on, -1)


def _few_errors(declared: Declared, most_ppm: int) -> bool | None:
    if declared.all is None or declared.wrong is None or declared.all == 0:
        return None
    return declared.wrong * 1_000_000 <= most_ppm * declared.all
