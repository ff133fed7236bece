"""Regular work as long work: the plan of a day, the watch of a week. Both may be called again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from guomen.journeys import watching
from guomen.journeys.jobs.work import Work
from guomen.journeys.targeting import building
from guomen.supervision.targeting.models import DailyPlan


def plan(work: Work) -> Mapping[str, Any]:
    """
    Build the plan of a day; one that this work built before it was interrupted is left as it is.

    :raises guomen.journeys.targeting.building.NothingToPlanError: without lines and capacities
    """
    agency, day = work.args["agency"], date.fromisoformat(work.args["of"])
    work.step(0, 1)
    before = DailyPlan.objects.filter(
        agency__code=agency, day=day, built_by=work.job.by, built_at__gte=work.job.asked_at
    )
    made = before.first() or building.build(agency, day=day, at=work.now(), by=work.job.by)
    work.step(1)
    return {"plan": made.reference}


def watch(work: Work) -> Mapping[str, Any]:
    """Watch a week at every level."""
    work.step(0, 1)
    week = date.fromisoformat(work.args["of"])
    done = watching.watch_week(work.args["agency"], week=week, at=work.now())
    work.step(1)
    return {
        "series": sum(one.series for one in done),
        "alarms": sum(one.alarms for one in done),
        "new": sum(one.new for one in done),
    }
