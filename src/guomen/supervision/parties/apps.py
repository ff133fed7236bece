"""Registration of the application with Django."""

from __future__ import annotations

from django.apps import AppConfig


class PartiesConfig(AppConfig):
    """The application ``parties``."""

    name = "guomen.supervision.parties"
    label = "parties"
    default_auto_field = "django.db.models.BigAutoField"
