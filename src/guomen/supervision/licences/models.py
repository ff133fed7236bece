"""
Licences and their terms, what was done to them and why, origins admitted, ports designated.

A licence is what was granted to whom; its terms say in which state and with which scope it
stands, for which period, as known when. Acts, reviews, notices and appeals are the file of a
licence. Not for the rules that ask for licences (rulebooks).
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from guomen.supervision.bitemporal import Dated, DatedQuerySet
from guomen.supervision.licences.lifecycle import (
    APPEAL_STATE_NAMES,
    MOVE_NAMES,
    REVIEW_STATE_NAMES,
    STATE_NAMES,
    AppealState,
    ReviewState,
)
from guomen.supervision.words import choices, said


class LicenceKind(models.TextChoices):
    """Everything that admits an enterprise, a site or goods."""

    CONSIGNEE_FILING = "consignee_filing", said("进口收货人备案", "Consignee filing")
    QUARANTINE_PERMIT = "quarantine_permit", said("进境动植物检疫许可证", "Quarantine permit")
    OVERSEAS_PLANT_REGISTRATION = (
        "overseas_plant_registration",
        said("境外生产企业注册", "Overseas plant registration"),
    )
    OVERSEAS_EXPORTER_FILING = (
        "overseas_exporter_filing",
        said("境外出口商备案", "Overseas exporter filing"),
    )
    COLD_STORE_FILING = "cold_store_filing", said("进口肉类冷库备案", "Cold store filing")
    BASE_FILING = "base_filing", said("供港澳基地备案", "Hong Kong and Macao base filing")
    FARM_REGISTRATION = "farm_registration", said("出口饲养场注册", "Farm registration")
    FOOD_PLANT_FILING = "food_plant_filing", said("出口食品生产企业备案", "Food plant filing")
    ADDITIVE_FILING = "additive_filing", said("添加剂企业备案", "Additive filing")
    DECLARATION_RIGHT = "declaration_right", said("报检资质", "Right to declare")
    EXPORT_QUALITY_LICENCE = (
        "export_quality_licence",
        said("出口质量许可", "Export quality licence"),
    )
    AGENT_REGISTRATION = "agent_registration", said("代理报检注册", "Agent registration")


class Access(models.TextChoices):
    """Whether goods of an origin may come in."""

    ADMITTED = "admitted", said("准入", "Admitted")
    SUSPENDED = "suspended", said("暂停", "Suspended")
    BANNED = "banned", said("禁止", "Banned")


class Licence(models.Model):
    """What was granted to whom; the states through which it passes are its terms."""

    number = models.CharField(max_length=40, unique=True)
    kind = models.CharField(max_length=32, choices=LicenceKind.choices)
    enterprise = models.ForeignKey(
        "parties.Enterprise", models.PROTECT, null=True, blank=True, related_name="licences"
    )
    site = models.ForeignKey(
        "parties.Site", models.PROTECT, null=True, blank=True, related_name="licences"
    )
    agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="licences")
    # Codes of the documents handed in with the application.
    documents = models.JSONField(default=list, blank=True)
    # When the holder last asked for renewal; null when it never did.
    renewal_asked_at = models.DateTimeField(null=True, blank=True)
    # Raised by every move: a form knows which version its reader saw.
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering: ClassVar[list[str]] = ["number"]
        verbose_name = said("许可备案", "licence")
        verbose_name_plural = said("许可备案", "licences")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(enterprise__isnull=False) | Q(site__isnull=False),
                name="licences_licence_has_a_holder",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["enterprise", "kind"], name="licences_licence_by_enterprise"),
            models.Index(fields=["site", "kind"], name="licences_licence_by_site"),
            models.Index(fields=["kind", "number"], name="licences_licence_by_kind"),
        ]

    def __str__(self) -> str:
        return self.number


class LicenceTerm(Dated):
    """
    The state and scope of a licence for a period.

    Scopes are lists of prefixes: ``""`` covers every commodity or every origin, an empty list
    covers none.
    """

    licence = models.ForeignKey(Licence, models.CASCADE, related_name="terms")
    state = models.CharField(max_length=16, choices=choices(STATE_NAMES))
    hs_prefixes = models.JSONField(default=list)
    origins = models.JSONField(default=list)
    reason_zh = models.CharField(max_length=200, blank=True)
    reason_en = models.CharField(max_length=300, blank=True)

    objects = DatedQuerySet["LicenceTerm"].as_manager()

    class Meta(Dated.Meta):
        ordering: ClassVar[list[str]] = ["licence", "begins", "recorded_at"]
        verbose_name = said("许可期间", "licence term")
        verbose_name_plural = said("许可期间", "licence terms")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["licence", "begins", "recorded_at"], name="licences_licenceterm_once"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["state", "licence"], name="licences_licenceterm_state"),
            models.Index(fields=["ends", "licence"], name="licences_licenceterm_ends"),
            # The few that stand in a state now, among all that once did.
            models.Index(fields=["state", "ends"], name="licences_licenceterm_standing"),
        ]

    def __str__(self) -> str:
        return f"{self.licence_id} {self.state}"


class LicenceAct(models.Model):
    """
    One move of a licence's life: who wanted it and why, who decided, from which day it counts.

    ``approved`` is null while a serious move waits for its second person; until then nothing has
    changed for the holder.
    """

    licence = models.ForeignKey(Licence, models.CASCADE, related_name="acts")
    move = models.CharField(max_length=16, choices=choices(MOVE_NAMES))
    state_before = models.CharField(max_length=16, choices=choices(STATE_NAMES))
    state_after = models.CharField(max_length=16, choices=choices(STATE_NAMES))
    on = models.DateField()
    reason_code = models.CharField(max_length=32)
    reason_zh = models.CharField(max_length=200)
    reason_en = models.CharField(max_length=300)
    proposed_by = models.CharField(max_length=20)
    proposed_at = models.DateTimeField()
    # Until when the holder may state its case before a serious move; null where it need not be.
    heard_until = models.DateTimeField(null=True, blank=True)
    statement = models.TextField(blank=True)
    stated_at = models.DateTimeField(null=True, blank=True)
    approved = models.BooleanField(null=True, blank=True)
    decided_by = models.CharField(max_length=20, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    # What is recorded with the move: scope, period, number of a campaign.
    details = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["licence", "proposed_at", "pk"]
        verbose_name = said("许可行为", "act on a licence")
        verbose_name_plural = said("许可行为", "acts on licences")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            # The database itself refuses that one person proposes and decides a serious move.
            models.CheckConstraint(
                condition=~Q(move__in=["revoke", "force_exit"])
                | Q(decided_by="")
                | ~Q(decided_by=models.F("proposed_by")),
                name="licences_licenceact_second_person",
            ),
            models.UniqueConstraint(
                fields=["licence"],
                condition=Q(approved__isnull=True),
                name="licences_licenceact_one_waits",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["approved", "proposed_at"], name="licences_licenceact_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.licence_id} {self.move}"


class Occasion(models.TextChoices):
    """Why a licence is reviewed."""

    APPLICATION = "application", said("首次评审", "Application")
    RENEWAL = "renewal", said("延续评审", "Renewal")
    YEARLY = "yearly", said("年度审查", "Yearly review")
    RE_REVIEW = "re_review", said("重新审核", "Re-review")
    FOLLOW_UP = "follow_up", said("整改复查", "Check after correction")


class Conclusion(models.TextChoices):
    """What a review came to."""

    PASS = "pass", said("合格", "Pass")
    CORRECT = "correct", said("限期整改", "Correct within a term")
    FAIL = "fail", said("不合格", "Fail")


class ReviewCampaign(models.Model):
    """A re-review of every holder of a kind of licence."""

    number = models.CharField(max_length=24, unique=True)
    kind = models.CharField(max_length=32, choices=LicenceKind.choices)
    agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="review_campaigns")
    name_zh = models.CharField(max_length=120)
    name_en = models.CharField(max_length=200)
    begins = models.DateField()
    due = models.DateField()
    opened_by = models.CharField(max_length=20)
    opened_at = models.DateTimeField()
    closed_by = models.CharField(max_length=20, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-begins", "number"]
        verbose_name = said("重新审核行动", "review campaign")
        verbose_name_plural = said("重新审核行动", "review campaigns")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(due__gte=models.F("begins")), name="licences_reviewcampaign_due_later"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Review(models.Model):
    """One review of a licence on the spot, by a checklist."""

    number = models.CharField(max_length=24, unique=True)
    licence = models.ForeignKey(Licence, models.CASCADE, related_name="reviews")
    campaign = models.ForeignKey(
        ReviewCampaign, models.PROTECT, null=True, blank=True, related_name="reviews"
    )
    occasion = models.CharField(max_length=16, choices=Occasion.choices)
    state = models.CharField(
        max_length=16, choices=choices(REVIEW_STATE_NAMES), default=ReviewState.PLANNED.value
    )
    # Keys of the officers who assess; they may not approve what follows.
    assessors = models.JSONField(default=list, blank=True)
    due = models.DateField()
    planned_by = models.CharField(max_length=20)
    planned_at = models.DateTimeField()
    visited_on = models.DateField(null=True, blank=True)
    conclusion = models.CharField(max_length=8, choices=Conclusion.choices, blank=True)
    note = models.CharField(max_length=400, blank=True)
    concluded_by = models.CharField(max_length=20, blank=True)
    concluded_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering: ClassVar[list[str]] = ["due", "number"]
        verbose_name = said("现场评审", "review")
        verbose_name_plural = said("现场评审", "reviews")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["state", "due"], name="licences_review_due"),
            models.Index(fields=["due", "id"], name="licences_review_by_due"),
        ]

    def __str__(self) -> str:
        return self.number


class AnswerKind(models.TextChoices):
    """What an assessor found on one item."""

    CONFORMS = "conforms", said("符合", "Conforms")
    MINOR = "minor", said("轻微不符合", "Minor shortcoming")
    MAJOR = "major", said("严重不符合", "Major shortcoming")
    NOT_APPLICABLE = "not_applicable", said("不适用", "Does not apply")


class ReviewAnswer(models.Model):
    """The answer to one item of the checklist; the last one counts."""

    review = models.ForeignKey(Review, models.CASCADE, related_name="answers")
    item = models.CharField(max_length=32)
    answer = models.CharField(max_length=16, choices=AnswerKind.choices)
    note = models.CharField(max_length=300, blank=True)
    by = models.CharField(max_length=20)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["review", "item"]
        verbose_name = said("核查项", "review answer")
        verbose_name_plural = said("核查项", "review answers")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["review", "item"], name="licences_reviewanswer_once"),
        ]

    def __str__(self) -> str:
        return f"{self.review_id} {self.item}"


class NoticeKind(models.TextChoices):
    """What a holder is told."""

    DOCUMENTS = "documents", said("补正通知", "Documents asked for")
    INTENT = "intent", said("事先告知", "Notice of intent")
    DECISION = "decision", said("决定书", "Decision")
    APPEAL = "appeal", said("复议通知", "Notice on an appeal")
    DUE = "due", said("到期提醒", "Reminder")
    CLASS = "class", said("复评提醒", "Class to be assessed again")
    FILING = "filing", said("备案催办", "Filing asked for")
    ANSWER = "answer", said("申请答复", "Answer to a request")


class HolderNotice(models.Model):
    """What an enterprise was told: what, why, which rights, until when."""

    number = models.CharField(max_length=24, unique=True)
    # None: it is about no licence but about what its kind says, and the subject names.
    licence = models.ForeignKey(
        Licence, models.CASCADE, null=True, blank=True, related_name="notices"
    )
    subject = models.CharField(max_length=40, blank=True)
    act = models.ForeignKey(
        LicenceAct, models.CASCADE, null=True, blank=True, related_name="notices"
    )
    # None: the site's licence has no enterprise of its own on record.
    enterprise = models.ForeignKey(
        "parties.Enterprise", models.CASCADE, null=True, blank=True, related_name="notices"
    )
    kind = models.CharField(max_length=12, choices=NoticeKind.choices)
    title_zh = models.CharField(max_length=200)
    title_en = models.CharField(max_length=300)
    body_zh = models.TextField()
    body_en = models.TextField()
    sent_at = models.DateTimeField()
    heard_until = models.DateTimeField(null=True, blank=True)
    appeal_until = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    read_by = models.CharField(max_length=20, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-sent_at", "-pk"]
        verbose_name = said("告知书", "notice to a holder")
        verbose_name_plural = said("告知书", "notices to holders")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["enterprise", "-sent_at"], name="licences_holdernotice_inbox"),
        ]

    def __str__(self) -> str:
        return self.number


class Appeal(models.Model):
    """An appeal against one act."""

    number = models.CharField(max_length=24, unique=True)
    act = models.OneToOneField(LicenceAct, models.PROTECT, related_name="appeal")
    enterprise = models.ForeignKey("parties.Enterprise", models.PROTECT, related_name="appeals")
    state = models.CharField(
        max_length=12, choices=choices(APPEAL_STATE_NAMES), default=AppealState.FILED.value
    )
    grounds = models.TextField()
    filed_by = models.CharField(max_length=20)
    filed_at = models.DateTimeField()
    due_at = models.DateTimeField()
    # What stands still while the appeal is open, by the rule book of the day on which it was filed.
    holds_back = models.JSONField(default=list, blank=True)
    note = models.CharField(max_length=400, blank=True)
    decided_by = models.CharField(max_length=20, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["due_at", "pk"]
        verbose_name = said("行政复议", "appeal")
        verbose_name_plural = said("行政复议", "appeals")

    def __str__(self) -> str:
        return self.number


class OriginAccess(Dated):
    """Whether goods under an HS prefix may come from a country; the longest prefix decides."""

    hs_prefix = models.CharField(max_length=10)
    origin = models.CharField(max_length=2)
    access = models.CharField(max_length=10, choices=Access.choices)
    basis_zh = models.CharField(max_length=200, blank=True)
    basis_en = models.CharField(max_length=300, blank=True)

    objects = DatedQuerySet["OriginAccess"].as_manager()

    class Meta(Dated.Meta):
        verbose_name = said("准入国别", "origin access")
        verbose_name_plural = said("准入国别", "origin access")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["hs_prefix", "origin", "begins", "recorded_at"],
                name="licences_originaccess_once",
            ),
            models.CheckConstraint(
                condition=Q(hs_prefix__regex=r"^[0-9]{2,10}$"), name="licences_originaccess_prefix"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hs_prefix} {self.origin} {self.access}"


class DesignatedPort(Dated):
    """A port through which a group of goods may come in."""

    group = models.CharField(max_length=24)
    port = models.ForeignKey("parties.Port", models.PROTECT, related_name="designations")

    objects = DatedQuerySet["DesignatedPort"].as_manager()

    class Meta(Dated.Meta):
        verbose_name = said("指定口岸", "designated port")
        verbose_name_plural = said("指定口岸", "designated ports")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["group", "port", "begins", "recorded_at"],
                name="licences_designatedport_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group} {self.port_id}"
