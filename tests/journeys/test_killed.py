"""A process killed at any moment: nothing answered is lost, nothing is stored by halves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BULK = 1_200
SOUND = ("whole", "one_ruling_a_line", "repeated", "verified", "replayed")


@pytest.mark.slow
def test_after_a_kill_everything_answered_is_there_whole_and_once(tmp_path):
    settings = {
        "DJANGO_SETTINGS_MODULE": "guomen.site.settings",
        "DATABASE_URL": f"sqlite:///{tmp_path / 'killed.sqlite3'}",
        "GUOMEN_VAR": str(tmp_path),
        "GUOMEN_DEMO": "1",
        "GUOMEN_TLS": "0",
        "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}",
    }
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.journeys.killed"],
        cwd=ROOT,
        env=os.environ | settings,
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    rounds = [json.loads(line) for line in ran.stdout.splitlines()]
    assert len(rounds) == 8
    resent = rounds.pop(6)
    for place, found in enumerate(rounds):
        assert all(found[name] for name in SOUND), (place, found)
        assert found["lost"] == []
    sizes = [found["declarations"] for found in rounds]
    assert sizes == sorted(sizes)
    half = sizes[5] - sizes[4]
    assert 0 < half <= BULK // 3
    assert resent["doubles"] == 3 * half
    assert sizes[6] - sizes[4] == BULK // 3
