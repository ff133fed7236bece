"""
What a sampling plan is, where it comes from, and why one may not exist.

A plan is a value: how many units, how many nonconforming ones are borne, and
the clause that says so. Its behaviour (chance of acceptance, mean sample) is
in ``oc``. Not for choosing a plan: that is ``recommend``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, Protocol

from guomen.core.errors import GuomenError
from guomen.core.text import Text

# How sure the numbers are. "verified": equal to the published table in independent sources;
# "computed": follow exactly from a stated definition; "designed": ours, made to match a curve;
# "unverified": recalled, so they need an opt-in.
Evidence = Literal["verified", "computed", "designed", "unverified"]

Stage = tuple[int, int, int]
"""Sample size, acceptance number and rejection number of one stage (numbers are cumulative)."""


class InfeasiblePlan(GuomenError):
    """No plan meets the demand; ``data['best_confidence']`` is the most that can be had."""

    code: ClassVar[str] = "sampling.infeasible"


class UnverifiedTable(GuomenError):
    """The table asked for was never checked against the printed standard."""

    code: ClassVar[str] = "sampling.unverified-table"


class InvalidQuestion(GuomenError, ValueError):
    """An argument is outside its meaning; the sentence names it and the allowed range."""

    code: ClassVar[str] = "sampling.invalid-question"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The instrument behind a number, its edition, its clause, and how sure it is."""

    standard: str
    edition: str
    clause: str
    evidence: Evidence

    def cite(self) -> str:
        """Return the citation in one line."""
        return f"{self.standard}:{self.edition}, {self.clause} ({self.evidence})"


class Staged(Protocol):
    """Anything that can be read as one or more stages of attribute sampling."""

    @property
    def stages(self) -> tuple[Stage, ...]:
        """Return the stages in the order in which they are taken."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """
    A single sampling plan, with the question it answers.

    ``n`` is the number printed in the table; ``units`` is how many to take from this lot, which is
    the whole lot when the table asks for as many or more (ISO 2859-1, 10.1: inspect all).
    """

    n: int
    ac: int
    re: int
    source: Source
    letter: str | None = None
    code_letter: str | None = None
    followed_arrow: Literal["down", "up"] | None = None
    lot: int | None = None
    level: str | None = None
    aql_percent: float | None = None
    state: str | None = None

    @property
    def full_inspection(self) -> bool:
        """Tell whether the plan asks for every unit of the lot."""
        return self.lot is not None and self.n >= self.lot

    @property
    def units(self) -> int:
        """Return how many units to take from this lot."""
        return self.n if self.lot is None else min(self.n, self.lot)

    @property
    def stages(self) -> tuple[Stage, ...]:
        """Return the one stage."""
        return ((self.n, self.ac, self.re),)

    def accepts(self, nonconforming: int) -> bool:
        """Tell whether the lot is accepted with so many nonconforming units found."""
        return nonconforming <= self.ac

    def explain(self) -> Text:
        """Say in one sentence what to do."""
        if self.full_inspection:
            return Text(
                zh=f"全数检验 {self.lot} 件，不合格数不超过 {self.ac} 件接收。",
                en=f"Inspect all {self.lot} units; accept with at most {self.ac} nonconforming.",
            )
        return Text(
            zh=f"抽取 {self.n} 件；不合格数 ≤ {self.ac} 接收，≥ {self.re} 拒收。",
            en=f"Take {self.n} units; accept at {self.ac} or fewer nonconforming, "
            f"reject at {self.re} or more.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StagedPlan:
    """
    A double or multiple plan: after each stage accept, reject or go on.

    ``ac`` and ``re`` are cumulative; ``ac`` is -1 where a stage cannot accept. At the last stage
    any count below ``re`` accepts (a gap, as in reduced 105E plans, accepts but ends reduction).
    """

    n: tuple[int, ...]
    ac: tuple[int, ...]
    re: tuple[int, ...]
    source: Source
    letter: str | None = None
    code_letter: str | None = None
    followed_arrow: Literal["down", "up"] | None = None
    lot: int | None = None
    level: str | None = None
    aql_percent: float | None = None
    state: str | None = None
    note: Text | None = None

    def __post_init__(self) -> None:
        """Refuse stages of unequal length or numbers that contradict."""
        if not self.n or not len(self.n) == len(self.ac) == len(self.re):
            raise InvalidQuestion("n, ac and re need one entry per stage", n=self.n)
        if any(re <= ac for ac, re in zip(self.ac, self.re, strict=True)):
            raise InvalidQuestion("a rejection number exceeds its acceptance number", re=self.re)

    @property
    def stages(self) -> tuple[Stage, ...]:
        """Return the stages in order."""
        return tuple(zip(self.n, self.ac, self.re, strict=True))

    @property
    def full_inspection(self) -> bool:
        """Tell whether all stages together ask for every unit of the lot."""
        return self.lot is not None and sum(self.n) >= self.lot

    @property
    def units(self) -> int:
        """Return the most units that may be taken from this lot."""
        return sum(self.n) if self.lot is None else min(sum(self.n), self.lot)

    def explain(self) -> Text:
        """Say in one sentence what to do."""
        zh = ";".join(
            f"第 {i} 次抽 {n} 件，累计 ≤{a} 接收、≥{r} 拒收"
            if a >= 0
            else f"第 {i} 次抽 {n} 件，不接收，累计 ≥{r} 拒收"
            for i, (n, a, r) in enumerate(self.stages, 1)
        )
        en = "; ".join(
            f"sample {i}: take {n}, accept at {a} or fewer in all, reject at {r}"
            if a >= 0
            else f"sample {i}: take {n}, no acceptance yet, reject at {r}"
            for i, (n, a, r) in enumerate(self.stages, 1)
        )
        return Text(zh=f"{zh}。", en=f"{en[0].upper()}{en[1:]}.")
