"""Weekly series and the watch over them: by hand, against SciPy, and by what must not alarm."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import betabinom

from guomen.analysis import series
from guomen.rulebooks.watching import WATCHING

SETTINGS = WATCHING.on(date(2012, 5, 24)).value
FIRST = date(2011, 1, 3)
LAST = date(2012, 5, 21)


def aggregate(rows: list[tuple[str, date, int, int, int]]) -> pl.DataFrame:
    """Rows of (port, week, examined, failed, weight of each in thousandths)."""
    return pl.DataFrame(
        [
            {
                "port": port,
                "week": week,
                "examined": examined,
                "failed": failed,
                "weight": examined * each,
                "weight_failed": failed * each,
                "weight_squared": examined * each * each,
            }
            for port, week, examined, failed, each in rows
        ]
    )


def weeks(rate: float, tests: int, *, port: str, seed: int, each: int = 1000) -> list[Any]:
    dice = np.random.default_rng(seed)
    n = (LAST - FIRST).days // 7 + 1
    return [
        (port, FIRST + timedelta(days=7 * k), tests, int(dice.binomial(tests, rate)), each)
        for k in range(n)
    ]


def test_weeks_are_spread_and_a_week_without_tests_stays_empty() -> None:
    rows = [("A", FIRST, 4, 1, 1000), ("A", LAST, 2, 0, 3000), ("B", LAST, 5, 5, 1000)]
    found = series.weekly(aggregate(rows), ("port",), through=LAST + timedelta(days=3))
    assert found.keys == (("A",), ("B",))
    assert (found.weeks[0], found.weeks[-1], len(found.weeks)) == (FIRST, LAST, 73)
    assert found.tests[0].tolist() == [4, *[0] * 71, 2]
    assert found.violations[1].tolist() == [*[0] * 72, 5]


@given(st.lists(st.tuples(st.integers(1, 50_000), st.booleans()), min_size=1, max_size=40))
def test_unequal_weights_count_as_fewer_tests(lines: list[tuple[int, bool]]) -> None:
    """Kish: the effective number is never more than the number, and equal for equal weights."""
    weights = np.array([weight for weight, _ in lines])
    failed = np.array([hit for _, hit in lines])
    frame = pl.DataFrame(
        {
            "port": ["A"],
            "week": [LAST],
            "examined": [len(lines)],
            "failed": [int(failed.sum())],
            "weight": [int(weights.sum())],
            "weight_failed": [int((weights * failed).sum())],
            "weight_squared": [int((weights**2).sum())],
        }
    )
    found = series.weekly(frame, ("port",), through=LAST)
    tests, hits = found.tests[0, 0], found.violations[0, 0]
    assert 0 < tests <= len(lines)
    assert 0 <= hits <= tests
    assert abs(hits / tests - (weights * failed).sum() / weights.sum()) <= 0.5 / tests + 1e-12
    if len(set(weights.tolist())) == 1:
        assert tests == len(lines)


def test_a_rise_is_raised_once_and_quiet_ports_are_not() -> None:
    rows = [row for n in range(30) for row in weeks(0.02, 40, port=f"P{n:02d}", seed=n)]
    rows += [row for row in weeks(0.02, 40, port="RISE", seed=99) if row[1] < LAST]
    rows.append(("RISE", LAST, 40, 9, 1000))
    found = series.weekly(aggregate(rows), ("port",), through=LAST)
    watched = series.watch(found, SETTINGS)
    raised = [found.keys[row] for row in np.flatnonzero(watched.raised[:, 0])]
    assert raised == [("RISE",)]


def test_when_targeting_changes_and_the_rate_does_not_there_is_no_alarm() -> None:
    """Suspects are drawn more often now: violations rise, the weighted rate stays."""
    rows = weeks(0.02, 40, port="A", seed=1)[:-1]
    frame = aggregate(rows)
    # Ten suspects, half of which fail, each drawn for certain; forty others for a chance of 2 %.
    now = {
        "port": "A",
        "week": LAST,
        "examined": 50,
        "failed": 6,
        "weight": 40 * 50_000 + 10 * 1_000,
        "weight_failed": 1 * 50_000 + 5 * 1_000,
        "weight_squared": 40 * 50_000**2 + 10 * 1_000**2,
    }
    found = series.weekly(pl.concat([frame, pl.DataFrame([now])]), ("port",), through=LAST)
    assert not series.watch(found, SETTINGS).raised.any()
    plain = replace(found, violations=found.found, tests=found.examined)
    assert series.watch(plain, SETTINGS).raised.any()


def test_a_series_without_a_test_is_unknown_and_never_raised() -> None:
    rows = [*weeks(0.02, 40, port="A", seed=1), ("B", FIRST, 9, 9, 1000)]
    found = series.weekly(aggregate(rows), ("port",), through=LAST)
    watched = series.watch(found, SETTINGS)
    assert np.isnan(watched.watch.p[1, 0])
    assert not watched.raised[1, 0]


@pytest.mark.parametrize("window", [1, 4])
def test_the_bound_is_the_least_number_that_surprises(window: int) -> None:
    found = series.weekly(aggregate(weeks(0.05, 30, port="A", seed=3)), ("port",), through=LAST)
    watched = series.watch(found, SETTINGS, weeks=6)
    expected, bound = series.bounds(watched, 0, window=window)
    prior = series.question(found, SETTINGS).prior
    limit = SETTINGS.alpha / len(SETTINGS.windows)
    for place, week in enumerate(watched.at.tolist()):
        end = week - window - SETTINGS.skip + 1
        past = slice(max(end - SETTINGS.past, 0), end)
        a = found.violations[0, past].sum() + prior.violations
        b = found.tests[0, past].sum() + prior.tests - a
        n = int(found.tests[0, week - window + 1 : week + 1].sum())
        law = betabinom(n, a, b)
        mid = [law.sf(x) + law.pmf(x) / 2 for x in range(n + 1)]
        least = next((x for x, p in enumerate(mid) if p <= limit), n + 1)
        assert bound[place] == least
        assert expected[place] == pytest.approx(n * a / (a + b))
