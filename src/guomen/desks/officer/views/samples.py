"""Samples: what must be taken, what is on its way, and the whole history of one."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from guomen.core.errors import GuomenError
from guomen.core.text import Text
from guomen.desks.components import laboratory as looks
from guomen.desks.components import listing, numbers, tones
from guomen.desks.officer.access import Desk, at_desk
from guomen.desks.officer.laboratory_forms import CorrectForm, HandForm, TakeForm
from guomen.desks.officer.laboratory_words import refused
from guomen.desks.officer.permissions import Move
from guomen.journeys import laboratory
from guomen.journeys.laboratory import labels, reading, sampling
from guomen.journeys.laboratory.reading import SampleRecord
from guomen.rulebooks.sampling_policies import SAMPLING_NAMES
from guomen.supervision.samples.lifecycle import SAMPLE, SampleMove, SampleState, TestState
from guomen.supervision.samples.models import Sample


@at_desk(Move.SEE)
@require_safe
def listed(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Show the lines that wait for a sample, or the samples of one of the lists."""
    path = desk.officer.agency.path
    tallies = reading.tallies(desk.scope, path, now=desk.now)
    where = request.GET.get("where", "")
    if where not in tallies:
        where = next((name for name, n in tallies.items() if n), "due")
    text = request.GET.get("q", "").strip()
    rows: Any = (
        reading.due(desk.scope)
        if where == "due"
        else reading.samples(path, where, now=desk.now, text=text)
    )
    page = listing.page_of(request, rows)
    context = {
        "where": where,
        "tallies": tallies,
        "page": page,
        "title": _sentence(where, page.paginator.count),
        "can_sample": Move.SAMPLE in desk.moves,
        "text": text,
        "export": _export(request, desk, where),
    }
    if where != "due":
        context["left"] = reading.tests_left(list(page.object_list))
    return render(request, "officer/laboratory/samples.html", context)


def _export(request: HttpRequest, desk: Desk, where: str) -> str:
    if where == "due" or Move.EXPORT not in desk.moves:
        return ""
    return f"export/{listing.address(request.GET, where=where)}"


def _sentence(where: str, count: int) -> str:
    said = {
        "due": ngettext("%(n)s line waits for a sample", "%(n)s lines wait for a sample", count),
        "custody": ngettext("%(n)s sample is on its way", "%(n)s samples are on their way", count),
        "laboratory": ngettext(
            "%(n)s sample is at the laboratory", "%(n)s samples are at the laboratory", count
        ),
        "refused": ngettext("%(n)s sample was refused", "%(n)s samples were refused", count),
        "over": ngettext(
            "%(n)s sample need not be kept any longer",
            "%(n)s samples need not be kept any longer",
            count,
        ),
        "kept": ngettext("%(n)s sample is kept", "%(n)s samples are kept", count),
        "done": ngettext("%(n)s sample is tested", "%(n)s samples are tested", count),
    }
    return said[where] % {"n": numbers.grouped(count)}


@at_desk(Move.SAMPLE)
@require_http_methods(["GET", "POST"])
def take(request: HttpRequest, desk: Desk, reference: str, number: int) -> HttpResponse:
    """Show what is asked of a line and take its samples."""
    line = desk.line(reference, number)
    form = TakeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = laboratory.take_samples(line.reference, form.taking(), how=desk.how)
        except GuomenError as error:
            form.add_error(None, refused(error))
        else:
            says = gettext("Samples taken: %(n)s. Label and seal them now.") % {"n": len(made)}
            messages.success(request, says)
            return redirect("officer:sample", reference=made[0])
    plan = sampling.plans_of([line])[line.pk]
    context = {
        "form": form,
        "line": line,
        "plan": plan,
        "policy": SAMPLING_NAMES.get(plan.policy or ""),
        "hazards": [reading.hazard_name(code) for code in plan.hazards],
        "taken": not reading.due(desk.scope).filter(pk=line.pk).exists(),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "officer/laboratory/take.html", context, status=status)


@at_desk(Move.SEE)
@require_safe
def one(request: HttpRequest, desk: Desk, reference: str) -> HttpResponse:
    """Show the whole history of one sample."""
    found = reading.record(desk.officer.agency.path, reference)
    if found is None:
        raise Http404
    return render(request, "officer/laboratory/sample.html", _context(found, desk))


def _context(found: SampleRecord, desk: Desk) -> dict[str, Any]:
    return {
        "desk": desk,
        "record": found,
        "sample": found.sample,
        "line": found.sample.line,
        "title": _says(found),
        "policy": SAMPLING_NAMES.get(found.sample.plan.get("policy") or ""),
        "steps": _steps(found.sample, desk),
        "can_correct": Move.BENCH in desk.moves,
        "can_counter": Move.SAMPLE in desk.moves or Move.BENCH in desk.moves,
        "kept": any(other.portion == "counter" and other.state == "kept" for other in found.others),
    }


def _says(found: SampleRecord) -> str:
    state = SampleState(found.sample.state)
    done = sum(test.order.state == TestState.APPROVED for test in found.tests)
    if found.tests and state in (SampleState.RECEIVED, SampleState.TESTED):
        return gettext("%(done)s of %(all)s tests are approved") % {
            "done": done,
            "all": len(found.tests),
        }
    tone = tones.look(looks.TONES["sample"], state.value)
    return gettext("%(portion)s: %(state)s") % {
        "portion": looks.PORTIONS[found.sample.portion],
        "state": tone.word,
    }


# The steps of custody as buttons: which move of the desk and of the sample each needs.
STEPS = {
    "hand-over": (Move.SAMPLE, SampleMove.PASS_ON),
    "receive": (Move.BENCH, SampleMove.RECEIVE),
    "dispose": (Move.BENCH, SampleMove.DISPOSE),
}


def _steps(sample: Sample, desk: Desk) -> list[str]:
    return [name for name in STEPS if _open(name, sample, desk)]


def _open(name: str, sample: Sample, desk: Desk) -> bool:
    needed, move = STEPS[name]
    if needed not in desk.moves or move not in SAMPLE.moves_from(SampleState(sample.state)):
        return False
    # Only the holder gives away; the laboratory's own people take in and dispose of.
    if name == "hand-over":
        return sample.holder == desk.officer.key
    return desk.officer.sees(sample.laboratory.path)


@at_desk()
@require_http_methods(["GET", "POST"])
def step(request: HttpRequest, desk: Desk, reference: str, name: str) -> HttpResponse:
    """Show the form of a step of custody, or carry it out."""
    if name not in STEPS:
        raise Http404
    if STEPS[name][0] not in desk.moves:
        raise PermissionDenied
    sample = reading.sample_of(desk.officer.agency.path, reference)
    if sample is None:
        raise Http404
    taker = desk.officer.key if name == "receive" else None
    form = HandForm(request.POST or None, taker=taker, initial=_begins(sample, name))
    closed = not _open(name, sample, desk)
    if request.method == "POST" and not closed and (name == "dispose" or form.is_valid()):
        try:
            says = _carry_out(name, sample, form, desk)
        except GuomenError as error:
            form.add_error(None, refused(error))
        else:
            messages.success(request, says)
            return redirect("officer:sample", reference=sample.reference)
    context = {"form": form, "sample": sample, "line": sample.line, "step": name, "closed": closed}
    status = 422 if request.method == "POST" else 200
    return render(request, "officer/laboratory/step.html", context, status=status)


def _begins(sample: Sample, name: str) -> dict[str, Any]:
    # The receiving analyst reads the seal from the sample, never from the screen.
    begins: dict[str, Any] = {"condition": "good"}
    return begins if name == "receive" else begins | {"seal": sample.seal}


def _carry_out(name: str, sample: Sample, form: HandForm, desk: Desk) -> str:
    if name == "hand-over":
        laboratory.hand_over(sample.reference, form.hand(), how=desk.how)
        return gettext("Handed over, and on record.")
    if name == "dispose":
        laboratory.dispose(sample.reference, how=desk.how)
        return gettext("Disposed of, and on record.")
    stands = laboratory.receive(sample.reference, form.hand(), how=desk.how)
    if stands is SampleState.REFUSED:
        return gettext("Refused for its seal or condition; its line waits for a new sample.")
    return gettext("Received. Its tests are on your list, each with its deadline.")


@at_desk()
@require_http_methods(["GET", "POST"])
def correct(request: HttpRequest, desk: Desk, reference: str, test: int) -> HttpResponse:
    """Enter a corrected result for an approved test."""
    if Move.BENCH not in desk.moves:
        raise PermissionDenied
    sample = reading.sample_of(desk.officer.agency.path, reference)
    order = None if sample is None else sample.tests.filter(pk=test).first()
    if sample is None or order is None or not desk.officer.sees(sample.laboratory.path):
        raise Http404
    form = CorrectForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            laboratory.correct(test, form.entry(), form.cleaned_data["reason"], how=desk.how)
        except GuomenError as error:
            form.add_error(None, refused(error))
        else:
            messages.success(
                request, gettext("The corrected result waits for a second person to approve it.")
            )
            return redirect("officer:sample", reference=reference)
    hazard = reading.hazard_name(order.hazard)
    context = {"form": form, "sample": sample, "line": sample.line, "hazard": hazard}
    status = 422 if request.method == "POST" else 200
    return render(request, "officer/laboratory/correct.html", context, status=status)


@at_desk()
@require_http_methods(["POST"])
def counter(request: HttpRequest, desk: Desk, reference: str, test: int) -> HttpResponse:
    """Send the counter-sample of a line to the laboratory for one hazard."""
    if not desk.moves & {Move.SAMPLE, Move.BENCH}:
        raise PermissionDenied
    sample = reading.sample_of(desk.officer.agency.path, reference)
    if sample is None or not sample.tests.filter(pk=test).exists():
        raise Http404
    try:
        made = laboratory.counter_analysis(test, how=desk.how, taker=desk.officer.key)
    except GuomenError as error:
        messages.error(request, refused(error))
        return redirect("officer:sample", reference=reference)
    messages.success(request, gettext("The counter-sample is in your hands; hand it over now."))
    return redirect("officer:sample", reference=made)


@at_desk(Move.SEE)
@require_safe
def label(request: HttpRequest, desk: Desk, reference: str) -> HttpResponse:
    """Send the labels of a sample and of those taken with it as a PDF."""
    found = reading.record(desk.officer.agency.path, reference)
    if found is None:
        raise Http404
    beside = [o for o in found.others if o.taking == found.sample.taking]
    language = get_language() or "zh-hans"
    made = [_label(sample, found, request) for sample in (found.sample, *beside)]
    content = labels.pdf(made, language=language, fonts=settings.GUOMEN_FONTS)
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{reference}.pdf"'
    return answer


def _label(sample: Sample, found: SampleRecord, request: HttpRequest) -> labels.Label:
    person = found.people.get(sample.taken_by)
    laboratory_of = found.sample.laboratory
    own = sample.pk == found.sample.pk
    hazards = [tones.said(test.hazard) for test in found.tests] if own else []
    return labels.Label(
        reference=sample.reference,
        portion=str(looks.PORTIONS[sample.portion]),
        line=found.sample.line.reference,
        goods=found.sample.line.goods[:40],
        taken=f"{timezone.localtime(sample.taken_at):%Y-%m-%d %H:%M}",
        by=tones.said(Text(zh=person[0], en=person[1])) if person else sample.taken_by,
        seal=sample.seal,
        units=sample.units,
        to=tones.said(Text(zh=laboratory_of.name_zh, en=laboratory_of.name_en)) if own else "",
        tests=("、" if tones.in_chinese() else ", ").join(hazards),
        address=request.build_absolute_uri(reverse("officer:sample", args=[sample.reference])),
        foot=gettext("Scan for the whole history"),
    )
