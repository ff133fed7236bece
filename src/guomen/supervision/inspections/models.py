"""
Work orders and what is recorded on the spot: findings, photos, seals, lots loaded, signatures.

What came from a phone bears the identity that the phone gave it, so that it is stored once however
often it is sent. Findings are never edited: a further answer to the same item is a further row.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from guomen.core.examine import EXAMINED_NAMES, SHOWED_NAMES
from guomen.rulebooks.inspection import SKILL_NAMES
from guomen.supervision.bitemporal import Dated, DatedQuerySet
from guomen.supervision.inspections.lifecycle import LIVE, STATE_NAMES, OrderState
from guomen.supervision.words import choices, said


class OrderKind(models.TextChoices):
    """What a work order asks an officer to do."""

    INSPECTION = "inspection", said("查验", "Inspection")
    LOADING_SUPERVISION = "loading_supervision", said("监督装运", "Loading supervision")
    PORT_CHECK = "port_check", said("离境口岸查验", "Check at the port of exit")


class Check(models.TextChoices):
    """The checks that a ruling can ask for; they are recorded apart."""

    DOCUMENTARY = "documentary", said("单证检查", "Documentary check")
    IDENTITY = "identity", said("货证核对", "Identity check")
    PHYSICAL = "physical", said("实物查验", "Physical check")
    SAMPLING = "sampling", said("抽样", "Samples")
    LOADING = "loading", said("监督装运", "Loading under supervision")
    PORT = "port", said("离境口岸查验", "Check at the port of exit")


class AssignmentWay(models.TextChoices):
    """How an inspector came to an order."""

    DRAWN = "drawn", said("随机抽派", "Drawn by lot")
    NAMED = "named", said("指定", "Named")
    REASSIGNED = "reassigned", said("改派", "Reassigned")


class SealUse(models.TextChoices):
    """What was done with a seal."""

    FOUND = "found", said("到场所见", "Found")
    REMOVED = "removed", said("启封", "Removed")
    APPLIED = "applied", said("施封", "Applied")


class SealState(models.TextChoices):
    """How a seal was found."""

    INTACT = "intact", said("完好", "Intact")
    BROKEN = "broken", said("破损", "Broken")
    MISSING = "missing", said("缺失", "Missing")
    OTHER_NUMBER = "other_number", said("号码不符", "Another number")


class Signer(models.TextChoices):
    """Who signs a record."""

    INSPECTOR = "inspector", said("施检员", "Inspector")
    REPRESENTATIVE = "representative", said("货主或代理人", "Owner or agent")


class WorkOrder(models.Model):
    """What a ruling, or an owed check, asks an officer to do with one line."""

    reference = models.CharField(max_length=24, unique=True)
    line = models.ForeignKey("declarations.Line", models.PROTECT, related_name="work_orders")
    agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="+")
    kind = models.CharField(max_length=24, choices=OrderKind.choices)
    checks = models.JSONField(default=list)
    obligations = models.JSONField(default=list)
    skill = models.CharField(max_length=24)
    group = models.CharField(max_length=24, blank=True)
    follows = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="followed_by"
    )
    place = models.CharField(max_length=60, blank=True)
    due_on = models.DateField()
    owed = models.BooleanField(default=False)
    minutes = models.IntegerField()
    ruling_seq = models.BigIntegerField()
    policy = models.CharField(max_length=40, blank=True)
    # The plan of units that the ruling gave: all nought where it gave none, null where unknown.
    plan_n = models.BigIntegerField(null=True, blank=True)
    plan_ac = models.BigIntegerField(null=True, blank=True)
    plan_re = models.BigIntegerField(null=True, blank=True)
    state = models.CharField(
        max_length=16, choices=choices(STATE_NAMES), default=OrderState.OPEN.value
    )
    inspector = models.CharField(max_length=40, null=True, blank=True)
    opened_at = models.DateTimeField()
    assigned_at = models.DateTimeField(null=True, blank=True)
    begun_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    # Since when something waits for a person that came after the order was closed.
    late_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=40, blank=True)
    version = models.IntegerField(default=1)

    class Meta:
        ordering: ClassVar[list[str]] = ["due_on", "id"]
        verbose_name = said("工作单", "work order")
        verbose_name_plural = said("工作单", "work orders")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["line", "kind"],
                condition=Q(state__in=[state.value for state in LIVE]),
                name="inspections_one_live_order",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[OrderState.ASSIGNED.value, OrderState.UNDERWAY.value])
                | Q(inspector__isnull=False),
                name="inspections_assigned_to_somebody",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["agency", "state", "due_on"], name="order_by_agency"),
            models.Index(fields=["inspector", "state", "due_on"], name="order_by_inspector"),
            models.Index(
                fields=["late_at"], condition=Q(late_at__isnull=False), name="order_by_late"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.kind} {self.state}"


class Qualification(Dated):
    """That an officer may check goods of one kind, for a period."""

    officer = models.CharField(max_length=40)
    skill = models.CharField(max_length=24, choices=choices(SKILL_NAMES))

    objects = DatedQuerySet["Qualification"].as_manager()

    class Meta(Dated.Meta):
        verbose_name = said("施检资格", "qualification")
        verbose_name_plural = said("施检资格", "qualifications")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["officer", "skill", "begins", "recorded_at"],
                name="inspections_qualification_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.officer} {self.skill}"


class Assignment(models.Model):
    """
    Who was given an order, out of whom, and why: a row each time.

    A drawn one holds all that an outsider needs to draw again: the eligible in their order, the
    message of the draw and ``u``.
    """

    order = models.ForeignKey(WorkOrder, models.PROTECT, related_name="assignments")
    inspector = models.CharField(max_length=40)
    way = models.CharField(max_length=12, choices=AssignmentWay.choices)
    reason = models.CharField(max_length=40, blank=True)
    note = models.CharField(max_length=400, blank=True)
    eligible = models.JSONField(default=list)
    excluded = models.JSONField(default=dict)
    draw_agency = models.CharField(max_length=32, blank=True)
    draw_day = models.DateField(null=True, blank=True)
    draw_anchor = models.CharField(max_length=64, blank=True)
    draw_counter = models.IntegerField(default=0)
    u = models.BigIntegerField(null=True, blank=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=40)

    class Meta:
        ordering: ClassVar[list[str]] = ["at", "id"]
        verbose_name = said("派工", "assignment")
        verbose_name_plural = said("派工", "assignments")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=~Q(way="drawn") | Q(u__isnull=False, draw_day__isnull=False),
                name="inspections_drawn_shows_its_draw",
            ),
            models.CheckConstraint(
                condition=~Q(way="reassigned") | ~Q(reason=""),
                name="inspections_reassigned_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.inspector} {self.way}"


class Received(models.Model):
    """What a device sent, by the identity that it gave: stored once, answered the same again."""

    client_id = models.CharField(max_length=36, unique=True)
    order = models.ForeignKey(WorkOrder, models.PROTECT, related_name="received")
    kind = models.CharField(max_length=16)
    digest = models.CharField(max_length=64)
    by = models.CharField(max_length=40)
    received_at = models.DateTimeField()
    answer = models.JSONField(default=dict)

    class Meta:
        verbose_name = said("接收记录", "received record")
        verbose_name_plural = said("接收记录", "received records")

    def __str__(self) -> str:
        return f"{self.client_id} {self.kind}"


class FromTheSpot(models.Model):
    """What every record made on the spot bears: who, when by the device, when it arrived."""

    client_id = models.CharField(max_length=36, unique=True)
    noted_at = models.DateTimeField()
    received_at = models.DateTimeField()
    by = models.CharField(max_length=40)

    class Meta:
        abstract = True


class Visit(FromTheSpot):
    """That an inspector was at the goods, where, and how far the clock of the device was off."""

    order = models.ForeignKey(WorkOrder, models.PROTECT, related_name="visits")
    ended_at = models.DateTimeField(null=True, blank=True)
    clock_off_seconds = models.IntegerField(default=0)
    latitude = models.DecimalField(max_digits=8, decimal_places=5, null=True, blank=True)
    longitude = models.DecimalField(max_digits=8, decimal_places=5, null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["noted_at", "id"]
        verbose_name = said("到场", "visit")
        verbose_name_plural = said("到场", "visits")

    def __str__(self) -> str:
        return f"{self.order_id} {self.noted_at}"


class Finding(FromTheSpot):
    """
    One answer to one item of the checklist.

    ``replaces`` is the answer that its writer saw; ``standing`` marks the one that counts.
    """

    order = models.ForeignKey(WorkOrder, models.PROTECT, related_name="findings")
    item = models.CharField(max_length=40)
    answer = models.CharField(max_length=12, choices=choices(SHOWED_NAMES))
    value = models.DecimalField(max_digits=20, decimal_places=3, null=True, blank=True)
    note = models.CharField(max_length=400, blank=True)
    replaces = models.CharField(max_length=36, blank=True)
    standing = models.BooleanField(default=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["order", "item", "id"]
        verbose_name = said("查验发现", "finding")
        verbose_name_plural = said("查验发现", "findings")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["order", "item"],
                condition=Q(standing=True),
                name="inspections_one_standing_answer",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.item} {self.answer}"


class Conflict(models.Model):
    """Two answers to one item, neither of which had seen the other: a person chooses."""

    order = models.ForeignKey(WorkOrder, models.PROTECT, related_name="conflicts")
    standing = models.ForeignKey(Finding, models.PROTECT, related_name="+")
    other = models.ForeignKey(Finding, models.PROTECT, related_name="+")
    found_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.CharField(max_length=40, blank=True)
    chosen = models.ForeignKey(Finding, models.PROTECT, related_name="+", null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["found_at", "id"]
        verbose_name = said("记录冲突", "conflict")
        verbose_name_plural = said("记录冲突", "conflicts")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(settled_at__isnull=True, chosen__isnull=True)
                | Q(settled_at__isnull=False, chosen__isnull=False),
                name="inspections_conflict_settled",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.standing_id}/{self.other_id}"

    @property
    def pair(self) -> tuple[Finding, Finding]:
        """Return both answers, the one that stands first."""
        return self.standing, self.other


class Photo(FromTheSpot):
    """A photo, written anew by the house: its hash, size, place and time; the file lies outside."""

    order = models.ForeignKey(WorkOrder, models.PROTECT, related_name="photos")
    item = models.CharField(max_length=40, blank=True)
    sha256 = models.CharField(max_length=64)
    sent_sha256 = models.CharField(max_length=64)
    width = models.IntegerField()
    height = models.IntegerField()
    size = models.IntegerField()
    latitude = models.DecimalField(max_digits=8, decimal_places=5, null=True, blank=True)
    longitude = models.DecimalField(max_digits=8, decimal_places=5, null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["noted_at", "id"]
        verbose_name = said("照片", "photo")
        verbose_name_plural = said("照片", "photos")

    def __str__(self) -> str:
        return f"{self.order_id} {self.sha256[:12]}"

    @property
    def late(self) -> bool:
        """Tell whether it came after its order was closed."""
        closed = self.order.closed_at
        return closed is not None and self.received_at > closed


class Seal(FromTheSpot):
    """A seal that was found, removed or applied."""

    order = models.ForeignKey(WorkOrder, models.PROTECT, related_name="seals")
    number = models.CharField(max_length=40)
    use = models.CharField(max_length=8, choices=SealUse.choices)
    state = models.CharField(max_length=16, choices=SealState.choices, default="intact")
    container = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["noted_at", "id"]
        verbose_name = said("封识", "seal")
        verbose_name_plural = said("封识", "seals")

    def __str__(self) -> str:
        return f"{self.number} {self.use} {self.state}"


class LoadedLot(FromTheSpot):
    """One lot of the supply of Hong Kong and Macao as it was loaded."""

    order = models.ForeignKey(WorkOrder, models.PROTECT, related_name="lots")
    lot = models.CharField(max_length=60)
    quantity = models.DecimalField(max_digits=20, decimal_places=3)
    unit = models.CharField(max_length=3)
    vehicle = models.CharField(max_length=60, blank=True)
    seal = models.CharField(max_length=40, blank=True)
    supervised = models.BooleanField()

    class Meta:
        ordering: ClassVar[list[str]] = ["noted_at", "id"]
        verbose_name = said("监装批次", "lot loaded")
        verbose_name_plural = said("监装批次", "lots loaded")

    def __str__(self) -> str:
        return f"{self.order_id} {self.lot}"


class Signature(FromTheSpot):
    """Who signed which record: the digest is that of the answers that stood at the time."""

    order = models.ForeignKey(WorkOrder, models.PROTECT, related_name="signatures")
    role = models.CharField(max_length=16, choices=Signer.choices)
    strokes = models.JSONField(default=list)
    digest = models.CharField(max_length=64)

    class Meta:
        ordering: ClassVar[list[str]] = ["noted_at", "id"]
        verbose_name = said("签名", "signature")
        verbose_name_plural = said("签名", "signatures")

    def __str__(self) -> str:
        return f"{self.order_id} {self.role}"


class Examination(models.Model):
    """What a completed order showed and what was ruled on it; a correction is a further row."""

    order = models.ForeignKey(WorkOrder, models.PROTECT, related_name="examinations")
    line = models.ForeignKey("declarations.Line", models.PROTECT, related_name="examinations")
    documentary = models.CharField(max_length=12, choices=choices(SHOWED_NAMES))
    identity = models.CharField(max_length=12, choices=choices(SHOWED_NAMES))
    physical = models.CharField(max_length=12, choices=choices(SHOWED_NAMES))
    loading = models.CharField(max_length=12, choices=choices(SHOWED_NAMES))
    port = models.CharField(max_length=12, choices=choices(SHOWED_NAMES))
    quantity = models.DecimalField(max_digits=20, decimal_places=3, null=True, blank=True)
    unit = models.CharField(max_length=3, blank=True)
    seals = models.JSONField(default=list)
    outcome = models.CharField(max_length=16, choices=choices(EXAMINED_NAMES))
    obligations = models.JSONField(default=list)
    at = models.DateTimeField()
    by = models.CharField(max_length=40)
    seq = models.BigIntegerField(unique=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["seq"]
        verbose_name = said("查验评定", "examination")
        verbose_name_plural = said("查验评定", "examinations")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(F("line"), F("seq").desc(), name="examination_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.line_id} {self.outcome}"
