"""The application of the marks: after each migration the triggers stand as they should."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate


class EditionsConfig(AppConfig):
    """Puts the triggers back that a rebuilt table has lost."""

    name = "guomen.supervision.editions"
    label = "editions"
    verbose_name = "登记簿版本 Editions of registers"

    def ready(self) -> None:
        """Ask to be told when the tables have changed."""
        post_migrate.connect(_install, sender=self)


def _install(*, using: str, **_more: Any) -> None:
    from guomen.supervision.editions import triggers

    triggers.install(connections[using])
