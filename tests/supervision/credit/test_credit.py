"""Credit: the blacklist's life, and which entries bind."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from django.db import IntegrityError, transaction

from guomen.core.lifecycle import MoveRefusedError
from guomen.core.text import Text
from guomen.journeys.registers import AsOf, holding
from guomen.supervision.agencies.models import AgencyKind
from guomen.supervision.agencies.operations import NewAgency, found
from guomen.supervision.bitemporal import Window
from guomen.supervision.credit import operations, queries
from guomen.supervision.credit.lifecycle import BLACKLIST, BlacklistMove, BlacklistState
from guomen.supervision.credit.models import Rating
from guomen.supervision.parties.operations import NewEnterprise, register

ON = date(2012, 2, 20)
AT = datetime(2012, 2, 20, tzinfo=UTC)


@pytest.mark.parametrize(("state", "move"), list(product(BlacklistState, BlacklistMove)))
def test_a_move_is_offered_exactly_when_it_is_allowed(state, move):
    if move in BLACKLIST.moves_from(state):
        assert BLACKLIST.after(state, move) in BlacklistState
    else:
        with pytest.raises(MoveRefusedError):
            BLACKLIST.after(state, move)


def test_nobody_is_listed_without_having_been_told():
    ways_in = {s for (s, _), after in BLACKLIST.moves.items() if after == BlacklistState.LISTED}
    assert BlacklistState.PROPOSED not in ways_in


@pytest.fixture
def enterprise(db):
    bureau = found(
        NewAgency(code="ZH", kind=AgencyKind.REGIONAL, name_zh="局", name_en="Bureau"), parent=None
    )
    new = NewEnterprise(name_zh="甲", name_en="A", agency_id=bureau.pk, uscc="91350100M000100Y43")
    return register(new, on=date(2009, 1, 1), at=datetime(2009, 1, 1, tzinfo=UTC))


def test_an_entry_binds_from_its_listing_until_its_release(enterprise):
    reason = Text(zh="逃漏检", en="Evaded inspection")
    entry = operations.propose(enterprise.pk, "BL-2012-001", on=ON, at=AT, reason=reason)
    bound = []
    moves = ("notify", "list", "apply_for_exit", "keep", "apply_for_exit", "release")
    for number, move in enumerate(moves, start=1):
        day, at = ON + timedelta(days=number), AT + timedelta(days=number)
        entry = operations.move(entry, BlacklistMove(move), on=day, at=at)
        frame = queries.blacklisted([enterprise.reference], window=Window.at(day, known=at))
        bound.append(frame.height == 1)
    assert bound == [False, True, True, True, True, False]


def test_a_rating_is_read_as_of_its_day_and_of_its_authority_only(enterprise):
    held = Rating.objects.create(
        enterprise=enterprise, level="B", begins=date(2010, 10, 1), recorded_at=AT
    )
    Rating.objects.create(
        enterprise=enterprise,
        level="D",
        authority="customs",
        begins=date(2010, 10, 1),
        recorded_at=AT,
    )
    operations.rate(held, "A", on=date(2012, 3, 1), at=AT + timedelta(days=9), score=92)
    known = AT + timedelta(days=10)
    facts = [fact for _, fact in queries.ratings_of([enterprise.reference])]
    assert holding(facts, AsOf(date(2012, 2, 29), known)) == [("B",)]
    assert holding(facts, AsOf(date(2012, 3, 1), known)) == [("A",)]


def test_a_level_outside_the_five_is_refused_by_the_database(enterprise):
    with pytest.raises(IntegrityError), transaction.atomic():
        Rating.objects.create(enterprise=enterprise, level="E", begins=ON, recorded_at=AT)


def test_each_bulk_read_is_one_query(enterprise, django_assert_num_queries):
    window = Window.at(ON, known=AT)
    keys = [enterprise.reference]
    for read in (
        lambda: list(queries.ratings_of(keys)),
        lambda: list(queries.listings_of(keys)),
        lambda: queries.blacklisted(keys, window=window),
    ):
        with django_assert_num_queries(1):
            read()
