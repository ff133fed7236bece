"""What was changed on records of the registers, and what enterprises ask to have changed."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from guomen.supervision.parties.models.registers import Enterprise
from guomen.supervision.words import said


class HoldingKind(models.TextChoices):
    """What is kept on the registers beside enterprises themselves."""

    CERTIFICATE = "certificate", said("管理体系证书", "Certificate of a system")
    SITE = "site", said("场所", "Site")
    PRODUCT = "product", said("产品", "Product")
    DESIGNATION = "designation", said("指定口岸", "Designated port")
    PORT = "port", said("口岸", "Port")


class AmendmentAct(models.TextChoices):
    """What somebody did to a record."""

    ENTERED = "entered", said("登记", "Entered")
    CORRECTED = "corrected", said("更正", "Put right")
    CHANGED = "changed", said("变更", "Changed from a day on")
    STRUCK = "struck", said("撤销登记", "Struck off")
    UNDONE = "undone", said("恢复上一版", "Taken back")


class Amendment(models.Model):
    """One change of one record: how it stood, how it stands since, by whom."""

    kind = models.CharField(max_length=12, choices=HoldingKind.choices)
    # The key of the first version: all versions of a record share it.
    root = models.BigIntegerField()
    # None: there was nothing before, or nothing is left.
    before = models.BigIntegerField(null=True, blank=True)
    after = models.BigIntegerField(null=True, blank=True)
    # Every row that the change wrote, so that taking it back leaves none.
    made = models.JSONField(default=list, blank=True)
    was = models.JSONField(default=dict, blank=True)
    became = models.JSONField(default=dict, blank=True)
    act = models.CharField(max_length=10, choices=AmendmentAct.choices)
    # From which day a change holds; None for what was wrong from the beginning.
    since = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True)
    by = models.CharField(max_length=20)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]
        verbose_name = said("登记变更", "amendment")
        verbose_name_plural = said("登记变更", "amendments")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["kind", "root"], name="parties_amendment_of_record"),
            models.Index(fields=["kind", "before"], name="parties_amendment_before"),
            models.Index(fields=["kind", "after"], name="parties_amendment_after"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.root} {self.act}"


class RequestState(models.TextChoices):
    """Where a change that an enterprise asks for stands."""

    ASKED = "asked", said("待审核", "To be looked at")
    ACCEPTED = "accepted", said("已登记", "Entered")
    DECLINED = "declined", said("未予登记", "Not entered")
    WITHDRAWN = "withdrawn", said("已撤回", "Taken back")


class ChangeRequest(models.Model):
    """A change of its own records that an enterprise asks for, until an officer has decided."""

    number = models.CharField(max_length=24, unique=True)
    enterprise = models.ForeignKey(Enterprise, models.PROTECT, related_name="change_requests")
    kind = models.CharField(max_length=12, choices=HoldingKind.choices)
    # The record as the enterprise saw it; None for one that is not on the register yet.
    record = models.BigIntegerField(null=True, blank=True)
    version = models.BigIntegerField(default=0)
    wanted = models.JSONField(default=dict)
    since = models.DateField(null=True, blank=True)
    reason = models.CharField(max_length=300)
    state = models.CharField(max_length=10, choices=RequestState.choices, default="asked")
    asked_by = models.CharField(max_length=20)
    asked_at = models.DateTimeField()
    answer = models.CharField(max_length=300, blank=True)
    decided_by = models.CharField(max_length=20, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["asked_at", "pk"]
        verbose_name = said("变更申请", "request for a change")
        verbose_name_plural = said("变更申请", "requests for changes")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["enterprise"],
                name="parties_changerequest_open",
                condition=Q(state="asked"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.kind}"
