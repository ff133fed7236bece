"""Commands about declarations: decide a file, record results, rule again on held lines."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import ClassVar

import polars as pl
import typer

from guomen.core.errors import GuomenError
from guomen.core.frequency import Finding
from guomen.core.severity import OUTCOME_NAMES, Outcome
from guomen.core.text import Text
from guomen.desks.commands import output, rulings
from guomen.desks.commands.moments import lodgement, moment
from guomen.journeys import bulk, clearance, files, intake
from guomen.journeys.clearance import Result, batches

_REDECIDED_AT_ONCE = 200
# About what a line takes in a file of texts.
_BYTES_A_LINE = 220


def columns(example: Path | None) -> None:
    """List the columns of a declaration file, and write an example if it is asked for."""
    heads = ("column", "what", "内容", "required", "codes", "example")
    rows = [
        (c.name, c.label.en, c.label.zh, "yes" if c.required else "", codes, c.example)
        for c in intake.COLUMNS
        for codes in [", ".join(c.codes or ())]
    ]
    output.document({"columns": [dict(zip(heads, row, strict=True)) for row in rows]})
    output.table(heads, rows)
    if example is not None:
        row = {c.name: [c.example] for c in intake.COLUMNS}
        files.write(example, pl.DataFrame(row, schema=dict.fromkeys(row, pl.String)))
        output.say(
            Text(
                zh=f"示例已写入 {example}。",
                en=f"An example was written to {example}.",
            )
        )


def decide(
    file: Path, *, out: Path | None, agency: str | None, at: datetime | None, by: str
) -> None:
    """
    Decide a file of declarations.

    :raises typer.Exit: with 1 if a row was rejected
    """
    if out is not None:
        files.kind_of(out.name)
    how = lodgement(agency=agency, at=at, by=by)
    found: Counter[Outcome] = Counter()
    declared: list[str] = []
    with batches.beside(_likely_lines(file)) as second:
        accepted = bulk.accept(files.read(file), how=how)
        began = time.perf_counter()
        with output.progress("Deciding", accepted.lines.height) as step:
            for done in bulk.decide(accepted, how=how, second=second):
                found.update(done.outcomes.values())
                declared.extend(done.declarations)
                spent = time.perf_counter() - began
                step(len(done.outcomes), rate=f"{found.total() / spent:,.0f} lines/s")
        seconds = time.perf_counter() - began
    if out is not None:
        files.write(out, rulings.table(declared))
    rejects = _rejects(file, accepted)
    _report(found, accepted, seconds=seconds, rejects=rejects)
    if accepted.problems:
        raise typer.Exit(1)


def _likely_lines(file: Path) -> int:
    """Guess how many lines a file has; one that is not there is refused when it is read."""
    try:
        return file.stat().st_size // _BYTES_A_LINE
    except OSError:
        return 0


def _rejects(file: Path, accepted: bulk.Accepted) -> Path | None:
    """Write the reject file, or take away one that no longer holds."""
    path = file.with_name(f"{file.name}.rejects.csv")
    if not accepted.problems:
        path.unlink(missing_ok=True)
        return None
    files.write(path, files.problems_frame(accepted.problems))
    return path


def _report(
    found: Counter[Outcome], accepted: bulk.Accepted, *, seconds: float, rejects: Path | None
) -> None:
    speed = round(found.total() / seconds) if found else 0
    output.document(
        {
            "rows": accepted.rows,
            "decided": found.total(),
            "rejected": accepted.rejected,
            "outcomes": {outcome.value: count for outcome, count in found.items()},
            "lines_per_second": speed,
            "rejects": str(rejects) if rejects else None,
            "problems": len(accepted.problems),
        }
    )
    output.table(("outcome", "结果", "lines"), outcome_rows(found))
    output.say(
        Text(
            zh=f"已判定 {found.total():,} 批，每秒 {speed:,} 批。",
            en=f"{found.total():,} lines decided, {speed:,} lines/s.",
        )
    )
    if rejects is not None:
        output.say(
            Text(
                zh=f"[yellow]有 {accepted.rejected:,} 行未受理：见 {rejects}[/]",
                en=f"[yellow]{accepted.rejected:,} rows were not taken: see {rejects}[/]",
            )
        )


def outcome_rows(found: Counter[Outcome]) -> list[tuple[str, str, str]]:
    """Return outcomes with their counts, in the order of severity."""
    return [
        (OUTCOME_NAMES[outcome].en, OUTCOME_NAMES[outcome].zh, f"{found[outcome]:,}")
        for outcome in Outcome
        if found[outcome]
    ]


class BadResultError(GuomenError):
    """A row of a file of results cannot be recorded."""

    code: ClassVar[str] = "commands.bad-result"


_PERFORMED = {"yes": True, "true": True, "1": True, "是": True} | {
    "no": False,
    "false": False,
    "0": False,
    "否": False,
}
_COLUMNS = ("line", "performed", "finding", "reason")


def outcomes(file: Path, *, at: datetime | None, by: str) -> None:
    """Record the results of a file: all of them, or none."""
    frame = files.read_table(file, columns=_COLUMNS)
    results = [_result(place, row) for place, row in enumerate(frame.iter_rows(named=True), 1)]
    try:
        clearance.record_outcomes(results, at=moment(at), by=by)
    except clearance.ResultOfChainError as error:
        raise _of_chain(results, error) from error
    output.document({"recorded": len(results)})
    output.say(
        Text(
            zh=f"已登记 {len(results):,} 项结果。",
            en=f"{len(results):,} results recorded.",
        )
    )


def _of_chain(results: Sequence[Result], error: clearance.ResultOfChainError) -> BadResultError:
    """Return the refusal with the row of each line, and where its result belongs."""
    rows = [
        {"row": place, "line": result.line, "order": error.lines[result.line]}
        for place, result in enumerate(results, 1)
        if result.line in error.lines
    ]
    told = "; ".join(
        f"row {row['row']}: {row['line']} → {row['order'] or 'its work order and the bench'}"
        for row in rows[:_TOLD]
    )
    more = f"; and {len(rows) - _TOLD} more" if len(rows) > _TOLD else ""
    return BadResultError(
        "A file of results closes checks of papers only. These goods are opened or tested: answer "
        f"their work orders, and let the laboratory import what it measured on the bench. {told}"
        f"{more}. Nothing was recorded.",
        row=rows[0]["row"],
        rows=rows,
    )


_TOLD = 20


def _result(place: int, row: dict[str, str | None]) -> Result:
    performed = _PERFORMED.get((row["performed"] or "").strip().lower())
    finding = (row["finding"] or Finding.UNKNOWN.value).strip().lower()
    if performed is None or finding not in {f.value for f in Finding} or not row["line"]:
        allowed = ", ".join(f.value for f in Finding)
        raise BadResultError(
            f"Row {place}: name a line, write yes or no in performed and one of {allowed} in "
            "finding; nothing was recorded.",
            row=place,
        )
    return Result(
        line=row["line"].strip(),
        performed=performed,
        finding=Finding(finding),
        reason=(row["reason"] or "").strip(),
    )


def redecide(enterprise: str | None, *, agency: str | None, at: datetime | None, by: str) -> None:
    """Rule again on held lines and say how many moved on."""
    how = lodgement(agency=agency, at=at, by=by)
    waiting = clearance.waiting_for(enterprise=enterprise)
    moved: Counter[Outcome] = Counter()
    with output.progress("Ruling again", len(waiting)) as step:
        for start in range(0, len(waiting), _REDECIDED_AT_ONCE):
            part = waiting[start : start + _REDECIDED_AT_ONCE]
            moved.update(one.after for one in clearance.redecide(part, how=how))
            step(len(part))
    still = moved[Outcome.HOLD]
    output.document(
        {"held": len(waiting), "outcomes": {o.value: n for o, n in moved.items()}, "still": still}
    )
    output.table(("outcome", "结果", "lines"), outcome_rows(moved))
    output.say(
        Text(
            zh=f"原暂停 {len(waiting):,} 批，仍暂停 {still:,} 批。",
            en=f"{len(waiting):,} lines were held, {still:,} still are.",
        )
    )
