"""
Class of an enterprise from nine elements, and risk level of a product from its hazards.

Totals are whole hundredths of a point, probabilities exact fractions: a boundary is never a matter
of rounding. An element or an item that nobody scored is unknown, and stays so: where the class
depends on it, there is none. Weights, floors and bounds are arguments (Decree 113, articles 8, 9).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import combinations
from types import MappingProxyType
from typing import ClassVar

from guomen.core.errors import GuomenError
from guomen.core.text import Text

HUNDRED = 100
BEST, WORST = 1, 4


class Element(StrEnum):
    """What an assessment looks at (Decree 113, article 8)."""

    CREDIT = "credit"
    CAPACITY = "capacity"
    TESTING = "testing"
    PERSONNEL = "personnel"
    SUPPLIERS = "suppliers"
    CLAIMS = "claims"
    TRACEABILITY = "traceability"
    SYSTEM = "system"
    OTHER = "other"


ELEMENT_NAMES: Mapping[Element, Text] = MappingProxyType(
    {
        Element.CREDIT: Text(zh="企业信用情况", en="Credit"),
        Element.CAPACITY: Text(zh="生产能力", en="Production capacity"),
        Element.TESTING: Text(zh="检验检测能力", en="Inspection and testing"),
        Element.PERSONNEL: Text(zh="人员素质", en="Personnel"),
        Element.SUPPLIERS: Text(zh="原材料供应商管理", en="Raw-material suppliers"),
        Element.CLAIMS: Text(
            zh="预警、索赔、退货、投诉", en="Warnings, claims, returns, complaints"
        ),
        Element.TRACEABILITY: Text(zh="产品追溯能力", en="Traceability"),
        Element.SYSTEM: Text(zh="质量管理体系", en="Quality-management system"),
        Element.OTHER: Text(zh="其他影响因素", en="Other factors"),
    }
)


class ScoreOutOfRangeError(GuomenError):
    """An element or an item is scored outside its scale."""

    code: ClassVar[str] = "classification.score-out-of-range"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """
    How elements make a class.

    ``weights`` of the scored elements sum to 100; ``OTHER`` adds or takes at most ``swing`` points.
    ``floors`` is the lowest total of each class but the last, best first.
    """

    weights: Mapping[Element, int]
    swing: int
    floors: Mapping[int, int]
    vetoes: Mapping[str, Text]

    def grade(self, hundredths: int) -> int:
        """Return the class of a total."""
        return next((g for g, low in self.floors.items() if hundredths >= low * HUNDRED), WORST)

    def range_of(self, element: Element) -> tuple[int, int]:
        """Return the lowest and the highest score of an element."""
        return (-self.swing, self.swing) if element is Element.OTHER else (0, HUNDRED)

    def earned(self, element: Element, score: int) -> int:
        """Return what a score brings, in hundredths of a point."""
        return score * (HUNDRED if element is Element.OTHER else self.weights[element])


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one element brings to the total, in hundredths; None where it was not scored."""

    element: Element
    score: int | None
    weight: int
    earned: int | None
    possible: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Classified:
    """
    A class and what it rests on.

    ``grade`` is None where what is not scored could change it; it then lies between ``best`` and
    ``worst``. ``lowest`` and ``highest`` bound the total, in hundredths of a point.
    """

    grade: int | None
    best: int
    worst: int
    lowest: int
    highest: int
    vetoes: tuple[str, ...]
    missing: tuple[Element, ...]
    parts: tuple[Part, ...]


Scores = Mapping[Element, int | None]


def classify(scores: Scores, *, vetoes: Iterable[str] = (), scheme: Scheme) -> Classified:
    """
    Return the class of an enterprise from its scores; a veto gives the last class whatever they be.

    :raises ScoreOutOfRangeError: if a score lies outside its scale or a veto is not of the scheme
    """
    raised = tuple(vetoes)
    _require_sound(scores, raised, scheme)
    parts = tuple(_part(element, scores.get(element), scheme) for element in Element)
    known = sum(part.earned for part in parts if part.earned is not None)
    missing = tuple(part.element for part in parts if part.earned is None)
    ranges = [scheme.range_of(element) for element in missing]
    lowest = known + sum(scheme.earned(e, low) for e, (low, _) in zip(missing, ranges, strict=True))
    highest = known + sum(
        scheme.earned(e, high) for e, (_, high) in zip(missing, ranges, strict=True)
    )
    best, worst = (WORST, WORST) if raised else (scheme.grade(highest), scheme.grade(lowest))
    return Classified(
        grade=best if best == worst else None,
        best=best,
        worst=worst,
        lowest=lowest,
        highest=highest,
        vetoes=raised,
        missing=missing,
        parts=parts,
    )


# The parts are the explanation: what each element brought, and of how much.
explain = classify


def _part(element: Element, score: int | None, scheme: Scheme) -> Part:
    return Part(
        element=element,
        score=score,
        weight=scheme.swing if element is Element.OTHER else scheme.weights[element],
        earned=None if score is None else scheme.earned(element, score),
        possible=scheme.earned(element, scheme.range_of(element)[1]),
    )


def _require_sound(scores: Scores, vetoes: Sequence[str], scheme: Scheme) -> None:
    for element, score in scores.items():
        low, high = scheme.range_of(element)
        if score is not None and not low <= score <= high:
            raise ScoreOutOfRangeError(
                f"Score {element.value} between {low} and {high}, not {score}.",
                element=element.value,
                low=low,
                high=high,
            )
    unknown = [veto for veto in vetoes if veto not in scheme.vetoes]
    if unknown:
        raise ScoreOutOfRangeError(
            f"There is no ground {', '.join(unknown)} for the last class: choose from "
            f"{', '.join(scheme.vetoes)}.",
            vetoes=unknown,
        )


# What would change the class ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Lift:
    """
    What brings the next better class.

    ``single`` are elements that can bring it alone, each with the score that does; ``fewest`` is
    a smallest set of elements which bring it at full score, empty where nothing can.
    """

    grade: int
    hundredths: int
    single: tuple[tuple[Element, int], ...]
    fewest: tuple[Element, ...]
    vetoes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """What loses the class: more hundredths than may go, or one element below a score."""

    grade: int
    hundredths: int
    single: tuple[tuple[Element, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """What would lift and what would drop an enterprise; None where nothing can."""

    lift: Lift | None
    drop: Drop | None


def what_if(scores: Scores, *, vetoes: Iterable[str] = (), scheme: Scheme) -> WhatIf:
    """Return the smallest changes of scores that change a class; of known totals only."""
    found = classify(scores, vetoes=vetoes, scheme=scheme)
    if found.missing:
        return WhatIf(lift=None, drop=None)
    return WhatIf(lift=_lift(found, scheme), drop=_drop(found, scheme))


def _lift(found: Classified, scheme: Scheme) -> Lift | None:
    # A veto hides the class that the scores alone would give: it is what lifting it brings.
    by_score = scheme.grade(found.lowest)
    grade = min(by_score, WORST - 1) if found.vetoes else by_score - 1
    if grade < BEST:
        return None
    needed = max(0, scheme.floors[grade] * HUNDRED - found.lowest)
    room = {part.element: part.possible - (part.earned or 0) for part in found.parts}
    single = tuple(
        (part.element, (part.score or 0) + _steps(needed, part, scheme))
        for part in found.parts
        if needed and room[part.element] >= needed
    )
    return Lift(
        grade=grade,
        hundredths=needed,
        single=single,
        fewest=_fewest(room, needed),
        vetoes=found.vetoes,
    )


def _steps(hundredths: int, part: Part, scheme: Scheme) -> int:
    """Return how many points of score are worth at least so much."""
    return -(-hundredths // scheme.earned(part.element, 1))


def _fewest(room: Mapping[Element, int], needed: int) -> tuple[Element, ...]:
    for size in range(len(room) + 1):
        for chosen in combinations(sorted(room, key=lambda e: -room[e]), size):
            if sum(room[element] for element in chosen) >= needed:
                return chosen
    return ()


def _drop(found: Classified, scheme: Scheme) -> Drop | None:
    if found.vetoes or found.grade is None or found.grade == WORST:
        return None
    spare = found.lowest - scheme.floors[found.grade] * HUNDRED
    single = tuple(
        (part.element, (part.score or 0) - spare // scheme.earned(part.element, 1))
        for part in found.parts
        if (part.earned or 0) - scheme.earned(part.element, scheme.range_of(part.element)[0])
        > spare
    )
    return Drop(grade=found.grade + 1, hundredths=spare, single=single)


# Product risk ------------------------------------------------------------------------------------


class Damage(StrEnum):
    """How grave the damage of a hazard would be, gravest first."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"


class Risk(StrEnum):
    """Product risk level, highest first."""

    HIGH = "high"
    HIGHER = "higher"
    GENERAL = "general"


RISK_ORDER = tuple(Risk)
#: Items of the two sums of the probability index, in percent.
FIRST_ITEMS, SECOND_ITEMS = 3, 5

Items = tuple[Decimal | None, ...]
#: Damage → the least index that is high (None: never) and the least that is higher.
Bounds = Mapping[Damage, tuple[Fraction | None, Fraction]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductHazard:
    """One hazard of a product: three and five items in percent, and the grade of its damage."""

    name: str
    first: Items
    second: Items
    damage: Damage


@dataclass(frozen=True, slots=True, kw_only=True)
class HazardRisk:
    """
    The risk of one hazard.

    ``least`` and ``most`` bound the probability index; they differ where an item is unknown, and
    ``level`` is None where that matters.
    """

    hazard: ProductHazard
    least: Fraction
    most: Fraction
    level: Risk | None
    highest: Risk


def hazard_risk(hazard: ProductHazard, *, bounds: Bounds) -> HazardRisk:
    """
    Return the risk of one hazard: index = first sum × second sum, both as shares of one.

    An index on a bound has the higher level.

    :raises ScoreOutOfRangeError: if items are too few, too many, negative, or sum to over 100 %
    """
    first = _sum(hazard.first, FIRST_ITEMS, hazard.name)
    second = _sum(hazard.second, SECOND_ITEMS, hazard.name)
    least, most = first[0] * second[0], first[1] * second[1]
    low, high = (_level(index, hazard.damage, bounds) for index in (least, most))
    return HazardRisk(
        hazard=hazard, least=least, most=most, level=low if low is high else None, highest=high
    )


def product_risk(hazards: Sequence[ProductHazard], *, bounds: Bounds) -> Risk | None:
    """
    Return the highest level over the hazards of a product; None while it cannot be told.

    :raises ScoreOutOfRangeError: if no hazard is given: a product without any was not assessed
    """
    if not hazards:
        raise ScoreOutOfRangeError("Name at least one hazard of the product.")
    found = [hazard_risk(hazard, bounds=bounds) for hazard in hazards]
    certain = [risk.level for risk in found if risk.level is not None]
    top = min(certain, key=RISK_ORDER.index, default=None)
    possible = min((risk.highest for risk in found), key=RISK_ORDER.index)
    return top if top is possible else None


def _sum(items: Items, count: int, name: str) -> tuple[Fraction, Fraction]:
    known = [Fraction(item) for item in items if item is not None]
    total = sum(known, Fraction(0))
    if len(items) != count or any(item < 0 for item in known) or total > HUNDRED:
        raise ScoreOutOfRangeError(
            f"Give {name} {count} items of 0 % or more that sum to at most 100 %.",
            hazard=name,
            items=[str(item) for item in items],
        )
    most = Fraction(HUNDRED) if len(known) < count else total
    return total / HUNDRED, most / HUNDRED


def _level(index: Fraction, damage: Damage, bounds: Bounds) -> Risk:
    high, higher = bounds[damage]
    if high is not None and index >= high:
        return Risk.HIGH
    return Risk.HIGHER if index >= higher else Risk.GENERAL
