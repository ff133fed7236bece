"""What is read of a ruling: all of it by officers, and by traders nothing that is not theirs."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import timedelta
from typing import Any

import pytest
from tests.journeys.builders import GROWER, NOW, body, how, issue, lodged, order, toys, vegetables

from guomen.core.frequency import Finding
from guomen.core.severity import Outcome
from guomen.journeys.clearance import Result, amend, conclude
from guomen.journeys.reading import (
    Audience,
    NoRulingError,
    explain_history,
    explain_line,
    explain_lines,
)
from guomen.rulebooks.book import BOOK
from guomen.supervision.declarations.models import Line


def leaves(value: Any) -> list[Any]:
    """Return everything that stands somewhere in an explanation."""
    if is_dataclass(value):
        return [leaf for field in fields(value) for leaf in leaves(getattr(value, field.name))]
    if isinstance(value, tuple | list):
        return [leaf for part in value for leaf in leaves(part)]
    return [value]


def texts(value: Any) -> str:
    return "\n".join(str(leaf) for leaf in leaves(value))


def trader(line: Line) -> Any:
    return explain_line(line.reference, audience=Audience.ENTERPRISE)


def test_the_explanation_says_what_the_ledger_says(register):
    issue(order("BK-1", hs_prefix="0704", tests=["residues"]))
    for line in lodged(vegetables(), vegetables(line=2, quantity=None)):
        told, held = explain_line(line.reference), body(line)
        ruled, drawn = held["ruling"], held["draw"]
        assert told.seq == line.ruling_seq
        assert told.outcome is Outcome(ruled["outcome"])
        assert (told.chance_ppm, told.rate_ppm) == (ruled["chance_ppm"], ruled["rate_ppm"])
        assert (told.draw.u, told.draw.root, told.draw.selected) == (
            drawn["u"],
            drawn["root"],
            ruled["selected"],
        )
        assert [o.reference for o in told.orders] == ruled["orders"]
        assert told.missing == () or told.outcome is Outcome.HOLD
        shown = {fact.name: fact.value for fact in told.facts if fact.value is not None}
        assert set(shown) == {name for name, value in held["facts"].items() if value is not None}
        decisive = {r.rule for gate in told.gates for r in gate.reasons if r.decisive and r.outcome}
        assert {r for r in line.reasons if r in BOOK.by_id} <= decisive


def test_the_history_tells_every_ruling_in_order(register):
    (line,) = lodged(toys(quantity=None))
    amend(line.reference, {"quantity": "5"}, how=how(NOW + timedelta(hours=1)))
    first, second = explain_history(line.reference)
    assert (first.outcome, second.outcome) == (Outcome.HOLD, Outcome.DOCUMENT_CHECK)
    assert second == explain_line(line.reference)
    assert first.seq < second.seq


def test_no_ruling_is_said(register):
    with pytest.raises(NoRulingError):
        explain_line("DEC-2012-000001-X/1")
    assert explain_lines(["DEC-2012-000001-X/1"]) == {}


def test_a_trader_never_reads_a_confidential_order(register):
    secret = {"reason_zh": "密报内容", "reason_en": "INFORMER SAYS", "confidential": True}
    issue(
        order("BK-SECRET", hs_prefix="0704", **secret),
        order("BK-OPEN", hs_prefix="0704", reason_en="PUBLIC WARNING"),
    )
    (line,) = lodged(vegetables())
    told = texts(trader(line))
    for hidden in ("BK-SECRET", "INFORMER", "密报"):
        assert hidden not in told
        assert hidden in texts(explain_line(line.reference))
    assert "BK-OPEN" in told


def test_a_line_under_a_confidential_order_looks_to_a_trader_like_one_without(register):
    (before,) = lodged(vegetables("A-1"))
    issue(order("BK-SECRET", hs_prefix="0704", confidential=True, effect="document_check"))
    (after,) = lodged(vegetables("A-2"))
    assert body(after)["ruling"]["orders"] == ["BK-SECRET"]

    def gates(line: Line) -> Any:
        return [(gate.gate, gate.state, gate.reasons) for gate in trader(line).gates]

    assert gates(after) == gates(before)


def test_a_possible_match_of_a_confidential_order_is_not_told(register):
    issue(order("BK-SECRET", hs_prefix="9503", site="SIT-000001-0", confidential=True))
    (line,) = lodged(toys(site=None))
    assert line.outcome == "hold"
    assert "BK-SECRET" not in texts(trader(line))


def test_the_chance_stays_closed_while_the_line_is_open(register):
    (line,) = lodged(toys())
    chance = body(line)["ruling"]["chance_ppm"]
    told = trader(line)
    assert told.chance_ppm is told.rate_ppm is told.draw.chance_ppm is told.draw.threshold is None
    assert str(chance) not in texts(told).split("\n")
    assert chance not in leaves(told)
    assert str(chance) in texts(explain_line(line.reference)).split("\n")
    conclude(
        [Result(line=line.reference, performed=True, finding=Finding.CONFORM)], at=NOW, by="OFF-1"
    )
    assert trader(line).draw.chance_ppm == chance


def test_a_trader_reads_no_trial_rule_and_no_other_enterprise(register):
    (line,) = lodged(vegetables(value_cny="1"))
    trials = {rule.id for rule in BOOK.rules if rule.trial}
    everything = {r.rule for g in explain_line(line.reference).gates for r in g.reasons}
    assert everything & trials
    told = trader(line)
    assert not {r.rule for g in told.gates for r in g.reasons} & trials
    others = [e.reference for n, e in register.enterprises.items() if n != GROWER]
    assert not any(other in texts(told) for other in others)


@pytest.mark.parametrize("audience", list(Audience))
def test_many_explanations_take_as_many_queries_as_few(
    register, django_assert_num_queries, audience
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    lines = [line.reference for line in lodged(*(toys(line=n) for n in range(1, 9)))]
    with CaptureQueriesContext(connection) as few:
        explain_lines(lines[:1], audience=audience)
    with django_assert_num_queries(len(few)):
        assert len(explain_lines(lines, audience=audience)) == 8
