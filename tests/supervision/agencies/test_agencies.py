"""The tree of agencies, and the roles that officers hold, lend and lose."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction

from guomen.supervision.agencies import queries
from guomen.supervision.agencies.models import (
    Agency,
    AgencyKind,
    Delegation,
    InterestKind,
    Officer,
    Role,
)
from guomen.supervision.agencies.operations import (
    AgencyCodeMalformedError,
    ConflictOfInterestError,
    NewAgency,
    SamePersonError,
    declare_interest,
    found,
    give_role,
    refuse_conflict,
    require_second_person,
)
from guomen.supervision.parties.operations import NewEnterprise, register

pytestmark = pytest.mark.django_db

ON = date(2012, 5, 24)
AT = datetime(2012, 5, 24, tzinfo=UTC)


def _agency(code, parent=None):
    new = NewAgency(code=code, kind=AgencyKind.BRANCH, name_zh=code, name_en=code)
    return found(new, parent=parent)


def _officer(agency, number):
    user = get_user_model().objects.create(username=f"u{number}")
    return Officer.objects.create(
        key=f"OFC-{number}", user=user, agency=agency, name_zh="甲", name_en="A"
    )


def test_a_subtree_holds_the_agency_and_all_below_but_no_namesake():
    bureau = _agency("ZH")
    branch = _agency("ZH-GB", bureau)
    _agency("ZH-GB-F", branch)
    _agency("ZH-G", bureau)
    _agency("ZHX")
    assert {a.code for a in queries.subtree(branch.path)} == {"ZH-GB", "ZH-GB-F"}
    assert {a.code for a in queries.subtree(bureau.path)} == {"ZH", "ZH-GB", "ZH-GB-F", "ZH-G"}


@pytest.mark.parametrize("code", ["", "A/B"])
def test_a_code_that_would_break_the_path_is_refused(code):
    with pytest.raises(AgencyCodeMalformedError):
        _agency(code)


def test_a_path_without_its_slashes_is_refused_by_the_database():
    with pytest.raises(IntegrityError), transaction.atomic():
        Agency.objects.create(code="A", kind="branch", path="/A", name_zh="甲", name_en="A")


def test_roles_are_those_held_and_lent_on_the_day():
    branch = _agency("ZH-GB")
    giver, taker = _officer(branch, 1), _officer(branch, 2)
    give_role(giver, Role.APPROVER, on=date(2012, 1, 1), at=AT)
    give_role(taker, Role.INSPECTOR, on=date(2012, 1, 1), at=AT)
    Delegation.objects.create(
        giver=giver,
        taker=taker,
        role=Role.APPROVER,
        begins=date(2012, 5, 1),
        ends=date(2012, 5, 25),
        recorded_at=AT,
    )
    on_the_last_day = queries.officer_or_none(taker.user, on=ON, known=AT)
    the_day_after = queries.officer_or_none(taker.user, on=date(2012, 5, 25), known=AT)
    assert on_the_last_day.roles == {"inspector", "approver"}
    assert the_day_after.roles == {"inspector"}
    assert [
        o.key for o in queries.officers_with("approver", path=branch.path, on=ON, known=AT)
    ] == ["OFC-1"]


def test_an_account_without_an_officer_is_nobody():
    user = get_user_model().objects.create(username="stranger")
    assert queries.officer_or_none(user, on=ON, known=AT) is None


def test_nobody_lends_a_role_to_themselves():
    officer = _officer(_agency("ZH"), 1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Delegation.objects.create(
            giver=officer, taker=officer, role="approver", begins=ON, recorded_at=AT
        )


def test_an_officer_sees_the_own_subtree_only():
    bureau = _agency("ZH")
    branch, other = _agency("ZH-GB", bureau), _agency("ZH-WZ", bureau)
    seen = queries.officer_or_none(_officer(branch, 1).user, on=ON, known=AT)
    assert seen.sees(branch.path)
    assert not seen.sees(other.path)
    assert not seen.sees(bureau.path)


@pytest.fixture
def stranger_firm():
    agency = _agency("ZH")
    new = NewEnterprise(name_zh="甲", name_en="A", agency_id=agency.pk, uscc="91350100M000100Y43")
    return agency, register(new, on=date(2009, 1, 1), at=AT - timedelta(days=900))


def test_a_declared_interest_keeps_its_officer_from_deciding_while_it_holds(stranger_firm):
    agency, firm = stranger_firm
    kin, other = _officer(agency, 1), _officer(agency, 2)
    held = declare_interest(kin, firm.pk, InterestKind.RELATIVE, on=ON, at=AT)
    refuse_conflict(other.key, firm.pk, on=ON, known=AT)
    refuse_conflict(kin.key, firm.pk, on=ON - timedelta(days=1), known=AT)
    with pytest.raises(ConflictOfInterestError) as refused:
        refuse_conflict(kin.key, firm.pk, on=ON, known=AT)
    assert refused.value.data["kinds"] == ["relative"]
    held.ends = ON + timedelta(days=30)
    held.save()
    refuse_conflict(kin.key, firm.pk, on=ON + timedelta(days=30), known=AT)


def test_who_acted_already_is_not_a_second_person():
    require_second_person("OFC-2", "OFC-1", "OFC-3")
    with pytest.raises(SamePersonError):
        require_second_person("OFC-1", "OFC-1", "OFC-3")
