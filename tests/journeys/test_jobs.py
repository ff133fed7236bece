"""Long work: carried out once, in order, taken up where it was left, stopped when asked."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection
from tests.journeys import builders

from guomen.core.text import Text
from guomen.journeys import jobs
from guomen.journeys.clearance import batches
from guomen.journeys.jobs import kinds, worker
from guomen.journeys.jobs.work import Kind, Work
from guomen.supervision.declarations.models import Declaration, Line
from guomen.supervision.jobs import claims, queries
from guomen.supervision.jobs.models import Job, JobFile

pytestmark = pytest.mark.usefixtures("register")

HEADING = "declaration,direction,enterprise,line,hs_code,documents,quantity,unit\n"


def row(name: str, *, direction: str = "export", enterprise: str = builders.TOYMAKER) -> str:
    return f"{name},{direction},{enterprise},1,9503002100,contract;invoice;packing_list,5,C62\n"


def sent(*rows: str, by: str = "REP-1", only_for: list[str] | None = None) -> str:
    return jobs.enqueue(
        kinds.DECLARATIONS,
        at=builders.NOW,
        by=by,
        agency=builders.BUREAU,
        args={} if only_for is None else {"only_for": only_for},
        file=("goods.csv", (HEADING + "".join(rows)).encode()),
    )


def worked(**given: Any) -> bool:
    return worker.take_one(lambda: builders.NOW, **given)


def of(number: str) -> Job:
    return Job.objects.get(number=number)


def test_a_file_is_decided_and_its_bad_rows_come_back_as_a_file() -> None:
    number = sent(row("Q-1"), row("Q-2", direction="sideways"), row("Q-3"))
    assert worked()
    assert not worked()
    job = of(number)
    assert (job.state, job.done, job.total) == ("done", 2, 2)
    assert (job.result["rows"], job.result["rejected"], job.result["decided"]) == (3, 1, 2)
    assert [p["row"] for p in job.result["problems"]] == [2]
    rejects = queries.file_or_none(job, queries.REJECTS)
    assert rejects is not None
    assert b"sideways" in bytes(rejects.content)
    assert not JobFile.objects.filter(part=queries.SENT).exists()


def test_a_file_names_only_goods_of_whoever_sends_it() -> None:
    number = sent(row("Q-1"), row("Q-2", enterprise=builders.VINTNER), only_for=[builders.TOYMAKER])
    worked()
    assert of(number).result["rejected"] == 1
    assert list(Declaration.objects.values_list("own_number", flat=True)) == ["Q-1"]


def test_work_that_was_interrupted_goes_on_and_doubles_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(batches, "CHUNK", 2)
    monkeypatch.setattr(batches, "HELD", 0.0)
    monkeypatch.setattr("guomen.journeys.jobs.work._SECONDS", 0.0)
    number = sent(*(row(f"Q-{n}") for n in range(9)))
    after_three = iter([False, False, False, True])
    worked(ending=lambda: next(after_three))
    assert of(number).state == "running"
    stored = Line.objects.count()
    assert 0 < stored < 9
    assert worked()
    job = of(number)
    assert (job.state, job.done, job.total, job.attempts) == ("done", 9, 9, 1)
    assert (job.result["decided"], job.result["rejected"]) == (9, 0)
    assert Line.objects.count() == 9


def test_the_rest_of_a_file_is_received_on_the_day_on_which_it_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(batches, "CHUNK", 2)
    monkeypatch.setattr(batches, "HELD", 0.0)
    monkeypatch.setattr("guomen.journeys.jobs.work._SECONDS", 0.0)
    number = sent(*(row(f"Q-{n}") for n in range(5)))
    after_two = iter([False, False, True])
    worked(ending=lambda: next(after_two))
    stored = Declaration.objects.count()
    worker.take_one(lambda: builders.NOW + builders.DAY)
    assert of(number).result["decided"] == 5
    moments = list(Declaration.objects.order_by("pk").values_list("received_at", flat=True))
    assert moments == [builders.NOW] * stored + [builders.NOW + builders.DAY] * (5 - stored)


def test_work_is_stopped_by_who_asked_for_it_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "CHUNK", 2)
    monkeypatch.setattr(batches, "HELD", 0.0)
    monkeypatch.setattr("guomen.journeys.jobs.work._SECONDS", 0.0)
    waiting, running = sent(row("W-1")), sent(*(row(f"Q-{n}") for n in range(6)), by="REP-2")
    assert not jobs.cancel(waiting, by="REP-2", at=builders.NOW)
    assert jobs.cancel(waiting, by="REP-1", at=builders.NOW)
    assert of(waiting).state == "cancelled"
    looks = iter(range(100))

    def stop_at_the_third_look() -> bool:
        if next(looks) == 2:
            jobs.cancel(running, by="REP-2", at=builders.NOW)
        return False

    worked(ending=stop_at_the_third_look)
    job = of(running)
    assert job.state == "cancelled"
    assert 0 < Line.objects.count() == job.done < 6


def test_a_file_that_cannot_be_read_says_what_to_do() -> None:
    number = jobs.enqueue(
        kinds.DECLARATIONS,
        at=builders.NOW,
        by="REP-1",
        agency=builders.BUREAU,
        file=("goods.xlsx", b"no workbook"),
    )
    worked()
    job = of(number)
    assert (job.state, job.problem["code"]) == ("failed", "files.bad-file")
    assert "Save it again as XLSX" in job.problem["en"]


def broken(_work: Work) -> dict[str, Any]:
    raise ZeroDivisionError


@pytest.fixture
def odd_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    odd = Kind(name=Text(zh="坏", en="broken"), run=broken)
    monkeypatch.setattr(worker, "KINDS", {"odd": odd})
    monkeypatch.setattr("guomen.journeys.jobs.asking.KINDS", {"odd": odd})


def ask_odd() -> str:
    return jobs.enqueue("odd", at=builders.NOW, by="REP-1", agency=builders.BUREAU)


@pytest.mark.usefixtures("odd_kinds")
def test_work_that_breaks_is_told_and_does_not_stop_the_worker() -> None:
    first, second = ask_odd(), ask_odd()
    assert worked()
    assert worked()
    assert [of(n).problem["code"] for n in (first, second)] == ["jobs.broke"] * 2


@pytest.mark.usefixtures("odd_kinds")
def test_work_that_killed_its_workers_is_given_up() -> None:
    number = ask_odd()
    Job.objects.update(state="running", attempts=worker.MOST_ATTEMPTS)
    worked()
    assert (of(number).state, of(number).problem["code"]) == ("failed", "jobs.given-up")


def test_two_workers_never_hold_the_same_work() -> None:
    found: list[bool] = []

    def other() -> None:
        with claims.claimed(7) as mine:
            found.append(mine)
        connection.close()

    with claims.claimed(7) as mine:
        assert mine
        one = threading.Thread(target=other)
        one.start()
        one.join()
    other()
    assert found == [False, True]
