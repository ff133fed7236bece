"""
Long work: what was asked for, by whom, how far it is, and the files that belong to it.

A worker that is killed leaves its job under way; the next one takes it up. Nothing here decides.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from guomen.supervision.jobs.lifecycle import OPEN, STATE_NAMES, JobState
from guomen.supervision.words import choices, said


class Job(models.Model):
    """One piece of long work."""

    number = models.CharField(max_length=24, unique=True)
    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=200, blank=True)
    args = models.JSONField(default=dict)
    by = models.CharField(max_length=40)
    agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="jobs")
    asked_at = models.DateTimeField()
    state = models.CharField(
        max_length=10, choices=choices(STATE_NAMES), default=JobState.WAITING.value
    )
    # How often a worker took it up: one that kills its workers is given up.
    attempts = models.IntegerField(default=0)
    cancel_asked = models.BooleanField(default=False)
    done = models.BigIntegerField(default=0)
    # Null: nobody knows yet how much there is to do.
    total = models.BigIntegerField(null=True, blank=True)
    # What the work itself keeps to go on from after it was interrupted.
    kept = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    # Why it failed: {"code", "zh", "en"}.
    problem = models.JSONField(default=dict)
    began_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        verbose_name = said("后台任务", "long work")
        verbose_name_plural = said("后台任务", "long work")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["by", "-id"], name="jobs_by_asker"),
            models.Index(
                fields=["id"],
                name="jobs_open",
                condition=Q(state__in=[state.value for state in OPEN]),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class JobFile(models.Model):
    """A file of long work: the one that was sent, or the rows that were turned away."""

    job = models.ForeignKey(Job, models.CASCADE, related_name="files")
    part = models.CharField(max_length=10)
    name = models.CharField(max_length=200)
    content = models.BinaryField()

    class Meta:
        verbose_name = said("任务文件", "file of long work")
        verbose_name_plural = said("任务文件", "files of long work")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["job", "part"], name="jobs_one_file_a_part"),
        ]

    def __str__(self) -> str:
        return f"{self.job_id} {self.part}"


class RegularRun(models.Model):
    """One period of regular work of one agency, asked for once, whoever asks."""

    kind = models.CharField(max_length=40)
    agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="+")
    # The day or the week (its Monday) that the work is of.
    of = models.DateField()
    due_at = models.DateTimeField()
    # The newest attempt; earlier ones stand as long work of their own.
    job = models.OneToOneField(Job, models.CASCADE, related_name="regular")
    attempts = models.SmallIntegerField(default=1)

    class Meta:
        ordering: ClassVar[list[str]] = ["-due_at", "kind"]
        verbose_name = said("定期任务", "regular work")
        verbose_name_plural = said("定期任务", "regular work")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["kind", "agency", "of"], name="jobs_period_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.of}"
