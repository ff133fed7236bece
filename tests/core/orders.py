"""Control orders made by chance around the values that lines carry."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import numpy as np
from hypothesis import strategies as st

from guomen.core.controls import Order
from guomen.core.severity import Outcome
from guomen.core.text import Text

VALUES: dict[str, list[str]] = {
    "hs_prefix": ["02", "0202", "020230", "9503006000", "07"],
    "direction": ["import", "export"],
    "origin": ["AU", "CN", "JP"],
    "enterprise": ["ENT-1", "ENT-2"],
    "consignor": ["OVS-1", "OVS-2"],
    "site": ["SIT-1", "SIT-2"],
    "port": ["CNGBP", "CNHGQ"],
    "transport": ["road", "sea"],
    "hazard": ["PEST-1", "PEST-2"],
}
DAYS = [date(2012, 1, 1), date(2012, 5, 24), date(2012, 5, 25), date(2012, 12, 31)]
MOMENTS = [datetime(2012, 5, 24, hour, tzinfo=UTC) for hour in (0, 1, 2)]
REASON = Text(zh="测试", en="test")


@st.composite
def orders(draw: st.DrawFn) -> Order:
    chosen: dict[str, Any] = {
        name: draw(st.sampled_from([None, None, *values])) for name, values in VALUES.items()
    }
    begins = draw(st.sampled_from(DAYS[:3]))
    recorded = draw(st.sampled_from(MOMENTS[:2]))
    return Order(
        reference=draw(st.uuids()).hex,
        effect=draw(st.sampled_from(list(Outcome))),
        reason=REASON,
        begins=begins,
        ends=draw(st.sampled_from([None, *(day for day in DAYS if day > begins)])),
        recorded_at=recorded,
        superseded_at=draw(st.sampled_from([None, *(m for m in MOMENTS if m > recorded)])),
        rate_ppm=draw(st.sampled_from([None, 500_000])),
        mandatory=draw(st.booleans()),
        **chosen,
    )


def many(generator: np.random.Generator, number: int, widest: int = 3) -> list[Order]:
    """Return many orders with up to ``widest`` selectors each."""
    made = []
    for i in range(number):
        used = generator.choice(list(VALUES), size=generator.integers(0, widest + 1), replace=False)
        made.append(
            Order(
                reference=f"O{i}",
                effect=Outcome.INSPECT,
                reason=REASON,
                begins=DAYS[int(generator.integers(0, 2))],
                ends=[None, DAYS[3]][int(generator.integers(0, 2))],
                recorded_at=MOMENTS[int(generator.integers(0, 2))],
                superseded_at=[None, MOMENTS[2]][int(generator.integers(0, 2))],
                **{str(name): str(generator.choice(VALUES[str(name)])) for name in used},
            )
        )
    return made
