"""Check characters against published numbers, and what they must catch."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from guomen.supervision.parties.codes import (
    check_character,
    reference,
    reference_valid,
    uscc_check_character,
    uscc_valid,
)

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


# ISO/IEC 7064 gives the first two; the others are published sample identifiers of ORCID,
# which uses the same system.
@pytest.mark.parametrize(
    ("digits", "check"),
    [
        ("0794", "0"),
        ("079", "X"),
        ("000000021825009", "7"),
        ("000000015109370", "0"),
        ("000000021694233", "X"),
    ],
)
def test_mod_11_2_agrees_with_published_numbers(digits, check):
    assert check_character(digits) == check


# The sample of GB 32100-2015 and two codes printed in public registers' documentation.
@pytest.mark.parametrize("code", ["91350100M000100Y43", "91110000600037341L"])
def test_published_credit_codes_pass(code):
    assert uscc_valid(code)


KINDS = st.sampled_from(["ENT", "SIT", "DEC-2012", "WO-2012", "SMP-2012", "RUN-2012"])


@given(st.integers(0, 10**9), KINDS, st.data())
def test_one_wrong_digit_of_a_reference_is_caught(number, kind, data):
    text = reference(kind, number)
    place = data.draw(st.integers(len(kind) + 1, len(text) - 3))
    digit = data.draw(st.sampled_from("0123456789"))
    assume(text[place] != digit)
    assert reference_valid(text)
    assert not reference_valid(text[:place] + digit + text[place + 1 :])


@given(st.integers(0, 10**9), st.data())
def test_two_digits_swapped_in_a_reference_are_caught(number, data):
    text = reference("SIT", number)
    place = data.draw(st.integers(4, len(text) - 4))
    assume(text[place] != text[place + 1])
    swapped = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    assert not reference_valid(swapped)


@given(
    st.text("0123456789", min_size=6, max_size=6),
    st.text(ALPHABET, min_size=9, max_size=9),
    st.data(),
)
def test_one_wrong_character_of_a_credit_code_is_caught(division, body, data):
    first = f"91{division}{body}"
    code = first + uscc_check_character(first)
    place = data.draw(st.integers(0, 17))
    other = data.draw(st.sampled_from(ALPHABET))
    assume(code[place] != other)
    assert uscc_valid(code)
    assert not uscc_valid(code[:place] + other + code[place + 1 :])


@pytest.mark.parametrize("text", ["", "91350100M000100Y4", "91350100m000100y43", "ENT-000123-1"])
def test_what_is_no_credit_code_is_refused(text):
    assert not uscc_valid(text)


@pytest.mark.parametrize("text", ["", "ENT-000123", "ENT-0001231", "ent-000123-1", "ENT-１２３-1"])
def test_what_is_no_reference_is_refused(text):
    assert not reference_valid(text)
