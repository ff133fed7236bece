"""
Units of laboratory results, and the one place where they are converted.

Factors are exact decimals to the base unit of a dimension. Dimensions never mix:
mg/kg and mg/L differ by a density, Bq/kg and mg/kg by a nuclide, and guessing
either would turn a wrong unit into a clean result. ppm, ppb and % mean mass
fractions, as food standards use them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import ClassVar

from guomen.core.errors import GuomenError


class UnitMismatch(GuomenError):
    """Two units measure different things."""

    code: ClassVar[str] = "conformity.unit-mismatch"


class UnitUnknown(GuomenError):
    """A unit is not in the table."""

    code: ClassVar[str] = "conformity.unit-unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One unit: how many base units of its dimension it holds."""

    symbol: str
    dimension: str
    factor: Decimal
    signed: bool = False  # a value below zero is possible


_TABLE: Mapping[str, Mapping[str, str]] = {
    # base mg/kg
    "mass fraction": {
        "mg/kg": "1",
        "µg/kg": "1e-3",
        "ng/kg": "1e-6",
        "g/kg": "1e3",
        "kg/kg": "1e6",
        "µg/g": "1",
        "ng/g": "1e-3",
        "pg/g": "1e-6",
        "mg/g": "1e3",
        "g/g": "1e6",
        "g/100 g": "1e4",
        "mg/100 g": "10",
        "µg/100 g": "1e-2",
        "%": "1e4",
        "ppm": "1",
        "ppb": "1e-3",
    },
    # base mg/L
    "mass concentration": {
        "mg/L": "1",
        "µg/L": "1e-3",
        "ng/L": "1e-6",
        "g/L": "1e3",
        "µg/mL": "1",
        "ng/mL": "1e-3",
        "mg/mL": "1e3",
        "mg/100 mL": "10",
        "g/100 mL": "1e4",
    },
    "activity per mass": {"Bq/kg": "1", "kBq/kg": "1e3", "Bq/g": "1e3", "mBq/kg": "1e-3"},
    "activity per volume": {"Bq/L": "1", "kBq/L": "1e3", "mBq/L": "1e-3"},
    "count per mass": {"CFU/g": "1", "CFU/10 g": "0.1", "CFU/25 g": "0.04", "CFU/100 g": "0.01"},
    "count per volume": {"CFU/mL": "1", "CFU/100 mL": "0.01", "CFU/L": "1e-3"},
    "probable number per mass": {"MPN/g": "1", "MPN/100 g": "0.01"},
    "probable number per volume": {"MPN/mL": "1", "MPN/100 mL": "0.01"},
    "length": {"mm": "1", "cm": "10", "m": "1e3", "µm": "1e-3"},
    "mass": {"g": "1", "kg": "1e3", "mg": "1e-3"},
    "temperature": {"°C": "1"},
    "acidity": {"pH": "1"},
    # Found or not found, where nothing is measured: a pathogen, a pest, a defect.
    "finding": {"finding": "1"},
}
_SIGNED = frozenset({"temperature"})
# Spellings met on reports, after case folding, NFKC and the removal of spaces.
_SPELLINGS: Mapping[str, str] = {
    "毫克/千克": "mg/kg",
    "毫克/公斤": "mg/kg",
    "微克/千克": "µg/kg",
    "克/千克": "g/kg",
    "贝可/千克": "Bq/kg",
    "ug/kg": "µg/kg",
    "ug/g": "µg/g",
    "ug/l": "µg/L",
    "ug/ml": "µg/mL",
    "ug/100g": "µg/100 g",
    "mgkg-1": "mg/kg",
    "℃": "°C",
    "percent": "%",
}


def _folded(symbol: str) -> str:
    return unicodedata.normalize("NFKC", symbol).replace(" ", "").casefold()


UNITS: Mapping[str, Unit] = MappingProxyType(
    {
        symbol: Unit(
            symbol=symbol, dimension=dimension, factor=Decimal(factor), signed=dimension in _SIGNED
        )
        for dimension, rows in _TABLE.items()
        for symbol, factor in rows.items()
    }
)
_BY_SPELLING: Mapping[str, Unit] = MappingProxyType(
    {
        **{_folded(symbol): unit for symbol, unit in UNITS.items()},
        **{_folded(spelling): UNITS[symbol] for spelling, symbol in _SPELLINGS.items()},
    }
)


def unit_of(symbol: str) -> Unit:
    """
    Return the unit that a symbol names.

    >>> unit_of("ug/kg").symbol
    'µg/kg'

    :raises UnitUnknown: if the symbol is not in the table
    """
    found = unit_or_none(symbol)
    if found is None:
        raise UnitUnknown(
            f"The unit {symbol!r} is not known: write it as on the standard (for example mg/kg), "
            "or add it to the table of units with its factor.",
            unit=symbol,
        )
    return found


def unit_or_none(symbol: str | None) -> Unit | None:
    """Return the unit that a symbol names, or None when it is blank or not in the table."""
    return None if symbol is None else _BY_SPELLING.get(_folded(symbol))


def factor(from_unit: str, to_unit: str) -> Decimal:
    """
    Return what a number in one unit is multiplied by to stand in another.

    >>> factor("mg/100 g", "g/kg")
    Decimal('0.010')

    :raises UnitMismatch: if the units measure different things
    :raises UnitUnknown: if either is not in the table
    """
    start, end = unit_of(from_unit), unit_of(to_unit)
    if start.dimension != end.dimension:
        raise UnitMismatch(
            f"{start.symbol} is a {start.dimension} and {end.symbol} a {end.dimension}: ask the "
            f"laboratory to report in {end.symbol}, or correct the unit on the result.",
            from_unit=start.symbol,
            to_unit=end.symbol,
        )
    return start.factor / end.factor


def convert(value: Decimal, *, from_unit: str, to_unit: str) -> Decimal:
    """
    Convert a number from one unit to another, exactly.

    >>> convert(Decimal(300), from_unit="µg/kg", to_unit="mg/kg")
    Decimal('0.300')

    :raises UnitMismatch: if the units measure different things
    :raises UnitUnknown: if either is not in the table
    """
    return value * factor(from_unit, to_unit)
