"""Commands that keep the registers by the clock: idle licences lapse, doubles are looked for."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from guomen.core.text import Text
from guomen.desks.commands import output
from guomen.desks.commands.start import ready

registers_app = typer.Typer(no_args_is_help=True, help="Keep the registers by the clock.")

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
At = Annotated[
    datetime | None,
    typer.Option("--at", formats=["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d"], help="[default: now]"),
]
Agency = Annotated[str | None, typer.Option("--agency", help="The bureau [default: the only one]")]
SYSTEM = "SYS-NIGHT"


@registers_app.command("lapse")
def lapse(
    agency: Agency = None,
    at: At = None,
    *,
    dry: Annotated[bool, typer.Option("--dry", help="Only say which would lapse.")] = False,
    json: Json = False,
) -> None:
    """
    Let the licences lapse whose holders were idle for too long, and tell the holders.

    A running house does it every night. Run again, it changes nothing.
    """
    output.choose(json=json)
    ready()
    from guomen.desks.commands import moments
    from guomen.journeys.access import lapsing
    from guomen.journeys.access.actors import Actor
    from guomen.supervision.agencies import queries as agencies

    office = agencies.agencies([code := moments.agency_or_bureau(agency)])[code]
    who = Actor(by=SYSTEM, at=moments.moment(at), zone=office.zone)
    if dry:
        found = lapsing.idle(on=who.day, known=who.at, path=office.path)
        output.document({"idle": [{"licence": one.number, "since": one.since} for one in found]})
        for one in found:
            output.say(f"{one.number}  {one.since}")
        return
    swept = lapsing.sweep(who=who, path=office.path)
    output.document({"lapsed": swept.lapsed, "left": dict(swept.left)})
    output.say(
        Text(
            zh=f"{len(swept.lapsed)} 件许可备案因停业失效，已告知企业；"
            f"{len(swept.left)} 件未处理。",
            en=f"{len(swept.lapsed)} licences lapsed and their holders were told; "
            f"{len(swept.left)} were left as they are.",
        )
    )
    for number, code in swept.left.items():
        output.say(f"{number}  {code}")


@registers_app.command("rate")
def rate(agency: Agency = None, at: At = None, *, json: Json = False) -> None:
    """
    Rate every credit file whose cycle has ended.

    A running house does it every night. Run again, or late, it changes nothing more.
    """
    output.choose(json=json)
    ready()
    from guomen.desks.commands import moments
    from guomen.journeys.clearance import Lodgement
    from guomen.journeys.standing import crediting
    from guomen.supervision.agencies import queries as agencies

    office = agencies.agencies([code := moments.agency_or_bureau(agency)])[code]
    how = Lodgement(at=moments.moment(at), by=SYSTEM, agency=code)
    due = crediting.due_count(how=how, path=office.path)
    # Nothing due leaves no entry in the ledger.
    moved = crediting.close_cycle(how=how, path=office.path) if due else 0
    output.document({"due": due, "moved": moved})
    output.say(
        Text(
            zh=f"{due} 份信用档案周期届满，{moved} 份有新的等级或周期。",
            en=f"{due} credit files had ended their cycle, {moved} have a new level or cycle.",
        )
    )


@registers_app.command("doubles")
def doubles(at: At = None, *, json: Json = False) -> None:
    """Look for enterprises that are on register twice; a person decides on each pair."""
    output.choose(json=json)
    ready()
    from guomen.desks.commands import moments
    from guomen.journeys.access import likeness
    from guomen.journeys.access.actors import Actor

    found = likeness.sweep(who=Actor(by=SYSTEM, at=moments.moment(at)))
    output.document({"new": found})
    output.say(Text(zh=f"发现 {found} 对疑似重复。", en=f"{found} new pairs look alike."))
