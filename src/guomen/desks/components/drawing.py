"""
The geometry of the draw line: where the shade ends, where the point stands, where words have room.

Positions are percentages of the width, so that one drawing serves a telephone and a wall.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

SCALE = 1 << 52
_LEFT_ROOM, _RIGHT_ROOM = 15, 85


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A position on the line and how words are set beside it."""

    x: str
    anchor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawLine:
    """One draw as it is drawn; the chance may be closed to the reader, the number not drawn yet."""

    chance: Place | None
    point: Place | None
    u: str


def place(fraction: Fraction) -> Place:
    """Put a fraction of the line on screen."""
    at = float(fraction) * 100
    anchor = "start" if at < _LEFT_ROOM else "end" if at > _RIGHT_ROOM else "middle"
    return Place(x=f"{at:.4f}%", anchor=anchor)


def draw_line(*, u: int | None, chance_ppm: int | None) -> DrawLine:
    """Lay out a draw: ``u`` as an integer of 52 bits, the chance in parts per million."""
    point = None if u is None else place(Fraction(u, SCALE))
    shown = "" if u is None else f"{int(Fraction(u * 10_000, SCALE)) / 10_000:.4f}"
    edge = None if chance_ppm is None else place(Fraction(chance_ppm, 1_000_000))
    return DrawLine(chance=edge, point=point, u=shown)
