"""
Queries that every declaration asks: put into SQL by the ORM once, then asked by that text.

Django puts a query together anew each time, which costs several times what either database needs
to find a few rows by an index. The ORM still writes the SQL, once for each number of keys, and
still reads the columns; nothing is written by hand.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connections, models, router
from django.db.models.sql.compiler import SQLCompiler
from django.db.transaction import TransactionManagementError

Rows = list[tuple[Any, ...]]
#: One value, or the keys of an ``IN``, of the type of their column.
Given = str | int | date | Collection[str]
#: Keys of one list up to which a text is kept; a batch of more pays the ORM once for all of them.
MOST = 64

# Rows that are fetched together.
_AT_ONCE = 2_000
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

    ``query`` takes what is asked and returns a query set with its ``values_list``. Each value must
    become a parameter as it is: the text is kept for the next ones. What is decided is read where
    it will be stored, not on a copy that may lag behind.
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
        asked = _listed(given)
        return list(self._found(asked) if _few(asked) else self._query(*asked))

    def each(self, *given: Given) -> Iterable[tuple[Any, ...]]:
        """Return the rows to be gone through once, without holding all of them."""
        asked = _listed(given)
        return self._found(asked) if _few(asked) else self._query(*asked).iterator()

    def _found(self, asked: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
        widened = [value if _single(value) else _widened(value) for value in asked]
        statement = self._statement(widened)
        compiler, connection = statement.compiler, statement.compiler.connection
        flat = list(_flat(widened))
        parameters = [
            constant if place < 0 else _adapted(flat[place], connection.ops)
            for place, constant in statement.parameters
        ]
        _require_transaction(compiler)
        with connection.cursor() as cursor:
            cursor.execute(statement.sql, parameters)
            parts = iter(lambda: cursor.fetchmany(_AT_ONCE), [])
            yield from map(tuple, compiler.results_iter(parts))

    def _statement(self, asked: Sequence[Any]) -> _Statement:
        alias = router.db_for_write(self._model)
        shape = (alias, *(0 if _single(value) else len(value) for value in asked))
        kept: dict[Any, _Statement] = self._texts.__dict__
        statement = kept.get(shape)
        if statement is None or statement.compiler.connection is not connections[alias]:
            statement = kept[shape] = self._compiled(alias, asked)
        return statement

    def _compiled(self, alias: str, asked: Sequence[Any]) -> _Statement:
        """
        Put the query into SQL with marks in place of values, to see where each one goes.

        :raises ValueError: if one does not stand in the text as a parameter
        """
        numbers = itertools.count()
        marks = [
            _mark(value, next(numbers))
            if _single(value)
            else [_mark(one, next(numbers)) for one in value]
            for value in asked
        ]
        compiler = self._query(*marks).using(alias).query.get_compiler(alias)
        sql, parameters = compiler.as_sql()
        ops = connections[alias].ops
        places = {_adapted(mark, ops): place for place, mark in enumerate(_flat(marks))}
        found = tuple((places.get(value, -1), value) for value in parameters)
        if {place for place, _ in found} - {-1} != set(places.values()):
            raise ValueError(
                f"a value of this query of {self._model.__name__} is no parameter of its text, so "
                "it would be asked with the first one for ever; ask it without keeping the text"
            )
        return _Statement(sql, found, compiler)


def _listed(given: Iterable[Any]) -> list[Any]:
    return [value if value is None or _single(value) else tuple(value) for value in given]


def _few(asked: Sequence[Any]) -> bool:
    """Tell whether a text is kept for such values; the ORM knows what to do with all others."""
    return all(
        0 < len(value) <= MOST
        if isinstance(value, tuple)
        else value is not None and getattr(value, "tzinfo", UTC) is not None
        for value in asked
    )


def _require_transaction(compiler: SQLCompiler) -> None:
    """Refuse as Django does when it puts such a query into SQL, which happens here once only."""
    connection = compiler.connection
    if (
        compiler.query.select_for_update
        and connection.features.has_select_for_update
        and not connection.in_atomic_block
    ):
        raise TransactionManagementError("rows are locked inside a transaction only")


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
