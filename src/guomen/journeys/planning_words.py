"""
The words of planning: what can be asked, what a plan says, and why there may be none.

Everything is worded in both languages here, so that a page and a command say the same. Nothing is
computed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

from guomen.core.errors import GuomenError
from guomen.core.sampling import Discontinued, InfeasiblePlan, Plan
from guomen.core.sampling.recommend import Severity
from guomen.core.text import Text

Purpose = Literal["auto", "detect", "series", "isolated", "microbe"]
History = Literal["none", "normal", "tightened", "reduced", "discontinued"]

PURPOSES: Final[Mapping[str, Text]] = MappingProxyType(
    {
        "auto": Text(zh="由商品和危害决定", en="As the goods and the hazard ask"),
        "detect": Text(zh="查出不允许存在的东西", en="Find what must not be there"),
        "series": Text(zh="判定同一供方的连续批", en="Judge one of a series of lots"),
        "isolated": Text(zh="判定一个孤立批", en="Judge one lot on its own"),
        "microbe": Text(zh="按微生物限量标准", en="Follow a microbiological criterion"),
    }
)
SEVERITIES: Final[Mapping[str, Text]] = MappingProxyType(
    {
        "critical": Text(zh="致命：一件也不允许", en="critical: none may be found"),
        "major": Text(zh="严重", en="major"),
        "minor": Text(zh="轻微", en="minor"),
    }
)
STATES: Final[Mapping[str, Text]] = MappingProxyType(
    {
        "none": Text(zh="无连续记录", en="no series on record"),
        "normal": Text(zh="正常检验", en="normal inspection"),
        "tightened": Text(zh="加严检验", en="tightened inspection"),
        "reduced": Text(zh="放宽检验", en="reduced inspection"),
        "discontinued": Text(zh="已暂停检验", en="inspection discontinued"),
    }
)
KINDS: Final[Mapping[str, Text]] = MappingProxyType(
    {
        "pest": Text(zh="有害生物", en="Pests"),
        "disease": Text(zh="动物疫病", en="Animal diseases"),
        "microbe": Text(zh="微生物", en="Microbes"),
        "residue": Text(zh="农兽药残留", en="Residues"),
        "contaminant": Text(zh="污染物", en="Contaminants"),
        "additive": Text(zh="食品添加剂", en="Food additives"),
        "radiation": Text(zh="放射性", en="Radiation"),
        "safety": Text(zh="安全项目", en="Safety"),
        "chemical": Text(zh="化学项目", en="Chemical items"),
        "label": Text(zh="标签", en="Labels"),
    }
)


class CriterionMissing(GuomenError):
    """A microbiological plan was asked for without the criterion that fixes it."""

    code = "planning.criterion-missing"


def percent(fraction: float) -> str:
    """
    Write a fraction as people read it, never rounding a chance to nothing or to certainty.

    >>> percent(0.049), percent(0.98765), percent(0.00001)
    ('4.9\\u202f%', '98.77\\u202f%', '< 0.01\\u202f%')
    """
    if 0.0 < fraction < 0.0001:
        return "< 0.01\u202f%"
    if 0.9999 < fraction < 1.0:
        return "> 99.99\u202f%"
    digits = f"{fraction * 100:.2f}" if fraction >= 0.1 else f"{fraction * 100:.3g}"
    return f"{digits.rstrip('0').rstrip('.') if '.' in digits else digits}\u202f%"


def sentence(plan: Plan) -> Text:
    """
    Say in one sentence what to do.

    >>> sentence(Plan(n=80, ac=5, re=6, source=None, lot=1200)).en
    'Take 80 of 1,200 units; accept with at most 5 nonconforming'
    """
    zh_accept = f"不合格不超过 {plan.ac} 件接收" if plan.ac else "一件不合格也没有才接收"
    en_accept = f"accept with at most {plan.ac} nonconforming" if plan.ac else (
        "accept only if none is nonconforming"
    )  # fmt: skip
    if plan.full_inspection:
        return Text(
            zh=f"{plan.units:,} 件全部检验，{zh_accept}",
            en=f"Inspect all {plan.units:,} units; {en_accept}",
        )
    return Text(
        zh=f"从 {plan.lot:,} 件中抽 {plan.units:,} 件，{zh_accept}",
        en=f"Take {plan.units:,} of {plan.lot:,} units; {en_accept}",
    )


_HALF_WIDTH: Final = str.maketrans({",": "，", ":": "：", ";": "；"})
_MARK: Final = re.compile(r"(?<!\d)[,:;]|[,:;](?!\d)")
_HAN_GAP: Final = re.compile(r"(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])")


def typeset(text: Text, severity: Severity) -> Text:
    """Set a sentence of the core for the page: Chinese marks in Chinese, no code for a word."""
    zh = _MARK.sub(lambda mark: mark[0].translate(_HALF_WIDTH), text.zh)
    zh = _HAN_GAP.sub("", zh).replace(f"缺陷 {severity}", f"{_DEFECTS_ZH[severity]}缺陷")
    return Text(zh=zh, en=text.en)


_DEFECTS_ZH: Final = {"critical": "致命", "major": "严重", "minor": "轻微"}


def refusal(error: GuomenError) -> Text:
    """Say in both languages why there is no plan, and what to do."""
    best = error.data.get("best_confidence")
    if isinstance(error, InfeasiblePlan) and best:
        return Text(
            zh=f"即使全部检验，最多也只有 {percent(best)} 的把握查出。请接受这个置信度、"
            "改用更灵敏的方法，或者提高要查出的水平。",
            en=f"Even inspecting everything finds it with {percent(best)} at most. Accept that "
            "confidence, use a more sensitive inspection, or ask for a higher level.",
        )
    for kind, text in _REFUSALS:
        if isinstance(error, kind):
            return text
    return Text(zh=f"无法给出方案：{error}", en=str(error))


_REFUSALS: Final[tuple[tuple[type[GuomenError], Text], ...]] = (
    (
        InfeasiblePlan,
        Text(
            zh="这个批太小，没有方案能满足要求。请全部检验，或者放宽要求。",
            en="The lot is too small for any plan that meets the demand. Inspect all of it, or ask "
            "for less.",
        ),
    ),
    (
        Discontinued,
        Text(
            zh="该供方的连续批已暂停检验（GB/T 2828.1，9.4）：在其采取纠正措施并解除暂停之前，"
            "拒收或全部检验。",
            en="Inspection of this series is discontinued (ISO 2859-1, 9.4): refuse, or inspect "
            "every unit, until the supplier has acted and the stop is lifted.",
        ),
    ),
    (
        CriterionMissing,
        Text(
            zh="请选择微生物限量标准：检验件数和允许超出 m 的件数由它规定。",
            en="Choose the microbiological criterion: it fixes how many units are tested and how "
            "many may exceed m.",
        ),
    ),
)
