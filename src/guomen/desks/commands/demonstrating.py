"""The demonstration: registers, a year of declarations, a summary, and the pages to look at it."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from itertools import chain
from pathlib import Path
from typing import ClassVar

from django.conf import settings
from django.core.management import call_command
from django.db import transaction

from guomen.core.errors import GuomenError
from guomen.core.severity import Outcome
from guomen.core.text import Text
from guomen.desks.commands import output, serving
from guomen.desks.commands.deciding import outcome_rows
from guomen.desks.commands.past import Counted, Year, inspected_already
from guomen.desks.commands.proving import keys_folder
from guomen.desks.components import clock, tones
from guomen.journeys import demo as living
from guomen.journeys import inhabited
from guomen.rulebooks.book import BOOK
from guomen.scenarios.zhuhai2012 import after, dispositions, plan
from guomen.scenarios.zhuhai2012 import load as zhuhai2012
from guomen.scenarios.zhuhai2012.figures import AS_PUBLISHED
from guomen.supervision.agencies.models import Agency
from guomen.supervision.declarations.models import Line
from guomen.supervision.ledger import operations as ledger
from guomen.supervision.ledger import queries as entries
from guomen.supervision.ledger import signing

_SCENARIOS = {
    "zhuhai2012": Text(
        zh="珠海 2011–2012：登记册与一年的报检", en="Zhuhai 2011–2012: registers and one year"
    )
}
_BUREAU = "ZH"
_LIVED = "scenario.lived"
_STEP = "scenario.step"
# About what the year holds; the bar needs an end before the last line is generated.
_ABOUT = 59_000
_TOP = 10
# The summary of states, beside the database.
STATES = "demonstration-states.json"


class NoSuchScenarioError(GuomenError):
    """There is no scenario of that name."""

    code: ClassVar[str] = "commands.no-such-scenario"


def scenarios() -> None:
    """List the scenarios."""
    output.document({"scenarios": {name: text.en for name, text in _SCENARIOS.items()}})
    output.table(("name", "what"), [(n, f"{t.zh}  {t.en}") for n, t in _SCENARIOS.items()])


def load(name: str) -> None:
    """
    Write the registers of a scenario.

    :raises NoSuchScenarioError: if there is none of that name
    """
    if name not in _SCENARIOS:
        raise NoSuchScenarioError(f"There is no scenario {name!r}; `guomen scenario list` has all.")
    with output.progress("Loading", None) as step:
        done = zhuhai2012.load(lambda _text, _done, _total: step(1))
    output.document({"rows": done.rows, "accounts": len(done.accounts)})
    output.say(
        Text(
            zh=f"已写入 {name} 的 {done.rows:,} 行和 {len(done.accounts)} 个账户。",
            en=f"{done.rows:,} rows and {len(done.accounts)} accounts of {name} were written.",
        )
    )


def demo() -> None:
    """Do what is not done yet, print the summary, and serve."""
    call_command("migrate", verbosity=0)
    if not Agency.objects.exists():
        load("zhuhai2012")
    if not entries.entries_of("zhuhai2012", kind=_LIVED):
        _live()
    _after()
    _summary()
    if os.environ.get("SERVE", "1") != "0":
        port = int(os.environ.get("PORT") or 8000)
        serving.serve(host="127.0.0.1", port=port, tls=os.environ.get("TLS", "0") == "1")


def _live() -> None:
    """Decide the year, and record that it was lived, so that it is not lived twice."""
    counted = Counted(lines=inspected_already())
    year = Year(seed=zhuhai2012.SEED, counted=counted)
    signer = signing.open_signer(keys_folder(), create=True)
    lines = results = 0
    with output.progress("Generating the year", _ABOUT) as step:
        # Generating comes first and takes some seconds; the speed printed is that of deciding.
        sent = iter(year.sent())
        first = next(sent)
        began = time.perf_counter()
        for day in living.decide_year(
            chain([first], sent),
            agency=_BUREAU,
            inspect=year.inspect,
            mend=year.mend,
            signer=signer,
            morning=plan.morning,
        ):
            if not day.skipped:
                lines, results = lines + day.lines, results + day.results
            speed = lines / (time.perf_counter() - began)
            step(day.lines + day.rejected, rate=f"{day.day} · {speed:,.0f} lines/s")
    seconds = time.perf_counter() - began
    with transaction.atomic():
        body = {"lines": lines, "results": results, "seconds": round(seconds)}
        draft = ledger.Draft(kind=_LIVED, subject="zhuhai2012", body=body)
        ledger.append([draft], at=clock.opening(), by=living.SENDER)


def _after() -> None:
    """
    Let the other mechanisms make what they make of the year, each once.

    All of it happens as the office opens, so that what waits does not hang on the hour of set-up.
    """
    at = clock.opening()
    done = {entry.value()["step"] for entry in entries.entries_of("zhuhai2012", kind=_STEP)}
    waiting = [step for step in after.STEPS if step[0] not in done]
    with output.progress("After the year", len(waiting)) as tell:
        for name, what, work in waiting:
            made = work(at)
            with transaction.atomic():
                body = {"step": name, "made": made}
                draft = ledger.Draft(kind=_STEP, subject="zhuhai2012", body=body)
                ledger.append([draft], at=at, by=living.SENDER)
            tell(1, rate=f"{what.zh} {what.en}: {made:,}")


def _states(found: inhabited.Counts, figures: dict[str, int]) -> None:
    """Print how many records stand in each state, and keep it beside the database."""
    rows = [
        (f"{count:,}", tones.said(life.name), tones.said(life.state_names[state]))
        for life, _ in inhabited.TABLES
        for state, count in zip(life.state_names, found[life.name.en].values(), strict=True)
    ]
    title = Text(zh="\n各环节在办", en="\nWhere records stand")
    output.table(("records", "kind", "state"), rows, title=title)
    printed = [(f"{n:,}", f"{AS_PUBLISHED[code]:,}", code) for code, n in figures.items()]
    title = Text(zh="\n文章所列数字", en="\nFigures of the article")
    output.table(("records", "printed", "figure"), printed, title=title)
    counted = {"figures": figures, "empty": inhabited.empty(found)}
    text = json.dumps({"states": found} | counted, indent=1)
    (Path(settings.GUOMEN_VAR) / STATES).write_text(text, encoding="utf-8")


def _summary() -> None:
    lived = entries.entries_of("zhuhai2012", kind=_LIVED)[-1].value()
    found: Counter[Outcome] = Counter()
    reasons: Counter[str] = Counter()
    for outcome, codes in Line.objects.values_list("outcome", "reasons").iterator(5_000):
        found[Outcome(outcome)] += 1
        reasons.update(codes)
    top = [(code, count) for code, count in reasons.most_common() if code in BOOK.by_id][:_TOP]
    speed = round(lived["lines"] / max(lived["seconds"], 1))
    states = inhabited.counts()
    figures = dispositions.figures()
    output.document(
        {
            "figures": figures,
            "states": states,
            "empty_states": inhabited.empty(states),
            "lines": found.total(),
            "outcomes": {outcome.value: count for outcome, count in found.items()},
            "reasons": dict(top),
            "results": lived["results"],
            "lines_per_second": speed,
        }
    )
    output.table(("outcome", "结果", "lines"), outcome_rows(found))
    _states(states, figures)
    rows = [
        (f"{count:,}", code, BOOK.by_id[code].says.zh, BOOK.by_id[code].says.en)
        for code, count in top
    ]
    output.table(
        ("lines", "rule", "理由", "reason"), rows, title=Text(zh="\n主要理由", en="\nTop reasons")
    )
    output.say(
        Text(
            zh=f"\n逐日判定 {found.total():,} 批，登记结果 {lived['results']:,} 项，"
            f"每秒 {speed:,} 批（含密钥、锚点和结果）。"
            f"演示模式：{'是' if settings.GUOMEN_DEMO else '否'}。",
            en=f"\n{found.total():,} lines decided and {lived['results']:,} results recorded day "
            f"by day at {speed:,} lines/s, keys, anchors and results included. "
            f"Demonstration: {'yes' if settings.GUOMEN_DEMO else 'no'}.",
        )
    )
