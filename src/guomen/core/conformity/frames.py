"""
A history of results judged at once: `judge` over frames.

Binary floating point decides only where it cannot be wrong. A row that lies within
one part in 10⁹ of any line that matters is decided by the exact scalar, once for
each distinct case, so that both doors give the same answer. Limits are chosen by
the day of sampling, or all as of one day, which re-judges history under new law.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from guomen.core.conformity import columns as read_columns
from guomen.core.conformity.columns import Codes, Floats
from guomen.core.conformity.decision import (
    SIMPLE,
    DecisionRule,
    Prior,
    conformance,
    guard_measure,
    joint_risks,
)
from guomen.core.conformity.judging import decide, measure
from guomen.core.conformity.kernel import REASONS, Rows, blocks, decide_rows
from guomen.core.conformity.matching import timeline
from guomen.core.conformity.model import Comparison, Limit, LimitKind, Outcome, Result
from guomen.core.conformity.reasons import Reason
from guomen.core.conformity.units import unit_of, unit_or_none

Bools = NDArray[np.bool_]

OUTCOMES = pl.Enum([outcome.value for outcome in Outcome])
REASON_TYPE = pl.Enum([reason.value for reason in Reason])
#: What `judge_frame` adds to the results.
VERDICT_COLUMNS: dict[str, Any] = {
    "outcome": OUTCOMES,
    "reason": REASON_TYPE,
    "limit": pl.UInt32,  # row in `limits`; null when none applies
    "value": pl.Float64,  # in the limit's unit
    "p_conform": pl.Float64,
    "specific_risk": pl.Float64,
    "consumer_risk": pl.Float64,
    "producer_risk": pl.Float64,
}
_EPOCH = date(1970, 1, 1).toordinal()
_NUMBERS = ("lower", "upper", "interval")


def limits_frame(limits: Sequence[Limit]) -> pl.DataFrame:
    """Lay limits out as a frame; numbers stay text, so that none is rounded."""
    names = [field.name for field in fields(Limit) if field.name != "note"]
    rows = {name: [_laid_out(getattr(limit, name)) for limit in limits] for name in names}
    dates = {"begins": pl.Date, "ends": pl.Date, "strict": pl.Boolean}
    return pl.DataFrame(rows, schema={name: dates.get(name, pl.String) for name in names})


def limits_of(frame: pl.DataFrame) -> tuple[Limit, ...]:
    """
    Read limits from a frame; columns that are absent take the defaults of `Limit`.

    :raises LimitInvalid: if the ends of a row do not fit its kind
    """
    return tuple(_limit(row) for row in frame.iter_rows(named=True))


def judge_frame(
    results: pl.DataFrame,
    limits: pl.DataFrame | Sequence[Limit],
    rule: DecisionRule = SIMPLE,
    *,
    on: date | None = None,
    as_of: date | None = None,
) -> pl.DataFrame:
    """
    Judge every row of a results frame; the verdict columns are added.

    Columns of `results` are those of `RESULT_COLUMNS`; those of the answer are
    `VERDICT_COLUMNS`. `on` is the day of judging. `as_of` applies the limits of that
    day to all rows, whatever their age. Global risks need the prior columns.

    :raises ColumnsMissing: if a required column is absent
    :raises LimitAmbiguous: if two limits are equally close on one day
    """
    read_columns.check_columns(results)
    book = limits_of(limits) if isinstance(limits, pl.DataFrame) else tuple(limits)
    taken = read_columns.days(read_columns.column(results, "taken"))
    chosen, undated = _choose(results, book, taken=taken, as_of=as_of)
    rows = _rows(results, book, chosen=chosen)
    early = np.full(results.height, -1, dtype=np.int8)
    early[_future(results, taken=taken, on=on)] = REASONS[Reason.FUTURE_DATED]
    early[chosen < 0] = REASONS[Reason.LIMIT_MISSING]
    early[undated] = REASONS[Reason.UNDATED]
    reasons, doubtful = decide_rows(rows, rule=rule, settled=early)
    _resolve(reasons, np.flatnonzero(doubtful), (results, chosen, book), rule=rule)
    return results.with_columns(_verdicts(results, rows, (reasons, chosen), rule=rule))


def _choose(
    results: pl.DataFrame, book: Sequence[Limit], *, taken: Floats, as_of: date | None
) -> tuple[Codes, Bools]:
    """Return the position of each row's limit (-1: none), and where only a date is missing."""
    keys, distinct = _keys(results)
    if as_of is not None:
        taken = np.full(results.height, float(as_of.toordinal() - _EPOCH))
    starts: list[float] = []
    held: list[int] = []
    always = np.full(len(distinct), -1, dtype=np.int64)
    dated = np.zeros(len(distinct), dtype=bool)
    for number, (commodity, analyte, market) in enumerate(distinct):
        line = (
            []
            if commodity is None or analyte is None or market is None
            else timeline(book, commodity=commodity, analyte=analyte, market=market)
        )
        starts += [number * _SPAN, *(number * _SPAN + _offset(day) for day, _ in line)]
        held += [-1, *(-1 if position is None else position for _, position in line)]
        if len(line) == 1 and line[0][0] == date.min:
            always[number] = held[-1]
        dated[number] = bool(line) and always[number] < 0
    known = ~np.isnan(taken)
    asked = keys * _SPAN + np.where(known, taken + _SHIFT, 0.0)
    segment = np.searchsorted(np.array(starts), asked, side="right") - 1
    chosen = np.where(known, np.array(held, dtype=np.int64)[segment], always[keys])
    return chosen, ~known & dated[keys]


_SHIFT = float(_EPOCH + 1)  # so that date.min is 2 and the start of a key is below every day
_SPAN = float(date.max.toordinal() + 10)


def _offset(day: date) -> float:
    return float(day.toordinal() - _EPOCH) + _SHIFT


def _keys(
    results: pl.DataFrame,
) -> tuple[Codes, list[tuple[str | None, str | None, str | None]]]:
    """Number the distinct (commodity, analyte, market) that occur."""
    (a, commodities), (b, analytes), (c, markets) = (
        read_columns.codes(results.get_column(name)) for name in ("commodity", "analyte", "market")
    )
    mixed = (a * len(analytes) + b) * len(markets) + c
    size = len(commodities) * len(analytes) * len(markets)
    if size <= max(4 * results.height, 1_000_000):
        present = np.zeros(size, dtype=bool)
        present[mixed] = True
        found, keys = np.flatnonzero(present), (np.cumsum(present) - 1)[mixed]
    else:
        found, keys = np.unique(mixed, return_inverse=True)
    triples = [
        (
            commodities[code // len(markets) // len(analytes)],
            analytes[code // len(markets) % len(analytes)],
            markets[code % len(markets)],
        )
        for code in found.tolist()
    ]
    return keys, triples


def _rows(results: pl.DataFrame, book: Sequence[Limit], *, chosen: Codes) -> Rows:
    """Gather what the kernel reads, every number in the unit of the row's limit."""
    unit_codes, symbols = read_columns.codes(results.get_column("unit"))
    units = [unit_or_none(symbol) for symbol in symbols]
    scale = _scales(units, book)[unit_codes, chosen]
    kinds, numbers = read_columns.readings(results.get_column("raw"))
    stated = {
        name: read_columns.amounts(read_columns.column(results, name))
        for name in ("expanded_uncertainty", "coverage", "lod", "loq")
    }
    expanded = stated["expanded_uncertainty"] * scale
    return Rows(
        kinds=kinds,
        numbers=numbers * scale,
        expanded=expanded,
        u=expanded / stated["coverage"],
        lod=stated["lod"] * scale,
        loq=stated["loq"] * scale,
        scale=scale,
        unit_known=np.array([unit is not None for unit in units])[unit_codes],
        signed=np.array([unit is not None and unit.signed for unit in units])[unit_codes],
        **_gathered(book, chosen),
    )


def _scales(units: Sequence[Any], book: Sequence[Limit]) -> Floats:
    """Tabulate the factor from each unit to each limit's, NaN where there is none."""
    table = np.full((len(units), len(book) + 1), np.nan)
    for row, unit in enumerate(units):
        for place, limit in enumerate(book):
            end = unit_of(limit.unit)
            if unit is not None and unit.dimension == end.dimension:
                table[row, place] = float(unit.factor / end.factor)
    return table


def _gathered(book: Sequence[Limit], chosen: Codes) -> dict[str, Any]:
    """Spread the limits over the rows; the last entry stands for no limit (-1)."""

    def spread(values: list[Any], *, none: Any) -> Any:
        return np.array([*values, none])[chosen]

    rounded = [limit.comparison is Comparison.ROUNDED for limit in book]
    return {
        "lower": spread([_float(limit.lower, -np.inf) for limit in book], none=-np.inf),
        "upper": spread([_float(limit.upper, np.inf) for limit in book], none=np.inf),
        "absent": spread([limit.kind is LimitKind.ABSENT for limit in book], none=False),
        "strict": spread([limit.strict for limit in book], none=False),
        "interval": spread(
            [
                _float(limit.rounding_interval, np.nan) if use else np.nan
                for limit, use in zip(book, rounded, strict=True)
            ],
            none=np.nan,
        ),
    }


def _future(results: pl.DataFrame, *, taken: Floats, on: date | None) -> Bools:
    reported = read_columns.days(read_columns.column(results, "reported"))
    judged = np.inf if on is None else float(on.toordinal() - _EPOCH)
    return (taken > reported) | (taken > judged) | (reported > judged)


def _resolve(
    reasons: NDArray[np.int8],
    doubtful: NDArray[np.int64],
    asked: tuple[pl.DataFrame, Codes, Sequence[Limit]],
    *,
    rule: DecisionRule,
) -> None:
    """Decide the doubtful rows exactly, once for each distinct case."""
    if not doubtful.size:
        return
    results, chosen, book = asked
    names = ["raw", "unit", "lod", "loq"]
    if rule.needs_uncertainty:
        names += ["expanded_uncertainty", "coverage"]
    cases = pl.DataFrame(
        [read_columns.column(results, name).gather(doubtful) for name in names]
    ).with_columns(pl.Series("_limit", chosen[doubtful]))
    number = cases.select(pl.struct(pl.all()).rank("dense").alias("n")).to_series().to_numpy() - 1
    first = np.unique(number, return_index=True)[1]
    answers = np.zeros(len(first), dtype=np.int8)
    for place, row in enumerate(cases[first].iter_rows(named=True)):
        limit = book[row.pop("_limit")]
        measured = measure(Result(**row), limit)
        if measured is not None:
            answers[place] = REASONS[decide(measured, limit, rule=rule)]
    reasons[doubtful] = answers[number]


def _verdicts(
    results: pl.DataFrame,
    rows: Rows,
    decided: tuple[NDArray[np.int8], Codes],
    *,
    rule: DecisionRule,
) -> list[pl.Series]:
    reasons, chosen = decided
    outcomes = OUTCOME_OF_REASON[reasons]
    judged = (outcomes != _UNKNOWN) & np.isfinite(rows.u) & ~rows.absent
    numbered = rows.numbered
    inside, outside = _specific(rows, judged & numbered, results=results)
    specific = np.where(outcomes == _CONFORM, outside, np.where(outcomes == _FAIL, inside, np.nan))
    consumer, producer = _global(rows, judged, results=results, rule=rule)
    value = np.where(numbered & (chosen >= 0), rows.numbers, np.nan)
    numbers = {
        "value": value,
        "p_conform": inside,
        "specific_risk": specific,
        "consumer_risk": consumer,
        "producer_risk": producer,
    }
    return [
        pl.Series("outcome", outcomes.astype(np.uint8)).cat.to(OUTCOMES),
        pl.Series("reason", reasons.astype(np.uint8)).cat.to(REASON_TYPE),
        pl.Series("limit", np.where(chosen < 0, 0, chosen).astype(np.uint32)).set(
            pl.Series(chosen < 0), None
        ),
        *(pl.Series(name, number, nan_to_null=True) for name, number in numbers.items()),
    ]


_ORDER = {outcome: place for place, outcome in enumerate(Outcome)}
_CONFORM, _FAIL, _UNKNOWN = _ORDER[Outcome.CONFORM], _ORDER[Outcome.FAIL], _ORDER[Outcome.UNKNOWN]
OUTCOME_OF_REASON: NDArray[np.int8] = np.array([_ORDER[r.outcome] for r in Reason], dtype=np.int8)


def _priors(results: pl.DataFrame) -> tuple[Floats, Floats] | None:
    if "prior_mean" not in results.columns or "prior_sd" not in results.columns:
        return None
    means, sds = (
        results.get_column(name).cast(pl.Float64).fill_null(np.nan).to_numpy()
        for name in ("prior_mean", "prior_sd")
    )
    return means, sds


def _specific(rows: Rows, where: Bools, *, results: pl.DataFrame) -> tuple[Floats, Floats]:
    inside, outside = np.full((2, len(where)), np.nan)
    priors = _priors(results)
    known = np.zeros_like(where) if priors is None else np.isfinite(priors[0]) & (priors[1] >= 0)
    for part, prior in ((where & ~known, None), (where & known, priors)):
        every = np.flatnonzero(part)
        for block in blocks(every.size):
            at = every[block]
            held = None if prior is None else Prior(mean=prior[0][at], sd=prior[1][at])
            inside[at], outside[at] = conformance(
                rows.numbers[at], rows.u[at], limits=(rows.lower[at], rows.upper[at]), prior=held
            )
    return inside, outside


def _global(
    rows: Rows, where: Bools, *, results: pl.DataFrame, rule: DecisionRule
) -> tuple[Floats, Floats]:
    """Compute the global risks once for each distinct limit, uncertainty and prior."""
    consumer, producer = np.full((2, len(where)), np.nan)
    priors = _priors(results)
    if priors is None:
        return consumer, producer
    at = np.flatnonzero(where & np.isfinite(priors[0]) & (priors[1] >= 0))
    asked = {
        "lower": rows.lower,
        "upper": rows.upper,
        "u": rows.u,
        "expanded": rows.expanded,
        "mean": priors[0],
        "sd": priors[1],
    }
    table = pl.DataFrame({name: numbers[at] for name, numbers in asked.items()})
    cases = table.with_row_index("row").group_by(*asked).agg("row")
    lower, upper, u, expanded, mean, sd = (cases.get_column(name).to_numpy() for name in asked)
    step = guard_measure(u, expanded, rule=rule)
    risks = joint_risks(
        u,
        limits=(lower, upper),
        guards=(rule.accept * step, rule.reject * step),
        prior=Prior(mean=mean, sd=sd),
    )
    grouped = cases.get_column("row")
    places = at[grouped.explode().to_numpy()] if at.size else at
    for risk, into in zip(risks, (consumer, producer), strict=True):
        into[places] = np.repeat(risk, grouped.list.len().to_numpy())
    return consumer, producer


def _float(number: Decimal | None, none: float) -> float:
    return none if number is None else float(number)


def _laid_out(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal | LimitKind | Comparison) else value


def _limit(row: dict[str, Any]) -> Limit:
    known = {field.name for field in fields(Limit)}
    given = {name: value for name, value in row.items() if name in known and value is not None}
    for name in _NUMBERS:
        if name in given:
            given[name] = Decimal(str(given[name]))
    if "kind" in given:
        given["kind"] = LimitKind(given["kind"])
    if "comparison" in given:
        given["comparison"] = Comparison(given["comparison"])
    return Limit(**given)
