"""What ports can do, as pages show it: what holds, what held before, which port has none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from guomen.supervision.agencies import queries as agencies
from guomen.supervision.parties import queries as parties
from guomen.supervision.targeting import queries
from guomen.supervision.targeting.models import PortCapacity


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """A port with the capacity that holds on a day, and every figure ever recorded for it."""

    port: str
    agency: str
    now: PortCapacity | None
    history: Sequence[PortCapacity]


def ports(path: str, *, on: date) -> list[Port]:
    """Return the ports of an agency's subtree, those without a capacity first. Three queries."""
    offices = {code for code, a in agencies.agencies().items() if a.path.startswith(path)}
    known: dict[str, list[PortCapacity]] = {}
    for row in queries.ports_of(path).order_by("port", "-begins", "-recorded_at"):
        known.setdefault(row.port, []).append(row)
    rows = parties.port_facts().filter(pl.col("agency").is_in(offices)).sort("port")
    found = [
        Port(
            port=port,
            agency=agency,
            now=next((row for row in known.get(port, ()) if _holds(row, on)), None),
            history=known.get(port, ()),
        )
        for port, agency in rows.select("port", "agency").iter_rows()
    ]
    return sorted(found, key=lambda one: (one.now is not None, one.port))


def _holds(row: PortCapacity, day: date) -> bool:
    return row.superseded_at is None and row.begins <= day and (row.ends is None or day < row.ends)
