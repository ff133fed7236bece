"""The pages of enterprises: parse, one call, render."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Greet people of enterprises and say what they can do."""
    return render(request, "enterprise/home.html")
