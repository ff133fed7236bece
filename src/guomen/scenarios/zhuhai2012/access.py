"""
Origins admitted and ports designated in the scenario.

A simplified picture of 2011 and 2012 from memory (certainty: knowledge); not a list to trade by.
"""

from __future__ import annotations

from datetime import date

from guomen.rulebooks.commodities import Group
from guomen.scenarios.zhuhai2012.rows import History
from guomen.supervision.licences.models import Access

_OPENED = date(2008, 1, 1)

_ADMITTED: tuple[tuple[str, str], ...] = (
    ("0202", "AU NZ UY AR BR CA CR"),
    ("0203", "US CA DK FR ES IE GB"),
    ("0204", "AU NZ UY"),
    ("0206", "US CA DK FR ES AU NZ"),
    ("0207", "BR AR CL US"),
    ("04", "NZ AU FR DE NL IE DK US CH IT"),
    ("1901", "NZ AU FR DE NL IE DK US CH"),
    ("03", "NO RU US TH VN ID CA NZ JP KR CL IS"),
    ("0803", "PH TH VN EC"),
    ("0804", "TH PH VN"),
    ("0805", "US AU ZA"),
    ("0806", "US CL AU PE"),
    ("0807", "VN MM"),
    ("0808", "US NZ CL"),
    ("0810", "TH VN MY"),
    ("0102", "AU NZ"),
)
# Suspended or banned from the first day named, lifted on the second.
_CLOSED: tuple[tuple[str, str, Access, date, date | None], ...] = (
    ("0202", "US", Access.BANNED, date(2008, 1, 1), None),
    ("04", "JP", Access.BANNED, date(2010, 4, 20), None),
    ("1901", "JP", Access.BANNED, date(2010, 4, 20), None),
    ("0207", "FR", Access.BANNED, date(2008, 1, 1), None),
    ("0203", "DE", Access.SUSPENDED, date(2011, 1, 11), date(2011, 3, 23)),
    ("07", "JP", Access.SUSPENDED, date(2011, 3, 24), None),
    ("08", "JP", Access.SUSPENDED, date(2011, 3, 24), None),
)


def origins() -> tuple[tuple[str, str, History[Access]], ...]:
    """Return HS prefix, origin and the history of access of every listed pair."""
    open_ = tuple(
        (prefix, origin, History(begins=_OPENED, value=Access.ADMITTED))
        for prefix, countries in _ADMITTED
        for origin in countries.split()
    )
    closed = tuple(
        (
            prefix,
            origin,
            History(
                begins=begins,
                value=access,
                changes=() if lifted is None else ((lifted, Access.ADMITTED),),
            ),
        )
        for prefix, origin, access, begins, lifted in _CLOSED
    )
    return open_ + closed


# Wanzai lost meat when the ports for meat were adjusted (S-524).
_DESIGNATED: tuple[tuple[Group, str, date | None], ...] = (
    (Group.MEAT, "CNGON", None),
    (Group.MEAT, "CNJZU", None),
    (Group.MEAT, "CNWAZ", date(2011, 9, 1)),
    (Group.FRUIT, "CNJZU", None),
    (Group.FRUIT, "CNWAZ", None),
    (Group.FRUIT, "CNGBP", None),
    (Group.AQUATIC, "CNJZU", None),
    (Group.AQUATIC, "CNGBP", None),
    (Group.AQUATIC, "CNWAZ", None),
    (Group.AQUATIC, "CNGON", None),
    (Group.SEEDLINGS, "CNJZU", None),
    (Group.LIVE_ANIMALS, "CNGBP", None),
)


def designated_ports() -> tuple[tuple[Group, str, History[bool]], ...]:
    """Return group, port and period of every designation."""
    return tuple(
        (group, port, History(begins=_OPENED, ends=ends, value=True))
        for group, port, ends in _DESIGNATED
    )
