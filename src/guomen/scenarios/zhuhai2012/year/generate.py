"""
A year of declarations, drawn from a seed: the same seed gives the same year, line for line.

Each declaration is what a declarant would send, in the columns of the intake; what is true of it
travels beside. Not for deciding anything.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from guomen.rulebooks.calendar import is_workday
from guomen.rulebooks.commodities import BY_CODE, HAZARDS, Group
from guomen.rulebooks.places import ZHUHAI_PORTS
from guomen.scenarios.zhuhai2012.dice import stream
from guomen.scenarios.zhuhai2012.registers import registers
from guomen.scenarios.zhuhai2012.rows import Registers
from guomen.scenarios.zhuhai2012.standing import quality
from guomen.scenarios.zhuhai2012.year import outbreaks, problems
from guomen.scenarios.zhuhai2012.year.flows import FLOWS, Flow
from guomen.scenarios.zhuhai2012.year.market import Market, Partner, Trader
from guomen.scenarios.zhuhai2012.year.truth import AT_THE_DOOR, LineTruth, Lodging, Problem
from guomen.scenarios.zhuhai2012.year.wheel import Wheel

FIRST_DAY = date(2011, 5, 25)
#: The year ends on the morning of the day of the article.
END = datetime(2012, 5, 24, 8, 30, tzinfo=ZoneInfo("Asia/Shanghai"))

_ZONE = ZoneInfo("Asia/Shanghai")
_DAYS = 366
_MOST_LINES = 8
_TRANSPORT = {port.unlocode: port.transport for port in ZHUHAI_PORTS}
# Monday to Sunday, for goods that cross every day.
_WEEK = (1.05, 0.95, 0.95, 1.0, 1.15, 1.1, 0.8)
_AGENT_SHARE = 0.55
_THROUGH_HONG_KONG = 0.3
_RELODGED = 0.004
_SPREAD = 0.6
# Some deals fall through for want of a licence, some declarations run out of different goods.
_MAKE_UP = 1.12

# Median amount and price of goods that differ from their flow.
_AMOUNTS = {
    "0102290000": (12.0, 9_500.0),
    "0104209000": (60.0, 1_100.0),
    "0105949000": (1_800.0, 34.0),
    "0105991000": (1_200.0, 31.0),
    "5208390000": (8_000.0, 15.0),
    "8443321000": (600.0, 480.0),
    "8518300000": (5_000.0, 45.0),
    "9018193000": (2.0, 60_000.0),
    "9503001000": (900.0, 95.0),
}


def declarations(seed: int) -> Iterator[Lodging]:
    """Yield every declaration of the year in the order of receipt, about 60,000 lines."""
    everything = registers(seed)
    lodgings: list[Lodging] = []
    for flow in FLOWS:
        lodgings.extend(_Year(flow, everything, seed).lodgings())
    lodgings.extend(_relodged(lodgings, stream(seed, "relodged")))
    lodgings.sort(key=lambda lodging: (lodging.received_at, lodging.rows[0]["declaration"]))
    yield from (lodging for lodging in lodgings if lodging.received_at < END)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Deal:
    """Who declares to whom, where and when."""

    trader: Trader
    source: Trader
    partner: Partner
    received_at: datetime
    number: str
    problem: Problem | None

    @property
    def day(self) -> date:
        """Return the day of the deal in the zone of the bureau."""
        return self.received_at.astimezone(_ZONE).date()


class _Year:
    """One flow through the year."""

    def __init__(self, flow: Flow, everything: Registers, seed: int) -> None:
        self.flow = flow
        self.dice = stream(seed, f"flow {flow.name}")
        self.outbreak_dice = stream(seed, f"outbreaks {flow.name}")
        self.market = Market(flow, everything, self.dice)
        self.worth = quality(seed, everything.enterprises)
        self.serial = 0
        self.ports = Wheel.of(flow.ports)
        self.destinations = Wheel.of(flow.destinations)
        agents = [row.code for row in everything.in_cohort("agent") if row.number % 20]
        self.agents = Wheel.zipf(agents, steepness=1.0)
        found = problems.planters(flow, everything)
        self.planters = Wheel(list(found), [weight for _, weight, _, _ in found])
        self.blacklisted = {
            everything.enterprises[number - 1].code: day for number, day, _ in everything.blacklist
        }
        self.code = f"{FLOWS.index(flow):02d}"

    def lodgings(self) -> Iterator[Lodging]:
        """Yield the declarations of the flow, day by day."""
        days = [FIRST_DAY + timedelta(days=i) for i in range(_DAYS)]
        weights = np.array([self._weight(day) for day in days])
        rates = weights / weights.sum() * self.flow.lines / self.flow.size * _MAKE_UP
        for day, count in zip(days, self.dice.poisson(rates), strict=True):
            for _ in range(int(count)):
                deal = self._deal(day)
                lodging = None if deal is None else self._lodging(deal)
                if lodging is not None:
                    yield lodging

    def _weight(self, day: date) -> float:
        season = self.flow.months[day.month - 1]
        if self.flow.daily:
            return season * _WEEK[day.weekday()]
        return season if is_workday(day, "mainland") else 0.0

    def _moment(self, day: date) -> datetime:
        # Fresh goods are declared before dawn and through the morning.
        first, last = (4.0, 12.0) if self.flow.daily else (8.5, 17.5)
        seconds = (first + (last - first) * self.dice.beta(1.6, 2.2)) * 3600
        return datetime.combine(day, time(), tzinfo=_ZONE) + timedelta(seconds=int(seconds))

    def _deal(self, day: date) -> _Deal | None:
        planted = self.dice.random() < problems.CHANCE / 4
        lost = problems.trader_problem(self.market, self.dice, day) if planted else None
        trader = lost[0] if lost else self.market.trader(self.dice, day)
        partner = self.market.partner(self.dice, day)
        source = None if trader is None else self.market.supplier(trader, self.dice, day)
        if trader is None or partner is None or source is None:
            return None
        self.serial += 1
        return _Deal(
            trader=trader,
            source=source,
            partner=partner,
            received_at=self._moment(day),
            number=f"E-{day:%Y%m%d}-{self.code}{self.serial:05d}",
            problem=lost[1] if lost else None,
        )

    def _lodging(self, deal: _Deal) -> Lodging | None:
        codes = self._codes(deal)
        if not codes and deal.problem is not None:
            codes = [deal.source.codes.pick(self.dice)]
        if not codes:
            return None
        shared = self._shared(deal)
        rows = [
            shared | self._line(deal, code, number) for number, code in enumerate(codes, start=1)
        ]
        return self._planted(deal, rows)

    def _codes(self, deal: _Deal) -> list[str]:
        """Return the different codes of a declaration; fewer than drawn where goods run out."""
        drawn = int(self.dice.geometric(1 / self.flow.size))
        count = min(_MOST_LINES, drawn, len(deal.source.codes.items))
        codes: list[str] = []
        for _ in range(3 * count):
            code = self.market.goods(
                deal.source, deal.trader, deal.partner, dice=self.dice, day=deal.day
            )
            if code is not None and code not in codes:
                codes.append(code)
            if len(codes) == count:
                break
        return codes

    def _shared(self, deal: _Deal) -> dict[str, Any]:
        port = self.ports.pick(self.dice)
        imports = self.flow.direction == "import"
        through = imports and self.dice.random() < _THROUGH_HONG_KONG
        agent = self.agents.pick(self.dice) if self.dice.random() < _AGENT_SHARE else "SELF"
        sea = _TRANSPORT[port] == "sea"
        serial = f"{self.code}{self.serial:05d}"
        papers = list(self.flow.documents)
        if through and Group.MEAT in self.flow.groups:
            papers.append("pre_inspection")
        return {
            "declaration": deal.number,
            "direction": self.flow.direction,
            "enterprise": deal.trader.row.code,
            "agent": agent,
            "port": port,
            "transport": _TRANSPORT[port],
            "transit_via": "HK" if through else "NONE",
            "consignor": deal.partner.row.code,
            "destination": self.destinations.pick(self.dice),
            "site": self._site(deal),
            "transport_document": f"{'BL' if sea else 'WB'}{deal.day:%y%m%d}{serial}",
            "container": f"GMDU{serial}" if sea else None,
            "seal": f"CIQ{deal.day:%y%m}{serial}",
            "documents": ";".join(papers),
        }

    def _site(self, deal: _Deal) -> str | None:
        if Group.MEAT in self.flow.groups:
            return self.market.store(self.dice, deal.day).number
        if self.flow.direction == "export" and deal.source.site is not None:
            return deal.source.site.number
        return None

    def _line(self, deal: _Deal, code: str, number: int) -> dict[str, Any]:
        commodity = BY_CODE[code]
        amount, price = _AMOUNTS.get(code, (self.flow.amount, self.flow.price))
        whole = commodity.unit not in ("KGM", "LTR")
        drawn = amount * math.exp(self.dice.normal(scale=_SPREAD))
        quantity = max(1, round(drawn)) if whole else max(1.0, round(drawn, 1))
        value = quantity * price * math.exp(self.dice.normal(scale=0.2))
        age = self.flow.age_days
        produced = (
            None
            if age is None
            else deal.day - timedelta(days=int(self.dice.integers(age // 2, age + 1)))
        )
        imports = self.flow.direction == "import"
        return {
            "line": number,
            "goods": commodity.name.zh,
            "hs_code": code,
            "origin": deal.partner.row.country if imports else "CN",
            "quantity": f"{quantity}",
            "unit": commodity.unit,
            "units_in_lot": quantity if whole else max(1, round(quantity / 15)),
            "value_cny": f"{max(value, 1):.2f}",
            "produced_on": produced,
            "lot": f"L{deal.day:%y%m%d}{self.code}{self.serial:05d}N{number}",
        }

    def _planted(self, deal: _Deal, rows: list[dict[str, Any]]) -> Lodging:
        found: list[Problem | None] = [deal.problem] * len(rows)
        since = self.blacklisted.get(deal.trader.row.code)
        if since is not None and since <= deal.day:
            found = [Problem.BLACKLISTED] * len(rows)
        if deal.problem is None and self.dice.random() < problems.CHANCE:
            self._plant(rows, found)
        truths = tuple(
            LineTruth(
                flow=self.flow.name,
                problem=problem,
                fault=self._fault(deal, row, problem),
                luck=float(self.dice.random()),
            )
            for row, problem in zip(rows, found, strict=True)
        )
        return Lodging(rows=tuple(rows), received_at=deal.received_at, truths=truths)

    def _plant(self, rows: list[dict[str, Any]], found: list[Problem | None]) -> None:
        problem, _, plant, whole = self.planters.pick(self.dice)
        # What is refused at the door takes the whole declaration with it: only small ones.
        if problem in AT_THE_DOOR and len(rows) > 2:
            return
        # A declaration's problem reads the same on every line, so every line sees the same dice.
        seed = int(self.dice.integers(2**32))
        targets = range(len(rows)) if whole else [int(self.dice.integers(len(rows)))]
        for index in targets:
            if plant(rows[index], np.random.Generator(np.random.PCG64(seed))):
                found[index] = problem

    def _fault(self, deal: _Deal, row: dict[str, Any], problem: Problem | None) -> str | None:
        own = self._own_fault(deal, row["hs_code"], problem)
        place = self.flow.direction, row["hs_code"], row["origin"]
        return outbreaks.hazard(*place, deal.day, dice=self.outbreak_dice) or own

    def _own_fault(self, deal: _Deal, code: str, problem: Problem | None) -> str | None:
        hazards = _hazards(code)
        odds = (
            self.flow.fault
            - 0.7 * self.worth[deal.trader.row.number]
            - 0.5 * self.worth[deal.partner.row.number] * (self.flow.direction == "import")
            - 0.4 * self.worth[deal.source.row.number] * (deal.source is not deal.trader)
            + 0.25 * (len(hazards) - 3)
            + (0.5 if self.flow.daily and deal.day.month in (6, 7, 8) else 0.0)
            + (0.8 if problem is not None else 0.0)
        )
        if self.dice.random() >= 1 / (1 + math.exp(-odds)):
            return None
        return hazards[int(self.dice.integers(len(hazards)))] if hazards else "quality"


@cache
def _hazards(code: str) -> tuple[str, ...]:
    return tuple(h.code for h in HAZARDS if code.startswith(h.hs_prefixes))


def _relodged(lodgings: list[Lodging], dice: np.random.Generator) -> list[Lodging]:
    """Return declarations of the same goods under a new number, some days later."""
    again: list[Lodging] = []
    for lodging in lodgings:
        clean = all(truth.problem is None for truth in lodging.truths)
        if not clean or dice.random() >= _RELODGED:
            continue
        later = timedelta(days=1 + int(dice.integers(5)), minutes=int(dice.integers(90)))
        number = lodging.rows[0]["declaration"].replace("E-", "R-")
        truths = tuple(
            LineTruth(flow=truth.flow, problem=Problem.RELODGED, fault=truth.fault, luck=truth.luck)
            for truth in lodging.truths
        )
        again.append(
            Lodging(
                rows=tuple({**row, "declaration": number} for row in lodging.rows),
                received_at=lodging.received_at + later,
                truths=truths,
            )
        )
    return again
