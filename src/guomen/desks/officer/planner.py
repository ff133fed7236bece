"""The sampling planner and the verdict explainer, behind the door of this desk."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase

from guomen.desks.components.planner import addresses
from guomen.desks.components.planner.addresses import View
from guomen.desks.officer.access import Desk, at_desk


def _for_officers(view: View) -> View:
    @at_desk()
    def page(request: HttpRequest, desk: Desk) -> HttpResponseBase:
        return view(request)

    return page


pages = addresses.pages(_for_officers)
