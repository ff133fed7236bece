"""
A hundred thousand lots: plans, exact detection samples, designs and a budget, beside the peers.

Peers that install run in the same process on the same lots: `garment-aql-calculator` for the
cells it has right, SciPy by bisection for detection (on a sample, scaled, and said so). The peers
in R that make plans from two risk points do not install here. Run alone with
`python -m bench.sampling`.
"""

from __future__ import annotations

import sys
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.stats import hypergeom

from bench.measure import peak_mib
from guomen.core.sampling import (
    Beta,
    Hazard,
    Histories,
    SwitchState,
    allocate,
    design,
    iso2859,
    iso2859_2,
    ispm31,
    recommend,
    replay,
    warm,
)  # fmt: skip
from guomen.core.text import Text

LOTS, SCIPY_SAMPLE, SEED, REPEATS = 100_000, 300, 20120524, 5
PEER_AQLS = (0.65, 1.0, 1.5, 2.5, 4.0, 6.5)


def best(call: Callable[[], Any], repeats: int = REPEATS) -> float:
    """Return the shortest of several runs, in seconds: the machine is shared."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def peak(call: Callable[[], Any]) -> float:
    """Return the most memory that a call allocates through Python and NumPy, in MiB."""
    tracemalloc.start()
    call()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most / 2**20


def lots() -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return lot sizes from 2 to a million, even on the logarithm."""
    rng = np.random.default_rng(SEED)
    return np.exp(rng.uniform(np.log(2), np.log(1e6), LOTS)).astype(np.int64)


def run(report: Callable[..., None]) -> None:
    """Measure and report every figure."""
    sizes = lots()
    _tables(sizes, report)
    _detection(sizes, report)
    _designs(report)
    _columns(sizes, report)
    _budget(sizes, report)
    most = peak_mib()
    report("sampling: memory of the whole run", most, "MiB")


def _tables(sizes: Any, report: Callable[..., None]) -> None:
    rng = np.random.default_rng(SEED + 1)
    aql = np.array(PEER_AQLS)[rng.integers(0, len(PEER_AQLS), LOTS)]

    def ours() -> Any:
        return iso2859.single(sizes, level="II", aql_percent=aql, state="normal")

    plans = ours()
    seconds = best(ours)
    report("AQL plan look-up", seconds * 1e3, "ms", lots=LOTS, target=5, memory=peak(ours))
    one = best(lambda: [iso2859.single(1000 + i) for i in range(1000)])
    report("AQL plan, one lot", one * 1e3, "µs")
    try:
        from garment_aql_calculator import calculate_aql
    except ImportError:
        report("AQL plan look-up, garment-aql-calculator", float("nan"), "ms", note="not installed")
        return
    questions = list(zip(sizes.tolist(), aql.tolist(), strict=True))
    start = time.perf_counter()
    theirs = [calculate_aql(lot, "GII", value) for lot, value in questions]
    peer = time.perf_counter() - start
    numbers = [(row["sample_size"], _accept(row)) for row in theirs]
    right = sum(
        pair == own for pair, own in zip(numbers, zip(plans.n, plans.ac, strict=True), strict=True)
    )
    report(
        "AQL plan look-up, garment-aql-calculator", peer * 1e3, "ms", ratio=peer / seconds,
        right=right / LOTS,
    )  # fmt: skip


def _accept(row: dict[str, Any]) -> int:
    return int(next(value for name, value in row.items() if "accept" in name.lower()))


def _detection(sizes: Any, report: Callable[..., None]) -> None:
    rng = np.random.default_rng(SEED + 2)
    level = rng.choice([0.001, 0.005, 0.01, 0.02, 0.05], LOTS)

    def ours() -> Any:
        return ispm31.sample_size(sizes, level, 0.95)

    def overlooking() -> Any:
        return ispm31.sample_size(sizes, level, 0.95, sensitivity=0.8)

    plain = ours() if "guomen.core.sampling.compiled" not in sys.modules else None
    if plain is not None:
        report("exact ISPM 31 n, NumPy", best(ours) * 1e3, "ms", lots=LOTS, target=400)
        report("exact ISPM 31 n, sensitivity 0.8, NumPy", best(overlooking, 2) * 1e3, "ms")
    start = time.perf_counter()
    compiled = warm()
    report("compiling the loops, once", time.perf_counter() - start, "s", numba=compiled)
    fast = ours()
    seconds = best(ours)
    same = plain is None or bool((fast.n == plain.n).all())
    report("exact ISPM 31 n, Numba", seconds * 1e3, "ms", lots=LOTS, target=50, same=same,
           memory=peak(ours))  # fmt: skip
    report("exact ISPM 31 n, sensitivity 0.8, Numba", best(overlooking) * 1e3, "ms", lots=LOTS)
    one = best(lambda: [ispm31.sample_size(1000 + i, 0.01) for i in range(1000)])
    report("exact ISPM 31 n, one lot", one * 1e3, "µs")
    _scipy(fast, seconds, report)


def _scipy(fast: Any, seconds: float, report: Callable[..., None]) -> None:
    """Do the same by bisection on SciPy's distribution, on a sample of the lots."""
    rows = np.flatnonzero(fast.feasible)[:: max(1, int(fast.feasible.sum()) // SCIPY_SAMPLE)]
    start = time.perf_counter()
    found = [_bisect(int(fast.lot[i]), int(fast.infested[i])) for i in rows]
    peer = (time.perf_counter() - start) * LOTS / len(rows)
    agree = float(np.mean(np.array(found) == fast.n[rows]))
    report(
        "exact ISPM 31 n, SciPy bisection", peer * 1e3, "ms", scaled_from=len(rows),
        ratio=peer / seconds, agree=agree,
    )  # fmt: skip


def _bisect(lot: int, infested: int) -> int:
    low, high = 0, lot
    while high - low > 1:
        middle = (low + high) // 2
        if hypergeom.pmf(0, lot, infested, middle) <= 0.05:
            high = middle
        else:
            low = middle
    return high


def _designs(report: Callable[..., None]) -> None:
    rng = np.random.default_rng(SEED + 3)
    p1 = rng.uniform(0.001, 0.02, LOTS)
    p2 = p1 * rng.uniform(3, 10, LOTS)

    def ours() -> Any:
        return design.two_point(p1, 0.05, p2, 0.10)

    seconds = best(ours, 3)
    report("two-risk-point plans", seconds * 1e3, "ms", plans=LOTS, target=1000, memory=peak(ours))


def _columns(sizes: Any, report: Callable[..., None]) -> None:
    rng = np.random.default_rng(SEED + 5)
    aql = np.array(PEER_AQLS)[rng.integers(0, len(PEER_AQLS), LOTS)]
    seconds = best(lambda: iso2859.double(sizes, aql_percent=aql, edition="105E"))
    report("double plans", seconds * 1e3, "ms", lots=LOTS, target=100)
    some = sizes[:10_000]
    seconds = best(lambda: iso2859_2.plan(some, lq_percent=5.0), 2)
    report("limiting quality plans", seconds * 1e3, "ms", lots=len(some))
    name = Text(zh="样例", en="Sample")
    hazards = [Hazard(kind="pest", name=name, level=0.01), Hazard(kind="quality", name=name)]
    states = [None, SwitchState(), SwitchState(inspection="tightened")]
    mixed = [hazards[i] for i in rng.integers(0, len(hazards), len(some))]
    past = [states[i] for i in rng.integers(0, len(states), len(some))]
    seconds = best(lambda: recommend(some, hazard=mixed, history=past), 2)
    report("recommended plans", seconds * 1e3, "ms", lots=len(some), target=2000)
    lots_of = Histories(
        series=rng.integers(0, 3000, LOTS), lot=sizes, nonconforming=rng.poisson(0.4, LOTS),
        steady=True, approved=True,
    )  # fmt: skip
    seconds = best(lambda: replay(lots_of, aql_percent=1.0), 2)
    report("switching replayed", seconds * 1e3, "ms", lots=LOTS, series=3000)


def _budget(sizes: Any, report: Callable[..., None]) -> None:
    rng = np.random.default_rng(SEED + 4)
    loss = rng.lognormal(5, 2, LOTS)
    prior = Beta(a=1, b=20)

    def ours() -> Any:
        return allocate(sizes, 1_000_000, loss=loss, prior=prior)

    found = ours()
    equal = np.minimum(np.full(LOTS, 10), sizes)
    from guomen.core.sampling.allocate import expected_loss

    left = float(expected_loss(loss, equal, prior).sum()) / found.expected_loss
    report("budget over lots", best(ours) * 1e3, "ms", lots=LOTS, units=1_000_000, target=100,
           equal_shares_leave=left, memory=peak(ours))  # fmt: skip


def _print(name: str, value: float, unit: str, **more: Any) -> None:
    extra = ", ".join(f"{k} {v:.4g}" if isinstance(v, float) else f"{k} {v}"
                      for k, v in more.items())  # fmt: skip
    print(f"{name:<45}{value:>12.3f} {unit:<4} {extra}")


if __name__ == "__main__":
    run(_print)
