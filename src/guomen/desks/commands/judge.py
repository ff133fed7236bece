"""Judging at a terminal: one result, or a file of them."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from guomen.desks.commands import output
from guomen.desks.commands.start import FOUND, ready

if TYPE_CHECKING:
    from guomen.core.conformity import Limit

_DAY = ["%Y-%m-%d"]
_WITHOUT_END = "Say --limit, --at-least or --absent, or name --commodity and --analyte."


def judge(  # noqa: PLR0913 - each is an option of the command line
    file: Annotated[
        Path | None, typer.Argument(help="CSV with commodity, analyte, market, raw, unit, taken …")
    ] = None,
    value: Annotated[str | None, typer.Option("--value", help="As the report writes it")] = None,
    unit: Annotated[str | None, typer.Option("--unit")] = None,
    limit: Annotated[str | None, typer.Option("--limit", help="At most so much")] = None,
    at_least: Annotated[str | None, typer.Option("--at-least", help="At least so much")] = None,
    limit_unit: Annotated[str | None, typer.Option("--limit-unit", help="Else --unit")] = None,
    commodity: Annotated[str, typer.Option("--commodity", help="Path, such as food/tea")] = "",
    analyte: Annotated[str, typer.Option("--analyte", help="Key, such as lead")] = "",
    market: Annotated[str, typer.Option("--market")] = "CN",
    taken: Annotated[datetime | None, typer.Option("--taken", formats=_DAY)] = None,
    uncertainty: Annotated[str | None, typer.Option("--uncertainty", "-U")] = None,
    coverage: Annotated[str | None, typer.Option("--coverage", "-k")] = None,
    lod: Annotated[str | None, typer.Option("--lod")] = None,
    loq: Annotated[str | None, typer.Option("--loq")] = None,
    rule: Annotated[
        str,
        typer.Option(
            "--rule",
            help="simple, guard_band, guarded_acceptance, guarded_rejection, expanded_guard, "
            "shared_risk",
        ),
    ] = "simple",
    out: Annotated[Path | None, typer.Option("--out", help="Write the verdicts there.")] = None,
    lang: Annotated[
        str | None, typer.Option("--lang", help="zh or en [default: GUOMEN_LANG, else en]")
    ] = None,
    *,
    absent: Annotated[bool, typer.Option("--absent", help="None may be detected.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """
    Say what a laboratory result means under a limit: conform, fail, inconclusive or unknown.

    The limit is that of the book for commodity, analyte, market and day, or one given here. The
    exit code is 1 unless everything conforms.
    """
    output.choose(json=json)
    ready()
    from guomen.journeys import judging

    if rule not in judging.RULES:
        raise typer.BadParameter(f"the rules are {', '.join(judging.RULES)}")
    if file is not None:
        conforms = _file(file, rule=rule, out=out)
    else:
        from guomen.core.conformity import Result

        result = Result(
            raw=value, unit=unit, expanded_uncertainty=uncertainty, coverage=coverage, lod=lod,
            loq=loq, taken=taken.date() if taken else None,
        )  # fmt: skip
        own = _own(limit, at_least, unit=limit_unit or unit, absent=absent)
        if own is None and not (commodity and analyte and taken):
            raise typer.BadParameter(f"{_WITHOUT_END} The book also needs --taken.")
        asked = judging.Asked(
            result=result, rule=rule, own=own, commodity=commodity, analyte=analyte, market=market
        )
        conforms = _one(asked, lang=lang or output.language())
    if not conforms:
        raise typer.Exit(FOUND)


def _own(
    limit: str | None, at_least: str | None, *, unit: str | None, absent: bool
) -> Limit | None:
    """Return the limit given on the line, if there is one."""
    from guomen.core.conformity import Limit, LimitKind

    if limit is None and at_least is None and not absent:
        return None
    upper, lower = _decimal(limit), _decimal(at_least)
    kind = {(True, True): LimitKind.RANGE, (True, False): LimitKind.MINIMUM}.get(
        (lower is not None, upper is not None), LimitKind.MAXIMUM
    )
    return Limit(
        analyte="own", commodity="own", kind=LimitKind.ABSENT if absent else kind, lower=lower,
        upper=upper, unit=unit or "", begins=date.min, basis="as given",
    )  # fmt: skip


def _decimal(text: str | None) -> Any:
    from guomen.core.conformity.reading import Kind, read

    if text is None:
        return None
    reading = read(text)
    if reading.kind is not Kind.VALUE:
        raise typer.BadParameter(f"{text!r} is no number")
    return reading.number


def _one(asked: Any, *, lang: str) -> bool:
    from guomen.desks.components.planner import plain
    from guomen.journeys import judging

    found = judging.answer(asked, on=_today())
    shown = plain.verdict(found, say=lambda text: text.in_language(lang))
    output.document(shown)
    if not output.as_json():
        from rich.markup import escape

        output.say(f"[bold]{shown['outcome']}[/] {escape(shown['says'])}")
    return bool(shown["outcome"] == "conform")


def _file(file: Path, *, rule: str, out: Path | None) -> bool:
    """Judge a file by the limits of the days of sampling; tell whether all of it conforms."""
    from guomen.journeys import files, judging

    judged, counts = judging.judge_file(file, rule=rule, on=_today())
    if out is not None:
        files.write(out, judged)
    output.document({"rows": judged.height, "outcomes": counts, "out": str(out) if out else None})
    output.table(("outcome", "rows"), sorted(counts.items()))
    return set(counts) <= {"conform"}


def _today() -> date:
    from django.utils import timezone

    from guomen.desks.components import clock

    return timezone.localtime(clock.now()).date()
