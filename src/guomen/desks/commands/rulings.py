"""Rulings as a table for files: one row a line, codes and sentences."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from guomen.core.severity import OUTCOME_NAMES, Outcome
from guomen.rulebooks.book import BOOK
from guomen.supervision.declarations.models import Line

_AT_ONCE = 2_000
_COLUMNS = (
    "reference",
    "declaration__reference",
    "declaration__own_number",
    "number",
    "declaration__enterprise_number",
    "hs_code",
    "outcome",
    "selected",
    "chance_ppm",
    "reasons",
    "missing",
    "held_for",
    "hold_deadline",
    "ruling_seq",
)
_SCHEMA = {
    "reference": pl.String,
    "declaration": pl.String,
    "own_number": pl.String,
    "line": pl.Int64,
    "enterprise": pl.String,
    "hs_code": pl.String,
    "outcome": pl.String,
    "outcome_zh": pl.String,
    "outcome_en": pl.String,
    "selected": pl.Boolean,
    "chance_ppm": pl.Int64,
    "reasons": pl.String,
    "reasons_zh": pl.String,
    "reasons_en": pl.String,
    "missing": pl.String,
    "held_for": pl.String,
    "hold_deadline": pl.String,
    "ledger_entry": pl.Int64,
}


def table(declarations: Sequence[str]) -> pl.DataFrame:
    """Return the newest ruling of every line of some declarations, in their order."""
    rows: list[tuple[object, ...]] = []
    for start in range(0, len(declarations), _AT_ONCE):
        part = declarations[start : start + _AT_ONCE]
        lines = Line.objects.filter(declaration__reference__in=part).order_by("pk")
        rows.extend(map(_row, lines.values_list(*_COLUMNS)))
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def _row(values: tuple[object, ...]) -> tuple[object, ...]:
    *own, outcome, selected, chance, reasons, missing, held_for, deadline, seq = values
    name = OUTCOME_NAMES[Outcome(str(outcome))]
    listed = [str(reason) for reason in reasons]  # type: ignore[attr-defined]
    says = [BOOK.by_id[reason].says for reason in listed if reason in BOOK.by_id]
    return (
        *own,
        outcome,
        name.zh,
        name.en,
        selected,
        chance,
        ";".join(listed),
        ";".join(text.zh for text in says),
        "; ".join(text.en for text in says),
        ";".join(missing),  # type: ignore[arg-type]
        held_for,
        None if deadline is None else deadline.isoformat(),  # type: ignore[attr-defined]
        seq,
    )
