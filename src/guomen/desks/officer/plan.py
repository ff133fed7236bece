"""Addresses of the plan of the day at this desk."""

from __future__ import annotations

from django.urls import path

from guomen.desks.officer.views import plan, regular

pages = [
    path("plan/", plan.newest, name="plan"),
    path("plan/results/", plan.results, name="plan-results"),
    path("plan/capacity/", regular.capacity, name="plan-capacity"),
    path("plan/regular/", regular.regular_work, name="plan-regular"),
    path("plan/build/", regular.build, name="plan-build"),
    path("plan/<str:reference>/", plan.one, name="one-plan"),
    path("plan/<str:reference>/<str:move>/", plan.move, name="move-plan"),
]
