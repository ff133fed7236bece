"""Reads of plans, models and capacities: those in force for decisions, and lists for pages."""

from __future__ import annotations

import zlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q, QuerySet

from guomen.core.targeting.plan import Capacity, DayPlan, read
from guomen.supervision.bitemporal import Window
from guomen.supervision.targeting.models import DailyPlan, FittedModel, PortCapacity


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """A released plan: whose, for which day, its hash, the model's hash, and while it is known."""

    agency: str
    path: str
    day: date
    version: int
    digest: str
    model: str
    released_at: datetime
    ended_at: datetime | None

    def known(self, at: datetime) -> bool:
        """Tell whether it could be decided by at a moment."""
        return self.released_at <= at and (self.ended_at is None or at < self.ended_at)


def released() -> dict[date, list[InForce]]:
    """Return every plan that was ever released, by day, the newest version first."""
    rows = (
        DailyPlan.objects.filter(released_at__isnull=False)
        .order_by("day", "-version")
        .values_list(
            "agency__code",
            "agency__path",
            "day",
            "version",
            "digest",
            "model__digest",
            "released_at",
            "ended_at",
        )
    )
    found: dict[date, list[InForce]] = {}
    for agency, path, day, version, digest, model, at, ended in rows:
        if at is None:  # the filter leaves none
            continue
        plan = InForce(
            agency=agency,
            path=path,
            day=day,
            version=version,
            digest=digest,
            model=model,
            released_at=at,
            ended_at=ended,
        )
        found.setdefault(day, []).append(plan)
    return found


def plan_text(digest: str) -> DayPlan:
    """Return a plan by its hash."""
    return read(DailyPlan.objects.filter(digest=digest).values_list("text", flat=True)[:1].get())


def model_text(digest: str) -> bytes:
    """Return the text of a model by its hash."""
    return zlib.decompress(
        bytes(FittedModel.objects.values_list("payload", flat=True).get(digest=digest))
    )


def capacities(ports: Collection[str], *, on: date, known: datetime) -> dict[str, Capacity]:
    """Return what ports can do on a day; a port that is not listed is unknown."""
    rows = PortCapacity.objects.within(Window.at(on, known=known)).filter(port__in=list(ports))
    return {
        port: Capacity(minutes=float(minutes), slots=float(slots))
        for port, minutes, slots in rows.values_list("port", "minutes", "slots")
    }


def visible(path: str) -> QuerySet[DailyPlan]:
    """Return the plans of an agency's subtree, and those of the agencies above it."""
    above = [path[: i + 1] for i, mark in enumerate(path) if mark == "/" and i]
    return DailyPlan.objects.filter(
        Q(agency__path__startswith=path) | Q(agency__path__in=above)
    ).select_related("agency", "model")


def before(plan: DailyPlan) -> DailyPlan | None:
    """Return the plan that was released last before one, of the same agency."""
    return (
        DailyPlan.objects.filter(agency=plan.agency, released_at__isnull=False)
        .filter(Q(day__lt=plan.day) | Q(day=plan.day, version__lt=plan.version))
        .order_by("-day", "-version")
        .first()
    )


def ports_of(path: str) -> QuerySet[PortCapacity]:
    """Return every capacity on record within an agency's subtree, also superseded ones."""
    return PortCapacity.objects.filter(agency__path__startswith=path).select_related("agency")


def planned_days(since: date) -> set[tuple[int, date]]:
    """Return agency and day of every plan from a day on."""
    return set(DailyPlan.objects.filter(day__gte=since).values_list("agency_id", "day"))
