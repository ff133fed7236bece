"""How the registers are kept: files brought in, records alike and merged, accounts asked for."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from guomen.supervision.parties.models.registers import Enterprise
from guomen.supervision.words import said


class ImportState(models.TextChoices):
    """Where a file of a register stands."""

    CHECKED = "checked", said("已核对", "Checked")
    STORED = "stored", said("已入库", "Stored")
    UNDONE = "undone", said("已撤回", "Taken back")
    FAILED = "failed", said("未完成", "Not finished")


class ImportFile(models.Model):
    """A file of enterprises: what it held, what of it was stored, what was turned away and why."""

    number = models.CharField(max_length=24, unique=True)
    name = models.CharField(max_length=200)
    agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="import_files")
    by = models.CharField(max_length=20)
    at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=ImportState.choices)
    # The file itself, so that what was seen in the preview is what is stored.
    content = models.BinaryField()
    rows = models.PositiveIntegerField()
    good = models.PositiveIntegerField()
    bad = models.PositiveIntegerField()
    # Of the good rows, how many are written so far.
    written = models.PositiveIntegerField(default=0)
    stored_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.CharField(max_length=20, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    # The first rows that can be stored, and every row that cannot, as they were looked at.
    first = models.JSONField(default=list, blank=True)
    turned_away = models.JSONField(default=list, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-at"]
        verbose_name = said("导入文件", "import file")
        verbose_name_plural = said("导入文件", "import files")

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class PairState(models.TextChoices):
    """What became of two records that look alike."""

    OPEN = "open", said("待核实", "To be looked at")
    MERGED = "merged", said("已合并", "Merged")
    DISTINCT = "distinct", said("不是同一企业", "Two enterprises")


class LikePair(models.Model):
    """Two records that may be the same enterprise, and why."""

    left = models.ForeignKey(Enterprise, models.CASCADE, related_name="pairs_left")
    right = models.ForeignKey(Enterprise, models.CASCADE, related_name="pairs_right")
    # In thousandths; certain at 1000.
    likeness = models.PositiveSmallIntegerField()
    # Which marks agree, by name: code, name, latin, phone, address.
    evidence = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=PairState.choices, default="open")
    found_at = models.DateTimeField()
    decided_by = models.CharField(max_length=20, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-likeness", "pk"]
        verbose_name = said("疑似重复", "pair alike")
        verbose_name_plural = said("疑似重复", "pairs alike")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["left", "right"], name="parties_likepair_once"),
            models.CheckConstraint(
                condition=Q(left__lt=F("right")), name="parties_likepair_in_order"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["state", "-likeness"], name="parties_likepair_open"),
        ]

    def __str__(self) -> str:
        return f"{self.left_id} ~ {self.right_id}"


class Merge(models.Model):
    """One record taken into another, with everything that moved, so that it can be undone."""

    absorbed = models.ForeignKey(Enterprise, models.PROTECT, related_name="merges_absorbed")
    survivor = models.ForeignKey(Enterprise, models.PROTECT, related_name="merges_survived")
    pair = models.ForeignKey(
        LikePair, models.SET_NULL, null=True, blank=True, related_name="merges"
    )
    # Model label to the primary keys of the rows that moved.
    moved = models.JSONField(default=dict)
    merged_by = models.CharField(max_length=20)
    merged_at = models.DateTimeField()
    undone_by = models.CharField(max_length=20, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-merged_at"]
        verbose_name = said("合并", "merge")
        verbose_name_plural = said("合并", "merges")

    def __str__(self) -> str:
        return f"{self.absorbed_id} → {self.survivor_id}"


class SignUpState(models.TextChoices):
    """Where a request for an account stands."""

    ASKED = "asked", said("待核实", "To be verified")
    VERIFIED = "verified", said("已核实", "Verified")
    REFUSED = "refused", said("未通过", "Refused")


class SignUp(models.Model):
    """A person who asks to act for an enterprise, until an officer has verified it."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="sign_up")
    uscc = models.CharField(max_length=18)
    enterprise = models.ForeignKey(
        Enterprise, models.PROTECT, null=True, blank=True, related_name="sign_ups"
    )
    name_zh = models.CharField(max_length=120)
    name_en = models.CharField(max_length=200, blank=True)
    place_zh = models.CharField(max_length=120, blank=True)
    phone = models.CharField(max_length=30)
    person_zh = models.CharField(max_length=60)
    agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="sign_ups")
    state = models.CharField(max_length=10, choices=SignUpState.choices, default="asked")
    asked_at = models.DateTimeField()
    note = models.CharField(max_length=300, blank=True)
    decided_by = models.CharField(max_length=20, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["asked_at"]
        verbose_name = said("注册申请", "sign-up")
        verbose_name_plural = said("注册申请", "sign-ups")

    def __str__(self) -> str:
        return f"{self.uscc} {self.name_zh}"
