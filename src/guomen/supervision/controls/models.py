"""Control orders 布控: which goods are watched, how, by whom, why and until when."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from guomen.core.severity import OUTCOME_NAMES
from guomen.supervision.bitemporal import Dated, DatedQuerySet
from guomen.supervision.words import choices, said


class OrderOrigin(models.TextChoices):
    """What gave rise to an order."""

    RISK = "risk", said("风险预警", "Risk warning")
    CAMPAIGN = "campaign", said("专项整治", "Rectification campaign")
    EMERGENCY = "emergency", said("应急处置", "Emergency")
    BLACKLIST = "blacklist", said("黑名单", "Blacklist")
    NOTICE = "notice", said("境外通报", "Foreign notification")
    MONITORING = "monitoring", said("监控计划", "Monitoring plan")


class ControlOrder(Dated):
    """
    One order in one form; a changed order is superseded by a new row of the same reference.

    A selector that is null means any.
    """

    reference = models.CharField(max_length=24)
    source = models.CharField(max_length=16, choices=OrderOrigin.choices)
    effect = models.CharField(max_length=20, choices=choices(OUTCOME_NAMES))
    reason_zh = models.CharField(max_length=300)
    reason_en = models.CharField(max_length=400)
    # What must be shown before the order may be lifted.
    evidence_zh = models.CharField(max_length=300, blank=True)
    evidence_en = models.CharField(max_length=400, blank=True)
    agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="control_orders")
    owner = models.CharField(max_length=40)
    hs_prefix = models.CharField(max_length=10, null=True, blank=True)
    direction = models.CharField(max_length=8, null=True, blank=True)
    origin = models.CharField(max_length=2, null=True, blank=True)
    enterprise = models.CharField(max_length=60, null=True, blank=True)
    consignor = models.CharField(max_length=60, null=True, blank=True)
    site = models.CharField(max_length=60, null=True, blank=True)
    port = models.CharField(max_length=5, null=True, blank=True)
    transport = models.CharField(max_length=8, null=True, blank=True)
    hazard = models.CharField(max_length=32, null=True, blank=True)
    rate_ppm = models.IntegerField(null=True, blank=True)
    tests = models.JSONField(default=list, blank=True)
    mandatory = models.BooleanField(default=True)
    confidential = models.BooleanField(default=False)

    objects = DatedQuerySet["ControlOrder"].as_manager()

    class Meta(Dated.Meta):
        ordering: ClassVar[list[str]] = ["reference", "recorded_at"]
        verbose_name = said("布控指令", "control order")
        verbose_name_plural = said("布控指令", "control orders")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["reference", "begins", "recorded_at"], name="controls_order_once"
            ),
            models.CheckConstraint(
                condition=Q(hs_prefix__isnull=True) | Q(hs_prefix__regex=r"^[0-9]{2,10}$"),
                name="controls_order_hs_prefix",
            ),
            models.CheckConstraint(
                condition=Q(rate_ppm__isnull=True) | Q(rate_ppm__range=(0, 1_000_000)),
                name="controls_order_rate",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.effect}"
