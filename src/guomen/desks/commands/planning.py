"""What the commands of ``guomen plan`` do: one call each, and printing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from guomen.core.text import Text
from guomen.desks.commands import output
from guomen.desks.commands.moments import agency_or_bureau, moment
from guomen.journeys.targeting import building, looking, releasing
from guomen.supervision.agencies import queries as agencies
from guomen.supervision.targeting.lifecycle import STATE_NAMES, PlanState
from guomen.supervision.targeting.models import DailyPlan

SYSTEM = "SYS-NIGHT"


def _day(given: datetime | None, at: datetime, agency: str) -> date:
    if given is not None:
        return given.date()
    return at.astimezone(ZoneInfo(agencies.agencies([agency])[agency].zone)).date()


def build(agency: str | None, *, day: datetime | None, at: datetime | None) -> None:
    """Build the plan of a day."""
    code, now = agency_or_bureau(agency), moment(at)
    row = building.build(code, day=_day(day, now, code), at=now, by=SYSTEM)
    output.document({"plan": row.reference, "digest": row.digest, "model": row.model.digest})
    output.say(
        Text(
            zh=f"{row.reference} 已编制（{row.digest[:16]}）。须由两人使其生效："
            f"guomen plan propose {row.reference} --by KEY，再由另一人 release。",
            en=f"{row.reference} was built ({row.digest[:16]}). Two persons put it into force: "
            f"guomen plan propose {row.reference} --by KEY, then release by another.",
        )
    )


_MOVES: Mapping[str, Callable[..., DailyPlan]] = {
    "propose": releasing.propose,
    "release": releasing.release,
    "roll_back": releasing.roll_back,
    "drop": releasing.drop,
}


def move(name: str, reference: str, *, at: datetime | None, by: str, **more: str) -> None:
    """Move a plan."""
    row = _MOVES[name](reference, at=moment(at), by=by, **more)
    output.document({"plan": row.reference, "state": row.state, "entry": row.released_seq})
    state = STATE_NAMES[PlanState(row.state)]
    output.say(Text(zh=f"{row.reference}：{state.zh}。", en=f"{row.reference}: {state.en}."))


def show(reference: str | None, *, agency: str | None, language: str) -> None:
    """Print a plan."""
    view = looking.plan(reference) if reference else looking.newest(agency_or_bureau(agency))
    output.document(looking.as_values(view))
    output.say(f"{view.reference}  {view.day}  {view.state.in_language(language)}")
    output.say(view.change.in_language(language))
    output.table(
        ("port", "min", "capacity", "95 %", "slots", "capacity", "finds", "by law", "floor ppm"),
        [_port(row) for row in view.ports],
    )
    for row in view.card:
        output.say(f"{row.name.in_language(language)}: {row.value}")


def _port(row: looking.PortRow) -> tuple[str, ...]:
    return (
        row.port + (" !" if row.short else ""),
        f"{row.minutes.expected:.0f}",
        f"{row.capacity_minutes:.0f}",
        f"{row.minutes.low:.0f}–{row.minutes.high:.0f}",
        f"{row.slots.expected:.1f}",
        f"{row.capacity_slots:.0f}",
        f"{row.finds:.2f}",
        f"{row.finds_lawful:.2f}",
        str(row.floor_ppm),
    )


def evaluate(agency: str | None, *, at: datetime | None, language: str) -> None:
    """Print how well the last weeks went."""
    found = looking.evaluation(agency_or_bureau(agency), at=moment(at))
    output.document(looking.evaluation_values(found))
    output.say(found.rate.says.in_language(language))
    output.table(
        ("score", "lines", "checked", "failed", "rate", "95 %"),
        [
            (
                f"{100 * b.low_score:.2f}–{100 * b.high_score:.2f} %",
                b.lines,
                b.checked,
                b.found,
                f"{100 * b.rate:.2f} %",
                f"{100 * b.low:.2f}–{100 * b.high:.2f} %",
            )
            for b in found.bands
        ],
    )
    output.table(
        ("way", "opened", "would find", "95 %", "effective"),
        [
            (c.name, f"{c.opened:.0f}", f"{c.finds:.1f}", f"{c.low:.1f}–{c.high:.1f}",
             f"{c.effective:.0f}")
            for c in found.ways
        ],
    )  # fmt: skip


def capacity(
    port: str, *, minutes: int, slots: int, day: datetime | None, at: datetime | None, by: str
) -> None:
    """Record a capacity."""
    now = moment(at)
    row = releasing.record_capacity(
        port,
        minutes=minutes,
        slots=slots,
        begins=None if day is None else day.date(),
        at=now,
        by=by,
    )
    output.document({"port": row.port, "minutes": row.minutes, "slots": row.slots})
    output.say(
        Text(
            zh=f"{row.port}：自 {row.begins} 起 {row.minutes} 分钟、{row.slots} 个查验位。",
            en=f"{row.port}: {row.minutes} minutes and {row.slots} slots from {row.begins}.",
        )
    )
