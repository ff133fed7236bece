"""Cells against SciPy's beta-binomial, against brute force, and one by one against all."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import betabinom

from guomen.core.targeting import Level, Posterior, Scheme, SchemeError, interval
from guomen.core.targeting import ranker as fitting
from guomen.core.targeting.posterior import likeliest, log_likelihood

TODAY = date(2012, 5, 24)
FOREVER = 1e9
SCHEME = Scheme(
    levels=(
        Level(name="hs2", by=("hs2",)),
        Level(name="hs4", by=("hs2", "hs4"), under=("hs2",)),
        Level(name="origin", by=("origin",)),
        Level(name="both", by=("hs2", "hs4", "origin"), under=("hs4", "origin")),
    ),
    bonus="both",
)


def results(size: int, seed: int = 1, *, days: int = 90) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    hs4, origin = rng.integers(0, 12, size), rng.integers(0, 6, size)
    rate = np.linspace(0.01, 0.3, 12)[hs4] * np.linspace(0.5, 2, 6)[origin]
    return pl.DataFrame(
        {
            "hs2": [f"{h // 4:02d}" for h in hs4],
            "hs4": [f"{h:04d}" for h in hs4],
            "origin": [None if o == 5 else "ABCDE"[o] for o in origin],
            "day": [TODAY - timedelta(days=int(d)) for d in rng.integers(0, days, size)],
            "found": (rng.random(size) < np.minimum(rate, 0.9)).astype(float),
            "tests": np.ones(size),
        }
    )


@pytest.mark.parametrize("seed", range(4))
def test_the_strength_is_the_mode_of_scipys_marginal_likelihood(seed: int) -> None:
    rng = np.random.default_rng(seed)
    tests = rng.integers(1, 200, 60).astype(float)
    mean = rng.uniform(0.02, 0.1, 60)
    rates = rng.beta(mean * 40, (1 - mean) * 40)
    found = rng.binomial(tests.astype(int), rates).astype(float)
    grid = np.exp(np.linspace(np.log(2), np.log(5000), 800))
    brute = [betabinom.logpmf(found, tests, k * mean, k * (1 - mean)).sum() for k in grid]
    best = likeliest(found, tests, mean, centre=100.0, spread=np.inf)
    assert best == pytest.approx(grid[int(np.argmax(brute))], rel=0.02)


def test_the_likelihood_differs_from_scipys_by_a_constant() -> None:
    found, tests, mean = np.array([1.0, 4, 0]), np.array([9.0, 30, 2]), np.array([0.1, 0.2, 0.05])
    ours = [log_likelihood(found, tests, mean, k) for k in (3.0, 70.0)]
    theirs = [betabinom.logpmf(found, tests, k * mean, k * (1 - mean)).sum() for k in (3.0, 70.0)]
    assert ours[0] - ours[1] == pytest.approx(theirs[0] - theirs[1], rel=1e-10)


def brute(frame: pl.DataFrame, posterior: Posterior, line: dict[str, Any]) -> dict[str, float]:
    """Return the answer of each level for one line by going through all rows, without fading."""
    rows = frame.with_columns(pl.col("origin").fill_null("?")).to_dicts()
    logit = lambda p: np.log(p / (1 - p))  # noqa: E731
    means = {"all": (sum(r["found"] for r in rows) + 1) / (len(rows) + 100)}
    for level in SCHEME.levels:
        mine = [r for r in rows if all(r[c] == line[c] for c in level.by)]
        above = [means[name] for name in level.under]
        odds = sum(map(logit, above)) - (len(above) - 1) * logit(means["all"])
        prior = 1 / (1 + np.exp(-odds))
        weight = posterior.strengths[level.name].parent
        found = sum(r["found"] for r in mine)
        # Without fading nothing is past, and the past leans on the parents alone.
        worth = min(posterior.strengths[level.name].past, weight)
        means[level.name] = (found + worth * prior) / (len(mine) + worth)
    return means


def test_every_level_is_what_brute_force_gives() -> None:
    from dataclasses import replace

    frame = results(400)
    posterior = Posterior.of(replace(SCHEME, fast_days=FOREVER, slow_days=FOREVER), frame, on=TODAY)
    lines = frame.head(30).vstack(frame.head(1).with_columns(origin=pl.lit("Z")))
    batch = posterior.of_lines(lines)
    for i, line in enumerate(lines.with_columns(pl.col("origin").fill_null("?")).to_dicts()):
        expected = brute(frame, posterior, line)
        for level in SCHEME.levels:
            assert batch[level.name].now[i] == pytest.approx(expected[level.name], rel=1e-5)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 99), st.booleans())
def test_one_by_one_and_all_at_once_agree(seed: int, cut: int, backwards: bool) -> None:
    frame = results(100, seed)
    whole = Posterior.empty(SCHEME, on=TODAY).add(frame)
    parts = [frame[:cut], frame[cut:]]
    grown = Posterior.empty(SCHEME, on=TODAY)
    for part in reversed(parts) if backwards else parts:
        grown = grown.add(part)
    for ours, theirs in zip(grown.tables, whole.tables, strict=True):
        assert ours.rows.select(ours.level.by).equals(theirs.rows.select(theirs.level.by))
        np.testing.assert_allclose(ours.counts(), theirs.counts(), rtol=1e-12)
    answers = [p.of_lines(frame)["both"].now for p in (grown, whole)]
    np.testing.assert_allclose(*answers, rtol=1e-10)


def test_one_line_is_explained_as_a_batch_is_answered() -> None:
    frame = results(500)
    posterior = Posterior.of(SCHEME, frame, on=TODAY)
    lines = frame.head(5).vstack(frame.head(1).with_columns(origin=pl.lit("Z")))
    batch = posterior.of_lines(lines)
    for i, line in enumerate(lines.to_dicts()):
        for estimate in posterior.of_line(line):
            m = batch[estimate.level]
            assert estimate.value == pytest.approx(m.now[i], rel=1e-12)
            assert estimate.prior == pytest.approx(m.prior[i], rel=1e-12)
            assert estimate.strength == pytest.approx(m.strength[i], rel=1e-12)
            low, high = estimate.interval
            assert low <= estimate.value <= high


def test_the_sentence_holds_the_question() -> None:
    frame = results(300)
    said = Posterior.of(SCHEME, frame, on=TODAY).of_line(frame.row(0, named=True))[0].says
    assert "failed; prior" in said.en
    assert "批不合格" in said.zh


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 199))
def test_a_result_never_moves_its_own_feature(seed: int, changed: int) -> None:
    """Out of fold: turn one result over, and what its own features say stays, bit for bit."""
    frame = results(200, seed)
    found = frame["found"].to_numpy().copy()
    found[changed] = 1 - found[changed]
    other = frame.with_columns(found=pl.Series(found))
    folds = fitting.folds_of(frame)
    one = Posterior.empty(SCHEME, on=TODAY).add(frame)
    two = Posterior.empty(SCHEME, on=TODAY).add(other)
    a, b = (fitting.out_of_fold(p, f, folds) for p, f in ((one, frame), (two, other)))
    for level in SCHEME.levels:
        assert a[level.name].now[changed] == pytest.approx(b[level.name].now[changed], rel=1e-13)


def test_lines_of_one_consignment_share_their_fold() -> None:
    frame = results(300).with_columns(group=pl.Series([f"D-{i // 3}" for i in range(300)]))
    folds = fitting.folds_of(frame)
    assert all(len(set(folds[i : i + 3])) == 1 for i in range(0, 300, 3))
    assert np.bincount(folds).min() > 30


def test_intervals_cover_as_often_as_they_say() -> None:
    """Rates drawn from the prior itself: 95 % of the intervals hold the rate."""
    rng = np.random.default_rng(3)
    rate = rng.beta(4, 76, 4000)
    found = rng.binomial(60, rate)
    held = [
        low <= r <= high
        for r, k in zip(rate, found, strict=True)
        for low, high in [interval((k + 4) / (60 + 80), 140.0)]
    ]
    assert np.mean(held) == pytest.approx(0.95, abs=0.012)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(SchemeError):
        Scheme(levels=(Level(name="a", by=("x",), under=("b",)),), bonus="a")
    with pytest.raises(SchemeError):
        Scheme(
            levels=(Level(name="a", by=("x",)), Level(name="b", by=("y",), under=("a",))),
            bonus="a",
        )
    frame = results(5).with_columns(found=pl.lit(2.0))
    with pytest.raises(SchemeError):
        Posterior.of(SCHEME, frame, on=TODAY)
    with pytest.raises(SchemeError):
        Posterior.of(SCHEME, results(5).with_columns(found=pl.lit(None, pl.Float64)), on=TODAY)


def test_a_recent_change_is_followed_where_there_are_many_tests() -> None:
    old = results(3000, days=300).filter(pl.col("day") < TODAY - timedelta(days=60))
    now = pl.DataFrame(
        {
            "hs2": ["00"] * 200,
            "hs4": ["0000"] * 200,
            "origin": ["A"] * 200,
            "day": [TODAY - timedelta(days=i % 10) for i in range(200)],
            "found": [1.0, 0.0] * 100,
            "tests": [1.0] * 200,
        }
    )
    line = now.head(1)
    before = Posterior.of(SCHEME, old, on=TODAY).of_lines(line)["both"].now[0]
    after = Posterior.of(SCHEME, pl.concat([old, now]), on=TODAY).of_lines(line)["both"].now[0]
    assert before < 0.05
    assert after > 0.3
