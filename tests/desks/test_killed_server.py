"""
A server killed in a storm of requests: what was answered is there, once, and is answered again.

Runs on the database of the suite, so on both kinds. The server is the real one in processes of its
own; its clients are threads that send as fast as they are answered.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from tests.desks import people
from tests.journeys import builders

from guomen.desks.api.callers import make_token
from guomen.journeys.replay import replay
from guomen.supervision.declarations.models import Declaration, Line
from guomen.supervision.ledger import queries as ledger
from guomen.supervision.ledger.verification import verify

pytestmark = pytest.mark.slow

CLIENTS, PATIENCE, ENOUGH = 4, 60, 12
Answered = dict[str, str]  # reference by request key


def url() -> str:
    place = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{place['NAME']}"
    where = f"{place['HOST']}:{place['PORT']}/{place['NAME']}"
    return f"postgresql://{place['USER']}:{place['PASSWORD']}@{where}"


class Server:
    """The real server on the database of this test."""

    def __init__(self, var: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        several = "2" if connection.vendor == "postgresql" else "1"
        given = {
            "DJANGO_SETTINGS_MODULE": "guomen.site.settings",
            "DATABASE_URL": url(),
            "GUOMEN_VAR": str(var),
            "GUOMEN_CUSTODY_A": str(var / "a"),
            "GUOMEN_CUSTODY_B": str(var / "b"),
            "GUOMEN_DEMO": "1",
            "GUOMEN_TLS": "0",
            "GUOMEN_WORKER": "0",
            "GUOMEN_WORKERS": several,
        }
        words = [sys.executable, "-m", "guomen.site.serving", "--port", str(self.port)]
        self.process = subprocess.Popen(
            words, env=os.environ | given, stdout=subprocess.DEVNULL, start_new_session=True
        )

    def answers(self) -> bool:
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            return True
        return False

    def wait(self, *, until: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while not until():
            assert time.monotonic() < end, "the server neither came nor went"
            time.sleep(0.05)

    def kill_all(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=PATIENCE)

    def kill_the_first(self) -> None:
        """Kill the server and not its workers: they must go by themselves."""
        self.process.kill()
        self.process.wait(timeout=PATIENCE)
        self.wait(until=lambda: not self.answers())


def declared(key: str) -> dict[str, Any]:
    rows = [builders.toys(key, line, lot=f"LOT-{key}-{line}") for line in (1, 2, 3)]
    shared = ("declaration", "direction", "enterprise", "agent", "port", "transport", "transit_via")
    lines = [{name: v for name, v in row.items() if name not in shared} for row in rows]
    return {name: rows[0][name] for name in shared if name in rows[0]} | {"lines": lines}


def send(port: int, token: str, key: str) -> tuple[int, str]:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    try:
        client.request(
            "POST",
            "/api/v1/declarations",
            json.dumps(declared(key)),
            headers | {"Idempotency-Key": key},
        )
        answer = client.getresponse()
        body = json.loads(answer.read())
        return answer.status, str(body.get("reference", body))
    finally:
        client.close()


def storm(
    server: Server, token: str, tag: str, answered: Answered, *, kill: Callable[[], None]
) -> list[str]:
    """Send until enough was answered and the server was killed; return what was refused."""
    killed, refused = threading.Event(), list[str]()

    def client(number: int) -> None:
        for turn in range(10_000):
            if killed.is_set():
                return
            key = f"{tag}-{number}-{turn}"
            # What breaks off is no answer.
            with suppress(OSError, http.client.HTTPException, ValueError):
                status, said = send(server.port, token, key)
                if status == 201:
                    answered[key] = said
                else:
                    refused.append(said)

    with ThreadPoolExecutor(CLIENTS) as threads:
        for number in range(CLIENTS):
            threads.submit(client, number)
        try:
            enough = len(answered) + ENOUGH
            server.wait(until=lambda: len(answered) >= enough or bool(refused))
        finally:
            kill()
            killed.set()
    return refused


@pytest.mark.django_db(transaction=True)
def test_after_kills_of_the_server_every_answer_is_kept_once(tmp_path: Path, settings: Any) -> None:
    builders.custody_in(tmp_path, settings)
    builders.build()
    person = people.trader(builders.TOYMAKER)
    _, token = make_token(person.user, label="storm", at=builders.NOW)
    answered: Answered = {}
    first = Server(tmp_path)
    try:
        first.wait(until=first.answers)
        assert storm(first, token, "A", answered, kill=first.kill_the_first) == []
        second = Server(tmp_path)
        second.wait(until=second.answers)
        again = {key: send(second.port, token, key) for key in list(answered)[-3:]}
        assert again == {key: (200, answered[key]) for key in again}
        assert storm(second, token, "B", answered, kill=second.kill_all) == []
    finally:
        first.kill_all()
        second.kill_all()
    stored = dict(Declaration.objects.values_list("own_number", "reference"))
    assert answered.items() <= stored.items()
    # Besides what was answered, at most what was under way at each kill.
    assert len(stored) == Declaration.objects.count() <= len(answered) + 2 * CLIENTS
    assert all(d.lines.count() == d.lines_count == 3 for d in Declaration.objects.all())
    lines = sorted(Line.objects.values_list("reference", flat=True))
    assert sorted(entry.subject for entry in ledger.iter_entries("ruling")) == lines
    assert verify().holds
    found = replay()
    assert (found.holds, found.equal) == (True, len(lines))
