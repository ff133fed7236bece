"""
Exports that are declared where they are made, and leave by the port of another office.

Of the fresh goods for Macao and Hong Kong one declaration in so many is handed to the office at
home; it inspects and loads them, and transfers them to the office at the port. The others are
declared at the port.
"""

from __future__ import annotations

from datetime import timedelta

from guomen.scenarios.zhuhai2012.organisation import AGENCIES
from guomen.scenarios.zhuhai2012.registers import registers
from guomen.scenarios.zhuhai2012.year.generate import END
from guomen.scenarios.zhuhai2012.year.truth import Lodging

_FRESH = frozenset({"vegetables out", "fruit out", "animals out", "fish out"})
_ONE_IN, _ONE_IN_AT_LAST = 40, 3
# On the last days there are more of them, so that some are on their way on the last morning.
_LAST = timedelta(days=2)


class Offices:
    """Where traders are at home, and which office watches a port."""

    def __init__(self, seed: int) -> None:
        """Read the registers of the scenario."""
        self.home = {row.code: row.agency for row in registers(seed).enterprises}
        self.watching = {port: row.code for row in AGENCIES for port in row.ports}

    def of(self, lodging: Lodging) -> str | None:
        """Return the office at home that takes a declaration; None where the port's does."""
        first = lodging.rows[0]
        often = _ONE_IN_AT_LAST if lodging.received_at > END - _LAST else _ONE_IN
        if lodging.truths[0].flow not in _FRESH or int(first["declaration"][-5:]) % often:
            return None
        home, port = self.home.get(first["enterprise"]), self.watching.get(first["port"])
        return home if home != port and self.watching_any(home) else None

    def watching_any(self, office: str | None) -> bool:
        """Tell whether an office is a branch that watches a port."""
        return office in self.watching.values()
