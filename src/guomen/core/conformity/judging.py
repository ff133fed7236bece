"""
What one result means under one limit, decided in exact decimals.

The questions are asked in the order of `Reason`; the first that cannot be answered
makes the verdict unknown. A result is an interval of possible values, a point for a
number and a half-line for "<x": it conforms when the whole interval is accepted and
fails when the whole of it is refused. For a million results use `frames`, which
gives the same answers. Not for lots: how many units may fail is `core.sampling`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import numpy as np

from guomen.core.conformity.decision import (
    SIMPLE,
    DecisionRule,
    Prior,
    conformance,
    guard_measure,
    joint_risks,
)
from guomen.core.conformity.model import Comparison, Limit, LimitKind, Outcome, Result, Verdict
from guomen.core.conformity.reading import Kind, Reading, read
from guomen.core.conformity.reasons import Reason
from guomen.core.conformity.rounding import round_to
from guomen.core.conformity.units import factor, unit_of, unit_or_none
from guomen.core.conformity.wording import explained, fields_of, plain

_INFINITE = Decimal("Infinity")
_FOUND = frozenset({Kind.DETECTED, Kind.ABOVE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A reading with everything that the report states, in the limit's unit."""

    kind: Kind
    number: Decimal | None
    expanded: Decimal | None = None
    u: Decimal | None = None
    lod: Decimal | None = None
    loq: Decimal | None = None
    signed: bool = False

    @property
    def value(self) -> Decimal | None:
        """Return the measured number, when it is one."""
        return self.number if self.kind is Kind.VALUE else None

    @property
    def bound(self) -> Decimal | None:
        """Return what the value is known to lie below, for a result under a limit of detection."""
        return {Kind.BELOW: self.number, Kind.BELOW_LOD: self.lod, Kind.BELOW_LOQ: self.loq}.get(
            self.kind
        )


_NO_RISKS: tuple[float | None, ...] = (None, None, None, None)


def judge(
    result: Result,
    limit: Limit | None,
    rule: DecisionRule = SIMPLE,
    *,
    on: date | None = None,
    prior: Prior | None = None,
) -> Verdict:
    """
    Say what a result means under a limit and a decision rule.

    `on` is the day of judging, after which no result can be dated. A result that
    cannot be judged is unknown, with the reason: it never raises and never conforms.

    >>> from guomen.core.conformity.model import Limit, Result
    >>> limit = Limit(analyte="melamine", commodity="food", upper=Decimal("2.5"),
    ...               unit="mg/kg", basis="2011-10")
    >>> judge(Result(raw="2600", unit="µg/kg"), limit).outcome.value
    'fail'
    >>> judge(Result(raw="未检出", unit="mg/kg"), limit).reason
    'lod_not_stated'
    """
    measured = None if limit is None else measure(result, limit)
    reason = _decided(result, limit, measured, rule=rule, on=on)
    outcome = reason.outcome
    risks = _NO_RISKS
    if limit is not None and measured is not None and outcome is not Outcome.UNKNOWN:
        risks = _risks(measured, limit, rule=rule, prior=prior)
    inside, outside, consumer, producer = risks
    specific = {Outcome.CONFORM: outside, Outcome.FAIL: inside}.get(outcome)
    fields = fields_of(result, limit, rule, {**_stated(measured), "on": on})
    return Verdict(
        outcome=outcome,
        reason=reason.value,
        sentence=explained(reason, fields, risk=specific),
        value=None if measured is None else measured.value,
        p_conform=inside,
        specific_risk=specific,
        consumer_risk=consumer,
        producer_risk=producer,
        basis=None if limit is None else limit.basis,
        certainty=None if limit is None else limit.certainty,
        rule=rule.key,
    )


def measure(result: Result, limit: Limit) -> Measured | None:
    """Read a result into the limit's unit, or return None when the units forbid it."""
    unit = unit_or_none(result.unit)
    if unit is None or unit.dimension != unit_of(limit.unit).dimension:
        return None
    scale = factor(unit.symbol, limit.unit)
    reading = read(result.raw)
    expanded, coverage = _amount(result.expanded_uncertainty), _amount(result.coverage)
    return censored(
        Measured(
            kind=reading.kind,
            number=_times(reading.number, scale),
            expanded=_times(expanded, scale),
            u=None if expanded is None or coverage is None else expanded * scale / coverage,
            lod=_times(_amount(result.lod), scale),
            loq=_times(_amount(result.loq), scale),
            signed=unit.signed,
        )
    )


def censored(measured: Measured) -> Measured:
    """Take a number under the stated detection limit for what it is: not detected."""
    value, lod = measured.value, measured.lod
    if value is None or measured.signed or value < 0:
        return measured
    if (lod is None and value == 0) or (lod is not None and value < lod):
        return replace(measured, kind=Kind.BELOW_LOD)
    return measured


def _decided(
    result: Result,
    limit: Limit | None,
    measured: Measured | None,
    *,
    rule: DecisionRule,
    on: date | None,
) -> Reason:
    if limit is None:
        return Reason.LIMIT_MISSING
    if result.taken is not None and not limit.in_force(result.taken):
        return Reason.LIMIT_NOT_IN_FORCE
    if not _dates_possible(result, on=on):
        return Reason.FUTURE_DATED
    if unit_or_none(result.unit) is None:
        return Reason.UNIT_UNKNOWN
    if measured is None:
        return Reason.UNIT_MISMATCH
    return decide(measured, limit, rule=rule)


def decide(measured: Measured, limit: Limit, *, rule: DecisionRule) -> Reason:
    """Decide on a reading that is in the limit's unit."""
    if reason := _unreadable(measured):
        return reason
    if limit.kind is LimitKind.ABSENT:
        return _absent(measured, limit, rule=rule)
    if measured.kind is Kind.DETECTED:
        return Reason.NO_NUMBER
    if reason := _unsupported(measured):
        return reason
    if measured.bound is None and _guard_unknown(measured, rule=rule):
        return Reason.UNCERTAINTY_NOT_STATED
    if _too_uncertain(measured, limit, rule=rule):
        return Reason.UNCERTAINTY_TOO_LARGE
    return _compared(measured, limit, rule=rule)


def _unreadable(measured: Measured) -> Reason | None:
    if measured.kind in (Kind.MISSING, Kind.TEXT):
        return {Kind.MISSING: Reason.MISSING, Kind.TEXT: Reason.NOT_A_NUMBER}[measured.kind]
    negative = measured.number is not None and measured.number < 0
    return Reason.IMPOSSIBLE if negative and not measured.signed else None


def _unsupported(measured: Measured) -> Reason | None:
    """Return why a result under a limit of detection cannot be used, if it cannot."""
    if measured.kind in (Kind.VALUE, Kind.ABOVE):
        return None
    stated = measured.lod if measured.lod is not None else measured.loq
    if measured.bound is None or stated is None:
        return Reason.LOD_NOT_STATED
    return Reason.LOD_INCONSISTENT if measured.bound < stated else None


def _absent(measured: Measured, limit: Limit, *, rule: DecisionRule) -> Reason:
    if measured.kind in _FOUND:
        return Reason.DETECTED
    if measured.kind is Kind.VALUE:
        # A number at or above the stated detection limit; without one nothing is shown.
        stated = measured.lod is not None
        return Reason.DETECTED if stated else Reason.LOD_NOT_STATED
    if reason := _unsupported(measured):
        return reason
    required = limit.upper if limit.upper is not None else measured.lod
    if required is None or measured.bound is None:
        return Reason.LOD_NOT_STATED
    if rule.below != "bound":
        return Reason.CENSORED
    if measured.bound > required:
        return Reason.NOT_SENSITIVE
    return Reason.NOT_DETECTED


def _guard_unknown(measured: Measured, *, rule: DecisionRule) -> bool:
    """Tell whether the rule needs an uncertainty that the report does not state."""
    if not rule.needs_uncertainty:
        return False
    guarded = (rule.accept, rule.reject) != (0.0, 0.0)
    needs_u = guarded and rule.guard_in == "standard"
    return measured.expanded is None or (needs_u and measured.u is None)


def _too_uncertain(measured: Measured, limit: Limit, *, rule: DecisionRule) -> bool:
    if rule.max_ratio is None or measured.expanded is None or measured.bound is not None:
        return False
    return measured.expanded > _decimal(rule.max_ratio) * _scale(limit)


def _scale(limit: Limit) -> Decimal:
    """Return what an uncertainty is compared with: the width of a range, else the limit."""
    if limit.lower is not None and limit.upper is not None:
        return limit.upper - limit.lower
    return abs(limit.upper if limit.upper is not None else limit.lower or Decimal(0))


def _compared(measured: Measured, limit: Limit, *, rule: DecisionRule) -> Reason:
    low, high = _span(measured, limit)
    point = low == high
    steps = {"standard": measured.u, "expanded": measured.expanded, "absolute": Decimal(1)}
    # A detection limit is itself set at 95 % (ISO 11843-1): guarding it would guard twice.
    step = Decimal(0) if measured.bound is not None else steps[rule.guard_in] or Decimal(0)
    accept, reject = _decimal(rule.accept) * step, _decimal(rule.reject) * step
    lower = -_INFINITE if limit.lower is None else limit.lower
    upper = _INFINITE if limit.upper is None else limit.upper
    closed = not (limit.strict and point)
    accepted = _between(low, high, ends=(lower + accept, upper - accept), closed=closed)
    refused = _beyond(low, high, ends=(lower - reject, upper + reject), closed=closed)
    if refused and not accepted:
        return Reason.BEYOND
    if accepted and point:
        return Reason.WITHIN
    if accepted and rule.below == "bound":
        return Reason.BOUND_WITHIN
    return Reason.GUARD_ZONE if point else Reason.CENSORED


def _span(measured: Measured, limit: Limit) -> tuple[Decimal, Decimal]:
    """Return the interval of values that the reading leaves possible."""
    number = measured.number or Decimal(0)
    if measured.kind is Kind.VALUE:
        rounded = limit.comparison is Comparison.ROUNDED
        number = round_to(number, limit.rounding_interval) if rounded else number
        return number, number
    if measured.kind is Kind.ABOVE:
        return number, _INFINITE
    return -_INFINITE, measured.bound or Decimal(0)


def _between(low: Decimal, high: Decimal, *, ends: tuple[Decimal, Decimal], closed: bool) -> bool:
    lower, upper = ends
    return lower <= low and high <= upper if closed else lower < low and high < upper


def _beyond(low: Decimal, high: Decimal, *, ends: tuple[Decimal, Decimal], closed: bool) -> bool:
    lower, upper = ends
    if low == high:
        return low < lower or low > upper if closed else low <= lower or low >= upper
    return high <= lower or low >= upper  # half-lines are open: they exclude their own end


def _risks(
    measured: Measured, limit: Limit, *, rule: DecisionRule, prior: Prior | None
) -> tuple[float | None, ...]:
    """Return p inside, p outside, consumer's and producer's risk, each None when unknown."""
    if measured.u is None or measured.expanded is None or limit.kind is LimitKind.ABSENT:
        return _NO_RISKS
    u, expanded = np.asarray(float(measured.u)), np.asarray(float(measured.expanded))
    ends = (
        np.asarray(-np.inf if limit.lower is None else float(limit.lower)),
        np.asarray(np.inf if limit.upper is None else float(limit.upper)),
    )
    inside: float | None = None
    outside: float | None = None
    if measured.value is not None:
        found = conformance(np.asarray(float(measured.value)), u, limits=ends, prior=prior)
        inside, outside = float(found[0]), float(found[1])
    if prior is None:
        return inside, outside, None, None
    step = guard_measure(u, expanded, rule=rule)
    guards = (rule.accept * step, rule.reject * step)
    consumer, producer = joint_risks(u, limits=ends, guards=guards, prior=prior)
    return inside, outside, float(consumer), float(producer)


def _stated(measured: Measured | None) -> dict[str, str | None]:
    if measured is None:
        return dict.fromkeys(("value", "bound", "lod", "expanded"))
    return {
        "value": plain(measured.number),
        "bound": plain(measured.bound),
        "lod": plain(measured.lod),
        "expanded": plain(measured.expanded),
    }


def _decimal(number: float) -> Decimal:
    return Decimal(repr(float(number)))


def _amount(number: object) -> Decimal | None:
    """Return a stated positive amount; zero, text and NaN state nothing."""
    if number is None or isinstance(number, bool):
        return None
    reading: Reading = read(number)
    value = reading.number if reading.kind is Kind.VALUE else None
    return value if value is not None and value > 0 else None


def _times(number: Decimal | None, scale: Decimal) -> Decimal | None:
    return None if number is None else number * scale


def _dates_possible(result: Result, *, on: date | None) -> bool:
    known = [day for day in (result.taken, result.reported, on) if day is not None]
    return known == sorted(known)
