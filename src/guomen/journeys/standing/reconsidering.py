"""
Open rulings that read what is no longer so: flagged, looked at by an officer, decided again.

A ruling that was made stands: it is never rewritten. While its line is open, an officer may have
it decided again with what the registers say now.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from guomen.core import canonical
from guomen.journeys.clearance import Lodgement, redecide
from guomen.journeys.clearance.later import Redecided
from guomen.journeys.consignments import ZONE
from guomen.supervision.bitemporal import MOST_KEYS
from guomen.supervision.classification.models import EnterpriseClass
from guomen.supervision.credit.models import Authority, Rating, RulingFlag
from guomen.supervision.declarations.lifecycle import OPEN
from guomen.supervision.declarations.models import Line
from guomen.supervision.ledger.models import Entry
from guomen.supervision.parties.models import Enterprise

LEVEL, CLASS = "credit_level", "enterprise_class"
_UNKNOWN = "-"


def flag_levels(enterprises: Collection[int], *, at: datetime) -> int:
    """Flag open rulings on goods of enterprises, by key, that read another credit level."""
    day = at.astimezone(ZoneInfo(ZONE)).date()
    rows = Rating.objects.as_of(day, known=at).filter(authority=Authority.CIQ)
    return _flag(LEVEL, enterprises, rows, "level", at=at)


def flag_classes(enterprises: Collection[int], *, at: datetime) -> int:
    """Flag open rulings on goods of enterprises, by key, that read another class."""
    day = at.astimezone(ZoneInfo(ZONE)).date()
    return _flag(CLASS, enterprises, EnterpriseClass.objects.as_of(day, known=at), "grade", at=at)


def _flag(fact: str, enterprises: Collection[int], held: Any, column: str, *, at: datetime) -> int:
    """Flag each open line whose ruling read another value; close the flags of those that agree."""
    chosen = {} if len(enterprises) > MOST_KEYS else {"pk__in": list(enterprises)}
    keys = dict(Enterprise.objects.filter(**chosen).values_list("reference", "pk"))
    lines = _open_lines(keys)
    if not lines:
        return 0
    owners = {keys[owner] for owner, _, _ in lines}
    now = {
        key: str(v)
        for key, v in held.filter(enterprise__in=owners).values_list("enterprise_id", column)
    }
    read = _read(fact, [seq for _, _, seq in lines])
    flagged = {
        flag.line: flag
        for flag in RulingFlag.objects.filter(
            fact=fact, cleared_at=None, line__in=[line for _, line, _ in lines]
        )
    }
    fresh, agreed = [], []
    for owner, line, seq in lines:
        was, key = read.get(seq, _UNKNOWN), keys[owner]
        is_now = now.get(key, _UNKNOWN)
        if was == is_now:
            agreed += [flagged[line].pk] if line in flagged else []
        elif line not in flagged:
            flag = RulingFlag(enterprise_id=key, line=line, fact=fact, read=was, flagged_at=at)
            flag.now = is_now
            fresh.append(flag)
    RulingFlag.objects.filter(pk__in=agreed).update(cleared_at=at)
    RulingFlag.objects.bulk_create(fresh)
    return len(fresh)


def _open_lines(keys: Mapping[str, int]) -> list[tuple[str, str, int]]:
    rows = Line.objects.filter(state__in=[state.value for state in OPEN])
    if len(keys) <= MOST_KEYS:
        rows = rows.filter(enterprise__in=list(keys))
    found = rows.values_list("enterprise", "reference", "ruling_seq")
    return [row for row in found if row[0] in keys]


def _read(fact: str, seqs: Sequence[int]) -> dict[int, str]:
    bodies = Entry.objects.filter(seq__in=seqs).values_list("seq", "body")
    found = {}
    for seq, body in bodies:
        value = None if body is None else canonical.loads(body)["facts"].get(fact)
        if value is not None:
            found[seq] = str(value)
    return found


def decide_again(lines: Sequence[str], *, how: Lodgement) -> list[Redecided]:
    """
    Decide lines again with what the registers say now, and take them off the list.

    :raises guomen.journeys.clearance.later.LineClosedError: if one is no longer open
    """
    made = redecide(lines, how=how)
    clear(lines, how=how)
    return made


def clear(lines: Sequence[str], *, how: Lodgement) -> None:
    """Take lines off the list: they were looked at, or are closed."""
    RulingFlag.objects.filter(line__in=lines, cleared_at=None).update(
        cleared_at=how.at, cleared_by=how.by
    )
