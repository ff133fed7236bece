"""
Goods that may not come back: how much a declared line is like goods that were refused before.

Every mark that agrees adds to a weight in the manner of Fellegi and Sunter (1969). Goods are the
same where a mark of the goods themselves agrees and the weight is high; they are like others where
seller, product and quantity agree. What is not known adds nothing. Weights and thresholds are
arguments: they stand in ``rulebooks.refused_goods``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from rapidfuzz.distance import Levenshtein

from guomen.core.likeness import plain_code


class Alike(StrEnum):
    """How much a line is like goods that may not come back."""

    SAME = "same"
    LIKE = "like"


@dataclass(frozen=True, slots=True, kw_only=True)
class Goods:
    """What tells goods: folded marks ("lot:…"), who sells, who declares, what, and how much."""

    marks: frozenset[str]
    seller: str
    enterprise: str
    hs6: str
    quantity: Decimal | None
    unit: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BarredGoods:
    """Goods that may not come back, from a moment on and until they are lifted."""

    line: str
    goods: Goods
    since: datetime
    lifted: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What each mark weighs, and from which weight goods are the same or like others."""

    marks: Mapping[str, float]
    seller: float
    seller_nearly: float
    enterprise: float
    product: float
    heading: float
    # Share by which quantities may differ, nearest first, and what each weighs.
    quantity: tuple[tuple[Decimal, float], ...]
    same: float
    like: float
    remembered: timedelta
    likes_remembered: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """The goods that a line is most like, how much, and by which marks."""

    line: str
    alike: Alike
    weight: float
    by: tuple[str, ...]

    def told(self) -> str:
        """Return the match as one word after another, as a fact keeps it."""
        return " ".join((self.line, self.alike.value, *self.by))


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """A match as a fact keeps it: the goods that failed, how much a line is like them, by what."""

    line: str
    alike: Alike
    by: tuple[str, ...]


def recognised(told: str) -> Recognised:
    """
    Read what :meth:`Match.told` wrote.

    >>> recognised("DEC-2012-000017-4/1 same lot product").by
    ('lot', 'product')
    """
    line, alike, *by = told.split(" ")
    return Recognised(line=line, alike=Alike(alike), by=tuple(by))


_NEARLY = 2


class Barred:
    """Goods that may not come back, found by mark and by product."""

    def __init__(self, barred: Iterable[BarredGoods]) -> None:
        """Index goods by each of their marks and by their product."""
        self._by_mark: dict[str, list[BarredGoods]] = {}
        self._by_product: dict[str, list[BarredGoods]] = {}
        for one in barred:
            self._by_product.setdefault(one.goods.hs6, []).append(one)
            for mark in one.goods.marks:
                self._by_mark.setdefault(mark, []).append(one)

    def match(self, goods: Goods, *, at: datetime, weights: Weights, but: str = "") -> Match | None:
        """Return what a line is most like among the goods barred at a moment, itself left out."""
        candidates = {
            one.line: one
            for found in (
                self._by_product.get(goods.hs6, ()),
                *(self._by_mark.get(mark, ()) for mark in goods.marks),
            )
            for one in found
            if one.line != but and _barred(one, at, weights.remembered)
        }
        found = (_compared(goods, one, at=at, weights=weights) for one in candidates.values())
        return max(
            (match for match in found if match is not None),
            key=lambda match: (match.alike is Alike.SAME, match.weight, match.line),
            default=None,
        )


def _barred(one: BarredGoods, at: datetime, remembered: timedelta) -> bool:
    return one.since <= at <= one.since + remembered and (one.lifted is None or at < one.lifted)


def _compared(goods: Goods, one: BarredGoods, *, at: datetime, weights: Weights) -> Match | None:
    parts = dict(_agreeing(goods, one.goods, weights))
    weight = sum(parts.values())
    if weight >= weights.same and any(mark in parts for mark in weights.marks):
        alike = Alike.SAME
    elif weight >= weights.like and at <= one.since + weights.likes_remembered:
        alike = Alike.LIKE
    else:
        return None
    return Match(line=one.line, alike=alike, weight=weight, by=tuple(parts))


def _agreeing(a: Goods, b: Goods, weights: Weights) -> Iterable[tuple[str, float]]:
    shared = {mark.partition(":")[0] for mark in a.marks & b.marks}
    yield from ((kind, part) for kind, part in weights.marks.items() if kind in shared)
    seller = _seller(a.seller, b.seller, weights)
    if seller:
        yield "seller", seller
    if a.enterprise == b.enterprise:
        yield "enterprise", weights.enterprise
    if a.hs6 and a.hs6 == b.hs6:
        yield "product", weights.product
    elif a.hs6[:4] and a.hs6[:4] == b.hs6[:4]:
        yield "heading", weights.heading
    quantity = _quantity(a, b, weights)
    if quantity:
        yield "quantity", quantity


def _seller(a: str, b: str, weights: Weights) -> float:
    """Weigh two sellers: the same, or a number that differs as a slip of the pen does."""
    left, right = plain_code(a), plain_code(b)
    if not left or not right:
        return 0.0
    if left == right:
        return weights.seller
    # References of the register are given one after another: only foreign numbers are mistyped.
    foreign = a.startswith("NUM:") or b.startswith("NUM:")
    near = foreign and Levenshtein.distance(left, right, score_cutoff=_NEARLY) <= _NEARLY
    return weights.seller_nearly if near else 0.0


def _quantity(a: Goods, b: Goods, weights: Weights) -> float:
    if a.quantity is None or b.quantity is None or a.unit != b.unit or not b.quantity:
        return 0.0
    apart = abs(a.quantity - b.quantity) / b.quantity
    return next((part for most, part in weights.quantity if apart <= most), 0.0)
