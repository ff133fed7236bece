"""
Licences and their terms, origins admitted, ports designated.

A licence is what was granted to whom; its terms say in which state and with which scope it
stands, for which period, as known when. Not for the rules that ask for them (rulebooks).
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from guomen.supervision.bitemporal import Dated, DatedQuerySet
from guomen.supervision.licences.lifecycle import STATE_NAMES
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

    def __str__(self) -> str:
        return f"{self.licence_id} {self.state}"


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
