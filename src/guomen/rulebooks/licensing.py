"""
The procedure of licences: time limits, validity, idleness, what an appeal holds back.

Dated numbers with their certainty; working days are counted by ``calendar``. Not for what goods
need (``access``), nor for what a review looks at (``checklists``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from guomen.core.text import Text
from guomen.rulebooks.dated import Certainty, Dated, Series

_LICENSING_LAW = "《行政许可法》 / Administrative Licensing Law (in force 2004-07-01)"
_RECONSIDERATION_LAW = "《行政复议法》 / Administrative Reconsideration Law (1999)"
_LAW_BEGINS = date(2004, 7, 1)
_DESIGN = "design default of Guomen"


def _days(
    name: str, value: int, source: str, certainty: Certainty, *, unit: str = "working days"
) -> Series[int]:
    return Series.of(
        name,
        [Dated(value=value, unit=unit, begins=_LAW_BEGINS, source=source, certainty=certainty)],
    )


DOCUMENTS_DAYS = _days(
    "working days to say which documents an application lacks",
    5,
    f"{_LICENSING_LAW}, art. 32",
    "knowledge",
)
DECISION_DAYS = _days(
    "working days to decide on an accepted application",
    20,
    f"{_LICENSING_LAW}, art. 42",
    "knowledge",
)
DELIVERY_DAYS = _days(
    "working days to deliver a licence", 10, f"{_LICENSING_LAW}, art. 44", "knowledge"
)
HEARING_DAYS = _days(
    "working days to state one's case before a licence is taken",
    5,
    f"{_LICENSING_LAW}, art. 47",
    "knowledge",
)
CORRECTION_DAYS = _days("working days to hand in what was asked for", 20, _DESIGN, "default")
APPEAL_DAYS = _days(
    "days to file an appeal", 60, f"{_RECONSIDERATION_LAW}, art. 9", "knowledge", unit="days"
)
APPEAL_DECISION_DAYS = _days(
    "days to decide on an appeal",
    60,
    f"{_RECONSIDERATION_LAW}, art. 31",
    "knowledge",
    unit="days",
)
RENEWAL_DAYS = _days(
    "days before the end by which renewal is applied for",
    30,
    f"{_LICENSING_LAW}, art. 50",
    "knowledge",
    unit="days",
)
COOLING_OFF_DAYS = _days(
    "days for which an interest that ended still binds an officer",
    365,
    _DESIGN,
    "default",
    unit="days",
)
# Of a review after the correction of shortcomings.
FOLLOW_UP_DAYS = _days("working days to correct what a review found", 30, _DESIGN, "default")


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """How long a kind of licence holds, and after which idleness it lapses; None for never."""

    years: int | None
    idle_months: int | None = None
    source: str
    certainty: Certainty


_DECREE_120 = "国家质检总局令第120号 / AQSIQ Decree 120"

#: By kind of licence.
TERMS: Mapping[str, Term] = MappingProxyType(
    {
        "base_filing": Term(years=4, idle_months=12, source=_DECREE_120, certainty="sourced"),
        "farm_registration": Term(
            years=5,
            source="国家质检总局令第99号 / AQSIQ Decree 99",
            certainty="sourced",
        ),
        "food_plant_filing": Term(
            years=4,
            source="国家质检总局令第142号 / AQSIQ Decree 142",
            certainty="knowledge",
        ),
        "cold_store_filing": Term(years=4, source=_DESIGN, certainty="default"),
        "export_quality_licence": Term(years=5, source=_DESIGN, certainty="default"),
        "quarantine_permit": Term(years=1, source=_DESIGN, certainty="default"),
        "consignee_filing": Term(years=None, source=_DESIGN, certainty="default"),
        "overseas_exporter_filing": Term(years=None, source=_DESIGN, certainty="default"),
        "overseas_plant_registration": Term(years=4, source=_DESIGN, certainty="default"),
        "additive_filing": Term(years=None, source=_DESIGN, certainty="default"),
        "declaration_right": Term(years=None, source=_DESIGN, certainty="default"),
        "agent_registration": Term(years=None, source=_DESIGN, certainty="default"),
    }
)


class Effect(StrEnum):
    """What a decision does besides being made, each of which an appeal may hold back."""

    ADMISSION = "admission"
    PUBLICATION = "publication"
    CLOSING = "closing"


EFFECT_NAMES: Mapping[Effect, Text] = MappingProxyType(
    {
        Effect.ADMISSION: Text(zh="对进出口的效力", en="its effect on goods"),
        Effect.PUBLICATION: Text(zh="对外公布", en="its publication"),
        Effect.CLOSING: Text(zh="注销登记", en="the closing of the file"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldBack:
    """What an appeal against one kind of move holds back by itself, and by which text."""

    effects: tuple[Effect, ...]
    source: str
    certainty: Certainty


# Execution goes on during an appeal (art. 21) unless the authority stays it; publishing and closing
# cannot be undone, so this house waits with both.
_GOES_ON = HeldBack(
    effects=(Effect.PUBLICATION, Effect.CLOSING),
    source=f"{_RECONSIDERATION_LAW}, art. 21; {_DESIGN}",
    certainty="default",
)
_NOTHING = HeldBack(effects=(), source=f"{_RECONSIDERATION_LAW}, art. 21", certainty="knowledge")
# A licence whose renewal was applied for in time holds until that is decided for good (art. 50).
_HOLDS_ON = HeldBack(
    effects=(Effect.ADMISSION, Effect.PUBLICATION, Effect.CLOSING),
    source=f"{_LICENSING_LAW}, art. 50",
    certainty="knowledge",
)

#: By move; a move that is not named cannot be appealed against.
APPEALS: Mapping[str, HeldBack] = MappingProxyType(
    {
        "refuse": _NOTHING,
        "suspend": _NOTHING,
        "revoke": _GOES_ON,
        "force_exit": _GOES_ON,
        "lapse": _HOLDS_ON,
    }
)

#: Why a move is made, by code; the sentence that the holder reads.
REASONS: Mapping[str, Text] = MappingProxyType(
    {
        "complete": Text(zh="申请材料齐全", en="the documents are complete"),
        "documents_missing": Text(zh="申请材料不齐全", en="documents are missing"),
        "review_passed": Text(zh="评审合格", en="the review was passed"),
        "review_failed": Text(zh="评审不合格", en="the review was failed"),
        "re_review_failed": Text(zh="重新审核不合格", en="the re-review was failed"),
        "conditions_lost": Text(
            zh="不再具备许可备案条件", en="the conditions of the licence are no longer met"
        ),
        "false_documents": Text(zh="提供虚假材料", en="false documents were handed in"),
        "banned_substance": Text(zh="使用禁用物质", en="a banned substance was used"),
        "not_corrected": Text(zh="逾期未整改", en="shortcomings were not corrected in time"),
        "correction_due": Text(zh="限期整改", en="shortcomings are to be corrected"),
        "corrected": Text(zh="整改到位", en="the shortcomings are corrected"),
        "scope_changed": Text(zh="范围变更", en="the scope changes"),
        "renewed": Text(zh="到期延续", en="renewed for a further period"),
        "expired": Text(zh="有效期届满未延续", en="the period ended without renewal"),
        "idle": Text(zh="连续停业超过规定期限", en="idle for longer than the rules allow"),
        "holder_asks": Text(zh="企业申请", en="the holder asks for it"),
        "law_broken": Text(zh="违反检验检疫法规", en="the inspection law was broken"),
        "appeal_upheld": Text(zh="复议成立", en="an appeal was upheld"),
        "appeal_dismissed": Text(zh="复议维持原决定", en="an appeal was dismissed"),
        "stay_granted": Text(zh="复议期间停止执行", en="stayed while an appeal is open"),
    }
)

#: Reasons that may be given for a move, by move.
REASONS_FOR: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "ask_documents": ("documents_missing",),
        "complete": ("complete",),
        "accept": ("complete",),
        "grant": ("review_passed", "complete"),
        "refuse": ("review_failed", "documents_missing", "false_documents"),
        "amend": ("scope_changed", "holder_asks"),
        "renew": ("renewed",),
        "suspend": ("correction_due", "conditions_lost", "law_broken", "banned_substance"),
        "reinstate": ("corrected",),
        "revoke": (
            "conditions_lost",
            "re_review_failed",
            "not_corrected",
            "false_documents",
            "banned_substance",
            "law_broken",
        ),
        "force_exit": (
            "re_review_failed",
            "not_corrected",
            "banned_substance",
            "false_documents",
            "law_broken",
        ),
        "lapse": ("expired", "idle", "holder_asks"),
        "withdraw": ("holder_asks",),
        "stay": ("stay_granted",),
        "annul": ("appeal_upheld",),
    }
)

#: What an application is handed in with, by kind of licence; codes of :data:`DOCUMENTS`.
DOCUMENTS: Mapping[str, Text] = MappingProxyType(
    {
        "application_form": Text(zh="申请表", en="application form"),
        "business_licence": Text(zh="营业执照", en="business licence"),
        "site_plan": Text(zh="场所平面图", en="plan of the site"),
        "land_right": Text(zh="土地使用证明", en="proof of the right to the land"),
        "soil_water_report": Text(zh="土壤和灌溉水检测报告", en="test report of soil and water"),
        "quality_manual": Text(zh="质量管理文件", en="quality manual"),
        "hygiene_plan": Text(zh="卫生控制体系文件", en="plan of hygiene control"),
        "veterinarian_filing": Text(zh="兽医备案材料", en="filing of the veterinarian"),
        "medication_rules": Text(zh="用药管理制度", en="rules of medication"),
        "temperature_record": Text(zh="冷库温度记录", en="temperature record of the store"),
        "import_record_rules": Text(zh="进口和销售记录制度", en="rules of import and sale records"),
        "contract_draft": Text(zh="贸易合同或意向书", en="draft of the contract"),
        "additive_list": Text(zh="原辅料和添加剂清单", en="list of materials and additives"),
        "product_test": Text(zh="产品型式试验报告", en="type test report of the product"),
        "staff_certificates": Text(zh="人员资格证明", en="certificates of the staff"),
        "origin_authority_letter": Text(
            zh="输出国主管当局推荐函", en="letter of the authority of the origin"
        ),
    }
)
_ALWAYS = ("application_form", "business_licence")
DOCUMENTS_FOR: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "base_filing": (*_ALWAYS, "land_right", "soil_water_report", "medication_rules"),
        "farm_registration": (*_ALWAYS, "site_plan", "veterinarian_filing", "medication_rules"),
        "food_plant_filing": (*_ALWAYS, "site_plan", "hygiene_plan"),
        "cold_store_filing": (*_ALWAYS, "site_plan", "temperature_record"),
        "consignee_filing": (*_ALWAYS, "import_record_rules"),
        "quarantine_permit": (*_ALWAYS, "contract_draft"),
        "export_quality_licence": (*_ALWAYS, "quality_manual", "product_test"),
        "additive_filing": (*_ALWAYS, "additive_list"),
        "declaration_right": _ALWAYS,
        "agent_registration": (*_ALWAYS, "staff_certificates"),
        "overseas_exporter_filing": ("application_form",),
        "overseas_plant_registration": ("application_form", "origin_authority_letter"),
    }
)


def documents_missing(kind: str, held: list[str]) -> tuple[str, ...]:
    """Return the documents that an application for a kind still lacks, in their order."""
    return tuple(code for code in DOCUMENTS_FOR.get(kind, _ALWAYS) if code not in held)
