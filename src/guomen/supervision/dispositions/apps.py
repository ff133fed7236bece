"""Dispositions as a Django application."""

from __future__ import annotations

from django.apps import AppConfig


class DispositionsConfig(AppConfig):
    """Names the application."""

    name = "guomen.supervision.dispositions"
    label = "dispositions"
    default_auto_field = "django.db.models.BigAutoField"
