"""Registration of the application with Django."""

from __future__ import annotations

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """The application ``jobs``."""

    name = "guomen.supervision.jobs"
    label = "jobs"
    default_auto_field = "django.db.models.BigAutoField"
