"""
Two hundred officers at their desks, each doing something every ten seconds, and a power cut.

On PostgreSQL, each commit flushed, with a million lines stored. Half-way the web server and the
database are killed (``kill -9``) and begun again; whoever got no answer asks again, as people and
phones do. What was acknowledged must be there at the end, once. A file of declarations is being
decided when the power goes: the work must be taken up again and end, with nothing lost or doubled.
People, their work and the check of what is stored: `bench.officers_house`; what they do:
`bench.officers_acts`; the file: `bench.officers_work`.
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
# A file that takes some seconds beside the officers. It is asked for so long before half-time; the
# power goes once a part of it is stored.
FILE_LINES, AHEAD = 20_000, 3.0
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
        work = LongWork(environment)
        with Web(environment, people[0].port, Path(name) / "server.log") as web:
            spent = {"begun with": web.processor_seconds}
            day.work(ahead=lambda: work.ask(web, spent), cut=lambda: _cut(cluster, web, work))
            work.tell(report, since=day.away[1])
        before = sum(answer.start < day.asked for answer in day.answers)
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


def _cut(cluster: Any, web: Web, work: LongWork) -> float:
    """Kill server and database while the work is under way, begin both again; say when it was."""
    work.wait_until_under_way()
    left = time.perf_counter()
    web.kill()
    cluster.kill()
    cluster.begin()
    work.count()
    web.begin()
    return left


class LongWork:
    """A file that a worker beside the server is deciding when the power goes."""

    def __init__(self, environment: dict[str, str]) -> None:
        """Keep the environment of the house."""
        self._environment, self._lines = environment, scaled(FILE_LINES, least=4_000)
        self._asking: subprocess.Popen[str] | None = None
        self._number, self._asked, self._stored = "", 0, 0

    def ask(self, web: Web, spent: dict[str, float]) -> None:
        """Ask for the work; what the server took until now was for the officers alone."""
        spent["web server"] = web.processor_seconds - spent.pop("begun with")
        words = [sys.executable, "-m", "bench.officers_work", "ask", str(self._lines)]
        self._asking = subprocess.Popen(
            words, cwd=ROOT, env=self._environment, stdout=subprocess.PIPE, text=True
        )

    def wait_until_under_way(self) -> None:
        """
        Return once a part of the file is stored for good.

        :raises RuntimeError: if it was not asked for
        """
        if self._asking is None or self._asking.stdout is None:
            raise RuntimeError("nobody asked for the work")
        told = json.loads(self._asking.stdout.readline())
        self._number, self._asked = told["number"], told["lines"]

    def count(self) -> None:
        """Count what of it outlived the power cut, before anybody goes on with it."""
        self._stored = int(_of(self._environment, "bench.officers_work", "stored"))

    def tell(self, report: Report, *, since: float) -> None:
        """Wait until the work is over and report what it left."""
        words = ("bench.officers_work", "ended", self._number, str(self._asked))
        told = json.loads(_of(self._environment, *words))
        report("long work under way when the power went", float(0 < self._stored < self._asked), "",
               least=1, lines=self._asked, stored=self._stored)  # fmt: skip
        report("long work taken up again and ended", float(told["state"] == "done"), "", least=1,
               state=told["state"], attempts=told["attempts"], seconds=told["seconds"],
               known_after=time.perf_counter() - since)  # fmt: skip
        report("lines of it lost", told["lost"] + told["orders_lost"], "", limit=0,
               orders=told["orders"])  # fmt: skip
        report("lines of it doubled", told["doubled"], "", limit=0)


@dataclass
class Day:
    """A stretch of a working day: who works, what was answered, when the power was away."""

    people: Sequence[Person]
    seconds: float
    answers: list[Answer] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    # When the long work was asked for, and between which moments the power was away.
    asked: float = 0.0
    away: tuple[float, float] = (0.0, 0.0)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def work(self, *, ahead: Callable[[], None], cut: Callable[[], float]) -> None:
        """Let everybody work, and cut the power about half-way: ``cut`` says when it went."""
        begin = time.perf_counter() + 1.0
        stop = begin + self.seconds
        threads = [
            threading.Thread(target=self._one, args=(person, begin + place, stop), daemon=True)
            for person, place in zip(self.people, self._places(), strict=True)
        ]
        for thread in threads:
            thread.start()
        time.sleep(max(0.0, begin + self.seconds / 2 - AHEAD - time.perf_counter()))
        ahead()
        self.asked = time.perf_counter()
        left = cut()
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
