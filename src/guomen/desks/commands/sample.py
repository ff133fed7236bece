"""Sampling at a terminal: plans, detection sizes, recommendations, and the units to take."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from guomen.desks.commands import output
from guomen.desks.commands.start import FOUND, ready

sample_app = typer.Typer(
    no_args_is_help=True, help="How many units to take, which ones, and what that shows."
)
Lot = Annotated[int, typer.Option("--lot", min=1, help="How many units the lot has")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Lang = Annotated[str, typer.Option("--lang", help="Language of the sentences: zh or en.")]
Sensitivity = Annotated[
    float, typer.Option("--sensitivity", min=0.01, max=1, help="Chance to recognise a bad unit")
]


@sample_app.command()
def plan(
    lot: Lot,
    level: Annotated[str, typer.Option("--level", help="S-1 to S-4, I, II or III")] = "II",
    aql: Annotated[float, typer.Option("--aql", help="AQL in percent, of the series")] = 1.0,
    state: Annotated[str, typer.Option("--state", help="normal, tightened or reduced")] = "normal",
    lang: Lang = "zh",
    *,
    json: Json = False,
) -> None:
    """Print the single plan of ISO 2859-1 (GB/T 2828.1) for a lot of a series."""
    output.choose(json=json)
    _answer(lang, lot=lot, purpose="series", inspection_level=level, aql_percent=aql, history=state)


@sample_app.command()
def detect(
    lot: Lot,
    level: Annotated[float, typer.Option("--level", help="Share to be found: 0.005")] = 0.01,
    conf: Annotated[float, typer.Option("--conf", help="Confidence, such as 0.95")] = 0.95,
    sensitivity: Sensitivity = 1.0,
    lang: Lang = "zh",
    *,
    json: Json = False,
) -> None:
    """Print the least sample that finds a level with a confidence (ISPM 31); exit 1 if none can."""
    output.choose(json=json)
    _answer(lang, lot=lot, purpose="detect", level=level, confidence=conf, sensitivity=sensitivity)


@sample_app.command()
def recommend(  # noqa: PLR0913 - each is an option of the command line
    lot: Lot,
    goods: Annotated[str, typer.Option("--goods", help="HS code or group of goods")] = "",
    hazard: Annotated[str, typer.Option("--hazard", help="Code of a hazard")] = "",
    purpose: Annotated[
        str, typer.Option("--purpose", help="auto, detect, series, isolated or microbe")
    ] = "auto",
    enterprise_class: Annotated[str, typer.Option("--class", help="1 to 4")] = "2",
    credit: Annotated[str, typer.Option("--credit", help="A to D")] = "B",
    history: Annotated[
        str, typer.Option("--history", help="none, normal, tightened, reduced or discontinued")
    ] = "none",
    criterion: Annotated[str, typer.Option("--criterion", help="Row of Regulation 2073/2005")] = "",
    sensitivity: Sensitivity = 1.0,
    unit_cost: Annotated[float, typer.Option("--unit-cost", min=0)] = 0.0,
    budget: Annotated[float | None, typer.Option("--budget", min=0)] = None,
    most: Annotated[int | None, typer.Option("--most", min=0, help="At most so many units")] = None,
    lang: Lang = "zh",
    *,
    json: Json = False,
) -> None:
    """Print the plan that goods, hazard, class, credit and history ask for, with its reasons."""
    output.choose(json=json)
    _answer(
        lang, lot=lot, goods=goods, hazard=hazard, purpose=purpose, credit=credit,
        enterprise_class=enterprise_class, history=history, criterion=criterion,
        sensitivity=sensitivity, unit_cost=unit_cost, budget_money=budget, budget_units=most,
    )  # fmt: skip


@sample_app.command()
def units(
    lot: Lot,
    n: Annotated[int, typer.Option("--n", min=0, help="How many units to take")],
    seed: Annotated[str, typer.Option("--seed", help="Whoever knows it gets the same units")],
    reference: Annotated[str, typer.Option("--reference", help="Reference of the lot")] = "",
    *,
    json: Json = False,
) -> None:
    """Print the numbers of the units to take, one a line; the same seed gives the same units."""
    output.choose(json=json)
    ready()
    from guomen.core.sampling import draw_units

    drawn = draw_units(n, lot, seed.encode(), reference=reference)
    output.document({"units": list(drawn), "lot": lot, "seed": seed, "reference": reference})
    if drawn:
        output.say("\n".join(str(number) for number in drawn))


def _answer(lang: str, **asked: Any) -> None:
    ready()
    from guomen.core.errors import GuomenError
    from guomen.desks.components.planner import plain
    from guomen.journeys import planning

    try:
        found = planning.answer(planning.checked(planning.Asked(**asked)))
    except GuomenError as error:
        said = plain.refusal(error, say=lambda text: text.in_language(lang))
        output.fail(said.pop("says"), code=said.pop("code"), data=said)
        raise typer.Exit(FOUND) from error
    shown = plain.plan(found, say=lambda text: text.in_language(lang))
    output.document(shown)
    output.say(f"[bold]{shown['says']}[/]")
    for key in ("consumer", "producer"):
        output.say(shown[key]["says"])
    output.say(shown["cannot_find"])
    output.table(("", ""), [(reason["says"], reason["clause"]) for reason in shown["reasons"]])
    output.table(
        ("", "", "n", "p"),
        [(w["name"], w["sample"], w["units"], _share(w)) for w in shown["alternatives"]],
    )


def _share(way: dict[str, Any]) -> str:
    from guomen.journeys.planning_words import percent

    return "" if way["bad_lot_passes"] is None else percent(way["bad_lot_passes"])
