"""Addresses of the public desk, and those that belong to no desk."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from guomen.desks.components.planner import addresses as planner
from guomen.desks.public import access, standing, verify, views

pages: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("credit-lists/", standing.lists, name="credit-lists"),
    path("fair-draw/", views.fair_draw, name="fair-draw"),
    path("verify/", verify.verify, name="verify"),
    path("verify/keys.json", verify.keys, name="certificate-keys"),
    path("verify/revocations.json", verify.revocations, name="revocations"),
    path("needs/", access.what_is_needed, name="needs"),
    path("status/", access.status, name="status"),
    path("exits/", access.exits, name="exits"),
    path("sign-up/", access.sign_up, name="sign-up"),
    *planner.pages(),
]
urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("guomen.desks.components.urls")),
    path("", include((pages, "public"))),
]
