"""What the shared templates of class and credit are given, at whichever desk."""

from __future__ import annotations

from datetime import date
from typing import Any

from guomen.core.classification import ELEMENT_NAMES
from guomen.desks.components import tones
from guomen.desks.components.standing import looks
from guomen.journeys.standing import reading


def credit(view: reading.CreditView, today: date) -> dict[str, Any]:
    """Return what the shared template of a credit file shows."""
    history = looks.level_history(view.explained) if view.explained else []
    held = view.explained.held.level.value if view.explained else None
    return {
        "view": view,
        "history": history,
        "chart": looks.chart(history, looks.LEVEL_SCALE, f"{today:%Y-%m-%d}") if history else None,
        "tone": looks.level_tone(held) if held else None,
        "lifts": looks.lifts(view.outlook, held or ""),
        "drops": looks.drops(view.outlook),
        "conditions": looks.conditions(view.conditions) if held in ("A", "AA") else [],
        "today": today,
        "in_chinese": tones.in_chinese(),
    }


def enterprise_class(view: reading.ClassView, until: str) -> dict[str, Any]:
    """Return what the shared template of a class shows."""
    history = looks.class_history(view)
    return {
        "view": view,
        "history": history,
        "chart": looks.chart(history, looks.GRADE_SCALE, until) if history else None,
        "tone": looks.grade_tone(view.held.grade) if view.held else None,
        "lifts": looks.class_lifts(view.outlook),
        "drops": looks.class_drops(view.outlook),
        "parts": parts_of(view.derived, view.evidence),
        "total": looks.points(view.derived.lowest) if view.derived else "",
    }


def parts_of(derived: Any, evidence: Any) -> list[dict[str, Any]]:
    """Return the elements in words, with what each brought."""
    if derived is None:
        return []
    return [
        {
            "name": tones.said(ELEMENT_NAMES[part.element]),
            "score": part.score,
            "earned": looks.points(part.earned),
            "possible": looks.points(part.possible),
            "evidence": evidence.get(part.element, ""),
        }
        for part in derived.parts
    ]
