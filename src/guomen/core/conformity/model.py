"""
The values of conformity: a result, a limit, and what the one means under the other.

Plain frozen values; the reasoning is in `judging`, the risks in `decision`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from guomen.core.conformity.rounding import interval_of
from guomen.core.conformity.units import unit_of
from guomen.core.errors import GuomenError
from guomen.core.text import Text

Number = Decimal | int | float | str


class LimitInvalid(GuomenError):
    """A limit does not say what it limits."""

    code: ClassVar[str] = "conformity.limit-invalid"


class Outcome(StrEnum):
    """What a result means under a limit and a decision rule."""

    CONFORM = "conform"
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    UNKNOWN = "unknown"


class LimitKind(StrEnum):
    """What a limit asks for."""

    MAXIMUM = "maximum"
    MINIMUM = "minimum"
    RANGE = "range"
    ABSENT = "absent"  # 不得检出: not detected by a method that can


class Comparison(StrEnum):
    """How a number is compared with a limit (GB/T 8170-2008, 4.3)."""

    FULL = "full"  # 全数值比较法, the default of the standard
    ROUNDED = "rounded"  # 修约值比较法


class Recovery(StrEnum):
    """Whether a result was corrected for recovery."""

    CORRECTED = "corrected"
    NOT_CORRECTED = "not_corrected"
    NOT_STATED = "not_stated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """
    One laboratory result, as reported; numbers are in `unit`.

    `raw` is the text of the report and is read by `reading.read`. None means that
    the report does not say.
    """

    raw: Number | None
    unit: str | None
    expanded_uncertainty: Number | None = None
    coverage: Number | None = None  # the factor k by which U = k·u
    lod: Number | None = None
    loq: Number | None = None
    taken: date | None = None
    reported: date | None = None
    replicates: int | None = None
    recovery: Recovery = Recovery.NOT_STATED
    method: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """
    One limit: what may be in what, where, since when, and who says so.

    `commodity` is a path of groups ("food/dairy/milk"); a limit on a group binds
    everything below it that has no closer limit. For an absent limit `upper` is
    the detection limit that a method must reach, when the rule states one.

    :raises LimitInvalid: if the ends do not fit the kind
    :raises UnitUnknown: if the unit is not in the table of units
    """

    analyte: str
    commodity: str
    kind: LimitKind = LimitKind.MAXIMUM
    lower: Decimal | None = None
    upper: Decimal | None = None
    unit: str
    market: str = "CN"
    begins: date = date.min
    ends: date | None = None  # exclusive
    comparison: Comparison = Comparison.FULL
    interval: Decimal | None = None  # rounding interval; as written when None
    strict: bool = False  # the ends themselves do not conform
    basis: str
    source: str = ""
    certainty: str = "sourced"
    note: Text | None = None

    def __post_init__(self) -> None:
        """Refuse ends that do not fit the kind, or cross."""
        stated = (self.lower is not None, self.upper is not None)
        fits = {
            LimitKind.MAXIMUM: stated == (False, True),
            LimitKind.MINIMUM: stated == (True, False),
            LimitKind.RANGE: stated == (True, True),
            LimitKind.ABSENT: not stated[0],
        }[self.kind]
        ends = [end for end in (self.lower, self.upper) if end is not None]
        if not fits or ends != sorted(ends) or not all(end.is_finite() for end in ends):
            raise LimitInvalid(
                f"A limit of kind {self.kind} for {self.analyte} cannot have lower {self.lower} "
                f"and upper {self.upper}: give the ends that the standard writes.",
                kind=str(self.kind),
                lower=self.lower,
                upper=self.upper,
            )
        unit_of(self.unit)
        if self.interval is not None and not self.interval > 0:
            raise LimitInvalid("Give a rounding interval above zero.", interval=self.interval)

    def in_force(self, on: date) -> bool:
        """Tell whether the limit binds on that day."""
        return self.begins <= on and (self.ends is None or on < self.ends)

    def without_period(self) -> Limit:
        """Return the same limit for all days, to re-judge history under it."""
        return replace(self, begins=date.min, ends=None)

    @property
    def rounding_interval(self) -> Decimal:
        """Return the interval for rounded comparison: as declared, else as the limit is written."""
        return self.interval or interval_of(self.lower, self.upper)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """
    What a result means, how likely that is wrong, and why.

    `value` is in the limit's unit. `specific_risk` is the probability that this
    verdict is wrong for this item; `consumer_risk` and `producer_risk` are the
    long-run rates under a prior. Each is None where it cannot be known.
    """

    outcome: Outcome
    reason: str
    sentence: Text
    value: Decimal | None = None
    p_conform: float | None = None
    specific_risk: float | None = None
    consumer_risk: float | None = None
    producer_risk: float | None = None
    basis: str | None = None
    certainty: str | None = None
    rule: str | None = None
