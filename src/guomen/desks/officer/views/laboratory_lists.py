"""Lists of the laboratory as spreadsheets, and what its benches can do."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import polars as pl
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_safe

from guomen.desks.components import laboratory as looks
from guomen.desks.components import numbers, tones
from guomen.desks.officer.access import Desk, at_desk
from guomen.desks.officer.permissions import Move
from guomen.journeys.files import writing
from guomen.journeys.laboratory import capability, reading
from guomen.journeys.laboratory.reading import TestRecord, Wanted
from guomen.supervision.samples.models import Sample

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_EXPORTED = 10_000


def wanted_of(request: HttpRequest) -> Wanted:
    """Return what the address asks the list of tests for."""
    return Wanted(
        state=request.GET.get("state", ""),
        method=request.GET.get("method", ""),
        late=request.GET.get("late") == "on",
        text=request.GET.get("q", "").strip()[:60],
    )


@at_desk(Move.EXPORT)
@require_safe
def tests(request: HttpRequest, desk: Desk) -> FileResponse:
    """Send the tests that the address asks for, with results and verdicts, as a spreadsheet."""
    rows = reading.worklist(desk.officer.agency.path, wanted_of(request), now=desk.now)
    records = reading.test_records(rows[:MOST_EXPORTED])
    heads = (
        gettext("Sample"),
        gettext("Line"),
        gettext("Goods"),
        gettext("Hazard"),
        gettext("Method"),
        gettext("Stands"),
        gettext("Deadline"),
        gettext("Result"),
        gettext("Unit"),
        gettext("Verdict"),
    )
    return _sent("tests", heads, [_test(record) for record in records], desk)


def _test(record: TestRecord) -> Sequence[Any]:
    order, newest = record.order, record.results[-1] if record.results else None
    verdict = record.verdict
    return (
        order.sample.reference,
        order.line.reference,
        order.line.goods,
        tones.said(record.hazard),
        record.method.standard if record.method else order.method,
        str(looks.TONES["test"][order.state].word),
        None if order.due_at is None else f"{timezone.localtime(order.due_at):%Y-%m-%d %H:%M}",
        newest.raw if newest else None,
        newest.unit if newest else None,
        str(looks.TONES["verdict"][verdict.outcome].word) if verdict else None,
    )


@at_desk(Move.EXPORT)
@require_safe
def samples(request: HttpRequest, desk: Desk) -> FileResponse:
    """Send the samples of one of the lists as a spreadsheet."""
    where = request.GET.get("where", "")
    rows = reading.samples(
        desk.officer.agency.path,
        where if where in reading.WHERE else "laboratory",
        now=desk.now,
        text=request.GET.get("q", "").strip(),
    )
    heads = (
        gettext("Sample"),
        gettext("Portion"),
        gettext("Line"),
        gettext("Goods"),
        gettext("Stands"),
        gettext("Laboratory"),
        gettext("Seal"),
        gettext("Taken"),
        gettext("Received"),
        gettext("Kept until"),
    )
    return _sent("samples", heads, [_sample(row) for row in rows[:MOST_EXPORTED]], desk)


def _sample(row: Sample) -> Sequence[Any]:
    def minute(at: Any) -> str | None:
        return None if at is None else f"{timezone.localtime(at):%Y-%m-%d %H:%M}"

    return (
        row.reference,
        str(looks.PORTIONS[row.portion]),
        row.line.reference,
        row.line.goods,
        str(looks.TONES["sample"][row.state].word),
        row.laboratory.name_zh if tones.in_chinese() else row.laboratory.name_en,
        row.seal,
        minute(row.taken_at),
        minute(row.received_at),
        minute(row.kept_until),
    )


def _sent(
    name: str, heads: Sequence[str], rows: Sequence[Sequence[Any]], desk: Desk
) -> FileResponse:
    schema = [str(head) for head in heads]
    frame = pl.DataFrame(rows, schema=dict.fromkeys(schema, pl.String), orient="row")
    return FileResponse(
        io.BytesIO(writing.spreadsheet(frame)),
        as_attachment=True,
        filename=f"{name}-{desk.now:%Y%m%d}.xlsx",
        content_type=XLSX,
    )


@at_desk(Move.SEE)
@require_safe
def scope(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Show what the laboratories of an agency can test, under which accreditation and controls."""
    rows = capability.abilities(desk.officer.agency.path, now=desk.now)
    bare = sum(not row.certificate for row in rows)
    said = ngettext(
        "%(n)s method is carried out, %(bare)s outside the accreditation",
        "%(n)s methods are carried out, %(bare)s outside the accreditation",
        len(rows),
    ) % {"n": numbers.grouped(len(rows)), "bare": numbers.grouped(bare)}
    context = {"rows": rows, "title": said if rows else gettext("No laboratory works here")}
    return render(request, "officer/laboratory/scope.html", context)
