"""Residues: veterinary drugs that may not be found, and pesticides in vegetables."""

from __future__ import annotations

from datetime import date

from guomen.core.conformity.model import Limit
from guomen.core.text import Text
from guomen.rulebooks.limits.rows import Instrument
from guomen.rulebooks.limits.vocabulary import EDIBLE_TISSUE

_RECALLED = "from knowledge; not compared with the instrument"

_MOA_235 = Instrument(
    basis="农业部公告第235号",
    begins=date(2002, 12, 24),
    source="ban published; the day from knowledge",
    certainty="sourced",
)
_MOA_176 = Instrument(
    basis="农业部公告第176号、第235号",
    begins=date(2002, 12, 24),
    source=_RECALLED,
    certainty="knowledge",
)
_PESTICIDES_2010 = Instrument(
    basis="GB 26130-2010",
    begins=date(2011, 4, 1),
    ends=date(2013, 3, 1),
    source="values in a published copy; the number and days of the standard from knowledge",
    certainty="sourced",
)
_GB_2763 = Instrument(
    basis="GB 2763-2012 and its successors",
    begins=date(2013, 3, 1),
    source=_RECALLED,
    certainty="knowledge",
)
_GB_2763_TO_2021 = Instrument(
    basis="GB 2763-2012 to 2019",
    begins=date(2013, 3, 1),
    ends=date(2021, 9, 3),
    source=_RECALLED,
    certainty="knowledge",
)
_GB_2763_2021 = Instrument(
    basis="GB 2763-2021", begins=date(2021, 9, 3), source=_RECALLED, certainty="knowledge"
)

_LEAFY = "food/vegetable/leafy"
_TWO_LEAVES = ("food/vegetable/leafy/spinach", "food/vegetable/leafy/pak_choi")
_NITROFURANS = Text(
    zh="方法定量限应达到 0.5–1 µg/kg。", en="The method must quantify 0.5 to 1 µg/kg."
)
_TABLES = (
    _MOA_235.absent("clenbuterol", EDIBLE_TISSUE, unit="µg/kg"),
    _MOA_235.absent("chloramphenicol", EDIBLE_TISSUE, unit="µg/kg"),
    _MOA_176.absent("ractopamine", ("food/meat/pork",), unit="µg/kg"),
    _MOA_176.absent("salbutamol", ("food/meat/pork",), unit="µg/kg"),
    _MOA_176.absent("malachite_green", ("food/aquatic",), unit="µg/kg"),
    _MOA_176.absent(
        "nitrofuran_metabolites", EDIBLE_TISSUE, unit="µg/kg", detecting="1", note=_NITROFURANS
    ),
    _PESTICIDES_2010.maximum("methamidophos", "food/vegetable/root/radish", "0.1", "mg/kg"),
    _PESTICIDES_2010.maximum("acephate", "food/vegetable/root/radish", "1", "mg/kg"),
    _PESTICIDES_2010.maximum("diethofencarb", "food/vegetable/fruiting/tomato", "1", "mg/kg"),
    _PESTICIDES_2010.maximum("diethofencarb", "food/vegetable/fruiting/cucumber", "5", "mg/kg"),
    _GB_2763.maximum("methamidophos", _LEAFY, "0.05", "mg/kg"),
    _GB_2763.maximum("carbofuran", _LEAFY, "0.02", "mg/kg"),
    _GB_2763.maximum("omethoate", _LEAFY, "0.02", "mg/kg"),
    _GB_2763.maximum("phorate", _LEAFY, "0.01", "mg/kg"),
    _GB_2763.maximum("fipronil", _LEAFY, "0.02", "mg/kg"),
    _GB_2763.maximum("cypermethrin", _TWO_LEAVES, "2", "mg/kg"),
    _GB_2763_TO_2021.maximum("chlorpyrifos", _TWO_LEAVES, "0.1", "mg/kg"),
    _GB_2763_2021.maximum("chlorpyrifos", _TWO_LEAVES, "0.02", "mg/kg"),
)

ROWS: tuple[Limit, ...] = tuple(row for rows in _TABLES for row in rows)
