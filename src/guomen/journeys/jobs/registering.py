"""
A spreadsheet of enterprises as long work: looked at, stored, taken back; each may be called again.

What looking turned away is a reject file. Storing and taking back are one transaction each: all of
it or nothing, however they end; how far they are is told beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.db import transaction

from guomen.journeys.access import importing
from guomen.journeys.access.actors import Actor
from guomen.journeys.jobs.work import Work
from guomen.supervision.parties.models import ImportFile, ImportState


def _who(work: Work) -> Actor:
    return Actor(by=work.job.by, at=work.now(), zone=work.args["zone"])


def check(work: Work) -> Mapping[str, Any]:
    """
    Look at the file that was sent and keep it.

    :raises guomen.journeys.access.importing.ImportRefusedError: if it cannot be read
    """
    if (kept := work.kept.get("import")) is not None:
        return _result(ImportFile.objects.get(pk=kept))
    name, content = work.file()
    checked = importing.read(content, step=work.step)
    if checked.bad:
        says = importing.rejected(checked.bad, chinese=bool(work.args["chinese"]))
        work.reject(f"{Path(name).stem}.rejects.xlsx", says)
    rows = len(checked.good) + len(checked.bad)
    with transaction.atomic():
        made = importing.keep(
            content, checked, name=name, agency=work.args["agency"], who=_who(work)
        )
        work.step(rows, rows, kept={"import": made.pk})
    return _result(made)


def store(work: Work) -> Mapping[str, Any]:
    """
    Store the good rows of a file that was looked at; one that is stored is left as it is.

    :raises guomen.journeys.access.importing.ImportRefusedError: if the register changed since
    """
    found = ImportFile.objects.get(pk=work.args["import"])
    if found.state == ImportState.CHECKED:
        with work.whole() as step:
            found = importing.store(found.pk, who=_who(work), step=step)
    return _result(found)


def take_back(work: Work) -> Mapping[str, Any]:
    """
    Take back what a file brought in; one that was taken back is left as it is.

    :raises guomen.journeys.access.importing.ImportRefusedError: if somebody has built upon it
    """
    found = ImportFile.objects.get(pk=work.args["import"])
    if found.state == ImportState.STORED:
        with work.whole() as step:
            found = importing.take_back(found.pk, who=_who(work), step=step)
    return _result(found)


def _result(found: ImportFile) -> Mapping[str, Any]:
    counts = {name: getattr(found, name) for name in ("rows", "good", "bad", "written")}
    return {"number": found.number, **counts}
