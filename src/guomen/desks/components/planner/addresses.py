"""The addresses of the planner's pages, for a desk to mount below its own prefix."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponseBase
from django.urls import URLPattern, path

from guomen.desks.components.planner import plan_pages, verdict_pages

View = Callable[..., HttpResponseBase]


def _open(view: View) -> View:
    return view


def pages(guard: Callable[[View], Any] = _open) -> list[URLPattern]:
    """Return the pages, each behind the guard of the desk (none by default)."""
    return [
        path("sampling/", guard(plan_pages.plan), name="sampling"),
        path("sampling/sheet/", guard(plan_pages.sheet), name="sampling-sheet"),
        path("verdict/", guard(verdict_pages.verdict), name="verdict"),
    ]
