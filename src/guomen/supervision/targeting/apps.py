"""Registration of the application with Django."""

from __future__ import annotations

from django.apps import AppConfig


class TargetingConfig(AppConfig):
    """The application ``targeting``."""

    name = "guomen.supervision.targeting"
    label = "targeting"
    default_auto_field = "django.db.models.BigAutoField"
