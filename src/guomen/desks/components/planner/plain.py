"""
Plans and verdicts as plain values, for the API and the command line: the same words as the pages.

``say`` chooses the language of a sentence. Numbers are unrounded; fractions lie within 0 and 1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from guomen.core.conformity.wording import limit_text
from guomen.core.errors import GuomenError
from guomen.core.sampling import OC, Plan
from guomen.core.text import Text
from guomen.journeys import judging, planning, planning_words
from guomen.journeys.planning_ways import ways

Say = Callable[[Text], str]


def plan(found: planning.Answer, *, say: Say) -> dict[str, Any]:
    """Return a recommended plan with its reasons, risks and other ways."""
    return {
        **one_plan(found.plan),
        "says": say(found.sentence),
        "purpose": found.purpose,
        "confidence": found.found.confidence,
        "level": found.found.level,
        "cost": found.found.cost if found.costed else None,
        "within_budget": found.found.within_budget,
        "reasons": [{"says": say(r.text), "clause": r.clause} for r in found.reasons],
        "consumer": _point(found.consumer, say(found.consumer_says)),
        "producer": _point(found.producer, say(found.producer_says)),
        "cannot_find": say(found.found.cannot_find),
        "notes": [say(note) for note in found.notes],
        "alternatives": [
            {
                "name": say(way.name),
                "sample": say(way.sample),
                "units": way.units,
                "mean_units": way.mean,
                "bad_lot_passes": way.passes,
                "basis": way.basis,
            }
            for way in ways(found)
            if not way.chosen
        ],
    }


def one_plan(found: Plan) -> dict[str, Any]:
    """Return the numbers of a plan and where they come from."""
    return {
        "lot": found.lot,
        "n": found.n,
        "units": found.units,
        "ac": found.ac,
        "re": found.re,
        "full_inspection": found.full_inspection,
        "letter": found.letter,
        "source": found.source.cite(),
        "evidence": found.source.evidence,
    }


def _point(point: planning.Point | None, says: str) -> dict[str, Any]:
    return {
        "p": None if point is None else point.p,
        "accepted": None if point is None else point.pa,
        "says": says,
    }


def curve(found: OC) -> list[dict[str, Any]]:
    """Return an operating characteristic as rows."""
    rows = []
    for k, p in enumerate(found.p):
        row = {"p": float(p), "accepted": float(found.pa[k]), "mean_sample": float(found.asn[k])}
        if found.aoq is not None and found.ati is not None:
            row |= {"outgoing": float(found.aoq[k]), "mean_inspected": float(found.ati[k])}
        rows.append(row)
    return rows


def verdict(found: judging.Answer, *, say: Say) -> dict[str, Any]:
    """Return a verdict with what it rests on."""
    said, limit = found.verdict, found.limit
    return {
        "outcome": said.outcome.value,
        "reason": said.reason,
        "says": say(said.sentence),
        "value": None if said.value is None else f"{said.value:f}",
        "p_conform": said.p_conform,
        "specific_risk": said.specific_risk,
        "consumer_risk": said.consumer_risk,
        "producer_risk": said.producer_risk,
        "rule": said.rule,
        "limit": None
        if limit is None
        else {
            "says": limit_text(limit),
            "kind": limit.kind.value,
            "lower": None if limit.lower is None else f"{limit.lower:f}",
            "upper": None if limit.upper is None else f"{limit.upper:f}",
            "unit": limit.unit,
            "basis": limit.basis,
            "certainty": "own" if found.asked.own is not None else limit.certainty,
        },
    }


def refusal(error: GuomenError, *, say: Say) -> dict[str, Any]:
    """Return why there is no plan, with the best confidence that can be had."""
    best = error.data.get("best_confidence")
    return {
        "code": error.code,
        "says": say(planning_words.refusal(error)),
        "best_confidence": None if best is None or np.isnan(best) else float(best),
    }
