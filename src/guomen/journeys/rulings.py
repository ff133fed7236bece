"""
Rulings as ledger entries and back: facts and draw in, ruling out, byte for byte.

A body has three parts: ``facts`` (unknown ones are left out), ``draw`` (everything that verifies
it) and ``ruling``. The first two are what was decided on; the third is what was derived, and what
replay derives again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, cast

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.json as pa_json

from guomen.core import canonical
from guomen.core import facts as schema
from guomen.core.decide import NO_PLAN, UNSET, Engine, Ints
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


def encode_facts(facts: pl.DataFrame) -> list[str]:
    """Return the canonical JSON of each row of a facts frame; unknown facts are left out."""
    kinds = {name: dtype.base_type() for name, dtype in sorted(facts.schema.items())}
    if facts.height <= _FEW or not set(kinds.values()) <= set(_JSON_OF):
        return _encode_rows(facts)
    fields = [_JSON_OF[kind](pl.col(name), name) for name, kind in kinds.items()]
    written = facts.select(
        pl.lit("{") + pl.concat_str(fields, separator=",", ignore_nulls=True) + "}"
    ).to_series()
    # A row with a sign that JSON writes in another way is written by itself.
    odd = facts.select(pl.any_horizontal(_odd(kinds))).to_series().arg_true()
    texts = written.to_list()
    for row, text in zip(odd.to_list(), _encode_rows(facts[odd]), strict=True):
        texts[row] = text
    return texts


# A query over many columns costs as much as writing so many rows one by one.
_FEW = 64
_WRITTEN: Mapping[Any, Callable[[Any], str]] = {
    pl.Date: date.isoformat,
    pl.Datetime: lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    pl.Decimal: str,
}


def _encode_rows(facts: pl.DataFrame) -> list[str]:
    dtypes = enumerate(facts.schema.items())
    columns = sorted(
        (name, place, _WRITTEN.get(dtype.base_type())) for place, (name, dtype) in dtypes
    )
    return [
        canonical.dumps(
            {
                name: value if written is None else written(value)
                for name, place, written in columns
                for value in (row[place],)
                if value is not None
            }
        )
        for row in facts.rows()
    ]


def _quoted(text: pl.Expr, name: str) -> pl.Expr:
    return pl.lit(f'"{name}":"') + text + '"'


def _truth(column: pl.Expr, name: str) -> pl.Expr:
    yes, no = pl.lit(f'"{name}":true'), pl.lit(f'"{name}":false')
    return pl.when(column).then(yes).when(~column).then(no)


def _list(column: pl.Expr, name: str) -> pl.Expr:
    empty = pl.when(column.list.len() == 0).then(pl.lit(f'"{name}":[]'))
    return empty.otherwise(pl.lit(f'"{name}":["') + column.list.join('","') + '"]')


# How a known value stands in a body under its name; an unknown one gives null.
_JSON_OF: Mapping[Any, Callable[[pl.Expr, str], pl.Expr]] = {
    pl.String: _quoted,
    pl.Boolean: _truth,
    pl.Int64: lambda column, name: pl.lit(f'"{name}":') + column.cast(pl.String),
    pl.Date: lambda column, name: _quoted(column.dt.to_string("%Y-%m-%d"), name),
    pl.Datetime: lambda column, name: _quoted(column.dt.to_string("%Y-%m-%dT%H:%M:%S%.6fZ"), name),
    pl.Decimal: lambda column, name: _quoted(column.cast(pl.String), name),
    pl.List: _list,
}
_ESCAPED = r'[\x00-\x1f"\\]'


def _odd(kinds: Mapping[str, Any]) -> list[pl.Expr]:
    """Tell where a text holds a sign that JSON escapes, or a list holds a null."""
    texts = [pl.col(n).str.contains(_ESCAPED) for n, kind in kinds.items() if kind is pl.String]
    lists = [pl.col(n) for n, kind in kinds.items() if kind is pl.List]
    escaped = [column.list.join("").str.contains(_ESCAPED) for column in lists]
    nulls = [column.list.len() != column.list.drop_nulls().list.len() for column in lists]
    return [odd.fill_null(value=False) for odd in (*texts, *escaped, *nulls)]


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


Met = tuple[tuple[str, ...], tuple[str, ...]]


def matched(matches: Matches, orders: OrderSet, lines: int) -> list[Met]:
    """Return for each line the references of orders that certainly and possibly met it."""
    found: list[Met] = [_NOBODY] * lines
    if not len(matches):
        return found
    in_order = np.lexsort((matches.order, ~matches.certain, matches.line))
    references = [orders.orders[order].reference for order in matches.order[in_order].tolist()]
    # A line's orders stand together, the certain ones first.
    line, certain = matches.line[in_order], matches.certain[in_order]
    met, first = np.unique(line, return_index=True)
    ends = np.append(first[1:], len(line))
    sure = first + np.add.reduceat(certain, first, dtype=np.int64)
    for number, begins, middle, end in zip(
        *map(np.ndarray.tolist, (met, first, sure, ends)), strict=True
    ):
        found[number] = (tuple(references[begins:middle]), tuple(references[middle:end]))
    return found


_NOBODY: Met = ((), ())


def encode_rulings(
    engine: Engine,
    rulings: pl.DataFrame,
    *,
    facts: pl.DataFrame,
    met: Sequence[Met],
) -> list[str]:
    """Return the canonical JSON of each ruling; words of answers that are all zero are cut."""
    days = facts["on"].to_list()
    returning = [value is not None for value in facts[_LATEST].to_list()]
    digests = {day: engine.book.digest(day)[:16] for day in set(days)}
    rows = rows_of(rulings, (*_RULED, *(f"answers_{i}" for i in range(engine.words))))
    return [
        _ruling_text(engine.plan_names, row, digests[day], orders, returning=known)
        for row, day, orders, known in zip(rows, days, met, returning, strict=True)
    ]


def rows_of(frame: pl.DataFrame, names: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """Return some columns row by row; to select them first is a query of its own."""
    return zip(*(frame[name].to_list() for name in names), strict=True)


# The fact of the newest schema; the engine hands the plan on, and this it does not read.
_LATEST = "returning_as"


_RULED = (
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
    "plan",
)


# A year of lines has some thousand different rulings.
@lru_cache(maxsize=65_536)
def _ruling_text(
    plans: tuple[str, ...], row: tuple[Any, ...], digest: str, orders: Met, *, returning: bool
) -> str:
    outcome, mode, rate, chance, selected, degraded, sampling, n, ac, re_, plan, *words = row
    while words and words[-1] == 0:
        words.pop()
    known = (() if plan == NO_PLAN else ("plan",)) + ((_LATEST,) if returning else ())
    return canonical.dumps(
        {
            "answers": [f"{word:016x}" for word in words],
            "book": digest,
            "chance_ppm": chance,
            "degraded": degraded,
            "engine": ENGINE,
            "mode": mode,
            "orders": orders[0],
            "outcome": BY_SEVERITY[outcome].value,
            "plan": plan,
            "possible": orders[1],
            "rate_ppm": rate,
            "sampling": None if sampling == UNSET else _sampling(plans[sampling], n, ac, re_),
            "schema": schema.schema_needed(known),
            "selected": selected,
        }
    )


def _sampling(policy: str, n: int, ac: int, re_: int) -> dict[str, Any]:
    plan: dict[str, Any] = {"policy": policy}
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


def outcome_of(body: str) -> Outcome:
    """Return the outcome that a body says."""
    return Outcome(canonical.loads(ruling_text(body))["outcome"])


def day_of(body: str) -> date:
    """Return the day as of which a ruling was made."""
    return date.fromisoformat(canonical.loads(body)["facts"]["on"])


_JSON_TYPES: Mapping[Any, pa.DataType] = {
    pl.Boolean: pa.bool_(),
    pl.Int64: pa.int64(),
    pl.List: pa.list_(pa.string()),
}


def _as_json(dtype: Any) -> pa.DataType:
    """Return the type in which a value stands in a body: days and decimals are texts."""
    return _JSON_TYPES.get(dtype.base_type(), pa.string())


def _json_struct(columns: Mapping[str, Any]) -> pa.DataType:
    return pa.struct([(name, _as_json(dtype)) for name, dtype in columns.items()])


_BODY = pa.schema(
    [("draw", _json_struct(DRAW_PARTS)), ("facts", _json_struct(schema.FRAME_SCHEMA))]
)
# Bytes that are parsed at once; a body must fit in.
_BLOCK = 1 << 20


def decode(texts: Sequence[str]) -> tuple[pl.DataFrame, Ints]:
    """Return the facts frame and the draws of ledger bodies, in their order."""
    if not texts:
        return schema.empty_frame(), np.zeros(0, dtype=np.int64)
    joined = "\n".join(texts).encode()
    table = pa_json.read_json(
        pa.BufferReader(joined),
        read_options=pa_json.ReadOptions(block_size=max(_BLOCK, 4 * max(map(len, texts)) + 1)),
        parse_options=pa_json.ParseOptions(
            explicit_schema=_BODY, unexpected_field_behavior="ignore"
        ),
    )
    parts = cast("pl.DataFrame", pl.from_arrow(table))
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
