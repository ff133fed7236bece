"""Declarations as a Django application."""

from __future__ import annotations

from django.apps import AppConfig


class DeclarationsConfig(AppConfig):
    """Names the application."""

    name = "guomen.supervision.declarations"
    label = "declarations"
    default_auto_field = "django.db.models.BigAutoField"
