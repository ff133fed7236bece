"""The room of access on the day of the small bureau."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django.fixtures import Settings
from tests.journeys import builders

from guomen.desks.components import clock


@pytest.fixture
def bureau(
    db: None, tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> builders.Register:
    """Return the small bureau; it is nine in the morning there."""
    builders.custody_in(tmp_path, settings)
    monkeypatch.setattr(clock, "now", lambda: builders.NOW)
    return builders.build()
