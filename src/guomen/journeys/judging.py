"""
Judging laboratory results: the limit that binds, the decision rule, and the verdict.

Desks ask here, so that a page, the command line and the API give one answer. What a result means
is decided in ``core.conformity``; here the limit is looked up for the day of sampling. Nothing is
stored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Final

import polars as pl

from guomen.core.conformity import (
    RESULT_COLUMNS,
    SIMPLE,
    DecisionRule,
    Limit,
    LimitAmbiguous,
    LimitMissing,
    Prior,
    Result,
    Verdict,
    expanded_guard,
    guard_band,
    guarded_acceptance,
    guarded_rejection,
    judge,
    judge_frame,
    shared_risk,
)
from guomen.core.conformity.judging import Measured, measure
from guomen.core.conformity.matching import ancestors
from guomen.core.errors import GuomenError
from guomen.core.text import Text
from guomen.rulebooks import limits as book


class ResultsUnreadable(GuomenError):
    """A file of results is no CSV that can be read."""

    code = "judging.results-unreadable"


RULES: Final[Mapping[str, DecisionRule]] = MappingProxyType(
    {
        "simple": SIMPLE,
        "guard_band": guard_band(0.95),
        "guarded_acceptance": guarded_acceptance(0.95),
        "guarded_rejection": guarded_rejection(0.95),
        "expanded_guard": expanded_guard(1.0),
        "shared_risk": shared_risk(0.3),
    }
)
RULES_SAY: Final[Mapping[str, Text]] = MappingProxyType(
    {
        "simple": Text(
            zh="数值在限量以内就合格，不看不确定度。",
            en="Within the limit conforms; the uncertainty is not asked.",
        ),
        "guard_band": Text(
            zh="离限量太近时不下结论：合格和不合格的误判风险都不超过 5%。",
            en="Too close to the limit stays open: either verdict is wrong with 5 % at most.",
        ),
        "guarded_acceptance": Text(
            zh="保护消费者：只有把握达到 95% 才判合格，否则不合格。",
            en="Protects the consumer: conforms only with 95 % confidence, else fails.",
        ),
        "guarded_rejection": Text(
            zh="排除合理怀疑：只有把握达到 95% 才判不合格，否则合格。",
            en="Beyond reasonable doubt: fails only with 95 % confidence, else conforms.",
        ),
        "expanded_guard": Text(
            zh="限量收紧一个扩展不确定度 U，以内合格，以外不合格。",
            en="The limit is drawn in by the expanded uncertainty U.",
        ),
        "shared_risk": Text(
            zh="不确定度不超过限量的 30% 时按数值判；否则不下结论。",
            en="By the number, if U is at most 30 % of the limit; else it stays open.",
        ),
    }
)
CERTAINTIES: Final[Mapping[str, Text]] = MappingProxyType(
    {
        "sourced": Text(zh="有出处", en="sourced"),
        "knowledge": Text(zh="未经核实的演示值", en="unverified demo value"),
        "default": Text(zh="设计默认值，未经核实", en="design default, unverified"),
        "own": Text(zh="您给出的限量", en="a limit that you gave"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A result, and the limit it is laid against: one of the book, or the reader's own."""

    result: Result
    rule: str = "simple"
    own: Limit | None = None
    commodity: str = ""
    analyte: str = ""
    market: str = "CN"
    prior: Prior | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The verdict with everything that its picture needs; guards are in the limit's unit."""

    asked: Asked
    verdict: Verdict
    rule: DecisionRule
    limit: Limit | None
    measured: Measured | None
    accept: Decimal | None
    reject: Decimal | None
    beside: tuple[Limit, ...]

    @property
    def certainty(self) -> Text | None:
        """Say how sure the limit itself is."""
        return None if self.limit is None else CERTAINTIES.get(self.limit.certainty)


def answer(asked: Asked, *, on: date) -> Answer:
    """
    Judge a result as of a day; what cannot be judged is unknown, with what to do.

    :raises LimitAmbiguous: if the book holds two equally close limits for the day
    """
    rule = RULES[asked.rule]
    limit = asked.own or _of_the_book(asked)
    verdict = judge(asked.result, limit, rule, on=on, prior=asked.prior)
    measured = None if limit is None else measure(asked.result, limit)
    accept, reject = _guards(rule, measured)
    return Answer(
        asked=asked, verdict=verdict, rule=rule, limit=limit, measured=measured,
        accept=accept, reject=reject, beside=() if limit else beside(asked),
    )  # fmt: skip


def _of_the_book(asked: Asked) -> Limit | None:
    if asked.result.taken is None:
        return None
    try:
        return book.look_up(
            asked.commodity, analyte=asked.analyte, market=asked.market, on=asked.result.taken
        )
    except LimitMissing:
        return None


def beside(asked: Asked) -> tuple[Limit, ...]:
    """Return limits that the book does hold for the analyte, the closest commodities first."""
    groups = list(ancestors(asked.commodity))
    rows = [row for row in book.LIMITS if row.analyte == asked.analyte]
    return tuple(sorted(rows, key=lambda row: (row.commodity not in groups, row.market))[:8])


def of_commodity(commodity: str, *, market: str, on: date) -> tuple[Limit, ...]:
    """Return the limits that bind a commodity on a day, one an analyte, in the book's order."""
    found = []
    for analyte in dict.fromkeys(row.analyte for row in book.LIMITS):
        try:
            found.append(book.look_up(commodity, analyte=analyte, market=market, on=on))
        except (LimitMissing, LimitAmbiguous):
            continue
    return tuple(found)


def _guards(rule: DecisionRule, measured: Measured | None) -> tuple[Decimal | None, Decimal | None]:
    """Return how far acceptance ends inside the limit and refusal begins beyond it."""
    if (rule.accept, rule.reject) == (0.0, 0.0):
        return Decimal(0), Decimal(0)
    if measured is None or measured.bound is not None:
        return None, None
    step = {"standard": measured.u, "expanded": measured.expanded, "absolute": Decimal(1)}[
        rule.guard_in
    ]
    if step is None:
        return None, None
    return Decimal(repr(rule.accept)) * step, Decimal(repr(rule.reject)) * step


def judge_file(file: Path, *, rule: str, on: date) -> tuple[pl.DataFrame, dict[str, int]]:
    """
    Judge a CSV of results by the limits of their days of sampling; count the outcomes.

    Every cell is read as text, so that "ND" and "<0.01" stay what the report says.

    :raises ResultsUnreadable: if the file cannot be read as CSV
    :raises ColumnsMissing: if a required column is absent
    """
    try:
        results = pl.read_csv(file, infer_schema=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise ResultsUnreadable(
            f"{file} cannot be read as CSV ({str(error).splitlines()[0]}): save it as UTF-8 with "
            f"the columns {', '.join(RESULT_COLUMNS)}.",
            file=str(file),
        ) from error
    days = [name for name in ("taken", "reported") if name in results.columns]
    priors = [name for name in ("prior_mean", "prior_sd") if name in results.columns]
    typed = results.with_columns(
        pl.col(days).str.to_date("%Y-%m-%d", strict=False),
        pl.col(priors).cast(pl.Float64, strict=False),
    )
    judged = judge_frame(typed, book.LIMITS, RULES[rule], on=on)
    counts = judged.get_column("outcome").value_counts()
    return judged, {str(key): int(count) for key, count in counts.iter_rows()}
