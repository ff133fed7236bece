from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

from guomen.core import draw

SCRIPT = Path(__file__).parents[3] / "src/guomen/desks/public/static/public/verify_draw.py"
KEY, DAY, LINE = bytes(range(32)), date(2012, 5, 24), "DEC-2012-000123-7/1"
BASIS = draw.Basis(agency="ZHCIQ", previous_anchor="ab" * 32)
U = draw.draw_one(KEY, draw.message(BASIS, LINE, 2))


def run(**changes: object) -> subprocess.CompletedProcess[str]:
    given = {
        "day": DAY,
        "agency": "ZHCIQ",
        "key": KEY.hex(),
        "commitment": draw.commitment(KEY, DAY, "ZHCIQ"),
        "line": LINE,
        "anchor": "ab" * 32,
        "counter": 2,
        "u": U,
    } | changes
    words = [text for name, value in given.items() for text in (f"--{name}", str(value))]
    # -I: nothing but the standard library can be imported.
    command = [sys.executable, "-I", "-S", str(SCRIPT), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_script_alone_verifies_what_the_core_drew() -> None:
    done = run(**{"chance-ppm": 1_000_000})
    assert done.returncode == 0, done.stdout + done.stderr
    assert "verified" in done.stdout
    assert "selected   yes" in done.stdout


def test_the_script_finds_another_key_number_or_line() -> None:
    for changes in ({"key": "00" * 32}, {"u": U + 1}, {"line": LINE + "0"}, {"day": "2012-05-25"}):
        assert run(**changes).returncode == 1
