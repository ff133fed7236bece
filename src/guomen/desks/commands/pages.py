"""The generated pages: rules, lifecycles and this command line."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path
from typing import Any

import typer

import guomen.supervision
from guomen.core.lifecycle import Lifecycle
from guomen.desks.commands import output
from guomen.desks.commands.app import app
from guomen.journeys.intake import COLUMNS
from guomen.rulebooks.book import BOOK
from guomen.rulebooks.pages import render_lifecycles, render_rules
from guomen.rulebooks.stages import ENGINES

_HEAD = """\
# 命令 Commands

<!-- Generated from guomen.desks.commands.app; a test keeps it in step. Do not edit. -->

`guomen COMMAND --help` says the same. `--json` prints one JSON document instead of tables. Exit
codes: 0 fine, 1 something was found or rejected, 2 wrong usage. An expected error is one sentence.

退出码：0 正常，1 有发现或有退回，2 用法错误。加 `--json` 输出一个 JSON 文档。
"""


def write(folder: Path) -> None:
    """Write every generated page that changed."""
    folder.mkdir(parents=True, exist_ok=True)
    changed = []
    for name, text in rendered().items():
        page = folder / name
        if not page.exists() or page.read_text(encoding="utf-8") != text:
            page.write_text(text, encoding="utf-8")
            changed.append(name)
    output.document({"changed": changed})
    output.say(f"Written: {', '.join(changed)}." if changed else "Every page is in step.")


def rendered() -> dict[str, str]:
    """Return the text of every generated page by its name."""
    return {
        "rules.md": render_rules(BOOK, [engine().book for engine in ENGINES.values()]),
        "lifecycles.md": render_lifecycles(_lifecycles()),
        "commands.md": render_commands(),
    }


def _lifecycles() -> list[Lifecycle[Any, Any]]:
    found = pkgutil.walk_packages(guomen.supervision.__path__, "guomen.supervision.")
    modules = [importlib.import_module(m.name) for m in found if m.name.endswith(".lifecycle")]
    return [life for m in modules for life in vars(m).values() if isinstance(life, Lifecycle)]


def render_commands() -> str:
    """Return the page of every command, in the order of the help."""
    root = typer.main.get_command(app)
    parts = [_HEAD, *_commands(root, "guomen"), _file_columns()]
    return "\n".join(parts)


def _commands(command: Any, name: str) -> list[str]:
    if hasattr(command, "commands"):
        return [part for n, c in command.commands.items() for part in _commands(c, f"{name} {n}")]
    words = " ".join(_usage(p) for p in command.params if p.param_type_name == "argument")
    body = (command.help or "").strip()
    rows = [_parameter(p) for p in command.params if p.name != "help"]
    heads = "| | |\n|---|---|"
    table = "\n".join([heads, *rows]) if rows else ""
    return [f"## `{f'{name} {words}'.strip()}`\n\n{body}\n\n{table}".rstrip() + "\n"]


def _usage(parameter: Any) -> str:
    word = parameter.name.upper()
    return word if parameter.required else f"[{word}]"


def _parameter(parameter: Any) -> str:
    names = ", ".join(parameter.opts)
    if parameter.param_type_name == "argument":
        names = parameter.name.upper()
    default = parameter.default
    shown = (
        "" if default in (None, False, "", ()) or callable(default) else f" [default: {default}]"
    )
    return f"| `{names}` | {getattr(parameter, 'help', '') or ''}{shown} |"


def _file_columns() -> str:
    rows = [
        f"| `{c.name}` | {c.label.zh} {c.label.en} | {'✓' if c.required else ''} | "
        f"{', '.join(f'`{code}`' for code in c.codes or ())} | `{c.example}` |"
        for c in COLUMNS
    ]
    head = (
        "| 列 column | 内容 what | 必填 required | 代码 codes | 例 example |\n|---|---|---|---|---|"
    )
    lead = (
        "## 报检文件的列 Columns of a declaration file\n\nA row is a line of goods; the columns of "
        "the declaration itself are repeated on each of its lines. The Chinese labels may stand "
        'as headings too. An empty cell is unknown, never "none".\n'
    )
    return "\n".join([lead, head, *rows, ""])
