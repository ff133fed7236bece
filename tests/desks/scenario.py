"""
The scenario in the test database, and the rows of its year, made once for a run.

Loading the registers takes seconds, so they stay, in a transaction around those of the tests, for
as long as one test after another wants them; ``tests.conftest`` lets these tests follow each other
on one worker, and gives the registers back before a test that does not want them.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction
from django.test import override_settings

from guomen.journeys import drawing
from guomen.scenarios.zhuhai2012 import load as zhuhai2012
from guomen.scenarios.zhuhai2012.year.generate import declarations
from guomen.supervision.ledger import custody

DAY = date(2012, 5, 24)
NOON = datetime(2012, 5, 24, 4, tzinfo=UTC)


def load() -> None:
    zhuhai2012.load(lambda *_: None)


@contextmanager
def taken_back() -> Generator[None]:
    """Do something to the database that is undone afterwards."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@dataclass
class Registers:
    """The registers of the scenario, for as long as tests want them."""

    steps: list[tuple[str, int, int]] = field(default_factory=list)
    result: Any = None
    _held: ExitStack | None = None
    _blocker: Any = None

    def hold(self, blocker: Any) -> None:
        """Load the registers unless they are held; the blocker keeps other tests off."""
        if self._held is not None:
            return
        self._blocker = blocker
        self.steps.clear()
        with blocker.unblock(), override_settings(GUOMEN_DEMO=True), ExitStack() as held:
            held.enter_context(taken_back())
            self.result = zhuhai2012.load(lambda step, *of: self.steps.append((step.zh, *of)))
            self._held = held.pop_all()

    def give_back(self) -> None:
        """Leave the database as it was before."""
        held, self._held = self._held, None
        if held is not None:
            with self._blocker.unblock():
                held.close()


REGISTERS = Registers()


@pytest.fixture(scope="session")
def scenario_given_back(django_db_setup: None) -> Generator[None]:
    """Give the registers back before the database goes."""
    yield
    REGISTERS.give_back()


@pytest.fixture(scope="module")
def scenario_loaded(scenario_given_back: None, django_db_blocker: Any) -> Registers:
    """Return the registers, loaded for the first who takes them."""
    REGISTERS.hold(django_db_blocker)
    return REGISTERS


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
    for lodging in reversed(year()):
        if all(truth.problem is None for truth in lodging.truths) and lodging.received_at < NOON:
            found.extend(lodging.rows)
        if len(found) >= count:
            break
    return tuple(found)


@cache
def year() -> tuple[Any, ...]:
    """Return every lodging of the year, generated once for a run."""
    return tuple(declarations(zhuhai2012.SEED))
