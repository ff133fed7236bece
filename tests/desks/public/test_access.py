"""What anybody may ask of access, without signing in: needs, status, exits, an account."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from tests.journeys import builders
from tests.journeys.access import people as who
from tests.journeys.access.people import FIRST, HOLDER, HOUR

from guomen.desks.components import clock
from guomen.journeys.access import appealing, moving
from guomen.supervision.licences.lifecycle import LicenceMove
from guomen.supervision.parties.models import SignUp


@pytest.fixture
def bureau(db: None, monkeypatch: pytest.MonkeyPatch) -> builders.Register:
    monkeypatch.setattr(clock, "now", lambda: builders.NOW + 6 * HOUR)
    return builders.build(keys=None)


def english() -> Client:
    client = Client()
    client.cookies["django_language"] = "en"
    return client


def test_what_goods_need_is_answered_with_its_sources(bureau: builders.Register) -> None:
    asked = {"direction": "import", "hs_code": "0202300090", "origin": "au", "transit_via": "HK"}
    page = english().get(reverse("public:needs"), asked).content.decode()
    for rule in ("IMP-PERMIT-HELD", "IMP-MEAT-COLD-STORE", "IMP-MEAT-PRE-INSPECTION"):
        assert rule in page
    assert "CNJZU" in page
    wrong = english().get(reverse("public:needs"), {"direction": "import", "hs_code": "02"})
    assert wrong.status_code == 422


def test_only_what_is_published_is_told(bureau: builders.Register) -> None:
    page = english().get(reverse("public:status"), {"number": builders.IMPORTER}).content.decode()
    assert "Consignee filing" in page
    nobody = english().get(reverse("public:status"), {"number": "nobody"}).content.decode()
    assert "No enterprise has this number or name" in nobody


def test_a_revocation_under_appeal_is_not_published_yet(bureau: builders.Register) -> None:
    licence = who.base_filing()
    act = moving.act(
        licence.pk, moving.Wish(move=LicenceMove.REVOKE, reason="conditions_lost"), who=FIRST
    )
    appealing.state_case(act.pk, "请复核", who=HOLDER)
    moving.decide(act.pk, approve=True, who=who.later(builders.NOW + HOUR))
    assert licence.number in english().get(reverse("public:exits")).content.decode()
    appealing.file(
        act.pk,
        licence.site.enterprise,  # type: ignore[union-attr]
        "不服",
        who=who.at(builders.NOW + 2 * HOUR, "REP-1"),
    )
    assert licence.number not in english().get(reverse("public:exits")).content.decode()


def test_a_person_asks_for_an_account(bureau: builders.Register) -> None:
    sent = {
        "uscc": builders.uscc(900),
        "name_zh": "新企业",
        "person": "张三",
        "phone": "1",
        "username": "zhang.san",
        "password": "correct horse battery",
    }
    wrong = english().post(reverse("public:sign-up"), sent | {"uscc": "1" * 18})
    assert "uscc" in wrong.context["form"].errors
    assert english().post(reverse("public:sign-up"), sent).status_code == 200
    assert SignUp.objects.get().state == "asked"
    signed_in = english()
    signed_in.force_login(
        SignUp.objects.get().user, backend="django.contrib.auth.backends.ModelBackend"
    )
    page = signed_in.get("/enterprise/")
    assert "compares your papers" in page.content.decode()
    assert signed_in.get("/desk/").status_code == 403
