"""Long work of this desk: each person sees what they asked for themselves."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_POST, require_safe

from guomen.desks.components import jobs
from guomen.desks.enterprise.access import Desk, at_desk


def reader(desk: Desk) -> jobs.Reader:
    """Return who looks at long work at this desk."""
    return jobs.Reader(
        by=desk.key, now=desk.now, names="enterprise", declaration="enterprise:consignment"
    )


@at_desk
@require_safe
def listed(request: HttpRequest, desk: Desk) -> HttpResponseBase:
    """List the work that one asked for."""
    return jobs.listed(request, reader(desk))


@at_desk
@require_safe
def one(request: HttpRequest, desk: Desk, number: str) -> HttpResponseBase:
    """Show how far a piece of work is, or what it became."""
    return jobs.one(request, reader(desk), number)


@at_desk
@require_safe
def rejects(_request: HttpRequest, desk: Desk, number: str) -> HttpResponseBase:
    """Send the rows that were turned away."""
    return jobs.rejects(reader(desk), number)


@at_desk
@require_POST
def cancel(request: HttpRequest, desk: Desk, number: str) -> HttpResponseBase:
    """Stop a piece of work."""
    return jobs.cancel(request, reader(desk), number)
