"""
A second process beside this one, on the same database, for work that is done ahead.

This module imports nothing that needs Django to be ready: the new process begins here.
"""

from __future__ import annotations

import atexit
import gc
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from django.conf import settings

from guomen.journeys import collecting

Done = TypeVar("Done")
# Nobody waits for a lock that it holds, so it gives way to who holds one and to pages.
_NICE = 5

_PLACE = ("NAME", "HOST", "PORT", "USER", "PASSWORD")
# What may have been set otherwise than by the environment, which the new process has too.
_SETTINGS = ("GUOMEN_DEMO", "GUOMEN_CUSTODY_A", "GUOMEN_CUSTODY_B")


class Ahead(Generic[Done]):
    """Work that was given away; it is done here after all if the other process has gone."""

    def __init__(self, future: Future[Done] | None, again: Callable[[], Done]) -> None:
        """Keep where the answer will come from, and how to make it here."""
        self._future, self._again = future, again

    def done(self) -> bool:
        """Tell whether the answer is there, or must be made here."""
        return self._future is None or self._future.done()

    def result(self) -> Done:
        """Return what came of it; whatever the work raised is raised here."""
        if self._future is not None:
            try:
                return self._future.result()
            except BrokenProcessPool:
                # It was killed, or the machine has no memory for it: this one goes on alone.
                pass
        return self._again()


def here(done: Done) -> Ahead[Done]:
    """Return what was done in this process."""
    return Ahead(None, lambda: done)


class Second:
    """The second process; it starts with the first work and ends with the block."""

    def __init__(self, database: dict[str, Any]) -> None:
        """Name the database by the settings of a connection."""
        place = {name: database[name] for name in _PLACE}
        chosen = {name: getattr(settings, name) for name in _SETTINGS}
        self._pool = ProcessPoolExecutor(
            max_workers=1,
            mp_context=get_context("spawn"),
            initializer=_begin,
            initargs=(place, chosen),
        )

    def __enter__(self) -> Self:
        """Begin the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the process; what was not begun is dropped."""
        # Who refuses a file says so at once; a process that still starts goes by itself.
        self._pool.shutdown(wait=kind is None, cancel_futures=True)

    def begin(self) -> None:
        """Start the process before there is work for it."""
        self.give(_nothing)

    def give(self, work: Callable[..., Done], *given: Any) -> Ahead[Done]:
        """Give work away; both it and what it returns must be picklable."""
        try:
            future = self._pool.submit(work, *given)
        except BrokenProcessPool:
            future = None
        return Ahead(future, lambda: work(*given))


def _begin(place: dict[str, Any], chosen: dict[str, Any]) -> None:
    import django
    from django.db import connection

    # What it was given is answered before it ends, it holds nothing that must be put away, and what
    # it imported takes half a second to take down. Its exit code means nothing.
    atexit.register(os._exit, 0)
    os.nice(_NICE)
    gc.set_threshold(*collecting.SELDOM)
    threading.Thread(target=_end_with_the_first, daemon=True).start()
    django.setup()
    connection.settings_dict.update(place)
    for name, value in chosen.items():
        setattr(settings, name, value)


def _nothing() -> None:
    """Do nothing: the process starts with the first work that it is given."""


def _end_with_the_first() -> None:
    """Wait for the first process, which may be killed without a word, and go with it."""
    first = parent_process()
    if first is not None:
        first.join()
    os._exit(1)
