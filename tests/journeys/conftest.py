"""The small bureau, in a transaction of the test or committed for tests with several writers."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django.fixtures import Settings
from tests.journeys import builders


@pytest.fixture
def custodians(settings: Settings, tmp_path: Path) -> Path:
    builders.custody_in(tmp_path, settings)
    return tmp_path


@pytest.fixture
def register(db: None, custodians: Path) -> builders.Register:
    """Return the bureau with draw keys from today on."""
    return builders.build()


@pytest.fixture
def keyless(db: None, custodians: Path) -> builders.Register:
    """Return the bureau on a day without a draw key."""
    return builders.build(keys=None)


@pytest.fixture
def committed(transactional_db: None, custodians: Path) -> builders.Register:
    """Return the bureau in a database that other connections see."""
    return builders.build()
