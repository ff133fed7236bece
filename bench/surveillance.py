"""
Early warning: calibration on the 42-scenario grid, false discoveries, detection, speed.

Series are simulated from the parameter sets stored beside the tests (negative binomial, variance
phi * mean, years of 52 weeks). R's figures are those stored with its vectors; where `Rscript` and
the package are not there, its speed is the one measured with them, and said so. Run alone with
`python -m bench surveillance`.
"""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from bench.measure import SEED, scaled
from guomen.core.surveillance import Farrington, calibrate, farrington, with_q

DATA = Path(__file__).resolve().parents[1] / "tests" / "data" / "surveillance"
WEEKS, YEAR, MONITORED = 312, 52, 4
POINTS, SERIES, SPEED = 50_000, 20_000, 1_000_000
# Measured with R surveillance 1.20.3, R 4.2.2, one core, on these series: microseconds a point.
R_DELTA, R_PLUG_IN = 8_600.0, 10_400.0
# Seeds that no setting was chosen on.
DETECTION = (81_001, 81_002, 81_003, 81_004)
DISCOVERIES = (83_001, 83_002, 83_003, 83_004, 83_005, 83_006)
METHOD = Farrington(year_weeks=YEAR)
# Reads series (a column each), judges the last week of each, prints its own processor seconds.
R_CODE = """
suppressMessages(library(surveillance))
given <- commandArgs(TRUE)
counts <- as.matrix(read.csv(given[1], header = FALSE))
chart <- sts(counts, start = c(2000, 1), frequency = 52)
asked <- list(range = nrow(counts), b = 5, w = 3, noPeriods = as.integer(given[3]),
  pastWeeksNotIncluded = as.integer(given[4]), thresholdMethod = given[2], alpha = 0.005,
  pThresholdTrend = 0.05, populationOffset = FALSE, verbose = FALSE, warnings = FALSE)
took <- system.time(suppressWarnings(farringtonFlexible(chart, asked)))
cat(took[["user.self"]] + took[["sys.self"]])
"""
R_SERIES, R_ALONE = 42 * 20, 600.0
COLD = (
    "import time; t = time.perf_counter(); import numpy as np; "
    "from guomen.core.surveillance import farrington; "
    "farrington(np.ones((1, 320)){0}); print(time.perf_counter() - t)"
)


def scenarios() -> list[dict[str, float]]:
    """Return the 42 parameter sets."""
    with (DATA / "noufaily42_scenarios.csv").open(newline="") as file:
        return [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]


def means(scenario: dict[str, float]) -> Any:
    """Return the weekly means of a scenario."""
    t = np.arange(1, WEEKS + 1)
    log = scenario["theta"] + scenario["beta"] * t
    for j in range(1, int(scenario["m"]) + 1):
        angle = 2 * np.pi * j * t / YEAR
        log = log + scenario["gamma1"] * np.cos(angle) + scenario["gamma2"] * np.sin(angle)
    return np.exp(log)


def quiet(scenario: dict[str, float], series: int, rng: Any) -> Any:
    """Return series without an outbreak."""
    mean = np.broadcast_to(means(scenario), (series, WEEKS))
    phi = scenario["phi"]
    drawn = rng.poisson(mean) if phi == 1 else rng.negative_binomial(mean / (phi - 1), 1 / phi)
    return drawn.astype(float)


def run(report: Callable[..., None]) -> None:
    """Measure and report every figure."""
    _calibration(report)
    _discoveries(report)
    _detection(report)
    _speed(report)


def _calibration(report: Callable[..., None]) -> None:
    rng = np.random.default_rng(SEED)
    monitored = np.arange(WEEKS - MONITORED, WEEKS)
    series = scaled(POINTS // MONITORED, least=50)
    shares, trends = [], []
    for scenario in scenarios():
        watch = farrington(quiet(scenario, series, rng), METHOD, weeks=monitored, compiled=True)
        shares.append(100 * watch.alarms.mean())
        if scenario["trend"] == 0:
            trends.append(100 * watch.trend.mean())
    points = series * MONITORED
    mean = float(np.mean(shares))
    report("false alarms at nominal 0.5 %, 42 scenarios", mean, "%", limit=0.6, points_each=points)
    report("the same, not below", mean, "%", least=0.4)
    worst = int(np.argmax(shares))
    report("worst scenario", float(shares[worst]), "%", limit=1.4, scenario=worst + 1, R=2.52)
    report("trend shown where there is none", float(np.mean(trends)), "%", nominal=5)


def _outbreaks(share: float, rng: Any, counts: Any, deviation: Any) -> Any:
    """Add outbreaks of 3 to 8 standard deviations in the last week of some series."""
    hit = rng.random(len(counts)) < share
    size = rng.uniform(3, 8, len(counts)) * deviation
    counts[:, -1] += np.where(hit, rng.poisson(size), 0)
    return hit & (counts[:, -1] > 0)


def _mixed(series: int, share: float, rng: Any) -> tuple[Any, Any]:
    """Return series of all scenarios, some with an outbreak in the last week, and which."""
    each = max(1, series // 42)
    parts, deviations = [], []
    for scenario in scenarios():
        parts.append(quiet(scenario, each, rng))
        spread = np.sqrt(scenario["phi"] * means(scenario)[-1])
        deviations.append(np.full(each, max(spread, 1.0)))
    counts = np.vstack(parts)
    return counts, _outbreaks(share, rng, counts, np.concatenate(deviations))


def _discoveries(report: Callable[..., None]) -> None:
    """Ask for a tenth of false discoveries on several seeds, with the calibration and without."""
    found: dict[str, list[tuple[float, float]]] = {"calibrated": [], "not calibrated": []}
    tails = []
    size = scaled(SERIES, least=10_000)
    for seed in DISCOVERIES[: scaled(len(DISCOVERIES))]:
        counts, hit = _mixed(size, 0.05, np.random.default_rng(seed))
        weeks = np.arange(WEEKS - 12, WEEKS - 4, 2)
        backtest = farrington(counts, METHOD, weeks=weeks, compiled=True)
        tail = calibrate(backtest.p, backtest.expected)
        tails.append((tail.ratio_before, tail.ratio_after))
        now = farrington(counts, METHOD, compiled=True)
        for name, calibration in (("calibrated", tail), ("not calibrated", None)):
            q = with_q(now, calibration=calibration).q
            assert q is not None
            chosen = q[:, 0] <= 0.1
            false = float((chosen & ~hit).sum() / max(chosen.sum(), 1))
            found[name].append((false, float(chosen[hit].mean())))
    before, after = np.mean(tails, axis=0)
    report("tail at 1e-3 before calibration", before, "× promised", seeds=len(tails))
    report("tail at 1e-3 after, held out", after, "× promised", limit=2.0)
    for name, pairs in found.items():
        rates = [rate for rate, _ in pairs]
        limit = {"limit": 0.11} if name == "calibrated" else {}
        report(
            f"false discoveries at q = 0.1, {name}", float(np.mean(rates)), "share", **limit,
            series=size, worst=round(max(rates), 4), seeds=len(rates),
            found=round(float(np.mean([share for _, share in pairs])), 4),
        )  # fmt: skip


def _found(p: Any, hit: Any, groups: Any, alarms: Any) -> float:
    """Return the share of outbreaks found with as many false alarms a group as `alarms` has."""
    low = high = 0
    for group in np.unique(groups):
        calm, sick = p[(groups == group) & ~hit], p[(groups == group) & hit]
        ranked = np.append(np.sort(calm), 1.0)
        number = int(alarms[(groups == group) & ~hit].sum())
        low += int((sick <= ranked[number - 1]).sum()) if number else 0
        high += int((sick < ranked[number]).sum())
    # Between the last false alarm allowed and the next lies the answer: take the middle.
    return 50.0 * (low + high) / int(hit.sum())


def _detection(report: Callable[..., None]) -> None:
    """Compare found outbreaks with the reference at its own rate of false alarms, by scenario."""
    for bound, seeds in (
        ("delta", DETECTION),
        ("nbPlugin", DETECTION[:1]),
        ("muan", DETECTION[:1]),
    ):
        compared = [_compared(bound, seed) for seed in seeds[: scaled(len(seeds))]]
        ours, theirs, errors, alarms = np.array(compared).T
        report(
            f"outbreaks found at the false alarms of the reference, {bound}", ours.mean(), "%",
            least=float(theirs.mean()), ratio=ours.mean() / theirs.mean(),
            difference=round(float((ours - theirs).mean()), 3),
            error_of_difference=round(float(np.sqrt((errors**2).sum()) / len(errors)), 3),
            by_seed=" ".join(f"{gain:+.2f}" for gain in ours - theirs),
            false_alarms=round(float(alarms.mean()), 3),
        )  # fmt: skip


def _compared(bound: str, seed: int) -> tuple[float, float, float, float]:
    """Return what both find, the error of the difference and the false alarms, in per cents."""
    # Many quiet series: a limit drawn from ten false alarms is mostly noise.
    rng = np.random.default_rng(seed)
    counts, hit = _mixed(scaled(42 * 1500, least=42 * 40), 0.25, rng)
    groups = np.arange(len(counts)) // (len(counts) // 42)
    ours = _chances(farrington(counts, METHOD, compiled=True))
    method = Farrington(year_weeks=YEAR, bound=bound, dispersion="r_compat")
    reference = farrington(counts, method)
    theirs, alarms = _chances(reference), reference.alarms[:, 0]
    error = _paired_error(ours, theirs, hit, groups, alarms)
    shares = [_found(p, hit, groups, alarms) for p in (ours, theirs)]
    return shares[0], shares[1], error, float(100 * alarms[~hit].mean())


def _chances(watch: Any) -> Any:
    """Return p where there were enough cases for an alarm, else 1."""
    p = watch.p[:, 0]
    return np.where((watch.enough[:, 0] == 1) & ~np.isnan(p), p, 1.0)


def _paired_error(mine: Any, other: Any, hit: Any, groups: Any, alarms: Any) -> float:
    """Return the standard error of the difference in points: series drawn again, by scenario."""
    rng = np.random.default_rng(SEED)
    each = len(groups) // 42
    differences = []
    for _ in range(100):
        drawn = (np.arange(42)[:, None] * each + rng.integers(0, each, (42, each))).ravel()
        again = (hit[drawn], groups[drawn], alarms[drawn])
        differences.append(_found(mine[drawn], *again) - _found(other[drawn], *again))
    return float(np.std(differences))


def _cold(compiled: bool) -> float:  # noqa: FBT001
    code = COLD.format(", compiled=True" if compiled else "")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return float(done.stdout)


def _reference(counts: Any, bound: str, periods: int, skip: int) -> float | None:
    """Return R's processor time a point in microseconds, or None where R is not there."""
    if shutil.which("Rscript") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        path, code = Path(folder) / "counts.csv", Path(folder) / "run.R"
        np.savetxt(path, counts.T, fmt="%d", delimiter=",")
        code.write_text(R_CODE)
        asked = ["Rscript", "--vanilla", str(code), str(path), bound, str(periods), str(skip)]
        done = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=R_ALONE)
    return float(done.stdout) / len(counts) * 1e6 if done.returncode == 0 else None


def _speed(report: Callable[..., None]) -> None:
    report("cold start, one series, no compiler", _cold(compiled=False), "s")
    report("cold start, compiled loops from disk", _cold(compiled=True), "s")
    rng = np.random.default_rng(SEED + 3)
    counts, _ = _mixed(42 * 200, 0.0, rng)
    few = counts[:: max(1, len(counts) // scaled(R_SERIES, least=42))]
    delta = _reference(few, "delta", 1, 3)
    plug_in = _reference(few, "nbPlugin", 10, 26)
    says = "stored" if plug_in is None else "same run"
    report("R ran", float(plug_in is not None), "yes or no", series=len(few))
    for name, method, peer in (
        (
            "delta, 1 period",
            Farrington(year_weeks=YEAR, bound="delta", periods=1, skip=3),
            delta or R_DELTA,
        ),
        (
            "nbPlugin, 10 periods",
            Farrington(year_weeks=YEAR, bound="nbPlugin"),
            plug_in or R_PLUG_IN,
        ),
        ("predictive, 10 periods", METHOD, plug_in or R_PLUG_IN),
    ):
        farrington(counts[:600], method, compiled=True)
        start = time.process_time()
        farrington(counts, method, compiled=True)
        each = (time.process_time() - start) / len(counts) * 1e6
        report(f"a point, one thread, {name}", each, "µs", R=peer, R_is=says)
        report(f"times faster than R, {name}", peer / each, "×", least=500, R_is=says)
    _million(report, np.tile(counts, (3, 1)))


def _million(report: Callable[..., None], counts: Any) -> None:
    rows = scaled(SPEED, least=20_000)
    turns = max(2, rows // len(counts))
    start, busy = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: farrington(counts, METHOD, compiled=True), range(turns)))
    each = SPEED / (turns * len(counts))
    took = (time.perf_counter() - start) * each
    busy = (time.process_time() - busy) * each
    report(
        "a week of a million series, two threads", took, "s", limit=15,
        measured_on=turns * len(counts), processor_seconds=busy,
    )  # fmt: skip
