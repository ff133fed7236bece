"""
Who works on a piece of long work: a lock that ends with its holder, however that ends.

On PostgreSQL it is an advisory lock of the session that also writes: a worker that lost it cannot
write any more either. On SQLite, which has one writer, one worker at a time holds a locked file
beside the database. Neither needs a clock, so nothing waits for a lease to run out.
"""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

from django.db import DatabaseError, connections, router
from django.db.backends.base.base import BaseDatabaseWrapper

from guomen.supervision.jobs.models import Job

# Of the two numbers of an advisory lock, the one that says what is locked.
_SPACE = 0x4A4F42


@contextmanager
def claimed(job: int) -> Iterator[bool]:
    """Hold a piece of work for the block, or yield False if another worker holds it."""
    connection = connections[router.db_for_write(Job)]
    with _CLAIMS[connection.vendor](connection, job) as mine:
        yield mine


@contextmanager
def _in_session(connection: BaseDatabaseWrapper, job: int) -> Iterator[bool]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_SPACE, job])
        (mine,) = cursor.fetchone()
    try:
        yield mine
    finally:
        # A session that is gone has let go already.
        if mine:
            with suppress(DatabaseError), connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_SPACE, job])


@contextmanager
def _by_file(connection: BaseDatabaseWrapper, _job: int) -> Iterator[bool]:
    with Path(f"{connection.settings_dict['NAME']}-worker").open("a") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


_Claim = Callable[[BaseDatabaseWrapper, int], AbstractContextManager[bool]]
_CLAIMS: Mapping[str, _Claim] = {"postgresql": _in_session, "sqlite": _by_file}
