"""
Building the plan of a day at night: learn, foretell the lines, find the prices, store the whole.

Nothing is decided by a plan that is only built; see ``releasing``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any, ClassVar

import numpy as np
import polars as pl
from django.db import transaction

from guomen.core.errors import GuomenError
from guomen.core.targeting import boosting, evaluate, keeping
from guomen.core.targeting import plan as planning
from guomen.core.targeting.cells import Floats, Scheme
from guomen.core.targeting.evaluate import Log
from guomen.core.targeting.plan import Capacity, DayPlan, Forecast, PortPlan, Terms
from guomen.core.targeting.ranker import MODELS, Chances, Ranker, fit
from guomen.core.text import Text
from guomen.journeys.targeting import goods, recent, wording
from guomen.journeys.targeting.learning import Learnt, learn
from guomen.journeys.targeting.recent import Recent
from guomen.rulebooks import targeting as settings
from guomen.rulebooks.book import engine
from guomen.supervision.agencies import queries as agencies
from guomen.supervision.controls import queries as controls
from guomen.supervision.parties import queries as parties
from guomen.supervision.targeting import operations, queries
from guomen.supervision.targeting.models import DailyPlan


class NoSuchBureauError(GuomenError):
    """There is no agency of that code."""

    code: ClassVar[str] = "targeting.no-such-bureau"


class NothingToPlanError(GuomenError):
    """There is no capacity on record, or there were no lines, for any port."""

    code: ClassVar[str] = "targeting.nothing-to-plan"
    says: ClassVar[Text] = Text(
        zh="没有既登记了查验能力、近期又有货物的口岸，无法生成方案；请先登记口岸能力",
        en="no port has both a capacity on record and lines in the last weeks: record the minutes "
        "and slots of the ports first",
    )


@dataclass(frozen=True, kw_only=True)
class Expected:
    """The lines to be expected on a day: facts of recent ones, their chances, what law gives."""

    facts: pl.DataFrame
    chances: Chances
    lawful: Floats
    times: Floats


def build(agency: str, *, day: date, at: datetime, by: str) -> DailyPlan:
    """
    Build and store the plan of a bureau for a day, from what is known at a moment.

    :raises NoSuchBureauError: if there is no such agency
    :raises NothingToPlanError: if no port has both lines and a capacity
    """
    offices = agencies.agencies()
    if agency not in offices:
        raise NoSuchBureauError(f"there is no agency {agency}", agency=agency)
    office = offices[agency]
    codes = frozenset(c for c, a in offices.items() if a.path.startswith(office.path))
    scheme, how, terms = settings.on(day)
    learnt = learn(office.path, known=at, zone=office.zone)
    model = fit(scheme, learnt.results, on=day, settings=how, booster=boosting.light())
    window = recent.recent(codes, since=at - settings.FORECAST_DAYS.value, until=at)
    capacities = queries.capacities(
        window.facts["port"].drop_nulls().unique().to_list(), on=day, known=at
    )
    expected, model = _expect(window, model, capacities, terms)
    ports = _ports(expected, capacities, terms)
    if not ports:
        raise NothingToPlanError(
            f"no port of {agency} has both lines in the last weeks and a capacity on record; "
            "record the minutes and slots of its ports first",
            agency=agency,
        )
    kept = keeping.text(model)
    made = DayPlan(
        day=day,
        model=keeping.digest(kept),
        ports=ports,
        terms=terms,
        moves=planning.moves(ports, terms=terms),
        card=card(model, learnt, recent.log(window, known=at), window, ports),
    )
    with transaction.atomic():
        row = operations.keep(kept, on=day, at=at)
        number = agencies.ids()[agency]
        before = _last_released(number, day)
        return operations.store(
            made,
            row,
            agency=(number, agency),
            change=wording.change(made, before, _names(made, before)),
            at=at,
            by=by,
        )


def _names(*plans: DayPlan | None) -> dict[str, Text]:
    codes = {code for plan in plans if plan is not None for code in plan.ports}
    return parties.port_names(codes)


def _last_released(agency: int, day: date) -> DayPlan | None:
    row = (
        DailyPlan.objects.filter(agency_id=agency, day__lte=day, released_at__isnull=False)
        .order_by("-day", "-version")
        .values_list("text", flat=True)
        .first()
    )
    return None if row is None else planning.read(row)


def _expect(
    window: Recent, model: Ranker, capacities: Mapping[str, Capacity], terms: Terms
) -> tuple[Expected, Ranker]:
    """Return the lines of an average day with their chances, and the model that knows the plan."""
    facts = window.facts
    lines = goods.columns(facts)
    chance, may = recent.lawful(facts, engine=engine(), orders=controls.order_set())
    times = may / recent.working_days(facts)
    first = model.chances(lines)
    model = replace(model, planned=_planned(facts, first, times, capacities, terms, model))
    return (
        Expected(facts=facts, chances=model.chances(lines), lawful=chance, times=times),
        model,
    )


def _planned(
    facts: pl.DataFrame,
    chances: Chances,
    times: Floats,
    capacities: Mapping[str, Capacity],
    terms: Terms,
    model: Ranker,
) -> Floats:
    """Return how many tests the day will give each cell: they make it less unknown already."""
    from guomen.core.targeting.filling import Supply, fill

    names = sorted(capacities)
    port = facts["port"].replace_strict(
        {name: i for i, name in enumerate(names)}, default=-1, return_dtype=pl.Int64
    )
    here = np.flatnonzero(port.to_numpy() >= 0)
    size = _cells_of_bonus(model.scheme, model)
    if not here.size or not size:
        return np.zeros(size)
    value, minutes, _ = goods.costs(facts["product_risk"][here])
    cell = np.where(chances.cell[here] >= 0, chances.cell[here], size)
    taken = fill(
        Supply(
            worth=value,
            mean=chances.chance[here],
            strength=chances.strength[here],
            cell=cell,
            port=port.to_numpy()[here],
            available=times[here],
            cost=minutes,
        ),
        np.array([capacities[name].minutes for name in names]),
        z=model.settings.z,
        floor=terms.floor_share,
    )
    planned: Floats = np.bincount(cell, taken, size + 1)[:size].astype(np.float64)
    return planned


def _cells_of_bonus(scheme: Scheme, model: Ranker) -> int:
    place = [level.name for level in scheme.levels].index(scheme.bonus)
    return model.posterior.tables[place].rows.height


def _ports(
    expected: Expected, capacities: Mapping[str, Capacity], terms: Terms
) -> dict[str, PortPlan]:
    ports = expected.facts["port"].to_numpy()
    value, minutes, slots = goods.costs(expected.facts["product_risk"])
    found: dict[str, PortPlan] = {}
    for port in sorted(capacities):
        here = np.flatnonzero((ports == port) & (expected.times > 0))
        if not here.size:
            continue
        forecast = Forecast(
            times=expected.times[here],
            value=value[here],
            chance=expected.chances.chance[here],
            index=expected.chances.index[here],
            lawful=expected.lawful[here],
            minutes=minutes[here],
            slots=slots[here],
        )
        spread = recent.spread_of_days(expected.facts.filter(pl.col("port") == port))
        found[port] = planning.port_plan(
            port, forecast, capacities[port], terms=terms, day_spread=spread
        )
    return found


def card(
    model: Ranker, learnt: Learnt, log: Log, window: Recent, ports: Mapping[str, PortPlan]
) -> dict[str, Any]:
    """Return the model card: what it learnt from, what it is good for, how well it did lately."""
    rate = evaluate.true_rate(log)
    checked = log.where(evaluate.Fate.CHECKED) & ~np.isnan(log.score)
    fits = evaluate.calibration(log.score[checked], log.found[checked])
    drift = evaluate.drift(log.score[checked], log.found[checked])
    missing = sorted(set(window.facts["port"].drop_nulls().unique().to_list()) - set(ports))
    return {
        "results": model.results,
        "found": model.found,
        "left_out": {
            "unknown": learnt.unknown,
            "overridden": learnt.overridden,
            "unperformed": learnt.unperformed,
        },
        "cells": {t.level.name: t.rows.height for t in model.posterior.tables},
        "strengths": {
            name: {"parent": s.parent, "past": s.past}
            for name, s in model.posterior.strengths.items()
        },
        "weights": dict(zip(MODELS, model.weights, strict=True)),
        "losses": dict(model.losses),
        "booster": model.booster is not None,
        "examiners": len(model.sensitivity.values),
        "true_rate": {
            "value": _or_none(rate.value),
            "low": rate.low,
            "high": rate.high,
            "effective": rate.effective,
            "censored": {str(fate): number for fate, number in rate.censored.items()},
            "capped": rate.capped,
            "cap_bias": _or_none(rate.cap_bias),
            "low_if_clean": rate.low_if_clean,
            "high_if_failing": rate.high_if_failing,
        },
        "calibration_error": _or_none(fits.error),
        "drift_alarm": drift.alarm,
        "ports_without_capacity": missing,
        "foretold": _foretold(model),
    }


def _foretold(model: Ranker) -> dict[str, Any] | None:
    """Return how well the model foretold results before it knew them; None where it could not."""
    score, found = model.held_out
    if not score.size:
        return None
    log = evaluate.foretold(score, found)
    fits = evaluate.calibration(score, found)
    return {
        "bands": [asdict(band) for band in evaluate.bands(log)],
        "error": _or_none(fits.error),
        "bins": [list(one) for one in fits.bins],
    }


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else value
