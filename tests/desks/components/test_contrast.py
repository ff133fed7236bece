"""Every colour can be read, in the light and in the dark theme (WCAG 2.2, 1.4.3, with room)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import guomen.desks.components as components

TOKENS = Path(components.__file__).parent / "static" / "components" / "tokens.css"
LIGHT, DARK = TOKENS.read_text(encoding="utf-8").split("@media", 1)
TONES = ("gate", "jade", "slate", "teal", "violet", "amber", "seal")


def colours(theme: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", theme))


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("name", ["ink", "muted", *TONES])
def test_text_stands_out_from_ground_and_paper(theme: str, name: str) -> None:
    named = colours(theme)
    assert min(contrast(named[name], named[below]) for below in ("ground", "paper")) >= 5.4


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("name", TONES)
def test_a_badge_can_be_read_on_its_tint(theme: str, name: str) -> None:
    named = colours(theme)
    assert contrast(named[name], named[f"{name}-tint"]) >= 4.8


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_the_primary_button_can_be_read(theme: str) -> None:
    named = colours(theme)
    assert contrast(named["gate"], named["on-primary"]) >= 5.5
