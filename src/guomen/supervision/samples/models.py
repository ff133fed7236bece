"""
Samples and their custody; tests, runs, results and verdicts of the laboratory.

A result and a verdict are never edited: a correction is a new result, a changed limit gives a new
verdict.
Nothing here decides.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from guomen.core.conformity import Outcome
from guomen.core.control_samples import STATES_SAY as CONTROL_STATES
from guomen.core.text import Text
from guomen.supervision.bitemporal import Dated, DatedQuerySet
from guomen.supervision.samples.lifecycle import (
    RUN_STATE_NAMES,
    SAMPLE_STATE_NAMES,
    TEST_STATE_NAMES,
    RunState,
    SampleState,
    TestState,
)
from guomen.supervision.words import choices, said

VERDICT_NAMES = {
    Outcome.CONFORM: Text(zh="合格", en="Conforms"),
    Outcome.FAIL: Text(zh="不合格", en="Does not conform"),
    Outcome.INCONCLUSIVE: Text(zh="不能判定", en="Inconclusive"),
    Outcome.UNKNOWN: Text(zh="未知", en="Unknown"),
}


class Portion(models.TextChoices):
    """What a sample is for."""

    TEST = "test", said("检测样", "Test sample")
    RETAINED = "retained", said("留样", "Retained sample")
    COUNTER = "counter", said("复验样", "Counter-sample")


class Condition(models.TextChoices):
    """How a sample is found at a hand-over."""

    GOOD = "good", said("完好", "Good")
    SEAL_BROKEN = "seal_broken", said("封识破损", "Seal broken")
    SEAL_DIFFERS = "seal_differs", said("封识号不符", "Seal number differs")
    DAMAGED = "damaged", said("包装破损", "Package damaged")
    WARM = "warm", said("温度超限", "Too warm")
    SHORT = "short", said("数量不足", "Too little")


class Sample(models.Model):
    """One portion of a line that was taken for the laboratory, or is kept."""

    reference = models.CharField(max_length=24, unique=True)
    line = models.ForeignKey("declarations.Line", models.PROTECT, related_name="samples")
    # Whose officers see it: the agency of the line, and the laboratory that it goes to.
    agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="+")
    laboratory = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="samples")
    portion = models.CharField(max_length=8, choices=Portion.choices)
    state = models.CharField(max_length=10, choices=choices(SAMPLE_STATE_NAMES))
    # Which taking of its line: a further one follows when the laboratory refused the first.
    taking = models.SmallIntegerField(default=1)
    taken_at = models.DateTimeField()
    taken_on = models.DateField()
    taken_by = models.CharField(max_length=40)
    witness = models.CharField(max_length=80, blank=True)
    # -- which units: the fair draw of the day of sampling ---------------------------------------
    units_in_lot = models.BigIntegerField(null=True, blank=True)
    units = models.JSONField(default=list)
    plan = models.JSONField(default=dict)
    draw_agency = models.CharField(max_length=32, blank=True)
    draw_anchor = models.CharField(max_length=64, blank=True)
    # -- custody, newest: its hand-overs have the whole chain ------------------------------------
    holder = models.CharField(max_length=80)
    seal = models.CharField(max_length=40)
    hand_overs = models.SmallIntegerField(default=0)
    received_at = models.DateTimeField(null=True, blank=True)
    kept_until = models.DateTimeField(null=True, blank=True)
    version = models.IntegerField(default=1)

    class Meta:
        ordering: ClassVar[list[str]] = ["-taken_at", "-id"]
        verbose_name = said("样品", "sample")
        verbose_name_plural = said("样品", "samples")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["line", "taking", "portion", "laboratory"], name="samples_sample_once"
            ),
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in SampleState]),
                name="samples_sample_state",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["agency", "state", "-taken_at"], name="sample_by_agency"),
            models.Index(fields=["laboratory", "state", "-taken_at"], name="sample_by_laboratory"),
        ]

    def __str__(self) -> str:
        return self.reference


class HandOver(models.Model):
    """One step of custody: who gave the sample to whom, with which seal, in which condition."""

    sample = models.ForeignKey(Sample, models.PROTECT, related_name="chain")
    number = models.SmallIntegerField()
    giver = models.CharField(max_length=80)
    taker = models.CharField(max_length=80)
    at = models.DateTimeField()
    by = models.CharField(max_length=40)
    seal = models.CharField(max_length=40)
    condition = models.CharField(max_length=12, choices=Condition.choices)
    temperature = models.DecimalField(max_digits=5, decimal_places=1, null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["sample", "number"]
        verbose_name = said("样品交接", "hand-over")
        verbose_name_plural = said("样品交接", "hand-overs")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["sample", "number"], name="samples_handover_once"),
            models.CheckConstraint(
                condition=~Q(giver=F("taker")), name="samples_handover_to_another"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sample_id}/{self.number}"


class Accreditation(Dated):
    """That a laboratory is accredited for a method, for a period."""

    laboratory = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="scopes")
    method = models.CharField(max_length=40)
    certificate = models.CharField(max_length=40)

    objects = DatedQuerySet["Accreditation"].as_manager()

    class Meta(Dated.Meta):
        verbose_name = said("认可范围", "accreditation")
        verbose_name_plural = said("认可范围", "accreditations")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["laboratory", "method", "begins", "recorded_at"],
                name="samples_accreditation_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.laboratory_id} {self.method}"


class Bench(Dated):
    """That a laboratory carries out a method, for a period: where its tests are sent."""

    laboratory = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="benches")
    method = models.CharField(max_length=40)

    objects = DatedQuerySet["Bench"].as_manager()

    class Meta(Dated.Meta):
        verbose_name = said("检测能力", "bench")
        verbose_name_plural = said("检测能力", "benches")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["laboratory", "method", "begins", "recorded_at"], name="samples_bench_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.laboratory_id} {self.method}"


class Control(models.Model):
    """A control material of a method: what it holds and how much its measurements spread."""

    laboratory = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="controls")
    method = models.CharField(max_length=40)
    name = models.CharField(max_length=60)
    level = models.SmallIntegerField()
    mean = models.DecimalField(max_digits=20, decimal_places=8)
    deviation = models.DecimalField(max_digits=20, decimal_places=8)
    unit = models.CharField(max_length=20)
    begins = models.DateField()
    ends = models.DateField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["laboratory", "method", "level"]
        verbose_name = said("质控样", "control material")
        verbose_name_plural = said("质控样", "control materials")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["laboratory", "method", "level", "begins"], name="samples_control_once"
            ),
            models.CheckConstraint(condition=Q(deviation__gt=0), name="samples_control_spreads"),
        ]

    def __str__(self) -> str:
        return self.name


class Run(models.Model):
    """One run of a method: the tests measured together, under the same controls."""

    reference = models.CharField(max_length=24, unique=True)
    laboratory = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="runs")
    method = models.CharField(max_length=40)
    state = models.CharField(
        max_length=8, choices=choices(RUN_STATE_NAMES), default=RunState.OPEN.value
    )
    analyst = models.CharField(max_length=40)
    opened_at = models.DateTimeField()
    # What the controls said, and the rules that were broken.
    controls = models.CharField(max_length=12, choices=choices(CONTROL_STATES), blank=True)
    broken = models.JSONField(default=list)
    judged_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    version = models.IntegerField(default=1)

    class Meta:
        ordering: ClassVar[list[str]] = ["-opened_at", "-id"]
        verbose_name = said("检测批", "run")
        verbose_name_plural = said("检测批", "runs")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            # Results leave only a run whose controls were read and were in control.
            models.CheckConstraint(
                condition=~Q(state__in=[RunState.PASSED.value, RunState.CLOSED.value])
                | Q(controls__in=["in_control", "warning"]),
                name="samples_run_passed_in_control",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["laboratory", "method", "opened_at"], name="run_by_method"),
        ]

    def __str__(self) -> str:
        return self.reference


class ControlValue(models.Model):
    """What a control material showed in a run."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="values")
    control = models.ForeignKey(Control, models.PROTECT, related_name="values")
    value = models.DecimalField(max_digits=20, decimal_places=8, null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["run", "control__level"]
        verbose_name = said("质控值", "control value")
        verbose_name_plural = said("质控值", "control values")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["run", "control"], name="samples_controlvalue_once"),
        ]

    def __str__(self) -> str:
        return f"{self.run_id} {self.control_id}"


class TestOrder(models.Model):
    """One hazard to be tested in one sample, by one method."""

    __test__ = False

    sample = models.ForeignKey(Sample, models.PROTECT, related_name="tests")
    line = models.ForeignKey("declarations.Line", models.PROTECT, related_name="tests")
    agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="+")
    laboratory = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="tests")
    hazard = models.CharField(max_length=32)
    # Empty: no method of the book tests this hazard, and the test stays unknown until one does.
    method = models.CharField(max_length=40, blank=True)
    state = models.CharField(
        max_length=10, choices=choices(TEST_STATE_NAMES), default=TestState.ORDERED.value
    )
    run = models.ForeignKey(Run, models.PROTECT, null=True, blank=True, related_name="tests")
    ordered_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    version = models.IntegerField(default=1)

    class Meta:
        ordering: ClassVar[list[str]] = ["due_at", "id"]
        verbose_name = said("检测项目", "test")
        verbose_name_plural = said("检测项目", "tests")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["sample", "hazard"], name="samples_testorder_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["laboratory", "state", "method", "due_at"], name="test_by_laboratory"
            ),
            models.Index(fields=["line", "hazard"], name="test_by_line"),
        ]

    def __str__(self) -> str:
        return f"{self.sample_id} {self.hazard}"


class TestResult(models.Model):
    """What a test showed, as reported; a correction is a further result of the same test."""

    __test__ = False

    test = models.ForeignKey(TestOrder, models.PROTECT, related_name="results")
    run = models.ForeignKey(Run, models.PROTECT, null=True, blank=True, related_name="results")
    raw = models.CharField(max_length=40)
    unit = models.CharField(max_length=20)
    expanded_uncertainty = models.CharField(max_length=20, blank=True)
    coverage = models.CharField(max_length=8, blank=True)
    lod = models.CharField(max_length=20, blank=True)
    loq = models.CharField(max_length=20, blank=True)
    method = models.CharField(max_length=40)
    accredited = models.BooleanField()
    analyst = models.CharField(max_length=40)
    entered_at = models.DateTimeField()
    source = models.CharField(max_length=80, blank=True)
    approved_by = models.CharField(max_length=40, null=True, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["test", "id"]
        verbose_name = said("检测结果", "result")
        verbose_name_plural = said("检测结果", "results")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("analyst")),
                name="samples_testresult_two_people",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True, approved_at__isnull=True)
                | Q(approved_by__isnull=False, approved_at__isnull=False),
                name="samples_testresult_approved_at",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.test_id} {self.raw}"


class Verdict(models.Model):
    """What a result means under a limit; the newest of a test counts, the others stay."""

    test = models.ForeignKey(TestOrder, models.PROTECT, related_name="verdicts")
    result = models.ForeignKey(TestResult, models.PROTECT, related_name="verdicts")
    outcome = models.CharField(max_length=12, choices=choices(VERDICT_NAMES))
    # False: the result lies outside the accreditation that the rule asks for.
    decides = models.BooleanField()
    reason = models.CharField(max_length=32)
    says_zh = models.CharField(max_length=400)
    says_en = models.CharField(max_length=500)
    rule = models.CharField(max_length=40)
    limit = models.JSONField(default=dict)
    at = models.DateTimeField()
    by = models.CharField(max_length=40)
    seq = models.BigIntegerField()

    class Meta:
        ordering: ClassVar[list[str]] = ["test", "id"]
        verbose_name = said("判定", "verdict")
        verbose_name_plural = said("判定", "verdicts")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(outcome__in=[outcome.value for outcome in Outcome]),
                name="samples_verdict_outcome",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.test_id} {self.outcome}"
