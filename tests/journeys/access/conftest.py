"""The small bureau of the journeys, for the file of licences."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django.fixtures import Settings
from tests.journeys import builders


@pytest.fixture
def register(db: None, settings: Settings, tmp_path: Path) -> builders.Register:
    builders.custody_in(tmp_path, settings)
    return builders.build()
