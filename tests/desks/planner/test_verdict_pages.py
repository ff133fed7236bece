"""The explainer says what the core decides, and never reads an odd report as clean."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest
from django.test import Client

from guomen.desks.components.planner.verdict_pages import EXAMPLES

MILK = {
    "commodity": "food/dairy/milk_powder", "analyte": "melamine", "unit": "mg/kg",
    "taken": "2012-05-20",
}  # fmt: skip


def page(client: Client, language: str = "en", **asked: object) -> str:
    client.cookies["django_language"] = language
    answer = client.get(f"/verdict/?{urlencode(asked)}")
    assert answer.status_code == 200
    return answer.content.decode()


def badge(html: str) -> str:
    found = re.search(r'badge-large">.*?<span>(.*?)</span>', html, re.DOTALL)
    return found[1] if found else ""


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"value": "2.4"}, "Conforms"),
        ({"value": "2600", "unit": "µg/kg"}, "Fails"),
        (
            {"value": "2.4", "uncertainty": "0.3", "coverage": "2", "rule": "guard_band"},
            "Inconclusive",
        ),
        ({"value": "<0.01", "lod": "0.01"}, "Conforms"),
    ],
)  # fmt: skip
def test_the_badge_is_the_verdict(client: Client, asked: dict[str, str], said: str) -> None:
    assert badge(page(client, **(MILK | asked))) == said


@pytest.mark.parametrize(
    "odd",
    [
        {"value": "ND"}, {"value": "<0.01"}, {"value": "-"}, {"value": "未检出"}, {"value": "0"},
        {"value": "1,2"}, {"value": "-1"}, {"value": "about 1"}, {"unit": ""}, {"unit": "mg/L"},
        {"taken": "2999-01-01"}, {"analyte": "lead", "commodity": "food/jam"},
    ],
)  # fmt: skip
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_what_the_report_leaves_open_is_unknown(
    client: Client, odd: dict[str, str], language: str
) -> None:
    html = page(client, language, **(MILK | {"value": "0.5"} | odd))
    assert badge(html) in ("Unknown", "未知")
    assert "tone-jade" not in html.split("planner-question")[0].split("<main")[1]


def test_a_missing_limit_shows_what_the_book_does_hold(client: Client) -> None:
    html = page(client, value="9", **(MILK | {"commodity": "spirits/baijiu", "analyte": "dehp"}))
    assert "2014-06-25" in html


def test_a_limit_from_knowledge_says_that_it_is_unverified(client: Client) -> None:
    asked = {"commodity": "food/soy_sauce", "analyte": "benzoic_acid", "unit": "g/kg"}
    assert "unverified demo value" in page(client, value="0.5", **(MILK | asked))


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"value": ""}, "value"),
        ({"taken": ""}, "taken"),
        ({"taken": "20-05-2012"}, "taken"),
        ({"uncertainty": "x"}, "uncertainty"),
        ({"limit_by": "own", "limit_unit": "mg/kg"}, "upper"),
        ({"limit_by": "own", "upper": "1", "limit_unit": "furlong"}, "limit_unit"),
        (
            {"limit_by": "own", "kind": "range", "lower": "5", "upper": "3", "limit_unit": "%"},
            "upper",
        ),
        ({"prior_mean": "1"}, "prior_sd"),
    ],
)  # fmt: skip
def test_wrong_entries_are_said_at_their_fields(
    client: Client, wrong: dict[str, str], field: str
) -> None:
    html = page(client, **(MILK | {"value": "0.5"} | wrong))
    assert f'id="id_{field}-error"' in html


def test_the_line_shows_limit_guard_and_result_in_order(client: Client) -> None:
    asked = {"value": "2.4", "uncertainty": "0.3", "coverage": "2", "rule": "guard_band"}
    html = page(client, **(MILK | asked))

    def at(kind: str) -> float:
        found = re.search(rf'<(?:line|circle) class="{kind}" c?x1?="([\d.]+)%"', html)
        assert found is not None, kind
        return float(found[1])

    assert at("guard") < at("dot") < at("limit") < 100


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_every_example_answers(client: Client, number: int, language: str) -> None:
    asked = {"taken": "2012-05-20"} | EXAMPLES[number][1]
    assert 'class="split planner"' in page(client, language, **asked)
