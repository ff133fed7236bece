"""
Planning a sample: from what is asked of a lot to a plan and its risks in words.

Desks ask here, so that a page, the command line and the API give one answer. What the plan is comes
from ``core.sampling``; here are only the reading of the question, the defaults of this house, and
sentences. Nothing is stored. Not for whether a consignment is sampled at all: that is its ruling.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from guomen.core.sampling import (
    Budget,
    Cost,
    Hazard,
    InvalidQuestion,
    Plan,
    Policy,
    Recommendation,
    SwitchState,
    iso2859,
    ispm31,
    oc,
    quality_at,
    recommend,
    search,
)
from guomen.core.sampling.recommend import Kind, Reason, Severity
from guomen.core.text import Text
from guomen.journeys.planning_words import (
    KINDS,
    PURPOSES,
    STATES,
    CriterionMissing,
    History,
    Purpose,
    percent,
    sentence,
    typeset,
)
from guomen.rulebooks import commodities
from guomen.rulebooks.sampling import EU_2073, FoodCriterion

# Which kind of hazard is how serious when nobody says otherwise: a default of this house.
SEVERITY_OF_KIND: Final[Mapping[str, Severity]] = MappingProxyType(
    {
        "pest": "critical", "disease": "critical", "safety": "critical", "radiation": "critical",
        "residue": "major", "contaminant": "major", "chemical": "major", "additive": "major",
        "label": "minor",
    }
)  # fmt: skip
_AGENTS: Final = {"salmonella": "Salmonella", "e_coli": "E. coli", "sakazakii": "Cronobacter spp."}
_ANYTHING: Final = Text(zh="不合格", en="Nonconforming units")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked of one lot; fractions within 0 and 1, None where the house decides."""

    lot: int
    goods: str = ""
    hazard: str = ""
    purpose: Purpose = "auto"
    severity: Severity | None = None
    enterprise_class: str = "2"
    credit: str = "B"
    history: History = "none"
    level: float | None = None
    confidence: float | None = None
    sensitivity: float = 1.0
    inspection_level: str | None = None
    aql_percent: float | None = None
    limiting_percent: float | None = None
    criterion: str = ""
    unit_cost: float = 0.0
    fixed_cost: float = 0.0
    budget_money: float | None = None
    budget_units: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A quality and the chance that a lot of that quality is accepted."""

    p: float
    pa: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """
    The plan with its risks, ready to be said.

    ``producer`` is the good quality whose refusal is the producer's risk, ``consumer`` the bad one
    whose acceptance is the consumer's. ``curve`` runs from 0 to where hardly a lot passes.
    """

    asked: Asked
    purpose: Purpose
    found: Recommendation
    curve: tuple[Point, ...]
    producer: Point | None
    consumer: Point | None
    sentence: Text
    producer_says: Text
    consumer_says: Text
    reasons: tuple[Reason, ...]
    notes: tuple[Text, ...]

    @property
    def plan(self) -> Plan:
        """Return the plan itself."""
        return self.found.plan

    @property
    def costed(self) -> bool:
        """Tell whether anybody said what sampling costs."""
        return bool(self.asked.unit_cost or self.asked.fixed_cost)


def answer(asked: Asked) -> Answer:
    """
    Return the plan for a lot with its reasons, curve and risks.

    :raises InfeasiblePlan: if no sample reaches the confidence; ``data['best_confidence']``
    :raises Discontinued: if the supplier's series is discontinued
    :raises CriterionMissing: if a microbe has no criterion to follow
    :raises InvalidQuestion: if an argument is outside its range
    """
    purpose = purpose_of(asked)
    if purpose == "series" and asked.history == "none":
        asked = replace(asked, history="normal")
    found = recommend(
        asked.lot,
        hazard=_hazard(asked, purpose),
        enterprise_class=asked.enterprise_class,
        credit=asked.credit,
        history=_state(asked) if purpose == "series" else None,
        policy=_policy(asked),
        budget=Budget(units=asked.budget_units, money=asked.budget_money),
    )
    producer, consumer = _points(found, purpose)
    return Answer(
        asked=asked,
        purpose=purpose,
        found=replace(found, cannot_find=typeset(found.cannot_find, "major")),
        # The words of a point stand to its upper right, where the falling curve never is.
        curve=curve_of(
            found, reach=max((1.45 * p.p for p in (producer, consumer) if p), default=0)
        ),
        producer=producer,
        consumer=consumer,
        sentence=sentence(found.plan),
        producer_says=_producer_says(producer, found, purpose),
        consumer_says=_consumer_says(consumer, found),
        reasons=(_why_purpose(asked, purpose), *(_owned(r, asked) for r in found.reasons)),
        notes=tuple(_notes(asked)),
    )


# ----------------------------------------------------------------------------- reading the question


def meant(asked: Asked) -> Asked:
    """Take a question that names an AQL or an inspection level as one of a series."""
    named = asked.aql_percent is not None or asked.inspection_level is not None
    return replace(asked, purpose="series") if asked.purpose == "auto" and named else asked


def checked(asked: Asked) -> Asked:
    """
    Refuse words that are none of those that can be asked, and name those that are.

    :raises InvalidQuestion: with the entry and what it may be
    """
    allowed = {
        "purpose": tuple(PURPOSES),
        "history": tuple(STATES),
        "inspection_level": (*iso2859.LEVELS, None),
        "goods": ("", *commodities.BY_CODE, *map(str, commodities.Group)),
        "hazard": ("", *(row.code for row in commodities.HAZARDS)),
        "criterion": ("", *(row.row for row in EU_2073)),
    }
    for name, words in allowed.items():
        if getattr(asked, name) not in words:
            named = ", ".join(str(word) for word in words if word)
            raise InvalidQuestion(f"{name} {getattr(asked, name)!r} is none of {named}")
    return meant(asked)


def hazard_row(code: str) -> commodities.Hazard | None:
    """Return a hazard of the rule book, or None."""
    return next((row for row in commodities.HAZARDS if row.code == code), None)


def hazards_of(goods: str) -> tuple[commodities.Hazard, ...]:
    """Return what the rule book looks for in goods: a group, or an HS code."""
    codes = _codes(goods)
    return tuple(
        row
        for row in commodities.HAZARDS
        if any(code.startswith(row.hs_prefixes) for code in codes)
    )


def _codes(goods: str) -> tuple[str, ...]:
    if goods in commodities.BY_CODE:
        return (goods,)
    if goods in set(commodities.Group):
        return tuple(row.hs_code for row in commodities.of_group(commodities.Group(goods)))
    return ()


def criteria_of(hazard: str) -> tuple[FoodCriterion, ...]:
    """Return the criteria that name the agent of a microbial hazard."""
    agent = _AGENTS.get(hazard)
    return tuple(row for row in EU_2073 if row.agent == agent)


def purpose_of(asked: Asked) -> Purpose:
    """Say what the sample is for, where nobody did."""
    if asked.purpose != "auto":
        return asked.purpose
    row = hazard_row(asked.hazard)
    if asked.criterion or (row is not None and row.kind == "microbe"):
        return "microbe"
    if severity_of(asked) == "critical":
        return "detect"
    return "isolated" if asked.history == "none" else "series"


def severity_of(asked: Asked) -> Severity:
    """Say how serious a nonconforming unit is, where nobody did."""
    row = hazard_row(asked.hazard)
    by_kind = "major" if row is None else SEVERITY_OF_KIND.get(row.kind, "major")
    return asked.severity or by_kind


def _hazard_severity(asked: Asked) -> Severity:
    # Whoever asks for an acceptance plan bears a few.
    severity = severity_of(asked)
    return "major" if severity == "critical" else severity


_KIND_OF_PURPOSE: Final[Mapping[str, Kind]] = {"detect": "pest", "microbe": "microbe"}


def _hazard(asked: Asked, purpose: Purpose) -> Hazard:
    row = hazard_row(asked.hazard)
    severity = severity_of(asked)
    if purpose in ("series", "isolated"):
        severity = _hazard_severity(asked)
    return Hazard(
        kind=_KIND_OF_PURPOSE.get(purpose, "quality"),
        name=_ANYTHING if row is None else row.name,
        severity=severity,
        level=asked.level,
        sensitivity=asked.sensitivity,
        micro=_criterion(asked).plan() if purpose == "microbe" else None,
    )


def _criterion(asked: Asked) -> FoodCriterion:
    named = next((row for row in EU_2073 if row.row == asked.criterion), None)
    if named is not None:
        return named
    fitting = criteria_of(asked.hazard)
    if len(fitting) == 1:
        return fitting[0]
    raise CriterionMissing(
        "Choose the microbiological criterion: it fixes how many units are tested and how many may "
        "exceed m.",
        fitting=tuple(row.row for row in fitting),
    )


def _state(asked: Asked) -> SwitchState:
    if asked.history == "none":
        return SwitchState()
    return SwitchState(inspection=asked.history)


def _policy(asked: Asked) -> Policy:
    """Return the policy of the house with what was asked otherwise."""
    house = Policy()
    levels, confidences = dict(house.level_by_class), dict(house.conf_by_credit)
    aqls = dict(house.aql_by_severity)
    if asked.inspection_level:
        levels[asked.enterprise_class] = asked.inspection_level
    if asked.confidence is not None:
        confidences[asked.credit] = asked.confidence
    if asked.aql_percent is not None:
        aqls = {**aqls, "major": asked.aql_percent, "minor": asked.aql_percent}
    return replace(
        house,
        level_by_class=MappingProxyType(levels),
        conf_by_credit=MappingProxyType(confidences),
        aql_by_severity=MappingProxyType(aqls),
        limiting_percent=asked.limiting_percent or house.limiting_percent,
        cost=Cost(unit=asked.unit_cost, stage=asked.fixed_cost),
    )


# ---------------------------------------------------------------------------------- the risk points


def curve_of(found: Recommendation, *, reach: float = 0.0, points: int = 120) -> tuple[Point, ...]:
    """Return the chance of acceptance, on whole units, up to `reach` and to where 2 % pass."""
    lot = found.plan.lot or 1
    top = max(_last_bad(found, lot), min(lot, int(np.ceil(lot * reach))))
    counts = sorted({round(k * top / points) for k in range(points + 1)})
    levels = [bad / lot for bad in counts]
    return tuple(Point(p=p, pa=pa) for p, pa in zip(levels, accepted(found, counts), strict=True))


def _last_bad(found: Recommendation, lot: int) -> int:
    """Return how many bad units the curve reaches to; few are asked first, since they are quick."""
    bad = 1
    while bad < lot and accepted(found, [bad])[0] > 0.02:
        bad = min(lot, bad + max(1, bad // 8))
    return max(bad, min(lot, 5))


def accepted(found: Recommendation, counts: list[int]) -> list[float]:
    """Return the chance of acceptance of lots that hold so many bad units."""
    plan, lot = found.plan, found.plan.lot or 1
    taken = replace(plan, n=plan.units)
    levels = np.asarray(counts, np.float64) / lot
    if found.hazard.sensitivity >= 1.0:
        return [float(pa) for pa in oc(taken, levels, model="hypergeom", lot=lot).pa]
    if plan.ac == 0:
        return _missed(found, counts)
    return [float(pa) for pa in oc(taken, levels * found.hazard.sensitivity).pa]


def _missed(found: Recommendation, counts: list[int]) -> list[float]:
    """Return the chance that the sample shows none of so many bad units, exactly."""
    bad = np.asarray(counts, np.int64)
    lots, units = np.full_like(bad, found.plan.lot or 1), np.full_like(bad, found.plan.units)
    slip = np.full(bad.shape, 1.0 - found.hazard.sensitivity)
    missed = np.exp(np.minimum(search.log_miss(lots, bad, units, slip), 0.0))
    return [1.0 if b == 0 else float(p) for b, p in zip(counts, missed, strict=True)]


def _points(found: Recommendation, purpose: Purpose) -> tuple[Point | None, Point | None]:
    plan, lot = found.plan, found.plan.lot or 1
    at_aql = 0
    if purpose == "series" and plan.aql_percent is not None and plan.aql_percent <= 100.0:
        at_aql = round(lot * plan.aql_percent / 100.0)
    producer: Point | None = _at(found, at_aql) if at_aql else _quality(found, 0.95)
    consumer: Point | None
    if found.level is not None:
        consumer = _at(found, ispm31.infested_units(lot, found.level, rounding="ceil"))
    elif purpose == "isolated":
        consumer = _at(found, min(lot, _limiting(found, lot)))
    else:
        consumer = _quality(found, 0.10)
    return producer, consumer


def _limiting(found: Recommendation, lot: int) -> int:
    return max(1, int(np.ceil(lot * found.policy.limiting_percent / 100.0 - 1e-9)))


def _at(found: Recommendation, bad: int) -> Point:
    lot = found.plan.lot or 1
    return Point(p=bad / lot, pa=accepted(found, [bad])[0])


def _quality(found: Recommendation, share: float) -> Point | None:
    """Return the first whole number of bad units that is accepted no more often than `share`."""
    plan, lot = found.plan, found.plan.lot or 1
    taken = replace(plan, n=plan.units)
    if found.hazard.sensitivity >= 1.0:
        p = quality_at(taken, share, model="hypergeom", lot=lot)
        return None if p is None else _at(found, round(p * lot))
    p = quality_at(taken, share)
    if p is None or p > found.hazard.sensitivity:
        return None
    return _at(found, max(1, int(np.ceil(lot * p / found.hazard.sensitivity))))


# ------------------------------------------------------------------------------------ the sentences


def _producer_says(point: Point | None, found: Recommendation, purpose: Purpose) -> Text:
    if point is None:
        return Text(zh="好批不会被拒收。", en="A good lot is never refused.")
    of = _bad(point, found)
    at_aql = point.p * 100.0 if found.plan.aql_percent is not None else -1.0
    if purpose == "series" and abs(at_aql - (found.plan.aql_percent or 0.0)) < 50.0 / (
        found.plan.lot or 1
    ):
        aql = f"{found.plan.aql_percent:g}"
        return Text(
            zh=f"质量恰为 AQL（{aql}\u202f%，{of.zh}）的批，被拒收的机会是 "
            f"{percent(1 - point.pa)}。",
            en=f"A lot exactly at the AQL of {aql}\u202f% ({of.en}) is refused with chance "
            f"{percent(1 - point.pa)}.",
        )
    return Text(
        zh=f"一件不合格也没有的批不会被拒收；含 {of.zh}（{percent(point.p)}）的批，"
        f"被拒收的机会是 {percent(1 - point.pa)}。",
        en=f"A lot with no bad unit is never refused; one with {of.en} ({percent(point.p)}) is "
        f"refused with chance {percent(1 - point.pa)}.",
    )


def _consumer_says(point: Point | None, found: Recommendation) -> Text:
    if point is None:
        return Text(
            zh="再差的批也有超过一成的机会通过。",
            en="Even the worst lot passes more than one time in ten.",
        )
    of = _bad(point, found)
    return Text(
        zh=f"含 {of.zh}（{percent(point.p)}）的批，仍会通过的机会是 {percent(point.pa)}。",
        en=f"A lot with {of.en} ({percent(point.p)}) still passes with chance {percent(point.pa)}.",
    )


def _bad(point: Point, found: Recommendation) -> Text:
    count = round(point.p * (found.plan.lot or 1))
    word = "bad unit" if count == 1 else "bad units"
    return Text(zh=f"{count:,} 件不合格", en=f"{count:,} {word}")


def _why_purpose(asked: Asked, purpose: Purpose) -> Reason:
    row = hazard_row(asked.hazard)
    if asked.purpose != "auto":
        text = Text(
            zh=f"按您的选择：{PURPOSES[purpose].zh}。", en=f"You chose: {PURPOSES[purpose].en}."
        )
        return Reason(text=text, clause="asked")
    if row is None:
        text = Text(
            zh=f"未指明危害：{PURPOSES[purpose].zh}。",
            en=f"No hazard is named: {PURPOSES[purpose].en.lower()}.",
        )
        return Reason(text=text, clause="policy (default)")
    return Reason(
        text=Text(
            zh=f"{row.name.zh}（{KINDS[row.kind].zh}）：{PURPOSES[purpose].zh}。",
            en=f"{row.name.en} ({KINDS[row.kind].en.lower()}): {PURPOSES[purpose].en.lower()}.",
        ),
        clause="policy (default)",
    )


def _owned(reason: Reason, asked: Asked) -> Reason:
    """Say of a step that rests on the reader's own numbers that it does."""
    reason = replace(reason, text=typeset(reason.text, _hazard_severity(asked)))
    own = (asked.confidence, asked.level, asked.inspection_level, asked.aql_percent)
    mine = reason.clause.startswith("policy") and any(part is not None for part in own)
    return replace(reason, clause="asked") if mine else reason


def _notes(asked: Asked) -> Any:
    row = hazard_row(asked.hazard)
    if row is not None and asked.goods and row not in hazards_of(asked.goods):
        yield Text(
            zh=f"规则手册没有把{row.name.zh}列为这类商品的检查项目；请核对商品和危害。",
            en=f"The rule book does not list {row.name.en.lower()} for these goods; check both.",
        )
