"""The command line as a table: names, options and help. What each does lies beside it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from guomen.desks.commands import output
from guomen.desks.commands.finish import clock_app
from guomen.desks.commands.judge import judge
from guomen.desks.commands.plan import plan_app
from guomen.desks.commands.registers import registers_app
from guomen.desks.commands.rejudge import laboratory_app
from guomen.desks.commands.sample import sample_app
from guomen.desks.commands.start import Sentences, ready
from guomen.desks.commands.watch import watch_app

app = typer.Typer(
    cls=Sentences,
    name="guomen",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    add_completion=False,
    help="""国门 Guomen: one explained, reproducible decision for every consignment line.

Exit codes: 0 fine, 1 something was found or rejected, 2 wrong usage.""",
)
verify_app = typer.Typer(no_args_is_help=True, help="Check what is recorded, and name every flaw.")
draw_app = typer.Typer(no_args_is_help=True, help="The keys of the fair draw, and its proof.")
certificates_app = typer.Typer(no_args_is_help=True, help="The keys that sign certificates.")
scenario_app = typer.Typer(no_args_is_help=True, help="Invented registers for demonstrations.")
app.add_typer(verify_app, name="verify")
app.add_typer(draw_app, name="draw")
app.add_typer(certificates_app, name="certificates")
app.add_typer(scenario_app, name="scenario")
app.add_typer(sample_app, name="sample")
app.add_typer(watch_app, name="watch")
app.add_typer(clock_app, name="clock")
app.add_typer(laboratory_app, name="laboratory")
app.add_typer(plan_app, name="plan")
app.add_typer(registers_app, name="registers")

_DECIDING = "Decide"
_PROVING = "Prove"
_KEEPING = "Keep"
_SHOWING = "Show"

app.command(rich_help_panel=_DECIDING)(judge)


class Language(StrEnum):
    """Languages of sentences."""

    ZH = "zh"
    EN = "en"


Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
At = Annotated[
    datetime | None,
    typer.Option(
        "--at",
        formats=["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"],
        help="Moment of receipt, in the zone of the site unless it names one [default: now]",
    ),
]
Agency = Annotated[
    str | None,
    typer.Option("--agency", help="Agency that decides where no port tells [default: the bureau]"),
]
By = Annotated[str, typer.Option("--by", help="Pseudonymous key of who does this.")]
Lang = Annotated[
    Language | None,
    typer.Option("--lang", help="Language of the sentences [default: GUOMEN_LANG, else en]"),
]
SYSTEM = "SYS-COMMAND"


@app.command(rich_help_panel=_DECIDING)
def decide(
    file: Annotated[Path | None, typer.Argument(help="CSV, JSONL, Parquet or XLSX")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Write the rulings there.")] = None,
    agency: Agency = None,
    at: At = None,
    by: By = SYSTEM,
    *,
    columns: Annotated[bool, typer.Option("--columns", help="List the columns and stop.")] = False,
    example: Annotated[
        Path | None, typer.Option("--example", help="Write an example file and stop.")
    ] = None,
    json: Json = False,
) -> None:
    """
    Decide a file of declarations.

    Good declarations are decided for good; rows that cannot be taken are named in
    FILE.rejects.csv with column, value and what to do, and the exit code is 1. Sending the same
    file again decides nothing twice.
    """
    output.choose(json=json)
    ready()
    from guomen.desks.commands import deciding

    if columns or example is not None:
        deciding.columns(example)
    elif file is None:
        raise typer.BadParameter("name the file to decide, or ask for --columns")
    else:
        deciding.decide(file, out=out, agency=agency, at=at, by=by)


@app.command(rich_help_panel=_DECIDING)
def explain(
    reference: Annotated[str, typer.Argument(help="DEC-2012-000123-7 or DEC-2012-000123-7/1")],
    lang: Lang = None,
    *,
    json: Json = False,
) -> None:
    """Say why a line was decided as it was: five gates, reasons, draw, what is missing."""
    output.choose(json=json)
    ready()
    from guomen.desks.commands import explaining

    explaining.explain(reference, language=lang.value if lang else output.language())


@app.command(rich_help_panel=_DECIDING)
def outcomes(
    file: Annotated[Path, typer.Argument(help="Columns: line, performed, finding, reason")],
    at: At = None,
    by: By = SYSTEM,
    *,
    json: Json = False,
) -> None:
    """
    Record the results of checks of papers from a file.

    performed is yes; finding is conform, nonconform or unknown; reason names the fault. Goods that
    are opened or tested end by their work order and their laboratory: a row about them is refused
    and told where its result belongs. All rows are recorded, or none.
    """
    output.choose(json=json)
    ready()
    from guomen.desks.commands import deciding

    deciding.outcomes(file, at=at, by=by)


@app.command(rich_help_panel=_DECIDING)
def redecide(
    enterprise: Annotated[
        str | None, typer.Option("--enterprise", help="Only lines of this enterprise, ENT-…")
    ] = None,
    agency: Agency = None,
    at: At = None,
    by: By = SYSTEM,
    *,
    json: Json = False,
) -> None:
    """Rule again on held lines with what the registers say now."""
    output.choose(json=json)
    ready()
    from guomen.desks.commands import deciding

    deciding.redecide(enterprise, agency=agency, at=at, by=by)


@app.command(rich_help_panel=_PROVING)
def replay(
    after: Annotated[int, typer.Option("--after", min=0, help="Begin after this entry.")] = 0,
    *,
    json: Json = False,
) -> None:
    """Derive every stored ruling again and compare it byte for byte."""
    output.choose(json=json)
    ready()
    from guomen.desks.commands import proving

    proving.replay(after)


@verify_app.command("ledger")
def verify_ledger(
    anchor: Annotated[
        Path | None, typer.Option("--anchor", help="Anchors that were exported and kept elsewhere")
    ] = None,
    *,
    json: Json = False,
) -> None:
    """Read the whole ledger and name every edit, removal, insertion and change of order."""
    output.choose(json=json)
    ready()
    from guomen.desks.commands import proving

    proving.verify_ledger(anchor)


@verify_app.command("proof")
def verify_proof(
    file: Annotated[Path, typer.Argument(help="The JSON document of one proof")],
    *,
    json: Json = False,
) -> None:
    """Check the proof of one entry; needs no database."""
    output.choose(json=json)
    ready()
    from guomen.desks.commands import proving

    proving.verify_proof(file)


@app.command(rich_help_panel=_PROVING)
def anchor(
    day: Annotated[
        datetime | None,
        typer.Option("--day", formats=["%Y-%m-%d"], help="Day to anchor [default: yesterday]"),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Export all anchors to this file.")
    ] = None,
    *,
    json: Json = False,
) -> None:
    """Sign the state of the ledger as that of a day that is over, and export all anchors."""
    output.choose(json=json)
    ready()
    from guomen.desks.commands import proving

    proving.anchor(day.date() if day else None, out=out)


@draw_app.command("commit")
def draw_commit(
    days: Annotated[int, typer.Option("--days", min=1, max=400, help="How many days")] = 30,
    agency: Agency = None,
    by: By = SYSTEM,
    *,
    json: Json = False,
) -> None:
    """Make and publish the commitments of the coming days, at least seven days ahead."""
    output.choose(json=json)
    ready()
    from guomen.desks.commands import drawing

    drawing.commit(days, agency=agency, by=by)


@draw_app.command("reveal")
def draw_reveal(
    agency: Agency = None,
    by: By = SYSTEM,
    *,
    json: Json = False,
) -> None:
    """Publish the keys of all days that are over."""
    output.choose(json=json)
    ready()
    from guomen.desks.commands import drawing

    drawing.reveal(agency=agency, by=by)


@draw_app.command("verify")
def draw_verify(
    reference: Annotated[
        str | None, typer.Argument(help="Line whose draw to verify [default: all commitments]")
    ] = None,
    *,
    json: Json = False,
) -> None:
    """Verify the draw of a line from what is published, or every commitment and key."""
    output.choose(json=json)
    ready()
    from guomen.desks.commands import drawing

    drawing.verify(reference)


@certificates_app.command("new-key")
def certificates_new_key(by: By = SYSTEM, *, json: Json = False) -> None:
    """Begin a new key that signs certificates; the one before ends and stays published."""
    output.choose(json=json)
    ready()
    from guomen.desks.commands import certifying

    certifying.new_key(by=by)


@certificates_app.command("keys")
def certificates_keys(*, json: Json = False) -> None:
    """List every key that ever signed certificates."""
    output.choose(json=json)
    ready()
    from guomen.desks.commands import certifying

    certifying.keys()


@app.command(rich_help_panel=_KEEPING)
def migrate(*, json: Json = False) -> None:
    """Set up the database, or bring it to this version; done twice it does nothing."""
    output.choose(json=json)
    ready()
    from guomen.desks.commands import keeping

    keeping.migrate()


@app.command(rich_help_panel=_KEEPING)
def backup(
    file: Annotated[Path, typer.Argument(help="Where to write the backup")], *, json: Json = False
) -> None:
    """Write database, anchors and public keys to one file; never a share of a draw key."""
    output.choose(json=json)
    ready()
    from guomen.desks.commands import keeping

    keeping.backup(file)


@app.command(rich_help_panel=_KEEPING)
def restore(
    file: Annotated[Path, typer.Argument(help="A file of guomen backup")], *, json: Json = False
) -> None:
    """Put a backup into an empty database, verify the ledger and derive every ruling again."""
    output.choose(json=json)
    ready()
    from guomen.desks.commands import keeping

    keeping.restore(file)


@app.command(rich_help_panel=_KEEPING)
def doctor(*, json: Json = False) -> None:
    """Look over settings, database, ledger, keys of the coming days, disk and clock."""
    output.choose(json=json)
    ready()
    from guomen.desks.commands import health

    health.doctor()


@scenario_app.command("list")
def scenario_list(*, json: Json = False) -> None:
    """List the scenarios that can be loaded."""
    output.choose(json=json)
    ready()
    from guomen.desks.commands import demonstrating

    demonstrating.scenarios()


@scenario_app.command("load")
def scenario_load(
    name: Annotated[str, typer.Argument(help="Name of the scenario")] = "zhuhai2012",
    *,
    json: Json = False,
) -> None:
    """Write the registers of a scenario into an empty database, in demonstration mode only."""
    output.choose(json=json)
    ready()
    from guomen.desks.commands import demonstrating

    demonstrating.load(name)


@app.command(rich_help_panel=_SHOWING)
def demo(*, json: Json = False) -> None:
    """
    Load the scenario, decide its year, print a summary and serve it.

    PORT=9000 serves elsewhere, SERVE=0 ends after the summary, TLS=1 serves https.
    """
    output.choose(json=json)
    ready(demonstration=True)
    from guomen.desks.commands import demonstrating

    demonstrating.demo()


@app.command(rich_help_panel=_SHOWING)
def serve(
    host: Annotated[str, typer.Option("--host")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", envvar="PORT", min=1, max=65535)] = 8000,
    *,
    tls: Annotated[bool, typer.Option("--tls", envvar="TLS", help="Serve https.")] = False,
) -> None:
    """Serve the pages and the API until interrupted."""
    from guomen.desks.commands import serving

    serving.serve(host=host, port=port, tls=tls)


@app.command(rich_help_panel=_SHOWING)
def work() -> None:
    """
    Carry out long work until interrupted: files that pages took, imports.

    `guomen serve` does this too, unless GUOMEN_WORKER=0 says that this is a service of its own.
    """
    from guomen.desks.commands import serving

    serving.work()


@app.command(rich_help_panel=_SHOWING)
def docs(
    folder: Annotated[Path, typer.Argument(help="The folder of the pages")] = Path("docs"),
    *,
    json: Json = False,
) -> None:
    """Write the generated pages: rules, lifecycles, commands."""
    output.choose(json=json)
    ready()
    from guomen.desks.commands import pages

    pages.write(folder)


@app.command(
    rich_help_panel=_SHOWING,
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)
def bench(context: typer.Context) -> None:
    """Measure speed and size against peers; needs the sources."""
    from guomen.desks.commands import serving

    serving.bench(context.args)
