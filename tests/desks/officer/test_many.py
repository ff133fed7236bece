"""One thing for many: looked at first, each told its reason, in fixed queries, under the roles."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.desks import people
from tests.journeys import builders

from guomen.desks.components import clock
from guomen.desks.officer.deeds import OFFERS
from guomen.desks.officer.permissions import MOVES
from guomen.journeys import many
from guomen.journeys.access import filing
from guomen.journeys.access.actors import Actor
from guomen.journeys.many import Deed
from guomen.supervision.agencies import operations as agencies
from guomen.supervision.agencies.models import InterestKind, Role
from guomen.supervision.classification.models import Assessment, EnterpriseClass
from guomen.supervision.licences.models import HolderNotice, Licence, LicenceTerm, Review
from guomen.supervision.parties.models import Enterprise

pytestmark = pytest.mark.usefixtures("bureau")
SOON = builders.TODAY + timedelta(days=20)


def at(deed: Deed) -> str:
    return reverse("officer:many", args=[deed.value])


def ending() -> list[str]:
    """Let every licence end soon; return their numbers."""
    LicenceTerm.objects.current().update(ends=SOON)
    return list(Licence.objects.order_by("number").values_list("number", flat=True))


def classed(*numbers: str) -> list[str]:
    """Give enterprises classes that end soon; return their references."""
    firms = Enterprise.objects.filter(uscc__in=numbers).order_by("reference")
    EnterpriseClass.objects.all().delete()
    for firm in firms:
        EnterpriseClass.objects.create(
            enterprise=firm,
            agency=firm.agency,
            grade=2,
            begins=builders.FOUNDED,
            ends=SOON,
            recorded_at=builders.RECORDED,
        )
    return [firm.reference for firm in firms]


def told(page: Any) -> dict[str, str | None]:
    """Return of each row of a page why nothing happens, or None."""
    return {one.key: one.refused and one.refused.en for one in page.context["rows"]}


def test_the_table_offers_every_deed_and_no_other() -> None:
    assert set(OFFERS) == set(Deed) == set(many.DEEDS)


def test_looking_writes_nothing_and_doing_tells_the_holders_once() -> None:
    head = people.signed_in(people.officer("head", Role.BRANCH_HEAD))
    numbers = ending()
    endless = numbers.pop()
    LicenceTerm.objects.filter(licence__number=endless).update(ends=None)
    listed = head.get(reverse("officer:register", args=["licences"])).content.decode()
    assert f'name="row" form="many" value="{endless}"' in listed
    looked = head.post(at(Deed.REMIND_LICENCE), {"row": [*numbers, endless, "NONE"]})
    assert told(looked) == dict.fromkeys(numbers) | {
        endless: "it has no end, so there is nothing to renew"
    }
    assert looked.context["gone"] == 1
    assert not HolderNotice.objects.exists()
    sure = {"row": [*numbers, endless], "sure": "1"}
    head.post(at(Deed.REMIND_LICENCE), sure)
    assert HolderNotice.objects.filter(kind="due").count() == len(numbers)
    # Sent again, as by going back in the browser: nobody is told twice within the week.
    again = told(head.post(at(Deed.REMIND_LICENCE), sure))
    assert {again[number] for number in numbers} == {f"it was reminded on {builders.TODAY} already"}
    assert HolderNotice.objects.filter(kind="due").count() == len(numbers)


def test_a_review_is_planned_once_and_what_a_colleague_did_meanwhile_is_told() -> None:
    head = people.signed_in(people.officer("head", Role.BRANCH_HEAD))
    numbers = ending()
    looked = head.post(at(Deed.PLAN_REVIEW), {"row": numbers})
    assert set(told(looked).values()) == {None}
    colleague = people.signed_in(people.officer("other", Role.ACCESS_REVIEWER))
    colleague.post(at(Deed.PLAN_REVIEW), {"row": numbers[:1], "sure": "1"})
    done = told(head.post(at(Deed.PLAN_REVIEW), {"row": numbers, "sure": "1"}))
    assert done[numbers[0]] == f"the yearly review {Review.objects.earliest('pk').number} is open"
    assert set(done.values()) == {None, done[numbers[0]]}
    assert Review.objects.count() == len(numbers)


def test_classes_are_told_of_and_assessed_but_never_by_whoever_has_a_tie(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    officer = people.officer("assessor", Role.CLASS_ASSESSOR)
    assessor = people.signed_in(officer)
    firms = classed(builders.GROWER, builders.TOYMAKER, builders.VINTNER)
    tied = Enterprise.objects.get(uscc=builders.VINTNER)
    agencies.declare_interest(
        officer, tied.pk, InterestKind.RELATIVE, on=builders.FOUNDED, at=builders.RECORDED, note="x"
    )
    every = {"shown": firms, "all": "1", "sure": "1"}
    assert set(told(assessor.post(at(Deed.REMIND_CLASS), every)).values()) == {None}
    done = told(assessor.post(at(Deed.BEGIN_ASSESSMENT), every))
    assert [key for key, why in done.items() if why] == [tied.reference]
    assert "tie" in (done[tied.reference] or "")
    assert {row.assessor for row in Assessment.objects.all()} == {officer.key}
    assert Assessment.objects.count() == 2
    # A week later those that are under way are left alone.
    monkeypatch.setattr(clock, "now", lambda: builders.NOW + timedelta(days=8))
    later = told(assessor.post(at(Deed.REMIND_CLASS), every))
    assert [key for key, why in later.items() if why is None] == [tied.reference]
    # The enterprise reads it among its notices, and is led to its class.
    trader = people.signed_in(people.trader(builders.GROWER))
    notice = HolderNotice.objects.get(enterprise__uscc=builders.GROWER, kind="class")
    page = trader.get(reverse("enterprise:notice", args=[notice.number])).content.decode()
    assert reverse("enterprise:class") in page


def test_who_was_checked_and_filed_nothing_is_asked_for_it() -> None:
    head = people.signed_in(people.officer("head", Role.BRANCH_HEAD))
    firm = Enterprise.objects.get(uscc=builders.GROWER)
    filing.check(firm, on=builders.TODAY, shortcoming="", who=Actor(by="OFC-9", at=builders.NOW))
    gaps = head.get(reverse("officer:filing-gaps")).content.decode()
    assert f'value="{firm.reference}"' in gaps
    for deed in (Deed.REMIND_FILING, Deed.REMIND_STATEMENT):
        head.post(at(deed), {"row": [firm.reference], "sure": "1"})
    found = HolderNotice.objects.filter(enterprise=firm, kind="filing")
    assert sorted(found.values_list("subject", flat=True)) == ["additives", "statement"]


def test_it_asks_as_many_queries_for_ten_as_for_one(django_assert_num_queries: Any) -> None:
    head = people.signed_in(people.officer("head", Role.BRANCH_HEAD))
    numbers = ending()
    head.post(at(Deed.REMIND_LICENCE), {"row": numbers[:1]})
    for rows in (numbers[:1], numbers):
        with django_assert_num_queries(8):
            head.post(at(Deed.REMIND_LICENCE), {"row": rows})
        HolderNotice.objects.all().delete()
        with django_assert_num_queries(22):
            head.post(at(Deed.REMIND_LICENCE), {"row": rows, "sure": "1"})


def test_more_than_fit_are_refused_and_none_is_told_to_choose() -> None:
    head = people.signed_in(people.officer("head", Role.BRANCH_HEAD))
    many_ = head.post(at(Deed.PLAN_REVIEW), {"row": [f"N-{n}" for n in range(201)]})
    none = head.post(at(Deed.PLAN_REVIEW), {})
    assert (many_.status_code, none.status_code) == (422, 422)
    assert "200" in many_.context["refused"]


@pytest.mark.parametrize("deed", list(Deed))
def test_only_roles_that_may_do_it_and_nothing_of_another_bureau(deed: Deed) -> None:
    keys = classed(builders.GROWER) + ending()
    allowed = {role for role in Role if OFFERS[deed].needs in MOVES[role]}
    for role in (Role.BRANCH_HEAD, Role.CLASS_ASSESSOR, Role.AUDITOR, Role.ACCESS_REVIEWER):
        client = people.signed_in(people.officer(f"home.{role}", role))
        answer = client.post(at(deed), {"row": keys})
        assert answer.status_code == (200 if role in allowed else 403), role
        assert client.get(at(deed)).status_code == (302 if role in allowed else 403), role
        far = people.signed_in(people.officer(f"far.{role}", role, agency="ZHJZ"))
        if role in allowed:
            assert far.post(at(deed), {"row": keys, "sure": "1"}).context["rows"] == []
    assert not HolderNotice.objects.exists()
    assert not Review.objects.exists()
    assert Client().post(at(deed))["Location"].startswith("/sign-in/")
    trader = people.signed_in(people.trader(builders.GROWER))
    assert trader.post(at(deed), {"row": keys}).status_code == 403
