"""Ledger as a Django application."""

from __future__ import annotations

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """Names the application."""

    name = "guomen.supervision.ledger"
    label = "ledger"
    default_auto_field = "django.db.models.BigAutoField"
