"""
One house under load: a steady stream, the same beside a bulk decide, and eight clients at once.

Started by `bench.post` with the environment of a house that is filled. Clients are threads of this
process; the server is the real one, in a process of its own, on the loopback address.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from bench import house
from bench.__main__ import MARK
from bench.measure import percentile, scaled

ROOT = Path(__file__).resolve().parents[1]
# Threads enough that a late answer keeps no other request from being sent.
RATE, STEADY_SECONDS, FULL_SECONDS, CLIENTS, THREADS = 20, 30, 20, 8, 24
# Longer than any healthy request: a client that waits so long is counted as failed.
PATIENCE = 30
# More than the fastest decide stores in the time of the stream: it is told when to end.
BULK_LINES = 120_000
FLUSHES = 200

Rows = list[dict[str, Any]]


def report(name: str, value: float, unit: str, **more: Any) -> None:
    """Write one figure as a marked line."""
    print(MARK + json.dumps({"name": name, "value": value, "unit": unit, **more}), flush=True)


class Door(Protocol):
    """Where a declaration is sent: returns its public reference."""

    says: str

    def send(self, rows: Rows, key: str) -> str:
        """Send one declaration under a request key."""
        ...


class Http:
    """The API of the real server, one connection a client thread."""

    says = "HTTP, granian"

    def __init__(self, port: int, token: str) -> None:
        """Keep where to send, and as whom."""
        self._port, self._mine = port, threading.local()
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def send(self, rows: Rows, key: str) -> str:
        """
        Post one declaration.

        :raises RuntimeError: if the answer is not that it was taken
        """
        from guomen.journeys.intake import DECLARATION_COLUMNS

        shared = {name: rows[0][name] for name in DECLARATION_COLUMNS}
        lines = [{n: v for n, v in row.items() if n not in shared} for row in rows]
        status, body = self._post(json.dumps(shared | {"lines": lines}), key)
        if status not in (200, 201):
            raise RuntimeError(f"{status}: {body[:300]!r}")
        return str(json.loads(body)["reference"])

    def _post(self, text: str, key: str) -> tuple[int, bytes]:
        connection = getattr(self._mine, "connection", None)
        if connection is None:
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)
            self._mine.connection = connection
        try:
            headers = self._headers | {"Idempotency-Key": key}
            connection.request("POST", "/api/v1/declarations", text.encode(), headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except OSError:
            del self._mine.connection
            raise


@contextmanager
def served() -> Iterator[Http]:
    """Start the server on the house of the environment, and end it afterwards."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "guomen.site.serving", "--port", str(port)]
    log = Path(os.environ["GUOMEN_VAR"]) / "server.log"
    # What the night learns from a million lines would be measured too: this house was never open.
    alone = os.environ | {"GUOMEN_WORKER": "0"}
    with log.open("w") as out:
        server = subprocess.Popen(
            command, cwd=ROOT, env=alone, stdout=out, stderr=subprocess.STDOUT
        )
        try:
            _wait_for(port, server, log)
            yield Http(port, house.token())
        finally:
            server.terminate()
            server.wait(timeout=PATIENCE)


def _wait_for(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 2 * PATIENCE
    while time.monotonic() < until and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"the server did not start: {log.read_text()[-2000:]}")


def main() -> None:
    """Measure everything on the house of the environment."""
    house.open_house()
    report("flushes of this disk", _flushes(), "flushes/s", bytes_each=4096)
    with served() as door:
        _warm(door)
        times, late = _steady(door, "steady", scaled_seconds(STEADY_SECONDS))
        report(
            "POST of five lines at 20 a second, p95",
            percentile(times, 0.95) * 1e3,
            "ms",
            target=80,
            p50=percentile(times, 0.5) * 1e3,
            requests=len(times),
            late=late,
            door=door.says,
        )
        _beside_bulk(door)
        _full_speed(door)


def scaled_seconds(full: int) -> float:
    """Return how long a stage lasts: shorter in a quick run."""
    return max(4.0, full * min(1.0, float(os.environ.get("BENCH_SCALE", "1")) * 5))


def _flushes() -> float:
    """Return how many small writes a second reach the disk, one after the other."""
    database = Path(os.environ["GUOMEN_VAR"])
    with tempfile.NamedTemporaryFile(dir=database) as file:
        start = time.perf_counter()
        for _ in range(FLUSHES):
            file.write(b"\0" * 4096)
            file.flush()
            os.fsync(file.fileno())
        return FLUSHES / (time.perf_counter() - start)


def _warm(door: Door) -> None:
    sender = house.Sender("warm")
    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(lambda i: door.send(sender.one(), f"warm-{i}"), range(2 * THREADS)))


def _steady(door: Door, tag: str, seconds: float) -> tuple[list[float], int]:
    """
    Send at a fixed rate whatever the answers do; return the seconds of each and how many were late.

    A time counts from the moment at which the request was due, so that waiting in the queue shows.
    """
    sender = house.Sender(tag)
    ready = [sender.one() for _ in range(int(RATE * seconds))]
    begin = time.perf_counter() + 0.1

    def at(number: int) -> float:
        due = begin + number / RATE
        time.sleep(max(0.0, due - time.perf_counter()))
        door.send(ready[number], f"{tag}-{number}")
        return time.perf_counter() - due

    with ThreadPoolExecutor(THREADS) as threads:
        times = list(threads.map(at, range(len(ready))))
    return times, sum(taken > 1 / RATE for taken in times)


def _beside_bulk(door: Door) -> None:
    """Measure the steady stream while another process decides a file, from its first chunk on."""
    lines = scaled(BULK_LINES, least=4_000)
    command = [sys.executable, "-m", "bench.house", "decide", str(lines), "beside"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as bulk:
        assert bulk.stdout is not None
        bulk.stdout.readline()
        times, late = _steady(door, "besides", scaled_seconds(STEADY_SECONDS) / 2)
        # It ends when its input is closed.
        out, _ = bulk.communicate(timeout=600)
    if bulk.returncode:
        raise RuntimeError(f"the bulk decide ended with {bulk.returncode}")
    stored, seconds, told = out.split()
    report("POST beside a bulk decide, p95", percentile(times, 0.95) * 1e3, "ms", target=250,
           p50=percentile(times, 0.5) * 1e3, requests=len(times), late=late,
           bulk_lines_a_second=int(stored) / float(seconds), bulk_lines=int(stored),
           bulk_ended_before=told == "0")  # fmt: skip


def _full_speed(door: Door) -> None:
    """Let eight clients send as fast as they are answered; then count what is stored."""
    from guomen.supervision.declarations.models import Declaration
    from guomen.supervision.ledger.models import Entry

    seconds = scaled_seconds(FULL_SECONDS)
    senders = [house.Sender(f"full{i}") for i in range(CLIENTS)]
    declarations, entries = Declaration.objects.count(), Entry.objects.count()
    stop = time.perf_counter() + seconds
    said: list[str] = []
    failed: list[str] = []
    lock = threading.Lock()

    def client(number: int) -> None:
        for turn in range(10_000):
            if time.perf_counter() >= stop:
                return
            key = f"full-{number}-{turn}"
            rows = senders[number].one()
            try:
                reference = door.send(rows, key)
                # The same request again: it must be answered, not carried out.
                again = door.send(rows, key) if turn % 10 == 0 else reference
            except Exception as error:
                with lock:
                    failed.append(repr(error))
                continue
            with lock:
                said.append(reference)
                if again != reference:
                    failed.append(f"{key} was carried out twice")

    start = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as threads:
        list(threads.map(client, range(CLIENTS), timeout=seconds + PATIENCE))
    taken = time.perf_counter() - start
    stored = Declaration.objects.count() - declarations
    lines = Entry.objects.count() - entries
    there = Declaration.objects.filter(reference__in=said).count()
    report("eight clients at full speed", len(said) / taken, "requests/s", aim=60,
           failed=len(failed), first_failure=failed[0][:200] if failed else None)  # fmt: skip
    report("lost or doubled declarations", _wrong(said, stored, there, lines), "", target=0,
           answered=len(said), stored=stored)  # fmt: skip


def _wrong(said: list[str], stored: int, there: int, entries: int) -> int:
    """Return how many are lost (answered, not stored) or doubled (stored more often than said)."""
    lost = len(said) - there
    doubled = abs(stored - len(set(said))) + (len(said) - len(set(said)))
    return lost + doubled + int(entries != stored * house.A_DECLARATION)


if __name__ == "__main__":
    main()
