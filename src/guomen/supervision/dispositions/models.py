"""
Dispositions of lines, goods that failed and what became of them, and certificates.

A disposition is the projection of a ruling that lies in the ledger; a later result gives a new row
and never edits an old one. Nothing here decides.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from guomen.core.dispose import DISPOSAL_NAMES, DISPOSITION_NAMES
from guomen.supervision.dispositions.lifecycle import (
    CERTIFICATE_STATES,
    DISPOSAL_STATES,
    NONCONFORMITY_STATES,
    REVIEW_STATES,
    CertificateState,
    DisposalState,
    NonconformityState,
    ReviewState,
)
from guomen.supervision.words import choices, said


class Disposition(models.Model):
    """The last ruling on a line, as far as results were known when it was made."""

    line = models.ForeignKey("declarations.Line", models.PROTECT, related_name="dispositions")
    outcome = models.CharField(max_length=20, choices=choices(DISPOSITION_NAMES))
    reasons = models.JSONField(default=list)
    disposals = models.JSONField(default=list)
    conditions = models.JSONField(default=list)
    at = models.DateTimeField()
    by = models.CharField(max_length=40)
    seq = models.BigIntegerField()
    # False once a later ruling on the line took its place.
    stands = models.BooleanField(default=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["seq"]
        verbose_name = said("处置裁定", "disposition")
        verbose_name_plural = said("处置裁定", "dispositions")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["line"], condition=Q(stands=True), name="dispositions_one_stands"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["outcome", "-at"], name="disposition_by_outcome"),
        ]

    def __str__(self) -> str:
        return f"{self.line_id} {self.outcome}"


class Nonconformity(models.Model):
    """Goods that failed: how much, for what, and the disposals that the law leaves open."""

    reference = models.CharField(max_length=24, unique=True)
    line = models.OneToOneField("declarations.Line", models.PROTECT, related_name="nonconformity")
    agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="+")
    enterprise = models.CharField(max_length=60)
    state = models.CharField(
        max_length=16,
        choices=choices(NONCONFORMITY_STATES),
        default=NonconformityState.NOTIFIED.value,
    )
    quantity = models.DecimalField(max_digits=20, decimal_places=3, null=True, blank=True)
    unit = models.CharField(max_length=3, null=True, blank=True)
    # Goods of a partial lot that conform after all, sorted out and let go.
    released = models.DecimalField(max_digits=20, decimal_places=3, default=0)
    faults = models.JSONField(default=list)
    rules = models.JSONField(default=list)
    disposals_open = models.JSONField(default=list)
    notified_at = models.DateTimeField()
    review_until = models.DateTimeField()
    dispose_until = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    version = models.IntegerField(default=1)

    class Meta:
        ordering: ClassVar[list[str]] = ["-notified_at", "-id"]
        verbose_name = said("不合格货物", "nonconformity")
        verbose_name_plural = said("不合格货物", "nonconformities")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(released__gte=0)
                & (Q(quantity__isnull=True) | Q(released__lte=F("quantity"))),
                name="dispositions_released_within",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["agency", "state", "-notified_at"], name="nonconformity_by_state"),
            models.Index(fields=["enterprise", "-notified_at"], name="nonconformity_by_owner"),
        ]

    def __str__(self) -> str:
        return self.reference


class Disposal(models.Model):
    """What is done with some of the goods that failed, and the proof that it was."""

    nonconformity = models.ForeignKey(Nonconformity, models.PROTECT, related_name="disposals")
    kind = models.CharField(max_length=12, choices=choices(DISPOSAL_NAMES))
    quantity = models.DecimalField(max_digits=20, decimal_places=3)
    state = models.CharField(
        max_length=12, choices=choices(DISPOSAL_STATES), default=DisposalState.CHOSEN.value
    )
    chosen_by = models.CharField(max_length=40)
    chosen_at = models.DateTimeField()
    ordered_by = models.CharField(max_length=40, blank=True)
    ordered_at = models.DateTimeField(null=True, blank=True)
    carried_out_at = models.DateTimeField(null=True, blank=True)
    # -- the proof: what it is, its number, a seal, the digest of a kept file ---------------------
    proof = models.CharField(max_length=24, blank=True)
    proof_number = models.CharField(max_length=60, blank=True)
    seal = models.CharField(max_length=60, blank=True)
    note = models.CharField(max_length=400, blank=True)
    proved_by = models.CharField(max_length=40, blank=True)
    proved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]
        verbose_name = said("不合格处理", "disposal")
        verbose_name_plural = said("不合格处理", "disposals")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="dispositions_disposes_some"),
            # What is proved says by what and by whom.
            models.CheckConstraint(
                condition=~Q(state=DisposalState.PROVED.value)
                | (~Q(proof="") & ~Q(proof_number="") & ~Q(proved_by="")),
                name="dispositions_proof_is_named",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["kind", "state"], name="disposal_by_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.nonconformity_id} {self.kind} {self.quantity}"


class Review(models.Model):
    """A request to inspect goods again, and its answer."""

    reference = models.CharField(max_length=24, unique=True)
    nonconformity = models.ForeignKey(Nonconformity, models.PROTECT, related_name="reviews")
    state = models.CharField(
        max_length=12, choices=choices(REVIEW_STATES), default=ReviewState.ASKED.value
    )
    ground = models.CharField(max_length=400)
    asked_by = models.CharField(max_length=40)
    asked_at = models.DateTimeField()
    answer_until = models.DateTimeField()
    answer = models.CharField(max_length=400, blank=True)
    answered_by = models.CharField(max_length=40, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-asked_at", "-id"]
        verbose_name = said("复验申请", "request for re-inspection")
        verbose_name_plural = said("复验申请", "requests for re-inspection")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["nonconformity"],
                condition=Q(state=ReviewState.ASKED.value),
                name="dispositions_one_review_open",
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class CertificateKey(models.Model):
    """A public key under which certificates are signed; its private part is not kept here."""

    key_id = models.CharField(max_length=16, unique=True)
    public_key = models.CharField(max_length=64, unique=True)
    begins = models.DateTimeField()
    ends = models.DateTimeField(null=True, blank=True)
    demonstration = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar[list[str]] = ["-begins"]
        verbose_name = said("签证公钥", "certificate key")
        verbose_name_plural = said("签证公钥", "certificate keys")

    def __str__(self) -> str:
        return self.key_id


class Certificate(models.Model):
    """A paper on a line: what it says, as signed, and whether it still stands."""

    number = models.CharField(max_length=24, unique=True)
    kind = models.CharField(max_length=24)
    line = models.ForeignKey("declarations.Line", models.PROTECT, related_name="certificates")
    agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="+")
    enterprise = models.CharField(max_length=60)
    state = models.CharField(
        max_length=20,
        choices=choices(CERTIFICATE_STATES),
        default=CertificateState.DRAFT.value,
    )
    # -- what it says beyond the declared facts, chosen in the draft -----------------------------
    consignee = models.CharField(max_length=200, blank=True)
    remarks = models.CharField(max_length=400, blank=True)
    drafted_by = models.CharField(max_length=40)
    drafted_at = models.DateTimeField()
    # -- as signed --------------------------------------------------------------------------------
    payload = models.TextField(blank=True)
    signature = models.CharField(max_length=128, blank=True)
    key_id = models.CharField(max_length=16, blank=True)
    issued_by = models.CharField(max_length=40, blank=True)
    issued_at = models.DateTimeField(null=True, blank=True)
    # -- what became of it ------------------------------------------------------------------------
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="replaced_by"
    )
    reason = models.CharField(max_length=400, blank=True)
    proposed_by = models.CharField(max_length=40, blank=True)
    ended_by = models.CharField(max_length=40, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    version = models.IntegerField(default=1)

    class Meta:
        ordering: ClassVar[list[str]] = ["-drafted_at", "-id"]
        verbose_name = said("证书", "certificate")
        verbose_name_plural = said("证书", "certificates")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(state__in=[CertificateState.DRAFT, CertificateState.DROPPED])
                | (~Q(payload="") & ~Q(signature="") & Q(issued_at__isnull=False)),
                name="dispositions_issued_is_signed",
            ),
            # Who proposes to revoke a certificate never revokes it alone.
            models.CheckConstraint(
                condition=~Q(state=CertificateState.REVOKED) | ~Q(ended_by=F("proposed_by")),
                name="dispositions_revoked_by_two",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["agency", "state", "-drafted_at"], name="certificate_by_state"),
            models.Index(fields=["enterprise", "-drafted_at"], name="certificate_by_owner"),
        ]

    def __str__(self) -> str:
        return self.number


class BarredLine(models.Model):
    """Goods that failed and may not be declared again: by what they are known, and from when."""

    line = models.OneToOneField("declarations.Line", models.PROTECT, related_name="barred")
    marks = models.JSONField(default=list)
    seller = models.CharField(max_length=400, blank=True)
    enterprise = models.CharField(max_length=60)
    hs6 = models.CharField(max_length=6, blank=True)
    quantity = models.DecimalField(max_digits=20, decimal_places=3, null=True, blank=True)
    unit = models.CharField(max_length=3, null=True, blank=True)
    since = models.DateTimeField()
    lifted = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = said("不得再次报检的货物", "goods that may not come back")
        verbose_name_plural = said("不得再次报检的货物", "goods that may not come back")

    def __str__(self) -> str:
        return f"{self.line_id} {self.hs6}"


class CertificateCopy(models.Model):
    """The digest of a file of a certificate that was handed out: an altered file has another."""

    certificate = models.ForeignKey(Certificate, models.PROTECT, related_name="copies")
    language = models.CharField(max_length=8)
    sha256 = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = said("证书文件", "copy of a certificate")
        verbose_name_plural = said("证书文件", "copies of certificates")

    def __str__(self) -> str:
        return f"{self.certificate_id} {self.sha256[:16]}"


class Message(models.Model):
    """A signed message about a line to customs or to another office, as it was sent."""

    number = models.CharField(max_length=24, unique=True)
    sort = models.CharField(max_length=24)
    line = models.ForeignKey("declarations.Line", models.PROTECT, related_name="messages")
    recipient = models.CharField(max_length=40)
    text = models.TextField()
    signature = models.CharField(max_length=128)
    key_id = models.CharField(max_length=16)
    at = models.DateTimeField()
    by = models.CharField(max_length=40)

    class Meta:
        ordering: ClassVar[list[str]] = ["-at", "-id"]
        verbose_name = said("电子通知", "signed message")
        verbose_name_plural = said("电子通知", "signed messages")

    def __str__(self) -> str:
        return f"{self.number} {self.sort}"


class TakenMessage(models.Model):
    """A signed message that came from elsewhere, as it was taken in once its signature held."""

    number = models.CharField(max_length=24)
    sort = models.CharField(max_length=24)
    line = models.CharField(max_length=40, db_index=True)
    sender = models.CharField(max_length=20)
    recipient = models.CharField(max_length=40)
    agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="+")
    text = models.TextField()
    signature = models.CharField(max_length=128)
    key_id = models.CharField(max_length=16)
    at = models.DateTimeField()
    by = models.CharField(max_length=40)

    class Meta:
        ordering: ClassVar[list[str]] = ["-at", "-id"]
        verbose_name = said("收到的电子通知", "message taken in")
        verbose_name_plural = said("收到的电子通知", "messages taken in")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            # Ed25519 signs the same text in the same way: what came twice is here once.
            models.UniqueConstraint(fields=["signature"], name="dispositions_taken_once"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.sort}"
