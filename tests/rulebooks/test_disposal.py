"""The last stage: nothing unknown is let go, whatever fails can be disposed of."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guomen.core.dispose import DISPOSE, FACTS, DisposalKind, Disposition, Fault
from guomen.core.ruling import Answer
from guomen.core.stage_reasons import obligations
from guomen.core.stages import answer_of
from guomen.rulebooks.disposal import BOOK, OPENS, RULES, engine

DAY = date(2012, 5, 24)
CLEAN: dict[str, Any] = {
    "line": "L",
    "on": DAY,
    "direction": "import",
    "commodity_group": "wine",
    "admitted": "inspect_and_sample",
    "examined": "conform",
    "documentary": "conform",
    "identity": "conform",
    "physical": "conform",
    "loading_due": False,
    "loading": None,
    "exit_check": "none",
    "tests_due": 2,
    "tests_failed": 0,
    "tests_open": 0,
    "released_before": False,
} | {f"fault_{fault}": False for fault in Fault}


def rule(*lines: dict[str, Any]) -> list[tuple[Disposition, dict[str, str]]]:
    """Return the outcome of each line and the duties that follow, each with its rule."""
    found = engine().rule(DISPOSE.frame(CLEAN | line for line in lines))
    words = found.select(f"answers_{i}" for i in range(engine().words)).rows()
    return [
        (Disposition(outcome), dict(obligations(BOOK, word)))
        for outcome, word in zip(found["outcome"], words, strict=True)
    ]


def one(**more: Any) -> Disposition:
    return rule(more)[0][0]


def opened(**more: Any) -> set[str]:
    return {d.removeprefix(OPENS) for d in rule(more)[0][1] if d.startswith(OPENS)}


# Each row: the rule, facts on which it answers "fails", facts on which it answers "unknown".
FAILS: dict[str, tuple[dict[str, Any], dict[str, Any] | None]] = {
    "DSP-ADMITTED": ({"admitted": "hold"}, {"admitted": None}),
    "DSP-DOCUMENTARY": ({"documentary": "fail"}, {"documentary": None}),
    "DSP-IDENTITY": ({"identity": "fail"}, {"identity": None}),
    "DSP-PHYSICAL": ({"physical": "fail"}, {"physical": None}),
    "DSP-EXAMINED": ({"examined": "fail"}, {"examined": None}),
    "DSP-EXAMINATION-OPEN": ({"examined": "open"}, {"examined": None}),
    "DSP-TESTS-KNOWN": ({"tests_due": 0}, {"tests_due": None}),
    "DSP-TESTS-OPEN": ({"tests_open": 1}, {"tests_open": None}),
    "DSP-TESTS-CONFORM": ({"tests_failed": 1}, {"tests_failed": None}),
    "DSP-LOADING": ({"loading_due": True, "loading": "fail"}, {"loading_due": True}),
    "DSP-EXIT-CHECK": (
        {"exit_check": "due", "direction": "export"},
        {"exit_check": None, "direction": "export"},
    ),
    "DSP-EXIT-CHECK-FAILED": ({"exit_check": "fail"}, {"exit_check": None}),
    "DSP-ISOLATION": ({"commodity_group": "seedlings"}, {"commodity_group": None}),
    "DSP-IMPORT-SAFETY": ({"fault_safety": True}, {"fault_safety": None}),
    "DSP-IMPORT-TECHNICAL": ({"fault_label": True}, {"fault_label": None}),
    "DSP-IMPORT-PEST": ({"fault_pest": True}, {"fault_pest": None}),
    "DSP-IMPORT-DISEASE": ({"fault_disease": True}, {"fault_disease": None}),
    "DSP-IMPORT-PAPERS": ({"fault_papers": True}, {"fault_papers": None}),
    "DSP-IMPORT-OTHER-USE": ({"fault_quality": True}, {"fault_quality": None}),
    "DSP-EXPORT-TECHNICAL": ({"direction": "export"}, {"direction": None}),
    "DSP-EXPORT-PURIFY": (
        {"direction": "export", "commodity_group": "additives"},
        {"direction": "export", "commodity_group": None},
    ),
    "DSP-EXPORT-PEST": ({"direction": "export", "fault_pest": True}, {"direction": None}),
    "DSP-EXPORT-STAYS": ({"direction": "export"}, {"direction": None}),
    "DSP-EXPORT-DESTROY": ({"direction": "export"}, {"direction": None}),
    "DSP-EXPORT-AQUATIC": (
        {"direction": "export", "commodity_group": "aquatic", "fault_disease": True},
        {"direction": "export", "commodity_group": "aquatic", "fault_disease": None},
    ),
    "DSP-TRANSIT": ({"direction": "transit"}, {"direction": None}),
    "DSP-RECALL-FOOD": ({"released_before": True}, {"released_before": None}),
    "DSP-RECALL": (
        {"released_before": True, "fault_safety": True},
        {"released_before": None, "fault_safety": True},
    ),
    "DSP-IMPORT-FOOD-RULES": ({"fault_safety": True}, {"fault_safety": None}),
}


def test_every_rule_has_its_case() -> None:
    assert set(FAILS) == {rule.id for rule in RULES}


@pytest.mark.parametrize("rule_id", FAILS)
def test_each_rule_answers_as_its_case_says(rule_id: str) -> None:
    known = BOOK.by_id[rule_id]
    # The fault of the unknown case is asked where the other facts leave it open.
    base = {"fault_pest": None} if rule_id == "DSP-EXPORT-PEST" else {}
    fails, unknown = FAILS[rule_id]
    frame = DISPOSE.frame([CLEAN | fails, CLEAN | base | (unknown or {}), CLEAN])
    found = engine().rule(frame)
    words = found.select(f"answers_{i}" for i in range(engine().words)).rows()
    answers = [answer_of(known, word) for word in words]
    assert answers[0] is Answer.FAILS
    assert answers[1] is Answer.UNKNOWN
    assert answers[2] in (Answer.HOLDS, Answer.NOT_ASKED)


def test_what_a_clean_line_comes_to() -> None:
    assert one() is Disposition.RELEASE
    assert one(direction="export", exit_check="due") is Disposition.CONDITIONAL_RELEASE
    assert one(admitted="inspect", tests_due=0) is Disposition.RELEASE
    assert one(admitted="inspect", examined="more_sampling", tests_due=0) is Disposition.OPEN
    assert one(admitted="release", examined="none", documentary=None, tests_due=0) is (
        Disposition.RELEASE
    )


def test_a_failed_examination_needs_no_laboratory() -> None:
    failed = {"examined": "fail", "physical": "fail", "tests_due": 0, "fault_quality": True}
    assert one(**failed) is Disposition.NONCONFORMING


MANDATORY = {
    "document_check": ("documentary",),
    "inspect": ("documentary", "identity", "physical", "examined"),
    "inspect_and_sample": (
        "documentary",
        "identity",
        "physical",
        "examined",
        "tests_due",
        "tests_open",
        "tests_failed",
    ),
}
_CHECK = st.sampled_from(["conform", "fail", None])
_SAID = st.sampled_from([True, False, None])


@given(
    facts=st.fixed_dictionaries(
        {
            "direction": st.sampled_from(["import", "export", "transit"]),
            "commodity_group": st.sampled_from(["wine", "seedlings", "additives", "toys", None]),
            "admitted": st.sampled_from(["release", *MANDATORY, "hold", "refuse", None]),
            "examined": st.sampled_from(
                ["none", "conform", "more_sampling", "suspect", "fail", "open", None]
            ),
            "documentary": _CHECK,
            "identity": _CHECK,
            "physical": _CHECK,
            "loading_due": st.booleans(),
            "loading": _CHECK,
            "exit_check": st.sampled_from(["none", "due", "conform", "fail", None]),
            "tests_due": st.sampled_from([0, 1, 3, None]),
            "tests_failed": st.sampled_from([0, 1, None]),
            "tests_open": st.sampled_from([0, 1, None]),
            "released_before": _SAID,
        }
        | {f"fault_{fault}": _SAID for fault in Fault}
    )
)
def test_no_line_is_let_go_with_a_mandatory_result_unknown(facts: dict[str, Any]) -> None:
    ((outcome, duties),) = rule(facts)
    if outcome not in (Disposition.RELEASE, Disposition.CONDITIONAL_RELEASE):
        return
    asked = MANDATORY.get(facts["admitted"], ())
    assert facts["admitted"] in ("release", *MANDATORY)
    assert all(facts[name] is not None for name in asked)
    assert facts["admitted"] not in ("inspect", "inspect_and_sample") or facts["examined"] != "none"
    assert all(facts[name] == "conform" for name in asked if name in DISPOSE_CHECKS)
    assert facts["tests_failed"] == 0
    assert facts["tests_open"] == 0
    if facts["admitted"] == "inspect_and_sample":
        assert facts["tests_due"] > 0
    if facts["loading_due"]:
        assert facts["loading"] == "conform"
    assert facts["exit_check"] in ("none", "due", "conform")
    if facts["exit_check"] == "due":
        assert "check_seal_at_exit" in duties


DISPOSE_CHECKS = ("documentary", "identity", "physical")


def every_failure() -> Iterator[dict[str, Any]]:
    """Every combination of faults, one or several, in every direction and kind of goods."""
    groups = ("wine", "additives", "aquatic", "seedlings", "toys", "live_animals")
    for direction, group, released in product(
        ("import", "export", "transit"), groups, (False, True)
    ):
        for faults in product((False, True), repeat=len(Fault)):
            if any(faults):
                named = {f"fault_{f}": said for f, said in zip(Fault, faults, strict=True)}
                yield named | {
                    "direction": direction,
                    "commodity_group": group,
                    "released_before": released,
                    "tests_failed": 1,
                }


def test_whatever_fails_can_be_disposed_of() -> None:
    lines = list(every_failure())
    for line, (outcome, duties) in zip(lines, rule(*lines), strict=True):
        kinds = {d.removeprefix(OPENS) for d in duties if d.startswith(OPENS)}
        assert outcome is Disposition.NONCONFORMING
        assert kinds, line
        assert kinds <= set(DisposalKind)
        # What harms people is never put to use at home, nor reworked on its way in.
        if line["fault_safety"] and line["direction"] == "import":
            assert not kinds & {"rework", "other_use", "purify"}, line


def test_what_the_law_opens() -> None:
    assert opened(fault_safety=True, tests_failed=1) == {"return", "destroy"}
    assert opened(fault_label=True, physical="fail") == {"rework", "return", "destroy"}
    assert opened(fault_pest=True, commodity_group="fruit") == {"treat", "return", "destroy"}
    additive = {"direction": "export", "commodity_group": "additives", "fault_safety": True}
    assert opened(**additive) == {"purify", "destroy"}
    assert "recall" in opened(fault_safety=True, released_before=True)


def test_the_facts_are_all_read() -> None:
    read = {name for rule in RULES for name in rule.reads}
    assert {fact.name for fact in FACTS} - read == {"line", "on"}
