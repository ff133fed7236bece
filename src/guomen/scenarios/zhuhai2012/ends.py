"""
The last morning of the year: some of what waits is carried on, one by one, as people do it.

The year is filled in bulk; what only a few lines come to is done here through the journeys
themselves, so that a reader of the demonstration meets every state.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from django.db import transaction
from django.db.models import QuerySet

from guomen.core.conformity import LimitKind
from guomen.core.dispose import DisposalKind
from guomen.core.examine import Showed
from guomen.journeys import assigning, certification, disposal, inspection, laboratory
from guomen.journeys.clearance import Lodgement
from guomen.journeys.inspection import Event
from guomen.journeys.laboratory import Entry
from guomen.rulebooks.inspection import Asks
from guomen.rulebooks.laboratory.criteria import criterion
from guomen.scenarios.zhuhai2012 import messages
from guomen.scenarios.zhuhai2012.figures import BATCHES
from guomen.supervision.declarations.lifecycle import LineState
from guomen.supervision.dispositions.models import Certificate, Disposal, Review
from guomen.supervision.inspections import queries as inspections
from guomen.supervision.inspections.models import WorkOrder
from guomen.supervision.parties import queries as parties
from guomen.supervision.samples import queries as samples
from guomen.supervision.samples.models import Run, Sample, TestOrder
from guomen.supervision.samples.operations import Hand

AGENCY, SECOND, ANALYST, APPROVER = "ZH", "SYS-DEMO-SECOND", "SYS-DEMO-ANALYST", "SYS-DEMO-APPROVER"
# How many of each are carried on; the others stay as they are.
FEW = 4


def carried_on(at: datetime) -> int:
    """Carry some of what waits on its way; return how many steps were made."""
    steps = (
        _inspected,
        _given_out,
        _transferred,
        _sealed_otherwise,
        _upheld,
        _lifted,
        _ordered,
        _dropped,
        _used_up,
    )
    with transaction.atomic():
        return sum(step(at) for step in steps)


def _how(at: datetime, by: str) -> Lodgement:
    return Lodgement(at=at, by=by, agency=AGENCY)


def _inspected(at: datetime) -> int:
    """Complete some orders in hand, of goods whose samples are at the laboratory and others."""
    taken = Sample.objects.filter(portion="test").exclude(state="refused").values("line_id")
    mine = _waiting("assigned").filter(line__state=LineState.UNDER_INSPECTION)
    chosen = [*mine.filter(line_id__in=taken)[:FEW], *mine.exclude(line_id__in=taken)[:FEW]]
    for order in chosen:
        _complete(order, at)
    return len(chosen)


def _waiting(*states: str) -> QuerySet[WorkOrder]:
    rows = WorkOrder.objects.filter(kind="inspection", state__in=states).order_by("reference")
    # Of goods whose batches the article counts the last one was inspected: these wait on.
    codes = [code for code, group in parties.groups_now().items() if group in BATCHES]
    return rows.exclude(line__hs_code__in=codes).select_related("line", "agency")


def _complete(order: WorkOrder, at: datetime) -> None:
    how = _how(at, order.inspector or "")
    inspection.complete(order.reference, in_order(order), how=how)


def _given_out(at: datetime) -> int:
    """Have papers seen and goods loaded that wait for nothing but the check at the port of exit."""
    papers = _waiting("open").filter(line__state=LineState.UNDER_DOCUMENT_CHECK)
    away = papers.filter(line__in=messages.elsewhere().values("line"))[:FEW]
    chosen = {order.pk: order for order in (*away, *papers[: 2 * FEW])}
    return sum(_named(order, at) and _loaded(order, at) for order in chosen.values())


def _transferred(at: datetime) -> int:
    """Send some of the transfers that are due, and let the port take one in."""
    due = [one.line for one in certification.transfers_due("/")][: FEW // 2]
    orders = list(messages.elsewhere().filter(line__reference__in=due).select_related("agency"))
    made = [row for order in orders for row in messages.transfer([order], at)]
    for row, order in list(zip(made, orders, strict=True))[:1]:
        messages.taken_in([row], order.agency)
    return len(made)


def _loaded(papers: WorkOrder, at: datetime) -> bool:
    """Load the lot of a line under supervision, where that is due."""
    rows = WorkOrder.objects.filter(line=papers.line_id, kind="loading_supervision")
    order = rows.filter(state__in=("open", "assigned")).select_related("line", "agency").first()
    if order is None or (order.inspector is None and not _taken(order, at)):
        return False
    lot = {
        "lot": order.line.lot or order.line.reference, "quantity": str(order.line.quantity or 1),
        "unit": order.line.unit or "", "seal": f"ZH{order.pk:07d}", "vehicle": "粤 C-2012",
        "supervised": True,
    }  # fmt: skip
    name = str(uuid5(NAMESPACE_URL, order.reference))
    event = Event(client_id=name, kind="lot", noted_at=at, data=lot)
    inspection.record(order.reference, [event], by=order.inspector or "", at=at)
    _complete(order, at)
    return True


def _named(order: WorkOrder, at: datetime) -> bool:
    """Give an order to somebody and have it completed."""
    if not _taken(order, at):
        return False
    _complete(order, at)
    return True


def _taken(order: WorkOrder, at: datetime) -> bool:
    """Give an order to the first who may do it."""
    free = [one for one in assigning.candidates(order, at=at) if one.why_not in (None, "full")]
    if not free:
        return False
    assigning.name(order.reference, free[0].officer, reason="overloaded", at=at, by=SECOND)
    order.refresh_from_db()
    return True


def _sealed_otherwise(at: datetime) -> int:
    """Let samples arrive under another seal than they were given: new ones are wanted."""
    made = 0
    for sample in Sample.objects.filter(portion="test", state="under_way").order_by("pk")[
        : FEW // 2
    ]:
        order = _waiting("open").filter(line_id=sample.line_id).first()
        if order is not None and _named(order, at):
            hand = Hand(taker=ANALYST, seal=f"{sample.seal}X")
            laboratory.receive(sample.reference, hand, how=_how(at, ANALYST))
            made += 1
    return made


def in_order(order: WorkOrder) -> dict[str, Any]:
    """Return answers to every item of an order at which nothing was at fault."""
    return {item.code: _answer(order, item.code, item.asks) for item in inspection.items_of(order)}


def _answer(order: WorkOrder, code: str, asks: Asks) -> Any:
    if asks is Asks.YES_NO:
        return Showed.CONFORM
    if asks is Asks.QUANTITY:
        return order.line.quantity or Decimal(1)
    if asks is Asks.TEMPERATURE:
        return Decimal(-19)
    return {"P-UNITS": order.plan_n or 0, "P-LOT": order.line.units_in_lot or 1}.get(code, 0)


def _asked() -> Iterable[Review]:
    return Review.objects.filter(state="asked").order_by("reference")


def _upheld(at: datetime) -> int:
    """Answer some requests for another inspection: the finding stands."""
    chosen = list(_asked())[-2:]
    for review in chosen:
        answer = "留样复检，结果与原检测一致。"
        disposal.uphold(review.reference, answer=answer, how=_how(at, SECOND))
    return len(chosen)


def _lifted(at: datetime) -> int:
    """Test the counter-samples of findings that their owners doubt: the last ruling lifts them."""
    chosen = doubted()[: FEW // 2]
    for tests in chosen:
        _measured_again(tests, at)
    return len(chosen)


def doubted() -> list[list[TestOrder]]:
    """
    Return line by line the counter-tests that are all that a doubted finding waits for.

    Goods that must hold at least so much of something are left out: to find nothing is no relief.
    """
    tests = TestOrder.objects.filter(state="ordered", sample__portion="counter")
    rows = tests.filter(line__state=LineState.REINSPECTION).select_related("sample", "line")
    lines: dict[int, list[TestOrder]] = {}
    for test in rows.order_by("pk"):
        lines.setdefault(test.line_id, []).append(test)
    seen_again = inspections.followed(lines.keys())
    return [
        found
        for line, found in lines.items()
        if line not in seen_again and not any(map(_asks_for_enough, found))
    ]


def _asks_for_enough(test: TestOrder) -> bool:
    limit = criterion(test.hazard, test.line.hs_code or "")
    return limit is not None and limit.kind is LimitKind.MINIMUM


def _measured_again(tests: Sequence[TestOrder], at: datetime) -> None:
    """Bring counter-samples to the bench; what was found in the first is not found in them."""
    for sample in {test.sample_id: test.sample for test in tests}.values():
        if sample.state == "kept":
            hand = Hand(taker=SECOND, seal=sample.seal)
            laboratory.hand_over(sample.reference, hand, how=_how(at, SECOND))
        hand = Hand(taker=ANALYST, seal=sample.seal)
        laboratory.receive(sample.reference, hand, how=_how(at, ANALYST))
    for test in tests:
        _not_found(test, at)


def _not_found(test: TestOrder, at: datetime) -> None:
    analyst = _how(at, ANALYST)
    run = Run.objects.get(reference=laboratory.open_run(test.method, [test.pk], how=analyst))
    controls = samples.controls_of(run.laboratory_id, run.method, on=at.date())
    laboratory.enter(
        run.reference,
        controls={control.pk: control.mean for control in controls},
        results={test.pk: Entry(raw="ND")},
        how=analyst,
    )
    laboratory.approve([test.pk], how=_how(at, APPROVER))


def _ordered(at: datetime) -> int:
    """Order some disposals that were chosen, and let one owner choose another."""
    waiting = Disposal.objects.filter(state="chosen").select_related("nonconformity")
    chosen = list(waiting.order_by("pk"))
    choosing = next(((one, other) for one in chosen for other in _others(one)), None)
    if choosing is not None:
        one, other = choosing
        chosen.remove(one)
        disposal.cancel(one.pk, how=_how(at, SECOND))
        case = one.nonconformity.reference
        disposal.choose(case, DisposalKind(other), one.quantity, how=_how(at, SECOND))
    for one in chosen[: FEW // 2]:
        disposal.order(one.pk, how=_how(at, SECOND))
    return len(chosen[: FEW // 2]) + (choosing is not None)


def _others(one: Disposal) -> Iterable[str]:
    """Return the other disposals that the law leaves open to the owner."""
    return (k for k in one.nonconformity.disposals_open if k not in (one.kind, "recall"))


def _dropped(at: datetime) -> int:
    """Drop one draft of a certificate."""
    for paper in Certificate.objects.filter(state="draft").order_by("number")[:1]:
        certification.drop(paper.number, how=_how(at, SECOND))
    return 1


def _used_up(at: datetime) -> int:
    """Dispose of samples that need not be kept any longer, the oldest first."""
    over = Sample.objects.filter(state="tested", kept_until__lt=at).order_by("kept_until", "pk")
    chosen = list(over[: FEW * 10])
    for sample in chosen:
        laboratory.dispose(sample.reference, how=_how(at, SECOND))
    return len(chosen)
