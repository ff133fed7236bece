"""The parts of a page say what they are given, in both languages, and keep the security policy."""

from __future__ import annotations

import itertools
import re
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from html.parser import HTMLParser
from types import SimpleNamespace

import pytest
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from guomen.core.draw import selected
from guomen.core.severity import OUTCOME_NAMES, Outcome
from guomen.desks.components import drawing, listing, moments, tones, words
from guomen.rulebooks.commodities import COMMODITIES

NOW = datetime(2012, 5, 24, 2, 0, tzinfo=UTC)
LANGUAGES = ("zh-hans", "en")


class Tags(HTMLParser):
    """Collects the start tags of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def drawn(source: str, **values: object) -> str:
    request = RequestFactory().get("/?sort=weight&port=ZUH")
    return Template("{% load guomen %}" + source).render(Context({"request": request, **values}))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("outcome", Outcome)
def test_an_outcome_is_colour_icon_and_word(outcome: Outcome, language: str) -> None:
    with translation.override(language):
        shown = drawn("{% outcome_badge outcome %}", outcome=outcome)
    assert re.search(r'class="badge tone-\w+"', shown)
    assert "<use href=" in shown
    assert OUTCOME_NAMES[outcome].in_language(language) in shown


def test_no_two_outcomes_look_alike() -> None:
    looks = {(tone.colour, tone.icon) for tone in tones.OUTCOMES.values()}
    assert len(looks) == len(Outcome)
    assert set(tones.OUTCOMES) == set(Outcome)


@given(u=st.integers(0, 2**52 - 1), ppm=st.integers(0, 1_000_000))
def test_the_point_lies_in_the_shade_exactly_when_the_line_is_selected(u: int, ppm: int) -> None:
    shown = Fraction(u, drawing.SCALE) < Fraction(ppm, 1_000_000)
    assert shown == bool(selected(u, ppm))
    line = drawing.draw_line(u=u, chance_ppm=ppm)
    assert line.point is not None
    assert line.chance is not None
    point, edge = (float(at.x.rstrip("%")) for at in (line.point, line.chance))
    assert point == pytest.approx(u / 2**52 * 100, abs=1e-4)
    assert edge == pytest.approx(ppm / 10_000, abs=1e-4)


def test_before_the_draw_there_is_no_point() -> None:
    draw = SimpleNamespace(u=None, chance_ppm=125_000, selected=None, day="2012-05-24")
    shown = drawn("{% draw_line draw %}", draw=draw)
    assert "<circle" not in shown


def test_a_chance_that_is_closed_to_the_reader_is_neither_drawn_nor_sent() -> None:
    draw = SimpleNamespace(
        u=2**51, chance_ppm=None, selected=True, day="2012-05-24", agency="A", root="R", counter=0
    )
    draw.anchor = "0" * 64
    shown = drawn("{% draw_line draw %}", draw=draw)
    assert "<circle" in shown
    assert 'class="chance"' not in shown
    assert "chance=" not in shown


@pytest.mark.parametrize(
    ("left", "words", "stands"),
    [
        (timedelta(hours=3), "3 hours left", "soon"),
        (timedelta(days=3), "3 days left", "calm"),
        (timedelta(minutes=-5), "5 minutes late", "late"),
    ],
)
def test_a_deadline_says_what_is_left(left: timedelta, words: str, stands: str) -> None:
    with translation.override("en"):
        assert moments.due(NOW + left, now=NOW) == (words, stands)


def test_an_exact_time_stands_behind_every_relative_one() -> None:
    shown = drawn("{% deadline at %}", at=NOW)
    assert 'datetime="2012-05-24T02:00:00+00:00"' in shown
    assert 'title="2012-05-24 10:00"' in shown


def test_sorting_keeps_the_filters_and_turns_round() -> None:
    query = RequestFactory().get("/?sort=weight&port=ZUH&page=3").GET
    heading = listing.heading(query, "weight")
    assert heading.stands == "ascending"
    assert heading.address == "?sort=-weight&port=ZUH"
    assert listing.heading(query, "lodged").stands == ""


def test_a_chip_leads_to_the_list_without_its_filter() -> None:
    request = RequestFactory().get("/?sort=weight&port=ZUH")
    (chip,) = listing.chips(request, labels={"port": "Port", "origin": "Origin"})
    assert chip.without == "?sort=weight"


def test_what_is_typed_by_people_is_escaped() -> None:
    shown = drawn("{% facts items %}{% notice 'info' text %}", items=[("<b>", "<i>")], text="<u>")
    assert not re.search(r"<(b|i|u)>", shown)


@pytest.mark.django_db
@pytest.mark.usefixtures("demo_mode")
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("address", ["/", "/fair-draw/", "/styleguide/", "/sign-in/", "/nowhere/"])
def test_pages_have_no_inline_style_or_script_and_no_double_id(
    client: Client, address: str, language: str
) -> None:
    page = client.get(address, headers={"accept-language": language}).content.decode()
    tags = Tags(page).found
    assert not [tag for tag, attributes in tags if "style" in attributes or tag == "style"]
    assert all(attributes.get("src") for tag, attributes in tags if tag == "script")
    assert not [a for _, attributes in tags for a in attributes if a.startswith("on")]
    ids = [attributes["id"] for _, attributes in tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert f'<html lang="{language}">' in page


@pytest.mark.django_db
def test_the_style_guide_and_the_accounts_exist_in_a_demonstration_only(client: Client) -> None:
    assert client.get("/styleguide/").status_code == 404
    assert "data-account" not in client.get("/sign-in/").content.decode()


@pytest.mark.django_db
def test_the_language_changes_without_a_script(client: Client) -> None:
    client.post("/language/setlang/", {"language": "en", "next": "/"})
    assert '<html lang="en">' in client.get("/").content.decode()
    client.post("/language/setlang/", {"language": "zh-hans", "next": "/"})
    assert '<html lang="zh-hans">' in client.get("/").content.decode()


def test_every_icon_that_is_named_exists() -> None:
    from django.contrib.staticfiles import finders

    def text(name: str) -> str:
        found = finders.find(f"components/{name}")
        assert isinstance(found, str)
        with open(found, encoding="utf-8") as file:
            return file.read()

    drawn_icons = set(re.findall(r'<symbol id="([\w-]+)"', text("icons.svg")))
    tables = (tones.OUTCOMES, tones.ANSWERS, tones.GATE_STATES, tones.NOTICES)
    named = {tone.icon for table in tables for tone in table.values()}  # type: ignore[attr-defined]
    from guomen.desks.components import navigation

    named |= {entry.icon for desk in navigation.DESKS.values() for entry in desk}
    assert named <= drawn_icons


def test_goods_in_words_of_their_own_stay_as_declared() -> None:
    for language, declared in itertools.product(LANGUAGES, ("蒜头，去皮", "Garlic of mine", "")):
        with translation.override(language):
            assert words.declared(declared) == declared


def test_goods_declared_by_the_name_of_the_list_are_read_in_both_languages() -> None:
    for listed in COMMODITIES:
        with translation.override("en"):
            assert words.declared(listed.name.zh) == listed.name.en
            narrow = listed.name.zh.replace("（", "(").replace("）", ")")
            assert words.declared(narrow) == listed.name.en
        with translation.override("zh-hans"):
            assert words.declared(listed.name.zh) == listed.name.zh
