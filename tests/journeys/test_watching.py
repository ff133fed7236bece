"""History leaves the database and is watched: what counts, what is censored, what is raised."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from django.db import transaction
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings
from tests.journeys.builders import BUREAU, NOW, Register, how, issue, lodged, order, toys, wine

from guomen.analysis import history as files
from guomen.analysis import series
from guomen.analysis.history import Standing
from guomen.core.frequency import Finding
from guomen.core.lifecycle import MoveRefusedError
from guomen.journeys import history, watched, watching
from guomen.journeys.clearance import Result, conclude, withdraw
from guomen.rulebooks.watching import WATCHING
from guomen.supervision.agencies.models import Agency
from guomen.supervision.declarations.models import Line
from guomen.supervision.risk import queries
from guomen.supervision.risk.lifecycle import SIGNAL, SignalMove, SignalState
from guomen.supervision.risk.models import Signal, SignalEvent, Watch
from guomen.supervision.risk.operations import SignalMovedError


def rows(place: Path) -> dict[str, dict[str, object]]:
    found = pl.concat(pl.read_parquet(path) for path in files.files(place))
    return {row["line"]: row for row in found.to_dicts()}


def done(line: Line, finding: Finding) -> None:
    conclude([Result(line=line.reference, performed=True, finding=finding)], at=NOW, by="OFF-1")


def test_only_what_was_examined_by_the_draw_says_something(
    register: Register, tmp_path: Path
) -> None:
    issue(order("CO-1", hs_prefix="9503", effect="inspect"))
    lines = [line for n in range(4) for line in lodged(toys(f"T-{n}"), at=NOW)]
    assert all(line.outcome in ("inspect", "inspect_and_sample") for line in lines)
    done(lines[0], Finding.NONCONFORM)
    done(lines[1], Finding.UNKNOWN)
    conclude([Result(line=lines[2].reference, performed=False, reason="capacity")], at=NOW, by="O")
    withdraw(lines[3].reference, reason="not_shipped", how=how())
    history.export(tmp_path, known=NOW)
    found = rows(tmp_path)
    said = [(found[x.reference]["standing"], found[x.reference]["failed"]) for x in lines]
    assert said == [
        (Standing.EXAMINED, True),
        (Standing.EXAMINED, None),
        (Standing.UNPERFORMED, None),
        (Standing.WITHDRAWN, None),
    ]


def test_a_later_result_writes_its_month_again_and_no_other(
    register: Register, tmp_path: Path
) -> None:
    (old,) = lodged(toys("T-1"), at=NOW - timedelta(days=40))
    lodged(wine("W-1"), at=NOW)
    assert history.export(tmp_path, known=NOW).months == ("2012-04", "2012-05")
    assert history.export(tmp_path, known=NOW).months == ()
    done(old, Finding.CONFORM)
    assert history.export(tmp_path, known=NOW).months == ("2012-04",)
    assert rows(tmp_path)[old.reference]["failed"] is False


def test_the_export_asks_no_line_for_itself(
    register: Register, tmp_path: Path, django_assert_num_queries: CaptureQueriesContext
) -> None:
    for n in range(6):
        lodged(toys(f"T-{n}"), at=NOW)
    with django_assert_num_queries(11):
        history.export(tmp_path, known=NOW)


WEEK = date(2012, 5, 14)


def nation(place: Path, *, rises: int, earlier: int | None = None) -> None:
    """A history of 60 weeks, four ports; one goes bad in the last ``rises`` weeks, or earlier."""
    first = WEEK - timedelta(days=7 * 59)
    frames: dict[str, list[dict[str, object]]] = {}
    for week in range(60):
        for port in ("CNAAA", "CNBBB", "CNCCC", "CNDDD"):
            for number in range(30):
                bad = number == 0 and week % 3 == 0
                if port == "CNDDD" and (week >= 60 - rises or 59 - week == earlier):
                    bad = number < 8
                day = first + timedelta(days=7 * week + number % 5)
                frames.setdefault(files.month_of(day), []).append(
                    dict.fromkeys(files.LINES.schema)
                    | {
                        "line": f"{port}-{week}-{number}",
                        "day": day,
                        "port": port,
                        "direction": "import",
                        "enterprise": f"ENT-{port}-{number}",
                        "hs6": "220421",
                        "origin": "FR",
                        "group": "wine",
                        "value_fen": 1,
                        "chance_ppm": 300_000,
                        "standing": Standing.EXAMINED.value,
                        "failed": bad,
                    }
                )
    files.write_months(
        place,
        [(name, pl.DataFrame(found, schema=files.LINES.schema)) for name, found in frames.items()],
        through=1,
    )


def watch(place: Path, week: date, *, keep: bool = False) -> dict[str, watching.WeekDone]:
    done = watching.watch_week(BUREAU, week=week, at=NOW, place=place, export=False, keep=keep)
    return {one.level: one for one in done}


def test_an_episode_is_one_signal_however_often_it_is_watched(
    register: Register, tmp_path: Path
) -> None:
    nation(tmp_path, rises=3)
    assert watch(tmp_path, WEEK - timedelta(days=21))["port_weeks"].alarms == 0
    for back in (2, 1, 0):
        found = watch(tmp_path, WEEK - timedelta(days=7 * back))["port_weeks"]
        assert (found.series, found.alarms, found.new) == (4, 1, int(back == 2))
    # Watched again, and out of order: the newest week stays the newest.
    for back in (0, 2, 1):
        assert watch(tmp_path, WEEK - timedelta(days=7 * back))["port_weeks"].new == 0
    signal = Signal.objects.get(level="port_weeks")
    assert (signal.series, signal.onset, signal.week) == ("CNDDD", WEEK - timedelta(days=14), WEEK)
    assert (signal.weeks, signal.state) == (3, SignalState.RAISED)
    assert signal.violations >= signal.bound > signal.expected
    assert signal.q <= 0.1
    assert Watch.objects.filter(level="port_weeks").count() == 4
    assert [w.week for w in signal.judged.all()] == [
        WEEK - timedelta(days=7 * n) for n in (2, 1, 0)
    ]
    found = watching.back_test("port_weeks", through=WEEK, place=tmp_path)
    assert [(o.series, o.week, o.later_found) for o in found.onsets] == [
        ("CNDDD", WEEK - timedelta(days=14), 16)
    ]


def test_pages_read_what_each_week_judged_and_judge_nothing_themselves(
    register: Register,
    tmp_path: Path,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    django_assert_num_queries: CaptureQueriesContext,
) -> None:
    settings.GUOMEN_VAR = tmp_path
    place = tmp_path / "history"
    nation(place, rises=3)
    path = Agency.objects.get(code=BUREAU).path
    asked = [WEEK - timedelta(days=7 * back) for back in (30, 8, 3, 2, 1, 0)]
    full = {}
    for week in asked:
        watch(place, week, keep=week == WEEK)
        found = watching.series_of("port_weeks", through=week, place=place)
        full[week] = series.watch(found, WATCHING.on(week).value)
    monkeypatch.setattr(series, "watch", None)
    kept = watched.judged_at("port_weeks")
    newest = full[WEEK]
    assert (kept.week, kept.series, kept.raised) == (WEEK, 4, 1)
    assert watched.rows_of(kept, [0])[0].name == "CNDDD"
    for row in watched.rows_of(kept, kept.like("")):
        at = newest.series.keys.index((row.name,))
        judged = (newest.violations, newest.tests, newest.expected, newest.watch.p, newest.q)
        assert (row.violations, row.tests, row.expected, row.p, row.q) == tuple(
            table[at, 0] for table in judged
        )
    for name in ("CNAAA", "CNDDD"):
        with django_assert_num_queries(2):
            course = watched.course("port_weeks", name, path=path)
        by_week = {row[0]: row for row in course.table}
        for week, judged in full.items():
            at = judged.series.keys.index((name,))
            expected, bound = series.bounds(judged, at)
            assert by_week[week][3:] == (
                round(float(expected[0]), 3), int(bound[0]), bool(judged.raised[at, 0]),
            )  # fmt: skip
        assert course.unwatched == len(course.weeks) - len(asked)
        assert sum(course.examined) == 60 * 30
    assert watched.course("port_weeks", "CNZZZ", path=path) is None
    assert watched.course("port_weeks", "CNAAA", path="/CN/OTHER/") is None
    told = watched.back_test("port_weeks")
    monkeypatch.undo()
    assert told == watching.back_test("port_weeks", through=WEEK, place=place)


def test_a_search_holds_every_word_and_finds_names(
    register: Register, tmp_path: Path, settings: Settings
) -> None:
    settings.GUOMEN_VAR = tmp_path
    nation(tmp_path / "history", rises=1)
    watch(tmp_path / "history", WEEK, keep=True)
    products = watched.judged_at("products")
    wanted = {"fr 2204": 1, "FRANCE wine": 1, "法国": 1, "2204 DE": 0, ".*": 0}
    assert {text: len(products.like(text)) for text in wanted} == wanted
    watch(tmp_path / "history", WEEK - timedelta(days=7), keep=True)
    assert watched.judged_at("products") == products


def test_the_past_watched_again_keeps_each_episode_apart(
    register: Register, tmp_path: Path
) -> None:
    """Two episodes of one series, twenty weeks apart; then all of it is watched once more."""
    nation(tmp_path, rises=1, earlier=20)
    weeks = [WEEK - timedelta(days=7 * back) for back in (20, 19, 0)]
    for order_ in (weeks, weeks[::-1], weeks):
        for week in order_:
            watch(tmp_path, week)
        found = Signal.objects.filter(level="port_weeks").order_by("onset")
        assert [(s.onset, s.week, s.judged.count()) for s in found][1:] == [(WEEK, WEEK, 1)]
        assert found[0].onset == WEEK - timedelta(days=140)


@pytest.fixture
def signal(register: Register, tmp_path: Path) -> Signal:
    nation(tmp_path, rises=1)
    watch(tmp_path, WEEK)
    return Signal.objects.get(level="port_weeks")


def test_a_signal_is_moved_by_its_table_and_every_move_is_kept(signal: Signal) -> None:
    path = Agency.objects.get(code=BUREAU).path
    for state in SignalState:
        for move in SignalMove:
            Signal.objects.filter(pk=signal.pk).update(state=state.value)
            version = Signal.objects.get(pk=signal.pk).version
            act = {"path": path, "version": version, "note": "looked", "at": NOW, "by": "OFF-1"}
            if move in SIGNAL.moves_from(state):
                moved = watching.move(signal.reference, move, **act)
                assert moved.state == SIGNAL.after(state, move)
            else:
                with pytest.raises(MoveRefusedError), transaction.atomic():
                    watching.move(signal.reference, move, **act)
    assert SignalEvent.objects.filter(signal=signal).count() == len(SIGNAL.moves)


def test_the_second_of_two_officers_is_told(signal: Signal) -> None:
    path = Agency.objects.get(code=BUREAU).path
    act = {"path": path, "version": signal.version, "note": "", "at": NOW}
    watching.move(signal.reference, SignalMove.TAKE_UP, by="OFF-1", **act)
    with pytest.raises(SignalMovedError, match="taken_up now"):
        watching.move(signal.reference, SignalMove.DISMISS, by="OFF-2", **act)


def test_another_bureau_sees_no_signal_and_a_branch_sees_its_own_bureau(signal: Signal) -> None:
    path = Agency.objects.get(code=BUREAU).path
    assert queries.visible_signals(path).count() == 3
    assert queries.visible_signals(f"{path}BRANCH/").count() == 3
    assert queries.visible_signals("/CN/OTHER/").count() == 0
    act = {"version": 1, "note": "", "at": NOW, "by": "X"}
    assert watching.move(signal.reference, SignalMove.TAKE_UP, path="/CN/OTHER/", **act) is None
