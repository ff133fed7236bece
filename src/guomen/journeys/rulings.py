"""
Rulings as ledger entries and back: facts and draw in, ruling out, byte for byte.

A body has three parts: ``facts`` (unknown ones are left out), ``draw`` (everything that verifies
it) and ``ruling``. The first two are what was decided on; the third is what was derived, and what
replay derives again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from guomen.core import canonical
from guomen.core import facts as schema
from guomen.core.decide import UNSET, Engine, Ints
from guomen.core.matching import Matches, OrderSet
from guomen.core.ruling import ENGINE
from guomen.core.severity import BY_SEVERITY, Outcome

KIND = "ruling"
ADMIT = "admit"
_SPLIT = ',"ruling":'

DRAW_PARTS: Mapping[str, pl.DataType | type[pl.DataType]] = {
    "agency": pl.String,
    "anchor": pl.String,
    "counter": pl.Int64,
    "day": pl.String,
    "root": pl.String,
    "u": pl.Int64,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruled:
    """A ruling as plain values, with the text of its body."""

    line: str
    outcome: Outcome
    selected: bool
    chance_ppm: int
    words: tuple[int, ...]
    orders: tuple[str, ...]
    body: str


def _texts(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with every value as canonical JSON holds it."""
    return frame.with_columns(
        _WRITTEN[dtype.base_type()](pl.col(name))
        for name, dtype in frame.schema.items()
        if dtype.base_type() in _WRITTEN
    )


_WRITTEN: Mapping[Any, Callable[[pl.Expr], pl.Expr]] = {
    pl.Date: lambda column: column.dt.to_string("%Y-%m-%d"),
    pl.Datetime: lambda column: column.dt.to_string("%Y-%m-%dT%H:%M:%S%.6fZ"),
    pl.Decimal: lambda column: column.cast(pl.String),
}


def encode_facts(facts: pl.DataFrame) -> list[str]:
    """Return the canonical JSON of each row of a facts frame; unknown facts are left out."""
    names = sorted(facts.columns)
    rows = _texts(facts).select(names).rows()
    return [
        canonical.dumps({n: v for n, v in zip(names, row, strict=True) if v is not None})
        for row in rows
    ]


def encode_draws(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the canonical JSON of each line's draw; a line without one says so by null."""
    return [
        canonical.dumps(
            {
                "agency": row["draw_agency"],
                "anchor": row["draw_anchor"],
                "counter": row["draw_counter"],
                "day": row["draw_day"].isoformat(),
                "root": row["root"],
                "u": row["u"] if row["u"] >= 0 else None,
            }
        )
        for row in rows
    ]


def matched(matches: Matches, orders: OrderSet, lines: int) -> list[tuple[list[str], list[str]]]:
    """Return for each line the references of orders that certainly and possibly met it."""
    found: list[tuple[list[str], list[str]]] = [([], []) for _ in range(lines)]
    in_order = np.lexsort((matches.order, matches.line))
    for line, order, certain in zip(
        matches.line[in_order].tolist(),
        matches.order[in_order].tolist(),
        matches.certain[in_order].tolist(),
        strict=True,
    ):
        found[line][0 if certain else 1].append(orders.orders[order].reference)
    return found


def encode_rulings(
    engine: Engine,
    rulings: pl.DataFrame,
    *,
    days: Sequence[date],
    met: Sequence[tuple[list[str], list[str]]],
) -> list[str]:
    """Return the canonical JSON of each ruling; words of answers that are all zero are cut."""
    digests = {day: engine.book.digest(day)[:16] for day in set(days)}
    words = [f"answers_{i}" for i in range(engine.words)]
    columns = (
        "outcome",
        "mode",
        "rate_ppm",
        "chance_ppm",
        "selected",
        "degraded",
        "sampling",
        "n",
        "ac",
        "re",
        *words,
    )
    rows = rulings.select(columns).rows()
    return [
        canonical.dumps(_ruling(engine, row, digests[day], orders))
        for row, day, orders in zip(rows, days, met, strict=True)
    ]


def _ruling(
    engine: Engine, row: tuple[Any, ...], digest: str, orders: tuple[list[str], list[str]]
) -> dict[str, Any]:
    outcome, mode, rate, chance, selected, degraded, sampling, n, ac, re_, *words = row
    while words and words[-1] == 0:
        words.pop()
    return {
        "answers": [f"{word:016x}" for word in words],
        "book": digest,
        "chance_ppm": chance,
        "degraded": degraded,
        "engine": ENGINE,
        "mode": mode,
        "orders": orders[0],
        "outcome": BY_SEVERITY[outcome].value,
        "plan": "none",
        "possible": orders[1],
        "rate_ppm": rate,
        "sampling": None if sampling == UNSET else _sampling(engine, sampling, n, ac, re_),
        "schema": schema.SCHEMA,
        "selected": selected,
    }


def _sampling(engine: Engine, sampling: int, n: int, ac: int, re_: int) -> dict[str, Any]:
    plan: dict[str, Any] = {"policy": engine.plan_names[sampling]}
    return plan if n == UNSET else plan | {"n": n, "ac": ac, "re": re_}


def bodies(facts: Sequence[str], draws: Sequence[str], rulings: Sequence[str]) -> list[str]:
    """Return the ledger bodies of aligned parts; keys stand in canonical order."""
    return [
        f'{{"draw":{drawn},"facts":{fact}{_SPLIT}{ruling}}}'
        for fact, drawn, ruling in zip(facts, draws, rulings, strict=True)
    ]


def ruling_text(body: str) -> str:
    """Return the part of a body that was derived."""
    return body[body.rindex(_SPLIT) + len(_SPLIT) : -1]


_JSON_TYPES: Mapping[Any, Any] = {
    pl.Date: pl.String,
    pl.Datetime: pl.String,
    pl.Decimal: pl.String,
}


def _as_json(dtype: Any) -> Any:
    return _JSON_TYPES.get(dtype.base_type(), dtype)


_BODY = pl.Struct(
    {
        "facts": pl.Struct({name: _as_json(t) for name, t in schema.FRAME_SCHEMA.items()}),
        "draw": pl.Struct(DRAW_PARTS),
    }
)


def decode(texts: Sequence[str]) -> tuple[pl.DataFrame, Ints]:
    """Return the facts frame and the draws of ledger bodies, in their order."""
    parts = pl.Series(texts, dtype=pl.String).str.json_decode(_BODY).struct.unnest()
    facts = (
        parts["facts"]
        .struct.unnest()
        .select(_read(name, dtype) for name, dtype in schema.FRAME_SCHEMA.items())
    )
    u = parts["draw"].struct.field("u").fill_null(UNSET)
    return facts, u.to_numpy().astype(np.int64)


def _read(name: str, dtype: Any) -> pl.Expr:
    column = pl.col(name)
    if dtype.base_type() is pl.Date:
        return column.str.to_date("%Y-%m-%d")
    if dtype.base_type() is pl.Datetime:
        return column.str.to_datetime("%Y-%m-%dT%H:%M:%S%.fZ", time_unit="us").dt.replace_time_zone(
            "UTC"
        )
    return column.cast(dtype)
