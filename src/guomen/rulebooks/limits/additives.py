"""Food additives: preservatives and bleaching agents of GB 2760-2011."""

from __future__ import annotations

from datetime import date

from guomen.core.conformity.model import Limit
from guomen.rulebooks.limits.rows import Instrument

_GB_2760 = Instrument(
    basis="GB 2760-2011",
    begins=date(2011, 6, 20),
    ends=date(2015, 5, 24),
    source="from knowledge; not compared with the standard",
    certainty="knowledge",
)

ROWS: tuple[Limit, ...] = (
    *_GB_2760.maximum("benzoic_acid", ("food/soy_sauce", "food/jam"), "1.0", "g/kg"),
    *_GB_2760.maximum("benzoic_acid", "food/carbonated_drink", "0.2", "g/kg"),
    *_GB_2760.maximum("sulphur_dioxide", "food/candied_fruit", "0.35", "g/kg"),
    *_GB_2760.maximum("sulphur_dioxide", "food/dried_vegetable", "0.2", "g/kg"),
)
