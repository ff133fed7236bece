"""Registration of the application with Django."""

from __future__ import annotations

from django.apps import AppConfig


class CreditConfig(AppConfig):
    """The application ``credit``."""

    name = "guomen.supervision.credit"
    label = "credit"
    default_auto_field = "django.db.models.BigAutoField"
