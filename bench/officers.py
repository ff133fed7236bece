"""
Two hundred officers at their desks, each doing something every ten seconds, and a power cut.

On PostgreSQL, each commit flushed, with a million lines stored. Half-way the web server and the
database are killed (``kill -9``) and begun again; whoever got no answer asks again, as people and
phones do. What was acknowledged must be there at the end, once. People, their work and the check of
what is stored: `bench.officers_house`; what they do: `bench.officers_acts`.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench import house
from bench.measure import percentile, scaled
from bench.officers_acts import Answer, Person

ROOT = Path(__file__).resolve().parents[1]
STORED, OFFICERS, EVERY, SECONDS = 1_000_000, 200, 10.0, 180
# Long enough for a server that reads its registers anew; a client that waits longer has failed.
PATIENCE = 60
TARGET_MS = 300
Report = Callable[..., None]


def run(report: Report) -> None:
    """Fill a house, let the officers work, cut the power, and count what is there."""
    from guomen.site import postgres

    with (
        tempfile.TemporaryDirectory(prefix="guomen-bench-") as name,
        postgres.cluster(durable=True) as cluster,
    ):
        environment = house.environment(Path(name), database=cluster.url)
        environment |= {"GUOMEN_WORKERS": "2", "GUOMEN_THREADS": "4"}
        _fill(report, environment)
        people = _engage(report, environment, Path(name))
        day = Day(people=people, seconds=max(16.0, SECONDS * min(1.0, len(people) / OFFICERS)))
        with Web(environment, people[0].port, Path(name) / "server.log") as web:
            spent = {"begun with": web.processor_seconds}
            day.work(lambda: _cut(cluster, web, spent))
        before = sum(answer.start < day.away[0] for answer in day.answers)
        report(
            "processor time of the web server an act",
            spent["web server"] / max(before, 1) * 1e3, "ms", acts=before,
        )  # fmt: skip
        _tell(report, day, Path(name), environment)


def _fill(report: Report, environment: dict[str, str]) -> None:
    lines = scaled(STORED, least=2_000)
    seconds = float(_of(environment, "bench.house", "build", str(lines)).split()[-1])
    report("filling the house", seconds, "s", lines=lines)


def _engage(report: Report, environment: dict[str, str], place: Path) -> list[Person]:
    count, plan, port = scaled(OFFICERS, least=8), place / "people.json", _free_port()
    began = time.perf_counter()
    _of(environment, "bench.officers_house", "engage", str(count), str(plan))
    report("giving out the work", time.perf_counter() - began, "s", officers=count)
    return [Person(port=port, **one) for one in json.loads(plan.read_text())]


def _of(environment: dict[str, str], *words: str) -> str:
    """Run one of our own modules on the house and return what it says."""
    done = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    return done.stdout


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Web:
    """The real server in processes of its own."""

    def __init__(self, environment: dict[str, str], port: int, log: Path) -> None:
        """Keep how it is started."""
        self._environment, self._port, self._log = environment, port, log
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Web:
        self.begin()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=PATIENCE)

    def begin(self) -> None:
        """
        Start it and wait until every worker answers.

        :raises RuntimeError: if it does not
        """
        command = [sys.executable, "-m", "guomen.site.serving", "--port", str(self._port)]
        with self._log.open("a") as out:
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=self._environment, stdout=out, stderr=subprocess.STDOUT,
                start_new_session=True,
            )  # fmt: skip
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and self._process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self._port), timeout=1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return self._warm()
        raise RuntimeError(f"the server did not start: {self._log.read_text()[-2000:]}")

    def _warm(self) -> None:
        """Ask for a page a few times at once: each worker loads itself with its first request."""

        def ask(_: int) -> None:
            line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)
            with suppress(OSError, http.client.HTTPException):
                line.request("GET", "/sign-in/")
                line.getresponse().read()
            line.close()

        with ThreadPoolExecutor(16) as threads:
            list(threads.map(ask, range(32)))

    @property
    def processor_seconds(self) -> float:
        """Return the processor time of the server and its workers up to now; Linux only."""
        return group_seconds(self._process.pid) if self._process is not None else 0.0

    def kill(self) -> None:
        """Kill it and its workers with no warning."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(timeout=PATIENCE)


def group_seconds(group: int) -> float:
    """Return the processor time of a group of processes; nought where there is no /proc."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[2]) == group:
                ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _cut(cluster: Any, web: Web, spent: dict[str, float]) -> None:
    """Kill the server and the database together, then begin both again."""
    spent["web server"] = web.processor_seconds - spent.pop("begun with")
    web.kill()
    cluster.kill()
    cluster.begin()
    web.begin()


@dataclass
class Day:
    """A stretch of a working day: who works, what was answered, when the power was away."""

    people: Sequence[Person]
    seconds: float
    answers: list[Answer] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    away: tuple[float, float] = (0.0, 0.0)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def work(self, cut: Callable[[], None]) -> None:
        """Let everybody work; cut the power half-way."""
        begin = time.perf_counter() + 1.0
        stop = begin + self.seconds
        threads = [
            threading.Thread(target=self._one, args=(person, begin + place, stop), daemon=True)
            for person, place in zip(self.people, self._places(), strict=True)
        ]
        for thread in threads:
            thread.start()
        time.sleep(max(0.0, begin + self.seconds / 2 - time.perf_counter()))
        left = time.perf_counter()
        cut()
        self.away = left, time.perf_counter()
        for thread in threads:
            thread.join(timeout=self.seconds + 2 * PATIENCE)

    def _places(self) -> list[float]:
        """Spread the beginnings over the ten seconds."""
        return [EVERY * place / len(self.people) for place in range(len(self.people))]

    def _one(self, person: Person, begin: float, stop: float) -> None:
        due = begin
        while due < stop:
            time.sleep(max(0.0, due - time.perf_counter()))
            self._act(person)
            due = max(due + EVERY, time.perf_counter())

    def _act(self, person: Person) -> None:
        """Do one thing; whoever gets no answer asks again, and the same question counts once."""
        act = person.next_act()
        until = time.perf_counter() + PATIENCE
        while True:
            start = time.perf_counter()
            try:
                answer = person.do(act, timeout=PATIENCE)
            except OSError as error:
                with self._lock:
                    self.refused.append(f"{start:.3f} {act.name} {error!r}")
                if time.perf_counter() > until:
                    return
                time.sleep(0.5)
            else:
                with self._lock:
                    self.answers.append(answer)
                return


def _tell(report: Report, day: Day, place: Path, environment: dict[str, str]) -> None:
    """Report times, failures, and what is stored."""
    left, back = day.away
    began = [a for a in day.answers if not left <= a.start <= back]
    for name, chosen in (
        ("p95 of all acts", began),
        ("p95 before the power cut", [a for a in began if a.start < left]),
        ("p95 after it", [a for a in began if a.start > back]),
    ):
        times = [a.seconds for a in chosen] or [float("nan")]
        report(name, percentile(times, 0.95) * 1e3, "ms", target=TARGET_MS,
               p50=percentile(times, 0.5) * 1e3, most=max(times) * 1e3, requests=len(times),
               a_second=len(times) / day.seconds)  # fmt: skip
    for name in sorted({a.name for a in began}):
        times = [a.seconds for a in began if a.name == name]
        report(f"  {name}, p95", percentile(times, 0.95) * 1e3, "ms",
               p50=percentile(times, 0.5) * 1e3, requests=len(times))  # fmt: skip
    wrong = [a for a in day.answers if a.status >= 500 or a.status in (400, 403, 404, 422)]
    report("answers 5xx", sum(a.status >= 500 for a in day.answers), "", limit=0)
    report("acts refused", len(wrong), "", limit=0,
           which=sorted({f"{a.name} {a.status}" for a in wrong}))  # fmt: skip
    report("power away until pages came again", back - left, "s", asked_again=len(day.refused),
           otherwise=sum(not _within(said, left, back) for said in day.refused))  # fmt: skip
    acks = place / "acks.json"
    acks.write_text(json.dumps([a.ack for a in day.answers if a.ack]))
    told = json.loads(_of(environment, "bench.officers_house", "verify", str(acks)))
    report("acknowledged and lost", told["lost"], "", limit=0, acknowledged=told["acknowledged"])
    report("stored twice", told["doubled"], "", limit=0)
    report("ledger holds", float(told["ledger"]), "", least=1, flaws=told["flaws"])


def _within(text: str, left: float, back: float) -> bool:
    # A request on its way when the power went is refused later than it began.
    return left - PATIENCE <= float(text.split()[0]) <= back + 1.0
