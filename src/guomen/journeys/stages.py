"""
Rulings of the stages after admission as ledger entries and back, byte for byte.

A body has two parts: ``facts`` (unknown ones are left out), on which was ruled, and ``ruling``,
which is derived from them and which replay derives again. Nothing here gathers facts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl
from polars.datatypes import DataType, DataTypeClass

from guomen.core import canonical, stage_reasons
from guomen.core.errors import GuomenError
from guomen.core.stage_reasons import StageReason
from guomen.core.stages import Stage, StageEngine
from guomen.journeys import rulings
from guomen.rulebooks.stages import ENGINES
from guomen.supervision.ledger import operations as ledger
from guomen.supervision.ledger.queries import Recorded


class NoRulingError(GuomenError):
    """An entry of the ledger is no ruling of a stage, or can no longer be read."""

    code = "stages.no-ruling"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruled:
    """A ruling of a stage as plain values, with the text of its body."""

    line: str
    outcome: str
    words: tuple[int, ...]
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """A stored ruling of a stage with its reasons, the decisive ones first."""

    seq: int
    at: datetime
    by: str
    stage: Stage[Any]
    outcome: str
    facts: Mapping[str, Any]
    reasons: tuple[StageReason[Any], ...]
    missing: Mapping[str, tuple[str, ...]]
    obligations: tuple[tuple[str, str], ...]


def rule(engine: StageEngine[Any], rows: Iterable[Mapping[str, object]]) -> list[Ruled]:
    """
    Rule on lines given as rows of facts; what a row does not name is unknown.

    :raises guomen.core.stages.StageFactsError: if a value is none of the stage's facts
    """
    return rule_frame(engine, engine.stage.frame(rows))


def rule_frame(engine: StageEngine[Any], facts: pl.DataFrame) -> list[Ruled]:
    """Rule on the lines of a facts frame, in their order."""
    if not facts.height:
        return []
    found = engine.rule(facts)
    texts = _encode(engine, found, facts)
    bodies = [
        f'{{"facts":{fact},"ruling":{ruling}}}'
        for fact, ruling in zip(rulings.encode_facts(facts), texts, strict=True)
    ]
    return [
        Ruled(line=line, outcome=outcome, words=tuple(words), body=body)
        for (line, outcome, *words), body in zip(found.rows(), bodies, strict=True)
    ]


def drafts(engine: StageEngine[Any], ruled: Sequence[Ruled]) -> list[ledger.Draft]:
    """Return the ledger drafts of rulings: kind of the stage, subject the line."""
    return [ledger.Draft(kind=engine.stage.kind, subject=r.line, body=r.body) for r in ruled]


def derive(texts: Sequence[str], engine: StageEngine[Any]) -> list[str]:
    """Return the ruling part that follows from the facts of ledger bodies."""
    facts = decode(texts, engine.stage)
    return _encode(engine, engine.rule(facts), facts)


def explain(entry: Recorded) -> Explained:
    """
    Return a stored ruling of a stage with its reasons.

    :raises NoRulingError: if the entry is none, or was erased
    """
    if entry.kind not in ENGINES or entry.body is None:
        raise NoRulingError(
            f"entry {entry.seq} ({entry.kind}) holds no ruling of a stage that can be read",
            seq=entry.seq,
        )
    engine = ENGINES[entry.kind]()
    value = entry.value()
    facts, ruling = value["facts"], value["ruling"]
    words = [int(word, 16) for word in ruling["answers"]]
    return Explained(
        seq=entry.seq,
        at=entry.at,
        by=entry.by,
        stage=engine.stage,
        outcome=ruling["outcome"],
        facts=facts,
        reasons=stage_reasons.reasons(engine.book, words, facts),
        missing=stage_reasons.missing(engine.book, words, facts),
        obligations=stage_reasons.obligations(engine.book, words),
    )


def _encode(engine: StageEngine[Any], found: pl.DataFrame, facts: pl.DataFrame) -> list[str]:
    stage, book = engine.stage, engine.book
    return [
        canonical.dumps(
            {
                "answers": _words(words),
                "book": book.digest(day)[:16],
                "engine": stage.engine,
                "outcome": outcome,
                "schema": stage.schema,
                "stage": stage.code,
            }
        )
        for (_, outcome, *words), day in zip(found.rows(), facts["on"].to_list(), strict=True)
    ]


def _words(words: list[int]) -> list[str]:
    """Return the words in hexadecimal; those at the end that are all zero are cut."""
    while words and words[-1] == 0:
        words.pop()
    return [f"{word:016x}" for word in words]


_JSON_TYPES: Mapping[Any, Any] = {
    pl.Date: pl.String,
    pl.Datetime: pl.String,
    pl.Decimal: pl.String,
}


def decode(texts: Sequence[str], stage: Stage[Any]) -> pl.DataFrame:
    """Return the facts frame of ledger bodies, in their order."""
    shape = {
        name: _JSON_TYPES.get(dtype.base_type(), dtype)
        for name, dtype in stage.frame_schema.items()
    }
    parts = pl.Series(texts, dtype=pl.String).str.json_decode(
        pl.Struct({"facts": pl.Struct(shape)})
    )
    return (
        parts.struct.field("facts")
        .struct.unnest()
        .select(_read(name, dtype) for name, dtype in stage.frame_schema.items())
    )


def _read(name: str, dtype: DataType | DataTypeClass) -> pl.Expr:
    column = pl.col(name)
    if dtype.base_type() is pl.Date:
        return column.str.to_date("%Y-%m-%d")
    if dtype.base_type() is pl.Datetime:
        moment = column.str.to_datetime("%Y-%m-%dT%H:%M:%S%.fZ", time_unit="us")
        return moment.dt.replace_time_zone("UTC")
    return column.cast(dtype)
