"""The planner says what the core says, in both languages, and never more than it knows."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest
from django.test import Client

from guomen.core.sampling import draw_units, iso2859, ispm31
from guomen.desks.components.planner.plan_pages import EXAMPLES
from guomen.journeys import planning

LANGUAGES = ("zh-hans", "en")


def page(client: Client, path: str, language: str = "en", **asked: object) -> str:
    client.cookies["django_language"] = language
    answer = client.get(f"{path}?{urlencode(asked)}")
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def title(html: str) -> str:
    found = re.search(r"<h1[^>]*>(.*?)</h1>", html, re.DOTALL)
    assert found is not None
    return re.sub(r"\s+", " ", found[1]).strip()


@pytest.mark.parametrize("state", ["normal", "tightened", "reduced"])
@pytest.mark.parametrize("aql", ["0.65", "1", "2.5"])
def test_the_title_is_the_plan_of_the_standard(client: Client, state: str, aql: str) -> None:
    plan = iso2859.single(1200, aql_percent=float(aql), state=state)
    html = page(client, "/sampling/", lot=1200, purpose="series", aql=aql, history=state)
    assert f"Take {plan.units} of 1,200" in title(html)
    assert (f"at most {plan.ac}" if plan.ac else "only if none") in title(html)


def test_a_detection_plan_holds_level_confidence_and_sensitivity(client: Client) -> None:
    size = ispm31.sample_size(5000, 0.005, 0.95, sensitivity=0.9)
    asked = {"purpose": "detect", "level": "0.5", "confidence": "95", "sensitivity": "90"}
    assert f"Take {size.n} of 5,000" in title(page(client, "/sampling/", lot=5000, **asked))


def test_what_cannot_be_had_says_the_best_and_leads_there(client: Client) -> None:
    asked = {"lot": 40, "hazard": "nematodes", "sensitivity": "90"}
    html = page(client, "/sampling/", **asked)
    assert "90 %" in title(html)
    assert "confidence=90" in html
    assert "Inspect all 40" in title(page(client, "/sampling/", **asked, confidence="90"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("lot", ["", "0", "-3", "1.5", "abc", "<b>", "9" * 30])
def test_a_wrong_lot_is_said_at_its_field_and_kept(client: Client, lot: str, language: str) -> None:
    html = page(client, "/sampling/", language, lot=lot, level="0.5")
    assert 'href="#id_lot"' in html
    assert 'id="id_lot-error"' in html
    assert "<b>" not in html.split("<main", 1)[1].replace("<b>国门", "")
    assert 'value="0.5"' in html


@pytest.mark.parametrize(
    "wrong", [{"aql": "1.1"}, {"credit": "Z"}, {"level": "0"}, {"budget": "5"}]
)
def test_other_wrong_entries_are_said_at_their_fields(
    client: Client, wrong: dict[str, str]
) -> None:
    html = page(client, "/sampling/", lot=100, **wrong)
    name = "unit_cost" if "budget" in wrong else next(iter(wrong))
    assert f'id="id_{name}-error"' in html


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_every_example_answers(client: Client, number: int, language: str) -> None:
    html = page(client, "/sampling/", language, **EXAMPLES[number][1])
    assert 'class="split planner"' in html


def test_a_microbe_without_a_criterion_offers_those_that_fit(client: Client) -> None:
    html = page(client, "/sampling/", lot=300, hazard="salmonella")
    assert "criterion=1.4" in html
    assert "criterion=1.25" not in html


def test_a_chinese_page_has_no_english_sentence(client: Client) -> None:
    html = page(client, "/sampling/", "zh-hans", lot=1200, history="normal", unit_cost=3)
    main = re.sub(r"<[^>]+>", "\n", html.split("<main", 1)[1].split("</main>", 1)[0])
    sourced = {"ISO", "Guomen", "MIL", "ISPM"}
    english = [
        line
        for line in main.splitlines()
        if re.search(r"[a-z]{3,} [a-z]{3,} [a-z]{2,}", line)
        and not any(word in line for word in sourced)
        and not re.search(r"\d\.\d", line)
    ]
    assert not english


def test_the_sheet_names_the_units_that_its_seed_draws(client: Client) -> None:
    asked = {"lot": 1200, "history": "normal", "seed": "abc", "reference": "DEC-1"}
    html = page(client, "/sampling/sheet/", **asked)
    shown = [int(n) for n in re.findall(r'<td><span class="box"[^>]*></span>(\d+)</td>', html)]
    assert tuple(shown) == draw_units(80, 1200, b"abc", reference="DEC-1")


def test_a_sheet_without_a_seed_gets_one_of_its_own(client: Client) -> None:
    seen = {client.get("/sampling/sheet/?lot=100").headers["Location"] for _ in range(3)}
    assert len(seen) == 3
    assert all("seed=" in address and "lot=100" in address for address in seen)


def test_every_page_of_a_long_sheet_says_which_of_how_many(client: Client) -> None:
    asked = {"lot": 100000, "purpose": "detect", "level": "0.1", "seed": "s"}
    html = page(client, "/sampling/sheet/", **asked)
    pages = html.count('class="paper"')
    assert pages > 2
    for number in range(1, pages + 1):
        assert html.count(f"Page {number} of {pages}") == 2
    shown = re.findall(r'<td><span class="box"[^>]*></span>(\d+)</td>', html)
    assert len(set(shown)) == len(shown) > 1000


def test_a_sheet_of_a_wrong_question_leads_back_to_it(client: Client) -> None:
    answer = client.get("/sampling/sheet/?lot=abc")
    assert answer.headers["Location"] == "/sampling/?lot=abc"


@pytest.mark.django_db
def test_the_officers_pages_ask_who_is_there(client: Client) -> None:
    for path in ("/desk/sampling/", "/desk/sampling/sheet/", "/desk/verdict/"):
        assert client.get(path).headers["Location"].startswith("/sign-in/")


def test_the_bad_lot_of_a_detection_plan_passes_with_what_the_confidence_leaves() -> None:
    asked = planning.Asked(
        lot=5000, purpose="detect", level=0.005, confidence=0.95, sensitivity=0.9
    )
    size = ispm31.sample_size(5000, 0.005, 0.95, sensitivity=0.9)
    found = planning.answer(asked)
    assert found.consumer is not None
    assert found.consumer.pa == pytest.approx(1.0 - size.p_detect, abs=1e-12)
    assert [point.pa for point in found.curve] == sorted(
        (point.pa for point in found.curve), reverse=True
    )


def test_a_hundred_million_units_and_a_dull_inspection_are_answered() -> None:
    asked = planning.Asked(lot=10**8, purpose="detect", level=1e-6, sensitivity=0.5)
    found = planning.answer(asked)
    size = ispm31.sample_size(10**8, 1e-6, 0.95, sensitivity=0.5, rounding="ceil")
    assert found.plan.n == size.n
