"""Facts valid in time and known in time, against a model that keeps every statement."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from guomen.supervision.bitemporal import (
    SuccessionOutsidePeriodError,
    Window,
    frame_of,
    in_force,
)
from guomen.supervision.classification.models import ProductRisk
from guomen.supervision.classification.queries import product_risks

FIRST = date(2011, 1, 1)
START = datetime(2011, 1, 1, tzinfo=UTC)
LEVELS = ("high", "higher", "general")


def _risk(level="high", **more):
    return ProductRisk.objects.create(
        hs_prefix="0704", level=level, **{"begins": FIRST, "recorded_at": START, **more}
    )


class TestHistory(TestCase):
    @given(
        st.lists(
            st.tuples(st.integers(0, 60), st.sampled_from(LEVELS)), min_size=1, max_size=5
        ).map(lambda moves: sorted(moves, key=lambda move: move[0]))
    )
    def test_what_was_known_at_any_moment_is_answered_as_it_was_then(self, moves):
        """A model keeps, for each moment, the whole time line believed then."""
        believed = dict.fromkeys(range(70), "general")
        stages = [(START, dict(believed))]
        row = _risk("general")
        for number, (day, level) in enumerate(moves, start=1):
            at = START + timedelta(hours=number)
            row = row.succeed(FIRST + timedelta(days=day), at=at, level=level)
            believed |= dict.fromkeys(range(day, 70), level)
            stages.append((at, dict(believed)))
        for at, expected in stages:
            for day in range(0, 70, 7):
                on = FIRST + timedelta(days=day)
                found = ProductRisk.objects.as_of(on, known=at).values_list("level", flat=True)
                assert list(found) == [expected[day]]


@pytest.mark.django_db
def test_a_fact_cannot_end_before_it_begins():
    with pytest.raises(IntegrityError), transaction.atomic():
        _risk(ends=FIRST)


@pytest.mark.django_db
def test_a_fact_cannot_be_superseded_before_it_was_recorded():
    with pytest.raises(IntegrityError), transaction.atomic():
        _risk(superseded_at=START)


@pytest.mark.django_db
@pytest.mark.parametrize("day", [date(2010, 12, 31), date(2011, 2, 1)])
def test_succession_outside_the_period_is_refused_and_changes_nothing(day):
    row = _risk(ends=date(2011, 2, 1))
    with pytest.raises(SuccessionOutsidePeriodError) as caught:
        row.succeed(day, at=START + timedelta(days=1), level="general")
    assert caught.value.data["on"] == day
    assert ProductRisk.objects.get().superseded_at is None


@pytest.mark.django_db
def test_a_successor_on_the_first_day_leaves_no_empty_period():
    _risk().succeed(FIRST, at=START + timedelta(days=1), level="general")
    current = ProductRisk.objects.current()
    assert [(row.begins, row.level) for row in current] == [(FIRST, "general")]


@pytest.mark.django_db
def test_a_window_returns_every_fact_that_any_of_its_lines_could_need():
    row = _risk("high")
    row.succeed(date(2011, 3, 1), at=START + timedelta(days=40), level="general")
    window = Window(
        first_day=date(2011, 2, 1),
        last_day=date(2011, 4, 1),
        first_known=START + timedelta(days=10),
        last_known=START + timedelta(days=90),
    )
    lines = pl.DataFrame(
        {
            "hs_prefix": ["0704"] * 3,
            "on": [date(2011, 2, 1), date(2011, 3, 1), date(2011, 3, 1)],
            # The second line was received before anyone knew of the change, the third after.
            "known": [START + timedelta(days=n) for n in (20, 20, 60)],
        }
    )
    joined = lines.join(product_risks(window=window), on="hs_prefix", maintain_order="left")
    held = joined.filter(in_force("on", known="known"))
    assert held["level"].to_list() == ["high", "high", "general"]


def test_an_empty_read_keeps_its_schema():
    frame = frame_of([], {"hs_prefix": pl.String()})
    assert frame.height == 0
    assert frame.schema["recorded_at"] == pl.Datetime("us", "UTC")
