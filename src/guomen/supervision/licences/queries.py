"""
Reads of licences: bulk facts for decisions.

Each is one query and returns the period of each fact. A licence that is absent from the answer
is not held; a licence in any other state than ``granted`` admits nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import polars as pl

from guomen.supervision.bitemporal import PERIOD_COLUMNS, Window, frame_of
from guomen.supervision.licences.models import DesignatedPort, LicenceTerm, OriginAccess
from guomen.supervision.prepared import PreparedQuery

Keys = Collection[str] | None

_STRINGS = pl.List(pl.String())


def terms_of(holder: str, references: Collection[str]) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """
    Yield each term of the licences of some holders, an "enterprise" or a "site" each.

    The reference, then the period, and kind, state, HS prefixes and origins.
    """
    for held_by, *values in _TERMS[holder].rows(references):
        yield held_by, tuple(values)


def _terms(holder: str) -> PreparedQuery:
    reference = f"licence__{holder}__reference"
    return PreparedQuery(
        LicenceTerm,
        lambda references: LicenceTerm.objects.filter(
            **{f"{reference}__in": references}
        ).values_list(
            reference, *PERIOD_COLUMNS, "licence__kind", "state", "hs_prefixes", "origins"
        ),
    )


_TERMS = {holder: _terms(holder) for holder in ("enterprise", "site")}


def origin_access(*, window: Window) -> pl.DataFrame:
    """Return which origins are admitted: hs_prefix, origin, access, and the period."""
    rows = OriginAccess.objects.within(window).values_list(
        "hs_prefix", "origin", "access", *PERIOD_COLUMNS
    )
    return frame_of(rows, {"hs_prefix": pl.String(), "origin": pl.String(), "access": pl.String()})


def designated_ports(*, window: Window) -> pl.DataFrame:
    """Return the ports designated for groups of goods: group, port, and the period."""
    rows = DesignatedPort.objects.within(window).values_list(
        "group", "port__unlocode", *PERIOD_COLUMNS
    )
    return frame_of(rows, {"group": pl.String(), "port": pl.String()})
