"""Registration of the application with Django."""

from __future__ import annotations

from django.apps import AppConfig


class InspectionsConfig(AppConfig):
    """The application ``inspections``."""

    name = "guomen.supervision.inspections"
    label = "inspections"
    default_auto_field = "django.db.models.BigAutoField"
