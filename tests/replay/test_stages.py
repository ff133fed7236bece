"""Rulings of the stages in the ledger: written, read, derived again, byte for byte."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from tests.journeys.builders import NOW

from guomen.core.canonical import loads
from guomen.journeys import stages
from guomen.journeys.replay import replay
from guomen.rulebooks import examination
from guomen.supervision.ledger import operations as ledger
from guomen.supervision.ledger import queries

FACTS: dict[str, Any] = {
    "line": "DEC-2012-000001-X/1",
    "order": "WO-2012-000001-X",
    "on": date(2012, 5, 24),
    "commodity_group": "dairy",
    "asked_identity": True,
    "quantity": Decimal("1200.500"),
    "quantity_found": Decimal("1200.5"),
    "seal_intact": False,
    "sealed": True,
}


def append(*rows: dict[str, Any]) -> list[stages.Ruled]:
    ruled = stages.rule(examination.engine(), rows)
    drafts = stages.drafts(examination.engine(), ruled)
    with transaction.atomic():
        ledger.append(drafts, at=NOW, by="OFF-1")
    return ruled


def test_a_body_holds_the_known_facts_and_the_ruling() -> None:
    (ruled,) = stages.rule(examination.engine(), [FACTS])
    body = loads(ruled.body)
    assert body["facts"] == FACTS | {
        "on": "2012-05-24", "quantity": "1200.500", "quantity_found": "1200.500"
    }  # fmt: skip
    assert body["ruling"]["outcome"] == ruled.outcome == "suspect"
    assert [int(word, 16) for word in body["ruling"]["answers"]] == list(ruled.words)


@pytest.mark.django_db
def test_rulings_of_stages_come_out_again_byte_for_byte() -> None:
    append(FACTS, FACTS | {"line": "L-2", "seal_intact": None}, {"line": "L-3", "on": FACTS["on"]})
    found = replay(chunk=2)
    assert (found.equal, found.different) == (3, [])


@pytest.mark.django_db
def test_a_ruling_that_does_not_follow_is_named() -> None:
    (ruled,) = stages.rule(examination.engine(), [FACTS])
    forged = ruled.body.replace('"outcome":"suspect"', '"outcome":"conform"')
    assert forged != ruled.body
    with transaction.atomic():
        entry = ledger.Draft(kind="examination", subject=ruled.line, body=forged)
        appended = ledger.append([entry], at=NOW, by="OFF-1")
    (difference,) = replay().different
    assert (difference.seq, difference.line) == (appended.first, ruled.line)
    assert '"outcome":"suspect"' in difference.derived


@pytest.mark.django_db
def test_a_stored_ruling_explains_itself() -> None:
    append(FACTS)
    (entry,) = queries.entries_of(FACTS["line"])
    told = stages.explain(entry)
    assert (told.outcome, told.reasons[0].rule) == ("suspect", "EXM-SEAL")
    assert {fact.name: fact.value for fact in told.reasons[0].facts} == {
        "asked_identity": "true", "sealed": "true", "seal_intact": "false"
    }  # fmt: skip
    assert ("full_unloading", "EXM-SEAL") in told.obligations
    with pytest.raises(stages.NoRulingError):
        stages.explain(queries.Recorded(**{n: getattr(entry, n) for n in _NAMES} | {"body": None}))


_NAMES = ("seq", "batch", "kind", "subject", "at", "by", "body")
