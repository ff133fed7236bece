"""Early warning at the desk: who may open and decide, what pages say, no barrier in a browser."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.http import urlencode
from playwright.sync_api import Page
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer
from tests.desks import people, walk
from tests.desks.officer.test_browser import sign_in
from tests.journeys import builders
from tests.journeys.test_watching import WEEK, nation, watch

from guomen.desks.components import clock
from guomen.desks.officer.permissions import MOVES, Move
from guomen.supervision.agencies.models import Role
from guomen.supervision.risk.models import Signal

Check = Callable[[Page], None]
Fits = Callable[[Page, str], None]
ABROAD = "/desk/risk/signals/SIG-999999-1/"


@pytest.fixture
def watched(bureau: None, settings: Settings, tmp_path: Path) -> Signal:
    settings.GUOMEN_VAR = tmp_path / "var"
    place = tmp_path / "var" / "history"
    nation(place, rises=1)
    watch(place, WEEK, keep=True)
    return Signal.objects.get(level="port_weeks")


def pages(signal: Signal) -> dict[str, str]:
    query = urlencode({"level": "port_weeks", "series": "CNDDD"})
    return {
        "inbox": reverse("officer:risk"),
        "series": f"{reverse('officer:risk-series')}?{query}",
        "heat": reverse("officer:risk-heat"),
        "back-test": f"{reverse('officer:risk-back-test')}?level=port_weeks",
        "signal": reverse("officer:signal", args=[signal.reference]),
    }


def decide(client: Client, signal: Signal, move: str = "take_up", **more: object) -> int:
    address = reverse("officer:move-signal", args=[signal.reference, move])
    said = {"note": "looked into it", "version": signal.version} | more
    return client.post(address, said).status_code


@walk.drawn_once()
def test_every_role_opens_what_the_table_says(watched: Signal) -> None:
    for role in walk.ROLES:
        client = people.signed_in(people.officer(f"home.{role}", role))
        expected = 200 if Move.WATCH in MOVES[role] else 403
        assert {client.get(a).status_code for a in pages(watched).values()} == {expected}, role
        if Move.JUDGE_SIGNAL not in MOVES[role]:
            assert decide(client, watched) == 403
    watched.refresh_from_db()
    assert watched.state == "raised"


def test_a_signal_stands_in_the_inbox_under_its_name(watched: Signal) -> None:
    client = people.signed_in(people.officer("i", Role.RISK_ANALYST))
    (waits,) = client.get(reverse("officer:inbox")).context["lists"]
    (item, address) = waits[3][0]
    assert waits[0].count == Signal.objects.filter(state="raised").count()
    assert address == reverse("officer:signal", args=[item.key])
    assert item.en
    assert "{" not in item.en


def test_a_branch_reads_the_signals_of_its_bureau_and_not_every_series(watched: Signal) -> None:
    client = people.signed_in(people.officer("b", Role.RISK_ANALYST, agency="ZHGB"))
    found = {name: client.get(address).status_code for name, address in pages(watched).items()}
    assert found == {"inbox": 200, "signal": 200, "series": 403, "heat": 403, "back-test": 403}
    # What would be refused is not offered.
    inbox = client.get(reverse("officer:risk")).content.decode()
    plan = client.get(reverse("officer:plan")).content.decode()
    for closed in ("risk-series", "risk-heat", "risk-back-test"):
        assert reverse(f"officer:{closed}") not in inbox + plan


def test_traders_and_strangers_see_nothing(watched: Signal) -> None:
    trader = people.signed_in(people.trader(builders.IMPORTER))
    for address in pages(watched).values():
        assert trader.get(address).status_code == 403
        assert Client().get(address)["Location"].startswith("/sign-in/")
    assert decide(trader, watched) == 403


def test_a_decision_is_kept_and_the_second_person_is_told(watched: Signal) -> None:
    client = people.signed_in(people.officer("r", Role.RISK_ANALYST))
    assert decide(client, watched, note="") == 422
    assert decide(client, watched, move="fly") == 404
    assert decide(client, watched) == 302
    late = client.post(
        reverse("officer:move-signal", args=[watched.reference, "dismiss"]),
        {"note": "my own words", "version": watched.version},
    )
    assert late.status_code == 409
    assert "my own words" in late.content.decode()
    assert client.get(ABROAD).status_code == 404
    watched.refresh_from_db()
    assert (watched.state, watched.events.count()) == ("taken_up", 1)


def test_the_inbox_asks_no_signal_for_itself(
    watched: Signal, django_assert_max_num_queries: Callable[..., object]
) -> None:
    client = people.signed_in(people.officer("r", Role.RISK_ANALYST))
    copies = [
        Signal(
            **{f.name: getattr(watched, f.name) for f in Signal._meta.fields if f.name != "id"}
            | {"reference": f"SIG-{n}", "onset": date(2011, 1, 3 + n)}
        )
        for n in range(20)
    ]
    Signal.objects.bulk_create(copies)
    with django_assert_max_num_queries(16):  # type: ignore[attr-defined]
        assert client.get(reverse("officer:risk")).status_code == 200


def test_the_series_are_listed_searched_and_drawn_with_few_questions(
    watched: Signal, django_assert_max_num_queries: Callable[..., object]
) -> None:
    """Two questions for the chart, one for each register that names what is on the page."""
    client = people.signed_in(people.officer("r", Role.RISK_ANALYST))
    address = reverse("officer:risk-series")
    said = {"level": "enterprises", "q": "cnddd"}
    for query in (said, said | {"series": "ENT-CNDDD-7"}, said | {"page": "2"}):
        with django_assert_max_num_queries(13):  # type: ignore[attr-defined]
            page = client.get(address, query).content.decode()
        assert "ENT-CNDDD" in page
        assert "ENT-CNAAA" not in page
    empty = client.get(address, {"level": "laboratories"}).content.decode()
    assert "never watched yet" in empty


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_pages_have_no_barrier_and_fit(
    page: Page,
    live_server: LiveServer,
    axe: Check,
    at_both_widths: Fits,
    tmp_path: Path,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    builders.custody_in(tmp_path, settings)
    monkeypatch.setattr(clock, "now", lambda: builders.NOW)
    builders.build()
    settings.GUOMEN_VAR = tmp_path / "var"
    nation(tmp_path / "var" / "history", rises=1)
    watch(tmp_path / "var" / "history", WEEK, keep=True)
    signal = Signal.objects.get(level="port_weeks")
    analyst = people.signed_in(people.officer("r", Role.RISK_ANALYST))
    for language in ("zh-hans", "en"):
        sign_in(page, live_server, analyst, language)
        for name, address in pages(signal).items():
            page.goto(live_server.url + address)
            if name in ("series", "signal"):
                page.locator("#series-chart canvas").first.wait_for()
            at_both_widths(page, f"risk-{name}-{language}")
            axe(page)
    page.goto(live_server.url + pages(signal)["signal"])
    page.get_by_label("What you found").fill("The importer changed its supplier.")
    page.get_by_role("button", name="Take up").click()
    page.get_by_text("The importer changed its supplier.").wait_for()
