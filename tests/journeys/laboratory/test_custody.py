"""Whatever people try, the chain of a sample has no gap, and its holder is its last taker."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from tests.journeys.laboratory import bench
from tests.journeys.laboratory.bench import ANALYST, APPROVER, COURIER, OTHER, SAMPLER, how

from guomen.core.lifecycle import MoveRefusedError
from guomen.journeys import laboratory
from guomen.supervision.ledger import queries as ledger
from guomen.supervision.samples.models import HandOver, Sample
from guomen.supervision.samples.operations import CustodyGapError, Hand

pytestmark = pytest.mark.usefixtures("lab")
PEOPLE = (SAMPLER, ANALYST, OTHER, APPROVER, COURIER)


@pytest.mark.parametrize("seed", range(6))
def test_no_attempt_leaves_a_gap(seed: int) -> None:
    dice = random.Random(seed)
    _, sample = bench.sampled()
    done = refused = 0
    for minute in range(60):
        step = dice.choice((laboratory.hand_over, laboratory.hand_over, laboratory.receive))
        by, hand = dice.choice(PEOPLE), Hand(taker=dice.choice(PEOPLE), seal="S-1")
        try:
            step(sample.reference, hand, how=how(by, minutes=10 + minute))
            done += 1
        except (CustodyGapError, MoveRefusedError):
            refused += 1
    chain = list(HandOver.objects.filter(sample=sample).order_by("number"))
    sample = Sample.objects.get(pk=sample.pk)
    assert len(chain) == done == sample.hand_overs
    assert done > 0 < refused
    assert [link.number for link in chain] == list(range(1, done + 1))
    assert chain[0].giver == SAMPLER
    assert all(before.taker == after.giver for before, after in pairwise(chain))
    assert all(before.at <= after.at for before, after in pairwise(chain))
    assert all(link.by in (link.giver, link.taker) for link in chain)
    assert sample.holder == chain[-1].taker
    entries = ledger.entries_of(sample.reference, kind="sample.handed_over")
    assert [entry.value()["number"] for entry in entries] == [link.number for link in chain]
