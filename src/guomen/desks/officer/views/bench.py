"""The laboratory bench: what waits, runs and their worksheets, approval, control charts."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from guomen.core.control_samples import RULES_SAY
from guomen.core.errors import GuomenError
from guomen.desks.components import laboratory as looks
from guomen.desks.components import listing, numbers, tones
from guomen.desks.officer.access import Desk, at_desk
from guomen.desks.officer.laboratory_forms import ImportForm, ReasonForm, SheetForm
from guomen.desks.officer.laboratory_words import refused
from guomen.desks.officer.permissions import Move
from guomen.desks.officer.views.laboratory_lists import wanted_of
from guomen.journeys import laboratory
from guomen.journeys.laboratory import importing, reading
from guomen.journeys.laboratory.reading import Chart, Sheet, Wanted
from guomen.rulebooks import laboratory as book
from guomen.supervision.samples import queries

_MOST_AT_ONCE = 400
_RUNS_SHOWN = 6


@at_desk(Move.SEE)
@require_safe
def listed(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Show what waits at the bench, what arrives, and the runs that are open."""
    path = desk.officer.agency.path
    wanted = wanted_of(request)
    page = listing.page_of(request, reading.worklist(path, wanted, now=desk.now))
    arrivals = reading.arrivals(path)
    runs = reading.open_runs(path)
    context = {
        "page": page,
        "rows": reading.test_records(page.object_list),
        "wanted": wanted,
        "export": f"export/?{request.GET.urlencode()}" if Move.EXPORT in desk.moves else "",
        "chips": listing.chips(
            request, labels={k: str(v) for k, v in _LABELS.items()}, values=_values()
        ),
        "methods": reading.by_method(path, now=desk.now),
        "arrivals": list(arrivals[:10]),
        "arriving": arrivals.count(),
        "runs": list(runs if request.GET.get("runs") == "all" else runs[:_RUNS_SHOWN]),
        "running": runs.count(),
        "to_approve": reading.to_approve(path).count(),
        "can_work": Move.BENCH in desk.moves,
        "can_approve": Move.APPROVE_RESULTS in desk.moves,
        "choosing": wanted.method in book.BY_CODE and Move.BENCH in desk.moves,
        "title": _sentence(page.paginator.count, wanted),
        "states": [(name, looks.TONES["test"][name].word) for name in _STATES],
    }
    return render(request, "officer/laboratory/bench.html", context)


_STATES = ("ordered", "on_bench", "entered", "approved")
_LABELS = {
    "q": gettext_lazy("Contains"),
    "method": gettext_lazy("Method"),
    "state": gettext_lazy("Stands"),
    "late": gettext_lazy("Past the deadline"),
}


def _labels() -> dict[str, str]:
    return {name: str(label) for name, label in _LABELS.items()}


def _values() -> dict[tuple[str, str], str]:
    states = {("state", name): str(looks.TONES["test"][name].word) for name in _STATES}
    methods = {("method", m.code): tones.said(m.name) for m in book.METHODS}
    return {**states, **methods, ("late", "on"): gettext("yes")}


def _sentence(count: int, wanted: Wanted) -> str:
    if wanted.state == "approved":
        said = ngettext("%(n)s result is approved", "%(n)s results are approved", count)
        return said % {"n": numbers.grouped(count)}
    if not count:
        return gettext("Nothing waits at the bench")
    said = ngettext("%(n)s test waits at the bench", "%(n)s tests wait at the bench", count)
    return said % {"n": numbers.grouped(count)}


def _chosen(request: HttpRequest) -> list[int]:
    given = request.POST.getlist("test")[:_MOST_AT_ONCE]
    return [int(text) for text in given if text.isascii() and text.isdigit()]


@at_desk(Move.BENCH)
@require_POST
def open_run(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Put the chosen tests of a method on the bench together."""
    method, chosen = request.POST.get("method", ""), _chosen(request)
    seen = set(
        queries.bench_tests(desk.officer.agency.path)
        .filter(pk__in=chosen)
        .values_list("pk", flat=True)
    )
    if not chosen or seen != set(chosen):
        raise Http404
    try:
        made = laboratory.open_run(method, chosen, how=desk.how)
    except GuomenError as error:
        messages.error(request, refused(error))
        return redirect("officer:bench")
    return redirect("officer:run", reference=made)


@at_desk(Move.SEE)
@require_http_methods(["GET", "POST"])
def run(request: HttpRequest, desk: Desk, reference: str) -> HttpResponse:
    """Show the worksheet of a run, or take what was entered."""
    found = _sheet(desk, reference)
    can_enter = Move.BENCH in desk.moves and found.run.state in ("open", "passed")
    if request.method == "POST" and Move.BENCH not in desk.moves:
        raise PermissionDenied
    form = SheetForm(request.POST or None, sheet=found)
    if request.method == "POST" and can_enter and form.is_valid():
        try:
            stands = laboratory.enter(
                reference, controls=form.controls(), results=form.results(), how=desk.how
            )
        except GuomenError as error:
            form.add_error(None, refused(error))
        else:
            _tell(request, str(stands))
            return redirect("officer:run", reference=reference)
    status = 422 if request.method == "POST" else 200
    return render(
        request, "officer/laboratory/run.html", _run_context(found, form, desk), status=status
    )


def _run_context(found: Sheet, form: SheetForm, desk: Desk) -> dict[str, Any]:
    names = form.fields
    rows = [(t, form[n] if (n := f"raw-{t.order.pk}") in names else None) for t in found.tests]
    return {
        "sheet": found,
        "run": found.run,
        "form": form,
        "controls": [
            (cell, form[n] if (n := f"control-{cell.control.pk}") in names else None)
            for cell in found.controls
        ],
        "rows": rows,
        "can_enter": Move.BENCH in desk.moves and found.run.state in ("open", "passed"),
        "can_void": Move.BENCH in desk.moves and found.run.state in ("open", "passed", "blocked"),
        "can_approve": Move.APPROVE_RESULTS in desk.moves and found.run.state == "passed",
        "reason": ReasonForm(prefix="void"),
        "title": _run_says(found),
    }


def _run_says(found: Sheet) -> str:
    left = sum(test.order.state == "on_bench" for test in found.tests)
    said = {
        "open": ngettext("%(n)s test to measure", "%(n)s tests to measure", left),
        "passed": gettext("In control: the results wait for approval"),
        "blocked": gettext("Out of control: no result of this run goes on"),
        "closed": gettext("Closed: every result is approved"),
        "void": gettext("Void: its tests are measured again"),
    }
    return said[found.run.state] % {"n": numbers.grouped(left)}


def _tell(request: HttpRequest, stands: str) -> None:
    if stands == "blocked":
        messages.error(
            request,
            gettext(
                "Saved. The controls are out of control: find the cause, void the run, repeat."
            ),
        )
    elif stands == "passed":
        messages.success(request, gettext("Saved. The controls are in control."))
    else:
        messages.warning(
            request, gettext("Saved. Controls are missing: until then no result goes on.")
        )


def _sheet(desk: Desk, reference: str) -> Sheet:
    found = reading.sheet(desk.officer.agency.path, reference, now=desk.now)
    if found is None:
        raise Http404
    return found


@at_desk(Move.BENCH)
@require_POST
def void(request: HttpRequest, desk: Desk, reference: str) -> HttpResponse:
    """Give a run up and measure its tests again."""
    _sheet(desk, reference)
    form = ReasonForm(request.POST, prefix="void")
    if not form.is_valid():
        messages.error(request, gettext("Say what was found to be wrong; the run was not voided."))
        return redirect("officer:run", reference=reference)
    try:
        laboratory.void_run(reference, form.cleaned_data["reason"], how=desk.how)
    except GuomenError as error:
        messages.error(request, refused(error))
    else:
        messages.success(request, gettext("The run is void; its tests are on the list again."))
    return redirect("officer:run", reference=reference)


@at_desk(Move.BENCH)
@require_http_methods(["GET", "POST"])
def import_file(request: HttpRequest, desk: Desk, reference: str) -> HttpResponse:
    """Read a file of an instrument: first the preview, then, sent again, the entry."""
    found = _sheet(desk, reference)
    form = ImportForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"sheet": found, "run": found.run, "form": form}
    if request.method == "POST":
        if "text" in request.POST:
            text, source = request.POST["text"], request.POST.get("source", "")[:80]
            form = ImportForm()
        elif form.is_valid():
            sent = form.cleaned_data["file"]
            text, source = "", str(sent.name)[:80]
            try:
                text = importing.text_of(sent.read(importing.LARGEST + 1))
            except GuomenError as error:
                form.add_error("file", refused(error))
        else:
            text, source = "", ""
        context |= {"text": text, "source": source, "form": form}
        if text:
            done = _previewed(request, desk, context)
            if done is not None:
                return done
    status = 422 if request.method == "POST" and "preview" not in context else 200
    return render(request, "officer/laboratory/import.html", context, status=status)


def _previewed(request: HttpRequest, desk: Desk, context: dict[str, Any]) -> HttpResponse | None:
    """Put the preview of a file into a page; enter it when that was asked for."""
    reference = context["run"].reference
    try:
        found = importing.preview(context["text"], context["sheet"], source=context["source"])
        if "enter" in request.POST and found.ready:
            stands = laboratory.enter(
                reference, controls=found.controls, results=found.results, how=desk.how
            )
            _tell(request, str(stands))
            return redirect("officer:run", reference=reference)
    except GuomenError as error:
        messages.error(request, refused(error))
        return None
    context["preview"] = found
    return None


@at_desk(Move.SEE)
@require_safe
def approvals(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Show the results that wait for a second person, with the verdict that approval would give."""
    page = listing.page_of(request, reading.to_approve(desk.officer.agency.path))
    rows = reading.waiting(list(page.object_list), now=desk.now)
    mine = sum(row.result.analyst == desk.officer.key for row in rows)
    context = {
        "page": page,
        "rows": rows,
        "mine": mine,
        "me": desk.officer.key,
        "people": reading.people({row.result.analyst for row in rows}),
        "can_approve": Move.APPROVE_RESULTS in desk.moves,
        "title": _approvals_say(page.paginator.count),
        "bench_url": reverse("officer:bench"),
    }
    return render(request, "officer/laboratory/approvals.html", context)


def _approvals_say(count: int) -> str:
    if not count:
        return gettext("No result waits for approval")
    said = ngettext("%(n)s result waits for approval", "%(n)s results wait for approval", count)
    return said % {"n": numbers.grouped(count)}


@at_desk(Move.APPROVE_RESULTS)
@require_POST
def decide(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Approve the chosen results, or send them back."""
    chosen = _chosen(request)
    seen = set(
        queries.bench_tests(desk.officer.agency.path)
        .filter(pk__in=chosen)
        .values_list("pk", flat=True)
    )
    if seen != set(chosen) or request.POST.get("answer") not in ("approve", "send_back"):
        raise Http404
    reason = request.POST.get("reason", "").strip()[:200]
    if not chosen:
        messages.error(request, gettext("Choose at least one result; nothing was done."))
    elif request.POST["answer"] == "send_back" and not reason:
        messages.error(request, gettext("Say why they go back; nothing was done."))
    else:
        _decided(request, desk, chosen, reason)
    return redirect("officer:approvals")


def _decided(request: HttpRequest, desk: Desk, chosen: list[int], reason: str) -> None:
    try:
        if request.POST["answer"] == "approve":
            made = laboratory.approve(chosen, how=desk.how)
            failed = sum(outcome == "fail" for outcome in made.values())
            says = gettext("Approved: %(n)s, of which %(failed)s do not conform.")
            messages.success(request, says % {"n": len(made), "failed": failed})
        else:
            laboratory.send_back(chosen, reason, how=desk.how)
            messages.success(request, gettext("Sent back: they are measured again."))
    except GuomenError as error:
        messages.error(request, refused(error))


@at_desk(Move.SEE)
@require_safe
def controls(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Show the control chart of a method."""
    path = desk.officer.agency.path
    choices = reading.chart_choices(path)
    asked = request.GET.get("of", "")
    pair = next((p for p in choices if f"{p[0]}.{p[1]}" == asked), choices[0] if choices else None)
    found = reading.chart(path, *pair, now=desk.now) if pair else None
    context = {
        "chart": found,
        "choices": [
            (f"{lab}.{m}", tones.said(book.BY_CODE[m].name), book.BY_CODE[m].standard)
            for lab, m in choices
            if m in book.BY_CODE
        ],
        "chosen": f"{pair[0]}.{pair[1]}" if pair else "",
        "title": _chart_says(found),
        "data": _chart_data(found) if found else None,
        "rules": [(rule.value, tones.said(text)) for rule, text in RULES_SAY.items()],
    }
    return render(request, "officer/laboratory/controls.html", context)


def _chart_says(found: Chart | None) -> str:
    if found is None or not found.rows:
        return gettext("No run was measured with controls yet")
    out = sum(not row.review.releasable for row in found.rows)
    said = ngettext(
        "%(method)s: %(out)s of %(n)s run was out of control",
        "%(method)s: %(out)s of %(n)s runs were out of control",
        len(found.rows),
    )
    return said % {"method": tones.said(found.method.name), "out": out, "n": len(found.rows)}


def _chart_data(found: Chart) -> dict[str, Any]:
    return {
        "labels": [f"{timezone.localtime(row.run.opened_at):%m-%d %H:%M}" for row in found.rows],
        "series": [
            {
                "name": looks.material(control),
                "values": [
                    {
                        "value": row.scores[at],
                        "state": row.review.state.value,
                        "rules": [rule.value for rule in row.review.rules],
                        "run": row.run.reference,
                    }
                    for row in found.rows
                ],
            }
            for at, control in enumerate(found.controls)
        ],
        "axis": gettext("standard deviations from the mean"),
    }
