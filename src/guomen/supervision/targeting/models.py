"""Models, plans of the day and the capacity of ports. Nothing here decides."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from guomen.supervision.bitemporal import Dated, DatedQuerySet
from guomen.supervision.targeting.lifecycle import STATE_NAMES, PlanState
from guomen.supervision.words import choices, said


class PortCapacity(Dated):
    """What a port can do on a day of its period: inspectors' minutes and laboratory slots."""

    port = models.CharField(max_length=8)
    agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="+")
    minutes = models.IntegerField()
    slots = models.IntegerField()

    objects = DatedQuerySet["PortCapacity"].as_manager()

    class Meta(Dated.Meta):
        ordering: ClassVar[list[str]] = ["port", "begins"]
        verbose_name = said("口岸查验能力", "capacity of a port")
        verbose_name_plural = said("口岸查验能力", "capacities of ports")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Dated.Meta.constraints,
            models.CheckConstraint(
                condition=Q(minutes__gte=0, slots__gte=0), name="targeting_capacity_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.port} {self.minutes} min, {self.slots}"


class FittedModel(models.Model):
    """A fitted model, compressed, under the hash of its text; many plans may share one."""

    digest = models.CharField(max_length=64, unique=True)
    on = models.DateField()
    built_at = models.DateTimeField()
    payload = models.BinaryField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-built_at"]
        verbose_name = said("研判模型", "targeting model")
        verbose_name_plural = said("研判模型", "targeting models")

    def __str__(self) -> str:
        return self.digest[:16]


class DailyPlan(models.Model):
    """
    One plan of one bureau for one day; the text is what the hash is of and is never edited.

    ``change_zh``/``change_en`` say what is new against the plan before it.
    """

    reference = models.CharField(max_length=32, unique=True)
    agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="+")
    day = models.DateField()
    version = models.IntegerField()
    digest = models.CharField(max_length=64)
    text = models.TextField()
    model = models.ForeignKey(FittedModel, models.PROTECT, related_name="plans")
    state = models.CharField(
        max_length=16, choices=choices(STATE_NAMES), default=PlanState.BUILT.value
    )
    change_zh = models.CharField(max_length=800, blank=True)
    change_en = models.CharField(max_length=1200, blank=True)
    built_by = models.CharField(max_length=40)
    built_at = models.DateTimeField()
    proposed_by = models.CharField(max_length=40, null=True, blank=True)
    proposed_at = models.DateTimeField(null=True, blank=True)
    released_by = models.CharField(max_length=40, null=True, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)
    released_seq = models.BigIntegerField(null=True, blank=True)
    ended_by = models.CharField(max_length=40, null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_for = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-day", "-version"]
        verbose_name = said("研判方案", "plan of the day")
        verbose_name_plural = said("研判方案", "plans of the day")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["agency", "day", "version"], name="targeting_plan_version_once"
            ),
            # Whoever proposes a plan never releases it.
            models.CheckConstraint(
                condition=Q(released_by__isnull=True) | ~Q(released_by=F("proposed_by")),
                name="targeting_plan_second_person",
            ),
            # A plan is in the ledger before it is used.
            models.CheckConstraint(
                condition=Q(released_at__isnull=True) | Q(released_seq__isnull=False),
                name="targeting_plan_in_ledger",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["day", "released_at"], name="targeting_plan_in_force"),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.state}"
