"""One request sent several times at once is carried out once."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connections
from django.test import Client
from tests.desks import scenario
from tests.desks.test_api import LODGE, bearer, body

from guomen.desks.components import clock
from guomen.supervision.declarations.models import Declaration


@pytest.mark.django_db(transaction=True)
def test_the_same_key_twice_at_once_lodges_once(
    demo_mode: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: scenario.NOON)
    scenario.load()
    scenario.commit()
    value, headers = body(), bearer("firm.toys") | {"Idempotency-Key": "k1"}

    def send(_: int) -> tuple[int, str]:
        try:
            answer = Client().post(
                LODGE, json.dumps(value), content_type="application/json", headers=headers
            )
            return answer.status_code, answer.json()["reference"]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(send, range(4)))
    assert sorted(status for status, _ in answers) == [200, 200, 200, 201]
    assert len({reference for _, reference in answers}) == 1
    assert Declaration.objects.count() == 1
