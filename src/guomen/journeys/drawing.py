"""
Giving every line its draw: shared with the same goods where there are such, else its own.

The key is that of the day on which the server draws. Without a key the line gets no number and
the ruling is degraded: declared, never silently replaced.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from guomen.core import draw
from guomen.core.decide import UNSET, Ints
from guomen.supervision.agencies import queries as agencies
from guomen.supervision.ledger import custody
from guomen.supervision.ledger import queries as ledger

SERVER = "SYS-DRAW"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """The draw of each line of a batch, in its order, with all that verifies it."""

    u: Ints
    frame: pl.DataFrame


def offices() -> dict[str, custody.Office]:
    """Return for every agency the office that draws for it: the regional bureau above it."""
    everyone = agencies.agencies().values()
    bureaux = {a.path: a for a in everyone if a.kind == "regional"}
    found: dict[str, custody.Office] = {}
    for agency in everyone:
        above = [b for path, b in bureaux.items() if agency.path.startswith(path)]
        bureau = max(above, key=lambda b: len(b.path), default=agency)
        found[agency.code] = custody.Office(agency=bureau.code, zone=ZoneInfo(bureau.zone))
    return found


def assign(lines: pl.DataFrame) -> Drawn:
    """
    Draw for the lines of a gathered batch.

    ``lines`` has ``reference``, ``agency``, ``received_at``, the draw columns (filled where the
    draw is shared) and ``grown`` (true where more is declared than the shared draw was made for:
    then the smaller of both draws counts).
    """
    found = offices()
    frame = lines.with_columns(
        office=pl.col("agency").replace_strict(
            {code: office.agency for code, office in found.items()}, return_dtype=pl.String
        )
    )
    by_code = {office.agency: office for office in found.values()}
    fresh_rows = frame.with_row_index("place").filter(pl.col("u").is_null() | pl.col("grown"))
    fresh: dict[int, tuple[date, str, str, int]] = {}
    for (code, _day), part in fresh_rows.group_by(
        "office", pl.col("received_at").dt.date(), maintain_order=True
    ):
        office = by_code[str(code)]
        for (day, moment), rows in _by_local_day(part, office):
            drawn = _draw_day(rows["reference"].to_list(), office, day=day, at=moment)
            fresh.update(zip(rows["place"].to_list(), drawn, strict=True))
    return _combined(frame, fresh)


def _by_local_day(
    part: pl.DataFrame, office: custody.Office
) -> list[tuple[tuple[date, datetime], pl.DataFrame]]:
    days = [office.day_of(moment) for moment in part["received_at"]]
    dated = part.with_columns(pl.Series("local_day", days, dtype=pl.Date))
    return [
        ((rows["local_day"][0], rows["received_at"][0]), rows)
        for _, rows in dated.group_by("local_day", maintain_order=True)
    ]


def _draw_day(
    references: list[str], office: custody.Office, *, day: date, at: datetime
) -> list[tuple[date, str, str, int]]:
    anchor = ledger.previous_anchor(day)
    try:
        use = custody.Use(at=at, who=SERVER, purpose="selection")
        key = custody.key_for(day, office, use=use)
    except custody.NoKeyToday:
        return [(day, office.agency, anchor, UNSET)] * len(references)
    basis = draw.Basis(agency=office.agency, previous_anchor=anchor)
    texts = draw.messages(basis, references, [0] * len(references))
    return [(day, office.agency, anchor, int(u)) for u in draw.draw(key.key, texts)]


def _combined(frame: pl.DataFrame, fresh: dict[int, tuple[date, str, str, int]]) -> Drawn:
    """Keep shared draws, fill in fresh ones, and take the smaller where goods have grown."""
    columns = ("reference", "root", "draw_day", "draw_agency", "draw_anchor", "draw_counter", "u")
    rows = []
    for place, (reference, root, *shared, counter, u) in enumerate(
        frame.select(columns).iter_rows()
    ):
        own = fresh.get(place)
        if own is not None and (u is None or 0 <= own[3] < u or u < 0):
            rows.append((reference, *own[:3], 0, own[3]))
        else:
            rows.append((root, *shared, counter, u))
    schema = {
        "root": pl.String,
        "draw_day": pl.Date,
        "draw_agency": pl.String,
        "draw_anchor": pl.String,
        "draw_counter": pl.Int64,
        "u": pl.Int64,
    }
    found = pl.DataFrame(rows, schema=schema, orient="row")
    return Drawn(u=found["u"].to_numpy().astype(np.int64), frame=found)
