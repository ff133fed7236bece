"""Registration of the application with Django."""

from __future__ import annotations

from django.apps import AppConfig


class AgenciesConfig(AppConfig):
    """The application ``agencies``."""

    name = "guomen.supervision.agencies"
    label = "agencies"
    default_auto_field = "django.db.models.BigAutoField"
