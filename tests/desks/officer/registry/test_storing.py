"""A file of a register while it is stored: seen to move, whole in the end, nothing after a kill."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings
from tests.desks import people
from tests.desks.test_killed_server import url
from tests.journeys import builders
from tests.journeys.access.sheets import sheet

from guomen.desks.components import clock
from guomen.journeys import jobs
from guomen.journeys.access import importing
from guomen.journeys.access.actors import Actor
from guomen.journeys.jobs import kinds, worker
from guomen.supervision.agencies.models import Officer, Role
from guomen.supervision.jobs.models import Job
from guomen.supervision.ledger.models import Entry
from guomen.supervision.parties.models import Enterprise, EnterpriseTerm, ImportFile

ROWS, PATIENCE = 20, 60
GOOD = [{"name_zh": f"乙{n}", "uscc": builders.uscc(500 + n)} for n in range(ROWS)]


def held() -> tuple[int, int, int]:
    return Enterprise.objects.count(), EnterpriseTerm.objects.count(), Entry.objects.count()


def seen(client: Client, number: str) -> set[int]:
    """Return what the bar of the page says."""
    page = client.get(reverse("officer:job", args=[number])).content.decode()
    return {int(bar) for bar in re.findall(r'max="40" value="(\d+)"', page)}


def asked_for(keeper: Officer) -> tuple[ImportFile, str]:
    """Return a file that was looked at, and the number of the work that is to store it."""
    who = Actor(by=keeper.key, at=builders.NOW)
    made, _ = importing.preview(sheet(GOOD), name="b.xlsx", agency=builders.BUREAU, who=who)
    args = {"agency": builders.BUREAU, "zone": "Asia/Shanghai", "chinese": True, "import": made.pk}
    asked = {"at": builders.NOW, "by": keeper.key, "agency": builders.BUREAU}
    return made, jobs.enqueue(kinds.STORE_REGISTER, args=args, **asked)


@contextmanager
def killed(var: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Yield a worker that stores slowly; kill it at the end of the block."""
    own = {"DATABASE_URL": url(), "GUOMEN_VAR": str(var), "GUOMEN_DEMO": "1"}
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.desks.officer.registry.storing_slowly"],
        env=os.environ | own | {"DJANGO_SETTINGS_MODULE": "guomen.site.settings"},
    )
    try:
        yield child
    finally:
        child.kill()
        child.wait(timeout=PATIENCE)


@pytest.mark.django_db(transaction=True)
def test_the_page_sees_it_move_and_after_a_kill_nothing_is_half_stored(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    builders.custody_in(tmp_path, settings)
    monkeypatch.setattr(clock, "now", lambda: builders.NOW)
    builders.build()
    keeper = people.officer("keeper", Role.ACCESS_REVIEWER)
    made, number = asked_for(keeper)
    before, client = held(), people.signed_in(keeper)
    bars: set[int] = set()
    end = time.monotonic() + PATIENCE
    with killed(tmp_path) as child:
        # Beyond the rows judged again, inside the transaction, it moves part by part.
        while len([bar for bar in bars if bar > ROWS]) < 2:
            assert child.poll() is None, "it ended before it was seen"
            assert time.monotonic() < end, bars
            bars |= seen(client, number)
            assert held() == before
            time.sleep(0.05)
    assert max(bars) < 2 * ROWS
    assert held() == before
    made.refresh_from_db()
    assert (made.state, Job.objects.get().state) == ("checked", "running")
    # The next worker stores all of it, and the file is taken back as one.
    while Job.objects.get().state == "running":
        worker.take_one(lambda: builders.NOW)
    job = Job.objects.get()
    assert (job.state, job.done, job.total, job.attempts) == ("done", 2 * ROWS, 2 * ROWS, 2)
    assert Enterprise.objects.count() == before[0] + ROWS
    importing.take_back(made.pk, who=Actor(by=keeper.key, at=builders.NOW))
    assert held()[:2] == before[:2]
