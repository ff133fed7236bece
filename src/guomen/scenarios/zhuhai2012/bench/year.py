"""
A year of samples, custody, runs, results and verdicts behind the outcomes of the year, in bulk.

The rows are those that the journeys of the laboratory write; the entries of the ledger too, in a
few batches at the end of the year, each with the moment of what it tells. Hand-overs of the past
stand in their table alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from guomen.core.severity import Outcome
from guomen.journeys.laboratory import sampling
from guomen.scenarios.zhuhai2012.bench.measuring import tests_of, write_bench
from guomen.scenarios.zhuhai2012.bench.state import CHUNK, Fill, Filled, chunks
from guomen.scenarios.zhuhai2012.bench.taking import read_draws, write_samples
from guomen.scenarios.zhuhai2012.bench.timeline import Sampled, takings
from guomen.supervision.agencies.models import Agency, Officer
from guomen.supervision.declarations.lifecycle import LineState
from guomen.supervision.declarations.models import Line, LineResult

Truths = Mapping[tuple[str, int], Any]


def fill(truths: Truths, *, now: datetime, seed: int) -> Filled:
    """
    Write the samples behind the results of the year, as they stand at a moment.

    :param truths: what is true of each line, by own number and number of the line.
    """
    state = Fill(
        now=now,
        seed=seed,
        agencies=dict(Agency.objects.values_list("code", "pk")),
        codes=dict(Agency.objects.values_list("pk", "code")),
        people=dict(Officer.objects.values_list("user__username", "key")),
    )
    with transaction.atomic():
        taken = [t for one in _sampled(truths, state) for t in takings(one) if t.taken <= now]
        taken.sort(key=lambda taking: (taking.taken, taking.sampled.reference))
        read_draws(taken, state)
        write_samples(taken, state)
        write_bench(tests_of(taken, state), state)
    return state.done


def _sampled(truths: Truths, state: Fill) -> Iterator[Sampled]:
    """Yield the lines of the year that had to be sampled and were neither held nor withdrawn."""
    looked = (*_LOOKED, LineState.UNDER_INSPECTION)
    rows = (
        Line.objects.filter(outcome=Outcome.INSPECT_AND_SAMPLE, state__in=looked)
        .select_related("declaration")
        .order_by("pk")
    )
    results: dict[int, list[tuple[datetime, bool, str]]] = {}
    columns = ("line_id", "at", "performed", "finding")
    for line, at, performed, finding in LineResult.objects.order_by("seq").values_list(*columns):
        results.setdefault(line, []).append((at, performed, finding))
    for lines in chunks(list(rows), CHUNK):
        state.plans.update(sampling.plans_of(lines))
        for line in lines:
            truth = truths.get((line.declaration.own_number, line.number))
            if truth is not None and line.units_in_lot:
                yield Sampled(
                    line=line.pk,
                    reference=line.reference,
                    agency=state.codes[line.agency_id],
                    hs_code=line.hs_code or "",
                    lot=line.units_in_lot,
                    decided_at=line.decided_at,
                    hazards=state.plans[line.pk].hazards,
                    fault=truth.fault,
                    luck=truth.luck,
                    results=tuple(results.get(line.pk, ())),
                    open=line.state == LineState.UNDER_INSPECTION,
                )


_LOOKED = (
    LineState.RELEASED,
    LineState.CONDITIONALLY_RELEASED,
    LineState.NONCONFORMING,
    LineState.UNDER_DISPOSAL,
    LineState.DISPOSED,
    LineState.SAMPLING,
    LineState.TESTING,
    LineState.ASSESSED,
)
