"""A ledger of two days for the tests of this folder, and what stands around it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction

from guomen.supervision.ledger import guards, operations
from guomen.supervision.ledger.operations import Draft
from guomen.supervision.ledger.signing import Signer, open_signer

DAY = date(2012, 5, 24)
MORNING = datetime(2012, 5, 24, 1, 30, 0, 250_000, tzinfo=UTC)
# When rulings of the two days may be erased.
LATER = datetime(2017, 5, 26, 1, 30, tzinfo=UTC)


@contextmanager
def unguarded() -> Iterator[None]:
    """Work as one who owns the database: triggers away, and back afterwards."""
    guards.remove(connection)
    try:
        yield
    finally:
        guards.install(connection)


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return open_signer(tmp_path / "keys", create=True)


def add(count: int, *, start: int = 0, at: datetime = MORNING) -> operations.Appended:
    drafts = [
        Draft(
            kind="ruling", subject=f"DEC-{start + place}", body={"n": start + place, "说": "放行"}
        )
        for place in range(count)
    ]
    with transaction.atomic():
        return operations.append(drafts, at=at, by="officer:7f3a")


@pytest.fixture
def ledger(db: None, signer: Signer) -> None:
    """Fill a ledger: five batches anchored on the first day, two on the second, one after."""
    for place, count in enumerate((1, 3, 8, 2, 5)):
        add(count, start=100 * place, at=MORNING + timedelta(minutes=place))
    anchor(0, signer)
    add(7, start=500, at=MORNING + timedelta(days=1))
    add(4, start=600, at=MORNING + timedelta(days=1, minutes=1))
    anchor(1, signer)
    add(6, start=700, at=MORNING + timedelta(days=2))


def anchor(day: int, signer: Signer) -> None:
    with transaction.atomic():
        operations.anchor(
            DAY + timedelta(days=day), at=MORNING + timedelta(days=day, hours=15), signer=signer
        )
