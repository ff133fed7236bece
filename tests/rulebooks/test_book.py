"""The book as a whole: numbers, periods, names, and that texts repeat no number of a table."""

from __future__ import annotations

import re
from datetime import date

import pytest
from tests.rulebooks.lines import row, rule

from guomen.core.ruling import Gate, Mode
from guomen.core.severity import Outcome
from guomen.core.text import sides
from guomen.rulebooks import disposal, examination, rates
from guomen.rulebooks.book import BOOK, engine
from guomen.rulebooks.clauses import percent
from guomen.rulebooks.commodities import Group
from guomen.rulebooks.dated import CERTAINTIES
from guomen.rulebooks.frequency import continuous_plan
from guomen.rulebooks.obligations import OBLIGATION_NAMES
from guomen.rulebooks.sampling_policies import SAMPLING, SAMPLING_NAMES
from guomen.rulebooks.scopes import FOOD_AND_FARM, INDUSTRIAL
from guomen.rulebooks.stages import ENGINES

# The order of the ids is the order of the answers in every stored ruling: it may only grow.
FIRST_AND_LAST = {
    0: "DQ-HS-CODE",
    31: "IMP-ORIGIN-ADMITTED",
    63: "FRQ-FOOD-HIGH",
    104: "SMP-PACKED-FOOD",
}


def test_numbers_once_given_stay() -> None:
    assert {number: BOOK.rules[number].id for number in FIRST_AND_LAST} == FIRST_AND_LAST


STAGE_BOOKS = (disposal.BOOK, examination.BOOK)


def test_a_clause_and_its_instrument_can_be_told_in_one_language() -> None:
    """What is left in Chinese on an English page, and the other way round, is no word."""
    for entry in (*BOOK.rules, *(one for book in STAGE_BOOKS for one in book.rules)):
        told = sides(entry.clause)
        for english in (told.en, entry.instrument.en):
            assert not re.search(r"[一-龥]", english), (entry.id, english)
        assert " / " not in told.zh + told.en, entry.id


def test_every_rule_says_what_must_be_in_both_languages_and_where_it_stands() -> None:
    for entry in BOOK.rules:
        assert re.search(r"[一-龥]", entry.says.zh), entry.id
        assert entry.says.zh.endswith("。"), entry.id
        assert entry.says.en.endswith("."), entry.id
        assert not re.search(r"[一-龥]", entry.says.en), entry.id
        assert "," not in entry.says.zh, f"{entry.id}: a Chinese comma is meant"
        assert entry.certainty in CERTAINTIES
        assert entry.instrument.zh
        assert entry.instrument.en
        assert entry.clause
        assert entry.ends is None or entry.begins < entry.ends


def test_ids_and_sentences_are_not_shared_by_rules_in_force_together() -> None:
    for day in (date(2008, 6, 1), date(2012, 5, 24), date(2023, 1, 1)):
        said = [entry.says.zh for entry in BOOK.in_force(day)]
        assert len(said) == len(set(said))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("EXP-FOOD-PLANT-20", "EXP-FOOD-PLANT-142"),
        ("EXP-FOOD-PLANT-142", "EXP-FOOD-PLANT-192"),
        ("IMP-CONSIGNEE-136", "IMP-CONSIGNEE-144"),
        ("IMP-CONSIGNEE-144", "IMP-CONSIGNEE-249"),
        ("IMP-OVERSEAS-PARTY-2009", "IMP-OVERSEAS-PARTY-144"),
        ("IMP-OVERSEAS-PLANT-16", "IMP-OVERSEAS-PLANT-145"),
        ("HKM-BASE-21", "HKM-BASE-120"),
    ],
)
def test_a_successor_begins_on_the_day_its_predecessor_ends(before: str, after: str) -> None:
    assert BOOK.by_id[before].ends == BOOK.by_id[after].begins


def test_the_digest_of_a_day_changes_only_with_the_rules_of_that_day() -> None:
    assert BOOK.digest(date(2012, 5, 24)) == BOOK.digest(date(2012, 6, 30))
    assert BOOK.digest(date(2012, 4, 30)) != BOOK.digest(date(2012, 5, 1))  # plants: 16 to 145


def test_everything_a_consequence_names_has_a_name() -> None:
    for entry in BOOK.rules:
        for consequence in (entry.consequence, entry.if_unknown):
            assert set(consequence.obligations) <= set(OBLIGATION_NAMES), entry.id
            assert consequence.plan is None or consequence.plan in SAMPLING_NAMES
    used = {
        code for r in BOOK.rules for code in r.consequence.obligations + r.if_unknown.obligations
    }
    later = {
        code
        for stage in ENGINES.values()
        for r in stage().book.rules
        for code in r.then.obligations + r.if_unknown.obligations
    }
    assert used | later == set(OBLIGATION_NAMES)
    assert engine().plan_names == tuple(sorted(SAMPLING))


def test_every_admission_rule_holds_what_is_unknown_but_those_that_say_why_not() -> None:
    open_when_unknown = {
        entry.id
        for entry in BOOK.rules
        if entry.gate is Gate.ADMISSION
        and not entry.trial
        and entry.if_unknown.outcome is not Outcome.HOLD
    }
    # A production date is not on all goods; an access list is not kept for all goods.
    assert open_when_unknown == {"DQ-PRODUCED", "IMP-ORIGIN-BANNED", "IMP-ORIGIN-SUSPENDED"}


def test_some_rules_are_on_trial() -> None:
    assert {entry.id for entry in BOOK.rules if entry.trial} == {"TRL-UNIT-VALUE", "TRL-PIECES"}


def test_groups_are_either_food_and_farm_or_industrial() -> None:
    assert set(FOOD_AND_FARM) | set(INDUSTRIAL) == set(Group)
    assert not set(FOOD_AND_FARM) & set(INDUSTRIAL)


def test_an_unknown_code_holds_the_line_and_is_asked_for_first() -> None:
    ruling = rule(row("meat", hs_code="9999999999", commodity_group=None)).row(0, named=True)
    assert ruling["outcome"] == "hold"
    assert BOOK.rules[0].reads == ("hs_code", "commodity_group")


# -- rates ------------------------------------------------------------------------------------
# Class by class from the published form of assessment, the stricter mode where two are allowed.
PUBLISHED = {
    1: ("verification", "credit", "credit"),
    2: ("general", "general", "verification"),
    3: ("strict", "strict", "general"),
    4: ("special", "special", "special"),
}
SHARE = {
    "credit": 20_000,
    "verification": 100_000,
    "general": 300_000,
    "strict": 1_000_000,
    "special": 1_000_000,
}


def test_class_and_risk_give_the_published_mode_and_its_share() -> None:
    for grade, modes in PUBLISHED.items():
        for risk, mode in zip(("high", "higher", "general"), modes, strict=True):
            ruling = rule(row("shirts", enterprise_class=grade, product_risk=risk))
            assert ruling["mode"].to_list() == [mode]
            assert ruling["rate_ppm"].to_list() == [SHARE[mode]]


def test_the_closest_mode_that_may_apply_stands() -> None:
    without_risk = rule(row("shirts", enterprise_class=1, product_risk=None))
    assert without_risk["mode"].to_list() == ["verification"]
    without_class = rule(row("shirts", enterprise_class=None))
    assert without_class["mode"].to_list() == ["strict"]
    assert without_class["chance_ppm"].to_list() == [1_000_000]


def test_the_modes_of_industrial_exports_do_not_reach_food() -> None:
    assert rule(row("sauce", enterprise_class=4))["mode"].to_list() == ["none"]


@pytest.mark.parametrize(
    ("level", "chance"),
    [("AA", 100_000), ("A", 160_000), ("B", 200_000), ("C", 400_000), ("D", 1_000_000),
     (None, 400_000)],
)  # fmt: skip
def test_credit_multiplies_the_share_and_unknown_credit_earns_nothing(
    level: str | None, chance: int
) -> None:
    assert rule(row("meat", credit_level=level))["chance_ppm"].to_list() == [chance]


def test_no_credit_thins_what_is_due_for_every_lot() -> None:
    strict = row("shirts", enterprise_class=3, product_risk="high", credit_level="AA")
    screened = row("meat", sampling_phase="screening", credit_level="AA")
    assert rule(strict, screened)["chance_ppm"].to_list() == [1_000_000, 1_000_000]


def test_a_rate_is_said_in_the_sentence_of_its_rule() -> None:
    for mode in Mode:
        entry = BOOK.by_id[f"FRQ-MODE-{mode.upper()}"]
        assert percent(rates.MODE_RATES[mode].value) in entry.says.zh
        assert percent(rates.MODE_RATES[mode].value) in entry.says.en


def test_a_continuous_plan_and_its_rule_agree_for_every_group_and_direction() -> None:
    for group in Group:
        for direction, other in (("import", "CN"), ("export", "US")):
            plan = continuous_plan(group, direction)
            line = row("shirts", commodity_group=str(group), direction=direction, destination=other,
                       in_legal_catalogue=False, sampling_phase="sampling")  # fmt: skip
            least = 0 if plan is None else plan.fraction_ppm
            assert rule(line)["rate_ppm"][0] >= least
    assert continuous_plan("live_animals", "export") is None
