"""
Long work at every desk: what one asked for, how far it is, its reject file, and stopping it.

A desk says who reads and under which names its addresses stand; each person sees their own work
alone. What a kind of work became is shown by a template of that kind.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from types import MappingProxyType
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext

from guomen.core.text import Text
from guomen.desks.components import tones
from guomen.desks.components.tones import Tone, Words
from guomen.journeys import jobs
from guomen.journeys.jobs.kinds import (
    CHECK_REGISTER,
    DECLARATIONS,
    KINDS,
    PLAN,
    STORE_REGISTER,
    TAKE_BACK_REGISTER,
)
from guomen.supervision.jobs import progress, queries
from guomen.supervision.jobs.lifecycle import OPEN, STATE_NAMES, JobState
from guomen.supervision.jobs.models import Job

#: How what a kind of work became is shown; a kind without a row shows its counts alone.
RESULTS: Mapping[str, str] = MappingProxyType(
    {
        DECLARATIONS: "jobs/declarations.html",
        PLAN: "jobs/plan.html",
        CHECK_REGISTER: "officer/registry/job.html",
        STORE_REGISTER: "officer/registry/job.html",
        TAKE_BACK_REGISTER: "officer/registry/job.html",
    }
)

_LOOKS = {
    JobState.WAITING: ("gate", "clock"),
    JobState.RUNNING: ("teal", "clock"),
    JobState.DONE: ("jade", "check"),
    JobState.FAILED: ("seal", "cross"),
    JobState.CANCELLED: ("faint", "minus"),
}
STATES: Mapping[str, Tone] = MappingProxyType(
    {
        state.value: Tone(colour=colour, icon=icon, word=tones.lazily(STATE_NAMES[state]))
        for state, (colour, icon) in _LOOKS.items()
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who looks at long work, when, and at which desk: ``names`` is its namespace of addresses."""

    by: str
    now: datetime
    names: str
    # The name of the address of one declaration at this desk.
    declaration: str

    def address(self, name: str, **given: str) -> str:
        """Return an address of this desk."""
        return reverse(f"{self.names}:{name}", kwargs=given)


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One piece of work as a page shows it."""

    job: Job
    address: str

    @cached_property
    def told(self) -> tuple[int, int | None]:
        """Return how much of how much is done."""
        return progress.told(self.job)

    @property
    def counts(self) -> Words:
        """Return what is counted, where that is not what was asked for."""
        counts = KINDS[self.job.kind].counts if self.job.kind in KINDS else None
        return tones.said(counts) if counts else ""

    @property
    def kind(self) -> Words:
        """Return what the work is."""
        return tones.said(KINDS[self.job.kind].name) if self.job.kind in KINDS else self.job.kind

    @property
    def look(self) -> Tone:
        """Return how its state is drawn."""
        return STATES[self.job.state]

    @property
    def open(self) -> bool:
        """Tell whether somebody still has to work on it."""
        return JobState(self.job.state) in OPEN

    @property
    def problem(self) -> str:
        """Return why it failed."""
        found = self.job.problem
        return tones.said(Text(zh=found["zh"], en=found["en"])) if found else ""


def shown(reader: Reader, kind: str | None = None) -> list[Shown]:
    """Return the newest work of the reader, of one kind or of all."""
    found = queries.asked_by(reader.by)
    rows = (found.filter(kind=kind) if kind else found)[:_LISTED]
    return [Shown(job=job, address=reader.address("job", number=job.number)) for job in rows]


_LISTED = 20


def listed(request: HttpRequest, reader: Reader) -> HttpResponse:
    """List the work that the reader asked for."""
    return render(request, "jobs/list.html", {"jobs": shown(reader)})


def _own(reader: Reader, number: str) -> Job:
    found = queries.asked_by(reader.by).filter(number=number).first()
    if found is None:
        raise Http404
    return found


def one(request: HttpRequest, reader: Reader, number: str) -> HttpResponse:
    """Show how far a piece of work is, or what it became."""
    job = _own(reader, number)
    rejects = queries.rejects_name(job)
    context: dict[str, Any] = {
        "one": Shown(job=job, address=reader.address("job", number=number)),
        "before": queries.before(job),
        "all_jobs": reader.address("jobs"),
        "cancel": reader.address("job-cancel", number=number),
        "rejects": rejects and reader.address("job-rejects", number=number),
        "declaration": reader.declaration,
        "result": _worded(job.result),
        "template": RESULTS.get(job.kind, "jobs/plain.html"),
    }
    return render(request, "jobs/one.html", context)


def _worded(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return a result whose problems speak the reader's language."""
    problems = [
        {**problem, "says": Text(zh=problem["zh"], en=problem["en"])}
        for problem in result.get("problems", ())
    ]
    return {**result, "problems": problems} if problems else dict(result)


def rejects(reader: Reader, number: str) -> FileResponse:
    """
    Send the file of the rows that were turned away.

    :raises Http404: if there is none
    """
    found = queries.file_or_none(_own(reader, number), queries.REJECTS)
    if found is None:
        raise Http404
    return FileResponse(io.BytesIO(found.content), as_attachment=True, filename=found.name)


def cancel(request: HttpRequest, reader: Reader, number: str) -> HttpResponse:
    """Stop a piece of work."""
    _own(reader, number)
    if jobs.cancel(number, by=reader.by, at=reader.now):
        messages.success(request, gettext("It stops; what was stored before stays."))
    else:
        messages.info(request, gettext("It had ended already."))
    return redirect(reader.address("job", number=number))
