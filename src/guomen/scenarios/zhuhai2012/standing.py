"""How the enterprises of the scenario are judged: class, credit, blacklist, certified systems."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import numpy as np

from guomen.core.text import Text
from guomen.scenarios.zhuhai2012.dice import stream
from guomen.scenarios.zhuhai2012.figures import TODAY
from guomen.scenarios.zhuhai2012.rows import CertificateRow, EnterpriseRow, History
from guomen.supervision.parties.models import ManagementSystem as System
from guomen.supervision.parties.models import TradeRoleKind

#: Enterprises in each class on the day of the article; 3 and 4 are 85 together (S-411 to S-413).
CLASSES = {1: 68, 2: 278, 3: 70, 4: 15}
#: Enterprises on each level on that day; C and D are 234 together (S-415 to S-418).
LEVELS = {"AA": 5, "A": 101, "B": 1929, "C": 200, "D": 34}
ISO_9001 = 252
HACCP = 31

_CYCLE = date(2011, 10, 1)
_FIRST_CYCLE = date(2010, 10, 1)


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
        # Valid for three years: what holds on the day of the article began after May 2009.
        begins = date(2009, 7, 1) + timedelta(days=int(dice.integers(0, 680)))
        moved = dice.random() < 0.06
        before = min(4, grade + 1) if dice.random() < 0.5 else max(1, grade - 1)
        day = date(2011, 6, 10) + timedelta(days=int(dice.integers(0, 330)))
        histories[row.number] = History(
            begins=begins,
            ends=begins + timedelta(days=1095),
            value=before if moved else grade,
            changes=((day, grade),) if moved else (),
        )
    return histories


def ratings(seed: int, enterprises: Sequence[EnterpriseRow]) -> dict[int, History[str]]:
    """Return the credit level of every enterprise but the new entrants, over two cycles."""
    dice = stream(seed, "ratings")
    worth = quality(seed, enterprises)
    rated = [row for row in enterprises if not row.overseas and row.cohort != "entrant"]
    ranked = sorted(rated, key=lambda row: _credit_rank(row, worth, dice))
    levels = [level for level, size in LEVELS.items() for _ in range(size)]
    histories: dict[int, History[str]] = {}
    for row, level in zip(ranked, levels, strict=True):
        earlier = "B" if dice.random() < 0.15 and level != "AA" else level
        histories[row.number] = History(
            begins=_FIRST_CYCLE,
            value="A" if level == "AA" else earlier,
            changes=((_CYCLE, level),) if level == "AA" or earlier != level else (),
        )
    return histories


def _credit_rank(row: EnterpriseRow, worth: dict[int, float], dice: np.random.Generator) -> float:
    # AA and A go to those who are seen much: classified exporters, food plants, farms.
    seen = 1.5 if row.cohort in ("classified", "food_plant", "processor") else 0.0
    return -(worth[row.number] + seen + float(dice.normal(scale=0.7)))


def blacklist(
    enterprises: Sequence[EnterpriseRow], levels: dict[int, History[str]]
) -> Iterator[tuple[int, date, Text]]:
    """Yield the two blacklisted enterprises, both of level D (S-508)."""
    grave = [
        row for row in enterprises if row.number in levels and levels[row.number].on(TODAY) == "D"
    ]
    trading = [row for row in grave if row.cohort in ("meat_importer", "food_importer", "base")]
    chosen = [*trading, *(row for row in grave if row not in trading)][:2]
    reasons = (
        (
            date(2011, 9, 15),
            Text(zh="使用假检验检疫证单", en="Used a false inspection certificate"),
        ),
        (date(2012, 2, 20), Text(zh="逃漏检", en="Evaded inspection")),
    )
    for row, (day, reason) in zip(chosen, reasons, strict=True):
        yield row.number, day, reason


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
