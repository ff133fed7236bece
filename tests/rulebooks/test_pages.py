"""The generated documents say what the code says, today."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import guomen.supervision
from guomen.core.lifecycle import Lifecycle
from guomen.rulebooks.book import BOOK
from guomen.rulebooks.pages import render_lifecycles, render_rules
from guomen.rulebooks.stages import ENGINES

DOCS = Path(__file__).parents[2] / "docs"
WRITE = "run `guomen docs` to write it again"


def _modules() -> list[ModuleType]:
    found = pkgutil.walk_packages(guomen.supervision.__path__, "guomen.supervision.")
    return [importlib.import_module(m.name) for m in found if m.name.endswith(".lifecycle")]


def lifecycles() -> list[Lifecycle[Any, Any]]:
    return [v for m in _modules() for v in vars(m).values() if isinstance(v, Lifecycle)]


STAGES = [engine().book for engine in ENGINES.values()]


def test_the_page_of_rules_is_in_step() -> None:
    page = (DOCS / "rules.md").read_text(encoding="utf-8")
    assert page == render_rules(BOOK, STAGES), WRITE


def test_the_page_of_lifecycles_is_in_step() -> None:
    page = (DOCS / "lifecycles.md").read_text(encoding="utf-8")
    assert page == render_lifecycles(lifecycles()), WRITE


def test_every_rule_has_one_row_and_every_row_all_columns() -> None:
    rows = [line for line in render_rules(BOOK, STAGES).splitlines() if line.startswith("| ")]
    numbered = [line for line in rows if line.split(" | ")[0].removeprefix("| ").isdigit()]
    assert len(numbered) == len(BOOK.rules) + sum(len(book.rules) for book in STAGES)
    assert {line.count(" | ") for line in rows} == {7}


@pytest.mark.parametrize("life", lifecycles(), ids=lambda life: life.name.en)
def test_a_diagram_shows_every_state_and_move(life: Lifecycle[Any, Any]) -> None:
    page = render_lifecycles([life])
    assert page.count('state "') == len(life.states())
    ends = sum(life.is_final(state) for state in life.states())
    assert page.count(" --> ") == 1 + len(life.moves) + ends
    diagram = page.partition("```mermaid")[2]
    assert diagram.count("⚑") == sum(move in life.serious for _, move in life.moves)
