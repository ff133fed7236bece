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


def store_slowly() -> None:
    """Take the next work that waits, two rows at a time, with a pause after each two."""
    index = importing.finding.index

    def slowly(made: list[int]) -> None:
        index(made)
        time.sleep(0.5)

    work._SECONDS = 0.0
    importing._AT_ONCE = 2
    importing.finding.index = slowly  # type: ignore[assignment]
    worker.take_one(lambda: builders.NOW)


# Other tests read every module of the tests: what is slow here is so in this process only.
if __name__ == "__main__":
    store_slowly()
