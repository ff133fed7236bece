"""A held line says what it lacks, of whom, until when; officers raise alone and lower in pairs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from tests.journeys.builders import (
    BASE,
    DAY,
    FOUNDED,
    IMPORTER,
    NOW,
    PLANT,
    RECORDED,
    TODAY,
    body,
    how,
    issue,
    lodged,
    meat,
    order,
    toys,
    vegetables,
    wine,
)

from guomen.core.severity import SEVERITY, Outcome
from guomen.journeys import reading
from guomen.journeys.clearance import (
    Wish,
    amend,
    decide_override,
    lodge,
    override,
    redecide,
    supply,
    waiting_for,
    withdraw,
)
from guomen.journeys.clearance.later import (
    LineClosedError,
    LineMovedError,
    NoSuchLineError,
    NotAmendableError,
)
from guomen.journeys.clearance.lodging import IntakeRefusedError
from guomen.journeys.clearance.overriding import OverrideRefusedError
from guomen.journeys.reading import Audience, explain_line
from guomen.supervision.controls import operations as controls
from guomen.supervision.declarations.models import Line, Override
from guomen.supervision.ledger import queries as ledger
from guomen.supervision.parties.models import Site

HOUR = timedelta(hours=1)
OFFICER, SECOND = how(by="OFF-1"), how(by="OFF-2")


def now(line: Line) -> Line:
    return Line.objects.get(pk=line.pk)


def bodies(line: Line) -> dict[str, str]:
    entry = ledger.entry(now(line).ruling_seq)
    return {line.reference: entry.body or ""}


def of(kind: Any = toys, /, **more: Any) -> Line:
    (line,) = lodged(kind(**more))
    return line


@pytest.mark.parametrize(
    ("row", "missing", "supplier"),
    [
        (toys(quantity=None), ["quantity"], "declarant"),
        (toys(value_cny=None, unit=None), ["unit", "value_cny"], "declarant"),
        (vegetables(site="NEW-BASE"), ["base_filed", "base_plan_covers"], "enterprise"),
        (
            meat(consignor="NO-1"),
            ["overseas_party_filed", "overseas_plant_registered"],
            "declarant",
        ),
        (toys(documents=None), ["doc_contract", "doc_invoice", "doc_packing_list"], "declarant"),
    ],
    ids=["quantity", "two", "base", "plant", "documents"],
)
def test_a_hold_names_what_is_missing_who_supplies_it_and_the_day(register, row, missing, supplier):
    (line,) = lodged(row)
    assert (line.outcome, line.state) == ("hold", "held")
    assert [name for name in line.missing if name in missing] == missing
    assert line.held_for == supplier
    assert line.held_since == NOW
    # Thursday 24 May 2012 and five working days: Thursday 31 May, the weekend left out
    assert line.hold_deadline.astimezone(UTC).date() in (TODAY + 7 * DAY,)
    told = explain_line(line.reference)
    assert {m.name for m in told.missing} == set(line.missing)
    assert all(m.supplier_name.zh and m.rules for m in told.missing)


def test_the_deadline_of_a_hold_passes_over_the_dragon_boat_holiday(register):
    """23 June 2012 was Dragon Boat Day, the 22nd a day off (State Council notice for 2012)."""
    at = datetime(2012, 6, 19, 1, tzinfo=UTC)
    (line,) = lodged(toys(quantity=None), at=at)
    # Wednesday 20, Thursday 21, Monday 25, Tuesday 26, Wednesday 27
    assert line.hold_deadline.date().isoformat() == "2012-06-27"


def test_what_is_supplied_is_ruled_on_at_once(register):
    line = of(quantity=None)
    found = supply(line.reference, {"quantity": "50"}, how=how(NOW + HOUR))
    after = now(line)
    assert (found.before, found.after) == (Outcome.HOLD, Outcome(after.outcome))
    assert after.outcome != "hold"
    assert (after.missing, after.held_since, after.held_for, after.hold_deadline) == (
        [],
        None,
        None,
        None,
    )
    assert (after.rulings, after.u) == (2, line.u)
    kinds = [entry.kind for entry in ledger.entries_of(line.reference)]
    assert kinds == ["ruling", "declaration.amended", "ruling"]


def test_a_hold_that_goes_on_keeps_its_beginning_and_its_deadline(register):
    line = of(quantity=None, value_cny=None)
    supply(line.reference, {"value_cny": "5"}, how=how(NOW + DAY))
    after = now(line)
    assert (after.outcome, after.missing) == ("hold", ["quantity"])
    assert (after.held_since, after.hold_deadline) == (line.held_since, line.hold_deadline)


def test_supply_fills_what_is_empty_and_nothing_else(register):
    line = of(quantity=None)
    for bad in ({"value_cny": "1"}, {"quantity": "5", "lot": "L", "unit": "KGM"}):
        with pytest.raises(NotAmendableError):
            supply(line.reference, bad, how=how())
    with pytest.raises(IntakeRefusedError):
        supply(line.reference, {"quantity": "-5"}, how=how())
    with pytest.raises(NotAmendableError):
        supply(line.reference, {"enterprise": IMPORTER}, how=how())
    with pytest.raises(NoSuchLineError):
        supply("DEC-2012-000099-9/1", {"quantity": "5"}, how=how())
    assert now(line).rulings == 1


def test_a_fact_of_the_register_that_arrives_lets_the_held_line_go(register):
    """The site is filed after the declaration; the line knows it by the number declared."""
    line = of(vegetables, site="GD-V-0099")
    assert line.state == "held"
    base = Site.objects.get(number=BASE)
    Site.objects.filter(pk=base.pk).update(number="GD-V-0099")
    assert waiting_for() == [line.reference]
    for hours in (1, 2):  # ruling twice must not change what was declared
        redecide([line.reference], how=how(NOW + hours * HOUR))
        assert body(line)["facts"]["site"] == base.reference
    assert now(line).outcome == "inspect_and_sample"
    assert waiting_for() == []


def test_who_stays_unknown_keeps_one_name_through_every_ruling(register):
    line = of(meat, site="NO-SITE", consignor="NO-PLANT", agent="NO-AGENT")
    first = body(line)["facts"]
    for hours in (1, 2):
        redecide([line.reference], how=how(NOW + hours * HOUR))
    again = body(line)["facts"]
    for name in ("site", "consignor", "agent", "enterprise"):
        assert again[name] == first[name]


def test_lines_wait_oldest_first(register):
    lines = [
        lodged(toys(f"A-{n}", quantity=None), at=NOW + timedelta(minutes=n))[0] for n in (3, 1, 2)
    ]
    assert waiting_for() == [lines[i].reference for i in (1, 2, 0)]
    assert waiting_for(enterprise=lines[0].enterprise) == waiting_for()
    assert waiting_for(enterprise="ENT-1") == []


# -- amendments ------------------------------------------------------------------------------------
def test_more_quantity_is_refused_in_one_step_and_in_two(register):
    line = of(documents=None)  # held
    for bad in ("1000.001", None, ""):
        with pytest.raises(NotAmendableError):
            amend(line.reference, {"quantity": bad}, how=how())
    amend(line.reference, {"quantity": "999"}, how=how())
    with pytest.raises(NotAmendableError):
        amend(line.reference, {"quantity": "1000"}, how=how())
    assert now(line).quantity == 999


def test_an_amendment_never_lowers_an_announced_check(register):
    issue(order("BK-1", hs_prefix="9503"))
    line = of()
    assert line.outcome == "inspect"
    with transaction.atomic():
        controls.lift("BK-1", on=TODAY, at=NOW + timedelta(minutes=1))
    for n, changes in enumerate(({"destination": "US"}, {"hs_code": "8479899990"}), 1):
        found = amend(line.reference, changes, how=how(NOW + n * HOUR))
        assert SEVERITY[found.after] >= SEVERITY[Outcome.INSPECT]
    redecide([line.reference], how=how(NOW + DAY))
    assert SEVERITY[Outcome(now(line).outcome)] >= SEVERITY[Outcome.INSPECT]


def test_an_amendment_may_raise(register):
    issue(order("BK-1", origin="VN", effect="inspect_and_sample"))
    line = of()
    assert amend(line.reference, {"origin": "VN"}, how=how()).after is Outcome.INSPECT_AND_SAMPLE


@pytest.mark.parametrize("state", ["released", "refused", "withdrawn", "nonconforming"])
def test_a_closed_line_is_not_amended_nor_ruled_on_again(register, state):
    line = of()
    Line.objects.filter(pk=line.pk).update(state=state)
    for change in (
        lambda: amend(line.reference, {"lot": "X"}, how=how()),
        lambda: redecide([line.reference], how=how()),
    ):
        with pytest.raises(LineClosedError):
            change()
    if state != "refused":
        with pytest.raises(LineClosedError):
            withdraw(line.reference, reason="late", how=how())
    assert len(ledger.entries_of(line.reference)) == 1


def test_one_missing_line_among_several_is_not_passed_over(register):
    line = of()
    with pytest.raises(NoSuchLineError):
        redecide([line.reference, "DEC-2012-000099-9/1"], how=how())
    assert now(line).rulings == 1


# -- overrides -------------------------------------------------------------------------------------
def test_one_officer_raises_at_once(register):
    line = of()
    made = override(line.reference, Wish(reason="suspicion", outcome=Outcome.INSPECT), how=OFFICER)
    assert made.approved
    assert now(line).outcome == "inspect"
    assert "CAR-RAISED-INSPECT" in now(line).reasons
    with pytest.raises(OverrideRefusedError):
        override(line.reference, Wish(reason="suspicion", outcome=Outcome.RELEASE), how=OFFICER)
    with pytest.raises(OverrideRefusedError):
        override(line.reference, Wish(reason="suspicion", outcome=Outcome.INSPECT), how=OFFICER)


def test_an_override_of_a_line_that_moved_since_it_was_looked_at_changes_nothing(register):
    """Two officers read the same version; whoever is second at the lock is told."""
    line = of(documents="contract;invoice;factory_inspection")
    seen = line.version
    wish = Wish(reason="documents_corrected", rules=("DQ-DOCUMENTS",))
    made = override(line.reference, wish, how=OFFICER, version=seen)
    amend(line.reference, {"goods": "other"}, how=how())
    with pytest.raises(LineMovedError):
        override(line.reference, wish, how=OFFICER, version=seen)
    with pytest.raises(LineMovedError):
        decide_override(made.pk, approve=True, how=SECOND, version=seen)
    assert (Override.objects.get().approved, now(line).settled_rules) == (None, [])


@pytest.mark.parametrize(
    "wish",
    [
        Wish(reason="mood", outcome=Outcome.INSPECT),
        Wish(reason="suspicion"),
        Wish(reason="capacity", rules=("NO-SUCH-RULE",)),
    ],
    ids=lambda wish: wish.reason,
)
def test_a_wish_without_coded_reason_effect_or_rule_is_refused(register, wish):
    line = of()
    with pytest.raises(OverrideRefusedError):
        override(line.reference, wish, how=OFFICER)
    assert len(ledger.entries_of(line.reference)) == 1


def test_less_severity_waits_for_a_second_person(register):
    line = of(documents="contract;invoice;factory_inspection")
    rules = tuple(r for r in line.reasons if r == "DQ-DOCUMENTS")
    assert (line.outcome, rules) == ("hold", ("DQ-DOCUMENTS",))
    made = override(line.reference, Wish(reason="documents_corrected", rules=rules), how=OFFICER)
    assert (made.approved, now(line).outcome) == (None, "hold")
    with pytest.raises(OverrideRefusedError):
        decide_override(made.pk, approve=True, how=OFFICER)
    with pytest.raises(IntegrityError), transaction.atomic():
        Override.objects.filter(pk=made.pk).update(approved=True, decided_by="OFF-1")
    assert decide_override(made.pk, approve=True, how=SECOND).approved
    assert SEVERITY[Outcome(now(line).outcome)] < SEVERITY[Outcome.HOLD]
    with pytest.raises(OverrideRefusedError):
        decide_override(made.pk, approve=True, how=how(by="OFF-3"))


def test_a_refused_wish_changes_nothing(register):
    line = of(documents="contract;invoice;factory_inspection")
    wish = Wish(reason="documents_corrected", rules=("DQ-DOCUMENTS",))
    made = override(line.reference, wish, how=OFFICER)
    assert decide_override(made.pk, approve=False, how=SECOND).approved is False
    assert (now(line).outcome, now(line).rulings, now(line).settled_rules) == ("hold", 1, [])


def test_settling_a_hold_removes_only_that_hold(register):
    """The line was drawn as well, and lacks another paper: both stay."""
    line = of(wine, documents="contract;invoice", quantity=None)
    assert (line.outcome, line.selected) == ("hold", True)
    made = override(
        line.reference, Wish(reason="documents_corrected", rules=("DQ-DOCUMENTS",)), how=OFFICER
    )
    decide_override(made.pk, approve=True, how=SECOND)
    assert now(line).outcome == "hold"
    assert "DQ-DOCUMENTS" not in now(line).reasons
    assert {"DQ-QUANTITY", "IMP-LABEL"} <= set(now(line).reasons)
    wish = Wish(reason="rule_not_applicable", rules=("DQ-QUANTITY", "IMP-LABEL"))
    made = override(line.reference, wish, how=OFFICER)
    decide_override(made.pk, approve=True, how=SECOND)
    after = now(line)
    assert (after.outcome, after.state, after.selected) == ("inspect", "under_inspection", True)
    assert set(after.settled_rules) == {"DQ-DOCUMENTS", "DQ-QUANTITY", "IMP-LABEL"}


def test_goods_that_were_released_can_be_stopped_and_a_refusal_lifted(register):
    line = of()
    Line.objects.filter(pk=line.pk).update(state="released")
    override(line.reference, Wish(reason="tip_off", outcome=Outcome.HOLD), how=OFFICER)
    assert now(line).state == "held"
    issue(order("BK-9", hs_prefix="2204", effect="refuse"))
    refused = of(wine, declaration="A-2")
    assert refused.state == "refused"
    wish = Wish(reason="humanitarian", rules=("CTL-REFUSE",))
    decide_override(override(refused.reference, wish, how=OFFICER).pk, approve=True, how=SECOND)
    assert now(refused).state == "under_inspection"


def test_a_mandatory_order_that_may_match_holds_the_line(register):
    issue(order("BK-1", hs_prefix="9503", site="SIT-000001-0"))
    line = of(site=None)
    assert (line.outcome, line.reasons[0]) == ("hold", "CTL-POSSIBLE")
    assert (line.missing, line.held_for) == (["site"], "declarant")
    for audience in Audience:
        (told,) = explain_line(line.reference, audience=audience).missing
        assert (told.name, told.supplier.value) == ("site", "declarant")
        (brief,) = reading.brief(bodies(line), audience=audience)[line.reference].missing
        assert brief == told
    supply(line.reference, {"site": "SIT-000001-1"}, how=how(NOW + HOUR))
    assert (now(line).outcome == "hold", now(line).missing) == (False, [])


def test_only_the_facts_that_would_tell_are_named(register):
    """Known selectors, orders that ask for nothing certain, and older forms count for nothing."""
    issue(
        order("BK-1", hs_prefix="9503", site="SIT-000001-0"),
        order("BK-2", hs_prefix="9503", consignor="OVS-1", mandatory=False),
    )
    line = of(site=None, consignor=None)
    assert set(line.missing) == {"site"}
    with transaction.atomic():
        controls.lift("BK-1", on=TODAY, at=NOW + HOUR)
    named = {fact.name for fact in explain_line(line.reference).missing}
    assert named == {"site"}


def test_a_confidential_order_tells_the_officer_alone_what_it_asks_after(register):
    issue(order("BK-1", hs_prefix="9503", site="SIT-000001-0", confidential=True))
    line = of(site=None)
    assert (line.outcome, line.missing, line.held_for) == ("hold", [], "bureau")
    assert [fact.name for fact in explain_line(line.reference).missing] == ["site"]
    assert explain_line(line.reference, audience=Audience.ENTERPRISE).missing == ()
    assert reading.brief(bodies(line), audience=Audience.ENTERPRISE)[line.reference].missing == ()


def test_a_line_that_changed_meanwhile_is_decided_again(register, monkeypatch):
    """An amendment arrives between the reading of the line and the store of its new ruling."""
    from guomen.journeys.clearance import deciding, later

    line = of(quantity=None)
    decide, calls = deciding.decide, []

    def interleaved(*args: Any, **kwargs: Any) -> Any:
        found = decide(*args, **kwargs)
        calls.append(1)
        if len(calls) == 1:
            supply(line.reference, {"quantity": "7"}, how=how(NOW + timedelta(minutes=1)))
        return found

    monkeypatch.setattr(later.deciding, "decide", interleaved)
    redecide([line.reference], how=how(NOW + HOUR))
    assert len(calls) == 3
    assert body(line)["facts"]["quantity"] == "7.000"
    assert now(line).rulings == 3


def test_two_supplies_at_once_do_not_add_up_to_more(register, monkeypatch):
    """Both read the empty quantity; the second may not overwrite the first with more."""
    from guomen.journeys.clearance import deciding, later

    line = of(quantity=None)
    decide, calls = deciding.decide, []

    def interleaved(*args: Any, **kwargs: Any) -> Any:
        found = decide(*args, **kwargs)
        calls.append(1)
        if len(calls) == 1:
            supply(line.reference, {"quantity": "7"}, how=how(NOW + timedelta(minutes=1)))
        return found

    monkeypatch.setattr(later.deciding, "decide", interleaved)
    with pytest.raises(NotAmendableError):
        supply(line.reference, {"quantity": "7000"}, how=how(NOW + HOUR))
    assert now(line).quantity == 7


def test_orders_name_the_plant_by_its_reference(register):
    plant = register.enterprises[PLANT].reference
    issue(order("BK-1", consignor=plant, begins=FOUNDED), at=RECORDED)
    line = of(meat)
    assert body(line)["ruling"]["orders"] == ["BK-1"]
    redecide([line.reference], how=how(NOW + HOUR))
    assert body(line)["ruling"]["orders"] == ["BK-1"]


def test_an_empty_declaration_is_not_an_amendment(register):
    with pytest.raises(IntakeRefusedError):
        lodge([], how=how())
