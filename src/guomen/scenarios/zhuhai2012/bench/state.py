"""What one filling of the laboratories knows while it writes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from guomen.journeys.laboratory import sampling

Row = dict[str, Any]

BY = "SYS-DEMO"
CHUNK = 2_000


@dataclass(slots=True, kw_only=True)
class Filled:
    """How much was written."""

    samples: int = 0
    tests: int = 0
    verdicts: int = 0
    runs: int = 0


@dataclass(slots=True, kw_only=True)
class Fill:
    """Everything that one filling knows while it writes."""

    now: datetime
    seed: int
    agencies: dict[str, int]
    codes: dict[int, str]
    people: dict[str, str]
    plans: dict[int, sampling.Plan] = field(default_factory=dict)
    keys: dict[date, bytes] = field(default_factory=dict)
    anchors: dict[date, str] = field(default_factory=dict)
    done: Filled = field(default_factory=Filled)

    def analyst(self, place: str, at: datetime) -> str:
        """Return who works at a laboratory on a day."""
        team = _ANALYSTS[place]
        return self.people[team[at.toordinal() % len(team)]]

    def approver(self, place: str) -> str:
        """Return who approves at a laboratory."""
        return self.people[_APPROVERS[place]]

    def sampler(self, agency: str) -> str:
        """Return who samples at an agency; a post is served by its branch."""
        return self.people[f"sampler.{_BRANCHES.get(agency[:5], 'gongbei')}"]


_BRANCHES = {
    "ZH-GB": "gongbei",
    "ZH-HQ": "hengqin",
    "ZH-JZ": "jiuzhou",
    "ZH-WZ": "wanzai",
    "ZH-GL": "gaolan",
    "ZH-DM": "doumen",
}
_ANALYSTS = {
    "ZH-L1": ("analyst.food", "analyst.food.two"),
    "ZH-L2": ("analyst.biology",),
    "ZH-L3": ("analyst.industry",),
}
_APPROVERS = {"ZH-L1": "approver.food", "ZH-L2": "approver.biology", "ZH-L3": "approver.industry"}


def chunks(rows: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    """Yield rows in parts."""
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
