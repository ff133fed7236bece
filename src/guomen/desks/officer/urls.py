"""Addresses of this desk."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from guomen.desks.officer import (
    dispositions,
    inspections,
    laboratory,
    plan,
    planner,
    risk,
    standing,
)
from guomen.desks.officer.registry import addresses as registry
from guomen.desks.officer.views import (
    actions,
    declaration,
    declarations,
    inbox,
    jobs,
    lodging,
    many,
    today,
)

app_name = "officer"
_ONE = "declarations/<str:reference>/"
_LINE = _ONE + "lines/<int:number>/"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", today.today, name="today"),
    path("waiting/", inbox.waiting, name="inbox"),
    path("many/<str:deed>/", many.many_at_once, name="many"),
    path("declarations/", declarations.listed, name="declarations"),
    path("declarations/export/", declarations.export, name="export"),
    path("declarations/new/", lodging.lodge, name="lodge"),
    path("declarations/file/", lodging.send_file, name="file"),
    path(_ONE, declaration.one, name="declaration"),
    path(_ONE + "proof/<int:seq>/", declaration.proof, name="proof"),
    path(_LINE + "redecide/", actions.redecide, name="redecide"),
    path(_LINE + "replay/", actions.replay, name="replay"),
    path(_LINE + "<str:move>/", actions.act, name="act"),
    path("jobs/", jobs.listed, name="jobs"),
    path("jobs/<str:number>/", jobs.one, name="job"),
    path("jobs/<str:number>/rejects/", jobs.rejects, name="job-rejects"),
    path("jobs/<str:number>/cancel/", jobs.cancel, name="job-cancel"),
    path("overrides/<int:pk>/", actions.decide, name="decide"),
    *dispositions.pages,
    *inspections.pages,
    *laboratory.pages,
    *plan.pages,
    *planner.pages,
    *risk.pages,
    *registry.pages,
    *standing.pages,
]
