"""
Long work that outlives a page: asked for by anybody, carried out by a worker, seen by the asker.

To give a room long work: write a function that takes a :class:`Work` and returns what came of it,
name it in ``kinds.KINDS``, and call :func:`enqueue` where the page takes the file. The work reads
its file, tells how far it is with :meth:`Work.step`, and keeps the rows that it turns away with
:meth:`Work.reject`. It must be repeatable: after a crash it is called again from its beginning, and
finds what it stored before, or what it kept with a step in the same transaction.
"""

from __future__ import annotations

from guomen.journeys.jobs.asking import JobTooLargeError, cancel, enqueue
from guomen.journeys.jobs.work import Kind, StoppedError, Work

__all__ = ["JobTooLargeError", "Kind", "StoppedError", "Work", "cancel", "enqueue"]
