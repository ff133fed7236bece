"""The scenario, loaded once for the tests of a module."""

from __future__ import annotations

import pytest
from django.db import transaction
from django.test import override_settings

from guomen.scenarios.zhuhai2012.load import load


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker):
    """Load the registers inside a transaction that the module gives back at its end."""
    steps = []
    with django_db_blocker.unblock(), override_settings(GUOMEN_DEMO=True), transaction.atomic():
        result = load(lambda step, done, of: steps.append((step.zh, done, of)))
        yield result, steps
        transaction.set_rollback(True)
