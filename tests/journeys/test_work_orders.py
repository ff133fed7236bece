"""Work orders from rulings, and who is drawn to do them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction
from tests.journeys.builders import (
    FOUNDED,
    GROWER,
    NOW,
    RECORDED,
    Register,
    how,
    lodged,
    machines,
    meat,
    toys,
    vegetables,
)

from guomen.core import draw
from guomen.core.canonical import loads
from guomen.core.lifecycle import MoveRefusedError
from guomen.journeys import assigning, work_orders
from guomen.journeys.clearance import withdraw
from guomen.rulebooks import inspection as work
from guomen.supervision.agencies.models import (
    Agency,
    DeclaredInterest,
    InterestKind,
    Officer,
    RoleHeld,
)
from guomen.supervision.declarations.models import Line, OwedCheck
from guomen.supervision.inspections.models import Qualification, WorkOrder
from guomen.supervision.ledger import custody
from guomen.supervision.ledger import queries as ledger
from guomen.supervision.parties.models import Enterprise

SOON = NOW + timedelta(minutes=5)


def officer(key: str, role: str = "inspector", *skills: str, agency: str = "ZHGB") -> Officer:
    user = get_user_model().objects.create_user(key)
    made = Officer.objects.create(
        key=key, user=user, agency=Agency.objects.get(code=agency), name_zh=key, name_en=key
    )
    dated = {"begins": FOUNDED, "recorded_at": RECORDED}
    RoleHeld.objects.create(officer=made, role=role, **dated)
    for skill in skills or ("plants",):
        Qualification.objects.create(officer=key, skill=skill, **dated)
    return made


def opened(*rows: dict[str, Any]) -> dict[str, WorkOrder]:
    lines = lodged(*rows)
    work_orders.open_for([line.reference for line in lines], at=NOW)
    return {o.kind: o for o in WorkOrder.objects.filter(line__in=lines)}


def test_a_ruling_asks_for_an_inspection_and_its_duties_for_loading_and_port(
    register: Register,
) -> None:
    found = opened(vegetables())
    assert found["inspection"].checks[:3] == ["documentary", "identity", "physical"]
    assert found["loading_supervision"].checks == ["loading"]
    assert found["loading_supervision"].place == found["inspection"].line.site
    assert found["port_check"].checks == ["port"]
    assert {o.skill for o in found.values()} == {"plants"}
    # Fresh supply goes out on the day on which it was declared.
    assert {o.due_on for o in found.values()} == {NOW.date()}
    order = found["inspection"]
    assert order.minutes == sum(work.MINUTES[check] for check in order.checks)
    assert order.plan_n is not None


def test_papers_alone_are_an_order_of_the_examiner_and_what_is_held_gets_none(
    register: Register,
) -> None:
    (order,) = opened(toys()).values()
    assert order.line.outcome == "document_check"
    assert (order.checks, assigning.role_of(order).value) == (["documentary"], "document_examiner")
    (held,) = lodged(meat(own="A-2", site=None, enterprise=GROWER))
    assert held.outcome in {"hold", "refuse"}
    assert work_orders.open_for([held.reference], at=NOW) == 0


def test_opening_again_changes_nothing_and_numbers_are_never_given_twice(
    register: Register,
) -> None:
    opened(vegetables())
    lines = list(Line.objects.values_list("reference", flat=True))
    before = list(WorkOrder.objects.values_list("reference", "version"))
    assert work_orders.open_for(lines, at=SOON) == 0
    assert work_orders.open_due(at=SOON) == 0
    assert list(WorkOrder.objects.values_list("reference", "version")) == before
    assert len({reference for reference, _ in before}) == len(before)


def test_a_line_that_is_withdrawn_loses_its_orders(register: Register) -> None:
    found = opened(vegetables())
    line = found["inspection"].line
    withdraw(line.reference, reason="sold_elsewhere", how=how(SOON))
    work_orders.open_for([line.reference], at=SOON)
    assert set(WorkOrder.objects.values_list("state", "reason")) == {
        ("cancelled", "no_longer_asked")
    }


def test_a_line_that_carries_an_owed_check_says_so(register: Register) -> None:
    owed = OwedCheck.objects.create(
        enterprise=Enterprise.objects.get(uscc=GROWER).reference, hs6="070490",
        direction="export", owed_by="DEC-1/1", reason="capacity", recorded_at=RECORDED,
    )  # fmt: skip
    found = opened(vegetables())
    owed.refresh_from_db()
    assert owed.claimed_by == found["inspection"].line.reference
    assert all(o.owed for o in found.values())


def test_opening_many_lines_takes_as_many_queries_as_opening_one(
    register: Register, django_assert_max_num_queries: Any
) -> None:
    few = [line.reference for line in lodged(vegetables())]
    many = [
        line.reference
        for n in range(8)
        for line in lodged(vegetables(own=f"B-{n}", lot=f"LOT-{n}"))
        + lodged(machines(own=f"M-{n}"))
    ]
    WorkOrder.objects.all().delete()
    for references in (few, many):
        with django_assert_max_num_queries(12):
            work_orders.open_for(references, at=NOW)


# -- the second draw ------------------------------------------------------------------------------


def assign(order: WorkOrder, at: Any = SOON) -> assigning.Assigned:
    answer = assigning.assign([order.reference], at=at, by="HEAD")
    order.refresh_from_db()
    return answer


def test_the_drawn_inspector_follows_from_the_published_key(register: Register) -> None:
    keys = [officer(f"OFF-{n}").key for n in range(1, 6)]
    order = opened(vegetables())["inspection"]
    assign(order)
    given = order.assignments.get()
    assert given.eligible == keys
    assert order.inspector in keys
    # An outsider draws again: the key of the day, the reference, the anchor, the purpose.
    office = custody.Office(agency="ZHCIQ")
    use = custody.Use(at=SOON, who="AUDITOR", purpose="test")
    key = custody.key_for(date(2012, 5, 24), office, use=use).key
    basis = draw.Basis(
        agency=given.draw_agency, previous_anchor=given.draw_anchor, purpose=draw.Purpose.INSPECTOR
    )
    text = draw.message(basis, order.reference, given.draw_counter)
    assert given.u == draw.draw_one(key, text)
    assert order.inspector == keys[int(given.u / 2**52 * len(keys))]
    # The draw that selected the goods is another one, under another purpose.
    assert given.u != order.line.u
    entry = loads(ledger.entries_of(order.line.reference, kind="assignment")[0].body or "")
    assert (entry["inspector"], entry["u"], entry["order"]) == (
        order.inspector, given.u, order.reference
    )  # fmt: skip


def test_every_eligible_officer_is_drawn_about_as_often(register: Register) -> None:
    # One draw each of many references, as the orders of a month: no officer is a favourite.
    basis = draw.Basis(agency="ZHCIQ", purpose=draw.Purpose.INSPECTOR)
    texts = draw.messages(basis, [f"WO-2012-{n:06d}" for n in range(20_000)], [0] * 20_000)
    among = 7
    places = [assigning.place_of(int(u), among) for u in draw.draw(bytes(range(32)), texts)]
    expected = 20_000 / among
    chi_square = sum((places.count(p) - expected) ** 2 / expected for p in range(among))
    assert set(places) == set(range(among))
    assert chi_square < 22.46  # 0.999 quantile of chi-square with 6 degrees of freedom


def test_who_has_an_interest_no_skill_or_no_time_is_not_drawn_and_it_says_why(
    register: Register,
) -> None:
    for key in ("OFF-1", "OFF-2", "OFF-3"):
        officer(key)
    officer("OFF-4", "inspector", "animals")
    officer("OFF-5", agency="ZHJZ")
    officer("OFF-6", "sampler")
    grower = Enterprise.objects.get(uscc=GROWER)
    with transaction.atomic():
        DeclaredInterest.objects.create(
            officer=Officer.objects.get(key="OFF-1"), enterprise=grower,
            kind=InterestKind.RELATIVE, begins=FOUNDED, recorded_at=RECORDED,
        )  # fmt: skip
    order = opened(vegetables())["inspection"]
    WorkOrder.objects.filter(kind="port_check").update(
        state="assigned", inspector="OFF-2", minutes=work.DAY_MINUTES
    )
    assign(order)
    given = order.assignments.get()
    assert (order.inspector, given.eligible) == ("OFF-3", ["OFF-3"])
    assert given.excluded == {"OFF-1": "interest", "OFF-2": "full", "OFF-4": "skill"}


def test_without_anybody_eligible_the_order_waits(register: Register) -> None:
    officer("OFF-1", "inspector", "animals")
    order = opened(vegetables())["inspection"]
    assert assign(order).waiting == {order.reference: "nobody_eligible"}
    assert (order.state, order.inspector) == ("open", None)


def test_without_a_key_of_the_day_nobody_is_drawn(keyless: Register) -> None:
    officer("OFF-1")
    order = opened(vegetables())["inspection"]
    assert assign(order).waiting == {order.reference: "no_key"}
    assert order.state == "open"


def test_the_load_of_the_day_is_counted_while_many_are_assigned(register: Register) -> None:
    for key in ("OFF-1", "OFF-2"):
        officer(key)
    lines = [line for n in range(12) for line in lodged(vegetables(own=f"C-{n}", lot=f"L-{n}"))]
    work_orders.open_for([line.reference for line in lines], at=NOW)
    orders = WorkOrder.objects.filter(kind="inspection")
    answer = assigning.assign([o.reference for o in orders], at=SOON, by="HEAD")
    minutes = orders[0].minutes
    room = 2 * (work.DAY_MINUTES // minutes)
    assert len(answer.given) == min(12, room)
    for key in ("OFF-1", "OFF-2"):
        assert orders.filter(inspector=key).count() * minutes <= work.DAY_MINUTES


def test_what_is_overdue_fills_today(register: Register) -> None:
    officer("OFF-1")
    lines = [line for n in range(12) for line in lodged(vegetables(own=f"C-{n}", lot=f"L-{n}"))]
    orders = WorkOrder.objects.filter(kind="inspection", line__in=lines)
    for n, order in enumerate(orders):
        WorkOrder.objects.filter(pk=order.pk).update(due_on=NOW.date() - timedelta(days=n))
    answer = assigning.assign([o.reference for o in orders], at=SOON, by="HEAD")
    assert len(answer.given) == work.DAY_MINUTES // orders[0].minutes


def test_owed_checks_are_given_out_first(register: Register) -> None:
    officer("OFF-1")
    lines = [line for n in range(12) for line in lodged(vegetables(own=f"C-{n}", lot=f"L-{n}"))]
    work_orders.open_for([line.reference for line in lines], at=NOW)
    orders = list(WorkOrder.objects.filter(kind="inspection"))
    last = orders[-1]
    WorkOrder.objects.filter(pk=last.pk).update(owed=True)
    answer = assigning.assign([o.reference for o in orders], at=SOON, by="HEAD")
    assert len(answer.given) < 12
    assert last.reference in answer.given


def test_a_reassignment_keeps_its_reason_and_the_first_draw(register: Register) -> None:
    for key in ("OFF-1", "OFF-2"):
        officer(key)
    order = opened(vegetables())["inspection"]
    assign(order)
    first = order.inspector
    other = next(key for key in ("OFF-1", "OFF-2") if key != first)
    with pytest.raises(assigning.ReasonMissingError):
        assigning.name(order.reference, other, reason="because", at=SOON, by="HEAD")
    assigning.name(order.reference, other, reason="absent", at=SOON, by="HEAD", note="病假")
    order.refresh_from_db()
    drawn, again = order.assignments.order_by("pk")
    assert (drawn.way, drawn.inspector) == ("drawn", first)
    assert (again.way, again.inspector, again.reason, again.note) == (
        "reassigned", other, "absent", "病假"
    )  # fmt: skip
    assert (order.state, order.inspector) == ("assigned", other)
    body = loads(ledger.entries_of(order.line.reference, kind="assignment")[1].body or "")
    assert (body["before"], body["reason"]) == (first, "absent")


def test_nobody_with_an_interest_is_named_and_a_closed_order_is_not_given_away(
    register: Register,
) -> None:
    for key in ("OFF-1", "OFF-2"):
        officer(key)
    order = opened(vegetables())["inspection"]
    assign(order)
    grower = Enterprise.objects.get(uscc=GROWER)
    other = next(key for key in ("OFF-1", "OFF-2") if key != order.inspector)
    DeclaredInterest.objects.create(
        officer=Officer.objects.get(key=other), enterprise=grower, kind=InterestKind.PARTY,
        begins=FOUNDED, recorded_at=RECORDED,
    )  # fmt: skip
    with pytest.raises(assigning.NobodyEligibleError):
        assigning.name(order.reference, other, reason="absent", at=SOON, by="HEAD")
    WorkOrder.objects.filter(pk=order.pk).update(state="completed", closed_at=SOON)
    with pytest.raises(MoveRefusedError):
        assigning.name(order.reference, order.inspector, reason="absent", at=SOON, by="HEAD")


def test_assigning_many_takes_as_many_reads_as_assigning_one(
    register: Register, django_assert_max_num_queries: Any
) -> None:
    for n in range(1, 9):
        officer(f"OFF-{n}")
    lines = [line for n in range(6) for line in lodged(vegetables(own=f"C-{n}", lot=f"L-{n}"))]
    work_orders.open_for([line.reference for line in lines], at=NOW)
    orders = list(WorkOrder.objects.filter(kind="inspection"))
    # Thirteen reads and the ledger, then two writes for each order.
    with django_assert_max_num_queries(22 + 2 * len(orders)):
        assigning.assign([o.reference for o in orders], at=SOON, by="HEAD")
