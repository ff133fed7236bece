"""Taking a file of declarations at a desk: it becomes long work that the page shows."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from guomen.core.errors import GuomenError
from guomen.desks.components.consignments import refusals
from guomen.journeys import files, intake, jobs
from guomen.journeys.clearance import Lodgement
from guomen.journeys.files.cells import KINDS
from guomen.journeys.intake import Column
from guomen.journeys.jobs.kinds import DECLARATIONS

COLUMNS: Sequence[Column] = intake.COLUMNS


class FileForm(forms.Form):
    """One file of declarations."""

    title = ""
    file = forms.FileField(
        label=gettext_lazy("File of declarations"),
        help_text=gettext_lazy("CSV, XLSX, JSON Lines or Parquet; a row for each line of goods."),
        widget=forms.ClearableFileInput(attrs={"accept": ",".join(KINDS)}),
    )


def step(
    request: HttpRequest, how: Lodgement, *, only_for: Collection[str] | None = None
) -> tuple[FileForm, str | None]:
    """Show an empty form, or ask for the work on the file that was sent and return its number."""
    if request.method != "POST":
        return FileForm(), None
    form = FileForm(request.POST, request.FILES)
    if not form.is_valid():
        return form, None
    sent = form.cleaned_data["file"]
    try:
        files.kind_of(sent.name or "")
        number = jobs.enqueue(
            DECLARATIONS,
            at=how.at,
            by=how.by,
            agency=how.agency,
            args={"only_for": sorted(only_for)} if only_for is not None else {},
            file=(sent.name, sent.read()),
        )
    except GuomenError as error:
        form.add_error("file", refusals.said(error))
        return form, None
    return form, number
