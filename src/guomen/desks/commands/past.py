"""What the demonstration is told about the year of the scenario: what was sent, what checks see."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from guomen.core.frequency import Finding
from guomen.core.severity import Outcome
from guomen.journeys.demo import Awaited, Held, Seen, Sent
from guomen.journeys.intake import DOCUMENTS
from guomen.scenarios.zhuhai2012.year.generate import declarations
from guomen.scenarios.zhuhai2012.year.outcomes import report
from guomen.scenarios.zhuhai2012.year.truth import LineTruth

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


@dataclass(slots=True, kw_only=True)
class Year:
    """The declarations of the year, and the truth of each line that was sent so far."""

    seed: int
    lines: int = 0
    truths: dict[tuple[str, int], LineTruth] = field(default_factory=dict)

    def sent(self) -> Iterator[Sent]:
        """Yield every declaration in the order of receipt."""
        for lodging in declarations(self.seed):
            for row, truth in zip(lodging.rows, lodging.truths, strict=True):
                self.truths[row["declaration"], row["line"]] = truth
            self.lines += len(lodging.rows)
            yield Sent(rows=lodging.rows, received_at=lodging.received_at)

    def inspect(self, line: Awaited) -> Seen | None:
        """Return what the check of a line shows, and when; None for a line of somebody else."""
        truth = self.truths.get((line.own_number, line.number))
        if truth is None:
            return None
        days = _DAYS.get(line.outcome, _LOOKED)
        after = days[int(truth.luck * _SPREAD) % len(days)]
        if line.looked:
            finding = Finding.CONFORM if truth.fault is None else Finding.NONCONFORM
            return Seen(after=after + _SECOND_LOOK, performed=True, finding=finding)
        seen = report(truth, line.outcome)
        if seen is None:
            return Seen(after=after, performed=True, finding=Finding.CONFORM)
        if not seen.performed:
            return Seen(
                after=after, performed=False, finding=Finding.UNKNOWN, reason="not_performed"
            )
        return Seen(
            after=after,
            performed=True,
            finding=_FINDINGS[seen.conforms],
            reason=seen.finding or "",
        )

    def mend(self, line: Held) -> Mapping[str, str] | None:
        """Return what the owner of a held line changes: some bring the papers that they forgot."""
        truth = self.truths.get((line.own_number, line.number))
        if truth is None or line.reasons[0] != _PAPERS_MISSING or truth.luck > _CAREFUL:
            return None
        return {"documents": _ALL_PAPERS}


_FINDINGS = {True: Finding.CONFORM, False: Finding.NONCONFORM, None: Finding.UNKNOWN}
