"""
Continuous sampling: inspect all until i in a row are clear, then only a share.

Plans CSP-1, CSP-2, CSP-3 (Dodge; Dodge and Torrey), CSP-M (Lieberman and
Solomon) and CSP-T, all read as phases, each with the share inspected in it and
how often it is entered. What happens to what is found matters: a border
removes, it does not replace, so outgoing quality is stated by disposition. A
scheme with i of 3 to 10 is an incentive, not a quality bound: read ``aoq`` over
the plausible qualities rather than ``aoql``. Not for lots in a stock: see
``iso2859``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, Final, Literal, Protocol, overload

import numpy as np
import numpy.typing as npt

from guomen.core.sampling import columns
from guomen.core.sampling.csp_many import CSPlans, plans
from guomen.core.sampling.plan import InfeasiblePlan, InvalidQuestion, Source
from guomen.core.sampling.roots import root
from guomen.core.text import Text

Kind = Literal["CSP-1", "CSP-2", "CSP-3", "CSP-M", "CSP-T"]
Disposition = Literal["removed", "replaced", "left"]

KINDS: Final = ("CSP-1", "CSP-2", "CSP-3", "CSP-M", "CSP-T")
DISPOSITIONS: Final = ("removed", "replaced", "left")
CHECK_AFTER_FIND: Final = 4  # CSP-3: units inspected at once after one is found (Dodge & Torrey)
_TIGHTER_SHARES: Final = (1.0, 0.5, 0.25)  # CSP-T: f, f/2, f/4
_GRID: Final = 4000
_ALMOST_ONE: Final = 1.0 - 1e-6


class Draws(Protocol):
    """Uniform draws, as a NumPy generator gives them."""

    def random(self, size: int) -> npt.NDArray[np.float64]:
        """Return so many numbers in [0, 1)."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """One phase: the share inspected, and how many clear in a row end it (None: only a find)."""

    share: float
    clear: int | None
    on_clear: int | None
    on_find: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """The average outgoing quality limit and where it lies; None with the reason it has none."""

    aoql: float | None
    p_at: float | None
    reason: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a simulated run saw."""

    units: int
    inspected: int
    found: int
    passed_bad: int
    passed: int

    @property
    def afi(self) -> float:
        """Return the fraction inspected."""
        return self.inspected / self.units

    @property
    def aoq(self) -> float:
        """Return the outgoing fraction nonconforming."""
        return self.passed_bad / self.passed if self.passed else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CSPlan:
    """A continuous sampling plan with what becomes of the units found."""

    kind: Kind
    i: int
    f: float
    k: int | None
    levels: int
    disposition: Disposition
    sensitivity: float
    source: Source

    @property
    def phases(self) -> tuple[Phase, ...]:
        """Return the phases; the first is inspection of every unit."""
        return _PHASES[self.kind](self)

    def afi(self, p: npt.ArrayLike) -> Any:
        """Return the average fraction inspected when a fraction p is nonconforming."""
        inspected, passed = self._flow(p)
        return _like(p, np.real(inspected / (inspected + passed)))

    def aoq(self, p: npt.ArrayLike) -> Any:
        """Return the average outgoing fraction nonconforming."""
        return _like(p, np.real(self._aoq(np.atleast_1d(np.asarray(p, np.float64)))))

    def aoql(self) -> float | None:
        """Return the worst average outgoing quality over all p, or None if there is no bound."""
        return self.bound().aoql

    def bound(self) -> Bound:
        """Return the worst average outgoing quality, where it lies, or why there is none."""
        return _bound(self)

    def simulate(self, generator: Draws, p: float, *, units: int = 100_000) -> Run:
        """Run the plan over so many units drawn from the generator, and count."""
        _check_p(p)
        return _simulate(self, generator, p, units)

    def _aoq(self, p: npt.NDArray[Any]) -> npt.NDArray[Any]:
        inspected, passed = self._flow(p)
        bad = p * (passed + inspected * (1.0 - self.sensitivity))
        if self.disposition == "left":
            return p
        if self.disposition == "replaced":
            return np.asarray(bad / (inspected + passed))
        out = inspected + passed - p * self.sensitivity * inspected
        empty = out == 0
        return np.where(empty, 0.0, bad / np.where(empty, 1.0, out))

    def _flow(self, p: npt.ArrayLike) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        """Return units inspected and units passed unseen, per unit of stationary time."""
        level = np.atleast_1d(np.asarray(p))
        if level.dtype.kind != "c":
            level = level.astype(np.float64)
            _check_p(level)
        seen = level * self.sensitivity
        inspected = _WEIGHTS[self.kind](self, seen)
        shares = [phase.share for phase in self.phases]
        total = sum(inspected)
        unseen = sum(w * (1.0 / share - 1.0) for w, share in zip(inspected, shares, strict=True))
        return np.asarray(total), np.asarray(unseen)


def _like(p: npt.ArrayLike, found: npt.NDArray[Any]) -> Any:
    return float(found[0]) if np.ndim(p) == 0 else found


def _check_p(p: Any) -> None:
    if not np.all((np.asarray(p) >= 0.0) & (np.asarray(p) <= 1.0)):
        raise InvalidQuestion("a fraction nonconforming lies within 0 and 1")


@overload
def plan(
    kind: Kind, *, i: int, f: float, k: int | None = ..., levels: int = ...,
    disposition: Disposition = ..., sensitivity: float = ...,
) -> CSPlan: ...  # fmt: skip
@overload
def plan(
    kind: Kind, *, i: Any, f: Any, k: Any = ..., levels: Any = ...,
    disposition: Disposition = ..., sensitivity: Any = ...,
) -> CSPlans: ...  # fmt: skip


def plan(
    kind: Kind,
    *,
    i: Any,
    f: Any,
    k: Any = None,
    levels: Any = 2,
    disposition: Disposition = "removed",
    sensitivity: Any = 1.0,
) -> CSPlan | CSPlans:
    """
    Return a continuous sampling plan; arrays give ``CSPlans``.

    `k` is the spacing of CSP-2 and CSP-3 (by default i), `levels` the number of sampling levels
    f, f squared, ... of CSP-M. Sources: Dodge (1943); Dodge and Torrey (1951); Lieberman and
    Solomon (1955); MIL-STD-1235.

    >>> scheme = plan("CSP-1", i=5, f=0.25)
    >>> round(scheme.afi(0.05), 6)
    0.301083

    :raises InvalidQuestion: if an argument is outside its range
    """
    if kind not in KINDS or disposition not in DISPOSITIONS:
        raise InvalidQuestion(
            f"kind is one of {', '.join(KINDS)} and disposition one of {', '.join(DISPOSITIONS)}",
            kind=kind,
            disposition=disposition,
        )
    if columns.is_many(i, f, k, levels, sensitivity):
        return plans(
            partial(plan, kind, disposition=disposition), f, i=columns.whole("i", i),
            k=i if k is None else columns.whole("k", k), levels=columns.whole("levels", levels),
            sensitivity=columns.decimals(sensitivity),
        )  # fmt: skip
    counts = (i, 1 if k is None else k, levels)
    if min(counts) < 1 or not 0.0 < f <= 1.0 or not 0.0 <= sensitivity <= 1.0:
        raise InvalidQuestion(
            "i, k and levels are at least 1, f lies within (0, 1] and sensitivity within [0, 1]"
        )
    spaced = kind in ("CSP-2", "CSP-3")
    return CSPlan(
        kind=kind, i=i, f=f, k=(i if k is None else k) if spaced else None, levels=levels,
        disposition=disposition, sensitivity=sensitivity,
        source=Source(
            standard=_SOURCES[kind][0], edition=_SOURCES[kind][1], clause=kind, evidence="computed"
        ),
    )  # fmt: skip


_SOURCES: Final = {
    "CSP-1": ("Dodge, Annals of Mathematical Statistics 14", "1943"),
    "CSP-2": ("Dodge and Torrey, Industrial Quality Control 7", "1951"),
    "CSP-3": ("Dodge and Torrey, Industrial Quality Control 7", "1951"),
    "CSP-M": ("Lieberman and Solomon, Annals of Mathematical Statistics 26", "1955"),
    "CSP-T": ("MIL-STD-1235", "B"),
}


# ------------------------------------------------------------------------------- phases and moves


def _csp1(asked: CSPlan) -> tuple[Phase, ...]:
    return (
        Phase(share=1.0, clear=asked.i, on_clear=1, on_find=0),
        Phase(share=asked.f, clear=None, on_clear=None, on_find=0),
    )


def _csp2(asked: CSPlan) -> tuple[Phase, ...]:
    return (
        Phase(share=1.0, clear=asked.i, on_clear=1, on_find=0),
        Phase(share=asked.f, clear=None, on_clear=None, on_find=2),
        Phase(share=asked.f, clear=asked.k, on_clear=1, on_find=0),
    )


def _csp3(asked: CSPlan) -> tuple[Phase, ...]:
    return (
        Phase(share=1.0, clear=asked.i, on_clear=1, on_find=0),
        Phase(share=asked.f, clear=None, on_clear=None, on_find=2),
        Phase(share=1.0, clear=CHECK_AFTER_FIND, on_clear=3, on_find=0),
        Phase(share=asked.f, clear=asked.k, on_clear=1, on_find=0),
    )


def _cspm(asked: CSPlan) -> tuple[Phase, ...]:
    middle = tuple(
        Phase(share=asked.f**level, clear=asked.i, on_clear=level + 1, on_find=level - 1)
        for level in range(1, asked.levels)
    )
    top = asked.levels
    return (
        Phase(share=1.0, clear=asked.i, on_clear=1, on_find=0),
        *middle,
        Phase(share=asked.f**top, clear=None, on_clear=None, on_find=top - 1),
    )


def _cspt(asked: CSPlan) -> tuple[Phase, ...]:
    shares = [asked.f * part for part in _TIGHTER_SHARES]
    return (
        Phase(share=1.0, clear=asked.i, on_clear=1, on_find=0),
        Phase(share=shares[0], clear=asked.i, on_clear=2, on_find=0),
        Phase(share=shares[1], clear=asked.i, on_clear=3, on_find=0),
        Phase(share=shares[2], clear=None, on_clear=None, on_find=0),
    )


_PHASES: Final[dict[str, Callable[[CSPlan], tuple[Phase, ...]]]] = {
    "CSP-1": _csp1, "CSP-2": _csp2, "CSP-3": _csp3, "CSP-M": _cspm, "CSP-T": _cspt,
}  # fmt: skip


# Units inspected in each phase, up to a common factor: (visits) x (1 - q**clear). With s = q**i
# the chance to leave full inspection, flows between phases balance; all are multiplied by s (and
# powers of it) so that nothing overflows when s is tiny.


def _clear_chance(seen: Any, run: int) -> tuple[Any, Any]:
    """Return q**run and 1 - q**run without loss of digits; complex p allowed for derivatives."""
    with np.errstate(divide="ignore", invalid="ignore"):
        log = run * np.log1p(-seen)
        return np.exp(log), -np.expm1(log)


def _weights1(asked: CSPlan, seen: Any) -> list[Any]:
    s, rest = _clear_chance(seen, asked.i)
    return [rest, s]


def _weights2(asked: CSPlan, seen: Any) -> list[Any]:
    s, rest = _clear_chance(seen, asked.i)
    _, broken = _clear_chance(seen, asked.k or asked.i)
    return [rest * broken, s, s * broken]


def _weights3(asked: CSPlan, seen: Any) -> list[Any]:
    s, rest = _clear_chance(seen, asked.i)
    four, not_four = _clear_chance(seen, CHECK_AFTER_FIND)
    _, broken = _clear_chance(seen, asked.k or asked.i)
    return [rest * (not_four + four * broken), s, s * not_four, s * four * broken]


def _weights_m(asked: CSPlan, seen: Any) -> list[Any]:
    s, rest = _clear_chance(seen, asked.i)
    top = asked.levels
    # visits: v0 s = v1 rest, ..., v(top-1) s = v(top); times rest**(top-1)
    below = [s**level * rest ** (top - level) for level in range(top)]
    return [*below, s**top]


def _weights_t(asked: CSPlan, seen: Any) -> list[Any]:
    s, rest = _clear_chance(seen, asked.i)
    return [rest, s * rest, s**2 * rest, s**3]


_WEIGHTS: Final[dict[str, Callable[[CSPlan, Any], list[Any]]]] = {
    "CSP-1": _weights1, "CSP-2": _weights2, "CSP-3": _weights3, "CSP-M": _weights_m,
    "CSP-T": _weights_t,
}  # fmt: skip


# ------------------------------------------------------------------------------------------ AOQL


@lru_cache(maxsize=4096)
def _bound(asked: CSPlan) -> Bound:
    """Find the maximum of AOQ over p: a grid finds the hill, the derivative its top."""
    if asked.disposition == "left":
        return Bound(aoql=None, p_at=None, reason=Text(
            zh="发现的不合格品留在批中，输出质量等于输入质量，没有上限。",
            en="Units found are left in, so outgoing quality equals incoming: there is no limit.",
        ))  # fmt: skip
    if asked.disposition == "removed" and asked.sensitivity < 1.0:
        return Bound(aoql=None, p_at=None, reason=Text(
            zh="检验会漏检而发现者被剔除：来料越差，放行者中不合格的比例越趋近 1，没有上限。",
            en="Inspection overlooks some and removes what it finds: as incoming quality worsens, "
            "what leaves tends to be all nonconforming, so there is no limit.",
        ))  # fmt: skip
    grid = np.concatenate([np.geomspace(1e-9, 1e-2, _GRID // 2), np.linspace(1e-2, 1, _GRID)[1:]])
    values = np.real(asked._aoq(grid))
    top = int(np.argmax(values))
    if top == len(grid) - 1:
        return Bound(aoql=float(values[top]), p_at=1.0)

    def slope(p: float) -> float:
        step = 1e-30
        return float(np.imag(asked._aoq(np.array([complex(p, step)]))[0]) / step)

    rising = slope(_ALMOST_ONE)
    if rising > 0.0:  # i = 1: the worst is approached as everything turns bad
        return Bound(aoql=float(asked.aoq(_ALMOST_ONE)) + rising * (1 - _ALMOST_ONE), p_at=1.0)
    p_at = root(slope, float(grid[max(top - 1, 0)]), float(grid[top + 1]))
    return Bound(aoql=float(asked.aoq(p_at)), p_at=p_at)


@overload
def qualify(
    aoql: float, *, f: float, kind: Kind = ..., disposition: Disposition = ...
) -> CSPlan: ...
@overload
def qualify(aoql: Any, *, f: Any, kind: Kind = ..., disposition: Disposition = ...) -> CSPlans: ...


def qualify(
    aoql: Any, *, f: Any, kind: Kind = "CSP-1", disposition: Disposition = "removed"
) -> CSPlan | CSPlans:
    """
    Return the plan with the least i whose outgoing quality limit is at most `aoql`.

    Arrays give ``CSPlans``, with i = -1 where no run length holds the limit.

    :raises InfeasiblePlan: if even a very long run does not hold it
    :raises InvalidQuestion: if `aoql` is not between 0 and 1
    """
    if columns.is_many(aoql, f):
        ask: Any = partial(qualify, kind=kind, disposition=disposition)
        return plans(ask, f, aoql=columns.decimals(aoql))
    if not 0.0 < aoql < 1.0:
        raise InvalidQuestion(f"an outgoing quality limit lies between 0 and 1, not {aoql}")

    def holds(i: int) -> bool:
        found = plan(kind, i=i, f=f, disposition=disposition).aoql()
        return found is not None and found <= aoql

    low, high = 0, 1
    while not holds(high):
        low, high = high, high * 2
        if high > 2**24:
            raise InfeasiblePlan(
                f"no run length holds an outgoing quality of {aoql:g} with disposition "
                f"{disposition!r}; remove or replace what is found, or inspect all",
                best_confidence=None,
            )
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    found: CSPlan = plan(kind, i=high, f=f, disposition=disposition)
    return found


# -------------------------------------------------------------------------------------- simulate


def _simulate(asked: CSPlan, generator: Draws, p: float, units: int) -> Run:
    """Walk the phases unit by unit."""
    bad = generator.random(units) < p
    picked = generator.random(units)
    noticed = bad & (generator.random(units) < asked.sensitivity)
    phases = asked.phases
    at = run = inspected = found = 0
    for unit in range(units):
        phase = phases[at]
        if picked[unit] >= phase.share:
            continue
        inspected += 1
        run += 1
        if noticed[unit]:
            found += 1
            at, run = phase.on_find, 0
        elif run == phase.clear and phase.on_clear is not None:
            at, run = phase.on_clear, 0
    bad_total = int(bad.sum())
    gone = found if asked.disposition == "removed" else 0
    kept_bad = bad_total if asked.disposition == "left" else bad_total - found
    return Run(
        units=units, inspected=inspected, found=found, passed_bad=kept_bad, passed=units - gone
    )
