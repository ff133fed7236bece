"""Lodging a declaration at the counter, for whoever comes with papers."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from guomen.desks.components.consignments import lodging
from guomen.desks.officer.access import Desk, at_desk
from guomen.desks.officer.permissions import Move


@at_desk(Move.LODGE)
@require_http_methods(["GET", "POST"])
def lodge(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Show the paper, or take it."""
    step = lodging.step(request, desk.how)
    if step.lodged:
        messages.success(request, lodging.said(step.lodged))
        return redirect("officer:declaration", reference=step.lodged.declarations[0])
    status = 422 if step.refused else 200
    return render(request, "officer/lodge.html", {"paper": step.paper}, status=status)
