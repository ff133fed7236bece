"""
Taking samples: which units the fair draw of the day names, and which tests are opened.

The units are drawn on the day of sampling under the key of that day, mixed with the anchor of the
day before, and stored at once: nobody can draw again for better ones, and anybody can repeat the
draw once the key is public. Without a key nothing is drawn; the sampler then says so and takes the
units by hand.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from django.db import transaction

from guomen.core.errors import GuomenError
from guomen.core.sampling import draw_units
from guomen.core.severity import Outcome
from guomen.journeys import drawing, rulings
from guomen.journeys.clearance import Lodgement
from guomen.rulebooks import laboratory as book
from guomen.rulebooks.sampling_policies import POLICIES
from guomen.supervision.controls import queries as controls
from guomen.supervision.declarations import operations as declarations
from guomen.supervision.declarations.lifecycle import LINE, LineMove, LineState
from guomen.supervision.declarations.models import Line
from guomen.supervision.ledger import custody
from guomen.supervision.ledger import operations as ledger
from guomen.supervision.ledger import queries as entries
from guomen.supervision.parties.codes import reference
from guomen.supervision.samples import operations, queries
from guomen.supervision.samples.lifecycle import SampleMove
from guomen.supervision.samples.models import Portion, Sample
from guomen.supervision.samples.operations import Hand

KIND = "sample.taken"
PURPOSE = "units"
#: Where a line may stand when it is sampled.
SAMPLED = (LineState.UNDER_INSPECTION, LineState.SAMPLING)


class NotToBeSampledError(GuomenError):
    """The line is not waiting for a sample."""

    code: ClassVar[str] = "laboratory.not-to-be-sampled"


class NothingToTestError(GuomenError):
    """No laboratory carries out a test for these goods."""

    code: ClassVar[str] = "laboratory.nothing-to-test"


class LotUnknownError(GuomenError):
    """The number of units in the lot is not known, so none can be drawn."""

    code: ClassVar[str] = "laboratory.lot-unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """
    What a sampler says: the seal put on, who stood by, and the lot where it was counted anew.

    ``units`` are those taken by hand, on a day without a draw key only.
    """

    seal: str
    witness: str = ""
    units_in_lot: int | None = None
    units: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is asked of a line: the sampling plan of its ruling and the hazards to test."""

    policy: str | None
    n: int | None
    ac: int | None
    re: int | None
    hazards: tuple[str, ...]

    @property
    def body(self) -> dict[str, Any]:
        """Return the plan as it is stored."""
        return {"policy": self.policy, "n": self.n, "ac": self.ac, "re": self.re}


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """Units of a lot and the draw that named them; no agency where they were taken by hand."""

    units: tuple[int, ...]
    agency: str = ""
    anchor: str = ""


def plans_of(lines: Sequence[Line]) -> dict[int, Plan]:
    """Return what the newest ruling on each line asks of its sample; a fixed number of queries."""
    bodies = entries.latest(rulings.KIND, [line.reference for line in lines])
    found = {line.pk: _ruling(bodies.get(line.reference)) for line in lines}
    named = {reference for ruling in found.values() for reference in ruling.get("orders", ())}
    orders = controls.orders_named(named) if named else {}
    return {
        line.pk: _plan(line, found[line.pk], {name: order.tests for name, order in orders.items()})
        for line in lines
    }


def _ruling(entry: entries.Recorded | None) -> Mapping[str, Any]:
    if entry is None or entry.body is None:
        return {}
    found: Mapping[str, Any] = entry.value()["ruling"]
    return found


def _plan(line: Line, ruling: Mapping[str, Any], tests: Mapping[str, Collection[str]]) -> Plan:
    sampling = ruling.get("sampling") or {}
    ordered = [test for name in ruling.get("orders", ()) for test in tests.get(name, ())]
    return Plan(
        policy=sampling.get("policy"),
        n=sampling.get("n"),
        ac=sampling.get("ac"),
        re=sampling.get("re"),
        hazards=book.hazards_of(line.hs_code or "", ordered),
    )


def take_samples(line_reference: str, taking: Taking, *, how: Lodgement) -> list[str]:
    """
    Take the samples of a line: one for each laboratory that tests it, one to keep, one to counter.

    Returns the references, test samples first.

    :raises NotToBeSampledError: if the line does not wait for a sample, or has one already
    :raises NothingToTestError: if no laboratory tests these goods
    :raises LotUnknownError: if the lot is not counted, or fewer units were declared than are taken
    """
    with transaction.atomic():
        line = _waiting(line_reference)
        plan = plans_of([line])[line.pk]
        laboratories = _laboratories(plan, how=how)
        lot = taking.units_in_lot or line.units_in_lot
        plan = _counted(plan, line, lot)
        number = 1 + Sample.objects.filter(line=line, portion=Portion.RETAINED).count()
        drawn = _draw(line, plan, taking=taking, lot=lot, number=number, how=how)
        taken = _Taken(line=line, plan=plan, lot=lot, number=number, drawn=drawn)
        made = _store(taken, taking, laboratories=laboratories, how=how)
        body = {
            "anchor": drawn.anchor,
            "draw": drawn.agency,
            "lot": lot,
            "plan": plan.body,
            "samples": [sample.reference for sample in made],
            "seal": taking.seal,
            "tests": list(plan.hazards),
            "units": list(drawn.units),
        }
        draft = ledger.Draft(kind=KIND, subject=line.reference, body=body)
        ledger.append([draft], at=how.at, by=how.by)
        if line.state == LineState.SAMPLING:
            move_line(line, LineMove.TEST)
    return [sample.reference for sample in made]


def move_line(line: Line, move: LineMove) -> None:
    """Move a locked line, and store it."""
    line.state = LINE.after(LineState(line.state), move).value
    line.version += 1
    declarations.save_moves([line])


def _waiting(line_reference: str) -> Line:
    line = declarations.locked_lines([line_reference]).first()
    if line is None or not _wants_sample(line):
        raise NotToBeSampledError(
            f"line {line_reference} does not wait for a sample", line=line_reference
        )
    if line.samples.filter(state__in=queries.ALIVE, portion=Portion.TEST).exists():
        raise NotToBeSampledError(
            f"line {line_reference} is sampled already; a further sample is taken when the "
            "laboratory has refused the first",
            line=line_reference,
        )
    return line


def _wants_sample(line: Line) -> bool:
    """Tell whether a ruling of any stage asks for a sample that was not taken."""
    drawn = line.outcome == Outcome.INSPECT_AND_SAMPLE
    return line.state == LineState.SAMPLING or (drawn and line.state in SAMPLED)


def _laboratories(plan: Plan, *, how: Lodgement) -> dict[str, int]:
    """Return which laboratory tests each hazard; what nobody tests goes to the first of them."""
    day = drawing.offices()[how.agency].day_of(how.at)
    methods = {hazard: book.method_for(hazard, on=day) for hazard in plan.hazards}
    places = queries.laboratories_of(
        [method.code for method in methods.values() if method], on=day, known=how.at
    )
    found = {
        hazard: places[method.code]
        for hazard, method in methods.items()
        if method is not None and method.code in places
    }
    if not found:
        raise NothingToTestError(
            "no laboratory carries out a test for these goods: the inspector's own findings decide",
            hazards=list(plan.hazards),
        )
    first = next(iter(found.values()))
    return {hazard: found.get(hazard, first) for hazard in plan.hazards}


def _counted(plan: Plan, line: Line, lot: int | None) -> Plan:
    """Return the plan with its numbers for the lot as it was counted."""
    if plan.policy is None or lot is None or (plan.n is not None and lot == line.units_in_lot):
        return plan
    numbers = POLICIES[plan.policy].plans(np.array([lot], dtype=np.int64))
    n, ac, re_ = (int(numbers[name][0]) for name in ("n", "ac", "re"))
    return Plan(policy=plan.policy, n=n, ac=ac, re=re_, hazards=plan.hazards)


# Where a ruling names no plan, so many units make one sample (design default).
_WITHOUT_PLAN = 5


def units_wanted(plan: Plan, lot: int) -> int:
    """Return how many units are taken from a lot."""
    return min(lot, plan.n if plan.n and plan.n > 0 else _WITHOUT_PLAN)


def draw_reference(line: str, number: int, anchor: str) -> str:
    """Return the text that the draw of units is made on, besides the lot and the key of the day."""
    return f"{line}#{number}@{anchor}"


def _draw(
    line: Line, plan: Plan, *, taking: Taking, lot: int | None, number: int, how: Lodgement
) -> Drawn:
    if not lot or lot < 0:
        raise LotUnknownError(
            f"the number of units in the lot of {line.reference} is not known: count them on the "
            "spot and say how many there are",
            line=line.reference,
        )
    wanted = units_wanted(plan, lot)
    office = drawing.offices()[line.agency.code]
    day = office.day_of(how.at)
    use = custody.Use(at=how.at, who=how.by, purpose=PURPOSE)
    try:
        key = custody.key_for(day, office, use=use)
    except custody.NoKeyToday:
        return _by_hand(line, taking.units, lot=lot)
    anchor = entries.previous_anchor(day)
    name = draw_reference(line.reference, number, anchor)
    units = draw_units(wanted, lot, key.key, reference=name)
    return Drawn(units=units, agency=office.agency, anchor=anchor)


def _by_hand(line: Line, units: Collection[int], *, lot: int) -> Drawn:
    if not units or min(units) < 1 or max(units) > lot:
        raise LotUnknownError(
            "there is no draw key today, so no unit can be drawn: name the units that you take, "
            f"from 1 to {lot}",
            line=line.reference,
        )
    return Drawn(units=tuple(sorted(set(units))))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken:
    """One taking of a line: its plan, its lot and the units that were drawn."""

    line: Line
    plan: Plan
    lot: int | None
    number: int
    drawn: Drawn


def _store(
    taken: _Taken, taking: Taking, *, laboratories: Mapping[str, int], how: Lodgement
) -> list[Sample]:
    line = taken.line
    day = drawing.offices()[line.agency.code].day_of(how.at)
    places = list(dict.fromkeys(laboratories.values()))
    portions = [(Portion.TEST, place) for place in places]
    portions += [(Portion.RETAINED, places[0]), (Portion.COUNTER, places[0])]
    numbers = declarations.reserve(f"SMP-{day.year}", len(portions))
    shared = {
        "line": line,
        "agency_id": line.agency_id,
        "taking": taken.number,
        "taken_at": how.at,
        "taken_on": day,
        "taken_by": how.by,
        "witness": taking.witness,
        "units_in_lot": taken.lot,
        "units": list(taken.drawn.units),
        "plan": taken.plan.body,
        "draw_agency": taken.drawn.agency,
        "draw_anchor": taken.drawn.anchor,
        "holder": how.by,
    }
    made = operations.take(
        [
            {
                **shared,
                "reference": reference(f"SMP-{day.year}", serial),
                "laboratory_id": place,
                "portion": portion,
                "seal": seal_of(taking.seal, portion),
            }
            for serial, (portion, place) in zip(numbers, portions, strict=True)
        ]
    )
    for sample in made:
        if sample.portion != Portion.TEST:
            hand = Hand(taker=operations.store_of(line.agency.code), seal=sample.seal)
            operations.hand_over(sample, hand, move=SampleMove.KEEP, at=how.at, by=how.by)
    _open_tests(made, taken, laboratories=laboratories, how=how)
    return made


_SEALS = {Portion.TEST: "", Portion.RETAINED: "-R", Portion.COUNTER: "-C"}


def seal_of(seal: str, portion: Portion) -> str:
    """Return the number of the seal of a portion: the test sample bears the one that is named."""
    return f"{seal}{_SEALS[portion]}"


def _open_tests(
    made: Sequence[Sample], taken: _Taken, *, laboratories: Mapping[str, int], how: Lodgement
) -> None:
    first = {s.laboratory_id: s for s in made if s.portion == Portion.TEST}
    rows = []
    for hazard, place in laboratories.items():
        sample = first[place]
        method = book.method_for(hazard, on=sample.taken_on)
        rows.append(
            {
                "sample": sample,
                "line": taken.line,
                "agency_id": taken.line.agency_id,
                "laboratory_id": place,
                "hazard": hazard,
                "method": method.code if method else "",
                "ordered_at": how.at,
            }
        )
    operations.order(rows)


def repeated(sample: Sample, line: str, *, known_key: str | None) -> bool | None:
    """
    Draw the units of a sample again from the published key; None while the key is secret.

    A sample whose units were taken by hand has no draw that could be repeated, and is None too.
    """
    if known_key is None or not sample.draw_agency or sample.units_in_lot is None:
        return None
    name = draw_reference(line, sample.taking, sample.draw_anchor)
    wanted = len(sample.units)
    again = draw_units(wanted, sample.units_in_lot, bytes.fromhex(known_key), reference=name)
    return list(again) == list(sample.units)
