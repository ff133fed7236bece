"""What an inspection of a generated line finds: facts, answers, lots and seals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from typing import Any

from guomen.core import stage_reasons
from guomen.core.ruling import Answer
from guomen.core.stages import answer_of
from guomen.rulebooks import inspection as work
from guomen.rulebooks.commodities import HAZARDS
from guomen.rulebooks.examination import BOOK
from guomen.rulebooks.inspection import Asks
from guomen.supervision.declarations.models import Line
from guomen.supervision.inspections.models import OrderKind

# Everything in order; where goods fail, one of these is otherwise.
_GOOD: Mapping[str, Any] = {
    "signed": True, "items_unanswered": 0, "minor_faults": 0, "major_faults": 0,
    "documents_genuine": True, "documents_agree": True, "goods_as_declared": True,
    "marks_agree": True, "seal_intact": True, "packaging_sound": True, "condition_sound": True,
    "label_conforms": True, "pests_found": False, "soil_found": False, "disease_signs": False,
    "undeclared_goods": False, "additives_as_filed": True,
}  # fmt: skip
# What the eye sees of a fault, by its kind; the laboratory finds the others.
_SEEN: Mapping[str, dict[str, Any]] = {
    "pest": {"pests_found": True},
    "label": {"label_conforms": False},
    "fraud": {"goods_as_declared": False},
    "safety": {"major_faults": 1},
    "disease": {"condition_sound": False},
}
_KINDS = {hazard.code: str(hazard.kind) for hazard in HAZARDS}


def facts_of(
    order: Mapping[str, Any],
    line: Line,
    kind: OrderKind,
    *,
    conforms: bool,
    fault: str | None,
    unknown: bool,
) -> dict[str, Any]:
    """Return the facts of an examination, all but its day."""
    facts: dict[str, Any] = {
        "line": line.reference,
        "order": order["reference"],
        "agency": line.agency.code,
        "direction": line.direction,
        "commodity_group": order["group"] or None,
        "origin": line.origin,
        "destination": line.destination,
        "quantity": line.quantity,
        "sealed": bool(line.seal),
        **{f"asked_{name}": check in order["checks"] for name, check in _ASKED},
        **{f"plan_{name}": order[f"plan_{name}"] for name in ("n", "ac", "re")},
        **{name: _GOOD[name] for name in _RECORD},
    }
    if kind is OrderKind.LOADING_SUPERVISION:
        facts |= {"lots_unsupervised": 0, "lots_unsealed": 0, "quantity_loaded": line.quantity}
    elif kind is OrderKind.PORT_CHECK:
        facts |= dict.fromkeys(_AT_THE_PORT, True)
    else:
        facts |= _inspected(order, line)
        if unknown:
            facts |= {"items_unanswered": 1, "marks_agree": None, "documents_agree": None}
        elif not conforms:
            facts |= _failure(order, fault)
    return facts


_ASKED = (
    ("documentary", work.DOCUMENTARY), ("identity", work.IDENTITY), ("physical", work.PHYSICAL),
    ("sampling", work.SAMPLING), ("loading", work.LOADING), ("port_check", work.PORT),
)  # fmt: skip
_RECORD = ("signed", "items_unanswered", "minor_faults", "major_faults")
_AT_THE_PORT = (
    "transfer_received", "exit_seal_agrees", "exit_certificate_agrees", "exit_identity_agrees",
)  # fmt: skip


def _inspected(order: Mapping[str, Any], line: Line) -> dict[str, Any]:
    most = work.temperature_most(order["group"], line.hs_code)
    looked = work.PHYSICAL in order["checks"]
    return {
        **_GOOD,
        "quantity_found": line.quantity if looked else None,
        "temperature_most_c": None if most is None else Decimal(most),
        "temperature_c": None if most is None or not looked else Decimal(most - 2),
        "units_inspected": order["plan_n"] if looked else None,
        "units_defective": 0 if looked else None,
    }


def _failure(order: Mapping[str, Any], fault: str | None) -> dict[str, Any]:
    """Return what the eye saw; a fault that only a test shows leaves the inspection in order."""
    if order["checks"] == [work.DOCUMENTARY]:
        return {"documents_genuine": False}
    seen = _SEEN.get(_KINDS.get(fault or "", ""))
    if seen is not None:
        return seen
    return {} if work.SAMPLING in order["checks"] else {"condition_sound": False}


@cache
def duties_of(words: tuple[int, ...]) -> tuple[str, ...]:
    """Return the duties that follow from answers; a year has few different ones."""
    return tuple(code for code, _ in stage_reasons.obligations(BOOK, words))


@cache
def shown_by_check(checks: tuple[str, ...], words: tuple[int, ...]) -> Mapping[str, str]:
    """Return what each check showed, by the answers of the rules that ask for it."""
    shown = {}
    for check, asked in _CHECKS:
        if check not in checks:
            shown[check] = "unknown"
            continue
        answers = {answer_of(rule, words) for rule in asked}
        failed, open_ = Answer.FAILS in answers, Answer.UNKNOWN in answers
        shown[check] = "fail" if failed else "unknown" if open_ else "conform"
    return shown


_CHECKS = tuple(
    (check, tuple(rule for rule in BOOK.rules if f"asked_{name}" in rule.applies))
    for name, check in _ASKED
    if check != work.SAMPLING
)


def answers_of(
    order: Mapping[str, Any], line: Line, facts: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """Yield the answers to the checklist that give these facts."""
    items = work.checklist(
        order["checks"],
        group=order["group"] or None,
        direction=line.direction,
        sealed=bool(line.seal),
        planned=bool(order["plan_n"]),
        uncounted=False,
    )
    graded = bool(facts.get("major_faults"))
    for item in items:
        fact = None if item.fact is None else facts.get(item.fact)
        value, answer = None, "conform"
        if item.fact is None:
            answer, graded = ("fail", False) if graded else ("conform", graded)
        elif fact is None:
            answer = "unknown"
        elif item.asks is not Asks.YES_NO:
            value = Decimal(fact)
        elif fact is item.bad:
            answer = "fail"
        yield {
            "item": item.code, "answer": answer, "value": value, "note": "", "replaces": "",
            "standing": True,
        }  # fmt: skip


def seal_of(line: Line) -> str:
    """Return the number of the seal under which a line is loaded: as declared, else a new one."""
    return line.seal or f"ZH{line.pk:07d}"


def lot_of(line: Line) -> dict[str, Any]:
    """Return the lot of a line as it was loaded."""
    return {
        "lot": (line.lot or line.reference)[:60],
        "quantity": line.quantity,
        "unit": line.unit,
        "vehicle": "",
        "seal": seal_of(line),
        "supervised": True,
    }


def seal_found(line: Line) -> dict[str, Any]:
    """Return the seal of a line as the port found it."""
    return {"number": seal_of(line), "use": "found", "state": "intact", "container": ""}
