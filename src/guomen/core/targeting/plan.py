"""
The plan of the day: at which chance a line is opened, so that each port opens what it can.

A port has two prices, of an inspector's minute and of a laboratory slot. A line whose value times
index exceeds what its check costs at those prices is opened; one below is opened at the floor,
which is never zero; between lies a narrow ramp. Checks that the law asks for come first and are
never thinned. Prices are those at which the expected load meets the capacity: the dual of the
linear programme "most value under capacity".
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, ClassVar, Final

import numpy as np

from guomen.core import canonical
from guomen.core.errors import GuomenError
from guomen.core.frequency import MILLION
from guomen.core.targeting.cells import Floats, Ints

FORMAT: Final = "guomen-plan-1"
# A price beyond every value: nothing is opened but by law and floor.
CLOSED: Final = 1e12
_STEPS = 60


class PlanError(GuomenError):
    """A plan cannot be made of, or read from, what was given."""

    code: ClassVar[str] = "targeting.plan"


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """What a port can do on a day: inspectors' minutes and laboratory slots."""

    minutes: float
    slots: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """
    What a plan follows besides the model; each is a setting of the rule book.

    ``floor_share`` of the capacity left by law is spread evenly; ``least_ppm`` is the least chance
    of any line; the ramp reaches ``band`` to either side of the price; ``travel`` is the share of
    time lost when an inspector goes to another port.
    """

    floor_share: float = 0.03
    least_ppm: int = 1_000
    band: float = 0.1
    z: float = 1.0
    travel: float = 0.25


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """
    The lines to be expected at one port: a row a line (or a kind of line).

    ``times`` is how often it comes on the day; ``value`` what a find is worth; ``chance`` and
    ``index`` (with the bonus) that it fails; ``lawful`` the chance of selection that law gives;
    ``minutes`` and ``slots`` what its check takes.
    """

    times: Floats
    value: Floats
    chance: Floats
    index: Floats
    lawful: Floats
    minutes: Floats
    slots: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """An expected load and its 95 % interval."""

    expected: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PortPlan:
    """
    Prices and floor of one port, and what they are expected to do.

    ``short`` says that law alone takes more than there is: then lines queue or become owed, and
    none is opened for its chance alone but by the floor.
    """

    port: str
    capacity: Capacity
    price_minute: float
    price_slot: float
    floor_ppm: int
    short: bool
    lines: float
    minutes: Load
    slots: Load
    lawful_minutes: float
    selected: float
    finds: float
    finds_lawful: float

    def chance(self, worth: Floats, minutes: Floats, slots: Floats, *, band: float) -> Floats:
        """Return the chance of selection of lines, as fractions; the law's share not in it."""
        cost = self.price_minute * minutes + self.price_slot * slots
        return ramp(worth, cost, self.floor_ppm / MILLION, band)


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """An option: minutes that would find more at another port, and what they would find."""

    source: str
    target: str
    minutes: float
    gain: float


@dataclass(frozen=True, kw_only=True)
class DayPlan:
    """A plan as an artefact: everything that chances follow from, but for the model's cells."""

    day: date
    model: str
    ports: Mapping[str, PortPlan]
    terms: Terms
    moves: tuple[Move, ...] = ()
    card: Mapping[str, Any] = field(default_factory=dict)

    def text(self) -> str:
        """Return the canonical text, which is what is hashed, stored and released."""
        return canonical.dumps(
            {
                "format": FORMAT,
                "day": self.day.isoformat(),
                "model": self.model,
                "terms": _plain(asdict(self.terms)),
                "ports": {name: _plain(asdict(port)) for name, port in self.ports.items()},
                "moves": [_plain(asdict(move)) for move in self.moves],
                "card": _plain(dict(self.card)),
            }
        )

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the text, hexadecimal."""
        return hashlib.sha256(self.text().encode()).hexdigest()


def read(text: str) -> DayPlan:
    """
    Return a plan from its text.

    :raises PlanError: if it is no plan of this format
    """
    try:
        value = canonical.loads(text)
        if value["format"] != FORMAT:
            raise PlanError(f"this plan has the format {value['format']!r}, not {FORMAT!r}")
        return DayPlan(
            day=date.fromisoformat(value["day"]),
            model=value["model"],
            terms=_numbers(Terms, value["terms"]),
            ports={name: _port(port) for name, port in value["ports"].items()},
            moves=tuple(_numbers(Move, move) for move in value["moves"]),
            card=value["card"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise PlanError(f"this is not a plan of the day: {error!r}") from error


def _numbers(kind: Any, value: Mapping[str, Any]) -> Any:
    """Return a record of names and numbers from what was written."""
    return kind(**{name: part if name in _TEXTS else _number(part) for name, part in value.items()})


_TEXTS = frozenset({"port", "source", "target"})
_PARTS = {"capacity": Capacity, "minutes": Load, "slots": Load}


def _port(value: Mapping[str, Any]) -> PortPlan:
    parts = {name: _numbers(kind, value[name]) for name, kind in _PARTS.items()}
    rest = {
        name: part if name in _TEXTS else _number(part)
        for name, part in value.items()
        if name not in _PARTS
    }
    return PortPlan(**rest, **parts)


def _plain(value: Any) -> Any:
    """Return a value as canonical JSON holds it: fractions as text of twelve digits."""
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, float):
        return f"{value:.12g}"
    return value


def _number(value: Any) -> Any:
    """Return a fraction that was written as text."""
    return float(value) if isinstance(value, str) else value


def ramp(worth: Floats, cost: Floats, floor: float, band: float) -> Floats:
    """Return the chance of lines worth so much whose check costs so much at today's prices."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(cost > 0, worth / cost, np.inf)
    share = np.clip((ratio - 1.0) / (2.0 * band) + 0.5, 0.0, 1.0)
    chance: Floats = floor + (1.0 - floor) * share
    return chance


def port_plan(
    port: str,
    forecast: Forecast,
    capacity: Capacity,
    *,
    terms: Terms,
    day_spread: float = 0.0,
) -> PortPlan:
    """
    Return the prices of one port at which its expected load meets its capacity.

    :param day_spread: how much the number of lines varies from day to day, as a share of its mean
    :raises PlanError: if a capacity is negative or a forecast has no number
    """
    _check(forecast, capacity)
    f = forecast
    lawful_minutes = float((f.times * f.lawful * f.minutes).sum())
    lawful_slots = float((f.times * f.lawful * f.slots).sum())
    short = lawful_minutes > capacity.minutes or lawful_slots > capacity.slots
    floor = _floor(f, capacity, lawful_minutes, terms)
    prices = (CLOSED, CLOSED) if short else _prices(f, capacity, floor, terms.band)
    chance = _chances(f, prices, floor, terms.band)
    discovered = f.times * f.chance
    return PortPlan(
        port=port,
        capacity=capacity,
        price_minute=prices[0],
        price_slot=prices[1],
        floor_ppm=round(floor * MILLION),
        short=short,
        lines=float(f.times.sum()),
        minutes=_load(f.times, chance, f.minutes, day_spread),
        slots=_load(f.times, chance, f.slots, day_spread),
        lawful_minutes=lawful_minutes,
        selected=float((f.times * chance).sum()),
        finds=float((discovered * chance).sum()),
        finds_lawful=float((discovered * f.lawful).sum()),
    )


def _check(forecast: Forecast, capacity: Capacity) -> None:
    if not (capacity.minutes >= 0 and capacity.slots >= 0):
        raise PlanError("a capacity is a number of minutes and of slots, zero or more")
    for name in Forecast.__dataclass_fields__:
        values = getattr(forecast, name)
        if not np.isfinite(values).all() or (values < 0).any():
            raise PlanError(f"the forecast has {name} that is no number of zero or more")


def _floor(f: Forecast, capacity: Capacity, lawful: float, terms: Terms) -> float:
    """Return the chance that spreads the floor's share of what law leaves; never zero."""
    least = terms.least_ppm / MILLION
    need = float((f.times * f.minutes).sum())
    spare = max(capacity.minutes - lawful, 0.0)
    floor = min(terms.floor_share * spare / need, 1.0) if need > 0 else least
    if float((f.times * np.maximum(f.lawful, floor) * f.slots).sum()) > capacity.slots:
        floor = least
    return round(max(floor, least) * MILLION) / MILLION


def _chances(f: Forecast, prices: tuple[float, float], floor: float, band: float) -> Floats:
    cost = prices[0] * f.minutes + prices[1] * f.slots
    return np.maximum(f.lawful, ramp(f.value * f.index, cost, floor, band))


def _prices(f: Forecast, capacity: Capacity, floor: float, band: float) -> tuple[float, float]:
    """Return the least prices at which neither load exceeds its capacity."""

    def loads(prices: tuple[float, float]) -> tuple[float, float]:
        opened = f.times * _chances(f, prices, floor, band)
        return float(opened @ f.minutes), float(opened @ f.slots)

    def of_minutes(slot: float) -> float:
        return _least(lambda price: loads((price, slot))[0] <= capacity.minutes)

    slot = _least(lambda price: loads((of_minutes(price), price))[1] <= capacity.slots)
    return of_minutes(slot), slot


def _least(enough: Any) -> float:
    """Return the least price that is enough, to about twelve digits; 0 where none is needed."""
    if enough(0.0):
        return 0.0
    low, high = 1e-12, CLOSED
    if not enough(high):
        return CLOSED
    for _ in range(_STEPS):
        middle = (low * high) ** 0.5
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _load(times: Floats, chance: Floats, cost: Floats, spread: float) -> Load:
    """
    Return the expected load: selection by lot (Poisson arrivals) and a busy or quiet day.
    """
    expected = float((times * chance * cost).sum())
    variance = float((times * chance * cost**2).sum()) + (spread * expected) ** 2
    reach = 1.96 * variance**0.5
    return Load(expected=expected, low=max(expected - reach, 0.0), high=expected + reach)


def moves(
    ports: Mapping[str, PortPlan], *, terms: Terms, minutes: float = 60.0
) -> tuple[Move, ...]:
    """
    Return where an hour of inspection would find more than where it is, best first.

    Gains are at the margin: value of finds, after the time lost on the way.
    """
    found = [
        Move(
            source=a.port,
            target=b.port,
            minutes=minutes,
            gain=minutes * (b.price_minute * (1 - terms.travel) - a.price_minute),
        )
        for a in ports.values()
        for b in ports.values()
        if a.port != b.port and not a.short and not b.short
        and a.minutes.expected - a.lawful_minutes >= minutes
        and b.price_minute * (1 - terms.travel) > a.price_minute
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda move: -move.gain)[:20])


def ppm(chance: Floats) -> Ints:
    """Return chances in whole parts per million, never zero."""
    return np.clip(np.rint(chance * MILLION), 1, MILLION).astype(np.int64)
