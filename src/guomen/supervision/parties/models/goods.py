"""The reference tables of goods, hazards and places where goods cross."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from guomen.supervision.bitemporal import Dated, DatedQuerySet
from guomen.supervision.words import said


class HazardKind(models.TextChoices):
    """Families of hazards."""

    RESIDUE = "residue", said("农兽药残留", "Pesticide or veterinary residue")
    CONTAMINANT = "contaminant", said("污染物", "Contaminant")
    MICROBE = "microbe", said("微生物", "Micro-organism")
    ADDITIVE = "additive", said("添加剂", "Additive")
    RADIATION = "radiation", said("放射性", "Radioactivity")
    PEST = "pest", said("有害生物", "Pest")
    DISEASE = "disease", said("动物疫病", "Animal disease")
    SAFETY = "safety", said("使用安全", "Product safety")
    CHEMICAL = "chemical", said("化学安全", "Chemical safety")
    FRAUD = "fraud", said("掺假伪报", "Fraud")
    LABEL = "label", said("标签", "Label")


class Transport(models.TextChoices):
    """What a port serves."""

    SEA = "sea", said("水运", "Sea")
    ROAD = "road", said("公路", "Road")
    RAIL = "rail", said("铁路", "Rail")
    AIR = "air", said("航空", "Air")


class Commodity(Dated):
    """A ten-digit code of the HS/CIQ tree: its group, inspection letters and unit, for a period."""

    hs_code = models.CharField(max_length=10)
    name_zh = models.CharField(max_length=160)
    name_en = models.CharField(max_length=240)
    group = models.CharField(max_length=24)
    # M import inspection, N export inspection, P/Q quarantine in/out, R/S food hygiene in/out,
    # L civil product certification.
    inspection = models.CharField(max_length=8, blank=True)
    unit = models.CharField(max_length=3)
    in_legal_catalogue = models.BooleanField()

    objects = DatedQuerySet["Commodity"].as_manager()

    class Meta(Dated.Meta):
        ordering: ClassVar[list[str]] = ["hs_code"]
        verbose_name = said("商品", "commodity")
        verbose_name_plural = said("商品", "commodities")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["hs_code", "begins", "recorded_at"], name="parties_commodity_once"
            ),
            models.CheckConstraint(
                condition=Q(hs_code__regex=r"^[0-9]{10}$"), name="parties_commodity_ten_digits"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hs_code} {self.name_zh}"


class Hazard(models.Model):
    """Something that can be wrong with goods."""

    code = models.CharField(max_length=32, unique=True)
    kind = models.CharField(max_length=12, choices=HazardKind.choices)
    name_zh = models.CharField(max_length=80)
    name_en = models.CharField(max_length=120)

    class Meta:
        ordering: ClassVar[list[str]] = ["code"]
        verbose_name = said("危害", "hazard")
        verbose_name_plural = said("危害", "hazards")

    def __str__(self) -> str:
        return f"{self.code} {self.name_zh}"


class CommodityHazard(Dated):
    """A hazard that goods under an HS prefix may carry."""

    hs_prefix = models.CharField(max_length=10)
    hazard = models.ForeignKey(Hazard, models.PROTECT, related_name="commodities")

    objects = DatedQuerySet["CommodityHazard"].as_manager()

    class Meta(Dated.Meta):
        verbose_name = said("商品危害", "commodity hazard")
        verbose_name_plural = said("商品危害", "commodity hazards")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["hs_prefix", "hazard", "begins", "recorded_at"],
                name="parties_commodityhazard_once",
            ),
            models.CheckConstraint(
                condition=Q(hs_prefix__regex=r"^[0-9]{2,10}$"),
                name="parties_commodityhazard_prefix",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hs_prefix} {self.hazard_id}"


class Port(models.Model):
    """A place where goods cross: its UN/LOCODE, and the agency that watches it."""

    unlocode = models.CharField(max_length=8, unique=True)
    name_zh = models.CharField(max_length=80)
    name_en = models.CharField(max_length=120)
    transport = models.CharField(max_length=8, choices=Transport.choices)
    # None: a port elsewhere, outside this bureau.
    agency = models.ForeignKey(
        "agencies.Agency", models.PROTECT, null=True, blank=True, related_name="ports"
    )
    version = models.IntegerField(default=1)

    class Meta:
        ordering: ClassVar[list[str]] = ["unlocode"]
        verbose_name = said("口岸", "port")
        verbose_name_plural = said("口岸", "ports")

    def __str__(self) -> str:
        return f"{self.unlocode} {self.name_zh}"

    @property
    def port(self) -> Port:
        """Return itself: a port's own record belongs to the port, as its designations do."""
        return self
