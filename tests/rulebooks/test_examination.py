"""
Every rule of the examination, one case each, under the rule's own id.

A case says by hand what makes the rule fail, what follows, and what follows when it is unknown.
Expectations are never read from the rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guomen.core import stage_reasons
from guomen.core.examine import EXAMINE, Examined
from guomen.core.ruling import Answer
from guomen.core.stages import answer_of
from guomen.rulebooks.examination import BOOK, engine
from guomen.rulebooks.obligations import OBLIGATION_NAMES

Facts = dict[str, Any]

# Chilled dairy that comes in, everything asked for and everything in order.
GOOD: Facts = {
    "line": "L-1",
    "order": "WO-1",
    "agency": "ZHGB",
    "on": date(2012, 5, 24),
    "direction": "import",
    "commodity_group": "dairy",
    "origin": "AU",
    "destination": "CN",
    "quantity": Decimal("1000"),
    "sealed": True,
    "asked_documentary": True,
    "asked_identity": True,
    "asked_physical": True,
    "asked_sampling": False,
    "asked_loading": True,
    "asked_port_check": True,
    "signed": True,
    "items_unanswered": 0,
    "minor_faults": 0,
    "major_faults": 0,
    "documents_genuine": True,
    "documents_agree": True,
    "goods_as_declared": True,
    "marks_agree": True,
    "seal_intact": True,
    "quantity_found": Decimal("1000"),
    "packaging_sound": True,
    "condition_sound": True,
    "label_conforms": True,
    "pests_found": False,
    "soil_found": False,
    "disease_signs": False,
    "undeclared_goods": False,
    "additives_as_filed": True,
    "temperature_c": Decimal("3.5"),
    "temperature_most_c": Decimal("4"),
    "units_inspected": 50,
    "units_defective": 0,
    "plan_n": 50,
    "plan_ac": 1,
    "plan_re": 3,
    "lots_unsupervised": 0,
    "lots_unsealed": 0,
    "quantity_loaded": Decimal("1000"),
    "transfer_received": True,
    "exit_seal_agrees": True,
    "exit_certificate_agrees": True,
    "exit_identity_agrees": True,
}
FRUIT: Facts = {"commodity_group": "fruit"}
MEAT: Facts = {"commodity_group": "meat"}
MADE_FOOD: Facts = {"commodity_group": "food", "direction": "export"}


@dataclass(frozen=True, kw_only=True)
class Case:
    fails: Facts
    then: str
    unknown: str  # the fact that is not known
    unsure: str = "open"
    kind: Facts | None = None
    duties: tuple[str, ...] = ()
    asked_by: str | None = None  # the check without which nothing is asked


CASES: dict[str, Case] = {
    "EXM-SIGNED": Case(fails={"signed": False}, then="open", unknown="signed"),
    "EXM-COMPLETE": Case(fails={"items_unanswered": 1}, then="open", unknown="items_unanswered"),
    "EXM-MAJOR-FAULTS": Case(fails={"major_faults": 1}, then="fail", unknown="major_faults"),
    "EXM-MINOR-FAULTS": Case(
        fails={"minor_faults": 2}, then="more_sampling", unknown="minor_faults"
    ),
    "EXM-DOCUMENTS-GENUINE": Case(
        fails={"documents_genuine": False}, then="fail", unknown="documents_genuine",
        duties=("refer_case",), asked_by="asked_documentary",
    ),
    "EXM-DOCUMENTS-AGREE": Case(
        fails={"documents_agree": False}, then="suspect", unknown="documents_agree",
        asked_by="asked_documentary",
    ),
    "EXM-GOODS-AS-DECLARED": Case(
        fails={"goods_as_declared": False}, then="fail", unknown="goods_as_declared",
        asked_by="asked_identity",
    ),
    "EXM-MARKS": Case(
        fails={"marks_agree": False}, then="suspect", unknown="marks_agree",
        asked_by="asked_identity",
    ),
    "EXM-SEAL": Case(
        fails={"seal_intact": False}, then="suspect", unknown="seal_intact",
        duties=("full_unloading",), asked_by="asked_identity",
    ),
    "EXM-QUANTITY-MORE": Case(
        fails={"quantity_found": Decimal("1020.001")}, then="suspect", unknown="quantity_found",
        asked_by="asked_identity",
    ),
    "EXM-QUANTITY-LESS": Case(
        fails={"quantity_found": Decimal("979.999")}, then="open", unknown="quantity",
        duties=("correct_declaration",), asked_by="asked_identity",
    ),
    "EXM-CONDITION": Case(
        fails={"condition_sound": False}, then="fail", unknown="condition_sound",
        asked_by="asked_physical",
    ),
    "EXM-PACKAGING": Case(
        fails={"packaging_sound": False}, then="more_sampling", unknown="packaging_sound",
        asked_by="asked_physical",
    ),
    "EXM-LIVE-PESTS": Case(
        fails={"pests_found": True}, then="fail", unknown="pests_found",
        duties=("quarantine_treatment",), asked_by="asked_physical",
    ),
    "EXM-SOIL": Case(
        kind=FRUIT, fails={"soil_found": True}, then="fail", unknown="soil_found",
        duties=("quarantine_treatment",), asked_by="asked_physical",
    ),
    "EXM-DISEASE": Case(
        kind=MEAT, fails={"disease_signs": True}, then="suspect", unknown="disease_signs",
        duties=("isolate",), asked_by="asked_physical",
    ),
    "EXM-UNDECLARED": Case(
        fails={"undeclared_goods": True}, then="fail", unknown="undeclared_goods",
        duties=("refer_case",), asked_by="asked_physical",
    ),
    "EXM-LABEL": Case(
        fails={"label_conforms": False}, then="fail", unknown="label_conforms",
        duties=("rectify_label",), asked_by="asked_physical",
    ),
    "EXM-COLD-CHAIN": Case(
        fails={"temperature_c": Decimal("4.01")}, then="more_sampling", unknown="temperature_c",
        asked_by="asked_physical",
    ),
    "EXM-ADDITIVES-AS-FILED": Case(
        kind=MADE_FOOD, fails={"additives_as_filed": False}, then="suspect",
        unknown="additives_as_filed", duties=("test_additives",), asked_by="asked_physical",
    ),
    "EXM-SAMPLE-SIZE": Case(
        fails={"units_inspected": 49}, then="open", unknown="units_inspected",
        asked_by="asked_physical",
    ),
    "EXM-REJECTED": Case(
        fails={"units_defective": 3}, then="fail", unknown="units_defective",
        asked_by="asked_physical",
    ),
    "EXM-BETWEEN": Case(
        fails={"units_defective": 2}, then="more_sampling", unknown="plan_ac", unsure="conform",
        asked_by="asked_physical",
    ),
    "EXM-SAMPLES-ASKED": Case(
        fails={"asked_sampling": True}, then="more_sampling", unknown="asked_sampling",
        unsure="more_sampling",
    ),
    "EXM-LOADING-SUPERVISED": Case(
        fails={"lots_unsupervised": 1}, then="fail", unknown="lots_unsupervised",
        asked_by="asked_loading",
    ),
    "EXM-LOADING-SEALED": Case(
        fails={"lots_unsealed": 1}, then="open", unknown="lots_unsealed", asked_by="asked_loading"
    ),
    "EXM-LOADED-QUANTITY": Case(
        fails={"quantity_loaded": Decimal("1020.001")}, then="suspect", unknown="quantity_loaded",
        asked_by="asked_loading",
    ),
    "EXM-TRANSFER-RECEIVED": Case(
        fails={"transfer_received": False}, then="open", unknown="transfer_received",
        asked_by="asked_port_check",
    ),
    "EXM-EXIT-SEAL": Case(
        fails={"exit_seal_agrees": False}, then="suspect", unknown="exit_seal_agrees",
        duties=("full_unloading",), asked_by="asked_port_check",
    ),
    "EXM-EXIT-CERTIFICATE": Case(
        fails={"exit_certificate_agrees": False}, then="fail", unknown="exit_certificate_agrees",
        duties=("refer_case",), asked_by="asked_port_check",
    ),
    "EXM-EXIT-IDENTITY": Case(
        fails={"exit_identity_agrees": False}, then="fail", unknown="exit_identity_agrees",
        asked_by="asked_port_check",
    ),
}  # fmt: skip
RULES = pytest.mark.parametrize("rule_id", [rule.id for rule in BOOK.rules])


def ruled(*parts: Facts) -> tuple[str, list[int]]:
    row: Facts = {}
    for part in (GOOD, *parts):
        row |= part
    _, outcome, *words = engine().rule(EXAMINE.frame([row])).row(0)
    return outcome, words


def test_every_rule_has_a_case() -> None:
    assert list(CASES) == [rule.id for rule in BOOK.rules]


def test_goods_in_order_conform() -> None:
    for kind in ({}, FRUIT, MEAT, MADE_FOOD):
        assert ruled(kind)[0] == "conform"


@RULES
def test_the_rule_fails_and_its_outcome_follows(rule_id: str) -> None:
    case = CASES[rule_id]
    outcome, words = ruled(case.kind or {}, case.fails)
    failing = [r.id for r in BOOK.rules if answer_of(r, words) is Answer.FAILS]
    assert failing == [rule_id]
    assert outcome == case.then
    duties = [code for code, rule in stage_reasons.obligations(BOOK, words) if rule == rule_id]
    assert duties == list(case.duties)
    assert set(duties) <= set(OBLIGATION_NAMES)


@RULES
def test_the_unknown_is_answered_as_unknown(rule_id: str) -> None:
    case = CASES[rule_id]
    outcome, words = ruled(case.kind or {}, {case.unknown: None})
    assert answer_of(BOOK.by_id[rule_id], words) is Answer.UNKNOWN
    assert outcome == case.unsure


@pytest.mark.parametrize("rule_id", [rule for rule, case in CASES.items() if case.asked_by])
def test_what_was_not_asked_for_is_not_asked(rule_id: str) -> None:
    case = CASES[rule_id]
    assert case.asked_by is not None
    outcome, words = ruled(case.kind or {}, case.fails, {case.asked_by: False})
    assert answer_of(BOOK.by_id[rule_id], words) is Answer.NOT_ASKED
    assert outcome == "conform"


def test_a_fault_that_is_certain_stands_whatever_is_unknown() -> None:
    assert ruled({"condition_sound": False, "seal_intact": None})[0] == "fail"
    assert ruled({"documents_agree": False, "label_conforms": None})[0] == "suspect"


def test_samples_are_taken_only_when_the_inspection_is_complete() -> None:
    outcome, words = ruled({"asked_sampling": True, "marks_agree": None})
    assert outcome == "open"
    assert stage_reasons.missing(BOOK, words, GOOD | {"marks_agree": None}) == {
        "marks_agree": ("EXM-MARKS",)
    }


# A check that was asked for, and the facts that answer it.
ANSWERS = {
    "asked_documentary": ("documents_genuine", "documents_agree"),
    "asked_identity": ("goods_as_declared", "marks_agree", "seal_intact", "quantity_found"),
    "asked_physical": (
        "condition_sound", "packaging_sound", "pests_found", "undeclared_goods", "label_conforms",
        "temperature_c", "units_inspected", "units_defective",
    ),
    "asked_loading": ("lots_unsupervised", "lots_unsealed", "quantity_loaded"),
    "asked_port_check": (
        "transfer_received", "exit_seal_agrees", "exit_certificate_agrees", "exit_identity_agrees",
    ),
}  # fmt: skip
MANDATORY = sorted({fact for facts in ANSWERS.values() for fact in facts})


def test_no_two_unknown_answers_conform() -> None:
    for first, second in combinations(MANDATORY, 2):
        assert ruled({first: None, second: None})[0] == "open"


@given(
    st.fixed_dictionaries({name: st.sampled_from([True, False, None]) for name in ANSWERS}),
    st.sets(st.sampled_from(MANDATORY), min_size=1),
)
def test_what_is_asked_for_and_unknown_never_conforms(
    asked: dict[str, bool | None], unknown: set[str]
) -> None:
    outcome = Examined(ruled(asked, dict.fromkeys(unknown))[0])
    wanted = {fact for name, facts in ANSWERS.items() if asked[name] is not False for fact in facts}
    if wanted & unknown:
        assert outcome is not Examined.CONFORM
        assert outcome is Examined.OPEN
    else:
        assert outcome is Examined.CONFORM
