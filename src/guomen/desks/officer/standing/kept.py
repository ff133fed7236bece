"""Lists of levels and classes kept under a name, and sent as spreadsheets as they are seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from guomen.core.credit import LEVELS
from guomen.desks.components import numbers
from guomen.desks.components.standing import looks
from guomen.desks.components.templatetags.access import name_of
from guomen.desks.officer.access import Desk, at_desk
from guomen.desks.officer.permissions import Move
from guomen.desks.officer.registry import lists
from guomen.desks.officer.registry.lists import Column
from guomen.desks.officer.standing.forms import FindForm
from guomen.desks.officer.standing.views import found_by, path_of, today_of
from guomen.journeys.standing import reading
from guomen.supervision.classification.models import Grade


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One list that can be kept and sent: its rows, what narrows it, its columns."""

    rows: Callable[[Desk], QuerySet[Any]]
    choices: tuple[tuple[Any, Any], ...]
    column: str
    columns: tuple[Column, ...]


def _read(read: Callable[..., QuerySet[Any]]) -> Callable[[Desk], QuerySet[Any]]:
    return lambda desk: read(path_of(desk), on=today_of(desk), known=desk.now)


_ENTERPRISE = (
    Column(gettext_lazy("Reference"), lambda row, _: row.enterprise.reference),
    Column(gettext_lazy("Enterprise"), lambda row, _: name_of(row.enterprise)),
)
_CLASS = (
    *_ENTERPRISE,
    Column(gettext_lazy("Class"), lambda row, _: row.grade),
    Column(
        gettext_lazy("Points"),
        lambda row, _: looks.points(row.assessment.total) if row.assessment else None,
    ),
    Column(gettext_lazy("Since"), lambda row, _: row.begins),
    Column(gettext_lazy("Valid until"), lambda row, _: row.ends),
)
LISTS: Mapping[str, Kept] = MappingProxyType(
    {
        "credit": Kept(
            rows=_read(reading.files),
            choices=tuple((level.value, level.value) for level in LEVELS),
            column="level",
            columns=(
                *_ENTERPRISE,
                Column(gettext_lazy("Level"), lambda row, _: row.level),
                Column(gettext_lazy("Since"), lambda row, _: row.begins),
                Column(gettext_lazy("Last rating"), lambda row, _: row.score),
                Column(gettext_lazy("Left in this cycle"), lambda row, _: row.left),
            ),
        ),
        "classes": Kept(
            rows=_read(reading.classed),
            choices=tuple(Grade.choices),
            column="grade",
            columns=_CLASS,
        ),
        "classes-due": Kept(
            rows=_read(reading.classes_due),
            choices=tuple(Grade.choices),
            column="grade",
            columns=_CLASS,
        ),
    }
)


def _of(room: str) -> Kept:
    if room not in LISTS:
        raise Http404
    return LISTS[room]


@at_desk(Move.EXPORT)
@require_safe
def export(request: HttpRequest, desk: Desk, room: str) -> HttpResponseBase:
    """Send a list of levels or classes as the address asks for it."""
    kept = _of(room)
    form = FindForm(request.GET, label="", choices=kept.choices)
    part = lists.part_of(request, found_by(kept.rows(desk), form, kept.column))
    return lists.spreadsheet(room, kept.columns, part, {}, desk)


@at_desk(Move.SEE_STANDING)
@require_POST
def save(request: HttpRequest, desk: Desk, room: str) -> HttpResponse:
    """Keep a list under a name, or drop one that was kept."""
    _of(room)
    if gone := request.POST.get("forget", ""):
        key = numbers.key_of(gone)
        if key is None or not lists.forget(desk, key):
            raise Http404
    elif not lists.save(desk, room, request.POST.get("name", ""), request.POST.get("query", "")):
        messages.error(request, gettext("Give the list a name, so that you find it again."))
    answer = redirect(f"officer:{room}")
    answer["Location"] += "?" + request.POST.get("query", "")[:600]
    return answer
