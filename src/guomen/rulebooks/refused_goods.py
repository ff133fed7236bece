"""
By what goods that were refused are known again, and for how long: design defaults [D].

No text sets weights. A mark of the goods themselves with product and owner makes them the same;
seller, product and quantity together make them like others, which are opened and compared.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from guomen.core.returning import Weights
from guomen.rulebooks.dated import Dated, Series

KNOWN_AGAIN: Series[Weights] = Series.of(
    "weights by which refused goods are known again",
    [
        Dated(
            value=Weights(
                marks={"lot": 4.0, "seal": 5.0, "container": 5.0, "transport_document": 5.0},
                seller=3.0,
                seller_nearly=2.0,
                enterprise=2.0,
                product=2.0,
                heading=1.0,
                quantity=((Decimal("0.02"), 3.0), (Decimal("0.10"), 1.0)),
                same=8.0,
                like=7.5,
                remembered=timedelta(days=365),
                likes_remembered=timedelta(days=60),
            ),
            begins=date(2000, 1, 1),
            source="design default of Guomen",
            certainty="default",
        )
    ],
)
