"""How the enterprises of the scenario are judged: class, credit, certified systems."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from guomen.rulebooks.classification import valid_until
from guomen.scenarios.zhuhai2012.credit_files import FileRow
from guomen.scenarios.zhuhai2012.dice import stream
from guomen.scenarios.zhuhai2012.figures import TODAY
from guomen.scenarios.zhuhai2012.rows import CertificateRow, EnterpriseRow, History
from guomen.supervision.parties.models import ManagementSystem as System
from guomen.supervision.parties.models import TradeRoleKind

#: Enterprises in each class on the day of the article; 3 and 4 are 85 together (S-411 to S-413).
CLASSES = {1: 68, 2: 278, 3: 70, 4: 15}
ISO_9001 = 252
HACCP = 31


def quality(seed: int, enterprises: Sequence[EnterpriseRow]) -> dict[int, float]:
    """
    Return how well each enterprise really works, unseen by the registers, about -2 to 2.

    Class and credit follow it loosely, and so does what inspection would find.
    """
    dice = stream(seed, "quality")
    drawn = dice.normal(size=len(enterprises))
    return {row.number: float(value) for row, value in zip(enterprises, drawn, strict=True)}


def classes(seed: int, enterprises: Sequence[EnterpriseRow]) -> dict[int, History[int]]:
    """Return the class of every classified exporter, with changes within the year."""
    dice = stream(seed, "classes")
    worth = quality(seed, enterprises)
    classified = [row for row in enterprises if row.cohort == "classified"]
    ranked = sorted(classified, key=lambda row: -worth[row.number] + dice.normal(scale=0.5))
    grades = [grade for grade, size in CLASSES.items() for _ in range(size)]
    histories: dict[int, History[int]] = {}
    for row, grade in zip(ranked, grades, strict=True):
        # Valid for three years: what holds on the day of the article began after May 2009, and
        # not before the decree was in force.
        begins = date(2009, 8, 3) + timedelta(days=int(dice.integers(0, 650)))
        moved = dice.random() < 0.06
        before = min(4, grade + 1) if dice.random() < 0.5 else max(1, grade - 1)
        day = date(2011, 6, 10) + timedelta(days=int(dice.integers(0, 330)))
        histories[row.number] = History(
            begins=begins,
            ends=valid_until(grade, day if moved else begins),
            value=before if moved else grade,
            changes=((day, grade),) if moved else (),
        )
    return histories


def ratings(files: Mapping[int, FileRow]) -> dict[int, History[str]]:
    """Return the credit levels of enterprises, derived from their files."""
    histories = {}
    for number, file in files.items():
        first, *later = file.steps()
        histories[number] = History(
            begins=first.begins,
            value=first.level.value,
            changes=tuple((step.begins, step.level.value) for step in later),
        )
    return histories


def certificates(seed: int, enterprises: Sequence[EnterpriseRow]) -> Iterator[CertificateRow]:
    """Yield certificates: 252 of 640 export producers, 31 of 64 food and farm enterprises."""
    dice = stream(seed, "certificates")
    producers = _holding(enterprises, {TradeRoleKind.EXPORT_PRODUCER})
    food = _holding(enterprises, {TradeRoleKind.FOOD_PRODUCER, TradeRoleKind.ANIMAL_FARMER})
    for system, pool, held in ((System.ISO9001, producers, ISO_9001), (System.HACCP, food, HACCP)):
        order = [pool[int(i)] for i in dice.permutation(len(pool))]
        lapsed = order[held : held + held // 8]
        for number, row in enumerate([*order[:held], *lapsed], start=1):
            runs = number <= held
            ends = TODAY + timedelta(days=int(dice.integers(5, 900))) * (1 if runs else -1)
            yield CertificateRow(
                enterprise=row.number,
                system=system,
                number=f"{system.upper()}-{number:05d}",
                begins=ends - timedelta(days=1095),
                ends=ends,
            )


def _holding(
    enterprises: Sequence[EnterpriseRow], parts: set[TradeRoleKind]
) -> list[EnterpriseRow]:
    """Return the enterprises that play one of these parts on the day of the article."""
    return [
        row
        for row in enterprises
        if any(part in parts and held.on(TODAY) for part, held in row.roles)
    ]
