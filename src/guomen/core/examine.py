"""
The stage of examination: what an inspection found, and what follows from it for the line.

Facts are the checks that were asked for, what each of them showed, and the plan of the sample.
A check that was asked for and not answered leaves the line open. Not for verdicts of tests, nor
for what becomes of the goods (``dispose``).
"""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType

import polars as pl
from polars.datatypes import DataType, DataTypeClass

from guomen.core.facts import QUANTITY, Fact, Source, Supplier
from guomen.core.stages import Stage
from guomen.core.text import Text


class Examined(StrEnum):
    """What an inspection means for a line."""

    CONFORM = "conform"
    MORE_SAMPLING = "more_sampling"
    OPEN = "open"
    SUSPECT = "suspect"
    FAIL = "fail"


class Showed(StrEnum):
    """What one check, or one item of a checklist, showed."""

    CONFORM = "conform"
    FAIL = "fail"
    UNKNOWN = "unknown"


SHOWED_NAMES = MappingProxyType(
    {
        Showed.CONFORM: Text(zh="符合", en="Conforms"),
        Showed.FAIL: Text(zh="不符合", en="Does not conform"),
        Showed.UNKNOWN: Text(zh="未查明", en="Not established"),
    }
)

# A higher number is more severe. What is open is settled before samples are judged, and a fault
# that is certain stands whatever else is still unknown.
SEVERITY = MappingProxyType(
    {
        Examined.CONFORM: 0,
        Examined.MORE_SAMPLING: 1,
        Examined.OPEN: 2,
        Examined.SUSPECT: 3,
        Examined.FAIL: 4,
    }
)
EXAMINED_NAMES = MappingProxyType(
    {
        Examined.CONFORM: Text(zh="查验合格", en="Conforms"),
        Examined.MORE_SAMPLING: Text(zh="需抽样检测", en="Samples to be tested"),
        Examined.OPEN: Text(zh="查验未完", en="Inspection not complete"),
        Examined.SUSPECT: Text(zh="存疑待核", en="Suspect"),
        Examined.FAIL: Text(zh="查验不合格", en="Does not conform"),
    }
)

_NOT_DECLARED = Text(zh="未申报", en="not declared")
_NOT_LOOKED_AT = Text(zh="未查", en="not looked at")
_NOT_APPLICABLE = Text(zh="没有", en="none")


def _fact(
    name: str,
    dtype: DataType | DataTypeClass,
    zh: str,
    en: str,
    *,
    source: Source,
    null_means: Text,
    supplier: Supplier = Supplier.BUREAU,
    unit: str | None = None,
) -> Fact:
    return Fact(
        name=name,
        dtype=dtype,
        label=Text(zh=zh, en=en),
        source=source,
        supplier=supplier,
        null_means=null_means,
        unit=unit,
    )


def _identity(name: str, dtype: DataType | DataTypeClass, zh: str, en: str) -> Fact:
    return _fact(name, dtype, zh, en, source=Source.IDENTITY, null_means=_NOT_APPLICABLE)


def _declared(
    name: str, dtype: DataType | DataTypeClass, zh: str, en: str, *, unit: str | None = None
) -> Fact:
    return _fact(
        name,
        dtype,
        zh,
        en,
        source=Source.DECLARED,
        null_means=_NOT_DECLARED,
        supplier=Supplier.DECLARANT,
        unit=unit,
    )


def _asked(name: str, zh: str, en: str) -> Fact:
    return _fact(name, pl.Boolean, zh, en, source=Source.STATE, null_means=_NOT_APPLICABLE)


def _found(
    name: str,
    zh: str,
    en: str,
    dtype: DataType | DataTypeClass = pl.Boolean,
    *,
    unit: str | None = None,
) -> Fact:
    return _fact(name, dtype, zh, en, source=Source.STATE, null_means=_NOT_LOOKED_AT, unit=unit)


FACTS: tuple[Fact, ...] = (
    # -- which line, examined when and where --------------------------------------------------
    _identity("line", pl.String, "货物批编号", "line reference"),
    _identity("order", pl.String, "工作单编号", "work order reference"),
    _identity("agency", pl.String, "施检机构", "inspecting agency"),
    _identity("on", pl.Date, "查验日期", "day of the examination in the agency's zone"),
    # -- the goods as declared ----------------------------------------------------------------
    _declared("direction", pl.String, "进出境方向", "direction: import, export or transit"),
    _declared("commodity_group", pl.String, "商品大类", "commodity group of the HS code"),
    _declared("origin", pl.String, "原产国（地区）", "origin, ISO 3166 two letters"),
    _declared("destination", pl.String, "目的国（地区）", "destination, ISO 3166 two letters"),
    _declared("quantity", QUANTITY, "申报数量", "quantity declared", unit="as declared"),
    _declared("sealed", pl.Boolean, "申报有封识", "a seal is declared"),
    # -- what was asked for ---------------------------------------------------------------------
    _asked("asked_documentary", "要求单证检查", "documentary check asked for"),
    _asked("asked_identity", "要求货证核对", "identity check asked for"),
    _asked("asked_physical", "要求实物查验", "physical check asked for"),
    _asked("asked_sampling", "要求抽样", "samples asked for"),
    _asked("asked_loading", "要求监督装运", "loading under supervision asked for"),
    _asked("asked_port_check", "要求离境口岸查验", "check at the port of exit asked for"),
    # -- the record itself --------------------------------------------------------------------
    _found("signed", "施检员已签名", "signed by the inspector"),
    _found("items_unanswered", "必查项未答数", "mandatory items not answered", pl.Int64),
    _found("minor_faults", "一般不符合项数", "minor faults of the checklist", pl.Int64),
    _found("major_faults", "严重不符合项数", "major faults of the checklist", pl.Int64),
    # -- documentary ------------------------------------------------------------------------------
    _found("documents_genuine", "证单真实", "papers are genuine"),
    _found("documents_agree", "单单相符", "papers agree with the declaration"),
    # -- identity ---------------------------------------------------------------------------------
    _found("goods_as_declared", "货证相符", "goods are those declared"),
    _found("marks_agree", "唛头批号相符", "marks and lot numbers agree"),
    _found("seal_intact", "封识完好", "seal is intact and its number agrees"),
    _found("quantity_found", "实际数量", "quantity found", QUANTITY, unit="as declared"),
    # -- physical ---------------------------------------------------------------------------------
    _found("packaging_sound", "包装完好", "packaging is sound"),
    _found("condition_sound", "感官状态正常", "condition is sound"),
    _found("label_conforms", "标签合格", "label conforms"),
    _found("pests_found", "发现活体有害生物", "live pests found"),
    _found("soil_found", "携带土壤或杂草籽", "soil or weed seeds found"),
    _found("disease_signs", "有疫病迹象", "signs of disease"),
    _found("undeclared_goods", "夹带未申报物品", "goods found that were not declared"),
    _found("additives_as_filed", "原辅料与报备一致", "materials and additives as filed"),
    _found("temperature_c", "货物温度", "temperature of the goods", pl.Decimal(6, 2), unit="°C"),
    _found(
        "temperature_most_c",
        "允许最高温度",
        "highest temperature allowed",
        pl.Decimal(6, 2),
        unit="°C",
    ),
    _found("units_inspected", "查验件数", "units inspected", pl.Int64, unit="units"),
    _found("units_defective", "不合格件数", "units found defective", pl.Int64, unit="units"),
    _found("plan_n", "方案样本量", "sample size of the plan", pl.Int64, unit="units"),
    _found("plan_ac", "接收数 Ac", "acceptance number", pl.Int64, unit="units"),
    _found("plan_re", "拒收数 Re", "rejection number", pl.Int64, unit="units"),
    # -- loading under supervision ----------------------------------------------------------------
    _found("lots_unsupervised", "未监装批次数", "lots loaded without supervision", pl.Int64),
    _found("lots_unsealed", "未记封识批次数", "lots without a seal number", pl.Int64),
    _found("quantity_loaded", "装运数量", "quantity loaded", QUANTITY, unit="as declared"),
    # -- check at the port of exit ------------------------------------------------------------
    _found("transfer_received", "收到转单数据", "data of the origin office received"),
    _found("exit_seal_agrees", "离境封识相符", "seal agrees with the data sent"),
    _found("exit_certificate_agrees", "离境证书相符", "certificate agrees with the data sent"),
    _found("exit_identity_agrees", "离境货证相符", "goods agree with the data sent"),
)

EXAMINE: Stage[Examined] = Stage(
    code="examine",
    kind="examination",
    name=Text(zh="查验评定", en="Examination"),
    schema=1,
    engine=1,
    facts=FACTS,
    severity=SEVERITY,
    outcome_names=EXAMINED_NAMES,
    clean=Examined.CONFORM,
    open=Examined.OPEN,
)
