"""
Watches of early warning and the signals that they raised. Nothing here decides.

A watch is one week of one kind of series, with the question put to it. A signal is one episode of
one series: later weeks of the same episode bring it up to date, they raise no second one.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from guomen.core.text import Text
from guomen.supervision.risk.lifecycle import STATE_NAMES, SignalState
from guomen.supervision.words import choices, said

LEVEL_NAMES = {
    "hazards": Text(zh="商品 × 产地 × 危害", en="Product × origin × hazard"),
    "products": Text(zh="商品 × 产地", en="Product × origin"),
    "groups": Text(zh="商品大类 × 产地", en="Commodity group × origin"),
    "enterprises": Text(zh="企业", en="Enterprise"),
    "port_weeks": Text(zh="口岸", en="Port"),
    "laboratories": Text(zh="实验室 × 危害", en="Laboratory × hazard"),
}


class Watch(models.Model):
    """One week of one level of series: how many were watched, and by which question."""

    agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="watches")
    week = models.DateField()
    level = models.CharField(max_length=16)
    series = models.IntegerField()
    # Series about which this week says nothing: no test in the last weeks.
    unknown = models.IntegerField()
    alarms = models.IntegerField()
    method = models.JSONField()
    # Up to which entry of the ledger the history reached.
    through = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-week", "level"]
        verbose_name = said("监测周", "watch")
        verbose_name_plural = said("监测周", "watches")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["agency", "week", "level"], name="risk_watch_once"),
        ]

    def __str__(self) -> str:
        return f"{self.week} {self.level}"


class Signal(models.Model):
    """One episode of one series that is more than chance explains."""

    reference = models.CharField(max_length=24, unique=True)
    agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="signals")
    level = models.CharField(max_length=16)
    series = models.CharField(max_length=200)
    key = models.JSONField()
    onset = models.DateField()
    # -- the newest week of the episode that alarmed ------------------------------------------
    week = models.DateField()
    window = models.SmallIntegerField()
    violations = models.IntegerField()
    tests = models.IntegerField()
    expected = models.FloatField()
    bound = models.IntegerField()
    times = models.FloatField()
    p = models.FloatField()
    q = models.FloatField()
    weeks = models.SmallIntegerField(default=1)
    price_zh = models.CharField(max_length=200)
    price_en = models.CharField(max_length=300)
    # -- what people did ----------------------------------------------------------------------
    state = models.CharField(
        max_length=10, choices=choices(STATE_NAMES), default=SignalState.RAISED.value
    )
    raised_at = models.DateTimeField()
    moved_at = models.DateTimeField(null=True, blank=True)
    moved_by = models.CharField(max_length=40, blank=True)
    note = models.CharField(max_length=400, blank=True)
    version = models.IntegerField(default=1)

    class Meta:
        ordering: ClassVar[list[str]] = ["q", "p", "id"]
        verbose_name = said("预警信号", "signal")
        verbose_name_plural = said("预警信号", "signals")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["agency", "level", "series", "onset"], name="risk_signal_once"
            ),
            models.CheckConstraint(condition=Q(p__range=(0, 1)), name="risk_signal_p"),
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in SignalState]),
                name="risk_signal_state",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["agency", "state", "q"], name="signal_by_state"),
            models.Index(fields=["level", "series"], name="signal_by_series"),
        ]

    def __str__(self) -> str:
        return self.reference


class SignalWeek(models.Model):
    """One week in which a series was more than chance explains, as the watch of the week judged."""

    signal = models.ForeignKey(Signal, models.CASCADE, related_name="judged")
    week = models.DateField()
    window = models.SmallIntegerField()
    violations = models.IntegerField()
    tests = models.IntegerField()
    expected = models.FloatField()
    bound = models.IntegerField()
    times = models.FloatField()
    p = models.FloatField()
    q = models.FloatField()

    class Meta:
        ordering: ClassVar[list[str]] = ["week", "id"]
        verbose_name = said("信号所在周", "week of a signal")
        verbose_name_plural = said("信号所在周", "weeks of signals")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["signal", "week"], name="risk_signal_week_once"),
        ]

    def __str__(self) -> str:
        return f"{self.signal_id} {self.week}"


class SignalEvent(models.Model):
    """What was done with a signal, by whom and why: never edited."""

    signal = models.ForeignKey(Signal, models.PROTECT, related_name="events")
    move = models.CharField(max_length=10)
    note = models.CharField(max_length=400, blank=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=40)

    class Meta:
        ordering: ClassVar[list[str]] = ["at", "id"]
        verbose_name = said("信号处理", "signal event")
        verbose_name_plural = said("信号处理", "signal events")

    def __str__(self) -> str:
        return f"{self.signal_id} {self.move}"
