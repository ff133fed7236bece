"""Who stands at the desk of enterprises: a person who acts for one, and nobody else's goods."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render

from guomen.desks.components import clock
from guomen.desks.components.signing import signed_in
from guomen.journeys import records
from guomen.journeys.access.actors import Actor
from guomen.journeys.clearance import Lodgement
from guomen.journeys.consignments import Scope
from guomen.supervision.declarations.models import Line
from guomen.supervision.parties.models import Enterprise, Representative, SignUp


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A person of an enterprise at the desk, at a moment."""

    key: str
    enterprise: Enterprise
    now: datetime

    @property
    def scope(self) -> Scope:
        """Return whose lines may be seen: those of the own enterprise, and those it declared."""
        return Scope(enterprise=self.enterprise.reference)

    @property
    def number(self) -> str:
        """Return the number under which the enterprise declares."""
        return self.enterprise.uscc or self.enterprise.overseas_number or self.enterprise.reference

    @property
    def actor(self) -> Actor:
        """Return who acts on a register, and when."""
        return Actor(by=self.key, at=self.now, zone=self.enterprise.agency.zone)

    @property
    def how(self) -> Lodgement:
        """Return when, by whom and where something is done."""
        return Lodgement(at=self.now, by=self.key, agency=self.enterprise.agency.code)

    def line(self, declaration: str, number: int) -> Line:
        """
        Return a line of the own enterprise, or of one for which it declared.

        :raises Http404: if there is none; a foreign line is not told from one that does not exist
        """
        found = records.line_of(self.scope, declaration, number)
        if found is None:
            raise Http404
        return found


def _waiting(request: HttpRequest) -> HttpResponseBase:
    """
    Tell a person whose account is not verified yet how the request stands.

    :raises PermissionDenied: for everybody else
    """
    asked = SignUp.objects.filter(user_id=request.user.pk or 0).first()
    if asked is None:
        raise PermissionDenied
    return render(request, "enterprise/waiting.html", {"asked": asked})


View = Callable[..., HttpResponseBase]


def at_desk(view: View) -> View:
    """
    Open a page to people who act for an enterprise; the view gets the desk after the request.

    :raises PermissionDenied: from the page, for everybody else
    """

    @signed_in
    @wraps(view)
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        rows = Representative.objects.select_related("enterprise__agency")
        person = rows.filter(user_id=request.user.pk or 0).first()
        if person is None:
            return _waiting(request)
        desk = Desk(key=person.key, enterprise=person.enterprise, now=clock.now())
        return view(request, desk, *args, **kwargs)

    return page
