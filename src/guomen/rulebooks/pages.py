"""
The rule book and the lives of records as Markdown, derived and never written by hand.

Pure: text out. Writing ``docs/rules.md`` and ``docs/lifecycles.md`` is the caller's business.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from guomen.core.lifecycle import Lifecycle
from guomen.core.rules import Book, Consequence, Rule
from guomen.core.ruling import GATE_NAMES, MODE_NAMES, Gate
from guomen.core.severity import OUTCOME_NAMES
from guomen.core.stages import Stage, StageBook, StageRule, Then
from guomen.core.text import Text
from guomen.rulebooks.clauses import ALWAYS, percent
from guomen.rulebooks.obligations import OBLIGATION_NAMES
from guomen.rulebooks.sampling_policies import SAMPLING_NAMES

_CERTAINTIES = {
    "sourced": Text(zh="有出处", en="sourced"),
    "knowledge": Text(zh="凭记忆，待核", en="recalled, to be checked"),
    "default": Text(zh="系统设计默认值", en="design default, not law"),
}
_RULES_HEAD = """\
# 规则 Rules

<!-- Generated from guomen.rulebooks.book; a test keeps it in step. Do not edit. -->

{rules} 条规则，其中试运行 {trials} 条。依据的可靠程度：有出处 {sourced} 条，
凭记忆待核 {knowledge} 条，系统设计默认值 {default} 条。
规则只终止和接替，不修改；编号一经给出不再使用。

{rules} rules, {trials} of them on trial. Certainty of the source: {sourced} sourced, {knowledge}
recalled and to be checked, {default} design defaults that are not law. Rules are ended and
succeeded, never edited; a number is given once.

*Asks* is where the rule applies and what must then hold; a rule that only says *where* gives its
consequence there. Conditions are three-valued: an unknown fact gives an unknown answer unless the
other facts settle it, and the last column says what follows then. The most severe outcome stands,
the largest share of lots stands, duties add up.
"""
_COLUMNS = (
    "No.",
    "规则 Rule",
    "应当如何 What must be",
    "依据 Source",
    "期间 In force",
    "条件 Condition",
    "后果 Consequence",
    "不明时 If unknown",
)


def render_rules(book: Book, stages: Iterable[StageBook[Any]] = ()) -> str:
    """Return the page of every rule: of admission gate by gate, then of each later stage."""
    count = {name: sum(rule.certainty == name for rule in book.rules) for name in _CERTAINTIES}
    trials = sum(rule.trial for rule in book.rules)
    parts = [_RULES_HEAD.format(rules=len(book.rules), trials=trials, **count)]
    for gate in Gate:
        rules = [rule for rule in book.rules if rule.gate is gate]
        name = GATE_NAMES[gate]
        parts.append(f"## {name.zh} {name.en}\n\n{_table(_COLUMNS, map(_rule_row, rules))}\n")
    parts.extend(render_stage_rules(later) for later in stages)
    return "\n".join(parts)


_STAGE_HEAD = """\
## {zh} {en}

{count} 条规则。未作答的必查项使该批“{open_zh}”，从不视为合格。
{count} rules. What was asked for and not answered leaves a line "{open_en}", never clean.

{order}
"""


def render_stage_rules(book: StageBook[Any]) -> str:
    """Return the section of every rule of a stage after admission, with its order of outcomes."""
    stage = book.stage
    names = [stage.outcome_names[outcome] for outcome in reversed(stage.by_severity)]
    head = _STAGE_HEAD.format(
        zh=stage.name.zh,
        en=stage.name.en,
        count=len(book.rules),
        open_zh=stage.outcome_names[stage.open].zh,
        open_en=stage.outcome_names[stage.open].en,
        order=" > ".join(f"{name.zh} {name.en}" for name in names),
    )
    rows = (_stage_row(stage, rule) for rule in book.rules)
    return f"{head}\n{_table(_COLUMNS, rows)}\n"


def _stage_row(stage: Stage[Any], rule: StageRule[Any]) -> tuple[str, ...]:
    return (
        *_cited(rule),
        _condition(rule),
        _then_text(stage, rule.then),
        _then_text(stage, rule.if_unknown),
    )


def _then_text(stage: Stage[Any], then: Then[Any]) -> str:
    parts = _named(then.outcome, stage.outcome_names)
    for code in then.obligations:
        parts.extend(_named(code, OBLIGATION_NAMES))
    return "<br>".join(parts) or "—"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    titles = list(head)
    lines = [titles, ["---"] * len(titles), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _rule_row(rule: Rule) -> tuple[str, ...]:
    return (
        *_cited(rule),
        _condition(rule),
        consequence_text(rule.consequence),
        consequence_text(rule.if_unknown),
    )


def _cited(rule: Rule | StageRule[Any]) -> tuple[str, ...]:
    certainty = _CERTAINTIES[rule.certainty]
    trial = "<br>试运行 on trial" if rule.trial else ""
    return (
        str(rule.number),
        f"`{rule.id}`{trial}",
        f"{rule.says.zh}<br>{rule.says.en}",
        f"{rule.instrument.zh}<br>{rule.instrument.en}<br>{rule.clause}<br>"
        f"*{certainty.zh} {certainty.en}*",
        f"{rule.begins}<br>{'—' if rule.ends is None else rule.ends}",
    )


def _condition(rule: Rule | StageRule[Any]) -> str:
    if rule.requires is None:
        return f"where `{rule.applies}`"
    asked = "always" if rule.applies == ALWAYS else f"where `{rule.applies}`"
    return f"asks {asked}<br>must `{rule.requires}`"


def consequence_text(consequence: Consequence) -> str:
    """
    Say what follows, in both languages; a dash where nothing does.

    >>> consequence_text(Consequence(rate_ppm=20_000))
    '抽批 ≥ 2% of lots'
    >>> consequence_text(Consequence())
    '—'
    """
    parts = [
        *_named(consequence.outcome, OUTCOME_NAMES),
        *_named(consequence.mode, MODE_NAMES),
        *_share(consequence),
        *_named(consequence.plan, SAMPLING_NAMES),
    ]
    for code in consequence.obligations:
        parts.extend(_named(code, OBLIGATION_NAMES))
    return "<br>".join(parts) or "—"


def _named(code: Any, names: Mapping[Any, Text]) -> list[str]:
    return [] if code is None else [f"{names[code].zh} {names[code].en}"]


def _share(consequence: Consequence) -> list[str]:
    parts = []
    if consequence.rate_ppm is not None:
        parts.append(f"抽批 ≥ {percent(consequence.rate_ppm)} of lots")
    if consequence.factor_ppm is not None:
        parts.append(f"抽批 × {consequence.factor_ppm / 1_000_000:g} of the share")
    return parts


_LIVES_HEAD = """\
# 状态 Lifecycles

<!-- Generated from the tables of states and moves; a test keeps it in step. Do not edit. -->

Each record moves only as its table says. ⚑ marks a move that needs a second person.
每种记录只能按表移动；⚑ 表示须经第二人。
"""


def render_lifecycles(lives: Iterable[Lifecycle[Any, Any]]) -> str:
    """Return the page of diagrams, one for each kind of record, ordered by English name."""
    ordered = sorted(lives, key=lambda life: life.name.en)
    return "\n".join([_LIVES_HEAD, *(_diagram(life) for life in ordered)])


def _diagram(life: Lifecycle[Any, Any]) -> str:
    lines = ["stateDiagram-v2"]
    for state in life.states():
        name = life.state_names[state]
        lines.append(f'    state "{name.zh} {name.en}" as {_key(state)}')
    lines.append(f"    [*] --> {_key(life.start)}")
    for (state, move), following in life.moves.items():
        name = life.move_names[move]
        flag = " ⚑" if move in life.serious else ""
        lines.append(f"    {_key(state)} --> {_key(following)}: {name.zh} {name.en}{flag}")
    lines.extend(f"    {_key(state)} --> [*]" for state in life.states() if life.is_final(state))
    body = "\n".join(lines)
    return f"## {life.name.zh} {life.name.en}\n\n```mermaid\n{body}\n```\n"


def _key(state: StrEnum) -> str:
    return str(state).replace("-", "_")
