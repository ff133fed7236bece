"""
Which states of a consignment's way somebody stands in, and in which nobody does.

A demonstration shows every state that a record can rest in; states that a record only passes
through within one act are named apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from django.db.models import Count, Model

from guomen.core.lifecycle import Lifecycle
from guomen.supervision.declarations.lifecycle import LINE, LineState
from guomen.supervision.declarations.models import Line
from guomen.supervision.dispositions.lifecycle import (
    CERTIFICATE,
    DISPOSAL,
    NONCONFORMITY,
    REVIEW,
    ReviewState,
)
from guomen.supervision.dispositions.models import Certificate, Disposal, Nonconformity, Review
from guomen.supervision.inspections.lifecycle import WORK_ORDER
from guomen.supervision.inspections.models import WorkOrder
from guomen.supervision.samples.lifecycle import RUN, SAMPLE, TEST
from guomen.supervision.samples.models import Run, Sample, TestOrder

TABLES: tuple[tuple[Lifecycle[Any, Any], type[Model]], ...] = (
    (LINE, Line),
    (WORK_ORDER, WorkOrder),
    (SAMPLE, Sample),
    (TEST, TestOrder),
    (RUN, Run),
    (NONCONFORMITY, Nonconformity),
    (DISPOSAL, Disposal),
    (REVIEW, Review),
    (CERTIFICATE, Certificate),
)
# Passed through within one act, or, for a request that is taken back, without a page yet.
PASSED: Mapping[type[Model], frozenset[str]] = MappingProxyType(
    {
        Line: frozenset({LineState.LODGED.value, LineState.ASSESSED.value}),
        Review: frozenset({ReviewState.WITHDRAWN.value}),
    }
)

Counts = Mapping[str, Mapping[str, int]]


def counts() -> Counts:
    """Return how many records stand in each state, by the English name of their kind."""
    return {life.name.en: _counted(life, model) for life, model in TABLES}


def _counted(life: Lifecycle[Any, Any], model: type[Model]) -> dict[str, int]:
    rows = model._default_manager.order_by().values_list("state").annotate(Count("pk"))
    found: dict[str, int] = dict(rows)
    return {str(state): found.get(str(state), 0) for state in life.state_names}


def empty(found: Counts) -> list[str]:
    """Return the states in which records rest and nobody stands, as "kind: state"."""
    return [
        f"{life.name.en}: {state}"
        for life, model in TABLES
        for state, count in found[life.name.en].items()
        if not count and state not in PASSED.get(model, frozenset())
    ]
