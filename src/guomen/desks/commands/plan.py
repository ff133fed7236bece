"""The plan of the day at a terminal: names and options. What each does lies in ``planning``."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from guomen.desks.commands import output
from guomen.desks.commands.start import ready

plan_app = typer.Typer(no_args_is_help=True, help="The plan of the day: whom to open, and why.")
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Lang = Annotated[str, typer.Option("--lang", help="Language of the sentences: zh or en.")]
Agency = Annotated[
    str | None, typer.Option("--agency", help="The bureau whose plan it is [default: the bureau]")
]
At = Annotated[
    datetime | None,
    typer.Option(
        "--at",
        formats=["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"],
        help="Moment, in the zone of the site unless it names one [default: now]",
    ),
]
Day = Annotated[
    datetime | None, typer.Option("--day", formats=["%Y-%m-%d"], help="The day [default: today]")
]
Reference = Annotated[str, typer.Argument(help="PLAN-ZH-20120524-1")]
By = Annotated[str, typer.Option("--by", help="Key of the officer who does this.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, in words.")]


@plan_app.command()
def build(agency: Agency = None, day: Day = None, at: At = None, *, json: Json = False) -> None:
    """Learn from every result known, foretell the day, and store its plan; nothing uses it yet."""
    output.choose(json=json)
    ready()
    from guomen.desks.commands import planning

    planning.build(agency, day=day, at=at)


@plan_app.command()
def propose(reference: Reference, by: By, at: At = None, *, json: Json = False) -> None:
    """Propose a built plan for release: the first of two persons."""
    output.choose(json=json)
    ready()
    from guomen.desks.commands import planning

    planning.move("propose", reference, at=at, by=by)


@plan_app.command()
def release(reference: Reference, by: By, at: At = None, *, json: Json = False) -> None:
    """Release a proposed plan: the second person. From then on lines are decided by it."""
    output.choose(json=json)
    ready()
    from guomen.desks.commands import planning

    planning.move("release", reference, at=at, by=by)


@plan_app.command("roll-back")
def roll_back(
    reference: Reference, by: By, reason: Reason, at: At = None, *, json: Json = False
) -> None:
    """Take a released plan out of force: the one before it holds, or the lawful minimum."""
    output.choose(json=json)
    ready()
    from guomen.desks.commands import planning

    planning.move("roll_back", reference, at=at, by=by, reason=reason)


@plan_app.command()
def drop(
    reference: Reference, by: By, reason: Reason, at: At = None, *, json: Json = False
) -> None:
    """Set a plan aside that was not released."""
    output.choose(json=json)
    ready()
    from guomen.desks.commands import planning

    planning.move("drop", reference, at=at, by=by, reason=reason)


@plan_app.command()
def show(
    reference: Annotated[
        str | None, typer.Argument(help="A plan [default: the newest of the bureau]")
    ] = None,
    agency: Agency = None,
    lang: Lang = "zh",
    *,
    json: Json = False,
) -> None:
    """Show load against capacity by port, what is expected, what changed, and the model card."""
    output.choose(json=json)
    ready()
    from guomen.desks.commands import planning

    planning.show(reference, agency=agency, language=lang)


@plan_app.command()
def evaluate(
    agency: Agency = None, at: At = None, lang: Lang = "zh", *, json: Json = False
) -> None:
    """Judge the last weeks: hit rates by score, true failure rate, calibration, other ways."""
    output.choose(json=json)
    ready()
    from guomen.desks.commands import planning

    planning.evaluate(agency, at=at, language=lang)


@plan_app.command()
def capacity(
    port: Annotated[str, typer.Argument(help="Port, UN/LOCODE")],
    minutes: Annotated[int, typer.Option("--minutes", min=0, help="Inspectors' minutes a day")],
    slots: Annotated[int, typer.Option("--slots", min=0, help="Laboratory slots a day")],
    by: By,
    day: Day = None,
    at: At = None,
    *,
    json: Json = False,
) -> None:
    """Record what a port can do from a day on."""
    output.choose(json=json)
    ready()
    from guomen.desks.commands import planning

    planning.capacity(port, minutes=minutes, slots=slots, day=day, at=at, by=by)
