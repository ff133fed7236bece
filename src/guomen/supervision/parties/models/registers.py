"""Enterprises, their sites, people, products and parts in trade."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from guomen.supervision.bitemporal import Dated, DatedQuerySet
from guomen.supervision.words import said


class RegistrationState(models.TextChoices):
    """Whether an enterprise is on the register."""

    ACTIVE = "active", said("在册", "Active")
    DORMANT = "dormant", said("休眠", "Dormant")
    MERGED = "merged", said("已合并", "Merged")
    DEREGISTERED = "deregistered", said("已注销", "Deregistered")


class TradeRoleKind(models.TextChoices):
    """A part that an enterprise plays in trade; one enterprise plays several."""

    IMPORTER = "importer", said("进口企业", "Importer")
    EXPORTER = "exporter", said("出口企业", "Exporter")
    EXPORT_PRODUCER = "export_producer", said("出口生产企业", "Export producer")
    FOOD_PRODUCER = "food_producer", said("出口食品备案企业", "Filed export-food producer")
    ANIMAL_FARMER = "animal_farmer", said("出口食用动物饲养备案企业", "Filed edible-animal farm")
    HK_MACAO_SUPPLIER = "hk_macao_supplier", said("供港澳企业", "Supplier of Hong Kong and Macao")
    MEAT_IMPORTER = "meat_importer", said("进口肉类企业", "Importer of meat")
    STORE_KEEPER = "store_keeper", said("仓储企业", "Store keeper")
    AGENT = "agent", said("代理报检企业", "Declaration agent")
    OVERSEAS_PRODUCER = "overseas_producer", said("境外生产企业", "Overseas producer")
    OVERSEAS_EXPORTER = "overseas_exporter", said("境外出口商", "Overseas exporter")


class SiteKind(models.TextChoices):
    """Every kind of establishment."""

    FARM = "farm", said("养殖场", "Farm")
    GROWING_BASE = "growing_base", said("种植基地", "Growing base")
    REGISTERED_FARM = "registered_farm", said("产地注册场", "Registered farm")
    NURSERY = "nursery", said("种苗花卉基地", "Nursery")
    PLANT = "plant", said("加工企业", "Plant")
    COLD_STORE = "cold_store", said("备案冷库", "Cold store")
    DISTRIBUTION_CENTRE = "distribution_centre", said("加工配送中心", "Distribution centre")
    LABORATORY = "laboratory", said("实验室", "Laboratory")
    PORT_AREA = "port_area", said("口岸场地", "Port area")
    TRANSFER_SITE = "transfer_site", said("中转场", "Transfer site")


class ManagementSystem(models.TextChoices):
    """A management system that a third party certifies."""

    ISO9001 = "iso9001", "ISO 9001"
    HACCP = "haccp", "HACCP"
    ISO22000 = "iso22000", "ISO 22000"
    ISO14001 = "iso14001", "ISO 14001"


class Enterprise(models.Model):
    """A legal person under supervision: with a Chinese credit code, or an overseas number."""

    reference = models.CharField(max_length=16, unique=True)
    uscc = models.CharField(max_length=18, null=True, blank=True, unique=True)
    overseas_number = models.CharField(max_length=40, null=True, blank=True, unique=True)
    country = models.CharField(max_length=2, default="CN")
    name_zh = models.CharField(max_length=120)
    name_en = models.CharField(max_length=200)
    # None: the size of the enterprise is not on record.
    is_sme = models.BooleanField(null=True, blank=True)
    agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="enterprises")
    head_office = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="branches"
    )
    place_zh = models.CharField(max_length=120, blank=True)
    phone = models.CharField(max_length=30, blank=True)
    # The record that stands for this one since both were found to be the same enterprise.
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged"
    )
    # The file that brought this record in, while it can be taken back whole.
    imported_by = models.ForeignKey(
        "parties.ImportFile", models.SET_NULL, null=True, blank=True, related_name="enterprises"
    )
    # Raised by every change: a form knows which version its reader saw.
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering: ClassVar[list[str]] = ["reference"]
        verbose_name = said("企业", "enterprise")
        verbose_name_plural = said("企业", "enterprises")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            # Unique columns hold null, never "", for "none": two empty strings would collide.
            models.CheckConstraint(
                condition=Q(uscc__isnull=False) | Q(overseas_number__isnull=False),
                name="parties_enterprise_has_a_number",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["name_zh"], name="parties_enterprise_name_zh"),
            models.Index(fields=["name_en"], name="parties_enterprise_name_en"),
            models.Index(fields=["agency", "reference"], name="parties_enterprise_of_agency"),
            # What a list of the register in its own order reads, and how many there are.
            models.Index(
                fields=["merged_into", "reference", "agency"], name="parties_enterprise_listed"
            ),
            models.Index(fields=["place_zh"], name="parties_enterprise_place"),
            models.Index(fields=["phone"], name="parties_enterprise_phone"),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.name_zh}"


class FormerName(models.Model):
    """A name that an enterprise bore until a day; it is still found by it."""

    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="former_names")
    name_zh = models.CharField(max_length=120)
    name_en = models.CharField(max_length=200)
    until = models.DateField()
    recorded_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["enterprise", "-until", "-pk"]
        verbose_name = said("曾用名", "former name")
        verbose_name_plural = said("曾用名", "former names")

    def __str__(self) -> str:
        return f"{self.enterprise_id} {self.name_zh}"


class EnterpriseTerm(models.Model):
    """
    One thing by which an enterprise is found.

    As bytes of UTF-8: every database orders those alike, so how a term begins is a range.
    """

    pk = models.CompositePrimaryKey("term", "enterprise_id")
    term = models.BinaryField(max_length=160)
    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="terms")

    class Meta:
        verbose_name = said("检索词", "search term")
        verbose_name_plural = said("检索词", "search terms")

    def __str__(self) -> str:
        return f"{bytes(self.term).decode()} {self.enterprise_id}"


class Registration(Dated):
    """The state of an enterprise on the register, for a period."""

    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="registrations")
    state = models.CharField(max_length=16, choices=RegistrationState.choices)
    # Where a merged enterprise went on; history stays on the old record.
    successor = models.ForeignKey(
        Enterprise, models.PROTECT, null=True, blank=True, related_name="absorbed"
    )

    objects = DatedQuerySet["Registration"].as_manager()

    class Meta(Dated.Meta):
        verbose_name = said("登记状态", "registration")
        verbose_name_plural = said("登记状态", "registrations")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["enterprise", "begins", "recorded_at"], name="parties_registration_once"
            ),
            models.CheckConstraint(
                condition=Q(state="merged", successor__isnull=False)
                | (~Q(state="merged") & Q(successor__isnull=True)),
                name="parties_registration_merged_names_successor",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enterprise_id} {self.state}"


class TradeRole(Dated):
    """A part in trade that an enterprise plays for a period."""

    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="trade_roles")
    role = models.CharField(max_length=20, choices=TradeRoleKind.choices)

    objects = DatedQuerySet["TradeRole"].as_manager()

    class Meta(Dated.Meta):
        verbose_name = said("贸易角色", "trade role")
        verbose_name_plural = said("贸易角色", "trade roles")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["enterprise", "role", "begins", "recorded_at"],
                name="parties_traderole_once",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["role", "enterprise"], name="parties_traderole_role"),
        ]

    def __str__(self) -> str:
        return f"{self.enterprise_id} {self.role}"


class SystemCertificate(Dated):
    """A certified management system, with its issuer."""

    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="certificates")
    system = models.CharField(max_length=12, choices=ManagementSystem.choices)
    number = models.CharField(max_length=40)
    issuer_zh = models.CharField(max_length=100)
    issuer_en = models.CharField(max_length=160)

    objects = DatedQuerySet["SystemCertificate"].as_manager()

    class Meta(Dated.Meta):
        verbose_name = said("管理体系证书", "system certificate")
        verbose_name_plural = said("管理体系证书", "system certificates")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Dated.Meta.constraints,
            models.UniqueConstraint(
                fields=["number", "begins", "recorded_at"], name="parties_systemcertificate_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.system} {self.number}"


class Representative(models.Model):
    """A person who acts for an enterprise; the ledger knows the key only."""

    key = models.CharField(max_length=20, unique=True)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="representative"
    )
    enterprise = models.ForeignKey(Enterprise, models.PROTECT, related_name="representatives")
    name_zh = models.CharField(max_length=60)
    name_en = models.CharField(max_length=100)
    demonstration = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar[list[str]] = ["key"]
        verbose_name = said("企业人员", "representative")
        verbose_name_plural = said("企业人员", "representatives")

    def __str__(self) -> str:
        return f"{self.key} {self.name_zh}"


class Site(models.Model):
    """An establishment of any kind: the place where goods are grown, made, kept or handed over."""

    reference = models.CharField(max_length=16, unique=True)
    # The number of its filing or registration, as printed on labels and certificates.
    number = models.CharField(max_length=40, unique=True)
    kind = models.CharField(max_length=20, choices=SiteKind.choices)
    enterprise = models.ForeignKey(Enterprise, models.PROTECT, related_name="sites")
    name_zh = models.CharField(max_length=120)
    name_en = models.CharField(max_length=200)
    country = models.CharField(max_length=2, default="CN")
    place_zh = models.CharField(max_length=120, blank=True)
    latitude = models.DecimalField(max_digits=8, decimal_places=5, null=True, blank=True)
    longitude = models.DecimalField(max_digits=8, decimal_places=5, null=True, blank=True)
    # Raised by every change: a form knows which version its reader saw.
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering: ClassVar[list[str]] = ["reference"]
        verbose_name = said("场所", "site")
        verbose_name_plural = said("场所", "sites")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(latitude__range=(-90, 90), longitude__range=(-180, 180)),
                name="parties_site_on_earth",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            # Few sites have no place: a map counts them without reading the register.
            models.Index(
                fields=["enterprise"],
                name="parties_site_unplaced",
                condition=Q(latitude__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.name_zh}"


class SiteTerm(models.Model):
    """One thing by which a site is found, as one is by which an enterprise is."""

    pk = models.CompositePrimaryKey("term", "site_id")
    term = models.BinaryField(max_length=160)
    site = models.ForeignKey(Site, models.CASCADE, related_name="terms")

    class Meta:
        verbose_name = said("场所检索词", "search term of a site")
        verbose_name_plural = said("场所检索词", "search terms of sites")

    def __str__(self) -> str:
        return f"{bytes(self.term).decode()} {self.site_id}"


class Product(Dated):
    """Goods that an enterprise makes or brings in, and the origins from which they come."""

    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="products")
    site = models.ForeignKey(Site, models.PROTECT, null=True, blank=True, related_name="products")
    name_zh = models.CharField(max_length=120)
    name_en = models.CharField(max_length=200)
    hs_code = models.CharField(max_length=10)
    brand = models.CharField(max_length=60, blank=True)
    # ISO 3166 codes of two letters.
    origins = models.JSONField(default=list)

    objects = DatedQuerySet["Product"].as_manager()

    class Meta(Dated.Meta):
        ordering: ClassVar[list[str]] = ["enterprise", "hs_code", "name_zh"]
        verbose_name = said("产品", "product")
        verbose_name_plural = said("产品", "products")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Dated.Meta.constraints,
            models.CheckConstraint(
                condition=Q(hs_code__regex=r"^[0-9]{10}$"), name="parties_product_ten_digits"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hs_code} {self.name_zh}"
