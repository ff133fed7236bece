"""Registration of the application with Django."""

from __future__ import annotations

from django.apps import AppConfig


class FilingsConfig(AppConfig):
    """The application ``filings``."""

    name = "guomen.supervision.filings"
    label = "filings"
    default_auto_field = "django.db.models.BigAutoField"
