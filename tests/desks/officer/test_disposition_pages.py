"""Goods that failed and certificates at the desks: who may what, and one way through by forms."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.desks import people, walk
from tests.journeys import builders
from tests.journeys.test_certification import issued, officer, pen, released
from tests.journeys.test_handling import failed

from guomen.desks.officer.permissions import MOVES, Move
from guomen.journeys import certification
from guomen.journeys.certification.messages import document
from guomen.supervision.agencies.models import Agency, Role
from guomen.supervision.dispositions.models import Certificate, Disposal, Nonconformity, Review

__all__ = ["pen"]
DB = pytest.mark.usefixtures("bureau", "pen")


def get(client: Client, name: str, **names: object) -> str:
    answer = client.get(reverse(name, kwargs=names))
    assert answer.status_code == 200, (name, answer.status_code)
    return answer.content.decode()


def post(client: Client, name: str, data: dict[str, object], **names: object) -> int:
    return client.post(reverse(name, kwargs=names), data).status_code


@pytest.mark.django_db
@DB
def test_a_case_is_walked_by_owner_and_officers() -> None:
    line, row = failed()
    trader = people.signed_in(people.trader(builders.VINTNER))
    first = people.signed_in(people.officer("a", Role.INSPECTOR))
    second = people.signed_in(people.officer("b", Role.APPROVER))
    one = {"reference": row.reference}
    assert row.reference in get(trader, "enterprise:failed")
    asked = get(trader, "enterprise:case", **one)
    assert "Choose a disposal" in asked
    assert 'value="100"' in asked
    assert post(trader, "enterprise:case-choose", {"choose-kind": "purify"}, **one) == 422
    given = {"choose-kind": "return", "choose-quantity": "101"}
    assert post(trader, "enterprise:case-choose", given, **one) == 422
    given["choose-quantity"] = "100"
    assert post(trader, "enterprise:case-choose", given, **one) == 302
    made = Disposal.objects.get()
    act = {**one, "pk": made.pk}
    assert post(first, "officer:failed-disposal", {}, **act, move="order") == 302
    assert post(first, "officer:failed-disposal", {}, **act, move="carry_out") == 302
    proof = {f"proof-{made.pk}-kind": "exit_record", f"proof-{made.pk}-number": "EX-1"}
    # Whoever ordered it does not prove it.
    assert post(first, "officer:failed-disposal", proof, **act, move="prove") == 422
    assert post(second, "officer:failed-disposal", proof, **act, move="prove") == 302
    assert "Closed" in get(second, "officer:nonconformity", **one)
    line.refresh_from_db()
    assert line.state == "disposed"


@pytest.mark.django_db
@DB
def test_the_owner_asks_again_and_an_officer_answers() -> None:
    _, row = failed()
    one = {"reference": row.reference}
    trader = people.signed_in(people.trader(builders.VINTNER))
    assert post(trader, "enterprise:case-ask", {"ask-ground": ""}, **one) == 422
    assert post(trader, "enterprise:case-ask", {"ask-ground": "取样不当"}, **one) == 302
    review = Review.objects.get().reference
    judge = people.signed_in(people.officer("j", Role.DIRECTOR))
    assert "取样不当" in get(judge, "officer:nonconformity", **one)
    given = {"answer-answer": "留样复检仍不合格"}
    assert post(judge, "officer:failed-uphold", given, **one, review=review) == 302
    assert Nonconformity.objects.get().state == "notified"


@pytest.mark.django_db
@DB
def test_a_certificate_is_walked_from_draft_to_revocation() -> None:
    line = released(goods="干红葡萄酒")
    officer = people.signed_in(people.officer("c", Role.CERTIFICATE_OFFICER))
    chief = people.signed_in(people.officer("d", Role.DIRECTOR))
    assert post(officer, "officer:certificate-new", {"line": "DEC-1/1", "kind": "entry"}) == 422
    given = {"line": line.reference, "kind": "entry", "remarks": "见附页"}
    assert post(officer, "officer:certificate-new", given) == 302
    paper = Certificate.objects.get()
    one = {"number": paper.number}
    assert "PDF" not in get(officer, "officer:certificate", **one)
    assert post(chief, "officer:certificate-move", {}, **one, move="issue") == 403
    assert post(officer, "officer:certificate-move", {}, **one, move="issue") == 302
    for language in ("zh", "en"):
        answer = officer.get(
            reverse("officer:certificate-pdf", kwargs={**one, "language": language})
        )
        assert answer["Content-Type"] == "application/pdf"
        checked = Client().post("/verify/", {"file": _uploaded(answer.content)})
        assert paper.number in checked.content.decode()
    trader = people.signed_in(people.trader(builders.VINTNER))
    assert paper.number in get(trader, "enterprise:certificates")
    assert "PDF" in get(trader, "enterprise:certificate", **one)
    reason = {"reason": "issued in error"}
    assert post(officer, "officer:certificate-move", {}, **one, move="propose_revocation") == 422
    assert (
        post(officer, "officer:certificate-move", reason, **one, move="propose_revocation") == 302
    )
    assert post(officer, "officer:certificate-move", {}, **one, move="revoke") == 403
    assert post(chief, "officer:certificate-move", {}, **one, move="revoke") == 302
    paper.refresh_from_db()
    assert paper.state == "revoked"


@pytest.mark.django_db
@DB
def test_a_draft_offers_the_kinds_that_fit_and_says_why_others_do_not() -> None:
    line = released(goods="干红葡萄酒")
    client = people.signed_in(people.officer("c", Role.CERTIFICATE_OFFICER))
    client.cookies["django_language"] = "en"
    address = reverse("officer:certificate-new")
    assert line.reference in client.get(address).content.decode()
    answer = client.get(address, {"line": "DEC-1/1"})
    assert answer.status_code == 404
    assert "no such line" in answer.content.decode()
    with CaptureQueriesContext(connection) as queries:
        page = client.get(address, {"line": line.reference}).content.decode()
    assert len(queries) <= 14
    offered, folded = page.split('<details class="declared">', 1)
    assert 'value="entry"' in offered
    assert "Phytosanitary" not in offered
    assert "not for goods that go this way" in folded
    # Wine failed nowhere: a notice and a claim need a ruling that it does not conform.
    assert folded.count("not on the ruling that stands") == 2
    given = {"line": line.reference, "kind": "phytosanitary"}
    assert client.post(address, given).status_code == 422


@pytest.mark.django_db
@DB
def test_a_notice_starts_with_the_ways_that_are_open_and_is_refused_without() -> None:
    line, row = failed()
    client = people.signed_in(people.officer("c", Role.CERTIFICATE_OFFICER))
    address = reverse("officer:certificate-new")
    page = client.get(address, {"line": line.reference}).content.decode()
    assert f"by {row.dispose_until.date()}: " in page
    given = {"line": line.reference, "kind": "treatment_notice", "remarks": " "}
    assert client.post(address, given).status_code == 422
    assert not Certificate.objects.exists()


def _uploaded(content: bytes) -> object:
    from django.core.files.uploadedfile import SimpleUploadedFile

    return SimpleUploadedFile("c.pdf", content, content_type="application/pdf")


@pytest.mark.django_db
@DB
@walk.drawn_once()
def test_every_address_is_open_to_the_roles_of_the_table_and_to_nobody_abroad() -> None:
    _, row = failed()
    paper = issued()
    (sent,) = certification.transfer([paper.line.reference], to="ZHJZ", how=officer())
    path = Agency.objects.get(code="ZHJZ").path
    taken = certification.take_in(document(sent), path=path, how=officer())
    case, number = {"reference": row.reference}, {"number": paper.number}
    reads = {
        "officer:nonconformities": {},
        "officer:nonconformity": case,
        "officer:certificates": {},
        "officer:certificate": number,
        "officer:messages": {},
        "officer:messages-received": {},
        "officer:message": {"number": sent.number},
        "officer:message-file": {"number": sent.number},
        "officer:message-received": {"pk": taken.pk},
    }
    for role in walk.ROLES:
        client = people.signed_in(people.officer(f"r{role}", role))
        for name, names in reads.items():
            expected = 200 if Move.SEE in MOVES[role] else 403
            assert client.get(reverse(name, kwargs=names)).status_code == expected, (role, name)
        assert client.get(reverse("officer:certificate-new")).status_code == (
            200 if Move.CERTIFY in MOVES[role] else 403
        )
        for name, move in (("message-send", Move.CERTIFY), ("message-take-in", Move.RECEIVE)):
            status = client.get(reverse(f"officer:{name}")).status_code
            assert status == (200 if move in MOVES[role] else 403), (role, name)
        for name, move in (("failed-choose", Move.DISPOSE), ("failed-sort", Move.DISPOSE)):
            status = post(client, f"officer:{name}", {}, **case)
            assert status == (422 if move in MOVES[role] else 403), (role, name)
    abroad = people.signed_in(people.officer("far", Role.BRANCH_HEAD, agency="ZHGB"))
    assert abroad.get(reverse("officer:nonconformity", kwargs=case)).status_code == 404
    assert abroad.get(reverse("officer:certificate", kwargs=number)).status_code == 404
    for name in ("message", "message-file"):
        address = reverse(f"officer:{name}", kwargs={"number": sent.number})
        assert abroad.get(address).status_code == 404
    assert abroad.get(reverse("officer:message-received", args=[taken.pk])).status_code == 404
    other = people.signed_in(people.trader(builders.TOYMAKER))
    assert other.get(reverse("enterprise:case", kwargs=case)).status_code == 404
    assert other.get(reverse("enterprise:certificate", kwargs=number)).status_code == 404
    pdf = reverse("enterprise:certificate-pdf", kwargs={**number, "language": "zh"})
    assert other.get(pdf).status_code == 404
    assert Client().get(reverse("officer:certificates"))["Location"].startswith("/sign-in/")


@pytest.mark.django_db
@DB
@pytest.mark.parametrize("name", ["officer:nonconformities", "officer:certificates"])
def test_a_longer_list_costs_no_more_queries(name: str) -> None:
    client = people.signed_in(people.officer("q", Role.BRANCH_HEAD))

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            get(client, name)
        return len(queries)

    failed()
    issued()
    get(client, name)
    before = cost()
    for _ in range(3):
        failed()
        issued()
    assert cost() == before
