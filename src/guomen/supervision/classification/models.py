"""Classes of enterprises and risk levels of products. Class (1 to 4) is not credit level."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from guomen.supervision.bitemporal import Dated, DatedQuerySet
from guomen.supervision.words import said


class Grade(models.IntegerChoices):
    """Class of an export enterprise, best first (Decree 113, article 9)."""

    CLASS_1 = 1, said("一类", "Class 1")
    CLASS_2 = 2, said("二类", "Class 2")
    CLASS_3 = 3, said("三类", "Class 3")
    CLASS_4 = 4, said("四类", "Class 4")


class RiskLevel(models.TextChoices):
    """Product risk level."""

    HIGH = "high", said("高风险", "High")
    HIGHER = "higher", said("较高风险", "Higher")
    GENERAL = "general", said("一般风险", "General")


class EnterpriseClass(Dated):
    """The class of an enterprise for a period."""

    enterprise = models.ForeignKey("parties.Enterprise", models.PROTECT, related_name="classes")
    grade = models.PositiveSmallIntegerField(choices=Grade.choices)
    agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="classes_given")

    objects = DatedQuerySet["EnterpriseClass"].as_manager()

    class Meta(Dated.Meta):
        verbose_name = said("企业分类", "enterprise class")
        verbose_name_plural = said("企业分类", "enterprise classes")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["enterprise", "begins", "recorded_at"],
                name="classification_enterpriseclass_once",
            ),
            models.CheckConstraint(
                condition=Q(grade__range=(1, 4)), name="classification_enterpriseclass_grade"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enterprise_id} {self.grade}"


class ProductRisk(Dated):
    """The risk level of goods under an HS prefix; the longest prefix decides."""

    hs_prefix = models.CharField(max_length=10)
    level = models.CharField(max_length=8, choices=RiskLevel.choices)
    basis_zh = models.CharField(max_length=200, blank=True)
    basis_en = models.CharField(max_length=300, blank=True)

    objects = DatedQuerySet["ProductRisk"].as_manager()

    class Meta(Dated.Meta):
        verbose_name = said("产品风险", "product risk")
        verbose_name_plural = said("产品风险", "product risks")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["hs_prefix", "begins", "recorded_at"],
                name="classification_productrisk_once",
            ),
            models.CheckConstraint(
                condition=Q(hs_prefix__regex=r"^[0-9]{2,10}$"),
                name="classification_productrisk_prefix",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hs_prefix} {self.level}"
