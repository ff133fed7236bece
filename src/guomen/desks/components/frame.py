"""What stands around every page: the desk, its navigation, where the search box leads."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest

from guomen.desks.components import navigation


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The frame around one page."""

    desk: str
    at_thumb: tuple[navigation.Link, ...]
    more: tuple[navigation.Link, ...]
    search: str | None
    demo: bool


def frame_of(request: HttpRequest | None) -> Frame:
    """Return the frame of a request; an error page without one gets the open frame."""
    match = getattr(request, "resolver_match", None)
    desk = match.namespaces[0] if match and match.namespaces else ""
    links = navigation.links(request, desk) if request else ()
    return Frame(
        desk=desk if links else "",
        at_thumb=links[: navigation.AT_THUMB],
        more=links[navigation.AT_THUMB :],
        search=navigation.search_address(desk),
        demo=bool(getattr(settings, "GUOMEN_DEMO", False)),
    )
