"""The plan of the day at a terminal: built, released by two, shown, judged, taken back."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.desks.test_commands import guomen
from tests.journeys import builders
from tests.journeys.targeting.test_plan_of_the_day import BUILT, DAY_OF_PLAN, past

from guomen.supervision.targeting.models import DailyPlan, PortCapacity

AT = ("--at", BUILT.isoformat())
BUREAU = ("--agency", builders.BUREAU)


def answered(*words: object) -> Any:
    found = guomen("plan", *words, "--json")
    assert found.exit_code == 0, found.output
    return json.loads(found.stdout)


@pytest.mark.usefixtures("bureau")
def test_a_plan_goes_its_way_at_the_terminal() -> None:
    for port in ("CNGBP", "CNJZU"):
        answered("capacity", port, "--minutes", 600, "--slots", 5, "--by", "OFF-9",
                 "--at", builders.NOW.isoformat())  # fmt: skip
    assert PortCapacity.objects.count() == 2
    past(lines=16)
    answered("build", *BUREAU, "--day", DAY_OF_PLAN, *AT)
    name = DailyPlan.objects.get().reference
    for move, by, state in (("propose", "OFF-1", "proposed"), ("release", "OFF-2", "released")):
        assert answered(move, name, "--by", by, *AT)["state"] == state
    shown = answered("show", name)
    assert shown["reference"] == name
    assert {port["port"] for port in shown["ports"]} <= {"CNGBP", "CNJZU"}
    assert shown["ports"]
    judged = answered("evaluate", *BUREAU, *AT)
    assert judged["rate"]["checked"] == 16
    back = answered("roll-back", name, "--by", "OFF-2", "--reason", "prices are off", *AT)
    assert back["state"] == "rolled_back"
