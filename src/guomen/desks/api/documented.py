"""What the OpenAPI document says of bodies; the shapes come from the columns of the intake."""

from __future__ import annotations

from typing import Any

import polars as pl

from guomen.journeys.intake import COLUMNS, Column

#: Statuses that an operation may answer with; bodies are documented by example in docs/api.md.
ANY: dict[Any, Any] = {
    frozenset({200, 201}): dict[str, Any],
    frozenset({400, 401, 403, 404, 409, 410, 413, 415, 422, 503}): dict[str, Any],
}


def _property(column: Column) -> dict[str, Any]:
    number = column.dtype not in (pl.String, pl.Date)
    shape: dict[str, Any] = {
        "description": f"{column.label.en} / {column.label.zh}",
        "type": ["string", "number", "null"] if number else ["string", "null"],
        "examples": [column.example],
    }
    if column.codes is not None:
        shape["enum"] = list(column.codes)
    if column.name == "documents":
        shape |= {"type": ["string", "array", "null"], "items": {"type": "string"}}
    return shape


def _object(*, of_declaration: bool) -> dict[str, Any]:
    chosen = [column for column in COLUMNS if column.of_declaration == of_declaration]
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {column.name: _property(column) for column in chosen},
        "required": [column.name for column in chosen if column.required],
    }


def _body(kind: str, schema: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {kind: {"schema": schema, **more}}}}


def _example(*, of_declaration: bool) -> dict[str, str]:
    return {c.name: c.example for c in COLUMNS if c.of_declaration == of_declaration}


_DECLARATION = _object(of_declaration=True)
_DECLARATION["properties"]["lines"] = {
    "type": "array",
    "minItems": 1,
    "maxItems": 1_000,
    "items": _object(of_declaration=False),
}
_DECLARATION["required"].append("lines")
LODGE = _body(
    "application/json",
    _DECLARATION,
    example=_example(of_declaration=True) | {"lines": [_example(of_declaration=False)]},
)
_CHANGES = {
    "type": "object",
    "properties": {c.name: _property(c) for c in COLUMNS if not c.of_declaration},
}
CHANGES = _body("application/json", _CHANGES, example={"origin": "FR"})
WITHDRAW = _body(
    "application/json",
    {"type": "object", "properties": {"reason": {"type": "string"}}},
    example={"reason": "sold elsewhere"},
)
TOKEN = _body(
    "application/json",
    {"type": "object", "properties": {"label": {"type": "string", "maxLength": 60}}},
    example={"label": "warehouse system"},
)
BULK = {
    "requestBody": {
        "required": True,
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}}
            for kind in ("text/csv", "application/x-ndjson")
        },
    }
}
