"""The inbox across mechanisms: by role, by reach, without one's own proposals, in fixed queries."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from tests.desks import people
from tests.journeys import builders
from tests.journeys.access.people import FIRST, HOLDER, base_filing

from guomen.desks.officer.permissions import MOVES
from guomen.desks.officer.views.inbox import PLACES
from guomen.journeys import inbox
from guomen.journeys.access import amending, appealing, moving, requesting
from guomen.journeys.access.actors import Actor
from guomen.journeys.inbox import Waits
from guomen.rulebooks.certificates import KINDS
from guomen.supervision.agencies.models import Role
from guomen.supervision.dispositions.models import Certificate
from guomen.supervision.licences.lifecycle import LicenceMove
from guomen.supervision.licences.models import Licence
from guomen.supervision.parties.models import Enterprise, HoldingKind

pytestmark = pytest.mark.usefixtures("bureau")
ADDRESS = "/desk/waiting/"


def asked(count: int) -> None:
    firm = Enterprise.objects.get(uscc=builders.GROWER)
    kind = amending.KINDS[HoldingKind.CERTIFICATE]
    held = firm.change_requests.count()
    for at in range(held, held + count):
        requesting.ask(firm, kind, {"number": f"N-{at}"}, reason="新", who=HOLDER)


def lists(client: Client) -> dict[str, int]:
    page = client.get(ADDRESS)
    assert page.status_code == 200
    return {one.what.value: one.count for one, *_ in page.context["lists"]}


def test_every_list_has_its_place_and_each_role_asks_for_what_it_may_decide() -> None:
    assert set(PLACES) == set(Waits) == set(inbox.SOURCES)
    reviewer = {
        what for what, place in PLACES.items() if place.needs in MOVES[Role.ACCESS_REVIEWER]
    }
    assert Waits.CHANGE in reviewer
    assert Waits.DISPUTE not in reviewer


def test_what_is_asked_stands_with_whoever_may_decide_it_and_with_nobody_else() -> None:
    asked(2)
    wish = moving.Wish(move=LicenceMove.SUSPEND, reason="correction_due")
    act = moving.act(base_filing().pk, wish, who=FIRST)
    appealing.file(act.pk, Enterprise.objects.get(uscc=builders.GROWER), "不服", who=HOLDER)
    reviewer = people.officer("reviewer", Role.ACCESS_REVIEWER)
    director = people.officer("director", Role.DIRECTOR)
    assert lists(people.signed_in(reviewer)) == {"change": 2}
    assert lists(people.signed_in(director)) == {"appeal": 1}
    elsewhere = people.officer("elsewhere", Role.ACCESS_REVIEWER, agency="ZHJZ")
    assert lists(people.signed_in(elsewhere)) == {}
    # What needs a second person waits for everybody but the first.
    head = people.officer("head", Role.BRANCH_HEAD)
    revoke = moving.Wish(move=LicenceMove.REVOKE, reason="law_broken")
    other = Licence.objects.get(kind="quarantine_permit")
    moving.act(other.pk, revoke, who=Actor(by=head.key, at=builders.NOW))
    assert "act" not in lists(people.signed_in(head))
    assert lists(people.signed_in(director))["act"] == 1


def test_papers_wait_for_whoever_signs_such_papers_and_never_for_who_proposed() -> None:
    (line,) = builders.lodged(builders.toys())
    row = {
        "line": line,
        "agency": line.agency,
        "enterprise": line.enterprise,
        "drafted_by": "OFC-9",
        "drafted_at": builders.NOW,
    }
    signed = {"payload": "{}", "signature": "x", "issued_at": builders.NOW, "issued_by": "OFC-8"}
    kinds = {kind.signer: kind.code for kind in KINDS.values()}
    head = people.officer("head", Role.BRANCH_HEAD)
    for place, kind in enumerate(kinds.values()):
        Certificate.objects.create(number=f"D-{place}", kind=kind, **row)
    proposed = {"state": "revocation_proposed", "proposed_by": head.key}
    Certificate.objects.create(number="R-1", kind="entry", **row, **signed, **proposed)
    for role in (Role.VETERINARIAN, Role.CERTIFICATE_OFFICER):
        client = people.signed_in(people.officer(f"signs.{role}", role))
        assert lists(client)["certificate"] == 1
        (found,) = [one for one, *_ in client.get(ADDRESS).context["lists"]]
        assert found.items[0].zh == KINDS[kinds[role.value]].name.zh
    assert "revocation" not in lists(people.signed_in(head))
    director = people.signed_in(people.officer("director", Role.DIRECTOR))
    assert lists(director)["revocation"] == 1
    far = people.officer("far", Role.CERTIFICATE_OFFICER, agency="ZHJZ")
    assert lists(people.signed_in(far)) == {}


def test_the_first_page_says_what_waits_in_other_rooms(django_assert_num_queries: Any) -> None:
    reviewer = people.signed_in(people.officer("reviewer", Role.ACCESS_REVIEWER))
    reviewer.get("/desk/")
    for more in (1, 9):
        asked(more)
        with django_assert_num_queries(23):
            page = reviewer.get("/desk/")
    assert "10 things wait for your decision" in page.content.decode()
    assert f"{ADDRESS}#change" in page.content.decode()


def test_it_asks_as_many_queries_for_ten_as_for_one(django_assert_num_queries: Any) -> None:
    head = people.signed_in(people.officer("head", Role.BRANCH_HEAD))
    asked(1)
    head.get(ADDRESS)
    for more in (0, 9):
        asked(more)
        with django_assert_num_queries(23):
            page = head.get(ADDRESS)
    (found,) = [one for one, *_ in page.context["lists"] if one.what == Waits.CHANGE]
    assert (found.count, len(found.items)) == (10, 5)
