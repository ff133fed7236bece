"""
The work of inspection as data: which checks an outcome asks for, skills, effort, and checklists.

Times and groupings are choices of this system, not law. Not for what an answer means
(``examination``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from guomen.core.severity import Outcome
from guomen.core.text import Text
from guomen.rulebooks.commodities import Group
from guomen.rulebooks.scopes import ANIMAL_AND_PLANT, FOOD, FROM_REGISTERED_PLANTS, PREPACKED

DOCUMENTARY, IDENTITY, PHYSICAL, SAMPLING = "documentary", "identity", "physical", "sampling"
LOADING, PORT = "loading", "port"
ALL_CHECKS = (DOCUMENTARY, IDENTITY, PHYSICAL, SAMPLING, LOADING, PORT)

CHECKS_OF: Mapping[Outcome, tuple[str, ...]] = MappingProxyType(
    {
        Outcome.DOCUMENT_CHECK: (DOCUMENTARY,),
        Outcome.INSPECT: (DOCUMENTARY, IDENTITY, PHYSICAL),
        Outcome.INSPECT_AND_SAMPLE: (DOCUMENTARY, IDENTITY, PHYSICAL, SAMPLING),
    }
)
# Duties of a ruling that are work of their own, and the check that each asks for.
LOADING_DUTY, PORT_DUTY = "supervise_loading", "check_seal_at_exit"

# Minutes of work that an officer plans for a day; what is beyond waits for the next one.
DAY_MINUTES = 420
MINUTES: Mapping[str, int] = MappingProxyType(
    {DOCUMENTARY: 8, IDENTITY: 12, PHYSICAL: 25, SAMPLING: 15, LOADING: 30, PORT: 10}
)
# How far the clock of a phone may be off before its times are marked.
CLOCK_TOLERANCE_SECONDS = 300


class Skill(StrEnum):
    """What an inspector must know to check goods."""

    PLANTS = "plants"
    ANIMALS = "animals"
    FOOD = "food"
    INDUSTRIAL = "industrial"


SKILL_NAMES: Mapping[Skill, Text] = MappingProxyType(
    {
        Skill.PLANTS: Text(zh="植物检疫", en="Plants and plant products"),
        Skill.ANIMALS: Text(zh="动物检疫", en="Animals and animal products"),
        Skill.FOOD: Text(zh="食品检验", en="Food and additives"),
        Skill.INDUSTRIAL: Text(zh="工业品检验", en="Industrial goods"),
    }
)
_SKILL_OF: Mapping[str, Skill] = MappingProxyType(
    {
        **dict.fromkeys(
            (Group.VEGETABLES, Group.FRUIT, Group.SEEDLINGS, Group.FLOWERS), Skill.PLANTS
        ),
        **dict.fromkeys((Group.LIVE_ANIMALS, Group.AQUATIC, Group.MEAT), Skill.ANIMALS),
        **dict.fromkeys(
            (Group.DAIRY, Group.WINE, Group.FOOD, Group.ADDITIVES, Group.COSMETICS), Skill.FOOD
        ),
    }
)


def skill_of(group: str | None) -> Skill:
    """Return the skill that goods of a group ask for; unknown goods are taken as industrial."""
    return _SKILL_OF.get(group or "", Skill.INDUSTRIAL)


class Asks(StrEnum):
    """What kind of answer an item takes."""

    YES_NO = "yes_no"
    QUANTITY = "quantity"
    TEMPERATURE = "temperature"
    COUNT = "count"


class Grade(StrEnum):
    """How heavily the failure of an item weighs that has no rule of its own."""

    MAJOR = "major"
    MINOR = "minor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """
    One item of a checklist.

    ``fact`` names the fact of the examination that the item answers; ``bad`` says that the fact is
    true where the item fails. An item without a fact counts by its grade. ``groups`` and
    ``directions`` say of which goods it is asked; None means of all.
    """

    code: str
    check: str
    says: Text
    asks: Asks = Asks.YES_NO
    fact: str | None = None
    bad: bool = False
    grade: Grade = Grade.MAJOR
    groups: tuple[Group, ...] | None = None
    directions: tuple[str, ...] | None = None
    where: str | None = None  # what must be so of the line: sealed, plan, uncounted


def _item(code: str, check: str, zh: str, en: str, **more: object) -> Item:
    return Item(code=code, check=check, says=Text(zh=zh, en=en), **more)  # type: ignore[arg-type]


_IN, _OUT = ("import",), ("export",)
_PLANTS = (Group.VEGETABLES, Group.FRUIT, Group.SEEDLINGS, Group.FLOWERS)
_ANIMALS = (Group.LIVE_ANIMALS, Group.AQUATIC, Group.MEAT)
_CHILLED = (Group.MEAT, Group.AQUATIC, Group.DAIRY)
_MADE_FOOD = (Group.MEAT, Group.AQUATIC, Group.DAIRY, Group.WINE, Group.FOOD)
_SAFETY = (Group.TOYS, Group.APPLIANCES, Group.ELECTRONICS)

ITEMS: tuple[Item, ...] = (
    # -- documentary --------------------------------------------------------------------------
    _item("D-GENUINE", DOCUMENTARY, "随附证单真实，印章、签字、编号可核",
          "The papers are genuine: stamps, signatures and numbers can be verified",
          fact="documents_genuine"),
    _item("D-AGREE", DOCUMENTARY, "单单相符、单证与申报相符",
          "The papers agree with each other and with the declaration", fact="documents_agree"),
    _item("D-OFFICIAL", DOCUMENTARY, "输出国官方证书在有效期内，内容完整",
          "The official certificate of the origin is valid and complete",
          groups=ANIMAL_AND_PLANT, directions=_IN),
    _item("D-FACTORY", DOCUMENTARY, "企业自检自控记录齐全",
          "The enterprise's records of its own checks are complete",
          grade=Grade.MINOR, directions=_OUT),
    _item("D-LEDGER", DOCUMENTARY, "原料采购、用药施肥台账可追溯到基地",
          "Ledgers of purchases and medication lead back to the base",
          grade=Grade.MINOR, groups=ANIMAL_AND_PLANT, directions=_OUT),
    # -- identity -----------------------------------------------------------------------------
    _item("I-GOODS", IDENTITY, "品名、规格、产地与申报相符",
          "Name, kind and origin are those declared", fact="goods_as_declared"),
    _item("I-MARKS", IDENTITY, "唛头、批号与证单一致",
          "Marks and lot numbers are those of the papers", fact="marks_agree"),
    _item("I-SEAL", IDENTITY, "封识完好，号码一致",
          "The seal is intact and bears the declared number", fact="seal_intact", where="sealed"),
    _item("I-QUANTITY", IDENTITY, "现场清点数量", "Quantity counted on the spot",
          asks=Asks.QUANTITY, fact="quantity_found"),
    _item("I-PLANT", IDENTITY, "包装上的生产企业注册号与申报一致",
          "The plant number on the packages is the declared one",
          groups=FROM_REGISTERED_PLANTS, directions=_IN),
    # -- physical -----------------------------------------------------------------------------
    _item("P-CONDITION", PHYSICAL, "无腐败、变质、霉变，感官正常",
          "Not spoiled, not mouldy, sound to the senses", fact="condition_sound"),
    _item("P-PACKAGING", PHYSICAL, "包装完好、清洁", "Packaging sound and clean",
          fact="packaging_sound"),
    _item("P-UNDECLARED", PHYSICAL, "无夹带、藏匿未申报物品",
          "Nothing packed or hidden that was not declared", fact="undeclared_goods", bad=True),
    _item("P-PESTS", PHYSICAL, "未发现活体有害生物", "No live pests found",
          fact="pests_found", bad=True, groups=ANIMAL_AND_PLANT),
    _item("P-SOIL", PHYSICAL, "未携带土壤、杂草籽", "No soil or weed seeds carried",
          fact="soil_found", bad=True, groups=_PLANTS, directions=_IN),
    _item("P-DISEASE", PHYSICAL, "无疫病迹象", "No sign of disease",
          fact="disease_signs", bad=True, groups=_ANIMALS),
    _item("P-LABEL", PHYSICAL, "中文标签合格", "The Chinese label conforms",
          fact="label_conforms", groups=PREPACKED, directions=_IN),
    _item("P-TEMPERATURE", PHYSICAL, "货物中心温度", "Core temperature of the goods",
          asks=Asks.TEMPERATURE, fact="temperature_c", groups=_CHILLED),
    _item("P-ADDITIVES", PHYSICAL, "原辅料、添加剂与报备一致",
          "Materials and additives are those filed", fact="additives_as_filed",
          groups=_MADE_FOOD, directions=_OUT),
    _item("P-WOOD", PHYSICAL, "木质包装有除害标识", "Wood packaging bears the treatment mark",
          directions=_IN),
    _item("P-CONTAINER", PHYSICAL, "集装箱或车辆清洁、无异味",
          "Container or vehicle clean and without smell", grade=Grade.MINOR),
    _item("P-COLD-STORE", PHYSICAL, "存放于备案冷库，出入库台账完整",
          "Kept in the filed cold store, its ledger complete",
          groups=(Group.MEAT,), directions=_IN),
    _item("P-SAFETY", PHYSICAL, "安全警示、标识齐全", "Warnings and safety marks are complete",
          groups=_SAFETY),
    _item("P-FOOD-SITE", PHYSICAL, "生产、存放场所卫生符合要求",
          "Premises are clean as required", grade=Grade.MINOR, groups=FOOD, directions=_OUT),
    _item("P-LOT", PHYSICAL, "现场核定批量（件）", "Units in the lot, counted on the spot",
          asks=Asks.COUNT, where="uncounted"),
    _item("P-UNITS", PHYSICAL, "查验件数", "Units inspected", asks=Asks.COUNT,
          fact="units_inspected", where="plan"),
    _item("P-DEFECTIVES", PHYSICAL, "不合格件数", "Units found defective", asks=Asks.COUNT,
          fact="units_defective", where="plan"),
    # -- loading under supervision ------------------------------------------------------------
    _item("L-TAGS", LOADING, "每批有供港澳标识，来自备案基地",
          "Each lot bears the mark of supply and comes from its filed base"),
    _item("L-VEHICLE", LOADING, "运输车辆已备案、已消毒",
          "The vehicle is filed and disinfected", grade=Grade.MINOR),
    # -- the port of exit ---------------------------------------------------------------------
    _item("X-TRANSFER", PORT, "收到产地机构转单数据", "The data of the office of origin arrived",
          fact="transfer_received"),
    _item("X-SEAL", PORT, "封识完好，号码与转单数据一致",
          "The seal is intact and bears the number that was sent", fact="exit_seal_agrees"),
    _item("X-CERTIFICATE", PORT, "证书与转单数据一致",
          "The certificate agrees with the data that was sent", fact="exit_certificate_agrees"),
    _item("X-IDENTITY", PORT, "货物与转单数据一致",
          "The goods agree with the data that was sent", fact="exit_identity_agrees"),
)  # fmt: skip
BY_CODE: Mapping[str, Item] = MappingProxyType({item.code: item for item in ITEMS})

# Highest temperature at which chilled and frozen goods may arrive, in degrees: frozen meat by the
# first two figures of its code, everything else chilled.
FROZEN_MOST_C, CHILLED_MOST_C = -12, 7
_FROZEN = ("0202", "0203", "0204", "0206", "0207", "0303", "0304")


def temperature_most(group: str | None, hs_code: str | None) -> int | None:
    """Return the highest temperature allowed for goods, None where none is asked."""
    if group not in _CHILLED:
        return None
    return FROZEN_MOST_C if (hs_code or "")[:4] in _FROZEN else CHILLED_MOST_C


def checklist(
    checks: Collection[str],
    *,
    group: str | None,
    direction: str | None,
    sealed: bool | None,
    planned: bool,
    uncounted: bool,
) -> tuple[Item, ...]:
    """
    Return the items that these checks of these goods ask for, in the order of work.

    Where something of the goods is unknown the item is asked: better once too often.
    """
    held = {"sealed": sealed, "plan": planned, "uncounted": uncounted}
    return tuple(_asked(checks, group, direction, held))


def _asked(
    checks: Collection[str],
    group: str | None,
    direction: str | None,
    held: Mapping[str, bool | None],
) -> Iterator[Item]:
    for item in ITEMS:
        known = item.where is None or held[item.where] is not False
        goods = item.groups is None or group is None or group in item.groups
        way = item.directions is None or direction is None or direction in item.directions
        if item.check in checks and known and goods and way:
            yield item


# -- why something was not as planned: coded reasons ------------------------------------------
REASSIGN_REASONS: Mapping[str, Text] = MappingProxyType(
    {
        "absent": Text(zh="人员请假或调离", en="The officer is absent or moved"),
        "overloaded": Text(zh="当日任务超负荷", en="Too much work on that day"),
        "conflict": Text(zh="需要回避", en="A conflict of interest came to light"),
        "skill": Text(zh="专业不符", en="Another skill is needed"),
        "second_look": Text(zh="复核需另派人员", en="A second look by another officer"),
    }
)
FORGO_REASONS: Mapping[str, Text] = MappingProxyType(
    {
        "weather": Text(zh="天气原因", en="Weather"),
        "not_presented": Text(zh="货物未到场", en="The goods were not presented"),
        "capacity": Text(zh="人力不足", en="Not enough officers"),
        "access": Text(zh="无法开箱或进入", en="No access to the goods"),
    }
)
