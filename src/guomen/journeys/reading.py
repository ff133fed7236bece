"""
A ruling as people read it: gates, reasons, the draw, what is missing, what must be done.

Read from the ledger, never from the projection on the line. What each reader may see is decided
here: a trader never reads confidential orders, and the chance of selection only once the line is
closed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, ClassVar

from guomen.core import canonical, draw, explain
from guomen.core.controls import unsure_facts
from guomen.core.errors import GuomenError
from guomen.core.explain import Missing
from guomen.core.facts import BY_NAME, SUPPLIER_NAMES
from guomen.core.returning import Recognised, recognised
from guomen.core.ruling import MODE_NAMES, FactRead, Gate, GateState, GateView, Mode, Reason
from guomen.core.severity import OUTCOME_NAMES, Outcome
from guomen.core.text import Text
from guomen.journeys import rulings
from guomen.rulebooks.book import BOOK
from guomen.rulebooks.obligations import OBLIGATION_NAMES
from guomen.supervision.controls import queries as controls
from guomen.supervision.controls.models import ControlOrder
from guomen.supervision.declarations.lifecycle import UNFINISHED
from guomen.supervision.declarations.models import Line
from guomen.supervision.ledger import queries as ledger
from guomen.supervision.ledger.queries import Recorded


class Audience(StrEnum):
    """Who reads."""

    OFFICER = "officer"
    ENTERPRISE = "enterprise"


class NoRulingError(GuomenError):
    """There is no ruling that can be read."""

    code: ClassVar[str] = "reading.no-ruling"


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawView:
    """The draw of a line: what verifies it, and what it came to."""

    u: int | None
    chance_ppm: int | None
    threshold: int | None
    selected: bool | None
    day: date
    agency: str
    root: str
    counter: int
    anchor: str
    message: str
    commitment: str | None
    revealed_key: str | None
    demonstration: bool

    @property
    def position(self) -> float | None:
        """Return the drawn point in [0, 1)."""
        return None if self.u is None else self.u / 2**draw.U_BITS


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingView:
    """How many units to take; ``n`` is None where the size of the lot is not known."""

    policy: str
    n: int | None
    ac: int | None
    re: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ObligationView:
    """A duty that comes with the ruling, and the rule that asks for it."""

    code: str
    says: Text
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderView:
    """A control order that met the line, certainly or possibly."""

    reference: str
    effect: Outcome
    reason: Text
    certain: bool
    tests: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One ruling, ready to be shown."""

    line: str
    declaration: str
    seq: int
    at: datetime
    by: str
    outcome: Outcome
    outcome_name: Text
    mode: Text | None
    rate_ppm: int | None
    chance_ppm: int | None
    degraded: bool
    gates: tuple[GateView, ...]
    draw: DrawView
    sampling: SamplingView | None
    obligations: tuple[ObligationView, ...]
    orders: tuple[OrderView, ...]
    missing: tuple[Missing, ...]
    facts: tuple[FactRead, ...]
    returning: Recognised | None
    book: str
    engine: int
    schema: int


def explain_line(reference: str, *, audience: Audience = Audience.OFFICER) -> Explanation:
    """
    Return the newest ruling on a line.

    :raises NoRulingError: if there is none, or it was erased
    """
    found = explain_lines([reference], audience=audience)
    if reference not in found:
        raise NoRulingError(
            f"there is no ruling on {reference} that can be read; look at the ledger",
            line=reference,
        )
    return found[reference]


def explain_lines(
    references: Sequence[str], *, audience: Audience = Audience.OFFICER
) -> dict[str, Explanation]:
    """Return the newest ruling of each line that has a readable one; a fixed number of queries."""
    entries = ledger.latest(rulings.KIND, references)
    return _explained([e for e in entries.values() if e.body is not None], audience=audience)


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """What an answer to a declarant says of a ruling: why, what is missing, what must be done."""

    reasons: tuple[Reason, ...]
    missing: tuple[Missing, ...]
    obligations: tuple[ObligationView, ...]


def brief(bodies: Mapping[str, str], *, audience: Audience) -> dict[str, Brief]:
    """Return the short form of rulings in hand, by line; read as :func:`explain_lines` is read."""
    values = {line: canonical.loads(body) for line, body in bodies.items()}
    kinds = ("orders", "possible") if audience is Audience.ENTERPRISE else ("possible",)
    named = {o for value in values.values() for kind in kinds for o in value["ruling"][kind]}
    forms = controls.forms_named(named) if named else {}
    return {line: _brief(value, forms, audience=audience) for line, value in values.items()}


# Every form of the orders in question, by reference, oldest first.
Forms = Mapping[str, Sequence[ControlOrder]]


def _brief(value: Mapping[str, Any], forms: Forms, *, audience: Audience) -> Brief:
    facts, ruled = value["facts"], value["ruling"]
    words = tuple(int(word, 16) for word in ruled["answers"])
    settled = tuple(facts.get("settled_rules") or ())
    reasons, obligations = _why(words, settled)
    if audience is Audience.ENTERPRISE:
        shown = any(not forms[name][-1].confidential for name in ruled["orders"] if name in forms)
        reasons = tuple(r for r in reasons if r.gate not in _WITHHELD)
        obligations = _duties_for_enterprise(obligations, shown=shown)
    held = ruled["outcome"] == Outcome.HOLD
    unsure = _unsure(value, forms, audience=audience)
    missing = explain.missing(BOOK, words, facts, settled=settled, unsure=unsure)
    return Brief(
        reasons=reasons,
        missing=missing if held else (),
        obligations=obligations,
    )


def _unsure(value: Mapping[str, Any], forms: Forms, *, audience: Audience) -> tuple[str, ...]:
    """
    Return the unknown facts on which it hangs whether an order matches, as it then stood.

    A declarant is not told what only a confidential order asks after.
    """
    facts = value["facts"]
    on, at = date.fromisoformat(facts["on"]), datetime.fromisoformat(facts["received_at"])
    named = (form for name in value["ruling"]["possible"] for form in forms.get(name, ()))
    told = (form for form in named if audience is Audience.OFFICER or not form.confidential)
    orders = (controls.order_of(form) for form in told)
    return unsure_facts((order for order in orders if order.binds(on, at)), facts)


# A year of lines has some thousand different sets of answers.
@lru_cache(maxsize=16_384)
def _why(
    words: tuple[int, ...], settled: tuple[str, ...]
) -> tuple[tuple[Reason, ...], tuple[ObligationView, ...]]:
    """Return the reasons that count, without the facts that they read, and the duties."""
    found = explain.gates(BOOK, words, {}, settled=settled)
    reasons = tuple(r for gate in found for r in gate.reasons if r.decisive)
    return reasons, _duties(words, settled)


def _duties(words: Sequence[int], settled: Sequence[str]) -> tuple[ObligationView, ...]:
    return tuple(
        ObligationView(code=code, says=OBLIGATION_NAMES[code], rule=rule)
        for code, rule in explain.obligations(BOOK, words, settled=settled)
    )


def explain_history(reference: str) -> list[Explanation]:
    """Return every ruling on a line, oldest first, as an officer reads it."""
    entries = ledger.entries_of(reference, kind=rulings.KIND)
    readable = [entry for entry in entries if entry.body is not None]
    return [_explained([entry], audience=Audience.OFFICER)[reference] for entry in readable]


def _explained(entries: Sequence[Recorded], *, audience: Audience) -> dict[str, Explanation]:
    values = {entry.subject: entry.value() for entry in entries}
    forms = controls.forms_named(
        {
            order
            for value in values.values()
            for kind in ("orders", "possible")
            for order in value["ruling"][kind]
        }
    )
    orders = {reference: known[-1] for reference, known in forms.items()}
    keys = {(v["draw"]["day"], v["draw"]["agency"]) for v in values.values()}
    published = {key: ledger.draw_key(date.fromisoformat(key[0]), key[1]) for key in sorted(keys)}
    settled = _settled(values)
    found = {
        entry.subject: _explanation(
            entry,
            values[entry.subject],
            orders=orders,
            published=published,
            settled=settled.get(entry.subject, ()),
            unsure=_unsure(values[entry.subject], forms, audience=audience),
        )
        for entry in entries
    }
    if audience is Audience.OFFICER:
        return found
    closed = set(
        Line.objects.filter(reference__in=list(found))
        .exclude(state__in=[state.value for state in UNFINISHED])
        .values_list("reference", flat=True)
    )
    return {
        reference: _for_enterprise(one, orders, closed=reference in closed)
        for reference, one in found.items()
    }


def _settled(values: Mapping[str, Mapping[str, Any]]) -> dict[str, tuple[str, ...]]:
    return {
        reference: tuple(value["facts"].get("settled_rules") or ())
        for reference, value in values.items()
    }


def _explanation(
    entry: Recorded,
    value: Mapping[str, Any],
    *,
    orders: Mapping[str, ControlOrder],
    published: Mapping[tuple[str, str], ledger.PublishedKey | None],
    settled: Sequence[str],
    unsure: Sequence[str],
) -> Explanation:
    facts, drawn, ruled = value["facts"], value["draw"], value["ruling"]
    words = [int(word, 16) for word in ruled["answers"]]
    outcome = Outcome(ruled["outcome"])
    known = {**facts, **_derived(ruled, orders)}
    missing = explain.missing(BOOK, words, facts, settled=settled, unsure=unsure)
    return Explanation(
        line=entry.subject,
        declaration=facts["declaration"],
        seq=entry.seq,
        at=entry.at,
        by=entry.by,
        outcome=outcome,
        outcome_name=OUTCOME_NAMES[outcome],
        mode=MODE_NAMES[Mode(ruled["mode"])] if ruled["mode"] != "none" else None,
        rate_ppm=ruled["rate_ppm"],
        chance_ppm=ruled["chance_ppm"],
        degraded=ruled["degraded"],
        gates=explain.gates(BOOK, words, known, settled=settled),
        draw=_draw_view(drawn, ruled, published[drawn["day"], drawn["agency"]]),
        sampling=_sampling_view(ruled["sampling"]),
        obligations=_duties(words, settled),
        orders=_order_views(ruled, orders),
        missing=missing if outcome is Outcome.HOLD else (),
        facts=_facts_read(facts),
        returning=recognised(facts["returning_as"]) if facts.get("returning_as") else None,
        book=ruled["book"],
        engine=ruled["engine"],
        schema=ruled["schema"],
    )


def _derived(ruled: Mapping[str, Any], orders: Mapping[str, ControlOrder]) -> dict[str, Any]:
    effects = [orders[r].effect for r in ruled["orders"] if r in orders]
    return {
        "ordered": ", ".join(sorted(set(effects))) or "none",
        "order_possible": bool(ruled["possible"]),
        "plan_state": ruled["plan"],
        "mode": ruled["mode"],
        "chance_ppm": ruled["chance_ppm"],
        "selected": ruled["selected"],
    }


def _draw_view(
    drawn: Mapping[str, Any], ruled: Mapping[str, Any], key: ledger.PublishedKey | None
) -> DrawView:
    basis = draw.Basis(agency=drawn["agency"], previous_anchor=drawn["anchor"])
    return DrawView(
        u=drawn["u"],
        chance_ppm=ruled["chance_ppm"],
        threshold=int(draw.threshold(ruled["chance_ppm"])),
        selected=ruled["selected"],
        day=date.fromisoformat(drawn["day"]),
        agency=drawn["agency"],
        root=drawn["root"],
        counter=drawn["counter"],
        anchor=drawn["anchor"],
        message=draw.message(basis, drawn["root"], drawn["counter"]).decode(),
        commitment=key.commitment if key else None,
        revealed_key=key.key if key else None,
        demonstration=bool(key and key.demonstration),
    )


def _sampling_view(plan: Mapping[str, Any] | None) -> SamplingView | None:
    if plan is None:
        return None
    return SamplingView(
        policy=plan["policy"], n=plan.get("n"), ac=plan.get("ac"), re=plan.get("re")
    )


def _order_views(
    ruled: Mapping[str, Any], orders: Mapping[str, ControlOrder]
) -> tuple[OrderView, ...]:
    return tuple(
        OrderView(
            reference=reference,
            effect=Outcome(orders[reference].effect),
            reason=Text(zh=orders[reference].reason_zh, en=orders[reference].reason_en),
            certain=kind == "orders",
            tests=tuple(orders[reference].tests),
        )
        for kind in ("orders", "possible")
        for reference in ruled[kind]
        if reference in orders
    )


def _facts_read(facts: Mapping[str, Any]) -> tuple[FactRead, ...]:
    return tuple(
        FactRead(
            name=name,
            label=fact.label,
            value=None if facts.get(name) is None else explain.shown(facts[name]),
            supplier=SUPPLIER_NAMES[fact.supplier],
        )
        for name, fact in BY_NAME.items()
    )


# How goods are chosen is not a trader's to read; that they were chosen is.
_WITHHELD = frozenset({Gate.CONTROLS, Gate.TARGETING})


def _for_enterprise(
    one: Explanation, orders: Mapping[str, ControlOrder], *, closed: bool
) -> Explanation:
    """Leave out what a trader may not read: confidential orders, and open chances."""
    shown = tuple(
        order for order in one.orders if order.certain and not orders[order.reference].confidential
    )
    gates = tuple(_gate_for_enterprise(gate, shown, closed=closed) for gate in one.gates)
    hidden = replace(one.draw, chance_ppm=None, threshold=None)
    return replace(
        one,
        orders=shown,
        gates=gates,
        obligations=_duties_for_enterprise(one.obligations, shown=bool(shown)),
        draw=one.draw if closed else hidden,
        chance_ppm=one.chance_ppm if closed else None,
        rate_ppm=None,
        facts=tuple(f for f in one.facts if BY_NAME[f.name].source == "declared"),
        # The goods that failed may be another trader's.
        returning=None,
    )


def _duties_for_enterprise(
    duties: Sequence[ObligationView], *, shown: bool
) -> tuple[ObligationView, ...]:
    """Leave out what only hidden orders ask for."""
    return tuple(d for d in duties if shown or BOOK.by_id[d.rule].gate is not Gate.CONTROLS)


_CHANCES = frozenset({"chance_ppm", "earlier_chance_ppm"})


def _gate_for_enterprise(gate: GateView, shown: Sequence[OrderView], *, closed: bool) -> GateView:
    """Leave out of a gate what tells of hidden orders, of trials, or of a chance still open."""
    if gate.gate is Gate.CONTROLS:
        # The state of this gate speaks of every order; a trader's speaks of those that are shown.
        effects = {order.effect for order in shown} - {Outcome.RELEASE}
        stopped = effects & {Outcome.HOLD, Outcome.REFUSE}
        state = GateState.STOPPED if stopped else GateState.CHECK
        return replace(gate, state=state if effects else GateState.PASSED, reasons=())
    if gate.gate in _WITHHELD:
        return replace(gate, reasons=())
    told = tuple(r for r in gate.reasons if r.decisive and not r.trial)
    return replace(gate, reasons=told if closed else tuple(map(_without_chance, told)))


def _without_chance(reason: Reason) -> Reason:
    facts = tuple(fact for fact in reason.facts if fact.name not in _CHANCES)
    return replace(reason, rate_ppm=None, facts=facts)
