"""
Deciding a file of declarations that was sent by a page.

Each chunk is stored for good as soon as it is decided. Work that was interrupted knows what it
stored itself by who lodged it and when: the moments of this work, which no other has.
"""

from __future__ import annotations

import io
import tempfile
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from guomen.core.severity import SEVERITY, Outcome
from guomen.journeys import bulk, files, work_orders
from guomen.journeys.clearance import Lodgement
from guomen.journeys.jobs.work import Work
from guomen.supervision.agencies import queries as agencies
from guomen.supervision.agencies.models import Agency
from guomen.supervision.declarations.queries import Sending

PROBLEMS_KEPT = 100
REFERENCES_KEPT = 12


def run(work: Work) -> Mapping[str, Any]:
    """
    Decide the good declarations of the file; every other row is named in the reject file.

    :raises guomen.core.errors.GuomenError: if the file cannot be read as a whole
    """
    how, sending = _moments(work)
    name, content = work.file()
    cells = files.read_stream(io.BytesIO(content), kind=files.kind_of(name))
    stored = sending.own_numbers()
    accepted = bulk.accept(cells, how=how, only_for=work.args.get("only_for"), stored=stored)
    if accepted.problems:
        work.reject(f"{Path(name).stem}.rejects.csv", _rejects(accepted))
    done = accepted.before
    work.step(done, done + accepted.lines.height, kept=work.kept)
    for lodged in bulk.decide(accepted, how=how):
        done += len(lodged.outcomes)
        work.step(done)
    if stored:
        # What the interrupted worker stored last may be without its work orders.
        references = sending.lines().values_list("reference", flat=True)
        work_orders.open_for(list(references), at=how.at)
    return _result(accepted, sending)


def _moments(work: Work) -> tuple[Lodgement, Sending]:
    """
    Return when the rest is lodged, and how to find what this work lodges.

    The key of a day that is over draws nothing more: what goes on on another day is received then.
    """
    job = work.job
    kept = [datetime.fromisoformat(text) for text in work.kept.get("moments", ())]
    agency = Agency.objects.get(pk=job.agency_id)
    zone, now = ZoneInfo(agency.zone), work.now()
    last = kept[-1] if kept else job.asked_at
    at = last if last.astimezone(zone).date() == now.astimezone(zone).date() else now
    moments = list(dict.fromkeys([*kept, at]))
    work.step(job.done, kept={**work.kept, "moments": [m.isoformat() for m in moments]})
    sending = Sending(by=job.by, moments=moments, agencies=list(agencies.ids().values()))
    return Lodgement(at=at, by=job.by, agency=agency.code), sending


def _rejects(accepted: bulk.Accepted) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rejects.csv"
        files.write(path, files.problems_frame(accepted.problems))
        return path.read_bytes()


def _result(accepted: bulk.Accepted, sending: Sending) -> Mapping[str, Any]:
    references = list(sending.declarations().values_list("reference", flat=True))
    found = Counter(sending.lines().values_list("outcome", flat=True))
    return {
        "rows": accepted.rows,
        "rejected": accepted.rejected,
        "decided": found.total(),
        "outcomes": sorted(found.items(), key=lambda item: -SEVERITY[Outcome(item[0])]),
        "declarations": len(references),
        "first": references[:REFERENCES_KEPT],
        "problems": [
            {"row": p.row, "column": p.column, "value": p.value, "zh": p.says.zh, "en": p.says.en}
            for p in accepted.problems[:PROBLEMS_KEPT]
        ],
        "problems_in_all": len(accepted.problems),
    }
