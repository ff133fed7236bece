"""Commands of the laboratory: what was approved is judged again by the limits of today."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from guomen.core.text import Text
from guomen.desks.commands import output
from guomen.desks.commands.start import ready

laboratory_app = typer.Typer(no_args_is_help=True, help="Results of the laboratory.")

_FORMATS = ["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d"]
_AT_ONCE = 500


@laboratory_app.command("rejudge")
def rejudge(
    since: Annotated[
        datetime, typer.Option("--since", formats=_FORMATS, help="Approved from this moment on")
    ],
    agency: Annotated[str | None, typer.Option("--agency", help="[default: the bureau]")] = None,
    by: Annotated[str, typer.Option("--by", help="Who does this.")] = "SYS-COMMAND",
    at: Annotated[datetime | None, typer.Option("--at", formats=_FORMATS)] = None,
    *,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """
    Judge approved results again after a limit of the book changed.

    A verdict that changes is a new one beside the old; its line is ruled on anew, and named here.
    """
    output.choose(json=json)
    ready()
    from guomen.desks.commands import moments
    from guomen.journeys import laboratory
    from guomen.supervision.samples import queries

    how = moments.lodgement(agency=agency, at=at, by=by)
    lines = queries.approved_since(moments.moment(since))
    changed: dict[int, str] = {}
    with output.progress("Judging again", len(lines)) as step:
        for start in range(0, len(lines), _AT_ONCE):
            part = lines[start : start + _AT_ONCE]
            changed |= {k: v.value for k, v in laboratory.rejudge(part, how=how).items()}
            step(len(part))
    told = queries.named_tests(changed)
    output.document(
        {
            "lines": len(lines),
            "changed": [
                {"line": line, "hazard": hazard, "verdict": changed[pk]}
                for pk, line, hazard in told
            ],
        }
    )
    output.table(
        ("line", "hazard", "verdict"), [(line, hazard, changed[pk]) for pk, line, hazard in told]
    )
    output.say(
        Text(
            zh=f"已重新判定 {len(lines):,} 批的检测结果，{len(changed):,} 项判定有变化；"
            "有变化的批次已重新裁定。",
            en=f"The results of {len(lines):,} lines were judged again; {len(changed):,} verdicts "
            "changed, and their lines were ruled on anew.",
        )
    )
