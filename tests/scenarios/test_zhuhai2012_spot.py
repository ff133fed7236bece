"""A day of the scenario, its results, and the orders and examinations behind them."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from tests.desks.scenario import DAY, NOON, clean_rows, commit

from guomen.core import draw
from guomen.core.examine import Showed
from guomen.core.frequency import Finding
from guomen.journeys import drawing, stages
from guomen.journeys.clearance import Lodgement, Result, conclude, lodge
from guomen.journeys.inspection.checklist import facts_of
from guomen.journeys.replay import replay
from guomen.rulebooks.examination import engine
from guomen.scenarios.zhuhai2012.spot import year
from guomen.supervision.declarations.lifecycle import LineState
from guomen.supervision.declarations.models import Line
from guomen.supervision.inspections.models import (
    Assignment,
    Examination,
    LoadedLot,
    OrderKind,
    WorkOrder,
)
from guomen.supervision.inspections.queries import findings_of, standing_answers
from guomen.supervision.ledger import custody

LATER = NOON + timedelta(days=1)


def _the_records_give_the_outcomes() -> None:
    """Examine each record once more as it is kept: it comes to what the year wrote."""
    kinds = Counter()
    rows = Examination.objects.select_related("order__line__agency", "order__agency")
    for row in rows:
        order = row.order
        answers = standing_answers(order.pk)
        lots, signatures = list(order.lots.all()), list(order.signatures.all())
        seals = list(order.seals.all())
        facts = facts_of(order, answers, seals=seals, lots=lots, signatures=signatures)
        (ruled,) = stages.rule(engine(), [facts | {"on": row.at.date()}])
        assert ruled.outcome == row.outcome, (order.reference, facts)
        kinds[order.kind] += 1
        if order.kind == "port_check":
            sealed = LoadedLot.objects.get(order__line=order.line).seal
            assert [seal.number for seal in seals] == [sealed] == [order.line.seal or sealed]
    assert set(kinds) == set(OrderKind)


@pytest.fixture
def lived(
    scenario_loaded: None, db: None, tmp_path: Any, settings: Any
) -> tuple[list[Line], dict[tuple[str, int], str | None]]:
    """Decide some declarations, record what their checks showed, and reveal the key of the day."""
    settings.GUOMEN_DEMO = True
    settings.GUOMEN_CUSTODY_A, settings.GUOMEN_CUSTODY_B = tmp_path / "a", tmp_path / "b"
    commit()
    by_declaration: dict[str, list[dict[str, Any]]] = {}
    for row in clean_rows(80):
        by_declaration.setdefault(row["declaration"], []).append(row)
    for rows in by_declaration.values():
        lodge(rows, how=Lodgement(at=NOON, by="SYS", agency="ZH"))
    waiting = list(
        Line.objects.filter(state__in=[LineState.UNDER_INSPECTION, LineState.UNDER_DOCUMENT_CHECK])
        .select_related("declaration")
        .order_by("reference")
    )
    findings = (Finding.CONFORM, Finding.CONFORM, Finding.NONCONFORM, Finding.UNKNOWN)
    results = [
        Result(line=line.reference, performed=n % 7 != 6,
               finding=findings[n % 4] if n % 7 != 6 else Finding.UNKNOWN, reason="")
        for n, line in enumerate(waiting)
    ]  # fmt: skip
    conclude(results, at=NOON + timedelta(hours=15), by="SYS")
    office = drawing.offices()["ZH"]
    use = custody.Use(at=office.starts(DAY + timedelta(days=1)), who="SYS", purpose="test")
    custody.reveal(DAY, office, use=use)
    faults = {(line.declaration.own_number, line.number): "fruit_fly" for line in waiting}
    return waiting, faults


def test_the_results_of_the_year_have_orders_draws_and_examinations_behind_them(
    lived: tuple[list[Line], dict[tuple[str, int], str | None]],
) -> None:
    waiting, faults = lived
    filled = year.fill(LATER, faults)
    states = Counter(WorkOrder.objects.values_list("state", flat=True))
    assert filled.orders == sum(states.values()) == WorkOrder.objects.count()
    assert {"completed", "underway", "not_performed"} <= set(states)
    known = findings_of([line.pk for line in waiting], known=LATER)
    for line in waiting:
        line.refresh_from_db()
        last = line.results.last()
        found = known[line.pk]
        if last.performed and last.finding == Finding.CONFORM:
            assert found.documentary is Showed.CONFORM
            assert found.outcome in ("conform", "more_sampling")
        if last.performed and last.finding == Finding.UNKNOWN:
            assert not found.complete
    # Every drawn inspector follows from the key of the day, which is public by now.
    office = drawing.offices()["ZH"]
    for given in Assignment.objects.select_related("order").filter(draw_day=DAY):
        row = custody.DrawKey.objects.get(day=DAY, agency=office.agency)
        basis = draw.Basis(
            agency=given.draw_agency, previous_anchor=given.draw_anchor,
            purpose=draw.Purpose.INSPECTOR,
        )  # fmt: skip
        u = draw.draw_one(bytes.fromhex(row.key or ""), draw.message(basis, given.order.reference))
        assert given.u == u
        assert given.inspector == given.eligible[u * len(given.eligible) >> 52]
    assert Examination.objects.count() == filled.examinations
    _the_records_give_the_outcomes()
    assert replay().different == []
