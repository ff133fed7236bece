"""
Giving lines what the plan in force says of them: quantised facts, or that there is none.

A plan is known from its release to its roll-back, and holds on its day and a few more. Where none
holds, or the port has no capacity on record, the facts stay unknown and the rule TGT-NO-PLAN says
so on the ruling: lawful minimum rates. The list of plans is kept in memory while it does not
change; two queries when a plan is first used here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

import numpy as np

from guomen.core.frequency import MILLION
from guomen.core.targeting import keeping
from guomen.core.targeting.plan import DayPlan, PortPlan, ppm
from guomen.core.targeting.ranker import Ranker
from guomen.journeys.registers import Kept
from guomen.journeys.targeting import goods
from guomen.rulebooks import targeting as settings
from guomen.supervision.agencies.models import Agency
from guomen.supervision.editions.queries import Edition
from guomen.supervision.targeting import queries as targeting
from guomen.supervision.targeting.models import DailyPlan
from guomen.supervision.targeting.queries import InForce

Row = dict[str, Any]
FACTS = ("plan", "failing_ppm", "plan_chance_ppm")
SHORT = 16
# Up to here a line at a time is quicker than a frame.
_FEW = 6


# By hash: what was kept under one never changes.
@lru_cache(maxsize=8)
def plan_of(digest: str) -> DayPlan:
    """Return a plan by its hash."""
    return targeting.plan_text(digest)


@lru_cache(maxsize=4)
def model_of(digest: str) -> Ranker:
    """Return a model by its hash."""
    return keeping.read(targeting.model_text(digest))


_RELEASED = Kept(DailyPlan, Agency, read=targeting.released)


def fill(rows: Sequence[Row], now: Edition) -> None:
    """
    Fill in what the plan says of each line, in place.

    A row has the columns of ``goods.READ``, ``product_risk``, ``port``, ``on``, ``received_at``
    and ``agency_path``.
    """
    for row in rows:
        row.update(dict.fromkeys(FACTS))
    if not rows:
        return
    plans = _RELEASED.at(now)
    under: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        plan = _found(plans, row)
        if plan is not None:
            under.setdefault((plan.digest, plan.model), []).append(row)
    for (digest, model), covered in under.items():
        _fill(covered, plan_of(digest), model_of(model), digest)


def _found(plans: Mapping[date, Sequence[InForce]], row: Row) -> InForce | None:
    """Return the newest plan that holds for a line."""
    for back in range(settings.HOLDS_AFTER.value.days + 1):
        for plan in plans.get(row["on"] - timedelta(days=back), ()):
            if holds(plan, row):
                return plan
    return None


def holds(plan: InForce, row: Row) -> bool:
    """Tell whether a line of a day for which a plan holds is decided by it."""
    return row["agency_path"].startswith(plan.path) and plan.known(row["received_at"])


def _fill(rows: Sequence[Row], plan: DayPlan, model: Ranker, digest: str) -> None:
    covered = [row for row in rows if row["port"] in plan.ports]
    for port in {row["port"] for row in covered}:
        here = [row for row in covered if row["port"] == port]
        _fill_port(here, plan, plan.ports[port], model, digest)


def _fill_port(
    rows: Sequence[Row], plan: DayPlan, port: PortPlan, model: Ranker, digest: str
) -> None:
    lines = goods.of_rows(rows)
    if lines.height <= _FEW:
        found = [model.chance_of(line)[:2] for line in lines.iter_rows(named=True)]
        failing, index = (np.array(values) for values in zip(*found, strict=True))
    else:
        chances = model.chances(lines)
        failing, index = chances.chance, chances.index
    value, minutes, slots = goods.costs([row["product_risk"] for row in rows])
    chance = port.chance(value * index, minutes, slots, band=plan.terms.band)
    for row, fails, drawn in zip(
        rows, np.rint(failing * MILLION).tolist(), ppm(chance).tolist(), strict=True
    ):
        row["plan"], row["failing_ppm"], row["plan_chance_ppm"] = digest[:SHORT], int(fails), drawn
