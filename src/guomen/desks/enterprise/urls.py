"""Addresses of this desk."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from guomen.desks.enterprise import views

app_name = "enterprise"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
]
