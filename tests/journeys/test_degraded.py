"""A day without a key: nothing is drawn, only certain checks stand, and the ruling says so."""

from __future__ import annotations

import pytest
from tests.journeys.builders import (
    DAY,
    NOW,
    TODAY,
    ZHUHAI,
    body,
    commit_keys,
    how,
    lodged,
    toys,
    wine,
)

from guomen.core.severity import Outcome
from guomen.journeys.clearance import redecide, withdraw
from guomen.journeys.reading import Audience, explain_line
from guomen.journeys.replay import replay
from guomen.supervision.declarations.models import Line


def test_without_a_key_only_certain_checks_stand_and_the_ruling_is_degraded(keyless):
    (drawn,), (share,) = lodged(wine()), lodged(toys())
    for line in (drawn, share):
        assert (body(line)["draw"]["u"], line.u) == (None, -1)
        assert body(line)["ruling"]["degraded"] is True
    assert (drawn.selected, drawn.outcome) == (True, "inspect")
    assert (share.selected, share.outcome, share.chance_ppm) == (False, "document_check", 100_000)
    assert replay().holds


@pytest.mark.parametrize("audience", list(Audience))
def test_the_explanation_declares_it(keyless, audience):
    (line,) = lodged(toys())
    told = explain_line(line.reference, audience=audience)
    assert told.degraded
    assert told.draw.u is None
    assert told.draw.position is None


def test_a_share_that_is_lost_with_one_custodian_degrades(keyless, settings):
    commit_keys(TODAY, TODAY)
    (line,) = lodged(toys("A-1"))
    assert not body(line)["ruling"]["degraded"]
    (settings.GUOMEN_CUSTODY_B / ZHUHAI.agency / f"{TODAY}.share").unlink()
    (line,) = lodged(toys("A-2"))
    assert body(line)["ruling"]["degraded"]


def test_a_later_ruling_gives_no_draw_to_a_line_that_had_none(keyless):
    (line,) = lodged(toys(quantity=None))
    commit_keys(TODAY + DAY, TODAY + DAY)
    redecide([line.reference], how=how(NOW + DAY))
    assert (Line.objects.get(pk=line.pk).u, body(line)["ruling"]["degraded"]) == (-1, True)


def test_the_same_goods_on_a_day_with_a_key_get_their_first_draw(keyless):
    (line,) = lodged(toys(lot="LOT-1"))
    withdraw(line.reference, reason="mistake", how=how())
    commit_keys(TODAY + DAY, TODAY + DAY)
    (again,) = lodged(toys("A-2", lot="LOT-1"), at=NOW + DAY)
    assert again.u >= 0
    assert again.root == again.reference
    assert Outcome(again.outcome) is not Outcome.HOLD
