"""
Queries that every declaration asks: put into SQL by the ORM once, then asked by that text.

Django puts a query together anew each time, which costs several times what either database needs
to find a few rows by an index. The ORM still writes the SQL, once for each number of keys, and
still reads the columns; nothing is written by hand.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple, cast

from django.db import connections, models, router
from django.db.models.sql.compiler import SQLCompiler

Rows = list[tuple[Any, ...]]
#: One value, or the keys of an ``IN``.
Given = str | int | date | Collection[str]
#: Keys of one list up to which a text is kept; a batch of more pays the ORM once for all of them.
MOST = 64

_NEVER = datetime(1, 1, 1, tzinfo=UTC)


class _Statement(NamedTuple):
    """The text of a query, and where what is asked stands among its parameters."""

    sql: str
    # The place of each parameter among what is asked, or the parameter itself if it never changes.
    parameters: tuple[tuple[int, Any], ...]
    compiler: SQLCompiler


class PreparedQuery:
    """
    One query of columns, asked with other values each time.

    ``query`` takes what is asked and returns a query set with its ``values_list``; it may use each
    value as a parameter only, since the text is kept for the next ones.
    """

    def __init__(
        self,
        model: type[models.Model],
        query: Callable[..., models.QuerySet[Any, tuple[Any, ...]]],
    ) -> None:
        """Keep how the query is made; its texts are kept by thread, as connections are."""
        self._model, self._query = model, query
        self._texts = threading.local()

    def rows(self, *given: Given) -> Rows:
        """Return the rows of the query for some values."""
        return list(self.each(*given))

    def each(self, *given: Given) -> Iterable[tuple[Any, ...]]:
        """Return the rows to be gone through once; where many keys are asked, not all at once."""
        asked: list[Any] = [value if _single(value) else tuple(value) for value in given]  # type: ignore[arg-type]
        lengths = [1 if _single(value) else len(value) for value in asked]
        if not all(lengths) or max(lengths, default=0) > MOST:
            return self._query(*asked).iterator()
        widened = [value if _single(value) else _widened(value) for value in asked]
        statement = self._statement(widened)
        flat = list(_flat(widened))
        ops = statement.compiler.connection.ops
        parameters = [
            constant if place < 0 else _adapted(flat[place], ops)
            for place, constant in statement.parameters
        ]
        with statement.compiler.connection.cursor() as cursor:
            cursor.execute(statement.sql, parameters)
            found = cursor.fetchall()
        rows = statement.compiler.results_iter([found], tuple_expected=True)
        return cast("Iterator[tuple[Any, ...]]", rows)

    def _statement(self, asked: Sequence[Any]) -> _Statement:
        alias = router.db_for_read(self._model)
        shape = (alias, *(0 if _single(value) else len(value) for value in asked))
        kept: dict[Any, _Statement] = self._texts.__dict__
        statement = kept.get(shape)
        if statement is None or statement.compiler.connection is not connections[alias]:
            statement = kept[shape] = self._compiled(alias, asked)
        return statement

    def _compiled(self, alias: str, asked: Sequence[Any]) -> _Statement:
        """Put the query into SQL with marks in place of values, to see where each one goes."""
        numbers = iter(range(MOST * len(asked)))
        marks = [
            _mark(value, next(numbers))
            if _single(value)
            else [_mark(one, next(numbers)) for one in value]
            for value in asked
        ]
        compiler = self._query(*marks).query.get_compiler(alias)
        sql, parameters = compiler.as_sql()
        ops = connections[alias].ops
        places = {_adapted(mark, ops): place for place, mark in enumerate(_flat(marks))}
        found = tuple((places.get(value, -1), value) for value in parameters)
        return _Statement(sql, found, compiler)


def _single(value: object) -> bool:
    return isinstance(value, (str, int, date))


def _flat(asked: Sequence[Any]) -> Iterator[Any]:
    for value in asked:
        if _single(value):
            yield value
        else:
            yield from value


def _widened(keys: tuple[str, ...]) -> tuple[str, ...]:
    """Repeat the last key up to a power of two, so that few texts serve every number of keys."""
    return (*keys, *keys[-1:] * ((1 << (len(keys) - 1).bit_length()) - len(keys)))


def _adapted(value: Any, ops: Any) -> Any:
    if isinstance(value, datetime):
        return ops.adapt_datetimefield_value(value)
    return ops.adapt_datefield_value(value) if isinstance(value, date) else value


def _mark(value: str | int | date, number: int) -> Any:
    """Return a value of the same type that no query holds by itself."""
    if isinstance(value, datetime):
        return _NEVER + timedelta(microseconds=number)
    if isinstance(value, date):
        return _NEVER.date() + timedelta(days=number)
    if isinstance(value, int):
        return -(2**31) + number
    return f"\N{REPLACEMENT CHARACTER}{number}"
