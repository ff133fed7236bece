"""
Instruments and the shapes in which their clauses become rules.

An instrument knows its name and its period; a citation is one clause of it with its certainty
("sourced": seen in a published copy; "knowledge": recalled, to be checked; "default": a choice of
this system, not law). The end of an instrument is entered where it is known. Not for conditions.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from guomen.core.rules import NOTHING, Consequence, Rule
from guomen.core.ruling import Gate
from guomen.core.severity import Outcome
from guomen.core.text import Text
from guomen.rulebooks.dated import Certainty

HOLD = Consequence(outcome=Outcome.HOLD)
REFUSE = Consequence(outcome=Outcome.REFUSE)
ALWAYS = "TRUE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """One clause of one instrument, with its period and how sure its source is."""

    instrument: Text
    clause: str
    certainty: Certainty
    begins: date
    ends: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """A law, decree, notice or paper; ``ends`` is exclusive, None where none is known."""

    name: Text
    begins: date
    ends: date | None = None

    def cite(self, clause: str, certainty: Certainty = "knowledge") -> Citation:
        """Cite one clause for the whole period of the instrument."""
        return Citation(
            instrument=self.name,
            clause=clause,
            certainty=certainty,
            begins=self.begins,
            ends=self.ends,
        )


def requirement(
    number: int,
    rule_id: str,
    says: Text,
    *,
    under: Citation,
    requires: str,
    applies: str = ALWAYS,
    otherwise: Consequence = HOLD,
    unknown: Consequence = HOLD,
) -> Rule:
    """Draft an admission rule: goods to which it applies meet it, and what is unknown holds."""
    return _draft(
        number, rule_id, says, under, Gate.ADMISSION, (applies, requires), otherwise, unknown
    )


def follows(
    number: int,
    rule_id: str,
    says: Text,
    *,
    under: Citation,
    gate: Gate,
    where: str,
    then: Consequence = NOTHING,
    unknown: Consequence = NOTHING,
) -> Rule:
    """Draft a row of a table: where the condition is met, the consequence follows."""
    return _draft(number, rule_id, says, under, gate, (where, None), then, unknown)


def _draft(
    number: int,
    rule_id: str,
    says: Text,
    under: Citation,
    gate: Gate,
    condition: tuple[str, str | None],
    then: Consequence,
    unknown: Consequence,
) -> Rule:
    applies, requires = condition
    return Rule(
        number=number,
        id=rule_id,
        gate=gate,
        says=says,
        instrument=under.instrument,
        clause=under.clause,
        certainty=under.certainty,
        begins=under.begins,
        ends=under.ends,
        applies=applies,
        requires=requires,
        consequence=then,
        if_unknown=unknown,
    )


def percent(ppm: int) -> str:
    """
    Write parts per million as a percentage.

    >>> percent(25_000), percent(1_000_000)
    ('2.5%', '100%')
    """
    return f"{ppm / 10_000:g}%"


def _of(zh: str, en: str, begins: date, ends: date | None = None) -> Instrument:
    return Instrument(name=Text(zh=zh, en=en), begins=begins, ends=ends)


def _decree(number: int, zh: str, en: str, begins: date, ends: date | None = None) -> Instrument:
    return _of(f"国家质检总局令第{number}号《{zh}》", f"AQSIQ Decree {number}, {en}", begins, ends)


# -- laws and regulations ---------------------------------------------------------------------
INSPECTION_LAW = _of(
    "《中华人民共和国进出口商品检验法》(2002年修正)",
    "Law on Import and Export Commodity Inspection (as amended in 2002)",
    date(2002, 10, 1),
)
INSPECTION_REGULATIONS = _of(
    "《中华人民共和国进出口商品检验法实施条例》",
    "Regulations under the Law on Import and Export Commodity Inspection",
    date(2005, 12, 1),
)
QUARANTINE_LAW = _of(
    "《中华人民共和国进出境动植物检疫法》",
    "Law on the Entry and Exit Animal and Plant Quarantine",
    date(1992, 4, 1),
)
FOOD_SAFETY_LAW_2009 = _of(
    "《中华人民共和国食品安全法》(2009年)", "Food Safety Law (2009)", date(2009, 6, 1)
)
DECLARATION_RULES = _of(
    "国家检验检疫局令第16号《出入境检验检疫报检规定》",
    "CIQ Decree 16, Declaration for Inspection and Quarantine",
    date(2000, 1, 1),
)

# -- imports ----------------------------------------------------------------------------------
OVERSEAS_PLANTS_2002 = _decree(
    16,
    "进口食品国外生产企业注册管理规定",
    "Registration of Overseas Plants of Imported Food",
    date(2002, 3, 14),
    date(2012, 5, 1),
)
OVERSEAS_PLANTS_2012 = _decree(
    145,
    "进口食品境外生产企业注册管理规定",
    "Registration of Overseas Producers of Imported Food",
    date(2012, 5, 1),
    date(2022, 1, 1),
)
OVERSEAS_PLANTS_2022 = _of(
    "海关总署令第248号《进口食品境外生产企业注册管理规定》",
    "GACC Decree 248, Registration of Overseas Producers of Imported Food",
    date(2022, 1, 1),
)
PERMIT_RULES = _decree(
    25, "进境动植物检疫审批管理办法", "Approval of Entry Quarantine", date(2002, 9, 1)
)
FRUIT_RULES = _decree(
    68, "进境水果检验检疫监督管理办法", "Quarantine of Imported Fruit", date(2005, 7, 5)
)
MEAT_RULES = _decree(
    136,
    "进出口肉类产品检验检疫监督管理办法",
    "Inspection and Quarantine of Meat",
    date(2011, 6, 1),
)
COSMETICS_RULES = _decree(
    143,
    "进出口化妆品检验检疫监督管理办法",
    "Inspection and Quarantine of Cosmetics",
    date(2012, 2, 1),
)
FOOD_RULES_2012 = _decree(
    144,
    "进出口食品安全管理办法",
    "Safety of Imported and Exported Food",
    date(2012, 3, 1),
    date(2022, 1, 1),
)
FOOD_RULES_2022 = _of(
    "海关总署令第249号《进出口食品安全管理办法》",
    "GACC Decree 249, Safety of Imported and Exported Food",
    date(2022, 1, 1),
)
DAIRY_RULES = _decree(
    152,
    "进出口乳品检验检疫监督管理办法",
    "Inspection and Quarantine of Dairy Products",
    date(2013, 5, 1),
)
ADDITIVE_NORMS = _of(
    "国家质检总局2011年第52号公告《进出口食品添加剂检验检疫监督管理工作规范》",
    "AQSIQ Notice 2011-52, Norms for Food Additives",
    date(2011, 7, 1),
)
JAPAN_NOTICE = _of(
    "国家质检总局2011年4月关于进一步加强从日本进口食品农产品检验检疫监管的公告",
    "AQSIQ notice of April 2011 on food and farm products from Japan",
    date(2011, 4, 8),
)

# -- exports and supply of Hong Kong and Macao ------------------------------------------------
FOOD_PLANTS_2002 = _decree(
    20,
    "出口食品生产企业卫生注册登记管理规定",
    "Sanitary Registration of Export Food Plants",
    date(2002, 5, 20),
    date(2011, 10, 1),
)
FOOD_PLANTS_2011 = _decree(
    142,
    "出口食品生产企业备案管理规定",
    "Filing of Export Food Plants",
    date(2011, 10, 1),
    date(2018, 1, 1),
)
FOOD_PLANTS_2018 = _decree(
    192, "出口食品生产企业备案管理规定", "Filing of Export Food Plants", date(2018, 1, 1)
)
ADDITIVE_CAMPAIGN = _of(
    "严厉打击食品非法添加和滥用食品添加剂专项整治",
    "Campaign against illegal additions to food and abuse of food additives",
    date(2011, 5, 1),
)
TOY_RULES = _decree(111, "进出口玩具检验监督管理办法", "Inspection of Toys", date(2009, 9, 15))
VEGETABLE_RULES_2002 = _decree(
    21,
    "供港澳蔬菜检验检疫管理办法",
    "Vegetables for Hong Kong and Macao (2002)",
    date(2002, 7, 1),
    date(2009, 11, 1),
)
VEGETABLE_RULES_2009 = _decree(
    120,
    "供港澳蔬菜检验检疫监督管理办法",
    "Vegetables for Hong Kong and Macao",
    date(2009, 11, 1),
)
SUPPLY_CAMPAIGN = _of(
    "供港澳食品农产品检验检疫专项整治",
    "Rectification of food and farm products supplied to Hong Kong and Macao",
    date(2010, 7, 1),
)
LIVESTOCK_RULES = _of(
    "供港澳活猪、活牛、活羊、活禽检验检疫管理办法",
    "Rules for live pigs, cattle, sheep and poultry for Hong Kong and Macao",
    date(2000, 1, 1),
)
AQUATIC_RULES = _decree(
    99,
    "出境水生动物检验检疫监督管理办法",
    "Quarantine of Exported Aquatic Animals",
    date(2007, 10, 1),
)

# -- warning, classes, credit, frequency ------------------------------------------------------
WARNING_RULES = _decree(
    1,
    "出入境检验检疫风险预警及快速反应管理规定",
    "Risk Warning and Rapid Response",
    date(2001, 11, 15),
)
CLASS_RULES = _decree(
    113,
    "出口工业产品企业分类管理办法",
    "Classified Management of Enterprises Exporting Industrial Products",
    date(2009, 8, 1),
)
EXPORT_FOOD_SCHEME = _of(
    "出口食品企业分类管理方案(山东,2008年)",
    "Scheme of classes of export food enterprises (Shandong, 2008)",
    date(2008, 1, 1),
)
CREDIT_NORMS = _of(
    "国质检通函〔2009〕118号《出入境检验检疫企业信用管理工作规范(试行)》",
    "AQSIQ letter 2009-118, Trial Norms of Enterprise Credit Management",
    date(2009, 3, 18),
)
SPOT_CHECK_RULES = _decree(
    39,
    "进出口商品抽查检验管理办法",
    "Spot Checks of Goods outside the Catalogue",
    date(2003, 2, 1),
)
CONTINUOUS_SAMPLING = _of(
    "道奇连续抽样方案 CSP-1(1943)、CSP-3(1951)",
    "Dodge's continuous sampling plans CSP-1 (1943) and CSP-3 (Dodge and Torrey, 1951)",
    date(2000, 1, 1),
)
GB_T_2828_1 = _of("GB/T 2828.1(ISO 2859-1)", "GB/T 2828.1 (ISO 2859-1)", date(2003, 4, 1))
ISPM_31 = _of(
    "国际植物检疫措施标准第31号《货物抽样方法》",
    "ISPM 31, Methodologies for Sampling of Consignments",
    date(2008, 4, 1),
)
HOUSE_RULE = _of("国门系统设计默认值", "Design default of this system", date(2000, 1, 1))
