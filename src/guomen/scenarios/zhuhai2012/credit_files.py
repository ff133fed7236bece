"""
The credit files of the scenario: what is on record of each enterprise, so that its level follows.

Records are made for a level in mind and the level is then derived from them by the rating itself;
nothing here states a level. Acts, evidence numbers and departments are invented.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from guomen.core.credit import Dossier, Group, Mark, Merit, MeritKind, Step, rate, years_after
from guomen.rulebooks.credit_items import ITEMS, TERMS, VERIFIED_YEARS
from guomen.scenarios.zhuhai2012.dice import stream
from guomen.scenarios.zhuhai2012.figures import TODAY
from guomen.scenarios.zhuhai2012.rows import EnterpriseRow
from guomen.supervision.credit.lifecycle import MeritState, RecordState
from guomen.supervision.credit.operations import expiry
from guomen.supervision.credit.queries import is_suspended

#: Enterprises on each level on the day of the article; C and D are 234 together (S-415 to S-418).
LEVELS = {"AA": 5, "A": 101, "B": 1929, "C": 200, "D": 34}

#: When credit management opened a file for everyone then registered.
OPENED = date(2009, 10, 1)
_BEFORE, _LAST, _NOW = date(2009, 10, 1), date(2010, 10, 1), date(2011, 10, 1)

# Items that make a record of so many points, by who would report it.
_SMALL = ("CND-DECLARATION", "CND-LATE", "ABL-LEDGER", "QLT-LABEL", "SOC-COMPLAINT")
_MIDDLE = ("CND-MISMATCH", "QLT-NONCONFORM", "ABL-TRACE", "QLT-CLAIM", "SOC-DEPARTMENT")
_LARGE = ("QLT-SAFETY", "QLT-FOREIGN-NOTICE", "CND-REFUSED", "CMP-PENALTY", "CND-SEAL")
_LARGEST = ("CMP-FALSE-FILING", "CMP-UNFILED-BASE", "QLT-NO-RECALL")
_GRAVE = ("CMP-FALSE-CERTIFICATE", "CMP-EVASION", "CMP-BANNED-SUBSTANCE", "CMP-ADULTERATION")
_DEPARTMENTS = ("customs", "commerce", "agriculture", "tax")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRow:
    """One record of the scenario."""

    enterprise: int
    item: str
    happened_on: date
    counts_from: date
    evidence: str
    source: str = "own"
    source_reference: str = ""
    state: RecordState = RecordState.STANDING

    def mark(self, key: str) -> Mark:
        """Return the record as it counts."""
        item = ITEMS[self.item].on(self.happened_on).value
        return Mark(
            key=key,
            item=self.item,
            points=item.points,
            counts_from=self.counts_from,
            expires_on=expiry(self.counts_from, item.cycles),
            grave=item.grave,
            quality=item.group is Group.QUALITY,
            suspended=is_suspended(self.state, grave=item.grave),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MeritRow:
    """A verification, an award, or an application for one."""

    enterprise: int
    kind: MeritKind
    asked_on: date
    state: MeritState = MeritState.GRANTED
    begins: date | None = None
    ends: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRow:
    """The credit file of one enterprise."""

    enterprise: int
    records: tuple[RecordRow, ...] = ()
    merits: tuple[MeritRow, ...] = ()

    @property
    def dossier(self) -> Dossier:
        """Return what the level is derived from."""
        return Dossier(
            opened_on=OPENED,
            marks=tuple(
                row.mark(str(n))
                for n, row in enumerate(self.records)
                if row.state is not RecordState.WITHDRAWN
            ),
            merits=tuple(
                Merit(kind=row.kind, begins=row.begins, ends=row.ends)
                for row in self.merits
                if row.state is MeritState.GRANTED and row.begins is not None
            ),
        )

    def steps(self) -> tuple[Step, ...]:
        """Return every level up to the day of the article."""
        return rate(self.dossier, on=TODAY, terms=TERMS.on(TODAY).value)


class _Clerk:
    """Writes records with days, evidence and numbers of other departments that never repeat."""

    def __init__(self, dice: np.random.Generator) -> None:
        self.dice = dice
        self._serial = 0

    def pick(self, items: Sequence[str]) -> str:
        return items[int(self.dice.integers(len(items)))]

    def record(self, number: int, item: str, begins: date, ends: date) -> RecordRow:
        """Return a record established on some day of a period, begun some days earlier."""
        span = max(1, (ends - begins).days)
        counts = begins + timedelta(days=int(self.dice.integers(span)))
        happened = max(counts - timedelta(days=int(self.dice.integers(0, 40))), date(2009, 3, 18))
        self._serial += 1
        row = RecordRow(
            enterprise=number,
            item=item,
            happened_on=happened,
            counts_from=counts,
            evidence=f"珠检诚字〔{counts.year}〕{self._serial:04d}号",
        )
        if item != "SOC-DEPARTMENT":
            return row
        source = self.pick(_DEPARTMENTS)
        return replace(
            row,
            source=source,
            source_reference=f"{source[:3].upper()}-{counts.year}-{self._serial:05d}",
            evidence=f"部门通报〔{counts.year}〕{self._serial:05d}号",
        )

    def verified(self, number: int, begins: date) -> MeritRow:
        return MeritRow(
            enterprise=number,
            kind=MeritKind.VERIFIED,
            asked_on=begins - timedelta(days=20),
            begins=begins,
            ends=years_after(begins, VERIFIED_YEARS.on(begins).value),
        )


def files(
    seed: int, enterprises: Sequence[EnterpriseRow], worth: Mapping[int, float]
) -> dict[int, FileRow]:
    """Return the credit file of every enterprise but those abroad and the new entrants."""
    dice = stream(seed, "credit files")
    clerk = _Clerk(dice)
    rated = [row for row in enterprises if not row.overseas and row.cohort != "entrant"]
    ranked = sorted(rated, key=lambda row: _rank(row, worth, dice))
    meant = [level for level, size in LEVELS.items() for _ in range(size)]
    found = {}
    for place, (row, level) in enumerate(zip(ranked, meant, strict=True)):
        made = _MAKE[level](clerk, row.number)
        if level in "ABC":
            made = _lately(clerk, made, place)
        found[row.number] = made
    return found


def _rank(row: EnterpriseRow, worth: Mapping[int, float], dice: np.random.Generator) -> float:
    # AA and A go to those who are seen much: classified exporters, food plants, farms.
    seen = 1.5 if row.cohort in ("classified", "food_plant", "processor") else 0.0
    return -(worth[row.number] + seen + float(dice.normal(scale=0.7)))


def _double_a(clerk: _Clerk, number: int) -> FileRow:
    day = date(2011, 10, 10) + timedelta(days=int(clerk.dice.integers(0, 150)))
    award = MeritRow(
        enterprise=number,
        kind=MeritKind.AWARD,
        asked_on=day - timedelta(days=45),
        begins=day,
    )
    verified = clerk.verified(number, date(2010, 6, int(clerk.dice.integers(1, 29))))
    return FileRow(enterprise=number, merits=(verified, award))


def _single_a(clerk: _Clerk, number: int) -> FileRow:
    early = clerk.dice.random() < 0.6
    begins = date(2010, 5, 4) if early else date(2011, 4, 6)
    begins += timedelta(days=int(clerk.dice.integers(0, 140)))
    small = clerk.dice.random() < 0.35
    records = [clerk.record(number, clerk.pick(_SMALL), _LAST, _NOW)] if small else []
    return FileRow(
        enterprise=number,
        records=tuple(records),
        merits=(clerk.verified(number, begins),),
    )


def _level_b(clerk: _Clerk, number: int) -> FileRow:
    drawn = clerk.dice.random()
    if drawn < 0.05:
        # Fell to C in 2010 and came back after a clean cycle.
        return FileRow(
            enterprise=number, records=(clerk.record(number, clerk.pick(_LARGEST), _BEFORE, _LAST),)
        )
    if drawn < 0.08:
        # Rose to A in 2010 and fell back.
        merits = (clerk.verified(number, date(2010, 7, 1)),)
        record = clerk.record(number, clerk.pick(_LARGE), _LAST, _NOW)
        return FileRow(enterprise=number, records=(record,), merits=merits)
    few = int(clerk.dice.integers(1, 4)) if drawn < 0.40 else 0
    records = [
        clerk.record(
            number,
            clerk.pick(_SMALL if clerk.dice.random() < 0.7 else _MIDDLE),
            *((_LAST, _NOW) if clerk.dice.random() < 0.6 else (_BEFORE, _LAST)),
        )
        for _ in range(few)
    ]
    return FileRow(enterprise=number, records=tuple(records))


def _level_c(clerk: _Clerk, number: int) -> FileRow:
    pairs = ((_LARGEST,), (_LARGE, _LARGE), (_LARGE, _MIDDLE, _MIDDLE), (_LARGEST, _MIDDLE))
    chosen = pairs[int(clerk.dice.integers(len(pairs)))]
    records = [clerk.record(number, clerk.pick(items), _LAST, _NOW) for items in chosen]
    return FileRow(enterprise=number, records=tuple(records))


def _level_d(clerk: _Clerk, number: int) -> FileRow:
    if clerk.dice.random() < 0.3:
        begins, ends = (_NOW, date(2012, 4, 1)) if clerk.dice.random() < 0.6 else (_LAST, _NOW)
        record = clerk.record(number, clerk.pick(_GRAVE), begins, ends)
        return FileRow(enterprise=number, records=(record,))
    chosen = (_LARGEST, _LARGE, _MIDDLE) if clerk.dice.random() < 0.5 else (_LARGE,) * 3
    records = [clerk.record(number, clerk.pick(items), _LAST, _NOW) for items in chosen]
    return FileRow(enterprise=number, records=tuple(records))


_MAKE = {"AA": _double_a, "A": _single_a, "B": _level_b, "C": _level_c, "D": _level_d}

# Of the running cycle: some records, a few of them disputed, some withdrawn after a dispute.
_LATELY = 0.14


def _lately(clerk: _Clerk, made: FileRow, place: int) -> FileRow:
    extra = []
    if clerk.dice.random() < _LATELY:
        item = clerk.pick(_SMALL if clerk.dice.random() < 0.75 else _MIDDLE)
        extra.append(clerk.record(made.enterprise, item, _NOW, date(2012, 5, 10)))
    if extra and place % 29 == 0:
        extra[0] = replace(extra[0], state=RecordState.DISPUTED)
    if place % 97 == 0:
        wrong = clerk.record(made.enterprise, clerk.pick(_MIDDLE), _LAST, _NOW)
        extra.append(replace(wrong, state=RecordState.WITHDRAWN))
    return replace(made, records=(*made.records, *extra))


# The blacklist -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRow:
    """An entry of the blacklist: its record, and on which day it came where."""

    enterprise: int
    item: str
    proposed: date
    notified: date | None = None
    listed: date | None = None


def with_entries(
    found: dict[int, FileRow], enterprises: Sequence[EnterpriseRow]
) -> tuple[EntryRow, ...]:
    """
    Choose who is on the blacklist, two listed (S-508), one told, one proposed; all of level D.

    The files of those chosen are replaced by ones that hold the grave act.
    """
    trades = ("meat_importer", "food_importer", "base")
    lowest = [
        r for r in enterprises if r.number in found and found[r.number].steps()[-1].level == "D"
    ]
    chosen = sorted(lowest, key=lambda row: (row.cohort not in trades, row.number))[:4]
    plans = (
        ("CMP-FALSE-CERTIFICATE", date(2011, 8, 30), date(2011, 9, 5), date(2011, 9, 15)),
        ("CMP-EVASION", date(2012, 2, 6), date(2012, 2, 9), date(2012, 2, 20)),
        ("CMP-BANNED-SUBSTANCE", date(2012, 5, 14), date(2012, 5, 22), None),
        ("CMP-EVASION", date(2012, 5, 22), None, None),
    )
    entries = []
    for serial, (row, (item, proposed, notified, listed)) in enumerate(
        zip(chosen, plans, strict=True), start=1
    ):
        established = proposed - timedelta(days=5)
        record = RecordRow(
            enterprise=row.number,
            item=item,
            happened_on=established - timedelta(days=12),
            counts_from=established,
            evidence=f"珠检稽字〔{established.year}〕{serial:03d}号",
        )
        found[row.number] = FileRow(enterprise=row.number, records=(record,))
        entries.append(
            EntryRow(
                enterprise=row.number,
                item=item,
                proposed=proposed,
                notified=notified,
                listed=listed,
            )
        )
    return tuple(entries)


def open_merits(found: Mapping[int, FileRow]) -> Iterator[MeritRow]:
    """Yield what waits for a decision: applications for AA, and verifications to be granted."""
    at_a = [n for n, file in found.items() if file.steps()[-1].level == "A"]
    at_b = [n for n, file in found.items() if file.steps()[-1].level == "B" and not file.records]
    for place, number in enumerate(sorted(at_a)[:3]):
        state = MeritState.RECOMMENDED if place == 0 else MeritState.APPLIED
        asked = date(2012, 5, 8) + timedelta(days=place * 4)
        yield MeritRow(enterprise=number, kind=MeritKind.AWARD, asked_on=asked, state=state)
    for place, number in enumerate(sorted(at_b)[:4]):
        yield MeritRow(
            enterprise=number,
            kind=MeritKind.VERIFIED,
            asked_on=date(2012, 5, 10) + timedelta(days=place * 3),
            state=MeritState.RECOMMENDED,
        )
