"""Declared interests bind at once and past their end; changes of the register keep their past."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.desks import people as desks
from tests.journeys import builders
from tests.journeys.access.people import DAY, base_filing, later

from guomen.journeys.access import interests, moving, registering
from guomen.journeys.access.actors import TiedError
from guomen.supervision.agencies.models import DeclaredInterest, InterestKind
from guomen.supervision.licences.lifecycle import LicenceMove
from guomen.supervision.parties.models import Enterprise, Registration, RegistrationState

NOW, TODAY = builders.NOW, builders.TODAY
SUSPEND = moving.Wish(move=LicenceMove.SUSPEND, reason="correction_due")


@pytest.fixture
def near(register: builders.Register) -> str:
    """Return the key of an officer whose relative works for the grower."""
    key = desks.officer("near").key
    firm = register.enterprises[builders.GROWER]
    interests.declare(firm, InterestKind.RELATIVE, "配偶", who=later(NOW, key))
    return key


def test_whoever_declared_an_interest_decides_nothing_not_even_soon_after_its_end(
    near: str,
) -> None:
    with pytest.raises(TiedError):
        moving.act(base_filing().pk, SUSPEND, who=later(NOW + DAY, near))
    (held,) = DeclaredInterest.objects.current()
    ended = interests.end(held.pk, who=later(NOW + DAY, near))
    assert ended.ends == TODAY + timedelta(days=366)
    with pytest.raises(TiedError):
        moving.act(base_filing().pk, SUSPEND, who=later(NOW + 300 * DAY, near))
    assert moving.act(base_filing().pk, SUSPEND, who=later(NOW + 400 * DAY, near)).approved


def test_an_interest_is_declared_once_by_oneself_and_ended_by_nobody_else(near: str) -> None:
    firm = Enterprise.objects.get(uscc=builders.GROWER)
    with pytest.raises(interests.InterestRefusedError):
        interests.declare(firm, InterestKind.RELATIVE, "", who=later(NOW + DAY, near))
    with pytest.raises(interests.InterestRefusedError):
        interests.declare(firm, InterestKind.ASSESSOR, "", who=later(NOW + DAY, near))
    held = DeclaredInterest.objects.current().get()
    with pytest.raises(interests.InterestRefusedError):
        interests.end(held.pk, who=later(NOW + DAY, "OFC-9"))
    assert DeclaredInterest.objects.current().get().ends is None


def test_a_merger_begins_on_its_day_names_who_goes_on_and_keeps_the_past(
    register: builders.Register,
) -> None:
    firm, other = (register.enterprises[n] for n in (builders.TOYMAKER, builders.VINTNER))
    merged = registering.Wish(state=RegistrationState.MERGED, on=TODAY, successor=other)
    registering.change(firm, merged, who=later(NOW))
    at = NOW + DAY
    rows = Registration.objects.filter(enterprise=firm)
    now = rows.as_of(TODAY, known=at).get()
    assert (now.state, now.successor) == ("merged", other)
    assert rows.as_of(TODAY - DAY, known=at).get().state == "active"
    # What was known before the change is what decisions of that time read.
    assert rows.as_of(TODAY, known=NOW - DAY).get().state == "active"


@pytest.mark.parametrize("successor", [None, builders.TOYMAKER], ids=["nobody", "itself"])
def test_a_merger_into_nobody_or_oneself_is_refused(
    register: builders.Register, successor: str | None
) -> None:
    named = register.enterprises[successor] if successor else None
    wish = registering.Wish(state=RegistrationState.MERGED, on=TODAY, successor=named)
    with pytest.raises(registering.RegistrationRefusedError):
        registering.change(register.enterprises[builders.TOYMAKER], wish, who=later(NOW))


def test_a_branch_has_a_head_office_that_is_no_branch_itself(register: builders.Register) -> None:
    first, second, third = (
        register.enterprises[n] for n in (builders.TOYMAKER, builders.VINTNER, builders.IMPORTER)
    )
    registering.attach(second, first, who=later(NOW))
    second.refresh_from_db()
    with pytest.raises(registering.RegistrationRefusedError):
        registering.attach(third, second, who=later(NOW + DAY))
    assert [row.pk for row in first.branches.all()] == [second.pk]
