"""
A server that is killed in the middle of a storm of requests; run with a database of its own.

Four clients send declarations over HTTP as fast as they are answered; the server and its workers
are killed without a word, and started again. Prints one JSON line: what was answered, and what is
there.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from tests.desks import people  # noqa: E402
from tests.journeys import builders  # noqa: E402

CLIENTS, ROUNDS, PATIENCE = 4, 3, 60
Answered = dict[str, str]  # reference by request key


def start() -> tuple[subprocess.Popen[bytes], int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    words = [sys.executable, "-m", "guomen.site.serving", "--port", str(port)]
    server = subprocess.Popen(words, stdout=subprocess.DEVNULL, start_new_session=True)
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and server.poll() is None:
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return server, port
        time.sleep(0.05)
    sys.exit("the server did not start")


def kill(server: subprocess.Popen[bytes]) -> None:
    os.killpg(server.pid, signal.SIGKILL)
    server.wait(timeout=PATIENCE)


def declared(key: str) -> dict[str, Any]:
    row = builders.toys(key, lot=f"LOT-{key}")
    shared = ("declaration", "direction", "enterprise", "agent", "port", "transport", "transit_via")
    line = {name: value for name, value in row.items() if name not in shared}
    lines = [line | {"line": number} for number in (1, 2, 3)]
    return {name: row[name] for name in shared if name in row} | {"lines": lines}


def send(port: int, token: str, key: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "Idempotency-Key": key,
    }
    try:
        connection.request("POST", "/api/v1/declarations", json.dumps(declared(key)), headers)
        answer = connection.getresponse()
        body = json.loads(answer.read())
        return answer.status, body.get("reference", json.dumps(body)[:300])
    finally:
        connection.close()


def storm(round_: int, token: str, answered: Answered, *, lasting: float) -> None:
    server, port = start()
    killed, first = threading.Event(), threading.Event()

    def client(number: int) -> None:
        for turn in range(10_000):
            if killed.is_set():
                return
            key = f"S-{round_}-{number}-{turn}"
            # What breaks off is no answer.
            with suppress(OSError, http.client.HTTPException, ValueError):
                status, said = send(port, token, key)
                if status != 201:
                    raise AssertionError(said)
                answered[key] = said
                first.set()

    with ThreadPoolExecutor(CLIENTS) as threads:
        running = [threads.submit(client, number) for number in range(CLIENTS)]
        try:
            first.wait(timeout=PATIENCE)
            time.sleep(lasting)
        finally:
            kill(server)
            killed.set()
        for one in running:
            one.result()


def look(token: str, answered: Answered) -> dict[str, Any]:
    from guomen.journeys.replay import replay
    from guomen.supervision.declarations.models import Declaration, Line
    from guomen.supervision.ledger import queries as ledger
    from guomen.supervision.ledger.verification import verify

    stored = dict(Declaration.objects.values_list("own_number", "reference"))
    server, port = start()
    try:
        again = {key: send(port, token, key) for key in list(answered)[-3:]}
    finally:
        kill(server)
    lines = sorted(Line.objects.values_list("reference", flat=True))
    return {
        "answered": len(answered),
        "stored": len(stored),
        "lost": [key for key, reference in answered.items() if stored.get(key) != reference],
        "doubled": Declaration.objects.count() - len(stored),
        "whole": all(d.lines.count() == 3 for d in Declaration.objects.all()),
        "one_ruling_a_line": sorted(e.subject for e in ledger.iter_entries("ruling")) == lines,
        "repeated": again == {key: (200, answered[key]) for key in again},
        "verified": verify().holds,
        "replayed": replay().holds,
    }


def main() -> None:
    from guomen.desks.api.callers import make_token
    from guomen.desks.components import clock

    call_command("migrate", verbosity=0)
    builders.build()
    person = people.trader(builders.toys()["enterprise"])
    _, token = make_token(person.user, label="storm", at=clock.now())
    dice, answered = random.Random(20120524), {}
    for round_ in range(ROUNDS):
        storm(round_, token, answered, lasting=dice.uniform(0.2, 0.8))
    sys.stdout.write(json.dumps(look(token, answered)) + "\n")


if __name__ == "__main__":
    main()
