"""
Skip-lot sampling: a supplier with a record has only some lots inspected.

SkSP-2 (Dodge and Perry) has closed forms and a replayable state. The rules of
ISO 2859-3 are recalled and need an opt-in. Not for skipping units of a stream:
see ``csp``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from guomen.core.sampling import columns
from guomen.core.sampling.plan import InvalidQuestion, Source, UnverifiedTable
from guomen.core.text import Text

ISO_FREQUENCIES: Final = (Fraction(1, 2), Fraction(1, 3), Fraction(1, 4), Fraction(1, 5))


@dataclass(frozen=True, slots=True, kw_only=True)
class SkipLotPlan:
    """
    Inspect every lot until i in a row are accepted, then a share f of the lots.

    ``i`` and ``f`` are columns for many plans; then ``pa`` answers one reference each.
    """

    i: Any
    f: Any
    source: Source

    def pa(self, reference: npt.ArrayLike) -> Any:
        """Return the share of lots accepted when the reference plan accepts with that chance."""
        p, run = self._run(reference)
        accepted = (self.f * p + (1.0 - self.f) * run) / (self.f + (1 - self.f) * run)
        return _like((reference, self.i), accepted)

    def fraction_inspected(self, reference: npt.ArrayLike) -> Any:
        """Return the average share of lots inspected."""
        _, run = self._run(reference)
        return _like((reference, self.i), self.f / (self.f + (1.0 - self.f) * run))

    def _run(self, reference: npt.ArrayLike) -> tuple[Any, Any]:
        p = np.atleast_1d(np.asarray(reference, np.float64))
        if not np.all((p >= 0) & (p <= 1)):
            raise InvalidQuestion("a chance of acceptance lies within 0 and 1")
        return p, p**self.i


def _like(asked: tuple[Any, ...], found: Any) -> Any:
    return found if columns.is_many(*asked) else float(found[0])


def plan(*, i: Any, f: Any) -> SkipLotPlan:
    """
    Return the SkSP-2 plan with run length i and share f; arrays make columns of plans.

    Source: Perry, Journal of Quality Technology 5 (1973).

    >>> round(plan(i=4, f=0.5).pa(0.8), 6)
    0.858116

    :raises InvalidQuestion: if i is not at least 1 or f not within (0, 1]
    """
    if columns.is_many(i, f):
        i, f = columns.spread(i=columns.whole("i", i), f=columns.decimals(f))
    if not (np.all(np.asarray(i) >= 1) and np.all((np.asarray(f) > 0.0) & (np.asarray(f) <= 1.0))):
        raise InvalidQuestion(f"need i of at least 1 and f within (0, 1], not {i} and {f}")
    return SkipLotPlan(
        i=i, f=f,
        source=Source(standard="SkSP-2", edition="1973", clause="Perry", evidence="computed"),
    )  # fmt: skip


def iso_plan(frequency: Fraction, *, i: int = 10, allow_unverified: bool = False) -> SkipLotPlan:
    """
    Return a plan with one of the frequencies of ISO 2859-3 (1/2, 1/3, 1/4, 1/5).

    :raises UnverifiedTable: unless `allow_unverified`
    :raises InvalidQuestion: if the frequency is not one of the four
    """
    if frequency not in ISO_FREQUENCIES:
        raise InvalidQuestion(f"{frequency} is not one of 1/2, 1/3, 1/4, 1/5")
    if not allow_unverified:
        raise UnverifiedTable(
            "the rules of ISO 2859-3 are recalled and were never checked; use plan(i=, f=) "
            "(SkSP-2), or pass allow_unverified=True and compare with your copy"
        )
    source = Source(
        standard="ISO 2859-3", edition="1991", clause="frequencies", evidence="unverified"
    )
    return SkipLotPlan(i=i, f=float(frequency), source=source)


@dataclass(frozen=True, slots=True, kw_only=True)
class SkipState:
    """Where a supplier stands: inspecting every lot, or skipping; replayable."""

    skipping: bool = False
    accepted_in_a_row: int = 0

    def apply(self, accepted: bool, asked: SkipLotPlan) -> tuple[SkipState, Text]:  # noqa: FBT001
        """Return the state after an inspected lot, and the reason."""
        if not accepted:
            return SkipState(), Text(
                zh="有一批不接收，恢复逐批检验。", en="A lot was refused: inspect every lot."
            )
        if self.skipping:
            return self, Text(zh="继续跳批。", en="Skipping goes on.")
        row = self.accepted_in_a_row + 1
        if row >= asked.i:
            return SkipState(skipping=True), Text(
                zh=f"连续 {row} 批接收，转跳批检验。",
                en=f"{row} lots accepted in a row: skip lots.",
            )
        return replace(self, accepted_in_a_row=row), Text(
            zh=f"连续接收 {row} 批。", en=f"{row} lots accepted in a row."
        )
