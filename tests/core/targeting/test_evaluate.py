"""Estimates against simulated truth: unbiased weights, censoring, calibration, drift."""

from __future__ import annotations

import numpy as np
import pytest

from guomen.core.frequency import ContinuousPlan, PlanKind
from guomen.core.targeting import evaluate
from guomen.core.targeting.calibration import IDENTITY, calibrated
from guomen.core.targeting.evaluate import EvaluationError, Fate, Log


def simulated(seed: int, size: int = 4000, *, lost: float = 0.0) -> tuple[Log, np.ndarray]:
    """Return a log whose riskier lines were opened more often, and the whole truth."""
    rng = np.random.default_rng(seed)
    risk = rng.beta(1, 9, size)
    truth = (rng.random(size) < risk).astype(float)
    chance = np.clip(0.03 + 2.5 * risk, 0.03, 1.0)
    opened = rng.random(size) < chance
    missing = opened & (rng.random(size) < lost)
    fate = [
        Fate.UNCHECKED if m else Fate.CHECKED if o else Fate.NOT_SELECTED
        for o, m in zip(opened, missing, strict=True)
    ]
    found = np.where(opened & ~missing, truth, np.nan)
    return Log(chance=chance, found=found, fate=fate, score=risk), truth


def test_inverse_chances_are_unbiased_where_the_naive_mean_is_not() -> None:
    errors, naive, held = [], [], []
    for seed in range(60):
        log, truth = simulated(seed)
        rate = evaluate.true_rate(log)
        errors.append(rate.value - truth.mean())
        naive.append(np.nanmean(log.found) - truth.mean())
        held.append(rate.low <= truth.mean() <= rate.high)
    assert abs(np.mean(errors)) < 3 * np.std(errors) / 60**0.5 + 1e-3
    assert np.mean(naive) > 0.05
    assert np.mean(held) > 0.85


def test_selected_and_unchecked_lines_are_censored_not_clean() -> None:
    log, truth = simulated(1, 20_000, lost=0.3)
    rate = evaluate.true_rate(log)
    assert rate.censored[Fate.UNCHECKED] > 0
    assert rate.value == pytest.approx(truth.mean(), abs=0.02)
    assert rate.low_if_clean < rate.value < rate.high_if_failing
    assert str(sum(rate.censored.values())) in rate.says.en


def test_weights_are_capped_and_the_bias_of_the_cap_is_shown() -> None:
    log, _ = simulated(2)
    plain, capped = evaluate.true_rate(log), evaluate.true_rate(log, cap=5.0)
    assert (plain.capped, plain.cap_bias) == (0, 0)
    assert min(capped.capped, capped.cap_bias) > 0
    assert capped.value == pytest.approx(plain.value + capped.cap_bias)
    assert capped.effective > plain.effective


def test_nothing_checked_says_nothing() -> None:
    log = Log(
        chance=np.array([0.1]), found=np.array([np.nan]), fate=[Fate.HELD], score=np.array([0.1])
    )
    rate = evaluate.true_rate(log)
    assert np.isnan(rate.value)
    assert (rate.low, rate.high) == (0.0, 1.0)


def test_records_that_contradict_themselves_are_refused() -> None:
    for chance, found, fate in (
        (0.0, np.nan, Fate.NOT_SELECTED),
        (0.5, np.nan, Fate.CHECKED),
        (0.5, 1.0, Fate.NOT_SELECTED),
        (0.5, 0.5, Fate.CHECKED),
    ):
        with pytest.raises(EvaluationError):
            Log(
                chance=np.array([chance]), found=np.array([found]), fate=[fate],
                score=np.array([0.1]),
            )  # fmt: skip


def test_other_ways_are_estimated_as_they_would_have_done() -> None:
    """The estimate of a way that was not followed agrees with following it in the simulation."""
    errors = {name: [] for name in ("random", "risk")}
    for seed in range(40):
        log, truth = simulated(seed)
        ways = {"random": np.full(truth.size, 0.5), "risk": log.score**2}
        for way in evaluate.compare(log, ways, capacity=600.0):
            chance = evaluate._to_capacity(ways[way.name], 600.0)
            assert way.opened == pytest.approx(600.0, rel=1e-3)
            errors[way.name].append(way.finds - chance @ truth)
    for name, values in errors.items():
        assert abs(np.mean(values)) < 3 * np.std(values) / 40**0.5 + 1, name


def test_continuous_sampling_follows_the_known_results() -> None:
    plan = ContinuousPlan(kind=PlanKind.CSP1, clearance=2, fraction_ppm=100_000)
    found = np.array([0.0, 0.0, np.nan, 1.0, 0.0])
    fate = [Fate.NOT_SELECTED if np.isnan(f) else Fate.CHECKED for f in found]
    log = Log(chance=np.full(5, 0.5), found=found, fate=fate, score=np.full(5, np.nan))
    assert evaluate.continuous(np.zeros(5, dtype=np.int64), log, plan).tolist() == [
        1.0, 1.0, 0.1, 0.1, 1.0,
    ]  # fmt: skip


def test_bands_hold_what_was_checked_in_them() -> None:
    log, _ = simulated(4)
    found = evaluate.bands(log)
    assert sum(band.checked for band in found) == int(log.where(Fate.CHECKED).sum())
    assert sum(band.lines for band in found) == log.chance.size
    assert found[-1].rate > found[0].rate
    assert all(band.low <= band.rate <= band.high for band in found)


def test_isotonic_calibration_mends_a_score_that_is_twice_too_high() -> None:
    rng = np.random.default_rng(1)
    truth = rng.beta(1, 15, 40_000)
    found = (rng.random(40_000) < truth).astype(float)
    score = np.minimum(truth * 2, 0.99)
    half = slice(0, 20_000), slice(20_000, None)
    line = calibrated(score[half[0]], found[half[0]])
    before = evaluate.calibration(score[half[1]], found[half[1]]).error
    after = evaluate.calibration(line(score[half[1]]), found[half[1]]).error
    assert before > 0.05
    assert after < 0.006
    assert (np.diff(line(np.linspace(0, 1, 200))) >= 0).all()
    assert line(np.array([0.0]))[0] > 0
    assert calibrated(score[:10], found[:10]) is IDENTITY


def test_drift_is_seen_and_quiet_is_quiet() -> None:
    rng = np.random.default_rng(2)
    alarms = 0
    for _ in range(50):
        score = rng.uniform(0.05, 0.3, 300)
        alarms += evaluate.drift(score, (rng.random(300) < score).astype(float)).alarm
    assert alarms <= 5
    score = rng.uniform(0.05, 0.3, 400)
    changed = np.where(np.arange(400) < 200, score, np.minimum(score * 3, 0.9))
    seen = evaluate.drift(score, (rng.random(400) < changed).astype(float))
    assert (seen.alarm_at or 0) > 150
