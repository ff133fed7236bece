"""
What a decision may know about a consignment line: one declared schema, a row a line.

Every column says what it means, in which unit, what null means and who can supply it. A null is
"unknown" and stays unknown through every condition. Schemas only grow: a new column is added at
the end and :data:`SCHEMA` is raised by one, so that every stored ruling can be read again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import ClassVar

import polars as pl
from polars.datatypes import DataType, DataTypeClass

from guomen.core.errors import GuomenError
from guomen.core.text import Text

SCHEMA = 2

QUANTITY = pl.Decimal(20, 3)
MONEY = pl.Decimal(20, 2)
MOMENT = pl.Datetime("us", "UTC")


class Source(StrEnum):
    """Where a fact comes from."""

    IDENTITY = "identity"
    DECLARED = "declared"
    REGISTER = "register"
    STATE = "state"


class Supplier(StrEnum):
    """Who can supply a fact that is missing."""

    DECLARANT = "declarant"
    ENTERPRISE = "enterprise"
    BUREAU = "bureau"
    ORIGIN_AUTHORITY = "origin_authority"


SUPPLIER_NAMES = MappingProxyType(
    {
        Supplier.DECLARANT: Text(zh="报检单位", en="the declarant"),
        Supplier.ENTERPRISE: Text(zh="收发货企业", en="the consignee or consignor enterprise"),
        Supplier.BUREAU: Text(zh="主管检验检疫机构", en="the bureau in charge"),
        Supplier.ORIGIN_AUTHORITY: Text(zh="输出国家或地区官方", en="the authority of the origin"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One column of the facts frame."""

    name: str
    dtype: DataType | DataTypeClass
    label: Text
    source: Source
    supplier: Supplier
    null_means: Text
    unit: str | None = None


_NOT_DECLARED = Text(zh="未申报", en="not declared")
_NOT_ON_REGISTER = Text(zh="登记簿上查不到", en="not found in the registers")
_NOT_APPLICABLE = Text(zh="没有", en="none")


def _identity(name: str, dtype: DataType | DataTypeClass, zh: str, en: str) -> Fact:
    return Fact(
        name=name,
        dtype=dtype,
        label=Text(zh=zh, en=en),
        source=Source.IDENTITY,
        supplier=Supplier.BUREAU,
        null_means=_NOT_APPLICABLE,
    )


def _declared(
    name: str, dtype: DataType | DataTypeClass, zh: str, en: str, *, unit: str | None = None
) -> Fact:
    return Fact(
        name=name,
        dtype=dtype,
        label=Text(zh=zh, en=en),
        source=Source.DECLARED,
        supplier=Supplier.DECLARANT,
        null_means=_NOT_DECLARED,
        unit=unit,
    )


def _register(
    name: str,
    dtype: DataType | DataTypeClass,
    zh: str,
    en: str,
    *,
    supplier: Supplier = Supplier.BUREAU,
) -> Fact:
    return Fact(
        name=name,
        dtype=dtype,
        label=Text(zh=zh, en=en),
        source=Source.REGISTER,
        supplier=supplier,
        null_means=_NOT_ON_REGISTER,
    )


def _state(name: str, dtype: DataType | DataTypeClass, zh: str, en: str) -> Fact:
    return Fact(
        name=name,
        dtype=dtype,
        label=Text(zh=zh, en=en),
        source=Source.STATE,
        supplier=Supplier.BUREAU,
        null_means=_NOT_APPLICABLE,
    )


FACTS: tuple[Fact, ...] = (
    # -- which line, decided when and where -------------------------------------------------
    _identity("line", pl.String, "货物批编号", "line reference"),
    _identity("declaration", pl.String, "报检单编号", "declaration reference"),
    _identity("root", pl.String, "抽签根编号", "line whose draw this line shares"),
    _identity("agency", pl.String, "受理机构", "deciding agency"),
    _identity("on", pl.Date, "办理日期", "day of the decision in the agency's zone"),
    _identity("received_at", MOMENT, "受理时间", "moment of receipt"),
    # -- what the declarant says --------------------------------------------------------------
    _declared("direction", pl.String, "进出境方向", "direction: import, export or transit"),
    _declared("enterprise", pl.String, "收发货企业", "enterprise answerable for the line"),
    _declared("agent", pl.String, "代理报检企业", "declaration agent"),
    _declared("consignor", pl.String, "境外收发货人", "overseas party"),
    _declared("site", pl.String, "生产或存放场所", "farm, plant or store of the goods"),
    _declared("hs_code", pl.String, "HS 编码", "HS code, ten digits"),
    _declared("origin", pl.String, "原产国（地区）", "origin, ISO 3166 two letters"),
    _declared("destination", pl.String, "目的国（地区）", "destination, ISO 3166 two letters"),
    _declared("transit_via", pl.String, "中转地", "place of transhipment, or NONE"),
    _declared("port", pl.String, "口岸", "port, UN/LOCODE"),
    _declared("transport", pl.String, "运输方式", "mode: sea, air, road, rail or post"),
    _declared("quantity", QUANTITY, "数量", "quantity", unit="as declared"),
    _declared("unit", pl.String, "计量单位", "unit, UN/ECE Recommendation 20"),
    _declared("units_in_lot", pl.Int64, "批量（件）", "units in the lot", unit="units"),
    _declared("value_cny", MONEY, "货值", "value", unit="CNY"),
    _declared("produced_on", pl.Date, "生产日期", "day of production"),
    _declared("doc_contract", pl.Boolean, "合同", "contract presented"),
    _declared("doc_invoice", pl.Boolean, "发票", "invoice presented"),
    _declared("doc_packing_list", pl.Boolean, "装箱单", "packing list presented"),
    _declared(
        "doc_official_certificate",
        pl.Boolean,
        "输出国官方证书",
        "official certificate of the origin presented",
    ),
    _declared("doc_origin_certificate", pl.Boolean, "原产地证书", "origin certificate presented"),
    _declared(
        "doc_pre_inspection", pl.Boolean, "港澳预检证书", "pre-inspection certificate presented"
    ),
    _declared("doc_supply_proof", pl.Boolean, "基地供货证明", "base supply certificate presented"),
    _declared(
        "doc_animal_health",
        pl.Boolean,
        "动物卫生证书",
        "animal health certificate presented",
    ),
    _declared(
        "doc_factory_inspection",
        pl.Boolean,
        "厂检合格单",
        "enterprise's own inspection record presented",
    ),
    _declared(
        "doc_additive_declaration",
        pl.Boolean,
        "添加剂用途声明",
        "statement of the additive's use presented",
    ),
    _declared("doc_label_sample", pl.Boolean, "标签样张", "label sample presented"),
    # -- what the registers say ----------------------------------------------------------------
    _register(
        "enterprise_number_valid",
        pl.Boolean,
        "企业代码校验正确",
        "enterprise number passes its check digit",
        supplier=Supplier.DECLARANT,
    ),
    _register(
        "enterprise_active",
        pl.Boolean,
        "企业备案有效",
        "enterprise is on the register and active",
        supplier=Supplier.ENTERPRISE,
    ),
    _register(
        "declaration_right_suspended",
        pl.Boolean,
        "报检资格被暂停",
        "right to declare is suspended",
    ),
    _register("blacklisted", pl.Boolean, "列入黑名单", "enterprise is on the blacklist"),
    _register(
        "agent_registered",
        pl.Boolean,
        "代理报检企业已注册登记",
        "declaration agent is registered",
        supplier=Supplier.DECLARANT,
    ),
    _register(
        "consignee_filed",
        pl.Boolean,
        "收货人已备案",
        "consignee filing is in force",
        supplier=Supplier.ENTERPRISE,
    ),
    _register(
        "overseas_party_filed",
        pl.Boolean,
        "境外出口商或代理商已备案",
        "overseas exporter or agent is filed",
        supplier=Supplier.DECLARANT,
    ),
    _register(
        "overseas_plant_registered",
        pl.Boolean,
        "境外生产企业已注册",
        "overseas plant is registered",
        supplier=Supplier.ORIGIN_AUTHORITY,
    ),
    _register(
        "permit_held",
        pl.Boolean,
        "持有进境动植物检疫许可证",
        "an entry quarantine permit is held and in its period",
        supplier=Supplier.ENTERPRISE,
    ),
    _register(
        "permit_covers",
        pl.Boolean,
        "许可证覆盖该商品和产地",
        "a permit covers these goods from this origin",
        supplier=Supplier.ENTERPRISE,
    ),
    _register(
        "plant_filed",
        pl.Boolean,
        "出口食品生产企业已备案",
        "export food plant filing is in force",
        supplier=Supplier.ENTERPRISE,
    ),
    _register(
        "quality_licence_held",
        pl.Boolean,
        "持有出口质量许可",
        "export quality licence is in force",
        supplier=Supplier.ENTERPRISE,
    ),
    _register(
        "additive_filed",
        pl.Boolean,
        "原辅料和添加剂使用已报备",
        "use of materials and additives is filed",
        supplier=Supplier.ENTERPRISE,
    ),
    _register("site_kind", pl.String, "场所类别", "kind of the site", supplier=Supplier.DECLARANT),
    _register(
        "base_filed",
        pl.Boolean,
        "供港澳种植基地已备案",
        "growing base filing is in force",
        supplier=Supplier.ENTERPRISE,
    ),
    _register(
        "base_plan_covers",
        pl.Boolean,
        "备案种植计划包含该品种",
        "the filed crop plan names these goods",
        supplier=Supplier.ENTERPRISE,
    ),
    _register(
        "farm_registered",
        pl.Boolean,
        "饲养场或养殖场已注册登记",
        "farm registration is in force",
        supplier=Supplier.ENTERPRISE,
    ),
    _register(
        "cold_store_filed",
        pl.Boolean,
        "进口肉类冷库已备案",
        "cold store filing is in force",
        supplier=Supplier.ENTERPRISE,
    ),
    _register(
        "commodity_group",
        pl.String,
        "商品大类",
        "commodity group of the HS code",
        supplier=Supplier.DECLARANT,
    ),
    _register(
        "in_legal_catalogue",
        pl.Boolean,
        "列入法检目录",
        "the HS code is in the catalogue of goods under legal inspection",
    ),
    _register("inspection_letters", pl.String, "检验检疫类别", "inspection category letters"),
    _register("unit_expected", pl.String, "法定计量单位", "legal unit of the HS code"),
    _register("hazards", pl.List(pl.String), "关注危害", "hazards watched in these goods"),
    _register("origin_access", pl.String, "产地准入状态", "access state of goods and origin"),
    _register(
        "port_known",
        pl.Boolean,
        "口岸代码有效",
        "the port is on the register",
        supplier=Supplier.DECLARANT,
    ),
    _register("port_designated", pl.Boolean, "指定口岸", "the port is designated for the goods"),
    _register("enterprise_class", pl.Int64, "企业分类", "class of the enterprise, 1 to 4"),
    _register("product_risk", pl.String, "产品风险等级", "risk level of the product"),
    _register("credit_level", pl.String, "信用等级", "credit level, AA to D"),
    # -- what earlier decisions and results left ---------------------------------------------
    _state("owed_checks", pl.Int64, "欠查批次", "owed checks that this line must carry"),
    _state("sampling_plan_kind", pl.String, "连续抽样方案", "continuous sampling plan"),
    _state("sampling_phase", pl.String, "连续抽样阶段", "phase of continuous sampling"),
    _state("sampling_version", pl.Int64, "连续抽样状态版本", "version of the claimed state"),
    _state("refused_before", pl.Boolean, "同一货物曾被拒", "the same goods were refused before"),
    _state("earlier_chance_ppm", pl.Int64, "先前抽中概率", "largest earlier chance of selection"),
    _state("earlier_outcome", pl.String, "先前结论", "outcome that an amendment may not lower"),
    _state("raised_outcome", pl.String, "人工加严", "outcome that an officer asked for"),
    _state("settled_rules", pl.List(pl.String), "已了结规则", "rules settled by an officer"),
    # -- schema 2: what the plan of the day says of the line, quantised and stored -------------
    _state("plan", pl.String, "当日研判方案", "plan of the day, by its hash"),
    _state("failing_ppm", pl.Int64, "不合格概率", "chance that the line fails, under the plan"),
    _state("plan_chance_ppm", pl.Int64, "方案抽中概率", "chance of selection under the plan"),
    # -- schema 3: the goods that failed before which the line is like, how much and by which marks
    _state("returning_as", pl.String, "与不合格货物相符", "like goods that failed before"),
)

# The facts that schemas after the first one added, by schema.
ADDED: MappingProxyType[int, frozenset[str]] = MappingProxyType(
    {
        2: frozenset({"plan", "failing_ppm", "plan_chance_ppm"}),
        3: frozenset({"returning_as"}),
    }
)

BY_NAME = MappingProxyType({fact.name: fact for fact in FACTS})
FRAME_SCHEMA = pl.Schema({fact.name: fact.dtype for fact in FACTS})
_NAMES, _DTYPES = FRAME_SCHEMA.names(), FRAME_SCHEMA.dtypes()


class FactsSchemaError(GuomenError):
    """A frame is not a facts frame."""

    code: ClassVar[str] = "facts.schema"


def schema_needed(known: Iterable[str]) -> int:
    """
    Return the oldest schema that holds the facts that are known: what a ruling is stored under.

    So a ruling of the first schema still says so when later facts exist and are not known of it.

    >>> schema_needed(["line", "plan"]), schema_needed(["line"])
    (2, 1)
    """
    names = frozenset(known)
    return max((number for number, added in ADDED.items() if added & names), default=1)


def empty_frame() -> pl.DataFrame:
    """Return a facts frame with every column and no row."""
    return pl.DataFrame(schema=FRAME_SCHEMA)


def checked(frame: pl.DataFrame) -> pl.DataFrame:
    """
    Return the frame with its columns in declared order.

    :raises FactsSchemaError: if a column is missing, unknown, of another type, or holds NaN
    """
    if frame.columns == _NAMES and frame.dtypes == _DTYPES:
        return frame
    missing = [name for name in FRAME_SCHEMA if name not in frame.schema]
    unknown = [name for name in frame.schema if name not in FRAME_SCHEMA]
    wrong = [
        f"{name} is {frame.schema[name]}, not {dtype}"
        for name, dtype in FRAME_SCHEMA.items()
        if name in frame.schema and frame.schema[name] != dtype
    ]
    if missing or unknown or wrong:
        raise FactsSchemaError(
            "this is not a facts frame; "
            f"missing columns: {missing}; unknown columns: {unknown}; wrong types: {wrong}",
            missing=missing,
            unknown=unknown,
            wrong=wrong,
        )
    return frame.select(list(FRAME_SCHEMA))
