"""The register of enterprises: what may be entered, and what bulk reads return."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, transaction

from guomen.journeys.registers import AsOf, holding
from guomen.supervision.agencies.models import AgencyKind
from guomen.supervision.agencies.operations import NewAgency, found
from guomen.supervision.bitemporal import Window
from guomen.supervision.parties import queries
from guomen.supervision.parties.codes import reference_valid
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


def active(reference: str, on: date, known: datetime) -> list[tuple[bool]]:
    facts = [fact for _, fact in queries.registrations_of([reference])]
    return holding(facts, AsOf(on, known))


def test_a_registered_enterprise_gets_a_reference_that_checks(grower):
    assert reference_valid(grower.reference)
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
    assert Enterprise.objects.get(pk=grower.pk).is_sme is None
    assert active(grower.reference, ON, AT) == [(True,)]


def test_closing_takes_effect_on_its_day_and_not_on_what_was_known_before(grower):
    close(grower, on=date(2012, 6, 1), at=LATER)
    ref, first = grower.reference, date(2012, 6, 1)
    assert active(ref, first, AT) == [(True,)]
    assert active(ref, first, LATER) == [(False,)]
    assert active(ref, date(2012, 5, 31), LATER) == [(True,)]


def test_an_enterprise_that_nobody_registered_is_absent_rather_than_clean(grower):
    assert active("ENT-999999-0", ON, AT) == []


def test_each_bulk_read_is_one_query(grower, django_assert_num_queries):
    window = Window.at(ON, known=AT)
    keys = [grower.reference]
    reads = (
        lambda: list(queries.registrations_of(keys)),
        lambda: list(queries.sites_numbered(["SIT-000001-X"])),
        lambda: list(queries.commodities_of(["0704909001"])),
        lambda: queries.commodity_hazards(window=window),
        queries.port_facts,
        lambda: queries.references_of([CODE]),
        lambda: queries.names_of(keys),
    )
    for read in reads:
        with django_assert_num_queries(1):
            read()


def test_search_finds_by_either_name_and_by_number(bureau, grower):
    everyone = Enterprise.objects.order_by("pk")
    for text in ("澄禾", "chenghe", CODE[:6], grower.reference):
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
