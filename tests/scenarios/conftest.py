"""The scenario, loaded once for the tests of this folder."""

from __future__ import annotations

import pytest
from django.test import override_settings
from tests.desks.scenario import scenario_given_back, scenario_loaded

__all__ = ["scenario_given_back", "scenario_loaded"]


@pytest.fixture(scope="module")
def loaded(scenario_loaded):
    """Return the result of the load and the steps that it told of, in demonstration mode."""
    with override_settings(GUOMEN_DEMO=True):
        yield scenario_loaded.result, scenario_loaded.steps
