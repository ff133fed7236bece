"""Early warning: the inbox of signals, one of them, every series, where goods fail, back-test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_lazy, ngettext, pgettext
from django.views.decorators.http import require_POST, require_safe

from guomen.analysis.judged import Judged
from guomen.core.errors import GuomenError
from guomen.core.text import Text
from guomen.desks.components import listing, numbers, risk, tones
from guomen.desks.officer.access import Desk, at_desk
from guomen.desks.officer.permissions import Move
from guomen.journeys import watched, watching
from guomen.journeys.series_names import Names, names_of
from guomen.journeys.watched import Course
from guomen.journeys.watching import LEVELS
from guomen.supervision.risk import queries
from guomen.supervision.risk.lifecycle import OPEN, SIGNAL, SignalMove, SignalState
from guomen.supervision.risk.models import Signal

_OPEN_STATES = tuple(state.value for state in OPEN)
_LABELS = {"state": gettext_lazy("Stands"), "level": gettext_lazy("Watched by")}


@at_desk(Move.WATCH)
@require_safe
def inbox(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Show the signals that wait, the rarest first, and what was watched last."""
    path = desk.officer.agency.path
    found = queries.visible_signals(path).select_related("agency")
    waiting = found.filter(state__in=_OPEN_STATES).count()
    state, level = request.GET.get("state", ""), request.GET.get("level", "")
    found = found.filter(state=state) if state in risk.SIGNALS else found
    if not state:
        found = found.filter(state__in=_OPEN_STATES)
    found = found.filter(level=level) if level in LEVELS else found
    page = listing.page_of(request, found.order_by("q", "p", "-week", "id"))
    names = names_of(signal.key for signal in page.object_list)
    context = {
        "desk": desk,
        "page": page,
        "rows": [(signal, names.of(signal.key)) for signal in page.object_list],
        "chips": listing.chips(
            request, labels={k: str(v) for k, v in _LABELS.items()}, values=_values()
        ),
        "states": [(name, tone.word) for name, tone in risk.SIGNALS.items() if name != state],
        "watches": _last_watches(path),
        "title": _inbox_title(waiting),
    }
    return render(request, "officer/risk/inbox.html", context)


def _values() -> dict[tuple[str, str], str]:
    states = {("state", name): str(tone.word) for name, tone in risk.SIGNALS.items()}
    return states | {("level", name): str(word) for name, word in risk.LEVELS.items()}


def _inbox_title(waiting: int) -> str:
    if not waiting:
        return gettext("No signal waits")
    return ngettext(
        "%(n)s signal waits to be looked into", "%(n)s signals wait to be looked into", waiting
    ) % {"n": numbers.grouped(waiting)}


def _last_watches(path: str) -> list[tuple[Any, Any]]:
    """Return the newest watch of each level, with its word."""
    newest: dict[str, Any] = {}
    for watch in queries.visible_watches(path).order_by("-week", "level")[: 4 * len(LEVELS)]:
        newest.setdefault(watch.level, watch)
    return [(newest[level], risk.LEVELS[level]) for level in LEVELS if level in newest]


class MoveForm(forms.Form):
    """What an officer says to a signal; a version tells what was looked at."""

    note = forms.CharField(
        label=gettext_lazy("What you found, or why"),
        help_text=gettext_lazy("Whoever looks at this signal next reads it."),
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


@at_desk(Move.WATCH)
@require_safe
def one(request: HttpRequest, desk: Desk, reference: str) -> HttpResponse:
    """Show one signal: why it was raised, its series, and what was done."""
    signal = _signal(desk, reference)
    return _shown(request, desk, signal, MoveForm(initial={"version": signal.version}))


def _shown(
    request: HttpRequest, desk: Desk, signal: Signal, form: MoveForm, status: int = 200
) -> HttpResponse:
    names = names_of([signal.key])
    course = watched.course(signal.level, signal.series, path=desk.officer.agency.path)
    moves = SIGNAL.moves_from(SignalState(signal.state))
    context = {
        "desk": desk,
        "signal": signal,
        "name": names.of(signal.key),
        "level": risk.LEVELS[signal.level],
        "course": course,
        "chart": chart(course) if course else None,
        "says": tones.said(_worth(signal)),
        "events": signal.events.all(),
        "form": form,
        "moves": [(move.value, risk.MOVES[move.value]) for move in moves],
        "can_judge": Move.JUDGE_SIGNAL in desk.moves and bool(moves),
        "lines": _lines_address(signal.key),
    }
    return render(request, "officer/risk/signal.html", context, status=status)


def _worth(signal: Signal) -> Text:
    return Text(zh=signal.price_zh, en=signal.price_en)


def _lines_address(key: Mapping[str, str | None]) -> str:
    """Return the list of consignment lines that a series speaks of, as far as a list can say it."""
    names = {
        "direction": "direction",
        "hs6": "hs",
        "enterprise": "enterprise",
        "port": "port",
        "group": "group",
    }
    asked = {names[name]: value for name, value in key.items() if value and name in names}
    return urlencode(asked)


@at_desk(Move.JUDGE_SIGNAL)
@require_POST
def move(request: HttpRequest, desk: Desk, reference: str, move: str) -> HttpResponse:
    """Move a signal; the second of two people is told."""
    signal = _signal(desk, reference)
    if move not in risk.MOVES:
        raise Http404
    form = MoveForm(request.POST)
    if not form.is_valid():
        return _shown(request, desk, signal, form, status=422)
    try:
        watching.move(
            reference,
            SignalMove(move),
            path=desk.officer.agency.path,
            version=form.cleaned_data["version"],
            note=form.cleaned_data["note"],
            at=desk.now,
            by=desk.officer.key,
        )
    except GuomenError:
        form.add_error(
            None,
            gettext(
                "Somebody was quicker: this signal has moved on. Look at it again; what you wrote "
                "is kept, and sending again counts."
            ),
        )
        fresh = _signal(desk, reference)
        data = request.POST.copy()
        data["version"] = str(fresh.version)
        form.data = data
        return _shown(request, desk, fresh, form, status=409)
    messages.success(
        request, gettext("%(signal)s: your decision is on record.") % {"signal": reference}
    )
    return redirect("officer:signal", reference=reference)


def _signal(desk: Desk, reference: str) -> Signal:
    found = queries.visible_signals(desk.officer.agency.path).filter(reference=reference).first()
    if found is None:
        raise Http404
    return found


@at_desk(Move.WATCH)
@require_safe
def series(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Show every series of a level, the most surprising first, and one of them as a chart."""
    _whole_history(desk)
    level = request.GET.get("level", "")
    level = level if level in LEVELS else watched.first_level() or "products"
    found = watched.judged_at(level)
    chosen = found.like(request.GET.get("q", "")) if found else []
    page = listing.page_of(request, chosen)
    rows = watched.rows_of(found, list(page.object_list)) if found else []
    wanted = request.GET.get("series", "") or (rows[0].name if rows else "")
    course = watched.course(level, wanted, path=desk.officer.agency.path) if wanted else None
    names = names_of([row.key for row in rows] + ([course.key] if course else []))
    context = {
        "desk": desk,
        "level": level,
        "levels": [(name, risk.LEVELS[name]) for name in LEVELS],
        "page": page,
        "rows": [
            (row, names.of(row.key), listing.address(request.GET, level=level, series=row.name))
            for row in rows
        ],
        "course": course,
        "course_name": names.of(course.key) if course else None,
        "chart": chart(course) if course else None,
        "week": found.week if found else None,
        "title": _series_title(found),
        "has_history": found is not None,
        "text": request.GET.get("q", ""),
    }
    return render(request, "officer/risk/series.html", context)


def _whole_history(desk: Desk) -> None:
    """
    Refuse what shows every agency's series to officers of one branch.

    :raises PermissionDenied: for officers below the bureau
    """
    if not desk.sees_whole_history:
        raise PermissionDenied


def _series_title(found: Judged | None) -> str:
    if found is None:
        return gettext("This level was never watched yet")
    raised, count = found.raised, numbers.grouped(found.series)
    if not raised:
        return gettext("%(all)s series, none above what chance explains") % {"all": count}
    return ngettext(
        "%(all)s series, %(n)s above what chance explains",
        "%(all)s series, %(n)s above what chance explains",
        raised,
    ) % {"all": count, "n": numbers.grouped(raised)}


def chart(course: Course) -> dict[str, Any]:
    """Return what the chart of a series shows, with its words in the reader's language."""
    return {
        "weeks": [week.isoformat() for week in course.weeks],
        "found": course.violations,
        "tests": course.tests,
        "expected": course.expected,
        "bound": course.bound,
        "raised": course.raised,
        "words": {
            "found": pgettext("chart", "nonconforming"),
            "expected": gettext("expected"),
            "bound": gettext("bound"),
            "tests": gettext("examined"),
            "raised": gettext("signal"),
        },
    }


@at_desk(Move.WATCH)
@require_safe
def heat(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Show where goods fail: commodity group by origin."""
    _whole_history(desk)
    direction = "export" if request.GET.get("direction") == "export" else "import"
    cells = watched.heat(direction)
    origins = _by_weight(cells, "origin")
    groups = _by_weight(cells, "group")
    at = {(cell.group, cell.origin): cell for cell in cells}
    names = names_of({"group": c.group, "origin": c.origin} for c in cells)
    context = {
        "desk": desk,
        "direction": direction,
        "groups": [_part(names, "group", group) for group in groups],
        "rows": [
            (
                _part(names, "origin", origin),
                [_coloured(at.get((group, origin))) for group in groups],
            )
            for origin in origins
        ],
        "worst": sorted(cells, key=lambda cell: -cell.low)[:1],
        "title": _heat_title(cells, names),
        "cells": cells,
        "map": _map(watched.origins(direction), names),
    }
    return render(request, "officer/risk/heat.html", context)


def _map(cells: list[Any], names: Names) -> list[dict[str, Any]]:
    """Return what the map draws: a bubble an origin. Places are found by their English names."""
    drawn = []
    for cell in sorted(cells, key=lambda one: -one.examined):
        if cell.origin is None:
            continue
        name = names.of({"origin": cell.origin})
        _, shade = _coloured(cell) or (cell, 0)
        drawn.append(
            {
                "code": cell.origin,
                "place": name.en,
                "shade": shade,
                "examined": cell.examined,
                "says": gettext("%(name)s: %(failed)s of %(examined)s examined failed, %(rate)s")
                % {
                    "name": tones.said(name),
                    "failed": numbers.grouped(cell.failed),
                    "examined": numbers.grouped(cell.examined),
                    "rate": numbers.percent(cell.rate, 1),
                },
            }
        )
    return drawn


def _part(names: Names, part: str, value: str | None) -> Any:
    return names.of({part: value})


def _by_weight(cells: list[Any], part: str) -> list[str | None]:
    """Return origins or groups, those most examined first."""
    sums: dict[str | None, int] = {}
    for cell in cells:
        value = getattr(cell, part)
        sums[value] = sums.get(value, 0) + cell.examined
    return sorted(sums, key=lambda value: -sums[value])


# A cell's shade follows the lower end of its interval: few lines never look bad by luck alone.
_SHADES = ((0.15, 4), (0.05, 3), (0.02, 2), (0.005, 1))


def _coloured(cell: Any) -> tuple[Any, int] | None:
    if cell is None:
        return None
    return cell, next((shade for least, shade in _SHADES if cell.low >= least), 0)


def _heat_title(cells: list[Any], names: Names) -> str:
    if not cells:
        return gettext("Nothing was examined yet")
    worst = max(cells, key=lambda cell: cell.low)
    if worst.low == 0:
        return gettext("No combination of goods and origin stands out")
    name = names.of({"group": worst.group, "origin": worst.origin})
    return gettext("%(what)s stands out: %(failed)s of %(examined)s examined did not conform") % {
        "what": tones.said(name),
        "failed": numbers.grouped(worst.failed),
        "examined": numbers.grouped(worst.examined),
    }


@at_desk(Move.WATCH)
@require_safe
def back_test(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Show what a level would have raised, had it been watched for the last year."""
    _whole_history(desk)
    level = request.GET.get("level", "")
    level = level if level in LEVELS else "products"
    found = watched.back_test(level)
    onsets = found.onsets if found else ()
    page = listing.page_of(request, onsets)
    names = names_of(onset.key for onset in page.object_list)
    context = {
        "desk": desk,
        "level": level,
        "levels": [(name, risk.LEVELS[name]) for name in LEVELS],
        "found": found,
        "page": page,
        "rows": [(onset, names.of(onset.key)) for onset in page.object_list],
        "title": _back_title(found),
        "after": watching.AFTER,
        "weeks": zip(found.weeks, found.raised, strict=True) if found else (),
    }
    return render(request, "officer/risk/back_test.html", context)


def _back_title(found: Any) -> str:
    if found is None:
        return gettext("This level was never watched yet")
    count = len(found.onsets)
    if not count:
        return gettext("It would have raised no signal in a year")
    return ngettext(
        "It would have raised %(n)s signal in a year",
        "It would have raised %(n)s signals in a year",
        count,
    ) % {"n": numbers.grouped(count)}
