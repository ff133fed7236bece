"""Read the reference tables kept beside the tests (their evidence is in STATUS.csv)."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "data" / "sampling"


def rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def vectors(*prefixes: str) -> list[Any]:
    everything = json.loads((FOLDER / "test_vectors.json").read_text(encoding="utf-8"))
    return [vector for vector in everything if vector["id"].startswith(prefixes)]
