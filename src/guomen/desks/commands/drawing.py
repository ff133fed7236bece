"""Commands about the keys of the fair draw, for the custodians and for everybody."""

from __future__ import annotations

from datetime import date, timedelta

import typer
from django.conf import settings
from django.db import transaction

from guomen.core import draw
from guomen.core.text import Text
from guomen.desks.commands import output
from guomen.desks.commands.moments import agency_or_bureau
from guomen.desks.components import clock
from guomen.journeys import drawing, reading
from guomen.supervision.ledger import custody, queries


def commit(days: int, *, agency: str | None, by: str) -> None:
    """Commit to the keys of the coming days; in a demonstration from today on."""
    office = drawing.offices()[agency_or_bureau(agency)]
    now = clock.now()
    demonstration = bool(settings.GUOMEN_DEMO)
    lead = timedelta(0) if demonstration else custody.LEAD + timedelta(days=1)
    first = office.day_of(now) + lead
    with transaction.atomic():
        made = custody.commit_days(
            first,
            first + timedelta(days=days - 1),
            office,
            use=custody.Use(at=now, who=by, purpose="commit"),
            demonstration=demonstration,
        )
    output.document({"agency": office.agency, "committed": list(made), "first": first})
    output.say(
        Text(
            zh=f"{office.agency} 新公布 {len(made)} 份承诺，自 {first} 起 {days} 天。",
            en=f"{len(made)} new commitments of {office.agency}, for {days} days from {first}.",
        )
    )


def reveal(*, agency: str | None, by: str) -> None:
    """Reveal the keys of all days that are over."""
    office = drawing.offices()[agency_or_bureau(agency)]
    now = clock.now()
    today = office.day_of(now)
    due = [k.day for k in queries.draw_keys(office.agency) if k.key is None and k.day < today]
    shown: dict[date, str] = {}
    for day in due:
        with transaction.atomic():
            use = custody.Use(at=now, who=by, purpose="reveal")
            shown[day] = custody.reveal(day, office, use=use)
    output.document({"agency": office.agency, "revealed": {str(d): k for d, k in shown.items()}})
    output.table(("day", "key"), shown.items())
    output.say(
        Text(
            zh=f"{office.agency} 已公开 {len(shown)} 个密钥。",
            en=f"{len(shown)} keys of {office.agency} were revealed.",
        )
    )


def verify(reference: str | None) -> None:
    """
    Verify one draw, or every commitment and revealed key.

    :raises typer.Exit: with 1 if something does not agree
    """
    if reference is None:
        _verify_all()
    else:
        _verify_line(reference)


def _verify_all() -> None:
    flaws = custody.verify_commitments()
    keys = queries.draw_keys()
    rows = [(str(flaw.day), flaw.agency, flaw.problem) for flaw in flaws]
    output.document({"keys": len(keys), "flaws": rows})
    output.table(("day", "agency", "problem"), rows)
    output.say(
        Text(
            zh=f"{len(keys):,} 份承诺，{len(flaws)} 处问题。",
            en=f"{len(keys):,} commitments, {len(flaws)} flaws.",
        )
    )
    if flaws:
        raise typer.Exit(1)


def _verify_line(reference: str) -> None:
    drawn = reading.explain_line(reference).draw
    if drawn.u is None or drawn.revealed_key is None or drawn.commitment is None:
        word = (
            Text(zh="未抽签", en="nothing was drawn")
            if drawn.u is None
            else Text(
                zh=f"{drawn.day} 的密钥尚未公开", en=f"the key of {drawn.day} is not open yet"
            )
        )
        output.document({"line": reference, "verified": None, "says": word.en})
        output.say(Text(zh=f"{reference}：{word.zh}。", en=f"{reference}: {word.en}."))
        raise typer.Exit(1)
    key = bytes.fromhex(drawn.revealed_key)
    u = draw.draw_one(key, drawn.message.encode())
    steps = {
        "the key is the one committed": draw.commitment(key, drawn.day, drawn.agency)
        == drawn.commitment,
        "the number follows from key and line": u == drawn.u,
        "the selection follows from number and chance": drawn.threshold is not None
        and (u < drawn.threshold) == drawn.selected,
    }
    output.document({"line": reference, "verified": all(steps.values()), "steps": steps, "u": u})
    output.table(
        ("step", "agrees"),
        [(Text(zh=_STEPS[s], en=s), _AGREES if holds else _DIFFERS) for s, holds in steps.items()],
    )
    if not all(steps.values()):
        raise typer.Exit(1)


_STEPS = {
    "the key is the one committed": "密钥与事先公布的承诺一致",
    "the number follows from key and line": "抽签数由密钥和批号算出",
    "the selection follows from number and chance": "是否抽中由抽签数和概率决定",
}
_AGREES, _DIFFERS = Text(zh="是", en="yes"), Text(zh="否", en="NO")
