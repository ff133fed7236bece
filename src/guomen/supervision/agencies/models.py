"""Agencies, officers, the roles they hold and may delegate. Not for enterprises' people."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from guomen.supervision.bitemporal import Dated, DatedQuerySet
from guomen.supervision.words import said


class AgencyKind(models.TextChoices):
    """What an agency is in the system or beside it."""

    NATIONAL = "national", said("总局", "National administration")
    REGIONAL = "regional", said("直属局", "Regional bureau")
    BRANCH = "branch", said("分支局", "Branch bureau")
    PORT_POST = "port_post", said("口岸办事处", "Port post")
    LABORATORY = "laboratory", said("检测实验室", "Laboratory")
    GOVERNMENT = "government", said("地方政府", "Government")
    DEPARTMENT = "department", said("政府部门", "Department")
    PEER_BUREAU = "peer_bureau", said("兄弟局", "Peer bureau")
    CROSS_BORDER = "cross_border", said("境外机构", "Cross-border authority")


class Role(models.TextChoices):
    """What an officer may be asked to do; permissions are tables over these."""

    DIRECTOR = "director", said("局长", "Director")
    BRANCH_HEAD = "branch_head", said("分支局局长", "Branch head")
    DOCUMENT_EXAMINER = "document_examiner", said("审单员", "Document examiner")
    INSPECTOR = "inspector", said("施检员", "Inspector")
    SAMPLER = "sampler", said("抽样员", "Sampler")
    ANALYST = "analyst", said("检测员", "Laboratory analyst")
    APPROVER = "approver", said("审批人", "Approver")
    CERTIFICATE_OFFICER = "certificate_officer", said("签证人员", "Certificate officer")
    VETERINARIAN = "veterinarian", said("签证兽医官", "Certifying veterinarian")
    PORT_CHECKER = "port_checker", said("口岸查验员", "Port checker")
    LOADING_SUPERVISOR = "loading_supervisor", said("监装员", "Loading supervisor")
    CONTROL_OFFICER = "control_officer", said("布控员", "Control officer")
    RISK_ANALYST = "risk_analyst", said("风险分析员", "Risk analyst")
    ACCESS_REVIEWER = "access_reviewer", said("准入评审员", "Access reviewer")
    CLASS_ASSESSOR = "class_assessor", said("分类评定员", "Class assessor")
    CREDIT_OFFICER = "credit_officer", said("诚信管理员", "Credit officer")
    CASE_OFFICER = "case_officer", said("稽查员", "Case officer")
    EMERGENCY_COMMANDER = "emergency_commander", said("应急指挥", "Emergency commander")
    LIAISON_OFFICER = "liaison_officer", said("联络员", "Liaison officer")
    QUALITY_ANALYST = "quality_analyst", said("质量分析员", "Quality analyst")
    CAMPAIGN_LEADER = "campaign_leader", said("专项整治负责人", "Campaign leader")
    COMPLAINT_OFFICER = "complaint_officer", said("投诉处理员", "Complaint officer")
    KEY_CUSTODIAN = "key_custodian", said("密钥保管人", "Key custodian")
    AUDITOR = "auditor", said("审计员", "Auditor")
    ADMINISTRATOR = "administrator", said("系统管理员", "Administrator")


class Agency(models.Model):
    """A node of the tree of agencies; ``path`` makes a subtree one indexed prefix filter."""

    code = models.CharField(max_length=12, unique=True)
    kind = models.CharField(max_length=16, choices=AgencyKind.choices)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children"
    )
    path = models.CharField(max_length=200, unique=True)
    name_zh = models.CharField(max_length=100)
    name_en = models.CharField(max_length=160)
    zone = models.CharField(max_length=40, default="Asia/Shanghai")

    class Meta:
        ordering: ClassVar[list[str]] = ["path"]
        verbose_name = said("机构", "agency")
        verbose_name_plural = said("机构", "agencies")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            # A subtree filter is a prefix of whole segments: "/A/" never catches "/AB/".
            models.CheckConstraint(
                condition=Q(path__startswith="/") & Q(path__endswith="/"),
                name="agencies_agency_path_delimited",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name_zh}"


class Officer(models.Model):
    """A person of an agency; the ledger knows the key only."""

    key = models.CharField(max_length=20, unique=True)
    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.PROTECT, related_name="officer")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="officers")
    name_zh = models.CharField(max_length=60)
    name_en = models.CharField(max_length=100)
    # Accounts of a scenario are refused at sign-in outside demo mode.
    demonstration = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar[list[str]] = ["key"]
        verbose_name = said("检验检疫人员", "officer")
        verbose_name_plural = said("检验检疫人员", "officers")

    def __str__(self) -> str:
        return f"{self.key} {self.name_zh}"


class RoleHeld(Dated):
    """A role that an officer holds for a period."""

    officer = models.ForeignKey(Officer, models.CASCADE, related_name="roles_held")
    role = models.CharField(max_length=24, choices=Role.choices)

    objects = DatedQuerySet["RoleHeld"].as_manager()

    class Meta(Dated.Meta):
        verbose_name = said("任职", "role held")
        verbose_name_plural = said("任职", "roles held")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["officer", "role", "begins", "recorded_at"], name="agencies_roleheld_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.officer_id} {self.role}"


class Delegation(Dated):
    """A role lent by one officer to another for a period."""

    giver = models.ForeignKey(Officer, models.CASCADE, related_name="delegations_given")
    taker = models.ForeignKey(Officer, models.CASCADE, related_name="delegations_taken")
    role = models.CharField(max_length=24, choices=Role.choices)

    objects = DatedQuerySet["Delegation"].as_manager()

    class Meta(Dated.Meta):
        verbose_name = said("授权", "delegation")
        verbose_name_plural = said("授权", "delegations")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Dated.Meta.constraints,
            models.CheckConstraint(
                condition=~Q(giver=F("taker")), name="agencies_delegation_to_another"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.giver_id} → {self.taker_id} {self.role}"


class InterestKind(models.TextChoices):
    """Why an officer may not decide about an enterprise."""

    PARTY = "party", said("本人利益", "Own stake or post in it")
    RELATIVE = "relative", said("近亲属利益", "A close relative's stake or post in it")
    ASSESSOR = "assessor", said("曾参与评审", "Took part in assessing it")


class DeclaredInterest(Dated):
    """An interest of an officer in an enterprise, declared for a period."""

    officer = models.ForeignKey(Officer, models.PROTECT, related_name="interests")
    enterprise = models.ForeignKey(
        "parties.Enterprise", models.PROTECT, related_name="declared_interests"
    )
    kind = models.CharField(max_length=8, choices=InterestKind.choices)
    note = models.CharField(max_length=200, blank=True)

    objects = DatedQuerySet["DeclaredInterest"].as_manager()

    class Meta(Dated.Meta):
        verbose_name = said("回避申报", "declared interest")
        verbose_name_plural = said("回避申报", "declared interests")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["officer", "enterprise", "kind", "begins", "recorded_at"],
                name="agencies_declaredinterest_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.officer_id} {self.enterprise_id} {self.kind}"


class SavedView(models.Model):
    """A list as an officer likes to see it: the room and the query of its address."""

    officer = models.ForeignKey(Officer, models.CASCADE, related_name="saved_views")
    room = models.CharField(max_length=40)
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=600)

    class Meta:
        ordering: ClassVar[list[str]] = ["room", "name"]
        verbose_name = said("保存的筛选", "saved view")
        verbose_name_plural = said("保存的筛选", "saved views")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["officer", "room", "name"], name="agencies_savedview_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.room} {self.name}"
