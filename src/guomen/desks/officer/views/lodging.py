"""Lodging a declaration at the counter, for whoever comes with papers."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from guomen.desks.components import jobs
from guomen.desks.components.consignments import lodging, uploads
from guomen.desks.officer.access import Desk, at_desk
from guomen.desks.officer.permissions import Move
from guomen.desks.officer.views.jobs import reader
from guomen.journeys.jobs.kinds import DECLARATIONS


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


@at_desk(Move.LODGE)
@require_http_methods(["GET", "POST"])
def send_file(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Show where a file is sent, or take one."""
    form, number = uploads.step(request, desk.how)
    if number:
        return redirect("officer:job", number=number)
    sent = jobs.shown(reader(desk), DECLARATIONS)
    context = {"form": form, "jobs": sent, "columns": uploads.COLUMNS}
    return render(request, "officer/file.html", context, status=422 if form.errors else 200)
