"""The pages of officers: parse, one call, render."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


@login_required
def today(request: HttpRequest) -> HttpResponse:
    """Show what waits for the officer today."""
    return render(request, "officer/today.html")
