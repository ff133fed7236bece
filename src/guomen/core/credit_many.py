"""
The levels of many enterprises at once: the same fold as ``credit.rate``, a cycle at a time.

Columns in, columns out; the last level of each enterprise and what it rests on, not the history.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from guomen.core.credit import LEVELS, RANK, Level, Terms, years_after

# Enterprises: row number, the day their file was opened.
FILES_SCHEMA = {"enterprise": pl.Int64(), "opened_on": pl.Date()}
# What counts against them; suspended marks are left out by the caller.
MARKS_SCHEMA = {
    "enterprise": pl.Int64(),
    "points": pl.Int64(),
    "counts_from": pl.Date(),
    "expires_on": pl.Date(),
    "grave": pl.Boolean(),
    "quality": pl.Boolean(),
}
# Verifications (with their end) and awards.
MERITS_SCHEMA = {
    "enterprise": pl.Int64(),
    "award": pl.Boolean(),
    "begins": pl.Date(),
    "ends": pl.Date(),
}
_NEVER = np.iinfo(np.int32).min
_NO_SCORE = -1

Ints = NDArray[np.int32]
Bools = NDArray[np.bool_]


@dataclass(slots=True, kw_only=True)
class _Fold:
    """Where every enterprise stands while cycles go by; days are counted from 1970."""

    level: Ints
    fallen: Ints
    score: Ints
    begins: Ints


def rate_many(
    files: pl.DataFrame,
    marks: pl.DataFrame,
    merits: pl.DataFrame,
    *,
    on: date,
    terms: Terms,
) -> pl.DataFrame:
    """
    Return the level of every enterprise on a day.

    Frames have the columns of the schemas above. The answer keeps the order of ``files`` and has
    ``enterprise``, ``level`` (null before the file was opened), ``score`` of the last cycle that
    ended (null before one did), ``fallen_on`` and ``begins``, the first day of the level's step.
    """
    place = files.select("enterprise").with_row_index("place")
    against = marks.join(place, on="enterprise", how="inner")
    earned = merits.join(place, on="enterprise", how="inner")
    opened = _days(files["opened_on"])
    held = _Fold(
        level=np.full(files.height, RANK[terms.entry], dtype=np.int32),
        fallen=np.full(files.height, _NEVER, dtype=np.int32),
        score=np.full(files.height, _NO_SCORE, dtype=np.int32),
        begins=opened.copy(),
    )
    first = files["opened_on"].min()
    if isinstance(first, date):
        begins, ends = terms.cycle_of(first)
        while begins <= on:
            _within(held, against, earned, opened, span=(begins, min(ends, _after(on))))
            if ends <= on:
                _close(held, against, earned, opened, cycle=(begins, ends), terms=terms)
            begins, ends = ends, years_after(ends, 1)
    return _answer(files, held, opened, on)


def _after(day: date) -> date:
    return date.fromordinal(day.toordinal() + 1)


def _days(column: pl.Series) -> Ints:
    return column.cast(pl.Int32).to_numpy().astype(np.int32)


def _day(day: date) -> int:
    return day.toordinal() - date(1970, 1, 1).toordinal()


def _within(
    held: _Fold, marks: pl.DataFrame, merits: pl.DataFrame, opened: Ints, *, span: tuple[date, date]
) -> None:
    """Carry out what happens between two ends of cycles: awards, and grave acts after them."""
    first, past = span
    awards = merits.filter(pl.col("award") & pl.col("begins").is_between(first, past, "left"))
    for place, day in zip(awards["place"].to_numpy(), _days(awards["begins"]), strict=True):
        if day >= opened[place] and held.level[place] == RANK[Level.A]:
            held.level[place], held.begins[place] = RANK[Level.AA], day
            held.fallen[place], held.score[place] = _NEVER, _NO_SCORE
    grave = marks.filter("grave").with_columns(day=pl.col("counts_from").cast(pl.Int32))
    places = grave["place"].to_numpy()
    # What was grave before the file was opened counts from its opening.
    days = np.maximum(grave["day"].to_numpy(), opened[places] if places.size else 0)
    inside = (days >= _day(first)) & (days < _day(past))
    latest = np.full(held.level.size, _NEVER, dtype=np.int32)
    np.maximum.at(latest, places[inside], days[inside].astype(np.int32))
    struck = latest != _NEVER
    # An award on or after the day would need level A on that day, which is gone.
    held.level[struck] = RANK[Level.D]
    held.fallen[struck] = latest[struck]
    held.begins[struck] = latest[struck]
    held.score[struck] = _NO_SCORE


def _close(
    held: _Fold,
    marks: pl.DataFrame,
    merits: pl.DataFrame,
    opened: Ints,
    *,
    cycle: tuple[date, date],
    terms: Terms,
) -> None:
    begins, ends = cycle
    size = held.level.size
    touching = marks.filter((pl.col("counts_from") < ends) & (pl.col("expires_on") > begins))
    places = touching["place"].to_numpy()
    taken = np.bincount(places, weights=touching["points"].to_numpy(), minlength=size)
    points = np.maximum(terms.full - taken, 0).astype(np.int32)
    spoilt = np.zeros(size, dtype=bool)
    spoilt[touching.filter("quality")["place"].to_numpy()] = True
    valid = merits.filter(
        ~pl.col("award")
        & (pl.col("begins") <= ends)
        & (pl.col("ends").is_null() | (pl.col("ends") > ends))
    )
    verified = np.zeros(size, dtype=bool)
    verified[valid["place"].to_numpy()] = True
    earned = _earned(held.level, points, verified, spoilt, terms)
    open_now = opened < _day(ends)
    falls = open_now & (earned > held.level)
    wants = open_now & (earned < held.level)
    rises = wants & (held.fallen <= _day(years_after(ends, -terms.stay_cycles)))
    held.fallen[open_now & ~wants] = _NEVER
    held.fallen[rises] = _NEVER
    held.fallen[falls] = _day(ends)
    held.level[falls] = earned[falls]
    held.level[rises] -= 1
    held.score[open_now] = points[open_now]
    held.begins[open_now] = _day(ends)


def _earned(level: Ints, points: Ints, verified: Bools, spoilt: Bools, terms: Terms) -> Ints:
    earned = np.full(points.size, RANK[Level.D], dtype=np.int32)
    for grade, low in reversed(list(terms.floors.items())):
        earned[points >= low] = RANK[grade]
    top = earned == RANK[Level.A]
    earned[top & ~verified] = RANK[Level.B]
    earned[top & verified & ~spoilt & (level == RANK[Level.AA])] = RANK[Level.AA]
    return earned


def _answer(files: pl.DataFrame, held: _Fold, opened: Ints, on: date) -> pl.DataFrame:
    there = pl.Series(opened <= _day(on))
    words = pl.Series(held.level).replace_strict(
        dict(enumerate(str(level) for level in LEVELS)), return_dtype=pl.String
    )
    found = pl.DataFrame(
        {
            "enterprise": files["enterprise"],
            "level": words,
            "score": pl.Series(held.score).replace(_NO_SCORE, None),
            "fallen_on": pl.Series(held.fallen).replace(_NEVER, None).cast(pl.Date),
            "begins": pl.Series(held.begins).cast(pl.Date),
        }
    )
    given = [pl.when(there).then(pl.col(name)).alias(name) for name in found.columns[1:]]
    return found.select("enterprise", *given)
