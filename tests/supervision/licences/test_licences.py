"""Licences: every move of their life, and what a decision reads of them."""

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
from guomen.supervision.licences import operations, queries
from guomen.supervision.licences.lifecycle import LICENCE, LicenceMove, LicenceState
from guomen.supervision.licences.models import Licence, LicenceKind
from guomen.supervision.parties.operations import NewEnterprise, register

ON = date(2011, 1, 10)
AT = datetime(2011, 1, 10, tzinfo=UTC)
WHY = Text(zh="复审不合格", en="Failed re-review")


@pytest.mark.parametrize(("state", "move"), list(product(LicenceState, LicenceMove)))
def test_a_move_is_offered_exactly_when_it_is_allowed(state, move):
    if move in LICENCE.moves_from(state):
        assert LICENCE.after(state, move) in LicenceState
    else:
        with pytest.raises(MoveRefusedError):
            LICENCE.after(state, move)


def test_every_state_can_be_reached_and_every_state_and_move_has_a_name():
    reached = {LICENCE.start}
    while more := {s for (f, _), s in LICENCE.moves.items() if f in reached} - reached:
        reached |= more
    assert reached == set(LicenceState)
    assert set(LICENCE.state_names) == set(LicenceState)
    assert set(LICENCE.move_names) == set(LicenceMove)


def test_who_was_revoked_forced_out_or_refused_must_apply_anew():
    of_appeals = {LicenceMove.STAY, LicenceMove.ANNUL}
    final = {s for s in LicenceState if set(LICENCE.moves_from(s)) <= of_appeals}
    assert final == {
        LicenceState.REVOKED,
        LicenceState.FORCED_EXIT,
        LicenceState.REFUSED,
        LicenceState.WITHDRAWN,
    }


@pytest.fixture
def holder(db):
    bureau = found(
        NewAgency(code="ZH", kind=AgencyKind.REGIONAL, name_zh="局", name_en="Bureau"), parent=None
    )
    new = NewEnterprise(name_zh="甲", name_en="A", agency_id=bureau.pk, uscc="91350100M000100Y43")
    return register(new, on=date(2009, 1, 1), at=datetime(2009, 1, 1, tzinfo=UTC))


@pytest.fixture
def licence(holder):
    application = operations.Application(
        number="CF-00001",
        kind=LicenceKind.CONSIGNEE_FILING,
        agency_id=holder.agency_id,
        enterprise_id=holder.pk,
        begins=ON,
        hs_prefixes=("02",),
        origins=("NZ", "AU"),
    )
    return operations.apply(application, at=AT).licence


def _granted(licence):
    operations.move(licence, LicenceMove.ACCEPT, on=ON, at=AT + timedelta(hours=1), reason=WHY)
    operations.move(licence, LicenceMove.GRANT, on=ON, at=AT + timedelta(hours=2), reason=WHY)
    return licence


def _read(holder, on, known):
    """Return kind, state, HS prefixes and origins of what an enterprise holds."""
    facts = [fact for _, fact in queries.terms_of("enterprise", [holder.reference])]
    return holding(facts, AsOf(on, known))


def test_an_application_admits_nothing(licence, holder):
    assert [state for _, state, *_ in _read(holder, ON, AT)] == ["applied"]


def test_a_revocation_takes_effect_on_its_day_and_rewrites_no_earlier_knowledge(licence, holder):
    _granted(licence)
    day, at = date(2011, 9, 1), datetime(2011, 8, 30, tzinfo=UTC)
    operations.move(licence, LicenceMove.REVOKE, on=day, at=at, reason=WHY)
    assert [row[1] for row in _read(holder, date(2011, 8, 31), at)] == ["granted"]
    assert [row[1] for row in _read(holder, day, at)] == ["revoked"]
    # Before the decision was taken nobody could know that the licence would not hold.
    assert [row[1] for row in _read(holder, day, at - timedelta(seconds=1))] == ["granted"]


def test_scope_travels_with_the_licence(licence, holder):
    assert [row[2:] for row in _read(holder, ON, AT)] == [(["02"], ["NZ", "AU"])]


@pytest.mark.django_db
def test_a_licence_without_a_holder_is_refused_by_the_database(holder):
    with pytest.raises(IntegrityError), transaction.atomic():
        Licence.objects.create(number="X", kind="base_filing", agency_id=holder.agency_id)


def test_each_bulk_read_is_one_query(licence, holder, django_assert_num_queries):
    window = Window.at(ON, known=AT)
    for read in (
        lambda: _read(holder, ON, AT),
        lambda: queries.origin_access(window=window),
        lambda: queries.designated_ports(window=window),
    ):
        with django_assert_num_queries(1):
            read()
