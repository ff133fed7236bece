"""What the pages list is what the code has: variables of operations, modules under the apps."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VARIABLE = re.compile(r"\b(GUOMEN_[A-Z][A-Z_]*[A-Z]|DATABASE_URL)\b")
READ = re.compile(
    r"""(?:environment\.\w+|environ(?:\.get)?|_?getenv|patch)[\[(]\s*"(GUOMEN_[A-Z_]+|DATABASE_URL)""",
)
# Of the tests and of those who work on the code.
OF_THE_TESTS = {"GUOMEN_BROWSER", "GUOMEN_REFERENCE"}


def read_by_the_code() -> set[str]:
    return {
        name
        for file in (ROOT / "src" / "guomen").rglob("*.py")
        for name in READ.findall(file.read_text(encoding="utf-8"))
    }


def test_every_variable_that_the_code_reads_is_documented_and_the_reverse() -> None:
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert set(VARIABLE.findall(page)) - OF_THE_TESTS == read_by_the_code()


def test_the_decision_on_shared_modules_names_those_that_lie_under_the_apps() -> None:
    contracts = configparser.ConfigParser()
    contracts.read(ROOT / ".importlinter", encoding="utf-8")
    lowest = contracts["importlinter:contract:mechanisms"]["layers"].strip().splitlines()[-1]
    page = (ROOT / "docs/decisions/0009-shared-modules-under-the-apps.md").read_text("utf-8")
    named = re.findall(r"`supervision\.(\w+)`", page)
    assert set(named) == {name.strip() for name in lowest.split("|")}
