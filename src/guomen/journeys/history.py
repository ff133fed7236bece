"""
History leaves the database: a row a line, a row a test, a file a month; only changes are written.

The manifest remembers up to which entry of the ledger it was written; every ruling, result and
verdict after that names the months to write again. Not for aggregates (``guomen.analysis``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
from django.conf import settings
from django.db.models import QuerySet

from guomen.analysis import history
from guomen.analysis.history import LINES, TESTS, Dataset, Standing
from guomen.core.conformity import Outcome as VerdictOutcome
from guomen.core.frequency import Finding
from guomen.core.severity import SEVERITY, Outcome
from guomen.supervision.declarations.lifecycle import LineState
from guomen.supervision.declarations.models import Line, LineResult
from guomen.supervision.ledger import queries as ledger
from guomen.supervision.parties import queries as parties
from guomen.supervision.samples.models import Portion, TestOrder, Verdict

# Months are those of the bureau's zone, as the files say.
ZONE = ZoneInfo("Asia/Shanghai")
_MILLION = 1_000_000
# Told after each month: its name, how many are done, of how many.
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What was written: the months, and how many rows they hold now."""

    months: tuple[str, ...]
    lines: int
    tests: int
    through: int


def folder() -> Path:
    """Return where the history of this installation lies."""
    return Path(settings.GUOMEN_VAR) / "history"


def export(
    place: Path | None = None,
    *,
    known: datetime,
    whole: bool = False,
    progress: Progress = lambda month, done, of: None,
) -> Exported:
    """
    Bring the history up to what is known at a moment; ``whole`` writes every month again.

    :raises guomen.analysis.history.HistoryError: if the folder is not what its manifest says
    """
    into = place or folder()
    # Read first: what is written while this runs is written again by the next run.
    through = ledger.head()[1]
    since = 0 if whole else history.read_manifest(into, TESTS).through
    names = sorted({*_changed(since), *history.damaged(into, LINES), *history.damaged(into, TESTS)})
    written: dict[str, int] = {}
    for dataset, rows_of in ((LINES, _lines), (TESTS, _tests)):
        frames = _frames(names, rows_of, dataset, known, progress)
        written[dataset.name] = history.write_months(
            into, frames, through=through, dataset=dataset
        ).rows
    return Exported(
        months=tuple(names), lines=written["lines"], tests=written["tests"], through=through
    )


def _changed(since: int) -> set[str]:
    """Return the months of lines that anything happened to after an entry of the ledger."""
    ruled = Line.objects.filter(ruling_seq__gt=since).values_list("received_at", flat=True)
    seen = LineResult.objects.filter(seq__gt=since).values_list("line__received_at", flat=True)
    judged = Verdict.objects.filter(seq__gt=since).values_list("test__line__received_at", flat=True)
    moments = {at for rows in (ruled, seen, judged) for at in rows.distinct().iterator()}
    return {history.month_of(at.astimezone(ZONE).date()) for at in moments}


def _frames(
    names: list[str],
    rows_of: Callable[[QuerySet[Line], datetime], pl.DataFrame],
    dataset: Dataset,
    known: datetime,
    progress: Progress,
) -> Iterator[tuple[str, pl.DataFrame]]:
    for done, name in enumerate(names, start=1):
        first = date.fromisoformat(f"{name}-01")
        after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
        bounds = [
            datetime.combine(day, time(), tzinfo=ZONE).astimezone(UTC) for day in (first, after)
        ]
        lines = Line.objects.filter(received_at__gte=bounds[0], received_at__lt=bounds[1])
        yield name, rows_of(lines, known).select(dataset.schema.names())
        progress(f"{dataset.name} {name}", done, len(names))


_DECLARED = {
    "pk": pl.Int64(),
    "reference": pl.String(),
    "received_at": pl.Datetime("us", "UTC"),
    "agency__code": pl.String(),
    "declaration__port": pl.String(),
    "direction": pl.String(),
    "enterprise": pl.String(),
    "site": pl.String(),
    "hs_code": pl.String(),
    "hs6": pl.String(),
    "origin": pl.String(),
    "destination": pl.String(),
    "value_cny": pl.Decimal(20, 2),
    "outcome": pl.String(),
    "state": pl.String(),
    "selected": pl.Boolean(),
    "chance_ppm": pl.Int64(),
    "raised_outcome": pl.String(),
    "settled_rules": pl.List(pl.String()),
}


def _table(rows: Iterable[tuple[object, ...]], columns: dict[str, pl.DataType]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=columns, orient="row")


def _base(lines: QuerySet[Line], known: datetime) -> pl.DataFrame:
    """Return what was declared and decided; who was looked at for certain has a chance of one."""
    found = _table(lines.values_list(*_DECLARED).iterator(chunk_size=20_000), dict(_DECLARED))
    codes = found["hs_code"].drop_nulls().unique().to_list()
    groups = parties.commodity_groups(codes, on=known.astimezone(ZONE).date(), known=known)
    opened = pl.col("outcome").is_in([o.value for o in Outcome if SEVERITY[o] >= _OPENED])
    return found.with_columns(
        line=pl.col("reference"),
        day=pl.col("received_at").dt.convert_time_zone(ZONE.key).dt.date(),
        agency=pl.col("agency__code"),
        port=pl.col("declaration__port"),
        group=pl.col("hs_code").replace_strict(groups, default=None, return_dtype=pl.String),
        value_fen=(pl.col("value_cny") * 100).cast(pl.Int64),
        opened=opened,
        by_hand=(pl.col("raised_outcome") != "none") | (pl.col("settled_rules").list.len() > 0),
        # Opened without having been drawn: a rule asked for every such line.
        chance_ppm=pl.when(opened & ~pl.col("selected")).then(_MILLION).otherwise("chance_ppm"),
    )


_OPENED = SEVERITY[Outcome.INSPECT]
_ENDED = {
    LineState.WITHDRAWN.value: Standing.WITHDRAWN.value,
    LineState.REFUSED.value: Standing.REFUSED.value,
    LineState.HELD.value: Standing.HELD.value,
}


def _lines(lines: QuerySet[Line], known: datetime) -> pl.DataFrame:
    """Return the rows of lines, each with its newest result."""
    results = LineResult.objects.filter(line__in=lines.order_by(), at__lte=known).order_by("seq")
    columns = {"pk": pl.Int64(), "performed": pl.Boolean(), "finding": pl.String(), "at": _MOMENT}
    rows = results.values_list("line_id", "performed", "finding", "at").iterator()
    newest = _table(rows, columns).unique("pk", keep="last", maintain_order=True)
    found = _base(lines, known).join(newest, on="pk", how="left", maintain_order="left")
    known_finding = pl.col("finding") != Finding.UNKNOWN.value
    return found.with_columns(
        standing=_standing(pl.col("performed")),
        failed=pl.when(pl.col("performed") & known_finding).then(
            pl.col("finding") == Finding.NONCONFORM.value
        ),
        result_day=pl.col("at").dt.convert_time_zone(ZONE.key).dt.date(),
    )


_MOMENT = pl.Datetime("us", "UTC")


def _standing(performed: pl.Expr) -> pl.Expr:
    """Say what a result can tell; the first that holds counts."""
    seen = pl.col("opened") & performed.fill_null(value=False)
    return (
        pl.when(pl.col("state").is_in(list(_ENDED)))
        .then(pl.col("state").replace_strict(_ENDED, default=None, return_dtype=pl.String))
        .when(pl.col("by_hand"))
        .then(pl.lit(Standing.DISCRETIONARY.value))
        .when(seen)
        .then(pl.lit(Standing.EXAMINED.value))
        .when(pl.col("opened") & performed.is_not_null())
        .then(pl.lit(Standing.UNPERFORMED.value))
        .otherwise(pl.lit(Standing.UNEXAMINED.value))
    )


def _tests(lines: QuerySet[Line], known: datetime) -> pl.DataFrame:
    """Return the rows of approved tests; an inconclusive or undecided verdict is unknown."""
    orders = TestOrder.objects.filter(
        line__in=lines.order_by(), sample__portion=Portion.TEST, ordered_at__lte=known
    )
    columns = {
        "test": pl.Int64(),
        "pk": pl.Int64(),
        "hazard": pl.String(),
        "laboratory": pl.String(),
        "approved_at": _MOMENT,
    }
    rows = orders.values_list("pk", "line_id", "hazard", "laboratory__code", "approved_at")
    tests = _table(rows.iterator(), columns)
    verdicts = Verdict.objects.filter(test__in=orders.order_by(), at__lte=known).order_by("pk")
    said = _table(
        verdicts.values_list("test_id", "outcome", "decides").iterator(),
        {"test": pl.Int64(), "verdict": pl.String(), "decides": pl.Boolean()},
    ).unique("test", keep="last", maintain_order=True)
    found = (
        tests.join(said, on="test", how="left", maintain_order="left")
        .join(_base(lines, known), on="pk", how="inner", maintain_order="left")
        .with_columns(decided=pl.col("approved_at").is_not_null() & pl.col("decides"))
    )
    fails = {VerdictOutcome.FAIL.value: True, VerdictOutcome.CONFORM.value: False}
    verdict = pl.col("verdict").replace_strict(fails, default=None, return_dtype=pl.Boolean)
    return found.with_columns(
        standing=_standing(pl.col("decided")),
        failed=pl.when(pl.col("decided")).then(verdict),
        result_day=pl.col("approved_at").dt.convert_time_zone(ZONE.key).dt.date(),
    )
