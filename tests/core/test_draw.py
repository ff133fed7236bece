from __future__ import annotations

import hmac
import json
from datetime import date
from fractions import Fraction
from math import ceil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest, rankdata

from guomen.core import draw

DAY = date(2012, 5, 24)
KEY = bytes(range(32))
KEYS = st.binary(min_size=32, max_size=32)
LINES = [f"DEC-2012-{place:06d}-7/{place % 5 + 1}" for place in range(100_000)]
PRINTABLE = st.text(st.characters(codec="ascii"), max_size=30)


def by_the_book(key: bytes, text: bytes) -> int:
    return int(hmac.new(key, text, "sha256").hexdigest()[:13], 16)


def auc(score: np.ndarray, truth: np.ndarray) -> float:
    ranks, positive = rankdata(score), int(truth.sum())
    negative = len(truth) - positive
    return (ranks[truth].sum() - positive * (positive + 1) / 2) / (positive * negative)


@given(KEYS, st.lists(st.binary(max_size=200), max_size=8))
def test_u_is_the_first_thirteen_hex_digits_of_the_hmac(key: bytes, texts: list[bytes]) -> None:
    assert draw.draw(key, texts).tolist() == [by_the_book(key, text) for text in texts]


def test_the_hmac_is_that_of_rfc_4231() -> None:
    # Test case 3 of RFC 4231 has a key of 20 bytes; HMAC pads with zeros, and so does a longer key.
    key = (b"\xaa" * 20).ljust(32, b"\x00")
    assert draw.draw_one(key, b"\xdd" * 50) == 0x773EA91E36800


@given(PRINTABLE, PRINTABLE, st.integers(0, 2**31))
def test_a_message_is_what_json_stringify_writes(agency: str, line: str, counter: int) -> None:
    basis = draw.Basis(agency=agency, previous_anchor="0f" * 32, purpose=draw.Purpose.UNITS)
    text = draw.message(basis, line, counter)
    parts = ["guomen-draw-1", "units", agency, line, counter, "0f" * 32]
    assert json.loads(text) == parts
    # JSON.stringify: compact, shortest escapes, lower-case \uXXXX, DEL as it is (ECMA-262).
    assert text.decode() == json.dumps(parts, separators=(",", ":"), ensure_ascii=False)


@given(st.lists(st.tuples(PRINTABLE, st.integers(0, 999)), max_size=6))
def test_many_messages_equal_each_alone(lines: list[tuple[str, int]]) -> None:
    basis = draw.Basis(agency="ZHCIQ")
    many = draw.messages(basis, [line for line, _ in lines], [number for _, number in lines])
    assert many == [draw.message(basis, line, number) for line, number in lines]


def test_purposes_agencies_counters_and_anchors_never_share_a_u() -> None:
    bases = [
        draw.Basis(agency=agency, previous_anchor=anchor, purpose=purpose)
        for purpose in draw.Purpose
        for agency in ("ZHCIQ", "GBCIQ")
        for anchor in (draw.NO_ANCHOR, "ab" * 32)
    ]
    texts = [draw.message(basis, "L", counter) for basis in bases for counter in range(3)]
    assert len(set(draw.draw(KEY, texts).tolist())) == len(texts) == 36


@given(st.lists(st.integers(0, 1_000_000), max_size=30))
def test_the_threshold_is_exact(chances: list[int]) -> None:
    exact = [ceil(Fraction(chance * 2**52, 10**6)) for chance in chances]
    assert draw.threshold(chances).tolist() == exact


@given(st.integers(0, 2**52 - 1), st.integers(0, 1_000_000))
def test_a_line_is_selected_exactly_when_u_lies_below_its_chance(u: int, chance: int) -> None:
    assert bool(draw.selected(u, chance)) == (Fraction(u, 2**52) < Fraction(chance, 10**6))


def test_certain_and_impossible_are_so() -> None:
    ends = np.array([0, 2**52 - 1], dtype=np.uint64)
    assert draw.selected(ends, [1_000_000, 1_000_000]).all()
    assert not draw.selected(ends, [0, 0]).any()


@given(st.integers(0, 2**52 - 1), st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_larger_chance_never_frees_a_line(u: int, one: int, other: int) -> None:
    low, high = sorted((one, other))
    assert not draw.selected(u, low) or draw.selected(u, high)


@pytest.mark.parametrize("chance", [-1, 1_000_001, 0.5, float("nan"), None])
def test_a_chance_that_is_not_parts_per_million_is_refused(chance: object) -> None:
    with pytest.raises(draw.BadChance):
        draw.threshold(chance)


@given(KEYS, KEYS)
def test_two_shares_give_the_key_and_one_is_independent_of_it(key: bytes, share: bytes) -> None:
    other = draw.split(key, share)
    assert draw.join(share, other) == draw.join(other, share) == key
    # Whatever the key, each second share comes from exactly one first share.
    assert draw.split(key, other) == share


@pytest.mark.parametrize("length", [0, 31, 33])
def test_a_key_of_another_length_is_refused(length: int) -> None:
    for call in (
        lambda: draw.draw(bytes(length), []),
        lambda: draw.commitment(bytes(length), DAY, "A"),
        lambda: draw.split(bytes(length), bytes(32)),
        lambda: draw.join(bytes(32), bytes(length)),
    ):
        with pytest.raises(draw.BadKey):
            call()


def published(**changes: object) -> draw.Published:
    parts = {"day": DAY, "agency": "ZHCIQ", "key": KEY}
    parts["commitment"] = draw.commitment(KEY, DAY, "ZHCIQ")
    return draw.Published(**(parts | changes))


def claimed(**changes: object) -> draw.Claim:
    basis = draw.Basis(agency="ZHCIQ")
    u = draw.draw_one(KEY, draw.message(basis, LINES[0], 0))
    parts = {"basis": basis, "root_line": LINES[0], "counter": 0, "u": u}
    parts |= {"chance_ppm": 400_000, "selected": bool(draw.selected(u, 400_000))}
    return draw.Claim(**(parts | changes))


def test_an_honest_draw_verifies_from_what_is_published() -> None:
    assert draw.verify(claimed(), published()).holds
    withheld = draw.verify(claimed(chance_ppm=None), published())
    assert withheld.holds
    assert withheld.selection_follows is None


@pytest.mark.parametrize(
    ("claim", "public", "question"),
    [
        ({}, {"commitment": "00" * 32}, "key_was_committed"),
        ({}, {"day": date(2012, 5, 25)}, "key_was_committed"),
        ({}, {"key": bytes(32)}, "key_was_committed"),
        ({}, {"key": b"short"}, "key_was_committed"),
        ({"u": 5}, {}, "u_follows"),
        ({"counter": 1}, {}, "u_follows"),
        ({"root_line": LINES[1]}, {}, "u_follows"),
        ({"basis": draw.Basis(agency="GBCIQ")}, {}, "u_follows"),
        ({"selected": None}, {"key": b"short"}, "u_follows"),
    ],
)
def test_a_false_claim_is_found_and_the_question_named(
    claim: dict, public: dict, question: str
) -> None:
    answer = draw.verify(claimed(**claim), published(**public))
    assert not answer.holds
    assert not getattr(answer, question)


def test_an_outcome_against_its_chance_is_found() -> None:
    wrong = claimed(selected=not claimed().selected)
    assert draw.verify(wrong, published()).selection_follows is False


def test_u_is_uniform_over_a_hundred_thousand_lines() -> None:
    u = draw.draw(KEY, draw.messages(draw.Basis(agency="ZHCIQ"), LINES, [0] * len(LINES)))
    assert kstest(u / 2.0**52, "uniform").pvalue > 0.001


def test_selection_cannot_be_predicted_from_references_and_past_draws() -> None:
    """A logistic model on what a trader sees: digits, place in the file, and the last ten draws."""
    u = draw.draw(KEY, draw.messages(draw.Basis(agency="ZHCIQ"), LINES, [0] * len(LINES)))
    truth = draw.selected(u, np.full(len(LINES), 100_000))
    place = np.arange(len(LINES))
    digits = [(place // 10**power) % 10 == digit for power in range(4) for digit in range(10)]
    past = [np.roll(truth, lag) for lag in range(1, 11)] + [np.roll(u / 2.0**52, 1)]
    seen = np.column_stack([np.ones(len(LINES)), *digits, *past]).astype(float)
    half = len(LINES) // 2
    weights = np.linalg.lstsq(seen[:half], truth[:half].astype(float), rcond=None)[0]
    assert abs(auc(seen[half:] @ weights, truth[half:]) - 0.5) < 0.02
    assert abs(truth.mean() - 0.1) < 0.004
