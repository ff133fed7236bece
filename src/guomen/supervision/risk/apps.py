"""Registration of the application with Django."""

from __future__ import annotations

from django.apps import AppConfig


class RiskConfig(AppConfig):
    """The application ``risk``."""

    name = "guomen.supervision.risk"
    label = "risk"
    default_auto_field = "django.db.models.BigAutoField"
