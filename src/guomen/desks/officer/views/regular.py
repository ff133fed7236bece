"""Around the plan of the day: what ports can do, regular work, and building a plan at once."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from guomen.core.text import Text
from guomen.desks.components import jobs as long_work
from guomen.desks.components import listing, moments, numbers, tones
from guomen.desks.officer.access import Desk, at_desk
from guomen.desks.officer.permissions import Move
from guomen.journeys import jobs
from guomen.journeys.jobs import regular
from guomen.journeys.jobs.kinds import PLAN
from guomen.journeys.series_names import names_of
from guomen.journeys.targeting import capacities, releasing
from guomen.supervision.agencies.models import Agency, AgencyKind
from guomen.supervision.jobs import queries
from guomen.supervision.targeting.operations import SameMomentError

_MOST_MINUTES, _MOST_SLOTS = 100_000, 10_000


class CapacityForm(forms.Form):
    """What a port can do from a day on."""

    port = forms.ChoiceField(label=gettext_lazy("Port"))
    minutes = forms.IntegerField(
        label=gettext_lazy("Minutes of inspectors a day"),
        help_text=gettext_lazy("All inspectors together; one works 480 minutes a day."),
        min_value=0,
        max_value=_MOST_MINUTES,
    )
    slots = forms.IntegerField(
        label=gettext_lazy("Laboratory slots a day"),
        help_text=gettext_lazy("Samples that its laboratory can take in a day."),
        min_value=0,
        max_value=_MOST_SLOTS,
    )
    begins = forms.DateField(
        label=gettext_lazy("From"),
        help_text=gettext_lazy("Plans that are released already stay as they are."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def __init__(self, *args: Any, ports: list[tuple[str, str]], **kwargs: Any) -> None:
        """Offer the ports of the officer's agency."""
        super().__init__(*args, **kwargs)
        self.fields["port"].choices = ports  # type: ignore[attr-defined]


@at_desk(Move.SEE_PLAN)
def capacity(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Show what ports can do, with what held before; take a new figure."""
    found = capacities.ports(desk.officer.agency.path, on=desk.day)
    named = _named(found)
    choices = [(one.port, f"{tones.said(name)} {one.port}") for one, name in named]
    may = Move.PROPOSE_PLAN in desk.moves
    if request.method == "POST" and not may:
        raise PermissionDenied
    form = CapacityForm(request.POST or None, ports=choices, initial=_initial(request, found, desk))
    if request.method == "POST" and form.is_valid() and _recorded(form, desk):
        messages.success(request, gettext("It is recorded; the next plan reckons with it."))
        return redirect("officer:plan-capacity")
    if form.non_field_errors():
        named = _named(capacities.ports(desk.officer.agency.path, on=desk.day))
    missing = sum(one.now is None for one in found)
    context = {
        "title": _capacity_title(len(found), missing),
        "ports": named,
        "form": form if may and found else None,
        "desk": desk,
        "watches": Move.WATCH in desk.moves,
    }
    status = _status(form)
    return render(request, "officer/plan/capacity.html", context, status=status)


def _named(found: list[capacities.Port]) -> list[tuple[capacities.Port, Text]]:
    names = names_of({"port": one.port} for one in found)
    return [(one, names.of({"port": one.port})) for one in found]


def _recorded(form: CapacityForm, desk: Desk) -> bool:
    """Record a figure; the second of two people at one moment is told, and keeps what was typed."""
    given = form.cleaned_data
    try:
        releasing.record_capacity(
            given["port"],
            minutes=given["minutes"],
            slots=given["slots"],
            begins=given["begins"],
            at=desk.now,
            by=desk.officer.key,
        )
    except SameMomentError:
        form.add_error(
            None,
            gettext(
                "Somebody recorded a figure of this port at the same moment. Look at it above; "
                "what you typed is kept, and recording again counts."
            ),
        )
        return False
    return True


def _status(form: CapacityForm) -> int:
    if not form.is_bound:
        return 200
    return 409 if form.non_field_errors() else 422


def _initial(request: HttpRequest, found: list[capacities.Port], desk: Desk) -> dict[str, Any]:
    wanted = request.GET.get("port", "")
    port = next((one for one in found if one.port == wanted), None)
    given: dict[str, Any] = {"begins": desk.day}
    if port is not None:
        given["port"] = port.port
        if port.now is not None:
            given |= {"minutes": port.now.minutes, "slots": port.now.slots}
    return given


def _capacity_title(ports: int, missing: int) -> str:
    if not ports:
        return gettext("No port of this agency is on record")
    if not missing:
        return gettext("Every port has its capacity on record")
    said = ngettext(
        "%(n)s of %(all)s ports has no capacity on record: lawful minimum rates",
        "%(n)s of %(all)s ports have no capacity on record: lawful minimum rates",
        missing,
    )
    return said % {"n": numbers.grouped(missing), "all": numbers.grouped(ports)}


@at_desk(Move.SEE_PLAN)
@require_safe
def regular_work(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Show when the plan and the watch are due next, and how each run went."""
    path = desk.officer.agency.path
    standing = regular.overview(path, now=desk.now)
    page = listing.page_of(request, queries.regular_runs(path))
    context = {
        "title": _regular_title(standing),
        "standing": standing,
        "page": page,
        "runs": [
            (run, long_work.Shown(job=run.job, address=""), regular.again_at(run))
            for run in page.object_list
        ],
        "desk": desk,
        "watches": Move.WATCH in desk.moves,
    }
    return render(request, "officer/plan/regular.html", context)


def _regular_title(standing: list[regular.Standing]) -> str:
    due = [one.next.due for one in standing if one.next is not None]
    if not due:
        return gettext("Nothing is due: there is no capacity and no line on record yet")
    return gettext("The next regular work is due %(when)s") % {"when": moments.exact(min(due))}


@at_desk(Move.PROPOSE_PLAN)
@require_POST
def build(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Ask for a new plan of today at once, as long work of one's own."""
    bureau = _bureau(desk)
    number = jobs.enqueue(
        PLAN,
        at=desk.now,
        by=desk.officer.key,
        agency=bureau,
        title=desk.day.isoformat(),
        args={"agency": bureau, "of": desk.day.isoformat()},
    )
    return redirect("officer:job", number=number)


def _bureau(desk: Desk) -> str:
    """Return the bureau whose plan the officer proposes; only one's own or one below."""
    own = desk.officer.agency
    found = Agency.objects.filter(path__startswith=own.path, kind=AgencyKind.REGIONAL.value)
    code = found.order_by("path").values_list("code", flat=True).first()
    if code is None:
        raise PermissionDenied
    return code
