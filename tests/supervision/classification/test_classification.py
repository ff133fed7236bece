"""Classes and product risks as a decision reads them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from guomen.journeys.registers import AsOf, holding
from guomen.supervision.agencies.models import AgencyKind
from guomen.supervision.agencies.operations import NewAgency, found
from guomen.supervision.bitemporal import Window
from guomen.supervision.classification.models import EnterpriseClass, ProductRisk
from guomen.supervision.classification.operations import classify
from guomen.supervision.classification.queries import grades_of, product_risks
from guomen.supervision.parties.operations import NewEnterprise, register

ON = date(2011, 6, 1)
AT = datetime(2011, 6, 1, tzinfo=UTC)


@pytest.fixture
def classed(db):
    bureau = found(
        NewAgency(code="ZH", kind=AgencyKind.REGIONAL, name_zh="局", name_en="Bureau"), parent=None
    )
    new = NewEnterprise(name_zh="甲", name_en="A", agency_id=bureau.pk, uscc="91350100M000100Y43")
    enterprise = register(new, on=date(2009, 1, 1), at=datetime(2009, 1, 1, tzinfo=UTC))
    return EnterpriseClass.objects.create(
        enterprise=enterprise,
        agency=bureau,
        grade=2,
        begins=date(2009, 6, 1),
        ends=date(2012, 6, 1),
        recorded_at=datetime(2009, 6, 1, tzinfo=UTC),
    )


def _grades(classed, on, known):
    facts = [fact for _, fact in grades_of([classed.enterprise.reference])]
    return [grade for (grade,) in holding(facts, AsOf(on, known))]


def test_a_class_runs_out_with_its_period(classed):
    assert _grades(classed, date(2012, 5, 31), AT) == [2]
    assert _grades(classed, date(2012, 6, 1), AT) == []


def test_a_new_class_holds_from_its_day_to_the_end_of_the_period(classed):
    classify(classed, 1, on=ON, at=AT)
    later = AT + timedelta(days=1)
    assert _grades(classed, ON - timedelta(days=1), later) == [2]
    assert _grades(classed, ON, later) == [1]
    assert _grades(classed, date(2012, 6, 1), later) == []


@pytest.mark.parametrize("grade", [0, 5])
def test_a_class_outside_one_to_four_is_refused_by_the_database(classed, grade):
    with pytest.raises(IntegrityError), transaction.atomic():
        EnterpriseClass.objects.create(
            enterprise=classed.enterprise,
            agency=classed.agency,
            grade=grade,
            begins=ON,
            recorded_at=AT,
        )


@pytest.mark.django_db
@pytest.mark.parametrize("prefix", ["0", "07x4", ""])
def test_a_risk_without_a_proper_prefix_is_refused_by_the_database(prefix):
    with pytest.raises(IntegrityError), transaction.atomic():
        ProductRisk.objects.create(hs_prefix=prefix, level="high", begins=ON, recorded_at=AT)


def test_each_bulk_read_is_one_query(classed, django_assert_num_queries):
    window = Window.at(ON, known=AT)
    with django_assert_num_queries(1):
        list(grades_of([classed.enterprise.reference]))
    with django_assert_num_queries(1):
        product_risks(window=window)
