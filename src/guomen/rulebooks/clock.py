"""From how many past consignments a finish is expected, how surely, and when one is late: [D]."""

from __future__ import annotations

from datetime import timedelta

# The chance with which a consignment finishes within the band that is shown.
COVERAGE = 0.85
# Fewer past durations than this say nothing: the finish is unknown.
LEAST = 30
# Longer than this share of its like took: late.
LATE = 0.97
# Durations of so long before count, and so many order statistics of a cell are kept.
WINDOW = timedelta(days=365)
KEPT = 600
SOURCE = "design default of Guomen"
CERTAINTY = "default"
