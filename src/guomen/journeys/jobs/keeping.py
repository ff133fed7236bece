"""
What keeps the registers each night: idle licences lapse, credit files are rated whose cycle ended.

Both may be called again: what is done already changes no more.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from guomen.journeys.access import lapsing
from guomen.journeys.access.actors import Actor
from guomen.journeys.clearance import Lodgement
from guomen.journeys.jobs.work import Work
from guomen.journeys.standing import crediting
from guomen.supervision.agencies import queries as agencies


def lapse(work: Work) -> Mapping[str, Any]:
    """Let the licences of a bureau lapse whose holders were idle too long, and tell the holders."""
    work.step(0, 1)
    office = agencies.agencies([code := work.args["agency"]])[code]
    who = Actor(by=work.job.by, at=work.now(), zone=office.zone)
    swept = lapsing.sweep(who=who, path=office.path)
    work.step(1)
    return {"lapsed": len(swept.lapsed), "left": len(swept.left)}


def rate(work: Work) -> Mapping[str, Any]:
    """Rate the credit files of a bureau whose cycle ended; none due leaves no ledger entry."""
    work.step(0, 1)
    office = agencies.agencies([code := work.args["agency"]])[code]
    how = Lodgement(at=work.now(), by=work.job.by, agency=code)
    due = crediting.due_count(how=how, path=office.path)
    moved = crediting.close_cycle(how=how, path=office.path) if due else 0
    work.step(1)
    return {"due": due, "moved": moved}
