"""A ruling in the terminal: the gates, what moved it, the draw, what is missing."""

from __future__ import annotations

import dataclasses

import orjson
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text as Styled

from guomen.core.ruling import GateState
from guomen.core.severity import Outcome
from guomen.core.text import Text, sides
from guomen.desks.commands import output
from guomen.journeys import reading
from guomen.journeys.reading import Explanation
from guomen.supervision.declarations.models import Line

_COLOURS = {
    Outcome.RELEASE: "green",
    Outcome.DOCUMENT_CHECK: "cyan",
    Outcome.INSPECT: "yellow",
    Outcome.INSPECT_AND_SAMPLE: "yellow",
    Outcome.HOLD: "magenta",
    Outcome.REFUSE: "red",
}
_MARKS = {
    GateState.PASSED: ("✓", "green"),
    GateState.STOPPED: ("✗", "red"),
    GateState.CHECK: ("●", "yellow"),
    GateState.UNKNOWN: ("?", "magenta"),
}
_WORDS = {
    "draw": Text(zh="抽选", en="Draw"),
    "missing": Text(zh="缺少", en="Missing"),
    "orders": Text(zh="布控指令", en="Control orders"),
    "duties": Text(zh="必须办理", en="Must be done"),
    "sampling": Text(zh="抽样", en="Sampling"),
    "selected": Text(zh="抽中", en="selected"),
    "not_selected": Text(zh="未抽中", en="not selected"),
    "no_draw": Text(zh="当日无密钥，未抽选", en="no key that day, nothing was drawn"),
}


def explain(reference: str, *, language: str) -> None:
    """
    Print the newest ruling of a line, or of every line of a declaration.

    :raises guomen.journeys.reading.NoRulingError: if there is none that can be read
    """
    lines = list(
        Line.objects.filter(declaration__reference=reference)
        .order_by("number")
        .values_list("reference", flat=True)
    ) or [reference]
    shown = [reading.explain_line(line) for line in lines]
    output.document({"rulings": [_plain(one) for one in shown]})
    if not output.as_json():
        for one in shown:
            output.out().print(_panel(one, language))


def _plain(one: Explanation) -> object:
    return orjson.loads(orjson.dumps(dataclasses.asdict(one), default=str))


def _panel(one: Explanation, language: str) -> Panel:
    colour = _COLOURS[one.outcome]
    name = one.outcome_name.in_language(language)
    title = f"[bold {colour}]{name}[/]  {escape(one.line)}"
    mode = one.mode.in_language(language) if one.mode else ""
    foot = f"{one.at:%Y-%m-%d %H:%M} UTC · #{one.seq} · {mode}"
    parts: list[RenderableType] = [_gates(one, language), _details(one, language)]
    return Panel(
        Group(*parts), title=title, title_align="left", subtitle=foot, subtitle_align="right"
    )


def _gates(one: Explanation, language: str) -> Table:
    table = Table.grid(padding=(0, 2))
    for gate in one.gates:
        mark, colour = _MARKS[gate.state]
        decisive = [reason for reason in gate.reasons if reason.decisive]
        table.add_row(
            Styled(mark, style=colour), Styled(gate.name.in_language(language), style="bold"), ""
        )
        for reason in decisive:
            says = reason.says.in_language(language)
            facts = ", ".join(
                f"{f.name}={'?' if f.value is None else f.value}" for f in reason.facts
            )
            clause = sides(reason.clause).in_language(language)
            source = f"{reason.instrument.in_language(language)} {clause}"
            cell = Styled(f"{says}\n") + Styled(f"{reason.rule} · {source} · {facts}", style="dim")
            table.add_row("", Styled(reason.answer_name.in_language(language)), cell)
    return table


def _details(one: Explanation, language: str) -> Table:
    table = Table.grid(padding=(0, 2))

    def add(word: str, text: str) -> None:
        if text:
            table.add_row(Styled(_WORDS[word].in_language(language), style="bold"), Styled(text))

    add("draw", _draw(one, language))
    for missing in one.missing:
        name = missing.label.in_language(language)
        add("missing", f"{name} ({missing.supplier_name.in_language(language)})")
    for order in one.orders:
        add("orders", f"{order.reference}  {order.reason.in_language(language)}")
    for duty in one.obligations:
        add("duties", duty.says.in_language(language))
    if one.sampling is not None:
        plan = one.sampling
        size = "n ?" if plan.n is None else f"n={plan.n} Ac={plan.ac} Re={plan.re}"
        add("sampling", f"{plan.policy}  {size}")
    return table


def _draw(one: Explanation, language: str) -> str:
    drawn = one.draw
    if drawn.position is None:
        return _WORDS["no_draw"].in_language(language)
    word = _WORDS["selected" if drawn.selected else "not_selected"].in_language(language)
    chance = "" if drawn.chance_ppm is None else f" < {drawn.chance_ppm / 1_000_000:.4f}"
    relation = chance if drawn.selected else chance.replace("<", "≥")
    return f"{word}  u = {drawn.position:.4f}{relation}  ({drawn.day} {drawn.agency})"
