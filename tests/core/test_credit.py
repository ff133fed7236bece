"""The credit level against a slow clerk who walks through the days; its outlook by brute force."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guomen.core.credit import (
    RANK,
    Cause,
    Dossier,
    Mark,
    Merit,
    MeritKind,
    level_on,
    rate,
)
from guomen.core.credit_many import FILES_SCHEMA, MARKS_SCHEMA, MERITS_SCHEMA, rate_many
from guomen.core.credit_outlook import (
    Condition,
    Declared,
    Effect,
    award_conditions,
    explain,
    what_if,
)
from guomen.rulebooks.credit_items import ITEMS, TERMS, items_on

TERMS_2012 = TERMS.rows[0].value
FIRST, LAST = date(2009, 3, 18), date(2014, 12, 31)
DAY = timedelta(days=1)
days = st.dates(FIRST, LAST)


@st.composite
def a_mark(draw, key):
    begins = draw(days)
    points = draw(st.sampled_from([1, 3, 6, 12, 24, 36]))
    return Mark(
        key=str(key),
        item="X",
        points=points,
        counts_from=begins,
        expires_on=draw(st.dates(begins + DAY, begins + 800 * DAY)),
        grave=points == 36 and draw(st.booleans()),
        quality=draw(st.booleans()),
        suspended=draw(st.integers(0, 5)) == 0,
    )


@st.composite
def a_merit(draw):
    kind = draw(st.sampled_from(list(MeritKind)))
    begins = draw(days)
    ends = draw(st.none() | st.dates(begins + DAY, begins + 1200 * DAY))
    return Merit(kind=kind, begins=begins, ends=ends)


@st.composite
def dossiers(draw, most=6):
    marks = tuple(draw(a_mark(n)) for n in range(draw(st.integers(0, most))))
    merits = tuple(draw(st.lists(a_merit(), max_size=3)))
    return Dossier(opened_on=draw(st.dates(FIRST, date(2012, 1, 1))), marks=marks, merits=merits)


def clerk(file: Dossier, on: date) -> dict[date, str]:  # noqa: C901
    """Walk from day to day with a card: the level, and whether and when it fell."""
    levels: dict[date, str] = {}
    level, fell, day = "B", None, file.opened_on
    while day <= on:
        if (day.month, day.day) == (10, 1) and day > file.opened_on:
            year_ago = date(day.year - 1, 10, 1)
            hits = [
                m
                for m in file.marks
                if not m.suspended and m.counts_from < day and m.expires_on > year_ago
            ]
            left = max(0, 100 - sum(m.points for m in hits))
            able = any(
                m.kind == "verified" and m.begins <= day and (m.ends is None or m.ends > day)
                for m in file.merits
            )
            due = "A" if left >= 89 else "B" if left >= 77 else "C" if left >= 65 else "D"
            if due == "A" and not able:
                due = "B"
            if due == "A" and level == "AA" and not any(m.quality for m in hits):
                due = "AA"
            order = ["AA", "A", "B", "C", "D"]
            if order.index(due) > order.index(level):
                level, fell = due, day
            elif order.index(due) < order.index(level):
                if fell is None or fell <= year_ago:
                    level, fell = order[order.index(level) - 1], None
            else:
                fell = None
        if level == "A" and any(m.kind == "award" and m.begins == day for m in file.merits):
            level, fell = "AA", None
        for mark in file.marks:
            struck = max(mark.counts_from, file.opened_on)
            if mark.grave and not mark.suspended and struck == day and mark.counts_from <= on:
                level, fell = "D", day
        levels[day] = level
        day += DAY
    return levels


@settings(max_examples=60)
@given(dossiers(), st.dates(date(2012, 1, 1), LAST))
def test_the_history_is_that_of_a_clerk_who_goes_through_the_days(file, on) -> None:
    expected = clerk(file, on)
    steps = rate(file, on=on, terms=TERMS_2012)
    for day, level in expected.items():
        held = next(step for step in reversed(steps) if step.begins <= day)
        assert held.level == level, day


@given(st.lists(dossiers(), min_size=1, max_size=6), days)
def test_many_at_once_are_as_one_by_one(files, on) -> None:
    frame = pl.DataFrame(
        [(n, f.opened_on) for n, f in enumerate(files)], schema=FILES_SCHEMA, orient="row"
    )
    marks = [
        (n, m.points, m.counts_from, m.expires_on, m.grave, m.quality)
        for n, f in enumerate(files)
        for m in f.marks
        if not m.suspended
    ]
    merits = [
        (n, m.kind is MeritKind.AWARD, m.begins, m.ends)
        for n, f in enumerate(files)
        for m in f.merits
    ]
    found = rate_many(
        frame,
        pl.DataFrame(marks, schema=MARKS_SCHEMA, orient="row"),
        pl.DataFrame(merits, schema=MERITS_SCHEMA, orient="row"),
        on=on,
        terms=TERMS_2012,
    )
    for file, row in zip(files, found.rows(), strict=True):
        step = level_on(file, on=on, terms=TERMS_2012)
        expected = (
            (None, None, None, None)
            if step is None
            else (step.level.value, step.score, step.fallen_on, step.begins)
        )
        assert row[1:] == expected


@given(dossiers(), days)
def test_what_is_recorded_later_changes_nothing_before(file, on) -> None:
    later = Mark(key="z", item="X", points=36, counts_from=on + DAY, expires_on=LAST, grave=True)
    more = replace(file, marks=(*file.marks, later))
    assert rate(more, on=on, terms=TERMS_2012) == rate(file, on=on, terms=TERMS_2012)


@given(dossiers(), days, st.sampled_from([1, 6, 36]))
def test_one_more_mark_never_lifts(file, on, points) -> None:
    mark = Mark(
        key="z", item="X", points=points, counts_from=FIRST, expires_on=LAST, grave=points == 36
    )
    more = replace(file, marks=(*file.marks, mark))
    before = level_on(file, on=on, terms=TERMS_2012)
    after = level_on(more, on=on, terms=TERMS_2012)
    assert before is None or RANK[after.level] >= RANK[before.level]


@pytest.mark.parametrize(
    ("points", "level"),
    [((), "B"), ((12,), "B"), ((12, 12), "C"), ((12, 12, 12), "D"), ((36,), "D"), ((24,), "C")],
)
def test_steps_of_twelve_points_move_the_level_as_the_thresholds_say(points, level) -> None:
    marks = tuple(
        Mark(
            key=str(n),
            item="X",
            points=p,
            counts_from=date(2011, 3, 1),
            expires_on=date(2011, 10, 1),
        )
        for n, p in enumerate(points)
    )
    file = Dossier(opened_on=date(2010, 10, 1), marks=marks)
    assert level_on(file, on=date(2012, 5, 24), terms=TERMS_2012).level == level


def test_a_grave_act_counts_at_once_and_the_way_back_takes_a_cycle_a_level() -> None:
    grave = Mark(
        key="g",
        item="X",
        points=36,
        counts_from=date(2010, 2, 1),
        expires_on=date(2010, 10, 1),
        grave=True,
    )
    verified = Merit(kind=MeritKind.VERIFIED, begins=FIRST)
    file = Dossier(opened_on=FIRST, marks=(grave,), merits=(verified,))
    steps = rate(file, on=date(2013, 12, 1), terms=TERMS_2012)
    assert [(s.begins.isoformat(), s.level.value) for s in steps] == [
        ("2009-03-18", "B"),
        ("2009-10-01", "A"),
        ("2010-02-01", "D"),
        ("2010-10-01", "D"),
        ("2011-10-01", "C"),
        ("2012-10-01", "B"),
        ("2013-10-01", "A"),
    ]
    assert steps[2].cause is Cause.GRAVE


# -- outlook ---------------------------------------------------------------------------------------
CATALOGUE = [row.value for row in items_on(date(2012, 5, 24))]


@settings(max_examples=60)
@given(dossiers(most=5), st.dates(date(2011, 10, 1), date(2012, 9, 30)))
def test_what_lifts_is_a_smallest_change_that_does(file, on) -> None:
    held = level_on(file, on=on, terms=TERMS_2012)
    if held is None:
        return
    found = what_if(file, on=on, terms=TERMS_2012)
    ahead = [date(on.year + (on >= date(on.year, 10, 1)) + n, 10, 1) for n in range(5)]
    by_itself = [d for d in ahead if _better(file, d, held)]
    assert (found.waiting.on if found.waiting else None) == (by_itself[0] if by_itself else None)
    first = by_itself[0] if by_itself else None
    best = None
    for day in ahead:
        if best or day == first:
            break
        for verify in (False, True):
            helped = _verified(file, day) if verify else file
            sizes = [
                size
                for size in range(len(file.marks) + 1)
                for gone in combinations([m for m in file.marks if not m.suspended], size)
                if _better(helped.without(m.key for m in gone), day, held)
            ]
            if sizes and best is None:
                best = (day, verify, min(sizes))
    shown = found.sooner
    assert best == ((shown.on, shown.verify, len(shown.marks)) if shown else None)


def _verified(file: Dossier, day: date) -> Dossier:
    return replace(
        file, merits=(*file.merits, Merit(kind=MeritKind.VERIFIED, begins=day - DAY, ends=None))
    )


def _better(file: Dossier, day: date, held) -> bool:
    return RANK[level_on(file, on=day, terms=TERMS_2012).level] < RANK[held.level]


@settings(max_examples=60)
@given(dossiers(), st.dates(date(2011, 10, 1), date(2012, 9, 30)))
def test_what_drops_is_the_fewest_points_that_do(file, on) -> None:
    held = level_on(file, on=on, terms=TERMS_2012)
    drop = what_if(file, on=on, terms=TERMS_2012, items=CATALOGUE).drop if held else None
    if drop is None:
        return
    rating = date(on.year + (on >= date(on.year, 10, 1)), 10, 1)

    def worse(points: int) -> bool:
        mark = Mark(key="z", item="X", points=points, counts_from=on, expires_on=rating)
        more = replace(file, marks=(*file.marks, mark)) if points else file
        return RANK[level_on(more, on=rating, terms=TERMS_2012).level] > RANK[held.level]

    assert worse(drop.points)
    assert drop.points == 0 or not worse(drop.points - 1)
    assert all(worse(ITEMS[code].on(on).value.points) for code in drop.items)
    assert set(drop.at_once) == {i.code for i in CATALOGUE if i.grave}


@given(dossiers(), days)
def test_an_explanation_shows_every_mark_once_and_adds_up(file, on) -> None:
    found = explain(file, on=on, terms=TERMS_2012)
    if found is None:
        assert on < file.opened_on
        return
    assert set(found.effects) == {mark.key for mark in file.marks}
    begins, ends = found.cycle
    counted = sum(m.points for m in file.marks if m.within(begins, ends))
    assert found.score == max(0, 100 - counted)
    assert {m.key for m in file.marks if m.suspended} == {
        key for key, effect in found.effects.items() if effect is Effect.SUSPENDED
    }
    assert found.held == found.steps[-1] == level_on(file, on=on, terms=TERMS_2012)
    # The day from which a fallen level may rise is a rating, and none before it lets it.
    if found.rises_from is not None:
        assert (found.rises_from.month, found.rises_from.day) == (10, 1)
        assert found.rises_from.year - 1 <= found.held.fallen_on.year + 1


def test_conditions_of_aa_are_unknown_where_nothing_is_known() -> None:
    verified = Merit(kind=MeritKind.VERIFIED, begins=FIRST)
    file = Dossier(opened_on=date(2009, 10, 1), merits=(verified,))
    on = date(2012, 5, 24)

    def conditions(file, declared=Declared(), outside=()):  # noqa: B008
        return award_conditions(
            file, on=on, terms=TERMS_2012, declared=declared, outside=frozenset(outside)
        )

    met = conditions(file, Declared(all=200, wrong=2))
    assert met[Condition.YEAR_AT_A] is True
    assert met[Condition.FEW_ERRORS] is True
    # The file is younger than three years.
    assert met[Condition.THREE_CLEAN_YEARS] is None
    assert conditions(file)[Condition.FEW_ERRORS] is None
    assert conditions(file, Declared(all=199, wrong=2))[Condition.FEW_ERRORS] is False
    told = Mark(
        key="o", item="X", points=1, counts_from=date(2012, 1, 1), expires_on=LAST, quality=True
    )
    spoilt = conditions(replace(file, marks=(told,)), outside=["o"])
    assert spoilt[Condition.HONEST_ELSEWHERE] is False
    assert spoilt[Condition.THREE_CLEAN_YEARS] is False


# -- the catalogue ---------------------------------------------------------------------------------
def test_a_grave_item_is_ground_for_the_list_and_every_item_has_a_law() -> None:
    for row in items_on(date(2012, 5, 24)):
        item = row.value
        assert item.basis.zh
        assert item.basis.en
        assert item.points in (1, 3, 6, 12, 24, 36)
        assert item.grave == item.blacklist
    assert ITEMS["CMP-ADULTERATION"].rows[0].certainty == "sourced"
    assert ITEMS["CND-DECLARATION"].on(date(2012, 1, 1)).value.points == 1
    assert ITEMS["CND-DECLARATION"].on(date(2014, 1, 1)).value.points == 3
