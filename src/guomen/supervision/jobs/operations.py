"""Writes of long work, in the caller's transaction. Nothing here decides."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from guomen.supervision.jobs.lifecycle import JOB, JobMove, JobState
from guomen.supervision.jobs.models import Job, JobFile, RegularRun
from guomen.supervision.jobs.queries import SENT


def ask(
    *,
    kind: str,
    title: str,
    args: Mapping[str, Any],
    by: str,
    agency_id: int,
    at: datetime,
    file: tuple[str, bytes] | None,
) -> Job:
    """Store a piece of work, and the file that it is about."""
    job = Job.objects.create(
        number=f"JOB-{secrets.token_hex(5).upper()}",
        kind=kind,
        title=title[:200],
        args=dict(args),
        by=by,
        agency_id=agency_id,
        asked_at=at,
    )
    if file is not None:
        keep_file(job.pk, SENT, *file)
    return job


def keep_file(job: int, part: str, name: str, content: bytes) -> None:
    """Store a file of a piece of work in place of the one before."""
    given = {"name": name[:200], "content": content}
    JobFile.objects.update_or_create(job_id=job, part=part, defaults=given)


def begin(job: Job, *, at: datetime) -> None:
    """
    Say that a worker is at it.

    :raises guomen.core.lifecycle.MoveRefusedError: if it has ended
    """
    job.state = JOB.after(JobState(job.state), JobMove.BEGIN).value
    job.attempts += 1
    job.began_at = job.began_at or at
    job.save(update_fields=["state", "attempts", "began_at"])


def tell(job: int, **found: Any) -> None:
    """Write how far a piece of work is."""
    Job.objects.filter(pk=job).update(**found)


def end(
    job: Job,
    move: JobMove,
    *,
    at: datetime,
    result: Mapping[str, Any] | None = None,
    problem: Mapping[str, str] | None = None,
) -> None:
    """
    End a piece of work; the file that was sent is no longer needed.

    :raises guomen.core.lifecycle.MoveRefusedError: if it has ended already
    """
    job.state = JOB.after(JobState(job.state), move).value
    job.ended_at = at
    job.result, job.problem = dict(result or {}), dict(problem or {})
    job.save(update_fields=["state", "ended_at", "result", "problem"])
    JobFile.objects.filter(job=job, part=SENT).delete()


def note_run(*, kind: str, agency_id: int, of: date, due_at: datetime, number: str) -> None:
    """
    Note that a period of regular work was asked for.

    :raises django.db.IntegrityError: if it was noted before
    """
    job = Job.objects.get(number=number)
    RegularRun.objects.create(kind=kind, agency_id=agency_id, of=of, due_at=due_at, job=job)


def note_again(run: RegularRun, *, number: str) -> bool:
    """Note that a period is tried again; tell whether nobody else was quicker."""
    job = Job.objects.get(number=number)
    rows = RegularRun.objects.filter(pk=run.pk, job=run.job_id)
    return rows.update(job=job, attempts=run.attempts + 1) == 1
