"""
Which plan for this lot, why, at what cost, and what it cannot find.

Reads the lot, the hazard, the enterprise's class and credit, its history and
the budget; every step of the choice is kept with its clause. The policy is a
value with a certainty, so that an agency can hold another. Not for deciding
whether to sample at all: that is the gate's ruling.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, overload

import numpy as np
import numpy.typing as npt

from guomen.core.sampling import columns, iso2859, iso2859_2, iso3951, ispm31
from guomen.core.sampling.advice import (
    Alternative,
    Budget,
    Hazard,
    Kind,
    Policy,
    Reason,
    Recommendation,
    Severity,
)  # fmt: skip
from guomen.core.sampling.iso2859_tables import LARGEST_PERCENT
from guomen.core.sampling.micro import MicroPlan
from guomen.core.sampling.oc import oc, risk
from guomen.core.sampling.plan import InfeasiblePlan, InvalidQuestion, Plan, Source
from guomen.core.sampling.recommend_many import Group, Recommendations, recommendations
from guomen.core.sampling.switching import Discontinued, SwitchState
from guomen.core.text import Text

__all__ = [
    "Alternative", "Budget", "Hazard", "Kind", "Policy", "Reason", "Recommendation",
    "Recommendations", "Severity", "recommend",
]  # fmt: skip

_CURVE: Final = np.concatenate([[0.0], np.geomspace(1e-4, 1.0, 81)])


@overload
def recommend(
    lot: int, *, hazard: Hazard, enterprise_class: str = ..., credit: str = ...,
    history: SwitchState | None = ..., policy: Policy | None = ..., budget: Budget | None = ...,
) -> Recommendation: ...  # fmt: skip
@overload
def recommend(
    lot: npt.ArrayLike, *, hazard: Any, enterprise_class: Any = ..., credit: Any = ...,
    history: Any = ..., policy: Policy | None = ..., budget: Any = ...,
) -> Recommendations: ...  # fmt: skip


def recommend(
    lot: Any,
    *,
    hazard: Any,
    enterprise_class: Any = "2",
    credit: Any = "B",
    history: Any = None,
    policy: Policy | None = None,
    budget: Any = None,
) -> Recommendation | Recommendations:
    """
    Return the plan for one lot, with reasons, cost, curve and what it cannot find.

    `history` is the state of the supplier's series (None: an isolated lot). A budget cuts a
    detection sample, and the confidence left is stated; it never cuts an AQL plan, since half a
    plan has no known risks: there ``within_budget`` is False. Columns of lots, and of anything else
    but the policy, give ``Recommendations``.

    :raises InvalidQuestion: if a lot is empty, or a class or credit is not in the policy
    :raises Discontinued: if the supplier's series has been discontinued
    :raises InfeasiblePlan: if even inspecting everything does not detect with the confidence due
    """
    rules = policy or Policy()
    if columns.is_many(lot, hazard, enterprise_class, credit, history, budget):
        parts = [
            part.ravel()
            for part in columns.spread(
                lot=columns.whole("lot", lot), hazard=hazard, enterprise_class=enterprise_class,
                credit=credit, history=history, budget=budget,
            )
        ]  # fmt: skip
        return recommendations(parts, rules, partial(_group, rules), partial(_one, parts, rules))
    asked = _asked(lot, hazard, enterprise_class, credit, history, rules=rules, budget=budget)
    return _finish(asked, _CHOICES[_route(asked)](asked))


def _one(parts: list[Any], rules: Policy, row: int) -> Recommendation:
    """Return one lot's recommendation out of columns."""
    lot, hazard, kind, credit, history, budget = (part[row] for part in parts)
    asked = _asked(int(lot), hazard, str(kind), str(credit), history, rules=rules, budget=budget)
    return _finish(asked, _CHOICES[_route(asked)](asked))


def _group(
    rules: Policy, hazard: Hazard, kind: str, credit: str, history: SwitchState | None,
    budget: Budget | None,
) -> tuple[Group, int | None]:  # fmt: skip
    """Return what decides the plan of a lot with these settings, and the units it may cost."""
    asked = _asked(1, hazard, str(kind), str(credit), history, rules=rules, budget=budget)
    way = _route(asked)
    if way == "microbe":
        _micro_plan(asked)
    series = way == "series" and history is not None
    return Group(
        way=way, hazard=hazard, level=rules.level_by_class[kind] if series else None,
        conf=rules.conf_by_credit[credit] if way == "detection" else None,
        inspection=history.inspection if series and history else None,
    ), asked.most  # fmt: skip


def _asked(
    lot: int, hazard: Hazard, kind: str, credit: str, history: SwitchState | None, *,
    rules: Policy, budget: Budget | None,
) -> _Asked:  # fmt: skip
    """Return the question, refusing what the policy does not know."""
    if lot < 1:
        raise InvalidQuestion(f"a lot has at least one unit, not {lot}", lot=lot)
    if kind not in rules.level_by_class or credit not in rules.conf_by_credit:
        raise InvalidQuestion(
            f"class {kind!r} or credit {credit!r} is not in the policy; classes: "
            f"{', '.join(rules.level_by_class)}; credits: {', '.join(rules.conf_by_credit)}"
        )
    return _Asked(
        lot=lot, hazard=hazard, enterprise_class=kind, credit=credit, history=history,
        policy=rules, most=(budget or Budget()).most_units(rules.cost),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    lot: int
    hazard: Hazard
    enterprise_class: str
    credit: str
    history: SwitchState | None
    policy: Policy
    most: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chosen:
    """A plan, how it was chosen, and what it says about detection."""

    plan: Plan
    reasons: tuple[Reason, ...]
    within_budget: bool
    confidence: float | None = None
    level: float | None = None
    infested: int | None = None


def _route(asked: _Asked) -> str:
    """Return the name of the way of choosing that fits the hazard."""
    hazard = asked.hazard
    if hazard.kind == "microbe":
        return "microbe"
    zero = asked.policy.aql_by_severity.get(hazard.severity) is None
    if hazard.kind == "pest" or zero:
        return "detection"
    return "isolated" if asked.history is None else "series"


def _micro_plan(asked: _Asked) -> MicroPlan:
    if asked.hazard.micro is None:
        raise InvalidQuestion("a microbiological hazard needs its plan (n, c, m, M)")
    return asked.hazard.micro


def _microbe(asked: _Asked) -> _Chosen:
    """Choose the plan of the microbiological rule."""
    micro = _micro_plan(asked)
    source = micro.source or _OWN_MICRO
    plan = Plan(n=micro.n, ac=micro.c, re=micro.c + 1, source=source, lot=asked.lot)
    why = Reason(
        text=Text(
            zh=f"微生物指标按规定方案:n={micro.n},c={micro.c}。",
            en=f"A microbiological criterion fixes its own plan: n = {micro.n}, c = {micro.c}.",
        ),
        clause=source.cite(),
    )
    enough = asked.most is None or plan.units <= asked.most
    return _Chosen(plan=plan, reasons=(why,), within_budget=enough)


_OWN_MICRO: Final = Source(
    standard="the criterion given", edition="as given", clause="plan", evidence="unverified"
)


def _detection(asked: _Asked) -> _Chosen:
    """Choose the least sample that detects, cut to the budget with the confidence it leaves."""
    rules, hazard = asked.policy, asked.hazard
    level = hazard.level or rules.critical_level
    conf = rules.conf_by_credit[asked.credit]
    size = ispm31.sample_size(
        asked.lot, level, conf, sensitivity=hazard.sensitivity, rounding=rules.rounding
    )
    n, found = size.n, size.p_detect
    reasons = [_why_zero(asked), _why_confidence(asked, conf, level), _why_size(size)]
    enough = asked.most is None or n <= asked.most
    if asked.most is not None and not enough:
        n, found = asked.most, float(size.achieved(asked.most))
        reasons.append(_why_cut(n, found, conf))
    plan = Plan(n=n, ac=0, re=1, source=size.source, lot=asked.lot)
    return _Chosen(
        plan=plan, reasons=tuple(reasons), within_budget=enough, confidence=found, level=level,
        infested=size.infested,
    )  # fmt: skip


def _why_zero(asked: _Asked) -> Reason:
    return Reason(
        text=Text(
            zh=f"{asked.hazard.name.zh}：不允许检出，按检出型抽样。",
            en=f"{asked.hazard.name.en}: none may be found, so the sample must detect.",
        ),
        clause="ISPM 31:2008, 2.1",
    )


def _why_confidence(asked: _Asked, conf: float, level: float) -> Reason:
    return Reason(
        text=Text(
            zh=f"信用等级 {asked.credit}：以 {conf:.0%} 的置信度检出 {level:.3%} 的水平。",
            en=f"Credit {asked.credit}: detect a level of {level:.3%} with confidence {conf:.0%}.",
        ),
        clause=f"policy ({asked.policy.certainty})",
    )


def _why_size(size: ispm31.SampleSize) -> Reason:
    return Reason(
        text=Text(
            zh=f"批量 {size.lot}，不合格 {size.infested} 件，灵敏度 {size.sensitivity:g}："
            f"超几何分布求得 n = {size.n}。",
            en=f"A lot of {size.lot} with {size.infested} bad units, sensitivity "
            f"{size.sensitivity:g}: n = {size.n}, hypergeometric.",
        ),
        clause=size.source.cite(),
    )


def _why_cut(n: int, found: float, conf: float) -> Reason:
    return Reason(
        text=Text(
            zh=f"预算只够 {n} 件：置信度降为 {found:.4f}，低于要求的 {conf:g}。",
            en=f"The budget pays for {n} units: confidence falls to {found:.4f}, below {conf:g}.",
        ),
        clause="budget",
    )


def _series(asked: _Asked) -> _Chosen:
    """Choose by the acceptance sampling scheme, with the switching state of the series."""
    history, rules = asked.history, asked.policy
    assert history is not None  # noqa: S101 - routed here for having one
    if history.inspection == "discontinued":
        raise Discontinued(
            "acceptance inspection of this series is discontinued; refuse or inspect all, and "
            "call lift() once the supplier has acted",
            refused=history.refused_on_tightened,
        )
    level = rules.level_by_class[asked.enterprise_class]
    aql = rules.aql_by_severity[asked.hazard.severity]
    assert aql is not None  # noqa: S101 - zero acceptance is routed elsewhere
    plan = iso2859.single(asked.lot, level=level, aql_percent=aql, state=history.inspection)
    reasons = (
        Reason(
            text=Text(
                zh=f"企业类别 {asked.enterprise_class}：检验水平 {level}；缺陷 "
                f"{asked.hazard.severity}:AQL {aql:g}。",
                en=f"Enterprise class {asked.enterprise_class}: inspection level {level}; "
                f"{asked.hazard.severity} defects: AQL {aql:g}.",
            ),
            clause=f"policy ({rules.certainty})",
        ),
        Reason(
            text=Text(
                zh=f"转移规则：当前为 {_STATE_ZH[history.inspection]} 检验，得分 {history.score}。",
                en=f"Switching rules: inspection is {history.inspection}, score {history.score}.",
            ),
            clause="ISO 2859-1:1999, 9.3",
        ),
        _why_letter(plan),
    )
    enough = asked.most is None or plan.units <= asked.most
    return _Chosen(plan=plan, reasons=_and_budget(reasons, enough=enough), within_budget=enough)


_STATE_ZH: Final = {"normal": "正常", "tightened": "加严", "reduced": "放宽"}


def _why_letter(plan: Plan) -> Reason:
    arrow_zh = ",沿箭头改用" if plan.followed_arrow else ",采用"
    arrow_en = ", whose arrow leads to" if plan.followed_arrow else ", plan"
    return Reason(
        text=Text(
            zh=f"批量 {plan.lot} 的字码为 {plan.code_letter}{arrow_zh} {plan.letter}:"
            f"n = {plan.n},Ac = {plan.ac}。",
            en=f"A lot of {plan.lot} has code letter {plan.code_letter}{arrow_en} {plan.letter}: "
            f"n = {plan.n}, Ac = {plan.ac}.",
        ),
        clause=plan.source.cite(),
    )


def _isolated(asked: _Asked) -> _Chosen:
    """Choose by limiting quality, since an isolated lot has no series to switch on."""
    percent = asked.policy.limiting_percent
    try:
        found = iso2859_2.plan(asked.lot, lq_percent=percent)
    except InfeasiblePlan:  # a tiny lot: one bad unit is already beyond the quality
        found = iso2859_2.plan(asked.lot, lq_percent=100.0)
    why = Reason(
        text=Text(
            zh=f"孤立批：按极限质量 {percent:g}%（{found.bad_units} 件）抽样，"
            f"接收概率不超过 {found.consumer_risk:.3f}。",
            en=f"An isolated lot: at the limiting quality of {percent:g} % ({found.bad_units} "
            f"units) it is accepted with chance {found.consumer_risk:.3f}.",
        ),
        clause=found.plan.source.cite(),
    )
    enough = asked.most is None or found.plan.units <= asked.most
    return _Chosen(
        plan=found.plan, reasons=_and_budget((why,), enough=enough), within_budget=enough
    )


def _and_budget(reasons: tuple[Reason, ...], *, enough: bool) -> tuple[Reason, ...]:
    if enough:
        return reasons
    return (
        *reasons,
        Reason(
            text=Text(
                zh="预算不足：接收抽样方案不得删减，请增加预算或改用变量抽样。",
                en="The budget does not pay for it. An acceptance plan is not cut short: raise the "
                "budget, or measure instead of counting.",
            ),
            clause="budget",
        ),
    )


_CHOICES: Final[dict[str, Callable[[_Asked], _Chosen]]] = {
    "microbe": _microbe, "detection": _detection, "series": _series, "isolated": _isolated,
}  # fmt: skip


def _finish(asked: _Asked, chosen: _Chosen) -> Recommendation:
    """Add the cost, the curve, the limits of the plan, and other ways."""
    plan = replace(chosen.plan, lot=asked.lot)
    price = asked.policy.cost
    taken = replace(plan, n=plan.units)
    # The finite lot is counted exactly; an inspection that overlooks sees a thinned fraction.
    sharp = asked.hazard.sensitivity >= 1.0
    thinned = oc(
        taken,
        _CURVE * asked.hazard.sensitivity,
        model="hypergeom" if sharp else "binomial",
        lot=asked.lot,
    )
    seen = thinned if sharp else replace(thinned, p=_CURVE, aoq=None, ati=None)
    return Recommendation(
        plan=plan, reasons=chosen.reasons, cost=price.stage + price.unit * plan.units, curve=seen,
        confidence=chosen.confidence, level=chosen.level, within_budget=chosen.within_budget,
        cannot_find=_cannot_find(asked, chosen), alternatives=_others(asked, chosen),
        hazard=asked.hazard, policy=asked.policy,
    )  # fmt: skip


def _cannot_find(asked: _Asked, chosen: _Chosen) -> Text:
    """Say what passes this plan."""
    plan, lot = chosen.plan, asked.lot
    if chosen.confidence is not None:
        one = asked.hazard.sensitivity * plan.units / lot
        return Text(
            zh=f"低于该水平的染疫可能漏检：只有 1 件时，检出概率仅 {one:.3f}。",
            en=f"Less than that level may pass: a single bad unit is found with chance {one:.3f}.",
        )
    points = risk(plan)
    if points.p50 is None or points.p10 is None:
        return Text(zh="该方案几乎总是接收。", en="This plan accepts nearly always.")
    return Text(
        zh=f"不合格率 {points.p50:.2%} 的批有一半会被接收，{points.p10:.2%} 的批仍有 10% 被接收。",
        en=f"A lot with {points.p50:.2%} nonconforming passes half the time, and one with "
        f"{points.p10:.2%} still passes 1 time in 10.",
    )


def _others(asked: _Asked, chosen: _Chosen) -> tuple[Alternative, ...]:
    """Return other ways to sample, with their size."""
    if chosen.confidence is not None and chosen.infested:
        return tuple(_at_confidence(asked, chosen.infested))
    plan = chosen.plan
    if plan.aql_percent is None or plan.aql_percent > LARGEST_PERCENT:
        return ()
    level, aql, state = plan.level or "II", plan.aql_percent, plan.state or "normal"
    staged = iso2859.multiple(asked.lot, level=level, aql_percent=aql, state=state)
    measured = iso3951.plan(asked.lot, level=level, aql_percent=aql, state=state)
    found = [
        Alternative(
            name=Text(zh="变量抽样（s 法）", en="Measure instead of counting (s method)"),
            units=measured.n,
            note=Text(zh=f"k = {measured.k:.3f}，须服从正态分布。",
                      en=f"k = {measured.k:.3f}; needs a normal distribution."),
        )
    ]  # fmt: skip
    if len(staged.stages) > 1:
        mean = float(oc(staged, aql / 100.0).asn[0])
        found.append(
            Alternative(
                name=Text(zh="多次抽样（设计）", en="Several small samples (designed)"),
                units=staged.units,
                note=Text(zh=f"质量为 AQL 时平均抽 {mean:.0f} 件。",
                          en=f"On average {mean:.0f} units at the AQL."),
            )
        )  # fmt: skip
    return tuple(found)


def _at_confidence(asked: _Asked, infested: int) -> Any:
    """Yield the sample at other confidences, where there is one."""
    for conf in (0.80, 0.90, 0.95, 0.99):
        try:
            size = ispm31.sample_size(
                asked.lot, None, conf, infested=infested, sensitivity=asked.hazard.sensitivity
            )
        except InfeasiblePlan:
            return
        yield Alternative(
            name=Text(zh=f"置信度 {conf:.0%}", en=f"Confidence {conf:.0%}"),
            units=size.units,
            note=Text(zh=f"实际 {size.p_detect:.4f}", en=f"Truly {size.p_detect:.4f}"),
        )
