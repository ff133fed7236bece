"""
Goods that may not come back: written when they fail, lifted when they conform after all.

A line that was found nonconforming is barred from that ruling on: whoever declares the same goods
again, under whatever number, is refused, and goods that are much like them are opened and compared.
What was mended and proved, or found to conform on re-inspection, is lifted. Refusals at the gate
are known again by lineage (``lineage``), under the same owner.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from guomen.core.returning import Alike, Barred, BarredGoods, Goods
from guomen.core.severity import SEVERITY, Outcome
from guomen.journeys.registers import Kept
from guomen.rulebooks.refused_goods import KNOWN_AGAIN
from guomen.supervision.declarations.models import Line
from guomen.supervision.dispositions.models import BarredLine
from guomen.supervision.editions.queries import Edition

_COMPARED = Outcome.INSPECT_AND_SAMPLE


def bar(lines: Sequence[Line], *, at: datetime) -> None:
    """Bar the goods of lines from coming back, in the caller's transaction."""
    BarredLine.objects.bulk_create(
        [
            BarredLine(
                line=line,
                marks=list(line.marks),
                seller=line.consignor or line.enterprise,
                enterprise=line.enterprise,
                hs6=line.hs6,
                quantity=line.quantity,
                unit=line.unit,
                since=at,
            )
            for line in lines
        ],
        update_conflicts=True,
        unique_fields=["line"],
        update_fields=["marks", "seller", "quantity", "unit", "since", "lifted"],
        batch_size=500,
    )


def lift(lines: Collection[int], *, at: datetime) -> None:
    """Let the goods of lines be declared again, in the caller's transaction."""
    BarredLine.objects.filter(line_id__in=lines, lifted=None).update(lifted=at)


def _read() -> Barred:
    rows = BarredLine.objects.values_list(
        "line__reference", "marks", "seller", "enterprise", "hs6", "quantity", "unit", "since",
        "lifted",
    )  # fmt: skip
    return Barred(
        BarredGoods(
            line=line,
            goods=Goods(
                marks=frozenset(marks),
                seller=seller,
                enterprise=enterprise,
                hs6=hs6,
                quantity=quantity,
                unit=unit,
            ),
            since=since,
            lifted=lifted,
        )
        for line, marks, seller, enterprise, hs6, quantity, unit, since, lifted in rows
    )


_BARRED = Kept(BarredLine, read=_read)


def fill(rows: Sequence[dict[str, Any]], now: Edition) -> None:
    """Fill in of each line what refused goods it is like; no query while none is barred anew."""
    barred = _BARRED.at(now)
    for row in rows:
        match = barred.match(
            _goods(row),
            at=row["lodged_at"] or row["received_at"],
            weights=KNOWN_AGAIN.on(row["on"]).value,
            but=row["reference"],
        )
        row["returning_as"] = match.told() if match else None
        if match is not None and match.alike is Alike.SAME:
            row["refused_before"] = True
        elif match is not None:
            row["earlier_outcome"] = _raised(row["earlier_outcome"])


def _goods(row: Mapping[str, Any]) -> Goods:
    return Goods(
        marks=frozenset(row["marks"]),
        seller=row["consignor"] or row["enterprise"],
        enterprise=row["enterprise"],
        hs6=row["hs6"],
        quantity=row["quantity"],
        unit=row["unit"],
    )


def _raised(before: str) -> str:
    if before == "none":
        return _COMPARED.value
    return max(Outcome(before), _COMPARED, key=SEVERITY.__getitem__).value
