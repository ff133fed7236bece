"""Radionuclides: GB 14882-94 by group of food, and the Codex guideline levels."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from guomen.core.conformity.model import Limit
from guomen.rulebooks.dated import Certainty, Dated, Series
from guomen.rulebooks.limits.rows import Instrument

_GB_14882 = Instrument(
    basis="GB 14882-94",
    begins=date(1994, 9, 1),
    source="digits in a published copy, exponents lost in it; the day from knowledge",
    certainty="sourced",
)
_CODEX_1989 = Instrument(
    basis="CAC/GL 5-1989",
    begins=date(1989, 7, 1),
    ends=date(2006, 7, 1),
    source="published copy of the guideline; the days from knowledge",
    certainty="sourced",
    market="CODEX",
)
_CODEX_2006 = Instrument(
    basis="CAC/GL 5, revised 2006 (CXS 193)",
    begins=date(2006, 7, 1),
    source="from knowledge; not compared with the guideline",
    certainty="knowledge",
    market="CODEX",
)

_GROUPS: tuple[tuple[str, ...], ...] = (
    ("food/cereal",),
    ("food/tuber",),
    ("food/vegetable", "food/fruit"),
    ("food/meat", "food/aquatic"),
    ("food/dairy/milk",),
)
# One number a group, in the order above. Where an exponent had to be recalled
# the row is knowledge; the milk column of the first and third was legible.
_LEVELS: tuple[tuple[str, tuple[str, ...], tuple[Certainty, ...]], ...] = (
    ("i_131", ("190", "89", "160", "470", "33"), ("knowledge",) * 4 + ("sourced",)),
    ("cs_137", ("260", "90", "210", "800", "330"), ("knowledge",) * 5),
    ("sr_90", ("96", "33", "77", "290", "40"), ("knowledge",) * 4 + ("sourced",)),
    ("pu_239", ("3.4", "1.2", "2.7", "10.0", "2.6"), ("sourced",) * 5),
)
_INFANT = ("food/dairy/milk", "food/dairy/infant_formula")

ROWS: tuple[Limit, ...] = (
    *(
        row
        for analyte, values, certainties in _LEVELS
        for where, value, certainty in zip(_GROUPS, values, certainties, strict=True)
        for row in _GB_14882.maximum(analyte, where, value, "Bq/kg", certainty=certainty)
    ),
    *_CODEX_1989.maximum("cs_134_137", "food", "1000", "Bq/kg"),
    *_CODEX_1989.maximum("i_131", "food", "1000", "Bq/kg"),
    *_CODEX_1989.maximum("i_131", _INFANT, "100", "Bq/kg"),
    *_CODEX_2006.maximum("cs_134_137", "food", "1000", "Bq/kg"),
    *_CODEX_2006.maximum("i_131", "food", "100", "Bq/kg"),
)

#: Litres of milk that a kilogram of whole milk powder stands for.
MILK_POWDER_FACTOR: Series[Decimal] = Series.of(
    "litres of milk in a kilogram of whole milk powder",
    [
        Dated(
            value=Decimal(7),
            unit="L/kg",
            begins=_GB_14882.begins,
            source="GB 14882-94, published copy",
            certainty="sourced",
        )
    ],
)
