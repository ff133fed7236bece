"""
Declarations, their lines, and what earlier checks left behind.

A line keeps what was declared and a projection of its newest ruling; the ruling itself lies in the
ledger. Nothing here decides.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from guomen.core.frequency import Phase, PlanKind
from guomen.core.severity import OUTCOME_NAMES
from guomen.supervision.declarations.lifecycle import STATE_NAMES, LineState
from guomen.supervision.words import choices, said


class Counter(models.Model):
    """The last number given to a kind of reference in a year."""

    name = models.CharField(max_length=24, unique=True)
    value = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name} {self.value}"


class Declaration(models.Model):
    """What a declarant lodged, once."""

    reference = models.CharField(max_length=24, unique=True)
    own_number = models.CharField(max_length=60)
    # No index of its own: one that begins with it stands below. So with the keys of a line.
    agency = models.ForeignKey(
        "agencies.Agency", models.PROTECT, related_name="declarations", db_index=False
    )
    enterprise = models.CharField(max_length=60)
    enterprise_number = models.CharField(max_length=60)
    agent = models.CharField(max_length=60, null=True, blank=True)
    direction = models.CharField(max_length=8)
    port = models.CharField(max_length=8, null=True, blank=True)
    transport = models.CharField(max_length=8, null=True, blank=True)
    transit_via = models.CharField(max_length=4, null=True, blank=True)
    received_at = models.DateTimeField()
    lodged_by = models.CharField(max_length=40)
    lines_count = models.IntegerField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-received_at", "-id"]
        verbose_name = said("报检单", "declaration")
        verbose_name_plural = said("报检单", "declarations")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["enterprise_number", "own_number"], name="declarations_own_number_once"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["agency", "-received_at"], name="declarations_by_agency"),
            models.Index(fields=["enterprise", "-received_at"], name="declarations_by_enterprise"),
            models.Index(fields=["agent", "-received_at"], name="declarations_by_agent"),
        ]

    def __str__(self) -> str:
        return self.reference


class Line(models.Model):
    """One kind of goods on a declaration: the unit of decision."""

    reference = models.CharField(max_length=30, unique=True)
    declaration = models.ForeignKey(
        Declaration, models.PROTECT, related_name="lines", db_index=False
    )
    number = models.IntegerField()
    agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="+", db_index=False)
    received_at = models.DateTimeField()
    state = models.CharField(
        max_length=24, choices=choices(STATE_NAMES), default=LineState.LODGED.value
    )
    # -- as declared, newest version -----------------------------------------------------------
    direction = models.CharField(max_length=8)
    enterprise = models.CharField(max_length=60)
    goods = models.CharField(max_length=400, blank=True)
    hs_code = models.CharField(max_length=10, null=True, blank=True)
    origin = models.CharField(max_length=2, null=True, blank=True)
    destination = models.CharField(max_length=2, null=True, blank=True)
    consignor = models.CharField(max_length=400, null=True, blank=True)
    site = models.CharField(max_length=400, null=True, blank=True)
    quantity = models.DecimalField(max_digits=20, decimal_places=3, null=True, blank=True)
    unit = models.CharField(max_length=3, null=True, blank=True)
    units_in_lot = models.BigIntegerField(null=True, blank=True)
    value_cny = models.DecimalField(max_digits=20, decimal_places=2, null=True, blank=True)
    produced_on = models.DateField(null=True, blank=True)
    documents = models.CharField(max_length=400, null=True, blank=True)
    transport_document = models.CharField(max_length=400, null=True, blank=True)
    container = models.CharField(max_length=400, null=True, blank=True)
    seal = models.CharField(max_length=400, null=True, blank=True)
    lot = models.CharField(max_length=400, null=True, blank=True)
    # -- by which the same goods are known again: HS6, origin and identifying marks, folded ------
    hs6 = models.CharField(max_length=6, blank=True)
    marks = models.JSONField(default=list)
    # -- projection of the newest ruling ---------------------------------------------------------
    outcome = models.CharField(max_length=20, choices=choices(OUTCOME_NAMES))
    selected = models.BooleanField()
    chance_ppm = models.IntegerField()
    largest_chance_ppm = models.IntegerField()
    decided_at = models.DateTimeField()
    ruling_seq = models.BigIntegerField()
    rulings = models.IntegerField(default=1)
    reasons = models.JSONField(default=list)
    # -- the draw that the goods were given ------------------------------------------------------
    root = models.CharField(max_length=30)
    draw_day = models.DateField()
    draw_agency = models.CharField(max_length=32)
    draw_anchor = models.CharField(max_length=64)
    draw_counter = models.IntegerField(default=0)
    u = models.BigIntegerField()
    # -- what an officer did ------------------------------------------------------------------
    raised_outcome = models.CharField(max_length=20, default="none")
    settled_rules = models.JSONField(default=list)
    floor_outcome = models.CharField(max_length=20, default="none")
    # -- a hold has an owner and a deadline -----------------------------------------------------
    missing = models.JSONField(default=list)
    held_since = models.DateTimeField(null=True, blank=True)
    held_for = models.CharField(max_length=24, null=True, blank=True)
    hold_deadline = models.DateTimeField(null=True, blank=True)
    version = models.IntegerField(default=1)

    class Meta:
        ordering: ClassVar[list[str]] = ["declaration", "number"]
        verbose_name = said("货物批", "line")
        verbose_name_plural = said("货物批", "lines")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["declaration", "number"], name="declarations_line_number_once"
            ),
            models.CheckConstraint(
                condition=Q(chance_ppm__range=(0, 1_000_000)), name="declarations_line_chance"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["agency", "-received_at"], name="line_by_agency"),
            # The newest of several agencies: a branch and its posts.
            models.Index(fields=["-received_at", "-id"], name="line_newest"),
            models.Index(fields=["enterprise", "hs6", "received_at"], name="line_by_goods"),
            models.Index(fields=["agency", "state", "hold_deadline"], name="line_by_state"),
            models.Index(fields=["agency", "outcome", "-received_at"], name="line_by_outcome"),
            # What was ruled on since a moment of the ledger.
            models.Index(fields=["ruling_seq"], name="line_by_ruling"),
        ]

    def __str__(self) -> str:
        return self.reference


class SamplingState(models.Model):
    """Where continuous sampling stands for one enterprise and product; a fold over results."""

    enterprise = models.CharField(max_length=60)
    hs6 = models.CharField(max_length=6)
    direction = models.CharField(max_length=8)
    kind = models.CharField(max_length=8, choices=[(k.value, k.value) for k in PlanKind])
    phase = models.CharField(max_length=12, choices=[(p.value, p.value) for p in Phase])
    run = models.IntegerField(default=0)
    # Counts every result, owed check and claim: a decision names the version that it read.
    version = models.IntegerField(default=0)

    class Meta:
        verbose_name = said("连续抽样状态", "sampling state")
        verbose_name_plural = said("连续抽样状态", "sampling states")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["enterprise", "hs6", "direction"], name="declarations_one_sampling_state"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enterprise} {self.hs6} {self.phase}"


class OwedCheck(models.Model):
    """A selected check that was not carried out: the next line of the same kind carries it."""

    enterprise = models.CharField(max_length=60)
    hs6 = models.CharField(max_length=6)
    direction = models.CharField(max_length=8)
    owed_by = models.CharField(max_length=30)
    reason = models.CharField(max_length=40)
    recorded_at = models.DateTimeField()
    claimed_by = models.CharField(max_length=30, null=True, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["recorded_at", "id"]
        verbose_name = said("欠查", "owed check")
        verbose_name_plural = said("欠查", "owed checks")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(claimed_by__isnull=True, claimed_at__isnull=True)
                | Q(claimed_by__isnull=False, claimed_at__isnull=False),
                name="declarations_owed_claimed_at",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["enterprise", "hs6", "direction"],
                name="owed_open",
                condition=Q(claimed_by__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.owed_by} {self.reason}"


class LineResult(models.Model):
    """What the check of a line showed; a correction is a new row."""

    line = models.ForeignKey(Line, models.PROTECT, related_name="results")
    performed = models.BooleanField()
    finding = models.CharField(max_length=12)
    reason = models.CharField(max_length=40, blank=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=40)
    seq = models.BigIntegerField()

    class Meta:
        ordering: ClassVar[list[str]] = ["seq"]
        verbose_name = said("查验结果", "result")
        verbose_name_plural = said("查验结果", "results")

    def __str__(self) -> str:
        return f"{self.line_id} {self.finding}"


class Override(models.Model):
    """
    An officer's own decision on a line: a check asked for, or the effect of rules taken away.

    Less severity than the rules ask for needs a second person.
    """

    line = models.ForeignKey(Line, models.PROTECT, related_name="overrides")
    outcome = models.CharField(max_length=20, null=True, blank=True)
    rules = models.JSONField(default=list)
    reason = models.CharField(max_length=40)
    note = models.CharField(max_length=400, blank=True)
    proposed_by = models.CharField(max_length=40)
    proposed_at = models.DateTimeField()
    decided_by = models.CharField(max_length=40, null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    approved = models.BooleanField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["proposed_at", "id"]
        verbose_name = said("人工决定", "override")
        verbose_name_plural = said("人工决定", "overrides")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(approved__isnull=True, decided_by__isnull=True)
                | Q(approved__isnull=False, decided_by__isnull=False),
                name="declarations_override_decided",
            ),
            # One who takes severity away never approves it alone.
            models.CheckConstraint(
                condition=Q(rules=[]) | Q(approved__isnull=True) | ~Q(decided_by=F("proposed_by")),
                name="declarations_override_second_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line_id} {self.outcome or self.rules}"


class StageDuration(models.Model):
    """How long lines of a kind stood in a stage: order statistics in seconds, learnt anew often."""

    # Stage, direction, mode and kind of goods; a broader cell names fewer of them.
    cell = models.CharField(max_length=120, unique=True)
    n = models.IntegerField()
    seconds = models.JSONField(default=list)
    at = models.DateTimeField()

    class Meta:
        verbose_name = said("环节用时", "duration of a stage")
        verbose_name_plural = said("环节用时", "durations of stages")

    def __str__(self) -> str:
        return f"{self.cell} {self.n}"


class Request(models.Model):
    """A request that must not be carried out twice: its key, its content and its answer."""

    scope = models.CharField(max_length=60)
    key = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    declaration = models.ForeignKey(Declaration, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["scope", "key"], name="declarations_request_once"),
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.key}"
