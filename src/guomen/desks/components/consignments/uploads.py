"""Taking a file of declarations at a desk: what it became, and what must be put right in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext, gettext_lazy

from guomen.core.errors import GuomenError
from guomen.core.severity import SEVERITY, Outcome
from guomen.desks.components import numbers
from guomen.desks.components.consignments import refusals
from guomen.journeys import bulk, files, intake
from guomen.journeys.clearance import Lodgement
from guomen.journeys.files.cells import KINDS
from guomen.journeys.intake import Column, Problem

MOST_ROWS = 20_000
PROBLEMS_SHOWN = 100
COLUMNS: Sequence[Column] = intake.COLUMNS


class FileForm(forms.Form):
    """One file of declarations."""

    title = ""
    file = forms.FileField(
        label=gettext_lazy("File of declarations"),
        help_text=gettext_lazy("CSV, XLSX, JSON Lines or Parquet; a row for each line of goods."),
        widget=forms.ClearableFileInput(attrs={"accept": ",".join(KINDS)}),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What a file became."""

    rows: int
    rejected: int
    declarations: tuple[str, ...]
    outcomes: tuple[tuple[Outcome, int], ...]
    problems: tuple[Problem, ...]

    @property
    def lines(self) -> int:
        """Return how many lines were decided."""
        return sum(n for _, n in self.outcomes)

    @property
    def shown(self) -> tuple[Problem, ...]:
        """Return the problems that a page shows."""
        return self.problems[:PROBLEMS_SHOWN]


def step(
    request: HttpRequest, how: Lodgement, *, only_for: Collection[str] | None = None
) -> tuple[FileForm, Taken | None]:
    """Show an empty form, or take the file that was sent."""
    if request.method != "POST":
        return FileForm(), None
    form = FileForm(request.POST, request.FILES)
    if not form.is_valid():
        return form, None
    sent = form.cleaned_data["file"]
    try:
        return form, _take(form, sent, how, only_for)
    except GuomenError as error:
        form.add_error("file", refusals.said(error))
    return form, None


def _take(
    form: FileForm, sent: Any, how: Lodgement, only_for: Collection[str] | None
) -> Taken | None:
    stream: Any = sent.file
    cells = files.read_stream(stream, kind=files.kind_of(sent.name or ""))
    if cells.rows > MOST_ROWS:
        says = gettext(
            "%(n)s rows are more than a page takes at once (%(most)s). Split the file, or let the "
            "bureau take it by command."
        )
        most, n = numbers.grouped(MOST_ROWS), numbers.grouped(cells.rows)
        form.add_error("file", says % {"n": n, "most": most})
        return None
    accepted = bulk.accept(cells, how=how, only_for=only_for)
    declarations: list[str] = []
    found: Counter[Outcome] = Counter()
    for lodged in bulk.decide(accepted, how=how):
        declarations.extend(lodged.declarations)
        found.update(lodged.outcomes.values())
    return Taken(
        rows=accepted.rows,
        rejected=accepted.rejected,
        declarations=tuple(declarations),
        outcomes=tuple(sorted(found.items(), key=lambda item: -SEVERITY[item[0]])),
        problems=accepted.problems,
    )
