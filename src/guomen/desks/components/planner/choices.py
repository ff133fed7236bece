"""What can be chosen on the planner's pages, worded in the reader's language when it is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.utils.translation import gettext

from guomen.core.conformity import LimitKind
from guomen.core.conformity.units import UNITS
from guomen.core.sampling import iso2859
from guomen.core.text import Text
from guomen.desks.components.tones import said
from guomen.journeys import judging, planning_words
from guomen.rulebooks import commodities
from guomen.rulebooks.limits import ANALYTES, COMMODITIES, MARKETS
from guomen.rulebooks.sampling import EU_2073

Choices = list[tuple[Any, Any]]
_PERCENT_AQL = [aql for aql in iso2859.AQL_SERIES if aql <= 10.0]


def worded(
    table: Mapping[str, Text], first: Callable[[], str] | None = None
) -> Callable[[], Choices]:
    """Return the choices of a table of texts; ``first`` words the empty choice."""

    def choices() -> Choices:
        head = [("", first())] if first else []
        return [*head, *((str(key), said(text)) for key, text in table.items())]

    return choices


def house_decides() -> str:
    """Word the choice that leaves a matter to the house."""
    return gettext("as the house decides")


def goods() -> Choices:
    """Return the groups of goods with their codes."""
    groups: Choices = [("", gettext("any goods"))]
    for group in commodities.Group:
        name = said(commodities.GROUP_NAMES[group])
        rows = [(str(group), gettext("%(group)s, any code") % {"group": name})]
        rows += [
            (row.hs_code, f"{row.hs_code} {said(row.name)}") for row in commodities.of_group(group)
        ]
        groups.append((name, rows))
    return groups


def hazards() -> Choices:
    """Return the hazards of the rule book, by kind."""
    kinds: Choices = [("", gettext("nonconforming units of any kind"))]
    for kind, name in planning_words.KINDS.items():
        rows = [(row.code, said(row.name)) for row in commodities.HAZARDS if row.kind == kind]
        kinds.append((said(name), rows))
    return kinds


def criteria() -> Choices:
    """Return the microbiological criteria of the rule book."""
    rows = [
        (row.row, f"{row.row} {row.agent}: {row.food} (n={row.n}, c={row.c})") for row in EU_2073
    ]
    return [("", gettext("by the hazard")), *rows]


def levels() -> Choices:
    """Return the inspection levels of ISO 2859-1."""
    return [("", gettext("by the enterprise's class")), *((lv, lv) for lv in iso2859.LEVELS)]


def aqls() -> Choices:
    """Return the AQLs up to 10 %, which can be read as a share of units."""
    return [("", gettext("by how serious it is")), *((f"{a:g}", f"{a:g}") for a in _PERCENT_AQL)]


def markets() -> Choices:
    """Return the markets that the book has limits for."""
    return [(code, said(name)) for code, name in MARKETS.items()]


def commodity_paths() -> Choices:
    """Return the commodities of the limits, each set in by its depth."""
    return [(path, "\u2003" * path.count("/") + said(name)) for path, name in COMMODITIES.items()]


def analytes() -> Choices:
    """Return the analytes of the limits."""
    return [(code, said(name)) for code, name in ANALYTES.items()]


def units() -> list[str]:
    """Return the units that results may be in."""
    return list(UNITS)


def rules() -> Choices:
    """Return the decision rules."""
    return [(key, said(rule.name)) for key, rule in judging.RULES.items()]


_KINDS: Mapping[str, Text] = {
    LimitKind.MAXIMUM: Text(zh="不得超过", en="at most"),
    LimitKind.MINIMUM: Text(zh="不得低于", en="at least"),
    LimitKind.RANGE: Text(zh="在两个数之间", en="between two numbers"),
    LimitKind.ABSENT: Text(zh="不得检出", en="not detected"),
}


def limit_kinds() -> Choices:
    """Return the kinds of limit."""
    return [(str(kind), said(text)) for kind, text in _KINDS.items()]


def first_of(rows: Iterable[tuple[str, str]]) -> str:
    """Return the first value of plain choices."""
    return next(iter(rows))[0]
