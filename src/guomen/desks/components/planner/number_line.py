"""
The geometry of a verdict: one line with the limit, the zones of the rule, and the result on it.

Positions are percentages of the width. Nothing is decided here: the zones are those of the rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from guomen.core.conformity import LimitKind
from guomen.journeys.judging import Answer

_ROOM = Decimal("0.12")  # of the width, kept free beyond what is drawn
_LEFT_ROOM, _RIGHT_ROOM = 18, 82


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A position with its words."""

    x: str
    says: str
    anchor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A stretch of the line: accepted, refused or open."""

    x: str
    width: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberLine:
    """What is drawn; ``span`` is the interval of the result, ``open_end`` where it does not end."""

    zones: tuple[Zone, ...]
    limits: tuple[Place, ...]
    guards: tuple[Place, ...]
    point: Place | None
    span: tuple[str, str] | None
    open_end: str
    low: str
    high: str
    unit: str
    guarded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scale:
    low: Decimal
    high: Decimal

    def at(self, value: Decimal) -> float:
        """Return the place of a value in percent, held within the line."""
        share = (value - self.low) / (self.high - self.low)
        return float(min(max(share, Decimal(0)), Decimal(1))) * 100.0

    def place(self, value: Decimal, says: str) -> Place:
        """Return a value with its words, anchored where they have room."""
        at = self.at(value)
        anchor = "start" if at < _LEFT_ROOM else "end" if at > _RIGHT_ROOM else "middle"
        return Place(x=f"{at:.3f}%", says=says, anchor=anchor)


def draw(answer: Answer) -> NumberLine | None:
    """Lay out a verdict; None where there is nothing to measure along."""
    limit, measured = answer.limit, answer.measured
    if limit is None or measured is None:
        return None
    ends = [end for end in (limit.lower, limit.upper) if end is not None]
    number = measured.value if measured.value is not None else measured.bound or measured.number
    seen = [*ends, *([number] if number is not None else [])]
    if not seen or (not ends and limit.kind is not LimitKind.ABSENT):
        return None
    scale = _scale(answer, seen)
    accept, reject = answer.accept or Decimal(0), answer.reject or Decimal(0)
    known = answer.accept is not None and answer.reject is not None
    return NumberLine(
        zones=_zones(answer, scale, accept, reject) if known or measured.bound is not None else (),
        limits=tuple(scale.place(end, f"{end:f}") for end in ends),
        guards=_guards(answer, scale),
        point=None if number is None else scale.place(number, answer_text(answer, number)),
        span=_span(answer, scale, number),
        open_end={"below": "left", "above": "right"}.get(_side(answer), ""),
        low=_short(scale.low),
        high=_short(scale.high),
        unit=limit.unit,
        guarded=bool(known and (accept or reject)),
    )


def answer_text(answer: Answer, number: Decimal) -> str:
    """Write the result as a reader expects it on the line."""
    sign = {"below": "< ", "above": "> "}.get(_side(answer), "")
    return f"{sign}{_short(number)}"


def _side(answer: Answer) -> str:
    measured = answer.measured
    if measured is None or measured.value is not None:
        return ""
    return "below" if measured.bound is not None else "above"


def _scale(answer: Answer, seen: list[Decimal]) -> _Scale:
    measured, limit = answer.measured, answer.limit
    assert measured is not None  # noqa: S101 - drawn only with both
    assert limit is not None  # noqa: S101
    spread = measured.expanded or Decimal(0)
    guard = max(abs(answer.accept or Decimal(0)), abs(answer.reject or Decimal(0)))
    low, high = min(seen), max(seen)
    low, high = low - max(spread, guard), high + max(spread, guard)
    from_zero = low >= 0 and (limit.lower is None or high - low > high / 2)
    room = (high - (Decimal(0) if from_zero else low)) * _ROOM or Decimal(1)
    bottom = Decimal(0) if from_zero or (low - room < 0 <= min(seen)) else low - room
    step = Decimal(1).scaleb((high + room - bottom).adjusted() - 1)
    return _Scale(
        low=(bottom / step).to_integral_value(ROUND_FLOOR) * step,
        high=((high + room) / step).to_integral_value(ROUND_CEILING) * step,
    )


def _zones(answer: Answer, scale: _Scale, accept: Decimal, reject: Decimal) -> tuple[Zone, ...]:
    limit = answer.limit
    assert limit is not None  # noqa: S101 - drawn only with one
    if limit.kind is LimitKind.ABSENT:
        return ()
    found = _stretch(scale, limit.lower, limit.upper, accept, reject)
    return tuple(zone for zone in found if zone is not None)


def _stretch(
    scale: _Scale,
    lower: Decimal | None,
    upper: Decimal | None,
    accept: Decimal,
    reject: Decimal,
) -> list[Zone | None]:
    """Return the stretches from left to right: refused, open, accepted, open, refused."""
    begin = scale.low if lower is None else lower + accept
    end = scale.high if upper is None else upper - accept
    zones = [_zone(scale, begin, end, "accepted")]
    if lower is not None:
        zones.append(_zone(scale, lower - reject, lower + accept, "open"))
        zones.append(_zone(scale, scale.low, lower - reject, "refused"))
    if upper is not None:
        zones.append(_zone(scale, upper - accept, upper + reject, "open"))
        zones.append(_zone(scale, upper + reject, scale.high, "refused"))
    return zones


def _zone(scale: _Scale, begin: Decimal, end: Decimal, kind: str) -> Zone | None:
    left, right = scale.at(begin), scale.at(end)
    if right - left < 0.01:
        return None
    return Zone(x=f"{left:.3f}%", width=f"{right - left:.3f}%", kind=kind)


def _guards(answer: Answer, scale: _Scale) -> tuple[Place, ...]:
    limit, accept = answer.limit, answer.accept
    if limit is None or not accept:
        return ()
    places = []
    if limit.upper is not None:
        places.append(scale.place(limit.upper - accept, _short(limit.upper - accept)))
    if limit.lower is not None:
        places.append(scale.place(limit.lower + accept, _short(limit.lower + accept)))
    return tuple(places)


def _span(answer: Answer, scale: _Scale, number: Decimal | None) -> tuple[str, str] | None:
    """Return the ends of the interval in which the value lies."""
    measured = answer.measured
    if measured is None or number is None:
        return None
    side = _side(answer)
    if side:
        ends = (scale.low, number) if side == "below" else (number, scale.high)
    elif measured.expanded is not None:
        ends = (number - measured.expanded, number + measured.expanded)
    else:
        return None
    return f"{scale.at(ends[0]):.3f}%", f"{scale.at(ends[1]):.3f}%"


def _short(number: Decimal) -> str:
    """Write a number with at most four significant digits after those that are whole."""
    text = f"{number:.4g}"
    return f"{Decimal(text):f}"
