"""Commands of early warning: history leaves as Parquet, a week is watched, the past is tested."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from guomen.core.text import Text
from guomen.desks.commands import output
from guomen.desks.commands.start import ready

watch_app = typer.Typer(no_args_is_help=True, help="Early warning over the results.")

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
At = Annotated[
    datetime | None,
    typer.Option("--at", formats=["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d"], help="[default: now]"),
]
Folder = Annotated[
    Path | None, typer.Option("--folder", help="Folder of the history [default: that of the site]")
]
Agency = Annotated[str | None, typer.Option("--agency", help="The bureau [default: the only one]")]


@watch_app.command("export")
def export(
    folder: Folder = None,
    at: At = None,
    *,
    whole: Annotated[bool, typer.Option("--whole", help="Write every month again.")] = False,
    json: Json = False,
) -> None:
    """Write the months of history in which anything changed as Parquet; every other file stays."""
    output.choose(json=json)
    ready()
    from guomen.desks.commands import moments
    from guomen.journeys import history

    with output.progress("Exporting", None) as step:
        done = history.export(
            folder,
            known=moments.moment(at),
            whole=whole,
            progress=lambda month, _done, _of: step(1, rate=month),
        )
    output.document(
        {"months": done.months, "lines": done.lines, "tests": done.tests, "through": done.through}
    )
    output.say(
        Text(
            zh=f"已写入 {len(done.months)} 个月；历史共有 {done.lines:,} 批、"
            f"{done.tests:,} 项检测，截至账本第 {done.through:,} 条。",
            en=f"{len(done.months)} months written; the history holds {done.lines:,} lines and "
            f"{done.tests:,} tests, up to entry {done.through:,} of the ledger.",
        )
    )


@watch_app.command("week")
def week(
    day: Annotated[
        datetime | None,
        typer.Option("--day", formats=["%Y-%m-%d"], help="A day of the week [default: last week]"),
    ] = None,
    weeks: Annotated[
        int, typer.Option("--weeks", min=1, max=520, help="So many weeks up to that one")
    ] = 1,
    agency: Agency = None,
    at: At = None,
    *,
    json: Json = False,
) -> None:
    """
    Bring the history up to date and watch a week: every series is judged, signals are raised.

    Run it every Monday. A week watched again updates what it found; no signal is doubled.
    """
    output.choose(json=json)
    ready()
    from guomen.desks.commands import moments
    from guomen.journeys import watching

    now = moments.moment(at)
    last = day.date() if day else now.date() - timedelta(days=7)
    office = moments.agency_or_bureau(agency)
    found: list[watching.WeekDone] = []
    with output.progress("Watching", weeks) as step:
        for number, one in enumerate(_weeks(last, weeks)):
            found += watching.watch_week(
                office, week=one, at=now, export=number == 0, keep=one == last
            )
            step(1, rate=f"{one}")
    output.document(
        {
            "weeks": [
                {
                    "week": done.week.isoformat(),
                    "level": done.level,
                    "series": done.series,
                    "alarms": done.alarms,
                    "new": done.new,
                }
                for done in found
            ]
        }
    )
    newest = [done for done in found if done.week == found[-1].week] if found else []
    rows = [(d.level, f"{d.series:,}", str(d.alarms), str(d.new)) for d in newest]
    output.table(("level", "series", "alarms", "new signals"), rows)
    output.say(
        Text(
            zh=f"{weeks} 周内新信号 {sum(done.new for done in found)} 个。",
            en=f"{sum(done.new for done in found)} new signals in {weeks} weeks.",
        )
    )


def _weeks(last: date, weeks: int) -> list[date]:
    return [last - timedelta(days=7 * back) for back in reversed(range(weeks))]
