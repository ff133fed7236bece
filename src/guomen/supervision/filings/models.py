"""
What enterprises report: use of additives and materials, responsibility statements, the records of
farms, their own inspections; and the checks that tell whether they did.

Not for what is granted on the strength of a filing (licences).
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from guomen.supervision.filings.lifecycle import STATE_NAMES, FilingState
from guomen.supervision.words import choices, said


class Substance(models.TextChoices):
    """What is put into food."""

    ADDITIVE = "additive", said("食品添加剂", "Additive")
    MATERIAL = "material", said("原料", "Raw material")
    AUXILIARY = "auxiliary", said("辅料", "Auxiliary material")


class AdditiveUse(models.Model):
    """One filing of what an enterprise puts into its products; its rows are the substances."""

    number = models.CharField(max_length=24, unique=True)
    enterprise = models.ForeignKey(
        "parties.Enterprise", models.PROTECT, related_name="additive_uses"
    )
    agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="additive_uses")
    state = models.CharField(
        max_length=10, choices=choices(STATE_NAMES), default=FilingState.FILED.value
    )
    filed_on = models.DateField()
    filed_by = models.CharField(max_length=20)
    filed_at = models.DateTimeField()
    note = models.CharField(max_length=300, blank=True)
    decided_by = models.CharField(max_length=20, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering: ClassVar[list[str]] = ["-filed_on", "-pk"]
        verbose_name = said("添加剂使用报备", "filing of additive use")
        verbose_name_plural = said("添加剂使用报备", "filings of additive use")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["state", "-filed_on"], name="filings_additiveuse_state"),
            models.Index(fields=["filed_on", "id"], name="filings_additiveuse_filed"),
        ]

    def __str__(self) -> str:
        return self.number


class UsedSubstance(models.Model):
    """One substance of a filing: what, in which food, how much at most, what for."""

    filing = models.ForeignKey(AdditiveUse, models.CASCADE, related_name="substances")
    kind = models.CharField(max_length=10, choices=Substance.choices)
    name_zh = models.CharField(max_length=80)
    # Number in the international system; empty for materials.
    ins = models.CharField(max_length=12, blank=True)
    food = models.CharField(max_length=80)
    # Null: no amount is given ("as needed"); never read as zero.
    most = models.DecimalField(max_digits=10, decimal_places=4, null=True, blank=True)
    unit = models.CharField(max_length=8, default="g/kg")
    purpose = models.CharField(max_length=80, blank=True)
    supplier = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["filing", "kind", "pk"]
        verbose_name = said("使用物质", "used substance")
        verbose_name_plural = said("使用物质", "used substances")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(most__isnull=True) | Q(most__gte=0),
                name="filings_usedsubstance_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.filing_id} {self.name_zh}"


class ResponsibilityStatement(models.Model):
    """A safety responsibility statement that an enterprise signed with the agency."""

    number = models.CharField(max_length=24, unique=True)
    enterprise = models.ForeignKey(
        "parties.Enterprise", models.PROTECT, related_name="responsibility_statements"
    )
    agency = models.ForeignKey(
        "agencies.Agency", models.PROTECT, related_name="responsibility_statements"
    )
    signed_on = models.DateField()
    signed_by = models.CharField(max_length=20)
    signer_zh = models.CharField(max_length=60)
    edition = models.CharField(max_length=20)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-signed_on", "-pk"]
        verbose_name = said("安全责任书", "responsibility statement")
        verbose_name_plural = said("安全责任书", "responsibility statements")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["enterprise", "edition"], name="filings_responsibilitystatement_once"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class EntryKind(models.TextChoices):
    """What a farm writes down."""

    INPUT = "input", said("苗种、种子投入", "Stock or seed")
    FEED = "feed", said("饲料", "Feed")
    MEDICATION = "medication", said("用药", "Medication")
    PESTICIDE = "pesticide", said("农药", "Pesticide")
    FERTILISER = "fertiliser", said("肥料", "Fertiliser")
    HARVEST = "harvest", said("采收、出栏", "Harvest or leaving")


# After these the goods must wait before they leave.
WITH_WITHDRAWAL = (EntryKind.MEDICATION, EntryKind.PESTICIDE)


class FarmEntry(models.Model):
    """One entry of a farm's records; a correction is a new entry that names the old one."""

    site = models.ForeignKey("parties.Site", models.PROTECT, related_name="farm_entries")
    kind = models.CharField(max_length=12, choices=EntryKind.choices)
    on = models.DateField()
    # The plot, pond, pen or lot that it is about.
    unit = models.CharField(max_length=40)
    product = models.CharField(max_length=120)
    supplier = models.CharField(max_length=120, blank=True)
    amount = models.DecimalField(max_digits=12, decimal_places=3)
    measure = models.CharField(max_length=8)
    purpose = models.CharField(max_length=120, blank=True)
    prescriber = models.CharField(max_length=60, blank=True)
    # First day on which the goods of the unit may leave; null where nothing has to be waited for.
    free_from = models.DateField(null=True, blank=True)
    corrects = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="corrected_by"
    )
    written_by = models.CharField(max_length=20)
    written_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-on", "-pk"]
        verbose_name = said("养殖种植台账", "farm entry")
        verbose_name_plural = said("养殖种植台账", "farm entries")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="filings_farmentry_some_amount"),
            models.CheckConstraint(
                condition=Q(free_from__isnull=True) | Q(free_from__gte=F("on")),
                name="filings_farmentry_free_later",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["site", "-on"], name="filings_farmentry_site"),
            models.Index(fields=["free_from", "site"], name="filings_farmentry_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.site_id} {self.on} {self.product}"


class Finding(models.TextChoices):
    """What an own inspection showed."""

    CONFORM = "conform", said("合格", "Conforms")
    NONCONFORM = "nonconform", said("不合格", "Does not conform")
    PENDING = "pending", said("待出结果", "Result awaited")


class SelfInspection(models.Model):
    """An enterprise's own inspection of one lot."""

    enterprise = models.ForeignKey(
        "parties.Enterprise", models.PROTECT, related_name="self_inspections"
    )
    site = models.ForeignKey(
        "parties.Site", models.PROTECT, null=True, blank=True, related_name="self_inspections"
    )
    on = models.DateField()
    lot = models.CharField(max_length=60)
    product = models.CharField(max_length=120)
    items = models.CharField(max_length=200)
    finding = models.CharField(max_length=12, choices=Finding.choices)
    # What was done with a lot that failed; empty is "nothing is on record".
    disposal = models.CharField(max_length=200, blank=True)
    written_by = models.CharField(max_length=20)
    written_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-on", "-pk"]
        verbose_name = said("自检记录", "self-inspection")
        verbose_name_plural = said("自检记录", "self-inspections")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["enterprise", "-on"], name="filings_selfinspection_of"),
        ]

    def __str__(self) -> str:
        return f"{self.enterprise_id} {self.lot}"


class FilingCheck(models.Model):
    """A check on the spot of whether an enterprise files what it must."""

    number = models.CharField(max_length=24, unique=True)
    enterprise = models.ForeignKey(
        "parties.Enterprise", models.PROTECT, related_name="filing_checks"
    )
    agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="filing_checks")
    on = models.DateField()
    by = models.CharField(max_length=20)
    recorded_at = models.DateTimeField()
    # What was found against the enterprise; empty is "nothing".
    shortcoming = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-on", "-pk"]
        verbose_name = said("报备检查", "filing check")
        verbose_name_plural = said("报备检查", "filing checks")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["on", "enterprise"], name="filings_filingcheck_on"),
        ]

    def __str__(self) -> str:
        return self.number
