"""Samples and the laboratory as a Django application."""

from __future__ import annotations

from django.apps import AppConfig


class SamplesConfig(AppConfig):
    """Names the application."""

    name = "guomen.supervision.samples"
    label = "samples"
    default_auto_field = "django.db.models.BigAutoField"
