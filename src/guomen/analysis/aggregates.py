"""
The aggregates of history, each written once, for any engine. Not for drawing or judging them.

Results are weighted by how likely they were to be seen: an examined line stands for ``1 / chance``
lines like it, at most ``cap``. Weights are whole thousandths, so that sums are equal on every
engine and in every order of rows. Lines that nobody examined by the draw are censored and counted
apart; they are never taken for clean.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeVar

import ibis
from ibis import _
from ibis.expr.types import Table

from guomen.analysis.history import Standing

#: An examined line stands for at most so many: a bound on what one lucky find can say.
CAP = 50
#: Weights are counted in so many parts.
PARTS = 1_000
_PPM = 1_000_000
T = TypeVar("T")

MEASURES: Mapping[str, Any] = MappingProxyType(
    {
        "lines": _.count(),
        "examined": _.examined.sum(),
        "failed": _.found.sum(),
        # Weighted: examined lines, failed lines, and the sum of squares for the effective number.
        "weight": _.weight.sum(),
        "weight_failed": (_.weight * _.found).sum(),
        "weight_squared": (_.weight * _.weight).sum(),
        "value_fen": _.value_fen.sum(),
    }
)


def weighted(lines: Table, *, cap: int = CAP) -> Table:
    """
    Add ``week`` (its Monday), ``month``, ``examined``, ``found`` (0 or 1) and ``weight``.

    An examined line without a finding (the result is not known) is not examined here.
    """
    known = (_.standing == Standing.EXAMINED.value) & _.failed.notnull() & (_.chance_ppm > 0)
    capped = ibis.least((PARTS * _PPM / _.chance_ppm).floor().cast("int64"), cap * PARTS)
    return lines.mutate(
        week=_.day.truncate("W").cast("date"),
        month=_.day.truncate("M").cast("date"),
        examined=ibis.ifelse(known, 1, 0).cast("int64"),
        found=ibis.ifelse(known & _.failed, 1, 0).cast("int64"),
        weight=ibis.ifelse(known, capped, 0).cast("int64"),
    )


def by(lines: Table, keys: Sequence[str], *, cap: int = CAP) -> Table:
    """Return the measures of every combination of keys that occurs, in the order of the keys."""
    return weighted(lines, cap=cap).group_by(list(keys)).agg(**MEASURES).order_by(list(keys))


def weekly(lines: Table, keys: Sequence[str], *, cap: int = CAP) -> Table:
    """Return the weekly series of every combination of keys: what early warning watches."""
    return by(lines, [*keys, "week"], cap=cap)


def heat(lines: Table) -> Table:
    """Return commodity group × origin: where goods fail."""
    return by(lines, ["direction", "group", "origin"])


def ports(lines: Table) -> Table:
    """Return port × month: load and finds."""
    return by(lines, ["port", "month"])


def standings(lines: Table) -> Table:
    """Return how many lines can say something, and why the others cannot, a row a month."""
    return (
        weighted(lines)
        .group_by(["month", "standing"])
        .agg(lines=_.count())
        .order_by(["month", "standing"])
    )


def chances(lines: Table) -> Table:
    """Return examined lines and finds by decade of the chance with which they were drawn."""
    band = ibis.cases(
        *((_.chance_ppm <= top, top) for top in (10_000, 50_000, 100_000, 300_000, 999_999)),
        else_=_PPM,
    )
    return (
        weighted(lines)
        .mutate(band=band.cast("int64"))
        .group_by("band")
        .agg(**MEASURES)
        .order_by("band")
    )


#: Every aggregate by its name, as commands and tests ask for them.
AGGREGATES: Mapping[str, Callable[[Table], Table]] = MappingProxyType(
    {
        "products": lambda lines: weekly(lines, ["direction", "hs6", "origin"]),
        "groups": lambda lines: weekly(lines, ["direction", "group", "origin"]),
        "enterprises": lambda lines: weekly(lines, ["enterprise"]),
        "port_weeks": lambda lines: weekly(lines, ["port"]),
        "heat": heat,
        "ports": ports,
        "standings": standings,
        "chances": chances,
    }
)

#: Aggregates over the tests of the laboratory.
TEST_AGGREGATES: Mapping[str, Callable[[Table], Table]] = MappingProxyType(
    {
        "hazards": lambda tests: weekly(tests, ["direction", "hs6", "origin", "hazard"]),
        "laboratories": lambda tests: weekly(tests, ["laboratory", "hazard"]),
    }
)
