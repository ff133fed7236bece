"""
Why a verdict is what it is, as a code and as a sentence in both languages.

The table is the only place that words a verdict. Fields in braces are filled from
the result, the limit and the rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from guomen.core.conformity.model import Outcome, Recovery
from guomen.core.text import Text


class Reason(StrEnum):
    """What decided a verdict; the order is that in which the questions are asked."""

    LIMIT_MISSING = "limit_missing"
    UNDATED = "undated"
    LIMIT_NOT_IN_FORCE = "limit_not_in_force"
    FUTURE_DATED = "future_dated"
    UNIT_UNKNOWN = "unit_unknown"
    UNIT_MISMATCH = "unit_mismatch"
    MISSING = "missing"
    NOT_A_NUMBER = "not_a_number"
    IMPOSSIBLE = "impossible"
    NO_NUMBER = "no_number"
    LOD_NOT_STATED = "lod_not_stated"
    LOD_INCONSISTENT = "lod_inconsistent"
    UNCERTAINTY_NOT_STATED = "uncertainty_not_stated"
    UNCERTAINTY_TOO_LARGE = "uncertainty_too_large"
    GUARD_ZONE = "guard_zone"
    CENSORED = "censored"
    NOT_SENSITIVE = "not_sensitive"
    BEYOND = "beyond"
    DETECTED = "detected"
    WITHIN = "within"
    BOUND_WITHIN = "bound_within"
    NOT_DETECTED = "not_detected"

    @property
    def outcome(self) -> Outcome:
        """Return the outcome that goes with the reason."""
        return OUTCOMES[self]


#: The one place that says which reason means what.
OUTCOMES: Mapping[Reason, Outcome] = MappingProxyType(
    {
        **dict.fromkeys(Reason, Outcome.UNKNOWN),
        Reason.UNCERTAINTY_TOO_LARGE: Outcome.INCONCLUSIVE,
        Reason.GUARD_ZONE: Outcome.INCONCLUSIVE,
        Reason.CENSORED: Outcome.INCONCLUSIVE,
        Reason.NOT_SENSITIVE: Outcome.INCONCLUSIVE,
        Reason.BEYOND: Outcome.FAIL,
        Reason.DETECTED: Outcome.FAIL,
        Reason.WITHIN: Outcome.CONFORM,
        Reason.BOUND_WITHIN: Outcome.CONFORM,
        Reason.NOT_DETECTED: Outcome.CONFORM,
    }
)


SENTENCES: Mapping[Reason, Text] = MappingProxyType(
    {
        Reason.LIMIT_MISSING: Text(
            zh="没有适用的限量：请补充有日期和出处的限量，或核对商品、项目和市场。",
            en="No limit applies: add one with its date and source, or check commodity, analyte "
            "and market.",
        ),
        Reason.UNDATED: Text(
            zh="没有采样日期，无法确定适用哪一版限量：请补录采样日期。",
            en="The sampling date is missing, so the limit in force cannot be told: enter it.",
        ),
        Reason.LIMIT_NOT_IN_FORCE: Text(
            zh="采样当日（{taken}）该限量未生效：请改用当日有效的限量。",
            en="This limit was not in force when the sample was taken ({taken}): use the one "
            "of that day.",
        ),
        Reason.FUTURE_DATED: Text(
            zh="日期不可能：采样 {taken}，报告 {reported}，判定 {on}。请更正日期。",
            en="The dates are impossible: taken {taken}, reported {reported}, judged {on}. "
            "Correct them.",
        ),
        Reason.UNIT_UNKNOWN: Text(
            zh="结果的单位“{raw_unit}”缺失或无法识别：请实验室写明单位。",
            en="The unit of the result ({raw_unit}) is missing or not known: ask the laboratory.",
        ),
        Reason.UNIT_MISMATCH: Text(
            zh="结果以 {raw_unit} 报出，限量以 {unit} 规定，二者不可换算：请要求以 {unit} 报出。",
            en="The result is in {raw_unit} and the limit in {unit}, which cannot be converted: "
            "ask for a result in {unit}.",
        ),
        Reason.MISSING: Text(
            zh="没有结果：请等待或催报检测结果。",
            en="There is no result: wait for it or ask for it.",
        ),
        Reason.NOT_A_NUMBER: Text(
            zh="“{raw}”不是可以判定的数值：请实验室报出数值或“未检出”并注明检出限。",
            en="“{raw}” cannot be judged: ask for a number, or “not detected” with the "
            "detection limit.",
        ),
        Reason.IMPOSSIBLE: Text(
            zh="结果 {raw} 小于零，不可能：请核对原始记录。",
            en="The result {raw} is below zero, which is impossible: check the raw record.",
        ),
        Reason.NO_NUMBER: Text(
            zh="报告只写“{raw}”，而限量是数值：请实验室报出含量。",
            en="The report only says “{raw}” while the limit is a number: ask for the content.",
        ),
        Reason.LOD_NOT_STATED: Text(
            zh="结果为“{raw}”，但没有注明检出限：请实验室补充检出限。",
            en="The result is “{raw}” but no detection limit is stated: ask the laboratory for it.",
        ),
        Reason.LOD_INCONSISTENT: Text(
            zh="结果“{raw}”低于方法的检出限 {lod} {unit}，前后矛盾：请实验室核对。",
            en="The result “{raw}” claims less than the method's detection limit {lod} {unit}: "
            "ask the laboratory to check.",
        ),
        Reason.UNCERTAINTY_NOT_STATED: Text(
            zh="判定规则“{rule_zh}”需要扩展不确定度及包含因子：请实验室补充。",
            en="The rule “{rule_en}” needs the expanded uncertainty and its coverage factor: ask "
            "the laboratory for them.",
        ),
        Reason.UNCERTAINTY_TOO_LARGE: Text(
            zh="不确定度 {expanded} {unit} 超过规则“{rule_zh}”允许的比例：请用更精密的方法复测。",
            en="The uncertainty {expanded} {unit} exceeds what “{rule_en}” allows: repeat with a "
            "more precise method.",
        ),
        Reason.GUARD_ZONE: Text(
            zh="{value} {unit} 离限量 {limit} 太近，在不确定度范围内不能定论：请复测。",
            en="{value} {unit} is too close to the limit {limit} for its uncertainty: repeat "
            "the test.",
        ),
        Reason.CENSORED: Text(
            zh="“{raw}”没有给出足以与限量 {limit} 比较的数值：请用更灵敏的方法检测。",
            en="“{raw}” does not place the value against the limit {limit}: use a more sensitive "
            "method.",
        ),
        Reason.NOT_SENSITIVE: Text(
            zh="未检出，但方法的检出能力达不到要求 {limit}：请用更灵敏的方法检测。",
            en="Not detected, but the method does not reach what is required ({limit}): use a "
            "more sensitive one.",
        ),
        Reason.BEYOND: Text(
            zh="{value} {unit}，超出限量 {limit}。",
            en="{value} {unit} is outside the limit {limit}.",
        ),
        Reason.DETECTED: Text(
            zh="检出（{raw}），而规定不得检出。",
            en="Detected ({raw}), where none may be detected.",
        ),
        Reason.WITHIN: Text(
            zh="{value} {unit}，符合限量 {limit}。",
            en="{value} {unit} is within the limit {limit}.",
        ),
        Reason.BOUND_WITHIN: Text(
            zh="结果“{raw}”，即使按上限 {bound} {unit} 计也符合限量 {limit}。",
            en="“{raw}”: even its bound of {bound} {unit} is within the limit {limit}.",
        ),
        Reason.NOT_DETECTED: Text(
            zh="未检出，方法检出限 {bound} {unit}。",
            en="Not detected by a method that detects {bound} {unit}.",
        ),
    }
)

BASIS = Text(zh="依据：{basis}；判定规则：{rule_zh}。", en="Basis: {basis}; rule: {rule_en}.")
UNVERIFIED = Text(zh="该限量是未经核实的演示值。", en="This limit is an unverified demo value.")
RISK = Text(zh="误判风险 {risk}。", en="The risk that this verdict is wrong is {risk}.")
RECOVERY: Mapping[Recovery, Text] = MappingProxyType(
    {
        Recovery.CORRECTED: Text(zh="已经回收率校正。", en="Corrected for recovery."),
        Recovery.NOT_CORRECTED: Text(zh="未经回收率校正。", en="Not corrected for recovery."),
        Recovery.NOT_STATED: Text(
            zh="报告未说明是否经回收率校正。",
            en="The report does not say whether it was corrected for recovery.",
        ),
    }
)
REPLICATES = Text(zh="平行测定 {replicates} 次。", en="Replicates measured: {replicates}.")
