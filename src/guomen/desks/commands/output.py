"""
What a command prints: tables for people, one JSON document for programs, errors on stderr.

People read the language that ``GUOMEN_LANG`` names, English if it names none; programs read codes.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import orjson
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from guomen.core.text import Text
from guomen.desks.commands.heads import HEADS

_chosen = {"json": False}


def choose(*, json: bool) -> None:
    """Choose between people and programs for this run."""
    _chosen["json"] = json


def as_json() -> bool:
    """Tell whether a program reads."""
    return _chosen["json"]


def language() -> str:
    """Return the language of the reader: English unless ``GUOMEN_LANG`` names another."""
    return os.environ.get("GUOMEN_LANG") or "en"


def said(text: Text | str) -> str:
    """Return a sentence, or the head of a column, in the language of the reader."""
    worded = HEADS.get(text, text) if isinstance(text, str) else text
    return worded.in_language(language()) if isinstance(worded, Text) else worded


def out() -> Console:
    """Return the console of answers."""
    return Console(file=sys.stdout, highlight=False, soft_wrap=False)


def err() -> Console:
    """Return the console of progress and errors."""
    return Console(file=sys.stderr, highlight=False)


def document(value: Mapping[str, Any]) -> None:
    """Print one JSON document, if a program reads."""
    if as_json():
        text = orjson.dumps(
            value, default=str, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS
        )
        sys.stdout.write(text.decode() + "\n")


def say(text: Text | str) -> None:
    """Print a sentence for people."""
    if not as_json():
        out().print(said(text))


def fail(sentence: str, *, code: str, data: Mapping[str, Any] | None = None) -> None:
    """Print an expected error."""
    document({"error": {"code": code, "says": sentence, **(data or {})}})
    if not as_json():
        err().print(f"[bold red]✗[/] {escape(sentence)}")


def table(
    heads: Sequence[str], rows: Iterable[Sequence[object]], *, title: Text | None = None
) -> None:
    """Print a table for people."""
    if as_json():
        return
    named = said(title) if title else None
    shown = Table(*map(said, heads), title=named, title_justify="left", box=None, pad_edge=False)
    for row in rows:
        shown.add_row(*(_cell(cell) for cell in row))
    out().print(shown)


def _cell(cell: object) -> str:
    if cell is None:
        return ""
    return escape(said(cell) if isinstance(cell, Text) else str(cell))


@contextmanager
def progress(label: str, total: int | None) -> Iterator[Any]:
    """Show how far long work is, on stderr; yields a function that is told each step."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err(), disable=as_json(), transient=True) as shown:
        task = shown.add_task(said(label), total=total, rate="")

        def step(amount: int = 0, *, done: int | None = None, rate: str = "") -> None:
            more = {"completed": done} if done is not None else {"advance": amount}
            shown.update(task, rate=rate, **more)  # type: ignore[arg-type]

        yield step
