"""Officer as a Django application."""

from __future__ import annotations

from django.apps import AppConfig


class OfficerConfig(AppConfig):
    """Names the application."""

    name = "guomen.desks.officer"
    label = "officer"
    default_auto_field = "django.db.models.BigAutoField"
