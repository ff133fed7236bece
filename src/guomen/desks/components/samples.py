"""Sample values for the style guide: invented, and never read by any other page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from guomen.core.draw import NO_ANCHOR
from guomen.core.ruling import (
    ANSWER_NAMES,
    GATE_NAMES,
    Answer,
    FactRead,
    Gate,
    GateState,
    GateView,
    Reason,
)
from guomen.core.severity import Outcome
from guomen.core.text import Text
from guomen.desks.components import clock, listing, tones
from guomen.desks.components.moments import Clock, Step

_LAW = Text(zh="《进出口食品安全管理办法》", en="Measures on import and export food safety")
_DECLARANT = Text(zh="报检单位", en="the declarant")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    rule: str
    gate: Gate
    answer: Answer
    says: Text
    clause: str = "第九条"
    outcome: Outcome | None = None
    trial: bool = False
    facts: tuple[FactRead, ...] = ()


def _reason(asked: _Asked) -> Reason:
    return Reason(
        rule=asked.rule,
        gate=asked.gate,
        answer=asked.answer,
        answer_name=ANSWER_NAMES[asked.answer],
        says=asked.says,
        instrument=_LAW,
        clause=asked.clause,
        certainty="knowledge",
        outcome=asked.outcome,
        rate_ppm=None,
        obligations=(),
        trial=asked.trial,
        settled=False,
        facts=asked.facts,
    )


def _fact(name: str, label: Text, value: str | None) -> FactRead:
    return FactRead(name=name, label=label, value=value, supplier=_DECLARANT)


_ORIGIN = _fact("origin", Text(zh="原产国", en="Country of origin"), "AU 澳大利亚")
_PERMIT = _fact("permit", Text(zh="进境动植物检疫许可证", en="Entry quarantine permit"), None)
_HS = _fact("hs", Text(zh="HS编码", en="HS code"), "0201300090")
_RULES = (
    _Asked(
        rule="ADM-ORIGIN",
        gate=Gate.ADMISSION,
        answer=Answer.HOLDS,
        says=Text(
            zh="进口肉类须来自准许向我国输出该产品的国家或地区。",
            en="Imported meat must come from a country or region that may send this product.",
        ),
        facts=(_ORIGIN, _HS),
    ),
    _Asked(
        rule="ADM-PERMIT",
        gate=Gate.ADMISSION,
        answer=Answer.UNKNOWN,
        says=Text(
            zh="进口肉类须在签订合同前取得进境动植物检疫许可证。",
            en="Imported meat needs an entry quarantine permit obtained before the contract.",
        ),
        clause="第十二条第一款",
        outcome=Outcome.HOLD,
        facts=(_PERMIT,),
    ),
    _Asked(
        rule="ADM-FARM",
        gate=Gate.ADMISSION,
        answer=Answer.NOT_ASKED,
        says=Text(
            zh="供港澳蔬菜须来自备案基地。",
            en="Vegetables for Hong Kong and Macao must come from a filed base.",
        ),
    ),
    _Asked(
        rule="FRQ-CLASS2",
        gate=Gate.FREQUENCY,
        answer=Answer.HOLDS,
        says=Text(
            zh="二类企业的较高风险产品按一般监管，抽查比例12.5%。",
            en="Higher-risk goods of a class 2 enterprise: general supervision, 12.5% checked.",
        ),
    ),
    _Asked(
        rule="TRG-TRIAL-7",
        gate=Gate.TARGETING,
        answer=Answer.FAILS,
        says=Text(
            zh="同一发货人近三十天内有境外通报的，加抽一次。",
            en="A consignor with a foreign notification in the last 30 days is checked once more.",
        ),
        outcome=Outcome.INSPECT,
        trial=True,
    ),
)


def _gate(gate: Gate, state: GateState) -> GateView:
    reasons = tuple(_reason(asked) for asked in _RULES if asked.gate is gate)
    return GateView(gate=gate, name=GATE_NAMES[gate], state=state, reasons=reasons)


def _explanation(outcome: Outcome, states: Sequence[GateState], *, u: int, selected: bool) -> Any:
    draw = SimpleNamespace(
        u=u,
        chance_ppm=125_000,
        selected=selected,
        day="2012-05-24",
        agency="ZHCIQ",
        root="DEC-2012-000124-5/1",
        counter=0,
        anchor=NO_ANCHOR,
        revealed_key=None,
        demonstration=True,
    )
    held = outcome is Outcome.HOLD
    return SimpleNamespace(
        outcome=outcome,
        mode=Text(zh="一般监管", en="General supervision"),
        sampling=SimpleNamespace(policy="GB/T 2828.1", n=50, ac=1, re=2) if selected else None,
        gates=tuple(_gate(gate, state) for gate, state in zip(Gate, states, strict=True)),
        draw=draw,
        obligations=(_DUTY,) if selected else (),
        orders=(_ORDER,) if outcome is Outcome.REFUSE else (),
        missing=(_MISSING,) if held else (),
    )


_DUTY = SimpleNamespace(
    says=Text(zh="检测药物残留", en="Test for drug residues"), rule="FRQ-CLASS2"
)
_MISSING = SimpleNamespace(label=_PERMIT.label, supplier_name=_DECLARANT)
_ORDER = SimpleNamespace(
    reference="CTL-2012-0042",
    effect=Outcome.REFUSE,
    reason=Text(
        zh="疫区禁止进口：该国发生口蹄疫。",
        en="Infected area: foot-and-mouth disease, import banned.",
    ),
    certain=True,
    tests=(),
)


_HELD = (
    GateState.UNKNOWN,
    GateState.PASSED,
    GateState.PASSED,
    GateState.PASSED,
    GateState.PASSED,
)
_DRAWN = (*(GateState.PASSED,) * 4, GateState.CHECK)
_STOPPED = (GateState.PASSED, GateState.STOPPED, *(GateState.PASSED,) * 3)


class SampleForm(forms.Form):
    """A form with a good and a wrong entry."""

    hs_code = forms.CharField(
        label=gettext_lazy("HS code"), help_text=gettext_lazy("Ten digits, leading zeros included.")
    )
    weight = forms.DecimalField(label=gettext_lazy("Net weight, kg"), required=False)


_GOODS = (
    ("DEC-2012-000123-7", Text(zh="菜心、芥兰", en="Choy sum, gai lan"), Outcome.RELEASE, "8600"),
    ("DEC-2012-000124-5", Text(zh="冷鲜牛肉", en="Chilled beef"), Outcome.HOLD, "24000"),
    (
        "DEC-2012-000125-3",
        Text(zh="分体空调", en="Split air conditioners"),
        Outcome.INSPECT,
        "1200",
    ),
    (
        "DEC-2012-000126-1",
        Text(zh="活罗非鱼", en="Live tilapia"),
        Outcome.INSPECT_AND_SAMPLE,
        "3150.5",
    ),
    ("DEC-2012-000127-X", Text(zh="红葡萄酒", en="Red wine"), Outcome.DOCUMENT_CHECK, "9000"),
    ("DEC-2012-000128-8", Text(zh="冻鸡翅", en="Frozen chicken wings"), Outcome.REFUSE, "25200"),
)


def _rows() -> list[dict[str, Any]]:
    at = clock.now()
    return [
        {
            "reference": reference,
            "goods": goods,
            "outcome": outcome,
            "weight": Decimal(weight),
            "lodged": at - timedelta(minutes=17 * number + 4),
            "due": at + timedelta(hours=20 - 11 * number),
        }
        for number, (reference, goods, outcome, weight) in enumerate(_GOODS)
    ]


def _clock() -> Clock:
    at = clock.now()
    bureau = Text(zh="湾仔办事处", en="Wanzai office")
    return Clock(
        steps=(
            Step(says=Text(zh="报检", en="Lodged"), state="done", at=at - timedelta(hours=5)),
            Step(
                says=Text(zh="裁定：查验并抽样", en="Ruled: inspect and sample"),
                state="done",
                at=at - timedelta(hours=5),
            ),
            Step(
                says=Text(zh="现场查验", en="Field inspection"),
                state="now",
                at=at + timedelta(hours=3),
                who=bureau,
            ),
            Step(says=Text(zh="实验室检测", en="Laboratory"), state="ahead"),
        ),
        earliest=at + timedelta(hours=26),
        latest=at + timedelta(hours=50),
    )


def styleguide(request: HttpRequest) -> dict[str, Any]:
    """Return everything that the style guide shows."""
    return {
        "outcomes": tuple(tones.OUTCOMES),
        "answers": tuple(Answer),
        "held": _explanation(Outcome.HOLD, _HELD, u=1_407_374_883_553_280, selected=False),
        "drawn": _explanation(
            Outcome.INSPECT_AND_SAMPLE, _DRAWN, u=374_249_127_331_102, selected=True
        ),
        "stopped": _explanation(Outcome.REFUSE, _STOPPED, u=4_328_000_000_000_000, selected=False),
        "clock": _clock(),
        "rows": _rows(),
        "page": listing.page_of(request, list(range(1, 1_235))),
        "chips": (
            listing.Chip(label=str(gettext_lazy("Outcome")), value="A / B", without="?"),
            listing.Chip(label=str(gettext_lazy("Origin")), value="AU", without="?"),
        ),
        "facts": (
            (
                gettext_lazy("Enterprise"),
                Text(zh="珠海市香洲第一食品公司", en="Xiangzhou Foods No. 1"),
            ),
            (gettext_lazy("HS code"), "0201300090"),
            (gettext_lazy("Net weight, kg"), "24,000"),
            (gettext_lazy("Permit"), None),
        ),
        "form": SampleForm({"hs_code": "", "weight": "24000"}),
        "tones": ("info", "success", "warning", "error"),
        "colours": ("gate", "jade", "slate", "teal", "violet", "amber", "seal"),
        "rate": Decimal("0.03125"),
    }
