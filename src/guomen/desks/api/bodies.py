"""What requests carry: one declaration with its lines, changes of a line, whole files."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any, ClassVar

import orjson
from django.http import HttpRequest

from guomen.core.errors import GuomenError
from guomen.core.text import Text
from guomen.desks.api.callers import Caller
from guomen.journeys import bulk, files, intake
from guomen.journeys.clearance.lodging import IntakeRefusedError
from guomen.journeys.files import Cells, UnknownKindError
from guomen.journeys.intake import BY_NAME, Problem

MOST_LINES = 1_000
_MOST_NAMED = 50

_NOT_LINES = Text(
    zh=f"lines 应是 1 至 {MOST_LINES} 个对象的数组，每个对象一行货物",
    en=f"lines must be an array of 1 to {MOST_LINES} objects, one for each line of goods",
)
_NO_COLUMN = Text(
    zh="没有这一项；可用的名称见 /api/v1/docs", en="There is no such name; see /api/v1/docs"
)
_PLAIN = Text(zh="请写文本、数字或文本数组", en="Write a text, a number, or an array of texts")


class BadBodyError(GuomenError):
    """The body of a request is not one JSON object."""

    code: ClassVar[str] = "api.bad-body"


def json_object(request: HttpRequest) -> dict[str, Any]:
    """
    Return the body as an object.

    :raises BadBodyError: if it is something else
    """
    try:
        body = orjson.loads(request.body)
    except orjson.JSONDecodeError as error:
        raise BadBodyError(f"The body is not JSON: {error}. Send one JSON object.") from error
    if not isinstance(body, dict):
        raise BadBodyError("The body must be one JSON object.")
    return body


def rows_of(body: dict[str, Any], *, caller: Caller) -> list[dict[str, str | None]]:
    """
    Return a declaration as rows of texts, the columns of the declaration repeated on each line.

    :raises IntakeRefusedError: if its shape is wrong, with every problem
    """
    lines = body.get("lines")
    if not isinstance(lines, list) or not 0 < len(lines) <= MOST_LINES:
        raise IntakeRefusedError([_problem(0, "lines", "", _NOT_LINES)])
    own = {name: value for name, value in body.items() if name != "lines"}
    found = _shape(0, own) + [p for i, line in enumerate(lines, 1) for p in _shape(i, line)]
    if found:
        raise IntakeRefusedError(found[:_MOST_NAMED])
    rows = intake.row_texts([own | line for line in lines])
    _require_own(rows, caller)
    return rows


def _shape(row: int, value: Any) -> list[Problem]:
    if not isinstance(value, dict):
        return [_problem(row, "lines", str(value), _NOT_LINES)]
    return [
        _problem(row, name, str(cell), _NO_COLUMN if name not in BY_NAME else _PLAIN)
        for name, cell in value.items()
        if name not in BY_NAME or not _is_plain(cell)
    ]


def _is_plain(cell: Any) -> bool:
    if isinstance(cell, list):
        return all(isinstance(part, str) for part in cell) and "\0" not in "".join(cell)
    if isinstance(cell, str):
        return "\0" not in cell
    return cell is None or isinstance(cell, int | float)


def _problem(row: int, column: str, value: str, says: Text) -> Problem:
    return Problem(row=row, column=column[:80], value=value[:80], says=says)


def _require_own(rows: Sequence[dict[str, str | None]], caller: Caller) -> None:
    if caller.only_for is None:
        return
    own = set(caller.only_for)
    found = [
        _problem(row, "enterprise", number, bulk.NOT_YOURS)
        for row, cells in enumerate(rows, start=1)
        if (number := (cells["enterprise"] or "").strip())
        and not own & {number, (cells["agent"] or "").strip()}
    ]
    if found:
        raise IntakeRefusedError(found[:_MOST_NAMED])


def changes_of(body: dict[str, Any]) -> dict[str, str | None]:
    """
    Return changes of a line as texts.

    :raises IntakeRefusedError: if a name is not known or a value not plain
    """
    found = _shape(1, body)
    if found or not body:
        raise IntakeRefusedError(found or [_problem(1, "", "", _NO_COLUMN)])
    (texts,) = intake.row_texts([body])
    return {name: texts[name] for name in body}


_KINDS = {
    "text/csv": ".csv",
    "application/x-ndjson": ".jsonl",
    "application/jsonl": ".jsonl",
    "application/vnd.apache.parquet": ".parquet",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
}


def cells_of(request: HttpRequest) -> Cells:
    """
    Return the rows of a bulk request, read by its content type.

    :raises UnknownKindError: if the content type is not one of those read
    :raises guomen.journeys.files.BadFileError: if the body cannot be read as a whole
    """
    kind = _KINDS.get(str(request.content_type).lower())
    if kind is None:
        raise UnknownKindError(
            f"Send one of {', '.join(_KINDS)} as Content-Type.", name=request.content_type
        )
    return files.read_stream(io.BytesIO(request.body), kind=kind)
