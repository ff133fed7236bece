"""The components as a Django app, so that their templates, tags and static files are found."""

from __future__ import annotations

from django.apps import AppConfig


class ComponentsConfig(AppConfig):
    """Templates, tags and static files that every desk uses."""

    name = "guomen.desks.components"
    label = "components"
