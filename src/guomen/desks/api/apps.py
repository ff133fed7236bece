"""Api as a Django application."""

from __future__ import annotations

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """Names the application."""

    name = "guomen.desks.api"
    label = "api"
    default_auto_field = "django.db.models.BigAutoField"
