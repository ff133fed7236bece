"""Control orders as a Django application."""

from __future__ import annotations

from django.apps import AppConfig


class ControlsConfig(AppConfig):
    """Names the application."""

    name = "guomen.supervision.controls"
    label = "controls"
    default_auto_field = "django.db.models.BigAutoField"
