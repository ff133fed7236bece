"""Reads of long work: one's own, and what waits for a worker."""

from __future__ import annotations

from datetime import date

from django.db.models import Q, QuerySet

from guomen.supervision.jobs.lifecycle import OPEN, JobState
from guomen.supervision.jobs.models import Job, JobFile, RegularRun

_OPEN = [state.value for state in OPEN]
SENT, REJECTS = "sent", "rejects"


def asked_by(key: str) -> QuerySet[Job]:
    """Return the work that somebody asked for, the newest first; nobody else's is ever shown."""
    return Job.objects.filter(by=key)


def open_numbers(limit: int) -> list[int]:
    """Return the keys of work to be done, in the order in which it was asked for."""
    rows = Job.objects.filter(state__in=_OPEN).order_by("pk")
    return list(rows.values_list("pk", flat=True)[:limit])


def before(job: Job) -> int:
    """Return how much open work stands before a piece that waits."""
    if job.state != JobState.WAITING:
        return 0
    return Job.objects.filter(state__in=_OPEN, pk__lt=job.pk).count()


def file_or_none(job: Job, part: str) -> JobFile | None:
    """Return a file of a piece of work, with its content."""
    return JobFile.objects.filter(job=job, part=part).first()


def rejects_name(job: Job) -> str | None:
    """Return the name of the file of what was turned away, if there is one."""
    rows = JobFile.objects.filter(job=job, part=REJECTS)
    return rows.values_list("name", flat=True).first()


def regular_runs(path: str) -> QuerySet[RegularRun]:
    """Return the regular work of an agency's subtree and of the agencies above it."""
    above = [path[: i + 1] for i, mark in enumerate(path) if mark == "/" and i]
    return RegularRun.objects.filter(
        Q(agency__path__startswith=path) | Q(agency__path__in=above)
    ).select_related("agency", "job")


def periods_asked(since: date) -> set[tuple[str, int, date]]:
    """Return kind, agency and day of the regular work that was asked for since a day."""
    rows = RegularRun.objects.filter(of__gte=since)
    return set(rows.values_list("kind", "agency_id", "of"))


def failed_runs(since: date, *, most: int) -> QuerySet[RegularRun]:
    """Return the regular work since a day whose newest attempt failed, tried less than so often."""
    return (
        RegularRun.objects.filter(of__gte=since, attempts__lte=most)
        .filter(job__state=JobState.FAILED.value)
        .select_related("agency", "job")
        .order_by("due_at", "pk")
    )
