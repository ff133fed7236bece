"""The doctor: everything that must be right for the gate to work tomorrow, in one table."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import typer
from django.conf import settings
from django.core import checks
from django.db import connection

from guomen.desks.commands import output
from guomen.desks.commands.keeping import pending_migrations
from guomen.desks.components import clock
from guomen.journeys import drawing
from guomen.supervision.editions import triggers
from guomen.supervision.ledger import guards, queries
from guomen.supervision.ledger.models import Entry

_LEAST_FREE = 2 << 30
_DAYS_AHEAD = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at: whether it is well, and what to do if it is not."""

    about: str
    well: bool
    says: str


def doctor() -> None:
    """
    Look over the installation.

    :raises typer.Exit: with 1 if anything is not well
    """
    found = list(_findings())
    output.document(
        {
            "well": all(f.well for f in found),
            "findings": [{"about": f.about, "well": f.well, "says": f.says} for f in found],
        }
    )
    rows = [("✓" if f.well else "✗", f.about, f.says) for f in found]
    output.table(("", "about", "says"), rows)
    if not all(f.well for f in found):
        raise typer.Exit(1)


def _findings() -> Iterator[Finding]:
    yield from _settings()
    pending = pending_migrations()
    yield Finding(
        about="database",
        well=not pending,
        says=f"run `guomen migrate`: {len(pending)} migrations are pending"
        if pending
        else f"{connection.vendor}, at this version",
    )
    yield _disk()
    if not pending:
        yield _ledger()
        yield _registers()
        yield _clock()
        yield from _keys()


def _settings() -> Iterator[Finding]:
    found = checks.run_checks(tags=["guomen"], include_deployment_checks=True)
    serious = [message for message in found if message.is_serious()]
    for message in serious:
        yield Finding(about="settings", well=False, says=f"{message.msg} {message.hint or ''}")
    if not serious:
        mode = "demonstration" if settings.GUOMEN_DEMO else "in earnest"
        yield Finding(about="settings", well=True, says=mode)


def _disk() -> Finding:
    free = shutil.disk_usage(Path(settings.GUOMEN_VAR)).free
    size = f"{free / 2**30:,.1f} GiB free at {settings.GUOMEN_VAR}"
    well = free >= _LEAST_FREE
    return Finding(about="disk", well=well, says=size if well else f"{size}: make room")


def _ledger() -> Finding:
    absent = guards.missing(connection)
    batches, entries, _ = queries.head()
    if absent:
        return Finding(
            about="ledger",
            well=False,
            says=f"guards {', '.join(absent)} are gone: run `guomen verify ledger`, then ask who",
        )
    anchors = queries.anchors()
    says = f"{entries:,} entries, {batches:,} batches, {len(anchors):,} anchors, guards in place"
    return Finding(about="ledger", well=True, says=says)


def _registers() -> Finding:
    absent = triggers.missing(connection)
    says = "changes are seen at once by every process"
    if absent:
        says = f"{len(absent)} triggers are gone, so nothing is kept: run `guomen migrate`"
    return Finding(about="registers", well=not absent, says=says)


def _clock() -> Finding:
    last = Entry.objects.order_by("-seq").values_list("at", flat=True).first()
    now = clock.now()
    if last is not None and last > now + timedelta(minutes=1):
        return Finding(
            about="clock",
            well=False,
            says=f"the clock says {now:%Y-%m-%d %H:%M} UTC, the newest entry is of "
            f"{last:%Y-%m-%d %H:%M}: set the clock right before anything is decided",
        )
    return Finding(about="clock", well=True, says=f"{now:%Y-%m-%d %H:%M} UTC")


def _keys() -> Iterator[Finding]:
    now = clock.now()
    offices = {office.agency: office for office in drawing.offices().values()}
    bureaux = {key.agency for key in queries.draw_keys()} or set(offices)
    for code in sorted(bureaux & set(offices)):
        today = offices[code].day_of(now)
        wanted = {today + timedelta(days=ahead) for ahead in range(_DAYS_AHEAD + 1)}
        absent = sorted(wanted - {key.day for key in queries.draw_keys(code)})
        says = f"{code}: committed for the next {_DAYS_AHEAD} days"
        if absent:
            says = f"{code}: no key for {absent[0]} to {absent[-1]}; run `guomen draw commit`"
        yield Finding(about="draw keys", well=not absent, says=says)
