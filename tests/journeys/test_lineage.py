"""Goods are known again under another paper, and get no second draw."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import polars as pl
import pytest
from tests.journeys.builders import (
    DAY,
    NEWCOMER,
    NOW,
    body,
    how,
    lodged,
    machines,
    toys,
)

from guomen.journeys import intake, lineage
from guomen.journeys.clearance import amend, lodge_many, redecide, supply, withdraw
from guomen.supervision.declarations.models import Line

LOT = "LOT-2012/77"
HOUR = timedelta(hours=1)


def one(*rows: dict[str, Any], at: Any = NOW) -> Line:
    (line,) = lodged(*rows, at=at)
    return line


def same_draw(a: Line, b: Line) -> bool:
    names = ("u", "root", "draw_day", "draw_agency", "draw_anchor", "draw_counter")
    return all(getattr(a, name) == getattr(b, name) for name in names)


def back(line: Line, *, at: Any = NOW) -> None:
    withdraw(line.reference, reason="mistake", how=how(at))


def test_goods_sent_again_after_a_withdrawal_keep_their_draw(register):
    first = one(toys(lot=LOT))
    back(first)
    again = one(toys("A-2", lot=LOT), at=NOW + DAY)
    assert same_draw(first, again)
    assert body(again)["facts"]["root"] == body(again)["draw"]["root"] == first.reference
    back(again, at=NOW + DAY)
    assert same_draw(first, one(toys("A-3", lot=LOT), at=NOW + 2 * DAY))


@pytest.mark.parametrize("mark", lineage.MARK_COLUMNS)
def test_any_mark_tells_goods_again(register, mark):
    value = {mark: "TEMU1234567"}
    first = one(toys(**value))
    back(first)
    assert same_draw(first, one(toys("A-2", **value), at=NOW + HOUR))


SAME = [
    ("L-2012/0523", " l2012 0523"),
    ("SEAL O0I1", "ＳＥＡＬ００１１"),
    ("zh.12.l0", "ZH-12-10"),
    ("批号2012", "批号-2O12"),
]


@pytest.mark.parametrize(("mark", "mistaken"), SAME)
def test_marks_that_are_mistaken_for_one_another_are_one(register, mark, mistaken):
    first = one(toys(lot=mark))
    back(first)
    assert same_draw(first, one(toys("A-2", lot=mistaken), at=NOW + HOUR))


OTHER = [
    {"lot": "LOT-2012/78"},  # the lot of the next day
    {"lot": LOT, "enterprise": NEWCOMER},
    {"lot": LOT, "hs_code": "9504300000"},
    {"lot": LOT, "origin": "VN"},
    {"seal": LOT},  # a seal is not a lot
    {"lot": "77"},  # too short to tell anything
    {"lot": None},
]


@pytest.mark.parametrize("more", OTHER, ids=str)
def test_other_goods_get_a_draw_of_their_own(register, more):
    first = one(toys(lot=LOT))
    back(first)
    other = one(toys("A-2", **more), at=NOW + HOUR)
    assert other.root == other.reference
    assert other.u != first.u


def test_the_plate_of_a_truck_that_crosses_every_day_is_no_mark(register):
    first = one(toys(container="粤C12345"))
    other = one(toys("A-2", container="粤C12345"), at=NOW + HOUR)
    assert (other.root, other.u != first.u) == (other.reference, True)


def test_goods_are_remembered_for_thirty_days(register):
    first = one(toys(lot=LOT))
    back(first)
    from tests.journeys.builders import TODAY, commit_keys

    commit_keys(TODAY + 25 * DAY, TODAY + 35 * DAY)
    late = one(toys("A-2", lot=LOT), at=NOW + 30 * DAY)
    assert same_draw(first, late)
    back(late, at=NOW + 30 * DAY)
    Line.objects.filter(pk=late.pk).update(marks=[])
    new = one(toys("A-3", lot=LOT), at=NOW + 30 * DAY + timedelta(microseconds=1))
    assert new.root == new.reference


def test_parts_of_a_lot_share_its_draw(register):
    whole = one(toys(lot=LOT, quantity="1000"))
    back(whole)
    parts = [one(toys(f"P-{n}", lot=LOT, quantity="250"), at=NOW + n * HOUR) for n in range(1, 5)]
    assert all(same_draw(whole, part) for part in parts)


def test_parts_on_one_declaration_share_its_draw_too(register):
    whole = one(toys(lot=LOT, quantity="1000"))
    back(whole)
    parts = lodged(*(toys("P", n, lot=LOT, quantity="250") for n in range(1, 5)), at=NOW + HOUR)
    assert all(same_draw(whole, part) for part in parts)


def test_lots_that_are_merged_take_the_smallest_draw(register):
    lots = [one(toys(f"A-{n}", lot=f"LOT-{n}00", quantity="100")) for n in range(6)]
    for line in lots:
        back(line)
    least = min(lots, key=lambda line: line.u)
    goods = toys("M", lot="LOT-000", seal="LOT-100", quantity="100")
    # a line has one lot and one seal: merged by what they share
    Line.objects.filter(pk=lots[1].pk).update(marks=["seal:10T100"])
    merged = one(goods, at=NOW + HOUR)
    assert merged.u == min(lots[0].u, lots[1].u)
    assert least.u <= merged.u


def test_more_than_was_drawn_for_takes_the_smaller_of_both_draws(register):
    roots = [one(toys(f"A-{n}", lot=f"LOT-{n}00", quantity="100")) for n in range(12)]
    kept = fresh = 0
    for n, root in enumerate(roots):
        back(root)
        grown = one(toys(f"G-{n}", lot=f"LOT-{n}00", quantity="101"), at=NOW + HOUR)
        assert grown.u <= root.u
        kept += same_draw(root, grown)
        fresh += grown.u < root.u and grown.root == grown.reference
    assert kept + fresh == 12
    assert kept
    assert fresh


def test_a_released_lot_is_no_pass_for_more_goods_under_its_mark(register):
    """Whoever sees that a mark was not drawn could send anything under it for thirty days."""
    fresh = 0
    for n in range(8):
        first = one(machines(f"A-{n}", lot=f"LOT-{n}00"))
        more = one(machines(f"B-{n}", lot=f"LOT-{n}00"), at=NOW + HOUR)
        assert more.u <= first.u
        fresh += more.u < first.u
    assert fresh, "the same quantity again, while the first stands, is twice the goods"


def test_parts_that_come_to_more_than_the_whole_are_drawn_for(register):
    fresh = 0
    for n in range(8):
        whole = one(toys(f"A-{n}", lot=f"LOT-{n}00", quantity="100"))
        back(whole)
        for part in range(1, 4):
            line = one(toys(f"P-{n}-{part}", lot=f"LOT-{n}00", quantity="60"), at=NOW + part * HOUR)
            assert line.u <= whole.u
            fresh += line.u < whole.u
    assert fresh


def test_a_line_that_grew_is_drawn_once_and_not_on_every_later_day(register):
    """Ruling again is no new draw, neither against the trader nor for him."""
    for n in range(6):
        back(one(toys(f"A-{n}", lot=f"LOT-{n}00", quantity="10")))
    held = [
        one(toys(f"G-{n}", lot=f"LOT-{n}00", quantity="5000", value_cny=None), at=NOW + HOUR)
        for n in range(6)
    ]
    for line in held:
        redecide([line.reference], how=how(NOW + DAY))
        redecide([line.reference], how=how(NOW + 2 * DAY))
        line_now = Line.objects.get(pk=line.pk)
        assert same_draw(line, line_now)


def test_an_amended_line_keeps_its_draw_and_its_chance_never_falls(register):
    line = one(toys(lot=LOT, value_cny=None))
    before = line.chance_ppm
    for n, changes in enumerate(({"lot": "LOT-9"}, {"value_cny": "1"}, {"destination": "US"}), 1):
        if Line.objects.get(pk=line.pk).state in ("held", "under_document_check"):
            amend(line.reference, changes, how=how(NOW + n * HOUR))
        now = Line.objects.get(pk=line.pk)
        assert same_draw(line, now)
        assert now.largest_chance_ppm >= before
        before = now.largest_chance_ppm


def test_a_mark_that_is_supplied_late_brings_the_draw_of_its_goods(register):
    """Leaving the mark out at first is no way to a second draw."""
    better = 0
    for n in range(8):
        first = one(toys(f"A-{n}", lot=f"LOT-{n}00"))
        back(first)
        line = one(toys(f"B-{n}", value_cny=None), at=NOW + HOUR)
        supply(line.reference, {"lot": f"LOT-{n}00", "value_cny": "5"}, how=how(NOW + 2 * HOUR))
        now = Line.objects.get(pk=line.pk)
        assert now.u == min(first.u, line.u)
        better += first.u < line.u
    assert better


def test_the_chance_of_known_goods_never_falls(register):
    from guomen.supervision.classification import operations as classification
    from guomen.supervision.classification.models import EnterpriseClass

    first = one(toys(lot=LOT))
    back(first)
    held = EnterpriseClass.objects.get(enterprise__uscc=toys()["enterprise"])
    classification.classify(held, 1, on=NOW.date(), at=NOW + HOUR)
    again = one(toys("A-2", lot=LOT), at=NOW + 2 * HOUR)
    assert body(again)["ruling"]["rate_ppm"] < first.chance_ppm
    assert again.chance_ppm == first.chance_ppm


def test_goods_that_were_refused_are_refused_under_another_number(register):
    from guomen.core.severity import Outcome
    from guomen.journeys.clearance import Wish, override

    first = one(toys(lot=LOT))
    override(first.reference, Wish(reason="suspicion", outcome=Outcome.REFUSE), how=how(by="O-1"))
    again = one(toys("A-2", lot=LOT), at=NOW + HOUR)
    assert (again.outcome, "CAR-REFUSED-BEFORE" in again.reasons) == ("refuse", True)


# -- in one file ---------------------------------------------------------------------------------
def in_a_file(*rows: dict[str, Any], minutes: list[int] | None = None) -> list[Line]:
    lines = intake.parse(intake.rows_frame(rows), today=NOW.date()).lines
    if minutes is not None:
        moments = [NOW + timedelta(minutes=m) for m in minutes]
        lines = lines.with_columns(received_at=pl.Series(moments, dtype=pl.Datetime("us", "UTC")))
    for _ in lodge_many(lines, how=how()):
        pass
    own = [row["declaration"] for row in rows]
    found = {
        line.declaration.own_number: line for line in Line.objects.select_related("declaration")
    }
    return [found[name] for name in own]


def test_goods_on_two_declarations_of_a_file_share_a_draw(register):
    a, b, c = in_a_file(
        toys("F-1", lot=LOT, quantity="10"), toys("F-2", lot="OTHER"), toys("F-3", lot=LOT)
    )
    assert c.u <= a.u
    assert b.root == b.reference


def test_a_chain_of_marks_in_a_file_is_followed_in_its_order(register):
    """The middle one shares a mark with each of its neighbours, who share none."""
    kept = 0
    for n in range(6):
        lots = f"LOT-{n}00", f"SEAL-{n}00"
        goods = [
            toys(f"{n}-1", lot=lots[0], quantity="30"),
            toys(f"{n}-2", lot=lots[0], seal=lots[1], quantity="20"),
            toys(f"{n}-3", seal=lots[1], quantity="10"),
        ]
        a, b, c = in_a_file(*goods, minutes=[3 * n, 3 * n + 1, 3 * n + 2])
        assert c.u <= b.u <= a.u
        kept += a.u == b.u == c.u
        assert b.root != b.reference or b.u < a.u
        assert c.root != c.reference or c.u < b.u
