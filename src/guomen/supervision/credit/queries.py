"""Reads of credit files: bulk facts for decisions, and the files that levels are derived from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime
from typing import Any

import polars as pl

from guomen.core.credit import Dossier, Mark, Merit, MeritKind
from guomen.rulebooks.credit_items import SUSPENDS
from guomen.supervision.bitemporal import MOST_KEYS, PERIOD_COLUMNS, Window, frame_of
from guomen.supervision.credit.lifecycle import IN_EFFECT, MeritState, RecordState
from guomen.supervision.credit.models import (
    Authority,
    BlacklistEntry,
    CreditFile,
    CreditMerit,
    CreditRecord,
    Rating,
)
from guomen.supervision.prepared import PreparedQuery

Keys = Collection[str] | None


def ratings_of(
    references: Collection[str], *, authority: str = Authority.CIQ
) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Yield each rating that one authority gave: reference, then its period and level."""
    for reference, *values in _RATINGS.rows(references, authority):
        yield reference, tuple(values)


_RATINGS = PreparedQuery(
    Rating,
    lambda references, authority: Rating.objects.filter(
        enterprise__reference__in=references, authority=authority
    ).values_list("enterprise__reference", *PERIOD_COLUMNS, "level"),
)


def listings_of(references: Collection[str]) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Yield each entry in effect on the blacklist: reference, then its period."""
    for reference, *period in _LISTINGS.rows(references):
        yield reference, tuple(period)


_LISTINGS = PreparedQuery(
    BlacklistEntry,
    lambda references: BlacklistEntry.objects.filter(
        enterprise__reference__in=references, state__in=IN_EFFECT
    ).values_list("enterprise__reference", *PERIOD_COLUMNS),
)


def blacklisted(enterprises: Keys, *, window: Window) -> pl.DataFrame:
    """Return the entries in effect on the blacklist: enterprise, number, and the period."""
    rows = (
        BlacklistEntry.objects.within(window)
        .of("enterprise__reference", enterprises)
        .filter(state__in=IN_EFFECT)
        .values_list("enterprise__reference", "number", *PERIOD_COLUMNS)
    )
    return frame_of(rows, {"enterprise": pl.String(), "number": pl.String()})


def published(*, on: date, known: datetime) -> list[BlacklistEntry]:
    """Return the entries that the public may see: in effect, and no appeal open."""
    return list(
        BlacklistEntry.objects.as_of(on, known=known)
        .filter(state__in=IN_EFFECT, appeal_open=False)
        .select_related("enterprise")
        .order_by("-listed_on", "number")
    )


def is_suspended(state: str, *, grave: bool) -> bool:
    """Tell whether a record in a state takes no points while it waits for an answer."""
    subject = "grave_record" if grave else "record"
    return state == RecordState.DISPUTED and "points" in SUSPENDS[subject]


def dossiers(enterprises: Collection[int] | None = None) -> dict[int, Dossier]:
    """Return what levels are derived from, by key of enterprise; every file when none are named."""
    few = enterprises is not None and len(enterprises) <= MOST_KEYS
    chosen = {"enterprise_id__in": list(enterprises or ())} if few else {}
    opened = dict(CreditFile.objects.filter(**chosen).values_list("enterprise_id", "opened_on"))
    marks = _marks(chosen)
    merits = _merits(chosen)
    return {
        key: Dossier(
            opened_on=day, marks=tuple(marks.get(key, ())), merits=tuple(merits.get(key, ()))
        )
        for key, day in opened.items()
    }


def _marks(chosen: Mapping[str, list[int]]) -> dict[int, list[Mark]]:
    found: dict[int, list[Mark]] = defaultdict(list)
    rows = CreditRecord.objects.filter(**chosen).exclude(state=RecordState.WITHDRAWN)
    columns = (
        "enterprise_id",
        "pk",
        "item",
        "points",
        "counts_from",
        "expires_on",
        "grave",
        "quality",
        "state",
    )
    for key, pk, item, points, begins, ends, grave, quality, state in rows.values_list(*columns):
        found[key].append(
            Mark(
                key=f"CR-{pk:06d}",
                item=item,
                points=points,
                counts_from=begins,
                expires_on=ends,
                grave=grave,
                quality=quality,
                suspended=is_suspended(state, grave=grave),
            )
        )
    return found


def _merits(chosen: Mapping[str, list[int]]) -> dict[int, list[Merit]]:
    found: dict[int, list[Merit]] = defaultdict(list)
    rows = CreditMerit.objects.filter(**chosen, state=MeritState.GRANTED).order_by("pk")
    for key, kind, begins, ends in rows.values_list("enterprise_id", "kind", "begins", "ends"):
        if begins is not None:
            found[key].append(Merit(kind=MeritKind(kind), begins=begins, ends=ends))
    return found
