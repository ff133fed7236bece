"""
Storing many rows at once, faster than the ORM does: one statement, values adapted by type.

For rows that are made by code and checked by the database's own constraints. Not for anything a
form sends.
"""

from __future__ import annotations

import fcntl
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import orjson
from django.db import connections, models, router, transaction
from django.db.backends.base.base import BaseDatabaseWrapper


def insert(model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """
    Insert rows whose values stand in the order of ``names`` (attributes of the model's columns).

    :raises django.db.IntegrityError: if a constraint of the table is broken; nothing is stored
    """
    connection = connections[router.db_for_write(model)]
    columns, adapt = _shape(model, tuple(names), connection.vendor)
    changed = [(place, write) for place, write in enumerate(adapt) if write is not None]
    with connection.cursor() as cursor:
        _WRITE[connection.vendor](
            cursor, connection, model._meta.db_table, columns, _adapted(rows, changed)
        )


def _adapted(
    rows: Iterable[Sequence[Any]], changed: Sequence[tuple[int, Callable[[Any], Any]]]
) -> Iterator[list[Any]]:
    for row in rows:
        values = list(row)
        for place, write in changed:
            if values[place] is not None:
                values[place] = write(values[place])
        yield values


Write = Callable[[Any], Any] | None


def update(model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """
    Write new values of stored rows: each row holds its key, then the values of ``names``.

    :raises django.db.IntegrityError: if a constraint of the table is broken
    """
    connection = connections[router.db_for_write(model)]
    columns, adapt = _shape(model, tuple(names), connection.vendor)
    quote = connection.ops.quote_name
    changes = ", ".join(f"{quote(column)} = %s" for column in columns)
    statement = (
        f"UPDATE {quote(model._meta.db_table)} "  # noqa: S608 - names of our own models
        f"SET {changes} WHERE {quote(_key(model))} = %s"
    )
    adapted = [
        [
            *(
                v if write is None or v is None else write(v)
                for write, v in zip(adapt, values, strict=True)
            ),
            pk,
        ]
        for pk, *values in rows
    ]
    if adapted:
        with connection.cursor() as cursor:
            cursor.executemany(statement, adapted)


@contextmanager
def flushed_later(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """
    Commit what is written inside without waiting for the disk.

    Both databases write one log in order: a later commit that is flushed carries this one with it,
    and one that is lost in a power cut was never answered for. In a transaction of the caller,
    nothing is different.
    """
    if connection.in_atomic_block:
        yield
        return
    with _COMMIT_LATER[connection.vendor](connection):
        yield


@contextmanager
def one_writer(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """
    Wait for one's turn to write, on a database that has one writer at a time.

    SQLite itself has no queue: who finds it taken sleeps and looks again, ever more seldom, and a
    process that writes chunk after chunk is met at work each time. Threads and processes that write
    often wait here instead and are woken. What does not ask still waits at the database. PostgreSQL
    has its own queues; in a transaction of the caller, nothing is different.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block or _turn.mine:
        yield
        return
    with _among_threads, Path(f"{connection.settings_dict['NAME']}-turns").open("a") as queue:
        fcntl.flock(queue, fcntl.LOCK_EX)
        _turn.mine = True
        try:
            yield
        finally:
            _turn.mine = False


class _Turn(threading.local):
    """Whether it is this thread's turn."""

    mine = False


_turn = _Turn()
_among_threads = threading.Lock()


@contextmanager
def _sqlite_later(connection: BaseDatabaseWrapper) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous=NORMAL")
        try:
            yield
        finally:
            cursor.execute("PRAGMA synchronous=FULL")


@contextmanager
def _postgresql_later(connection: BaseDatabaseWrapper) -> Iterator[None]:
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")
        yield


_COMMIT_LATER = {"sqlite": _sqlite_later, "postgresql": _postgresql_later}


def _key(model: type[models.Model]) -> str:
    return next(str(field.column) for field in model._meta.concrete_fields if field.primary_key)


@cache
def _shape(
    model: type[models.Model], names: tuple[str, ...], vendor: str
) -> tuple[tuple[str, ...], tuple[Write, ...]]:
    """Return the columns of attributes, and how each value is written."""
    fields = {field.attname: field for field in model._meta.concrete_fields}
    chosen = [fields[name] for name in names]
    writes = _WRITES[vendor]
    return (
        tuple(str(field.column) for field in chosen),
        tuple(
            next((write for kind, write in writes.items() if isinstance(field, kind)), None)
            for field in chosen
        ),
    )


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


# The lines of a batch bear few different moments.
@lru_cache(maxsize=4096)
def _moment(moment: datetime) -> str:
    return str(moment.astimezone(UTC).replace(tzinfo=None))


# The texts that Django itself stores on SQLite; PostgreSQL's driver knows the types.
_WRITES: Mapping[str, Mapping[type[models.Field[Any, Any]], Callable[[Any], Any]]] = {
    "sqlite": {
        models.JSONField: _json,
        # Whole seconds are written without a fraction: texts must compare as Django's own do.
        models.DateTimeField: _moment,
        models.DateField: lambda day: day.isoformat(),
        models.DecimalField: str,
    },
    "postgresql": {models.JSONField: _json},
}


def _many(
    cursor: Any,
    connection: BaseDatabaseWrapper,
    table: str,
    columns: Sequence[str],
    rows: Iterable[list[Any]],
) -> None:
    quoted = [connection.ops.quote_name(column) for column in columns]
    places = ", ".join(["%s"] * len(columns))
    cursor.executemany(
        f"INSERT INTO {connection.ops.quote_name(table)} "  # noqa: S608 - names of our own models
        f"({', '.join(quoted)}) VALUES ({places})",
        list(rows),
    )


def _copied(
    cursor: Any,
    connection: BaseDatabaseWrapper,
    table: str,
    columns: Sequence[str],
    rows: Iterable[list[Any]],
) -> None:
    quoted = [connection.ops.quote_name(column) for column in columns]
    statement = f"COPY {connection.ops.quote_name(table)} ({', '.join(quoted)}) FROM STDIN"
    # The driver's own errors become those of Django here too.
    with connection.wrap_database_errors, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


_WRITE: Mapping[str, Callable[..., None]] = {"sqlite": _many, "postgresql": _copied}
