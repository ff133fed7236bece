"""A server killed in a storm of requests, on both databases: what was answered is there, once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from guomen.site import postgres

ROOT = Path(__file__).resolve().parents[2]
SOUND = ("whole", "one_ruling_a_line", "repeated", "verified", "replayed")


@pytest.mark.slow
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_after_a_kill_of_the_server_every_answer_is_kept_once(
    tmp_path: Path, database: str
) -> None:
    with ExitStack() as stack:
        url = f"sqlite:///{tmp_path / 'stormed.sqlite3'}"
        if database == "postgresql":
            url = stack.enter_context(postgres.server(durable=True))
        settings = {
            "DJANGO_SETTINGS_MODULE": "guomen.site.settings",
            "DATABASE_URL": url,
            "GUOMEN_VAR": str(tmp_path),
            "GUOMEN_DEMO": "1",
            "GUOMEN_TLS": "0",
            # Several workers where the database has several writers.
            "GUOMEN_WORKERS": "2" if database == "postgresql" else "1",
            "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}",
        }
        ran = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "tests.desks.stormed"],
            cwd=ROOT,
            env=os.environ | settings,
            capture_output=True,
            text=True,
            check=False,
            timeout=280,
        )
    assert ran.returncode == 0, ran.stderr[-3000:]
    found = json.loads(ran.stdout.splitlines()[-1])
    assert found["answered"] > 3
    assert found["lost"] == []
    assert found["doubled"] == 0
    assert all(found[name] for name in SOUND), found
    # Besides what was answered, at most what was under way when the server was killed.
    assert found["answered"] <= found["stored"] <= found["answered"] + 3 * 4
