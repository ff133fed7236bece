"""The sentence that goes with a verdict: what was decided, by which limit, at what risk."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from guomen.core.conformity.decision import DecisionRule
from guomen.core.conformity.model import Limit, LimitKind, Result
from guomen.core.conformity.reasons import (
    BASIS,
    RECOVERY,
    REPLICATES,
    RISK,
    SENTENCES,
    UNVERIFIED,
    Reason,
)
from guomen.core.text import Text

# Verdicts that rest on a measured number, so that how it was measured matters.
_BY_NUMBER = frozenset({Reason.WITHIN, Reason.BEYOND, Reason.GUARD_ZONE, Reason.DETECTED})
_BLANK = Text(zh="未注明", en="not stated")


def explained(reason: Reason, fields: dict[str, Any], *, risk: float | None) -> Text:
    """Word a verdict in full: the reason, its basis and certainty, and the risk of being wrong."""
    limit, result = fields["_limit"], fields["_result"]
    parts = [SENTENCES[reason]]
    if limit is not None:
        parts.append(BASIS)
        if limit.certainty != "sourced":
            parts.append(UNVERIFIED)
    if risk is not None:
        parts.append(RISK)
        fields = {**fields, "risk": percent(risk)}
    if reason in _BY_NUMBER:
        parts += _remarks(result)
    return _joined(_filled(part, fields) for part in parts)


def fields_of(
    result: Result, limit: Limit | None, rule: DecisionRule, stated: dict[str, Any]
) -> dict[str, Any]:
    """Gather what the sentences may mention; what is not stated says so."""
    return {
        "_limit": limit,
        "_result": result,
        "raw": result.raw,
        "raw_unit": result.unit,
        "taken": result.taken,
        "reported": result.reported,
        "replicates": result.replicates,
        "unit": None if limit is None else limit.unit,
        "limit": None if limit is None else limit_text(limit),
        "basis": None if limit is None else limit.basis,
        "rule_zh": rule.name.zh,
        "rule_en": rule.name.en,
        **stated,
    }


def limit_text(limit: Limit) -> str:
    """
    Write a limit as a reader expects it.

    >>> limit_text(Limit(analyte="lead", commodity="food", upper=Decimal("0.20"),
    ...                  unit="mg/kg", basis="GB 2762-2012"))
    '≤ 0.20 mg/kg'
    """
    if limit.kind is LimitKind.ABSENT:
        return "—" if limit.upper is None else f"LOD ≤ {limit.upper} {limit.unit}"
    less, more = ("<", ">") if limit.strict else ("≤", "≥")
    if limit.kind is LimitKind.RANGE:
        return f"{limit.lower} {less} x {less} {limit.upper} {limit.unit}"
    sign, end = (less, limit.upper) if limit.lower is None else (more, limit.lower)
    return f"{sign} {end} {limit.unit}"


def percent(probability: float) -> str:
    """Write a probability for people, never rounding a risk to nothing or to certainty."""
    if probability < 0.0001:
        return "< 0.01 %"
    return "> 99.99 %" if probability > 0.9999 else f"{probability * 100:.3g} %"


def plain(number: Decimal | None) -> str | None:
    """Write a decimal without an exponent."""
    return None if number is None else f"{number:f}"


def _remarks(result: Result) -> list[Text]:
    remarks = [] if result.replicates is None else [REPLICATES]
    return [*remarks, RECOVERY[result.recovery]]


def _filled(text: Text, fields: dict[str, Any]) -> Text:
    zh = {key: _BLANK.zh if value is None else value for key, value in fields.items()}
    en = {key: _BLANK.en if value is None else value for key, value in fields.items()}
    return Text(zh=text.zh.format_map(zh), en=text.en.format_map(en))


def _joined(parts: Iterable[Text]) -> Text:
    parts = tuple(parts)
    return Text(zh="".join(part.zh for part in parts), en=" ".join(part.en for part in parts))
