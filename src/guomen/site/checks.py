"""Checks that an installation is safe to serve; each says what to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from guomen.site import environment


@register("guomen", deploy=True)
def the_installation_has_a_secret(
    app_configs: Sequence[AppConfig] | None,
    **_kwargs: Any,
) -> list[CheckMessage]:
    """Refuse to start outside a demonstration without a secret key."""
    if environment.secret_key(directory=settings.GUOMEN_VAR, make=settings.GUOMEN_DEMO):
        return []
    return [
        Error(
            "There is no secret key to sign sessions with.",
            hint="Set GUOMEN_SECRET_KEY to at least 50 random characters, the same on every start.",
            id="guomen.E001",
        )
    ]


@register("guomen", deploy=True)
def the_custodians_are_two(
    app_configs: Sequence[AppConfig] | None,
    **_kwargs: Any,
) -> list[CheckMessage]:
    """Refuse to keep both shares of the draw keys in one place outside a demonstration."""
    first, second = settings.GUOMEN_CUSTODY_A, settings.GUOMEN_CUSTODY_B
    if first is None or second is None or first != second:
        return []
    return [
        Error(
            "Both shares of the draw keys would lie in one folder.",
            hint="Point GUOMEN_CUSTODY_A and GUOMEN_CUSTODY_B to folders of two custodians.",
            id="guomen.E002",
        )
    ]
