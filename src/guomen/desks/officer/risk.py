"""Addresses of early warning at this desk."""

from __future__ import annotations

from django.urls import path

from guomen.desks.officer.views import risk

pages = [
    path("risk/", risk.inbox, name="risk"),
    path("risk/series/", risk.series, name="risk-series"),
    path("risk/heat/", risk.heat, name="risk-heat"),
    path("risk/back-test/", risk.back_test, name="risk-back-test"),
    path("risk/signals/<str:reference>/", risk.one, name="signal"),
    path("risk/signals/<str:reference>/<str:move>/", risk.move, name="move-signal"),
]
