"""Asking for long work, and asking that it be stopped."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.db import transaction

from guomen.core.errors import GuomenError
from guomen.core.text import Text
from guomen.journeys.jobs.kinds import KINDS
from guomen.supervision.agencies import queries as agencies
from guomen.supervision.jobs import operations, queries
from guomen.supervision.jobs.lifecycle import OPEN, JobMove, JobState
from guomen.supervision.jobs.models import Job

LARGEST = 64 * 1024 * 1024


class JobTooLargeError(GuomenError):
    """A file is too large to be kept for a worker; ``says`` is the sentence in both languages."""

    code: ClassVar[str] = "jobs.too-large"

    def __init__(self, size: int) -> None:
        """Keep the size in bytes."""
        most, is_ = LARGEST >> 20, -(-size >> 20)
        self.says = Text(
            zh=f"文件约 {is_} MiB，一次最多 {most} MiB；请拆分，或以 Parquet 格式发送",
            en=f"the file has about {is_} MiB, a page takes {most} MiB at most; split it, or send "
            "it as Parquet",
        )
        super().__init__(self.says.en, size=size)


def enqueue(
    kind: str,
    *,
    at: datetime,
    by: str,
    agency: str,
    title: str = "",
    args: Mapping[str, Any] | None = None,
    file: tuple[str, bytes] | None = None,
) -> str:
    """
    Ask for long work of a kind; return its number.

    In a transaction of the caller it is asked for if that commits. ``args`` must be plain JSON.

    :raises JobTooLargeError: if the file is larger than what is kept
    """
    if kind not in KINDS:
        raise KeyError(kind)
    if file is not None and len(file[1]) > LARGEST:
        raise JobTooLargeError(len(file[1]))
    key = agencies.ids()[agency]
    with transaction.atomic():
        job = operations.ask(
            kind=kind,
            title=title or (file[0] if file else ""),
            args=args or {},
            by=by,
            agency_id=key,
            at=at,
            file=file,
        )
    return str(job.number)


def cancel(number: str, *, by: str, at: datetime) -> bool:
    """
    Stop one's own work: at once if it waits, at its next step if it is under way.

    Returns whether there was something to stop.
    """
    with transaction.atomic():
        job = queries.asked_by(by).select_for_update().filter(number=number).first()
        if job is None or JobState(job.state) not in OPEN:
            return False
        if job.state == JobState.WAITING:
            operations.end(job, JobMove.CANCEL, at=at)
        else:
            operations.tell(job.pk, cancel_asked=True)
    return True


def own(by: str) -> list[Job]:
    """Return the newest work that somebody asked for."""
    return list(queries.asked_by(by)[:_SHOWN])


_SHOWN = 50
