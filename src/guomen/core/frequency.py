"""
How often goods are opened: the share of lots under the law, and continuous sampling.

Rates are chances of selection in parts per million. Continuous sampling (Dodge's CSP-1, 1943, and
the CSP-3 of Dodge and Torrey, 1951) is kept as a state that is folded over results in the order
of the ledger, so that anyone can replay it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import ClassVar

from guomen.core.errors import GuomenError
from guomen.core.text import Text

MILLION = 1_000_000


class PlanKind(StrEnum):
    """Which continuous sampling plan is followed."""

    NONE = "none"
    CSP1 = "csp1"
    CSP3 = "csp3"


class Phase(StrEnum):
    """Where continuous sampling stands."""

    NONE = "none"
    SCREENING = "screening"
    SAMPLING = "sampling"
    GUARD = "guard"
    WATCH = "watch"


PHASE_NAMES = {
    Phase.NONE: Text(zh="不适用", en="none"),
    Phase.SCREENING: Text(zh="逐批检验", en="every lot"),
    Phase.SAMPLING: Text(zh="抽批检验", en="a share of lots"),
    Phase.GUARD: Text(zh="不合格后连续四批", en="four lots after a failure"),
    Phase.WATCH: Text(zh="观察期", en="watch after a failure"),
}


class Finding(StrEnum):
    """What the check of one lot showed, for the purpose of continuous sampling."""

    CONFORM = "conform"
    NONCONFORM = "nonconform"
    UNKNOWN = "unknown"


class SamplingPlanError(GuomenError):
    """A continuous sampling plan cannot be followed."""

    code: ClassVar[str] = "frequency.plan"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContinuousPlan:
    """
    A continuous sampling plan.

    ``clearance`` (i) lots in a row must conform before only ``fraction_ppm`` (f) are opened.
    CSP-3 answers a first failure by opening the next ``guard`` lots (four in the paper) and goes
    back to every lot only if another fails among them or within the next i lots opened.
    """

    kind: PlanKind
    clearance: int
    fraction_ppm: int
    guard: int = 4

    def __post_init__(self) -> None:
        """
        Refuse a plan without meaning.

        :raises SamplingPlanError: if the clearance number or the fraction is out of range
        """
        if self.clearance < 1 or not 0 < self.fraction_ppm <= MILLION or self.guard < 1:
            raise SamplingPlanError(
                "a continuous plan needs a clearance number and a guard of at least 1 and a "
                f"fraction between 0 and 1; got i={self.clearance}, "
                f"f={self.fraction_ppm} ppm, guard={self.guard}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class ContinuousState:
    """
    Where continuous sampling stands for one enterprise and product.

    ``run`` counts conforming lots opened since the phase began; ``version`` counts the results
    folded in, so that a decision can say on which state it stood.
    """

    kind: PlanKind
    phase: Phase = Phase.SCREENING
    run: int = 0
    version: int = 0


def start(plan: ContinuousPlan) -> ContinuousState:
    """Return the state before the first result: every lot is opened."""
    phase = Phase.NONE if plan.kind is PlanKind.NONE else Phase.SCREENING
    return ContinuousState(kind=plan.kind, phase=phase)


def after(state: ContinuousState, finding: Finding, *, plan: ContinuousPlan) -> ContinuousState:
    """
    Return the state after the check of one lot.

    An unknown finding never counts towards clearance and never opens more lots: it only moves
    the version, so that the history stays complete.

    >>> plan = ContinuousPlan(kind=PlanKind.CSP1, clearance=2, fraction_ppm=100_000)
    >>> fold([Finding.CONFORM, Finding.CONFORM], plan=plan).phase.value
    'sampling'
    """
    moved = replace(state, version=state.version + 1)
    if state.phase is Phase.NONE or finding is Finding.UNKNOWN:
        return moved
    if finding is Finding.NONCONFORM:
        first_of_csp3 = plan.kind is PlanKind.CSP3 and state.phase is Phase.SAMPLING
        return replace(moved, phase=Phase.GUARD if first_of_csp3 else Phase.SCREENING, run=0)
    return _conformed(replace(moved, run=state.run + 1), plan)


def _conformed(state: ContinuousState, plan: ContinuousPlan) -> ContinuousState:
    needed, following = {
        Phase.SCREENING: (plan.clearance, Phase.SAMPLING),
        Phase.GUARD: (plan.guard, Phase.WATCH),
        # The guard's lots count towards the i lots that must conform before the failure is past.
        Phase.WATCH: (max(plan.clearance - plan.guard, 1), Phase.SAMPLING),
        Phase.SAMPLING: (0, Phase.SAMPLING),
    }[state.phase]
    if state.run < needed:
        return state
    return replace(state, phase=following, run=0)


def fold(
    findings: Iterable[Finding], *, plan: ContinuousPlan, state: ContinuousState | None = None
) -> ContinuousState:
    """Replay findings in ledger order from a state, or from the start."""
    current = start(plan) if state is None else state
    for finding in findings:
        current = after(current, finding, plan=plan)
    return current
