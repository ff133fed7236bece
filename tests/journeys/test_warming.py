"""A process is made ready to decide, and nothing is written by it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.journeys.builders import NOW

from guomen.journeys import intake
from guomen.journeys.clearance import warming

pytestmark = pytest.mark.django_db


def test_warming_rules_on_an_invented_line_and_writes_nothing(register):
    with CaptureQueriesContext(connection) as asked:
        assert warming.warm(at=NOW)
    said = {query["sql"].split()[0] for query in asked.captured_queries}
    # PostgreSQL reads many rows through a cursor.
    assert said <= {"SELECT", "DECLARE", "FETCH", "CLOSE"}


def test_a_house_without_agencies_is_not_warmed() -> None:
    assert not warming.warm(at=datetime(2012, 5, 24, tzinfo=UTC))


def test_the_example_of_the_columns_is_taken_as_it_stands() -> None:
    row = {column.name: column.example for column in intake.COLUMNS}
    assert intake.take([row], today=NOW.date()).problems == ()
