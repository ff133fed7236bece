"""Sampling for everybody: a plan for a lot, how a plan behaves, which units to take."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema, Status

from guomen.core.errors import GuomenError
from guomen.core.sampling import Plan, Source, draw_units, oc, risk
from guomen.core.sampling.oc import Model
from guomen.desks.api import answers, documented
from guomen.desks.components.planner import plain
from guomen.journeys import planning, planning_words

router = Router(tags=["sampling"], auth=None)
MOST_UNITS = 100_000
_GIVEN = Source(standard="the plan given", edition="as given", clause="n, Ac", evidence="computed")
_Share = Annotated[float, Field(gt=0, le=1)]


class PlanIn(Schema):
    """A lot, and what is looked for; fractions within 0 and 1."""

    lot: Annotated[int, Field(ge=1, le=100_000_000)]
    goods: str = ""
    hazard: str = ""
    purpose: planning_words.Purpose = "auto"
    severity: Literal["critical", "major", "minor"] | None = None
    enterprise_class: Literal["1", "2", "3", "4"] = "2"
    credit: Literal["A", "B", "C", "D"] = "B"
    history: planning_words.History = "none"
    level: _Share | None = None
    confidence: Annotated[float, Field(gt=0, lt=1)] | None = None
    sensitivity: _Share = 1.0
    inspection_level: Literal["S-1", "S-2", "S-3", "S-4", "I", "II", "III"] | None = None
    aql_percent: Annotated[float, Field(gt=0, le=10)] | None = None
    limiting_percent: Annotated[float, Field(gt=0, le=100)] | None = None
    criterion: str = ""
    unit_cost: Annotated[float, Field(ge=0)] = 0.0
    fixed_cost: Annotated[float, Field(ge=0)] = 0.0
    budget_money: Annotated[float, Field(ge=0)] | None = None
    budget_units: Annotated[int, Field(ge=0)] | None = None


class CurveIn(Schema):
    """A single plan, and the qualities at which it is asked."""

    n: Annotated[int, Field(ge=1, le=10_000_000)]
    ac: Annotated[int, Field(ge=0)] = 0
    p: Annotated[list[Annotated[float, Field(ge=0, le=1)]], Field(max_length=1000)] = Field(
        default_factory=list
    )
    lot: Annotated[int, Field(ge=1, le=100_000_000)] | None = None


class UnitsIn(Schema):
    """How many units of which lot, from which seed."""

    lot: Annotated[int, Field(ge=1, le=100_000_000)]
    n: Annotated[int, Field(ge=0, le=MOST_UNITS)]
    seed: Annotated[str, Field(min_length=1, max_length=200)]
    reference: Annotated[str, Field(max_length=200)] = ""


@router.get("/plan", response=documented.ANY, summary="A sampling plan for a lot")
def plan_asked(request: HttpRequest, given: Query[PlanIn]) -> Any:
    """Recommend a plan with reasons, risks, cost, and other ways beside it."""
    del request
    return _plan(given)


@router.post("/plan", response=documented.ANY, summary="A sampling plan for a lot")
def plan(request: HttpRequest, given: PlanIn) -> Any:
    """Recommend a plan with reasons, risks, cost, and other ways beside it."""
    del request
    return _plan(given)


@router.get("/oc", response=documented.ANY, summary="How a plan behaves")
def oc_asked(request: HttpRequest, given: Query[CurveIn]) -> Any:
    """Return the chance of acceptance, mean sample and outgoing quality at each p."""
    del request
    return _curve(given)


@router.post("/oc", response=documented.ANY, summary="How a plan behaves")
def oc_of(request: HttpRequest, given: CurveIn) -> Any:
    """Return the chance of acceptance, mean sample and outgoing quality at each p."""
    del request
    return _curve(given)


@router.get("/units", response=documented.ANY, summary="Which units to take")
def units_asked(request: HttpRequest, given: Query[UnitsIn]) -> Any:
    """Draw units from a seed: anybody with the seed gets the same."""
    del request
    return _units(given)


@router.post("/units", response=documented.ANY, summary="Which units to take")
def units(request: HttpRequest, given: UnitsIn) -> Any:
    """Draw units from a seed: anybody with the seed gets the same."""
    del request
    return _units(given)


def _plan(given: PlanIn) -> Any:
    asked = planning.Asked(**given.dict())
    try:
        return plain.plan(planning.answer(planning.checked(asked)), say=answers.said)
    except GuomenError as error:
        return Status(422, {"error": plain.refusal(error, say=answers.said)})


def _curve(given: CurveIn) -> Any:
    asked = Plan(n=given.n, ac=given.ac, re=given.ac + 1, source=_GIVEN, lot=given.lot)
    model: Model = "binomial" if given.lot is None else "hypergeom"
    points = risk(asked, model=model, lot=given.lot)
    found = oc(asked, given.p, model=model, lot=given.lot) if given.p else None
    return {
        "model": model,
        "curve": [] if found is None else plain.curve(found),
        "accepted_95": points.p95,
        "accepted_50": points.p50,
        "accepted_10": points.p10,
    }


def _units(given: UnitsIn) -> Any:
    drawn = draw_units(given.n, given.lot, given.seed.encode(), reference=given.reference)
    return {
        "units": list(drawn), "lot": given.lot, "seed": given.seed, "reference": given.reference,
    }  # fmt: skip
