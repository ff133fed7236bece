"""Credit levels and the blacklist. Level (AA to D) is not class; each level names who gave it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from guomen.supervision.bitemporal import Dated, DatedQuerySet
from guomen.supervision.credit.lifecycle import STATE_NAMES
from guomen.supervision.words import choices, said


class Level(models.TextChoices):
    """Credit level, best first (Notice 93 of 2013)."""

    AA = "AA", "AA"
    A = "A", "A"
    B = "B", "B"
    C = "C", "C"
    D = "D", "D"


class Authority(models.TextChoices):
    """Who gives a level; customs classes of the same letters are another thing."""

    CIQ = "ciq", said("检验检疫", "Inspection and quarantine")
    CUSTOMS = "customs", said("海关", "Customs")


class Rating(Dated):
    """The credit level of an enterprise for a period."""

    enterprise = models.ForeignKey("parties.Enterprise", models.PROTECT, related_name="ratings")
    authority = models.CharField(max_length=8, choices=Authority.choices, default=Authority.CIQ)
    level = models.CharField(max_length=2, choices=Level.choices)
    # None: given without a score, as AA is, or taken over from another department.
    score = models.SmallIntegerField(null=True, blank=True)

    objects = DatedQuerySet["Rating"].as_manager()

    class Meta(Dated.Meta):
        verbose_name = said("信用等级", "rating")
        verbose_name_plural = said("信用等级", "ratings")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["enterprise", "authority", "begins", "recorded_at"],
                name="credit_rating_once",
            ),
            models.CheckConstraint(
                condition=Q(level__in=["AA", "A", "B", "C", "D"]), name="credit_rating_level"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enterprise_id} {self.level}"


class BlacklistEntry(Dated):
    """An enterprise proposed for the blacklist, on it, or taken off it, for a period."""

    enterprise = models.ForeignKey(
        "parties.Enterprise", models.PROTECT, related_name="blacklist_entries"
    )
    number = models.CharField(max_length=24)
    state = models.CharField(max_length=12, choices=choices(STATE_NAMES))
    reason_zh = models.CharField(max_length=200)
    reason_en = models.CharField(max_length=300)

    objects = DatedQuerySet["BlacklistEntry"].as_manager()

    class Meta(Dated.Meta):
        verbose_name = said("黑名单", "blacklist entry")
        verbose_name_plural = said("黑名单", "blacklist entries")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["number", "begins", "recorded_at"], name="credit_blacklistentry_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.state}"
