"""Whatever is imported is declared, so that a fresh machine has it."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OURS = {"guomen", "tests", "tools", "bench"}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[\s\[<>=~!;]", name)[0]).lower()


def declared(*, with_development: bool) -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    names = [*project["project"]["dependencies"]]
    for extra in project["project"].get("optional-dependencies", {}).values():
        names += extra
    if with_development:
        for group in project["dependency-groups"].values():
            names += [name for name in group if isinstance(name, str)]
    return {normal(name) for name in names}


def imported(folder: Path) -> Iterator[tuple[str, Path]]:
    for file in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from ((alias.name.split(".")[0], file) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                yield node.module.split(".")[0], file


@pytest.mark.parametrize(
    ("folder", "with_development"),
    [("src", False), ("tests", True), ("tools", True), ("bench", True)],
)
def test_every_import_is_of_a_declared_package(folder: str, with_development: bool) -> None:
    allowed = declared(with_development=with_development)
    distributions = packages_distributions()
    undeclared = {
        f"{file.relative_to(ROOT)}: {name}"
        for name, file in imported(ROOT / folder)
        if name not in sys.stdlib_module_names | OURS
        and not allowed & {normal(found) for found in distributions.get(name, [name])}
    }
    assert not undeclared
