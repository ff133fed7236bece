"""
The least sample that detects, for many lots at once: NumPy, or compiled loops.

The compiled loops are used once ``warm`` was called, or for so many lots that
compiling pays; both ways give the same numbers, because near ties are settled
with whole numbers. Not for direct use: see ``ispm31``.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln

from guomen.core.sampling import exact, kernels

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

# A risk met exactly in whole numbers must not be missed by the last binary digit.
TIE: Final = 1.0 + 1e-11
_COMPILED: Final = "guomen.core.sampling.compiled"
# Importing and compiling costs about two seconds; below this many lots NumPy is done sooner.
_COMPILE_FROM: Final = 1_000_000


def warm() -> bool:
    """Compile the loops now, so that no lot waits; tell whether Numba is there to do it."""
    if find_spec("numba") is None:
        return False
    import_module(_COMPILED).warm()
    return True


def _compiled(size: int) -> Any:
    """Return the compiled loops when they are loaded or worth loading, else None."""
    loaded = sys.modules.get(_COMPILED)
    if loaded is None and size >= _COMPILE_FROM and find_spec("numba") is not None:
        loaded = import_module(_COMPILED)
    return loaded


def least_n(lot: Ints, infested: Ints, conf: Floats, sensitivity: Floats) -> Ints:
    """
    Return the least n for each lot whose demand can be met by inspecting it whole.

    All arrays have one length; ``1 <= infested <= lot``.
    """
    slip = 1.0 - sensitivity
    n = np.empty(lot.shape, np.int64)
    near = np.zeros(lot.shape, np.bool_)
    sure = slip <= 0.0
    for rows, imperfect in ((np.flatnonzero(sure), False), (np.flatnonzero(~sure), True)):
        if rows.size:
            part = (lot[rows], infested[rows], 1.0 - conf[rows])
            n[rows], near[rows] = _imperfect(*part, slip[rows]) if imperfect else _perfect(*part)
    for i in np.flatnonzero(near):
        n[i] = exact.least_n(
            int(lot[i]), int(infested[i]), int(n[i]), slip=float(slip[i]), miss_of=float(conf[i])
        )
    return n


def _perfect(lot: Ints, infested: Ints, miss: Floats) -> tuple[Ints, Flags]:
    compiled = _compiled(lot.size)
    if compiled is None:
        return perfect_numpy(lot, infested, miss)
    n, near = np.empty(lot.shape, np.int64), np.empty(lot.shape, np.bool_)
    compiled.perfect(lot, infested, miss, n, near)
    return n, near


def _imperfect(lot: Ints, infested: Ints, miss: Floats, slip: Floats) -> tuple[Ints, Flags]:
    compiled = _compiled(lot.size * 5)  # the NumPy way is slower here, so compiling pays sooner
    if compiled is None:
        return imperfect_numpy(lot, infested, miss, slip)
    n, near = np.empty(lot.shape, np.int64), np.empty(lot.shape, np.bool_)
    compiled.imperfect(lot, infested, miss, slip, n, near)
    return n, near


def perfect_numpy(lot: Ints, infested: Ints, miss: Floats) -> tuple[Ints, Flags]:
    """Search as ``kernels.least_n_perfect`` does, for arrays."""
    last = lot - infested + 1
    start = np.ceil((1.0 - miss ** (1.0 / infested)) * (lot - 0.5 * (infested - 1)))
    taken = np.clip(start.astype(np.int64), 1, last) - 1
    before = np.exp(log_miss_perfect(lot, infested, taken))
    while True:  # the start is exact or one too many, so this runs once or twice
        rows = np.flatnonzero((taken > 0) & (before <= miss))
        if not rows.size:
            break
        t = taken[rows]
        before[rows] *= (lot[rows] - t + 1) / (lot[rows] - infested[rows] - t + 1)
        taken[rows] -= 1
    here = before * (lot - infested - taken) / (lot - taken)
    while True:
        rows = np.flatnonzero(here > miss)
        if not rows.size:
            break
        taken[rows] += 1
        t = taken[rows]
        before[rows] = here[rows]
        here[rows] *= (lot[rows] - infested[rows] - t) / (lot[rows] - t)
    tolerance = miss * (kernels.NEAR + 4e-15 * lot * np.log(lot))
    near = (np.abs(before - miss) <= tolerance) | (np.abs(here - miss) <= tolerance)
    return taken + 1, near


def log_miss_perfect(lot: Ints, infested: Ints, n: Ints) -> Floats:
    """Return log C(N-D, n) / C(N, n); minus infinity when the sample must hit."""
    terms, other = np.minimum(n, infested), np.maximum(n, infested)
    possible = lot - infested - n >= 0
    short = terms <= kernels.PRODUCT_TERMS
    out = np.full(lot.shape, -np.inf)
    rows = np.flatnonzero(possible & ~short)
    if rows.size:
        t = terms[rows].astype(np.float64)
        first = (lot - other)[rows] - t + 1.0
        out[rows] = log_gamma_rise(first, t) - log_gamma_rise(lot[rows] - t + 1.0, t)
    rows = np.flatnonzero(possible & short)
    if rows.size:
        out[rows] = _log_product(lot[rows], other[rows], terms[rows])
    return out


def _log_product(lot: Ints, other: Ints, terms: Ints) -> Floats:
    """Sum log((N - M - j) / (N - j)) over j < terms, longest rows first so that slices do."""
    order = np.argsort(-terms, kind="stable")
    whole, rest = lot[order].astype(np.float64), (lot - other)[order].astype(np.float64)
    length = terms[order]
    piece = np.ones(lot.shape)
    total = np.zeros(lot.shape)
    for j in range(int(length[0])):
        live = int(np.searchsorted(-length, -j, side="left"))
        piece[:live] *= (rest[:live] - j) / (whole[:live] - j)
        if j % 16 == 15:  # 16 factors of at least 1e-18 stay within a double
            total += np.log(piece)
            piece[:] = 1.0
    total += np.log(piece)
    out = np.empty(lot.shape)
    out[order] = total
    return out


def log_miss(lot: Ints, infested: Ints, n: Ints, slip: Floats) -> Floats:
    """
    Return log P(no detection) by a sample of n when a unit slips through with chance `slip`.

    Sums positive terms only, from the least possible number of infested units in the sample.
    """
    start = np.maximum(0, n + infested - lot)
    value = np.empty(lot.shape)
    rows = np.flatnonzero(start == 0)
    value[rows] = log_miss_perfect(lot[rows], infested[rows], n[rows])
    rows = np.flatnonzero(start > 0)
    if rows.size:
        a, d, t, x = lot[rows], infested[rows], n[rows], start[rows]
        with np.errstate(divide="ignore"):
            slipped = x * np.log(slip[rows])
        value[rows] = (
            gammaln(d + 1.0) - gammaln(x + 1.0) - gammaln(d - x + 1.0)
            - gammaln(a + 1.0) + gammaln(t + 1.0) + gammaln(a - t + 1.0) + slipped
        )  # fmt: skip
    return value + _log_ratio_sum(lot, infested, n, slip, start)


def _log_ratio_sum(
    lot: Ints, infested: Ints, n: Ints, slip: Floats, start: Ints, *, top: Ints | None = None
) -> Floats:
    """Return the log of the sum of terms from start to top over the first, kept within range."""
    total, term, shift = np.ones(lot.shape), np.ones(lot.shape), np.zeros(lot.shape)
    top = np.minimum(n, infested) if top is None else top
    live = np.flatnonzero((start < top) & (slip > 0))
    x = start.astype(np.float64)
    sound = (lot - infested - n).astype(np.float64)
    while live.size:
        at = x[live]
        step = slip[live] * (infested[live] - at) * (n[live] - at)
        term[live] *= step / ((at + 1.0) * (sound[live] + at + 1.0))
        x[live] += 1.0
        total[live] += term[live]
        big = live[total[live] > 1e250]
        shift[big] += np.log(total[big])
        term[big] /= total[big]
        total[big] = 1.0
        live = live[(x[live] < top[live]) & (term[live] >= 1e-18 * total[live])]
    return shift + np.log(total)


def imperfect_numpy(lot: Ints, infested: Ints, miss: Floats, slip: Floats) -> tuple[Ints, Flags]:
    """Search as ``kernels.least_n_imperfect`` does, for arrays."""
    low, high = np.zeros(lot.shape, np.int64), lot.copy()
    target = np.log(miss)
    thin = (1.0 - miss ** (1.0 / infested)) * (lot - 0.5 * (infested - 1)) / (1.0 - slip)
    guess = np.clip(np.ceil(np.minimum(thin, lot)).astype(np.int64), 1, lot)
    near = np.zeros(lot.shape, np.bool_)
    live = np.flatnonzero(high - low > 1)
    rounds = 0
    while live.size:
        n = np.clip(guess[live], low[live] + 1, high[live] - 1)
        value = log_miss(lot[live], infested[live], n, slip[live])
        gap = value - target[live]
        near[live] |= np.abs(gap) <= kernels.NEAR + 4e-15 * lot[live] * (1 + np.log(lot[live]))
        meets = gap <= 0
        high[live] = np.where(meets, n, high[live])
        low[live] = np.where(meets, low[live], n)
        rounds += 1
        seen = 1.0 - slip[live]
        newton = n + gap * (lot[live] - seen * n) / (infested[live] * seen)
        halves = (low[live] + high[live]) // 2
        newton = np.clip(newton, 0, lot[live])
        step = np.ceil(newton).astype(np.int64)
        step = np.where(step == n, np.where(meets, n - 1, n + 1), step)
        guess[live] = step if rounds <= 8 else halves
        live = live[high[live] - low[live] > 1]
    return high, near


def hypergeometric_chances(top: int, lot: int, bad: Ints, n: int) -> Floats:
    """Return P(x bad in a sample of n) for x = 0 .. top; shape (top + 1, len(bad))."""
    x = np.arange(top + 1, dtype=np.int64)[:, None]
    b = np.asarray(bad, np.int64)[None, :]
    possible = (x <= n) & (x <= b) & (n - x <= lot - b) & (b >= 0)
    safe_x, safe_b = np.where(possible, x, 0), np.where(possible, b, 0)
    log = _log_choose(safe_b, safe_x) + _log_choose(lot - safe_b, n - safe_x)
    log = log - _log_choose(np.asarray(lot), np.asarray(n))
    return np.where(possible, np.exp(log), 0.0)


def _log_choose(n: Any, k: Any) -> Any:
    k = np.minimum(k, n - k)
    return log_gamma_rise(n - k + 1.0, k) - gammaln(k + 1.0)


def log_gamma_rise(x: Any, a: Any) -> Any:
    """
    Return log gamma(x + a) - log gamma(x), with digits kept where x is large.

    Plain differences of log-gamma lose as many digits as x log x has.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        safe = np.maximum(x, 1.0)
        apart = (safe + a - 0.5) * np.log1p(a / safe) + a * (np.log(safe) - 1.0)
        return np.where(
            x < 10.0,
            gammaln(x + a) - gammaln(x),
            apart + _stirling_tail(safe + a) - _stirling_tail(safe),
        )


def _stirling_tail(z: Any) -> Any:
    square = z * z
    return (1 / 12 - (1 / 360 - (1 / 1260 - 1 / (1680 * square)) / square) / square) / z


def hypergeometric_at_most(c: Any, lot: Any, bad: Ints, n: Any) -> Floats:
    """Return P(at most c bad in a sample of n), by positive terms; arrays broadcast."""
    most, whole, found, size = np.broadcast_arrays(c, lot, bad, n)
    out = np.ones(found.shape)
    rows = np.nonzero(np.minimum(size, found) > most)
    if not rows[0].size:
        return out
    edge, a, b, t = (part[rows].astype(np.int64) for part in (most, whole, found, size))
    start = np.maximum(0, t + b - a)
    # The first term without slipping: log_miss_perfect where x starts at 0.
    value = np.full(b.shape, -np.inf)
    early = np.flatnonzero(start == 0)
    if early.size:
        value[early] = log_miss_perfect(a[early], b[early], t[early])
    late = np.flatnonzero((start > 0) & (start <= edge))
    if late.size:
        value[late] = (
            _log_choose(b[late], start[late])
            + _log_choose((a - b)[late], (t - start)[late])
            - _log_choose(a[late], t[late])
        )
    value += _log_ratio_sum(a, b, t, np.ones(b.shape), start, top=np.maximum(edge, start))
    out[rows] = np.exp(np.minimum(value, 0.0))
    return out


def least_n_at_most(ac: Any, lot: Ints, bad: Ints, risk: Any, *, start: Any = 1) -> Ints:
    """
    Return the least n from `start` on with P(at most ac bad) <= risk; lot + 1 where there is none.

    A chance that passes the risk by less than the last digits counts as meeting it.
    """
    edge, whole, found, limit, least = np.broadcast_arrays(ac, lot, bad, np.asarray(risk), start)
    low, high = least.astype(np.int64) - 1, whole.astype(np.int64)
    goal = limit * TIE
    fails = hypergeometric_at_most(edge, whole, found, high) > goal
    fails |= least > whole
    high = np.where(fails, whole + 1, high)
    live = np.nonzero(~fails & (high - low > 1))
    while live[0].size:
        middle = (low[live] + high[live]) // 2
        chance = hypergeometric_at_most(edge[live], whole[live], found[live], middle)
        meets = chance <= goal[live]
        low[live] = np.where(meets, low[live], middle)
        high[live] = np.where(meets, middle, high[live])
        still = high[live] - low[live] > 1
        live = tuple(part[still] for part in live)
    return high
