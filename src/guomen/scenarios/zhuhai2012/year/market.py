"""
Who trades what on a day: enterprises with the licences that their flow asks for, and their goods.

Ready traders keep the law by construction; those who do not are chosen on purpose by ``problems``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TypeVar

import numpy as np

from guomen.core.severity import Outcome
from guomen.rulebooks.commodities import Group, of_group
from guomen.scenarios.zhuhai2012 import access
from guomen.scenarios.zhuhai2012.orders import orders
from guomen.scenarios.zhuhai2012.rows import EnterpriseRow, LicenceRow, Registers, SiteRow
from guomen.scenarios.zhuhai2012.year.flows import Flow
from guomen.scenarios.zhuhai2012.year.wheel import Wheel
from guomen.supervision.licences.models import Access
from guomen.supervision.licences.models import LicenceKind as Kind
from guomen.supervision.parties.models import SiteKind

_T = TypeVar("_T")

_TRIES = 20
_HUBS = 0.9

# What a flow's enterprise must hold, beside its right to declare, where it holds one at all.
_GATES = (
    Kind.DECLARATION_RIGHT,
    Kind.CONSIGNEE_FILING,
    Kind.FOOD_PLANT_FILING,
    Kind.EXPORT_QUALITY_LICENCE,
    Kind.BASE_FILING,
    Kind.FARM_REGISTRATION,
)
_WITH_PERMIT = frozenset({Group.MEAT, Group.FRUIT, Group.LIVE_ANIMALS, Group.SEEDLINGS})
_WITH_ACCESS = _WITH_PERMIT | {Group.AQUATIC}
_ABROAD = (Kind.OVERSEAS_EXPORTER_FILING, Kind.OVERSEAS_PLANT_REGISTRATION)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trader:
    """An enterprise in a flow: its site, its goods, what it holds."""

    row: EnterpriseRow
    site: SiteRow | None
    codes: Wheel[str]
    held: tuple[LicenceRow, ...]

    def ready(self, day: date) -> bool:
        """Tell whether everything it must hold is in force."""
        return self.row.registered <= day and all(
            licence.granted(day) for licence in self.held if licence.kind in _GATES
        )

    def permitted(self, hs_code: str, origin: str, day: date) -> bool:
        """Tell whether a quarantine permit covers goods and origin."""
        return any(
            licence.kind == Kind.QUARANTINE_PERMIT
            and licence.granted(day)
            and licence.covers(hs_code, origin)
            for licence in self.held
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """An enterprise abroad with what it holds here, and from when it is banned."""

    row: EnterpriseRow
    held: tuple[LicenceRow, ...]
    banned: date | None

    def ready(self, day: date) -> bool:
        """Tell whether its filing and registration are in force and nobody has banned it."""
        open_ = self.banned is None or day < self.banned
        return open_ and all(licence.granted(day) for licence in self.held)


class Origins:
    """Which origins are admitted for goods on a day: the longest listed prefix decides."""

    def __init__(self) -> None:
        """Index the access lists of the scenario."""
        self._answers: dict[tuple[str, str, date], Access | None] = {}
        self._by_origin: dict[str, list[tuple[str, Callable[[date], Access | None]]]] = {}
        for prefix, origin, history in access.origins():
            self._by_origin.setdefault(origin, []).append((prefix, history.on))

    def access(self, hs_code: str, origin: str, day: date) -> Access | None:
        """Return the state of access, or None for a pair that is not listed."""
        asked = (hs_code, origin, day)
        if asked not in self._answers:
            self._answers[asked] = self._look_up(hs_code, origin, day)
        return self._answers[asked]

    def _look_up(self, hs_code: str, origin: str, day: date) -> Access | None:
        listed = [
            (len(prefix), on(day))
            for prefix, on in self._by_origin.get(origin, ())
            if hs_code.startswith(prefix)
        ]
        return max(listed, key=lambda item: item[0])[1] if listed else None


class Market:
    """Everyone who trades in one flow."""

    def __init__(self, flow: Flow, registers: Registers, dice: np.random.Generator) -> None:
        """Find the traders and partners of a flow and rank them from hub to tail."""
        self.flow = flow
        self.origins = Origins()
        held: dict[int, list[LicenceRow]] = {}
        for licence in registers.licences:
            if licence.enterprise is not None:
                held.setdefault(licence.enterprise, []).append(licence)
        self._held = held
        self._sites = {site.enterprise: site for site in registers.sites}
        rows = [
            row for row in registers.in_cohort(*flow.cohorts) if set(row.groups) & set(flow.groups)
        ]
        self.traders = tuple(self._trader(rows[int(i)], dice) for i in dice.permutation(len(rows)))
        self._wheel = Wheel.zipf(self.traders, steepness=_HUBS)
        self.partners = self._partners(registers, dice)
        self._partner_wheel = Wheel.zipf(self.partners, steepness=_HUBS)
        self._bases = self._supply_bases(registers)
        self._stores = tuple(
            (site, licence)
            for site in registers.sites
            if site.kind == SiteKind.COLD_STORE
            for licence in registers.licences
            if licence.site == site.number
        )

    def _trader(self, row: EnterpriseRow, dice: np.random.Generator) -> Trader:
        goods = [c.hs_code for group in self.flow.groups for c in of_group(group)]
        site = self._sites.get(row.number)
        if site is not None and row.cohort != "centre":
            goods = [code for code in site.hs_codes if code in goods] or goods
        chosen = [goods[int(i)] for i in dice.permutation(len(goods))]
        return Trader(
            row=row,
            site=site,
            codes=Wheel.zipf(chosen[:16], steepness=0.7),
            held=tuple(self._held.get(row.number, ())),
        )

    def _partners(self, registers: Registers, dice: np.random.Generator) -> tuple[Partner, ...]:
        banned = {
            row.order.consignor: row.order.begins
            for row in orders(registers)
            if row.order.consignor is not None and row.order.effect is Outcome.REFUSE
        }
        rows = registers.in_cohort(self.flow.partners)
        return tuple(
            Partner(
                row=rows[int(i)],
                held=tuple(
                    licence
                    for licence in self._held.get(rows[int(i)].number, ())
                    if licence.kind in _ABROAD
                ),
                banned=banned.get(rows[int(i)].reference),
            )
            for i in dice.permutation(len(rows))
        )

    def _supply_bases(self, registers: Registers) -> tuple[Trader, ...]:
        """Return the bases from which a distribution centre takes its goods."""
        return tuple(trader for trader in self.traders if trader.row.cohort == "base")

    def trader(self, dice: np.random.Generator, day: date) -> Trader | None:
        """Return a trader that is ready on a day, or None when luck finds none."""
        return self._first(lambda: self._wheel.pick(dice), lambda t: t.ready(day))

    def partner(self, dice: np.random.Generator, day: date) -> Partner | None:
        """Return a partner abroad that is ready on a day; one in twelve does not ask."""
        careless = dice.random() < 1 / 12
        return self._first(
            lambda: self._partner_wheel.pick(dice),
            lambda p: p.ready(day) or (careless and p.banned is not None),
        )

    def supplier(self, trader: Trader, dice: np.random.Generator, day: date) -> Trader | None:
        """Return whose base the goods come from: the trader's own, or one that a centre buys of."""
        if trader.row.cohort != "centre":
            return trader
        ready = [base for base in self._bases if base.ready(day)]
        return ready[int(dice.integers(len(ready)))] if ready else None

    def store(self, dice: np.random.Generator, day: date) -> SiteRow:
        """Return a cold store whose filing is in force."""
        ready = [site for site, licence in self._stores if licence.granted(day)]
        return ready[int(dice.integers(len(ready)))]

    def revoked_store(self, day: date) -> SiteRow | None:
        """Return a cold store that lost its filing before a day, if there is one."""
        lost = (site for site, licence in self._stores if not licence.granted(day))
        return next(lost, None)

    def goods(
        self,
        source: Trader,
        trader: Trader,
        partner: Partner,
        *,
        dice: np.random.Generator,
        day: date,
    ) -> str | None:
        """Return an HS code that the trader may move between these parties on a day."""
        origin = partner.row.country if self.flow.direction == "import" else "CN"
        return self._first(
            lambda: source.codes.pick(dice),
            lambda code: self._lawful(trader, code, origin, day=day),
        )

    def _lawful(self, trader: Trader, hs_code: str, origin: str, *, day: date) -> bool:
        if self.flow.direction == "export":
            return True
        state = self.origins.access(hs_code, origin, day)
        if state in (Access.BANNED, Access.SUSPENDED):
            return False
        groups = set(self.flow.groups)
        if (
            groups & _WITH_ACCESS
            and hs_code[:2] in ("01", "02", "03", "06", "08")
            and state is None
        ):
            return False
        return not groups & _WITH_PERMIT or trader.permitted(hs_code, origin, day)

    @staticmethod
    def _first(pick: Callable[[], _T], fits: Callable[[_T], bool]) -> _T | None:
        for _ in range(_TRIES):
            found = pick()
            if fits(found):
                return found
        return None

    @cached_property
    def lost(self) -> Sequence[tuple[Trader, LicenceRow]]:
        """Return the traders that lost something they must hold, each with what it lost."""
        return [
            (trader, licence)
            for trader in self.traders
            for licence in trader.held
            if licence.kind in _GATES and licence.standing.changes
        ]
