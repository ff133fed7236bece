"""The columns of a declaration, what each may hold, and what is wrong with a cell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

import polars as pl

from guomen.core.facts import MONEY, QUANTITY
from guomen.core.text import Text
from guomen.supervision.parties.codes import reference_valid, uscc_valid

LONGEST_CELL = 400
# References lie in shorter columns of the register; an unknown party's number gains a prefix there.
LONGEST_NUMBER = 56
LARGEST_LINE = 999_999
FIRST_DAY = date(1900, 1, 1)
USCC_LENGTH = 18

DOCUMENTS = MappingProxyType(
    {
        "contract": Text(zh="合同", en="contract"),
        "invoice": Text(zh="发票", en="invoice"),
        "packing_list": Text(zh="装箱单", en="packing list"),
        "official_certificate": Text(zh="输出国官方证书", en="official certificate of the origin"),
        "origin_certificate": Text(zh="原产地证书", en="certificate of origin"),
        "pre_inspection": Text(zh="港澳预检证书", en="pre-inspection certificate"),
        "supply_proof": Text(zh="基地供货证明", en="base supply certificate"),
        "animal_health": Text(zh="动物卫生证书", en="animal health certificate"),
        "factory_inspection": Text(zh="厂检合格单", en="own inspection record"),
        "additive_declaration": Text(zh="添加剂用途声明", en="statement of the additive's use"),
        "label_sample": Text(zh="标签样张", en="label sample"),
    }
)
DIRECTIONS = ("import", "export", "transit")
TRANSPORTS = ("sea", "road", "rail", "air", "post")
# UN/ECE Recommendation 20 codes that declarations use here.
UNITS = ("KGM", "TNE", "GRM", "LTR", "MTR", "MTK", "MTQ", "C62", "PR", "HEA", "SET", "KWH")
NONE = "NONE"
SELF = "SELF"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a declaration file."""

    name: str
    label: Text
    dtype: Any = pl.String
    required: bool = False
    codes: tuple[str, ...] | None = None
    # A country of ISO 3166, or one of these words.
    countries: tuple[str, ...] | None = None
    example: str = ""
    of_declaration: bool = False
    longest: int = LONGEST_CELL


def _column(name: str, zh: str, en: str, **more: Any) -> Column:
    return Column(name=name, label=Text(zh=zh, en=en), **more)


COLUMNS: tuple[Column, ...] = (
    _column(
        "declaration",
        "企业内部编号",
        "your own number of the declaration",
        required=True,
        example="A-2012-0001",
        of_declaration=True,
        longest=60,
    ),
    _column(
        "direction",
        "进出境方向",
        "direction",
        required=True,
        codes=DIRECTIONS,
        example="export",
        of_declaration=True,
    ),
    _column(
        "enterprise",
        "收发货企业代码",
        "number of the enterprise",
        required=True,
        example="91440400MA4A00001C",
        of_declaration=True,
        longest=LONGEST_NUMBER,
    ),
    _column(
        "agent",
        "代理报检企业代码",
        "number of the declaration agent, or SELF",
        example=SELF,
        of_declaration=True,
        longest=LONGEST_NUMBER,
    ),
    _column(
        "port",
        "口岸",
        "port, UN/LOCODE",
        example="CNGBP",
        of_declaration=True,
        longest=8,
    ),
    _column(
        "transport",
        "运输方式",
        "mode of transport",
        codes=TRANSPORTS,
        example="road",
        of_declaration=True,
    ),
    _column(
        "transit_via",
        "中转地",
        "place of transhipment (ISO 3166), or NONE",
        countries=(NONE,),
        example=NONE,
        of_declaration=True,
    ),
    _column("line", "行号", "line number", dtype=pl.Int64, required=True, example="1"),
    _column("goods", "货物名称", "name of the goods", example="菜心"),
    _column("hs_code", "HS 编码", "HS code, ten digits", example="0704909001"),
    _column("origin", "原产国（地区）", "origin, ISO 3166 two letters", countries=(), example="CN"),
    _column(
        "destination",
        "目的国（地区）",
        "destination, ISO 3166 two letters",
        countries=(),
        example="MO",
    ),
    _column("consignor", "境外收发货人", "overseas party", example="OV-000031", longest=396),
    _column(
        "site",
        "生产或存放场所编号",
        "number of the farm, plant or store",
        example="GD-V-0012",
        longest=396,
    ),
    _column("quantity", "数量", "quantity", dtype=QUANTITY, example="1200.5"),
    _column("unit", "计量单位", "unit, UN/ECE Recommendation 20", codes=UNITS, example="KGM"),
    _column(
        "units_in_lot", "批量（件）", "number of units in the lot", dtype=pl.Int64, example="240"
    ),
    _column("value_cny", "货值（元）", "value in CNY", dtype=MONEY, example="9600.00"),
    _column("produced_on", "生产日期", "day of production", dtype=pl.Date, example="2012-05-23"),
    _column("transport_document", "运单号", "transport document", example="ZH120523001"),
    _column("container", "集装箱或车牌号", "container or vehicle", example="TEMU1234567"),
    _column("seal", "铅封号", "seal", example="CIQ0098123"),
    _column("lot", "生产批号", "lot", example="L20120523"),
    _column(
        "documents",
        "随附单证",
        "documents presented, separated by ; or NONE",
        example="contract;invoice;packing_list",
    ),
)
BY_NAME = MappingProxyType({column.name: column for column in COLUMNS})
DECLARATION_COLUMNS = tuple(c.name for c in COLUMNS if c.of_declaration)
# What every line of one declaration must say the same of.
SHARED_COLUMNS = tuple(n for n in DECLARATION_COLUMNS if n not in ("declaration", "enterprise"))
ROW = "row"


def documents_of(text: str) -> list[str]:
    """Return the codes of a list of documents."""
    return [part.strip() for part in text.replace(",", ";").split(";") if part.strip()]


def papers_known(text: str) -> bool:
    """Tell whether a list of documents holds known codes only."""
    return all(code in DOCUMENTS or code == NONE for code in documents_of(text))


def number_plausible(number: str) -> bool:
    """Tell whether a number passes the check of its kind; overseas numbers have none."""
    if number == SELF:
        return True
    if number.startswith("ENT-"):
        return reference_valid(number)
    return len(number) != USCC_LENGTH or uscc_valid(number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong with one cell, and what to do about it."""

    row: int
    column: str
    value: str
    says: Text
