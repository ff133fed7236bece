"""When and where a command acts: the moment given or now, the agency given or the bureau."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar

from django.utils import timezone

from guomen.core.errors import GuomenError
from guomen.desks.components import clock
from guomen.journeys.clearance import Lodgement
from guomen.supervision.agencies import queries as agencies


class WhichAgencyError(GuomenError):
    """It is not clear which agency is meant."""

    code: ClassVar[str] = "commands.which-agency"


def moment(given: datetime | None) -> datetime:
    """Return a moment in UTC; one without a zone is in the zone of the site."""
    if given is None:
        return clock.now()
    aware = given if given.tzinfo else given.replace(tzinfo=timezone.get_default_timezone())
    return aware.astimezone(UTC)


def agency_or_bureau(code: str | None) -> str:
    """
    Return a code that exists; without one, the only regional bureau.

    :raises WhichAgencyError: if there is no such agency, or not exactly one bureau
    """
    known = agencies.agencies()
    if code is not None and code in known:
        return code
    bureaux = [agency.code for agency in known.values() if agency.kind == "regional"]
    if code is None and len(bureaux) == 1:
        return bureaux[0]
    listed = ", ".join(sorted(known)) or "none; load the registers first"
    raise WhichAgencyError(f"Name the agency with --agency. Agencies are: {listed}.", agency=code)


def lodgement(*, agency: str | None, at: datetime | None, by: str) -> Lodgement:
    """Return when, by whom and where a command acts."""
    return Lodgement(at=moment(at), by=by, agency=agency_or_bureau(agency))
