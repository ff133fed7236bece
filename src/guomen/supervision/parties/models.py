"""
Enterprises, their sites and people, and the reference tables of goods and places.

Not for what they may do (licences), nor for how they are judged (classification, credit).
"""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce, Concat, Lower

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
    # Everything that people search by, in small letters; the database keeps it in step.
    search = models.GeneratedField(
        expression=Lower(
            Concat(
                F("name_zh"),
                Value(" "),
                F("name_en"),
                Value(" "),
                F("reference"),
                Value(" "),
                Coalesce(F("uscc"), Value("")),
                Value(" "),
                Coalesce(F("overseas_number"), Value("")),
                Value(" "),
                F("phone"),
            )
        ),
        output_field=models.TextField(),
        db_persist=True,
    )

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
            models.Index(fields=["phone"], name="parties_enterprise_phone"),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.name_zh}"


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

    def __str__(self) -> str:
        return f"{self.reference} {self.name_zh}"


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


class ImportState(models.TextChoices):
    """Where a file of a register stands."""

    CHECKED = "checked", said("已核对", "Checked")
    STORED = "stored", said("已入库", "Stored")
    UNDONE = "undone", said("已撤回", "Taken back")
    FAILED = "failed", said("未完成", "Not finished")


class ImportFile(models.Model):
    """A file of enterprises: what it held, what of it was stored, what was turned away and why."""

    number = models.CharField(max_length=24, unique=True)
    name = models.CharField(max_length=200)
    agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="import_files")
    by = models.CharField(max_length=20)
    at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=ImportState.choices)
    # The file itself, so that what was seen in the preview is what is stored.
    content = models.BinaryField()
    rows = models.PositiveIntegerField()
    good = models.PositiveIntegerField()
    bad = models.PositiveIntegerField()
    # Of the good rows, how many are written so far.
    written = models.PositiveIntegerField(default=0)
    stored_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.CharField(max_length=20, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-at"]
        verbose_name = said("导入文件", "import file")
        verbose_name_plural = said("导入文件", "import files")

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class PairState(models.TextChoices):
    """What became of two records that look alike."""

    OPEN = "open", said("待核实", "To be looked at")
    MERGED = "merged", said("已合并", "Merged")
    DISTINCT = "distinct", said("不是同一企业", "Two enterprises")


class LikePair(models.Model):
    """Two records that may be the same enterprise, and why."""

    left = models.ForeignKey(Enterprise, models.CASCADE, related_name="pairs_left")
    right = models.ForeignKey(Enterprise, models.CASCADE, related_name="pairs_right")
    # In thousandths; certain at 1000.
    likeness = models.PositiveSmallIntegerField()
    # Which marks agree, by name: code, name, latin, phone, address.
    evidence = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=PairState.choices, default="open")
    found_at = models.DateTimeField()
    decided_by = models.CharField(max_length=20, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-likeness", "pk"]
        verbose_name = said("疑似重复", "pair alike")
        verbose_name_plural = said("疑似重复", "pairs alike")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["left", "right"], name="parties_likepair_once"),
            models.CheckConstraint(
                condition=Q(left__lt=F("right")), name="parties_likepair_in_order"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["state", "-likeness"], name="parties_likepair_open"),
        ]

    def __str__(self) -> str:
        return f"{self.left_id} ~ {self.right_id}"


class Merge(models.Model):
    """One record taken into another, with everything that moved, so that it can be undone."""

    absorbed = models.ForeignKey(Enterprise, models.PROTECT, related_name="merges_absorbed")
    survivor = models.ForeignKey(Enterprise, models.PROTECT, related_name="merges_survived")
    pair = models.ForeignKey(
        LikePair, models.SET_NULL, null=True, blank=True, related_name="merges"
    )
    # Model label to the primary keys of the rows that moved.
    moved = models.JSONField(default=dict)
    merged_by = models.CharField(max_length=20)
    merged_at = models.DateTimeField()
    undone_by = models.CharField(max_length=20, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-merged_at"]
        verbose_name = said("合并", "merge")
        verbose_name_plural = said("合并", "merges")

    def __str__(self) -> str:
        return f"{self.absorbed_id} → {self.survivor_id}"


class SignUpState(models.TextChoices):
    """Where a request for an account stands."""

    ASKED = "asked", said("待核实", "To be verified")
    VERIFIED = "verified", said("已核实", "Verified")
    REFUSED = "refused", said("未通过", "Refused")


class SignUp(models.Model):
    """A person who asks to act for an enterprise, until an officer has verified it."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="sign_up")
    uscc = models.CharField(max_length=18)
    enterprise = models.ForeignKey(
        Enterprise, models.PROTECT, null=True, blank=True, related_name="sign_ups"
    )
    name_zh = models.CharField(max_length=120)
    name_en = models.CharField(max_length=200, blank=True)
    place_zh = models.CharField(max_length=120, blank=True)
    phone = models.CharField(max_length=30)
    person_zh = models.CharField(max_length=60)
    agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="sign_ups")
    state = models.CharField(max_length=10, choices=SignUpState.choices, default="asked")
    asked_at = models.DateTimeField()
    note = models.CharField(max_length=300, blank=True)
    decided_by = models.CharField(max_length=20, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["asked_at"]
        verbose_name = said("注册申请", "sign-up")
        verbose_name_plural = said("注册申请", "sign-ups")

    def __str__(self) -> str:
        return f"{self.uscc} {self.name_zh}"


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

    class Meta:
        ordering: ClassVar[list[str]] = ["unlocode"]
        verbose_name = said("口岸", "port")
        verbose_name_plural = said("口岸", "ports")

    def __str__(self) -> str:
        return f"{self.unlocode} {self.name_zh}"
