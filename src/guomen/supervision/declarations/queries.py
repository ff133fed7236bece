"""Reads of declarations: what a decision needs of the past, and lists for pages."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import orjson
from django.db.models import Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat

from guomen.core.severity import Outcome
from guomen.supervision.declarations.lifecycle import LineState
from guomen.supervision.declarations.models import (
    Declaration,
    Line,
    LineResult,
    OwedCheck,
    Request,
    SamplingState,
)
from guomen.supervision.prepared import PreparedQuery

GoodsKey = tuple[str, str, str]
# Above this many enterprises one read of everything recent is cheaper than the list.
_MOST_KEYS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """A line that was decided before, as far as it matters for the same goods seen again."""

    reference: str
    declaration: str
    received_at: datetime
    root: str
    u: int
    draw_day: date
    draw_agency: str
    draw_anchor: str
    draw_counter: int
    largest_chance_ppm: int
    quantity: Decimal | None
    unit: str | None
    refused: bool
    withdrawn: bool


def sampling_states(keys: Collection[GoodsKey]) -> dict[GoodsKey, tuple[str, str, int]]:
    """Return (kind, phase, version) of the states that exist among (enterprise, HS6, direction)."""
    rows = _STATES.rows(_enterprises(keys))
    return {(e, h, d): (k, p, v) for e, h, d, k, p, v in rows if (e, h, d) in keys}


_STATES = PreparedQuery(
    SamplingState,
    lambda enterprises: SamplingState.objects.filter(enterprise__in=enterprises).values_list(
        "enterprise", "hs6", "direction", "kind", "phase", "version"
    ),
)


def owed_checks(keys: Collection[GoodsKey]) -> dict[GoodsKey, list[int]]:
    """Return the open owed checks of each kind of goods, oldest first."""
    found: dict[GoodsKey, list[int]] = {}
    for enterprise, hs6, direction, pk in _OWED.rows(_enterprises(keys)):
        if (enterprise, hs6, direction) in keys:
            found.setdefault((enterprise, hs6, direction), []).append(pk)
    return found


_OWED = PreparedQuery(
    OwedCheck,
    lambda enterprises: OwedCheck.objects.filter(
        enterprise__in=enterprises, claimed_by__isnull=True
    ).values_list("enterprise", "hs6", "direction", "pk"),
)


def carried_by(references: Collection[str]) -> set[str]:
    """Return the lines that carry an owed check already."""
    if not references:
        return set()
    rows = OwedCheck.objects.filter(claimed_by__in=references)
    return {str(reference) for reference in rows.values_list("claimed_by", flat=True)}


def checked_lines(references: Collection[str]) -> set[str]:
    """Return which lines have a result of a check that was carried out."""
    rows = LineResult.objects.filter(line__reference__in=references, performed=True)
    return set(rows.values_list("line__reference", flat=True))


def remembered(
    goods: Collection[tuple[str, str]], *, marks: Collection[str], since: datetime
) -> Iterator[tuple[list[tuple[str, str, str, str, str]], Earlier]]:
    """
    Yield recent lines of (enterprise, HS6) that bear one of some folded marks.

    Each comes with the keys of its goods. Most recent lines of the same goods bear other marks:
    those are passed over before their columns are read.
    """
    enterprises, codes = {enterprise for enterprise, _ in goods}, {hs6 for _, hs6 in goods}
    if len(set(goods)) < len(enterprises) * len(codes):
        # A batch names few of all the goods that its enterprises might have.
        pairs = ["/".join(pair) for pair in goods]
        texts = _RECENT_AMONG.each(enterprises, codes, since, pairs)
    else:
        texts = _RECENT.each(enterprises, codes, since)
    wanted = frozenset(marks)
    found = [pk for pk, text in texts if not wanted.isdisjoint(orjson.loads(text))]
    for start in range(0, len(found), _MOST_KEYS):
        rows = Line.objects.filter(pk__in=found[start : start + _MOST_KEYS]).order_by("pk")
        yield from _with_keys(rows, goods)


def _recent(
    enterprises: Collection[str], codes: Collection[str], since: datetime
) -> QuerySet[Line, tuple[int, str]]:
    recent = Line.objects.filter(enterprise__in=enterprises, hs6__in=codes, received_at__gte=since)
    return recent.exclude(marks=[]).order_by().values_list("pk", Cast("marks", TextField()))


_RECENT = PreparedQuery(Line, _recent)
_RECENT_AMONG = PreparedQuery(
    Line,
    lambda enterprises, codes, since, pairs: (
        _recent(enterprises, codes, since)
        .alias(party_goods=Concat("enterprise", Value("/"), "hs6"))
        .filter(party_goods__in=pairs)
    ),
)


def ruled_since(
    seq: int, *, among: Collection[str] | None = None, but: Collection[tuple[int, int]] = ()
) -> Iterator[tuple[int, str, list[tuple[str, str, str, str, str]]]]:
    """
    Yield the lines ruled on after an entry of the ledger: place, declaration, keys of the goods.

    ``among`` names the only enterprises that are asked for; ``but`` places, first and last, whose
    lines are not.
    """
    found = _ruled_on(seq, but).iterator() if among is None else _THEIRS.each(seq, among)
    for place, declaration, enterprise, hs6, origin, direction, marks in found:
        keys = [(enterprise, hs6, origin or "", direction, mark) for mark in marks]
        yield place, declaration, keys


def _ruled_on(seq: int, but: Collection[tuple[int, int]] = ()) -> QuerySet[Line, tuple[Any, ...]]:
    rows = Line.objects.filter(ruling_seq__gt=seq).exclude(marks=[]).order_by()
    for first, last in but:
        rows = rows.exclude(ruling_seq__range=(first, last))
    return rows.values_list(
        "ruling_seq", "declaration__reference", "enterprise", "hs6", "origin", "direction", "marks"
    )


_THEIRS = PreparedQuery(
    Line,
    # Joined to nothing, so that the index of enterprises, which holds all of the past, is not used.
    lambda seq, enterprises: (
        _ruled_on(seq).alias(party=Concat("enterprise", Value(""))).filter(party__in=enterprises)
    ),
)


def _with_keys(
    rows: QuerySet[Line], goods: Collection[tuple[str, str]]
) -> Iterator[tuple[list[tuple[str, str, str, str, str]], Earlier]]:
    columns = rows.values_list(
        "enterprise",
        "hs6",
        "origin",
        "direction",
        "marks",
        "outcome",
        "state",
        "reference",
        "declaration__reference",
        "received_at",
        "root",
        "u",
        "draw_day",
        "draw_agency",
        "draw_anchor",
        "draw_counter",
        "largest_chance_ppm",
        "quantity",
        "unit",
    )
    for enterprise, hs6, origin, direction, marks, outcome, state, *rest in columns.iterator():
        if (enterprise, hs6) in goods:
            keys = [(enterprise, hs6, origin or "", direction, mark) for mark in marks]
            yield keys, _earlier(outcome, state, rest)


def _earlier(outcome: str, state: str, rest: list[object]) -> Earlier:
    names = (
        "reference",
        "declaration",
        "received_at",
        "root",
        "u",
        "draw_day",
        "draw_agency",
        "draw_anchor",
        "draw_counter",
        "largest_chance_ppm",
        "quantity",
        "unit",
    )
    values = dict(zip(names, rest, strict=True))
    refused, withdrawn = outcome == Outcome.REFUSE, state == LineState.WITHDRAWN
    return Earlier(refused=refused, withdrawn=withdrawn, **values)  # type: ignore[arg-type]


def _enterprises(keys: Collection[GoodsKey]) -> set[str]:
    return {enterprise for enterprise, _, _ in keys}


def visible(path: str) -> QuerySet[Declaration]:
    """Return the declarations that the officers of an agency's subtree may see."""
    return Declaration.objects.filter(agency__path__startswith=path)


def visible_lines(path: str) -> QuerySet[Line]:
    """Return the lines that the officers of an agency's subtree may see."""
    return Line.objects.filter(agency__path__startswith=path)


def of_enterprise(reference: str) -> QuerySet[Declaration]:
    """Return the declarations of one enterprise."""
    return Declaration.objects.filter(enterprise=reference)


def answered(scope: str, key: str) -> tuple[str, str] | None:
    """Return the digest of the request that a key was used for, and the declaration it made."""
    for digest, declaration in _ANSWERED.rows(scope, key):
        return digest, declaration
    return None


_ANSWERED = PreparedQuery(
    Request,
    lambda scope, key: Request.objects.filter(scope=scope, key=key).values_list(
        "digest", "declaration__reference"
    ),
)


def declared(reference: str) -> tuple[str, datetime]:
    """Return the own number of a declaration and the moment of its receipt."""
    rows = Declaration.objects.filter(reference=reference)
    own_number, received_at = rows.values_list("own_number", "received_at").get()
    return own_number, received_at


def line_ids(references: Collection[str]) -> dict[str, int]:
    """Return the keys of stored lines by their references."""
    return dict(_LINE_IDS.rows(references))


_LINE_IDS = PreparedQuery(
    Line,
    lambda references: (
        Line.objects.filter(reference__in=references).order_by().values_list("reference", "pk")
    ),
)


def declaration_ids(references: Collection[str]) -> dict[str, int]:
    """Return the keys of stored declarations by their references."""
    return dict(_DECLARATION_IDS.rows(references))


_DECLARATION_IDS = PreparedQuery(
    Declaration,
    lambda references: (
        Declaration.objects.filter(reference__in=references)
        .order_by()
        .values_list("reference", "pk")
    ),
)


def own_numbers_taken(pairs: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return which (enterprise, own number) pairs are lodged; a number or a reference names it."""
    rows = _TAKEN.rows({name for name, _ in pairs}, {own for _, own in pairs})
    found = {(name, own) for number, reference, own in rows for name in (number, reference)}
    return found.intersection(pairs)


_TAKEN = PreparedQuery(
    Declaration,
    lambda names, numbers: Declaration.objects.filter(
        Q(enterprise_number__in=names) | Q(enterprise__in=names), own_number__in=numbers
    ).values_list("enterprise_number", "enterprise", "own_number"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """What one sender lodged at some moments; ``agencies`` are the keys of all that decide."""

    by: str
    moments: Collection[datetime]
    agencies: Collection[int]

    def declarations(self) -> QuerySet[Declaration]:
        """Return the declarations, in the order of lodging."""
        # The agencies are named because the index begins with them.
        return Declaration.objects.filter(
            lodged_by=self.by, received_at__in=self.moments, agency_id__in=self.agencies
        ).order_by("pk")

    def lines(self) -> QuerySet[Line]:
        """Return the lines of the declarations."""
        return Line.objects.filter(declaration__in=self.declarations()).order_by("pk")

    def own_numbers(self) -> set[tuple[str, str]]:
        """Return (enterprise, own number), with both the number and the reference of each."""
        rows = self.declarations().values_list("enterprise_number", "enterprise", "own_number")
        return {(name, own) for number, reference, own in rows for name in (number, reference)}
