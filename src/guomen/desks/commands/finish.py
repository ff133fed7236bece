"""Commands of the clock: learn how long things take, and try on the past what would be said."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from guomen.core.text import Text
from guomen.desks.commands import output
from guomen.desks.commands.start import ready

clock_app = typer.Typer(no_args_is_help=True, help="When consignments are expected to be finished.")

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
_FORMATS = ["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d"]
At = Annotated[datetime | None, typer.Option("--at", formats=_FORMATS, help="[default: now]")]


@clock_app.command("refresh")
def refresh(at: At = None, *, json: Json = False) -> None:
    """Learn anew how long lines stand in each stage, from those of the past year; run it daily."""
    output.choose(json=json)
    ready()
    from guomen.desks.commands import moments
    from guomen.journeys import finishing

    cells = finishing.refresh(at=moments.moment(at))
    output.document({"cells": cells})
    output.say(
        Text(
            zh=f"已重新统计 {cells:,} 类环节用时。",
            en=f"Durations of {cells:,} kinds of stages were learnt anew.",
        )
    )


@clock_app.command("check")
def check(
    split: Annotated[
        datetime, typer.Option("--split", formats=_FORMATS, help="Learn up to here, try after")
    ],
    at: At = None,
    *,
    json: Json = False,
) -> None:
    """Tell how often lines of the past would have ended within the band that was said of them."""
    output.choose(json=json)
    ready()
    from guomen.desks.commands import moments
    from guomen.journeys import finishing

    found = finishing.back_test(split=moments.moment(split), until=moments.moment(at))
    output.document(
        {
            stage: {
                "stays": one.stays,
                "said": one.said,
                "within": one.within,
                "share": one.share,
                "interval": one.interval,
                "hours": one.hours,
            }
            for stage, one in found.items()
        }
    )
    output.table(
        ("stage", "stays", "said", "within", "share", "95 %"),
        [
            (
                stage,
                f"{one.stays:,}",
                f"{one.said:,}",
                f"{one.within:,}",
                "–" if one.share is None else f"{one.share:.1%}",
                "–" if one.interval is None else "{:.1%} … {:.1%}".format(*one.interval),
            )
            for stage, one in found.items()
        ],
    )
