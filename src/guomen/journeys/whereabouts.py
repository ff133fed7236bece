"""
Where each line of a consignment is: what it waits for, by which rule, who acts next, until when.

A fixed number of queries for any number of lines. Names of inspectors are never told; what a rule
of admission says to its reader is for the explanation of the ruling, which knows its audience.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from guomen.core.facts import SUPPLIER_NAMES, Supplier
from guomen.core.text import Text
from guomen.rulebooks.disposal import BOOK as DISPOSAL
from guomen.supervision.declarations.lifecycle import LineState
from guomen.supervision.declarations.models import Line
from guomen.supervision.dispositions.lifecycle import DisposalState, ReviewState
from guomen.supervision.dispositions.models import Disposal, Disposition, Nonconformity, Review
from guomen.supervision.inspections.lifecycle import LIVE
from guomen.supervision.inspections.models import OrderKind, WorkOrder
from guomen.supervision.samples.lifecycle import TestState
from guomen.supervision.samples.models import TestOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule that holds a line: what it says, and where it is written."""

    says: Text
    instrument: Text
    clause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What a line waits for, who acts next, until when, and the rules of its last ruling."""

    what: Text
    who: Text
    until: datetime | date | None = None
    rules: tuple[Rule, ...] = ()


@dataclass(slots=True, kw_only=True)
class _Known:
    """What was read of one line."""

    orders: list[tuple[str, str, date]] = field(default_factory=list)
    tests: list[tuple[str, Text]] = field(default_factory=list)
    reasons: tuple[str, ...] = ()
    failed: Nonconformity | None = None
    disposals: list[str] = field(default_factory=list)
    answer_until: datetime | None = None


_OWNER = Text(zh="企业", en="the enterprise")
_OFFICE = Text(zh="检验检疫机构", en="the office")
_DRAWN = Text(zh="已抽定的查验人员", en="the inspector who was drawn")
_DISPATCH = Text(zh="派单岗位", en="whoever gives out the orders")
_SAMPLER = Text(zh="抽样人员", en="a sampler")
_PAPERS = Text(zh="审单人员", en="a document examiner")
_ORDERS: Mapping[str, Text] = {
    OrderKind.INSPECTION: Text(zh="现场查验", en="inspection"),
    OrderKind.LOADING_SUPERVISION: Text(zh="监装", en="supervised loading"),
    OrderKind.PORT_CHECK: Text(zh="离境口岸查验", en="the check at the port of exit"),
}


def whereabouts(lines: Sequence[Line]) -> dict[int, Waiting]:
    """Return what lines under way wait for; what is finished waits for nothing."""
    under_way = [line for line in lines if LineState(line.state) in _WAITS]
    if not under_way:
        return {}
    known = _read(under_way)
    return {line.pk: _WAITS[LineState(line.state)](line, known[line.pk]) for line in under_way}


def _read(lines: Sequence[Line]) -> dict[int, _Known]:
    ids = [line.pk for line in lines]
    known = {pk: _Known() for pk in ids}
    orders = WorkOrder.objects.filter(line_id__in=ids, state__in=[s.value for s in LIVE])
    columns = orders.order_by("pk").values_list("line_id", "kind", "state", "due_on")
    for line, kind, state, due in columns:
        known[line].orders.append((kind, state, due))
    tests = TestOrder.objects.filter(line_id__in=ids).exclude(state=TestState.CANCELLED)
    names = ("line_id", "state", "laboratory__name_zh", "laboratory__name_en")
    for line, state, zh, en in tests.values_list(*names):
        known[line].tests.append((state, Text(zh=zh, en=en)))
    said = Disposition.objects.filter(line_id__in=ids, stands=True)
    for line, reasons in said.values_list("line_id", "reasons"):
        known[line].reasons = tuple(reasons)
    failed = [line.pk for line in lines if LineState(line.state) in _OF_FAILED]
    if failed:
        _read_failed(failed, known)
    return known


_OF_FAILED = (LineState.NONCONFORMING, LineState.UNDER_DISPOSAL, LineState.REINSPECTION)


def _read_failed(ids: Sequence[int], known: Mapping[int, _Known]) -> None:
    for row in Nonconformity.objects.filter(line_id__in=ids):
        known[row.line_id].failed = row
    disposals = Disposal.objects.filter(nonconformity__line_id__in=ids)
    for line, state in disposals.values_list("nonconformity__line_id", "state"):
        known[line].disposals.append(state)
    asked = Review.objects.filter(nonconformity__line_id__in=ids, state=ReviewState.ASKED)
    for line, until in asked.values_list("nonconformity__line_id", "answer_until"):
        known[line].answer_until = until


def _rules(codes: Sequence[str]) -> tuple[Rule, ...]:
    found = (DISPOSAL.by_id[code] for code in codes if code in DISPOSAL.by_id)
    return tuple(Rule(says=r.says, instrument=r.instrument, clause=r.clause) for r in found)


def _held(line: Line, known: _Known) -> Waiting:
    del known
    who = SUPPLIER_NAMES[Supplier(line.held_for)] if line.held_for else _OFFICE
    return Waiting(
        what=Text(zh="补充所缺资料", en="what the declaration lacks"),
        who=who,
        until=line.hold_deadline,
    )


def _papers(line: Line, known: _Known) -> Waiting:
    others = [order for order in known.orders if order[0] != OrderKind.INSPECTION]
    if others:
        return _orders(line, known)
    what = Text(zh="单证核查", en="the check of its papers")
    due = min((due for _, _, due in known.orders), default=None)
    return Waiting(what=what, who=_PAPERS, until=due, rules=_rules(known.reasons))


def _orders(line: Line, known: _Known) -> Waiting:
    if not known.orders:
        return _tests(line, known) if known.tests else _sampler(line, known)
    kind, state, due = min(known.orders, key=lambda order: order[2])
    return Waiting(
        what=_ORDERS[kind],
        who=_DISPATCH if state == "open" else _DRAWN,
        until=due,
        rules=_rules(known.reasons),
    )


def _sampler(line: Line, known: _Known) -> Waiting:
    del line
    return Waiting(
        what=Text(zh="抽取样品", en="samples to be taken"),
        who=_SAMPLER,
        rules=_rules(known.reasons),
    )


def _tests(line: Line, known: _Known) -> Waiting:
    waiting = [place for state, place in known.tests if state != TestState.APPROVED]
    if not known.tests:
        return _sampler(line, known)
    done = len(known.tests) - len(waiting)
    places = list(dict.fromkeys(waiting))
    return Waiting(
        what=Text(
            zh=f"检测结果（{len(known.tests)} 项中已批准 {done} 项）",
            en=f"test results ({done} of {len(known.tests)} approved)",
        ),
        who=Text(
            zh="、".join(place.zh for place in places), en=", ".join(place.en for place in places)
        )
        if places
        else _OFFICE,
        rules=_rules(known.reasons),
    )


def _assessed(line: Line, known: _Known) -> Waiting:
    del line
    what = Text(zh="处置裁定", en="the last ruling")
    return Waiting(what=what, who=_OFFICE, rules=_rules(known.reasons))


def _conditions(line: Line, known: _Known) -> Waiting:
    if known.orders:
        return _orders(line, known)
    what = Text(zh="附条件放行的条件得到满足", en="the conditions of its release to be met")
    return Waiting(what=what, who=_OFFICE, rules=_rules(known.reasons))


def _failed(line: Line, known: _Known) -> Waiting:
    del line
    return Waiting(
        what=Text(
            zh="选择处置方式，或者在期限内申请复验",
            en="a disposal to be chosen, or a re-inspection asked for in time",
        ),
        who=_OWNER,
        until=known.failed.dispose_until if known.failed else None,
        rules=_rules(known.failed.rules if known.failed else known.reasons),
    )


_AFTER: Mapping[str, tuple[Text, Text]] = {
    DisposalState.CHOSEN: (Text(zh="责令处置", en="the disposal to be ordered"), _OFFICE),
    DisposalState.ORDERED: (Text(zh="实施处置", en="the disposal to be carried out"), _OWNER),
    DisposalState.CARRIED_OUT: (Text(zh="核实处置证明", en="proof of the disposal"), _OFFICE),
}


def _disposal(line: Line, known: _Known) -> Waiting:
    left = [state for state in _AFTER if state in known.disposals]
    if not left:
        return _failed(line, known)
    what, who = _AFTER[left[0]]
    return Waiting(
        what=what,
        who=who,
        until=known.failed.dispose_until if known.failed else None,
        rules=_rules(known.failed.rules if known.failed else ()),
    )


def _again(line: Line, known: _Known) -> Waiting:
    del line
    return Waiting(
        what=Text(zh="复验结论", en="the answer of the re-inspection"),
        who=_OFFICE,
        until=known.answer_until,
        rules=_rules(known.failed.rules if known.failed else ()),
    )


_WAITS: Mapping[LineState, Callable[[Line, _Known], Waiting]] = {
    LineState.HELD: _held,
    LineState.UNDER_DOCUMENT_CHECK: _papers,
    LineState.UNDER_INSPECTION: _orders,
    LineState.SAMPLING: _sampler,
    LineState.TESTING: _tests,
    LineState.ASSESSED: _assessed,
    LineState.CONDITIONALLY_RELEASED: _conditions,
    LineState.NONCONFORMING: _failed,
    LineState.UNDER_DISPOSAL: _disposal,
    LineState.REINSPECTION: _again,
}
