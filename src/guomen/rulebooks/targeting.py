"""
Settings of targeting: cells, how fast they fade, values, costs, floor, how long a plan holds.

Every number is a choice of this system and marked so. Not for lawful minimum shares (``rates``).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import TypeVar

from guomen.core.targeting.cells import Level, Scheme
from guomen.core.targeting.plan import Terms
from guomen.core.targeting.ranker import Settings
from guomen.rulebooks.clauses import HOUSE_RULE
from guomen.rulebooks.dated import Dated

T = TypeVar("T")
_PLAN = HOUSE_RULE.cite("研判方案 / plan of the day", "default")


def _dated(value: T, *, unit: str | None = None) -> Dated[T]:
    return Dated(
        value=value,
        unit=unit,
        begins=_PLAN.begins,
        source=_PLAN.instrument.zh,
        certainty="default",
    )


_HS4 = ("direction", "hs2", "hs4")
SCHEME: Dated[Scheme] = _dated(
    Scheme(
        levels=(
            Level(name="hs2", by=("direction", "hs2")),
            Level(name="hs4", by=_HS4, under=("hs2",)),
            Level(name="hs6", by=(*_HS4, "hs6"), under=("hs4",)),
            Level(name="origin", by=("origin",)),
            Level(name="origin_hs4", by=(*_HS4, "origin"), under=("hs4", "origin")),
            Level(name="enterprise", by=("enterprise",)),
            Level(name="consignor", by=("consignor",)),
            Level(name="site", by=("site",)),
            Level(
                name="pathway",
                by=("enterprise", *_HS4, "origin"),
                under=("enterprise", "origin_hs4"),
            ),
        ),
        bonus="origin_hs4",
        fast_days=21.0,
        slow_days=365.0,
        numbers=("value_log", "units_log"),
    )
)
FIT: Dated[Settings] = _dated(Settings())
TERMS: Dated[Terms] = _dated(Terms())

#: What finding a failure is worth, by risk of the product; unknown risk is not taken for low.
VALUES: Mapping[str | None, Dated[float]] = MappingProxyType(
    {
        "high": _dated(5.0),
        "higher": _dated(2.0),
        "general": _dated(1.0),
        None: _dated(2.0),
    }
)
#: What opening a line takes of an inspector, and of a laboratory where it is sampled.
MINUTES: Mapping[str | None, Dated[float]] = MappingProxyType(
    {
        "high": _dated(60.0, unit="min"),
        "higher": _dated(45.0, unit="min"),
        "general": _dated(30.0, unit="min"),
        None: _dated(45.0, unit="min"),
    }
)
SAMPLED_RISKS: Dated[tuple[str | None, ...]] = _dated(("high", "higher", None))

#: How far back lines are looked at to foretell those of tomorrow, and results to judge the plan.
FORECAST_DAYS: Dated[timedelta] = _dated(timedelta(days=28))
EVALUATION_DAYS: Dated[timedelta] = _dated(timedelta(days=90))
#: A plan holds on its day and, while no newer one is released, so many days more.
HOLDS_AFTER: Dated[timedelta] = _dated(timedelta(days=3))


def on(day: date) -> tuple[Scheme, Settings, Terms]:
    """Return the hierarchy of cells, how to fit and what a plan follows, in force on a day."""
    del day  # one edition so far
    return SCHEME.value, FIT.value, TERMS.value
