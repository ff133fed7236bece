"""
A worker that stores a file of a register part after part, slowly; to be killed in the middle.

Run by ``test_storing`` on the database of its test.
"""

from __future__ import annotations

import time

import django

django.setup()

from tests.journeys import builders  # noqa: E402

from guomen.journeys.access import importing  # noqa: E402
from guomen.journeys.jobs import work, worker  # noqa: E402

work._SECONDS = 0.0
importing._AT_ONCE = 2
index = importing.finding.index


def slowly(made: list[int]) -> None:
    index(made)
    time.sleep(0.5)


importing.finding.index = slowly  # type: ignore[assignment]

if __name__ == "__main__":
    worker.take_one(lambda: builders.NOW)
