"""Addresses of this desk."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from guomen.desks.officer import views

app_name = "officer"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.today, name="today"),
]
