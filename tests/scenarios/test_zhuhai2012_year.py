"""The generated year: its size and rhythm, what was planted, and what inspections would report."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from tests.desks import scenario

from guomen.core.severity import Outcome
from guomen.desks.commands.past import Counted, Year
from guomen.journeys.demo import Awaited
from guomen.journeys.intake import parse, rows_frame
from guomen.rulebooks.commodities import BY_CODE, Group
from guomen.scenarios.zhuhai2012.figures import BATCHES
from guomen.scenarios.zhuhai2012.load import SEED
from guomen.scenarios.zhuhai2012.registers import registers
from guomen.scenarios.zhuhai2012.year.flows import FLOWS
from guomen.scenarios.zhuhai2012.year.generate import END, FIRST_DAY, declarations
from guomen.scenarios.zhuhai2012.year.outcomes import report
from guomen.scenarios.zhuhai2012.year.truth import AT_THE_DOOR, LineTruth, Problem
from guomen.supervision.parties.codes import uscc_valid

pytestmark = pytest.mark.xdist_group("scenario")
ZONE = ZoneInfo("Asia/Shanghai")


@pytest.fixture(scope="module")
def year():
    return list(scenario.year())


@pytest.fixture(scope="module")
def lines(year):
    return [
        (lodging, row, truth)
        for lodging in year
        for row, truth in zip(lodging.rows, lodging.truths, strict=True)
    ]


def test_the_year_has_about_sixty_thousand_lines(lines):
    assert 55_000 <= len(lines) <= 65_000


def test_the_year_runs_from_may_to_may_in_the_order_of_receipt(year):
    moments = [lodging.received_at for lodging in year]
    assert moments == sorted(moments)
    assert moments[0].astimezone(ZONE).date() == FIRST_DAY
    assert moments[-1] < END


def test_the_same_seed_gives_the_same_year(year):
    again = list(islice(declarations(SEED), 300))
    assert again == year[:300]


def test_declarations_have_one_to_eight_lines_of_different_goods(year):
    for lodging in year:
        assert 1 <= len(lodging.rows) <= 8
        assert [row["line"] for row in lodging.rows] == list(range(1, len(lodging.rows) + 1))


def test_own_numbers_are_never_used_twice(year):
    numbers = [lodging.rows[0]["declaration"] for lodging in year]
    assert len(set(numbers)) == len(numbers)


def test_three_to_six_lines_in_a_hundred_have_a_planted_problem(lines):
    share = sum(truth.problem is not None for *_, truth in lines) / len(lines)
    assert 0.03 <= share <= 0.06


def test_every_kind_of_problem_occurs_but_those_that_need_rare_luck(lines):
    found = {truth.problem for *_, truth in lines}
    rare = {Problem.PLANT_SUSPENDED, Problem.STORE_REVOKED, Problem.PERMIT_MISSING}
    assert set(Problem) - rare <= found


def test_the_door_refuses_exactly_what_was_planted_for_it(year):
    """Refused rows are the planted ones and their companions of the same declaration, no other."""
    rows = [row for lodging in year for row in lodging.rows]
    planted = {
        lodging.rows[0]["declaration"]
        for lodging in year
        if any(truth.problem in AT_THE_DOOR for truth in lodging.truths)
    }
    intake = parse(rows_frame(rows), today=END.date())
    refused = {rows[problem.row - 1]["declaration"] for problem in intake.problems}
    # The day of production lies after the day of receipt, yet may lie before the year's end.
    late = {
        lodging.rows[0]["declaration"]
        for lodging in year
        if any(truth.problem is Problem.DATE_IN_FUTURE for truth in lodging.truths)
    }
    assert refused | late == planted | late
    assert intake.lines.height > 0.99 * len(rows)


def test_wrong_check_digits_are_wrong_and_unregistered_enterprises_only_unknown(lines):
    codes = {row.code for row in registers(SEED).enterprises}
    for _, row, truth in lines:
        if truth.problem is Problem.CHECK_DIGIT_WRONG:
            assert not uscc_valid(row["enterprise"])
        elif truth.problem is Problem.ENTERPRISE_UNREGISTERED:
            assert uscc_valid(row["enterprise"])
            assert row["enterprise"] not in codes
        else:
            assert row["enterprise"] in codes


def test_lines_without_a_problem_are_declared_in_full_and_under_known_codes(lines):
    asked = ("origin", "destination", "port", "transport", "quantity", "value_cny", "documents")
    for _, row, truth in lines:
        if truth.problem is None:
            assert all(row[name] for name in asked)
            assert BY_CODE[row["hs_code"]].unit == row["unit"]


def test_lines_without_a_problem_come_from_licensed_sites(lines):
    licences = {
        licence.site: licence for licence in registers(SEED).licences if licence.site is not None
    }
    asked = 0
    for lodging, row, truth in lines:
        if truth.problem is None and row["site"] in licences:
            asked += 1
            assert licences[row["site"]].granted(lodging.received_at.astimezone(ZONE).date())
    assert asked > 15_000


def test_revoked_bases_and_farms_do_not_hold_on_the_day_of_their_lines(lines):
    licences = {
        licence.site: licence for licence in registers(SEED).licences if licence.site is not None
    }
    for lodging, row, truth in lines:
        if truth.problem in (Problem.BASE_REVOKED, Problem.FARM_REVOKED):
            assert not licences[row["site"]].granted(lodging.received_at.astimezone(ZONE).date())


def test_fresh_goods_cross_every_day_and_industry_rests_on_holidays(lines):
    days = {flow.name: Counter() for flow in FLOWS}
    for lodging, _, truth in lines:
        days[truth.flow][lodging.received_at.astimezone(ZONE).date()] += 1
    assert len(days["vegetables out"]) >= 360
    national_day = date(2011, 10, 1)
    again = {Problem.RELODGED}
    industrial = [
        1
        for lodging, _, truth in lines
        if truth.flow == "electronics out"
        and truth.problem not in again
        and lodging.received_at.astimezone(ZONE).date() == national_day
    ]
    assert not industrial


def test_a_few_hubs_carry_much_of_the_trade_and_many_enterprises_little(year):
    counts = sorted(
        Counter(lodging.rows[0]["enterprise"] for lodging in year).values(), reverse=True
    )
    assert len(counts) > 1_000
    assert sum(counts[: len(counts) // 20]) > 0.4 * sum(counts)


def test_imports_fail_more_often_than_exports_as_in_the_national_figures(lines):
    """The first half of 2011: 3.29 % of imported batches, 0.15 % of exported ones."""
    share = {}
    for direction in ("import", "export"):
        faults = [
            truth.fault is not None for _, row, truth in lines if row["direction"] == direction
        ]
        share[direction] = sum(faults) / len(faults)
    assert 0.02 < share["import"] < 0.05
    assert 0.001 < share["export"] < 0.015


def test_goods_lodged_again_keep_their_marks_under_another_number(year):
    first = {lodging.rows[0]["seal"]: lodging for lodging in year if _new(lodging)}
    again = [lodging for lodging in year if not _new(lodging)]
    assert len(again) > 30
    for lodging in again:
        original = first[lodging.rows[0]["seal"]]
        assert original.received_at < lodging.received_at
        assert original.rows[0]["declaration"] != lodging.rows[0]["declaration"]


def _new(lodging):
    return all(truth.problem is not Problem.RELODGED for truth in lodging.truths)


TRUTH = LineTruth(flow="meat in", problem=None, fault="clenbuterol", luck=0.5)


def test_an_inspection_that_was_not_ordered_reports_nothing():
    for outcome in (Outcome.RELEASE, Outcome.DOCUMENT_CHECK, Outcome.HOLD, Outcome.REFUSE):
        assert report(TRUTH, outcome) is None


def test_a_residue_is_found_by_testing_and_hardly_by_looking():
    found = {}
    for outcome in (Outcome.INSPECT, Outcome.INSPECT_AND_SAMPLE):
        reports = [report(replace(TRUTH, luck=n / 1000), outcome) for n in range(1000)]
        found[outcome] = sum(r.conforms is False for r in reports) / 1000
    assert found[Outcome.INSPECT] < 0.1
    assert found[Outcome.INSPECT_AND_SAMPLE] > 0.85


def test_some_checks_are_not_performed_and_some_results_stay_unknown():
    clean = replace(TRUTH, fault=None)
    reports = [report(replace(clean, luck=n / 10_000), Outcome.INSPECT) for n in range(10_000)]
    kinds = Counter((r.performed, r.conforms) for r in reports)
    assert kinds[(False, None)] == 150
    assert 100 <= kinds[(True, None)] <= 130
    assert kinds[(True, False)] <= 10


@pytest.fixture(scope="module")
def batches(year):
    """Return how many lines of each counted group had their check, asked day by day for weeks."""
    past = Year(seed=SEED)
    for lodging in year:
        for row, truth in zip(lodging.rows, lodging.truths, strict=True):
            key = row["declaration"], row["line"]
            past.truths[key] = truth
            past.counted.know(key, row["hs_code"])
    done = Counter()
    for key, group in past.counted.groups.items():
        asked = {"own_number": key[0], "number": key[1], "outcome": Outcome.INSPECT, "waited": 30}
        looks = (past.inspect(Awaited(**asked, looked=looked)) for looked in (0, 1))
        done[group] += any(seen is not None and seen.performed for seen in looks)
    return done, Counter(past.counted.groups.values())


def test_as_many_batches_are_inspected_as_the_article_counts(batches):
    done, lodged = batches
    assert done == BATCHES
    # The year lodges a few more: they wait on its last morning, and some are refused or withdrawn.
    assert all(1.0 < lodged[group] / count < 1.08 for group, count in BATCHES.items())


def test_a_batch_that_was_inspected_in_an_earlier_run_is_counted_once():
    key = "E-1", 1
    counted = Counted(lines={key})
    counted.know(key, next(c for c, one in BY_CODE.items() if one.group is Group.ADDITIVES))
    assert counted.found == {Group.ADDITIVES: 1}
    assert counted.takes(key)
    assert counted.found == {Group.ADDITIVES: 1}
