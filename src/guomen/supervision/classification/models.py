"""
Assessments, classes of enterprises, risk levels of products. Class (1 to 4) is not credit level.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from guomen.core.classification import ELEMENT_NAMES
from guomen.supervision.bitemporal import Dated, DatedQuerySet
from guomen.supervision.classification.lifecycle import (
    ASSESSMENT,
    PRODUCT_RISK,
    AssessmentState,
    ProposalState,
)
from guomen.supervision.words import choices, said


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


class Assessment(models.Model):
    """
    Nine elements of an enterprise scored by a trained assessor, and the class that they give.

    Only a signed one gives a class. ``total`` is in hundredths of a point.
    """

    enterprise = models.ForeignKey("parties.Enterprise", models.PROTECT, related_name="assessments")
    agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="assessments")
    state = models.CharField(
        max_length=12,
        choices=choices(ASSESSMENT.state_names),
        default=AssessmentState.DRAFT.value,
    )
    assessed_on = models.DateField()
    assessor = models.CharField(max_length=20)
    vetoes = models.JSONField(default=list, blank=True)
    # None: not every element is scored yet.
    grade = models.PositiveSmallIntegerField(choices=Grade.choices, null=True, blank=True)
    total = models.IntegerField(null=True, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.CharField(max_length=20, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=400, blank=True)
    version = models.IntegerField(default=1)

    class Meta:
        ordering: ClassVar[list[str]] = ["-assessed_on", "-id"]
        verbose_name = said("分类评定", "assessment")
        verbose_name_plural = said("分类评定", "assessments")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=~Q(state="signed") | (Q(grade__isnull=False) & ~Q(decided_by="")),
                name="classification_assessment_signed_has_class",
            ),
            models.CheckConstraint(
                condition=~Q(state="signed") | ~Q(decided_by=models.F("assessor")),
                name="classification_assessment_second_person",
            ),
            models.UniqueConstraint(
                fields=["enterprise"],
                condition=Q(state__in=["draft", "submitted", "returned"]),
                name="classification_assessment_one_open",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """Return the public number."""
        return f"AS-{self.pk:06d}"


class ElementScore(models.Model):
    """What an assessor gave one element, and on what evidence."""

    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="scores")
    element = models.CharField(max_length=12, choices=choices(ELEMENT_NAMES))
    # None: not scored yet.
    score = models.SmallIntegerField(null=True, blank=True)
    evidence = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = said("要素评分", "score of an element")
        verbose_name_plural = said("要素评分", "scores of elements")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["assessment", "element"], name="classification_elementscore_once"
            ),
            models.CheckConstraint(
                condition=Q(score__isnull=True) | Q(score__range=(-100, 100)),
                name="classification_elementscore_scale",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.assessment_id} {self.element}"


class EnterpriseClass(Dated):
    """The class of an enterprise for a period."""

    enterprise = models.ForeignKey("parties.Enterprise", models.PROTECT, related_name="classes")
    grade = models.PositiveSmallIntegerField(choices=Grade.choices)
    agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="classes_given")
    # None: taken over without an assessment on file.
    assessment = models.ForeignKey(
        Assessment, models.PROTECT, null=True, blank=True, related_name="classes"
    )

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
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["ends", "enterprise"], name="classification_class_ends"),
            models.Index(fields=["grade", "enterprise"], name="classification_class_grade"),
        ]

    def __str__(self) -> str:
        return f"{self.enterprise_id} {self.grade}"


class ProductRisk(Dated):
    """The risk level of goods under an HS prefix; the longest prefix decides."""

    hs_prefix = models.CharField(max_length=10)
    level = models.CharField(max_length=8, choices=RiskLevel.choices)
    basis_zh = models.CharField(max_length=200, blank=True)
    basis_en = models.CharField(max_length=300, blank=True)
    # The hazards that it was computed from; empty where the level was taken over.
    hazards = models.JSONField(default=list, blank=True)
    assessor = models.CharField(max_length=20, blank=True)
    decided_by = models.CharField(max_length=20, blank=True)

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


class RiskProposal(models.Model):
    """
    A risk level that an assessor worked out for goods, until another person decides on it.

    ``hazards`` keep name, damage, the items of both sums in percent, and the evidence of each.
    """

    hs_prefix = models.CharField(max_length=10)
    agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="risk_proposals")
    hazards = models.JSONField(default=list)
    level = models.CharField(max_length=8, choices=RiskLevel.choices)
    state = models.CharField(
        max_length=12,
        choices=choices(PRODUCT_RISK.state_names),
        default=ProposalState.PROPOSED.value,
    )
    assessor = models.CharField(max_length=20)
    proposed_at = models.DateTimeField()
    note = models.CharField(max_length=400, blank=True)
    decided_by = models.CharField(max_length=20, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-proposed_at", "-pk"]
        verbose_name = said("产品风险评估", "product risk proposed")
        verbose_name_plural = said("产品风险评估", "product risks proposed")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=~Q(state="approved") | ~Q(decided_by=models.F("assessor")),
                name="classification_riskproposal_second_person",
            ),
            models.UniqueConstraint(
                fields=["hs_prefix"],
                condition=Q(state="proposed"),
                name="classification_riskproposal_one_open",
            ),
            models.CheckConstraint(
                condition=Q(hs_prefix__regex=r"^[0-9]{2,10}$"),
                name="classification_riskproposal_prefix",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hs_prefix} {self.level}"
