"""
The names of what keys of series speak of, from the registers. Not for what series say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from guomen.core.text import Text
from guomen.rulebooks import places
from guomen.rulebooks.commodities import GROUP_NAMES
from guomen.supervision.agencies.models import Agency
from guomen.supervision.parties import queries as parties
from guomen.supervision.parties.models import Commodity, Hazard

DIRECTIONS = {"import": Text(zh="进境", en="import"), "export": Text(zh="出境", en="export")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """The names of what keys of series speak of; what is on no register keeps its code."""

    by_part: Mapping[str, Mapping[str, Text]]

    def of(self, key: Mapping[str, str | None]) -> Text:
        """Return one name for a series, in both languages."""
        parts = [self._part(name, value) for name, value in key.items()]
        return Text(zh=" · ".join(p.zh for p in parts), en=" · ".join(p.en for p in parts))

    def _part(self, name: str, value: str | None) -> Text:
        if value is None:
            return Text(zh="未知", en="unknown")
        found = self.by_part.get(name, {}).get(value)
        if found is None:
            return Text(zh=value, en=value)
        if name == "hs6":
            return Text(zh=f"{value} {found.zh}", en=f"{value} {found.en}")
        return found


def names_of(keys: Iterable[Mapping[str, str | None]]) -> Names:
    """Return the names of everything that keys speak of; a query a register."""
    wanted: dict[str, set[str]] = {}
    for key in keys:
        for name, value in key.items():
            if value is not None:
                wanted.setdefault(name, set()).add(value)
    found: dict[str, dict[str, Text]] = {
        "direction": DIRECTIONS,
        "group": {group.value: text for group, text in GROUP_NAMES.items()},
        "origin": places.countries(),
    }
    for name, read in _REGISTERS.items():
        if name in wanted:
            found[name] = read(wanted[name])
    return Names(by_part=found)


def _hs6(codes: set[str]) -> dict[str, Text]:
    rows = Commodity.objects.order_by("hs_code").values_list("hs_code", "name_zh", "name_en")
    found: dict[str, Text] = {}
    for code, zh, en in rows:
        if code[:6] in codes:
            found.setdefault(code[:6], Text(zh=zh, en=en))
    return found


def _enterprises(keys: set[str]) -> dict[str, Text]:
    wanted = sorted(keys)
    found: dict[str, tuple[str, str]] = {}
    for begin in range(0, len(wanted), _AT_ONCE):
        found |= parties.names_of(wanted[begin : begin + _AT_ONCE])
    return {key: Text(zh=zh, en=en) for key, (zh, en) in found.items()}


#: A level may hold a hundred thousand enterprises; a question to the database holds so many.
_AT_ONCE = 5_000


def _hazards(codes: set[str]) -> dict[str, Text]:
    rows = Hazard.objects.filter(code__in=codes).values_list("code", "name_zh", "name_en")
    return {code: Text(zh=zh, en=en) for code, zh, en in rows}


def _laboratories(codes: set[str]) -> dict[str, Text]:
    rows = Agency.objects.filter(code__in=codes).values_list("code", "name_zh", "name_en")
    return {code: Text(zh=zh, en=en) for code, zh, en in rows}


_REGISTERS = {
    "hs6": _hs6,
    "enterprise": _enterprises,
    "port": parties.port_names,
    "hazard": _hazards,
    "laboratory": _laboratories,
}
