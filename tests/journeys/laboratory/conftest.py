"""The small bureau with a laboratory."""

from __future__ import annotations

import pytest
from tests.journeys import builders
from tests.journeys.laboratory import bench

from guomen.supervision.agencies.models import Agency


@pytest.fixture
def lab(register: builders.Register) -> Agency:
    return bench.found()
