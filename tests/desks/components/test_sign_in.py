"""Who may sign in, and where signing in leads."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from pytest_django.fixtures import Settings

from guomen.supervision.agencies.models import Agency, Officer

PASSWORD = "a long enough secret"

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer() -> Officer:
    agency = Agency.objects.create(
        code="ZHCIQ", kind="regional", path="/ZHCIQ/", name_zh="珠海局", name_en="Zhuhai"
    )
    user = get_user_model().objects.create_user("examiner", password=PASSWORD)
    return Officer.objects.create(
        key="OFC-1", user=user, agency=agency, name_zh="陈", name_en="Chen", demonstration=True
    )


@pytest.mark.usefixtures("officer", "demo_mode")
def test_an_officer_comes_to_the_officers_desk(client: Client) -> None:
    answer = client.post("/sign-in/", {"username": "examiner", "password": PASSWORD}, follow=True)
    assert answer.redirect_chain[-1][0] == "/desk/"


@pytest.mark.usefixtures("officer")
def test_an_account_of_a_scenario_is_refused_in_earnest(client: Client) -> None:
    answer = client.post("/sign-in/", {"username": "examiner", "password": PASSWORD})
    assert answer.status_code == 200
    assert "_auth_user_id" not in client.session


@pytest.mark.usefixtures("officer", "demo_mode")
def test_the_page_offers_the_accounts_of_a_demonstration(client: Client) -> None:
    assert 'data-account="examiner"' in client.get("/sign-in/").content.decode()


@pytest.mark.usefixtures("officer", "demo_mode")
def test_many_wrong_passwords_close_the_account_for_a_while(
    client: Client, settings: Settings
) -> None:
    for _ in range(settings.AXES_FAILURE_LIMIT):
        answer = client.post("/sign-in/", {"username": "examiner", "password": "wrong"})
    assert answer.status_code == 429
    assert "<h1" in answer.content.decode()
    assert (
        client.post("/sign-in/", {"username": "examiner", "password": PASSWORD}).status_code == 429
    )


@pytest.mark.parametrize(
    ("sent_from", "back"),
    [
        ("http://testserver/desk/access/?q=a", "%2Fdesk%2Faccess%2F%3Fq%3Da"),
        ("http://elsewhere.example/desk/", "%2Fmy-desk%2F"),
        ("", "%2Fmy-desk%2F"),
    ],
)
def test_what_is_sent_when_the_session_ended_is_told_and_leads_back(
    client: Client, sent_from: str, back: str
) -> None:
    address = "/desk/access/requests/CHG-2012-00001/decide/"
    answer = client.post(address, {"answer": "accept"}, headers={"referer": sent_from}, follow=True)
    assert answer.redirect_chain[0][0].replace("/", "%2F").endswith(f"?next={back}")
    assert "登录已过期" in answer.content.decode()


@pytest.mark.parametrize("address", ["/desk/", "/enterprise/", "/my-desk/"])
def test_desks_ask_to_sign_in_first(client: Client, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 302
    assert answer["Location"] == f"/sign-in/?next={address}"
