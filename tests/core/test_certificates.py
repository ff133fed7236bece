"""Codes of certificates: what is altered, foreign or ended is told from what is genuine."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from guomen.core import certificates
from guomen.core.certificates import (
    CERTIFICATE,
    CLEARANCE,
    BadCodeError,
    KnownKey,
    Signed,
    Verdict,
    code,
    genuine,
    offline,
    read,
)

# RFC 8032, 7.1, TEST 2: a key and its public part.
_SECRET = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
_PUBLIC = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
KEY = Ed25519PrivateKey.from_private_bytes(_SECRET)
OTHER = Ed25519PrivateKey.from_private_bytes(b"7" * 32)
PAPER = {"v": 1, "n": "CRT-2012-000123-7", "g": "冻去骨牛肉", "q": "120.000 KGM"}


def made(key: Ed25519PrivateKey = KEY, sort: str = CERTIFICATE) -> Signed:
    public = key.public_key().public_bytes_raw()
    return certificates.signed(sort, PAPER, public_key=public, sign=key.sign)


def keys(*, demonstration: bool = False) -> dict[str, KnownKey]:
    known = KnownKey(public_key=_PUBLIC, demonstration=demonstration)
    return {certificates.key_id(_PUBLIC): known}


def test_a_code_holds_everything_that_was_signed() -> None:
    again = read(code(made()))
    assert again == made()
    assert again.value() == PAPER
    assert offline(again, keys()) is Verdict.SIGNED


def test_what_is_altered_or_foreign_is_told_apart() -> None:
    one = made()
    richer = one.text.replace("120.000", "920.000")
    altered = Signed(sort=one.sort, text=richer, signature=one.signature, key=one.key)
    assert offline(altered, keys()) is Verdict.ALTERED
    assert offline(made(OTHER), keys()) is Verdict.FOREIGN_KEY
    # A forger who names our key cannot sign with it.
    forged = made(OTHER)
    named = Signed(sort=forged.sort, text=forged.text, signature=forged.signature, key=one.key)
    assert offline(named, keys()) is Verdict.ALTERED


def test_a_signature_of_one_sort_is_none_of_another() -> None:
    message = made(sort=CLEARANCE)
    as_paper = Signed(
        sort=CERTIFICATE, text=message.text, signature=message.signature, key=message.key
    )
    assert genuine(message, _PUBLIC)
    assert not genuine(as_paper, _PUBLIC)


@pytest.mark.parametrize("ended", [Verdict.REVOKED, Verdict.REPLACED])
def test_a_list_of_revocations_says_what_was_ended(ended: Verdict) -> None:
    assert offline(made(), keys(), {PAPER["n"]: ended.value}) is ended  # type: ignore[dict-item]
    assert offline(made(), keys(), {"CRT-2012-000124-5": "revoked"}) is Verdict.SIGNED


def test_a_demonstration_is_never_taken_for_real() -> None:
    shown = keys(demonstration=True)
    assert offline(made(), shown) is Verdict.DEMONSTRATION
    assert offline(made(), shown, demonstrations=True) is Verdict.SIGNED


@given(place=st.integers(0), bit=st.integers(0, 7))
def test_no_bit_of_a_code_can_be_changed_unnoticed(place: int, bit: int) -> None:
    whole = bytearray(code(made()).encode())
    whole[place % len(whole)] ^= 1 << bit
    try:
        given_back = read(whole.decode(errors="replace"))
    except BadCodeError:
        return
    # Spaces are passed over, and the last character of base64 has bits that say nothing.
    if given_back != made():
        assert offline(given_back, keys()) in (Verdict.ALTERED, Verdict.FOREIGN_KEY)


@given(st.text(max_size=60))
def test_any_other_text_is_refused_and_breaks_nothing(text: str) -> None:
    with pytest.raises(BadCodeError):
        read(text)
