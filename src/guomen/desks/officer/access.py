"""Who stands at the desk: the officer behind a request, the moves of the roles, whose lines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import wraps
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from guomen.desks.components import clock
from guomen.desks.components.signing import signed_in
from guomen.desks.officer import permissions
from guomen.desks.officer.permissions import Move
from guomen.journeys import records
from guomen.journeys.access.actors import Actor
from guomen.journeys.clearance import Lodgement
from guomen.journeys.consignments import Scope
from guomen.supervision.agencies import queries as agencies
from guomen.supervision.agencies.queries import OfficerFacts
from guomen.supervision.declarations.models import Line
from guomen.supervision.inspections.models import WorkOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """An officer at the desk, at a moment."""

    officer: OfficerFacts
    moves: frozenset[Move]
    now: datetime

    @property
    def scope(self) -> Scope:
        """Return whose lines may be seen: the subtree of the agency, or nobody's."""
        return Scope(path=self.officer.agency.path) if Move.SEE in self.moves else Scope()

    @property
    def day(self) -> date:
        """Return the day that it is at the agency."""
        return self.now.astimezone(ZoneInfo(self.officer.agency.zone)).date()

    @property
    def sees_whole_history(self) -> bool:
        """Tell whether series and maps of all offices are open to the agency of this officer."""
        return self.officer.agency.kind in _WHOLE

    @property
    def actor(self) -> Actor:
        """Return who acts on a register, and when."""
        return Actor(by=self.officer.key, at=self.now, zone=self.officer.agency.zone)

    @property
    def how(self) -> Lodgement:
        """Return when, by whom and where something is done."""
        return Lodgement(at=self.now, by=self.officer.key, agency=self.officer.agency.code)

    def sees_line(self, order: WorkOrder) -> bool:
        """Tell whether the declaration of an order lies open too; another office's does not."""
        return Move.SEE in self.moves and self.officer.sees(order.line.agency.path)

    def may(self, move: Move, line: Line) -> bool:
        """Tell whether a move is open to this officer on this line."""
        return move in permissions.open_for(self.moves, line.state)

    def require(self, move: Move) -> None:
        """
        See that a move is open to this officer.

        :raises PermissionDenied: if no role allows it
        """
        if move not in self.moves:
            raise PermissionDenied

    def line(self, declaration: str, number: int) -> Line:
        """
        Return a line of the agency's subtree.

        :raises Http404: if there is none; a foreign line is not told from one that does not exist
        """
        found = records.line_of(self.scope, declaration, number)
        if found is None:
            raise Http404
        return found


_WHOLE = ("national", "regional")
View = Callable[..., HttpResponseBase]


def at_desk(move: Move | None = None) -> Callable[[View], View]:
    """
    Open a page to officers whose roles allow a move; the view gets the desk after the request.

    :raises PermissionDenied: from the page, for people who are not officers or lack the role
    """

    def opened(view: View) -> View:
        @signed_in
        @wraps(view)
        def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            return view(request, _desk(request, move), *args, **kwargs)

        return page

    return opened


def _desk(request: HttpRequest, move: Move | None) -> Desk:
    now = clock.now()
    user: Any = request.user
    day = now.astimezone(ZoneInfo("Asia/Shanghai")).date()
    officer = agencies.officer_or_none(user, on=day, known=now)
    if officer is None:
        raise PermissionDenied
    moves = permissions.moves_of(officer.roles)
    if move is not None and move not in moves:
        raise PermissionDenied
    return Desk(officer=officer, moves=moves, now=now)
