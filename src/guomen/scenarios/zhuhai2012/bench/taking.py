"""The samples of the year and their chains of custody, as rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from guomen.core.sampling import draw_units
from guomen.journeys import drawing
from guomen.journeys.laboratory import sampling
from guomen.rulebooks import laboratory as book
from guomen.scenarios.zhuhai2012.bench import equipment
from guomen.scenarios.zhuhai2012.bench.state import BY, CHUNK, Fill, Row, chunks
from guomen.scenarios.zhuhai2012.bench.timeline import ZONE, Taking
from guomen.supervision.declarations import operations as declarations
from guomen.supervision.ledger import custody
from guomen.supervision.ledger import operations as ledger
from guomen.supervision.ledger import queries as entries
from guomen.supervision.parties.codes import reference
from guomen.supervision.samples import operations
from guomen.supervision.samples.models import HandOver, Portion, Sample

_COURIER = "冷链送样车 粤C-08321"
# Counter-samples and retained samples of lines this old were disposed of and are left out.
_KEPT_DAYS = 60


def read_draws(taken: Iterable[Taking], state: Fill) -> None:
    """Read the keys and anchors of the days of sampling; the key of today is asked for."""
    office = drawing.offices()["ZH"]
    for day in sorted({office.day_of(taking.taken) for taking in taken}):
        state.anchors[day] = entries.previous_anchor(day)
        public = entries.draw_key(day, office.agency)
        if public is not None and public.key is not None:
            state.keys[day] = bytes.fromhex(public.key)
        elif day == office.day_of(state.now):
            use = custody.Use(at=state.now, who=BY, purpose=sampling.PURPOSE)
            state.keys[day] = custody.key_for(day, office, use=use).key


def write_samples(taken: Sequence[Taking], state: Fill) -> None:
    """Write the samples of takings, their chains of custody and their entries in the ledger."""
    rows: list[Row] = []
    for taking in taken:
        rows.extend(_sample_rows(taking, state))
    numbers = iter(declarations.reserve("SMP-2012", len(rows)))
    for row in rows:
        row["reference"] = reference("SMP-2012", next(numbers))
    stored = [{k: v for k, v in row.items() if not k.startswith("_")} for row in rows]
    operations.insert(Sample, stored)
    keys = dict(Sample.objects.values_list("reference", "pk"))
    operations.insert(HandOver, [h for row in rows for h in _chain(row, keys[row["reference"]])])
    state.done.samples = len(rows)
    drafts = [_taken_draft(rows_of) for rows_of in _by_taking(rows)]
    for part in chunks(drafts, CHUNK):
        ledger.append(part, at=state.now, by=BY)


def _by_taking(rows: Iterable[Row]) -> Iterator[list[Row]]:
    found: dict[tuple[int, int], list[Row]] = {}
    for row in rows:
        found.setdefault((row["line_id"], row["taking"]), []).append(row)
    yield from found.values()


def _taken_draft(rows: Sequence[Row]) -> ledger.Draft:
    first = rows[0]
    body = {
        "anchor": first["draw_anchor"],
        "at": first["taken_at"].isoformat(),
        "draw": first["draw_agency"],
        "lot": first["units_in_lot"],
        "plan": first["plan"],
        "samples": [row["reference"] for row in rows],
        "seal": first["seal"],
        "tests": list(first["_taking"].sampled.hazards),
        "units": first["units"],
    }
    line = first["_taking"].sampled.reference
    return ledger.Draft(kind=sampling.KIND, subject=line, body=body)


def laboratories_of(hazards: Iterable[str], on: date) -> dict[str, list[str]]:
    """Return the hazards that each laboratory tests, the first laboratory first."""
    found: dict[str, list[str]] = {}
    for hazard in hazards:
        method = book.method_for(hazard, on=on)
        place = equipment.LABORATORIES[method.speciality] if method else ""
        found.setdefault(place or next(iter(found), "ZH-L1"), []).append(hazard)
    return found


def _sample_rows(taking: Taking, state: Fill) -> Iterator[Row]:
    one = taking.sampled
    plan = state.plans[one.line]
    day = taking.taken.astimezone(ZONE).date()
    anchor = state.anchors[day]
    wanted = sampling.units_wanted(plan, one.lot)
    name = sampling.draw_reference(one.reference, taking.number, anchor)
    units = draw_units(wanted, one.lot, state.keys[day], reference=name)
    sampler = state.sampler(one.agency)
    seal = f"CY{day:%y%m%d}{one.line % 10_000:04d}{taking.number}"
    shared: Row = {
        "_taking": taking,
        "line_id": one.line,
        "agency_id": state.agencies[one.agency],
        "taking": taking.number,
        "taken_at": taking.taken,
        "taken_on": day,
        "taken_by": sampler,
        "witness": "货主代表",
        "units_in_lot": one.lot,
        "units": list(units),
        "plan": plan.body,
        "draw_agency": "ZH",
        "draw_anchor": anchor,
        "version": 1,
    }
    places = list(laboratories_of(one.hazards, day))
    for place in places:
        yield {**shared, **_test_portion(taking, place, sampler, seal, state)}
    if state.now - taking.taken < timedelta(days=_KEPT_DAYS):
        for portion in ("retained", "counter"):
            yield {
                **shared,
                "portion": portion,
                "laboratory_id": state.agencies[places[0]],
                "state": "kept",
                "holder": operations.store_of(one.agency),
                "seal": sampling.seal_of(seal, Portion(portion)),
                "hand_overs": 1,
                "received_at": None,
                "kept_until": None,
            }


def _test_portion(taking: Taking, place: str, sampler: str, seal: str, state: Fill) -> Row:
    steps = [at for at in (taking.handed, taking.received) if at <= state.now]
    analyst = state.analyst(place, taking.received)
    stands = ("taken", "under_way", "refused" if taking.refused else "received")[len(steps)]
    if stands == "received" and taking.approved <= state.now:
        stands = "tested"
    tested = stands == "tested"
    return {
        "portion": "test",
        "laboratory_id": state.agencies[place],
        "state": stands,
        "holder": (sampler, _COURIER, analyst)[len(steps)],
        "seal": seal,
        "hand_overs": len(steps),
        "received_at": taking.received if len(steps) == 2 else None,
        "kept_until": book.kept_until(taking.approved, conforms=taking.failing is None)
        if tested
        else None,
    }


# Giver, taker, moment, who recorded it, condition, temperature.
_Link = tuple[str, str, datetime, str, str, Decimal | None]


def _chain(row: Row, sample: int) -> Iterator[Row]:
    taking: Taking = row["_taking"]
    seal, sampler = row["seal"], row["taken_by"]
    if row["portion"] != "test":
        links: Sequence[_Link] = [(sampler, row["holder"], taking.taken, sampler, "good", None)]
    else:
        condition = "seal_broken" if taking.refused else "good"
        received = row["holder"]
        links = [
            (sampler, _COURIER, taking.handed, sampler, "good", Decimal("3.0")),
            (_COURIER, received, taking.received, received, condition, Decimal("4.5")),
        ][: row["hand_overs"]]
    for number, (giver, taker, at, by, condition, warm) in enumerate(links, start=1):
        yield {
            "sample_id": sample,
            "number": number,
            "giver": giver,
            "taker": taker,
            "at": at,
            "by": by,
            "seal": seal,
            "condition": condition,
            "temperature": warm,
            "note": "",
        }
