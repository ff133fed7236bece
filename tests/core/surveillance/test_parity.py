"""
The compatible mode against R surveillance 1.20.3, on all stored vectors.

Left out by rule, and counted here: rows where R gave up (expected 0 and no alarm, either way), and
rows whose baseline is all zeros, where R's answer is the number of its iterations.
"""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from tests.core.surveillance.reference import WEEKS, long_series, series, stored, table

from guomen.core.surveillance import (
    Cusum,
    Ears,
    Farrington,
    LikelihoodCusum,
    cusum,
    ears,
    farrington,
    poisson_cusum,
)

TOLERANCE = 1e-9
# fmt: off
CONFIGS = {
    "ffA_delta_w3": {
        "periods": 1, "skip": 3, "alpha": 0.05, "bound": "delta", "trend_alpha": 0.05,
    },
    "ffB_nbPlugin_np10": {"alpha": 0.005, "bound": "nbPlugin", "trend_alpha": 1.0},
    "ffD_delta_np10_noRW": {
        "alpha": 0.01, "bound": "delta", "reweight": False, "trend_alpha": 0.05,
    },
    "ffE_delta_b3_w2_limit0": {
        "years": 3, "half_window": 2, "periods": 1, "skip": 2, "alpha": 0.01, "bound": "delta",
        "min_cases": 0, "reweight_threshold": 1.0, "trend_alpha": 0.05,
    },
}
# fmt: on
# (given up, zero baselines) of 4116 and of 1078 rows.
LEFT_OUT = {
    ("noufaily42", "ffA_delta_w3"): (0, 2),
    ("noufaily42", "ffB_nbPlugin_np10"): (0, 2),
    ("noufaily42", "ffD_delta_np10_noRW"): (0, 2),
    ("noufaily42", "ffE_delta_b3_w2_limit0"): (0, 53),
    ("edge", "ffA_delta_w3"): (0, 129),
    ("edge", "ffB_nbPlugin_np10"): (98, 31),
    ("edge", "ffD_delta_np10_noRW"): (98, 31),
    ("edge", "ffE_delta_b3_w2_limit0"): (0, 188),
}


def worst(ours: np.ndarray, theirs: np.ndarray, use: np.ndarray) -> float:
    there = use & np.isfinite(theirs)
    return float((np.abs(ours - theirs)[there] / np.abs(theirs[there])).max())


@pytest.mark.parametrize(("name", "config"), LEFT_OUT)
def test_the_compatible_mode_repeats_the_reference(name: str, config: str) -> None:
    keys = long_series(name)
    counts = np.array([series(name)[key][0] for key in keys])
    people = np.array([series(name)[key][1] for key in keys])
    method = Farrington(year_weeks=52, dispersion="r_compat", **CONFIGS[config])
    watch = farrington(counts, method, weeks=WEEKS, population=people)
    theirs = stored(name, config)
    gave_up = (theirs["expected"] == 0) & np.isnan(theirs["alarm"])
    zeros = ~gave_up & (watch.expected < 1e-6)
    assert (gave_up.sum(), zeros.sum()) == LEFT_OUT[name, config]
    assert not watch.converged[gave_up].any()
    use = ~gave_up & ~zeros
    assert watch.converged[use].all()
    assert worst(watch.expected, theirs["expected"], use) < TOLERANCE
    assert worst(watch.bound, theirs["upperbound"], use) < TOLERANCE
    assert worst(watch.dispersion, theirs["phi"], use) < TOLERANCE
    assert worst(watch.p, theirs["pvalue"], use & (theirs["pvalue"] > 1e-6)) < TOLERANCE
    assert np.array_equal(watch.alarms[use], theirs["alarm"][use] == 1)
    # On a constant series the trend is rounding error over rounding error.
    varies = np.nanstd(counts[:, :575], axis=1) > 0
    kept = use & varies[:, None]
    assert np.array_equal(watch.trend[kept], theirs["trend"][kept] == 1)


def test_the_compatible_mode_bounds_what_the_reference_bounds() -> None:
    keys = long_series("edge")
    counts = np.array([series("edge")[key][0] for key in keys])
    config = "ffE_delta_b3_w2_limit0"
    theirs = stored("edge", config)["upperbound"]
    method = Farrington(year_weeks=52, dispersion="r_compat", **CONFIGS[config])
    watch = farrington(counts, method, weeks=WEEKS)
    # Without a limit on cases R leaves out a bound only near a missing week.
    missing = np.isnan(np.stack([counts[:, WEEKS - lag] for lag in range(4)])).any(axis=0)
    assert np.array_equal(np.isnan(theirs), missing)
    assert (watch.enough[missing] == -1).all()


def answers(algorithm: str) -> list[tuple[str, np.ndarray, dict[str, np.ndarray]]]:
    found = []
    rows = table("other_algorithms").filter(pl.col("algo") == algorithm)
    for (key,), part in rows.group_by("id", maintain_order=True):
        columns = {
            c: part[c].cast(pl.Float64).fill_null(np.nan).to_numpy()
            for c in ("upperbound", "stat", "alarm")
        }
        found.append((str(key), part["t"].to_numpy() - 1, columns))
    return found


def counts_of(key: str) -> np.ndarray:
    return (series("noufaily42").get(key) or series("edge")[key])[0]


@pytest.mark.parametrize(
    ("algorithm", "method"),
    [
        ("ears_C1", Ears(kind="C1")),
        ("ears_C2", Ears(kind="C2")),
        ("ears_C3", Ears(kind="C3", variant="r_compat")),
        ("ears_C1_b13_minsig1", Ears(kind="C1", baseline=13, least_deviation=1.0, alpha=0.005)),
    ],
)
def test_ears_repeats_the_reference(algorithm: str, method: Ears) -> None:
    rows = answers(algorithm)
    assert len(rows) == 26
    for key, t, theirs in rows:
        watch = ears(counts_of(key), method)
        np.testing.assert_allclose(
            watch.bound[0, t], theirs["upperbound"], rtol=TOLERANCE, atol=1e-12
        )
        assert np.array_equal(watch.alarms[0, t], theirs["alarm"] == 1)


@pytest.mark.parametrize("kind", ["standard", "rossi", "anscombe"])
def test_cusum_repeats_the_reference(kind: str) -> None:
    without_mean, unbounded = [], 0
    for key, t, theirs in answers(f"cusum_{kind}"):
        counts = counts_of(key)
        mean = np.nanmean(counts[: t[0]])
        if mean == 0:
            without_mean.append(key)
            continue
        chart = cusum(counts[t], Cusum(kind=kind), expected=mean)
        # From its first missing week on R has no statistic.
        seen = (np.cumsum(np.isnan(counts)) == 0)[t]
        stat, bound = chart.statistic[0][seen], chart.bound[0][seen]
        np.testing.assert_allclose(stat, theirs["stat"][seen], rtol=TOLERANCE, atol=1e-9)
        assert np.array_equal(chart.alarms[0][seen], theirs["alarm"][seen] == 1)
        # Rossi: where even zero cases alarm, R squares a negative root; a bound of zero is meant.
        odd = (bound == 0) & (theirs["upperbound"][seen] > 0)
        unbounded += int(odd.sum())
        np.testing.assert_allclose(bound[~odd], theirs["upperbound"][seen][~odd], rtol=TOLERANCE)
    assert without_mean == ["zero_all", "zero_then_cases"]
    assert unbounded == {"standard": 0, "rossi": 116, "anscombe": 0}[kind]


def test_the_poisson_chart_repeats_the_reference() -> None:
    compared = 0
    for key, t, theirs in answers("lrcusum_pois_theta1.5"):
        counts = counts_of(key)
        mean = np.nanmean(counts[:312])
        # R takes at least 0.05 a week, and another baseline for short series.
        if mean < 0.05 or counts.size < 624:
            continue
        method = LikelihoodCusum(ratio=1.5, limit=5.0)
        chart = poisson_cusum(counts[t], method, expected=mean)
        np.testing.assert_allclose(chart.statistic[0], theirs["upperbound"], rtol=1e-9, atol=1e-9)
        assert np.array_equal(chart.alarms[0], theirs["alarm"] == 1)
        compared += t.size
    assert compared > 900
