"""The register of enterprises: what may be entered, and what bulk reads return."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, transaction

from guomen.supervision.agencies.models import AgencyKind
from guomen.supervision.agencies.operations import NewAgency, found
from guomen.supervision.bitemporal import Window
from guomen.supervision.parties import queries
from guomen.supervision.parties.models import Enterprise, Site, TradeRoleKind
from guomen.supervision.parties.operations import (
    CreditCodeRefusedError,
    NewEnterprise,
    close,
    register,
)

pytestmark = pytest.mark.django_db

ON = date(2012, 5, 24)
AT = datetime(2012, 5, 24, tzinfo=UTC)
LATER = datetime(2012, 6, 2, tzinfo=UTC)
CODE = "91350100M000100Y43"


@pytest.fixture
def bureau():
    return found(
        NewAgency(code="ZH", kind=AgencyKind.REGIONAL, name_zh="局", name_en="Bureau"), parent=None
    )


@pytest.fixture
def grower(bureau):
    new = NewEnterprise(
        name_zh="澄禾农业",
        name_en="Chenghe Growers",
        agency_id=bureau.pk,
        uscc=CODE,
        roles=(TradeRoleKind.EXPORTER, TradeRoleKind.HK_MACAO_SUPPLIER),
    )
    return register(new, on=ON, at=AT)


def test_a_registered_enterprise_gets_a_reference_that_checks(grower):
    assert queries.number_valid(grower.reference)
    assert queries.references_of([CODE]) == {CODE: grower.reference}


def test_references_go_on_from_the_last_one(bureau, grower):
    new = NewEnterprise(
        name_zh="乙", name_en="B", agency_id=bureau.pk, overseas_number="OV-000001", country="NZ"
    )
    assert int(register(new, on=ON, at=AT).reference[4:10]) == int(grower.reference[4:10]) + 1


def test_a_wrong_credit_code_is_refused_with_what_to_do(bureau):
    new = NewEnterprise(name_zh="甲", name_en="A", agency_id=bureau.pk, uscc=CODE[:-1] + "4")
    with pytest.raises(CreditCodeRefusedError, match="compare all 18 characters"):
        register(new, on=ON, at=AT)
    assert not Enterprise.objects.exists()


def test_an_enterprise_without_any_number_is_refused_by_the_database(bureau):
    new = NewEnterprise(name_zh="甲", name_en="A", agency_id=bureau.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        register(new, on=ON, at=AT)


def test_a_size_that_nobody_stated_stays_unknown(grower):
    frame = queries.enterprise_facts([grower.reference], window=Window.at(ON, known=AT))
    assert frame["is_sme"].to_list() == [None]
    assert frame["active"].to_list() == [True]


def test_closing_takes_effect_on_its_day_and_not_on_what_was_known_before(grower):
    close(grower, on=date(2012, 6, 1), at=LATER)
    read = queries.enterprise_facts
    before = read([grower.reference], window=Window.at(date(2012, 6, 1), known=AT))
    after = read([grower.reference], window=Window.at(date(2012, 6, 1), known=LATER))
    still = read([grower.reference], window=Window.at(date(2012, 5, 31), known=LATER))
    assert [f["active"].to_list() for f in (before, after, still)] == [[True], [False], [True]]


def test_an_enterprise_that_nobody_registered_is_absent_rather_than_clean(grower):
    frame = queries.enterprise_facts(["ENT-999999-0"], window=Window.at(ON, known=AT))
    assert frame.height == 0


def test_each_bulk_read_is_one_query(grower, django_assert_num_queries):
    window = Window.at(ON, known=AT)
    keys = [grower.reference]
    reads = (
        lambda: queries.enterprise_facts(keys, window=window),
        lambda: queries.trade_roles(keys, window=window),
        lambda: queries.site_facts(["SIT-000001-X"]),
        lambda: queries.commodity_facts(["0704909001"], window=window),
        lambda: queries.commodity_hazards(window=window),
        queries.port_facts,
        lambda: queries.references_of([CODE]),
        lambda: queries.names_of(keys),
    )
    for read in reads:
        with django_assert_num_queries(1):
            read()


def test_more_keys_than_a_statement_takes_are_still_answered(grower):
    keys = [f"ENT-{n:06d}-0" for n in range(40_000)] + [grower.reference]
    frame = queries.enterprise_facts(keys, window=Window.at(ON, known=AT))
    assert grower.reference in frame["enterprise"].to_list()


def test_search_finds_by_either_name_and_by_number(bureau, grower):
    everyone = queries.enterprises_in(bureau.path)
    for text in ("澄禾", "chenghe", CODE[-6:], grower.reference):
        assert [row.pk for row in queries.named_like(text, among=everyone)] == [grower.pk]


def test_a_site_lies_on_earth(grower):
    with pytest.raises(IntegrityError), transaction.atomic():
        Site.objects.create(
            reference="SIT-000001-X",
            number="GD-V-0001",
            kind="growing_base",
            enterprise=grower,
            name_zh="基地",
            name_en="Base",
            latitude=122,
            longitude=22,
        )
