"""Public as a Django application."""

from __future__ import annotations

from django.apps import AppConfig


class PublicConfig(AppConfig):
    """Names the application."""

    name = "guomen.desks.public"
    label = "public"
    default_auto_field = "django.db.models.BigAutoField"
