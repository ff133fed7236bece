"""Long work at the desks: its page while it waits and when it has ended, and whose it is."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.desks import people
from tests.journeys import builders

from guomen.journeys.jobs import worker
from guomen.supervision.agencies.models import Role
from guomen.supervision.jobs.models import Job

pytestmark = pytest.mark.usefixtures("bureau")

HEADING = "declaration,direction,enterprise,line,hs_code\n"
GOOD = f"Q-1,export,{builders.TOYMAKER},1,9503002100\n"
BAD = f"Q-2,sideways,{builders.TOYMAKER},1,\n"


def sent(client: Client, address: str, *rows: str) -> str:
    file = SimpleUploadedFile("mine.csv", (HEADING + "".join(rows)).encode())
    return str(client.post(address, {"file": file})["Location"])


@pytest.fixture
def firm() -> Client:
    return people.signed_in(people.trader(builders.TOYMAKER))


def test_a_page_shows_the_work_while_it_waits_and_what_became_of_it(firm: Client) -> None:
    address = sent(firm, "/enterprise/file/", GOOD, BAD)
    before = firm.get(address).content.decode()
    assert 'hx-trigger="every 1s"' in before
    assert "You may leave this page" in before
    worker.take_one(lambda: builders.NOW)
    after = firm.get(address).content.decode()
    assert "hx-trigger" not in after
    assert "1 line of 2 was decided" in after
    assert "Use one of: import, export, transit" in after
    rejects = firm.get(f"{address}rejects/")
    assert rejects["Content-Disposition"] == 'attachment; filename="mine.rejects.csv"'
    assert b"sideways" in b"".join(rejects.streaming_content)  # type: ignore[attr-defined]
    assert address in firm.get("/enterprise/jobs/").content.decode()
    assert address in firm.get("/enterprise/file/").content.decode()


def test_work_is_stopped_from_its_page(firm: Client) -> None:
    address = sent(firm, "/enterprise/file/", GOOD)
    page = firm.post(f"{address}cancel/", follow=True).content.decode()
    assert "It stops; what was stored before stays." in page
    assert Job.objects.get().state == "cancelled"
    assert not worker.take_one(lambda: builders.NOW)


def test_nobody_sees_the_work_of_another(firm: Client) -> None:
    address = sent(firm, "/enterprise/file/", GOOD, BAD)
    worker.take_one(lambda: builders.NOW)
    other = people.signed_in(people.trader(builders.VINTNER))
    head = people.signed_in(people.officer("head", Role.BRANCH_HEAD))
    abroad = address.replace("/enterprise/", "/desk/")
    for client, one in ((other, address), (head, abroad)):
        assert client.get(one).status_code == 404
        assert client.get(f"{one}rejects/").status_code == 404
        assert client.post(f"{one}cancel/").status_code == 404
        assert (
            Job.objects.get().number
            not in client.get(one[: -len("JOB-0123456789/")]).content.decode()
        )
