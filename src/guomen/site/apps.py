"""The site as a Django application: its checks and start-up."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from django.apps import AppConfig
from django.conf import settings


class SiteConfig(AppConfig):
    """Registers the checks of the installation and makes its folders."""

    name = "guomen.site"
    label = "site"
    verbose_name = "Guomen"

    def ready(self) -> None:
        """Register the checks by importing them, as Django asks."""
        from guomen.site import checks  # noqa: F401

        # WhiteNoise warns of a missing folder; on a read-only disk its warning is the right word.
        with suppress(OSError):
            Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
