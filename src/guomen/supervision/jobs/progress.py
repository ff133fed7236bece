"""
How far work is whose records become true all at once: told beside its transaction, not in it.

On PostgreSQL a connection of its own writes the row of the work. SQLite has one writer, and the
transaction is it: there a small file beside the database says how far it is, put in place of the
one before as a whole. Its writer is the one worker that holds the lock. Telling never breaks work.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any

from django.db import DatabaseError, connections, router
from django.db.backends.base.base import BaseDatabaseWrapper

from guomen.supervision.jobs.lifecycle import JobState
from guomen.supervision.jobs.models import Job

#: Tells how much is done of how much; returns whether the asker wants the work stopped.
Tell = Callable[[int, int], bool]


@contextmanager
def beside(job: Job) -> Iterator[Tell]:
    """Hold, for the block, what tells how far a piece of work is while its transaction is open."""
    connection = connections[router.db_for_write(Job)]
    with _TELL[connection.vendor](connection, job) as tell:
        yield tell


def told(job: Job) -> tuple[int, int | None]:
    """Return how much of how much a piece of work has done, as it was told last."""
    vendor = connections[router.db_for_read(Job)].vendor
    if job.state != JobState.RUNNING or vendor != "sqlite":
        return job.done, job.total
    with suppress(OSError, ValueError):
        found = json.loads(_file(connections[router.db_for_read(Job)]).read_text())
        if found["number"] == job.number:
            return found["done"], found["total"]
    return job.done, job.total


@contextmanager
def _by_connection(connection: BaseDatabaseWrapper, job: Job) -> Iterator[Tell]:
    own = connection.copy()

    def tell(done: int, total: int) -> bool:
        with suppress(DatabaseError), own.cursor() as cursor:
            cursor.execute(_TOLD, [done, total, job.pk])
            return any(stop for (stop,) in cursor.fetchall())
        return False

    try:
        yield tell
    finally:
        own.close()


_TOLD = "UPDATE jobs_job SET done = %s, total = %s WHERE id = %s RETURNING cancel_asked"


@contextmanager
def _by_file(connection: BaseDatabaseWrapper, job: Job) -> Iterator[Tell]:
    file = _file(connection)
    fresh = file.with_name(f"{file.name}-new")

    def tell(done: int, total: int) -> bool:
        with suppress(OSError):
            fresh.write_text(json.dumps({"number": job.number, "done": done, "total": total}))
            fresh.replace(file)
        # While the transaction is open, who asks for a stop waits for it to end.
        return Job.objects.filter(pk=job.pk, cancel_asked=True).exists()

    try:
        yield tell
    finally:
        file.unlink(missing_ok=True)


def _file(connection: BaseDatabaseWrapper) -> Path:
    return Path(f"{connection.settings_dict['NAME']}-progress")


_Way = Callable[[Any, Job], AbstractContextManager[Tell]]
_TELL: Mapping[str, _Way] = {"postgresql": _by_connection, "sqlite": _by_file}
