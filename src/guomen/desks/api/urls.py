"""Addresses of this desk."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from guomen.desks.api import views
from guomen.desks.api.v1 import api

# No namespace of its own: ninja looks its addresses up by the name of the version.
urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/docs", views.docs, name="api-docs"),
    path("v1/", api.urls),
]
