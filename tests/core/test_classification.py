"""Class and product risk against the published table, exact boundaries, and brute force."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import combinations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guomen.core.classification import (
    HUNDRED,
    WORST,
    Damage,
    Element,
    ProductHazard,
    Risk,
    ScoreOutOfRangeError,
    classify,
    hazard_risk,
    product_risk,
    what_if,
)
from guomen.core.ruling import Mode
from guomen.rulebooks.classification import BOUNDS, SCHEME, mode_of

SCHEME_2012 = SCHEME.rows[0].value
SCORED = [element for element in Element if element is not Element.OTHER]
scores = st.fixed_dictionaries(
    {e: st.integers(0, 100) for e in SCORED} | {Element.OTHER: st.integers(-10, 10)}
)


def plain(given_scores) -> tuple[Fraction, int]:
    """Add up in fractions of a point, the other way round than the core does."""
    weights = dict(zip(SCORED, (15, 10, 15, 10, 10, 20, 10, 10), strict=True))
    total = Fraction(given_scores[Element.OTHER])
    for element, weight in weights.items():
        total += Fraction(given_scores[element] * weight, 100)
    for grade, floor in ((1, 85), (2, 70), (3, 55)):
        if total >= floor:
            return total, grade
    return total, 4


def test_the_weights_of_the_scheme_sum_to_a_hundred() -> None:
    for row in SCHEME.rows:
        assert sum(row.value.weights.values()) == HUNDRED
        assert set(row.value.weights) == set(SCORED)


@given(scores)
def test_the_total_and_the_class_are_those_of_plain_arithmetic(given_scores) -> None:
    found = classify(given_scores, scheme=SCHEME_2012)
    total, grade = plain(given_scores)
    assert Fraction(found.lowest, 100) == total
    assert found.grade == grade
    assert sum(part.earned for part in found.parts) == found.lowest


@pytest.mark.parametrize(("score", "grade"), [(85, 1), (84, 2), (70, 2), (69, 3), (55, 3), (54, 4)])
def test_a_total_on_a_floor_has_the_class_of_the_floor(score, grade) -> None:
    even = dict.fromkeys(SCORED, score) | {Element.OTHER: 0}
    assert classify(even, scheme=SCHEME_2012).grade == grade


@given(scores, st.sets(st.sampled_from(SCORED), max_size=3))
def test_a_class_with_unknown_elements_is_that_of_every_completion(given_scores, hidden) -> None:
    partly = {e: None if e in hidden else s for e, s in given_scores.items()}
    found = classify(partly, scheme=SCHEME_2012)
    grades = {
        plain(given_scores | dict(zip(hidden, filled, strict=True)))[1]
        for filled in product((0, 100), repeat=len(hidden))
    }
    assert (found.best, found.worst) == (min(grades), max(grades))
    assert found.grade == (grades.pop() if len(grades) == 1 else None)
    assert set(found.missing) == hidden


@given(scores, st.sampled_from(list(SCHEME_2012.vetoes)))
def test_a_veto_gives_the_last_class_whatever_the_scores(given_scores, veto) -> None:
    assert classify(given_scores, vetoes=[veto], scheme=SCHEME_2012).grade == WORST


@pytest.mark.parametrize(
    ("given_scores", "vetoes"),
    [({Element.CREDIT: 101}, []), ({Element.OTHER: -11}, []), ({}, ["no such ground"])],
)
def test_scores_off_the_scale_and_unknown_vetoes_are_refused(given_scores, vetoes) -> None:
    with pytest.raises(ScoreOutOfRangeError):
        classify(given_scores, vetoes=vetoes, scheme=SCHEME_2012)


def _lifted(given_scores, elements) -> int:
    full = {e: 10 if e is Element.OTHER else 100 for e in elements}
    return plain(given_scores | full)[1]


@given(scores)
def test_what_lifts_is_the_least_that_does(given_scores) -> None:
    _, grade = plain(given_scores)
    lift = what_if(given_scores, scheme=SCHEME_2012).lift
    if grade == 1:
        assert lift is None
        return
    smallest = next(
        (
            size
            for size in range(len(Element) + 1)
            if any(_lifted(given_scores, c) < grade for c in combinations(Element, size))
        ),
        None,
    )
    assert lift.grade == grade - 1
    assert len(lift.fewest) == (smallest or 0)
    assert smallest is None or _lifted(given_scores, lift.fewest) < grade
    alone = {e for e in Element if _lifted(given_scores, [e]) < grade}
    assert {element for element, _ in lift.single} == alone
    for element, score in lift.single:
        assert plain(given_scores | {element: score})[1] < grade
        assert plain(given_scores | {element: score - 1})[1] == grade


@given(scores)
def test_what_drops_is_the_first_that_does(given_scores) -> None:
    _, grade = plain(given_scores)
    drop = what_if(given_scores, scheme=SCHEME_2012).drop
    if grade == WORST:
        assert drop is None
        return
    lows = {e: -10 if e is Element.OTHER else 0 for e in Element}
    alone = {e for e in Element if plain(given_scores | {e: lows[e]})[1] > grade}
    assert {element for element, _ in drop.single} == alone
    for element, score in drop.single:
        assert plain(given_scores | {element: score})[1] == grade
        assert plain(given_scores | {element: score - 1})[1] > grade


def test_a_veto_is_what_must_go_where_the_scores_alone_would_do() -> None:
    best = dict.fromkeys(SCORED, 90) | {Element.OTHER: 0}
    lift = what_if(best, vetoes=["refused_supervision"], scheme=SCHEME_2012).lift
    assert (lift.grade, lift.hundredths, lift.vetoes) == (1, 0, ("refused_supervision",))


# -- products --------------------------------------------------------------------------------------
def hazard(index: Fraction, damage: str) -> ProductHazard:
    """Return a hazard with an index that is exactly representable: q1 = index, q2 = 100 %."""
    first = Decimal(index.numerator) / Decimal(index.denominator) * 100
    nought = Decimal(0)
    return ProductHazard(
        name="x",
        first=(first, nought, nought),
        second=(Decimal(20),) * 5,
        damage=Damage(damage),
    )


# The published form, its open boundaries taken to the higher level.
TABLE = {"A": (-3, -5), "B": (-2, -4), "C": (-1, -3)}


@pytest.mark.parametrize("damage", TABLE)
def test_the_published_bounds_part_the_levels(damage) -> None:
    high, higher = (Fraction(10) ** power for power in TABLE[damage])
    nudge = Fraction(1, 10**9)
    expected = {
        high + nudge: Risk.HIGH,
        high: Risk.HIGH,
        high - nudge: Risk.HIGHER,
        higher: Risk.HIGHER,
        higher - nudge: Risk.GENERAL,
        Fraction(0): Risk.GENERAL,
    }
    for index, level in expected.items():
        assert hazard_risk(hazard(index, damage), bounds=BOUNDS.value).level is level, index


def test_damage_of_grade_d_is_never_high() -> None:
    levels = [
        hazard_risk(hazard(Fraction(n, 100), "D"), bounds=BOUNDS.value).level
        for n in (1, 9, 10, 100)
    ]
    assert levels == [Risk.GENERAL, Risk.GENERAL, Risk.HIGHER, Risk.HIGHER]


items = st.lists(st.decimals(0, 20, places=2), min_size=5, max_size=5)


@given(items, items, st.sampled_from(list(Damage)), st.sampled_from(list(Damage)))
def test_a_product_has_the_highest_level_over_its_hazards(first, second, one, other) -> None:
    hazards = [
        ProductHazard(name="1", first=tuple(first[:3]), second=tuple(second), damage=one),
        ProductHazard(name="2", first=tuple(second[:3]), second=tuple(first), damage=other),
    ]
    order = [Risk.HIGH, Risk.HIGHER, Risk.GENERAL]
    levels = [hazard_risk(h, bounds=BOUNDS.value).level for h in hazards]
    assert product_risk(hazards, bounds=BOUNDS.value) is min(levels, key=order.index)


@given(items, items, st.sampled_from(list(Damage)), st.sets(st.integers(0, 4), min_size=1))
def test_an_unknown_item_leaves_the_level_open_unless_it_cannot_matter(
    first, second, damage, hidden
) -> None:
    partly = tuple(None if n in hidden else item for n, item in enumerate(second))
    rest = Decimal(100) - sum((i for i in partly if i is not None), Decimal(0))

    def level(filled):
        whole = tuple(
            filled if n == min(hidden) else (i or Decimal(0)) for n, i in enumerate(partly)
        )
        full = ProductHazard(name="1", first=tuple(first[:3]), second=whole, damage=damage)
        return hazard_risk(full, bounds=BOUNDS.value).level

    ends = {level(Decimal(0)), level(rest)}
    open_one = ProductHazard(name="1", first=tuple(first[:3]), second=partly, damage=damage)
    found = product_risk([open_one], bounds=BOUNDS.value)
    assert found is (ends.pop() if len(ends) == 1 else None)


@pytest.mark.parametrize("first", [(50, 50, 1), (-1, 0, 0), (1, 1)])
def test_items_that_make_no_index_are_refused(first) -> None:
    wrong = ProductHazard(
        name="x",
        first=tuple(Decimal(i) for i in first),
        second=(Decimal(1),) * 5,
        damage=Damage.A,
    )
    with pytest.raises(ScoreOutOfRangeError):
        product_risk([wrong], bounds=BOUNDS.value)


def test_a_product_without_hazards_was_not_assessed() -> None:
    with pytest.raises(ScoreOutOfRangeError):
        product_risk([], bounds=BOUNDS.value)


def test_the_matrix_is_the_published_one_with_the_stricter_of_two_modes() -> None:
    published = {
        1: ({Mode.VERIFICATION, Mode.CREDIT}, {Mode.CREDIT}, {Mode.CREDIT}),
        2: ({Mode.GENERAL}, {Mode.GENERAL, Mode.VERIFICATION}, {Mode.VERIFICATION}),
        3: ({Mode.STRICT}, {Mode.STRICT, Mode.GENERAL}, {Mode.GENERAL}),
        4: ({Mode.SPECIAL}, {Mode.SPECIAL}, {Mode.SPECIAL}),
    }
    order = [Mode.CREDIT, Mode.VERIFICATION, Mode.GENERAL, Mode.STRICT, Mode.SPECIAL]
    for grade, row in published.items():
        for risk, allowed in zip(Risk, row, strict=True):
            assert mode_of(grade, risk.value) is max(allowed, key=order.index)
    assert mode_of(None, "high") is None
    assert mode_of(1, None) is None
