"""
The geometry of the operating characteristic: a path in percent of the plot, ticks, marked points.

Positions are percentages, so that one drawing serves a telephone and a sheet of paper.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from guomen.journeys.planning import Point
from guomen.journeys.planning_words import percent

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_MOST_TICKS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A mark on an axis: where it stands, and what it says."""

    at: str
    says: str
    anchor: str = "middle"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A risk point: where it stands, and where its words have room."""

    x: str
    y: str
    anchor: str
    dx: int
    p: str
    pa: str
    refused: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of the table behind the curve."""

    p: str
    bad: int
    pa: str
    of_hundred: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """The drawing of one operating characteristic."""

    path: str
    area: str
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    producer: Mark | None
    consumer: Mark | None
    rows: tuple[Row, ...]


def draw(
    points: Sequence[Point], *, lot: int, producer: Point | None, consumer: Point | None
) -> Curve:
    """Lay out a curve with its risk points."""
    right = points[-1].p
    steps = " ".join(
        f"{'M' if k == 0 else 'L'}{_x(point.p, right):.3f} {_y(point.pa):.3f}"
        for k, point in enumerate(points)
    )
    return Curve(
        path=steps,
        area=f"{steps} L100 100 L0 100 Z",
        across=_across(right),
        up=tuple(Tick(at=f"{_y(k / 4):g}%", says=f"{k * 25}\u202f%") for k in range(5)),
        producer=_mark(producer, right),
        consumer=_mark(consumer, right),
        rows=_rows(points, lot),
    )


def _x(p: float, right: float) -> float:
    return 100.0 * p / right


def _y(pa: float) -> float:
    return 100.0 * (1.0 - pa)


def _across(right: float) -> tuple[Tick, ...]:
    raw = right * 100.0 / _MOST_TICKS
    scale = 10.0 ** math.floor(math.log10(raw))
    step = next(s * scale for s in _STEPS if s * scale >= raw)
    count = int(right * 100.0 / step + 1e-9)
    return tuple(
        Tick(at=f"{_x(k * step / 100.0, right):.3f}%", says=f"{k * step:g}\u202f%")
        for k in range(count + 1)
    )


def _mark(point: Point | None, right: float) -> Mark | None:
    if point is None:
        return None
    x, y = _x(point.p, right), _y(point.pa)
    roomy = x < 75.0
    return Mark(
        x=f"{x:.3f}%",
        y=f"{y:.3f}%",
        anchor="start" if roomy else "end",
        dx=8 if roomy else 0,
        p=percent(point.p),
        pa=percent(point.pa),
        refused=percent(max(0.0, 1.0 - point.pa)),
    )


def _rows(points: Sequence[Point], lot: int) -> tuple[Row, ...]:
    every = max(1, len(points) // 12)
    chosen = [point for k, point in enumerate(points) if k % every == 0 or k == len(points) - 1]
    return tuple(
        Row(
            p=percent(point.p), bad=round(point.p * lot), pa=percent(point.pa),
            of_hundred=round(100 * point.pa),
        )
        for point in chosen
    )  # fmt: skip
