"""
Open rulings that read what is no longer so: flagged, looked at by an officer, decided again.

A ruling that was made stands: it is never rewritten. While its line is open, an officer may have
it decided again with what the registers say now.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from guomen.core import canonical
from guomen.journeys.clearance import Lodgement, redecide
from guomen.journeys.clearance.later import Redecided
from guomen.journeys.consignments import ZONE
from guomen.supervision.bitemporal import MOST_KEYS
from guomen.supervision.classification.models import EnterpriseClass, ProductRisk
from guomen.supervision.credit.models import Authority, Rating, RulingFlag
from guomen.supervision.declarations.lifecycle import OPEN
from guomen.supervision.declarations.models import Line
from guomen.supervision.ledger.models import Entry
from guomen.supervision.parties.models import Enterprise

LEVEL, CLASS, PRODUCT = "credit_level", "enterprise_class", "product_risk"
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
    read = [
        _Read(owner=keys[owner], line=line, seq=seq, now=now.get(keys[owner], _UNKNOWN))
        for owner, line, seq in lines
    ]
    return _compare(fact, read, at=at)


def flag_products(prefix: str, *, at: datetime) -> int:
    """Flag open rulings on goods that begin with a prefix and read another risk of theirs."""
    day = at.astimezone(ZoneInfo(ZONE)).date()
    held = dict(ProductRisk.objects.as_of(day, known=at).values_list("hs_prefix", "level"))
    lines = Line.objects.filter(state__in=_OPEN, hs_code__startswith=prefix)
    found = list(lines.values_list("enterprise", "reference", "ruling_seq", "hs_code"))
    owners = {owner for owner, *_ in found}
    chosen = {} if len(owners) > MOST_KEYS else {"reference__in": owners}
    keys = dict(Enterprise.objects.filter(**chosen).values_list("reference", "pk"))
    # Goods of somebody who is not on the register have nobody's desk to be flagged on.
    read = [
        _Read(owner=keys[owner], line=line, seq=seq, now=_longest(held, code or ""))
        for owner, line, seq, code in found
        if owner in keys
    ]
    return _compare(PRODUCT, read, at=at)


def _longest(held: Mapping[str, str], code: str) -> str:
    """Return the level of the longest prefix, as the gate reads it."""
    prefixes = (code[:length] for length in range(len(code), 0, -1))
    return next((held[prefix] for prefix in prefixes if prefix in held), _UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """An open line, the ruling that read the fact, and what the fact is now."""

    owner: int
    line: str
    seq: int
    now: str


def _compare(fact: str, lines: Sequence[_Read], *, at: datetime) -> int:
    read = _read(fact, [one.seq for one in lines])
    flagged = {
        flag.line: flag
        for flag in RulingFlag.objects.filter(
            fact=fact, cleared_at=None, line__in=[one.line for one in lines]
        )
    }
    fresh, agreed = [], []
    for one in lines:
        was = read.get(one.seq, _UNKNOWN)
        if was == one.now:
            agreed += [flagged[one.line].pk] if one.line in flagged else []
        elif one.line not in flagged:
            fresh.append(
                RulingFlag(
                    enterprise_id=one.owner,
                    line=one.line,
                    fact=fact,
                    read=was,
                    now=one.now,
                    flagged_at=at,
                )
            )
    RulingFlag.objects.filter(pk__in=agreed).update(cleared_at=at)
    RulingFlag.objects.bulk_create(fresh)
    return len(fresh)


_OPEN = [state.value for state in OPEN]


def _open_lines(keys: Mapping[str, int]) -> list[tuple[str, str, int]]:
    rows = Line.objects.filter(state__in=_OPEN)
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
