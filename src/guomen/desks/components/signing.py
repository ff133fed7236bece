"""Pages for people who are signed in; who is not any more is told, and led back."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext

View = Callable[..., HttpResponseBase]
_READS = ("GET", "HEAD")


def signed_in(view: View) -> View:
    """
    Open a page to people who are signed in; others sign in first.

    What was sent when a session had ended is not stored: its sender is told so, and comes back to
    the page it was sent from, for an address that only takes what is sent cannot be opened.
    """

    @wraps(view)
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        if request.method in _READS:
            return redirect_to_login(request.get_full_path())
        messages.warning(
            request,
            gettext("Your session had ended: nothing was stored. Sign in, then send it again."),
        )
        return redirect_to_login(_sent_from(request))

    return page


def _sent_from(request: HttpRequest) -> str:
    """Return the page of this site from which something was sent, or the way to one's desk."""
    page = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(page, {request.get_host()}, request.is_secure()):
        return reverse("home")
    parts = urlsplit(page)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
