"""The site as a Django application: its checks and start-up."""

from __future__ import annotations

from django.apps import AppConfig


class SiteConfig(AppConfig):
    """Registers the checks of the installation."""

    name = "guomen.site"
    label = "site"
    verbose_name = "Guomen"

    def ready(self) -> None:
        """Register the checks by importing them, as Django asks."""
        from guomen.site import checks  # noqa: F401
