"""Officers of the tests, by key, at moments."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.journeys import builders

from guomen.journeys.access.actors import Actor
from guomen.supervision.licences.models import Licence, LicenceAct

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def at(moment: datetime = builders.NOW, by: str = "OFC-1") -> Actor:
    return Actor(by=by, at=moment)


FIRST, SECOND, THIRD = at(), at(by="OFC-2"), at(by="OFC-3")
HOLDER = at(by="REP-1")


def later(moment: datetime, by: str = "OFC-2") -> Actor:
    return at(moment, by)


def meat_filing() -> Licence:
    return Licence.objects.get(kind="consignee_filing", enterprise__uscc=builders.IMPORTER)


def base_filing() -> Licence:
    return Licence.objects.get(kind="base_filing")


def acts(licence: Licence) -> list[tuple[str, str, str]]:
    rows = LicenceAct.objects.filter(licence=licence).order_by("pk")
    return [(act.move, act.state_before, act.state_after) for act in rows]
