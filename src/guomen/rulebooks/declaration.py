"""
What a declaration must say before anything else can be asked: rules on the data itself.

Two of them are on trial: their answers are recorded and change nothing. Not for whether a
document is genuine, nor for the form of a reference (the door of ``clearance.lodge``).
"""

from __future__ import annotations

from dataclasses import replace

from guomen.core.rules import NOTHING, Rule
from guomen.core.text import Text
from guomen.rulebooks.clauses import (
    DECLARATION_RULES,
    HOUSE_RULE,
    INSPECTION_REGULATIONS,
    requirement,
)
from guomen.rulebooks.commodities import Group
from guomen.rulebooks.scopes import IMPORT, both, group_is, one_of

DIRECTIONS = ("import", "export", "transit")
TRANSPORTS = ("sea", "air", "road", "rail", "post")

# Plausible value of one kilogram, CNY: a trial default until a year of values has been seen.
LEAST_CNY_A_KILOGRAM = 1
MOST_CNY_A_KILOGRAM = 5_000

_TRUTH = DECLARATION_RULES.cite("如实申报 / true declaration")
_PAPERS = INSPECTION_REGULATIONS.cite("第16、24条 / arts 16 and 24")
_TRIAL = HOUSE_RULE.cite("试运行 / on trial", "default")


def _on_trial(rule: Rule) -> Rule:
    return replace(rule, trial=True)


RULES: tuple[Rule, ...] = (
    requirement(
        0,
        "DQ-HS-CODE",
        Text(
            zh="HS 编码应当为十位数字，并能在商品目录中查到。",
            en="The HS code has ten digits and is found in the code tree.",
        ),
        under=_TRUTH,
        requires=both("LENGTH(hs_code) = 10", group_is(Group)),
    ),
    requirement(
        1,
        "DQ-ENTERPRISE-NUMBER",
        Text(
            zh="收发货企业代码应当通过校验位检查。",
            en="The number of the enterprise passes its check digit.",
        ),
        under=_TRUTH,
        requires="enterprise_number_valid",
    ),
    requirement(
        2,
        "DQ-DIRECTION",
        Text(
            zh="应当申报货物是进境、出境还是过境。",
            en="The declaration says whether the goods come in, go out or pass through.",
        ),
        under=_TRUTH,
        requires=one_of("direction", DIRECTIONS),
    ),
    requirement(
        3,
        "DQ-COUNTRIES",
        Text(
            zh="应当申报原产国(地区)和目的国(地区)，并与进出境方向一致。",
            en="Origin and destination are declared and agree with the direction.",
        ),
        under=_TRUTH,
        requires=both(
            "LENGTH(origin) = 2",
            "LENGTH(destination) = 2",
            "direction = 'import' AND destination = 'CN' "
            "OR direction IN ('export', 'transit') AND destination <> 'CN'",
        ),
    ),
    requirement(
        4,
        "DQ-TRANSIT",
        Text(
            zh="进境货物应当申报中转地；未中转的应当申报“无”。",
            en="Imports name the place of transhipment, or say that there was none.",
        ),
        under=_TRUTH,
        applies=IMPORT,
        requires="LENGTH(transit_via) > 0",
    ),
    requirement(
        5,
        "DQ-PORT",
        Text(zh="口岸代码应当能在口岸登记簿中查到。", en="The port is found on the register."),
        under=_TRUTH,
        requires="port_known",
    ),
    requirement(
        6,
        "DQ-TRANSPORT",
        Text(
            zh="应当申报运输方式：海运、空运、公路、铁路或邮递。",
            en="The mode of transport is declared: sea, air, road, rail or post.",
        ),
        under=_TRUTH,
        requires=one_of("transport", TRANSPORTS),
    ),
    requirement(
        7,
        "DQ-QUANTITY",
        Text(zh="应当申报数量，且大于零。", en="The quantity is declared and more than zero."),
        under=_TRUTH,
        requires="quantity > 0",
    ),
    requirement(
        8,
        "DQ-UNIT",
        Text(
            zh="计量单位应当为该 HS 编码的法定计量单位。",
            en="The unit is the legal unit of the HS code.",
        ),
        under=_TRUTH,
        requires="unit = unit_expected",
    ),
    requirement(
        9,
        "DQ-VALUE",
        Text(zh="应当申报货值，且大于零。", en="The value is declared and more than zero."),
        under=_TRUTH,
        requires="value_cny > 0",
    ),
    requirement(
        10,
        "DQ-PRODUCED",
        Text(
            zh="生产日期不得晚于办理当日。",
            en="The day of production is not after the day of the decision.",
        ),
        under=_TRUTH,
        requires="produced_on <= on",
        # Many goods bear no such date; where the law wants one, the label rule asks for it.
        unknown=NOTHING,
    ),
    requirement(
        11,
        "DQ-DOCUMENTS",
        Text(
            zh="法定检验货物报检时应当随附合同、发票和装箱单。",
            en="Goods under legal inspection are declared with contract, invoice and packing list.",
        ),
        under=_PAPERS,
        applies="in_legal_catalogue",
        requires=both("doc_contract", "doc_invoice", "doc_packing_list"),
    ),
    _on_trial(
        requirement(
            12,
            "TRL-UNIT-VALUE",
            Text(
                zh=f"按千克计量的货物，单价宜在每千克 {LEAST_CNY_A_KILOGRAM} 元至 "
                f"{MOST_CNY_A_KILOGRAM} 元之间。",
                en=f"Goods by weight are worth CNY {LEAST_CNY_A_KILOGRAM} to "
                f"{MOST_CNY_A_KILOGRAM} a kilogram.",
            ),
            under=_TRIAL,
            applies="unit = 'KGM'",
            requires=both(
                f"value_cny >= quantity * {LEAST_CNY_A_KILOGRAM}",
                f"value_cny <= quantity * {MOST_CNY_A_KILOGRAM}",
            ),
        )
    ),
    _on_trial(
        requirement(
            13,
            "TRL-PIECES",
            Text(
                zh="按件计量的货物，批量不应多于申报数量。",
                en="Of goods by the piece, a lot has no more units than the quantity declared.",
            ),
            under=_TRIAL,
            applies="unit = 'C62'",
            requires="units_in_lot <= quantity",
        )
    ),
)
