"""The written order of outcomes."""

from __future__ import annotations

from itertools import permutations

from guomen.core.ruling import ANSWER_NAMES, GATE_NAMES, MODE_NAMES, MODE_RANK, Answer, Gate, Mode
from guomen.core.severity import BY_SEVERITY, OUTCOME_NAMES, SEVERITY, Outcome, most_severe

ORDER = ("refuse", "hold", "inspect_and_sample", "inspect", "document_check", "release")


def test_the_table_is_the_written_order() -> None:
    assert [str(BY_SEVERITY[rank]) for rank in sorted(BY_SEVERITY, reverse=True)] == list(ORDER)


def test_the_most_severe_stands_in_whatever_order_they_are_given() -> None:
    for three in permutations(Outcome, 3):
        assert str(most_severe(three)) == min(map(str, three), key=ORDER.index)


def test_nothing_asked_for_means_release() -> None:
    assert most_severe([]) is Outcome.RELEASE


def test_everything_has_a_name_in_both_languages() -> None:
    for names, kinds in (
        (OUTCOME_NAMES, Outcome), (GATE_NAMES, Gate), (ANSWER_NAMES, Answer), (MODE_NAMES, Mode),
    ):  # fmt: skip
        assert set(names) == set(kinds)
        assert all(text.zh and text.en for text in names.values())
    assert set(SEVERITY) == set(Outcome)
    assert set(MODE_RANK) == set(Mode)
