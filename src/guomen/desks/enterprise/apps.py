"""Enterprise as a Django application."""

from __future__ import annotations

from django.apps import AppConfig


class EnterpriseConfig(AppConfig):
    """Names the application."""

    name = "guomen.desks.enterprise"
    label = "enterprise"
    default_auto_field = "django.db.models.BigAutoField"
