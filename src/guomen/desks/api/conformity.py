"""Judging for everybody: what one laboratory result means under one limit."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Query, Router, Schema

from guomen.core.conformity import Limit, LimitKind, Prior, Result
from guomen.desks.api import answers, documented
from guomen.desks.components import clock
from guomen.desks.components.planner import plain
from guomen.journeys import judging

router = Router(tags=["conformity"], auth=None)
_Text = Annotated[str, Field(max_length=80)]
_End = Annotated[Decimal, Field(max_digits=30, allow_inf_nan=False)]


class LimitIn(Schema):
    """A limit of the caller's own."""

    kind: Literal["maximum", "minimum", "range", "absent"] = "maximum"
    lower: _End | None = None
    upper: _End | None = None
    unit: _Text


class JudgeIn(Schema):
    """A result as the report writes it, with the limit of the book or one of the caller's own."""

    value: _Text | None = None
    unit: _Text | None = None
    expanded_uncertainty: _Text | None = None
    coverage: _Text | None = None
    lod: _Text | None = None
    loq: _Text | None = None
    taken: date | None = None
    reported: date | None = None
    commodity: Annotated[str, Field(max_length=200)] = ""
    analyte: _Text = ""
    market: _Text = "CN"
    rule: Literal[
        "simple", "guard_band", "guarded_acceptance", "guarded_rejection", "expanded_guard",
        "shared_risk",
    ] = "simple"  # fmt: skip
    prior_mean: float | None = None
    prior_sd: Annotated[float, Field(gt=0)] | None = None


class JudgeBody(JudgeIn):
    """The same, with room for a limit of the caller's own."""

    limit: LimitIn | None = None


class JudgeQuery(JudgeIn):
    """The same in an address."""

    limit_kind: Literal["maximum", "minimum", "range", "absent"] = "maximum"
    limit_lower: _End | None = None
    limit_upper: _End | None = None
    limit_unit: _Text = ""


@router.get("/judge", response=documented.ANY, summary="What a result means")
def judge_asked(request: HttpRequest, given: Query[JudgeQuery]) -> Any:
    """Judge one result; what the report leaves open is unknown and never conforms."""
    del request
    own = None
    if given.limit_unit:
        own = LimitIn(
            kind=given.limit_kind, lower=given.limit_lower, upper=given.limit_upper,
            unit=given.limit_unit,
        )  # fmt: skip
    return _judged(given, own)


@router.post("/judge", response=documented.ANY, summary="What a result means")
def judge(request: HttpRequest, given: JudgeBody) -> Any:
    """Judge one result; what the report leaves open is unknown and never conforms."""
    del request
    return _judged(given, given.limit)


def _judged(given: JudgeIn, own: LimitIn | None) -> dict[str, Any]:
    today = timezone.localtime(clock.now()).date()
    known = given.prior_mean is not None and given.prior_sd is not None
    asked = judging.Asked(
        result=Result(
            raw=given.value, unit=given.unit, expanded_uncertainty=given.expanded_uncertainty,
            coverage=given.coverage, lod=given.lod, loq=given.loq, taken=given.taken,
            reported=given.reported,
        ),
        rule=given.rule,
        own=None if own is None else _limit(own),
        commodity=given.commodity,
        analyte=given.analyte,
        market=given.market,
        prior=Prior(mean=given.prior_mean or 0.0, sd=given.prior_sd or 1.0) if known else None,
    )  # fmt: skip
    return plain.verdict(judging.answer(asked, on=today), say=answers.said)


def _limit(own: LimitIn) -> Limit:
    return Limit(
        analyte="own", commodity="own", kind=LimitKind(own.kind), lower=own.lower, upper=own.upper,
        unit=own.unit, begins=date.min, basis="as given",
    )  # fmt: skip
