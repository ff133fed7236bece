"""
How long each kind of record is kept before it may be erased: dated numbers of years.

A kind is known by the first word of its name. A kind that no row names is kept as long as the
longest: unknown is never free. Not for erasing, which is the ledger's.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from guomen.rulebooks.dated import Certainty, Dated, Series

_BEGINS = date(1990, 1, 1)
_DESIGN = "design default of Guomen"

#: Years after the day of the record; None: never erased.
Years = Series[int | None]


def _row(
    years: int | None,
    source: str = _DESIGN,
    certainty: Certainty = "default",
    *,
    begins: date = _BEGINS,
    ends: date | None = None,
) -> Dated[int | None]:
    return Dated(
        value=years, unit="years", begins=begins, ends=ends, source=source, certainty=certainty
    )


def _years(name: str, *rows: Dated[int | None]) -> Years:
    return Series.of(f"years for which {name} are kept", rows)


# No national text that was seen sets a period for the papers of a decided consignment.
_CONSIGNMENT = _years("records of a consignment", _row(5))
_REGISTER = _years("records of admissions, licences and filings", _row(10))
_RISK = _years("control orders, plans and models", _row(10))
_STANDING = _years(
    "records of credit and class",
    _row(5, "credit notice of AQSIQ: adverse information, five years; recalled", "knowledge"),
)
_ACCREDITED = date(2015, 8, 1)
_LABORATORY = _years(
    "laboratory records",
    _row(6, ends=_ACCREDITED),
    _row(
        6,
        "AQSIQ decree 163 (2015), accreditation of laboratories: records and reports, six years",
        "knowledge",
        begins=_ACCREDITED,
    ),
)
# Without the keys no draw, and without the orders no erasure, could be verified any more.
_FOR_EVER = _years("keys of draws and orders to erase", _row(None))
UNNAMED: Final = _years("records of a kind that no row names", _row(30))

#: The first word of a kind, and how long its records are kept.
RETENTION: Final[Mapping[str, Years]] = {
    **dict.fromkeys(
        ("ruling", "outcome", "declaration", "override", "assignment", "examination"), _CONSIGNMENT
    ),
    **dict.fromkeys(
        ("inspection_record", "finding", "signature", "disposition", "disposal", "review"),
        _CONSIGNMENT,
    ),
    "certificate": _CONSIGNMENT,
    **dict.fromkeys(("licence", "enterprise", "filing", "register"), _REGISTER),
    **dict.fromkeys(("control", "plan", "model"), _RISK),
    **dict.fromkeys(("credit", "class", "blacklist"), _STANDING),
    **dict.fromkeys(("sample", "laboratory"), _LABORATORY),
    **dict.fromkeys(("draw", "erasure"), _FOR_EVER),
}


def kept_until(kind: str, *, made: date, on: date) -> date | None:
    """
    Return the first day on which a record may be erased; None if never.

    A period that was lengthened since holds for what is still there; one that was shortened does
    not shorten what was promised: the longer of the two days' rows counts.

    >>> kept_until("ruling", made=date(2012, 5, 24), on=date(2013, 1, 1))
    datetime.date(2017, 5, 24)

    :raises guomen.rulebooks.dated.NothingInForce: if no row holds on one of the days
    """
    series = RETENTION.get(kind.partition(".")[0], UNNAMED)
    years = [series.on(day).value for day in (made, on)]
    known = [number for number in years if number is not None]
    return _later(made, max(known)) if len(known) == len(years) else None


def _later(day: date, years: int) -> date:
    """Return the same day some years later; the leap day gives the first of March."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)
