"""
The same goods under another paper: who shares whose draw.

Goods are known again by enterprise, HS6, origin and an identifying mark (lot, seal, transport
document, sea container) within thirty days, whatever reference they are declared under. A line
whose goods are known shares the draw that they were given first: splitting, re-lodging or
withdrawing cannot get a second one.

Marks are compared after folding: case, punctuation, full-width letters and the characters that
are mistaken for one another. Numbers that differ are different marks, since lots of following days
differ by one digit. A vehicle's plate is no mark, since one truck crosses every day.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from guomen.supervision.declarations.queries import Earlier

REMEMBERED = timedelta(days=30)

_FOLD = str.maketrans({"O": "0", "I": "1", "L": "1"})
_NOT_MARK = re.compile(r"[^0-9A-Z一-鿿]")
# ISO 6346: owner code, category letter, six digits and a check digit.
_CONTAINER = re.compile(r"^[A-Z]{3}[UJZ][0-9]{7}$")
_SHORTEST = 4
MARK_COLUMNS = ("lot", "seal", "transport_document", "container")


Key = tuple[str, str, str, str, str]


def marks(line: Mapping[str, Any]) -> list[str]:
    """
    Return the folded marks of a line, each with its kind.

    >>> marks({"lot": " l-2012/0523", "seal": None, "container": "粤C1234"})
    ['lot:120120523']
    """
    found = []
    for kind in MARK_COLUMNS:
        text = (line.get(kind) or "").upper()
        if kind == "container" and not _CONTAINER.match(text):
            continue
        folded = _NOT_MARK.sub("", text).translate(_FOLD)
        if len(folded) >= _SHORTEST:
            found.append(f"{kind}:{folded}")
    return found


def keys(line: Mapping[str, Any], marked: Iterable[str]) -> list[Key]:
    """Return the keys under which the goods of a line are remembered; none without a mark."""
    origin = line["origin"] or ""
    return [(line["enterprise"], line["hs6"], origin, line["direction"], m) for m in marked]


class Memory:
    """Lines remembered by the marks of their goods; grows as a batch is walked through."""

    def __init__(self) -> None:
        """Begin with nothing remembered."""
        self._lines: dict[Key, list[Earlier]] = {}

    def add(self, under: Iterable[Key], line: Earlier) -> None:
        """Remember a line under its keys."""
        for key in under:
            self._lines.setdefault(key, []).append(line)

    def same_goods(
        self, under: Iterable[Key], *, declaration: str, before: datetime
    ) -> list[Earlier]:
        """Return earlier lines of the same goods on other declarations, each once."""
        found: dict[str, Earlier] = {}
        for key in under:
            for line in self._lines.get(key, ()):
                recent = before - REMEMBERED <= line.received_at <= before
                if recent and line.declaration != declaration:
                    found[line.reference] = line
        return list(found.values())


def shared_draw(earlier: list[Earlier]) -> Earlier | None:
    """Return the line whose draw is shared: a merge takes the smallest draw that was made."""
    drawn = [line for line in earlier if line.u >= 0]
    return min(drawn, key=lambda line: line.u, default=None)


class Beside:
    """The quantities of the lines of one declaration that bear the same marks."""

    def __init__(self) -> None:
        """Begin with none."""
        self._lines: dict[tuple[str, Key], dict[str, Decimal | None]] = {}

    def add(
        self, under: Iterable[Key], declaration: str, reference: str, quantity: Decimal | None
    ) -> list[Decimal | None]:
        """Note a line; return the quantities of the lines noted before it."""
        found: dict[str, Decimal | None] = {}
        for key in under:
            lines = self._lines.setdefault((declaration, key), {})
            found |= lines
            lines[reference] = quantity
        return list(found.values())


def outgrown(
    line: Mapping[str, Any], earlier: list[Earlier], beside: Iterable[Decimal | None]
) -> bool:
    """
    Tell whether a line brings the goods under its marks beyond what was drawn for.

    Each draw was made for the most that was ever declared under it; every line that was not
    withdrawn has used up its quantity. Unknown quantities and other units count as more.
    """
    most: dict[str, Decimal] = {}
    used = [line["quantity"], *beside]
    for one in earlier:
        if one.quantity is None or one.unit != line["unit"]:
            return True
        most[one.root] = max(one.quantity, most.get(one.root, one.quantity))
        if not one.withdrawn:
            used.append(one.quantity)
    return any(q is None for q in used) or sum(used) > sum(most.values())
