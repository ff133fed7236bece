"""Texts of registers hold only what can be seen."""

from __future__ import annotations

import sys
import unicodedata

import pytest

from guomen.desks.components.access.forms import SeenField
from guomen.supervision.parties.signs import visible


def test_no_format_or_control_of_unicode_is_left_and_no_letter_is_lost() -> None:
    for code in range(sys.maxunicode + 1):
        sign = chr(code)
        found, kind = visible(f"甲{sign}乙"), unicodedata.category(sign)
        if kind in ("Cf", "Cs", "Cc", "Zs", "Zl", "Zp"):
            assert found in ("甲乙", "甲 乙"), hex(code)
        elif kind in ("Lu", "Ll", "Nd", "Pd", "Po", "Co", "Cn"):
            assert found == f"甲{sign}乙", hex(code)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("\u202eGD-V-7", "GD-V-7"),
        ("GD\u2011V", "GD\u2011V"),
        ("珠海\u3000鸿达（集团）\n公司", "珠海 鸿达（集团） 公司"),
        ("葛\U000e0100城", "葛城"),
        ("\u3164\u200b", ""),
        ("𠮷田", "𠮷田"),
    ],
)
def test_a_field_of_a_register_takes_what_is_seen(given: str, kept: str) -> None:
    assert SeenField(required=False).clean(given) == kept
