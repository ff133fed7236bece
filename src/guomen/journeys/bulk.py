"""
Taking a whole file: the good declarations are decided, every other row is named with what to do.

One use-case for the command and for the bulk request; each reads its own cells and says who sends.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import polars as pl

from guomen.core.text import Text
from guomen.journeys import intake
from guomen.journeys.clearance import batches, deciding, lodging
from guomen.journeys.clearance.storing import Lodged, Lodgement
from guomen.journeys.files import Cells
from guomen.journeys.intake import Problem
from guomen.journeys.second import Second
from guomen.supervision.agencies import queries as agencies

_TOGETHER = Text(
    zh="同一报检单有一行无法读取，整单未受理；改好后整单重报",
    en="A row of this declaration could not be read, so none of it was taken; correct it and send "
    "the whole declaration again",
)
NOT_YOURS = Text(
    zh="只能申报本企业的货物，或以本企业为代理报检单位",
    en="Declare goods of your own enterprise, or name it as the agent",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The lines that can be decided, and every problem of the others, by row of the file."""

    lines: pl.DataFrame
    problems: tuple[Problem, ...]
    rows: int
    # Lines that the same sending stored before it was interrupted.
    before: int = 0

    @property
    def rejected(self) -> int:
        """Return how many rows were not taken."""
        return self.rows - self.lines.height - self.before


def accept(
    cells: Cells,
    *,
    how: Lodgement,
    only_for: Collection[str] | None = None,
    stored: Collection[tuple[str, str]] = (),
) -> Accepted:
    """
    Check what a file says; nothing is written.

    A column that is not known refuses the whole file: a misspelt heading would otherwise be an
    unknown fact on every line.

    :param only_for: the numbers of the enterprise that sends, which must declare or be the agent.
    :param stored: (enterprise, own number) of what this same sending stored before, passed over.
    """
    zone = agencies.agencies([how.agency])[how.agency].zone
    taken = intake.parse(cells.frame, today=deciding.local_day(how.at, zone))
    numbers = cells.numbers
    found = [_renumbered(problem, numbers) for problem in taken.problems]
    lines = taken.lines.with_columns(
        numbers.gather(taken.lines[intake.ROW].cast(pl.Int64) - 1).alias(intake.ROW)
    )
    lines, before = _not_stored(lines, stored)
    for set_aside in (
        _aside(lines, cells.aside),
        _foreign(lines, only_for),
        tuple(lodging.doubles(lines)),
    ):
        found.extend(set_aside)
        bad = [problem.row for problem in set_aside]
        lines = lines.filter(~pl.col(intake.ROW).is_in(bad))
    if any(problem.row == 0 for problem in found):
        lines = lines.clear()
    problems = sorted([*found, *cells.problems], key=lambda p: (p.row, p.column))
    rows = cells.frame.height + len({problem.row for problem in cells.problems})
    return Accepted(lines=lines, problems=tuple(problems), rows=rows, before=before)


def _not_stored(
    lines: pl.DataFrame, stored: Collection[tuple[str, str]]
) -> tuple[pl.DataFrame, int]:
    """Return the lines that are not stored yet, and how many are."""
    if not stored:
        return lines, 0
    known = pl.DataFrame(list(stored), schema=["enterprise", "declaration"], orient="row")
    left = lines.join(known, on=["enterprise", "declaration"], how="anti", maintain_order="left")
    return left, lines.height - left.height


def _renumbered(problem: Problem, numbers: pl.Series) -> Problem:
    row = int(numbers[problem.row - 1]) if problem.row else 0
    return Problem(row=row, column=problem.column, value=problem.value, says=problem.says)


def _aside(
    lines: pl.DataFrame, aside: Collection[tuple[str | None, str | None]]
) -> tuple[Problem, ...]:
    """Return a problem for each line whose declaration has a row that could not be read."""
    if not aside:
        return ()
    return tuple(
        Problem(row=row, column="declaration", value=own, says=_TOGETHER)
        for row, enterprise, own in lines.select(
            intake.ROW, "enterprise", "declaration"
        ).iter_rows()
        if (enterprise, own) in aside
    )


def _foreign(lines: pl.DataFrame, only_for: Collection[str] | None) -> tuple[Problem, ...]:
    """Return a problem for each line of a declaration that somebody else must make."""
    if only_for is None:
        return ()
    own = list(only_for)
    others = ~(pl.col("enterprise").is_in(own) | pl.col("agent").is_in(own).fill_null(value=False))
    return tuple(
        Problem(row=row, column="enterprise", value=value, says=NOT_YOURS)
        for row, value in lines.filter(others).select(intake.ROW, "enterprise").iter_rows()
    )


def decide(accepted: Accepted, *, how: Lodgement, second: Second | None = None) -> Iterator[Lodged]:
    """Rule on the accepted lines, chunk by chunk; each yielded chunk is stored for good."""
    if accepted.lines.height:
        yield from batches.lodge_many(accepted.lines, how=how, work=True, second=second)
