"""
Credit files: records, merits, levels, disputes, the blacklist, what other departments sent.

Level (AA to D) is not class; each level names who gave it. Levels are derived from records and
merits and stored for reading; nothing here derives.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from guomen.core.credit import CAUSE_NAMES, MERIT_NAMES, Cause
from guomen.supervision.bitemporal import Dated, DatedQuerySet
from guomen.supervision.credit.lifecycle import (
    DISPUTE,
    MERIT,
    RECORD,
    ROW_NAMES,
    STATE_NAMES,
    DisputeState,
    MeritState,
    RecordState,
)
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


class Source(models.TextChoices):
    """Where a record comes from."""

    OWN = "own", said("检验检疫", "Inspection and quarantine")
    CUSTOMS = "customs", said("海关", "Customs")
    COMMERCE = "commerce", said("工商", "Industry and commerce")
    AGRICULTURE = "agriculture", said("农业", "Agriculture")
    TAX = "tax", said("税务", "Tax")
    POLICE = "police", said("公安", "Police")
    PEER = "peer", said("兄弟局", "Peer bureau")
    FOREIGN = "foreign", said("境外机构", "Foreign authority")


class CreditFile(models.Model):
    """The credit file of an enterprise; whoever changes anything in it counts its version up."""

    enterprise = models.OneToOneField(
        "parties.Enterprise", models.PROTECT, related_name="credit_file"
    )
    opened_on = models.DateField()
    version = models.IntegerField(default=1)

    class Meta:
        verbose_name = said("信用档案", "credit file")
        verbose_name_plural = said("信用档案", "credit files")

    def __str__(self) -> str:
        return f"{self.enterprise_id} {self.opened_on}"


class CreditRecord(models.Model):
    """
    One act on file, with the points of its item as it stood on the day of the act.

    It counts from the day on which it was established up to ``expires_on``, exclusive.
    """

    enterprise = models.ForeignKey(
        "parties.Enterprise", models.PROTECT, related_name="credit_records"
    )
    item = models.CharField(max_length=32)
    points = models.PositiveSmallIntegerField()
    grave = models.BooleanField(default=False)
    quality = models.BooleanField(default=False)
    happened_on = models.DateField()
    counts_from = models.DateField()
    expires_on = models.DateField()
    source = models.CharField(max_length=12, choices=Source.choices, default=Source.OWN)
    # Under which number the department that reported it keeps it; "" for our own records.
    source_reference = models.CharField(max_length=60, blank=True)
    evidence = models.CharField(max_length=400)
    state = models.CharField(
        max_length=12, choices=choices(RECORD.state_names), default=RecordState.STANDING.value
    )
    recorded_by = models.CharField(max_length=20)
    recorded_at = models.DateTimeField()
    withdrawn_by = models.CharField(max_length=20, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_because = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-counts_from", "-id"]
        verbose_name = said("信用记录", "credit record")
        verbose_name_plural = said("信用记录", "credit records")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(expires_on__gt=models.F("counts_from"))
                & Q(counts_from__gte=models.F("happened_on")),
                name="credit_creditrecord_days_in_order",
            ),
            models.CheckConstraint(
                condition=~Q(evidence=""), name="credit_creditrecord_has_evidence"
            ),
            models.UniqueConstraint(
                fields=["source", "source_reference"],
                condition=~Q(source_reference=""),
                name="credit_creditrecord_once_a_source",
            ),
            models.CheckConstraint(
                condition=Q(state="withdrawn", withdrawn_at__isnull=False)
                | (~Q(state="withdrawn") & Q(withdrawn_at__isnull=True)),
                name="credit_creditrecord_withdrawn_at",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """Return the public number."""
        return f"CR-{self.pk:06d}"


class CreditMerit(models.Model):
    """A verification of quality management, or an application for level AA; granted ones count."""

    enterprise = models.ForeignKey(
        "parties.Enterprise", models.PROTECT, related_name="credit_merits"
    )
    kind = models.CharField(max_length=12, choices=choices(MERIT_NAMES))
    state = models.CharField(
        max_length=12, choices=choices(MERIT.state_names), default=MeritState.APPLIED.value
    )
    evidence = models.CharField(max_length=400)
    applied_by = models.CharField(max_length=20)
    applied_at = models.DateTimeField()
    recommended_by = models.CharField(max_length=20, blank=True)
    decided_by = models.CharField(max_length=20, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=400, blank=True)
    begins = models.DateField(null=True, blank=True)
    ends = models.DateField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-applied_at", "-id"]
        verbose_name = said("核查与申请", "merit")
        verbose_name_plural = said("核查与申请", "merits")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=~Q(state="granted") | Q(begins__isnull=False),
                name="credit_creditmerit_granted_begins",
            ),
            models.CheckConstraint(
                condition=~Q(state="granted")
                | (
                    ~Q(decided_by=models.F("applied_by"))
                    & ~Q(decided_by=models.F("recommended_by"))
                ),
                name="credit_creditmerit_second_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enterprise_id} {self.kind} {self.state}"


class Rating(Dated):
    """The credit level of an enterprise for a period."""

    enterprise = models.ForeignKey("parties.Enterprise", models.PROTECT, related_name="ratings")
    authority = models.CharField(max_length=8, choices=Authority.choices, default=Authority.CIQ)
    level = models.CharField(max_length=2, choices=Level.choices)
    # None: given without a score, as AA is, or taken over from another department.
    score = models.SmallIntegerField(null=True, blank=True)
    cause = models.CharField(max_length=8, choices=choices(CAUSE_NAMES), default=Cause.CYCLE.value)
    # The last fall that still keeps the level from rising.
    fallen_on = models.DateField(null=True, blank=True)

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
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["level", "enterprise"], name="credit_rating_level_of"),
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
    record = models.ForeignKey(
        CreditRecord, models.PROTECT, null=True, blank=True, related_name="blacklist_entries"
    )
    proposed_by = models.CharField(max_length=20, blank=True)
    # Until when the enterprise may state its case; None before it was told.
    heard_until = models.DateTimeField(null=True, blank=True)
    statement = models.TextField(blank=True)
    decided_by = models.CharField(max_length=20, blank=True)
    decision = models.CharField(max_length=400, blank=True)
    listed_on = models.DateField(null=True, blank=True)
    repair = models.TextField(blank=True)
    # While an appeal is open the entry is not published; its effect on goods goes on.
    appeal = models.TextField(blank=True)
    appeal_open = models.BooleanField(default=False)

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


class Dispute(models.Model):
    """An enterprise says that a record is wrong; it is answered within the limit."""

    record = models.ForeignKey(CreditRecord, models.PROTECT, related_name="disputes")
    state = models.CharField(
        max_length=12, choices=choices(DISPUTE.state_names), default=DisputeState.OPEN.value
    )
    grounds = models.TextField()
    lodged_by = models.CharField(max_length=20)
    lodged_at = models.DateTimeField()
    due_at = models.DateTimeField()
    answer = models.TextField(blank=True)
    answered_by = models.CharField(max_length=20, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["due_at", "id"]
        verbose_name = said("信用异议", "dispute")
        verbose_name_plural = said("信用异议", "disputes")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["record"], condition=Q(state="open"), name="credit_dispute_one_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.record_id} {self.state}"


class PartnerFile(models.Model):
    """What another department sent at once, by file or by API; every row of it is kept."""

    source = models.CharField(max_length=12, choices=Source.choices)
    agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="partner_files")
    name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    received_at = models.DateTimeField()
    received_by = models.CharField(max_length=20)

    class Meta:
        ordering: ClassVar[list[str]] = ["-received_at", "-id"]
        verbose_name = said("部门数据", "partner file")
        verbose_name_plural = said("部门数据", "partner files")

    def __str__(self) -> str:
        return f"{self.source} {self.name}"


class PartnerDraft(models.Model):
    """What another department sent, looked at and not taken in yet, with what was seen."""

    source = models.CharField(max_length=12, choices=Source.choices)
    agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="partner_drafts")
    name = models.CharField(max_length=200)
    rows = models.JSONField()
    # Of each row the outcome, the code of the reason, and the enterprise by key.
    seen = models.JSONField()
    looked_at = models.DateTimeField()
    looked_by = models.CharField(max_length=20)

    class Meta:
        ordering: ClassVar[list[str]] = ["-looked_at", "-id"]
        verbose_name = said("待接收部门数据", "partner file looked at")
        verbose_name_plural = said("待接收部门数据", "partner files looked at")

    def __str__(self) -> str:
        return f"{self.source} {self.name}"


class PartnerRow(models.Model):
    """One record as another department sent it, and what became of it."""

    file = models.ForeignKey(PartnerFile, models.PROTECT, related_name="rows")
    number = models.PositiveIntegerField()
    content = models.JSONField()
    outcome = models.CharField(max_length=12, choices=choices(ROW_NAMES))
    why = models.JSONField(default=dict)
    record = models.ForeignKey(
        CreditRecord, models.PROTECT, null=True, blank=True, related_name="partner_rows"
    )
    settled_by = models.CharField(max_length=20, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["file", "number"]
        verbose_name = said("部门数据行", "partner row")
        verbose_name_plural = said("部门数据行", "partner rows")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["file", "number"], name="credit_partnerrow_once"),
        ]

    def __str__(self) -> str:
        return f"{self.file_id}/{self.number} {self.outcome}"


class RulingFlag(models.Model):
    """An open ruling that read what was changed since: an officer looks at it again."""

    enterprise = models.ForeignKey(
        "parties.Enterprise", models.PROTECT, related_name="ruling_flags"
    )
    line = models.CharField(max_length=30)
    fact = models.CharField(max_length=24)
    read = models.CharField(max_length=12)
    now = models.CharField(max_length=12)
    flagged_at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True, blank=True)
    cleared_by = models.CharField(max_length=20, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["flagged_at", "id"]
        verbose_name = said("待复核裁定", "ruling to look at again")
        verbose_name_plural = said("待复核裁定", "rulings to look at again")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["line", "fact"],
                condition=Q(cleared_at__isnull=True),
                name="credit_rulingflag_one_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line} {self.fact}"
