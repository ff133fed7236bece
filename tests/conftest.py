"""What all tests share: property-test profiles and the switch of demonstration mode."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from pytest_django.fixtures import Settings

# Speed of the machine is never asserted, so no example has a deadline; what failed once is kept.
hypothesis_settings.register_profile(
    "house", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.register_profile("ci", parent=hypothesis_settings.get_profile("house"))
hypothesis_settings.load_profile("ci" if os.environ.get("CI") else "house")


@pytest.fixture
def demo_mode(settings: Settings, tmp_path: Path) -> Path:
    """Turn demonstration mode on for one test; return the place of its custody folders."""
    settings.GUOMEN_DEMO = True
    settings.GUOMEN_CUSTODY_A = tmp_path / "custody-a"
    settings.GUOMEN_CUSTODY_B = tmp_path / "custody-b"
    return tmp_path


@pytest.fixture
def reference_folder() -> Path:
    """Return the folder of public reference data, or skip: the product is complete without it."""
    root = Path(__file__).resolve().parents[1]
    folder = Path(os.environ.get("GUOMEN_REFERENCE", root.parent / "shared" / "reference"))
    if not folder.is_dir():
        pytest.skip("no reference data: set GUOMEN_REFERENCE to its folder")
    return folder
