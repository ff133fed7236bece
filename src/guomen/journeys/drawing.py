"""
Giving every line its draw: shared with the same goods where there are such, else its own.

The key is that of the day on which the server draws. Without a key the line gets no number and
the ruling is degraded: declared, never silently replaced.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np

from guomen.core import draw
from guomen.core.decide import UNSET, Ints
from guomen.journeys.gather import Row
from guomen.journeys.registers import Kept, KeptByKey
from guomen.supervision.agencies import queries as agencies
from guomen.supervision.agencies.models import Agency
from guomen.supervision.editions.queries import Edition, edition
from guomen.supervision.ledger import custody
from guomen.supervision.ledger import queries as ledger
from guomen.supervision.ledger.models import Anchor, DrawKey

SERVER = "SYS-DRAW"

# Agency, day, anchor and number of a fresh draw.
Fresh = tuple[str, date, str, int]


def offices() -> dict[str, custody.Office]:
    """Return for every agency the office that draws for it: the regional bureau above it."""
    return dict(_OFFICES.at(edition()))


def _offices() -> dict[str, custody.Office]:
    everyone = agencies.agencies().values()
    bureaux = {a.path: a for a in everyone if a.kind == "regional"}
    found: dict[str, custody.Office] = {}
    for agency in everyone:
        above = [b for path, b in bureaux.items() if agency.path.startswith(path)]
        bureau = max(above, key=lambda b: len(b.path), default=agency)
        found[agency.code] = custody.Office(agency=bureau.code, zone=ZoneInfo(bureau.zone))
    return found


_OFFICES = Kept(Agency, read=_offices)


def assign(rows: Sequence[Row], now: Edition) -> Ints:
    """
    Give the lines of a gathered batch their draws, in place; return ``u`` of each.

    A line that shares the draw of the same goods keeps it, unless more is declared than that draw
    was made for: then the smaller of both counts.
    """
    found = _OFFICES.at(now)
    by_day: dict[tuple[str, date], list[Row]] = {}
    for row in rows:
        if row["u"] is None or row["grown"]:
            office = found[row["agency"]]
            day = office.day_of(row["received_at"])
            by_day.setdefault((office.agency, day), []).append(row)
    places = {office.agency: office for office in found.values()}
    for (agency, day), waiting in by_day.items():
        at = waiting[0]["received_at"]
        references = [row["reference"] for row in waiting]
        drawn = _draw_day(references, places[agency], now, day=day, at=at)
        for row, fresh in zip(waiting, drawn, strict=True):
            if row["u"] is None or 0 <= fresh[3] < row["u"]:
                _give(row, fresh)
    return np.array([row["u"] for row in rows], dtype=np.int64)


# What a day's draws rest on, by day and by day and agency; kept until an anchor or a key changes.
_ANCHORS = KeptByKey(
    Anchor,
    read=lambda days: [(day, ledger.previous_anchor(date.fromisoformat(day))) for day in days],
)
_KEYS = KeptByKey(DrawKey, read=lambda keys: [(key, _committed(key)) for key in keys])


def _committed(key: str) -> DrawKey | None:
    day, _, agency = key.partition(" ")
    return custody.committed(date.fromisoformat(day), agency)


def _draw_day(
    references: Sequence[str], office: custody.Office, now: Edition, *, day: date, at: datetime
) -> list[Fresh]:
    key_of_day = f"{day.isoformat()} {office.agency}"
    anchor = _ANCHORS.at(now, [day.isoformat()])[day.isoformat()][0]
    try:
        use = custody.Use(at=at, who=SERVER, purpose="selection")
        stored = _KEYS.at(now, [key_of_day])[key_of_day][0]
        key = custody.key_for(day, office, use=use, stored=stored)
    except custody.NoKeyToday:
        return [(office.agency, day, anchor, UNSET)] * len(references)
    basis = draw.Basis(agency=office.agency, previous_anchor=anchor)
    texts = draw.messages(basis, references, [0] * len(references))
    return [(office.agency, day, anchor, int(u)) for u in draw.draw(key.key, texts)]


def _give(row: Row, fresh: Fresh) -> None:
    row["draw_agency"], row["draw_day"], row["draw_anchor"], row["u"] = fresh
    row["root"], row["draw_counter"] = row["reference"], 0
