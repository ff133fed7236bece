"""What every page may ask about the installation that it is shown by."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest


def installation(_request: HttpRequest) -> dict[str, bool]:
    """Tell whether this is a demonstration, so that every page can say so."""
    return {"demo": settings.GUOMEN_DEMO}
