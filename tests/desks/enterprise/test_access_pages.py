"""An enterprise at its own licences and filings: its own and nobody else's, end to end."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from tests.desks import people
from tests.journeys import builders
from tests.journeys.access.people import FIRST

from guomen.desks.enterprise import urls
from guomen.journeys.access import moving
from guomen.supervision.agencies.models import Role
from guomen.supervision.filings.models import AdditiveUse, FarmEntry, ResponsibilityStatement
from guomen.supervision.licences.lifecycle import LicenceMove
from guomen.supervision.licences.models import Appeal, HolderNotice, Licence, LicenceAct
from guomen.supervision.parties.models import ChangeRequest, Site

pytestmark = pytest.mark.usefixtures("bureau")


@pytest.fixture
def grower() -> Client:
    return people.signed_in(people.trader(builders.GROWER))


def base() -> Licence:
    return Licence.objects.get(kind="base_filing")


def addresses(licence: str, notice: str) -> dict[str, str]:
    site = Site.objects.get(number=builders.BASE).pk
    return {
        "licences": reverse("enterprise:licences"),
        "apply": reverse("enterprise:apply"),
        "licence": reverse("enterprise:licence", args=[licence]),
        "notice": reverse("enterprise:notice", args=[notice]),
        "filings": reverse("enterprise:filings"),
        "additives": reverse("enterprise:additives"),
        "report": reverse("enterprise:report", args=["statement"]),
        "farm": reverse("enterprise:farm", args=[builders.BASE]),
        "holdings": reverse("enterprise:holdings"),
        "holding": reverse("enterprise:holding", args=["site", site]),
        "holding-change": reverse("enterprise:holding-change", args=["site", site]),
        "holding-new": reverse("enterprise:holding-new", args=["certificate"]),
    }


def told() -> HolderNotice:
    wish = moving.Wish(move=LicenceMove.SUSPEND, reason="correction_due")
    moving.act(base().pk, wish, who=FIRST)
    return HolderNotice.objects.latest("pk")


def test_own_pages_open_and_a_foreign_enterprise_is_not_told_that_they_exist(
    grower: Client,
) -> None:
    walked = addresses(base().number, told().number)
    mounted = {p.name for p in urls.urlpatterns}  # type: ignore[union-attr]
    assert set(walked) | {"licence-act"} <= mounted
    foreign = people.signed_in(people.trader(builders.IMPORTER))
    officer = people.signed_in(people.officer("o", Role.DIRECTOR))
    for name, address in walked.items():
        assert grower.get(address).status_code == 200, name
        assert Client().get(address)["Location"].startswith("/sign-in/")
        assert officer.get(address).status_code == 403
        named = name in ("licence", "notice", "farm", "holding", "holding-change")
        assert foreign.get(address).status_code == (404 if named else 200), name
    act = reverse("enterprise:licence-act", args=[base().number])
    assert foreign.post(act, {"do": "renew"}).status_code == 404


def test_an_act_of_another_licence_cannot_be_appealed_against_from_here(grower: Client) -> None:
    other = Licence.objects.get(kind="quarantine_permit")
    wish = moving.Wish(move=LicenceMove.SUSPEND, reason="law_broken")
    act = moving.act(other.pk, wish, who=FIRST)
    address = reverse("enterprise:licence-act", args=[base().number])
    answer = grower.post(address, {"do": "appeal", "act": act.pk, "text": "不服"})
    assert answer.status_code == 404
    assert not Appeal.objects.exists()


def test_a_holder_reads_its_notice_and_appeals(grower: Client) -> None:
    notice = told()
    page = grower.get(reverse("enterprise:notice", args=[notice.number]))
    assert "You may appeal until" in page.content.decode()
    notice.refresh_from_db()
    assert notice.read_by
    act = LicenceAct.objects.get()
    address = reverse("enterprise:licence-act", args=[base().number])
    grower.post(address, {"do": "appeal", "act": act.pk, "text": "事实有误"})
    assert Appeal.objects.get().act == act


def test_an_application_is_made_and_refused_at_its_field(grower: Client) -> None:
    address = reverse("enterprise:apply")
    wrong = grower.post(address, {"kind": "base_filing", "hs_prefixes": "0705"})
    assert wrong.status_code == 422
    assert "site" in wrong.context["form"].errors
    good = {"kind": "base_filing", "hs_prefixes": "0705", "site": builders.BASE}
    assert grower.post(address, good).status_code == 302
    assert Licence.objects.filter(kind="base_filing").count() == 2


def test_additives_the_statement_and_a_farm_entry_are_reported(grower: Client) -> None:
    rows = {"row-TOTAL_FORMS": "6", "row-INITIAL_FORMS": "0"}
    row = {
        "row-0-kind": "additive",
        "row-0-name": "山梨酸钾",
        "row-0-food": "酱油",
        "row-0-most": "1",
    }
    assert grower.post(reverse("enterprise:additives"), rows | row).status_code == 302
    assert AdditiveUse.objects.get().substances.get().name_zh == "山梨酸钾"
    signed = {"signer": "张三", "agreed": "on"}
    grower.post(reverse("enterprise:report", args=["statement"]), signed)
    assert ResponsibilityStatement.objects.get().signer_zh == "张三"
    entry = {
        "kind": "pesticide",
        "on": "2012-05-20",
        "unit": "1号地",
        "product": "阿维菌素",
        "amount": "2",
        "measure": "LTR",
    }
    farm = reverse("enterprise:farm", args=[builders.BASE])
    page = grower.post(farm, entry)
    assert "withdrawal_days" in page.context["form"].errors
    grower.post(farm, entry | {"withdrawal_days": "10"})
    assert str(FarmEntry.objects.get().free_from) == "2012-05-30"


def test_a_paper_is_checked_first_and_nothing_is_lodged(grower: Client) -> None:
    row = builders.vegetables()
    head = {n: row[n] for n in ("direction", "declaration", "port", "transport", "agent")}
    goods = ("goods", "hs_code", "quantity", "unit", "units_in_lot", "value_cny")
    line = {f"line-0-{n}": row[n] for n in (*goods, "origin", "destination", "site")}
    papers = {"line-0-documents": ["contract", "invoice", "packing_list"]}
    page = grower.post(
        reverse("enterprise:lodge"), {"do": "check", "lines": "1", **head, **line, **papers}
    )
    assert page.status_code == 200
    (answered,) = page.context["answered"].lines
    assert [d.reason.rule for d in answered.stops] == ["HKM-SUPPLY-PROOF"]
    assert not builders.Line.objects.exists()


def test_a_change_of_an_own_record_is_asked_for_decided_and_read(grower: Client) -> None:
    site = Site.objects.get(number=builders.BASE)
    address = reverse("enterprise:holding-change", args=["site", site.pk])
    form = grower.get(address).context["form"]
    sent = {name: form[name].value() or "" for name in form.fields} | {"place_zh": "斗门区"}
    assert grower.post(address, sent | {"reason": ""}).status_code == 422
    assert grower.post(address, sent | {"reason": "搬迁"}).status_code == 302
    again = grower.post(address, sent | {"reason": "搬迁"})
    assert again.status_code == 422  # one waits already
    asked = ChangeRequest.objects.get()
    foreign = people.signed_in(people.trader(builders.IMPORTER))
    back = reverse("enterprise:request-withdraw", args=[asked.number])
    assert foreign.post(back).status_code == 404
    keeper = people.signed_in(people.officer("keeper", Role.ACCESS_REVIEWER))
    page = keeper.get(reverse("officer:change-request", args=[asked.number]))
    assert [(was, becomes) for _, was, becomes in page.context["differs"]] == [("—", "斗门区")]
    keeper.post(reverse("officer:change-request-decide", args=[asked.number]), {"answer": "accept"})
    site.refresh_from_db()
    assert site.place_zh == "斗门区"
    assert "Entered" in grower.get(reverse("enterprise:holdings")).content.decode()
    shown = grower.get(reverse("enterprise:holding", args=["site", site.pk]))
    assert len(shown.context["steps"]) == 1
    assert "OFC-" not in shown.content.decode()


def test_what_an_officer_answers_reaches_the_enterprise_and_is_not_lost_when_refused(
    grower: Client,
) -> None:
    site = Site.objects.get(number=builders.BASE)
    address = reverse("enterprise:holding-change", args=["site", site.pk])
    form = grower.get(address).context["form"]
    sent = {name: form[name].value() or "" for name in form.fields} | {"place_zh": "斗门区"}
    grower.post(address, sent | {"reason": "搬迁"})
    asked = ChangeRequest.objects.get()
    keeper = people.signed_in(people.officer("keeper", Role.ACCESS_REVIEWER))
    decide = reverse("officer:change-request-decide", args=[asked.number])
    # The record moves on meanwhile: refused, and what the officer wrote is still in the form.
    Site.objects.filter(pk=site.pk).update(version=site.version + 1)
    refused = keeper.post(decide, {"answer": "accept", "note": "已核对搬迁证明"})
    assert refused.status_code == 422
    assert "已核对搬迁证明</textarea>" in refused.content.decode()
    assert not HolderNotice.objects.exists()
    Site.objects.filter(pk=site.pk).update(version=site.version)
    keeper.post(decide, {"answer": "accept", "note": "已核对搬迁证明"})
    site.refresh_from_db()
    assert site.place_zh == "斗门区"
    told = HolderNotice.objects.get(enterprise=site.enterprise)
    assert (told.kind, told.subject) == ("answer", asked.number)
    read = grower.get(reverse("enterprise:notice", args=[told.number])).content.decode()
    assert "Answer: 已核对搬迁证明." in read
    assert reverse("enterprise:holdings") in read


def test_renewal_is_asked_for_on_the_page_and_stands_there_afterwards(grower: Client) -> None:
    licence = base()
    term = licence.terms.filter(superseded_at=None).latest("begins")
    type(term).objects.filter(pk=term.pk).update(ends=builders.TODAY + timedelta(days=20))
    page = reverse("enterprise:licence", args=[licence.number])
    assert grower.get(page).context["can"]["renew"]
    assert 'value="renew"' in grower.get(page).content.decode()
    act = reverse("enterprise:licence-act", args=[licence.number])
    assert grower.post(act, {"do": "renew"})["Location"] == page
    after = grower.get(page)
    assert "Renewal asked for" in after.content.decode()
    assert not after.context["can"]["renew"]
    licence.refresh_from_db()
    assert licence.renewal_asked_at == builders.NOW
