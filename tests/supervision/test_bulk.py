"""Rows stored in bulk read and compare exactly as rows that the ORM stored."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.db import IntegrityError, transaction

from guomen.supervision import bulk
from guomen.supervision.declarations.models import OwedCheck

NAMES = ("enterprise", "hs6", "direction", "owed_by", "reason", "recorded_at")
MOMENTS = [
    datetime(2012, 5, 24, 2, 0, tzinfo=UTC),
    datetime(2012, 5, 24, 2, 0, 0, 1, tzinfo=UTC),
    datetime(2012, 5, 24, 10, 0, tzinfo=timezone(timedelta(hours=8))),
]


def row(moment: datetime, place: int) -> list[object]:
    return ["ENT-1", "070490", "export", f"L{place}", "withdrawn", moment]


@pytest.mark.django_db
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_moment_is_found_again_by_equality_and_by_order(moment):
    OwedCheck.objects.create(**dict(zip(NAMES, row(moment, 0), strict=True)))
    bulk.insert(OwedCheck, NAMES, [row(moment, 1)])
    assert OwedCheck.objects.filter(recorded_at=moment).count() == 2
    assert OwedCheck.objects.filter(recorded_at__lte=moment).count() == 2
    assert OwedCheck.objects.filter(recorded_at__lt=moment).count() == 0
    assert set(OwedCheck.objects.values_list("recorded_at", flat=True)) == {moment}


@pytest.mark.django_db
def test_a_broken_constraint_stores_nothing():
    half = ["claimed_by", *NAMES]
    with pytest.raises(IntegrityError), transaction.atomic():
        bulk.insert(OwedCheck, half, [[None, *row(MOMENTS[0], 0)], ["X", *row(MOMENTS[0], 1)]])
    assert not OwedCheck.objects.exists()
