"""
What the demonstration is told about the year of the scenario: what was sent, what checks see.

The article counts the batches of some goods that were inspected: no more than those come to an end,
and the checks of the days after wait still.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from guomen.core.frequency import Finding
from guomen.core.severity import Outcome
from guomen.journeys.demo import Awaited, Held, Seen, Sent
from guomen.journeys.intake import DOCUMENTS
from guomen.rulebooks.commodities import BY_CODE, Group
from guomen.scenarios.zhuhai2012 import origins
from guomen.scenarios.zhuhai2012.figures import BATCHES
from guomen.scenarios.zhuhai2012.year.generate import declarations
from guomen.scenarios.zhuhai2012.year.outcomes import report
from guomen.scenarios.zhuhai2012.year.truth import LineTruth
from guomen.supervision.declarations.models import LineResult

# Days until a result is known: looking takes a day or two, the laboratory most of a week.
_LOOKED = (1, 2)
_TESTED = (3, 4, 5, 6)
_PAPERS = (1,)
_SECOND_LOOK = 8
_SPREAD = 100_000
_PAPERS_MISSING = "DQ-DOCUMENTS"
_ALL_PAPERS = ";".join(DOCUMENTS)
# The share of owners who mend what is held; the others withdraw and declare anew.
_CAREFUL = 0.3
_DAYS = {Outcome.DOCUMENT_CHECK: _PAPERS, Outcome.INSPECT_AND_SAMPLE: _TESTED}


# A line by the number of its owner and its place in the declaration.
Key = tuple[str, int]


@dataclass(slots=True, kw_only=True)
class Counted:
    """The lines whose check was carried out, of goods of which the article counts the batches."""

    lines: set[Key] = field(default_factory=set)
    groups: dict[Key, Group] = field(default_factory=dict)
    found: Counter[Group] = field(default_factory=Counter)

    def know(self, key: Key, hs_code: str | None) -> None:
        """Note what a line is, where it counts; one that was inspected in an earlier run is."""
        commodity = BY_CODE.get(hs_code or "")
        if commodity is not None and commodity.group in BATCHES:
            self.groups[key] = commodity.group
            self.found[commodity.group] += key in self.lines

    def takes(self, key: Key) -> bool:
        """Tell whether a check that is due may come to its end; it is counted then."""
        group = self.groups.get(key)
        if group is None or key in self.lines:
            return True
        if self.found[group] >= BATCHES[group]:
            return False
        self.found[group] += 1
        self.lines.add(key)
        return True


def inspected_already() -> set[Key]:
    """Return the lines that have a result of a check that was carried out."""
    rows = LineResult.objects.filter(performed=True)
    return set(rows.values_list("line__declaration__own_number", "line__number"))


@dataclass(slots=True, kw_only=True)
class Year:
    """The declarations of the year, and the truth of each line that was sent so far."""

    seed: int
    lines: int = 0
    truths: dict[Key, LineTruth] = field(default_factory=dict)
    counted: Counted = field(default_factory=Counted)
    offices: origins.Offices = field(init=False)

    def __post_init__(self) -> None:
        """Know where traders are at home."""
        self.offices = origins.Offices(self.seed)

    def sent(self) -> Iterator[Sent]:
        """Yield every declaration in the order of receipt."""
        for lodging in declarations(self.seed):
            for row, truth in zip(lodging.rows, lodging.truths, strict=True):
                key = row["declaration"], row["line"]
                self.truths[key] = truth
                self.counted.know(key, row["hs_code"])
            self.lines += len(lodging.rows)
            yield Sent(
                rows=lodging.rows,
                received_at=lodging.received_at,
                office=self.offices.of(lodging),
            )

    def inspect(self, line: Awaited) -> Seen | None:
        """Return what the check of a line shows, and when; None where nobody can tell yet."""
        key = line.own_number, line.number
        truth = self.truths.get(key)
        if truth is None:
            return None
        seen = _seen(truth, line)
        due = seen.performed and seen.after <= line.waited
        return None if due and not self.counted.takes(key) else seen

    def mend(self, line: Held) -> Mapping[str, str] | None:
        """Return what the owner of a held line changes: some bring the papers that they forgot."""
        truth = self.truths.get((line.own_number, line.number))
        if truth is None or line.reasons[0] != _PAPERS_MISSING or truth.luck > _CAREFUL:
            return None
        return {"documents": _ALL_PAPERS}


def _seen(truth: LineTruth, line: Awaited) -> Seen:
    days = _DAYS.get(line.outcome, _LOOKED)
    after = days[int(truth.luck * _SPREAD) % len(days)]
    if line.looked:
        finding = Finding.CONFORM if truth.fault is None else Finding.NONCONFORM
        return Seen(after=after + _SECOND_LOOK, performed=True, finding=finding)
    seen = report(truth, line.outcome)
    if seen is None:
        return Seen(after=after, performed=True, finding=Finding.CONFORM)
    if not seen.performed:
        return Seen(after=after, performed=False, finding=Finding.UNKNOWN, reason="not_performed")
    return Seen(
        after=after,
        performed=True,
        finding=_FINDINGS[seen.conforms],
        reason=seen.finding or "",
    )


_FINDINGS = {True: Finding.CONFORM, False: Finding.NONCONFORM, None: Finding.UNKNOWN}
