"""
What a review on the spot looks at, item by item, for each kind of licence.

The items of the supply of Hong Kong and Macao follow the campaign of 2010 to 2012: purchase of raw
materials, packing and processing, self-inspection, records; on registered farms stock, feed and
medication (S-505, S-506). Wording and weights are design defaults. Not for answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from guomen.core.text import Text

SOURCE = "design default of Guomen, after requirements S-505 and S-506"


class Part(StrEnum):
    """The parts of a checklist, in the order of a walk through a site."""

    PLACE = "place"
    MATERIALS = "materials"
    PROCESS = "process"
    SELF_CONTROL = "self_control"
    RECORDS = "records"
    STOCK = "stock"
    FEED = "feed"
    MEDICATION = "medication"
    STORE = "store"


PART_NAMES: Mapping[Part, Text] = MappingProxyType(
    {
        Part.PLACE: Text(zh="场所与人员", en="Place and people"),
        Part.MATERIALS: Text(zh="原料采购", en="Purchase of materials"),
        Part.PROCESS: Text(zh="加工包装", en="Processing and packing"),
        Part.SELF_CONTROL: Text(zh="自检自控", en="Self-inspection"),
        Part.RECORDS: Text(zh="台账记录", en="Records"),
        Part.STOCK: Text(zh="苗种投入", en="Stock and seedlings"),
        Part.FEED: Text(zh="饲养", en="Feeding"),
        Part.MEDICATION: Text(zh="用药", en="Medication"),
        Part.STORE: Text(zh="存储", en="Storage"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing to look at; a major shortcoming of a key item alone fails the review."""

    code: str
    part: Part
    says: Text
    key: bool = False


def _item(code: str, part: Part, zh: str, en: str, *, key: bool = False) -> Item:
    return Item(code=code, part=part, says=Text(zh=zh, en=en), key=key)


_SITE = (
    _item(
        "place-as-filed",
        Part.PLACE,
        "场所位置、面积与备案一致，周围无污染源。",
        "Place and area are as filed, and no source of pollution is near.",
        key=True,
    ),
    _item(
        "people-trained",
        Part.PLACE,
        "质量负责人在岗，人员经过培训。",
        "The person in charge of quality is there, and people are trained.",
    ),
)
_RECORDS = (
    _item(
        "records-complete",
        Part.RECORDS,
        "台账记录完整、真实，保存期符合要求。",
        "Records are complete, true, and kept as long as required.",
        key=True,
    ),
    _item(
        "records-trace",
        Part.RECORDS,
        "随机抽一批产品，能追溯到原料和去向。",
        "A lot taken at random is traced to its materials and to where it went.",
        key=True,
    ),
)
_SELF_CONTROL = (
    _item(
        "self-test",
        Part.SELF_CONTROL,
        "具备自检能力或有效的委托检测协议。",
        "There is a laboratory of its own or a contract with one.",
    ),
    _item(
        "self-release",
        Part.SELF_CONTROL,
        "每批自检合格后放行，不合格品有处置记录。",
        "Every lot is tested before it leaves, and what failed has a record.",
        key=True,
    ),
)
_MATERIALS = (
    _item(
        "materials-suppliers",
        Part.MATERIALS,
        "原辅料来自合格供方，进货查验有记录。",
        "Materials come from approved suppliers and are checked on arrival.",
    ),
    _item(
        "materials-banned",
        Part.MATERIALS,
        "未发现禁用物质和未报备的添加剂。",
        "No banned substance and no additive that is not filed is found.",
        key=True,
    ),
)
_PROCESS = (
    _item(
        "process-hygiene",
        Part.PROCESS,
        "加工过程卫生控制有效，关键限值有监控记录。",
        "Hygiene is under control, and critical limits are monitored.",
    ),
    _item(
        "process-labels",
        Part.PROCESS,
        "包装标识含备案号、批号和日期。",
        "Packages carry the filing number, the lot and the date.",
    ),
)
_GROWING = (
    _item(
        "stock-source",
        Part.STOCK,
        "种子、种苗来源清楚，品种与备案计划一致。",
        "Seeds and seedlings have a known source and are as the filed plan says.",
    ),
    _item(
        "medication-list",
        Part.MEDICATION,
        "农药来源、用量、日期有记录，无禁用农药。",
        "Source, dose and date of pesticides are recorded; none is banned.",
        key=True,
    ),
    _item(
        "medication-interval",
        Part.MEDICATION,
        "采收遵守安全间隔期。",
        "The safety interval is kept before the harvest.",
        key=True,
    ),
)
_FARMING = (
    _item(
        "stock-source",
        Part.STOCK,
        "苗种或引进动物来源清楚，隔离检疫有记录。",
        "Stock has a known source, and its isolation is recorded.",
        key=True,
    ),
    _item(
        "feed-source",
        Part.FEED,
        "饲料来自备案企业，不含禁用成分。",
        "Feed comes from filed makers and holds nothing banned.",
        key=True,
    ),
    _item(
        "medication-vet",
        Part.MEDICATION,
        "用药由备案兽医开具处方并记录。",
        "Medicines are prescribed by the filed veterinarian and recorded.",
        key=True,
    ),
    _item(
        "medication-withdrawal",
        Part.MEDICATION,
        "出栏、起捕遵守休药期。",
        "The withdrawal period is kept before animals leave.",
        key=True,
    ),
)
_STORE = (
    _item(
        "store-temperature",
        Part.STORE,
        "库温不高于 −18 °C，温度连续记录。",
        "The store is at −18 °C or below, and its temperature is recorded throughout.",
        key=True,
    ),
    _item(
        "store-ledger",
        Part.STORE,
        "出入库台账与实物一致。",
        "The record of what came and went agrees with what is there.",
        key=True,
    ),
    _item(
        "store-camera",
        Part.STORE,
        "监控摄像完好，录像可查。",
        "Cameras work, and what they recorded can be seen.",
    ),
)
_IMPORTER = (
    _item(
        "import-records",
        Part.RECORDS,
        "进口和销售记录完整，保存期符合要求。",
        "Records of import and sale are complete and kept as long as required.",
        key=True,
    ),
    _item(
        "import-audit",
        Part.MATERIALS,
        "对境外供货企业实施审核。",
        "The overseas suppliers are audited.",
    ),
    _item(
        "import-store",
        Part.STORE,
        "固定存放于备案冷库，货物去向清楚。",
        "Goods are kept in a filed cold store, and where they go is known.",
        key=True,
    ),
    _item(
        "import-conduct",
        Part.SELF_CONTROL,
        "近两年无伪造单证、逃避检验行为。",
        "In two years no paper was forged and no inspection evaded.",
        key=True,
    ),
)

CHECKLISTS: Mapping[str, tuple[Item, ...]] = MappingProxyType(
    {
        "base_filing": (*_SITE, *_GROWING, *_PROCESS, *_SELF_CONTROL, *_RECORDS),
        "farm_registration": (*_SITE, *_FARMING, *_SELF_CONTROL, *_RECORDS),
        "food_plant_filing": (*_SITE, *_MATERIALS, *_PROCESS, *_SELF_CONTROL, *_RECORDS),
        "additive_filing": (*_MATERIALS, *_RECORDS),
        "cold_store_filing": (*_SITE, *_STORE, *_RECORDS),
        "consignee_filing": _IMPORTER,
        "export_quality_licence": (*_SITE, *_PROCESS, *_SELF_CONTROL, *_RECORDS),
    }
)
_PLAIN = (*_SITE, *_RECORDS)


def items_for(kind: str) -> tuple[Item, ...]:
    """Return the checklist of a kind of licence."""
    return CHECKLISTS.get(kind, _PLAIN)


# Minor shortcomings up to this many are corrected while the licence stands.
MOST_MINOR = 3


def proposed_conclusion(kind: str, answers: Mapping[str, str]) -> str | None:
    """
    Return what the answers amount to: pass, correct or fail; None while an item is unanswered.

    A major shortcoming of a key item fails; any other shortcoming is to be corrected, unless there
    are more than a few.
    """
    items = items_for(kind)
    if any(item.code not in answers for item in items):
        return None
    major = [item for item in items if answers[item.code] == "major"]
    if any(item.key for item in major):
        return "fail"
    minor = sum(answers[item.code] == "minor" for item in items)
    if len(major) > 1 or minor > MOST_MINOR:
        return "fail"
    return "correct" if major or minor else "pass"


def parted(items: Iterable[Item]) -> tuple[tuple[Part, tuple[Item, ...]], ...]:
    """Return items by part, in the order of a walk."""
    listed = tuple(items)
    found = ((part, tuple(item for item in listed if item.part is part)) for part in Part)
    return tuple((part, within) for part, within in found if within)
