"""Registration of the application with Django."""

from __future__ import annotations

from django.apps import AppConfig


class LicencesConfig(AppConfig):
    """The application ``licences``."""

    name = "guomen.supervision.licences"
    label = "licences"
    default_auto_field = "django.db.models.BigAutoField"
