"""Registration of the application with Django."""

from __future__ import annotations

from django.apps import AppConfig


class ClassificationConfig(AppConfig):
    """The application ``classification``."""

    name = "guomen.supervision.classification"
    label = "classification"
    default_auto_field = "django.db.models.BigAutoField"
