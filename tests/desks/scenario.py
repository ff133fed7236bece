"""The scenario in the test database, and rows of its year, made once for a run."""

from __future__ import annotations

from collections.abc import Generator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction

from guomen.journeys import drawing
from guomen.scenarios.zhuhai2012 import load as zhuhai2012
from guomen.scenarios.zhuhai2012.year.generate import declarations
from guomen.supervision.ledger import custody

DAY = date(2012, 5, 24)
NOON = datetime(2012, 5, 24, 4, tzinfo=UTC)


def load() -> None:
    zhuhai2012.load(lambda *_: None)


@pytest.fixture(scope="module")
def scenario_loaded(django_db_setup: None, django_db_blocker: Any) -> Generator[None]:
    """Load the registers once for a module, in a transaction around those of its tests."""
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch, transaction.atomic():
        patch.setattr(settings, "GUOMEN_DEMO", True)
        load()
        patch.undo()
        with django_db_blocker.block():
            yield
        transaction.set_rollback(True)


def commit(first: date = DAY) -> None:
    office = drawing.offices()["ZH"]
    use = custody.Use(at=office.starts(first) - timedelta(days=9), who="TEST", purpose="test")
    with transaction.atomic():
        custody.commit_days(first, first + timedelta(days=1), office, use=use, demonstration=True)


def user(username: str) -> Any:
    return get_user_model().objects.get(username=username)


@cache
def clean_rows(count: int) -> tuple[dict[str, Any], ...]:
    """Return rows of clean declarations of the last days of the year, whole declarations only."""
    found: list[dict[str, Any]] = []
    for lodging in reversed(_year()):
        if all(truth.problem is None for truth in lodging.truths) and lodging.received_at < NOON:
            found.extend(lodging.rows)
        if len(found) >= count:
            break
    return tuple(found)


@cache
def _year() -> list[Any]:
    return list(declarations(zhuhai2012.SEED))
