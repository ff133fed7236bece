"""Components as a Django application."""

from __future__ import annotations

from django.apps import AppConfig


class ComponentsConfig(AppConfig):
    """Names the application."""

    name = "guomen.desks.components"
    label = "components"
    default_auto_field = "django.db.models.BigAutoField"
