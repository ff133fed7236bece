"""
Which limit applies: the closest group of the commodity, on the day, in the market.

A limit on "food/dairy" binds "food/dairy/milk" unless that has a limit of its own
in force. Two limits equally close on one day are a fault of the book and raise.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import ClassVar

from guomen.core.conformity.model import Limit
from guomen.core.errors import GuomenError


class LimitMissing(GuomenError):
    """No limit applies to a commodity, analyte, market and day."""

    code: ClassVar[str] = "conformity.limit-missing"


class LimitAmbiguous(GuomenError):
    """Two limits apply equally closely on the same day."""

    code: ClassVar[str] = "conformity.limit-ambiguous"


def ancestors(commodity: str) -> Iterator[str]:
    """
    Yield a commodity and its groups, closest first.

    >>> list(ancestors("food/dairy/milk"))
    ['food/dairy/milk', 'food/dairy', 'food']
    """
    parts = commodity.split("/")
    for end in range(len(parts), 0, -1):
        yield "/".join(parts[:end])


def find_limit(
    limits: Iterable[Limit], *, commodity: str, analyte: str, market: str, on: date
) -> Limit:
    """
    Return the closest limit in force.

    :raises LimitMissing: if none applies; no neighbour, successor or other market is taken
    :raises LimitAmbiguous: if two are equally close
    """
    candidates = [
        limit
        for limit in limits
        if limit.analyte == analyte and limit.market == market and limit.in_force(on)
    ]
    position = closest(candidates, commodity=commodity)
    if position is None:
        raise LimitMissing(
            f"No limit for {analyte} in {commodity} ({market}) holds on {on}: add one to the rule "
            "book with its date and source, or check the commodity, analyte and market.",
            commodity=commodity,
            analyte=analyte,
            market=market,
            on=on,
        )
    return candidates[position]


def closest(candidates: Sequence[Limit], *, commodity: str) -> int | None:
    """
    Return the position of the closest of limits that hold together, or None.

    :raises LimitAmbiguous: if two are equally close
    """
    for group in ancestors(commodity):
        found = [k for k, limit in enumerate(candidates) if limit.commodity == group]
        if len(found) > 1:
            first = candidates[found[0]]
            raise LimitAmbiguous(
                f"{len(found)} limits for {first.analyte} in {group} ({first.market}) hold on the "
                "same day: end one where the other begins.",
                commodity=group,
                analyte=first.analyte,
                market=first.market,
                bases=[candidates[k].basis for k in found],
            )
        if found:
            return found[0]
    return None


def timeline(
    limits: Sequence[Limit], *, commodity: str, analyte: str, market: str
) -> list[tuple[date, int | None]]:
    """
    Return from which day which limit applies, as positions in `limits`, in order.

    :raises LimitAmbiguous: if two are equally close on some day
    """
    groups = set(ancestors(commodity))
    mine = [
        k
        for k, limit in enumerate(limits)
        if limit.analyte == analyte and limit.market == market and limit.commodity in groups
    ]
    days = {limits[k].begins for k in mine} | {end for k in mine if (end := limits[k].ends)}
    line: list[tuple[date, int | None]] = []
    for day in sorted(days):
        held = [k for k in mine if limits[k].in_force(day)]
        position = closest([limits[k] for k in held], commodity=commodity)
        chosen = None if position is None else held[position]
        if not line or line[-1][1] != chosen:
            line.append((day, chosen))
    return line
