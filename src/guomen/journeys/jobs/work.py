"""What long work sees of itself: its file, its arguments, how far it is, and when it must stop."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, TypeVar

from django.db import connections, router, transaction

from guomen.core.errors import GuomenError
from guomen.core.text import Text
from guomen.supervision import bulk
from guomen.supervision.jobs import operations, progress, queries
from guomen.supervision.jobs.models import Job

# Progress is written no more often than a page asks for it.
_SECONDS = 0.5

T = TypeVar("T")


class StoppedError(GuomenError):
    """Whoever asked for the work wants it stopped; what was stored before stays."""

    code: ClassVar[str] = "jobs.stopped"


class InterruptedWorkError(GuomenError):
    """The worker is about to end; another one goes on."""

    code: ClassVar[str] = "jobs.interrupted"


def _never() -> bool:
    return False


@dataclass(slots=True, kw_only=True)
class Work:
    """One piece of long work in the hands of its worker."""

    job: Job
    now: Callable[[], datetime]
    ending: Callable[[], bool] = _never
    _told: float = field(default=0.0, init=False)

    @property
    def args(self) -> Mapping[str, Any]:
        """Return what the asker gave besides the file."""
        given: Mapping[str, Any] = self.job.args
        return given

    @property
    def kept(self) -> dict[str, Any]:
        """Return what was kept before, also by a worker that was killed since."""
        kept: dict[str, Any] = self.job.kept
        return kept

    def file(self) -> tuple[str, bytes]:
        """Return name and content of the file that was sent."""
        found = queries.file_or_none(self.job, queries.SENT)
        return (found.name, bytes(found.content)) if found else ("", b"")

    def step(
        self, done: int, total: int | None = None, *, kept: Mapping[str, Any] | None = None
    ) -> None:
        """
        Tell how far the work is; with ``kept``, what it goes on from, written at once.

        Inside a transaction of the caller all of this becomes true with what that writes.

        :raises StoppedError: if the asker wants it stopped
        :raises InterruptedWorkError: if the worker ends; the work is called again by the next one
        """
        self.job.done, self.job.total = done, self.job.total if total is None else total
        if kept is not None:
            self.job.kept = dict(kept)
        if kept is None and time.monotonic() - self._told < _SECONDS:
            return
        self._told = time.monotonic()
        with _turn():
            operations.tell(
                self.job.pk, done=self.job.done, total=self.job.total, kept=self.job.kept
            )
        self.job.refresh_from_db(fields=["cancel_asked"])
        self._go_on(stop=self.job.cancel_asked)

    def _go_on(self, *, stop: bool) -> None:
        if stop:
            raise StoppedError("the work was stopped by who asked for it")
        if self.ending():
            raise InterruptedWorkError("the worker ends; the next one goes on")

    @contextmanager
    def whole(self) -> Iterator[Callable[[int, int], None]]:
        """
        Hold, for the block, the step of work that becomes true all at once or not at all.

        The step may be called inside the transaction: it is seen at once, and writes nothing there.
        Work that ends before its commit has done nothing.

        :raises StoppedError: by the step, if the asker wants it stopped
        :raises InterruptedWorkError: by the step, if the worker ends
        """
        with progress.beside(self.job) as tell:

            def step(done: int, total: int) -> None:
                self.job.done, self.job.total = done, total
                if time.monotonic() - self._told < _SECONDS:
                    return
                self._told = time.monotonic()
                self._go_on(stop=tell(done, total))

            try:
                yield step
            except BaseException:
                self.job.done = 0
                raise

    def reject(self, name: str, content: bytes) -> None:
        """Keep the file of what was turned away, in place of an earlier one."""
        with _turn():
            operations.keep_file(self.job.pk, queries.REJECTS, name, content)


def _turn() -> Any:
    return bulk.one_writer(connections[router.db_for_write(Job)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of long work: its name, and the function that carries it out."""

    name: Text
    run: Callable[[Work], Mapping[str, Any]]
    # What its steps count, where that is not what was asked for.
    counts: Text | None = None


def in_turn(write: Callable[[], T]) -> T:
    """Write in a transaction of one's own, in one's turn."""
    with _turn(), transaction.atomic():
        return write()
