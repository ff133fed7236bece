"""
Other ways to sample the same lot, measured by the same two qualities as the plan that is due.

Each way says how many units it takes, what it costs, and how often the bad lot of the plan still
passes it, so that they can be laid side by side. Not for choosing: that is ``planning.answer``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from guomen.core.errors import GuomenError
from guomen.core.sampling import Plan, StagedPlan, iso2859, iso2859_2, iso3951, ispm31, oc
from guomen.core.text import Text
from guomen.journeys.planning import Answer, Point
from guomen.journeys.planning_words import STATES

_CONFIDENCES: Final = (0.80, 0.90, 0.95, 0.99)
_DETECTED: Final = 0.01  # the level of a detection plan laid beside an acceptance plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """
    One way to sample the lot.

    ``sample`` is what to take in words; ``mean`` how many units that is on average for a good lot;
    ``passes`` the chance that the consumer's bad lot is accepted (None: not known); ``changes`` are
    the entries of the question that lead there (None: no plan of this desk).
    """

    name: Text
    sample: Text
    units: int
    mean: float | None = None
    passes: float | None
    cost: float
    basis: str
    chosen: bool = False
    changes: dict[str, Any] | None = None


def ways(answer: Answer) -> tuple[Way, ...]:
    """Return the plan and what stands beside it; what is not possible is left out."""
    mine = _plan_way(Text(zh="建议的方案", en="Recommended plan"), answer.plan, answer, {})
    others = _BESIDE[answer.purpose](answer)
    return (_chosen(mine), *(way for way in others if not _same(way, mine)))


def _same(one: Way, other: Way) -> bool:
    return one.sample == other.sample


def _chosen(way: Way) -> Way:
    return Way(
        name=way.name, sample=way.sample, units=way.units, mean=way.mean, passes=way.passes,
        cost=way.cost, basis=way.basis, chosen=True, changes=None,
    )  # fmt: skip


def _beside_series(answer: Answer) -> Iterator[Way]:
    plan = answer.plan
    if plan.aql_percent is None or plan.level is None:
        return
    asked: dict[str, Any] = {"level": plan.level, "aql_percent": plan.aql_percent}
    lot = answer.asked.lot
    for state in ("tightened", "normal", "reduced"):
        if state != plan.state:
            found = iso2859.single(lot, state=state, **asked)
            yield _plan_way(STATES[state], found, answer, {"history": state, "purpose": "series"})
    here = plan.state or "normal"
    yield from _possible(
        lambda: _staged_way(
            Text(zh="二次抽样", en="Double sampling"),
            iso2859.double(lot, state=here, edition="105E", **asked),
            answer,
        )
    )
    yield from _possible(
        lambda: _staged_way(
            Text(zh="多次抽样（按曲线设计）", en="Several small samples (designed)"),
            iso2859.multiple(lot, state=here, **asked),
            answer,
        )
    )
    yield from _possible(lambda: _measured(answer))
    yield from _detecting(answer)


def _beside_isolated(answer: Answer) -> Iterator[Way]:
    percent = answer.found.policy.limiting_percent
    for other in (percent / 2, percent * 2):
        yield from _possible(lambda other=other: _limited(answer, other))
    found = iso2859.single(answer.asked.lot, aql_percent=1.0)
    name = Text(zh="作为连续批：水平 II，AQL 1.0", en="As one of a series: level II, AQL 1.0")
    yield _plan_way(name, found, answer, {"purpose": "series", "aql": "1.0"})
    yield from _detecting(answer)


def _beside_detection(answer: Answer) -> Iterator[Way]:
    point = answer.consumer
    if point is None:
        return
    infested = round(point.p * answer.asked.lot)
    for conf in _CONFIDENCES:
        yield from _possible(lambda conf=conf: _at(answer, infested, conf))
    found = iso2859.single(answer.asked.lot, aql_percent=1.0)
    name = Text(zh="作为连续批：水平 II，AQL 1.0", en="As one of a series: level II, AQL 1.0")
    yield _plan_way(name, found, answer, {"purpose": "series", "aql": "1.0"})


def _beside_criterion(answer: Answer) -> Iterator[Way]:
    yield from _detecting(answer)


_BESIDE: Final = {
    "series": _beside_series,
    "isolated": _beside_isolated,
    "detect": _beside_detection,
    "microbe": _beside_criterion,
}


def _possible(way: Any) -> Iterator[Way]:
    """Yield a way unless there is none for this lot."""
    try:
        found = way()
    except GuomenError:
        return
    if found is not None:
        yield found


def _detecting(answer: Answer) -> Iterator[Way]:
    """Yield the detection plan that an acceptance plan is compared with."""

    def way() -> Way:
        size = ispm31.sample_size(
            answer.asked.lot, _DETECTED, 0.95, sensitivity=answer.asked.sensitivity, rounding="ceil"
        )
        plan = Plan(n=size.n, ac=0, re=1, source=size.source, lot=answer.asked.lot)
        name = Text(zh="检出型：95% 把握查出 1%", en="Detection: 1 % found with 95 %")
        changes = {"purpose": "detect", "level": "1", "confidence": "95"}
        return _plan_way(name, plan, answer, changes)

    yield from _possible(way)


def _at(answer: Answer, infested: int, conf: float) -> Way:
    size = ispm31.sample_size(
        answer.asked.lot, None, conf, infested=infested, sensitivity=answer.asked.sensitivity
    )
    plan = Plan(n=size.n, ac=0, re=1, source=size.source, lot=answer.asked.lot)
    name = Text(zh=f"把握 {conf:.0%}", en=f"Confidence {conf:.0%}")
    return _plan_way(name, plan, answer, {"confidence": f"{conf * 100:g}"})


def _limited(answer: Answer, percent: float) -> Way:
    found = iso2859_2.plan(answer.asked.lot, lq_percent=percent)
    name = Text(zh=f"极限质量 {percent:g}%", en=f"Limiting quality {percent:g} %")
    return _plan_way(name, found.plan, answer, {"limiting": f"{percent:g}"})


def _measured(answer: Answer) -> Way:
    plan = answer.plan
    found = iso3951.plan(
        answer.asked.lot, level=plan.level or "II", aql_percent=plan.aql_percent or 1.0,
        state=plan.state or "normal",
    )  # fmt: skip
    return Way(
        name=Text(zh="变量抽样：测量代替计数", en="Measure instead of counting"),
        sample=Text(zh=f"{found.n} 件，k = {found.k:.3f}", en=f"{found.n}, k = {found.k:.3f}"),
        units=found.n,
        passes=None,
        cost=_cost(answer, found.n, stages=1),
        basis=found.source.cite(),
    )


def _plan_way(name: Text, plan: Plan, answer: Answer, changes: dict[str, Any]) -> Way:
    lot = answer.asked.lot
    numbers = (
        f"n\u00a0=\u00a0{min(plan.n, lot):,}, Ac\u00a0=\u00a0{plan.ac}, Re\u00a0=\u00a0{plan.re}"
    )
    return Way(
        name=name,
        sample=Text(zh=numbers.replace(", ", "，"), en=numbers),
        units=min(plan.n, lot),
        mean=float(min(plan.n, lot)),
        passes=_passes(plan, answer),
        cost=_cost(answer, min(plan.n, lot), stages=1),
        basis=plan.source.cite(),
        changes=changes,
    )


def _staged_way(name: Text, plan: StagedPlan, answer: Answer) -> Way | None:
    if len(plan.stages) < 2 or plan.full_inspection:
        return None
    numbers = " + ".join(str(n) for n, _, _ in plan.stages)
    marks = "; ".join(f"{'—' if ac < 0 else ac}/{re}" for _, ac, re in plan.stages)
    good = answer.producer.p if answer.producer is not None else 0.0
    mean = float(oc(plan, good).asn[0])
    return Way(
        name=name,
        sample=Text(
            zh=f"n = {numbers}，累计 Ac/Re {marks}", en=f"n = {numbers}, cumulative Ac/Re {marks}"
        ),
        units=plan.units,
        mean=mean,
        passes=_passes(plan, answer),
        cost=_cost(answer, mean, stages=1),
        basis=plan.source.cite(),
    )


def _passes(plan: Plan | StagedPlan, answer: Answer) -> float | None:
    """Return how often the bad lot of the recommended plan passes this one."""
    point: Point | None = answer.consumer
    if point is None:
        return None
    lot, sensitivity = answer.asked.lot, answer.asked.sensitivity
    if sensitivity >= 1.0 and isinstance(plan, Plan):
        taken = Plan(n=min(plan.n, lot), ac=plan.ac, re=plan.re, source=plan.source)
        return float(oc(taken, point.p, model="hypergeom", lot=lot).pa[0])
    if isinstance(plan, Plan) and plan.ac == 0:
        size = ispm31.sample_size(
            lot, None, 1e-9, infested=round(point.p * lot), sensitivity=sensitivity
        )
        return float(1.0 - size.achieved(min(plan.n, lot)))
    if sensitivity >= 1.0:
        return float(oc(plan, point.p, model="hypergeom", lot=lot).pa[0])
    return float(oc(plan, point.p * sensitivity).pa[0])


def _cost(answer: Answer, units: float, *, stages: int) -> float:
    price = answer.found.policy.cost
    return price.stage * stages + price.unit * units
